//! `aws_lambda_provisioned_concurrency_config`: execution environments kept ready for a version or an alias.
//! Knows nothing of the function but its name.

use std::time::Duration;

use aws_sdk_lambda::operation::get_provisioned_concurrency_config::GetProvisionedConcurrencyConfigOutput as Seen;
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum as Status;
use serde_json::json;

use super::{CONCURRENCY, STATE};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallResult, sentence};
use crate::providers::aws::fields::{carry, empty, filled, flag, int32};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{retry, wait};
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{AtLeast, Custom, Length};

const TIMEOUT: &[Constraint] = &[Custom(wait::check_duration)];

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_provisioned_concurrency_config",
    schema: Schema {
        version: 1,
        block: Block {
            attributes: &[
                Attribute::string("function_name").required().replaces().check(&[Length(1, 256)]),
                Attribute::string("id").optional_computed(),
                Attribute::number("provisioned_concurrent_executions")
                    .required()
                    .group(CONCURRENCY)
                    .check(&[AtLeast(1)]),
                Attribute::string("qualifier").required().replaces().check(&[Length(1, 128)]),
                Attribute::bool("skip_destroy").default(Default::Bool(false)).group(STATE),
            ],
            blocks: &[NestedBlock::single(
                "timeouts",
                Block {
                    attributes: &[
                        Attribute::string("create").check(TIMEOUT),
                        Attribute::string("update").check(TIMEOUT),
                    ],
                    blocks: &[],
                },
            )
            .group(STATE)],
        },
    },
    unique: &["function_name", "qualifier"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME,QUALIFIER",
};

/// What no call answers.
const UNREAD: &[&str] = &["skip_destroy", "timeouts"];

/// How long environments may take to get ready, unless `timeouts` says otherwise.
const READY: Duration = Duration::from_secs(900);

/// The type.
pub(in crate::providers::aws) struct ProvisionedConcurrency;

impl Resource for ProvisionedConcurrency {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let planned = outcome::planned(&TYPE, request, |_, planned| planned);
        let private = private(&planned);
        outcome::plan(planned, private)
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(put(step, "create"))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(put(step, "update"))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let prior = step.prior();
            if flag(prior, "skip_destroy").unwrap_or(false) {
                return ApplyResponse::default();
            }
            let (function, qualifier, id) = names(prior);
            let _turn = step.link.lock(&function).await;
            let builder = step
                .session
                .writes
                .delete_provisioned_concurrency_config()
                .function_name(function)
                .qualifier(qualifier);
            let mutation = Mutation {
                operation: "DeleteProvisionedConcurrencyConfig",
                target: &id,
                policy: retry::QUEUE,
            };
            let result = step.session.write(mutation, step.context, || builder.clone().send()).await;
            outcome::deleted(&step, &id, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            // What was asked for tells whether the call landed; how much of it is there takes minutes.
            let asked = |seen: &Seen| seen.requested_provisioned_concurrent_executions;
            let found = find(link, subject, asked).await;
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(subject), found)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let parts = id.rsplit_once(',').filter(|(f, q)| !f.is_empty() && !q.is_empty());
        let (function, qualifier) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "Provisioned concurrency is imported by FUNCTION_NAME,QUALIFIER, and {id:?} does not have this form."
                ),
            )
        })?;
        let object = empty(
            &TYPE.schema.block,
            json!({ "function_name": function, "id": id, "qualifier": qualifier }),
        )?;
        let private = private(&object);
        Ok(ImportResponse { object, private })
    }

    /// Version 0 put a colon between the two parts of the id.
    fn upgrade(&self, mut attributes: serde_json::Value) -> serde_json::Value {
        let part = |name: &str| attributes.get(name).and_then(serde_json::Value::as_str);
        if let (Some(function), Some(qualifier)) = (part("function_name"), part("qualifier")) {
            let id = format!("{function},{qualifier}");
            if let Some(entries) = attributes.as_object_mut() {
                entries.insert("id".into(), id.into());
            }
        }
        attributes
    }
}

fn private(object: &Value) -> Private {
    wait::private_of(object, &["create", "update"], READY, Some(TYPE.schema.version))
}

/// The function, the qualifier, and both together, which is the id.
fn names(object: &Value) -> (String, String, String) {
    let function = filled(object, "function_name").unwrap_or_default();
    let qualifier = filled(object, "qualifier").unwrap_or_default();
    let id = format!("{function},{qualifier}");
    (function, qualifier, id)
}

/// Asks for environments and waits until they are ready.
async fn put(step: Step<'_>, operation: &str) -> ApplyResponse {
    let planned = step.planned();
    let (function, qualifier, id) = names(planned);
    if step.request.prior.as_ref().is_some_and(|p| !p.is_null()) && !step.request.groups.meets(CONCURRENCY) {
        // Only what state alone holds has changed.
        return outcome::written(planned, private(planned), Ok(None));
    }
    let builder = step
        .session
        .writes
        .put_provisioned_concurrency_config()
        .function_name(&function)
        .qualifier(&qualifier)
        .set_provisioned_concurrent_executions(int32(planned, "provisioned_concurrent_executions"));
    let mutation =
        Mutation { operation: "PutProvisionedConcurrencyConfig", target: &id, policy: retry::QUEUE };
    let turn = step.link.lock(&function).await;
    if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await {
        return step.unchanged(error.diagnostic(&id));
    }
    drop(turn);
    let limit = wait::limit_or(planned, operation, READY);
    let clock = step.session.clock(Some(step.context));
    let mut problems = Diagnostics::new();
    let ready = |seen: &Seen| seen.status != Some(Status::InProgress);
    let waited = wait::until(clock, limit, || get(step.session, planned), ready).await;
    let failed = waited.take(&id, limit, &mut problems).filter(|seen| seen.status == Some(Status::Failed));
    let tainted = failed.is_some() && operation == "create";
    if let Some(seen) = failed {
        problems.push(Diagnostic::error(
            "Provisioned concurrency not ready",
            format!(
                "Lambda could not make the execution environments of {id:?} ready: {}",
                sentence(seen.status_reason.as_deref().unwrap_or("it gives no reason"))
            ),
        ));
    }
    // What is asked for is there to stay; how much of it is ready, the next plan says.
    let known = planned.with_attr("id", Value::from(id));
    let mut response = outcome::written(&known, private(planned), Ok(None));
    response.tainted = tainted;
    response.problems.extend(problems);
    response
}

async fn get(session: &Session, object: &Value) -> CallResult<Seen> {
    let (function, qualifier, _) = names(object);
    let call =
        session.reads.get_provisioned_concurrency_config().function_name(function).qualifier(qualifier);
    session.read("GetProvisionedConcurrencyConfig", call.send()).await
}

async fn look(link: &Link, known: &Value) -> Found {
    find(link, known, |seen| seen.allocated_provisioned_concurrent_executions).await
}

/// The object with the number that is meant.
async fn find(link: &Link, known: &Value, number: impl Fn(&Seen) -> Option<i32>) -> Found {
    let session = link.session().await?;
    let (function, qualifier, id) = names(known);
    match get(session, known).await {
        Ok(seen) => {
            let object = empty(
                &TYPE.schema.block,
                json!({
                    "function_name": function,
                    "id": id,
                    "provisioned_concurrent_executions":
                        number(&seen).unwrap_or_default(),
                    "qualifier": qualifier,
                }),
            )?;
            Ok(Some(carry(object, known, UNREAD)))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&id).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let found = ProvisionedConcurrency.import("f,PROD").unwrap();
        assert_eq!(names(&found.object), ("f".into(), "PROD".into(), "f,PROD".into()));
        for id in ["", "f", "f,", ",PROD", "f:PROD"] {
            assert!(ProvisionedConcurrency.import(id).is_err(), "{id}");
        }
        let old = json!({ "function_name": "f", "id": "f:PROD", "qualifier": "PROD" });
        assert_eq!(ProvisionedConcurrency.upgrade(old)["id"], "f,PROD");
    }
}

//! `aws_lambda_resource_policy`: the whole policy of a function, a version or an alias, as one document.
//! Knows nothing of single permissions, which it overrides.

use std::time::Duration;

use serde_json::json;

use super::CONFIG;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::fields::{carry, filled, text, typed};
use crate::providers::aws::iam::policy_json::equivalent;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{framework, retry};
use crate::schema::{Attribute, Block, Constraint, Schema};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_resource_policy",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("policy").required().group(CONFIG).check(&[Constraint::Json]),
                Attribute::string("resource_arn").required().replaces().check(&[Constraint::Arn]),
                Attribute::string("revision_id").computed(),
            ],
            blocks: &[],
        },
    },
    unique: &["resource_arn"],
    empty_is_null: false,
    import_id: "RESOURCE_ARN",
};

/// Another change of the same policy is waited for this long (lambda-provider.md 4.2).
const PATIENCE: Duration = Duration::from_secs(120);

/// The type.
pub(in crate::providers::aws) struct ResourcePolicy;

impl Resource for ResourcePolicy {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let proposed = match prior {
            Some(prior) => keep_same_policy(prior, request.proposed.clone()),
            None => request.proposed.clone(),
        };
        framework::plan(&TYPE.schema.block, prior, request.config, &proposed, &[])
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(write(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(write(step))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let arn = filled(step.prior(), "resource_arn").unwrap_or_default();
            let _turn = step.link.lock(&arn).await;
            let client = &step.session.writes;
            let policy = retry::QUEUE.within(PATIENCE);
            let mutation = Mutation { operation: "DeleteResourcePolicy", target: &arn, policy };
            let call = || client.delete_resource_policy().resource_arn(&arn).send();
            outcome::deleted(&step, &arn, step.session.write(mutation, step.context, call).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            outcome::settled(request, None, look(link, subject).await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        if !id.starts_with("arn:") {
            return Err(Diagnostic::error(
                "Invalid import id",
                format!(
                    "A resource policy is imported by the ARN of the function, version or alias it hangs on, and {id:?} is \
                     no ARN."
                ),
            )
            .into());
        }
        Ok(ImportResponse {
            object: typed(&TYPE.schema.block, json!({ "resource_arn": id }))?,
            private: None,
        })
    }
}

async fn write(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let arn = filled(planned, "resource_arn").unwrap_or_default();
    let _turn = step.link.lock(&arn).await;
    let document = text(planned, "policy").unwrap_or_default();
    let client = &step.session.writes;
    let mutation =
        Mutation { operation: "PutResourcePolicy", target: &arn, policy: retry::QUEUE.within(PATIENCE) };
    let call = || client.put_resource_policy().resource_arn(&arn).policy(&document).send();
    match step.session.write(mutation, step.context, call).await {
        Ok(_) => outcome::written(planned, None, look(step.link, planned).await),
        Err(error) => step.unchanged(error.diagnostic(&arn)),
    }
}

/// A policy that means what the one before meant is no change.
fn keep_same_policy(prior: &Value, object: Value) -> Value {
    match (text(prior, "policy"), text(&object, "policy")) {
        (Some(old), Some(new)) if equivalent(&old, &new) => carry(object, prior, &["policy"]),
        _ => object,
    }
}

async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let arn = filled(known, "resource_arn").unwrap_or_default();
    let call = session.reads.get_resource_policy().resource_arn(&arn);
    let seen = match session.read("GetResourcePolicy", call.send()).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.diagnostic(&arn).into()),
    };
    let Some(policy) = seen.policy.filter(|policy| !policy.is_empty()) else { return Ok(None) };
    let object = typed(
        &TYPE.schema.block,
        json!({ "policy": policy, "resource_arn": arn, "revision_id": seen.revision_id }),
    )?;
    Ok(Some(keep_same_policy(known, object)))
}

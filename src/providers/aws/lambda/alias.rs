//! `aws_lambda_alias`: a name for a version of a function.
//! Knows nothing of the function but its name.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_lambda::operation::get_alias::GetAliasOutput;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use serde_json::json;

use super::names::keep_same_function;
use super::{CONFIG, STATE};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallError, CallResult, stranger};
use crate::providers::aws::fields::{block, carry, empty, filled, is_empty, text};
use crate::providers::aws::legacy::{self, private};
use crate::providers::aws::outcome;
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::wait::{self, Waited};
use crate::providers::aws::{arn, retry};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{Custom, Length, Pattern};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_alias",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("description").group(CONFIG).check(&[Length(0, 256)]),
                Attribute::string("function_name").required().replaces().check(&[Length(1, 140)]),
                Attribute::string("function_version")
                    .required()
                    .group(CONFIG)
                    .check(&[Length(1, 1024), Pattern(r"\$LATEST|[0-9]+", "A version number or $LATEST")]),
                Attribute::string("id").optional_computed(),
                Attribute::string("invoke_arn").computed(),
                Attribute::string("name").required().replaces().check(&[
                    Length(1, 128),
                    Pattern(r"[a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*", "A name that is not just a number"),
                ]),
            ],
            blocks: &[
                NestedBlock::one(
                    "routing_config",
                    Block {
                        attributes: &[Attribute::of(
                            "additional_version_weights",
                            crate::schema::AttrType::Map(&crate::schema::AttrType::Number),
                        )
                        .check(&[Custom(weights)])],
                        blocks: &[],
                    },
                )
                .group(CONFIG),
                NestedBlock::single(
                    "timeouts",
                    Block { attributes: &[Attribute::string("update").check(wait::CHECKS)], blocks: &[] },
                )
                .group(STATE)
                .newer(),
            ],
        },
    },
    unique: &["function_name", "name"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME/NAME",
};

/// A share of calls lies between 0 and 1; one other version may have a share.
fn weights(value: &Value) -> Option<String> {
    let shares = value.as_entries()?;
    if shares.len() > 1 {
        return Some(format!(
            "An alias sends calls to at most one more version, and there are {}.",
            shares.len()
        ));
    }
    shares.iter().find_map(|(version, share)| {
        let share = share.as_number()?.to_f64();
        (!(0.0..=1.0).contains(&share))
            .then(|| format!("A weight lies between 0 and 1, and that of version {version} is {share}."))
    })
}

/// The type.
pub(in crate::providers::aws) struct Alias;

impl Resource for Alias {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut planned = legacy::normalize(&TYPE.schema.block, prior, request.config, request.proposed);
        if let Some(prior) = prior {
            planned = keep_same_function(prior, planned);
            let none = |o: &Value| {
                block(o, "routing_config")
                    .is_none_or(|b| b.get("additional_version_weights").is_none_or(is_empty))
            };
            if none(prior) && none(&planned) {
                planned = carry(planned, prior, &["routing_config"]);
            }
        }
        PlanResponse {
            planned,
            replace: Vec::new(),
            private: private(false),
            package: None,
            problems: Diagnostics::new(),
        }
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let found = look(link, &request.prior).await;
            let revision = found.as_ref().ok().and_then(|f| f.as_ref()?.1.as_deref().map(Into::into));
            let found = found.map(|found| found.map(|(object, _)| object));
            ReadResponse { revision, ..outcome::read(request, found) }
        })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (planned, client) = (step.planned(), &step.session.writes);
            let (function, name, target) = names(planned);
            let _turn = step.link.lock(&function).await;
            let builder = client
                .create_alias()
                .function_name(&function)
                .name(&name)
                .set_function_version(text(planned, "function_version"))
                .description(text(planned, "description").unwrap_or_default())
                .routing_config(routing(planned));
            let mutation = Mutation { operation: "CreateAlias", target: &target, policy: retry::QUEUE };
            if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await
                && outcome::own(&error, &TYPE.schema.block, planned, find(step.link, planned)).await.is_none()
            {
                return outcome::not_created(&step, ("Alias", &target, "name"), &error);
            }
            record(&step, &target).await
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (planned, client) = (step.planned(), &step.session.writes);
            let (function, name, target) = names(planned);
            let _turn = step.link.lock(&function).await;
            let revision = step.link.revision(&function, Some(&name), step.request.revision.as_ref());
            let builder = client
                .update_alias()
                .function_name(&function)
                .name(&name)
                .set_function_version(text(planned, "function_version"))
                .description(text(planned, "description").unwrap_or_default())
                .routing_config(routing(planned))
                .set_revision_id(revision.map(|revision| revision.to_string()));
            let mutation = Mutation { operation: "UpdateAlias", target: &target, policy: retry::QUEUE };
            let call = || async { builder.clone().send().await.map(|_| ()) };
            let find = || async {
                let seen = get(step.session, planned).await?;
                let Ok(now) = object(&seen, planned, &step.session.region) else { return Ok(None) };
                let same = |name: &str| filled(&now, name) == filled(planned, name);
                let landed =
                    same("description") && same("function_version") && routing(&now) == routing(planned);
                Ok(landed.then_some(()))
            };
            match step.session.write_once(mutation, step.context, call, find).await {
                Ok(()) => {
                    let problems = weightless(&step, &target).await;
                    let mut response = record(&step, &target).await;
                    response.problems.extend(problems);
                    response
                }
                Err(error) => step.unchanged(error.diagnostic(&target)),
            }
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (function, name, target) = names(step.prior());
            let _turn = step.link.lock(&function).await;
            let client = &step.session.writes;
            let mutation = Mutation { operation: "DeleteAlias", target: &target, policy: retry::QUEUE };
            let call = || client.delete_alias().function_name(&function).name(&name).send();
            outcome::deleted(&step, &target, step.session.write(mutation, step.context, call).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            match (look(link, subject).await, &request.planned) {
                (Err(problems), _) => Settled::Unclear(problems),
                (Ok(None), None) => Settled::Landed { object: None, private: None, tainted: false },
                (Ok(None), Some(_)) | (Ok(Some(_)), None) => Settled::NotLanded,
                (Ok(Some((object, _))), Some(planned)) => {
                    let same = |name: &str| text(&object, name) == text(planned, name);
                    if same("function_version") || request.prior.is_some() {
                        Settled::Landed { object: Some(object), private: private(false), tainted: false }
                    } else {
                        Settled::Unclear(stranger(&names(planned).2).into())
                    }
                }
            }
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let (function, name) =
            id.rsplit_once('/').filter(|(f, n)| !f.is_empty() && !n.is_empty()).ok_or_else(|| {
                Diagnostic::error(
                    "Invalid import id",
                    format!(
                        "An alias is imported by FUNCTION_NAME/ALIAS, and {id:?} does not have this form."
                    ),
                )
            })?;
        let object = empty(&TYPE.schema.block, json!({ "function_name": function, "name": name }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// How long removed weights may take to go unless `timeouts` says otherwise.
const WEIGHTS: Duration = Duration::from_secs(900);

/// Waits until weights that an update removed are gone: until then calls still reach the other version, and provisioned
/// concurrency is refused (lambda-provider.md 1.2).
async fn weightless(step: &Step<'_>, target: &str) -> Diagnostics {
    let any = |object: &Value| routing(object).additional_version_weights.is_some();
    if !any(step.prior()) || any(step.planned()) {
        return Diagnostics::new();
    }
    let limit = wait::configured(step.planned(), "update").unwrap_or(WEIGHTS);
    let gone = |seen: &GetAliasOutput| {
        let weights = seen.routing_config.as_ref().and_then(|r| r.additional_version_weights.as_ref());
        weights.is_none_or(HashMap::is_empty)
    };
    let clock = step.session.clock(Some(step.context));
    match wait::until(clock, limit, || get(step.session, step.planned()), gone).await {
        Waited::Settled(_) | Waited::Stopped(_) => Diagnostics::new(),
        Waited::TimedOut(_) => Diagnostic::error(
            "Routing not removed in time",
            format!(
                "The weights of {target:?} were to be removed, but were still there after {} seconds. Plan again to see how \
                 it is by then. A longer update timeout can be set in its timeouts block.",
                limit.as_secs()
            ),
        )
        .into(),
        Waited::Failed(error) => error.diagnostic(target).into(),
    }
}

/// The function, the alias, and both together as the journal names them.
fn names(object: &Value) -> (String, String, String) {
    let function = filled(object, "function_name").unwrap_or_default();
    let name = filled(object, "name").unwrap_or_default();
    let target = format!("{}/{name}", arn::function_name(&function));
    (function, name, target)
}

fn routing(object: &Value) -> AliasRoutingConfiguration {
    let shares = block(object, "routing_config")
        .and_then(|b| b.get("additional_version_weights")?.as_entries().cloned());
    let shares: HashMap<String, f64> = shares
        .unwrap_or_default()
        .iter()
        .filter_map(|(version, share)| Some((version.to_string(), share.as_number()?.to_f64())))
        .collect();
    let mut routing = AliasRoutingConfiguration::builder();
    if !shares.is_empty() {
        routing = routing.set_additional_version_weights(Some(shares));
    }
    routing.build()
}

async fn get(session: &Session, object: &Value) -> CallResult<GetAliasOutput> {
    let (function, name, _) = names(object);
    let call = session.reads.get_alias().function_name(function).name(name);
    session.read("GetAlias", call.send()).await
}

/// The alias as it is, and its revision.
async fn look(link: &Link, known: &Value) -> Result<Option<(Value, Option<String>)>, Diagnostics> {
    let session = link.session().await?;
    match get(session, known).await {
        Ok(seen) => Ok(Some((object(&seen, known, &session.region)?, seen.revision_id))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&names(known).2).into()),
    }
}

/// The alias that `known` names.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(
    link: &Link,
    known: &Value,
) -> Result<Option<Value>, Diagnostics> {
    Ok(look(link, known).await?.map(|(object, _)| object))
}

/// The alias read back after it was written.
async fn record(step: &Step<'_>, target: &str) -> ApplyResponse {
    let result: Result<Value, Diagnostics> = match get(step.session, step.planned()).await {
        Ok(seen) => object(&seen, step.planned(), &step.session.region),
        Err(error) => Err(CallError::diagnostic(&error, target).into()),
    };
    outcome::written(step.planned(), private(false), result.map(Some))
}

fn object(seen: &GetAliasOutput, known: &Value, region: &str) -> Result<Value, Diagnostics> {
    let own = seen.alias_arn.as_deref().unwrap_or_default();
    let shares = seen.routing_config.as_ref().and_then(|r| r.additional_version_weights.as_ref());
    let shares = shares.filter(|s| !s.is_empty()).map(|s| json!({ "additional_version_weights": s }));
    let object = empty(
        &TYPE.schema.block,
        json!({
            "arn": own,
            "description": seen.description.as_deref().unwrap_or_default(),
            "function_name": text(known, "function_name"),
            "function_version": seen.function_version,
            "id": own,
            "invoke_arn": arn::invoke(own, arn::region(own).unwrap_or(region)),
            "name": seen.name,
            "routing_config": shares.map_or_else(|| json!([]), |s| json!([s])),
        }),
    )?;
    Ok(carry(object, known, &["timeouts"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn import_ids() {
        let found = Alias.import("f/PROD").unwrap();
        assert_eq!(names(&found.object), ("f".into(), "PROD".into(), "f/PROD".into()));
        assert_eq!(found.object.ty(), TYPE.schema.block.ty());
        for id in ["", "f", "f/", "/PROD"] {
            assert!(Alias.import(id).is_err(), "{id}");
        }
    }

    #[test]
    fn shares_of_calls() {
        let map = |entries: &[(&str, &str)]| {
            Value::map(
                Type::Number,
                entries.iter().map(|(k, v)| (*k, Value::number(v.parse::<crate::base::Number>().unwrap()))),
            )
        };
        assert_eq!(weights(&map(&[("2", "0.1")])), None);
        assert!(weights(&map(&[("2", "1.1")])).is_some());
        assert!(weights(&map(&[("2", "0.1"), ("3", "0.1")])).is_some());
    }
}

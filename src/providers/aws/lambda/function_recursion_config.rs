//! `aws_lambda_function_recursion_config`: what happens when a function calls itself in a loop.
//! Knows nothing of the function but its name. Every function has such a setting; deleting it puts back the default.

use serde_json::json;

use super::{CONFIG, names};
use crate::base::{Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{framework, retry};
use crate::schema::{Attribute, Block, Constraint, Schema};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_function_recursion_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("function_name").required().replaces().check(&[names::FUNCTION]),
                Attribute::string("recursive_loop")
                    .required()
                    .group(CONFIG)
                    .check(&[Constraint::OneOf(&["Allow", DEFAULT])]),
            ],
            blocks: &[],
        },
    },
    unique: &["function_name"],
    empty_is_null: false,
    import_id: "FUNCTION_NAME",
};

/// What every function has until it is changed.
const DEFAULT: &str = "Terminate";

/// The type.
pub(in crate::providers::aws) struct RecursionConfig;

impl Resource for RecursionConfig {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        framework::plan(&TYPE.schema.block, request.prior, request.config, request.proposed, &[])
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
            let name = filled(step.prior(), "function_name").unwrap_or_default();
            outcome::deleted(&step, &name, put(&step, &name, DEFAULT).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let found = look(link, request.subject()).await;
            outcome::settled_setting(request, "recursive_loop", DEFAULT, found)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let object = typed(&TYPE.schema.block, json!({ "function_name": id }))?;
        Ok(ImportResponse { object, private: None })
    }
}

async fn write(step: Step<'_>) -> ApplyResponse {
    let name = filled(step.planned(), "function_name").unwrap_or_default();
    let wanted = filled(step.planned(), "recursive_loop").unwrap_or_default();
    match put(&step, &name, &wanted).await {
        Ok(()) => outcome::written(step.planned(), None, Ok(None)),
        Err(error) => step.unchanged(error.diagnostic(&name)),
    }
}

async fn put(step: &Step<'_>, name: &str, wanted: &str) -> CallResult<()> {
    let _turn = step.link.lock(name).await;
    let client = &step.session.writes;
    let mutation = Mutation { operation: "PutFunctionRecursionConfig", target: name, policy: retry::QUEUE };
    let call =
        || client.put_function_recursion_config().function_name(name).recursive_loop(wanted.into()).send();
    step.session.write(mutation, step.context, call).await.map(|_| ())
}

async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let name = filled(known, "function_name").unwrap_or_default();
    let call = session.reads.get_function_recursion_config().function_name(&name);
    match session.read("GetFunctionRecursionConfig", call.send()).await {
        Ok(seen) => {
            let set = seen.recursive_loop.as_ref().map_or(DEFAULT, |v| v.as_str());
            typed(&TYPE.schema.block, json!({ "function_name": name, "recursive_loop": set })).map(Some)
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&name).into()),
    }
}

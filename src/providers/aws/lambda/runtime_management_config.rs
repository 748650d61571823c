//! `aws_lambda_runtime_management_config`: when the runtime under a function, or one version of it, is updated.
//! Knows nothing of the function but its name. Every version has such a setting; deleting it puts back the default.

use serde_json::json;

use super::CONFIG;
use super::names::qualified;
use crate::base::{Diagnostic, Diagnostics, Value};
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
    name: "aws_lambda_runtime_management_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("function_arn").computed(),
                Attribute::string("function_name").required().replaces(),
                Attribute::string("qualifier").replaces(),
                Attribute::string("runtime_version_arn").group(CONFIG).check(&[Constraint::Arn]),
                Attribute::string("update_runtime_on").group(CONFIG).check(&[Constraint::OneOf(&[
                    DEFAULT,
                    "Manual",
                    "FunctionUpdate",
                ])]),
            ],
            blocks: &[],
        },
    },
    unique: &["function_name", "qualifier"],
    empty_is_null: false,
    import_id: "FUNCTION_NAME,QUALIFIER",
};

/// What every version has until it is changed.
const DEFAULT: &str = "Auto";

/// The type.
pub(in crate::providers::aws) struct RuntimeManagementConfig;

impl Resource for RuntimeManagementConfig {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let kept = &["function_arn"];
        framework::plan(&TYPE.schema.block, request.prior, request.config, request.proposed, kept)
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
            let answer = put(&step, step.prior(), Some(DEFAULT.to_owned()), None).await;
            outcome::deleted(&step, &target(step.prior()), answer)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let found = look(link, request.subject()).await;
            outcome::settled_setting(request, "update_runtime_on", DEFAULT, found)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let (name, qualifier) = id.split_once(',').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!(
                    "A runtime management configuration is imported by FUNCTION_NAME,QUALIFIER (with nothing after the \
                     comma for the function itself), and {id:?} does not have this form."
                ),
            )
        })?;
        let qualifier = Some(qualifier).filter(|q| !q.is_empty());
        let object = typed(&TYPE.schema.block, json!({ "function_name": name, "qualifier": qualifier }))?;
        Ok(ImportResponse { object, private: None })
    }
}

/// The function and its version as the journal names them.
fn target(object: &Value) -> String {
    qualified(object, ':').2
}

async fn write(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let (on, version) = (filled(planned, "update_runtime_on"), filled(planned, "runtime_version_arn"));
    match put(&step, planned, on, version).await {
        Ok(arn) => outcome::written(&planned.with_attr("function_arn", Value::from(arn)), None, Ok(None)),
        Err(error) => step.unchanged(error.diagnostic(&target(planned))),
    }
}

/// Sets it; answers the ARN of what it was set on.
async fn put(
    step: &Step<'_>,
    object: &Value,
    on: Option<String>,
    version: Option<String>,
) -> CallResult<String> {
    let name = filled(object, "function_name").unwrap_or_default();
    let _turn = step.link.lock(&name).await;
    let builder = step
        .session
        .writes
        .put_runtime_management_config()
        .function_name(&name)
        .set_qualifier(filled(object, "qualifier"))
        .set_update_runtime_on(on.map(|on| on.as_str().into()))
        .set_runtime_version_arn(version);
    let target = target(object);
    let mutation =
        Mutation { operation: "PutRuntimeManagementConfig", target: &target, policy: retry::QUEUE };
    let answer = step.session.write(mutation, step.context, || builder.clone().send()).await?;
    Ok(answer.function_arn)
}

async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let (name, qualifier) = (filled(known, "function_name"), filled(known, "qualifier"));
    let call = session.reads.get_runtime_management_config();
    let call = call.set_function_name(name.clone()).set_qualifier(qualifier.clone());
    match session.read("GetRuntimeManagementConfig", call.send()).await {
        Ok(seen) => typed(
            &TYPE.schema.block,
            json!({
                "function_arn": seen.function_arn,
                "function_name": name,
                "qualifier": qualifier,
                "runtime_version_arn": seen.runtime_version_arn,
                "update_runtime_on": seen.update_runtime_on.as_ref().map(|v| v.as_str()),
            }),
        )
        .map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&target(known)).into()),
    }
}

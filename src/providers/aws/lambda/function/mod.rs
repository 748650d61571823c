//! `aws_lambda_function`: what the kit asks of a type, answered from the files beside.
//! Knows nothing of other types.

mod blocks;
mod code;
mod create;
mod delete;
mod describe;
mod plan;
mod read;
mod request;
mod response;
mod schema;
mod settle;
mod update;
mod validate;

pub(in crate::providers::aws) use read::find;

use crate::base::{Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, Description, ImportResponse, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::arn;
use crate::providers::aws::fields::empty;
use crate::providers::aws::lambda::package;
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::wait;

/// The type.
pub(in crate::providers::aws) struct Function;

impl Resource for Function {
    fn declaration(&self) -> &'static ResourceType {
        &schema::TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate::validate(config)
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        plan::plan(link, request)
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(read::read(link, request))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create::create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(update::update(step))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(delete::delete(step))
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(settle::settle(link, request))
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let block = &schema::TYPE.schema.block;
        let name = arn::function_name(id);
        let known =
            serde_json::json!({ "id": name, "function_name": name, "publish": false, "skip_destroy": false });
        let object = empty(block, known)?;
        let private = wait::private(&object, true);
        Ok(ImportResponse { object, private })
    }

    fn adopt(&self, object: Value, config: &Value) -> Value {
        package::adopt(object, config)
    }

    fn describe<'a>(&'a self, link: &'a Link, object: Value) -> BoxFuture<'a, Description> {
        Box::pin(describe::describe(link, object))
    }

    fn upgrade(&self, mut attributes: serde_json::Value) -> serde_json::Value {
        let derived = attributes.get("arn").and_then(serde_json::Value::as_str).map(|own| {
            let region = arn::region(own).unwrap_or_default();
            arn::invoke_streaming(own, region)
        });
        if let (Some(entries), Some(derived)) = (attributes.as_object_mut(), derived) {
            entries.insert("response_streaming_invoke_arn".into(), derived.into());
        }
        attributes
    }
}

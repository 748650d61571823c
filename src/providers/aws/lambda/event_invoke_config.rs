//! `aws_lambda_function_event_invoke_config`: what becomes of asynchronous invocations of a function, version or alias.
//! Knows nothing of the destinations.

use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure, OnSuccess};
use serde_json::{Value as Json, json};

use super::CONFIG;
use super::names::qualified;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::fields::{block, empty, int32, text};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{arn, retry};
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{Arn, Length, Range};

/// One of the two destinations.
const DESTINATION: Block =
    Block { attributes: &[Attribute::string("destination").required().check(&[Arn])], blocks: &[] };

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_function_event_invoke_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("function_name").required().replaces().check(&[Length(1, 256)]),
                Attribute::string("id").optional_computed(),
                Attribute::number("maximum_event_age_in_seconds").group(CONFIG).check(&[Range(60, 21_600)]),
                Attribute::number("maximum_retry_attempts")
                    .default(Default::Int(2))
                    .group(CONFIG)
                    .check(&[Range(0, 2)]),
                Attribute::string("qualifier").replaces().check(&[Length(1, 128)]),
            ],
            blocks: &[NestedBlock::one(
                "destination_config",
                Block {
                    attributes: &[],
                    blocks: &[
                        NestedBlock::one("on_failure", DESTINATION),
                        NestedBlock::one("on_success", DESTINATION),
                    ],
                },
            )
            .group(CONFIG)],
        },
    },
    unique: &["function_name", "qualifier"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME[:QUALIFIER]",
};

/// The type.
pub(in crate::providers::aws) struct EventInvokeConfig;

impl Resource for EventInvokeConfig {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        outcome::plan(outcome::planned(&TYPE, request, |_, planned| planned), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, look(link, &request.prior).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(put(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(put(step))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let (function, qualifier, id) = names(step.prior());
            let _turn = step.link.lock(&function).await;
            let builder = step
                .session
                .writes
                .delete_function_event_invoke_config()
                .function_name(function)
                .set_qualifier(qualifier);
            let mutation =
                Mutation { operation: "DeleteFunctionEventInvokeConfig", target: &id, policy: retry::QUEUE };
            let result = step.session.write(mutation, step.context, || builder.clone().send()).await;
            outcome::deleted(&step, &id, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let found = look(link, subject).await;
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let qualifier = arn::qualifier(id);
        let function = qualifier.and_then(|q| id.strip_suffix(q)?.strip_suffix(':')).unwrap_or(id);
        if function.is_empty() {
            return Err(Diagnostic::error(
                "Invalid import id",
                "An event invoke configuration is imported by FUNCTION_NAME or FUNCTION_NAME:QUALIFIER, and the id is empty.",
            )
            .into());
        }
        let object = empty(
            &TYPE.schema.block,
            json!({ "function_name": function, "id": id, "qualifier": qualifier.unwrap_or_default() }),
        )?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// The function, the qualifier, and both together, which is the id.
fn names(object: &Value) -> (String, Option<String>, String) {
    qualified(object, ':')
}

/// Creations and updates replace everything there is.
async fn put(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let (function, qualifier, id) = names(planned);
    let _turn = step.link.lock(&function).await;
    let destinations = block(planned, "destination_config");
    let destination = |name: &str| {
        let inner = destinations.and_then(|d| block(d, name));
        inner.and_then(|inner| text(inner, "destination"))
    };
    let failure = destination("on_failure").map(|d| OnFailure::builder().destination(d).build());
    let success = destination("on_success").map(|d| OnSuccess::builder().destination(d).build());
    let both = DestinationConfig::builder().set_on_failure(failure).set_on_success(success).build();
    let builder = step
        .session
        .writes
        .put_function_event_invoke_config()
        .function_name(&function)
        .set_qualifier(qualifier)
        .destination_config(both)
        .set_maximum_event_age_in_seconds(int32(planned, "maximum_event_age_in_seconds").filter(|n| *n != 0))
        .set_maximum_retry_attempts(int32(planned, "maximum_retry_attempts"));
    let mutation = Mutation { operation: "PutFunctionEventInvokeConfig", target: &id, policy: retry::DIRECT };
    match step.session.write(mutation, step.context, || builder.clone().send()).await {
        Ok(answer) => {
            let seen = GetFunctionEventInvokeConfigOutput::builder()
                .set_destination_config(answer.destination_config)
                .set_maximum_event_age_in_seconds(answer.maximum_event_age_in_seconds)
                .set_maximum_retry_attempts(answer.maximum_retry_attempts)
                .build();
            outcome::written(planned, private(false), object(&seen, planned).map(Some))
        }
        Err(error) => step.unchanged(error.diagnostic(&id)),
    }
}

async fn look(link: &Link, known: &Value) -> Found {
    let session = link.session().await?;
    let (function, qualifier, id) = names(known);
    let call =
        session.reads.get_function_event_invoke_config().function_name(function).set_qualifier(qualifier);
    match session.read("GetFunctionEventInvokeConfig", call.send()).await {
        Ok(seen) => object(&seen, known).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&id).into()),
    }
}

fn object(seen: &GetFunctionEventInvokeConfigOutput, known: &Value) -> Result<Value, Diagnostics> {
    let (function, qualifier, id) = names(known);
    let one = |destination: Option<&str>| match destination.filter(|d| !d.is_empty()) {
        Some(destination) => json!([{ "destination": destination }]),
        None => json!([]),
    };
    let destinations = seen.destination_config.as_ref().map(|d| {
        let failure = one(d.on_failure.as_ref().and_then(|d| d.destination.as_deref()));
        let success = one(d.on_success.as_ref().and_then(|d| d.destination.as_deref()));
        (failure, success)
    });
    let destinations = match destinations {
        Some((failure, success)) if failure != json!([]) || success != json!([]) => {
            json!([{ "on_failure": failure, "on_success": success }])
        }
        _ => Json::Array(Vec::new()),
    };
    empty(
        &TYPE.schema.block,
        json!({
            "destination_config": destinations,
            "function_name": function,
            "id": id,
            "maximum_event_age_in_seconds": seen.maximum_event_age_in_seconds.unwrap_or_default(),
            "maximum_retry_attempts": seen.maximum_retry_attempts.unwrap_or_default(),
            "qualifier": qualifier.unwrap_or_default(),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        for (id, function, qualifier) in [
            ("f".to_owned(), "f", None),
            ("f:PROD".to_owned(), "f", Some("PROD")),
            (arn.to_owned(), arn, None),
            (format!("{arn}:$LATEST"), arn, Some("$LATEST")),
        ] {
            let (found, end, whole) = names(&EventInvokeConfig.import(&id).unwrap().object);
            assert_eq!((&*found, end.as_deref(), whole), (function, qualifier, id));
        }
        assert!(EventInvokeConfig.import("").is_err());
    }
}

//! `aws_lambda_invocation`: a function called once when the object is made; or, with the scope `CRUD`, at every change and
//! in the end, and told which it is.
//! Knows nothing of what the function does. Lambda keeps no record of calls, so what state says is all that is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::timeout::TimeoutConfig;
use md5::{Digest, Md5};
use serde_json::{Map, Value as Json, json};

use super::{CONFIG, names};
use crate::base::{Diagnostic, Diagnostics, Path, Type, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::error::{CallError, CallResult, FailureKind, sentence};
use crate::providers::aws::fields::{filled, text};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{legacy, outcome, retry};
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_invocation",
    schema: Schema {
        version: 1,
        block: Block {
            attributes: &[
                Attribute::string("function_name").required().replaces().check(&[names::FUNCTION]),
                Attribute::string("id").optional_computed(),
                // With the scope CREATE_ONLY a change replaces: see `plan`.
                Attribute::string("input").required().group(CONFIG).check(&[Constraint::Json]),
                Attribute::string("lifecycle_scope")
                    .default(Default::Str(ONCE))
                    .group(CONFIG)
                    .check(&[Constraint::OneOf(&[ONCE, "CRUD"])]),
                Attribute::string("qualifier").default(Default::Str("$LATEST")).replaces(),
                Attribute::string("result").computed(),
                Attribute::string("tenant_id").group(CONFIG).newer().check(&[Constraint::Length(1, 256)]),
                Attribute::string("terraform_key").default(Default::Str("tf")).group(CONFIG),
                Attribute::string_map("triggers").replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: true,
    import_id: "",
};

/// The scope in which the function is called when the object is made, and not again.
const ONCE: &str = "CREATE_ONLY";
/// How long a function may run, and a little more for the way there and back (Lambda quotas).
pub(in crate::providers::aws) const LONGEST: Duration = Duration::from_secs(920);

/// The type.
pub(in crate::providers::aws) struct Invocation;

impl Resource for Invocation {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let known = |name: &str| config.get(name).is_some_and(|v| !v.is_unknown());
        if known("lifecycle_scope") && known("input") && !is_once(config) {
            return members(&text(config, "input").unwrap_or_default()).err().into_iter().collect();
        }
        Diagnostics::new()
    }

    fn plan(&self, _link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut planned = legacy::normalize(&TYPE.schema.block, prior, request.config, request.proposed);
        let mut replace = Vec::new();
        if prior.is_some_and(|prior| prior.get("input") != planned.get("input")) {
            if is_once(&planned) {
                replace.push(Path::from("input"));
            } else {
                planned.set_attr("result", Value::unknown(Type::String));
            }
        }
        PlanResponse { replace, private: private(), ..PlanResponse::of(planned) }
    }

    fn read<'a>(&'a self, _link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, Ok(Some(request.prior.clone()))) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move { recorded(&step, call(&step, step.planned(), "create").await) })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move { recorded(&step, call(&step, step.planned(), "update").await) })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            if is_once(step.prior()) {
                return ApplyResponse::default();
            }
            match call(&step, step.prior(), "delete").await {
                Ok(_) => ApplyResponse::default(),
                Err(problems) => step.unchanged(problems),
            }
        })
    }

    fn settle<'a>(&'a self, _link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        let warning = Diagnostic::warning(
            "Interrupted invocation",
            format!(
                "A run was killed while it called {:?}. Whether the function ran cannot be found out from here; what was \
                 to be done is planned again, so that it may run twice.",
                request.target
            ),
        );
        Box::pin(async move { Settled::Unclear(warning.into()) })
    }

    fn import(&self, _id: &str) -> Result<ImportResponse, Diagnostics> {
        Err(Diagnostic::error(
            "Type cannot be imported",
            "Lambda keeps no record of a call to a function, so there is nothing to import. Declare it, and the next \
             apply makes the call.",
        )
        .into())
    }

    fn upgrade(&self, mut attributes: Json) -> Json {
        // Version 0 had neither of them.
        for (name, value) in [("lifecycle_scope", ONCE), ("terraform_key", "tf")] {
            if let Some(slot) = attributes.as_object_mut().map(|all| all.entry(name).or_insert(Json::Null))
                && slot.is_null()
            {
                *slot = value.into();
            }
        }
        attributes
    }
}

/// The provider SDK's private bytes, as Terraform writes them for a schema of version 1.
fn private() -> Private {
    Some(br#"{"schema_version":"1"}"#.as_slice().into())
}

fn is_once(object: &Value) -> bool {
    text(object, "lifecycle_scope").is_none_or(|scope| scope == ONCE)
}

/// What a call brought: the id it goes by, and the function's answer.
struct Answer {
    id: String,
    result: String,
}

fn recorded(step: &Step<'_>, answer: Result<Answer, Diagnostics>) -> ApplyResponse {
    match answer {
        Ok(Answer { id, result }) => {
            let object = step.planned().with_attr("id", id.into()).with_attr("result", result.into());
            outcome::written(&object, private(), Ok(None))
        }
        Err(problems) => step.unchanged(problems),
    }
}

/// Calls the function of an object. Calls of one function take no turns: that they run beside each other is what
/// functions are made for.
async fn call(step: &Step<'_>, object: &Value, action: &str) -> Result<Answer, Diagnostics> {
    let function = filled(object, "function_name").unwrap_or_default();
    let qualifier = filled(object, "qualifier").unwrap_or_else(|| "$LATEST".to_owned());
    let payload = event(object, step.prior(), action)?;
    let id = format!("{function}_{qualifier}_{}", hex::encode(Md5::digest(&payload)));
    let target = format!("{function}:{qualifier}");
    match invoke(step, object, (&function, &qualifier), &target, payload).await {
        Ok(Ok(result)) => Ok(Answer { id, result }),
        Ok(Err(error)) => Err(function_failed(&target, &error).into()),
        // A function that is gone has nothing left to be told.
        Err(error) if error.is_not_found() && action == "delete" => Ok(Answer { id, result: String::new() }),
        Err(error) => Err(error.diagnostic(&target).into()),
    }
}

/// One call: the function's answer, or the error it raised.
async fn invoke(
    step: &Step<'_>,
    object: &Value,
    (function, qualifier): (&str, &str),
    target: &str,
    payload: String,
) -> CallResult<Result<String, String>> {
    let session = step.session;
    let builder = session
        .writes
        .invoke()
        .function_name(function)
        .qualifier(qualifier)
        .set_tenant_id(filled(object, "tenant_id"))
        .payload(Blob::new(payload));
    let patient = || {
        let limits = TimeoutConfig::builder().operation_attempt_timeout(LONGEST).operation_timeout(LONGEST);
        aws_sdk_lambda::config::Builder::new().timeout_config(limits.build())
    };
    let mutation = Mutation { operation: "Invoke", target, policy: retry::QUEUE };
    let answered = AtomicBool::new(false);
    let send = || async {
        let result = builder.clone().customize().config_override(patient()).send().await;
        answered.store(matches!(result, Err(SdkError::ServiceError(_))), Ordering::Relaxed);
        result
    };
    // A refusal, even one of the service's own making, says that nothing ran. Without any answer the function may have.
    let find = || async {
        match answered.load(Ordering::Relaxed) {
            true => Ok(None),
            false => Err(lost()),
        }
    };
    let answer = session.write_once(mutation, step.context, send, find).await?;
    let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
    let payload = String::from_utf8_lossy(&payload).into_owned();
    Ok(if answer.function_error.is_some() { Err(payload) } else { Ok(payload) })
}

/// Nothing can be looked up after a call.
fn lost() -> Box<CallError> {
    Box::new(CallError {
        operation: "Invoke",
        kind: FailureKind::Lost,
        code: String::new(),
        message: "what a call has done cannot be looked up".into(),
        status: 0,
        request_id: None,
        retry_after: None,
        after_unclear: false,
    })
}

/// What the function is given: its input; in the scope `CRUD` with what happens to the object, and what its input was.
fn event(object: &Value, prior: &Value, action: &str) -> Result<String, Diagnostic> {
    let input = text(object, "input").unwrap_or_default();
    if is_once(object) {
        return Ok(input);
    }
    let mut event = members(&input)?;
    let before = text(prior, "input").map(|before| members(&before)).transpose()?;
    let key = filled(object, "terraform_key").unwrap_or_else(|| "tf".to_owned());
    event.insert(key, json!({ "action": action, "prev_input": before }));
    Ok(written(&Json::Object(event)))
}

/// JSON as Go writes it, since the id is made of the very text.
fn written(event: &Json) -> String {
    let mut text = String::new();
    for letter in event.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => text.push(letter),
        }
    }
    text
}

fn members(input: &str) -> Result<Map<String, Json>, Diagnostic> {
    serde_json::from_str(input).map_err(|_| {
        Diagnostic::error(
            "Input must be a JSON object",
            "With a lifecycle_scope other than \"CREATE_ONLY\" the function is told what happens to the object by a member \
             that is added to its input, so input must be a JSON object.",
        )
        .on("input")
    })
}

/// The function ran and raised an error; what it says of it is in the payload.
pub(in crate::providers::aws) fn function_failed(target: &str, payload: &str) -> Diagnostic {
    let shown: String = payload.chars().take(2000).collect();
    Diagnostic::error(
        "Function failed",
        format!(
            "{target:?} was called, and ended with an error: {} Its log group says more. The next apply calls it again.",
            sentence(&shown)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_told_what_happens() {
        let object = |input: &str, scope: &str| {
            Value::object([("input", Value::from(input)), ("lifecycle_scope", Value::from(scope))])
        };
        let once = object(" {\"z\": 1}", ONCE);
        assert_eq!(event(&once, &Value::NULL, "create").unwrap(), " {\"z\": 1}");
        let (old, new) = (object("{\"z\":1}", "CRUD"), object("{\"z\":\"<&>\"}", "CRUD"));
        for (prior, action, told) in [
            (
                &Value::NULL,
                "create",
                r#"{"tf":{"action":"create","prev_input":null},"z":"\u003c\u0026\u003e"}"#,
            ),
            (&old, "update", r#"{"tf":{"action":"update","prev_input":{"z":1}},"z":"\u003c\u0026\u003e"}"#),
        ] {
            assert_eq!(event(&new, prior, action).unwrap(), told);
        }
        assert!(event(&object("[]", "CRUD"), &Value::NULL, "create").is_err());
        assert!(Invocation.validate(&object("[]", "CRUD")).has_errors());
        assert!(!Invocation.validate(&object("[]", ONCE)).has_errors());
    }

    #[test]
    fn states_of_version_0_are_brought_up() {
        let upgraded = Invocation.upgrade(json!({ "input": "{}" }));
        assert_eq!(upgraded, json!({ "input": "{}", "lifecycle_scope": ONCE, "terraform_key": "tf" }));
    }
}

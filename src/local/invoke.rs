//! Invoke: answers the event it was given, or the function error a fault rule asks for.
//! Runs no code.
//!
//! It is the one operation whose body is not a set of members: the event travels as it is, and what goes with it in
//! headers. [`read`] and [`write`] translate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{Answer, respond};
use super::call::{Call, Reply};
use super::constraints::{NAMESPACED_NAME, QUALIFIER};
use super::error::{Kind, Refusal};
use super::shape::{Field, Object, Shape, TEXT, may, must, patterned};

/// What Invoke takes.
pub const INVOKE: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    may("ClientContext", TEXT),
    may("InvocationType", Shape::Choice(&["Event", "RequestResponse", "DryRun"])),
    may("LogType", Shape::Choice(&["None", "Tail"])),
    may("Payload", TEXT),
    may("Qualifier", QUALIFIER),
    may("TenantId", patterned(1, 256, r"[a-zA-Z0-9\._:\/=+\-@ ]+")),
];

/// Members of the request and the headers that carry them.
const ASKED: &[(&str, &str)] = &[
    ("ClientContext", "x-amz-client-context"),
    ("InvocationType", "x-amz-invocation-type"),
    ("LogType", "x-amz-log-type"),
    ("TenantId", "x-amz-tenant-id"),
];
/// Members of the answer and the headers that carry them.
const ANSWERED: &[(&str, &str)] = &[
    ("ExecutedVersion", "x-amz-executed-version"),
    ("FunctionError", "x-amz-function-error"),
    ("LogResult", "x-amz-log-result"),
];

/// An error that the function itself raises: the call succeeds, and its answer says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// `errorType` of the payload.
    #[serde(rename = "type", default = "unnamed")]
    pub kind: String,
    /// `errorMessage` of the payload.
    #[serde(default)]
    pub message: String,
}

fn unnamed() -> String {
    "Error".to_owned()
}

/// The members of a request from its headers and its body, which must be JSON.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Object, Refusal> {
    let mut given = Object::new();
    for (member, header) in ASKED {
        if let Some(text) = headers.get(*header).and_then(|value| value.to_str().ok()) {
            given.insert((*member).to_owned(), json!(text));
        }
    }
    if !body.is_empty() {
        serde_json::from_slice::<serde::de::IgnoredAny>(body).map_err(|error| {
            Refusal::new(
                Kind::InvalidRequestContent,
                format!("Could not parse request body into json: {error}"),
            )
        })?;
        given.insert("Payload".to_owned(), json!(String::from_utf8_lossy(body)));
    }
    Ok(given)
}

/// The answer that a reply's members make.
pub fn write(reply: &Value) -> Answer {
    let text = |name: &str| reply.get(name).and_then(Value::as_str);
    let status = reply.get("StatusCode").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let payload = Bytes::copy_from_slice(text("Payload").unwrap_or_default().as_bytes());
    let mut answer = respond(status.unwrap_or(200), "application/json", payload);
    for (member, header) in ANSWERED {
        if let Some(value) = text(member).and_then(|value| HeaderValue::from_str(value).ok()) {
            answer.headers_mut().insert(*header, value);
        }
    }
    answer
}

/// Invoke: the function answers its event.
pub fn invoke(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let version = call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let target = function.target(wanted.qualifier.as_deref(), &call.place)?;
        target.version.life.refuse_while_pending(call.now)?;
        let isolated = target.version.settings.contains_key("TenancyConfig");
        if isolated != call.text("TenantId").is_some() {
            return Err(Refusal::invalid(if isolated {
                "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request \
                 and try again."
            } else {
                "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your \
                 request and try again."
            }));
        }
        Ok(target.number.map_or_else(|| "$LATEST".to_owned(), |number| number.to_string()))
    })?;
    Ok(match call.text("InvocationType") {
        Some("Event") => json!({ "StatusCode": 202 }),
        Some("DryRun") => json!({ "StatusCode": 204 }),
        _ => {
            let mut reply = json!({ "StatusCode": 200, "ExecutedVersion": version });
            let event = call.text("Payload").unwrap_or("{}");
            let mut put = |name: &str, value: Value| {
                reply.as_object_mut().and_then(|r| r.insert(name.to_owned(), value))
            };
            match &call.ending.function_error {
                Some(FunctionError { kind, message }) => {
                    put("FunctionError", json!("Unhandled"));
                    let error = json!({ "errorMessage": message, "errorType": kind });
                    put("Payload", json!(error.to_string()));
                }
                None => {
                    put("Payload", json!(event));
                }
            }
            if call.text("LogType") == Some("Tail") {
                put("LogResult", json!(STANDARD.encode(format!("START Version: {version}\nEND\n"))));
            }
            reply
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_must_be_json_of_any_kind() {
        let headers = HeaderMap::new();
        for event in ["{\"a\": 1}", "[1]", "null", "\"text\"", "7"] {
            assert_eq!(read(&headers, event.as_bytes()).unwrap().get("Payload"), Some(&json!(event)));
        }
        assert!(read(&headers, b"").unwrap().is_empty());
        assert_eq!(read(&headers, b"{a}").unwrap_err().code, "InvalidRequestContentException");
    }

    #[test]
    fn answers_carry_their_members_in_headers() {
        let answer = write(&json!({ "StatusCode": 200, "FunctionError": "Unhandled", "Payload": "{}" }));
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["x-amz-function-error"], "Unhandled");
        assert_eq!(write(&json!({ "StatusCode": 202 })).status(), 202);
    }
}

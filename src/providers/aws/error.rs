//! What the service answers when it refuses: brought to one shape, told apart by code, and explained.
//! Knows nothing of resources; each message says what was asked, what was answered, and what to do.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::explain::explain;
use crate::base::{Diagnostic, InstanceAddr};

/// A call that did not succeed.
#[derive(Debug, Clone)]
pub(super) struct CallError {
    /// The API's name of it.
    pub(super) operation: &'static str,
    /// How it failed.
    pub(super) kind: FailureKind,
    /// The error code, `ResourceConflictException`; empty if the service did not answer.
    pub(super) code: String,
    /// What the service, or the connection, says.
    pub(super) message: String,
    /// The HTTP status, 0 without an answer.
    pub(super) status: u16,
    /// The service's id for the request.
    pub(super) request_id: Option<String>,
    /// How long the service wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Whether an earlier attempt of the same call may have landed.
    pub(super) after_unclear: bool,
}

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The service answered with an error.
    Refused,
    /// No connection was made; nothing was sent.
    Unreachable,
    /// The connection broke, or no answer came in time; the request may have been carried out.
    Unclear,
    /// The same, and reading could not tell either: it must not be sent again, lest it be carried out twice.
    Lost,
    /// The request could not be made: credentials, for the most part.
    Unsent,
    /// The intent could not be recorded, so the call was not made.
    Unrecorded,
}

/// The result of a call.
pub(super) type CallResult<T> = Result<T, Box<CallError>>;

impl CallError {
    /// Brings an SDK error to this shape.
    pub(super) fn new<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Box<CallError>
    where
        E: ProvideErrorMetadata + fmt::Debug + fmt::Display + std::error::Error + Send + Sync + 'static,
    {
        let raw = error.raw_response();
        let status = raw.map_or(0, |r| r.status().as_u16());
        let header = |name: &str| raw.and_then(|r| r.headers().get(name)).map(str::to_owned);
        let request_id = header("x-amzn-requestid").or_else(|| header("x-amz-request-id"));
        let retry_after =
            header("retry-after").and_then(|s| s.trim().parse().ok()).map(Duration::from_secs_f64);
        let kind = match &error {
            SdkError::ServiceError(_) => FailureKind::Refused,
            SdkError::ConstructionFailure(_) => FailureKind::Unsent,
            SdkError::DispatchFailure(failure) if failure.is_user() => FailureKind::Unsent,
            SdkError::DispatchFailure(failure) => dispatch_failure(&chain(failure.as_connector_error())),
            _ => FailureKind::Unclear,
        };
        let (code, message) = match error.as_service_error() {
            Some(service) => (
                service.code().map_or_else(|| format!("HTTP {status}"), str::to_owned),
                service.message().unwrap_or("no message").to_owned(),
            ),
            None => (String::new(), chain(Some(&error))),
        };
        Box::new(CallError {
            operation,
            kind,
            code,
            message,
            status,
            request_id,
            retry_after: retry_after.filter(|d| *d < Duration::from_secs(300)),
            after_unclear: false,
        })
    }

    /// A call that was not made, because its intent could not be written down.
    pub(super) fn unrecorded(operation: &'static str, error: &std::io::Error) -> Box<CallError> {
        Box::new(CallError {
            operation,
            kind: FailureKind::Unrecorded,
            code: String::new(),
            message: error.to_string(),
            status: 0,
            request_id: None,
            retry_after: None,
            after_unclear: false,
        })
    }

    /// An answer whose content broke off, however often it was asked for.
    pub(super) fn cut_short(operation: &'static str, message: String) -> Box<CallError> {
        Box::new(CallError {
            operation,
            kind: FailureKind::Unclear,
            code: String::new(),
            message,
            status: 0,
            request_id: None,
            retry_after: None,
            after_unclear: false,
        })
    }

    /// Whether the code is this one and the message holds this text.
    pub(super) fn says(&self, code: &str, text: &str) -> bool {
        self.code == code && self.message.contains(text)
    }

    /// Whether the object does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(
            &*self.code,
            "ResourceNotFoundException"
                | "ProvisionedConcurrencyConfigNotFoundException"
                | "NoSuchEntity"
                | "NoSuchKey"
                | "NotFound"
        )
    }

    /// Whether an object of that name exists already. Lambda has one code for this and for what passes with time; it says
    /// "already exist" of functions, "already exists" of aliases, statements and mappings, and "exists" of addresses.
    pub(super) fn is_name_taken(&self) -> bool {
        let exists = |text: &str| text.contains("exists") || text.contains("already exist");
        matches!(&*self.code, "EntityAlreadyExists" | "ResourceAlreadyExistsException")
            || (self.code == "ResourceConflictException" && exists(&self.message.to_lowercase()))
    }

    /// Whether another operation on the object is still going on, which passes.
    pub(super) fn is_busy(&self) -> bool {
        self.code == "ResourceConflictException" && !self.is_name_taken()
    }

    /// Whether the service wants fewer requests.
    pub(super) fn is_throttled(&self) -> bool {
        self.status == 429
            || matches!(
                &*self.code,
                "TooManyRequestsException"
                    | "ThrottlingException"
                    | "Throttling"
                    | "ThrottledException"
                    | "RequestLimitExceeded"
                    | "SlowDown"
            )
    }

    /// Whether nobody knows if the request was carried out.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self.kind, FailureKind::Unclear | FailureKind::Lost)
            || (self.kind == FailureKind::Refused && self.status >= 500)
    }

    /// Whether no connection to the service could be made.
    pub(super) fn is_unreachable(&self) -> bool {
        self.kind == FailureKind::Unreachable
    }

    /// Whether the same request may well succeed a moment later, for no reason that lies in it.
    pub(super) fn is_transient(&self) -> bool {
        self.kind != FailureKind::Lost && (self.is_throttled() || self.is_unclear() || self.is_unreachable())
    }

    /// What to tell a person; `target` names the object.
    pub(super) fn diagnostic(&self, target: &str) -> Diagnostic {
        let (summary, advice) = explain(self);
        let mut detail = match self.kind {
            FailureKind::Refused => {
                format!("{} of {target:?} failed: {}: {}", self.operation, self.code, sentence(&self.message))
            }
            FailureKind::Unreachable => {
                format!("{} of {target:?} was not sent: {}", self.operation, sentence(&self.message))
            }
            FailureKind::Unclear | FailureKind::Lost => format!(
                "{} of {target:?} was sent, but no answer came, so it may or may not have been carried out: {}",
                self.operation,
                sentence(&self.message)
            ),
            FailureKind::Unsent => {
                format!("{} of {target:?} could not be sent: {}", self.operation, sentence(&self.message))
            }
            FailureKind::Unrecorded => format!(
                "{} of {target:?} was not sent, because the intent could not be recorded first: {}",
                self.operation,
                sentence(&self.message)
            ),
        };
        if !advice.is_empty() {
            detail.push_str("\n\n");
            detail.push_str(advice);
        }
        if let Some(id) = &self.request_id {
            detail.push_str(&format!("\n\nRequest id: {id}"));
        }
        Diagnostic::error(summary, detail)
    }
}

/// The name of a function is taken: the import block that would adopt it is what most people need next.
pub(super) fn name_taken(
    what: &str,
    id: &str,
    address: Option<&InstanceAddr>,
    error: &CallError,
) -> Diagnostic {
    let fallback = "aws_lambda_function.example".to_owned();
    let to = address.map_or(fallback, ToString::to_string);
    Diagnostic::error(
        format!("{what} exists already"),
        format!(
            "{} of {id:?} failed: {} It is not in this state, so it was made by hand or by another configuration. To \
             take it over, add this block and plan again; otherwise choose another name or delete it first.\n\n{}",
            error.operation,
            sentence(&error.message),
            import_block(&to, id)
        ),
    )
}

/// Something of a name is there after a killed creation, but not what was planned.
///
/// A warning, since it must not keep the way to either remedy closed: the next creation says that the name is taken.
pub(super) fn stranger(target: &str) -> Diagnostic {
    Diagnostic::warning(
        "Interrupted creation not taken over",
        format!(
            "A run was killed while it created {target:?}. Something of that name exists, but not as it was planned, so \
             somebody else made or changed it, and it was not taken into the state. Import it, or delete it."
        ),
    )
}

fn import_block(to: &str, id: &str) -> String {
    let to: hcl::Expression = to.parse().unwrap_or_else(|_| hcl::Expression::from(to));
    let block = hcl::Block::builder("import").add_attribute(("to", to)).add_attribute(("id", id)).build();
    hcl::to_string(&hcl::Body::from(vec![block])).unwrap_or_default()
}

/// An error and its causes on one line, without repetition.
pub(super) fn chain<E: std::error::Error + ?Sized>(error: Option<&E>) -> String {
    let Some(error) = error else { return String::new() };
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}

/// Whether a request that got no answer was sent. The SDK tells the cases apart only in words.
pub(super) fn dispatch_failure(text: &str) -> FailureKind {
    let text = text.to_lowercase();
    let says = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    if says(&[
        "connection refused",
        "dns error",
        "failed to lookup",
        "tcp connect",
        "unreachable",
        "error (connect)",
    ]) {
        FailureKind::Unreachable
    } else if says(&["credential", "identity"]) {
        FailureKind::Unsent
    } else {
        FailureKind::Unclear
    }
}

/// A text as a sentence: with one full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// A refusal as the service would answer it.
#[cfg(test)]
pub(super) fn refused(code: &str, message: &str, status: u16) -> CallError {
    CallError {
        operation: "CreateFunction",
        kind: FailureKind::Refused,
        code: code.into(),
        message: message.into(),
        status,
        request_id: None,
        retry_after: None,
        after_unclear: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Mode, ResourceAddr};

    #[test]
    fn conflicts_that_pass_are_told_from_those_that_do_not() {
        let url = "Failed to create function url config for [functionArn = arn:aws:lambda:us-east-1:123456789012:function:f]. \
                   Error message:  FunctionUrlConfig exists for this Lambda function";
        let mapping = "An event source mapping with SQS arn (\" q \") and function (\" f \") already exists. Please update or \
                       delete the existing mapping with UUID 14e0db71-5d35-4eb5-b481-8945cf9d10c2";
        for (message, taken) in [
            ("Function already exist: f", true),
            ("Alias already exists: arn:aws:lambda:us-east-1:123456789012:function:f:live", true),
            ("The statement id (s) provided already exists. Please provide a new statement id, or …", true),
            ("Capacity provider already exists: c", true),
            (url, true),
            (mapping, true),
            (
                "The operation cannot be performed at this time. An update is in progress for resource: f",
                false,
            ),
            (
                "The operation cannot be performed at this time. The function is currently in the following state: Pending",
                false,
            ),
            ("An update is in progress for resource: f", false),
            ("The function could not be updated due to a concurrent update operation.", false),
        ] {
            let error = refused("ResourceConflictException", message, 409);
            assert_eq!((error.is_name_taken(), error.is_busy()), (taken, !taken), "{message}");
        }
    }

    #[test]
    fn a_taken_name_comes_with_the_block_that_adopts_it() {
        let address = ResourceAddr::root(Mode::Managed, "aws_lambda_function", "this").instance(None);
        let error = refused("ResourceConflictException", "Function already exist: f", 409);
        let shown = name_taken("Function", "f", Some(&address), &error);
        assert!(
            shown.detail.contains("import {\n  to = aws_lambda_function.this\n  id = \"f\"\n}"),
            "{}",
            shown.detail
        );
        let keyed = import_block("module.m.aws_lambda_function.this[\"a\"]", "f");
        assert!(keyed.contains("to = module.m.aws_lambda_function.this[\"a\"]"), "{keyed}");
    }
}

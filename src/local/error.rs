//! The refusals the service answers with: code, status, and the JSON shape AWS gives each.
//! Knows nothing of when they are due; operations decide that.

use std::borrow::Cow;

use serde_json::{Value, json};

/// Declares each exception once: kind, code, HTTP status, and the name of the message member in its body.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $code:literal, $status:literal, $member:literal;)*) => {
        /// The exceptions of the Lambda API that this server raises itself.
        /// Source: the "Errors" section of each operation, and Common Error Types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            const ALL: &[Self] = &[$(Self::$kind,)*];

            const fn facts(self) -> (&'static str, u16, &'static str) {
                match self {
                    $(Self::$kind => ($code, $status, $member),)*
                }
            }
        }
    };
}

kinds! {
    /// A parameter breaks a rule that relates it to other things.
    InvalidParameterValue: "InvalidParameterValueException", 400, "message";
    /// A parameter breaks its own documented constraint.
    Validation: "ValidationException", 400, "message";
    /// The body is not JSON.
    InvalidRequestContent: "InvalidRequestContentException", 400, "message";
    /// A JSON value has the wrong type.
    Serialization: "SerializationException", 400, "Message";
    /// The object exists, or another operation is under way.
    ResourceConflict: "ResourceConflictException", 409, "message";
    /// The object does not exist.
    ResourceNotFound: "ResourceNotFoundException", 404, "Message";
    /// The object is still used by another.
    ResourceInUse: "ResourceInUseException", 400, "Message";
    /// The revision given is not the latest.
    PreconditionFailed: "PreconditionFailedException", 412, "message";
    /// The resource policy would grow beyond 20 kB.
    PolicyLengthExceeded: "PolicyLengthExceededException", 400, "message";
    /// The request is larger than the service reads.
    RequestEntityTooLarge: "RequestEntityTooLargeException", 413, "message";
    /// The function has no provisioned concurrency at this qualifier.
    ProvisionedConcurrencyConfigNotFound: "ProvisionedConcurrencyConfigNotFoundException", 404, "message";
    /// The code signing configuration does not exist.
    CodeSigningConfigNotFound: "CodeSigningConfigNotFoundException", 404, "Message";
    /// The caller's rate is above the quota.
    TooManyRequests: "TooManyRequestsException", 429, "message";
    /// The object belongs to another account.
    AccessDenied: "AccessDeniedException", 403, "Message";
    /// No operation answers this method and path.
    UnknownOperation: "UnknownOperationException", 404, "message";
    /// The server could not keep what it was given.
    Service: "ServiceException", 500, "Message";
}

/// One refusal, ready to be written to the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The exception's name, as `x-amzn-errortype` carries it.
    pub code: Cow<'static, str>,
    /// HTTP status.
    pub status: u16,
    /// What the client reads.
    pub message: String,
    /// Seconds for the `Retry-After` header.
    pub retry_after: Option<u32>,
    message_key: &'static str,
    reason: Option<&'static str>,
}

impl Refusal {
    /// A refusal of a known kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let (code, status, message_key) = kind.facts();
        Self {
            code: Cow::Borrowed(code),
            status,
            message: message.into(),
            retry_after: None,
            message_key,
            reason: None,
        }
    }

    /// A refusal of a service beside Lambda, which words and codes its own.
    pub fn of(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        let mut refusal = Self::new(Kind::Service, message);
        refusal.code = Cow::Borrowed(code);
        refusal.status = status;
        refusal
    }

    /// A refusal by code, as a fault rule names it; the status defaults to the one AWS documents, else 500.
    pub fn injected(code: &str, status: Option<u16>, message: Option<&str>) -> Self {
        let message = message.unwrap_or("Injected by a fault rule.");
        let known = Kind::ALL.iter().copied().find(|kind| kind.facts().0 == code);
        let mut refusal = match known {
            Some(Kind::TooManyRequests) => Self::throttled(),
            _ => Self::new(known.unwrap_or(Kind::Service), message),
        };
        refusal.message = message.to_owned();
        refusal.code = Cow::Owned(code.to_owned());
        refusal.status = status.unwrap_or(refusal.status);
        refusal
    }

    /// The answer above the request rate: 429, `CallerRateLimitExceeded`, come back in a second.
    pub fn throttled() -> Self {
        let mut refusal = Self::new(Kind::TooManyRequests, "Rate exceeded");
        refusal.retry_after = Some(1);
        refusal.reason = Some("CallerRateLimitExceeded");
        refusal
    }

    /// A value that breaks a rule AWS words itself.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameterValue, message)
    }

    /// Something that does not exist.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::new(Kind::ResourceNotFound, message)
    }

    /// Something that exists already or is busy.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::ResourceConflict, message)
    }

    /// The JSON body: `Type`, the message under the member this exception uses, and `Reason` if it has one.
    pub fn body(&self) -> Value {
        let blame = if self.status >= 500 { "Service" } else { "User" };
        let mut body = json!({ "Type": blame, self.message_key: self.message });
        if let (Some(reason), Some(body)) = (self.reason, body.as_object_mut()) {
            body.insert("Reason".to_owned(), reason.into());
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_name_the_message_as_each_exception_does() {
        let missing = Refusal::missing("gone");
        assert_eq!(missing.body(), json!({"Type": "User", "Message": "gone"}));
        let busy = Refusal::conflict("busy");
        assert_eq!(busy.body(), json!({"Type": "User", "message": "busy"}));
        let slow = Refusal::throttled();
        assert_eq!(
            slow.body(),
            json!({"Type": "User", "message": "Rate exceeded", "Reason": "CallerRateLimitExceeded"})
        );
    }

    #[test]
    fn injected_codes_take_the_documented_status() {
        assert_eq!(Refusal::injected("ResourceConflictException", None, None).status, 409);
        assert_eq!(Refusal::injected("EC2ThrottledException", Some(502), None).status, 502);
        assert_eq!(Refusal::injected("Novel", None, None).status, 500);
        assert_eq!(Refusal::injected("TooManyRequestsException", None, None).retry_after, Some(1));
    }
}

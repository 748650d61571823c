//! S3's refusals: status by code, and the XML they are written in.
//! Knows nothing of when they are due.

use crate::local::error::Refusal;
use crate::local::xml::escape;

/// Status by code, where it is not 400. Source: "Error responses" of the S3 API reference.
const STATUSES: &[(&str, u16)] = &[
    ("NoSuchBucket", 404),
    ("NoSuchKey", 404),
    ("NoSuchVersion", 404),
    ("NoSuchUpload", 404),
    ("NoSuchTagSet", 404),
    ("ObjectLockConfigurationNotFoundError", 404),
    ("AccessDenied", 403),
    ("MethodNotAllowed", 405),
    ("BucketAlreadyExists", 409),
    ("BucketAlreadyOwnedByYou", 409),
    ("BucketNotEmpty", 409),
    ("PreconditionFailed", 412),
    ("InvalidRange", 416),
    ("InternalError", 500),
    ("NotImplemented", 501),
    ("SlowDown", 503),
    ("ServiceUnavailable", 503),
];

/// A refusal by its code.
pub fn refusal(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::of(code, status(code), message)
}

fn status(code: &str) -> u16 {
    STATUSES.iter().find(|(known, _)| *known == code).map_or(400, |(_, status)| *status)
}

/// The bucket does not exist.
pub fn no_bucket() -> Refusal {
    refusal("NoSuchBucket", "The specified bucket does not exist")
}

/// The key does not exist.
pub fn no_key() -> Refusal {
    refusal("NoSuchKey", "The specified key does not exist.")
}

/// A condition of the request does not hold.
pub fn failed_precondition() -> Refusal {
    refusal("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// The request's document cannot be understood.
pub fn malformed() -> Refusal {
    refusal(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// What fault rules and quotas of the other services answer, in S3's own words.
pub fn translate(mut refusal: Refusal) -> Refusal {
    match refusal.code.as_ref() {
        "TooManyRequestsException" => {
            refusal.code = "SlowDown".into();
            refusal.message = "Please reduce your request rate.".to_owned();
            refusal.status = 503;
        }
        "ServiceException" => refusal.code = "InternalError".into(),
        _ => {}
    }
    refusal
}

/// The document of a refusal.
pub fn document(refusal: &Refusal, bucket: &str, key: &str, request_id: &str) -> String {
    let named = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("<{name}>{}</{name}>", escape(value)),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>{}{}<RequestId>\
         {request_id}</RequestId><HostId>local</HostId></Error>",
        escape(&refusal.code),
        escape(&refusal.message),
        named("BucketName", bucket),
        named("Key", key),
    )
}

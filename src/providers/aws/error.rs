//! What the service answers when it refuses: brought to one shape, told apart by code, and explained.
//! Knows nothing of resources; each message says what was asked, what was answered, and what to do.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

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

    /// Whether the code is this one and the message holds this text.
    pub(super) fn says(&self, code: &str, text: &str) -> bool {
        self.code == code && self.message.contains(text)
    }

    /// Whether the object does not exist.
    pub(super) fn is_not_found(&self) -> bool {
        self.code == "ResourceNotFoundException"
    }

    /// Whether an object of that name exists already.
    pub(super) fn is_name_taken(&self) -> bool {
        self.code == "ResourceConflictException" && self.message.to_lowercase().contains("already exist")
    }

    /// Whether another operation on the object is still going on.
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
            )
    }

    /// Whether nobody knows if the request was carried out.
    pub(super) fn is_unclear(&self) -> bool {
        matches!(self.kind, FailureKind::Unclear | FailureKind::Lost)
            || (self.kind == FailureKind::Refused && self.status >= 500)
    }

    /// Whether the same request may well succeed a moment later, for no reason that lies in it.
    pub(super) fn is_transient(&self) -> bool {
        self.kind != FailureKind::Lost
            && (self.is_throttled() || self.is_unclear() || self.kind == FailureKind::Unreachable)
    }

    /// What to tell a person; `target` names the object.
    pub(super) fn diagnostic(&self, target: &str) -> Diagnostic {
        let (summary, advice) = self.explain();
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

    fn explain(&self) -> (&'static str, &'static str) {
        match self.kind {
            FailureKind::Refused => {
                let found = TABLE.iter().find(|row| {
                    row.codes.contains(&&*self.code)
                        && row.says.is_none_or(|text| self.message.contains(text))
                });
                match found {
                    Some(row) => (row.summary, row.advice),
                    None if self.status == 412 => (CHANGED.summary, CHANGED.advice),
                    None if self.is_throttled() => (THROTTLED.summary, THROTTLED.advice),
                    None if self.status >= 500 => (INTERNAL.summary, INTERNAL.advice),
                    None => ("The service refused the request", ""),
                }
            }
            FailureKind::Unreachable => (
                "Service not reachable",
                "Check the region of the provider block, the `endpoints` block or AWS_ENDPOINT_URL if one is set, and \
                 the network: no connection to the service's address could be made.",
            ),
            FailureKind::Unclear | FailureKind::Lost => (
                "No answer from the service",
                "Run plan again: it reads what is there, and shows what is left to do.",
            ),
            FailureKind::Unsent => (
                "Request could not be sent",
                "Credentials that cannot be found or renewed are the usual reason.",
            ),
            FailureKind::Unrecorded => (
                "Journal not writable",
                "Without its record, a call that is cut short could not be settled afterwards. Check the disk and the \
                 permissions of the data directory.",
            ),
        }
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

/// What is known of a code: in what words to report it, and what to do.
struct Row {
    codes: &'static [&'static str],
    says: Option<&'static str>,
    summary: &'static str,
    advice: &'static str,
}

const CHANGED: Row = Row {
    codes: &["PreconditionFailedException"],
    says: None,
    summary: "Function changed since the plan",
    advice: "Somebody or something updated it between the plan and now, so that the plan no longer says what would \
             happen. Nothing was changed by this call. Plan again and look at the difference.",
};

const THROTTLED: Row = Row {
    codes: &["TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"],
    says: None,
    summary: "Too many requests",
    advice: "The account's request rate for this API in this region was exceeded for longer than retries could bridge. \
             Other tools and pipelines share that rate. Run the command again later, or with a lower -parallelism, or \
             raise max_retries in the provider block.",
};

const INTERNAL: Row = Row {
    codes: &["ServiceException", "InternalFailure", "InternalServerError", "ServiceUnavailable"],
    says: None,
    summary: "Internal error of the service",
    advice: "The service failed, and repeating the request did not help. Look at the AWS Health Dashboard and run the \
             command again.",
};

const INVALID: &[&str] = &["InvalidParameterValueException"];
const CONFLICT: &[&str] = &["ResourceConflictException"];

/// First match wins: rows with a text come before the plain row of the same code.
const TABLE: &[Row] = &[
    CHANGED,
    THROTTLED,
    INTERNAL,
    Row {
        codes: INVALID,
        says: Some("cannot be assumed by Lambda"),
        summary: "Role cannot be assumed by Lambda",
        advice: "The role's trust policy must allow \"sts:AssumeRole\" to the service \"lambda.amazonaws.com\". A role \
                 made moments ago needs some seconds to be known everywhere; that was waited for.",
    },
    Row {
        codes: INVALID,
        says: Some("execution role does not have permissions"),
        summary: "Role lacks permissions",
        advice: "Attach the permissions the message names to the function's role: for a VPC the managed policy \
                 AWSLambdaVPCAccessExecutionRole, for a dead letter queue sqs:SendMessage or sns:Publish. If the policy \
                 is in this configuration, let the function depend on it with depends_on.",
    },
    Row {
        codes: INVALID,
        says: Some("KMS key"),
        summary: "KMS key not usable",
        advice: "The key must exist in the function's region, be enabled, and its policy must let Lambda create a grant. \
                 A role that was deleted and made again under the same name needs the function to be updated once, \
                 because old grants point to the old role.",
    },
    Row {
        codes: INVALID,
        says: Some("throttled by EC2"),
        summary: "EC2 throttled the creation of network interfaces",
        advice: "The account's EC2 request rate was exceeded for many minutes. Run the command again.",
    },
    Row {
        codes: INVALID,
        says: Some("Unzipped size must be smaller"),
        summary: "Package too large",
        advice: "A package and its layers may hold 262,144,000 bytes unpacked. Move dependencies into fewer layers, leave \
                 files out with excludes, or deploy a container image.",
    },
    Row {
        codes: INVALID,
        says: Some("Could not unzip uploaded file"),
        summary: "Package is not a zip file",
        advice: "The file named by filename (or the S3 object) must be a zip file that Lambda can unpack.",
    },
    Row {
        codes: INVALID,
        says: Some("GetObject"),
        summary: "Package in S3 not readable",
        advice: "The object must exist in a bucket in the function's own region, and whoever applies must be allowed \
                 s3:GetObject (and s3:GetObjectVersion with s3_object_version) on it.",
    },
    Row {
        codes: INVALID,
        says: Some("reserved keys"),
        summary: "Reserved environment variable",
        advice: "Lambda sets these variables itself. Choose other names.",
    },
    Row {
        codes: INVALID,
        says: Some("runtime parameter"),
        summary: "Runtime not supported",
        advice: "Lambda does not take new functions, and after some time no updates, for a runtime that is deprecated. \
                 Choose a runtime that is supported.",
    },
    Row {
        codes: INVALID,
        says: Some("UnreservedConcurrentExecution"),
        summary: "Not enough unreserved concurrency",
        advice: "Each region keeps at least 100 (in new accounts 10) concurrent executions unreserved. Lower \
                 reserved_concurrent_executions, free some elsewhere, or ask for a higher account limit.",
    },
    Row {
        codes: INVALID,
        says: Some("replicated function"),
        summary: "Function is still replicated",
        advice: "Replicas of a Lambda@Edge function disappear some hours after the last CloudFront distribution stops \
                 using it. Delete it later, or set skip_destroy to leave it.",
    },
    Row {
        codes: INVALID,
        says: None,
        summary: "Invalid parameter value",
        advice: "Change the argument the message names.",
    },
    Row {
        codes: &["ValidationException", "SerializationException"],
        says: None,
        summary: "Invalid request",
        advice: "Change the argument the message names.",
    },
    Row {
        codes: CONFLICT,
        says: Some("already exist"),
        summary: "Object exists already",
        advice: "Import it, delete it, or choose another name.",
    },
    Row {
        codes: CONFLICT,
        says: None,
        summary: "Another operation is in progress",
        advice: "Somebody else is updating the same function, or Lambda is still working on an earlier update, for \
                 longer than was waited. Run the command again when it is done.",
    },
    Row {
        codes: &["ResourceNotFoundException"],
        says: None,
        summary: "Object not found",
        advice: "What the message names does not exist in this account and region. If it was deleted outside of \
                 lambdaform, plan again.",
    },
    Row {
        codes: &["CodeStorageExceededException"],
        says: None,
        summary: "Code storage exceeded",
        advice: "All functions and layers of an account together may hold 75 GB per region unless the quota was raised. \
                 Delete old versions of functions and layers, or ask for a higher quota.",
    },
    Row {
        codes: &["CodeSigningConfigNotFoundException"],
        says: None,
        summary: "Code signing configuration not found",
        advice: "code_signing_config_arn must name a code signing configuration in the function's own account and region.",
    },
    Row {
        codes: &["CodeVerificationFailedException"],
        says: None,
        summary: "Code signature not accepted",
        advice: "The package's signature has expired, was revoked, or comes from a signing profile that the code signing \
                 configuration does not allow, and its policy is Enforce. Sign the package again.",
    },
    Row {
        codes: &["InvalidCodeSignatureException"],
        says: None,
        summary: "Code signature broken",
        advice: "The package was changed after it was signed, or is not signed at all. Sign it again and deploy the signed \
                 object from S3.",
    },
    Row {
        codes: &["FunctionVersionsPerCapacityProviderLimitExceededException"],
        says: None,
        summary: "Too many function versions on the capacity provider",
        advice: "Delete function versions that use this capacity provider, or use another one.",
    },
    Row {
        codes: &["RequestTooLargeException", "RequestEntityTooLargeException", "RequestEntityTooLarge"],
        says: None,
        summary: "Package too large to upload",
        advice: "A request may carry a package of about 50 MB. Put the package into S3 and name it by s3_bucket and s3_key.",
    },
    Row {
        codes: &["InvalidZipFileException"],
        says: None,
        summary: "Package is not a zip file",
        advice: "Lambda could not unpack the package. Build it again.",
    },
    Row {
        codes: &["InvalidRuntimeException"],
        says: None,
        summary: "Runtime not supported",
        advice: "Choose a runtime that is supported.",
    },
    Row {
        codes: &["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"],
        says: Some("iam:PassRole"),
        summary: "Not allowed to pass the role",
        advice: "Whoever applies needs iam:PassRole on the function's role.",
    },
    Row {
        codes: &["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"],
        says: None,
        summary: "Access denied",
        advice: "Whoever applies lacks the permission the message names. Add it to their policies; a permissions \
                 boundary, a service control policy or a session policy may also deny it.",
    },
    Row {
        codes: &["ExpiredTokenException", "ExpiredToken", "RequestExpired"],
        says: None,
        summary: "Credentials have expired",
        advice: "Sign in again (for example with `aws sso login`), then run the command again: what was done so far is in \
                 the state.",
    },
    Row {
        codes: &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "MissingAuthenticationToken",
        ],
        says: None,
        summary: "Credentials not accepted",
        advice: "The access key does not exist, is inactive, does not belong to its secret key, or belongs to another \
                 partition; or this machine's clock is wrong.",
    },
    Row {
        codes: &["OptInRequired", "SubscriptionRequiredException"],
        says: None,
        summary: "Account not ready for the service",
        advice: "Activate the account, or enable the region for it.",
    },
    Row {
        codes: &["ResourceInUseException"],
        says: None,
        summary: "Object is in use",
        advice: "Another operation works on it. Run the command again when it is done.",
    },
    Row {
        codes: &["PolicyLengthExceededException"],
        says: None,
        summary: "Resource policy too long",
        advice: "A function's resource policy may have 20 KB. Remove permissions, or widen one instead of adding many.",
    },
];

/// Reasons that `State` and `LastUpdateStatus` give for a failure, with what to do.
const REASONS: &[(&str, &str)] = &[
    (
        "EniLimitExceeded",
        "The VPC's limit of network interfaces is reached. Free some, or ask for a higher quota.",
    ),
    ("InsufficientRolePermissions", "The function's role lacks permissions for what it is configured with."),
    ("SubnetOutOfIPAddresses", "A subnet of vpc_config has no free addresses. Use another or a larger one."),
    ("InvalidSubnet", "A subnet of vpc_config does not exist."),
    ("InvalidSecurityGroup", "A security group of vpc_config does not exist, or belongs to another VPC."),
    (
        "ImageDeleted",
        "The container image was deleted from its repository. Push it again, then update the function.",
    ),
    ("ImageAccessDenied", "Lambda may not read the image. Allow it in the policy of the ECR repository."),
    ("InvalidImage", "The image is not one Lambda can run: check its architecture and format."),
    ("KMSKeyAccessDenied", "The policy of the KMS key does not let Lambda use it."),
    ("KMSKeyNotFound", "The KMS key does not exist."),
    ("InvalidStateKMSKey", "The KMS key is in a state in which it cannot be used."),
    ("DisabledKMSKey", "The KMS key is disabled."),
    ("InvalidRuntime", "The runtime is not available any more. Choose another."),
    ("InvalidZipFileException", "The package cannot be unpacked."),
    ("EFS", "Check the file system, its mount targets in the function's subnets, and their security groups."),
    ("FunctionError", "The function's own initialisation failed. Its log group says why."),
    ("InsufficientCapacity", "There is no capacity in the zones of the capacity provider at the moment."),
    ("VcpuLimitExceeded", "The account's vCPU quota is reached."),
    ("InternalError", "The service failed internally. Try again."),
];

/// What to do about a `StateReasonCode` or `LastUpdateStatusReasonCode`.
pub(super) fn reason_advice(code: &str) -> &'static str {
    REASONS.iter().find(|(prefix, _)| code.starts_with(prefix)).map_or("", |(_, advice)| advice)
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
fn dispatch_failure(text: &str) -> FailureKind {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Mode, ResourceAddr};

    fn refused(code: &str, message: &str, status: u16) -> CallError {
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

    #[test]
    fn every_documented_error_has_its_own_words() {
        for (code, status) in [
            ("CodeSigningConfigNotFoundException", 404),
            ("CodeStorageExceededException", 400),
            ("CodeVerificationFailedException", 400),
            ("FunctionVersionsPerCapacityProviderLimitExceededException", 400),
            ("InvalidCodeSignatureException", 400),
            ("InvalidParameterValueException", 400),
            ("ResourceConflictException", 409),
            ("ResourceNotFoundException", 404),
            ("ServiceException", 500),
            ("TooManyRequestsException", 429),
            ("PreconditionFailedException", 412),
            ("AccessDeniedException", 403),
            ("ExpiredTokenException", 403),
        ] {
            let shown = refused(code, "m", status).diagnostic("f");
            assert_ne!(shown.summary, "The service refused the request", "{code}");
            assert!(shown.detail.contains(code) && shown.detail.len() > 100, "{code}: {}", shown.detail);
        }
    }

    #[test]
    fn the_message_decides_where_the_code_is_not_enough() {
        let cases = [
            (
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
                "Role cannot be assumed by Lambda",
            ),
            (
                "InvalidParameterValueException",
                "Unzipped size must be smaller than 262144000 bytes",
                "Package too large",
            ),
            ("InvalidParameterValueException", "x", "Invalid parameter value"),
            ("ResourceConflictException", "Function already exist: f", "Object exists already"),
            ("ResourceConflictException", "An update is in progress", "Another operation is in progress"),
            ("NeverHeardOf", "x", "The service refused the request"),
        ];
        for (code, message, summary) in cases {
            assert_eq!(refused(code, message, 400).diagnostic("f").summary, summary);
        }
        assert_eq!(refused("X", "m", 412).diagnostic("f").summary, CHANGED.summary);
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

//! What each failure is called, and what to do about it: tables by error code, message and reason code.
//! Knows nothing of the calls themselves.

use super::error::{CallError, FailureKind};

/// The summary of a failure, and what to do about it.
pub(super) fn explain(error: &CallError) -> (&'static str, &'static str) {
    match error.kind {
        FailureKind::Refused => {
            let found = TABLE.iter().find(|row| {
                row.codes.contains(&&*error.code) && row.says.is_none_or(|text| error.message.contains(text))
            });
            match found {
                Some(row) => (row.summary, row.advice),
                None if error.status == 412 => (CHANGED.summary, CHANGED.advice),
                None if error.is_throttled() => (THROTTLED.summary, THROTTLED.advice),
                None if error.status >= 500 => (INTERNAL.summary, INTERNAL.advice),
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
        FailureKind::Unsent => {
            ("Request could not be sent", "Credentials that cannot be found or renewed are the usual reason.")
        }
        FailureKind::Unrecorded => (
            "Journal not writable",
            "Without its record, a call that is cut short could not be settled afterwards. Check the disk and the \
                 permissions of the data directory.",
        ),
    }
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
    summary: "Changed since the plan",
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
    codes: &[
        "ServiceException",
        "ServiceFailure",
        "InternalFailure",
        "InternalServerError",
        "ServiceUnavailable",
    ],
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
    Row { codes: &["SlowDown"], says: None, summary: THROTTLED.summary, advice: THROTTLED.advice },
    Row {
        codes: &["NoSuchBucket"],
        says: None,
        summary: "Bucket not found",
        advice: "The bucket must exist before anything is put into it. If it is made elsewhere, apply that first; S3's \
                 names are lower-case, and shared by all accounts.",
    },
    Row {
        codes: &["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"],
        says: None,
        summary: "Bucket in another region",
        advice: "An object is managed through the region of its bucket. Use a provider block with that region.",
    },
    Row {
        codes: &["BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"],
        says: None,
        summary: "Object damaged on its way",
        advice: "What arrived is not what was sent, and was thrown away. Apply again.",
    },
    Row {
        codes: &["EntityTooLarge"],
        says: None,
        summary: "Object too large",
        advice: "S3 takes at most 5 GB in one upload.",
    },
    Row {
        codes: &["OperationAbortedException"],
        says: None,
        summary: "Another operation on the log group",
        advice: "Something else changes the log group at the same time; that was waited for. Apply again.",
    },
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
        codes: &["CapacityProviderLimitExceededException"],
        says: None,
        summary: "Too many capacity providers",
        advice: "Delete capacity providers that no function uses, or ask for a higher quota.",
    },
    Row {
        codes: &["PublicPolicyException"],
        says: None,
        summary: "Policy would grant public access",
        advice: "Name the accounts or services that may call the function, or restrict the statement by a condition such as \
                 aws:SourceArn or aws:PrincipalOrgID.",
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
        codes: &["EntityAlreadyExists"],
        says: None,
        summary: "Object exists already",
        advice: "Names of roles and policies are unique in an account, whatever their path or region. Import it, delete it, \
                 or choose another name.",
    },
    Row {
        codes: &["NoSuchEntity"],
        says: None,
        summary: "Object not found",
        advice: "What the message names does not exist in this account. Look for a spelling mistake in a name or ARN; if it \
                 was deleted outside of lambdaform, plan again.",
    },
    Row {
        codes: &["DeleteConflict"],
        says: None,
        summary: "Object still in use",
        advice: "Something that is not in this configuration still uses it: the message says what. Detach or delete that \
                 first.",
    },
    Row {
        codes: &["MalformedPolicyDocument", "MalformedPolicyDocumentException"],
        says: Some("principal"),
        summary: "Policy names a principal that does not exist",
        advice: "Every account, role and user that a trust policy names must exist when it is set, and services must be \
                 spelled as AWS spells them. One made moments ago was waited for.",
    },
    Row {
        codes: &["MalformedPolicyDocument", "MalformedPolicyDocumentException"],
        says: None,
        summary: "Malformed policy",
        advice: "IAM could read the document as JSON, but not as a policy. The message says what it stumbled over; the \
                 data source aws_iam_policy_document writes policies that are well-formed.",
    },
    Row {
        codes: &["LimitExceeded", "LimitExceededException"],
        says: None,
        summary: "IAM quota reached",
        advice: "An account, role or policy may hold only so many of what the message names (ten managed policies on a role, \
                 10,240 characters of inline policies, 6,144 of a managed one, 1,000 roles). Remove some, or ask for a \
                 higher quota where there is one.",
    },
    Row {
        codes: &["UnmodifiableEntity", "UnmodifiableEntityException"],
        says: None,
        summary: "Object cannot be changed",
        advice: "It belongs to an AWS service, which alone may change it.",
    },
    Row {
        codes: &["PolicyNotAttachable", "PolicyNotAttachableException"],
        says: None,
        summary: "Policy cannot be attached",
        advice: "Policies of service-linked roles can only be attached by their services.",
    },
    Row {
        codes: &["ConcurrentModification", "ConcurrentModificationException"],
        says: None,
        summary: "Another change is in progress",
        advice: "Somebody else changes the same role or policy, for longer than was waited. Run the command again.",
    },
    Row {
        codes: &["InvalidInput", "ValidationError"],
        says: None,
        summary: "Invalid request",
        advice: "Change the argument the message names.",
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

#[cfg(test)]
mod tests {
    use super::super::error::refused;
    use super::*;

    #[test]
    fn every_documented_error_has_its_own_words() {
        for (code, status) in [
            ("CodeSigningConfigNotFoundException", 404),
            ("CodeStorageExceededException", 400),
            ("CodeVerificationFailedException", 400),
            ("CapacityProviderLimitExceededException", 400),
            ("PublicPolicyException", 400),
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
            ("EntityAlreadyExists", 409),
            ("NoSuchEntity", 404),
            ("DeleteConflict", 409),
            ("LimitExceeded", 409),
            ("MalformedPolicyDocument", 400),
            ("UnmodifiableEntity", 400),
            ("ConcurrentModification", 409),
            ("ServiceFailure", 500),
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
}

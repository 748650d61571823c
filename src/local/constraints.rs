//! Every length, pattern, range and enum of the CreateFunction reference, and the name shapes other operations share.
//! Declares only; `shape` checks, and rules that relate two members live with the operation.

use super::shape::{Field, Shape, TEXT, joined, may, must, patterned, patterned_as, text};

/// A function: name, partial ARN or ARN, with or without a qualifier.
pub const FUNCTION_NAME: Shape = patterned(
    1,
    140,
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?",
);
/// As [`FUNCTION_NAME`], for operations that also take namespaced names.
pub const NAMESPACED_NAME: Shape = patterned(
    1,
    256,
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
);
/// A version, alias or `$LATEST`.
pub const QUALIFIER: Shape = patterned(1, 128, r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+");
/// A version number or `$LATEST`.
pub const VERSION: Shape = patterned(1, 1024, r"(\$LATEST(\.PUBLISHED)?|[0-9]+)");
/// An alias: not only digits.
pub const ALIAS: Shape =
    patterned_as(1, 128, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)", r"[0-9]*[a-zA-Z\-_][a-zA-Z0-9\-_]*");
/// A layer: name or ARN without version.
pub const LAYER_NAME: Shape =
    patterned(1, 140, r"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+");
/// A layer version's ARN.
pub const LAYER_VERSION_ARN: Shape =
    patterned(1, 140, r"arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+");
/// A code signing configuration's ARN.
pub const CODE_SIGNING_ARN: Shape = patterned(
    0,
    200,
    r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}",
);
/// Any service's ARN.
pub const ARN: Shape = patterned(
    0,
    usize::MAX,
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
);
/// Any resource's ARN, or nothing; also the shape of KMS keys.
pub const RESOURCE_ARN: Shape = patterned(0, usize::MAX, r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");
/// A free description.
pub const DESCRIPTION: Shape = text(0, 256);
/// How many items a page may hold.
pub const PAGE: Shape = Shape::Int(1, 10_000);
/// The same, where the reference says at most fifty.
pub const SMALL_PAGE: Shape = Shape::Int(1, 50);
/// Tags: string to string.
pub const TAGS: Shape = Shape::Map(&TEXT, &TEXT);
/// `x86_64` or `arm64`.
pub const ARCHITECTURE: Shape = Shape::Choice(&["x86_64", "arm64"]);
/// Where a destination of events is.
pub const DESTINATION: Shape = patterned(
    0,
    350,
    r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)",
);
/// Where events go after success and failure.
pub const DESTINATIONS: &[Field] =
    &[may("OnSuccess", Shape::Object(TO)), may("OnFailure", Shape::Object(TO))];
const TO: &[Field] = &[may("Destination", DESTINATION)];

/// Every runtime of the reference, in its order, then those that only the SDK knows yet. Deprecated ones are accepted.
pub const RUNTIMES: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "java8",
    "java8.al2",
    "java11",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "nodejs4.3-edge",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
    "provided.al2",
    "nodejs18.x",
    "python3.10",
    "java17",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "python3.11",
    "nodejs20.x",
    "provided.al2023",
    "python3.12",
    "java21",
    "python3.13",
    "nodejs22.x",
    "nodejs24.x",
    "python3.14",
    "java25",
    "dotnet10",
    "ruby4.0",
    "python3.15",
    "nodejs26.x",
    "java8.al2023",
    "java11.al2023",
    "java17.al2023",
];

const BUCKET: Shape = patterned_as(3, 63, r"[0-9A-Za-z\.\-_]*(?<!\.)", r"[0-9A-Za-z\.\-_]*[0-9A-Za-z\-_]");
/// An IAM role.
pub const ROLE: Shape =
    patterned(0, usize::MAX, r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");

/// An object in S3, or bytes: what a layer's content may be, and what all code sources share.
pub const CONTENT: &[Field] = &[
    may("S3Bucket", BUCKET),
    may("S3Key", text(1, 1024)),
    may("S3ObjectVersion", text(1, 1024)),
    may("ZipFile", TEXT),
];

/// Where the code of a function may be.
const CODE: &[Field] = joined!(CONTENT, &[may("ImageUri", TEXT), may("SourceKMSKeyArn", RESOURCE_ARN)]);

const CAPACITY_ARN: Shape = patterned(
    1,
    140,
    r"arn:aws[a-zA-Z-]*:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:[a-zA-Z0-9-_]+",
);
const MANAGED_INSTANCES: &[Field] = &[
    must("CapacityProviderArn", CAPACITY_ARN),
    may("PerExecutionEnvironmentMaxConcurrency", Shape::Int(1, 1600)),
    may("ExecutionEnvironmentMemoryGiBPerVCpu", Shape::Float(2.0, 8.0)),
];
const CAPACITY: &[Field] =
    &[must("LambdaManagedInstancesCapacityProviderConfig", Shape::Object(MANAGED_INSTANCES))];
const DEAD_LETTER: &[Field] = &[may("TargetArn", RESOURCE_ARN)];
const DURABLE: &[Field] =
    &[may("ExecutionTimeout", Shape::Int(1, 31_622_400)), may("RetentionPeriodInDays", Shape::Int(1, 90))];
const VARIABLE_NAME: Shape = patterned(1, usize::MAX, "[a-zA-Z]([a-zA-Z0-9_])+");
const ENVIRONMENT: &[Field] = &[may("Variables", Shape::Map(&VARIABLE_NAME, &TEXT))];
const STORAGE: &[Field] = &[must("Size", Shape::Int(512, 10_240))];
const FILE_SYSTEM_ARN: Shape = patterned(
    0,
    256,
    r"arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}|arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}",
);
const FILE_SYSTEM: Shape = Shape::Object(&[
    Field { name: "Arn", shape: FILE_SYSTEM_ARN, required: true },
    Field { name: "LocalMountPath", shape: MOUNT_PATH, required: true },
]);
const MOUNT_PATH: Shape = patterned(0, 160, "/mnt/[a-zA-Z0-9-_.]+");
const IMAGE: &[Field] = &[
    may("Command", Shape::List(0, 1500, &TEXT)),
    may("EntryPoint", Shape::List(0, 1500, &TEXT)),
    may("WorkingDirectory", text(0, 1000)),
];
const LOGGING: &[Field] = &[
    may("ApplicationLogLevel", Shape::Choice(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])),
    may("LogFormat", Shape::Choice(&["JSON", "Text"])),
    may("LogGroup", patterned(1, 512, r"[\.\-_/#A-Za-z0-9]+")),
    may("SystemLogLevel", Shape::Choice(&["DEBUG", "INFO", "WARN"])),
];
const SNAP_START: &[Field] = &[may("ApplyOn", Shape::Choice(&["PublishedVersions", "None"]))];
const TENANCY: &[Field] = &[must("TenantIsolationMode", Shape::Choice(&["PER_TENANT"]))];
const TRACING: &[Field] = &[may("Mode", Shape::Choice(&["Active", "PassThrough"]))];
const VPC: &[Field] = &[
    may("SubnetIds", Shape::List(0, 16, &TEXT)),
    may("SecurityGroupIds", Shape::List(0, 5, &TEXT)),
    may("Ipv6AllowedForDualStack", Shape::Flag),
];
const PUBLISH_TO: Shape = Shape::Choice(&["LATEST_PUBLISHED"]);
const ARCHITECTURES: Shape = Shape::List(1, 1, &ARCHITECTURE);
const HANDLER: Shape = patterned(0, 128, r"[^\s]+");
const MEMORY: Shape = Shape::Int(128, 32_768);
const TIMEOUT: Shape = Shape::Int(1, 900);
const LAYERS: Shape = Shape::List(0, usize::MAX, &LAYER_VERSION_ARN);
const FILE_SYSTEMS: Shape = Shape::List(0, 1, &FILE_SYSTEM);

/// What a function is set to when it is made, and may be set to later.
const SETTINGS: &[Field] = &[
    may("CapacityProviderConfig", Shape::Object(CAPACITY)),
    may("DeadLetterConfig", Shape::Object(DEAD_LETTER)),
    may("Description", DESCRIPTION),
    may("DurableConfig", Shape::Object(DURABLE)),
    may("Environment", Shape::Object(ENVIRONMENT)),
    may("EphemeralStorage", Shape::Object(STORAGE)),
    may("FileSystemConfigs", FILE_SYSTEMS),
    must("FunctionName", FUNCTION_NAME),
    may("Handler", HANDLER),
    may("ImageConfig", Shape::Object(IMAGE)),
    may("KMSKeyArn", RESOURCE_ARN),
    may("Layers", LAYERS),
    may("LoggingConfig", Shape::Object(LOGGING)),
    may("MemorySize", MEMORY),
    // An unknown runtime is answered by the operation itself: AWS words it as a parameter value.
    may("Runtime", TEXT),
    may("SnapStart", Shape::Object(SNAP_START)),
    may("Timeout", TIMEOUT),
    may("TracingConfig", Shape::Object(TRACING)),
    may("VpcConfig", Shape::Object(VPC)),
];

/// How code is published, by which operation ever it comes.
const PUBLISHING: &[Field] =
    &[may("Architectures", ARCHITECTURES), may("Publish", Shape::Flag), may("PublishTo", PUBLISH_TO)];

/// What CreateFunction takes.
pub const CREATE_FUNCTION: &[Field] = joined!(
    SETTINGS,
    PUBLISHING,
    &[
        must("Code", Shape::Object(CODE)),
        may("CodeSigningConfigArn", CODE_SIGNING_ARN),
        may("PackageType", Shape::Choice(&["Zip", "Image"])),
        must("Role", ROLE),
        may("Tags", TAGS),
        may("TenancyConfig", Shape::Object(TENANCY)),
    ]
);

/// What UpdateFunctionConfiguration takes.
pub const UPDATE_CONFIGURATION: &[Field] = joined!(SETTINGS, &[may("RevisionId", TEXT), may("Role", ROLE)]);

/// What UpdateFunctionCode takes.
pub const UPDATE_CODE: &[Field] = joined!(
    CODE,
    PUBLISHING,
    &[must("FunctionName", FUNCTION_NAME), may("DryRun", Shape::Flag), may("RevisionId", TEXT)]
);

/// A request that names a function and nothing else.
pub const NAMED: &[Field] = &[must("FunctionName", NAMESPACED_NAME)];
/// A request that names a function and perhaps a qualifier.
pub const QUALIFIED: &[Field] = &[must("FunctionName", NAMESPACED_NAME), may("Qualifier", QUALIFIER)];
/// A request for a page of what belongs to a function.
pub const NAMED_PAGE: &[Field] =
    &[must("FunctionName", NAMESPACED_NAME), may("Marker", TEXT), may("MaxItems", PAGE)];
/// As [`NAMED_PAGE`], where the reference says at most fifty.
pub const NAMED_SMALL_PAGE: &[Field] =
    &[must("FunctionName", NAMESPACED_NAME), may("Marker", TEXT), may("MaxItems", SMALL_PAGE)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::shape::check;
    use serde_json::{Value, json};

    fn minimal() -> Value {
        json!({
            "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": {"ZipFile": ""},
            "Handler": "a.b", "Runtime": "python3.13"
        })
    }

    fn refused(member: &str, value: Value) -> Option<String> {
        let mut request = minimal();
        request.as_object_mut().unwrap().insert(member.to_owned(), value);
        check(CREATE_FUNCTION, request.as_object().unwrap()).err().map(|refusal| refusal.message)
    }

    #[test]
    fn the_bounds_of_the_reference_hold() {
        let long = |n: usize| "x".repeat(n);
        for (member, good, bad) in [
            ("FunctionName", json!("a-b_C9"), json!("a b")),
            ("FunctionName", json!(long(140)), json!(long(141))),
            ("Handler", json!(long(128)), json!(long(129))),
            ("Handler", json!("a"), json!("a b")),
            ("Handler", json!("a"), json!("")),
            ("Description", json!(long(256)), json!(long(257))),
            ("MemorySize", json!(128), json!(127)),
            ("MemorySize", json!(32768), json!(32769)),
            ("Timeout", json!(900), json!(901)),
            ("Timeout", json!(1), json!(0)),
            ("EphemeralStorage", json!({"Size": 10240}), json!({"Size": 10241})),
            ("EphemeralStorage", json!({"Size": 512}), json!({})),
            ("Architectures", json!(["arm64"]), json!(["arm64", "x86_64"])),
            ("Architectures", json!(["x86_64"]), json!(["x86"])),
            ("PackageType", json!("Image"), json!("Tar")),
            ("Role", json!("arn:aws:iam::123456789012:role/path/x"), json!("arn:aws:iam::1:role/x")),
            ("Role", json!("arn:aws:iam::123456789012:role/x"), json!("")),
            ("KMSKeyArn", json!(""), json!("key")),
            ("Layers", json!([]), json!(["arn:aws:lambda:us-east-1:123456789012:layer:x"])),
            ("TracingConfig", json!({"Mode": "Active"}), json!({"Mode": "On"})),
            ("SnapStart", json!({"ApplyOn": "None"}), json!({"ApplyOn": "All"})),
            ("LoggingConfig", json!({"LogFormat": "JSON"}), json!({"LogFormat": "json"})),
            ("LoggingConfig", json!({"LogGroup": "/a#b"}), json!({"LogGroup": "a b"})),
            ("DurableConfig", json!({"RetentionPeriodInDays": 90}), json!({"RetentionPeriodInDays": 91})),
            ("TenancyConfig", json!({"TenantIsolationMode": "PER_TENANT"}), json!({})),
            ("Environment", json!({"Variables": {"AB": ""}}), json!({"Variables": {"A-B": ""}})),
            (
                "FileSystemConfigs",
                json!([{"Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0", "LocalMountPath": "/mnt/a"}]),
                json!([{"Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0", "LocalMountPath": "/tmp"}]),
            ),
            (
                "VpcConfig",
                json!({"SubnetIds": ["s"]}),
                json!({"SecurityGroupIds": ["1", "2", "3", "4", "5", "6"]}),
            ),
            ("Code", json!({"S3Bucket": "abc", "S3Key": "k"}), json!({"S3Bucket": "ab."})),
            (
                "CapacityProviderConfig",
                json!({"LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:p"}}),
                json!({}),
            ),
        ] {
            assert_eq!(refused(member, good.clone()), None, "{member} {good}");
            assert!(refused(member, bad.clone()).is_some(), "{member} {bad}");
        }
    }

    #[test]
    fn aliases_are_not_numbers() {
        for (name, fine) in [("prod", true), ("1a", true), ("12", false), ("a.b", false)] {
            let input = json!({"Name": name});
            assert_eq!(check(&[must("Name", ALIAS)], input.as_object().unwrap()).is_ok(), fine, "{name}");
        }
    }
}

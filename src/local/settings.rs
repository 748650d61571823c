//! How the configuration members of a request become the members of a response: defaults, and what is left out.
//! Knows nothing of versions, states or code.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::constraints::RUNTIMES;
use super::error::Refusal;
use super::place::LayerVersionRef;
use super::shape::Object;

/// The largest memory of a function that runs on Lambda's own compute, in MB.
const MEMORY_LIMIT: i64 = 10_240;
/// The largest environment, in bytes of its JSON. Source: Lambda quotas.
const ENVIRONMENT_LIMIT: usize = 4096;
/// How many layers a function may have. Source: Lambda quotas.
const LAYER_LIMIT: usize = 5;

/// Variables that belong to the runtime. Source: "Defined runtime environment variables" of the developer guide.
const RESERVED: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// Members that are answered exactly as they were given.
const VERBATIM: &[&str] = &[
    "CapacityProviderConfig",
    "Description",
    "DurableConfig",
    "EphemeralStorage",
    "Handler",
    "MemorySize",
    "Role",
    "Runtime",
    "TenancyConfig",
    "Timeout",
    "TracingConfig",
];

/// The settings of a function before its request is applied.
pub fn defaults(name: &str) -> Object {
    let settings = json!({
        "Architectures": ["x86_64"],
        "Description": "",
        "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}")},
        "MemorySize": 128,
        "PackageType": "Zip",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Object::new(),
    }
}

/// Applies the configuration members a request carries. Answers what AWS refuses about them together.
pub fn apply(call: &Call<'_>, name: &str, settings: &mut Object) -> Result<(), Refusal> {
    for member in VERBATIM {
        if let Some(value) = call.input.get(*member) {
            settings.insert((*member).to_owned(), value.clone());
        }
    }
    put(settings, "KMSKeyArn", call.input.get("KMSKeyArn").map(|key| filled(key).then(|| key.clone())));
    put(
        settings,
        "DeadLetterConfig",
        call.object("DeadLetterConfig").map(|config| {
            config
                .get("TargetArn")
                .filter(|target| filled(target))
                .map(|target| json!({ "TargetArn": target }))
        }),
    );
    put(
        settings,
        "FileSystemConfigs",
        call.input.get("FileSystemConfigs").map(|list| filled(list).then(|| list.clone())),
    );
    put(
        settings,
        "Environment",
        call.object("Environment").map(|environment| {
            environment
                .get("Variables")
                .filter(|variables| filled(variables))
                .map(|all| json!({ "Variables": all }))
        }),
    );
    let prior = settings.get("VpcConfig").and_then(Value::as_object).cloned().unwrap_or_default();
    put(settings, "VpcConfig", call.object("VpcConfig").map(|config| vpc(&prior, config)));
    put(settings, "ImageConfigResponse", call.object("ImageConfig").map(image));
    if let Some(snap_start) = call.object("SnapStart") {
        let apply_on = snap_start.get("ApplyOn").cloned().unwrap_or_else(|| json!("None"));
        settings.insert("SnapStart".to_owned(), json!({ "ApplyOn": apply_on, "OptimizationStatus": "Off" }));
    }
    if let Some(logging) = call.object("LoggingConfig") {
        let logging = merge_logging(name, settings.get("LoggingConfig").and_then(Value::as_object), logging)?;
        settings.insert("LoggingConfig".to_owned(), Value::Object(logging));
    }
    if let Some(arns) = call.input.get("Layers").and_then(Value::as_array) {
        let layers = layers(call, arns)?;
        put(settings, "Layers", Some((!layers.is_empty()).then_some(Value::Array(layers))));
    }
    check_together(settings)
}

/// Rules that relate members, as AWS words them.
fn check_together(settings: &Object) -> Result<(), Refusal> {
    if let Some(runtime) = settings.get("Runtime").and_then(Value::as_str)
        && !RUNTIMES.contains(&runtime)
    {
        return Err(Refusal::invalid(format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or \
             be a valid ARN",
            RUNTIMES.join(", ")
        )));
    }
    let zipped = settings.get("PackageType").and_then(Value::as_str) != Some("Image");
    let set = |member: &str| settings.contains_key(member);
    if zipped && !(set("Handler") && set("Runtime")) {
        return Err(Refusal::invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
        ));
    }
    if !zipped && (set("Handler") || set("Runtime") || set("Layers")) {
        return Err(Refusal::invalid(
            "Please don't provide Handler or Runtime or Layer when the intent is to create a function with \
             PackageType Image.",
        ));
    }
    if zipped && set("ImageConfigResponse") {
        return Err(Refusal::invalid("ImageConfig is not supported for functions with PackageType Zip."));
    }
    if let Some(memory) = settings.get("MemorySize").and_then(Value::as_i64)
        && memory > MEMORY_LIMIT
        && !set("CapacityProviderConfig")
    {
        return Err(Refusal::invalid(format!(
            "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to \
             {MEMORY_LIMIT}"
        )));
    }
    if set("FileSystemConfigs") && !set("VpcConfig") {
        return Err(Refusal::invalid(
            "Function must be configured to execute in a VPC to reference access points.",
        ));
    }
    check_environment(settings)
}

fn check_environment(settings: &Object) -> Result<(), Refusal> {
    let variables = settings.get("Environment").and_then(|environment| environment.get("Variables"));
    let Some(variables) = variables.and_then(Value::as_object) else { return Ok(()) };
    let reserved: Vec<&str> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(Refusal::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided contains reserved keys that are currently not supported for modification. Reserved keys used \
             in this request: {}",
            reserved.join(", ")
        )));
    }
    // AWS goes on with the variables it measured; they may be secrets, so this server does not repeat them.
    if serde_json::to_string(variables).is_ok_and(|text| text.len() > ENVIRONMENT_LIMIT) {
        return Err(Refusal::invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have \
             provided exceeded the 4KB limit.",
        ));
    }
    Ok(())
}

/// None: not in the request. Some(None): cleared.
fn put(settings: &mut Object, member: &str, value: Option<Option<Value>>) {
    match value {
        Some(Some(value)) => {
            settings.insert(member.to_owned(), value);
        }
        Some(None) => {
            settings.remove(member);
        }
        None => {}
    }
}

fn filled(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Null => false,
        _ => true,
    }
}

/// A member that is not given stays as it was; without subnets and groups the function is in no VPC.
fn vpc(prior: &Object, given: &Object) -> Option<Value> {
    let member =
        |name: &str| given.get(name).or_else(|| prior.get(name)).filter(|value| filled(value)).cloned();
    let (subnets, groups) = (member("SubnetIds"), member("SecurityGroupIds"));
    if subnets.is_none() && groups.is_none() {
        return None;
    }
    // One VPC per set of subnets, so that the same subnets always answer the same VPC, in whatever order they come.
    let mut set: Vec<_> =
        subnets.as_ref().and_then(Value::as_array).into_iter().flatten().map(Value::to_string).collect();
    set.sort();
    let digest = hex::encode(Sha256::digest(set.join(",")));
    Some(json!({
        "SubnetIds": subnets.unwrap_or_else(|| json!([])),
        "SecurityGroupIds": groups.unwrap_or_else(|| json!([])),
        "VpcId": format!("vpc-{}", digest.get(..17).unwrap_or_default()),
        "Ipv6AllowedForDualStack": member("Ipv6AllowedForDualStack").unwrap_or(json!(false)),
    }))
}

fn image(config: &Object) -> Option<Value> {
    let kept: Object =
        config.iter().filter(|(_, value)| filled(value)).map(|(k, v)| (k.clone(), v.clone())).collect();
    (!kept.is_empty()).then(|| json!({ "ImageConfig": kept }))
}

/// Levels exist only for JSON, where they default to INFO; a group that is not given stays.
fn merge_logging(name: &str, prior: Option<&Object>, given: &Object) -> Result<Object, Refusal> {
    let prior_of = |member: &str| prior.and_then(|prior| prior.get(member)).cloned();
    let format =
        given.get("LogFormat").cloned().or_else(|| prior_of("LogFormat")).unwrap_or_else(|| json!("Text"));
    let group = given.get("LogGroup").cloned().or_else(|| prior_of("LogGroup"));
    let mut logging = Object::new();
    for level in ["ApplicationLogLevel", "SystemLogLevel"] {
        if format == json!("JSON") {
            let value =
                given.get(level).cloned().or_else(|| prior_of(level)).unwrap_or_else(|| json!("INFO"));
            logging.insert(level.to_owned(), value);
        } else if given.contains_key(level) {
            return Err(Refusal::invalid(format!(
                "{level} is not supported when LogFormat is set to \"Text\". Remove {level} from your request or \
                 change the LogFormat to \"JSON\" and try again."
            )));
        }
    }
    logging.insert("LogFormat".to_owned(), format);
    logging.insert("LogGroup".to_owned(), group.unwrap_or_else(|| json!(format!("/aws/lambda/{name}"))));
    Ok(logging)
}

fn layers(call: &Call<'_>, arns: &[Value]) -> Result<Vec<Value>, Refusal> {
    if arns.len() > LAYER_LIMIT {
        return Err(Refusal::invalid(format!("Cannot reference more than {LAYER_LIMIT} layers.")));
    }
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut layers = Vec::new();
    for arn in arns.iter().filter_map(Value::as_str) {
        let Some(wanted) = LayerVersionRef::parse(arn) else {
            return Err(Refusal::invalid(format!("Layer version {arn} does not exist.")));
        };
        if wanted.region != call.place.region {
            return Err(Refusal::invalid(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {}.",
                call.place.region
            )));
        }
        let base = arn.rsplit_once(':').map_or(arn, |(base, _)| base);
        if let Some((_, other)) = seen.iter().find(|(seen, _)| *seen == base) {
            return Err(Refusal::invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. \
                 {other} and {arn} are versions of the same layer."
            )));
        }
        seen.push((base, arn));
        let own = wanted.account == call.place.account;
        let size = call.region(|region| {
            region
                .layers
                .get(wanted.name)
                .and_then(|layer| layer.versions.get(&wanted.version))
                .map(|v| v.package.size)
        });
        match size {
            Some(size) if own => layers.push(json!({ "Arn": arn, "CodeSize": size })),
            _ if own => return Err(Refusal::invalid(format!("Layer version {arn} does not exist."))),
            // Layers of other accounts cannot be looked at; they are taken as they are named.
            _ => layers.push(json!({ "Arn": arn, "CodeSize": 0 })),
        }
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logging_levels_follow_the_format() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let text = object(json!({"LogFormat": "Text", "LogGroup": "/g"}));
        let json_format = object(json!({"LogFormat": "JSON"}));
        let merged = merge_logging("f", Some(&text), &json_format).unwrap();
        assert_eq!(
            Value::Object(merged.clone()),
            json!({"LogFormat": "JSON", "LogGroup": "/g", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"})
        );
        let back = merge_logging("f", Some(&merged), &text).unwrap();
        assert_eq!(Value::Object(back), json!({"LogFormat": "Text", "LogGroup": "/g"}));
        let levels = object(json!({"LogFormat": "Text", "SystemLogLevel": "WARN"}));
        assert!(merge_logging("f", None, &levels).is_err());
    }

    #[test]
    fn settings_are_checked_together() {
        let with = |changes: Value| {
            let mut settings = defaults("f");
            settings.extend(json!({"Handler": "a.b", "Runtime": "python3.13"}).as_object().cloned().unwrap());
            for (name, value) in changes.as_object().cloned().unwrap() {
                if value.is_null() {
                    settings.remove(&name)
                } else {
                    settings.insert(name, value)
                };
            }
            check_together(&settings).err().map(|refusal| refusal.message).unwrap_or_default()
        };
        for (changes, expected) in [
            (json!({}), ""),
            (json!({"Handler": null}), "Runtime and Handler are mandatory"),
            (json!({"Runtime": "cobol"}), "Value cobol at 'runtime' failed to satisfy constraint"),
            (json!({"MemorySize": 10241}), "'MemorySize' value failed to satisfy constraint"),
            (json!({"MemorySize": 10241, "CapacityProviderConfig": {}}), ""),
            (json!({"PackageType": "Image"}), "Please don't provide Handler"),
            (json!({"Environment": {"Variables": {"AWS_REGION": "x"}}}), "Lambda was unable to configure"),
            (
                json!({"Environment": {"Variables": {"BIG": "x".repeat(5000)}}}),
                "Lambda was unable to configure",
            ),
        ] {
            let message = with(changes.clone());
            assert!(
                message.starts_with(expected) && message.is_empty() == expected.is_empty(),
                "{changes}: {message}"
            );
        }
    }
}

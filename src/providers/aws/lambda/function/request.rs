//! What a function's attributes are in requests (lambda-provider.md 3.1).
//! Sends nothing.

use std::collections::HashMap;

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::update_function_code::builders::UpdateFunctionCodeFluentBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, DeadLetterConfig, Environment, FunctionCode, FunctionVersionLatestPublished, ImageConfig,
    PackageType, Runtime, SnapStart, VpcConfig,
};

use super::blocks::{
    capacity_provider, dead_letter, durable, environment, ephemeral_storage, file_systems, image, logging,
    snap_start, tenancy, tracing, vpc,
};
use super::schema::TYPE;
use crate::base::Value;
use crate::providers::aws::fields::{filled, flag, int32, some_texts, text, texts};
use crate::providers::aws::lambda::CONFIG;
use crate::schema::Block;

/// The code of a request: bytes of a local package, or where it is.
pub(super) struct Code {
    zip: Option<Blob>,
    image_uri: Option<String>,
    s3: Option<[Option<String>; 3]>,
    key: Option<String>,
    architectures: Option<Vec<Architecture>>,
}

impl Code {
    /// The code of a planned function; `bytes` are those of its local package, if it has one.
    pub(super) fn new(planned: &Value, bytes: Option<Vec<u8>>) -> Self {
        let image_uri = filled(planned, "image_uri").filter(|_| bytes.is_none());
        let s3 = (bytes.is_none() && image_uri.is_none())
            .then(|| ["s3_bucket", "s3_key", "s3_object_version"].map(|name| filled(planned, name)));
        Code {
            zip: bytes.map(Blob::new),
            image_uri,
            s3,
            key: filled(planned, "source_kms_key_arn"),
            architectures: architectures(planned),
        }
    }

    fn s3(&self) -> [Option<String>; 3] {
        self.s3.clone().unwrap_or_default()
    }
}

/// CreateFunction with everything but the code's place.
pub(super) fn create(
    builder: CreateFunctionFluentBuilder,
    planned: &Value,
    tags: HashMap<String, String>,
    code: Code,
) -> CreateFunctionFluentBuilder {
    let [bucket, key, version] = code.s3();
    let zip = filled(planned, "package_type").is_none_or(|t| t == "Zip");
    let source = FunctionCode::builder()
        .set_zip_file(code.zip)
        .set_image_uri(code.image_uri)
        .set_s3_bucket(bucket)
        .set_s3_key(key)
        .set_s3_object_version(version)
        .set_source_kms_key_arn(code.key)
        .build();
    builder
        .code(source)
        .set_function_name(text(planned, "function_name"))
        .set_architectures(code.architectures)
        .set_capacity_provider_config(capacity_provider(planned))
        .set_code_signing_config_arn(filled(planned, "code_signing_config_arn"))
        .set_dead_letter_config(dead_letter(planned))
        .description(text(planned, "description").unwrap_or_default())
        .set_durable_config(durable(planned))
        .set_environment(environment(planned).filter(|e| e.variables.as_ref().is_some_and(|v| !v.is_empty())))
        .set_ephemeral_storage(ephemeral_storage(planned))
        .set_file_system_configs(Some(file_systems(planned)).filter(|f| !f.is_empty()))
        .set_handler(filled(planned, "handler").filter(|_| zip))
        .set_image_config(image(planned))
        .set_kms_key_arn(filled(planned, "kms_key_arn"))
        .set_layers(some_texts(planned, "layers"))
        .set_logging_config(logging(planned))
        .set_memory_size(int32(planned, "memory_size"))
        .set_package_type(filled(planned, "package_type").map(|t| PackageType::from(t.as_str())))
        .set_publish(flag(planned, "publish").filter(|publish| *publish))
        .set_publish_to(publish_to(planned))
        .set_role(text(planned, "role"))
        .set_runtime(filled(planned, "runtime").filter(|_| zip).map(|r| Runtime::from(r.as_str())))
        .set_snap_start(snap_start(planned))
        .set_tags(Some(tags).filter(|t| !t.is_empty()))
        .set_tenancy_config(tenancy(planned))
        .set_timeout(int32(planned, "timeout"))
        .set_tracing_config(tracing(planned))
        .set_vpc_config(vpc(planned))
}

/// UpdateFunctionCode with the whole code; architectures only if they change.
pub(super) fn update_code(
    builder: UpdateFunctionCodeFluentBuilder,
    prior: &Value,
    planned: &Value,
    code: Code,
) -> UpdateFunctionCodeFluentBuilder {
    let [bucket, key, version] = code.s3();
    let architectures = code.architectures.filter(|new| architectures(prior).as_ref() != Some(new));
    builder
        .set_function_name(text(planned, "function_name"))
        .set_zip_file(code.zip)
        .set_image_uri(code.image_uri)
        .set_s3_bucket(bucket)
        .set_s3_key(key)
        .set_s3_object_version(version)
        .set_source_kms_key_arn(code.key)
        .set_architectures(architectures)
}

/// UpdateFunctionConfiguration with the fields that change; `None` if none does.
pub(super) fn update_configuration(
    builder: UpdateFunctionConfigurationFluentBuilder,
    prior: &Value,
    planned: &Value,
) -> Option<UpdateFunctionConfigurationFluentBuilder> {
    let changed = |name: &str| is_changed(&TYPE.schema.block, name, prior, planned);
    let carried = TYPE.schema.block.names().filter(|name| *name != "publish_to" && changed(name));
    if carried.count() == 0 {
        return None;
    }
    let mut b = builder.set_function_name(text(planned, "function_name"));
    let string = |name: &str| Some(text(planned, name).unwrap_or_default());
    if changed("description") {
        b = b.set_description(string("description"));
    }
    if changed("handler") {
        b = b.set_handler(string("handler"));
    }
    if changed("memory_size") {
        b = b.set_memory_size(int32(planned, "memory_size"));
    }
    if changed("role") {
        b = b.set_role(string("role"));
    }
    if changed("runtime") {
        b = b.set_runtime(filled(planned, "runtime").map(|r| Runtime::from(r.as_str())));
    }
    if changed("timeout") {
        b = b.set_timeout(int32(planned, "timeout"));
    }
    if changed("layers") {
        b = b.set_layers(Some(texts(planned, "layers").unwrap_or_default()));
    }
    let key = changed("kms_key_arn");
    if key {
        b = b.set_kms_key_arn(string("kms_key_arn"));
    }
    if changed("environment") || key {
        // The variables are encrypted anew with another key, so they go along with it.
        let none = Environment::builder().set_variables(Some(HashMap::new())).build();
        b = b.environment(environment(planned).unwrap_or(none));
    }
    if changed("dead_letter_config") {
        b = b.dead_letter_config(
            dead_letter(planned).unwrap_or_else(|| DeadLetterConfig::builder().target_arn("").build()),
        );
    }
    if changed("durable_config") {
        b = b.set_durable_config(durable(planned));
    }
    if changed("ephemeral_storage") {
        b = b.set_ephemeral_storage(ephemeral_storage(planned));
    }
    if changed("file_system_config") {
        b = b.set_file_system_configs(Some(file_systems(planned)));
    }
    if changed("image_config") {
        b = b.image_config(image(planned).unwrap_or_else(|| ImageConfig::builder().build()));
    }
    if changed("logging_config") {
        b = b.set_logging_config(logging(planned));
    }
    if changed("snap_start") {
        b = b.snap_start(
            snap_start(planned).unwrap_or_else(|| SnapStart::builder().apply_on("None".into()).build()),
        );
    }
    if changed("tracing_config") {
        b = b.set_tracing_config(tracing(planned));
    }
    if changed("capacity_provider_config") {
        b = b.set_capacity_provider_config(capacity_provider(planned));
    }
    if changed("vpc_config") {
        let none = || {
            VpcConfig::builder()
                .set_subnet_ids(Some(Vec::new()))
                .set_security_group_ids(Some(Vec::new()))
                .ipv6_allowed_for_dual_stack(false)
                .build()
        };
        b = b.vpc_config(vpc(planned).unwrap_or_else(none));
    }
    Some(b)
}

/// Whether an attribute or block that UpdateFunctionConfiguration carries differs.
fn is_changed(schema: &Block, name: &str, prior: &Value, planned: &Value) -> bool {
    let one = |object: &Value| Value::object([(name, object.get(name).cloned().unwrap_or(Value::NULL))]);
    schema.changed(&one(prior), &one(planned), true).meets(CONFIG)
}

/// `publish_to`
pub(super) fn publish_to(planned: &Value) -> Option<FunctionVersionLatestPublished> {
    filled(planned, "publish_to").map(|to| FunctionVersionLatestPublished::from(to.as_str()))
}

fn architectures(object: &Value) -> Option<Vec<Architecture>> {
    let listed = some_texts(object, "architectures")?;
    Some(listed.iter().map(|a| Architecture::from(a.as_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json as values;
    use crate::providers::aws::fields::empty;

    fn client() -> aws_sdk_lambda::Client {
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest());
        aws_sdk_lambda::Client::from_conf(config.build())
    }

    fn function(more: serde_json::Value) -> Value {
        let mut all = serde_json::json!({
            "function_name": "f", "role": "r", "handler": "h", "runtime": "python3.12", "memory_size": 128,
            "timeout": 3, "package_type": "Zip", "publish": false,
        });
        for (name, value) in more.as_object().unwrap() {
            all[name] = value.clone();
        }
        let object = empty(&TYPE.schema.block, all).unwrap();
        assert!(!values::to_json(&object).is_null());
        object
    }

    #[test]
    fn create_sends_every_parameter() {
        let planned = function(serde_json::json!({
            "architectures": ["arm64"],
            "capacity_provider_config": [{ "lambda_managed_instances_capacity_provider_config": [{
                "capacity_provider_arn": "arn:c", "execution_environment_memory_gib_per_vcpu": 2.5,
                "per_execution_environment_max_concurrency": 4,
            }] }],
            "code_signing_config_arn": "arn:s",
            "dead_letter_config": [{ "target_arn": "arn:q" }],
            "description": "d",
            "durable_config": [{ "execution_timeout": 60, "retention_period": 7 }],
            "environment": [{ "variables": { "A1": "1" } }],
            "ephemeral_storage": [{ "size": 1024 }],
            "file_system_config": [{ "arn": "arn:f", "local_mount_path": "/mnt/a" }],
            "image_config": [{ "command": ["c"], "entry_point": ["e"], "working_directory": "/w" }],
            "kms_key_arn": "arn:k",
            "layers": ["arn:l"],
            "logging_config": [{ "log_format": "JSON", "application_log_level": "WARN", "system_log_level": "", "log_group": "g" }],
            "publish": true,
            "publish_to": "LATEST_PUBLISHED",
            "s3_bucket": "b", "s3_key": "k", "s3_object_version": "v",
            "snap_start": [{ "apply_on": "PublishedVersions" }],
            "source_kms_key_arn": "arn:sk",
            "tenancy_config": [{ "tenant_isolation_mode": "PER_TENANT" }],
            "tracing_config": [{ "mode": "Active" }],
            "vpc_config": [{ "subnet_ids": ["s"], "security_group_ids": ["g"], "ipv6_allowed_for_dual_stack": true }],
        }));
        let tags = HashMap::from([("t".to_owned(), "1".to_owned())]);
        let builder = create(client().create_function(), &planned, tags, Code::new(&planned, None));
        let shown = format!("{:?}", builder.as_input());
        // Secrets of a kind (environment variables, code) are redacted by the SDK itself.
        for part in [
            "function_name: Some(\"f\")",
            "runtime: Some(Python312)",
            "role: Some(\"r\")",
            "handler: Some(\"h\")",
            "s3_bucket: Some(\"b\")",
            "s3_key: Some(\"k\")",
            "s3_object_version: Some(\"v\")",
            "source_kms_key_arn: Some(\"arn:sk\")",
            "description: Some(\"d\")",
            "timeout: Some(3)",
            "memory_size: Some(128)",
            "publish: Some(true)",
            "publish_to: Some(LatestPublished)",
            "subnet_ids: Some([\"s\"])",
            "security_group_ids: Some([\"g\"])",
            "ipv6_allowed_for_dual_stack: Some(true)",
            "package_type: Some(Zip)",
            "target_arn: Some(\"arn:q\")",
            "kms_key_arn: Some(\"arn:k\")",
            "mode: Some(Active)",
            "tags: Some({\"t\": \"1\"})",
            "layers: Some([\"arn:l\"])",
            "local_mount_path: \"/mnt/a\"",
            "code_signing_config_arn: Some(\"arn:s\")",
            "entry_point: Some([\"e\"])",
            "command: Some([\"c\"])",
            "working_directory: Some(\"/w\")",
            "architectures: Some([Arm64])",
            "size: 1024",
            "apply_on: Some(PublishedVersions)",
            "log_format: Some(Json)",
            "application_log_level: Some(Warn)",
            "system_log_level: None",
            "log_group: Some(\"g\")",
            "tenant_isolation_mode: PerTenant",
            "capacity_provider_arn: \"arn:c\"",
            "execution_environment_memory_gib_per_v_cpu: Some(2.5)",
            "per_execution_environment_max_concurrency: Some(4)",
            "execution_timeout: Some(60)",
            "retention_period_in_days: Some(7)",
        ] {
            assert!(shown.contains(part), "{part} is not in {shown}");
        }
        assert!(builder.get_environment().as_ref().unwrap().variables().unwrap().contains_key("A1"));
    }

    #[test]
    fn create_leaves_out_what_is_not_set() {
        let planned = function(serde_json::json!({ "environment": [{ "variables": {} }] }));
        let code = Code::new(&planned, Some(b"zip".to_vec()));
        let builder = create(client().create_function(), &planned, HashMap::new(), code);
        assert!(builder.get_code().as_ref().unwrap().zip_file().is_some());
        assert_eq!(builder.get_description().as_deref(), Some(""));
        let unset = [
            builder.get_publish().is_none(),
            builder.get_environment().is_none(),
            builder.get_tags().is_none(),
            builder.get_layers().is_none(),
            builder.get_vpc_config().is_none(),
            builder.get_file_system_configs().is_none(),
            builder.get_logging_config().is_none(),
            builder.get_kms_key_arn().is_none(),
        ];
        assert_eq!(unset, [true; 8]);
    }

    /// What an update from one function to another sends, besides its name.
    fn update(before: serde_json::Value, after: serde_json::Value) -> Option<String> {
        let builder = client().update_function_configuration();
        let builder = update_configuration(builder, &function(before), &function(after))?;
        let shown = format!("{:?}", builder.as_input());
        let fields = shown.split_once("{ function_name: Some(\"f\"), ").unwrap().1.trim_end_matches(" }");
        let mut set: Vec<&str> = Vec::new();
        let mut depth = 0;
        let mut start = 0;
        for (at, c) in fields.char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    set.push(fields[start..at].trim());
                    start = at + 1;
                }
                _ => {}
            }
        }
        set.push(fields[start..].trim());
        set.retain(|field| !field.ends_with(": None"));
        Some(set.join("; "))
    }

    #[test]
    fn an_update_sends_what_changed() {
        let vpc = serde_json::json!([{ "subnet_ids": ["s"], "security_group_ids": [], "ipv6_allowed_for_dual_stack": false }]);
        let some = |text: &str| Some(text.to_owned());
        for (before, after, sent) in [
            (serde_json::json!({}), serde_json::json!({}), None),
            (serde_json::json!({ "description": "" }), serde_json::json!({ "description": null }), None),
            (
                serde_json::json!({}),
                serde_json::json!({ "memory_size": 256 }),
                some("memory_size: Some(256)"),
            ),
            (
                serde_json::json!({ "description": "d" }),
                serde_json::json!({}),
                some("description: Some(\"\")"),
            ),
            (serde_json::json!({ "layers": ["l"] }), serde_json::json!({}), some("layers: Some([])")),
            (
                serde_json::json!({ "vpc_config": vpc }),
                serde_json::json!({}),
                some(
                    "vpc_config: Some(VpcConfig { subnet_ids: Some([]), security_group_ids: Some([]), \
                     ipv6_allowed_for_dual_stack: Some(false) })",
                ),
            ),
            (
                serde_json::json!({ "snap_start": [{ "apply_on": "PublishedVersions" }] }),
                serde_json::json!({}),
                some("snap_start: Some(SnapStart { apply_on: Some(None) })"),
            ),
            (
                serde_json::json!({ "dead_letter_config": [{ "target_arn": "a" }] }),
                serde_json::json!({}),
                some("dead_letter_config: Some(DeadLetterConfig { target_arn: Some(\"\") })"),
            ),
            (
                serde_json::json!({ "file_system_config": [{ "arn": "a", "local_mount_path": "/mnt/a" }] }),
                serde_json::json!({}),
                some("file_system_configs: Some([])"),
            ),
            (serde_json::json!({ "tags": { "a": "1" } }), serde_json::json!({ "publish": true }), None),
        ] {
            assert_eq!(update(before.clone(), after.clone()), sent, "{before} {after}");
        }
        // The key goes along with the variables it encrypts.
        let sent = update(serde_json::json!({}), serde_json::json!({ "kms_key_arn": "k" })).unwrap();
        assert!(sent.contains("environment: Some(") && sent.contains("kms_key_arn: Some(\"k\")"), "{sent}");
    }
}

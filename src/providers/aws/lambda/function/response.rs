//! What the service says of a function, as the object that state holds (lambda-provider.md 3.2).
//! Asks nothing; knows nothing of plans.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{FunctionCodeLocation, FunctionConfiguration, LastUpdateStatus, State};
use serde_json::{Value as Json, json};

use super::schema::TYPE;
use crate::base::{Diagnostics, Value};
use crate::providers::aws::arn;
use crate::providers::aws::fields::{block, carry, empty, filled};
use crate::providers::aws::tags::TagRules;

/// What no call answers; it stays as configuration or state has it.
const UNREAD: &[&str] = &[
    "filename",
    "publish",
    "publish_to",
    "replace_security_groups_on_destroy",
    "replacement_security_group_ids",
    "s3_bucket",
    "s3_key",
    "s3_object_version",
    "skip_destroy",
    "source_code_hash",
    "timeouts",
    "use_resource_timeout_for_propagation",
];

/// An answer of GetFunction.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) configuration: FunctionConfiguration,
    pub(super) code: Option<FunctionCodeLocation>,
    /// `None` when whoever asks may not see them.
    tags: Option<HashMap<String, String>>,
    reserved: Option<i32>,
}

impl Seen {
    /// Takes an answer apart; `None` if it lacks the function itself.
    pub(super) fn new(answer: GetFunctionOutput) -> Option<Seen> {
        Some(Seen {
            configuration: answer.configuration?,
            code: answer.code,
            tags: answer.tags_error.is_none().then(|| answer.tags.unwrap_or_default()),
            reserved: answer.concurrency.and_then(|c| c.reserved_concurrent_executions),
        })
    }

    /// The same, after its reserved concurrency was set or removed.
    pub(super) fn with_reserved(self, reserved: Option<i32>) -> Seen {
        Seen { reserved, ..self }
    }

    /// Whether it has left `Pending`.
    pub(super) fn is_created(&self) -> bool {
        !matches!(self.configuration.state, Some(State::Pending))
    }

    /// Whether its last update has ended.
    pub(super) fn is_updated(&self) -> bool {
        !matches!(self.configuration.last_update_status, Some(LastUpdateStatus::InProgress))
    }

    /// The service's name for this revision; none while Lambda still works on it, since the end of that makes another.
    pub(super) fn revision(&self) -> Option<String> {
        self.configuration.revision_id.clone().filter(|_| self.is_created() && self.is_updated())
    }
}

/// What an answer does not say of itself.
pub(super) struct Known<'a> {
    /// The object so far: for what no call answers, and for the tags that were configured.
    pub(super) base: &'a Value,
    /// The last published version, or `$LATEST`.
    pub(super) version: String,
    /// The code signing configuration.
    pub(super) signing: Option<String>,
    /// The provider's rules for tags.
    pub(super) tags: &'a TagRules,
    /// Where the function is.
    pub(super) region: &'a str,
}

/// The object an answer describes.
///
/// # Errors
/// When an answer does not fit the schema.
pub(super) fn object(seen: &Seen, known: &Known<'_>) -> Result<Value, Diagnostics> {
    let c = &seen.configuration;
    let own = arn::unqualified(c.function_arn.as_deref().unwrap_or_default());
    let region = arn::region(&own).unwrap_or(known.region).to_owned();
    let qualified = format!("{own}:{}", known.version);
    let name = filled(known.base, "function_name").or_else(|| c.function_name.clone());
    let logging = c.logging_config.as_ref().map(|l| {
        json!({
            "application_log_level": l.application_log_level.as_ref().map_or("", |v| v.as_str()),
            "log_format": l.log_format.as_ref().map(|v| v.as_str()),
            "log_group": l.log_group,
            "system_log_level": l.system_log_level.as_ref().map_or("", |v| v.as_str()),
        })
    });
    let snap =
        c.snap_start.as_ref().filter(|s| s.apply_on.as_ref().is_some_and(|a| a.as_str() != "None")).map(
            |s| {
                json!({
                    "apply_on": s.apply_on.as_ref().map(|v| v.as_str()),
                    "optimization_status": s.optimization_status.as_ref().map(|v| v.as_str()),
                })
            },
        );
    let vpc = c.vpc_config.as_ref().filter(|v| {
        !v.subnet_ids().is_empty()
            || !v.security_group_ids().is_empty()
            || v.vpc_id().is_some_and(|id| !id.is_empty())
    });
    let vpc = vpc.map(|v| {
        json!({
            "ipv6_allowed_for_dual_stack": v.ipv6_allowed_for_dual_stack.unwrap_or(false),
            "security_group_ids": v.security_group_ids(),
            "subnet_ids": v.subnet_ids(),
            "vpc_id": v.vpc_id().unwrap_or_default(),
        })
    });
    let image =
        c.image_config_response.as_ref().filter(|r| r.error.is_none()).and_then(|r| r.image_config.as_ref());
    let image = image.map(|i| {
        json!({
            "command": i.command(),
            "entry_point": i.entry_point(),
            "working_directory": i.working_directory.as_deref().unwrap_or_default(),
        })
    });
    let variables = c.environment.as_ref().and_then(|e| e.variables.as_ref()).filter(|v| !v.is_empty());
    let managed = c.capacity_provider_config.as_ref().map(|p| {
        json!({
            "lambda_managed_instances_capacity_provider_config":
                one(p.lambda_managed_instances_capacity_provider_config.as_ref().map(|m| json!({
                    "capacity_provider_arn": m.capacity_provider_arn,
                    "execution_environment_memory_gib_per_vcpu": m.execution_environment_memory_gib_per_v_cpu,
                    "per_execution_environment_max_concurrency": m.per_execution_environment_max_concurrency,
                }))),
        })
    });
    let attributes = json!({
        "architectures": match c.architectures() {
            [] => vec!["x86_64"],
            listed => listed.iter().map(|a| a.as_str()).collect(),
        },
        "arn": own,
        "capacity_provider_config": one(managed),
        "code_sha256": c.code_sha256.as_deref().unwrap_or_default(),
        "code_signing_config_arn": known.signing.as_deref().unwrap_or_default(),
        "dead_letter_config": one(c.dead_letter_config.as_ref().and_then(|d| d.target_arn.as_ref())
            .filter(|target| !target.is_empty()).map(|target| json!({ "target_arn": target }))),
        "description": c.description.as_deref().unwrap_or_default(),
        "durable_config": one(c.durable_config.as_ref().map(|d| json!({
            "execution_timeout": d.execution_timeout,
            "retention_period": d.retention_period_in_days,
        }))),
        "environment": one(variables.map(|v| json!({ "variables": v }))),
        "ephemeral_storage": one(c.ephemeral_storage.as_ref().map(|e| json!({ "size": e.size }))),
        "file_system_config": c.file_system_configs().iter().map(|f| json!({
            "arn": f.arn,
            "local_mount_path": f.local_mount_path,
        })).collect::<Vec<_>>(),
        "function_name": name,
        "handler": c.handler.as_deref().unwrap_or_default(),
        "id": name,
        "image_config": one(image),
        "image_uri": seen.code.as_ref().and_then(|l| l.image_uri.as_deref()).unwrap_or_default(),
        "invoke_arn": arn::invoke(&own, &region),
        "kms_key_arn": c.kms_key_arn.as_deref().unwrap_or_default(),
        "last_modified": c.last_modified.as_deref().unwrap_or_default(),
        "layers": c.layers().iter().filter_map(|l| l.arn.as_deref()).collect::<Vec<_>>(),
        "logging_config": one(logging),
        "memory_size": c.memory_size,
        "package_type": c.package_type.as_ref().map_or("Zip", |v| v.as_str()),
        "qualified_arn": qualified,
        "qualified_invoke_arn": arn::invoke(&qualified, &region),
        "reserved_concurrent_executions": seen.reserved.unwrap_or(-1),
        "response_streaming_invoke_arn": arn::invoke_streaming(&own, &region),
        "role": c.role,
        "runtime": c.runtime.as_ref().map_or("", |v| v.as_str()),
        "signing_job_arn": c.signing_job_arn.as_deref().unwrap_or_default(),
        "signing_profile_version_arn": c.signing_profile_version_arn.as_deref().unwrap_or_default(),
        "snap_start": one(snap),
        "source_code_hash": "",
        "source_code_size": c.code_size,
        "source_kms_key_arn": seen.code.as_ref().and_then(|l| l.source_kms_key_arn.as_deref()),
        "tenancy_config": one(c.tenancy_config.as_ref().map(|t| json!({
            "tenant_isolation_mode": t.tenant_isolation_mode.as_str(),
        }))),
        "timeout": c.timeout,
        "tracing_config": [{ "mode": c.tracing_config.as_ref().and_then(|t| t.mode.as_ref()).map_or("PassThrough", |v| v.as_str()) }],
        "version": known.version,
        "vpc_config": one(vpc),
    });
    let mut object = empty(&TYPE.schema.block, attributes)?;
    for name in UNREAD {
        let unset = known.base.get(name).is_none_or(|v| v.is_null() || v.is_unknown());
        if !unset {
            object = carry(object, known.base, &[name]);
        }
    }
    let hidden = c.environment.as_ref().is_some_and(|e| e.error.is_some());
    if hidden && block(known.base, "environment").is_some() {
        // Lambda could not decrypt the variables; that says nothing about what they are.
        object = carry(object, known.base, &["environment"]);
    }
    let Some(tags) = &seen.tags else {
        return Ok(carry(object, known.base, &["tags", "tags_all"]));
    };
    let remote: BTreeMap<String, String> = tags.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let (tags, all) = known.tags.record(&remote, known.base.get("tags"));
    Ok(object.with_attr("tags", tags).with_attr("tags_all", all))
}

/// A block that may stand once.
fn one(block: Option<Json>) -> Json {
    block.map_or_else(|| json!([]), |b| json!([b]))
}

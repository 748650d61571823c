//! A function's nested blocks as the API's types (lambda-provider.md 3.1): `None` without the block.
//! Knows nothing of which requests carry them.

use aws_sdk_lambda::types::{
    CapacityProviderConfig, DeadLetterConfig, DurableConfig, Environment, EphemeralStorage, FileSystemConfig,
    ImageConfig, LambdaManagedInstancesCapacityProviderConfig, LoggingConfig, SnapStart, TenancyConfig,
    TracingConfig, VpcConfig,
};

use crate::base::Value;
use crate::providers::aws::fields::{block, decimal, filled, flag, int32, text, text_map, texts};

pub(super) fn capacity_provider(object: &Value) -> Option<CapacityProviderConfig> {
    let outer = block(object, "capacity_provider_config")?;
    let inner = block(outer, "lambda_managed_instances_capacity_provider_config")?;
    let managed = LambdaManagedInstancesCapacityProviderConfig::builder()
        .set_capacity_provider_arn(text(inner, "capacity_provider_arn"))
        .set_execution_environment_memory_gib_per_v_cpu(
            decimal(inner, "execution_environment_memory_gib_per_vcpu").filter(|n| *n != 0.0),
        )
        .set_per_execution_environment_max_concurrency(
            int32(inner, "per_execution_environment_max_concurrency").filter(|n| *n != 0),
        )
        .build()
        .ok()?;
    Some(CapacityProviderConfig::builder().lambda_managed_instances_capacity_provider_config(managed).build())
}

pub(super) fn dead_letter(object: &Value) -> Option<DeadLetterConfig> {
    let b = block(object, "dead_letter_config")?;
    Some(DeadLetterConfig::builder().set_target_arn(text(b, "target_arn")).build())
}

pub(super) fn durable(object: &Value) -> Option<DurableConfig> {
    let b = block(object, "durable_config")?;
    Some(
        DurableConfig::builder()
            .set_execution_timeout(int32(b, "execution_timeout"))
            .set_retention_period_in_days(int32(b, "retention_period"))
            .build(),
    )
}

pub(super) fn environment(object: &Value) -> Option<Environment> {
    let b = block(object, "environment")?;
    Some(Environment::builder().set_variables(Some(text_map(b, "variables").unwrap_or_default())).build())
}

pub(super) fn ephemeral_storage(object: &Value) -> Option<EphemeralStorage> {
    let b = block(object, "ephemeral_storage")?;
    EphemeralStorage::builder().set_size(int32(b, "size")).build().ok()
}

pub(super) fn file_systems(object: &Value) -> Vec<FileSystemConfig> {
    let blocks = object.get("file_system_config").and_then(Value::as_items).unwrap_or_default();
    let built = blocks.iter().map(|b| {
        FileSystemConfig::builder()
            .set_arn(text(b, "arn"))
            .set_local_mount_path(text(b, "local_mount_path"))
            .build()
    });
    built.filter_map(Result::ok).collect()
}

pub(super) fn image(object: &Value) -> Option<ImageConfig> {
    let b = block(object, "image_config")?;
    Some(
        ImageConfig::builder()
            .set_command(texts(b, "command"))
            .set_entry_point(texts(b, "entry_point"))
            .working_directory(text(b, "working_directory").unwrap_or_default())
            .build(),
    )
}

pub(super) fn logging(object: &Value) -> Option<LoggingConfig> {
    let b = block(object, "logging_config")?;
    Some(
        LoggingConfig::builder()
            .set_log_format(filled(b, "log_format").map(|v| v.as_str().into()))
            .set_application_log_level(filled(b, "application_log_level").map(|v| v.as_str().into()))
            .set_system_log_level(filled(b, "system_log_level").map(|v| v.as_str().into()))
            .set_log_group(filled(b, "log_group"))
            .build(),
    )
}

pub(super) fn snap_start(object: &Value) -> Option<SnapStart> {
    let b = block(object, "snap_start")?;
    Some(SnapStart::builder().set_apply_on(filled(b, "apply_on").map(|v| v.as_str().into())).build())
}

pub(super) fn tenancy(object: &Value) -> Option<TenancyConfig> {
    let b = block(object, "tenancy_config")?;
    let mode = filled(b, "tenant_isolation_mode").map(|v| v.as_str().into());
    TenancyConfig::builder().set_tenant_isolation_mode(mode).build().ok()
}

pub(super) fn tracing(object: &Value) -> Option<TracingConfig> {
    let b = block(object, "tracing_config")?;
    Some(TracingConfig::builder().set_mode(filled(b, "mode").map(|v| v.as_str().into())).build())
}

pub(super) fn vpc(object: &Value) -> Option<VpcConfig> {
    let b = block(object, "vpc_config")?;
    Some(
        VpcConfig::builder()
            .set_subnet_ids(Some(texts(b, "subnet_ids").unwrap_or_default()))
            .set_security_group_ids(Some(texts(b, "security_group_ids").unwrap_or_default()))
            .ipv6_allowed_for_dual_stack(flag(b, "ipv6_allowed_for_dual_stack").unwrap_or(false))
            .build(),
    )
}

//! `aws_lambda_function` as a data source: a function that something else manages.

use super::shared;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{carry, filled};
use crate::providers::aws::lambda::function::find;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{AttrType, Attribute, Block, Constraint, Schema};

use AttrType::{Bool, List, Map, Number, Object, Set, String as Text};

const fn blocks(name: &'static str, object: &'static AttrType) -> Attribute {
    Attribute::of(name, List(object)).computed()
}

static TYPE: DataType = DataType {
    name: "aws_lambda_function",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::strings("architectures").computed(),
                Attribute::string("arn").computed(),
                Attribute::string("code_sha256").computed(),
                Attribute::string("code_signing_config_arn").computed(),
                blocks("dead_letter_config", &Object(&[("target_arn", Text)])),
                Attribute::string("description").computed(),
                blocks("environment", &Object(&[("variables", Map(&Text))])),
                blocks("ephemeral_storage", &Object(&[("size", Number)])),
                blocks("file_system_config", &Object(&[("arn", Text), ("local_mount_path", Text)])),
                Attribute::string("function_name").required().check(&[Constraint::Length(1, 140)]),
                Attribute::string("handler").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("image_uri").computed(),
                Attribute::string("invoke_arn").computed(),
                Attribute::string("kms_key_arn").computed(),
                Attribute::string("last_modified").computed(),
                Attribute::strings("layers").computed(),
                blocks(
                    "logging_config",
                    &Object(&[
                        ("application_log_level", Text),
                        ("log_format", Text),
                        ("log_group", Text),
                        ("system_log_level", Text),
                    ]),
                ),
                Attribute::number("memory_size").computed(),
                Attribute::string("qualified_arn").computed(),
                Attribute::string("qualified_invoke_arn").computed(),
                Attribute::string("qualifier"),
                Attribute::number("reserved_concurrent_executions").computed(),
                Attribute::string("role").computed(),
                Attribute::string("runtime").computed(),
                Attribute::string("signing_job_arn").computed(),
                Attribute::string("signing_profile_version_arn").computed(),
                Attribute::string("source_code_hash").computed(),
                Attribute::number("source_code_size").computed(),
                Attribute::string_map("tags").optional_computed(),
                Attribute::number("timeout").computed(),
                blocks("tracing_config", &Object(&[("mode", Text)])),
                Attribute::string("version").computed(),
                blocks(
                    "vpc_config",
                    &Object(&[
                        ("ipv6_allowed_for_dual_stack", Bool),
                        ("security_group_ids", Set(&Text)),
                        ("subnet_ids", Set(&Text)),
                        ("vpc_id", Text),
                    ]),
                ),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Function;

impl Data for Function {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let name = filled(config, "function_name").unwrap_or_default();
            let found = find(link, &name, filled(config, "qualifier")).await?;
            let found = found.ok_or_else(|| {
                Diagnostic::error(
                    "Function not found",
                    format!("There is no function {name:?} (or no such version or alias of it) in this account and region."),
                )
                .on("function_name")
            })?;
            let mut object = shared(&TYPE.schema.block, &found)?;
            for (name, from) in [("source_code_hash", "code_sha256"), ("tags", "tags_all")] {
                if let Some(value) = found.get(from) {
                    object = object.with_attr(name, value.clone());
                }
            }
            Ok(carry(object, config, &["function_name", "qualifier"]))
        })
    }
}

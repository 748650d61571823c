//! `aws_lambda_code_signing_config` as a data source: one that something else manages.

use super::{missing, shared};
use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::text;
use crate::providers::aws::lambda::code_signing_config::find;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{AttrType, Attribute, Block, Constraint, Schema};

use AttrType::{List, Object, Set, String as Text};

static TYPE: DataType = DataType {
    name: "aws_lambda_code_signing_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::of(
                    "allowed_publishers",
                    List(&Object(&[("signing_profile_version_arns", Set(&Text))])),
                )
                .computed(),
                Attribute::string("arn").required().check(&[Constraint::Arn]),
                Attribute::string("config_id").computed(),
                Attribute::string("description").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("last_modified").computed(),
                Attribute::of("policies", List(&Object(&[("untrusted_artifact_on_deployment", Text)])))
                    .computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct CodeSigningConfig;

impl Data for CodeSigningConfig {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let arn = text(config, "arn").unwrap_or_default();
            let found = find(link, &arn).await?;
            let found = found.ok_or_else(|| missing("Code signing configuration", &arn, "arn"))?;
            shared(&TYPE.schema.block, &found)
        })
    }
}

//! `aws_cloudwatch_log_group` as a data source: a log group that something else manages.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::logs::{listing, log_group};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_cloudwatch_log_group",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::number("creation_time").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("kms_key_id").computed(),
                Attribute::string("log_group_class").computed(),
                Attribute::string("name").required(),
                Attribute::number("retention_in_days").computed(),
                Attribute::string_map("tags").optional_computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct LogGroup;

impl Data for LogGroup {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let name = filled(config, "name").unwrap_or_default();
            let session = link.session().await?;
            let found = listing::one(session, &name).await.map_err(|error| error.diagnostic(&name))?;
            let seen = found.ok_or_else(|| super::missing("Log group", &name, "name"))?;
            let tags = log_group::tags(session, &seen).await.map_err(|error| error.diagnostic(&name))?;
            let (_, tags) = link.settings.tags.record(&tags.unwrap_or_default().into_iter().collect(), None);
            let found = typed(
                &TYPE.schema.block,
                json!({
                    "arn": log_group::arn(&seen),
                    "creation_time": seen.creation_time,
                    "id": name,
                    "kms_key_id": seen.kms_key_id.as_deref().unwrap_or_default(),
                    "log_group_class": seen.log_group_class.as_ref().map_or("STANDARD", |class| class.as_str()),
                    "name": name,
                    "retention_in_days": seen.retention_in_days.unwrap_or_default(),
                }),
            )?;
            Ok(found.with_attr("tags", tags))
        })
    }
}

//! `aws_default_tags`: the tags that the provider block gives to everything.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::arn;
use crate::providers::aws::fields::typed;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_default_tags",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").optional_computed(),
                Attribute::string_map("tags").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct DefaultTags;

impl Data for DefaultTags {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, _config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let partition = arn::partition(&link.region().await?).0;
            let tags = link.settings.tags.defaults.clone().unwrap_or_default();
            typed(&TYPE.schema.block, json!({ "id": partition, "tags": tags }))
        })
    }
}

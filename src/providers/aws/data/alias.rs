//! `aws_lambda_alias` as a data source: an alias that something else manages.

use super::{missing, shared};
use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::text;
use crate::providers::aws::lambda::alias::find;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_lambda_alias",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("description").computed(),
                Attribute::string("function_name").required(),
                Attribute::string("function_version").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("invoke_arn").computed(),
                Attribute::string("name").required(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Alias;

impl Data for Alias {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let found = find(link, config).await?;
            let named = text(config, "name").unwrap_or_default();
            shared(&TYPE.schema.block, &found.ok_or_else(|| missing("Alias", &named, "name"))?)
        })
    }
}

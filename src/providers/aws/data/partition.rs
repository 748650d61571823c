//! `aws_partition`: the partition of the provider's region.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::arn;
use crate::providers::aws::fields::typed;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_partition",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("dns_suffix").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("partition").computed(),
                Attribute::string("reverse_dns_prefix").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Partition;

impl Data for Partition {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, _config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let (partition, suffix) = arn::partition(&link.region().await?);
            let reversed: Vec<&str> = suffix.rsplit('.').collect();
            typed(
                &TYPE.schema.block,
                json!({
                    "dns_suffix": suffix,
                    "id": partition,
                    "partition": partition,
                    "reverse_dns_prefix": reversed.join("."),
                }),
            )
        })
    }
}

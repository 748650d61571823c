//! `aws_arn`: an Amazon Resource Name taken apart.

use serde_json::json;

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_arn",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("account").computed(),
                Attribute::string("arn").required(),
                Attribute::string("id").optional_computed(),
                Attribute::string("partition").computed(),
                Attribute::string("region").computed(),
                Attribute::string("resource").computed(),
                Attribute::string("service").computed(),
            ],
            blocks: &[],
        },
    },
    pure: true,
};

/// The data source.
pub(in crate::providers::aws) struct Arn;

impl Data for Arn {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, _link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let arn = filled(config, "arn").unwrap_or_default();
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            let ["arn", partition, service, region, account, resource] = parts.as_slice() else {
                return Err(Diagnostic::error(
                    "Invalid ARN",
                    format!(
                        "{arn:?} is no Amazon Resource Name, which has six parts: arn:partition:service:region:account:resource."
                    ),
                )
                .on("arn")
                .into());
            };
            typed(
                &TYPE.schema.block,
                json!({
                    "account": account,
                    "arn": arn,
                    "id": arn,
                    "partition": partition,
                    "region": region,
                    "resource": resource,
                    "service": service,
                }),
            )
        })
    }
}

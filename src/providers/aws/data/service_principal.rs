//! `aws_service_principal`: the name by which a service assumes roles.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::arn;
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_service_principal",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                Attribute::string("name").computed(),
                Attribute::string("region").optional_computed(),
                Attribute::string("service_name").required(),
                Attribute::string("suffix").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The services whose principals in some partitions end as the partition's hosts do (observed with 5.100).
const OWN_SUFFIX: &[(&str, &[&str])] = &[
    ("aws-cn", &["codedeploy", "elasticmapreduce", "logs"]),
    ("aws-iso", &["cloudhsm", "config", "logs", "workspaces"]),
    ("aws-iso-b", &["dms", "logs"]),
];

/// The data source.
pub(in crate::providers::aws) struct ServicePrincipal;

impl Data for ServicePrincipal {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let service = filled(config, "service_name").unwrap_or_default();
            let region = match filled(config, "region") {
                Some(region) => region,
                None => link.region().await?,
            };
            let (partition, hosts) = arn::partition(&region);
            let own =
                OWN_SUFFIX.iter().any(|(of, names)| *of == partition && names.contains(&service.as_str()));
            let suffix = if own { hosts } else { "amazonaws.com" };
            typed(
                &TYPE.schema.block,
                json!({
                    "id": format!("{service}.{region}.{suffix}"),
                    "name": format!("{service}.{suffix}"),
                    "region": region,
                    "service_name": service,
                    "suffix": suffix,
                }),
            )
        })
    }
}

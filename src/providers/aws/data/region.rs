//! `aws_region`: the provider's region, or one that is named.

use serde_json::json;

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::arn;
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_region",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("description").computed(),
                Attribute::string("endpoint").optional_computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("name").optional_computed(),
                // What releases from 6.0 on call the name.
                Attribute::string("region").optional_computed().derived(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The regions with the names people know them by.
const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Africa (Cape Town)"),
    ("ap-east-1", "Asia Pacific (Hong Kong)"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)"),
    ("ap-northeast-2", "Asia Pacific (Seoul)"),
    ("ap-northeast-3", "Asia Pacific (Osaka)"),
    ("ap-south-1", "Asia Pacific (Mumbai)"),
    ("ap-south-2", "Asia Pacific (Hyderabad)"),
    ("ap-southeast-1", "Asia Pacific (Singapore)"),
    ("ap-southeast-2", "Asia Pacific (Sydney)"),
    ("ap-southeast-3", "Asia Pacific (Jakarta)"),
    ("ap-southeast-4", "Asia Pacific (Melbourne)"),
    ("ap-southeast-5", "Asia Pacific (Malaysia)"),
    ("ap-southeast-7", "Asia Pacific (Thailand)"),
    ("ca-central-1", "Canada (Central)"),
    ("ca-west-1", "Canada West (Calgary)"),
    ("cn-north-1", "China (Beijing)"),
    ("cn-northwest-1", "China (Ningxia)"),
    ("eu-central-1", "Europe (Frankfurt)"),
    ("eu-central-2", "Europe (Zurich)"),
    ("eu-north-1", "Europe (Stockholm)"),
    ("eu-south-1", "Europe (Milan)"),
    ("eu-south-2", "Europe (Spain)"),
    ("eu-west-1", "Europe (Ireland)"),
    ("eu-west-2", "Europe (London)"),
    ("eu-west-3", "Europe (Paris)"),
    ("il-central-1", "Israel (Tel Aviv)"),
    ("me-central-1", "Middle East (UAE)"),
    ("me-south-1", "Middle East (Bahrain)"),
    ("mx-central-1", "Mexico (Central)"),
    ("sa-east-1", "South America (Sao Paulo)"),
    ("us-east-1", "US East (N. Virginia)"),
    ("us-east-2", "US East (Ohio)"),
    ("us-gov-east-1", "AWS GovCloud (US-East)"),
    ("us-gov-west-1", "AWS GovCloud (US-West)"),
    ("us-west-1", "US West (N. California)"),
    ("us-west-2", "US West (Oregon)"),
];

/// The data source.
pub(in crate::providers::aws) struct Region;

impl Data for Region {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn restore(&self, mut attributes: serde_json::Value) -> serde_json::Value {
        if let Some(entries) = attributes.as_object_mut()
            && let Some(name) = entries.get("name").cloned()
        {
            entries.insert("region".to_owned(), name);
        }
        attributes
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let host = |name: &str| format!("ec2.{name}.{}", arn::partition(name).1);
            let named = filled(config, "region").or_else(|| filled(config, "name"));
            let name = match (named, filled(config, "endpoint")) {
                (Some(name), _) => name,
                (None, Some(endpoint)) => {
                    let found = REGIONS.iter().find(|(name, _)| host(name) == endpoint);
                    let found = found.ok_or_else(|| {
                        Diagnostic::error(
                            "Unknown endpoint",
                            format!("No region has the EC2 endpoint {endpoint:?}. Name the region instead."),
                        )
                        .on("endpoint")
                    })?;
                    found.0.to_owned()
                }
                (None, None) => link.region().await?,
            };
            let description = REGIONS.iter().find(|(known, _)| *known == name).map_or("", |(_, words)| words);
            typed(
                &TYPE.schema.block,
                json!({ "description": description, "endpoint": host(&name), "id": name, "name": name, "region": name }),
            )
        })
    }
}

//! `aws_iam_policy` as a data source: a managed policy by its ARN or its name, those of AWS included.

use std::collections::BTreeMap;

use serde_json::json;

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{carry, filled, typed};
use crate::providers::aws::iam::policy;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Constraint, Schema};

static TYPE: DataType = DataType {
    name: "aws_iam_policy",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").optional_computed().check(&[Constraint::Arn]),
                Attribute::number("attachment_count").computed(),
                Attribute::string("description").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("name").optional_computed(),
                Attribute::string("path").computed(),
                Attribute::string("path_prefix"),
                Attribute::string("policy").computed(),
                Attribute::string("policy_id").computed(),
                Attribute::string_map("tags").optional_computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Policy;

impl Data for Policy {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(read(link, config))
    }
}

async fn read(link: &Link, config: &Value) -> Result<Value, Diagnostics> {
    let session = link.session().await?;
    let named = match (filled(config, "arn"), filled(config, "name")) {
        (Some(_), Some(_)) => {
            return Err(Diagnostic::error(
                "Conflicting configuration arguments",
                "A policy is named by \"arn\" or by \"name\", not by both. Remove one of them.",
            )
            .on("name")
            .into());
        }
        (Some(arn), None) => Ok(arn),
        (None, Some(name)) => Err(name),
        (None, None) => {
            return Err(Diagnostic::error(
                "Missing required argument",
                "A policy is named by \"arn\" or by \"name\", and neither is set.",
            )
            .into());
        }
    };
    let target = named.clone().unwrap_or_else(|name| name);
    // A list leaves out descriptions and tags.
    let found = async {
        let arn = match &named {
            Ok(arn) => Some(arn.clone()),
            Err(name) => {
                policy::find(session, name, filled(config, "path_prefix")).await?.and_then(|seen| seen.arn)
            }
        };
        match arn {
            Some(arn) => policy::whole(session, &arn).await,
            None => CallResult::Ok(None),
        }
    };
    let (seen, document) = found.await.map_err(|error| error.diagnostic(&target))?.ok_or_else(|| {
        Diagnostic::error("Policy not found", format!("There is no policy {target:?} in this account."))
            .on(if named.is_ok() { "arn" } else { "name" })
    })?;
    let tags: BTreeMap<_, _> = seen.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    let object = typed(
        &TYPE.schema.block,
        json!({
            "arn": seen.arn(),
            "attachment_count": seen.attachment_count().unwrap_or_default(),
            "description": seen.description().unwrap_or_default(),
            "id": seen.arn(),
            "name": seen.policy_name(),
            "path": seen.path(),
            "policy": document,
            "policy_id": seen.policy_id(),
            "tags": tags,
        }),
    )?;
    Ok(carry(object, config, &["path_prefix"]))
}

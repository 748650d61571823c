//! `aws_iam_role` as a data source: a role that something else manages.

use std::collections::BTreeMap;

use aws_smithy_types::date_time::Format;
use serde_json::json;

use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{filled, typed};
use crate::providers::aws::iam::policy_json::decoded;
use crate::providers::aws::iam::{date, role};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{AttrType, Attribute, Block, Schema};

use AttrType::{List, Object, String as Text};

static TYPE: DataType = DataType {
    name: "aws_iam_role",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("assume_role_policy").computed(),
                Attribute::string("create_date").computed(),
                Attribute::string("description").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::number("max_session_duration").computed(),
                Attribute::string("name").required(),
                Attribute::string("path").computed(),
                Attribute::string("permissions_boundary").computed(),
                Attribute::of("role_last_used", List(&Object(&[("last_used_date", Text), ("region", Text)])))
                    .computed(),
                Attribute::string_map("tags").optional_computed(),
                Attribute::string("unique_id").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Role;

impl Data for Role {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let name = filled(config, "name").unwrap_or_default();
            let seen = role::find(link, &name).await?.ok_or_else(|| {
                Diagnostic::error("Role not found", format!("There is no role {name:?} in this account."))
                    .on("name")
            })?;
            let used = seen.role_last_used().map(|used| {
                let at = used.last_used_date().and_then(|at| at.fmt(Format::DateTime).ok());
                let (at, region) = (at.unwrap_or_default(), used.region().unwrap_or_default());
                json!({ "last_used_date": at, "region": region })
            });
            let boundary = seen.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
            let tags: BTreeMap<_, _> = seen.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
            typed(
                &TYPE.schema.block,
                json!({
                    "arn": seen.arn(),
                    "assume_role_policy": decoded(seen.assume_role_policy_document().unwrap_or_default()),
                    "create_date": date(seen.create_date()),
                    "description": seen.description().unwrap_or_default(),
                    "id": seen.role_name(),
                    "max_session_duration": seen.max_session_duration(),
                    "name": seen.role_name(),
                    "path": seen.path(),
                    "permissions_boundary": boundary.unwrap_or_default(),
                    "role_last_used": Vec::from_iter(used),
                    "tags": tags,
                    "unique_id": seen.role_id(),
                }),
            )
        })
    }
}

//! `aws_caller_identity`: who the credentials belong to.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::typed;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_caller_identity",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("account_id").computed(),
                Attribute::string("arn").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("user_id").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct CallerIdentity;

impl Data for CallerIdentity {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, _config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let session = link.session().await?;
            let call = session.sts.reads.get_caller_identity().send();
            let answer = session.sts.read("GetCallerIdentity", call).await;
            let answer = answer.map_err(|error| error.diagnostic("the caller"))?;
            typed(
                &TYPE.schema.block,
                json!({
                    "account_id": answer.account(),
                    "arn": answer.arn(),
                    "id": answer.account(),
                    "user_id": answer.user_id(),
                }),
            )
        })
    }
}

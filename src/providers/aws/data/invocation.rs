//! `aws_lambda_invocation` as a data source: what a function answers. It is called whenever the data source is read.

use aws_sdk_lambda::primitives::Blob;
use aws_smithy_types::timeout::TimeoutConfig;
use md5::{Digest, Md5};
use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{carry, text, typed};
use crate::providers::aws::lambda::invocation::{LONGEST, function_failed};
use crate::providers::aws::lambda::names::FUNCTION;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Constraint, Schema};

use Constraint::Json;

static TYPE: DataType = DataType {
    name: "aws_lambda_invocation",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("function_name").required().check(&[FUNCTION]),
                Attribute::string("id").optional_computed(),
                Attribute::string("input").required().check(&[Json]),
                Attribute::string("qualifier"),
                Attribute::string("result").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Invocation;

impl Data for Invocation {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let session = link.session().await?;
            let part = |name: &str| text(config, name).unwrap_or_default();
            let (function, input) = (part("function_name"), part("input"));
            let qualifier = text(config, "qualifier").unwrap_or_else(|| "$LATEST".to_owned());
            let target = format!("{function}:{qualifier}");
            let id = format!("{function}_{qualifier}_{}", hex::encode(Md5::digest(&input)));
            let limits = TimeoutConfig::builder()
                .operation_attempt_timeout(LONGEST)
                .operation_timeout(LONGEST)
                .build();
            let patient = aws_sdk_lambda::config::Builder::new().timeout_config(limits);
            // A call that was not answered may have run, so it is not repeated.
            let builder = session.writes.invoke().function_name(&function).qualifier(&qualifier);
            let call = builder.payload(Blob::new(input)).customize().config_override(patient).send();
            let answer = session.read("Invoke", call).await.map_err(|error| error.diagnostic(&target))?;
            let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
            let result = String::from_utf8_lossy(&payload).into_owned();
            if answer.function_error.is_some() {
                return Err(function_failed(&target, &result).into());
            }
            let object =
                typed(&TYPE.schema.block, json!({ "id": id, "qualifier": qualifier, "result": result }))?;
            Ok(carry(object, config, &["function_name", "input"]))
        })
    }
}

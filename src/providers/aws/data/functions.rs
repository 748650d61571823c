//! `aws_lambda_functions`: the functions of the account and region.

use serde_json::json;

use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::typed;
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "aws_lambda_functions",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::strings("function_arns").computed(),
                Attribute::strings("function_names").computed(),
                Attribute::string("id").optional_computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct Functions;

impl Data for Functions {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, _config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let session = link.session().await?;
            let (mut arns, mut names, mut marker) = (Vec::new(), Vec::new(), None);
            loop {
                let call = session.reads.list_functions().set_marker(marker);
                let page = session.read("ListFunctions", call.send()).await;
                let page = page.map_err(|error| error.diagnostic("the functions"))?;
                for function in page.functions.unwrap_or_default() {
                    arns.extend(function.function_arn);
                    names.extend(function.function_name);
                }
                marker = page.next_marker.filter(|marker| !marker.is_empty());
                if marker.is_none() {
                    break;
                }
            }
            typed(
                &TYPE.schema.block,
                json!({ "function_arns": arns, "function_names": names, "id": session.region }),
            )
        })
    }
}

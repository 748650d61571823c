//! `aws_lambda_function_url` as a data source: an address that something else manages.

use super::missing;
use crate::base::{Diagnostics, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::aws::fields::{carry, typed};
use crate::providers::aws::lambda::function_url::{described, get, names};
use crate::providers::aws::resource::{Data, Link};
use crate::schema::{AttrType, Attribute, Block, Schema};

use AttrType::{Bool, List, Number, Object, String as Text};

static TYPE: DataType = DataType {
    name: "aws_lambda_function_url",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("authorization_type").computed(),
                Attribute::of(
                    "cors",
                    List(&Object(&[
                        ("allow_credentials", Bool),
                        ("allow_headers", List(&Text)),
                        ("allow_methods", List(&Text)),
                        ("allow_origins", List(&Text)),
                        ("expose_headers", List(&Text)),
                        ("max_age", Number),
                    ])),
                )
                .computed(),
                Attribute::string("creation_time").computed(),
                Attribute::string("function_arn").computed(),
                Attribute::string("function_name").required(),
                Attribute::string("function_url").computed(),
                Attribute::string("id").optional_computed(),
                Attribute::string("invoke_mode").computed(),
                Attribute::string("last_modified_time").computed(),
                Attribute::string("qualifier"),
                Attribute::string("url_id").computed(),
            ],
            blocks: &[],
        },
    },
    pure: false,
};

/// The data source.
pub(in crate::providers::aws) struct FunctionUrl;

impl Data for FunctionUrl {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let (_, _, id) = names(config);
            let seen = match get(link.session().await?, config).await {
                Ok(seen) => seen,
                Err(error) if error.is_not_found() => {
                    return Err(missing("Function URL", &id, "function_name"));
                }
                Err(error) => return Err(error.diagnostic(&id).into()),
            };
            let mut attributes = described(&seen);
            attributes["creation_time"] = seen.creation_time.into();
            attributes["id"] = id.into();
            attributes["last_modified_time"] = seen.last_modified_time.into();
            let object = typed(&TYPE.schema.block, attributes)?;
            Ok(carry(object, config, &["function_name", "qualifier"]))
        })
    }
}

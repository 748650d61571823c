//! `null_data_source`: hands its inputs on.
//! Knows nothing of what they are for.

use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::provider::{BoxFuture, DataType};
use crate::providers::offline::{self, filled};
use crate::schema::{Attribute, Block, Schema};

static TYPE: DataType = DataType {
    name: "null_data_source",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("has_computed_default").optional_computed(),
                Attribute::string("id").computed(),
                Attribute::string_map("inputs"),
                Attribute::string_map("outputs").computed(),
                Attribute::string("random").computed(),
            ],
            blocks: &[],
        },
    },
    pure: true,
};

pub(super) struct DataSource;

impl offline::Data for DataSource {
    fn declaration(&self) -> &'static DataType {
        &TYPE
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostic::warning(
            "Deprecated data source",
            "The data source null_data_source comes from times without local values. Write a \"locals\" block, or a \
             terraform_data resource where the value has to live in the state.",
        )
        .into()
    }

    fn read(&self, config: Value) -> BoxFuture<'static, Result<Value, Diagnostics>> {
        let given = |name: &str| config.get(name).filter(|v| !v.is_null()).cloned();
        let outputs = given("inputs").unwrap_or_else(|| Value::null(Type::map(Type::String)));
        let default = given("has_computed_default").unwrap_or_else(|| "default".into());
        let computed = [
            ("has_computed_default", default),
            ("id", "static".into()),
            ("outputs", outputs),
            ("random", super::arbitrary().into()),
        ];
        Box::pin(std::future::ready(Ok(filled(&config, computed))))
    }
}

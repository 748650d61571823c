//! `random_bytes`: a secret of so many bytes.
//! Shows it nowhere.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::dice;
use crate::base::{Diagnostics, Type, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled};
use crate::schema::{Attribute, Block, Constraint, Schema};

static TYPE: ResourceType = ResourceType {
    name: "random_bytes",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("base64").computed().sensitive(),
                Attribute::string("hex").computed().sensitive(),
                super::KEEPERS,
                Attribute::number("length")
                    .required()
                    .replaces()
                    .check(&[Constraint::Range(1, super::id::MOST)]),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "BASE64",
};

pub(super) struct Bytes;

impl Resource for Bytes {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let length = planned.get("length").and_then(Value::as_number).and_then(|n| n.as_i64());
        let mut bytes = vec![0; length.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)];
        dice::fill(&mut bytes)?;
        Ok(shown(planned, &bytes))
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        let bytes = BASE64_STANDARD.decode(id).map_err(|_| super::no_such_id("base64 of the bytes"))?;
        let object = Value::object([
            ("keepers", Value::null(Type::map(Type::String))),
            ("length", Value::number(bytes.len())),
        ]);
        Ok(shown(&object, &bytes))
    }
}

fn shown(object: &Value, bytes: &[u8]) -> Value {
    filled(object, [("base64", BASE64_STANDARD.encode(bytes).into()), ("hex", hex::encode(bytes).into())])
}

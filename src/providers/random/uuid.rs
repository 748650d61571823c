//! `random_uuid`: a UUID of random bytes.
//! Knows nothing of what it identifies.

use crate::base::{Diagnostics, Type, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled};
use crate::schema::{Attribute, Block, Schema};

static TYPE: ResourceType = ResourceType {
    name: "random_uuid",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                super::KEEPERS,
                Attribute::string("result").computed(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "UUID",
};

pub(super) struct Uuid;

impl Resource for Uuid {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        Ok(identified(planned, uuid::Uuid::new_v4()))
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        let parsed = uuid::Uuid::try_parse(id).map_err(|_| super::no_such_id("a UUID"))?;
        let object = Value::object([("keepers", Value::null(Type::map(Type::String)))]);
        Ok(identified(&object, parsed))
    }
}

fn identified(object: &Value, uuid: uuid::Uuid) -> Value {
    let text = uuid.hyphenated().to_string();
    filled(object, [("id", text.clone().into()), ("result", text.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_what_is_a_uuid() {
        let id = "aabbccdd-eeff-0011-2233-445566778899";
        let made = Uuid.import(id).unwrap();
        assert_eq!((made.ty(), made.get("result")), (TYPE.schema.block.ty(), Some(&id.into())));
        assert!(Uuid.import("aabb").is_err());
    }
}

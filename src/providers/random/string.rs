//! `random_string`: random characters that are no secret.
//! What a text is made of is decided in `text`.

use serde_json::Value as Json;

use super::text;
use crate::base::{Diagnostics, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled};
use crate::schema::{Attribute, Block, Schema};

static ATTRIBUTES: [Attribute; 14] =
    text::with_arguments([Attribute::string("id").computed(), Attribute::string("result").computed()]);

static TYPE: ResourceType = ResourceType {
    name: "random_string",
    schema: Schema { version: 2, block: Block { attributes: &ATTRIBUTES, blocks: &[] } },
    unique: &[],
    empty_is_null: false,
    import_id: "RESULT",
};

pub(super) struct String;

impl Resource for String {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        text::validate(config)
    }

    fn upgrade(&self, attributes: Json) -> Result<Json, Diagnostics> {
        Ok(text::upgrade(attributes))
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        text::plan(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let result = text::draw(planned)?;
        Ok(filled(planned, [("id", result.as_str().into()), ("result", result.into())]))
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        Ok(filled(&text::imported(id), [("id", id.into()), ("result", id.into())]))
    }
}

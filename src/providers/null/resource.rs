//! `null_resource`: an id that lasts until its triggers change.
//! Knows nothing of what is triggered.

use crate::base::{Diagnostics, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{self, filled, triggered};
use crate::schema::{Attribute, Block, Schema};

static TYPE: ResourceType = ResourceType {
    name: "null_resource",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[Attribute::string("id").computed(), Attribute::string_map("triggers")],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

pub(super) struct Resource;

impl offline::Resource for Resource {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        PlanResponse { replace: triggered(request, "triggers"), ..PlanResponse::of(request.proposed.clone()) }
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        Ok(filled(planned, [("id", super::arbitrary().into())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn only_triggers_with_a_value_replace() {
        let object = |entries: &[(&str, Option<&str>)]| {
            let entries = entries
                .iter()
                .map(|(key, value)| (*key, value.map_or_else(|| Value::null(Type::String), Value::from)));
            Value::object([("id", Value::from("1")), ("triggers", Value::map(Type::String, entries))])
        };
        for (old, new, replaced) in [
            (vec![], vec![("a", Some("1"))], true),
            (vec![("a", Some("1"))], vec![("a", Some("2"))], true),
            (vec![("a", Some("1"))], vec![], true),
            (vec![("a", Some("1"))], vec![("a", Some("1")), ("b", None)], false),
            (vec![("a", None)], vec![], false),
        ] {
            let (prior, proposed) = (object(&old), object(&new));
            let request = PlanRequest {
                type_name: TYPE.name,
                prior: Some(&prior),
                proposed: &proposed,
                config: &proposed,
                ignored: &[],
                files_may_change: false,
            };
            let planned = offline::Resource::plan(&Resource, &request);
            assert_eq!(planned.replace.is_empty(), !replaced, "{old:?} {new:?}");
        }
    }
}

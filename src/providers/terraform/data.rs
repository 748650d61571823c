//! `terraform_data`: a place for a value that lives as long as the state does.
//! The rules were observed by running Terraform 1.11.

use serde_json::{Value as Json, json};

use crate::base::json::{implied_value, to_json_typed};
use crate::base::{Path, PathStep, Type, Value};
use crate::provider::{Foreign, ResourceType, TakenOver};
use crate::schema::{AttrType, Attribute, Block, Schema};

/// The type.
pub(super) static TYPE: ResourceType = ResourceType {
    name: "terraform_data",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                Attribute::of("input", AttrType::Dynamic),
                Attribute::of("output", AttrType::Dynamic).computed().follows("input"),
                Attribute::of("triggers_replace", AttrType::Dynamic).replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

/// `output` follows `input`: unknown whenever that changes, and null only in a creation without input.
pub(super) fn plan(prior: Option<&Value>, proposed: &Value) -> Value {
    let input = proposed.get("input").unwrap_or(&Value::NULL);
    // What will be secret is so already, so that what must not show it is refused before anything is made.
    let unknown = || Value::unknown(input.ty()).with_sensitive(input.is_sensitive());
    match prior.filter(|p| !p.is_null()) {
        None => {
            let output = if input.is_null() { Value::NULL } else { unknown() };
            proposed.with_attr("id", Value::unknown(Type::String)).with_attr("output", output)
        }
        Some(prior) => {
            let kept = |name: &str| prior.get(name).cloned().unwrap_or(Value::NULL);
            let changed = input.clone().unmark_deep().0 != kept("input").unmark_deep().0;
            let output = if changed { unknown() } else { kept("output") };
            proposed.with_attr("id", kept("id")).with_attr("output", output)
        }
    }
}

/// The object of a plan.
pub(super) fn apply(planned: &Value) -> Value {
    let mut object = planned.clone();
    if planned.get("id").is_none_or(|id| id.is_unknown() || id.is_null()) {
        object = object.with_attr("id", Value::from(uuid::Uuid::new_v4().to_string()));
    }
    if planned.get("output").is_some_and(Value::is_unknown) {
        object = object.with_attr("output", planned.get("input").cloned().unwrap_or(Value::NULL));
    }
    object
}

/// An object that is known by its id alone.
pub(super) fn import(id: &str) -> Value {
    Value::object([
        ("id", Value::from(id)),
        ("input", Value::NULL),
        ("output", Value::NULL),
        ("triggers_replace", Value::NULL),
    ])
}

/// A `null_resource` as `terraform_data`: the same object, with its triggers as an object. As Terraform 1.11 does it, but
/// that what was secret stays so.
pub(super) fn take_over(object: &Foreign<'_>) -> Option<TakenOver> {
    if object.type_name != "null_resource" {
        return None;
    }
    let triggers = match object.attributes.get("triggers") {
        None | Some(Json::Null) => Json::Null,
        Some(triggers) => to_json_typed(&implied_value(triggers).ok()?, &Type::Dynamic),
    };
    let renamed = |path: &Path| -> Path {
        let triggers = PathStep::Attr("triggers".into());
        let renamed = |step: &PathStep| match *step == triggers {
            true => PathStep::Attr("triggers_replace".into()),
            false => step.clone(),
        };
        let (head, rest) = (path.steps().iter().take(1).map(renamed), path.steps().iter().skip(1));
        head.chain(rest.cloned()).collect::<Vec<_>>().into()
    };
    Some(TakenOver {
        attributes: json!({
            "id": object.attributes.get("id"), "input": null, "output": null, "triggers_replace": triggers,
        }),
        sensitive_paths: object.sensitive_paths.iter().map(renamed).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(id: Value, input: Value, output: Value) -> Value {
        Value::object([("id", id), ("input", input), ("output", output), ("triggers_replace", Value::NULL)])
    }

    #[test]
    fn output_follows_input() {
        let unknown = || Value::unknown(Type::String);
        let prior = object("i".into(), "x".into(), "x".into());
        for (prior, input, id, output) in [
            (None, Value::NULL, unknown(), Value::NULL),
            (None, "x".into(), unknown(), unknown()),
            (Some(&prior), "x".into(), "i".into(), "x".into()),
            (Some(&prior), "y".into(), "i".into(), unknown()),
            (Some(&prior), Value::NULL, "i".into(), Value::DYNAMIC),
            (Some(&prior), Value::DYNAMIC, "i".into(), Value::DYNAMIC),
            (None, Value::from("x").with_sensitive(true), unknown(), unknown().with_sensitive(true)),
        ] {
            let planned = plan(prior, &object(unknown(), input.clone(), Value::DYNAMIC));
            assert_eq!(planned, object(id, input.clone(), output), "{input:?}");
        }
        let made = apply(&plan(None, &object(unknown(), "x".into(), Value::DYNAMIC)));
        assert!(made.is_wholly_known());
        assert_eq!(
            (made.get("output"), made.get("id").unwrap().as_str().unwrap().len()),
            (Some(&"x".into()), 36)
        );
    }
}

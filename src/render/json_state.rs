//! The state as JSON, in the format of `show -json`, version 1.0, and the outputs as `output -json` writes them.
//! Knows nothing of state files.

use serde_json::{Map, Value as Json, json};

use super::json_tree::{identity, modules};
use super::json_value::{Secrets, known, sensitive};
use super::{Schemas, json_checks};
use crate::base::{InstanceAddr, ResourceAddr, Value, json as base_json};
use crate::schema::mark_secrets;
use crate::state::{Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};

/// The state as JSON.
pub fn state_json(state: &State, terraform_version: &str, schemas: Schemas<'_>, secrets: Secrets) -> Json {
    let mut map = Map::new();
    map.insert("format_version".into(), "1.0".into());
    if !state.is_empty() {
        map.insert("terraform_version".into(), terraform_version.into());
        map.insert("values".into(), state_values(state, schemas, secrets));
        let checks = json_checks::from_state(state.check_results.as_ref());
        if checks.as_array().is_some_and(|c| !c.is_empty()) {
            map.insert("checks".into(), checks);
        }
    }
    Json::Object(map)
}

/// All outputs as `output -json` writes them, secrets in clear: whoever asks for them by name wants them.
pub fn outputs_json(state: &State) -> Json {
    let output = |o: &OutputValue| json!({ "sensitive": o.sensitive, "type": o.ty, "value": o.value });
    state.outputs.iter().map(|(n, o)| (n.to_string(), output(o))).collect::<Map<_, _>>().into()
}

/// The `values` key: outputs and the tree of modules.
pub(super) fn state_values(state: &State, schemas: Schemas<'_>, secrets: Secrets) -> Json {
    let mut map = Map::new();
    let outputs: Map<String, Json> = state
        .outputs
        .iter()
        .map(|(n, o)| {
            let hidden = o.sensitive && secrets == Secrets::Hidden;
            let value = if hidden { &Json::Null } else { &o.value };
            (n.to_string(), json!({ "sensitive": o.sensitive, "value": value, "type": o.ty }))
        })
        .collect();
    if !outputs.is_empty() {
        map.insert("outputs".into(), outputs.into());
    }
    let resources = state.resources.iter().flat_map(|(addr, resource)| {
        resource.objects.iter().map(move |(key, object)| {
            (addr.module.clone(), resource_json(addr, resource, key, object, schemas, secrets))
        })
    });
    map.insert("root_module".into(), modules(resources));
    Json::Object(map)
}

fn resource_json(
    addr: &ResourceAddr,
    resource: &ResourceState,
    key: &ObjectKey,
    object: &Object,
    schemas: Schemas<'_>,
    secrets: Secrets,
) -> Json {
    let instance = addr.instance(key.instance.clone());
    let mut map = identity(&instance, &resource.provider);
    map.insert("schema_version".into(), object.schema_version.into());
    match object_value(&instance, object, schemas) {
        Some(value) => {
            map.insert("values".into(), known(&value, secrets).unwrap_or_default());
            map.insert("sensitive_values".into(), sensitive(&value));
        }
        // A type that this version does not know: anything in it may be secret.
        None => {
            let shown = secrets == Secrets::Shown;
            map.insert("values".into(), if shown { object.attributes.clone() } else { Json::Null });
            map.insert("sensitive_values".into(), json!({}));
        }
    }
    if !object.dependencies.is_empty() {
        map.insert("depends_on".into(), object.dependencies.iter().map(|d| json!(d.to_string())).collect());
    }
    if object.status == ObjectStatus::Tainted {
        map.insert("tainted".into(), true.into());
    }
    if let Some(deposed) = &key.deposed {
        map.insert("deposed_key".into(), deposed.to_string().into());
    }
    Json::Object(map)
}

/// The object's attributes as a value with its marks; `None` when its type is unknown or they do not fit it.
pub(super) fn object_value(addr: &InstanceAddr, object: &Object, schemas: Schemas<'_>) -> Option<Value> {
    let schema = schemas(addr.resource.mode, &addr.resource.type_name)?;
    let value = base_json::from_json(&object.attributes, &schema.block.ty()).ok()?;
    Some(mark_secrets(schema, value.mark_paths(&object.sensitive_paths)))
}

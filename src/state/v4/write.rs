//! [`State`] to the bytes of a version 4 file, keys and entries in Terraform's order.
//! Knows nothing of where the bytes go.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value as Json;

use super::TERRAFORM_VERSION;
use super::json::{Attributes, Checks, to_vec};
use crate::base::json::{to_json, type_to_json};
use crate::base::{InstanceKey, Mode, Path, PathStep, ResourceAddr};
use crate::state::{Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};

/// Keys of an instance object that stand before `private` when a file has them.
const BEFORE_PRIVATE: [&str; 2] = ["identity_schema_version", "identity"];

/// The file, with a newline at its end.
///
/// Serial and lineage are written as they are. A state without a `terraform_version` gets [`TERRAFORM_VERSION`].
pub fn write(state: &State) -> Vec<u8> {
    // Maps with string keys written to memory cannot fail.
    let mut bytes = to_vec(&File(state)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

struct File<'a>(&'a State);

impl Serialize for File<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = self.0;
        // Terraform compares module addresses as texts: module.m[10] comes before module.m[2].
        let mut resources: Vec<Resource<'_>> =
            state.resources.iter().map(|(addr, r)| Resource(addr.module.to_string(), addr, r)).collect();
        resources.sort_by(|a, b| a.0.cmp(&b.0));
        let version = Some(state.terraform_version.as_str()).filter(|v| !v.is_empty());

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &4)?;
        map.serialize_entry("terraform_version", version.unwrap_or(TERRAFORM_VERSION))?;
        map.serialize_entry("serial", &state.serial)?;
        map.serialize_entry("lineage", &state.lineage)?;
        map.serialize_entry("outputs", &Outputs(state))?;
        map.serialize_entry("resources", &resources)?;
        map.serialize_entry("check_results", &state.check_results.as_ref().map(Checks))?;
        map.end()
    }
}

struct Outputs<'a>(&'a State);

impl Serialize for Outputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.outputs.iter().map(|(name, output)| (&**name, Output(output))))
    }
}

struct Output<'a>(&'a OutputValue);

impl Serialize for Output<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.0.value)?;
        map.serialize_entry("type", &self.0.ty)?;
        if self.0.sensitive {
            map.serialize_entry("sensitive", &true)?;
        }
        map.end()
    }
}

struct Resource<'a>(String, &'a ResourceAddr, &'a ResourceState);

impl Serialize for Resource<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Resource(module, addr, resource) = self;
        let mut map = serializer.serialize_map(None)?;
        if !module.is_empty() {
            map.serialize_entry("module", module)?;
        }
        map.serialize_entry("mode", if addr.mode == Mode::Data { "data" } else { "managed" })?;
        map.serialize_entry("type", &*addr.type_name)?;
        map.serialize_entry("name", &*addr.name)?;
        map.serialize_entry("provider", &resource.provider)?;
        let instances: Vec<Instance<'_>> = resource.objects.iter().map(|(k, o)| Instance(k, o)).collect();
        map.serialize_entry("instances", &instances)?;
        map.end()
    }
}

struct Instance<'a>(&'a ObjectKey, &'a Object);

impl Serialize for Instance<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Instance(key, object) = self;
        let mut map = serializer.serialize_map(None)?;
        match &key.instance {
            Some(InstanceKey::Int(i)) => map.serialize_entry("index_key", i)?,
            Some(InstanceKey::Str(s)) => map.serialize_entry("index_key", &**s)?,
            None => {}
        }
        if object.status == ObjectStatus::Tainted {
            map.serialize_entry("status", "tainted")?;
        }
        if let Some(deposed) = &key.deposed {
            map.serialize_entry("deposed", &**deposed)?;
        }
        map.serialize_entry("schema_version", &object.schema_version)?;
        if !object.attributes.is_null() {
            map.serialize_entry("attributes", &Attributes(&object.attributes))?;
        }
        let paths: Vec<Json> = object.sensitive_paths.iter().map(path_to_json).collect();
        map.serialize_entry("sensitive_attributes", &paths.iter().map(Steps).collect::<Vec<_>>())?;
        for key in BEFORE_PRIVATE {
            if let Some(value) = object.extra.get(key) {
                map.serialize_entry(key, value)?;
            }
        }
        if let Some(private) = &object.private {
            map.serialize_entry("private", private)?;
        }
        if !object.dependencies.is_empty() {
            let texts: Vec<String> = object.dependencies.iter().map(ToString::to_string).collect();
            map.serialize_entry("dependencies", &texts)?;
        }
        if object.create_before_destroy {
            map.serialize_entry("create_before_destroy", &true)?;
        }
        for (key, value) in &object.extra {
            if !BEFORE_PRIVATE.contains(&key.as_str()) {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl Serialize for Object {
    /// As an instance without its key.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Instance(&ObjectKey::default(), self).serialize(serializer)
    }
}

/// The way to a part of a value as the file writes it.
pub(super) fn path_to_json(path: &Path) -> Json {
    let index =
        |value: Json, ty: Json| serde_json::json!({"type": "index", "value": {"value": value, "type": ty}});
    path.steps()
        .iter()
        .map(|step| match step {
            PathStep::Attr(name) => serde_json::json!({"type": "get_attr", "value": &**name}),
            PathStep::Key(key) => index(Json::from(&**key), Json::from("string")),
            PathStep::Index(i) => index(Json::from(*i), Json::from("number")),
            PathStep::Element(value) => index(to_json(value), type_to_json(&value.ty())),
        })
        .collect()
}

/// Steps of a path: the step has its type first, the index value its value.
struct Steps<'a>(&'a Json);

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Array(steps) => serializer.collect_seq(steps.iter().map(Steps)),
            Json::Object(step) => serializer.collect_map(step.iter().map(|(k, v)| (k, Attributes(v)))),
            plain => plain.serialize(serializer),
        }
    }
}

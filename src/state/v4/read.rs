//! The bytes of a version 4 file to [`State`], with the line and column of whatever is wrong with them.
//! Knows nothing of where the bytes come from, and never shows a value that it found.

use std::collections::btree_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value as Json;

use super::TERRAFORM_VERSION;
use super::error::{RESTORE, ReadError, explain};
use super::head::Head;
use crate::base::json::{from_json, type_from_json};
use crate::base::{InstanceKey, Mode, ModuleAddr, Path, PathStep, ResourceAddr, Type};
use crate::state::upgrade;
use crate::state::{Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};

/// A state as it was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    /// The state.
    pub state: State,
    /// What a person should know about the file, in full sentences: a newer writer, keys that a write would drop.
    pub notes: Vec<String>,
}

/// Nobody counts further; what does is damaged, and would leave no room for the next serials.
pub(super) const LAST_SERIAL: u64 = u64::MAX / 2;

/// Reads a version 4 file.
///
/// # Errors
/// A [`ReadError`] for what is empty, no JSON, no state, of another version, or at odds with itself.
pub fn read(bytes: &[u8]) -> Result<Read, ReadError> {
    if bytes.trim_ascii().is_empty() {
        return Err(ReadError {
            summary: "State file is empty",
            detail: format!("There is nothing in it. {RESTORE}"),
        });
    }
    if !begins_as_version_4(bytes) {
        let mut head = Head::default();
        run(bytes, &mut head)?;
        upgrade::accept(&head)?;
    }

    let mut notes = Vec::new();
    let state = run(bytes, File { notes: &mut notes })?;
    if newer(&state.terraform_version, TERRAFORM_VERSION) {
        notes.push(format!(
            "The state was written by version {}, which is newer than the {TERRAFORM_VERSION} this program knows. \
             What that version added is kept.",
            state.terraform_version
        ));
    }
    Ok(Read { state, notes })
}

/// Whether the first thing in a file is that it has version 4, as in every file a program wrote. Spares a pass.
fn begins_as_version_4(bytes: &[u8]) -> bool {
    let parts: [&[u8]; 4] = [b"{", b"\"version\"", b":", b"4"];
    let rest = parts.iter().try_fold(bytes, |rest, part| rest.trim_ascii_start().strip_prefix(*part));
    rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b","))
}

fn run<'de, S: DeserializeSeed<'de>>(bytes: &'de [u8], seed: S) -> Result<S::Value, ReadError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = seed.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| explain(bytes, &error))
}

/// Whether one version is after another; only the numbers count.
fn newer(version: &str, than: &str) -> bool {
    let numbers = |v: &str| -> Vec<u64> {
        let core = v.split(['-', '+']).next().unwrap_or("");
        core.split('.').map(|n| n.parse().unwrap_or(0)).collect()
    };
    numbers(version) > numbers(than)
}

/// Declares how a seed is fed: as a map or as a sequence.
macro_rules! seed {
    ($name:ident => $value:ty, $method:ident) => {
        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = $value;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.$method(self)
            }
        }
    };
}

struct File<'n> {
    notes: &'n mut Vec<String>,
}
seed!(File => State, deserialize_map);

impl<'de> Visitor<'de> for File<'_> {
    type Value = State;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<State, A::Error> {
        let mut state = State::default();
        let (mut serial, mut lineage) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => _ = map.next_value::<IgnoredAny>()?,
                "terraform_version" => state.terraform_version = map.next_value()?,
                "serial" => serial = Some(map.next_value()?),
                "lineage" => lineage = Some(map.next_value()?),
                "outputs" => map.next_value_seed(Outputs { state: &mut state, notes: self.notes })?,
                "resources" => map.next_value_seed(Resources { state: &mut state, notes: self.notes })?,
                "check_results" => state.check_results = map.next_value()?,
                other => {
                    map.next_value::<IgnoredAny>()?;
                    self.notes.push(dropped(other, "the file"));
                }
            }
        }
        state.serial = serial.ok_or_else(|| A::Error::custom("the state has no serial"))?;
        if state.serial > LAST_SERIAL {
            return Err(A::Error::custom(
                "the serial of the state is so large that hardly any could follow it",
            ));
        }
        state.lineage = lineage.unwrap_or_default();
        Ok(state)
    }
}

fn dropped(key: &str, owner: &str) -> String {
    format!("The key {key:?} of {owner} is not known to this version. The next write would drop it.")
}

struct Outputs<'s> {
    state: &'s mut State,
    notes: &'s mut Vec<String>,
}
seed!(Outputs => (), deserialize_map);

impl<'de> Visitor<'de> for Outputs<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of outputs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let output = map.next_value_seed(Output { name: &name, notes: self.notes })?;
            if self.state.outputs.insert(name.as_str().into(), output).is_some() {
                return Err(A::Error::custom(format!("the output {name} is there twice")));
            }
        }
        Ok(())
    }
}

struct Output<'s> {
    name: &'s str,
    notes: &'s mut Vec<String>,
}
seed!(Output => OutputValue, deserialize_map);

impl<'de> Visitor<'de> for Output<'_> {
    type Value = OutputValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an output")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OutputValue, A::Error> {
        let mut output = OutputValue { value: Json::Null, ty: Json::from("dynamic"), sensitive: false };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "value" => output.value = map.next_value()?,
                "type" => output.ty = map.next_value()?,
                "sensitive" => output.sensitive = map.next_value()?,
                other => {
                    map.next_value::<IgnoredAny>()?;
                    self.notes.push(dropped(other, &format!("the output {}", self.name)));
                }
            }
        }
        if type_from_json(&output.ty).is_none() {
            return Err(A::Error::custom(format!("the type of the output {} is not known", self.name)));
        }
        Ok(output)
    }
}

struct Resources<'s> {
    state: &'s mut State,
    notes: &'s mut Vec<String>,
}
seed!(Resources => (), deserialize_seq);

impl<'de> Visitor<'de> for Resources<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Resource { state: self.state, notes: self.notes })?.is_some() {}
        Ok(())
    }
}

struct Resource<'s> {
    state: &'s mut State,
    notes: &'s mut Vec<String>,
}
seed!(Resource => (), deserialize_map);

impl<'de> Visitor<'de> for Resource<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut module = ModuleAddr::default();
        let (mut mode, mut type_name, mut name) = (None, None, None);
        let mut resource = ResourceState::default();
        let mut unknown = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "module" => {
                    let text: String = map.next_value()?;
                    module = text.parse().map_err(A::Error::custom)?;
                }
                "mode" => {
                    mode = Some(match map.next_value::<String>()?.as_str() {
                        "managed" => Mode::Managed,
                        "data" => Mode::Data,
                        _ => {
                            return Err(A::Error::custom(
                                "the mode of a resource is \"managed\" or \"data\"",
                            ));
                        }
                    });
                }
                "type" => type_name = Some(map.next_value::<String>()?),
                "name" => name = Some(map.next_value::<String>()?),
                "provider" => resource.provider = map.next_value()?,
                "instances" => map.next_value_seed(Instances(&mut resource))?,
                // Terraform wrote it once and ignores it since: the keys of the instances say it all.
                "each" => _ = map.next_value::<IgnoredAny>()?,
                other => {
                    map.next_value::<IgnoredAny>()?;
                    unknown.push(other.to_owned());
                }
            }
        }
        let missing = |what: &str| A::Error::custom(format!("a resource has no {what}"));
        let addr = ResourceAddr {
            module,
            mode: mode.ok_or_else(|| missing("mode"))?,
            type_name: type_name.filter(|t| !t.is_empty()).ok_or_else(|| missing("type"))?.into(),
            name: name.filter(|n| !n.is_empty()).ok_or_else(|| missing("name"))?.into(),
        };
        if resource.provider.is_empty() {
            return Err(A::Error::custom(format!("{addr} has no provider")));
        }
        self.notes.extend(unknown.iter().map(|key| dropped(key, &addr.to_string())));
        merge(self.state, addr, resource).map_err(A::Error::custom)
    }
}

/// Adds a resource; entries of the same address become one.
fn merge(state: &mut State, addr: ResourceAddr, resource: ResourceState) -> Result<(), String> {
    match state.resources.entry(addr) {
        Entry::Vacant(entry) => _ = entry.insert(resource),
        Entry::Occupied(mut entry) => {
            let addr = entry.key().clone();
            if entry.get().provider != resource.provider {
                return Err(format!("{addr} is there twice, with different providers"));
            }
            for (key, object) in resource.objects {
                let name = addr.instance(key.instance.clone());
                if entry.get_mut().objects.insert(key, object).is_some() {
                    return Err(format!("{name} is there twice"));
                }
            }
        }
    }
    Ok(())
}

struct Instances<'s>(&'s mut ResourceState);
seed!(Instances => (), deserialize_seq);

impl<'de> Visitor<'de> for Instances<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of instances")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some((key, object)) = seq.next_element_seed(Instance(PhantomData))? {
            let what = match (&key.instance, &key.deposed) {
                (Some(i), None) => format!("the instance {i}"),
                (None, None) => "the only instance".to_owned(),
                (_, Some(d)) => format!("the deposed object {d}"),
            };
            if self.0.objects.insert(key, object.into()).is_some() {
                return Err(A::Error::custom(format!("{what} of a resource is there twice")));
            }
        }
        Ok(())
    }
}

struct Instance<'s>(PhantomData<&'s ()>);
seed!(Instance => (ObjectKey, Object), deserialize_map);

impl<'de> Visitor<'de> for Instance<'_> {
    type Value = (ObjectKey, Object);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(ObjectKey, Object), A::Error> {
        let mut key = ObjectKey::default();
        let mut object = Object::default();
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "index_key" => key.instance = index_key(&map.next_value()?).map_err(A::Error::custom)?,
                "status" => {
                    object.status = match map.next_value::<String>()?.as_str() {
                        "" => ObjectStatus::Ready,
                        "tainted" => ObjectStatus::Tainted,
                        _ => {
                            return Err(A::Error::custom(
                                "the status of an instance is \"tainted\" or nothing",
                            ));
                        }
                    };
                }
                "deposed" => {
                    key.deposed = Some(map.next_value::<String>()?).filter(|d| !d.is_empty()).map(Into::into);
                }
                "schema_version" => object.schema_version = map.next_value()?,
                "attributes" => {
                    object.attributes = map.next_value()?;
                    if !object.attributes.is_object() && !object.attributes.is_null() {
                        return Err(A::Error::custom("the attributes of an instance are a map"));
                    }
                }
                "sensitive_attributes" => {
                    object.sensitive_paths = paths(&map.next_value()?).map_err(A::Error::custom)?;
                }
                "private" => object.private = map.next_value()?,
                "dependencies" => {
                    for text in map.next_value::<Vec<String>>()? {
                        let addr = text.parse().map_err(|_| {
                            A::Error::custom(format!("the dependency {text:?} is no resource"))
                        })?;
                        object.dependencies.push(addr);
                    }
                }
                "create_before_destroy" => object.create_before_destroy = map.next_value()?,
                _ => _ = object.extra.insert(name, map.next_value()?),
            }
        }
        Ok((key, object))
    }
}

impl<'de> Deserialize<'de> for Object {
    /// From an instance, whatever its key.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Instance(PhantomData).deserialize(deserializer).map(|(_, object)| object)
    }
}

fn index_key(json: &Json) -> Result<Option<InstanceKey>, &'static str> {
    match json {
        Json::Null => Ok(None),
        Json::String(s) => Ok(Some(InstanceKey::Str(s.as_str().into()))),
        Json::Number(n) => n
            .as_u64()
            .map(|n| Some(InstanceKey::Int(n)))
            .ok_or("the key of an instance is a whole number that is not negative, or a string"),
        _ => Err("the key of an instance is a whole number that is not negative, or a string"),
    }
}

const PATHS: &str = "sensitive_attributes is a list of paths, each a list of get_attr and index steps";

pub(super) fn paths(json: &Json) -> Result<Vec<Path>, &'static str> {
    match json {
        Json::Null => Ok(Vec::new()),
        Json::Array(paths) => paths
            .iter()
            .map(|path| {
                let steps = path.as_array().ok_or(PATHS)?;
                Ok(steps.iter().map(|s| step(s).ok_or(PATHS)).collect::<Result<Vec<_>, _>>()?.into())
            })
            .collect(),
        _ => Err(PATHS),
    }
}

fn step(json: &Json) -> Option<PathStep> {
    let value = json.get("value")?;
    match json.get("type")?.as_str()? {
        "get_attr" => Some(PathStep::Attr(value.as_str()?.into())),
        "index" => {
            let (value, ty) = (value.get("value")?, type_from_json(value.get("type")?)?);
            match (value, &ty) {
                (Json::String(key), Type::String) => Some(PathStep::Key(key.as_str().into())),
                (Json::Number(n), Type::Number) if n.as_u64().is_some() => {
                    Some(PathStep::Index(usize::try_from(n.as_u64()?).ok()?))
                }
                _ => Some(PathStep::Element(Box::new(from_json(value, &ty).ok()?))),
            }
        }
        _ => None,
    }
}

//! `State`: what was created, as Terraform's version 4 files hold it.
//! Knows nothing of files, locks or schemas; attributes are JSON here.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::{InstanceAddr, InstanceKey, Mode, Name, Path, ResourceAddr};

/// Everything that was created.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// The program version that wrote it, as `terraform_version`.
    pub terraform_version: String,
    /// Counts the versions of the content; raised by one with every write of different content.
    pub serial: u64,
    /// Names the history that this state belongs to; a UUID made with the first write. Empty before that.
    pub lineage: String,
    /// The root module's outputs.
    pub outputs: BTreeMap<Name, OutputValue>,
    /// The resources in the order of their addresses.
    pub resources: BTreeMap<ResourceAddr, ResourceState>,
    /// The results of checks, kept as they were read.
    pub check_results: Option<Json>,
}

/// An output of the root module.
#[derive(Clone, PartialEq)]
pub struct OutputValue {
    /// The value.
    pub value: Json,
    /// Its type, as `base::json::type_to_json` writes it.
    pub ty: Json,
    /// Whether it is a secret.
    pub sensitive: bool,
}

impl fmt::Debug for OutputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive { f.write_str("(sensitive value)") } else { write!(f, "{}", self.value) }
    }
}

/// A resource and its objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResourceState {
    /// The provider configuration that manages it: `provider["registry.terraform.io/hashicorp/aws"].west`.
    pub provider: String,
    /// The objects, current ones before deposed ones of the same key. They are shared by the states of a run, which differ
    /// in few of them.
    pub objects: BTreeMap<ObjectKey, Arc<Object>>,
}

/// Eight hexadecimal digits that name an object left over from a replacement.
pub type Deposed = Name;

/// Which object of a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectKey {
    /// The instance.
    pub instance: Option<InstanceKey>,
    /// Set for an object that waits for its deletion after a replacement that created first.
    pub deposed: Option<Deposed>,
}

/// One object.
#[derive(Clone, PartialEq)]
pub struct Object {
    /// Ready or tainted.
    pub status: ObjectStatus,
    /// The schema version its attributes were written with.
    pub schema_version: u64,
    /// The attributes: all of the schema's, null where absent; and any that this version does not know.
    pub attributes: Json,
    /// Where marks sit.
    pub sensitive_paths: Vec<Path>,
    /// The provider's own bytes, base64 as read.
    pub private: Option<String>,
    /// The resources it depended on when it was last applied, near and far.
    pub dependencies: Vec<ResourceAddr>,
    /// Whether it is to be created before its predecessor is destroyed.
    pub create_before_destroy: bool,
    /// Keys of the instance object that this version does not know (such as `identity`), kept as they were read.
    pub extra: serde_json::Map<String, Json>,
}

impl Default for Object {
    /// A ready object without attributes.
    fn default() -> Self {
        Object {
            status: ObjectStatus::Ready,
            schema_version: 0,
            attributes: Json::Null,
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            extra: serde_json::Map::new(),
        }
    }
}

impl fmt::Debug for Object {
    /// Attributes may be secret, so only their names are shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.attributes.as_object().map(|a| a.keys().collect()).unwrap_or_default();
        f.debug_struct("Object")
            .field("status", &self.status)
            .field("attributes", &names)
            .field("dependencies", &self.dependencies)
            .finish_non_exhaustive()
    }
}

/// Whether an object is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObjectStatus {
    /// It is.
    #[default]
    Ready,
    /// Its creation failed half-way; it is replaced by the next apply.
    Tainted,
}

impl State {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.outputs.is_empty()
    }

    /// The current object at an address.
    pub fn object(&self, addr: &InstanceAddr) -> Option<&Object> {
        let key = ObjectKey { instance: addr.key.clone(), deposed: None };
        self.resources.get(&addr.resource)?.objects.get(&key).map(Arc::as_ref)
    }

    /// Every current object of managed resources, in address order.
    pub fn managed(&self) -> impl Iterator<Item = (InstanceAddr, &ResourceState, &Object)> {
        self.all()
            .filter(|(addr, key, ..)| addr.resource.mode == Mode::Managed && key.deposed.is_none())
            .map(|(addr, _, resource, object)| (addr, resource, object))
    }

    /// Every deposed object, in address order.
    pub fn deposed(&self) -> impl Iterator<Item = (InstanceAddr, &Deposed, &ResourceState, &Object)> {
        self.all().filter_map(|(addr, key, resource, object)| {
            key.deposed.as_ref().map(|deposed| (addr, deposed, resource, object))
        })
    }

    fn all(&self) -> impl Iterator<Item = (InstanceAddr, &ObjectKey, &ResourceState, &Object)> {
        self.resources.iter().flat_map(|(addr, resource)| {
            resource
                .objects
                .iter()
                .map(move |(key, object)| (addr.instance(key.instance.clone()), key, resource, &**object))
        })
    }

    /// Sets the object at an address; with `deposed`, the deposed one of that name.
    pub fn set(
        &mut self,
        addr: &InstanceAddr,
        deposed: Option<Deposed>,
        provider: &str,
        object: impl Into<Arc<Object>>,
    ) {
        let resource = self.resources.entry(addr.resource.clone()).or_default();
        resource.provider = provider.to_owned();
        resource.objects.insert(ObjectKey { instance: addr.key.clone(), deposed }, object.into());
    }

    /// Takes an object out; a resource without objects goes with it.
    pub fn remove(&mut self, addr: &InstanceAddr, deposed: Option<Deposed>) -> Option<Object> {
        let resource = self.resources.get_mut(&addr.resource)?;
        let object = resource.objects.remove(&ObjectKey { instance: addr.key.clone(), deposed });
        if resource.objects.is_empty() {
            self.resources.remove(&addr.resource);
        }
        object.map(Arc::unwrap_or_clone)
    }
}

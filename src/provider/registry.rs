//! `Registry`: the providers at hand, by the resource types they manage, and the provisioners.
//! Knows none of them; `cli` fills it.

use std::sync::Arc;

use super::{DataType, Provider, Provisioner, ResourceType};
use crate::base::Mode;
use crate::schema::Schema;

/// The providers and provisioners at hand.
#[derive(Clone, Default)]
pub struct Registry {
    providers: Vec<Arc<dyn Provider>>,
    provisioners: Vec<Arc<dyn Provisioner>>,
}

impl Registry {
    /// A registry of these providers.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Registry { providers: providers.into_iter().collect(), provisioners: Vec::new() }
    }

    /// The same with these provisioners.
    #[must_use]
    pub fn with_provisioners(self, provisioners: impl IntoIterator<Item = Arc<dyn Provisioner>>) -> Self {
        Registry { provisioners: provisioners.into_iter().collect(), ..self }
    }

    /// The provisioners, in the order of their registration.
    pub fn provisioners(&self) -> impl Iterator<Item = &Arc<dyn Provisioner>> {
        self.provisioners.iter()
    }

    /// A provisioner by the label of its blocks.
    pub fn provisioner(&self, name: &str) -> Option<&Arc<dyn Provisioner>> {
        self.provisioners.iter().find(|p| p.name() == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Provider>> {
        self.providers.iter()
    }

    /// A provider by its local name.
    pub fn named(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.providers.iter().find(|p| p.name() == name)
    }

    /// A provider by the address in state, whichever registry host wrote it.
    pub fn addressed(&self, address: &str) -> Option<&Arc<dyn Provider>> {
        let suffix = |a: &str| a.split_once('/').map_or(a.to_owned(), |(_, rest)| rest.to_owned());
        self.providers.iter().find(|p| suffix(p.address()) == suffix(address))
    }

    /// A provider by a `source` in `required_providers`: `aws`, `hashicorp/aws` or with a registry host before it.
    pub fn sourced(&self, source: &str) -> Option<&Arc<dyn Provider>> {
        let mut parts = source.rsplit('/');
        let (name, namespace) = (parts.next()?, parts.next().unwrap_or("hashicorp"));
        self.providers.iter().find(|p| {
            let mut own = p.address().rsplit('/');
            own.next() == Some(name) && own.next() == Some(namespace)
        })
    }

    /// A resource type and the provider that manages it.
    pub fn resource(&self, type_name: &str) -> Option<(&Arc<dyn Provider>, &'static ResourceType)> {
        self.providers.iter().find_map(|p| p.schema().resource(type_name).map(|t| (p, t)))
    }

    /// A data source type and the provider that reads it.
    pub fn data(&self, type_name: &str) -> Option<(&Arc<dyn Provider>, &'static DataType)> {
        self.providers.iter().find_map(|p| p.schema().data(type_name).map(|t| (p, t)))
    }

    /// The schema of a resource or data source type.
    pub fn schema(&self, mode: Mode, type_name: &str) -> Option<&'static Schema> {
        match mode {
            Mode::Managed => self.resource(type_name).map(|(_, t)| &t.schema),
            Mode::Data => self.data(type_name).map(|(_, t)| &t.schema),
        }
    }
}

//! `Targets`: what `-target` leaves in.
//! Knows addresses and the graph, nothing of values.

use std::collections::BTreeSet;

use super::graph::Graph;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, InstanceKey, ModuleAddr, ResourceAddr};

/// The instances that an operation is limited to, with everything they depend on.
pub(super) struct Targets {
    /// Empty means everything.
    named: Vec<Named>,
    /// The resources that the named ones depend on.
    needed: BTreeSet<ResourceAddr>,
}

enum Named {
    Module(ModuleAddr),
    Resource(ResourceAddr),
    Instance(ResourceAddr, InstanceKey),
}

impl Named {
    /// Whether some instance of a resource, as configuration knows it, is covered.
    fn covers_some_of(&self, resource: &ResourceAddr) -> bool {
        match self {
            Named::Module(module) => resource.module.is_within(&module.path()),
            Named::Resource(named) | Named::Instance(named, _) => named.config() == *resource,
        }
    }

    fn covers(&self, addr: &InstanceAddr) -> bool {
        let at = &addr.resource.module;
        match self {
            Named::Module(module) => at.is_within(module),
            Named::Resource(named) | Named::Instance(named, _) if !at.is_within(&named.module) => false,
            Named::Resource(named) => named.config() == addr.resource.config(),
            Named::Instance(named, key) => {
                named.config() == addr.resource.config() && addr.key.as_ref() == Some(key)
            }
        }
    }
}

impl Targets {
    /// Reads the addresses and closes them over the graph.
    pub(super) fn new(texts: &[String], graph: &Graph) -> Result<Targets, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut named = Vec::new();
        for text in texts {
            if let Ok(module) = text.parse::<ModuleAddr>()
                && !module.is_root()
            {
                named.push(Named::Module(module));
                continue;
            }
            match text.parse::<InstanceAddr>() {
                Ok(InstanceAddr { resource, key: None }) => named.push(Named::Resource(resource)),
                Ok(InstanceAddr { resource, key: Some(key) }) => named.push(Named::Instance(resource, key)),
                Err(error) => problems.push(Diagnostic::error("Invalid target", error.to_string())),
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let needed = graph
            .dependencies
            .iter()
            .filter(|(addr, _)| named.iter().any(|n| n.covers_some_of(addr)))
            .flat_map(|(_, dependencies)| dependencies.iter().cloned())
            .collect();
        Ok(Targets { named, needed })
    }

    /// Whether everything is in.
    pub(super) fn is_everything(&self) -> bool {
        self.named.is_empty()
    }

    /// Whether an instance is in.
    pub(super) fn include(&self, addr: &InstanceAddr) -> bool {
        self.is_everything()
            || self.needed.contains(&addr.resource.config())
            || self.named.iter().any(|n| n.covers(addr))
    }

    /// Whether some instance of a resource may be in.
    pub(super) fn include_some_of(&self, resource: &ResourceAddr) -> bool {
        self.is_everything()
            || self.needed.contains(resource)
            || self.named.iter().any(|n| n.covers_some_of(resource))
    }

    /// Whether something in a module may be in.
    pub(super) fn include_some_within(&self, path: &ModuleAddr) -> bool {
        self.is_everything()
            || self.needed.iter().any(|addr| addr.module.is_within(path))
            || self.named.iter().any(|named| {
                let module = match named {
                    Named::Module(module) => module.path(),
                    Named::Resource(addr) | Named::Instance(addr, _) => addr.module.path(),
                };
                module.is_within(path) || path.is_within(&module)
            })
    }

    /// Adds what would have to go before a target can be destroyed: everything that depended on it.
    pub(super) fn with_dependents(mut self, old: &crate::plan::order::Dependencies) -> Self {
        if !self.is_everything() {
            self.needed = old
                .iter()
                .filter(|(_, dependencies)| {
                    dependencies.iter().any(|d| self.named.iter().any(|n| n.covers_some_of(d)))
                })
                .map(|(dependent, _)| dependent.clone())
                .collect();
        }
        self
    }

    /// The warning that goes with every limited plan.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        (!self.is_everything()).then(|| {
            Diagnostic::warning(
                "Resource targeting is in effect",
                "You are creating a plan with the -target option, which means that the result of this plan may not \
                 represent all of the changes requested by the current configuration.\n\nThe -target option is not for \
                 routine use, and is provided only for exceptional situations such as recovering from errors or \
                 mistakes, or when lambdaform specifically suggests to use it as part of an error message.",
            )
        })
    }
}

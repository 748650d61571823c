//! `Needs`: the providers that each module of a configuration needs, declared or implied.
//! Knows nothing of which providers there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{ModuleAddr, Name};
use crate::config::{Config, Module, VersionConstraint};
use crate::state::State;

use super::super::provider_source;

/// What a module needs, and the modules it calls.
#[derive(Debug, Default)]
pub struct Needs {
    /// Addresses with their constraints, which are empty where none are declared.
    providers: BTreeMap<String, String>,
    children: BTreeMap<Name, Needs>,
}

impl Needs {
    /// What a whole configuration needs.
    pub fn of(config: &Config) -> Self {
        let mut root = Needs::default();
        for (path, module) in config.modules() {
            root.at(&path).providers = of_module(module);
        }
        root
    }

    fn at(&mut self, path: &ModuleAddr) -> &mut Needs {
        path.steps().iter().fold(self, |needs, (name, _)| needs.children.entry(name.clone()).or_default())
    }

    /// The addresses, of all modules.
    pub fn addresses(&self) -> BTreeSet<String> {
        let below = self.children.values().flat_map(Needs::addresses);
        self.providers.keys().cloned().chain(below).collect()
    }

    /// The tree as lines, providers before modules.
    pub fn tree(&self) -> String {
        let mut out = String::new();
        self.lines("", &mut out);
        out
    }

    fn lines(&self, indent: &str, out: &mut String) {
        let count = self.providers.len() + self.children.len();
        let fork = |at: usize| {
            if at + 1 == count { ("└── ", "    ") } else { ("├── ", "│\u{a0}\u{a0} ") }
        };
        for (at, (address, constraint)) in self.providers.iter().enumerate() {
            let (branch, _) = fork(at);
            let constraint = if constraint.is_empty() { String::new() } else { format!(" {constraint}") };
            out.push_str(&format!("{indent}{branch}provider[{address}]{constraint}\n"));
        }
        for (at, (name, needs)) in self.children.iter().enumerate() {
            let (branch, more) = fork(self.providers.len() + at);
            out.push_str(&format!("{indent}{branch}module.{name}\n"));
            needs.lines(&format!("{indent}{more}"), out);
        }
    }
}

fn of_module(module: &Module) -> BTreeMap<String, String> {
    let mut needs = BTreeMap::new();
    let address = |name: &Name| {
        let declared = module.required_providers.get(name).and_then(|required| required.source.as_ref());
        declared
            .and_then(|source| provider_source::full(source).ok())
            .unwrap_or_else(|| provider_source::implied(name))
    };
    for (name, required) in &module.required_providers {
        let constraint = required.version.as_ref().and_then(|text| text.parse::<VersionConstraint>().ok());
        needs.insert(address(name), constraint.map(|constraint| constraint.to_string()).unwrap_or_default());
    }
    let configured = module.providers.iter().map(|provider| provider.reference.name.clone());
    let managed = module.resources.values().map(|resource| match &resource.provider {
        Some(provider) => provider.name.clone(),
        None => resource.addr.type_name.split('_').next().unwrap_or_default().into(),
    });
    for name in configured.chain(managed) {
        needs.entry(address(&name)).or_default();
    }
    needs
}

/// The addresses of the providers that a state names.
pub fn of_state(state: &State) -> BTreeSet<String> {
    let address = |text: &str| Some(text.split_once("provider[\"")?.1.split_once('"')?.0.to_owned());
    state.resources.values().filter_map(|resource| address(&resource.provider)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_drawn_as_terraforms() {
        let providers = [("a".to_owned(), "~> 1.0".to_owned()), ("b".to_owned(), String::new())].into();
        let mut root = Needs { providers, ..Needs::default() };
        root.at(&"module.m.module.g".parse().unwrap()).providers = [("b".to_owned(), String::new())].into();
        root.at(&"module.n".parse().unwrap()).providers = [("c".to_owned(), String::new())].into();
        let expected = "├── provider[a] ~> 1.0\n├── provider[b]\n├── module.m\n│\u{a0}\u{a0} └── module.g\n│\u{a0}\u{a0}     └── provider[b]\n\
                        └── module.n\n    └── provider[c]\n";
        assert_eq!(root.tree(), expected);
        assert_eq!(root.addresses().len(), 3);
    }
}

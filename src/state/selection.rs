//! `Selection`: what an address on a command line stands for in a state, and the order in which addresses are listed.
//! Knows nothing of what is done with what it selects.

use std::fmt;
use std::str::FromStr;

use super::State;
use crate::base::{AddressError, InstanceAddr, ModuleAddr, ResourceAddr};

/// A module with all that is in it, a resource with all its instances, or one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// `module.m`, which stands for all its instances, or `module.m[0]`.
    Module(ModuleAddr),
    /// `aws_lambda_function.api`
    Resource(ResourceAddr),
    /// `aws_lambda_function.api["a"]`
    Instance(InstanceAddr),
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selection::Module(addr) => addr.fmt(f),
            Selection::Resource(addr) => addr.fmt(f),
            Selection::Instance(addr) => addr.fmt(f),
        }
    }
}

impl FromStr for Selection {
    type Err = AddressError;

    /// Reads an address. One of a resource without a key is the resource, even if it has a single instance.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Ok(addr) = text.parse::<ModuleAddr>()
            && !addr.is_root()
            && !text.ends_with('.')
        {
            return Ok(Selection::Module(addr));
        }
        let addr: InstanceAddr = text.parse()?;
        Ok(match addr.key {
            Some(_) => Selection::Instance(addr),
            None => Selection::Resource(addr.resource),
        })
    }
}

impl Selection {
    /// Whether an instance is part of it.
    pub fn covers(&self, addr: &InstanceAddr) -> bool {
        match self {
            Selection::Module(module) => addr.resource.module.is_within(module),
            Selection::Resource(resource) => addr.resource == *resource,
            Selection::Instance(instance) => addr == instance,
        }
    }

    /// The instances of a state that are part of it, in Terraform's order.
    pub fn instances(&self, state: &State) -> Vec<InstanceAddr> {
        instances(state).into_iter().filter(|addr| self.covers(addr)).collect()
    }
}

/// Every instance that has an object, current or deposed, in Terraform's order: that of nearer modules first.
pub fn instances(state: &State) -> Vec<InstanceAddr> {
    let mut found: Vec<InstanceAddr> = state
        .resources
        .iter()
        .flat_map(|(addr, resource)| resource.objects.keys().map(|key| addr.instance(key.instance.clone())))
        .collect();
    found.sort_by(|a, b| depth(a).cmp(&depth(b)).then_with(|| a.cmp(b)));
    found.dedup();
    found
}

fn depth(addr: &InstanceAddr) -> usize {
    addr.resource.module.steps().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Object;

    fn state(addresses: &[&str]) -> State {
        let mut state = State::default();
        for text in addresses {
            let (text, deposed) = text.split_once('/').map_or((*text, None), |(t, d)| (t, Some(d.into())));
            state.set(&text.parse().unwrap(), deposed, "p", Object::default());
        }
        state
    }

    #[test]
    fn addresses_select_what_terraform_selects() {
        let state = state(&[
            "module.n[0].t.a",
            "module.n[1].module.g.t.z",
            "module.n[1].t.a",
            "module.nn.t.a",
            "t.b[10]",
            "t.b[2]",
            "t.gone/01234567",
            "data.t.d",
        ]);
        for (text, expected) in [
            ("t.b", "t.b[2] t.b[10]"),
            ("t.b[2]", "t.b[2]"),
            ("t.gone", "t.gone"),
            ("data.t.d", "data.t.d"),
            ("module.n", "module.n[0].t.a module.n[1].t.a module.n[1].module.g.t.z"),
            ("module.n[1]", "module.n[1].t.a module.n[1].module.g.t.z"),
            ("module.n[1].module.g", "module.n[1].module.g.t.z"),
            ("module.n.t.a", ""),
            ("module.n[2]", ""),
        ] {
            let selection: Selection = text.parse().unwrap();
            assert_eq!(selection.to_string(), text);
            let found: Vec<String> = selection.instances(&state).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn nothing_is_no_address() {
        for text in ["", "module.m.", "t", "module", "module.m..t.a"] {
            assert!(text.parse::<Selection>().is_err(), "{text}");
        }
    }
}

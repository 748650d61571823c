//! The types of resources: what a resource's type is to the providers at hand, and the error where it is nothing to them.
//! Knows nothing of what is done with it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::expand::Times;
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Mode, ModuleAddr, ResourceAddr};
use crate::config::{Config, Resource};
use crate::provider::{Provider, Registry};
use crate::schema::Schema;
use crate::state::State;

const UNSUPPORTED: &str = "Unsupported resource type";
const UNSUPPORTED_DATA: &str = "Unsupported data source";
const UNSUPPORTED_IN_STATE: &str = "Unsupported resource type in state";

/// The provider and schema of a resource's type.
pub(super) fn kind_of<'r>(
    registry: &'r Registry,
    resource: &Resource,
) -> Option<(&'r Arc<dyn Provider>, &'static Schema)> {
    match resource.addr.mode {
        Mode::Managed => registry.resource(&resource.addr.type_name).map(|(p, t)| (p, &t.schema)),
        Mode::Data => registry.data(&resource.addr.type_name).map(|(p, t)| (p, &t.schema)),
    }
}

/// Whether objects of a resource's type can be read and planned.
pub(super) fn is_supported(registry: &Registry, addr: &ResourceAddr) -> bool {
    registry.schema(addr.mode, &addr.type_name).is_some()
}

/// The resources, as configuration knows them, of types that are not supported, of which state has objects: nothing can be
/// planned for them, but what refers to them can be told their values.
pub(super) fn held(registry: &Registry, state: &State) -> BTreeSet<ResourceAddr> {
    let current = state.resources.iter().filter(|(_, r)| r.objects.keys().any(|key| key.deposed.is_none()));
    current.filter(|(addr, _)| !is_supported(registry, addr)).map(|(addr, _)| addr.config()).collect()
}

/// The error for a type that is not supported, in a module: what it is, where, and how to go on.
pub(super) fn unsupported(registry: &Registry, resource: &Resource, at: &ModuleAddr) -> Diagnostic {
    let addr = resource.addr.within(&at.path());
    unsupported_type(registry, &addr).at(resource.span).within(resource.context()).of(&addr.instance(None))
}

/// The error for a type that is not supported: what it is, and how to go on.
pub(super) fn unsupported_type(registry: &Registry, addr: &ResourceAddr) -> Diagnostic {
    let (what, known): (&str, Vec<&str>) = match addr.mode {
        Mode::Managed => (
            "resource type",
            registry.iter().flat_map(|p| p.schema().resources.iter().map(|t| t.name)).collect(),
        ),
        Mode::Data => {
            ("data source", registry.iter().flat_map(|p| p.schema().data.iter().map(|t| t.name)).collect())
        }
    };
    let hint = did_you_mean(&addr.type_name, known.iter().copied());
    Diagnostic::error(
        match addr.mode {
            Mode::Managed => UNSUPPORTED,
            Mode::Data => UNSUPPORTED_DATA,
        },
        format!(
            "The {what} {:?} is not supported by this version of lambdaform.{hint} Keep it in a configuration of its own \
             that Terraform applies, and read what is needed here with the data source terraform_remote_state or from \
             variables. To work with the rest of this configuration meanwhile, leave it out: {}. What depends on it is planned \
             with the values that the state has of it, and left out too where the state has none. The supported types are listed by \"lambdaform providers schema -json\".",
            &*addr.type_name,
            flag(addr),
        ),
    )
}

/// The error for an object of a type that is not managed here.
pub(super) fn unsupported_in_state(addr: &InstanceAddr) -> Diagnostic {
    let moved = quoted(&addr.to_string());
    Diagnostic::error(
        UNSUPPORTED_IN_STATE,
        format!(
            "The state holds {addr}, of a type that this version of lambdaform does not manage. Keep it in Terraform: move it \
             into the state of a configuration of its own with \"terraform state mv -state-out=FILE {moved} {moved}\", and \
             read what is needed here with the data source terraform_remote_state. To work with the rest meanwhile, leave \
             it out: {}. What depends on it is planned with the values that the state has of it.",
            flag(&addr.resource)
        ),
    )
    .of(addr)
}

/// What is wrong with a state, and with the configuration as far as it has the same kind of mistake: what is declared of
/// types that are not supported is told with its place, though state has it too, and what state does not have is told along.
pub(super) fn with_declared(
    config: &Config,
    registry: &Registry,
    included: impl Fn(&ResourceAddr) -> bool,
    problems: Diagnostics,
) -> Diagnostics {
    let place = |problem: &Diagnostic| match &problem.address {
        Some(addr) if problem.summary == UNSUPPORTED_IN_STATE => Some(addr.resource.config()),
        _ => None,
    };
    let in_state: BTreeSet<ResourceAddr> = problems.iter().filter_map(place).collect();
    let mut declared = BTreeSet::new();
    let mut found = Diagnostics::new();
    for (at, module) in config.modules() {
        for resource in module.resources.values() {
            let addr = resource.addr.within(&at);
            let stands =
                || in_state.contains(&addr) || Times::of(resource).is_one() && stands_once(config, &at);
            if !is_supported(registry, &addr) && included(&addr) && stands() {
                found.push(unsupported(registry, resource, &at));
                declared.insert(addr);
            }
        }
    }
    let told = |problem: &Diagnostic| place(problem).is_some_and(|addr| declared.contains(&addr));
    found.extend(problems.into_iter().filter(|problem| !told(problem)));
    found
}

/// Whether a module has exactly one instance, whatever the values are.
pub(super) fn stands_once(config: &Config, at: &ModuleAddr) -> bool {
    at.ancestry().filter_map(|module| config.call(&module)).all(|call| Times::of_call(call).is_one())
}

/// Where several types are not supported, the last error about one names every flag, to be copied at once.
pub(super) fn together(problems: Diagnostics) -> Diagnostics {
    let is_one = |problem: &Diagnostic| {
        [UNSUPPORTED, UNSUPPORTED_DATA, UNSUPPORTED_IN_STATE].contains(&problem.summary.as_str())
    };
    let about: Vec<&ResourceAddr> = problems
        .iter()
        .filter(|problem| is_one(problem))
        .filter_map(|problem| problem.address.as_ref().map(|addr| &addr.resource))
        .collect();
    let flags: BTreeSet<String> = about.iter().copied().map(flag).collect();
    if flags.len() < 2 {
        return problems;
    }
    let all = flags.into_iter().collect::<Vec<_>>().join(" ");
    let mut left = problems.iter().filter(|problem| is_one(problem)).count();
    problems.map(|mut problem| {
        left -= usize::from(is_one(&problem));
        if left == 0 && is_one(&problem) {
            problem
                .detail
                .push_str(&format!("\n\nAll that is not supported here is left out with:\n\n  {all}"));
        }
        problem
    })
}

/// The flag that leaves a resource out, as a shell takes it.
fn flag(addr: &ResourceAddr) -> String {
    quoted(&format!("-exclude={addr}"))
}

/// A word for a shell: what has keys of instances in it would not reach the program as it is.
fn quoted(word: &str) -> String {
    if word.contains(['"', '[']) { format!("'{word}'") } else { word.to_owned() }
}

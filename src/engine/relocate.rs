//! Objects of a state at other addresses, where they may be of another type.
//! Knows nothing of what asks for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{InstanceAddr, Mode, ResourceAddr};
use crate::provider::{Foreign, Registry, TakenOver};
use crate::state::{Object, ObjectKey, State};

/// Moves everything at an address, deposed objects too.
pub(super) fn relocate(state: &mut State, from: &InstanceAddr, to: &InstanceAddr) {
    let Some(resource) = state.resources.get(&from.resource) else { return };
    let provider = resource.provider.clone();
    let keys: Vec<ObjectKey> =
        resource.objects.keys().filter(|key| key.instance == from.key).cloned().collect();
    for ObjectKey { deposed, .. } in keys {
        if let Some(object) = state.remove(from, deposed.clone()) {
            state.set(to, deposed, &provider, object);
        }
    }
}

/// Moves everything at an address to one of another type, whose provider says what it is there. Nothing is moved, and the
/// answer is false, if it does not say that of all.
pub(super) fn take_over(
    state: &mut State,
    from: &InstanceAddr,
    to: &InstanceAddr,
    registry: &Registry,
    provider_text: &str,
) -> bool {
    let type_name = &*to.resource.type_name;
    let managed = from.resource.mode == Mode::Managed && to.resource.mode == Mode::Managed;
    let Some((provider, kind)) = registry.resource(type_name).filter(|_| managed) else { return false };
    let Some(resource) = state.resources.get(&from.resource) else { return false };
    let found = resource.objects.iter().filter(|(key, _)| key.instance == from.key);
    let taken_over = found.map(|(key, object)| {
        let foreign = Foreign {
            type_name: &from.resource.type_name,
            attributes: &object.attributes,
            sensitive_paths: &object.sensitive_paths,
        };
        let TakenOver { attributes, sensitive_paths } = provider.take_over(type_name, &foreign)?;
        let object = Object {
            status: object.status,
            schema_version: kind.schema.version,
            attributes,
            sensitive_paths,
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            ..Object::default()
        };
        Some((key.deposed.clone(), object))
    });
    let Some(taken_over) = taken_over.collect::<Option<Vec<_>>>() else { return false };
    for (deposed, object) in taken_over {
        state.remove(from, deposed.clone());
        state.set(to, deposed, provider_text, object);
    }
    true
}

/// Objects that depended on what moved depend on it where it is now: it may have to outlive them.
pub(super) fn rename_dependencies(state: &mut State, renamed: &BTreeMap<ResourceAddr, ResourceAddr>) {
    if renamed.is_empty() {
        return;
    }
    let left: BTreeSet<ResourceAddr> = state.resources.keys().map(ResourceAddr::config).collect();
    let now = |addr: &ResourceAddr| {
        let mut addr = addr.clone();
        // Chains do not turn back, but a bound costs nothing.
        for _ in 0..=renamed.len() {
            match renamed.get(&addr) {
                Some(next) if !left.contains(&addr) => addr = next.clone(),
                _ => break,
            }
        }
        addr
    };
    let gone = |addr: &ResourceAddr| renamed.contains_key(addr) && !left.contains(addr);
    for (addr, resource) in &mut state.resources {
        let itself = addr.config();
        for object in resource.objects.values_mut() {
            if object.dependencies.iter().any(gone) {
                let object = std::sync::Arc::make_mut(object);
                let renamed: BTreeSet<ResourceAddr> = object.dependencies.iter().map(now).collect();
                object.dependencies =
                    renamed.into_iter().filter(|dependency| *dependency != itself).collect();
                object.dependencies.sort_by_cached_key(ToString::to_string);
            }
        }
    }
}

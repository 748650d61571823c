//! What `validate` finds wrong with import blocks: keys that their targets do not have, and ids that cannot be.
//! Looks for no object; what a block comes to while planning is `imports`' business.

use super::expand::Times;
use super::imports::{self, settled_id};
use super::scope::InstanceScope;
use super::world::World;
use crate::base::{Diagnostic, Diagnostics, ModuleAddr};
use crate::config::{Config, ExprKind, Import, ImportId, Resource};
use crate::lang;
use crate::provider::Registry;

/// Checks the import blocks of a configuration. A target without a declaration may yet get one generated.
pub(super) fn validate(config: &Config, registry: &Registry, world: &World<'_>) -> Diagnostics {
    let mut problems = imports::check(config, true);
    for import in &config.root.imports {
        let found = match config.resource(&import.to.resource) {
            Some(resource) => {
                key_of(import, resource).map_or_else(|| id_of(import, registry, world), Diagnostics::from)
            }
            None => id_of(import, registry, world),
        };
        problems.extend(found.map(|d| d.within("import")));
        // Locals and variables have problems of their own, told elsewhere.
        let _ = world.take_problems();
    }
    problems
}

/// A key where there are no instances with such keys, or none where there are.
fn key_of(import: &Import, resource: &Resource) -> Option<Diagnostic> {
    let Times { count, for_each, .. } = Times::of(resource);
    let written = import.to.key.as_ref().map(|key| &key.kind);
    let detail = match written {
        Some(ExprKind::Number(_)) if count.is_none() => "The target resource does not use count.",
        Some(ExprKind::String(_)) if for_each.is_none() => "The target resource does not use for_each.",
        None if count.is_some() => "The target resource is using count.",
        None if for_each.is_some() => "The target resource is using for_each.",
        _ => return None,
    };
    Some(Diagnostic::error("Invalid import 'to' expression", detail).at(import.to.span))
}

/// What can be said of an id without the values of variables.
fn id_of(import: &Import, registry: &Registry, world: &World<'_>) -> Diagnostics {
    if let Some(for_each) = &import.for_each
        && let Err(found) = lang::evaluate(for_each, &world.root().context())
    {
        return found;
    }
    let scope =
        InstanceScope::of_anything(world, &ModuleAddr::default()).only(import.for_each.is_some(), false);
    let (ImportId::Id(expr) | ImportId::Identity(expr)) = &import.id;
    match lang::evaluate(expr, &scope.context()) {
        Err(found) => found,
        // A value that nobody may see or that nobody knows yet may be right when it is used.
        Ok(value) if value.has_sensitive() || !value.is_wholly_known() => Diagnostics::new(),
        Ok(value) => settled_id(import, value, registry).err().unwrap_or_default(),
    }
}

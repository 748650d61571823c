//! Replacements: where a change forces one, and which of the two kinds it can be.
//! Knows nothing of the order of steps.

use super::instance::{Managed, prevented};
use crate::base::{Diagnostic, Diagnostics, Path, Value};
use crate::plan::Action;
use crate::plan::contract::equal;
use crate::plan::propose::is_empty;
use crate::provider::{PlanResponse, ResourceType};
use crate::schema::Block;

/// Where the schema says that a change replaces, and there is one.
pub(super) fn forced(block: &Block, old: &Value, new: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(block, old, new, &Path::default(), &mut found);
    found
}

fn collect(block: &Block, old: &Value, new: &Value, at: &Path, found: &mut Vec<Path>) {
    let differ = |a: &Value, b: &Value| !(equal(a, b) || is_empty(a) && is_empty(b));
    for attribute in block.attributes.iter().filter(|a| a.replace) {
        if let (Some(a), Some(b)) = (old.get(attribute.name), new.get(attribute.name))
            && differ(a, b)
        {
            found.push(at.attr(attribute.name));
        }
    }
    for nested in block.blocks {
        let (Some(a), Some(b)) = (old.get(nested.name), new.get(nested.name)) else { continue };
        let path = at.attr(nested.name);
        if nested.replace {
            if differ(a, b) {
                found.push(path);
            }
            continue;
        }
        for (i, (a, b)) in
            a.as_items().unwrap_or_default().iter().zip(b.as_items().unwrap_or_default()).enumerate()
        {
            collect(&nested.block, a, b, &path.index(i), found);
        }
    }
}

/// Which of the two replacements, and whether it can work at all.
pub(super) fn kind(
    managed: &Managed<'_>,
    response: &PlanResponse,
    old: Option<&Value>,
    problems: &mut Diagnostics,
) -> Result<Action, ()> {
    let Managed { addr, resource, ty, .. } = managed;
    if resource.lifecycle.prevent_destroy {
        problems.push(prevented(addr, resource));
        return Err(());
    }
    if !managed.create_first {
        return Ok(Action::DeleteThenCreate);
    }
    if !keeps_name(ty, old, &response.planned) || is_named_anew(ty, &managed.config.value) {
        return Ok(Action::CreateThenDelete);
    }
    if resource.lifecycle.create_before_destroy != Some(true) {
        // Only inherited from a dependent: destroying first works, creating first cannot.
        return Ok(Action::DeleteThenCreate);
    }
    let names: Vec<String> = ty.unique.iter().map(|n| format!("{n:?}")).collect();
    problems.push(
        Diagnostic::error(
            "Replacement cannot be created before the old object is destroyed",
            format!(
                "{addr} must be replaced and has create_before_destroy set, but {} would stay the same, and two objects \
                 of that name cannot exist at once. Give the new object another name, or remove create_before_destroy.",
                names.join(" and ")
            ),
        )
        .at(resource.span)
        .within(resource.context())
        .of(addr),
    );
    Err(())
}

/// Whether the attributes that name an object are known to stay as they are.
pub(super) fn keeps_name(ty: &ResourceType, old: Option<&Value>, planned: &Value) -> bool {
    !ty.unique.is_empty()
        && ty.unique.iter().all(|name| match (old.and_then(|o| o.get(name)), planned.get(name)) {
            (Some(old), Some(new)) => equal(old, new),
            _ => false,
        })
}

/// Whether the provider makes a part of the name, so that a replacement gets another one.
fn is_named_anew(ty: &ResourceType, config: &Value) -> bool {
    ty.unique.iter().any(|name| {
        let computed = ty.schema.block.attribute(name).is_some_and(|a| a.is_computed());
        computed && config.get(name).is_none_or(Value::is_null)
    })
}

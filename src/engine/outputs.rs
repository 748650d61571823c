//! Outputs evaluated and compared with what state has.
//! Knows nothing of how they are shown.

use super::checks::Checks;
use super::ephemeral;
use super::world::World;
use crate::base::{Diagnostic, Diagnostics, ModuleAddr, Name, Type, Value, json};
use crate::config::{CheckRule, Config, Module, Output};
use crate::lang;
use crate::plan::contract::equal;
use crate::plan::{Action, CheckKind, OutputChange};
use crate::state::{OutputValue, State};

/// Evaluates an output in the world as it is; `None` if a problem keeps it from having a value.
pub(super) fn evaluate(
    output: &Output,
    world: &World<'_>,
    checks: &mut Checks,
    problems: &mut Diagnostics,
) -> Option<Value> {
    let failed = preconditions(output, world, &ModuleAddr::default(), checks);
    let stop = failed.has_errors();
    problems.extend(failed);
    if stop {
        return None;
    }
    let scope = world.root();
    let context = format!("output {:?}", &*output.name);
    let value = lang::evaluate(&output.value, &scope.context());
    let found = world.take_problems();
    let stop = found.has_errors();
    problems.extend(found);
    match value {
        Ok(value) if ephemeral::is_ephemeral(&value, &output.value, &scope) => {
            problems.extend(ephemeral::undeclared_output(output).map(|d| d.within(context.clone())));
            None
        }
        Ok(value) if value.has_sensitive() && !output.sensitive => {
            problems.push(
                Diagnostic::error(
                    "Output refers to sensitive values",
                    "To reduce the risk of accidentally exporting sensitive data that was intended to be only internal, \
                     lambdaform requires that any root module output containing sensitive data be explicitly marked as \
                     sensitive, to confirm your intent.\n\nIf you do intend to export this data, annotate the output \
                     value as sensitive by adding the following argument:\n    sensitive = true",
                )
                .at(output.span)
                .within(context),
            );
            None
        }
        Ok(_) if stop => None,
        Ok(value) => Some(value.unmark_deep().0),
        Err(found) => {
            problems.extend(found.map(|d| d.within(context.clone())));
            None
        }
    }
}

/// Evaluates the preconditions of an output in one instance of a called module.
pub(super) fn check(
    config: &Config,
    at: &ModuleAddr,
    name: &Name,
    world: &World<'_>,
    checks: &mut Checks,
) -> Diagnostics {
    let output = config.module(at).and_then(|module| module.outputs.get(name));
    output.map_or_else(Diagnostics::new, |output| preconditions(output, world, at, checks))
}

fn preconditions(output: &Output, world: &World<'_>, at: &ModuleAddr, checks: &mut Checks) -> Diagnostics {
    let address = format!("output.{}", output.name);
    let (guarded, object) = (at.path().address_of(&address), at.address_of(&address));
    let failed =
        |_: &CheckRule, message| Diagnostic::error("Module output value precondition failed", message);
    let scope = world.scope(at);
    checks
        .run(CheckKind::Output, [&guarded, &object], &output.preconditions, &scope.context(), &failed)
        .map(|d| d.within(format!("output {:?}", &*output.name)))
}

/// What happens to each output, those that configuration no longer has included.
pub(super) fn plan(
    module: &Module,
    state: &State,
    world: &World<'_>,
    included: impl Fn(&Name) -> bool,
    checks: &mut Checks,
    problems: &mut Diagnostics,
) -> std::collections::BTreeMap<Name, OutputChange> {
    let mut changes = std::collections::BTreeMap::new();
    for (name, output) in &module.outputs {
        if !included(name) {
            continue;
        }
        let before = state.outputs.get(name);
        if let Some(after) = evaluate(output, world, checks, problems) {
            changes.insert(name.clone(), change(before, after, output.sensitive));
        }
    }
    for (name, before) in &state.outputs {
        if !module.outputs.contains_key(name) {
            changes.insert(name.clone(), deletion(before));
        }
    }
    changes
}

/// The change that removes an output.
pub(super) fn deletion(before: &OutputValue) -> OutputChange {
    OutputChange {
        action: Action::Delete,
        before: recorded(before),
        after: Value::NULL,
        sensitive: before.sensitive,
    }
}

fn change(before: Option<&OutputValue>, after: Value, sensitive: bool) -> OutputChange {
    let old = before.map(recorded).filter(|old| !old.is_null());
    // As in Terraform, an output without a value is not there.
    let action = match &old {
        None if after.is_null() => Action::NoOp,
        Some(_) if after.is_null() => Action::Delete,
        None => Action::Create,
        Some(old) if equal(old, &after) && before.is_some_and(|b| b.sensitive == sensitive) => Action::NoOp,
        Some(_) => Action::Update,
    };
    OutputChange {
        action,
        before: old.unwrap_or(Value::NULL),
        after,
        sensitive: sensitive || before.is_some_and(|b| b.sensitive),
    }
}

fn recorded(output: &OutputValue) -> Value {
    let ty = json::type_from_json(&output.ty).unwrap_or(Type::Dynamic);
    json::from_json(&output.value, &ty).unwrap_or(Value::NULL)
}

/// An output as state keeps it.
pub(super) fn record(value: &Value, sensitive: bool) -> OutputValue {
    OutputValue { value: json::to_json(value), ty: json::type_to_json(&value.ty()), sensitive }
}

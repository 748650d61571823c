//! Root module variables: inputs and defaults evaluated, converted, validated and marked.
//! Knows nothing of where inputs come from; `config::inputs` does.

use std::collections::{BTreeMap, HashSet};

use super::checks::Checks;
use super::world::World;
use crate::base::{Diagnostic, Diagnostics, ModuleAddr, Name, Span, Value, json};
use crate::config::{CheckRule, Config, Input, InputValue, Module, Variable};
use crate::lang;
use crate::plan::CheckKind;

/// What becomes of variables that nothing outside says anything about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// They have their defaults; it is an error to have none.
    Refused,
    /// They have their defaults, or are unknown.
    Unknown,
    /// They are unknown, because a value may stand in for the default at any time.
    Open,
}

/// Fills in every variable of the module.
pub(super) fn fill(
    world: &mut World<'_>,
    module: &Module,
    inputs: &BTreeMap<Name, Input>,
    unset: Unset,
    checks: &mut Checks,
) -> Diagnostics {
    let mut problems = check_types(world);
    if problems.has_errors() {
        return problems;
    }
    for (name, variable) in &module.variables {
        let value = match value(world, variable, inputs.get(name), unset) {
            Ok(value) => value,
            Err(found) => {
                problems.extend(found.map(|d| d.at(variable.span).within(format!("variable {:?}", &**name))));
                Value::unknown(variable.ty.ty())
            }
        };
        world.set_variable(name.clone(), value.with_sensitive(variable.is_secret()));
    }
    for (name, variable) in &module.variables {
        // The line of a variables file would show the value.
        let given = inputs.get(name).filter(|_| !variable.is_secret()).and_then(|input| input.origin.span());
        let place =
            Place { span: given.unwrap_or(variable.span), context: format!("variable {:?}", &**name) };
        problems.extend(check_declared(variable, world, &ModuleAddr::default(), &place, checks));
    }
    problems
}

/// What is wrong with the types of variables, in every module and whatever is given for them: defaults of optional
/// attributes that do not fit.
fn check_types(world: &World<'_>) -> Diagnostics {
    let scope = world.root();
    let context = scope.context();
    let mut problems = Diagnostics::new();
    let mut seen = HashSet::new();
    let variables = world.config().modules().flat_map(|(_, module)| module.variables.values());
    // A module that is called twice is written once.
    for variable in variables.filter(|variable| seen.insert(variable.span)) {
        let found = lang::check_constraint(&variable.ty, &context);
        problems.extend(found.map(|d| d.within(format!("variable {:?}", &*variable.name))));
    }
    problems
}

/// Evaluates the validations of a variable in one instance of a module.
pub(super) fn check(
    config: &Config,
    world: &World<'_>,
    at: &ModuleAddr,
    name: &Name,
    checks: &mut Checks,
) -> Diagnostics {
    let (Some(module), Some(call)) = (config.module(at), config.call(at)) else { return Diagnostics::new() };
    let Some(variable) = module.variables.get(name) else { return Diagnostics::new() };
    // Whatever is wrong with the value itself is among the world's problems.
    let _ = world.variable(at, module, name);
    let argument = call.body.attribute(name);
    let span = argument.map_or(call.span, |argument| argument.expr.span);
    let place = Place { span, context: call.context() };
    world.with_given(|| check_declared(variable, world, at, &place, checks))
}

/// Where a value comes from, which is to blame when it does not hold: the declaration is right.
struct Place {
    span: Span,
    context: String,
}

fn check_declared(
    variable: &Variable,
    world: &World<'_>,
    at: &ModuleAddr,
    place: &Place,
    checks: &mut Checks,
) -> Diagnostics {
    let address = format!("var.{}", variable.name);
    let scope = world.scope(at);
    let sources = &world.config().sources;
    let failed = |rule: &CheckRule, message| {
        let rule = sources.range_of(rule.span);
        let detail = format!("{message}\n\nThis was checked by the validation rule at {rule}.");
        Diagnostic::error("Invalid value for variable", detail).at(place.span).within(place.context.clone())
    };
    let (guarded, object) = (at.path().address_of(&address), at.address_of(&address));
    checks
        .run(CheckKind::Variable, [&guarded, &object], &variable.validations, &scope.context(), &failed)
        .map(|d| d.within(format!("variable {:?}", &*variable.name)))
}

fn value(
    world: &World<'_>,
    variable: &Variable,
    input: Option<&Input>,
    unset: Unset,
) -> Result<Value, Diagnostics> {
    let scope = world.root();
    let context = scope.context();
    let Some(input) = input else {
        return match (&variable.default, unset) {
            (Some(_), Unset::Open) => {
                lang::input_value(variable, None, &context).map(|_| Value::unknown(variable.ty.ty()))
            }
            (None, Unset::Open | Unset::Unknown) => Ok(Value::unknown(variable.ty.ty())),
            _ => lang::input_value(variable, None, &context),
        };
    };
    let given = match &input.value {
        InputValue::Expr(expr) => lang::evaluate(expr, &context)?,
        InputValue::Literal(text) => Value::text(text),
        InputValue::Json(json) => json::implied_value(json).map_err(|e| {
            Diagnostic::error("Invalid value for input variable", format!("The value is unsuitable: {e}."))
        })?,
    };
    lang::input_value(variable, Some(&given), &context).map_err(|found| {
        found.map(|d| {
            let detail = format!("{} It was given {}.", d.detail, input.origin.describe(&variable.name));
            let place = input.origin.span().filter(|_| !variable.is_secret());
            Diagnostic { detail, span: place.or(d.span), ..d }
        })
    })
}

//! Root module variables: inputs and defaults evaluated, converted, validated and marked.
//! Knows nothing of where inputs come from; `config::inputs` does.

use super::checks::Checks;
use super::world::World;
use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::config::{Input, InputValue, Module, Variable};
use crate::lang;
use crate::plan::CheckKind;

/// Fills in every variable of the module. A variable without input or default is unknown when `unknown_allowed` (as
/// while validating), and an error otherwise.
pub(super) fn fill(
    world: &mut World<'_>,
    module: &Module,
    inputs: &std::collections::BTreeMap<crate::base::Name, Input>,
    unknown_allowed: bool,
    checks: &mut Checks,
) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for (name, variable) in &module.variables {
        let value = match value(world, variable, inputs.get(name), unknown_allowed) {
            Ok(value) => value,
            Err(found) => {
                problems.extend(found.map(|d| d.at(variable.span).within(format!("variable {:?}", &**name))));
                Value::unknown(variable.ty.ty())
            }
        };
        world.set_variable(name.clone(), value.with_sensitive(variable.sensitive));
    }
    for (name, variable) in &module.variables {
        let address = format!("var.{name}");
        let scope = world.scope();
        problems.extend(
            checks
                .run(
                    CheckKind::Variable,
                    &address,
                    &address,
                    &variable.validations,
                    &scope.context(),
                    "Invalid value for variable",
                )
                .map(|d| d.within(format!("variable {:?}", &**name))),
        );
    }
    problems
}

fn value(
    world: &World<'_>,
    variable: &Variable,
    input: Option<&Input>,
    unknown_allowed: bool,
) -> Result<Value, Diagnostics> {
    let scope = world.scope();
    let context = scope.context();
    let default = |expr| lang::evaluate(expr, &context).and_then(|v| lang::apply_constraint(&v, &variable.ty, &context));
    let Some(input) = input else {
        return match &variable.default {
            // While validating, a value from outside may stand in for the default at any time.
            Some(expr) if unknown_allowed => default(expr).map(|v| Value::unknown(v.ty())),
            Some(expr) => default(expr),
            None if unknown_allowed => Ok(Value::unknown(variable.ty.ty())),
            None => Err(Diagnostic::error(
                "No value for required variable",
                format!(
                    "The root module input variable {:?} is not set, and has no default value. Use a -var or -var-file \
                     command line argument to provide a value for this variable.",
                    &*variable.name
                ),
            )
            .into()),
        };
    };
    let given = match &input.value {
        InputValue::Expr(expr) => lang::evaluate(expr, &context)?,
        InputValue::Literal(text) => Value::text(text),
        InputValue::Json(json) => crate::base::json::implied_value(json).map_err(|e| {
            Diagnostic::error("Invalid value for variable", format!("The value given by {} is unsuitable: {e}.", input.origin))
        })?,
    };
    if given.is_null() && !variable.nullable {
        return match &variable.default {
            Some(expr) => default(expr),
            None => Err(Diagnostic::error(
                "Required variable not set",
                format!(
                    "The given value is not suitable for {:?}: a null value was given by {}, but the variable is declared \
                     with nullable = false.",
                    &*variable.name, input.origin
                ),
            )
            .into()),
        };
    }
    if given.is_null() {
        return Ok(Value::null(match variable.ty.ty() {
            Type::Dynamic => Type::Dynamic,
            ty => ty,
        }));
    }
    lang::apply_constraint(&given, &variable.ty, &context).map_err(|found| {
        found.map(|d| {
            let detail = format!(
                "The given value is not suitable for var.{} (given by {}): {}",
                variable.name, input.origin, d.detail
            );
            Diagnostic { summary: "Invalid value for input variable".into(), detail, ..d }
        })
    })
}


//! The values of what needs nothing but itself: of constant expressions, and of the defaults of variables.
//! Knows no names and calls no functions.

use super::eval::evaluate;
use super::refs::references;
use super::scope::{Context, FunctionEnv, Reference, Scope};
use super::typed::input_value;
use crate::base::{Diagnostic, Value};
use crate::config::{Expr, ExprKind, Variable};

/// The value of an expression without references and calls, unless it makes no sense.
pub fn constant(expr: &Expr) -> Option<Value> {
    if calls(expr) || !references(expr).0.is_empty() {
        return None;
    }
    let env = FunctionEnv::default();
    evaluate(expr, &Context { scope: &NoNames, env: &env }).ok()
}

/// The default of a variable in its declared type, with those of its optional attributes; `None` if it has none, or one
/// that does not fit.
pub fn default_value(variable: &Variable) -> Option<Value> {
    variable.default.as_ref()?;
    let env = FunctionEnv::default();
    let value = input_value(variable, None, &Context { scope: &NoNames, env: &env }).ok()?;
    Some(value.unmark_deep().0)
}

fn calls(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Call(_));
    expr.for_each_child(&mut |child| found = found || calls(child));
    found
}

struct NoNames;

impl Scope for NoNames {
    fn resolve(&self, _: &Reference) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error("Variables not allowed", "A constant refers to nothing."))
    }
}

#[cfg(test)]
mod tests {
    use super::constant;
    use crate::base::Sources;
    use crate::config::parse_expression;

    #[test]
    fn what_refers_to_nothing_is_constant() {
        for (text, expected) in [
            ("1 + 2", true),
            ("\"a${1}b\"", true),
            ("[for x in [1, 2] : x * 2]", true),
            ("{ a = [{}] }.a[*]", true),
            ("true ? null : 1", true),
            ("var.x", false),
            ("[1, upper(\"x\")]", false),
            ("1 / 0", false),
        ] {
            let expr = parse_expression(text, &mut Sources::default(), "test").unwrap();
            assert_eq!(constant(&expr).is_some(), expected, "{text}");
        }
    }
}

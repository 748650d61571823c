//! Functions that need the evaluator: `try` and `can`, whose arguments may fail, and the templates.
//! Knows nothing of the other functions.

use super::eval::{Evaluated, Evaluator};
use super::functions::CallError;
use super::template_call;
use crate::base::{Diagnostics, Type, Value};
use crate::config::{Call, Expr};

type Special = fn(Evaluator<'_>, &Expr, &Call) -> Evaluated;

const TABLE: [(&str, Special); 4] = [
    ("can", can),
    ("templatefile", template_call::templatefile),
    ("templatestring", template_call::templatestring),
    ("try", try_each),
];

pub(super) fn find(name: &str) -> Option<Special> {
    TABLE.iter().find(|(n, _)| *n == name).map(|(_, special)| *special)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The arguments of a function with a fixed number of them, as expressions.
pub(super) fn exactly<'e, const N: usize>(
    cx: Evaluator<'_>,
    whole: &Expr,
    call: &'e Call,
    parameters: [&str; N],
) -> Result<&'e [Expr; N], Diagnostics> {
    <&[Expr; N]>::try_from(call.args.as_slice()).map_err(|_| {
        let name = &*call.name;
        let (summary, message) = match parameters.get(call.args.len()) {
            Some(missing) => (
                "Not enough function arguments",
                format!("Function {name:?} expects {N} argument(s). Missing value for {missing:?}."),
            ),
            None => {
                ("Too many function arguments", format!("Function {name:?} expects only {N} argument(s)."))
            }
        };
        cx.failed(whole, call, CallError { argument: None, summary, message })
    })
}

/// `try(a, b, …)`: the first that does not fail. One that holds anything unknown may yet fail, so the result is open.
fn try_each(cx: Evaluator<'_>, whole: &Expr, call: &Call) -> Evaluated {
    let failed = |why: String| {
        let message = format!("Call to function \"try\" failed: {why}");
        Err(cx.failed(whole, call, CallError { argument: None, summary: "Error in function call", message }))
    };
    let mut reasons = String::new();
    for arg in &call.args {
        match cx.eval(arg) {
            Ok(value) if value.is_wholly_known() => return Ok(value),
            Ok(value) => return Ok(Value::DYNAMIC.with_sensitive(value.has_sensitive())),
            Err(problems) => {
                for problem in problems {
                    reasons +=
                        &format!("\n- {}\n  {}", problem.summary, problem.detail.replace('\n', "\n  "));
                }
            }
        }
    }
    if call.args.is_empty() {
        return failed("at least one argument is required.".into());
    }
    failed(format!(
        "no expression succeeded:{reasons}\n\nAt least one expression must produce a successful result."
    ))
}

/// `can(a)`: whether it does not fail; unknown while it holds anything unknown.
fn can(cx: Evaluator<'_>, whole: &Expr, call: &Call) -> Evaluated {
    let [arg] = exactly(cx, whole, call, ["expression"])?;
    Ok(match cx.eval(arg) {
        Ok(value) if value.is_wholly_known() => Value::TRUE,
        Ok(_) => Value::unknown(Type::Bool),
        Err(_) => Value::FALSE,
    })
}

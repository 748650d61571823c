//! `type(…)`, which only the console knows: an expression comes to a value or to the type of one.
//! Knows nothing of the world that names stand for. What Terraform makes of each form was observed by running it.

use super::console::Answer;
use crate::base::{Diagnostic, Diagnostics};
use crate::config::{Call, Expr, ExprKind};
use crate::lang::{self, Context};

/// What an expression comes to. A type is no value, so `type` may stand for a whole expression, or where one is chosen:
/// in the branches of a condition, in `try` and in `can`.
///
/// # Errors
/// As evaluation, and for a type where a value is needed.
pub(super) fn answer(expr: &Expr, cx: &Context<'_>) -> Result<Answer, Diagnostics> {
    match &expr.kind {
        ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) => answer(inner, cx),
        _ if !mentions_type(expr) => lang::evaluate(expr, cx).map(Answer::Value),
        ExprKind::Call(call) if is(call, "type") => {
            let inner = argument(call).map_err(|problem| problem.at(expr.span))?;
            refuse_within(inner)?;
            lang::evaluate(inner, cx).map(|value| Answer::Type(value.ty()))
        }
        ExprKind::Call(call) if is(call, "can") => {
            lang::evaluate(&of_values(expr, call)?, cx).map(Answer::Value)
        }
        ExprKind::Call(call) if is(call, "try") => {
            // Fails as the values do, and for names that nothing declares.
            lang::evaluate(&of_values(expr, call)?, cx)?;
            let mut answers = call.args.iter().map(|argument| answer(argument, cx));
            answers.find(Result::is_ok).unwrap_or_else(|| Err(refusal(expr)))
        }
        ExprKind::Conditional(condition, then, otherwise) => choose(expr, condition, [then, otherwise], cx),
        _ => Err(refusal(expr)),
    }
}

fn choose(
    whole: &Expr,
    condition: &Expr,
    branches: [&Expr; 2],
    cx: &Context<'_>,
) -> Result<Answer, Diagnostics> {
    let plain = |value| Box::new(Expr { kind: ExprKind::Bool(value), span: whole.span });
    let kind = ExprKind::Conditional(Box::new(condition.clone()), plain(true), plain(false));
    let condition = lang::evaluate(&Expr { kind, span: whole.span }, cx)?;
    let Some(truth) = condition.as_bool() else { return Ok(Answer::Value(condition)) };
    let answers = branches.map(|branch| answer(branch, cx));
    if let [Ok(then), Ok(otherwise)] = &answers
        && let (Some(one), Some(other)) = (kind_of(then), kind_of(otherwise))
        && one != other
    {
        let detail = format!(
            "The true and false result expressions must have consistent types. The 'true' value is {one}, but the \
             'false' value is {other}."
        );
        return Err(Diagnostic::error("Inconsistent conditional result types", detail).at(whole.span).into());
    }
    let [then, otherwise] = answers;
    if truth { then } else { otherwise }
}

/// What an answer is called where it must go with another; null goes with everything.
fn kind_of(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Type(_) => Some("type".to_owned()),
        Answer::Value(value) if value.is_null() => None,
        Answer::Value(value) => Some(value.ty().friendly_name()),
    }
}

/// A call with values in place of their types: it succeeds whenever it does with types.
fn of_values(whole: &Expr, call: &Call) -> Result<Expr, Diagnostics> {
    let value = |mut arg: &Expr| {
        while let ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) = &arg.kind {
            arg = inner;
        }
        let inner = match &arg.kind {
            ExprKind::Call(inner) if is(inner, "type") => argument(inner).unwrap_or(arg),
            _ => arg,
        };
        refuse_within(inner).map(|()| inner.clone())
    };
    let args = call.args.iter().map(value).collect::<Result<_, _>>()?;
    Ok(Expr { kind: ExprKind::Call(Call { args, ..call.clone() }), span: whole.span })
}

fn is(call: &Call, name: &str) -> bool {
    &*call.name == name
}

/// The one argument of `type(…)`.
fn argument(call: &Call) -> Result<&Expr, Diagnostic> {
    match call.args.as_slice() {
        [inner] if !call.expand_final => Ok(inner),
        [] => Err(Diagnostic::error(
            "Not enough function arguments",
            "Function \"type\" expects 1 argument(s). Missing value for \"value\".",
        )),
        _ => Err(Diagnostic::error(
            "Too many function arguments",
            "Function \"type\" expects only 1 argument(s).",
        )),
    }
}

fn mentions_type(expr: &Expr) -> bool {
    refuse_within(expr).is_err()
}

fn refusal(expr: &Expr) -> Diagnostics {
    let detail = "The console-only \"type\" function cannot be used as part of an expression.";
    Diagnostic::error("Invalid use of type function", detail).at(expr.span).into()
}

fn refuse_within(expr: &Expr) -> Result<(), Diagnostics> {
    if matches!(&expr.kind, ExprKind::Call(call) if is(call, "type")) {
        return Err(refusal(expr));
    }
    let mut found = Ok(());
    expr.for_each_child(&mut |child| {
        if found.is_ok() {
            found = refuse_within(child);
        }
    });
    found
}

//! `templatefile` and `templatestring`: a template from elsewhere, rendered with variables of its own.
//! Knows nothing of the names around the call; a template sees its variables only.

use super::eval::{Evaluated, Evaluator, Frame, evaluate_beside};
use super::functions::{self, CallError};
use super::refs::{Chain, free_names};
use super::special::exactly;
use super::{Context, Reference, Scope};
use crate::base::convert::convert;
use crate::base::{Diagnostic, Diagnostics, Name, Sources, Type, Value};
use crate::config::{Call, Expr, parse_template};

/// `templatefile(path, vars)`
pub(super) fn templatefile(cx: Evaluator<'_>, whole: &Expr, call: &Call) -> Evaluated {
    let args = exactly(cx, whole, call, ["path", "vars"])?;
    let values = cx.all(args)?;
    let [path, vars] = values.as_slice() else { return Ok(Value::DYNAMIC) };
    let text = functions::call("file", std::slice::from_ref(path), cx.cx.env, cx.effort)
        .map_err(|error| cx.failed(whole, call, error))?;
    let name = if path.is_sensitive() { None } else { path.as_str() };
    render(cx, whole, call, &text, name.unwrap_or("template"), vars)
}

/// `templatestring(reference, vars)`
pub(super) fn templatestring(cx: Evaluator<'_>, whole: &Expr, call: &Call) -> Evaluated {
    let args @ [reference, _] = exactly(cx, whole, call, ["template", "vars"])?;
    let invalid = |what: &str| {
        let message = format!("Invalid value for \"template\" parameter: {what}.");
        cx.failed(whole, call, CallError { argument: Some(0), summary: "Invalid function argument", message })
    };
    if Chain::of(reference).name().is_none() {
        return Err(invalid(
            "it must be a direct reference to a single string from elsewhere that holds a template; write a template \
             that stands here as a template string instead",
        ));
    }
    let values = cx.all(args)?;
    let [text, vars] = values.as_slice() else { return Ok(Value::DYNAMIC) };
    if text.is_null() {
        return Err(invalid("argument must not be null"));
    }
    let text = convert(text, &Type::String).map_err(|e| invalid(&e.to_string()))?;
    render(cx, whole, call, &text, "template", vars)
}

fn render(cx: Evaluator<'_>, whole: &Expr, call: &Call, text: &Value, name: &str, vars: &Value) -> Evaluated {
    let failed = |argument: Option<usize>, what: String| {
        let (summary, message) = match argument {
            Some(_) => {
                ("Invalid function argument", format!("Invalid value for \"vars\" parameter: {what}."))
            }
            None => ("Error in function call", format!("Call to function {:?} failed: {what}.", &*call.name)),
        };
        cx.failed(whole, call, CallError { argument, summary, message })
    };
    let (sensitive, vars_value) = (text.is_sensitive() || vars.is_sensitive(), vars);
    if vars.is_null() {
        return Err(failed(Some(1), "argument must not be null".into()));
    }
    let (Some(source), false) = (text.as_str(), vars.is_unknown()) else {
        return Ok(Value::DYNAMIC.with_sensitive(sensitive));
    };
    let Some(vars) = vars.as_entries() else {
        return Err(failed(Some(1), "invalid vars value: must be a map".into()));
    };
    if let Some(name) = vars.keys().find(|name| !is_variable(name)) {
        let name = if sensitive { String::new() } else { format!(" {name:?}") };
        return Err(failed(
            Some(1),
            format!(
                "invalid template variable name{name}: must start with a letter, followed by zero or more letters, \
                 digits, and underscores"
            ),
        ));
    }

    // The template's places mean nothing outside: its problems are told as text.
    let mut sources = Sources::default();
    let told = |problems: Diagnostics, sources: &Sources| {
        let problem = problems.into_iter().next();
        let mut failure = failed(None, problem.as_ref().map(|p| tell(p, sources)).unwrap_or_default());
        if let Some(inner) = problem {
            failure = failure.map(|outer| Diagnostic { values: inner.values.clone(), ..outer });
        }
        failure
    };
    cx.look([text, vars_value], whole)?;
    let expr = match parse_template(source, &mut sources, name) {
        Ok(expr) => expr,
        Err(problems) => return Err(told(problems, &sources)),
    };
    if let Some((name, span)) = free_names(&expr).into_iter().find(|(name, _)| !vars.contains_key(name)) {
        let place = sources.range_of(span);
        return Err(failed(
            Some(1),
            format!("vars map does not contain key {:?}, referenced at {place}", &*name),
        ));
    }
    let variables: Vec<(Name, Value)> =
        vars.iter().map(|(name, value)| (name.clone(), value.clone().with_sensitive(sensitive))).collect();
    let inner = Context { scope: &NoNames, env: cx.cx.env };
    // Deeper by more than it is, because a call of this function takes more stack than most expressions.
    evaluate_beside(&expr, &inner, Some(&Frame { outer: None, variables }), cx.effort, cx.depth + 10)
        .map(|value| value.with_sensitive(sensitive))
        .map_err(|problems| told(problems, &sources))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A problem inside a template in one line: `app.tpl:3,5-9: Unsupported attribute; This object …`
fn tell(problem: &Diagnostic, sources: &Sources) -> String {
    let place = problem.span.map(|span| format!("{}: ", sources.range_of(span))).unwrap_or_default();
    format!("{place}{}; {}", problem.summary, problem.detail.trim_end_matches('.'))
}

/// The scope of a template: it has variables, and no names beside them.
struct NoNames;

impl Scope for NoNames {
    fn resolve(&self, _: &Reference) -> Result<Value, Diagnostic> {
        Err(Diagnostic::error("Invalid reference", "A template can refer only to the variables it is given."))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse_expression;
    use crate::lang::cases::{Names, one_line, printed};
    use crate::lang::{Context, FunctionEnv, evaluate};

    use super::*;

    /// But for its own words about nesting and `templatestring`, what `terraform console` 1.11.4 prints.
    #[test]
    fn templates_see_their_variables_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("a.tpl", "${x}"),
            ("b.tpl", "hi ${x.y}\n"),
            ("c.tpl", "${templatefile(\"a.tpl\", {x=1})}!"),
            ("d.tpl", "${upper("),
            ("e.tpl", "${templatefile(\"e.tpl\", {})}"),
            ("f.tpl", "%{ for i in is ~}\n- ${i}\n%{ endfor ~}\n"),
            ("g.tpl", "${var.x}"),
        ] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let env = FunctionEnv { base_dir: dir.path().into(), ..FunctionEnv::default() };
        let scope = Names::of([
            (Reference::Local("t".into()), "${q}!".into()),
            (Reference::Local("u".into()), Value::unknown(Type::String)),
            (Reference::Local("s".into()), Value::from("hunter2").with_sensitive(true)),
        ]);
        let cx = Context { scope: &scope, env: &env };
        for (text, expected) in [
            ("templatefile(\"a.tpl\", {x=[1]})", "[ 1, ]"),
            ("templatefile(\"c.tpl\", {})", "\"1!\""),
            ("templatefile(\"f.tpl\", {is = [1, 2]})", "\"- 1\\n- 2\\n\""),
            ("templatefile(\"a.tpl\", {x = local.u})", "(known after apply)"),
            ("templatefile(\"b.tpl\", {x = {y = local.s}})", "(sensitive value)"),
            ("templatestring(local.t, {q=1})", "\"1!\""),
            ("templatestring(local.u, {q=1})", "(known after apply)"),
            (
                "templatefile(\"b.tpl\", {x=1})",
                "Error: Error in function call Call to function \"templatefile\" failed: b.tpl:1,7-9: Unsupported \
                 attribute; Can't access attributes on a primitive-typed value (number).",
            ),
            (
                "templatefile(\"b.tpl\", {})",
                "Error: Invalid function argument Invalid value for \"vars\" parameter: vars map does not contain key \
                 \"x\", referenced at b.tpl:1,6-7.",
            ),
            (
                "templatefile(\"g.tpl\", {x=1})",
                "Error: Invalid function argument Invalid value for \"vars\" parameter: vars map does not contain key \
                 \"var\", referenced at g.tpl:1,3-6.",
            ),
            (
                "templatefile(\"b.tpl\", [])",
                "Error: Invalid function argument Invalid value for \"vars\" parameter: invalid vars value: must be a \
                 map.",
            ),
            (
                "templatefile(\"b.tpl\", null)",
                "Error: Invalid function argument Invalid value for \"vars\" parameter: argument must not be null.",
            ),
            (
                "templatefile(\"b.tpl\", {\"a b\"=1})",
                "Error: Invalid function argument Invalid value for \"vars\" parameter: invalid template variable name \
                 \"a b\": must start with a letter, followed by zero or more letters, digits, and underscores.",
            ),
            (
                "templatefile(\"b.tpl\")",
                "Error: Not enough function arguments Function \"templatefile\" expects 2 argument(s). Missing value \
                 for \"vars\".",
            ),
        ] {
            let expr = parse_expression(text, &mut Sources::default(), "test").unwrap();
            let outcome = evaluate(&expr, &cx).map_or_else(|problems| one_line(&problems), |v| printed(&v));
            assert_eq!(outcome, expected, "{text}");
        }
        for (text, part) in [
            ("templatefile(\"zz.tpl\", {})", "no file exists at \"zz.tpl\""),
            ("templatefile(\"d.tpl\", {})", "d.tpl:1,"),
            ("templatefile(\"e.tpl\", {})", "levels deep"),
            ("templatestring(\"a\", {})", "direct reference"),
        ] {
            let expr = parse_expression(text, &mut Sources::default(), "test").unwrap();
            let told = one_line(&evaluate(&expr, &cx).unwrap_err());
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}

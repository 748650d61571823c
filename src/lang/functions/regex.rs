//! `regex`, `regexall` and `replace`.
//! Knows nothing of the pattern syntax itself; `pattern` compiles it.

use std::sync::Arc;

use ::regex::{Captures, Regex};

use crate::base::{Type, Value};

use super::declare::{Args, Fault, Function, check_size, element_of, function};
use super::pattern::{Pattern, compile};

pub(super) fn functions() -> Vec<Function> {
    use Type::String as Text;
    vec![
        function("regex", "What the pattern first matches in the text: the match, or its capture groups.")
            .text("pattern")
            .or_unknown()
            .text("string")
            .gives_of(match_type, regex),
        function("regexall", "All matches of the pattern in the text, each as `regex` gives it.")
            .text("pattern")
            .or_unknown()
            .text("string")
            .gives_of(|a| Ok(Type::list(match_type(a)?)), regexall),
        function("replace", "The text with each occurrence of a text, or match of a /pattern/, replaced.")
            .text("str")
            .text("substr")
            .text("replace")
            .gives(Text, replace),
    ]
}

fn pattern(a: &Args) -> Result<Arc<Pattern>, Fault> {
    a.effort.clocked(|| compile(a.text(0)))?.map_err(|e| {
        let quoted = e.near.unwrap_or_default();
        Fault::about(format!("invalid regexp pattern: {} in {{input}}", e.what), quoted).at(0)
    })
}

/// Text without groups, a tuple of them, or an object of named ones.
fn match_type(a: &Args) -> Result<Type, Fault> {
    if a.value(0).is_unknown() {
        return Ok(Type::Dynamic);
    }
    let pattern = pattern(a)?;
    let regex = &pattern.regex;
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    let named: Vec<(&str, Type)> = names.iter().flatten().map(|n| (*n, Type::String)).collect();
    if names.is_empty() {
        Ok(Type::String)
    } else if named.is_empty() {
        Ok(Type::tuple(names.iter().map(|_| Type::String)))
    } else if named.len() == names.len() {
        Ok(Type::object(named))
    } else {
        Err(Fault::new("invalid regexp pattern: cannot mix both named and unnamed capture groups").at(0))
    }
}

fn matched(regex: &Regex, found: &Captures, ty: &Type) -> Value {
    let group = |at: usize| found.get(at).map_or(Value::null(Type::String), |m| Value::from(m.as_str()));
    match ty {
        Type::Tuple(groups) => Value::tuple((1..=groups.len()).map(group)),
        Type::Object(_) => {
            Value::object(regex.capture_names().enumerate().filter_map(|(i, name)| Some((name?, group(i)))))
        }
        _ => group(0),
    }
}

/// The matches in a text, one after the other. Some patterns have each search go through all the rest of the text, so the
/// time that they take is taken from what is left to the evaluation.
fn matches<'p>(
    pattern: &'p Pattern,
    text: &'p str,
    a: &'p Args,
) -> Result<impl Iterator<Item = Result<Captures<'p>, Fault>>, Fault> {
    if !pattern.suits(text) {
        let length = text.len();
        return Err(Fault::new(format!(
            "the pattern is too large to be looked for in a text of {length} bytes"
        )));
    }
    let mut all = pattern.regex.captures_iter(text);
    Ok(std::iter::from_fn(move || match a.effort.clocked(|| all.next()) {
        Ok(found) => Ok(found).transpose(),
        Err(exhausted) => Some(Err(exhausted.into())),
    }))
}

fn regex(a: &Args) -> Result<Value, Fault> {
    if a.value(0).is_unknown() {
        return Ok(Value::unknown(a.returns.clone()));
    }
    let pattern = pattern(a)?;
    match matches(&pattern, a.text(1), a)?.next().transpose()? {
        Some(found) => Ok(matched(&pattern.regex, &found, &a.returns)),
        None => Err(Fault::new("pattern did not match any part of the given string")),
    }
}

fn regexall(a: &Args) -> Result<Value, Fault> {
    if a.value(0).is_unknown() {
        return Ok(Value::unknown(a.returns.clone()));
    }
    let pattern = pattern(a)?;
    let ty = element_of(&a.returns);
    let mut all = Vec::new();
    let mut size = 0_usize;
    for found in matches(&pattern, a.text(1), a)? {
        let found = found?;
        let texts = found.iter().flatten().map(|group| group.len());
        size = texts.fold(size + found.len() * size_of::<Value>(), usize::saturating_add);
        check_size(size)?;
        all.push(matched(&pattern.regex, &found, &ty));
    }
    Ok(Value::list(ty, all))
}

fn replace(a: &Args) -> Result<Value, Fault> {
    let (text, wanted, by) = (a.text(0), a.text(1), a.text(2));
    let Some(inner) = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) else {
        let more = text.matches(wanted).count().saturating_mul(by.len());
        check_size(text.len().saturating_add(more))?;
        return Ok(text.replace(wanted, by).into());
    };
    let pattern = a.effort.clocked(|| compile(inner))?.map_err(|e| {
        let whole = e.near.unwrap_or_default();
        Fault::about(format!("error parsing regexp: {}: `{{input}}`", e.what), whole)
    })?;
    let (mut out, mut end) = (String::new(), 0);
    for found in matches(&pattern, text, a)? {
        let found = found?;
        let Some(all) = found.get(0) else { continue };
        out.push_str(text.get(end..all.start()).unwrap_or_default());
        found.expand(by, &mut out);
        check_size(out.len())?;
        end = all.end();
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Ok(out.into())
}

//! The built-in functions: finding them by name and the rules that hold for every call.
//! Knows nothing of expressions or scopes; it is handed values and gives one back.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::base::{Kind, Type, Value, convert};

use super::FunctionEnv;
use super::effort::Effort;

mod declare;
mod string;
mod regex;
mod pattern;
mod format;
mod format_verb;
mod numeric;
mod collection;
mod list;
mod map;
mod set;
mod encoding;
mod charset;
mod json;
mod csv;
mod yaml_read;
mod yaml_write;
mod hash;
mod rsa;
mod datetime;
mod timestamp;
mod filesystem;
mod glob;
mod network;
mod types;
#[cfg(test)]
mod rows;

pub use json::encode as json_text;

use declare::{Args, Fault, Function, Marks, Param, Returns, Unknowns};

/// Why a call gives no value, in Terraform's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// The argument that is to blame, counted from zero, if one is.
    pub argument: Option<usize>,
    /// The short text that a diagnostic opens with.
    pub summary: &'static str,
    /// The full sentence: `Invalid value for "list" parameter: argument must not be null.`
    pub message: String,
}

static TABLE: LazyLock<BTreeMap<&'static str, Function>> = LazyLock::new(|| {
    [
        string::functions(),
        regex::functions(),
        format::functions(),
        numeric::functions(),
        collection::functions(),
        list::functions(),
        map::functions(),
        set::functions(),
        encoding::functions(),
        hash::functions(),
        datetime::functions(),
        filesystem::functions(),
        network::functions(),
        types::functions(),
    ]
    .into_iter()
    .flatten()
    .map(|function| (function.name, function))
    .collect()
});

fn find(name: &str) -> Option<&'static Function> {
    TABLE.get(name.strip_prefix("core::").unwrap_or(name))
}

/// Whether a function of this name exists, with or without the `core::` in front.
pub fn exists(name: &str) -> bool {
    find(name).is_some()
}

/// The names of all functions, sorted, without `core::`.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// One sentence that says what a function gives.
pub fn describe(name: &str) -> Option<&'static str> {
    find(name).map(|function| function.doc)
}

/// Calls a function.
///
/// Arguments are converted to the parameters' types; a null where none is allowed is refused; an unknown argument
/// makes the result unknown and a sensitive one makes it sensitive, unless the function declares that it handles
/// them. Only then does its body run.
///
/// # Errors
/// A [`CallError`] for an unknown name, a wrong number of arguments, an argument that does not fit, or what the
/// function itself cannot do. It never shows a sensitive value.
pub(super) fn call(
    name: &str,
    args: &[Value],
    env: &FunctionEnv,
    effort: &Effort,
) -> Result<Value, CallError> {
    let Some(function) = find(name) else { return Err(no_such_function(name)) };
    check_count(function, name, args.len())?;

    let mut ready = Vec::with_capacity(args.len());
    let (mut sensitive, mut undecided, mut unknown) = (false, false, false);
    for (i, (value, param)) in args.iter().zip(function.parameters()).enumerate() {
        let (value, marked) = prepare(value, param).map_err(|what| invalid_argument(function, i, &what))?;
        sensitive |= marked;
        undecided |= !param.dynamic && matches!(value.kind(), Kind::Unknown(Type::Dynamic));
        unknown |= match param.unknowns {
            Unknowns::Stop => value.is_unknown(),
            Unknowns::StopDeep => !value.is_wholly_known(),
            Unknowns::Through => false,
        };
        ready.push(value);
    }
    let blame = |fault: Fault| explain(function, name, &fault, sensitive);
    let mut args = Args { values: &ready, returns: Type::Dynamic, env, effort };
    if let (Returns::Of(of), false) = (&function.returns, undecided) {
        args.returns = of(&args).map_err(blame)?;
    } else if let Returns::Fixed(ty) = &function.returns {
        args.returns = ty.clone();
    }
    if undecided || unknown {
        return Ok(Value::unknown(args.returns).with_sensitive(sensitive));
    }
    Ok((function.body)(&args).map_err(blame)?.with_sensitive(sensitive))
}

/// One argument as its parameter wants it, and whether a mark was taken off that the result must carry.
fn prepare(value: &Value, param: &Param) -> Result<(Value, bool), String> {
    let value = convert::convert(value, &param.ty).map_err(|e| e.to_string())?;
    let (value, marked) = match param.marks {
        Marks::Deep => value.unmark_deep(),
        Marks::Own => value.unmark(),
        Marks::Through => (value, false),
    };
    if value.is_null() && !param.null {
        return Err("argument must not be null".into());
    }
    Ok((value, marked))
}

fn invalid_argument(function: &Function, at: usize, what: &str) -> CallError {
    let name = function.parameters().nth(at).map_or("", |p| p.name);
    CallError {
        argument: Some(at),
        summary: "Invalid function argument",
        message: format!("Invalid value for {name:?} parameter: {what}."),
    }
}

fn explain(function: &Function, name: &str, fault: &Fault, sensitive: bool) -> CallError {
    let what = fault.text(sensitive);
    match fault.argument {
        Some(at) => invalid_argument(function, at, &what),
        None => CallError {
            argument: None,
            summary: "Error in function call",
            message: format!("Call to function {name:?} failed: {what}."),
        },
    }
}

fn check_count(function: &Function, name: &str, count: usize) -> Result<(), CallError> {
    let wanted = function.params.len();
    if let Some(missing) = function.params.get(count) {
        let at_least = if function.rest.is_some() { "at least " } else { "" };
        return Err(CallError {
            argument: None,
            summary: "Not enough function arguments",
            message: format!(
                "Function {name:?} expects {at_least}{wanted} argument(s). Missing value for {:?}.",
                missing.name
            ),
        });
    }
    if count > wanted && function.rest.is_none() {
        return Err(CallError {
            argument: Some(wanted),
            summary: "Too many function arguments",
            message: format!("Function {name:?} expects only {wanted} argument(s)."),
        });
    }
    Ok(())
}

fn no_such_function(name: &str) -> CallError {
    let close = names().map(|n| (distance(name, n), n)).min().filter(|(d, _)| *d <= 2);
    let hint = close.map_or(String::new(), |(_, n)| format!(" Did you mean {n:?}?"));
    CallError {
        argument: None,
        summary: "Call to unknown function",
        message: format!("There is no function named {name:?}.{hint}"),
    }
}

/// How many letters must be put in, left out or changed to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = row.get(j).copied().unwrap_or(0) + usize::from(x != *y);
            let insert = next.last().copied().unwrap_or(0) + 1;
            let delete = row.get(j + 1).copied().unwrap_or(0) + 1;
            next.push(change.min(insert).min(delete));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

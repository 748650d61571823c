//! A few functions, to try the evaluator with; the whole table is built beside this.
//! Knows nothing of expressions or scopes; it is handed values and gives one back.

use super::FunctionEnv;
use crate::base::{Type, Value, convert, json};

/// Why a call gives no value, in Terraform's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// The argument that is to blame, counted from zero, if one is.
    pub argument: Option<usize>,
    /// The short text that a diagnostic opens with.
    pub summary: &'static str,
    /// The full sentence.
    pub message: String,
}

const NAMES: [&str; 8] = ["file", "jsonencode", "length", "tolist", "tomap", "toset", "tostring", "upper"];

/// Whether a function of this name exists, with or without the `core::` in front.
pub fn exists(name: &str) -> bool {
    NAMES.contains(&name.strip_prefix("core::").unwrap_or(name))
}

/// The names of all functions, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter()
}

/// Calls a function.
///
/// # Errors
/// A [`CallError`].
pub fn call(name: &str, args: &[Value], _env: &FunctionEnv) -> Result<Value, CallError> {
    let error = |message: String| CallError { argument: Some(0), summary: "Invalid function argument", message };
    let [value] = args else {
        return Err(CallError {
            argument: None,
            summary: "Wrong number of function arguments",
            message: format!("Function {name:?} expects 1 argument."),
        });
    };
    let to = |ty: Type| {
        convert::convert(value, &ty).map_err(|e| error(format!("Invalid value for \"v\" parameter: {e}.")))
    };
    match name.strip_prefix("core::").unwrap_or(name) {
        "upper" => Ok(to(Type::String)?.as_str().map_or(Value::unknown(Type::String), |s| s.to_uppercase().into())),
        "length" => Ok(value.as_items().map_or(Value::unknown(Type::Number), |items| Value::number(items.len()))),
        "tolist" => to(Type::list(Type::Dynamic)),
        "toset" => to(Type::set(Type::Dynamic)),
        "tomap" => to(Type::map(Type::Dynamic)),
        "tostring" => to(Type::String),
        _ => Ok(Value::from(json::to_json(value).to_string())),
    }
}

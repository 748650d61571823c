//! The names that Lambda's types share: what they may be, and when two of them mean the same.
//! Knows nothing of any single type.

use crate::base::Value;
use crate::providers::aws::arn;
use crate::providers::aws::fields::{filled, text};
use crate::schema::Constraint;

/// A function: its name, partial or full ARN, with or without a qualifier (lambda-provider.md 0.6).
pub(in crate::providers::aws) const FUNCTION: Constraint = Constraint::Pattern(
    r"(arn:[\w-]+:lambda:)?([a-z]{2,4}-(?:[a-z]+-){1,2}\d{1}:)?(\d{12}:)?(function:)?([0-9A-Za-z_-]+)(:(\$LATEST|[0-9A-Za-z_-]+))?",
    "A function name (letters, digits, hyphens and underscores) or the ARN of a function",
);

/// A layer, without a version.
pub(in crate::providers::aws) const LAYER: Constraint = Constraint::Pattern(
    r"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
    "A layer name (letters, digits, hyphens and underscores) or the ARN of a layer",
);

/// The function that an object belongs to, the qualifier it is for, and both in one, as the type's ids have them.
pub(super) fn qualified(object: &Value, separator: char) -> (String, Option<String>, String) {
    let function = filled(object, "function_name").unwrap_or_default();
    let qualifier = filled(object, "qualifier");
    let both = match &qualifier {
        Some(qualifier) => format!("{function}{separator}{qualifier}"),
        None => function.clone(),
    };
    (function, qualifier, both)
}

/// A `function_name` that names the same function as before, by its ARN instead of its name or the other way round, is
/// no change (lambda-provider.md 0.6).
pub(super) fn keep_same_function(prior: &Value, planned: Value) -> Value {
    let (Some(old), Some(new)) = (text(prior, "function_name"), text(&planned, "function_name")) else {
        return planned;
    };
    if old != new && arn::same_function(&old, &new) {
        return planned
            .with_attr("function_name", prior.get("function_name").cloned().unwrap_or(Value::NULL));
    }
    planned
}

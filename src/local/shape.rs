//! The language request constraints are written in, and the check that words a breach as AWS words it.
//! Knows no operation; the tables are in `constraints` and beside each operation.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Map, Value};

use super::error::{Kind, Refusal};

/// A JSON object.
pub type Object = Map<String, Value>;

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string with a length range, and a pattern when it has one.
    Text(usize, usize, Option<Pattern>),
    /// One of the strings.
    Choice(&'static [&'static str]),
    /// A whole number in a range.
    Int(i64, i64),
    /// A number in a range.
    Float(f64, f64),
    /// True or false.
    Flag,
    /// A list with a length range.
    List(usize, usize, &'static Shape),
    /// A string map: keys, values.
    Map(&'static Shape, &'static Shape),
    /// An object with these members; others are ignored, as AWS ignores them.
    Object(&'static [Field]),
}

/// A pattern: the text AWS shows, and the same rule in this crate's regular expressions.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    shown: &'static str,
    tested: &'static str,
}

/// One member of an object or request.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it may be.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
}

/// A string of any length.
pub const TEXT: Shape = Shape::Text(0, usize::MAX, None);

/// A member that may be left out.
pub const fn may(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// A member that must be given.
pub const fn must(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// Tables of members as one table.
macro_rules! joined {
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[&[Field]] = &[$($part),+];
        &$crate::local::shape::gather::<{ $crate::local::shape::length(PARTS) }>(PARTS)
    }};
}
pub(crate) use joined;

/// How many members tables have together.
pub const fn length(parts: &[&[Field]]) -> usize {
    let (mut sum, mut i) = (0, 0);
    while i < parts.len() {
        sum += parts[i].len();
        i += 1;
    }
    sum
}

/// All their members, which are `N`.
pub const fn gather<const N: usize>(parts: &[&[Field]]) -> [Field; N] {
    let mut all = [may("", TEXT); N];
    let (mut at, mut i) = (0, 0);
    while i < parts.len() {
        let mut member = 0;
        while member < parts[i].len() {
            all[at] = parts[i][member];
            (at, member) = (at + 1, member + 1);
        }
        i += 1;
    }
    all
}

/// A string between two lengths.
pub const fn text(min: usize, max: usize) -> Shape {
    Shape::Text(min, max, None)
}

/// A string between two lengths that matches a pattern as a whole.
pub const fn patterned(min: usize, max: usize, pattern: &'static str) -> Shape {
    Shape::Text(min, max, Some(Pattern { shown: pattern, tested: pattern }))
}

/// As [`patterned`], where AWS's pattern uses look-around that the checked one avoids.
pub const fn patterned_as(min: usize, max: usize, shown: &'static str, tested: &'static str) -> Shape {
    Shape::Text(min, max, Some(Pattern { shown, tested }))
}

/// Checks a request against its table and answers all breaches in one `ValidationException`.
/// A value of the wrong JSON type is a `SerializationException`.
pub fn check(fields: &[Field], input: &Object) -> Result<(), Refusal> {
    let mut breaches = Vec::new();
    check_object("", fields, input, &mut breaches)?;
    if breaches.is_empty() {
        return Ok(());
    }
    let count = breaches.len();
    let plural = if count == 1 { "" } else { "s" };
    let list = breaches.join("; ");
    Err(Refusal::new(Kind::Validation, format!("{count} validation error{plural} detected: {list}")))
}

/// Reads a query parameter as its shape wants it.
pub fn read_text(shape: &Shape, raw: &str) -> Value {
    match shape {
        Shape::Int(..) => raw.parse::<i64>().map_or_else(|_| raw.into(), Value::from),
        Shape::Flag => match raw {
            "true" => true.into(),
            "false" => false.into(),
            _ => raw.into(),
        },
        _ => raw.into(),
    }
}

fn check_object(
    prefix: &str,
    fields: &[Field],
    input: &Object,
    breaches: &mut Vec<String>,
) -> Result<(), Refusal> {
    for field in fields {
        let path = join(prefix, field.name);
        match input.get(field.name) {
            Some(value) if !value.is_null() => check_value(&path, &field.shape, value, breaches)?,
            _ if field.required => {
                breaches.push(format!(
                    "Value null at '{path}' failed to satisfy constraint: Member must not be null"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_value(path: &str, shape: &Shape, value: &Value, breaches: &mut Vec<String>) -> Result<(), Refusal> {
    match (shape, value) {
        (Shape::Object(fields), Value::Object(inner)) => return check_object(path, fields, inner, breaches),
        (Shape::List(min, max, of), Value::Array(items)) => {
            for constraint in length_breaches(items.len(), *min, *max) {
                breaches.push(breach(path, value, &constraint));
            }
            if matches!(of, Shape::Object(_) | Shape::List(..) | Shape::Map(..)) {
                for (index, item) in items.iter().enumerate() {
                    check_value(&format!("{path}.{}.member", index + 1), of, item, breaches)?;
                }
                return Ok(());
            }
            let mut broken = false;
            for item in items {
                broken |= item.is_null() || !scalar_breaches(of, item)?.is_empty();
            }
            if broken {
                let rules = rules(of).join(", ");
                breaches.push(breach(
                    path,
                    value,
                    &format!("Member must satisfy constraint: [{rules}, Member must not be null]"),
                ));
            }
        }
        (Shape::Map(key, of), Value::Object(entries)) => {
            let mut bad_keys = Vec::new();
            for (name, item) in entries {
                if !scalar_breaches(key, &Value::from(name.as_str()))?.is_empty() {
                    bad_keys.push(name.as_str());
                }
                if matches!(of, Shape::List(..)) {
                    check_value(&format!("{path}.{name}"), of, item, breaches)?;
                } else if !scalar_breaches(of, item)?.is_empty() {
                    let rules = rules(of).join(", ");
                    breaches.push(format!(
                        "Value at '{path}' failed to satisfy constraint: Map value must satisfy constraint: [{rules}]"
                    ));
                }
            }
            if !bad_keys.is_empty() {
                // Values of a map may be secrets (environment variables), so only its keys are shown.
                let rules = rules(key).join(", ");
                breaches.push(format!(
                    "Value at '{path}' failed to satisfy constraint: Map keys must satisfy constraint: [{rules}]; \
                     keys that do not: [{}]",
                    bad_keys.join(", ")
                ));
            }
        }
        (Shape::Object(_) | Shape::List(..) | Shape::Map(..), _) => return Err(mistyped(path, value)),
        (scalar, value) => {
            for constraint in scalar_breaches(scalar, value).map_err(|_| mistyped(path, value))? {
                breaches.push(breach(path, value, &constraint));
            }
        }
    }
    Ok(())
}

fn breach(path: &str, value: &Value, constraint: &str) -> String {
    format!("Value '{}' at '{path}' failed to satisfy constraint: {constraint}", shown(value))
}

fn scalar_breaches(shape: &Shape, value: &Value) -> Result<Vec<String>, Refusal> {
    let mut broken = Vec::new();
    match (shape, value) {
        (Shape::Text(min, max, pattern), Value::String(text)) => {
            broken.extend(length_breaches(text.chars().count(), *min, *max));
            if let Some(pattern) = pattern
                && !matches(pattern.tested, text)
            {
                broken.push(pattern_rule(pattern));
            }
        }
        (Shape::Choice(options), Value::String(text)) => {
            if !options.contains(&text.as_str()) {
                broken.push(choice_rule(options));
            }
        }
        (Shape::Int(min, max), Value::Number(number)) => match number.as_i64() {
            Some(number) if number > *max => broken.push(most(max)),
            Some(number) if number < *min => broken.push(least(min)),
            Some(_) => {}
            None => return Err(mistyped("", value)),
        },
        (Shape::Float(min, max), Value::Number(number)) => match number.as_f64() {
            Some(number) if number > *max => broken.push(most(max)),
            Some(number) if number < *min => broken.push(least(min)),
            Some(_) => {}
            None => return Err(mistyped("", value)),
        },
        (Shape::Flag, Value::Bool(_)) => {}
        _ => return Err(mistyped("", value)),
    }
    Ok(broken)
}

fn length_breaches(length: usize, min: usize, max: usize) -> Vec<String> {
    let mut broken = Vec::new();
    if length > max {
        broken.push(format!("Member must have length less than or equal to {max}"));
    }
    if length < min {
        broken.push(format!("Member must have length greater than or equal to {min}"));
    }
    broken
}

/// All rules of a scalar, as AWS lists them when an element of a list breaks one.
fn rules(shape: &Shape) -> Vec<String> {
    match shape {
        Shape::Text(min, max, pattern) => {
            let mut rules = Vec::new();
            if *max != usize::MAX {
                rules.push(format!("Member must have length less than or equal to {max}"));
                rules.push(format!("Member must have length greater than or equal to {min}"));
            }
            rules.extend(pattern.as_ref().map(pattern_rule));
            rules
        }
        Shape::Choice(options) => vec![choice_rule(options)],
        Shape::Int(min, max) => vec![most(max), least(min)],
        Shape::Float(min, max) => vec![most(max), least(min)],
        _ => Vec::new(),
    }
}

fn pattern_rule(pattern: &Pattern) -> String {
    format!("Member must satisfy regular expression pattern: {}", pattern.shown)
}

fn choice_rule(options: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", options.join(", "))
}

fn most(max: &impl std::fmt::Display) -> String {
    format!("Member must have value less than or equal to {max}")
}

fn least(min: &impl std::fmt::Display) -> String {
    format!("Member must have value greater than or equal to {min}")
}

fn mistyped(path: &str, value: &Value) -> Refusal {
    let kind = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Refusal::new(Kind::Serialization, format!("{kind} cannot be converted to the type of '{path}'"))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// `memorySize`, `vpcConfig.subnetIds`: AWS names members with a lower first letter.
fn join(prefix: &str, name: &str) -> String {
    let mut letters = name.chars();
    let lowered: String =
        letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
    if prefix.is_empty() { lowered } else { format!("{prefix}.{lowered}") }
}

/// Whether the whole text matches; patterns are compiled once each.
pub fn matches(pattern: &'static str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let regex = {
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.entry(pattern).or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok()).clone()
    };
    regex.is_some_and(|regex| regex.is_match(text))
}

#[cfg(test)]
pub mod walk {
    //! Visits every pattern of a table, so that tests can hold all of them against the regex engine.
    use super::*;

    /// Compiles each pattern found in the fields.
    pub fn assert_patterns_compile(fields: &[Field]) {
        for field in fields {
            assert_shape(&field.shape);
        }
    }

    fn assert_shape(shape: &Shape) {
        match shape {
            Shape::Text(_, _, Some(pattern)) => {
                Regex::new(pattern.tested).unwrap_or_else(|error| panic!("{}: {error}", pattern.shown));
            }
            Shape::List(_, _, of) => assert_shape(of),
            Shape::Map(key, of) => {
                assert_shape(key);
                assert_shape(of);
            }
            Shape::Object(fields) => assert_patterns_compile(fields),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NAMES: Shape = patterned(1, 4, "[a-z]+");
    const INNER: &[Field] = &[may("SubnetIds", Shape::List(0, 2, &NAMES))];
    const FIELDS: &[Field] = &[
        must("Role", TEXT),
        may("MemorySize", Shape::Int(128, 10240)),
        may("Mode", Shape::Choice(&["A", "B"])),
        may("VpcConfig", Shape::Object(INNER)),
        may("Variables", Shape::Map(&NAMES, &TEXT)),
    ];

    fn message(input: Value) -> String {
        check(FIELDS, input.as_object().unwrap()).unwrap_err().message
    }

    #[test]
    fn breaches_are_worded_as_aws_words_them() {
        for (input, expected) in [
            (
                json!({"Role": "r", "MemorySize": 10241}),
                "1 validation error detected: Value '10241' at 'memorySize' failed to satisfy constraint: \
                 Member must have value less than or equal to 10240",
            ),
            (
                json!({"Mode": "C"}),
                "2 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must not \
                 be null; Value 'C' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
            ),
            (
                json!({"Role": "r", "VpcConfig": {"SubnetIds": ["A1"]}}),
                "1 validation error detected: Value '[A1]' at 'vpcConfig.subnetIds' failed to satisfy constraint: \
                 Member must satisfy constraint: [Member must have length less than or equal to 4, Member must have \
                 length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+, Member \
                 must not be null]",
            ),
        ] {
            assert_eq!(message(input), expected);
        }
    }

    #[test]
    fn map_values_are_never_shown() {
        assert!(!message(json!({"Role": "r", "Variables": {"1": "hunter2"}})).contains("hunter2"));
    }

    #[test]
    fn the_wrong_type_is_a_serialization_error() {
        let input = json!({"Role": "r", "MemorySize": "big"});
        assert_eq!(check(FIELDS, input.as_object().unwrap()).unwrap_err().code, "SerializationException");
    }
}

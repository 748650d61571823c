//! `Constraint`: what a value must satisfy, with the message that says so.
//! Knows nothing of which attribute it is on.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;

use crate::base::{Kind, Number, Value};

/// What a value must satisfy. Checked on every known value, and again at apply on those that were unknown.
#[derive(Debug, Clone, Copy)]
pub enum Constraint {
    /// Length of a string in characters, from … to.
    Length(usize, usize),
    /// A whole pattern (anchored) and what it stands for in words.
    Pattern(&'static str, &'static str),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// One of these strings; others are only warned about, since the service may have learned new ones.
    KnownValues(&'static [&'static str]),
    /// A number from … to.
    Range(i64, i64),
    /// A number of at least.
    AtLeast(i64),
    /// An Amazon Resource Name.
    Arn,
    /// A list or set of at most this many elements.
    MaxItems(usize),
    /// Each element of a list or set satisfies this.
    Each(&'static Constraint),
    /// A date and time as RFC 3339 writes it.
    Rfc3339,
    /// A JSON text.
    Json,
    /// A check that no other variant says; gives what is required, when the value does not satisfy it.
    Custom(fn(&Value) -> Option<String>),
}

impl Constraint {
    /// What is wrong with a known value: a sentence that names what is required and what was given.
    /// Null, unknown and sensitive content are treated by the caller: null and unknown always satisfy.
    pub fn violation(&self, value: &Value) -> Option<String> {
        if value.is_null() || value.is_unknown() {
            return None;
        }
        let required = match self {
            Constraint::Length(min, max) => {
                let length = value.as_str()?.chars().count();
                if (*min..=*max).contains(&length) {
                    return None;
                }
                return Some(format!(
                    "A length of {min} to {max} characters is required, and the value has {length}."
                ));
            }
            Constraint::Pattern(pattern, words) => {
                if compiled(pattern).is_none_or(|p| p.is_match(value.as_str().unwrap_or_default())) {
                    return None;
                }
                format!("{words} is required (it must match {pattern})")
            }
            Constraint::OneOf(allowed) => {
                if allowed.contains(&value.as_str()?) {
                    return None;
                }
                let listed: Vec<String> = allowed.iter().map(|a| format!("{a:?}")).collect();
                format!("One of {} is required", listed.join(", "))
            }
            Constraint::KnownValues(_) => return None,
            Constraint::Range(min, max) => {
                let n = value.as_number()?;
                if *n >= Number::from(*min) && *n <= Number::from(*max) {
                    return None;
                }
                format!("A number from {min} to {max} is required")
            }
            Constraint::AtLeast(min) => {
                if *value.as_number()? >= Number::from(*min) {
                    return None;
                }
                format!("A number of at least {min} is required")
            }
            Constraint::Arn => {
                if is_arn(value.as_str()?) {
                    return None;
                }
                "An Amazon Resource Name (arn:partition:service:region:account:resource) is required".into()
            }
            Constraint::MaxItems(max) => {
                let count = value.as_items()?.len();
                if count <= *max {
                    return None;
                }
                return Some(format!("At most {max} elements are allowed, and there are {count}."));
            }
            Constraint::Each(inner) => {
                return value.as_items()?.iter().find_map(|item| inner.violation(item));
            }
            Constraint::Rfc3339 => {
                if value.as_str()?.parse::<jiff::Timestamp>().is_ok() {
                    return None;
                }
                "A date and time such as 2026-01-02T15:04:05Z is required".into()
            }
            Constraint::Json => match serde_json::from_str::<serde::de::IgnoredAny>(value.as_str()?) {
                Ok(_) => return None,
                Err(error) => format!("A JSON text is required ({error})"),
            },
            Constraint::Custom(check) => return check(value),
        };
        Some(format!("{required}, and the value is {}.", shown(value)))
    }
}

/// A value in a message: short, and never a secret.
fn shown(value: &Value) -> String {
    if value.has_sensitive() {
        return "sensitive".into();
    }
    match value.kind() {
        Kind::String(s) if s.chars().count() > 80 => {
            format!("{:?}…", s.chars().take(80).collect::<String>())
        }
        Kind::String(s) => format!("{s:?}"),
        Kind::Number(n) => n.to_string(),
        Kind::Bool(b) => b.to_string(),
        _ => "of another type".into(),
    }
}

/// Whether a text has the shape of an ARN; the empty string counts, as in the provider (`lambda-provider.md` 0.6).
pub fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else { return text.is_empty() };
    let is = |pattern, text| compiled(pattern).is_none_or(|pattern| pattern.is_match(text));
    is(r"aws(-[a-z]+)*", partition)
        && !service.is_empty()
        && is(r"([a-z]{2,4}(-[a-z]+)+-\d{1,2})?", region)
        && (is(r"(aws|aws-managed|third-party|aws-marketplace|partner-managed|\d{12})?", account)
            || account.strip_prefix("cw").is_some_and(|rest| rest.chars().count() == 10))
        && !resource.is_empty()
        && !resource.contains('\n')
}

/// A pattern, compiled once and anchored at both ends. It is shared, because a clone would begin with empty caches.
fn compiled(pattern: &'static str) -> Option<Arc<Regex>> {
    type Known = HashMap<&'static str, Option<Arc<Regex>>>;
    static CACHE: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    // The API's classes are of ASCII, and without Unicode's they compile ten times as fast. What can match other text,
    // as `.` does, has to be compiled with it.
    let compile = || {
        let plain = Regex::new(&format!("^(?-u:{pattern})$"));
        plain.or_else(|_| Regex::new(&format!("^(?:{pattern})$"))).ok().map(Arc::new)
    };
    cache.entry(pattern).or_insert_with(compile).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constraint_accepts_and_refuses() {
        let text = |s: &str| Value::from(s);
        let cases: &[(Constraint, Value, bool)] = &[
            (Constraint::Length(1, 3), text("abc"), true),
            (Constraint::Length(1, 3), text("äöüß"), false),
            (Constraint::Pattern("[a-z]+", "A lower-case word"), text("abc"), true),
            (Constraint::Pattern("[a-z]+", "A lower-case word"), text("abc1"), false),
            (Constraint::OneOf(&["Zip", "Image"]), text("Zip"), true),
            (Constraint::OneOf(&["Zip", "Image"]), text("zip"), false),
            (Constraint::Range(128, 10240), Value::number(128), true),
            (Constraint::Range(128, 10240), Value::number(127), false),
            (Constraint::AtLeast(-1), Value::number(-2), false),
            (Constraint::Arn, text("arn:aws:iam::123456789012:role/r"), true),
            (Constraint::Arn, text("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f"), true),
            (Constraint::Arn, text("role/r"), false),
            (Constraint::MaxItems(1), Value::tuple([text("a"), text("b")]), false),
            (Constraint::Each(&Constraint::Arn), Value::tuple([text("x")]), false),
            (Constraint::Json, text("{\"a\":1}"), true),
            (Constraint::Json, text("{a}"), false),
            (Constraint::Rfc3339, text("2026-01-02T15:04:05Z"), true),
            (Constraint::Rfc3339, text("yesterday"), false),
        ];
        for (constraint, value, accepted) in cases {
            assert_eq!(constraint.violation(value).is_none(), *accepted, "{constraint:?} {value:?}");
        }
    }

    #[test]
    fn a_secret_is_not_repeated() {
        let secret = Value::from("hunter2").with_sensitive(true);
        let said = Constraint::OneOf(&["a"]).violation(&secret).unwrap();
        assert!(!said.contains("hunter2"), "{said}");
    }
}

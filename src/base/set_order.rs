//! The order in which Terraform keeps the elements of a set, where they are not plain strings, numbers or bools.
//! Pure; knows nothing of sets but their elements.
//!
//! It is the order of the texts by which elements are told apart there, found by printing sets with Terraform 1.11. State
//! files and everything that walks through a set show it.

use super::{Kind, Number, Value};

/// Whether elements of this kind have an order of their own.
pub(super) fn is_plain(value: &Value) -> bool {
    value.is_null()
        || value.is_unknown()
        || matches!(value.kind(), Kind::Bool(_) | Kind::Number(_) | Kind::String(_))
}

/// The text by which an element is ordered.
pub(super) fn key(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    if value.is_unknown() {
        return out.push('?');
    }
    if value.is_null() {
        return out.push('~');
    }
    match value.kind() {
        Kind::Bool(flag) => out.push(if *flag { 'T' } else { 'F' }),
        Kind::Number(number) => out.push_str(&digits(number)),
        Kind::String(text) => quote(text, out),
        _ => match (value.as_items(), value.as_entries()) {
            (Some(items), _) => {
                let [open, close] =
                    if matches!(value.kind(), Kind::Tuple(_)) { ['<', '>'] } else { ['[', ']'] };
                out.push(open);
                for item in items {
                    write(item, out);
                    out.push(';');
                }
                out.push(close);
            }
            (None, Some(entries)) => {
                let named = matches!(value.kind(), Kind::Map(..));
                out.push(if named { '{' } else { '<' });
                for (name, item) in entries {
                    if named {
                        quote(name, out);
                        out.push(':');
                    }
                    write(item, out);
                    out.push(';');
                }
                out.push(if named { '}' } else { '>' });
            }
            (None, None) => {}
        },
    }
}

/// A number to ten digits, with an exponent if there are more before the point.
fn digits(number: &Number) -> String {
    let text = format!("{:.9e}", number.to_f64());
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..10).contains(&exponent) {
        let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let places = usize::try_from(9 - exponent).unwrap_or_default();
    let plain = format!("{:.places$}", number.to_f64());
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.').to_owned() } else { plain }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(char))),
            _ if char.is_control() || (char.is_whitespace() && char != ' ') => {
                out.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::base::{Type, json};
    use serde_json::{Value as Json, json};

    /// What `toset([…])` of Terraform 1.11 prints.
    #[test]
    fn elements_stand_as_terraform_has_them() {
        for set in [
            json!([{"a":"B","n":1},{"a":"b","n":443},{"a":"b","n":80},{"a":"b","n":9}]),
            json!([{"a":"!","b":1},{"a":"","b":1},{"a":"x","b":1},{"a":"~","b":1},{"a":null,"b":1}]),
            json!([{"a":false},{"a":true}]),
            json!([["B"], ["a "], ["a!"], ["a", "b"], ["a"], []]),
            json!([[-1], [0.001], [12345678901234567890u64], [1.5], [10], [100000000000u64], [2]]),
            json!([{"a":"\n"},{"a":"\t"},{"a":"a"},{"a":"a#"},{"a":"a\"b"},{"a":"z"},{"a":"é"}]),
        ] {
            let element = match &set[0] {
                Json::Array(items) if items[0].is_number() => Type::list(Type::Number),
                Json::Array(_) => Type::list(Type::String),
                object if object["a"].is_boolean() => Type::object([("a", Type::Bool)]),
                object if object.get("n").is_some() => {
                    Type::object([("a", Type::String), ("n", Type::Number)])
                }
                object if object.get("b").is_some() => {
                    Type::object([("a", Type::String), ("b", Type::Number)])
                }
                _ => Type::object([("a", Type::String)]),
            };
            let mut reversed = set.as_array().unwrap().clone();
            reversed.reverse();
            let made = json::from_json(&Json::Array(reversed), &Type::set(element)).unwrap();
            assert_eq!(json::to_json(&made), set);
        }
    }
}

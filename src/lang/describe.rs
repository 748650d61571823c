//! How a value reads in the lines below the source of a diagnostic: `var.memory is 64`.
//! Knows nothing of expressions; never shows a secret.

use crate::base::convert::article;
use crate::base::{Kind, Type, Value};

/// How many characters of a text or number are shown.
const SHOWN: usize = 100;

/// What follows the expression: `is 10`, `is "a"`, `is object with 3 attributes`, `is a string, known only after
/// apply`, `has a sensitive value`.
pub fn describe(value: &Value) -> String {
    if value.is_sensitive() {
        return "has a sensitive value".into();
    }
    let counted = |kind: String, count: usize, item: &str| match count {
        0 => format!("is empty {kind}"),
        1 => format!("is {kind} with 1 {item}"),
        n => format!("is {kind} with {n} {item}s"),
    };
    match value.kind() {
        Kind::Null(_) => "is null".into(),
        Kind::Unknown(Type::Dynamic) => "will be known only after apply".into(),
        Kind::Unknown(ty) => format!("is {}, known only after apply", article(ty)),
        Kind::Bool(b) => format!("is {b}"),
        Kind::Number(n) => format!("is {}", shortened(&n.to_string())),
        Kind::String(s) if s.chars().count() > SHOWN => format!("is {:?}", shortened(s)),
        Kind::String(s) => format!("is {s:?}"),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            counted(value.ty().friendly_name(), items.len(), "element")
        }
        Kind::Map(_, entries) => counted(value.ty().friendly_name(), entries.len(), "element"),
        Kind::Object(attributes) => match attributes.keys().next() {
            None => "is object with no attributes".into(),
            Some(name) if attributes.len() == 1 => format!("is object with 1 attribute {:?}", &**name),
            Some(_) => format!("is object with {} attributes", attributes.len()),
        },
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.into();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_terraform_prints_it() {
        let cases = [
            (Value::number(5), "is 5"),
            (Value::from("a\"b"), r#"is "a\"b""#),
            (Value::NULL, "is null"),
            (Value::DYNAMIC, "will be known only after apply"),
            (Value::unknown(Type::String), "is a string, known only after apply"),
            (Value::unknown(Type::object([("a", Type::Bool)])), "is an object, known only after apply"),
            (Value::from("x").with_sensitive(true), "has a sensitive value"),
            (Value::tuple([]), "is empty tuple"),
            (Value::list(Type::String, ["a".into()]), "is list of string with 1 element"),
            (
                Value::map(Type::Number, [("a", 1.into()), ("b", 2.into())]),
                "is map of number with 2 elements",
            ),
            (Value::object::<&str>([]), "is object with no attributes"),
            (Value::object([("a", Value::NULL)]), "is object with 1 attribute \"a\""),
        ];
        for (value, shown) in cases {
            assert_eq!(describe(&value), shown, "{value:?}");
        }
    }
}

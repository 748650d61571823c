//! Values as plan and state JSON write them: what is known, where something is unknown, where something is secret.
//! Knows nothing of resources.

use serde_json::{Map, Value as Json, json};

use crate::base::{Kind, Value, json as base_json};

/// Whether secrets are written in clear, as Terraform does, or as null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// In clear, for programs that need them.
    Shown,
    /// As null; the `…_sensitive` keys say where.
    Hidden,
}

/// The known part: unknown attributes and entries are left out, unknown elements are null. `None` when it is unknown as a whole.
pub(super) fn known(value: &Value, secrets: Secrets) -> Option<Json> {
    if value.is_sensitive() && secrets == Secrets::Hidden && !value.is_unknown() {
        return Some(Json::Null);
    }
    Some(match value.kind() {
        Kind::Unknown(_) => return None,
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Json::Array(items.iter().map(|v| known(v, secrets).unwrap_or_default()).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => Json::Object(
            entries.iter().filter_map(|(n, v)| Some((n.to_string(), known(v, secrets)?))).collect(),
        ),
        _ => base_json::to_json(value),
    })
}

/// `true` where something is unknown; containers are kept, what is known inside maps and objects is left out.
pub(super) fn unknown(value: &Value) -> Json {
    match value.kind() {
        Kind::Unknown(_) => json!(true),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Json::Array(items.iter().map(unknown).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            present(entries.iter().map(|(n, v)| (n, unknown(v))))
        }
        _ => json!(false),
    }
}

/// `true` where something is secret, in the same shape. Unknown containers are empty ones.
pub(super) fn sensitive(value: &Value) -> Json {
    use crate::base::Type;
    if value.is_sensitive() {
        return json!(true);
    }
    match value.kind() {
        Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => json!([]),
        Kind::Unknown(Type::Map(_) | Type::Object(_)) => json!({}),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Json::Array(items.iter().map(sensitive).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            present(entries.iter().map(|(n, v)| (n, sensitive(v))))
        }
        _ => json!(false),
    }
}

fn present<'a>(entries: impl Iterator<Item = (&'a crate::base::Name, Json)>) -> Json {
    let kept = entries.filter(|(_, v)| *v != Json::Bool(false)).map(|(n, v)| (n.to_string(), v));
    Json::Object(kept.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    fn example() -> Value {
        Value::object([
            ("id", Value::unknown(Type::String)),
            ("list", Value::tuple([Value::unknown(Type::String), "x".into()])),
            ("set", Value::set(Type::String, [Value::unknown(Type::String), "y".into()])),
            (
                "env",
                Value::map(
                    Type::String,
                    [("A", Value::from("a").with_sensitive(true)), ("B", Value::from("b"))],
                ),
            ),
            ("tags", Value::unknown(Type::map(Type::String))),
            ("zones", Value::unknown(Type::set(Type::String))),
            ("nothing", Value::null(Type::list(Type::String))),
        ])
    }

    #[test]
    fn shapes_are_terraforms() {
        let value = example();
        assert_eq!(
            known(&value, Secrets::Shown).unwrap(),
            json!({"list": [null, "x"], "set": [null, "y"], "env": {"A": "a", "B": "b"}, "nothing": null})
        );
        assert_eq!(
            unknown(&value),
            json!({"id": true, "list": [true, false], "set": [true, false], "env": {}, "tags": true, "zones": true})
        );
        assert_eq!(
            sensitive(&value),
            json!({"list": [false, false], "set": [false, false], "env": {"A": true}, "tags": {}, "zones": []})
        );
    }

    #[test]
    fn hidden_secrets_are_null() {
        let json = known(&example(), Secrets::Hidden).unwrap();
        assert_eq!(json["env"], json!({"A": null, "B": "b"}));
    }
}

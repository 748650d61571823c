//! Values and types to JSON and back, exactly.
//! Knows nothing of files, and never goes through `f64`.

use std::str::FromStr;

use serde_json::{Map, Value as Json, json};

use super::{Entries, Kind, Name, Number, Path, PathStep, Type, Value};

/// Why a JSON text gives no value of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {what}")]
pub struct JsonError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub what: String,
}

impl JsonError {
    fn new(what: impl Into<String>) -> Self {
        JsonError { path: Path::default(), what: what.into() }
    }

    /// The error as the value around sees it. So a path is only made where something is wrong.
    fn below(self, step: PathStep) -> Self {
        let steps = std::iter::once(step).chain(self.path.steps().iter().cloned()).collect::<Vec<_>>();
        JsonError { path: steps.into(), what: self.what }
    }
}

/// A known value as JSON; unknown parts become null. A value of a [`Type::Dynamic`] position is written as it is:
/// use [`to_json_typed`] where the type must survive.
pub fn to_json(value: &Value) -> Json {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => Json::Null,
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) => number(n),
        Kind::String(s) => Json::String(s.to_string()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Json::Array(items.iter().map(to_json).collect())
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            Json::Object(entries.iter().map(|(n, v)| (n.to_string(), to_json(v))).collect())
        }
    }
}

/// A number as JSON, with all its digits.
pub fn number(n: &Number) -> Json {
    match n.as_i64() {
        Some(small) => Json::from(small),
        // With `arbitrary_precision` a JSON number keeps its text.
        None => serde_json::Number::from_str(&n.to_string()).map_or(Json::Null, Json::Number),
    }
}

/// JSON text as Go writes it: what HTML gives a meaning to, and two line ends of Unicode, are escapes. They stand in
/// strings only.
pub fn escaped(text: &str) -> String {
    ['&', '<', '>', '\u{2028}', '\u{2029}']
        .into_iter()
        .fold(text.to_owned(), |text, c| text.replace(c, &format!("\\u{:04x}", u32::from(c))))
}

/// A known value as JSON for a place of the given type: where the type is dynamic, as `{"value": …, "type": …}`,
/// which is how Terraform's state keeps it.
pub fn to_json_typed(value: &Value, ty: &Type) -> Json {
    match (ty, value.kind()) {
        (Type::Dynamic, Kind::Null(Type::Dynamic)) => Json::Null,
        (Type::Dynamic, _) => json!({ "value": to_json(value), "type": type_to_json(&value.ty()) }),
        (_, Kind::Null(_) | Kind::Unknown(_)) => Json::Null,
        (Type::List(t) | Type::Set(t), Kind::List(_, items) | Kind::Set(_, items)) => {
            Json::Array(items.iter().map(|v| to_json_typed(v, t)).collect())
        }
        (Type::Tuple(ts), Kind::Tuple(items)) => {
            Json::Array(items.iter().zip(ts.iter()).map(|(v, t)| to_json_typed(v, t)).collect())
        }
        (Type::Map(t), Kind::Map(_, entries)) => {
            Json::Object(entries.iter().map(|(n, v)| (n.to_string(), to_json_typed(v, t))).collect())
        }
        (Type::Object(ts), Kind::Object(entries)) => Json::Object(
            entries
                .iter()
                .map(|(n, v)| (n.to_string(), to_json_typed(v, ts.get(n).unwrap_or(&Type::Dynamic))))
                .collect(),
        ),
        _ => to_json(value),
    }
}

/// A JSON text as a value of the given type.
///
/// # Errors
/// A [`JsonError`] that says where the JSON does not fit the type.
pub fn from_json(json: &Json, ty: &Type) -> Result<Value, JsonError> {
    let mismatch = || JsonError::new(format!("a {} is required", ty.friendly_name()));
    if json.is_null() {
        return Ok(Value::null(ty.clone()));
    }
    Ok(match (ty, json) {
        (Type::Dynamic, Json::Object(wrapped)) if wrapped.contains_key("type") => {
            let inner = type_from_json(&wrapped["type"]).ok_or_else(|| JsonError::new("an unknown type"))?;
            from_json(wrapped.get("value").unwrap_or(&Json::Null), &inner)?
        }
        (Type::Dynamic, _) => implied_value(json)?,
        (Type::Bool, Json::Bool(b)) => Value::from(*b),
        (Type::Bool, Json::String(s)) if s == "true" || s == "false" => Value::from(s == "true"),
        (Type::Number, Json::Number(n)) => Value::number(parse_number(n)?),
        (Type::Number, Json::String(s)) => Value::number(s.parse::<Number>().map_err(|_| mismatch())?),
        (Type::String, Json::String(s)) => Value::text(s),
        (Type::String, Json::Number(n)) => Value::from(parse_number(n)?.to_string()),
        (Type::String, Json::Bool(b)) => Value::from(b.to_string()),
        (Type::List(t), Json::Array(items)) => {
            Value::list(Type::clone(t), elements(items, |i| from_json(i, t))?)
        }
        (Type::Set(t), Json::Array(items)) => {
            Value::set(Type::clone(t), elements(items, |i| from_json(i, t))?)
        }
        (Type::Tuple(ts), Json::Array(items)) if ts.len() == items.len() => {
            let mut types = ts.iter();
            Value::tuple(elements(items, |item| from_json(item, types.next().unwrap_or(&Type::Dynamic)))?)
        }
        (Type::Map(t), Json::Object(entries)) => {
            let mut values = Vec::with_capacity(entries.len());
            for (key, item) in entries {
                let key = Name::from(key.as_str());
                let value = from_json(item, t).map_err(|error| error.below(PathStep::Key(key.clone())))?;
                values.push((key, value));
            }
            Value::map(Type::clone(t), values)
        }
        (Type::Object(ts), Json::Object(entries)) => {
            let mut values = Vec::with_capacity(ts.len());
            for (name, t) in ts.iter() {
                let item = entries.get(&**name).unwrap_or(&Json::Null);
                let value = from_json(item, t).map_err(|error| error.below(PathStep::Attr(name.clone())))?;
                values.push((name.clone(), value));
            }
            Value::object(values)
        }
        _ => return Err(mismatch()),
    })
}

/// A JSON text as the value it looks like: arrays become tuples and objects become objects, as `jsondecode` does.
///
/// # Errors
/// A [`JsonError`] for a number out of range.
pub fn implied_value(json: &Json) -> Result<Value, JsonError> {
    Ok(match json {
        Json::Null => Value::NULL,
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => Value::number(parse_number(n)?),
        Json::String(s) => Value::text(s),
        Json::Array(items) => Value::tuple(elements(items, implied_value)?),
        Json::Object(entries) => {
            let mut values = Vec::with_capacity(entries.len());
            for (key, item) in entries {
                let name = Name::from(key.as_str());
                let value = implied_value(item).map_err(|error| error.below(PathStep::Attr(name.clone())))?;
                values.push((name, value));
            }
            Value::object(values)
        }
    })
}

fn elements(
    items: &[Json],
    mut value: impl FnMut(&Json) -> Result<Value, JsonError>,
) -> Result<Vec<Value>, JsonError> {
    let mut values = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        values.push(value(item).map_err(|error| error.below(PathStep::Index(i)))?);
    }
    Ok(values)
}

fn parse_number(n: &serde_json::Number) -> Result<Number, JsonError> {
    n.to_string().parse().map_err(|e: super::NumberError| JsonError::new(e.to_string()))
}

/// A type as state files and plan JSON write it: `"string"`, `["list","string"]`, `["object",{…}]`.
pub fn type_to_json(ty: &Type) -> Json {
    match ty {
        Type::Dynamic => json!("dynamic"),
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::String => json!("string"),
        Type::List(t) => json!(["list", type_to_json(t)]),
        Type::Set(t) => json!(["set", type_to_json(t)]),
        Type::Map(t) => json!(["map", type_to_json(t)]),
        Type::Tuple(ts) => json!(["tuple", ts.iter().map(type_to_json).collect::<Vec<_>>()]),
        Type::Object(ts) => {
            let attrs: Map<String, Json> = ts.iter().map(|(n, t)| (n.to_string(), type_to_json(t))).collect();
            json!(["object", attrs])
        }
    }
}

/// The type that [`type_to_json`] wrote; `None` if it is none.
pub fn type_from_json(json: &Json) -> Option<Type> {
    Some(match json {
        Json::String(s) => match s.as_str() {
            "dynamic" => Type::Dynamic,
            "bool" => Type::Bool,
            "number" => Type::Number,
            "string" => Type::String,
            _ => return None,
        },
        Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?) {
            ("list", t) => Type::list(type_from_json(t)?),
            ("set", t) => Type::set(type_from_json(t)?),
            ("map", t) => Type::map(type_from_json(t)?),
            ("tuple", Json::Array(ts)) => {
                Type::tuple(ts.iter().map(type_from_json).collect::<Option<Vec<_>>>()?)
            }
            ("object", Json::Object(ts)) => Type::object(
                ts.iter().map(|(n, t)| Some((n.as_str(), type_from_json(t)?))).collect::<Option<Vec<_>>>()?,
            ),
            _ => return None,
        },
        _ => return None,
    })
}

/// A value with everything it has: types, unknowns and marks. What [`decode`] reads back; used by plan files and the
/// journal, where [`to_json`] would lose too much.
pub fn encode(value: &Value) -> Json {
    let bare = match value.kind() {
        Kind::Null(t) => json!(["null", type_to_json(t)]),
        Kind::Unknown(t) => json!(["unknown", type_to_json(t)]),
        Kind::Bool(b) => Json::Bool(*b),
        Kind::Number(n) => number(n),
        Kind::String(s) => Json::String(s.to_string()),
        Kind::List(t, items) => json!(["list", type_to_json(t), encode_all(items)]),
        Kind::Set(t, items) => json!(["set", type_to_json(t), encode_all(items)]),
        Kind::Tuple(items) => json!(["tuple", encode_all(items)]),
        Kind::Map(t, entries) => json!(["map", type_to_json(t), encode_entries(entries)]),
        Kind::Object(entries) => Json::Object(encode_entries(entries)),
    };
    if value.is_sensitive() { json!(["sensitive", bare]) } else { bare }
}

fn encode_all(items: &[Value]) -> Vec<Json> {
    items.iter().map(encode).collect()
}

fn encode_entries(entries: &Entries) -> Map<String, Json> {
    entries.iter().map(|(n, v)| (n.to_string(), encode(v))).collect()
}

/// Reads what [`encode`] wrote; `None` if it is something else.
pub fn decode(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(b) => Value::from(*b),
        Json::Number(n) => Value::number(n.to_string().parse::<Number>().ok()?),
        Json::String(s) => Value::string(s.as_str()),
        Json::Object(entries) => Value::object(decode_entries(entries)?),
        Json::Array(parts) => match (parts.first()?.as_str()?, parts.get(1)?, parts.get(2)) {
            ("null", t, None) => Value::null(type_from_json(t)?),
            ("unknown", t, None) => Value::unknown(type_from_json(t)?),
            ("sensitive", inner, None) => decode(inner)?.with_sensitive(true),
            ("tuple", Json::Array(items), None) => Value::tuple(decode_all(items)?),
            ("list", t, Some(Json::Array(items))) => Value::list(type_from_json(t)?, decode_all(items)?),
            ("set", t, Some(Json::Array(items))) => Value::set(type_from_json(t)?, decode_all(items)?),
            ("map", t, Some(Json::Object(entries))) => {
                Value::map(type_from_json(t)?, decode_entries(entries)?)
            }
            _ => return None,
        },
    })
}

fn decode_all(items: &[Json]) -> Option<Vec<Value>> {
    items.iter().map(decode).collect()
}

fn decode_entries(entries: &Map<String, Json>) -> Option<Vec<(Name, Value)>> {
    entries.iter().map(|(n, v)| Some((Name::from(n.as_str()), decode(v)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_every_digit() {
        let text = "123456789012345678901234567890.5";
        let json: Json = serde_json::from_str(text).unwrap();
        let value = from_json(&json, &Type::Number).unwrap();
        assert_eq!(serde_json::to_string(&to_json(&value)).unwrap(), text);
    }

    #[test]
    fn dynamic_places_keep_their_type() {
        let ty = Type::object([("input", Type::Dynamic)]);
        let value = Value::object([("input", Value::list(Type::String, ["a".into()]))]);
        let json = to_json_typed(&value, &ty);
        assert_eq!(json, json!({"input": {"value": ["a"], "type": ["list", "string"]}}));
        assert_eq!(from_json(&json, &ty).unwrap(), value);
    }

    #[test]
    fn encoding_loses_nothing() {
        let value = Value::object([
            ("unknown", Value::unknown(Type::list(Type::String))),
            ("secret", Value::map(Type::String, [("k", Value::from("v").with_sensitive(true))])),
            ("set", Value::set(Type::Number, [Value::number(2), Value::number(1)])),
            ("tuple", Value::tuple([Value::NULL, Value::TRUE, Value::from("[\"null\"]")])),
        ]);
        assert_eq!(decode(&encode(&value)), Some(value));
    }

    #[test]
    fn what_does_not_fit_says_where() {
        let ty = Type::object([("vpc", Type::list(Type::object([("id", Type::String)])))]);
        let error = from_json(&json!({"vpc": [{"id": []}]}), &ty).unwrap_err();
        assert_eq!(error.to_string(), "vpc[0].id: a string is required");
    }
}

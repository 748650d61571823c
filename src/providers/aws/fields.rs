//! Typed looks into values of a schema, and values made from JSON.
//! Knows nothing of which resource they belong to.

use std::collections::HashMap;

use crate::base::{Diagnostic, Diagnostics, Entries, Value, json};
use crate::schema::{Block, Nesting};

/// A known string, `""` included.
pub(super) fn text(object: &Value, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// A known string that is not `""`.
pub(super) fn filled(object: &Value, name: &str) -> Option<String> {
    text(object, name).filter(|t| !t.is_empty())
}

/// A known whole number.
pub(super) fn int(object: &Value, name: &str) -> Option<i64> {
    object.get(name)?.as_number()?.as_i64()
}

/// A known whole number as the API's integers are.
pub(super) fn int32(object: &Value, name: &str) -> Option<i32> {
    int(object, name).and_then(|n| i32::try_from(n).ok())
}

/// A known number.
pub(super) fn decimal(object: &Value, name: &str) -> Option<f64> {
    Some(object.get(name)?.as_number()?.to_f64())
}

/// A known bool.
pub(super) fn flag(object: &Value, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

/// The strings of a known list or set, null ones left out.
pub(super) fn texts(object: &Value, name: &str) -> Option<Vec<String>> {
    let items = object.get(name)?.as_items()?;
    Some(items.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
}

/// The strings of a known list or set, if there are any.
pub(super) fn some_texts(object: &Value, name: &str) -> Option<Vec<String>> {
    texts(object, name).filter(|items| !items.is_empty())
}

/// The entries of a known map of strings, null ones left out.
pub(super) fn text_map(object: &Value, name: &str) -> Option<HashMap<String, String>> {
    object.get(name).and_then(entries)
}

/// The entries of a known map of strings, null ones left out.
pub(super) fn entries(map: &Value) -> Option<HashMap<String, String>> {
    let entries = map.as_entries()?.iter();
    Some(entries.filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_owned()))).collect())
}

/// The only element of a list block.
pub(super) fn block<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name)?.as_items()?.first()
}

/// Whether configuration gives something: a value, or one it does not know yet.
pub(super) fn is_given(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|v| v.is_unknown() || !is_empty(v))
}

/// Whether configuration gives a value for certain: what is unknown may turn out to be null, and conflicts with nothing.
pub(super) fn is_set(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|v| !v.is_unknown() && !is_empty(v))
}

/// Null, `""`, or a collection with nothing in it: what the provider SDK's second version cannot tell apart.
pub(super) fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_str().is_some_and(str::is_empty)
        || value.as_items().is_some_and(<[Value]>::is_empty)
        || (value.as_entries().is_some_and(Entries::is_empty))
}

/// Whether what was found is what state has, ways to say "none" aside.
pub(super) fn is_as_known(found: &Value, known: &Value) -> bool {
    let same = |name: &str, found: &Value| match known.get(name) {
        Some(known) => *found == known.clone().unmark_deep().0 || (is_empty(found) && is_empty(known)),
        None => is_empty(found),
    };
    found.as_entries().is_some_and(|entries| entries.iter().all(|(name, found)| same(name, found)))
}

/// The attributes of an object as a value of the block's type; what is absent is null.
///
/// # Errors
/// When a response does not have the types of the schema, which is an error of this program.
pub(super) fn typed(block: &Block, attributes: serde_json::Value) -> Result<Value, Diagnostics> {
    json::from_json(&attributes, &block.ty()).map_err(|error| {
        Diagnostic::error(
            "Unreadable answer",
            format!(
                "The service's answer does not fit the schema at {error}. This is an error in lambdaform."
            ),
        )
        .into()
    })
}

/// The object with one attribute taken from another object, if that has it.
pub(super) fn carry(mut object: Value, from: &Value, names: &[&str]) -> Value {
    for name in names {
        if let Some(value) = from.get(name).filter(|value| !value.is_unknown()) {
            object.set_attr(name, value.clone());
        }
    }
    object
}

/// The object without these attributes and blocks.
pub(super) fn without(object: Value, names: &[&str]) -> Value {
    let entries = object.as_entries().into_iter().flat_map(|entries| entries.iter());
    let rest = entries.filter(|(name, _)| !names.contains(&&***name));
    Value::object(rest.map(|(name, value)| (name.clone(), value.clone())))
}

/// An object of a block with these attributes: absent attributes are null, absent blocks are empty.
///
/// # Errors
/// As [`typed`].
pub(super) fn empty(block: &Block, mut attributes: serde_json::Value) -> Result<Value, Diagnostics> {
    if let Some(entries) = attributes.as_object_mut() {
        for nested in block.blocks.iter().filter(|b| b.nesting != Nesting::Single) {
            entries.entry(nested.name).or_insert_with(|| serde_json::json!([]));
        }
    }
    typed(block, attributes)
}

/// An object that exists, although nothing more could be read of it: what is not known is null.
pub(super) fn as_far_as_known(planned: &Value) -> Value {
    if planned.is_unknown() {
        return Value::null(planned.ty());
    }
    let object = planned.map_children(as_far_as_known);
    match filled(&object, "function_name") {
        Some(name) if object.get("id").is_some_and(Value::is_null) => {
            object.with_attr("id", Value::from(name))
        }
        _ => object,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn an_object_that_could_not_be_read_is_kept_without_unknowns() {
        let planned = Value::object([
            ("function_name", Value::from("f")),
            ("id", Value::unknown(Type::String)),
            ("arn", Value::unknown(Type::String)),
        ]);
        let object = as_far_as_known(&planned);
        assert!(object.is_wholly_known());
        assert_eq!(object.get("id"), Some(&Value::from("f")));
    }
}

//! Attribute access and indexing: `x.name`, `x[key]`.
//! Knows nothing of expressions; the evaluator adds the place.

use crate::base::convert::{ConvertError, convert};
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Kind, Number, Type, Value};

/// `value.name`
pub(super) fn attribute(value: &Value, name: &str) -> Result<Value, Diagnostic> {
    let unsupported = |detail: String| Err(Diagnostic::error("Unsupported attribute", detail));
    let sensitive = value.is_sensitive();
    let found = match value.kind() {
        Kind::Null(_) => {
            return Err(Diagnostic::error(
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.",
            ));
        }
        Kind::Unknown(Type::Dynamic) => Value::DYNAMIC,
        Kind::Unknown(Type::Map(element)) => Value::unknown(Type::clone(element)),
        Kind::Unknown(Type::Object(attributes)) => match attributes.get(name) {
            Some(ty) => Value::unknown(ty.clone()),
            None => return unsupported(no_attribute(name, attributes.keys().map(|k| &**k))),
        },
        Kind::Object(attributes) => match attributes.get(name) {
            Some(found) => found.clone(),
            None => return unsupported(no_attribute(name, attributes.keys().map(|k| &**k))),
        },
        Kind::Map(_, entries) => match entries.get(name) {
            Some(found) => found.clone(),
            None => {
                // The keys of a map are data, and data may be secret.
                let near =
                    if sensitive { String::new() } else { did_you_mean(name, entries.keys().map(|k| &**k)) };
                return Err(Diagnostic::error(
                    "Missing map element",
                    format!("This map does not have an element with the key {name:?}.{near}"),
                ));
            }
        },
        _ => {
            return unsupported(match value.ty() {
                Type::List(element) if matches!(&*element, Type::Object(_)) => format!(
                    "Can't access attributes on a list of objects. Did you mean to access attribute {name:?} for a \
                     specific element of the list, or across all elements of the list?"
                ),
                Type::Set(element) if matches!(&*element, Type::Object(_)) => {
                    "Can't access attributes on a set of objects. Did you mean to access an attribute across all \
                     elements of the set?"
                        .into()
                }
                ty if ty.is_primitive() => {
                    format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly_name())
                }
                _ => "This value does not have any attributes.".into(),
            });
        }
    };
    Ok(found.with_sensitive(sensitive))
}

fn no_attribute<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    format!("This object does not have an attribute named {name:?}.{}", did_you_mean(name, known))
}

/// The element that a known key names, without a look at the others: the type of a collection is as large as it is, and
/// asked for only where something is unknown or wrong.
fn element<'v>(value: &'v Value, key: &Value) -> Option<&'v Value> {
    match (value.kind(), key.kind()) {
        (Kind::List(_, items) | Kind::Tuple(items), Kind::Number(n)) => {
            items.get(position(n, items.len()).ok()?)
        }
        (Kind::Map(_, entries) | Kind::Object(entries), Kind::String(name)) => entries.get(name),
        _ => None,
    }
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value) -> Result<Value, Diagnostic> {
    let invalid = |detail: String| Diagnostic::error("Invalid index", detail);
    let sensitive = value.is_sensitive() || key.is_sensitive();
    if value.is_null() {
        return Err(Diagnostic::error(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.",
        ));
    }
    if key.is_null() {
        return Err(invalid("Can't use a null value as an indexing key.".into()));
    }
    if let Some(found) = element(value, key) {
        return Ok(found.clone().with_sensitive(sensitive));
    }
    let ty = value.ty();
    let dynamic = |v: &Value| matches!(v.kind(), Kind::Unknown(Type::Dynamic));
    if dynamic(value) || dynamic(key) {
        return match ty {
            Type::Set(_) | Type::Bool | Type::Number | Type::String => Err(invalid(not_indexable(&ty))),
            _ => Ok(Value::DYNAMIC.with_sensitive(sensitive)),
        };
    }
    // Why a secret key finds nothing, or what a secret collection holds, would say something about it.
    let absent = |why: &str, hint: &str| {
        let (why, hint) = if sensitive { ("", "") } else { (why, hint) };
        invalid(format!("The given key does not identify an element in this collection value{why}.{hint}"))
    };
    let misfit = |e: ConvertError| {
        invalid(format!("The given key does not identify an element in this collection value: {e}."))
    };
    let found = match &ty {
        Type::List(_) | Type::Tuple(_) => {
            let key = convert(key, &Type::Number).map_err(misfit)?;
            match (value.as_items(), key.as_number()) {
                (Some(items), Some(n)) => position(n, items.len())
                    .and_then(|i| items.get(i).ok_or(": the index is out of range"))
                    .map_err(|why| absent(why, ""))?
                    .clone(),
                _ => Value::unknown(match (&ty, key.as_number()) {
                    (Type::List(element), _) => Type::clone(element),
                    (Type::Tuple(types), Some(n)) => {
                        let i = position(n, types.len()).map_err(|why| absent(why, ""))?;
                        types.get(i).cloned().unwrap_or(Type::Dynamic)
                    }
                    _ => Type::Dynamic,
                }),
            }
        }
        Type::Map(element) => {
            let key = convert(key, &Type::String).map_err(misfit)?;
            match (value.as_entries(), key.as_str()) {
                (Some(entries), Some(name)) => entries
                    .get(name)
                    .ok_or_else(|| absent("", &did_you_mean(name, entries.keys().map(|k| &**k))))?
                    .clone(),
                _ => Value::unknown(Type::clone(element)),
            }
        }
        Type::Object(types) => {
            let number = key.as_number().is_some();
            let key = convert(key, &Type::String).map_err(misfit)?;
            let Some(name) = key.as_str() else { return Ok(Value::DYNAMIC.with_sensitive(sensitive)) };
            let Some(ty) = types.get(name) else {
                let hint = if number {
                    " An object only supports looking up attributes by name, not by numeric index.".into()
                } else {
                    did_you_mean(name, types.keys().map(|k| &**k))
                };
                return Err(absent("", &hint));
            };
            value.get(name).cloned().unwrap_or_else(|| Value::unknown(ty.clone()))
        }
        _ => return Err(invalid(not_indexable(&ty))),
    };
    Ok(found.with_sensitive(sensitive))
}

fn not_indexable(ty: &Type) -> String {
    match ty {
        Type::Set(_) => "Elements of a set are identified only by their value and don't have any separate index or \
                         key to select with, so it's only possible to perform operations across all elements of the \
                         set."
            .into(),
        _ => "This value does not have any indices.".into(),
    }
}

/// The position that a number stands for, or why there is none.
fn position(n: &Number, length: usize) -> Result<usize, &'static str> {
    if n.is_negative() {
        return Err(": a negative number is not a valid index for a sequence");
    }
    if !n.is_integer() {
        return Err(
            ": indexing a sequence requires a whole number, but the given index has a fractional part",
        );
    }
    match n.as_i64().and_then(|i| usize::try_from(i).ok()) {
        Some(i) if i < length => Ok(i),
        _ if length == 0 => Err(": the collection has no elements"),
        _ => Err(": the given index is greater than or equal to the length of the collection"),
    }
}

//! Functions over maps and objects.
//! Knows nothing of lists beyond building them.

use std::collections::BTreeMap;

use crate::base::{Entries, Kind, Name, Type, Value, convert};

use super::declare::{Args, Fault, Function, element_of, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::String as Text;
    let lists = || Type::map(Type::list(Text));
    vec![
        function("keys", "The keys of the map, sorted.")
            .any("inputMap")
            .or_unknown()
            .marks_inside()
            .gives_of(keys_type, keys),
        function("lookup", "The value of the map under the key, or the default.")
            .any("inputMap")
            .marks_inside()
            .text("key")
            .rest("default", Type::Dynamic)
            .or_null()
            .or_unknown()
            .marks_through()
            .gives_of(lookup_type, lookup),
        function("merge", "The entries of all maps; of equal keys the last wins.")
            .rest("maps", Type::Dynamic)
            .or_null()
            .marks_inside()
            .gives_of(merge_type, merge),
        function("transpose", "The map of lists turned round: each element with the keys that hold it.")
            .param("values", lists())
            .wholly_known()
            .gives(lists(), transpose),
        function("values", "The values of the map, by the order of its keys.")
            .any("mapping")
            .marks_inside()
            .gives_of(values_type, values),
        function("zipmap", "The map of the keys with the values at the same positions.")
            .param("keys", Type::list(Text))
            .wholly_known()
            .any("values")
            .marks_inside()
            .gives_of(zipmap_type, zipmap),
    ]
}

fn keys_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(attrs) => Ok(Type::tuple(attrs.keys().map(|_| Type::String))),
        Type::Dynamic => Ok(Type::Dynamic),
        _ => Err(Fault::new("must have map or object type").at(0)),
    }
}

fn keys(a: &Args) -> Result<Value, Fault> {
    let text = |name: &Name| Value::string(name.clone());
    Ok(match a.value(0).kind() {
        Kind::Map(_, entries) => Value::list(Type::String, entries.keys().map(text)),
        Kind::Object(entries) => Value::tuple(entries.keys().map(text)),
        Kind::Unknown(Type::Object(types)) => Value::tuple(types.keys().map(text)),
        _ => Value::unknown(a.returns.clone()),
    })
}

fn lookup_type(a: &Args) -> Result<Type, Fault> {
    if a.values.len() > 3 {
        let count = a.values.len();
        return Err(Fault::new(format!("lookup() takes two or three arguments, got {count}")));
    }
    match a.value(0).ty() {
        Type::Object(_) if a.value(1).is_unknown() => Ok(Type::Dynamic),
        Type::Object(attrs) => match (attrs.get(a.text(1)), a.values.get(2)) {
            (Some(ty), _) => Ok(ty.clone()),
            (None, Some(default)) => Ok(default.ty()),
            (None, None) => {
                let key = format!("{:?}", a.text(1));
                Err(Fault::about("the given object has no attribute {input}", key).at(0))
            }
        },
        Type::Map(element) => {
            if a.values.get(2).is_some_and(|default| convert::convert(default, &element).is_err()) {
                return Err(Fault::new("the default value must have the same type as the map elements").at(2));
            }
            Ok(Type::clone(&element))
        }
        _ => Err(Fault::new("lookup() requires a map as the first argument").at(0)),
    }
}

fn lookup(a: &Args) -> Result<Value, Fault> {
    match a.entries(0).get(a.text(1)).or(a.values.get(2)) {
        Some(found) => convert::convert(found, &a.returns).map_err(|e| Fault::new(e.what)),
        None => Err(Fault::about("lookup failed to find key {input}", format!("{:?}", a.text(1)))),
    }
}

fn merge_type(a: &Args) -> Result<Type, Fault> {
    if let Some(first) = a.values.first().map(Value::ty)
        && matches!(first, Type::Map(_) | Type::Object(_))
        && a.values.iter().all(|v| v.ty() == first)
    {
        return Ok(first);
    }
    let mut attrs: BTreeMap<Name, Type> = BTreeMap::new();
    let mut open = false;
    for value in a.values {
        match (value.kind(), value.ty()) {
            (Kind::Null(Type::Dynamic), _) => {}
            (Kind::Null(_), Type::Map(_) | Type::Object(_)) => {}
            (Kind::Unknown(_), Type::Map(_)) => open = true,
            (Kind::Map(_, entries), _) => attrs.extend(entries.iter().map(|(n, v)| (n.clone(), v.ty()))),
            (_, Type::Object(types)) => attrs.extend(types.iter().map(|(n, t)| (n.clone(), t.clone()))),
            (_, other) => {
                let got = other.friendly_name();
                return Err(Fault::new(format!("arguments must be maps or objects, got {got:?}")));
            }
        }
    }
    Ok(if open { Type::Dynamic } else { Type::object(attrs) })
}

fn merge(a: &Args) -> Result<Value, Fault> {
    let entries = a.values.iter().filter_map(Value::as_entries).flatten();
    let merged: Entries = entries.map(|(n, v)| (n.clone(), v.clone())).collect();
    Ok(match &a.returns {
        Type::Map(element) => Value::map(Type::clone(element), merged),
        _ => Value::object(merged),
    })
}

fn transpose(a: &Args) -> Result<Value, Fault> {
    let mut turned: BTreeMap<Name, Vec<Value>> = BTreeMap::new();
    for (key, list) in a.entries(0) {
        let Some(items) = list.as_items() else {
            return Err(Fault::new("input must not contain null list"));
        };
        for item in items {
            let Some(text) = item.as_str() else {
                return Err(Fault::new("input list must not contain null string"));
            };
            turned.entry(text.into()).or_default().push(Value::string(key.clone()));
        }
    }
    let lists = turned.into_iter().map(|(key, keys)| (key, Value::list(Type::String, keys)));
    Ok(Value::map(Type::list(Type::String), lists))
}

fn values_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::Map(element) => Ok(Type::list(Type::clone(&element))),
        Type::Object(attrs) => Ok(Type::tuple(attrs.values().cloned())),
        _ => Err(Fault::new("values() requires a map as the first argument")),
    }
}

fn values(a: &Args) -> Result<Value, Fault> {
    let items = a.entries(0).values().cloned();
    Ok(match &a.returns {
        Type::List(element) => Value::list(Type::clone(element), items),
        _ => Value::tuple(items),
    })
}

fn zipmap_type(a: &Args) -> Result<Type, Fault> {
    let known = a.value(0).is_wholly_known();
    if known && let Some(at) = a.items(0).iter().position(Value::is_null) {
        return Err(Fault::new(format!("keys list has null value at index {at}")));
    }
    let keys = || a.items(0).iter().filter_map(|key| key.as_str().map(Name::from));
    match a.value(1).ty() {
        list @ Type::List(_) => Ok(Type::map(element_of(&list))),
        Type::Tuple(_) if !known => Ok(Type::Dynamic),
        Type::Tuple(types) => {
            fits(a.items(0).len(), types.len())?;
            Ok(Type::object(keys().zip(types.iter().cloned())))
        }
        _ => Err(Fault::new("values argument must be a list or tuple value")),
    }
}

fn fits(keys: usize, values: usize) -> Result<(), Fault> {
    if keys == values {
        return Ok(());
    }
    Err(Fault::new(format!("number of keys ({keys}) does not match number of values ({values})")))
}

fn zipmap(a: &Args) -> Result<Value, Fault> {
    fits(a.items(0).len(), a.items(1).len())?;
    let keys = a.items(0).iter().filter_map(|key| key.as_str().map(Name::from));
    let entries = keys.zip(a.items(1).iter().cloned());
    Ok(match &a.returns {
        Type::Map(element) => Value::map(Type::clone(element), entries),
        _ => Value::object(entries),
    })
}

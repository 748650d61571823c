//! Functions that ask something of a collection or pick one thing from it.
//! Knows nothing of functions that give a new list, map or set.

use crate::base::{Kind, Number, Type, Value, convert};

use super::declare::{Args, Fault, Function, WHOLE, element_of, function};
use super::string;

pub(super) fn functions() -> Vec<Function> {
    use Type::{Bool, Number as Num};
    vec![
        function("alltrue", "Whether no element of the list is false or null.")
            .param("list", Type::list(Bool))
            .gives(Bool, all_true),
        function("anytrue", "Whether some element of the list is true.")
            .param("list", Type::list(Bool))
            .gives(Bool, any_true),
        function("coalesce", "The first argument that is neither null nor an empty text.")
            .rest("vals", Type::Dynamic)
            .or_null()
            .or_unknown()
            .gives_of(coalesce_type, coalesce),
        function("coalescelist", "The first argument that is not an empty list.")
            .rest("vals", Type::Dynamic)
            .or_null()
            .or_unknown()
            .gives_of(coalescelist_type, coalescelist),
        function("contains", "Whether an element of the list or set equals the value.")
            .any("list")
            .any("value")
            .gives_of(|_| Ok(Bool), contains),
        function("element", "The element of the list at the index, which wraps around at the end.")
            .any("list")
            .marks_inside()
            .number("index")
            .gives_of(element_type, element),
        function("index", "The position of the first element that equals the value.")
            .any("list")
            .any("value")
            .gives_of(|_| Ok(Num), index),
        function("length", "The number of elements, or of characters of a text.")
            .any("value")
            .or_unknown()
            .marks_inside()
            .gives(Num, length),
        function("one", "The only element of the list or set, or null if it is empty.")
            .any("list")
            .gives_of(one_type, one),
    ]
}

/// Whether two values are equal; `None` while that is not known. Values of different types are not.
fn same(a: &Value, b: &Value) -> Option<bool> {
    match (a.kind(), b.kind()) {
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        (Kind::Unknown(s), _) | (_, Kind::Unknown(s)) if !s.has_dynamic() => {
            let types = (a.ty(), b.ty());
            if types.0 == types.1 || types.0.has_dynamic() || types.1.has_dynamic() {
                None
            } else {
                Some(false)
            }
        }
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::Null(_), _) | (_, Kind::Null(_)) => Some(false),
        (Kind::List(s, x), Kind::List(t, y)) if s == t => all_same(x, y),
        (Kind::Tuple(x), Kind::Tuple(y)) => all_same(x, y),
        (Kind::Map(s, x), Kind::Map(t, y)) if s != t || !x.keys().eq(y.keys()) => Some(false),
        (Kind::Object(x), Kind::Object(y)) if !x.keys().eq(y.keys()) => Some(false),
        (Kind::Map(_, x), Kind::Map(_, y)) | (Kind::Object(x), Kind::Object(y)) => {
            fold(x.values().zip(y.values()).map(|(a, b)| same(a, b)))
        }
        (Kind::Set(..), Kind::Set(..)) if !a.is_wholly_known() || !b.is_wholly_known() => None,
        (a, b) => Some(a == b),
    }
}

fn all_same(x: &[Value], y: &[Value]) -> Option<bool> {
    if x.len() == y.len() { fold(x.iter().zip(y).map(|(a, b)| same(a, b))) } else { Some(false) }
}

/// One difference decides; otherwise one unknown leaves it open.
fn fold(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}

fn all_true(a: &Args) -> Result<Value, Fault> {
    for item in a.items(0) {
        if item.is_unknown() {
            return Ok(Value::unknown(Type::Bool));
        }
        if item.as_bool() != Some(true) {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn any_true(a: &Args) -> Result<Value, Fault> {
    if a.items(0).iter().any(|item| item.as_bool() == Some(true)) {
        return Ok(Value::TRUE);
    }
    let open = a.items(0).iter().any(Value::is_unknown);
    Ok(if open { Value::unknown(Type::Bool) } else { Value::FALSE })
}

fn coalesce_type(a: &Args) -> Result<Type, Fault> {
    let types: Vec<Type> = a.values.iter().map(Value::ty).collect();
    let common = if types.is_empty() { None } else { convert::unify(&types) };
    if types.contains(&Type::Dynamic) {
        // Only a primitive type is settled while one of the types is still open.
        return Ok(common.filter(Type::is_primitive).unwrap_or(Type::Dynamic));
    }
    common.ok_or_else(|| Fault::new("all arguments must have the same type"))
}

fn coalesce(a: &Args) -> Result<Value, Fault> {
    for value in a.values {
        if value.is_unknown() {
            return Ok(Value::unknown(a.returns.clone()));
        }
        if value.is_null() {
            continue;
        }
        let value = convert::convert(value, &a.returns).map_err(|e| Fault::new(e.what))?;
        if value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err(Fault::new("no non-null, non-empty-string arguments"))
}

fn coalescelist_type(a: &Args) -> Result<Type, Fault> {
    if a.values.is_empty() {
        return Err(Fault::new("at least one argument is required"));
    }
    for value in a.values {
        let open = matches!(value.kind(), Kind::Unknown(Type::Dynamic));
        if !open && !matches!(value.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(Fault::new("coalescelist arguments must be lists or tuples"));
        }
    }
    Ok(Type::Dynamic)
}

fn coalescelist(a: &Args) -> Result<Value, Fault> {
    for value in a.values {
        if value.is_unknown() {
            return Ok(Value::DYNAMIC);
        }
        if value.as_items().is_some_and(|items| !items.is_empty()) {
            return Ok(value.clone());
        }
    }
    Err(Fault::new("no non-null arguments"))
}

fn contains(a: &Args) -> Result<Value, Fault> {
    let Some(items) = a.value(0).as_items() else {
        return Err(Fault::new("argument must be list, tuple, or set"));
    };
    let mut open = false;
    for item in items {
        match same(item, a.value(1)) {
            Some(true) => return Ok(Value::TRUE),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok(if open { Value::unknown(Type::Bool) } else { Value::FALSE })
}

fn element_type(a: &Args) -> Result<Type, Fault> {
    let list = a.value(0).ty();
    match &list {
        Type::List(_) => Ok(element_of(&list)),
        Type::Tuple(_) if a.value(1).is_unknown() => Ok(Type::Dynamic),
        Type::Tuple(types) => Ok(types.get(position(a, types.len())?).cloned().unwrap_or(Type::Dynamic)),
        other => Err(Fault::new(format!("cannot read elements from {}", other.friendly_name()))),
    }
}

/// The index, wrapped around; a negative one counts from the end, as later versions of Terraform have it.
fn position(a: &Args, length: usize) -> Result<usize, Fault> {
    let index = a.number(1).as_i64().ok_or_else(|| Fault::new(format!("invalid index: {WHOLE}")))?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    if length == 0 {
        return Err(Fault::new("cannot use element function with an empty list"));
    }
    Ok(usize::try_from(index.rem_euclid(length)).unwrap_or(0))
}

fn element(a: &Args) -> Result<Value, Fault> {
    let at = position(a, a.items(0).len())?;
    Ok(a.items(0).get(at).cloned().unwrap_or(Value::NULL))
}

fn index(a: &Args) -> Result<Value, Fault> {
    let list = a.value(0);
    let Kind::List(_, items) = list.kind() else {
        let Kind::Tuple(items) = list.kind() else {
            return Err(Fault::new("argument must be a list or tuple"));
        };
        return find(items, a.value(1));
    };
    find(items, a.value(1))
}

fn find(items: &[Value], value: &Value) -> Result<Value, Fault> {
    if items.is_empty() {
        return Err(Fault::new("cannot search an empty list"));
    }
    for (i, item) in items.iter().enumerate() {
        match same(item, value) {
            Some(true) => return Ok(Value::number(i)),
            Some(false) => {}
            None => return Ok(Value::unknown(Type::Number)),
        }
    }
    Err(Fault::new("item not found"))
}

fn length(a: &Args) -> Result<Value, Fault> {
    let count = |n: usize| Ok(Value::number(Number::from(n)));
    match a.value(0).kind() {
        // Elements that are not known yet may turn out to be equal.
        Kind::Set(_, items) if items.len() > 1 && !a.value(0).is_wholly_known() => {
            Ok(Value::unknown(Type::Number))
        }
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => count(items.len()),
        Kind::Map(_, entries) | Kind::Object(entries) => count(entries.len()),
        Kind::String(text) => count(string::length(text)),
        Kind::Unknown(Type::Tuple(types)) => count(types.len()),
        Kind::Unknown(Type::Object(types)) => count(types.len()),
        Kind::Unknown(Type::Number | Type::Bool) | Kind::Number(_) | Kind::Bool(_) => {
            Err(Fault::new("argument must be a string, a collection type, or a structural type"))
        }
        Kind::Unknown(_) | Kind::Null(_) => Ok(Value::unknown(Type::Number)),
    }
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(a: &Args) -> Result<Type, Fault> {
    match a.value(0).ty() {
        Type::List(t) | Type::Set(t) => Ok(Type::clone(&t)),
        Type::Tuple(types) if types.len() <= 1 => Ok(types.first().cloned().unwrap_or(Type::Dynamic)),
        _ => Err(Fault::new(ONE).at(0)),
    }
}

fn one(a: &Args) -> Result<Value, Fault> {
    match a.items(0) {
        [] => Ok(Value::null(a.returns.clone())),
        [only] => Ok(only.clone()),
        [..] if matches!(a.value(0).kind(), Kind::Set(..)) && !a.value(0).is_wholly_known() => {
            Ok(Value::unknown(a.returns.clone()))
        }
        [..] => Err(Fault::new(ONE).at(0)),
    }
}

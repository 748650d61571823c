//! Functions over the type or the mark of a value.
//! Knows nothing of how values convert; [`convert`] does.

use crate::base::{Kind, Type, Value, convert};

use super::declare::{Fault, Function, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Bool, Dynamic, Number, String as Text};
    vec![
        function("ephemeralasnull", "The value, with null in place of what is ephemeral.")
            .any("value")
            .or_null()
            .or_unknown()
            .marks_through()
            .gives(Dynamic, |a| Ok(a.value(0).clone())),
        function("issensitive", "Whether the value is marked sensitive.")
            .any("value")
            .or_null()
            .or_unknown()
            .marks_through()
            .gives(Bool, |a| {
                let value = a.value(0);
                // What is not known yet may still turn out to be sensitive.
                let open = value.is_unknown() && !value.is_sensitive();
                Ok(if open { Value::unknown(Bool) } else { value.is_sensitive().into() })
            }),
        function("nonsensitive", "The value without its sensitive mark.")
            .any("value")
            .or_null()
            .or_unknown()
            .marks_through()
            .gives(Dynamic, |a| Ok(a.value(0).clone().unmark().0)),
        function("sensitive", "The value with a sensitive mark.")
            .any("value")
            .or_null()
            .or_unknown()
            .marks_through()
            .gives(Dynamic, |a| Ok(a.value(0).clone().with_sensitive(true))),
        conversion("tobool", "The value as a bool.", |a| to(a.value(0), &Bool)),
        conversion("tolist", "The value as a list.", |a| to(a.value(0), &Type::list(Dynamic))),
        conversion("tomap", "The value as a map.", |a| to(a.value(0), &Type::map(Dynamic))),
        conversion("tonumber", "The value as a number.", |a| to(a.value(0), &Number)),
        conversion("toset", "The value as a set.", |a| to(a.value(0), &Type::set(Dynamic))),
        conversion("tostring", "The value as a text.", |a| to(a.value(0), &Text)),
    ]
}

fn conversion(name: &'static str, doc: &'static str, body: super::declare::Body) -> Function {
    function(name, doc).any("v").or_null().or_unknown().marks_through().gives(Type::Dynamic, body)
}

fn to(value: &Value, ty: &Type) -> Result<Value, Fault> {
    let converted = convert::convert(value, ty).map_err(|_| misfit(value, ty).at(0))?;
    if matches!((value.kind(), ty), (Kind::Set(..), Type::List(_))) && !value.is_wholly_known() {
        // Where an unknown element will sort is not known, nor whether it equals another.
        return Ok(Value::unknown(converted.ty()).with_sensitive(converted.is_sensitive()));
    }
    Ok(converted)
}

fn misfit(value: &Value, ty: &Type) -> Fault {
    if let (Kind::String(text), Type::Bool | Type::Number) = (value.kind(), ty) {
        let target = ty.friendly_name();
        if value.is_sensitive() {
            return Fault::new(format!("cannot convert this sensitive string to {target}"));
        }
        let hint = match ty {
            Type::Bool => "only the strings \"true\" or \"false\" are allowed",
            _ => "given string must be a decimal representation of a number",
        };
        return Fault::about(format!("cannot convert {{input}} to {target}; {hint}"), format!("{text:?}"));
    }
    let target = match ty {
        Type::List(_) => "list of any single type".to_string(),
        Type::Set(_) => "set of any single type".to_string(),
        Type::Map(_) => "map of any single type".to_string(),
        other => other.friendly_name(),
    };
    Fault::new(format!("cannot convert {} to {target}", value.ty().friendly_name()))
}

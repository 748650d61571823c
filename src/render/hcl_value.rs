//! A value as HCL, as `output` and `console` print it.
//! Knows nothing of secrets beyond their marks, which it never looks behind.

use super::hcl_text::quote;
use crate::base::{Kind, Type, Value};

/// The value over as many lines as it needs, without a line break at the end. Marked parts show only that they are secret.
pub fn hcl(value: &Value) -> String {
    written(value, 0)
}

fn written(value: &Value, indent: usize) -> String {
    if value.is_sensitive() {
        return "(sensitive value)".into();
    }
    let pad = " ".repeat(indent);
    let sequence = |items: &[Value]| {
        let lines: String = items.iter().map(|v| format!("{pad}  {},\n", written(v, indent + 2))).collect();
        if items.is_empty() { "[]".into() } else { format!("[\n{lines}{pad}]") }
    };
    match value.kind() {
        Kind::Null(ty) => null(ty),
        Kind::Unknown(_) => "(known after apply)".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) if s.contains('\n') => {
            let lines: String = s.split('\n').map(|line| format!("{pad}{line}\n")).collect();
            format!("{}EOT\n{lines}{pad}EOT", if indent == 0 { "<<" } else { "<<-" })
        }
        Kind::String(s) => quote(s),
        Kind::List(_, items) => format!("tolist({})", sequence(items)),
        Kind::Set(_, items) => format!("toset({})", sequence(items)),
        Kind::Tuple(items) => sequence(items),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let lines: String = entries
                .iter()
                .map(|(key, v)| format!("{pad}  {} = {}\n", quote(key), written(v, indent + 2)))
                .collect();
            let braces = if lines.is_empty() { "{}".into() } else { format!("{{\n{lines}{pad}}}") };
            if matches!(value.kind(), Kind::Map(..)) { format!("tomap({braces})") } else { braces }
        }
    }
}

/// Null with its type, as the function that would make it.
fn null(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "null".into(),
        Type::Tuple(_) => "null /* tuple */".into(),
        Type::Object(_) => "null /* object */".into(),
        Type::Bool => "tobool(null)".into(),
        Type::Number => "tonumber(null)".into(),
        Type::String => "tostring(null)".into(),
        Type::List(t) => format!("tolist(null) /* of {} */", t.friendly_name()),
        Type::Set(t) => format!("toset(null) /* of {} */", t.friendly_name()),
        Type::Map(t) => format!("tomap(null) /* of {} */", t.friendly_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_terraform_writes_them() {
        let value = Value::object([
            ("l", Value::tuple(["a".into(), "b\nc".into()])),
            ("m", Value::map(Type::String, [("x", Value::from("1"))])),
            ("n", Value::NULL),
            ("s", Value::set(Type::String, [Value::from("q")])),
            ("t", Value::list(Type::String, [Value::null(Type::String)])),
            ("z", Value::from("hidden").with_sensitive(true)),
        ]);
        let expected = "{\n  \"l\" = [\n    \"a\",\n    <<-EOT\n    b\n    c\n    EOT,\n  ]\n  \"m\" = tomap({\n    \"x\" = \
                        \"1\"\n  })\n  \"n\" = null\n  \"s\" = toset([\n    \"q\",\n  ])\n  \"t\" = tolist([\n    \
                        tostring(null),\n  ])\n  \"z\" = (sensitive value)\n}";
        assert_eq!(hcl(&value), expected);
        assert_eq!(hcl(&"l1\nl2\n".into()), "<<EOT\nl1\nl2\n\nEOT");
        assert_eq!(hcl(&Value::list(Type::String, [])), "tolist([])");
        assert_eq!(hcl(&Value::null(Value::tuple([]).ty())), "null /* tuple */");
    }
}

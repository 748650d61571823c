//! A type as `console` prints it: with an indented line for each part of an object or tuple.
//! Knows nothing of values.

use crate::base::Type;

/// The type over as many lines as it needs, without a line break at the end.
pub fn type_text(ty: &Type) -> String {
    written(ty, 0)
}

fn written(ty: &Type, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let of = |name: &str, element: &Type| match element {
        Type::Tuple(items) if items.is_empty() => format!("{name}({})", written(element, indent)),
        Type::Object(attributes) if attributes.is_empty() => format!("{name}({})", written(element, indent)),
        Type::Tuple(_) | Type::Object(_) => {
            format!("{name}(\n{pad}    {},\n{pad})", written(element, indent + 4))
        }
        _ => format!("{name}({})", written(element, indent)),
    };
    match ty {
        Type::Dynamic => "dynamic".into(),
        Type::List(element) => of("list", element),
        Type::Set(element) => of("set", element),
        Type::Map(element) => of("map", element),
        Type::Tuple(items) if items.is_empty() => "tuple([])".into(),
        Type::Tuple(items) => {
            let lines = items.iter().map(|item| format!("{pad}    {},\n", written(item, indent + 4)));
            format!("tuple([\n{}{pad}])", lines.collect::<String>())
        }
        Type::Object(attributes) if attributes.is_empty() => "object({})".into(),
        Type::Object(attributes) => {
            let line = |(name, ty): (_, &Type)| format!("{pad}    {name}: {},\n", written(ty, indent + 4));
            format!("object({{\n{}{pad}}})", attributes.iter().map(line).collect::<String>())
        }
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_read_as_in_terraforms_console() {
        let object = Type::object([("a", Type::Number), ("b c", Type::list(Type::Dynamic))]);
        for (ty, expected) in [
            (Type::Dynamic, "dynamic"),
            (Type::set(Type::String), "set(string)"),
            (Type::tuple([]), "tuple([])"),
            (
                Type::list(object.clone()),
                "list(\n    object({\n        a: number,\n        b c: list(dynamic),\n    }),\n)",
            ),
            (
                Type::tuple([Type::Bool, Type::tuple([Type::Bool])]),
                "tuple([\n    bool,\n    tuple([\n        bool,\n    ]),\n])",
            ),
        ] {
            assert_eq!(type_text(&ty), expected);
        }
    }
}

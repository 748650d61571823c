//! Values as the expressions that give them.
//! Knows nothing of layout, which is `format`'s business, nor of what a value is for.

use std::fmt::Write as _;

use super::parse::is_identifier;
use crate::base::{Kind, Value};

/// Names that mean something else at the beginning of an object or as its key.
const KEYWORDS: [&str; 4] = ["for", "null", "true", "false"];

/// A known value as an expression, marks aside: objects and maps one entry a line, everything else in one. What is not
/// known is written as null.
pub fn literal(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value.kind() {
        Kind::Null(_) | Kind::Unknown(_) => out.push_str("null"),
        Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Kind::Number(n) => out.push_str(&n.to_string()),
        Kind::String(text) => out.push_str(&quoted(text)),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(out, item);
            }
            out.push(']');
        }
        Kind::Map(_, entries) | Kind::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            out.push_str("{\n");
            for (key, item) in entries.iter() {
                match is_identifier(key) && !KEYWORDS.contains(&&**key) {
                    true => out.push_str(key),
                    false => out.push_str(&quoted(key)),
                }
                out.push_str(" = ");
                write(out, item);
                out.push('\n');
            }
            out.push('}');
        }
    }
}

/// A text as a quoted template without any interpolation.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => out.extend([c, c]),
            // Writing to a string cannot fail.
            c if c.is_control() || is_invisible(c) => {
                let code = u32::from(c);
                let _ =
                    if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether nobody would see a character: separators, joiners, marks of direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;
    use crate::base::{Sources, Type};
    use crate::config::{ExprKind, parse_expression};

    #[test]
    fn values_are_written_as_terraform_generates_them() {
        let text = |s: &str| Value::from(s);
        for (value, expected) in [
            (Value::NULL, "null"),
            (Value::from(true), "true"),
            (Value::from(-1), "-1"),
            (text("a\"b\\\n\t"), r#""a\"b\\\n\t""#),
            (text("${x} %{y} $x %"), r#""$${x} %%{y} $x %""#),
            (text("tab\tünicode\u{1}"), r#""tab\tünicode\u0001""#),
            (Value::list(Type::String, []), "[]"),
            (Value::tuple([text("a"), Value::from(2)]), r#"["a", 2]"#),
            (Value::map(Type::String, [("x", text("1"))]), "{\nx = \"1\"\n}"),
            (Value::object::<&str>([]), "{}"),
            (
                Value::tuple([Value::object([("a b", text("1")), ("for", text("2"))])]),
                "[{\n\"a b\" = \"1\"\n\"for\" = \"2\"\n}]",
            ),
        ] {
            assert_eq!(literal(&value), expected);
        }
    }

    #[test]
    fn a_quoted_text_reads_as_itself() {
        let mut texts: Vec<String> = ["", "$${", "$$${", "%%{", "$", "${", "\u{1f600}\u{feff}", "\r\n\0"]
            .into_iter()
            .map(str::to_owned)
            .collect();
        texts.extend(('\0'..='\u{3000}').step_by(7).map(|c| format!("${c}{{{c}")));
        for text in texts {
            let mut sources = Sources::default();
            let parsed = parse_expression(&quoted(&text), &mut sources, "a test").unwrap();
            let ExprKind::String(read) = &parsed.kind else { panic!("{text:?}: {parsed:?}") };
            // Whatever is read is composed, as in Terraform.
            let composed: String = text.nfc().collect();
            assert_eq!(**read, composed);
        }
    }
}

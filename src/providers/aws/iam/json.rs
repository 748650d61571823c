//! JSON texts byte for byte as the provider writes them: compact or indented, with `<`, `>` and `&` escaped.
//! Knows nothing of policies.

use serde_json::Value as Json;

/// A JSON value whose objects keep the order they were made in.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::providers::aws) enum Node {
    /// A value without an order of its own: members are sorted.
    Plain(Json),
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// One line without spaces.
    pub(in crate::providers::aws) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// One member or element a line, indented by two spaces.
    pub(in crate::providers::aws) fn indented(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    fn write(&self, out: &mut String, depth: Option<usize>) {
        match self {
            Node::Text(text) => quote(text, out),
            Node::List(items) => {
                enclose(out, ['[', ']'], depth, items.iter(), |out, item, inner| item.write(out, inner));
            }
            Node::Object(members) => {
                enclose(out, ['{', '}'], depth, members.iter(), |out, (name, value), inner| {
                    member(name, out, inner);
                    value.write(out, inner);
                });
            }
            Node::Plain(value) => write_plain(value, out, depth),
        }
    }
}

/// A JSON text in the provider's normal form: compact, members sorted.
pub(in crate::providers::aws) fn normal(value: &Json) -> String {
    let mut out = String::new();
    write_plain(value, &mut out, None);
    out
}

fn write_plain(value: &Json, out: &mut String, depth: Option<usize>) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Json::Number(number) => out.push_str(&number.as_f64().map(float).unwrap_or_default()),
        Json::String(text) => quote(text, out),
        Json::Array(items) => {
            enclose(out, ['[', ']'], depth, items.iter(), |out, item, inner| write_plain(item, out, inner));
        }
        Json::Object(members) => {
            enclose(out, ['{', '}'], depth, members.iter(), |out, (name, value), inner| {
                member(name, out, inner);
                write_plain(value, out, inner);
            });
        }
    }
}

fn member(name: &str, out: &mut String, depth: Option<usize>) {
    quote(name, out);
    out.push_str(if depth.is_some() { ": " } else { ":" });
}

fn enclose<T>(
    out: &mut String,
    [open, close]: [char; 2],
    depth: Option<usize>,
    items: impl ExactSizeIterator<Item = T>,
    mut write: impl FnMut(&mut String, T, Option<usize>),
) {
    let empty = items.len() == 0;
    let inner = depth.map(|depth| depth + 1);
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, inner);
        write(out, item, inner);
    }
    if !empty {
        line(out, depth);
    }
    out.push(close);
}

fn line(out: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    }
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(char)));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// A number as the shortest text that reads back as the same 64-bit float, with an exponent only where it is very large
/// or very small.
fn float(number: f64) -> String {
    let size = number.abs();
    if number != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return if size >= 1.0 { text.replace('e', "e+") } else { text };
    }
    format!("{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_providers() {
        for (given, normal_form) in [
            (
                r#"{"b":[1.50,1e3,1e23,12345678901234567890,1e-7,-0],"a":{}}"#,
                r#"{"a":{},"b":[1.5,1000,1e+23,12345678901234567000,1e-7,-0]}"#,
            ),
            (r#"[0.000001,1e21,1e20,1.5e300]"#, r#"[0.000001,1e+21,100000000000000000000,1.5e+300]"#),
            (
                "\"<\\u003c>&\u{2028}\\/é\\u0001\\b\\f\\n\"",
                "\"\\u003c\\u003c\\u003e\\u0026\\u2028/é\\u0001\\b\\f\\n\"",
            ),
        ] {
            assert_eq!(normal(&serde_json::from_str(given).unwrap()), normal_form);
        }
    }

    #[test]
    fn lines_are_indented() {
        let node = Node::Object(vec![
            ("b".into(), Node::List(vec![Node::Text("x".into()), Node::List(vec![])])),
            ("a".into(), Node::Plain(serde_json::json!({"d": 1, "c": {}}))),
        ]);
        assert_eq!(node.compact(), r#"{"b":["x",[]],"a":{"c":{},"d":1}}"#);
        let lines =
            "{\n  \"b\": [\n    \"x\",\n    []\n  ],\n  \"a\": {\n    \"c\": {},\n    \"d\": 1\n  }\n}";
        assert_eq!(node.indented(), lines);
    }
}

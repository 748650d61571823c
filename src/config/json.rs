//! The JSON syntax: from a text to the same expressions that the native syntax gives, with a span on every node.
//! Knows nothing of which property is an argument and which a block; `json_body` finds out when there is a schema.
//!
//! Text is read as a template. Where the language takes text as it is, or as a reference, `decode` reads it again from
//! the source; that is why the problems of templates are kept apart until it is known that they matter.

use std::collections::BTreeMap;

use super::json_string::unescape;
use super::names::Names;
use super::parse::{MAX_DEPTH, Parsed, Parser};
use super::parse_template::composed;
use super::relocate::{Origin, relocate, relocate_problem};
use super::suggest::did_you_mean;
use super::{Attribute, Body, Expr, ExprKind, ObjectKey};
use crate::base::{Diagnostic, Diagnostics, FileId, Number, Span};

/// The problems of templates, by the text they are in.
pub(super) type TemplateProblems = BTreeMap<Span, Diagnostics>;

/// Whether a file's name says that it is written in JSON.
pub(super) fn is_json(name: &str) -> bool {
    name.ends_with(".json")
}

/// Parses a whole file: one object, or an array of objects that are taken together. A file with a syntax error is
/// empty.
pub(super) fn parse_json_file(
    text: &str,
    file: FileId,
    names: &mut Names,
    templates: &mut TemplateProblems,
) -> (Body, Diagnostics) {
    let mut reader = Reader { text, file, names, templates, at: 0, depth: 0 };
    let span = reader.span(0, text.len());
    let mut body = Body { attributes: Vec::new(), blocks: Vec::new(), span };
    match reader.whole() {
        Ok(root) => {
            let problems = reader.root(root, &mut body.attributes);
            (body, problems)
        }
        Err(problem) => (body, (*problem).into()),
    }
}

/// Reads a text within JSON as the native syntax.
pub(super) fn parse_within(
    text: &str,
    file: FileId,
    origin: &Origin,
    names: &mut Names,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<Expr>,
) -> Result<Expr, Diagnostics> {
    let mut parser = Parser::new(text, file, names);
    parser.loose_returns = true;
    let mut problems = Diagnostics::new();
    match read(&mut parser) {
        Ok(mut expr) if !parser.problems.has_errors() => {
            relocate(&mut expr, origin);
            return Ok(expr);
        }
        Ok(_) => problems.extend(std::mem::take(&mut parser.problems)),
        Err(problem) => problems.push(*problem),
    }
    Err(problems.map(|problem| relocate_problem(problem, origin)))
}

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    names: &'a mut Names,
    templates: &'a mut TemplateProblems,
    /// The next byte.
    at: usize,
    depth: u32,
}

impl Reader<'_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end.max(start) as u32 }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The next byte after white space; 0 at the end.
    fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied().unwrap_or(0)
    }

    /// The next character, as a place.
    fn here(&self) -> Span {
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.span(self.at, self.at + len)
    }

    fn error<T>(&self, summary: &str, detail: impl Into<String>, span: Span) -> Parsed<T> {
        Err(Box::new(Diagnostic::error(summary, detail).at(span)))
    }

    fn whole(&mut self) -> Parsed<Expr> {
        let root = self.value()?;
        if self.peek() != 0 || self.at < self.text.len() {
            return self.error(
                "Extraneous data after value",
                "Extra characters appear after the JSON value.",
                self.here(),
            );
        }
        Ok(root)
    }

    /// The properties of the root.
    fn root(&mut self, root: Expr, properties: &mut Vec<Attribute>) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let objects = match root.kind {
            ExprKind::Tuple(items) => items,
            _ => vec![root],
        };
        for object in objects {
            let ExprKind::Object(items) = object.kind else {
                problems.push(
                    Diagnostic::error(
                        "Root value must be object",
                        "The root value in a JSON-based configuration must be either a JSON object or a JSON array of \
                         objects.",
                    )
                    .at(object.span),
                );
                continue;
            };
            properties.extend(items.into_iter().map(super::json_body::property));
        }
        problems
    }

    fn value(&mut self) -> Parsed<Expr> {
        const STARTS: &str =
            "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";
        match self.peek() {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b if b.is_ascii_alphabetic() => self.keyword(),
            _ if self.rest().is_empty() => {
                self.error("Missing value", "The JSON data ends prematurely.", self.here())
            }
            b'}' | b']' | b',' | b':' | b'=' => self.error("Missing JSON value", STARTS, self.here()),
            _ => self.error("Invalid start of value", STARTS, self.here()),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Expr>) -> Parsed<Expr> {
        if self.depth >= MAX_DEPTH {
            let detail = format!("Objects and arrays may be nested {MAX_DEPTH} levels deep.");
            return self.error("Configuration nested too deeply", detail, self.here());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn object(&mut self) -> Parsed<Expr> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Expr::new(ExprKind::Object(items), self.span(open, self.at)));
        }
        loop {
            if self.peek() != b'"' {
                if self.rest().is_empty() {
                    return self.unclosed_object(open);
                }
                let detail = "A JSON object property name must be a string, in double quotes.";
                return self.error("Invalid object property name", detail, self.here());
            }
            let key = self.string()?;
            match self.peek() {
                b':' => self.at += 1,
                next => {
                    let detail = match next {
                        b'=' => "JSON uses a colon as its name/value delimiter, not an equals sign.",
                        _ => "A colon must appear between an object property's name and its value.",
                    };
                    return self.error("Missing property value colon", detail, self.here());
                }
            }
            let value = self.value()?;
            items.push((ObjectKey::Expr(key), value));
            match self.peek() {
                b',' => {
                    let comma = self.here();
                    self.at += 1;
                    if self.peek() == b'}' {
                        let detail =
                            "JSON does not permit a trailing comma after the final property in an object.";
                        return self.error("Trailing comma in object", detail, comma);
                    }
                }
                b'}' => {
                    self.at += 1;
                    items.shrink_to_fit();
                    return Ok(Expr::new(ExprKind::Object(items), self.span(open, self.at)));
                }
                b']' => {
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    return self.error("Mismatched braces", detail, self.here());
                }
                _ if self.rest().is_empty() => return self.unclosed_object(open),
                _ => {
                    let detail = "A comma must appear between each property definition in an object.";
                    return self.error("Missing attribute separator comma", detail, self.here());
                }
            }
        }
    }

    fn unclosed_object<T>(&self, open: usize) -> Parsed<T> {
        let detail = "No closing brace was found for this JSON object.";
        self.error("Unclosed object", detail, self.span(open, open + 1))
    }

    fn array(&mut self) -> Parsed<Expr> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Expr::new(ExprKind::Tuple(items), self.span(open, self.at)));
        }
        loop {
            items.push(self.value()?);
            match self.peek() {
                b',' => {
                    let comma = self.here();
                    self.at += 1;
                    if self.peek() == b']' {
                        let detail =
                            "JSON does not permit a trailing comma after the final value in an array.";
                        return self.error("Trailing comma in array", detail, comma);
                    }
                }
                b']' => {
                    self.at += 1;
                    items.shrink_to_fit();
                    return Ok(Expr::new(ExprKind::Tuple(items), self.span(open, self.at)));
                }
                b'}' => {
                    let detail = "A JSON array must be closed with a bracket, not a brace.";
                    return self.error("Mismatched brackets", detail, self.here());
                }
                _ if self.rest().is_empty() => {
                    let detail = "No closing bracket was found for this JSON array.";
                    return self.error("Unclosed array", detail, self.span(open, open + 1));
                }
                _ => {
                    let detail = "A comma must appear between each value in an array.";
                    return self.error("Missing attribute separator comma", detail, self.here());
                }
            }
        }
    }

    fn keyword(&mut self) -> Parsed<Expr> {
        let rest = self.rest();
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let span = self.span(self.at, self.at + len);
        let kind = match rest.get(..len).unwrap_or("") {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            word => {
                let hint = did_you_mean(word, ["true", "false", "null"]);
                let detail = format!("{word:?} is not a valid JSON keyword.{hint}");
                return self.error("Invalid JSON keyword", detail, span);
            }
        };
        self.at += len;
        Ok(Expr::new(kind, span))
    }

    fn number(&mut self) -> Parsed<Expr> {
        let rest = self.rest();
        let len =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let text = rest.get(..len).unwrap_or("");
        let span = self.span(self.at, self.at + len);
        if !is_number(text) {
            let detail = "There is a syntax error in the given JSON number.";
            return self.error("Invalid JSON number", detail, span);
        }
        match text.parse::<Number>() {
            Ok(number) => {
                self.at += len;
                Ok(Expr::new(ExprKind::Number(number), span))
            }
            Err(_) => {
                let detail =
                    "This number has more digits, or a larger exponent, than can be written out in full.";
                self.error("Number out of range", detail, span)
            }
        }
    }

    /// A string as the template it is, or as plain text where it is no sound template.
    fn string(&mut self) -> Parsed<Expr> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut end = start + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(0x20..) => end += 1,
                Some(_) | None => {
                    let detail = "There is a syntax error in the given JSON string: it must end on its line, and control \
                                  characters must be escaped.";
                    return self.error("Invalid JSON string", detail, self.span(start, start + 1));
                }
            }
        }
        let span = self.span(start, end + 1);
        let inside = self.text.get(start + 1..end).unwrap_or("");
        let Some((text, origin)) = unescape(inside, start as u32 + 1) else {
            let detail = "There is a syntax error in the given JSON string: it holds an escape that JSON does not have.";
            return self.error("Invalid JSON string", detail, span);
        };
        self.at = end + 1;
        let plain = |text: &str, names: &mut Names| ExprKind::String(names.get(&composed(text)));
        if !text.contains("${") && !text.contains("%{") {
            return Ok(Expr::new(plain(&text, self.names), span));
        }
        match parse_within(&text, self.file, &origin, self.names, |p| p.bare_template()) {
            Ok(expr) => Ok(Expr::new(expr.kind, span)),
            Err(problems) => {
                self.templates.insert(span, problems);
                Ok(Expr::new(plain(&text, self.names), span))
            }
        }
    }
}

/// Whether a text is a number as JSON writes it: no sign but minus, no leading zeros, digits on both sides of a point.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let text = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text.starts_with('0')) {
        return false;
    }
    let mut rest = text.get(whole..).unwrap_or("");
    if let Some(fraction) = rest.strip_prefix('.') {
        let len = digits(fraction);
        if len == 0 {
            return false;
        }
        rest = fraction.get(len..).unwrap_or("");
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::Sources;
    use crate::config::shown::show;
    use crate::config::{Config, load_sources};

    fn load_json(text: &str) -> (Config, Diagnostics) {
        load_sources(Path::new("."), vec![("main.tf.json".to_owned(), text.to_owned())])
    }

    /// The problems, as `summary | what the span covers`.
    fn problems(text: &str) -> Vec<String> {
        let (config, problems) = load_json(text);
        let shown = problems.iter();
        shown.map(|p| format!("{} | {}", p.summary, config.sources.text(p.span.unwrap()))).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(problems(text), expected, "{text}");
    }

    /// A value of an output, shown.
    #[track_caller]
    fn value(text: &str, expected: &str) {
        let (config, problems) = load_json(&format!(r#"{{"output": {{"a": {{"value": {text}}}}}}}"#));
        let found = match problems.iter().next() {
            None => show(&config.root.outputs["a"].value),
            Some(p) => format!("{} | {}", p.summary, config.sources.text(p.span.unwrap())),
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn values_become_expressions() {
        value("null", "null");
        value("[true, -1.5e3, \"x\"]", "[true, -1500, \"x\"]");
        value("123456789012345678901234567890", "123456789012345678901234567890");
        value("\"${var.x}\"", "W<var.x>");
        value("\"a${var.x}$${y}\"", "T<\"a\" ${var.x} \"${y}\">");
        value("\"$${y}\"", "\"${y}\"");
        value("{\"a b\": 1, \"${var.x}\": [{}]}", "{(\"a b\")=1, (W<var.x>)=[{}]}");
        value(r#""a\n\"\\\/\u00e9\ud83d\ude00\ud800x""#, "\"a\\n\\\"\\\\/é😀\u{fffd}x\"");
        value(r#""${\"x\"}""#, "W<\"x\">");
        value(r#""a\rb${1}""#, "T<\"a\\rb\" ${1}>");
        value("\"%{ if true }a%{ endif }\"", "T<if(true){\"a\"}else{}>");
    }

    #[test]
    fn spans_point_into_the_text() {
        value(r#""x ${1 +}""#, "Invalid expression | }");
        value(r#""a\n\"é\u00e9${1 +}""#, "Invalid expression | }");
        value("\"x ${\"", "Missing expression | ");
        value("{\"a\": 1, \"a\": 2}", "Duplicate object attribute | \"a\"");
        let (config, _) =
            load_json(r#"{"output": {"a": {"value": "\u00e9\\${f(var.x, \"\t\")[local.y]}z"}}}"#);
        let mut found = Vec::new();
        fn walk(expr: &Expr, sources: &Sources, found: &mut Vec<String>) {
            found.push(sources.text(expr.span).to_owned());
            expr.for_each_child(&mut |child| walk(child, sources, found));
        }
        walk(&config.root.outputs["a"].value, &config.sources, &mut found);
        assert_eq!(
            found[1..],
            [
                r#"f(var.x, \"\t\")[local.y]"#,
                r#"f(var.x, \"\t\")"#,
                "var.x",
                "var",
                r#"\"\t\""#,
                "local.y",
                "local"
            ]
        );
    }

    #[test]
    fn syntax_errors_are_named_as_terraform_names_them() {
        for (text, expected) in [
            ("", "Missing value | "),
            ("\"x\"", "Root value must be object | \"x\""),
            ("{\"a\": 1,}", "Trailing comma in object | ,"),
            ("{\"a\": [1,]}", "Trailing comma in array | ,"),
            ("{\"a\": }", "Missing JSON value | }"),
            ("{\"a\" 1}", "Missing property value colon | 1"),
            ("{\"a\" = 1}", "Missing property value colon | ="),
            ("{a: 1}", "Invalid object property name | a"),
            ("{\"a\": [1 2]}", "Missing attribute separator comma | 2"),
            ("{\"a\": \"x\n\"}", "Invalid JSON string | \""),
            ("{\"a\": \"\\q\"}", "Invalid JSON string | \"\\q\""),
            ("{\"a\": \"\\u12\"}", "Invalid JSON string | \"\\u12\""),
            ("{\"a\": tru}", "Invalid JSON keyword | tru"),
            ("{\"a\": 01}", "Invalid JSON number | 01"),
            ("{\"a\": 1.}", "Invalid JSON number | 1."),
            ("{\"a\": -x}", "Invalid JSON number | -x"),
            ("{\"a\": 1e999999999}", "Number out of range | 1e999999999"),
            ("{} x", "Extraneous data after value | x"),
            ("{\"a\": {\"b\": 1}", "Unclosed object | {"),
            ("{\"a\": {\"b\": 1]}", "Mismatched braces | ]"),
            ("{\"a\": [1}", "Mismatched brackets | }"),
            ("{\"a\": [1", "Unclosed array | ["),
            ("{\"a\": 'x'}", "Invalid start of value | '"),
        ] {
            check(text, &[expected]);
        }
        check(&"[".repeat(100_000), &["Configuration nested too deeply | ["]);
        check(&"{\"a\":".repeat(100_000), &["Configuration nested too deeply | {"]);
        check(
            &format!("{{\"a\": \"${{{}\"}}", "[".repeat(100_000)),
            &["Extraneous JSON object property | \"a\"", "Configuration nested too deeply | ["],
        );
    }

    #[test]
    fn properties_become_blocks() {
        check(r#"{"//": 1, "resource": {"a": {"b": {"//": 2}}}, "locals": {"//": 3, "x": 4}}"#, &[]);
        check(r#"[{"variable": {"a": {}}}, {"variable": [{"b": {}}, {"c": [{}]}]}]"#, &[]);
        check(r#"{"resource": {"a": {"b": {}}}, "resource": {"a": {"c": {}}, "a": {"d": null}}}"#, &[]);
        check(r#"{"moved": null, "output": {"x": null}, "terraform": [{}, {}]}"#, &[]);
        check(r#"{"resorce": {}}"#, &["Extraneous JSON object property | \"resorce\""]);
        check(r#"{"output": {"a": {"value": 1, "foo": 1}}}"#, &["Extraneous JSON object property | \"foo\""]);
        check(r#"{"output": {"a": {"value": 1, "value": 2}}}"#, &["Duplicate argument | \"value\""]);
        check(r#"{"locals": {"a": 1, "a": 2}}"#, &["Duplicate argument | \"a\""]);
        check(r#"{"locals": [{"a": 1}, {"a": 2}]}"#, &["Duplicate local value definition | \"a\""]);
        check(r#"{"variable": {"a": {}, "a": {}}}"#, &["Duplicate variable declaration | \"a\""]);
        check(r#"{"resource": {"a": {"b": [{}, {}]}}}"#, &["Duplicate resource configuration | \"b\""]);
        check(r#"{"resource": 1}"#, &["Incorrect JSON value type | 1", "Missing block label | 1"]);
        check(
            r#"{"resource": {"a": ["x"]}}"#,
            &["Incorrect JSON value type | \"x\"", "Missing block label | [\"x\"]"],
        );
        check(r#"{"resource": {"a": {"b": 1}}}"#, &["Incorrect JSON value type | 1"]);
        check(r#"{"resource": {"a": {}}}"#, &["Missing block label | {}"]);
        check(r#"{"resource": {"a": {"1 b": {}}}}"#, &["Invalid resource name | \"1 b\""]);
        check(r#"{"resource": {"a": {"b": {"lifecycle": true}}}}"#, &["Incorrect JSON value type | true"]);
        check(r#"{"resource": {"a": {"b": {"provisioner": {"x": {}}}}}}"#, &[]);
        check(r#"{"ephemeral": {"a": {"b": {}}}}"#, &["Unsupported block type | \"b\""]);
    }

    #[test]
    fn text_is_what_the_place_asks_for() {
        let resource = |body: &str, expected: &[&str]| {
            check(&format!(r#"{{"resource": {{"a": {{"b": {{{body}}}}}}}}}"#), expected);
        };
        resource(r#""depends_on": ["a.c", "module.m[0]"], "provider": "a.x", "count": "${var.x}""#, &[]);
        resource(r#""depends_on": ["${a.c}"]"#, &["Invalid expression | \"${a.c}\""]);
        resource(r#""depends_on": "a.c""#, &["Invalid expression | \"a.c\""]);
        resource(r#""depends_on": [1, "a b"]"#, &["Invalid expression | 1", "Invalid expression | \"a b\""]);
        resource(r#""lifecycle": {"ignore_changes": "all", "prevent_destroy": "true"}"#, &[]);
        resource(
            r#""lifecycle": {"ignore_changes": ["x", "y[0].z"], "replace_triggered_by": ["a.c.d"]}"#,
            &[],
        );
        resource(r#""lifecycle": {"ignore_changes": ["*"]}"#, &["Invalid ignore_changes wildcard | \"*\""]);
        resource(r#""lifecycle": {"prevent_destroy": "${true}"}"#, &["Unsuitable value type | \"${true}\""]);
        let variable = |body: &str, expected: &[&str]| {
            check(&format!(r#"{{"variable": {{"a": {{{body}}}}}}}"#), expected)
        };
        variable(
            r#""type": "object({ a = optional(string, \"x\") })", "description": "%{ no ${ template""#,
            &[],
        );
        variable(r#""type": "foo""#, &["Invalid type specification | foo"]);
        variable(r#""type": 1"#, &["Invalid type specification | 1"]);
        variable(r#""type": "${string}""#, &["Invalid type specification | \"${string}\""]);
        variable(
            r#""validation": {"condition": "${var.a != \"\"}", "error_message": "${"}"#,
            &["Missing expression | "],
        );
        check(r#"{"moved": {"from": "a.b", "to": "a.c[\"k\"]"}, "removed": {"from": "module.x"}}"#, &[]);
        check(r#"{"import": {"to": "a.b[each.key]", "id": "x", "for_each": {}}}"#, &[]);
        check(r#"{"moved": {"from": "${a.b}", "to": "a.c"}}"#, &["Invalid expression | \"${a.b}\""]);
        let (config, found) = load_json(
            r#"{"variable": {"a": {"default": {"x": "a ${b} %{", "${": ["$${c}"]}}},
                "terraform": {"required_providers": {"x": {"source": "a/x", "version": "> 1"}}, "required_version": "> 1",
                              "backend": {"local": {"path": "x"}}},
                "provider": {"x": [{}, {"alias": "y", "z": "${1}"}]}}"#,
        );
        assert!(found.is_empty(), "{found:?}");
        let default = config.root.variables["a"].default.as_ref().map(show);
        assert_eq!(default.as_deref(), Some(r#"{("x")="a ${b} %{", ("${")=["$${c}"]}"#));
        assert_eq!(config.root.providers.len(), 2);
        assert_eq!(config.root.required_providers["x"].version.as_deref(), Some("> 1"));
        assert!(config.root.backend.is_some());
    }
}

//! The parser's section on bodies: attributes, blocks and labels.
//! Knows nothing of which blocks exist.

use std::collections::HashMap;

use super::parse::{Parsed, Parser};
use super::{Attribute, Block, Body, Label};
use crate::base::{Diagnostic, Name, Span};

/// What has been read of a body so far.
#[derive(Default)]
struct Items {
    attributes: Vec<Attribute>,
    blocks: Vec<Block>,
    /// Where each attribute was set first; only asked when there are many.
    set: HashMap<Name, Span>,
}

impl Parser<'_> {
    /// A whole file, up to its end or its first syntax error.
    pub(super) fn file_body(&mut self) -> Body {
        let mut items = Items::default();
        loop {
            while self.eat_newline() {}
            if self.at_end() {
                break;
            }
            if let Err(error) = self.item(&mut items) {
                self.problems.push(*error);
                break;
            }
        }
        let span = self.span(0, self.text.len());
        Body { attributes: items.attributes, blocks: items.blocks, span }
    }

    /// One attribute or block with the newline that ends it.
    fn item(&mut self, items: &mut Items) -> Parsed<()> {
        let Some((name, name_span)) = self.name() else {
            if self.peek() == b'"' {
                return Err(self.unexpected("Invalid argument name", "Argument names must not be quoted."));
            }
            return Err(self.unexpected(
                "Argument or block definition required",
                "An argument or block definition is required here.",
            ));
        };
        match self.peek() {
            b'=' if !self.rest().starts_with("==") => {
                self.attribute(name, name_span, items)?;
                if self.eat_newline() || self.at_end() {
                    return Ok(());
                }
                Err(self.unexpected(
                    "Missing newline after argument",
                    "An argument definition must end with a newline.",
                ))
            }
            b'{' | b'"' => self.block(name, name_span, items),
            _ if !self.peek_name().is_empty() => self.block(name, name_span, items),
            _ => {
                let error = self.unexpected(
                    "Argument or block definition required",
                    "An argument or block definition is required here. To set an argument, use the equals sign \
                     \"=\" to introduce the argument value.",
                );
                let span = if error.summary.starts_with("Argument") { name_span } else { self.here() };
                Err(Box::new(Diagnostic { span: Some(span), ..*error }))
            }
        }
    }

    /// `= expr` after a name.
    fn attribute(&mut self, name: Name, name_span: Span, items: &mut Items) -> Parsed<()> {
        self.eat("=");
        let expr = self.expression()?;
        if let Some(first) = items.set.get(&name).copied() {
            let (name, line) = (&*name, self.line_of(first));
            self.problems.push(
                Diagnostic::error(
                    "Attribute redefined",
                    format!(
                        "The argument {name:?} was already set on line {line}. Each argument may be set only once."
                    ),
                )
                .at(name_span),
            );
            return Ok(());
        }
        items.set.insert(name.clone(), name_span);
        items.attributes.push(Attribute { name, name_span, expr, property: false });
        Ok(())
    }

    fn line_of(&mut self, span: Span) -> usize {
        let newlines = || self.text.match_indices('\n').map(|(i, _)| i).collect();
        let newlines: &Vec<usize> = self.line_ends.get_or_insert_with(newlines);
        newlines.partition_point(|end| *end < span.start as usize) + 1
    }

    /// Labels, braces and what stands between, after the block's type.
    fn block(&mut self, type_name: Name, type_span: Span, items: &mut Items) -> Parsed<()> {
        let mut labels = Vec::new();
        let mut header = type_span;
        loop {
            if self.eat("{") {
                break;
            }
            let label = match self.peek() {
                b'"' => self.quoted_label()?,
                _ => match self.name() {
                    Some((text, span)) => Label { text, span },
                    None => return Err(self.bad_header()),
                },
            };
            header = header.to(label.span);
            labels.push(label);
        }
        let open = self.span(self.end - 1, self.end);
        let body = self.nested(|p| p.with_newlines(true, |p| p.block_body(open, header)))?;
        if !self.eat_newline() && !self.at_end() {
            return Err(self.unexpected(
                "Missing newline after block definition",
                "A block definition must end with a newline.",
            ));
        }
        items.blocks.push(Block { type_name, labels, body, span: header });
        Ok(())
    }

    fn bad_header(&mut self) -> Box<Diagnostic> {
        if matches!(self.peek(), b'\n' | b'\r' | 0) {
            return self.unexpected(
                "Invalid block definition",
                "A block definition must have block content delimited by \"{\" and \"}\", starting on the same \
                 line as the block header.",
            );
        }
        if self.peek() == b'=' {
            return self.unexpected(
                "Invalid block definition",
                "The equals sign \"=\" indicates an argument definition, and must not be used when defining a \
                 block.",
            );
        }
        self.unexpected(
            "Invalid block definition",
            "Either a quoted string block label or an opening brace (\"{\") is expected here.",
        )
    }

    fn quoted_label(&mut self) -> Parsed<Label> {
        let expr = self.quoted()?;
        match expr.kind {
            super::ExprKind::String(text) => Ok(Label { text: self.names.get(&text), span: expr.span }),
            _ => Err(self.error(
                "Invalid string literal",
                "Template sequences are not allowed in this string. To include a literal \"$\", double it (as \
                 \"$$\") to escape it.",
                expr.span,
            )),
        }
    }

    /// What follows the opening brace, and the closing brace.
    fn block_body(&mut self, open: Span, header: Span) -> Parsed<Body> {
        let mut items = Items::default();
        let start = self.at;
        if self.eat_newline() {
            loop {
                while self.eat_newline() {}
                if self.eat("}") {
                    break;
                }
                if self.at_end() {
                    return Err(self.unclosed_block(open));
                }
                self.item(&mut items)?;
            }
        } else if !self.eat("}") {
            self.single_line(&mut items, open)?;
        }
        let inside = self.text.get(start..self.end - 1).unwrap_or("");
        let (from, trimmed) = (start + inside.len() - inside.trim_start().len(), inside.trim());
        let span = if trimmed.is_empty() { header } else { self.span(from, from + trimmed.len()) };
        items.attributes.shrink_to_fit();
        items.blocks.shrink_to_fit();
        Ok(Body { attributes: items.attributes, blocks: items.blocks, span })
    }

    fn unclosed_block(&self, open: Span) -> Box<Diagnostic> {
        self.error(
            "Unclosed configuration block",
            "There is no closing brace for this block before the end of the file. This may be caused by incorrect \
             brace nesting elsewhere in this file.",
            open,
        )
    }

    /// `name = expr }`
    fn single_line(&mut self, items: &mut Items, open: Span) -> Parsed<()> {
        const SUMMARY: &str = "Invalid single-argument block definition";
        if self.at_end() {
            return Err(self.unclosed_block(open));
        }
        let Some((name, name_span)) = self.name() else {
            return Err(self.unexpected(
                "Argument or block definition required",
                "An argument or block definition is required here.",
            ));
        };
        if self.peek() != b'=' || self.rest().starts_with("==") {
            let nested = self.peek() == b'{' || self.peek() == b'"';
            let detail = if nested {
                "A single-line block definition cannot contain another block. Place each nested block on a line of \
                 its own, using the multi-line block syntax."
            } else {
                "An argument definition is required here: a name, the equals sign \"=\" and a value."
            };
            return Err(self.unexpected(SUMMARY, detail));
        }
        self.attribute(name, name_span, items)?;
        if self.eat("}") {
            return Ok(());
        }
        let detail = match self.peek() {
            0 if self.rest().is_empty() => return Err(self.unclosed_block(open)),
            b',' => {
                "Single-line block syntax can include only one argument definition. To define multiple arguments, \
                 use the multi-line block syntax with one argument definition per line."
            }
            b'\n' | b'\r' => {
                "An argument definition on the same line as its containing block creates a single-line block \
                 definition, which must also be closed on the same line. Place the block's closing brace \
                 immediately after the argument definition."
            }
            _ => {
                "A single-line block definition must end with a closing brace immediately after its single argument definition."
            }
        };
        Err(self.unexpected(SUMMARY, detail))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{FileId, Sources};
    use crate::config::names::Names;
    use crate::config::parse::parse_file;
    use crate::config::shown::show;
    use crate::config::{Body, Label};

    fn show_body(body: &Body) -> String {
        let mut out: Vec<String> =
            body.attributes.iter().map(|a| format!("{}={}", a.name, show(&a.expr))).collect();
        for block in &body.blocks {
            let labels: String = block.labels.iter().map(|Label { text, .. }| format!(" {text}")).collect();
            out.push(format!("{}{labels} {{{}}}", block.type_name, show_body(&block.body)));
        }
        out.join("; ")
    }

    /// The body, or the first problem with what it covers.
    fn check(text: &str, expected: &str) {
        let mut sources = Sources::default();
        sources.add("test", text);
        let (body, problems) = parse_file(text, FileId(0), &mut Names::default());
        let shown = match problems.iter().next() {
            None => show_body(&body),
            Some(p) => format!("{} | {}", p.summary, sources.text(p.span.unwrap())),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn bodies() {
        check("", "");
        check("# only a comment", "");
        check("a = 1", "a=1");
        check("a = 1 # x\nb = 2 // y\n/* z\n */ c = 3\n", "a=1; b=2; c=3");
        check("a {}", "a {}");
        check("a { b = 1 }", "a {b=1}");
        check("a b \"c d\" {\n\n b = 1\n c {\n d = 2 }\n}", "Missing newline after argument | }");
        check("a b \"c d\" {\n\n b = 1\n c { d = 2 }\n}", "a b c d {b=1; c {d=2}}");
        check("a { # x\n b = 1\n}", "a {b=1}");
        check("a {\r\n b = <<EOT\r\nx\r\nEOT\r\n}\r\n", "a {b=\"x\\r\\n\"}");
        check("é-x = 1", "é-x=1");
    }

    #[test]
    fn what_is_no_body_is_named() {
        check("a", "Argument or block definition required | a");
        check("= 1", "Argument or block definition required | =");
        check("a == 1", "Argument or block definition required | a");
        check("\"a\" = 1", "Invalid argument name | \"");
        check("a = 1 b = 2", "Missing newline after argument | b");
        check("a {} b {}", "Missing newline after block definition | b");
        check("a \"b\"", "Invalid block definition | ");
        check("a \"b\" = 1", "Invalid block definition | =");
        check("a b\n{\n}", "Invalid block definition | \n");
        check("a 1 {}", "Argument or block definition required | a");
        check("a b 1 {}", "Invalid block definition | 1");
        check("a \"${x}\" {}", "Invalid string literal | \"${x}\"");
        check("a {", "Unclosed configuration block | {");
        check("a {\n b = 1\n", "Unclosed configuration block | {");
        check("a { b = 1, c = 2 }", "Invalid single-argument block definition | ,");
        check("a { b = 1\n}", "Invalid single-argument block definition | \n");
        check("a { b = 1 c = 2 }", "Invalid single-argument block definition | c");
        check("a { b {} }", "Invalid single-argument block definition | {");
        check("a { b }", "Invalid single-argument block definition | }");
        check("a { 1 }", "Argument or block definition required | 1");
        check("a = 1\na = 2", "Attribute redefined | a");
        check("}", "Argument or block definition required | }");
        check("a = 'x'", "Invalid character | '");
        check("a = 1;", "Invalid character | ;");
        check(&"a { b = 1 }\n".repeat(1000), &["a {b=1}"; 1000].join("; "));
        check(&"a {\n".repeat(100_000), "Configuration nested too deeply | \n");
    }
}

//! The parser of Terraform's native syntax: the cursor, what all of its parts share, and the ways in.
//! Builds our own tree directly; knows nothing of what blocks and attributes mean.
//!
//! Written against the language rather than upon `hcl-edit`, whose tree has already lost what Terraform's rules need:
//! escapes inside `%{ if }` of a quoted string, numbers beyond `f64`, the line structure of `<<-`, duplicate keys.
//! Sections of the grammar live beside this file: `parse_body`, `parse_expr`, `parse_collection`, `parse_template`, `parse_text`.

use super::names::Names;
use super::{Body, Expr};
use crate::base::{Diagnostic, Diagnostics, FileId, Name, Sources, Span};

/// How deep expressions, templates and blocks may nest, so that no input can exhaust the stack.
pub(super) const MAX_DEPTH: u32 = 128;

/// How high an expression tree may become by long operator chains as well, for the sake of whoever walks it.
pub(super) const MAX_HEIGHT: u32 = 256;

/// A syntax error ends the parse of its file.
pub(super) type Parsed<T> = Result<T, Box<Diagnostic>>;

/// Reads one text from front to back.
pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    file: FileId,
    /// The next byte.
    pub(super) at: usize,
    /// One past the last byte of the last token.
    pub(super) end: usize,
    /// Whether a newline ends what is being read, or is only white space.
    pub(super) newlines: bool,
    depth: u32,
    height: u32,
    pub(super) names: &'a mut Names,
    /// Where lines end; only found when a message has to name a line.
    pub(super) line_ends: Option<Vec<usize>>,
    /// Whether a carriage return may stand anywhere in plain text, as in JSON.
    pub(super) loose_returns: bool,
    /// Problems that do not stop the parse.
    pub(super) problems: Diagnostics,
}

/// Parses a whole file. A file with a syntax error gives what stands before the error.
pub(super) fn parse_file(text: &str, file: FileId, names: &mut Names) -> (Body, Diagnostics) {
    let mut parser = Parser::new(text, file, names);
    parser.newlines = true;
    let body = parser.file_body();
    (body, parser.problems)
}

/// Parses the text of a single expression, as `-var` and the console take it. It is added to the sources under `name`.
///
/// # Errors
/// A syntax error, or characters after the expression.
pub fn parse_expression(text: &str, sources: &mut Sources, name: &str) -> Result<Expr, Diagnostics> {
    parse_with(text, sources, name, |parser| parser.only_expression())
}

/// Parses a text that is a template from its first to its last character, as `templatefile` takes it.
///
/// # Errors
/// A syntax error in one of its interpolations or directives.
pub fn parse_template(text: &str, sources: &mut Sources, name: &str) -> Result<Expr, Diagnostics> {
    parse_with(text, sources, name, |parser| parser.bare_template())
}

fn parse_with(
    text: &str,
    sources: &mut Sources,
    name: &str,
    read: impl FnOnce(&mut Parser<'_>) -> Parsed<Expr>,
) -> Result<Expr, Diagnostics> {
    let file = sources.add(name, text);
    let mut names = Names::default();
    if too_long(text) {
        return Err(length_error(name).into());
    }
    let mut parser = Parser::new(text, file, &mut names);
    let expr = read(&mut parser).map_err(|error| Diagnostics::from(*error))?;
    if parser.problems.has_errors() { Err(parser.problems) } else { Ok(expr) }
}

/// Whether a text is longer than a span can point into.
pub(super) fn too_long(text: &str) -> bool {
    u32::try_from(text.len()).is_err()
}

/// The error for a text of 4 GiB or more.
pub(super) fn length_error(name: &str) -> Diagnostic {
    Diagnostic::error(
        "File too large",
        format!("{name} is larger than 4 GiB, which is more than can be read."),
    )
}

/// Whether a character can begin an identifier.
pub(super) fn starts_name(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// Whether a character can continue an identifier: HCL's may hold dashes.
pub(super) fn continues_name(c: char) -> bool {
    // Joiners cannot be seen, and Terraform does not know them either.
    c == '-' || (unicode_ident::is_xid_continue(c) && !matches!(c, '\u{200c}' | '\u{200d}'))
}

/// Whether a character has a use within the language, outside of strings.
fn is_used(c: char) -> bool {
    starts_name(c) || c.is_ascii_digit() || "\n \t\"$%(){}[]<>=!+-*/?:,.#".contains(c)
}

/// Whether a text is an identifier from end to end.
pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(continues_name)
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, file: FileId, names: &'a mut Names) -> Self {
        let problems = Diagnostics::new();
        Parser {
            text,
            file,
            at: 0,
            end: 0,
            newlines: false,
            depth: 0,
            height: 0,
            names,
            line_ends: None,
            loose_returns: false,
            problems,
        }
    }

    /// An expression, and nothing after it.
    pub(super) fn only_expression(&mut self) -> Parsed<Expr> {
        let expr = self.expression()?;
        self.skip();
        if self.rest().is_empty() {
            return Ok(expr);
        }
        Err(self.unexpected(
            "Extra characters after expression",
            "An expression was successfully parsed, but extra characters were found after it.",
        ))
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// From a start to the end of the last token.
    pub(super) fn span_from(&self, start: usize) -> Span {
        self.span(start, self.end)
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end.max(start) as u32 }
    }

    /// Takes so many bytes as (part of) a token.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.end = self.at;
    }

    /// Skips white space and comments, and newlines where they mean nothing.
    pub(super) fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            let here = bytes.get(self.at..).unwrap_or(&[]);
            self.at += match here {
                [b' ' | b'\t', ..] => 1,
                [b'\n', ..] if !self.newlines => 1,
                [b'\r', b'\n', ..] if !self.newlines => 2,
                [b'#', ..] | [b'/', b'/', ..] => {
                    let line = here.iter().position(|b| *b == b'\n').unwrap_or(here.len());
                    // The carriage return belongs to the newline.
                    if here.get(..line).is_some_and(|l| l.ends_with(b"\r")) && line < here.len() {
                        line - 1
                    } else {
                        line
                    }
                }
                [b'/', b'*', ..] => match here.windows(2).skip(2).position(|w| w == b"*/") {
                    Some(i) => i + 4,
                    None => return,
                },
                _ => return,
            };
        }
    }

    /// Skips, and looks at the next byte; 0 at the end of the text.
    pub(super) fn peek(&mut self) -> u8 {
        self.skip();
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Skips, and takes a token if it comes next.
    pub(super) fn eat(&mut self, token: &str) -> bool {
        self.skip();
        let hit = self.rest().starts_with(token);
        if hit {
            self.advance(token.len());
        }
        hit
    }

    /// Takes one newline if it comes next.
    pub(super) fn eat_newline(&mut self) -> bool {
        self.eat("\n") || self.eat("\r\n")
    }

    /// Whether nothing but white space is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.skip();
        self.rest().is_empty()
    }

    /// The length of the identifier that comes next; 0 if none does.
    pub(super) fn peek_name(&mut self) -> &'a str {
        self.skip();
        let rest = self.rest();
        if !rest.starts_with(starts_name) {
            return "";
        }
        let len = rest.find(|c| !continues_name(c)).unwrap_or(rest.len());
        rest.get(..len).unwrap_or("")
    }

    /// Takes an identifier if one comes next.
    pub(super) fn name(&mut self) -> Option<(Name, Span)> {
        let text = self.peek_name();
        if text.is_empty() {
            return None;
        }
        let start = self.at;
        self.advance(text.len());
        Some((self.names.get(text), self.span_from(start)))
    }

    /// Reads with newlines meaning something or nothing.
    pub(super) fn with_newlines<T>(&mut self, newlines: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.newlines, newlines);
        let result = read(self);
        self.newlines = outer;
        result
    }

    /// Reads something one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let outer = std::mem::take(&mut self.height);
        let result = read(self);
        self.depth -= 1;
        self.grow()?;
        self.height = outer.max(self.height);
        result
    }

    /// Notes that the tree being built became one level higher.
    pub(super) fn grow(&mut self) -> Parsed<()> {
        self.height += 1;
        if self.height > MAX_HEIGHT { Err(self.too_deep()) } else { Ok(()) }
    }

    fn too_deep(&self) -> Box<Diagnostic> {
        self.error(
            "Configuration nested too deeply",
            format!(
                "Brackets, templates and blocks may be nested {MAX_DEPTH} levels deep, and operators and attribute \
                 accesses may be chained up to {MAX_HEIGHT} levels. Name a part of this expression in a local value \
                 and refer to that."
            ),
            self.here(),
        )
    }

    /// The next character, as a place.
    pub(super) fn here(&self) -> Span {
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        self.span(self.at, self.at + len)
    }

    /// A syntax error.
    pub(super) fn error(&self, summary: &str, detail: impl Into<String>, span: Span) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(summary, detail).at(span))
    }

    /// A syntax error at what comes next. A character that is no part of the language is the better thing to name.
    pub(super) fn unexpected(&mut self, summary: &str, detail: impl Into<String>) -> Box<Diagnostic> {
        self.skip();
        let rest = self.rest();
        let span = self.here();
        let character = match rest.chars().next() {
            Some('\'') => "Single quotes are not valid. Use double quotes (\") to enclose strings.".into(),
            Some('`') => "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" \
                          syntax, like \"<<EOT\"."
                .into(),
            Some(';') => "The \";\" character is not valid. Use newlines to separate arguments and blocks, and \
                          commas to separate items in collection values."
                .into(),
            Some('“' | '”' | '„') => "\"Curly quotes\" are not valid here. These can sometimes be inadvertently \
                                      introduced when sharing code via documents or discussion forums. It might \
                                      help to replace the character with a \"straight quote\"."
                .into(),
            Some('/') if rest.starts_with("/*") => {
                return self.error(
                    "Unterminated comment",
                    "There is no \"*/\" that ends the comment which begins here.",
                    self.span(self.at, self.at + 2),
                );
            }
            Some('&' | '|' | '^' | '~') => {
                let better = match rest.chars().next() {
                    Some('&') if !rest.starts_with("&&") => " Did you mean boolean AND (\"&&\")?",
                    Some('|') if !rest.starts_with("||") => " Did you mean boolean OR (\"||\")?",
                    Some('~') => " Did you mean boolean NOT (\"!\")?",
                    Some('^') => "",
                    _ => return self.error(summary, detail, span),
                };
                let detail = format!("Bitwise operators are not supported.{better}");
                return self.error("Unsupported operator", detail, span);
            }
            Some(c) if !is_used(c) && !rest.starts_with("\r\n") => {
                format!("The character {c:?} is not used within the language.")
            }
            _ => return self.error(summary, detail, span),
        };
        self.error("Invalid character", character, span)
    }
}

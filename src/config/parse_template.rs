//! The parser's section on templates: quoted strings, heredocs, `${ }`, `%{ }`, strip markers and indentation.
//! Leaves nothing of `~`, `<<-` and escapes for anyone else to think about.
//!
//! A template is read as a flat row of pieces first, because the rules work on neighbours in the text: a strip marker
//! trims the piece beside it, and `<<-` measures pieces that begin a line. In a heredoc a literal piece ends with its
//! line, which is why text right after a `~}` keeps the indentation of its line. Only then the row becomes a tree.

use super::parse::{Parsed, Parser};
use super::{Expr, ExprKind, TemplatePart};
use crate::base::{Name, Span};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A neighbour in the row.
struct Piece {
    kind: PieceKind,
    span: Span,
}

enum PieceKind {
    Text(String),
    Interpolation(Expr),
    If(Expr),
    Else,
    EndIf,
    For { key: Option<Name>, value: Name, collection: Expr },
    EndFor,
}

/// What a template stands in.
#[derive(Clone, Copy)]
enum Quoting<'m> {
    /// Double quotes: with escapes, on one line.
    Quoted,
    /// A heredoc with its end marker.
    Heredoc(&'m str),
    /// A file of its own.
    Bare,
}

impl Parser<'_> {
    /// A quoted string.
    pub(super) fn quoted(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.advance(1);
        let pieces = self.pieces(Quoting::Quoted, self.span_from(start))?;
        self.advance(1);
        self.template(pieces, self.span_from(start))
    }

    /// A text that is a template all through.
    pub(super) fn bare_template(&mut self) -> Parsed<Expr> {
        let pieces = self.pieces(Quoting::Bare, self.span(0, 0))?;
        self.template(pieces, self.span(0, self.text.len()))
    }

    /// `<<EOT` or `<<-EOT`, up to its end marker.
    pub(super) fn heredoc(&mut self) -> Parsed<Expr> {
        let start = self.at;
        let rest = self.rest();
        let line = rest.lines().next().unwrap_or("");
        let after = line.strip_prefix("<<").unwrap_or(line);
        let (flush, marker) = match after.strip_prefix('-') {
            Some(marker) => (true, marker),
            None => (false, after),
        };
        if !super::parse::is_identifier(marker) {
            return Err(self.error(
                "Invalid expression",
                "Expected the start of an expression, but found an invalid expression token. A heredoc begins with \
                 \"<<\" or \"<<-\" and a marker word that ends its line.",
                self.span(start, start + line.len()),
            ));
        }
        self.advance(line.len());
        let begin = self.span_from(start);
        self.eat_line_break();
        let mut pieces = self.pieces(Quoting::Heredoc(marker), begin)?;
        let end = end_marker(self.rest(), marker).unwrap_or(0);
        self.advance(end);
        if flush {
            remove_indentation(&mut pieces);
        }
        self.template(pieces, self.span_from(start))
    }

    fn eat_line_break(&mut self) {
        let rest = self.rest();
        let len = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        self.advance(len);
    }

    /// The pieces up to, and without, the end of the template.
    fn pieces(&mut self, quoting: Quoting<'_>, open: Span) -> Parsed<Vec<Piece>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut strip_next = false;
        let mut line_start = true;
        loop {
            let rest = self.rest();
            let ended = match quoting {
                Quoting::Quoted => rest.starts_with('"'),
                Quoting::Heredoc(marker) => line_start && end_marker(rest, marker).is_some(),
                Quoting::Bare => rest.is_empty(),
            };
            if ended {
                return Ok(pieces);
            }
            if rest.is_empty() {
                let detail = match quoting {
                    Quoting::Heredoc(marker) => format!(
                        "No closing marker was found for the string: a line of its own that holds only {marker:?} and \
                         ends with a newline."
                    ),
                    _ => "No closing marker was found for the string.".into(),
                };
                return Err(self.error("Unterminated template string", detail, open));
            }
            let piece_start = self.at;
            let kind = if rest.starts_with("${") || rest.starts_with("%{") {
                line_start = false;
                let sequence = rest.get(..2).unwrap_or("");
                self.advance(2);
                if self.rest().starts_with('~') {
                    self.advance(1);
                    if let Some(Piece { kind: PieceKind::Text(text), .. }) = pieces.last_mut() {
                        text.truncate(text.trim_end().len());
                    }
                }
                let kind = self.with_newlines(false, |p| {
                    if sequence == "${" {
                        p.expression().map(PieceKind::Interpolation)
                    } else {
                        p.directive()
                    }
                })?;
                strip_next = self.end_sequence(matches!(kind, PieceKind::Interpolation(_)))?;
                kind
            } else {
                let mut text = match quoting {
                    Quoting::Quoted => self.quoted_text()?,
                    _ => self.plain_line()?,
                };
                line_start = text.ends_with('\n');
                if std::mem::take(&mut strip_next) {
                    let kept = text.trim_start().len();
                    text.drain(..text.len() - kept);
                }
                PieceKind::Text(text)
            };
            pieces.push(Piece { kind, span: self.span(piece_start, self.end) });
        }
    }

    /// `}` or `~}`; says whether what follows is stripped.
    fn end_sequence(&mut self, interpolation: bool) -> Parsed<bool> {
        self.with_newlines(false, |p| {
            let strip = p.eat("~}");
            if strip || p.eat("}") {
                return Ok(strip);
            }
            Err(if interpolation {
                p.unexpected(
                    "Extra characters after interpolation expression",
                    "Expected a closing brace to end the interpolation expression, but found extra characters.\n\n\
                     This can happen when you include interpolation syntax for another language, such as shell \
                     scripting, but forget to escape the interpolation start token. If this is an embedded sequence \
                     for another language, escape it by starting with \"$${\" instead of just \"${\".",
                )
            } else {
                p.unexpected(
                    "Extra characters in template control sequence",
                    "Expected a closing brace to end the template control sequence, but found extra characters.",
                )
            })
        })
    }

    /// The inside of `%{ }`.
    fn directive(&mut self) -> Parsed<PieceKind> {
        let word = self.peek_name();
        match word {
            "if" => {
                self.advance(word.len());
                Ok(PieceKind::If(self.expression()?))
            }
            "for" => {
                const SUMMARY: &str = "Invalid 'for' directive";
                self.advance(word.len());
                let first = self.directive_variable()?;
                let (key, value) =
                    if self.eat(",") { (Some(first), self.directive_variable()?) } else { (None, first) };
                self.keyword("in", SUMMARY, "For directive requires 'in' keyword after names.")?;
                Ok(PieceKind::For { key, value, collection: self.expression()? })
            }
            "else" | "endif" | "endfor" => {
                self.advance(word.len());
                Ok(match word {
                    "else" => PieceKind::Else,
                    "endif" => PieceKind::EndIf,
                    _ => PieceKind::EndFor,
                })
            }
            "" => Err(self.unexpected(
                "Invalid template directive",
                "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.",
            )),
            _ => {
                let span = self.span(self.at, self.at + word.len());
                Err(self.error(
                    "Invalid template control keyword",
                    format!(
                        "{word:?} is not a valid template control keyword: those are \"if\", \"else\", \"endif\", \
                         \"for\" and \"endfor\". To write the characters %{{ themselves, double the percent sign."
                    ),
                    span,
                ))
            }
        }
    }

    fn directive_variable(&mut self) -> Parsed<Name> {
        match self.name() {
            Some((name, _)) => Ok(name),
            None => Err(self.unexpected(
                "Invalid 'for' directive",
                "For directive requires a variable name here: 'for value in collection'.",
            )),
        }
    }

    /// From the row of pieces to an expression.
    fn template(&mut self, mut pieces: Vec<Piece>, span: Span) -> Parsed<Expr> {
        if let [Piece { kind: PieceKind::Interpolation(_), .. }] = pieces.as_slice()
            && let Some(Piece { kind: PieceKind::Interpolation(inner), .. }) = pieces.pop()
        {
            return Ok(Expr::new(ExprKind::TemplateWrap(Box::new(inner)), span));
        }
        if pieces.iter().all(|p| matches!(p.kind, PieceKind::Text(_))) {
            let text = pieces.iter().map(|p| match &p.kind {
                PieceKind::Text(text) => text.as_str(),
                _ => "",
            });
            return Ok(Expr::new(ExprKind::String(composed(&text.collect::<String>())), span));
        }
        let mut pieces = pieces.into_iter();
        let (parts, _) = self.parts(&mut pieces, None)?;
        Ok(Expr::new(ExprKind::Template(parts), span))
    }

    /// The parts up to the piece that ends the directive they stand in.
    fn parts(
        &mut self,
        pieces: &mut std::vec::IntoIter<Piece>,
        directive: Option<(&str, Span)>,
    ) -> Parsed<(Vec<TemplatePart>, Option<PieceKind>)> {
        self.nested(|p| {
            let mut parts = Vec::new();
            let mut literal = String::new();
            let end = loop {
                let Some(Piece { kind, span }) = pieces.next() else { break None };
                if let PieceKind::Text(text) = kind {
                    literal.push_str(&text);
                    continue;
                }
                flush(&mut literal, &mut parts);
                let within = directive.map_or("", |(word, _)| word);
                parts.push(match (kind, within) {
                    (PieceKind::Text(_), _) => continue,
                    (PieceKind::Interpolation(expr), _) => TemplatePart::Interpolation(expr),
                    (PieceKind::If(condition), _) => p.if_part(condition, pieces, span)?,
                    (PieceKind::For { key, value, collection }, _) => {
                        let (body, _) = p.parts(pieces, Some(("for", span)))?;
                        TemplatePart::For { key, value, collection, body }
                    }
                    (end @ PieceKind::Else, "if")
                    | (end @ PieceKind::EndIf, "if" | "else")
                    | (end @ PieceKind::EndFor, "for") => break Some(end),
                    (PieceKind::Else, _) => return Err(p.stray("else", span)),
                    (PieceKind::EndIf, _) => return Err(p.stray("endif", span)),
                    (PieceKind::EndFor, _) => return Err(p.stray("endfor", span)),
                });
            };
            flush(&mut literal, &mut parts);
            match (end, directive) {
                (None, Some((word, span))) => {
                    let end = if word == "for" { "endfor" } else { "endif" };
                    Err(p.error(
                        "Unexpected end of template",
                        format!(
                            "This \"{word}\" directive is missing its corresponding \"{end}\" directive."
                        ),
                        span,
                    ))
                }
                (end, _) => {
                    parts.shrink_to_fit();
                    Ok((parts, end))
                }
            }
        })
    }

    fn if_part(
        &mut self,
        condition: Expr,
        pieces: &mut std::vec::IntoIter<Piece>,
        span: Span,
    ) -> Parsed<TemplatePart> {
        let (then, end) = self.parts(pieces, Some(("if", span)))?;
        let otherwise = match end {
            Some(PieceKind::Else) => self.parts(pieces, Some(("else", span)))?.0,
            _ => Vec::new(),
        };
        Ok(TemplatePart::If { condition, then, otherwise })
    }

    fn stray(&self, word: &str, span: Span) -> Box<crate::base::Diagnostic> {
        self.error(
            "Unexpected template directive",
            format!("There is no open directive here that \"{word}\" could belong to."),
            span,
        )
    }
}

fn flush(literal: &mut String, parts: &mut Vec<TemplatePart>) {
    if !literal.is_empty() {
        parts.push(TemplatePart::Literal(composed(&std::mem::take(literal))));
    }
}

/// Text in Unicode normal form C, as the language defines strings.
pub(super) fn composed(text: &str) -> Name {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}

/// The length of a line that holds only the end marker. Its newline is required, and not part of it.
pub(super) fn end_marker(rest: &str, marker: &str) -> Option<usize> {
    let line = rest.get(..rest.find('\n')?)?;
    (line.trim() == marker).then(|| line.trim_end_matches('\r').len())
}

/// `<<-`: takes the indentation of the least indented line from every line. Only text that begins a line counts,
/// blank lines do not, and a line that begins with a sequence has no indentation.
fn remove_indentation(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut begins_line = true;
    for piece in pieces.iter() {
        let text = match &piece.kind {
            PieceKind::Text(text) => text.as_str(),
            _ => "",
        };
        let rest = text.trim_start();
        let blank = rest.is_empty() && text.ends_with('\n');
        if begins_line && !blank {
            let indentation = text.get(..text.len() - rest.len()).unwrap_or("");
            least = least.min(indentation.chars().count());
        }
        begins_line = text.ends_with('\n');
    }
    if least == 0 || least == usize::MAX {
        return;
    }
    begins_line = true;
    for piece in pieces.iter_mut() {
        let ends_line = match &mut piece.kind {
            PieceKind::Text(text) => {
                let ends_line = text.ends_with('\n');
                let blank = text.trim().is_empty() && ends_line;
                if begins_line && !blank {
                    let cut: usize = text.chars().take(least).map(char::len_utf8).sum();
                    text.drain(..cut);
                }
                ends_line
            }
            _ => false,
        };
        begins_line = ends_line;
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Sources;
    use crate::config::parse_template;
    use crate::config::shown::{read, show};

    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn quoted_strings() {
        check(r#""""#, r#""""#);
        check(r#""a\n\r\t\"\\\u00e9\U0001F600""#, r#""a\n\r\t\"\\é😀""#);
        check(r#""$${a} %%{b} $ $$ % %% $a""#, r#""${a} %{b} $ $$ % %% $a""#);
        check(r#""$$${a}""#, r#""$${a}""#);
        check(r#""${a}""#, "W<a>");
        check(r#""x${a}""#, r#"T<"x" ${a}>"#);
        check("\"a${\n  b\n}c\"", r#"T<"a" ${b} "c">"#);
        check("\"e\u{301}\"", "\"\u{e9}\"");
        check(r#""%{ if a }x\n\"%{ else }y%{ endif }""#, r#"T<if(a){"x\n\""}else{"y"}>"#);
        check(
            r#""x: %{ for i, v in l }${i}=${v};%{ endfor }""#,
            r#"T<"x: " for(i,v in l){${i} "=" ${v} ";"}>"#,
        );
    }

    #[test]
    fn strip_markers_trim_their_neighbours() {
        check(r#""a  ${~ x ~}  b""#, r#"T<"a" ${x} "b">"#);
        check(r#""${x ~}\n   b""#, r#"T<${x} "b">"#);
        check(
            r#""a %{~ if true ~} yes %{~ else ~} no %{~ endif ~} z""#,
            r#"T<"a" if(true){"yes"}else{"no"} "z">"#,
        );
    }

    #[test]
    fn heredocs() {
        check("<<EOT\na\n  b\nEOT\n", r#""a\n  b\n""#);
        check("<<EOT\nEOT\n", r#""""#);
        check("<<-EOT\n    a\n\n  \tb\n      ${x} c\n     EOT  \n", r#"T<" a\n\nb\n   " ${x} " c\n">"#);
        check("<<EOT\n\\n $${x}\nEOT\n", r#""\\n ${x}\n""#);
        check("<<EOT\na\n  ${~ x}\n   ${x ~}\n   b\nEOT\n", r#"T<"a\n" ${x} "\n   " ${x} "   b\n">"#);
        check("<<EOT\n%\t\n${~ x}\nEOT\n", r#"T<"%\t" ${x} "\n">"#);
        check("[<<EOT\nEOTX\n${x}EOT\nEOT\n, 1]", r#"[T<"EOTX\n" ${x} "EOT\n">, 1]"#);
        check("<<EOT\r\na\r\nEOT\r\n", r#""a\r\n""#);
    }

    #[test]
    fn indentation_is_measured_as_in_terraform() {
        // The reference vectors: text right after `~}` keeps its source indentation.
        check(
            "<<-EOT\n    a\n      b\n    %{ for x in l ~}\n    - ${x}\n    %{ endfor ~}\n    end\n  EOT\n",
            r#"T<"a\n  b\n" for(x in l){"    - " ${x} "\n"} "    end\n">"#,
        );
        check(
            "<<-EOT\n    k: ${p}\n      ${q} z\n   low\n  EOT\n",
            r#"T<" k: " ${p} "\n   " ${q} " z\nlow\n">"#,
        );
        check(
            "<<-EOT\n    %{~ if true ~}\n      yes\n    %{~ endif ~}\n    z ${~ x ~} k\n       w\n  EOT\n",
            r#"T<if(true){"      yes\n"}else{} "    z" ${x} "k\n       w\n">"#,
        );
    }

    #[test]
    fn broken_templates_are_named() {
        check("\"a", "Unterminated template string @0-1");
        check("\"a\nb\"", "Invalid multi-line string @2-3");
        check(r#""\x""#, "Invalid escape sequence @1-3");
        check(r#""\u12""#, "Invalid escape sequence @1-3");
        check(r#""\ud800""#, "Invalid escape sequence @1-3");
        check(r#""${a b}""#, "Extra characters after interpolation expression @5-6");
        check(r#""${}""#, "Invalid expression @3-4");
        check(r#""%{ foo }""#, "Invalid template control keyword @4-7");
        check(r#""%{ }""#, "Invalid template directive @4-5");
        check(r#""%{ if a b }""#, "Extra characters in template control sequence @9-10");
        check(r#""%{ for in x }""#, "Invalid 'for' directive @11-12");
        check(r#""%{ for 1 in x }""#, "Invalid 'for' directive @8-9");
        check(r#""%{ if a }x""#, "Unexpected end of template @1-10");
        check(r#""%{ for a in b }x""#, "Unexpected end of template @1-16");
        check(r#""%{ endif }""#, "Unexpected template directive @1-11");
        check(r#""%{ if a }%{ endfor }%{ endif }""#, "Unexpected template directive @10-21");
        check(r#""%{ if a }%{ else }%{ else }%{ endif }""#, "Unexpected template directive @19-28");
        check("<<EOT\na\nEOT", "Unterminated template string @0-5");
        check("<<EOT\na\n", "Unterminated template string @0-5");
        check("<<EOT\na\rb\nEOT\n", "Invalid character @7-8");
        check("<<1\na\n1\n", "Invalid expression @0-3");
        check("<<<<E\na\nE\n", "Invalid expression @0-5");
        check("f(<<EOT\na\nEOT)\n", "Unterminated template string @2-7");
    }

    #[test]
    fn a_file_that_is_a_template() {
        let text =
            "%{ for x in xs ~}\n  - ${x}\n  %{~ endfor ~}\n\n   end $${x} \"q\" \\n ${ \"a\" ~}   \n   z";
        let expr = parse_template(text, &mut Sources::default(), "t.tpl").unwrap();
        let expected = r#"T<for(x in xs){"  - " ${x} "\n"} "\n   end ${x} \"q\" \\n " ${"a"} "   z">"#;
        assert_eq!(show(&expr), expected);
        assert!(parse_template("${", &mut Sources::default(), "t.tpl").is_err());
        assert_eq!(show(&parse_template("", &mut Sources::default(), "t").unwrap()), "\"\"");
    }
}

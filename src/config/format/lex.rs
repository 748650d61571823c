//! From a source to its tokens, comments and newlines included; only blanks are left out.
//! Takes any text: what is no part of the language becomes a token of its own. Knows nothing of grammar.

use super::token::{Kind, Token};
use crate::config::parse::{continues_name, starts_name};
use crate::config::parse_template::end_marker;
use crate::config::parse_text::opens_sequence;

/// What the next character belongs to.
enum Mode<'a> {
    /// A `${ }` or `%{ }`, with so many braces open in it.
    Sequence(usize),
    /// A string in quotes.
    Quoted,
    /// A heredoc with this end marker.
    Heredoc(&'a str),
}

/// The tokens of a source, and the blanks after the last.
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, usize) {
    let mut lexer = Lexer { text, at: 0, open: Vec::new(), line_start: false, tokens: Vec::new() };
    let mut end = 0;
    while lexer.at < text.len() {
        let tokens = lexer.tokens.len();
        lexer.next();
        if lexer.tokens.len() > tokens {
            end = lexer.at;
        }
    }
    (lexer.tokens, text.len() - end)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// What is open; expressions outside of templates when there is nothing.
    open: Vec<Mode<'a>>,
    /// Within a heredoc: whether a line begins here, so that it can be the end marker.
    line_start: bool,
    tokens: Vec<Token<'a>>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn push(&mut self, kind: Kind, len: usize) {
        let text = self.rest().get(..len).unwrap_or_else(|| self.rest());
        self.at += text.len();
        self.tokens.push(Token::new(kind, text));
    }

    fn next(&mut self) {
        match self.open.last() {
            Some(Mode::Quoted) => self.quoted(),
            Some(&Mode::Heredoc(marker)) => self.heredoc(marker),
            Some(Mode::Sequence(_)) | None => self.expression(),
        }
    }

    fn sequence(&mut self) {
        let len = if self.rest().get(2..).is_some_and(|rest| rest.starts_with('~')) { 3 } else { 2 };
        self.push(Kind::OpenSequence, len);
        self.open.push(Mode::Sequence(0));
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.open.pop();
            return self.push(Kind::CloseQuote, 1);
        }
        if opens_sequence(rest) {
            return self.sequence();
        }
        let mut len = 0;
        while let Some(c) = rest.get(len..).and_then(|rest| rest.chars().next()) {
            let here = rest.get(len..).unwrap_or("");
            len += match c {
                '"' => break,
                '\\' => 1 + here.chars().nth(1).map_or(0, char::len_utf8),
                _ if here.starts_with("$${") || here.starts_with("%%{") => 3,
                _ if opens_sequence(here) => break,
                c => c.len_utf8(),
            };
        }
        self.push(Kind::Text, len);
    }

    fn heredoc(&mut self, marker: &'a str) {
        let rest = self.rest();
        let line_start = std::mem::take(&mut self.line_start);
        if line_start && let Some(len) = end_marker(rest, marker) {
            self.open.pop();
            return self.push(Kind::CloseHeredoc, len);
        }
        if opens_sequence(rest) {
            return self.sequence();
        }
        let mut len = 0;
        while let Some(found) = rest.get(len..).and_then(|rest| rest.find(['\n', '$', '%'])) {
            len += found;
            let here = rest.get(len..).unwrap_or("");
            if here.starts_with('\n') {
                self.line_start = true;
                return self.push(Kind::Text, len + 1);
            }
            if opens_sequence(here) {
                return self.push(Kind::Text, len);
            }
            len += if here.starts_with("$${") || here.starts_with("%%{") { 3 } else { 1 };
        }
        self.push(Kind::Text, rest.len());
    }

    fn expression(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        let pair = rest.get(..2).unwrap_or("");
        match c {
            ' ' | '\t' => self.at += 1,
            '\n' => self.push(Kind::Newline, 1),
            '\r' if pair == "\r\n" => self.push(Kind::Newline, 2),
            '#' => self.line_comment(),
            '/' if pair == "//" => self.line_comment(),
            '/' if pair == "/*" => {
                let end = rest.get(2..).and_then(|inner| inner.find("*/")).map(|inner| inner + 4);
                self.push(Kind::Comment, end.unwrap_or(rest.len()));
            }
            '"' => {
                self.push(Kind::OpenQuote, 1);
                self.open.push(Mode::Quoted);
            }
            '<' if pair == "<<" && self.open_heredoc() => {}
            '{' => {
                self.push(Kind::OpenBrace, 1);
                if let Some(Mode::Sequence(braces)) = self.open.last_mut() {
                    *braces += 1;
                }
            }
            '}' => self.close_brace(1),
            '~' if pair == "~}" && matches!(self.open.last(), Some(Mode::Sequence(0))) => self.close_brace(2),
            c if c.is_ascii_digit() => self.push(Kind::Number, number(rest)),
            c if starts_name(c) => {
                self.push(Kind::Name, rest.find(|c| !continues_name(c)).unwrap_or(rest.len()));
            }
            c => {
                let (kind, len) = symbol(rest).unwrap_or((Kind::Other, c.len_utf8()));
                self.push(kind, len);
            }
        }
    }

    fn line_comment(&mut self) {
        let len = self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
        self.push(Kind::Comment, len);
    }

    fn close_brace(&mut self, len: usize) {
        match self.open.last_mut() {
            Some(Mode::Sequence(0)) => {
                self.open.pop();
                self.push(Kind::CloseSequence, len);
            }
            Some(Mode::Sequence(braces)) => {
                *braces -= 1;
                self.push(Kind::CloseBrace, len);
            }
            _ => self.push(Kind::CloseBrace, len),
        }
    }

    /// Takes `<<EOT` or `<<-EOT` with its newline, if that comes next.
    fn open_heredoc(&mut self) -> bool {
        let Some((line, _)) = self.rest().split_once('\n') else { return false };
        let word = line.strip_suffix('\r').unwrap_or(line);
        let word = word.strip_prefix("<<").unwrap_or(word);
        let marker = word.strip_prefix('-').unwrap_or(word);
        let named = crate::config::parse::is_identifier(marker);
        if named {
            self.push(Kind::OpenHeredoc, line.len() + 1);
            self.open.push(Mode::Heredoc(marker));
            self.line_start = true;
        }
        named
    }
}

/// The length of a number: digits, a fraction, an exponent.
fn number(rest: &str) -> usize {
    let digits = |from: usize| {
        let rest = rest.get(from..).unwrap_or("");
        rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let byte = |at: usize| rest.as_bytes().get(at).copied().unwrap_or(0);
    let mut len = digits(0);
    if byte(len) == b'.' && digits(len + 1) > 0 {
        len += 1 + digits(len + 1);
    }
    if matches!(byte(len), b'e' | b'E') {
        let sign = usize::from(matches!(byte(len + 1), b'+' | b'-'));
        let exponent = digits(len + 1 + sign);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}

/// The punctuation that comes next; of several the longest.
fn symbol(rest: &str) -> Option<(Kind, usize)> {
    const SYMBOLS: &[(&str, Kind)] = &[
        ("...", Kind::Ellipsis),
        ("::", Kind::DoubleColon),
        ("=>", Kind::Other),
        ("==", Kind::Operator),
        ("!=", Kind::Operator),
        ("<=", Kind::Operator),
        (">=", Kind::Operator),
        ("&&", Kind::Operator),
        ("||", Kind::Operator),
        ("=", Kind::Equals),
        (",", Kind::Comma),
        (".", Kind::Dot),
        (":", Kind::Colon),
        ("?", Kind::Question),
        ("!", Kind::Bang),
        ("-", Kind::Minus),
        ("<", Kind::Operator),
        (">", Kind::Operator),
        ("+", Kind::Operator),
        ("*", Kind::Operator),
        ("/", Kind::Operator),
        ("%", Kind::Operator),
        ("[", Kind::OpenBracket),
        ("]", Kind::CloseBracket),
        ("(", Kind::OpenParen),
        (")", Kind::CloseParen),
    ];
    SYMBOLS.iter().find(|(text, _)| rest.starts_with(text)).map(|(text, kind)| (*kind, text.len()))
}

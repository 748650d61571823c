//! How the text of a label is spelled between its quotes: characters themselves where they can be printed, escapes elsewhere.
//! Knows nothing of tokens.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A label's text with each character spelled the usual way.
pub(super) fn respell(text: Cow<'_, str>) -> Cow<'_, str> {
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '\\' | '$' | '%');
    if text.chars().all(plain) { text } else { Cow::Owned(spell(&read(&text))) }
}

/// The characters that are meant.
fn read(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, len) = if c == '\\' { escape(rest) } else { (c, c.len_utf8()) };
        out.push(c);
        let doubled = rest.starts_with("$${") || rest.starts_with("%%{");
        rest = rest.get(if doubled { 2 } else { len }..).unwrap_or("");
    }
    out
}

/// The character of an escape, with its length; the backslash itself where there is no escape.
fn escape(rest: &str) -> (char, usize) {
    let code = |digits: usize| {
        let hex = rest.get(2..2 + digits)?;
        Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, 2 + digits))
    };
    let read = match rest.chars().nth(1) {
        Some('n') => Some(('\n', 2)),
        Some('r') => Some(('\r', 2)),
        Some('t') => Some(('\t', 2)),
        Some(c @ ('"' | '\\')) => Some((c, 2)),
        Some('u') => code(4),
        Some('U') => code(8),
        _ => None,
    };
    read.unwrap_or(('\\', 1))
}

fn spell(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        _ = match c {
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => write!(out, "{c}{c}"),
            c if is_printable(c) => out.write_char(c),
            c if c <= '\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out
}

/// Letters, marks, numbers, symbols, punctuation and the plain space.
fn is_printable(c: char) -> bool {
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_invisible(c))
}

/// Characters that format text, belong to nobody, or stand for no character.
fn is_invisible(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x180e
        | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff9..=0xfffb
        | 0x110bd | 0x110cd | 0x13430..=0x1343f | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0001..=0xe007f | 0xf0000..)
}

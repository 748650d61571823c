//! How the text of a label is spelled between its quotes: characters themselves where they can be printed, escapes elsewhere.
//! Knows nothing of tokens.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A label's text with each character spelled the usual way. One with `$` or `%` stays as it is: Terraform would drop most of
/// those from the file.
pub(super) fn respell(text: Cow<'_, str>) -> Cow<'_, str> {
    let plain = |c: char| matches!(c, ' '..='~') && c != '\\';
    if text.contains(['$', '%']) || text.chars().all(plain) { text } else { Cow::Owned(spell(&read(&text))) }
}

/// The characters that are meant.
fn read(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, len) = if c == '\\' { escape(rest) } else { (c, c.len_utf8()) };
        out.push(c);
        rest = rest.get(len..).unwrap_or("");
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
    for c in text.chars() {
        _ = match c {
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            c if is_printable(c) => out.write_char(c),
            c if c <= '\u{ffff}' => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out
}

/// Letters, marks, numbers, punctuation, symbols and the plain space: what the standard library would not escape either, once
/// it does not stand first.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~') || String::from_iter(['a', c]).escape_debug().count() == 2
}

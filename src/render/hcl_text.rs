//! Strings and names as HCL writes them.
//! Knows nothing of values.

use std::borrow::Cow;
use std::fmt::Write;

/// A string in quotes as plans show it: what cannot be printed is escaped, `${` is left as it is.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => _ = write!(out, "\\x{:02x}", c as u32),
            c if is_printable(c) => out.push(c),
            c if (c as u32) <= 0xffff => _ = write!(out, "\\u{:04x}", c as u32),
            c => _ = write!(out, "\\U{:08x}", c as u32),
        }
    }
    out.push('"');
    out
}

/// The text with what would steer a terminal made visible; tabs and line breaks stay.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if steers(c) { format!("\\x{:02x}", c as u32) } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

fn is_printable(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
}

/// Whether a name can stand without quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// A name, in quotes where it needs them.
pub(super) fn name(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { quote(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_as_plans_show_them() {
        for (text, quoted) in [
            ("${x} \"q\" \\ \t", r#""${x} \"q\" \\ \t""#),
            ("uni\u{1}é\u{2028}<>&", r#""uni\x01é\u2028<>&""#),
            ("a b", r#""a b""#),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(visible("a\u{1b}[31mb\n\tc"), "a\\x1b[31mb\n\tc");
        assert!(matches!(visible("plain\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn names_are_quoted_where_they_must() {
        for (text, shown) in [("a-b", "a-b"), ("é", "é"), ("1a", "\"1a\""), ("a.b", "\"a.b\""), ("", "\"\"")]
        {
            assert_eq!(name(text), shown);
        }
    }
}

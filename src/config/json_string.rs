//! Strings of the JSON syntax: what their escapes stand for, and where in the file each part of the text comes from.
//! Knows nothing of what the text means.

use super::relocate::Origin;

/// The text that a JSON string stands for, and where its parts stand; `None` if it is no whole string.
pub(super) fn unquote(token: &str, start: u32) -> Option<(String, Origin)> {
    let inside = token.strip_prefix('"')?.strip_suffix('"')?;
    unescape(inside, start + 1)
}

/// What stands between the quotes of a JSON string, with its escapes resolved, and where the parts come from; `None` if
/// an escape is none of JSON's. Half a surrogate pair becomes the replacement character.
pub(super) fn unescape(inside: &str, start: u32) -> Option<(String, Origin)> {
    let mut origin = Origin::at(start);
    if !inside.contains('\\') {
        return Some((inside.to_owned(), origin));
    }
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let (c, len) = match escape.as_bytes().get(1)? {
            b'"' => ('"', 2),
            b'\\' => ('\\', 2),
            b'/' => ('/', 2),
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'u' => {
                let first = code_unit(escape)?;
                let second = escape.get(6..).and_then(code_unit);
                match (char::from_u32(first), second) {
                    (Some(c), _) => (c, 6),
                    (None, Some(second @ 0xdc00..0xe000)) if first < 0xdc00 => {
                        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                        (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                    }
                    (None, _) => (char::REPLACEMENT_CHARACTER, 6),
                }
            }
            _ => return None,
        };
        text.push(c);
        rest = escape.get(len..)?;
        origin.jump(text.len(), inside.len() - rest.len());
    }
    text.push_str(rest);
    Some((text, origin))
}

/// The number of an escape such as `\u00e9` that a text begins with.
fn code_unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_json() {
        for (token, text) in [
            (r#""plain é""#, Some("plain é")),
            (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\u{8}\u{c}\n\r\t")),
            (r#""\u00e9\u00E9""#, Some("éé")),
            (r#""\ud83d\ude00!""#, Some("😀!")),
            (r#""\ud83d!""#, Some("\u{fffd}!")),
            (r#""\ude00\ud83d""#, Some("\u{fffd}\u{fffd}")),
            (r#""\x""#, None),
            (r#""\u12""#, None),
            (r#""\u+123""#, None),
            ("plain", None),
        ] {
            assert_eq!(unquote(token, 0).map(|(text, _)| text).as_deref(), text, "{token}");
        }
    }
}

//! Word wrap: prose brought to a width.
//! Knows nothing of what the prose says.

/// Breaks lines at spaces so that none is longer than `width` columns, where words allow it. Line breaks stay; lines that
/// begin with a space are taken to be laid out already and stay as they are.
/// A width of 0 leaves everything as it is.
pub fn wrap(text: &str, width: usize) -> String {
    if width == 0 {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + text.len() / 40);
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if line.starts_with(' ') {
            out.push_str(line);
            continue;
        }
        let mut column = 0;
        for (i, word) in line.split(' ').enumerate() {
            let length = word.chars().count();
            if i > 0 {
                if column + 1 + length > width && column > 0 {
                    out.push('\n');
                    column = 0;
                } else {
                    out.push(' ');
                    column += 1;
                }
            }
            out.push_str(word);
            column += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_at_spaces() {
        for (text, wrapped) in [
            ("aa bb cc", "aa bb\ncc"),
            ("aaaaaaaa bb", "aaaaaaaa\nbb"),
            ("aa\n\nbb cc dd", "aa\n\nbb cc\ndd"),
            (" aa bb cc dd\nee", " aa bb cc dd\nee"),
            ("", ""),
            ("ää öö üü", "ää öö\nüü"),
        ] {
            assert_eq!(wrap(text, 5), wrapped, "{text}");
        }
    }
}

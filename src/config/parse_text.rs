//! The parser's section on the plain text within templates: escapes, and where text ends.
//! Knows nothing of what follows it.

use super::parse::{Parsed, Parser};

impl Parser<'_> {
    /// Text in quotes up to the next sequence or the end, with its escapes resolved.
    pub(super) fn quoted_text(&mut self) -> Parsed<String> {
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(c) = rest.chars().next() else { return Ok(text) };
            match c {
                '"' => return Ok(text),
                '\n' | '\r' => {
                    return Err(self.error(
                        "Invalid multi-line string",
                        "Quoted strings may not be split over multiple lines. To produce a multi-line string, either \
                         use the \\n escape to represent a newline character or use the \"heredoc\" multi-line \
                         template syntax.",
                        self.here(),
                    ));
                }
                '\\' => self.escape(&mut text)?,
                '$' | '%' if opens_sequence(rest) => return Ok(text),
                '$' | '%' => self.plain_marker(&mut text),
                c => {
                    text.push(c);
                    self.advance(c.len_utf8());
                }
            }
        }
    }

    /// Text without escapes up to the next sequence or the end of its line.
    ///
    /// A lone `$` or `%` takes the character after it along, and a newline right after that one is a piece of its own,
    /// as in Terraform: it is all that a strip marker on the next line trims.
    pub(super) fn plain_line(&mut self) -> Parsed<String> {
        let mut text = String::new();
        let mut after_marker = usize::MAX;
        loop {
            let rest = self.rest();
            let len = rest.find(['$', '%', '\r', '\n']).unwrap_or(rest.len());
            text.push_str(rest.get(..len).unwrap_or(""));
            self.advance(len);
            let rest = self.rest();
            if rest.starts_with('\n') {
                let doubled = text.ends_with("$$\r") || text.ends_with("%%\r");
                if self.at.checked_sub(after_marker) == Some(1) && !doubled {
                    return Ok(text);
                }
                text.push('\n');
                self.advance(1);
                return Ok(text);
            }
            if rest.starts_with("\r\n") {
                if self.at.checked_sub(after_marker) == Some(1) {
                    return Ok(text);
                }
                text.push('\r');
                self.advance(1);
                continue;
            }
            if rest.starts_with('\r') && self.loose_returns {
                text.push('\r');
                self.advance(1);
                continue;
            }
            if rest.starts_with('\r') {
                let detail = "A carriage return is only valid at the end of a line, before its newline.";
                return Err(self.error("Invalid character", detail, self.here()));
            }
            if rest.is_empty() || opens_sequence(rest) {
                return Ok(text);
            }
            self.plain_marker(&mut text);
            after_marker = if text.ends_with('{') { usize::MAX } else { self.at };
        }
    }

    /// A `$` or `%` that opens nothing; of `$${` the first is dropped.
    fn plain_marker(&mut self, text: &mut String) {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            text.push_str(rest.get(1..3).unwrap_or(""));
            self.advance(3);
        } else {
            text.push_str(rest.get(..1).unwrap_or(""));
            self.advance(1);
        }
    }

    fn escape(&mut self, text: &mut String) -> Parsed<()> {
        let start = self.at;
        let rest = self.rest();
        let selector = rest.chars().nth(1);
        let digits = match selector {
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let plain = match selector {
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('"') => Some('"'),
            Some('\\') => Some('\\'),
            _ => None,
        };
        if let Some(c) = plain {
            text.push(c);
            self.advance(2);
            return Ok(());
        }
        if digits == 0 {
            let selector = selector.map_or(String::new(), String::from);
            return Err(self.error(
                "Invalid escape sequence",
                format!("The symbol {selector:?} is not a valid escape sequence selector."),
                self.span(start, start + 1 + selector.len()),
            ));
        }
        let hex = rest.get(2..2 + digits).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
        let c = hex.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32);
        match c {
            Some(c) => {
                text.push(c);
                self.advance(2 + digits);
                Ok(())
            }
            None => Err(self.error(
                "Invalid escape sequence",
                format!(
                    "The \\{} escape sequence must be followed by {digits} hexadecimal digits that name a Unicode \
                     character.",
                    if digits == 4 { 'u' } else { 'U' }
                ),
                self.span(start, start + 2),
            )),
        }
    }
}

/// Whether an interpolation or a directive begins here.
pub(super) fn opens_sequence(rest: &str) -> bool {
    rest.starts_with("${") || rest.starts_with("%{")
}

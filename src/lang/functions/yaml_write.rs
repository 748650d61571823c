//! Values as YAML, in the exact layout of Terraform's `yamlencode`.
//! Knows nothing of reading YAML.

use crate::base::{Kind, Value};

/// A known value as a YAML document.
pub(super) fn encode(value: &Value) -> String {
    let mut out = Writer { text: String::new(), column: 0 };
    out.node(value, None, false);
    // A plain word alone could go on in what follows the document, so its end is marked.
    let plain = matches!(value.kind(), Kind::Null(_) | Kind::Bool(_) | Kind::Number(_));
    if !out.text.ends_with('\n') {
        out.text.push('\n');
    }
    if plain {
        out.text.push_str("...\n");
    }
    out.text
}

struct Writer {
    text: String,
    /// Characters since the last line break.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.column = 0;
    }

    /// Goes to the column, on a new line unless the line so far is only the dashes of outer sequences.
    fn indent(&mut self, column: usize, after_dash: bool) {
        if !after_dash && self.column > 0 {
            self.line();
        }
        self.put(&" ".repeat(column.saturating_sub(self.column)));
    }

    /// Writes a value below a collection that is indented by `parent`. After a simple key, a sequence is not
    /// indented further and a mapping starts on a new line; after a dash or a long key both go on in the same one.
    fn node(&mut self, value: &Value, parent: Option<usize>, in_mapping: bool) {
        let inner = parent.map_or(0, |column| column + 2);
        match value.kind() {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) if !items.is_empty() => {
                let column = if in_mapping { parent.unwrap_or(0) } else { inner };
                for (i, item) in items.iter().enumerate() {
                    self.indent(column, i == 0 && !in_mapping && parent.is_some());
                    self.put("-");
                    self.node(item, Some(column), false);
                }
            }
            Kind::Map(_, entries) | Kind::Object(entries) if !entries.is_empty() => {
                for (i, (key, item)) in entries.iter().enumerate() {
                    self.indent(inner, i == 0 && !in_mapping && parent.is_some());
                    let simple = !key.contains('\n') && key.len() <= 128;
                    if !simple {
                        self.put("?");
                        self.scalar(key, Some(inner));
                        self.indent(inner, false);
                    } else {
                        self.quoted(key, 0, true);
                    }
                    self.put(":");
                    self.node(item, Some(inner), simple);
                }
            }
            Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => self.word("[]"),
            Kind::Map(..) | Kind::Object(_) => self.word("{}"),
            Kind::Null(_) | Kind::Unknown(_) => self.word("null"),
            Kind::Bool(b) => self.word(if *b { "true" } else { "false" }),
            Kind::Number(n) => self.word(&n.to_string()),
            Kind::String(text) => self.scalar(text, parent),
        }
    }

    fn word(&mut self, word: &str) {
        if self.column > 0 {
            self.put(" ");
        }
        self.put(word);
    }

    /// Text of several lines as a literal block if it can be one, all other text in double quotes.
    fn scalar(&mut self, text: &str, parent: Option<usize>) {
        let column = parent.map_or(2, |column| column + 2);
        if !text.contains('\n') || !block_allowed(text) {
            if self.column > 0 {
                self.put(" ");
            }
            self.quoted(text, column, false);
            return;
        }
        let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
        let chomp = match text.strip_suffix('\n') {
            None => "-",
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => "+",
            Some(_) => "",
        };
        self.word(&format!("|{hint}{chomp}"));
        self.line();
        for (i, line) in text.strip_suffix('\n').unwrap_or(text).split('\n').enumerate() {
            if i > 0 {
                self.line();
            }
            if !line.is_empty() {
                self.put(&" ".repeat(column));
                self.put(line);
            }
        }
        if text.ends_with('\n') {
            self.line();
        }
    }

    /// Text in double quotes, folded at spaces beyond column 80 unless it is a key.
    fn quoted(&mut self, text: &str, column: usize, key: bool) {
        const WIDTH: usize = 80;
        self.put("\"");
        let mut after_space = false;
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            let next = chars.peek().map(|(_, c)| *c);
            if c == ' ' && !key && !after_space && self.column > WIDTH && i > 0 && next.is_some() {
                self.line();
                self.put(&" ".repeat(column));
                if next == Some(' ') {
                    self.put("\\");
                }
            } else if is_printable(c) && !matches!(c, '"' | '\\' | '\n' | '\u{2028}' | '\u{2029}') {
                self.put(c.encode_utf8(&mut [0; 4]));
            } else {
                self.put(&escape(c));
            }
            after_space = c == ' ';
        }
        self.put("\"");
    }
}

fn escape(c: char) -> String {
    match c {
        '\0' => "\\0".into(),
        '\u{7}' => "\\a".into(),
        '\u{8}' => "\\b".into(),
        '\t' => "\\t".into(),
        '\n' => "\\n".into(),
        '\u{b}' => "\\v".into(),
        '\u{c}' => "\\f".into(),
        '\r' => "\\r".into(),
        '\u{1b}' => "\\e".into(),
        '"' | '\\' => format!("\\{c}"),
        '\u{85}' => "\\N".into(),
        '\u{2028}' => "\\L".into(),
        '\u{2029}' => "\\P".into(),
        c => match u32::from(c) {
            code @ ..=0xFF => format!("\\x{code:02X}"),
            code @ ..=0xFFFF => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}

/// The characters that stand for themselves. Those beyond the basic plane could, but are escaped.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{A0}'..='\u{FFFD}') && c != '\u{FEFF}'
}

fn block_allowed(text: &str) -> bool {
    let plain = |c: char| is_printable(c) && !matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().all(plain) && !text.ends_with(' ') && !text.contains(" \n")
}

//! Character encodings for `textencodebase64` and `textdecodebase64`: Unicode's and the western single-byte ones.
//! Knows nothing of Base64.

/// A character encoding.
pub(super) struct Charset {
    /// The name in messages.
    pub name: &'static str,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Utf8,
    /// Two bytes a unit, big end first or not, with or without a mark at the start.
    Utf16 {
        big: bool,
        mark: bool,
    },
    /// One byte a character: those from the limit up are what the table says, or themselves.
    Bytes {
        limit: u32,
        special: &'static [(u8, char)],
    },
}

const LATIN_1: Form = Form::Bytes { limit: 256, special: &[] };
const LATIN_9: Form = Form::Bytes {
    limit: 256,
    special: &[
        (0xA4, '€'),
        (0xA6, 'Š'),
        (0xA8, 'š'),
        (0xB4, 'Ž'),
        (0xB8, 'ž'),
        (0xBC, 'Œ'),
        (0xBD, 'œ'),
        (0xBE, 'Ÿ'),
    ],
};
#[rustfmt::skip]
const WINDOWS_1252: Form = Form::Bytes {
    limit: 256,
    special: &[
        (0x80, '€'), (0x82, '‚'), (0x83, 'ƒ'), (0x84, '„'), (0x85, '…'), (0x86, '†'), (0x87, '‡'), (0x88, 'ˆ'),
        (0x89, '‰'), (0x8A, 'Š'), (0x8B, '‹'), (0x8C, 'Œ'), (0x8E, 'Ž'), (0x91, '‘'), (0x92, '’'), (0x93, '“'),
        (0x94, '”'), (0x95, '•'), (0x96, '–'), (0x97, '—'), (0x98, '˜'), (0x99, '™'), (0x9A, 'š'), (0x9B, '›'),
        (0x9C, 'œ'), (0x9E, 'ž'), (0x9F, 'Ÿ'),
    ],
};

/// The encoding of an IANA name or alias, whatever its case.
pub(super) fn find(name: &str) -> Option<Charset> {
    let (name, form) = match name.to_ascii_lowercase().as_str() {
        "utf-8" | "csutf8" => ("UTF-8", Form::Utf8),
        "utf-16" | "csutf16" => ("UTF-16", Form::Utf16 { big: true, mark: true }),
        "utf-16be" | "csutf16be" => ("UTF-16BE", Form::Utf16 { big: true, mark: false }),
        "utf-16le" | "csutf16le" => ("UTF-16LE", Form::Utf16 { big: false, mark: false }),
        "us-ascii" | "ascii" | "us" | "iso646-us" | "iso_646.irv:1991" | "ansi_x3.4-1968"
        | "ansi_x3.4-1986" | "iso-ir-6" | "ibm367" | "cp367" | "csascii" => {
            ("US-ASCII", Form::Bytes { limit: 128, special: &[] })
        }
        "iso-8859-1" | "iso_8859-1" | "iso_8859-1:1987" | "iso-ir-100" | "latin1" | "l1" | "ibm819"
        | "cp819" | "csisolatin1" => ("ISO_8859-1:1987", LATIN_1),
        "iso-8859-15" | "iso_8859-15" | "latin-9" | "csiso885915" => ("ISO-8859-15", LATIN_9),
        "windows-1252" | "cswindows1252" => ("windows-1252", WINDOWS_1252),
        _ => return None,
    };
    Some(Charset { name, form })
}

impl Charset {
    /// The bytes of a text; `None` if a character cannot be written.
    pub fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self.form {
            Form::Utf8 => Some(text.as_bytes().to_vec()),
            Form::Utf16 { big, mark } => {
                let start = mark.then_some(0xFEFF);
                let units = start.into_iter().chain(text.encode_utf16());
                Some(units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect())
            }
            Form::Bytes { limit, special } => text.chars().map(|c| byte(c, limit, special)).collect(),
        }
    }

    /// The text of some bytes; `None` if they are not in this encoding.
    pub fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self.form {
            Form::Utf8 => std::str::from_utf8(bytes).ok().map(String::from),
            Form::Utf16 { big, mark } => {
                let (big, bytes) = match (mark, bytes) {
                    (true, [0xFE, 0xFF, rest @ ..]) => (true, rest),
                    (true, [0xFF, 0xFE, rest @ ..]) => (false, rest),
                    _ => (big, bytes),
                };
                let (pairs, odd) = bytes.as_chunks::<2>();
                let units =
                    pairs.iter().map(|p| if big { u16::from_be_bytes(*p) } else { u16::from_le_bytes(*p) });
                let text = char::decode_utf16(units).collect::<Result<String, _>>().ok();
                text.filter(|_| odd.is_empty())
            }
            Form::Bytes { limit, special } => bytes.iter().map(|b| character(*b, limit, special)).collect(),
        }
    }
}

fn byte(c: char, limit: u32, special: &[(u8, char)]) -> Option<u8> {
    if let Some((byte, _)) = special.iter().find(|(_, special)| *special == c) {
        return Some(*byte);
    }
    let byte = u8::try_from(u32::from(c)).ok()?;
    (u32::from(byte) < limit && !special.iter().any(|(b, _)| *b == byte)).then_some(byte)
}

fn character(byte: u8, limit: u32, special: &[(u8, char)]) -> Option<char> {
    let found = special.iter().find(|(b, _)| *b == byte).map(|(_, c)| *c);
    found.or_else(|| (u32::from(byte) < limit).then_some(char::from(byte)))
}

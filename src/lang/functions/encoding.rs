//! Functions that write values as text in some encoding, and read them back.
//! Knows nothing of the encodings that need more than a few lines; they have files of their own.

use std::io::Write;

use base64::Engine;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};

use crate::base::{Type, Value, json as base_json};

use super::declare::{Args, Fault, Function, function};
use super::{charset, csv, json, yaml_read, yaml_write};

pub(super) fn functions() -> Vec<Function> {
    use Type::String as Text;
    vec![
        function("base64decode", "The text that is encoded in Base64.").text("str").gives(Text, |a| {
            let bytes = decode_base64(a.text(0)).map_err(|_| {
                Fault::about("failed to decode base64 data {input}", format!("{:?}", a.text(0)))
            })?;
            let text = String::from_utf8(bytes);
            text.map(Value::from)
                .map_err(|_| Fault::new("the result of decoding the provided string is not valid UTF-8"))
        }),
        function("base64encode", "The text in Base64.")
            .text("str")
            .gives(Text, |a| Ok(STANDARD.encode(a.text(0)).into())),
        function("base64gzip", "The text compressed with gzip, in Base64.").text("str").gives(Text, gzip),
        function("csvdecode", "The rows of a CSV text as objects, by the names in its first row.")
            .text("str")
            .gives(Type::Dynamic, |a| csv::decode(a.text(0))),
        function("jsondecode", "The value that a JSON text describes.")
            .text("str")
            .gives(Type::Dynamic, json_decode),
        function("jsonencode", "The value as JSON.")
            .any("val")
            .or_null()
            .or_dynamic()
            .wholly_known()
            .gives(Text, |a| Ok(json::encode(a.value(0)).into())),
        function("textdecodebase64", "The text that is encoded in a character encoding and Base64.")
            .text("source")
            .text("encoding")
            .gives(Text, text_decode),
        function("textencodebase64", "The text in a character encoding and Base64.")
            .text("string")
            .text("encoding")
            .gives(Text, text_encode),
        function("urlencode", "The text with all characters that mean something in URLs escaped.")
            .text("str")
            .gives(Text, |a| Ok(url_encode(a.text(0)).into())),
        function("yamldecode", "The value that a YAML document describes.")
            .text("src")
            .gives(Type::Dynamic, |a| yaml_read::decode(a.text(0))),
        function("yamlencode", "The value as a YAML document.")
            .any("value")
            .or_null()
            .or_dynamic()
            .wholly_known()
            .gives(Text, |a| Ok(yaml_write::encode(a.value(0)).into())),
    ]
}

/// Base64 with padding; line breaks are passed over, and so are bits that are left over at the end.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(text)
}

fn gzip(a: &Args) -> Result<Value, Fault> {
    // No name and no time, so that the same text always gives the same bytes.
    let mut writer = flate2::GzBuilder::new().write(Vec::new(), flate2::Compression::default());
    let bytes = writer.write_all(a.text(0).as_bytes()).and_then(|()| writer.finish());
    let bytes = bytes.map_err(|e| Fault::new(format!("failed to write gzip raw data: {e}")))?;
    Ok(STANDARD.encode(bytes).into())
}

fn json_decode(a: &Args) -> Result<Value, Fault> {
    // The parser's messages name places and kinds of tokens, never their content.
    let json = serde_json::from_str(a.text(0)).map_err(|e| Fault::new(e.to_string()))?;
    base_json::implied_value(&json).map_err(|e| Fault::new(e.what))
}

fn encoding(a: &Args) -> Result<charset::Charset, Fault> {
    charset::find(a.text(1)).ok_or_else(|| {
        let name = format!("{:?}", a.text(1));
        Fault::about("{input} is not a supported IANA encoding name or alias in this version", name).at(1)
    })
}

fn text_encode(a: &Args) -> Result<Value, Fault> {
    let charset = encoding(a)?;
    let bytes = charset.encode(a.text(0)).ok_or_else(|| {
        let what = "the given string contains characters that cannot be represented in";
        Fault::new(format!("{what} {}", charset.name)).at(0)
    })?;
    Ok(STANDARD.encode(bytes).into())
}

fn text_decode(a: &Args) -> Result<Value, Fault> {
    let charset = encoding(a)?;
    let bytes = decode_base64(a.text(0)).map_err(|e| {
        Fault::new(match e {
            base64::DecodeError::InvalidByte(at, _) => {
                format!("the given value has an invalid base64 symbol at offset {at}")
            }
            other => format!("invalid source string: {other}"),
        })
        .at(0)
    })?;
    let text = charset.decode(&bytes).ok_or_else(|| {
        let what = "the given string contains symbols that are not defined for";
        Fault::new(format!("{what} {}", charset.name)).at(0)
    })?;
    Ok(text.into())
}

fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

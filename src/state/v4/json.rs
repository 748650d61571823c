//! JSON text as Go's `encoding/json` indents it, which is what Terraform's files hold.
//! Knows nothing of states.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value as Json;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use crate::base::json::type_from_json;

/// The text of a value: two spaces per level, `<`, `>`, `&`, U+2028 and U+2029 escaped, no newline at the end.
pub fn to_vec(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(4096);
    value.serialize(&mut Serializer::with_formatter(&mut out, Go(PrettyFormatter::with_indent(b"  "))))?;
    Ok(out)
}

struct Go<'a>(PrettyFormatter<'a>);

impl Formatter for Go<'_> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut done = 0;
        for (i, byte) in fragment.bytes().enumerate() {
            let (escape, len) = match byte {
                b'<' => ("\\u003c", 1),
                b'>' => ("\\u003e", 1),
                b'&' => ("\\u0026", 1),
                0xe2 if fragment[i..].starts_with('\u{2028}') => ("\\u2028", 3),
                0xe2 if fragment[i..].starts_with('\u{2029}') => ("\\u2029", 3),
                _ => continue,
            };
            writer.write_all(&fragment.as_bytes()[done..i])?;
            writer.write_all(escape.as_bytes())?;
            done = i + len;
        }
        writer.write_all(&fragment.as_bytes()[done..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// Attributes, whose keys are sorted, but for the wrapper around a value of dynamic type: that one reads
/// `{"value": …, "type": …}`.
pub struct Attributes<'a>(pub &'a Json);

impl Serialize for Attributes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Array(items) => serializer.collect_seq(items.iter().map(Attributes)),
            // Inside a wrapper nothing is wrapped again.
            Json::Object(entries) => match (entries.len(), entries.get("value"), entries.get("type")) {
                (2, Some(value), Some(ty)) if type_from_json(ty).is_some() => {
                    serializer.collect_map([("value", value), ("type", ty)])
                }
                _ => serializer.collect_map(entries.iter().map(|(key, value)| (key, Attributes(value)))),
            },
            plain => plain.serialize(serializer),
        }
    }
}

/// The results of checks, in the order in which Terraform declares their keys.
pub struct Checks<'a>(pub &'a Json);

const CHECK_KEYS: [&str; 6] =
    ["object_kind", "config_addr", "object_addr", "status", "objects", "failure_messages"];

impl Serialize for Checks<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Array(items) => serializer.collect_seq(items.iter().map(Checks)),
            Json::Object(entries) => {
                let known = CHECK_KEYS.iter().filter_map(|key| entries.get_key_value(*key));
                let unknown = entries.iter().filter(|(key, _)| !CHECK_KEYS.contains(&key.as_str()));
                serializer.collect_map(known.chain(unknown).map(|(key, value)| (key, Checks(value))))
            }
            plain => plain.serialize(serializer),
        }
    }
}

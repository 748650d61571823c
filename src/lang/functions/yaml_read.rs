//! Reading YAML documents as `yamldecode` does.
//! Knows nothing of YAML's grammar, which the parser crate owns; here its events become values.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use crate::base::{Name, Number, Type, Value, convert};

use super::declare::Fault;
use super::timestamp;

/// Deeper nesting, and more values than this once aliases are followed, are refused.
const MAX_DEPTH: usize = 128;
const MAX_VALUES: usize = 1_000_000;

/// The value of the one document in the text.
pub(super) fn decode(text: &str) -> Result<Value, Fault> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), values: 0 };
    let missing = || Fault::new("on line 1, column 1: missing start of document");
    loop {
        match reader.next()? {
            Some((Event::DocumentStart(_), _)) => break,
            Some((Event::StreamEnd, _)) | None => return Err(missing()),
            Some(_) => {}
        }
    }
    let (event, span) = reader.next()?.ok_or_else(missing)?;
    let value = reader.node(event, span, 0)?;
    while let Some((event, span)) = reader.next()? {
        if matches!(event, Event::DocumentStart(_)) {
            return Err(wrong(&span, "unexpected extra content after value"));
        }
    }
    Ok(value)
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// The value of each anchor and how many values it holds.
    anchors: HashMap<usize, (Value, usize)>,
    values: usize,
}

fn place(span: &Span) -> String {
    format!("on line {}, column {}", span.start.line(), span.start.col() + 1)
}

fn wrong(span: &Span, what: &str) -> Fault {
    Fault::new(format!("{}: {what}", place(span)))
}

fn misread(error: &ScanError) -> Fault {
    let at = error.marker();
    Fault::about(format!("on line {}, column {}: {{input}}", at.line(), at.col() + 1), error.info())
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Fault> {
        self.parser.next_event().transpose().map_err(|e| misread(&e))
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Value, Fault> {
        if depth > MAX_DEPTH {
            return Err(wrong(&span, "the document is nested too deeply"));
        }
        let before = self.values;
        self.count(1, &span)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor).cloned() else {
                    return Err(wrong(&span, "cannot refer to an anchor from inside its own definition"));
                };
                self.count(size, &span)?;
                (value, 0)
            }
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(&text, style, tag.as_deref()).map_err(|what| at(&span, what))?, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_ref(), "seq", &span)?;
                let mut items = Vec::new();
                while let Some((event, span)) = self.next()? {
                    if matches!(event, Event::SequenceEnd) {
                        break;
                    }
                    items.push(self.node(event, span, depth + 1)?);
                }
                (Value::tuple(items), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_ref(), "map", &span)?;
                (self.mapping(depth)?, anchor)
            }
            _ => return Err(wrong(&span, "unexpected end of the document")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before));
        }
        Ok(value)
    }

    /// What a small document can stand for through aliases of aliases must not exhaust memory.
    fn count(&mut self, more: usize, span: &Span) -> Result<(), Fault> {
        self.values = self.values.saturating_add(more);
        if self.values > MAX_VALUES {
            return Err(wrong(span, "the document holds too many values"));
        }
        Ok(())
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut entries: BTreeMap<Name, Value> = BTreeMap::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event, span, depth + 1)?;
            let Some((event, value_span)) = self.next()? else { break };
            let value = self.node(event, value_span, depth + 1)?;
            if merge {
                let Some(merged) = value.as_entries() else {
                    let what = format!("cannot merge {} into mapping", value.ty().friendly_name());
                    return Err(wrong(&value_span, &what));
                };
                entries.extend(merged.iter().map(|(n, v)| (n.clone(), v.clone())));
                continue;
            }
            if key.is_null() {
                return Err(wrong(&span, "mapping key cannot be null"));
            }
            let key = convert::convert(&key, &Type::String).ok();
            let Some(key) = key.as_ref().and_then(Value::as_str) else {
                return Err(wrong(&span, "only strings are allowed as mapping keys"));
            };
            entries.insert(key.into(), value);
        }
        Ok(Value::object(entries))
    }
}

fn at(span: &Span, (what, input): (String, Option<String>)) -> Fault {
    let message = format!("{}: {what}", place(span));
    match input {
        Some(input) => Fault::about(message, input),
        None => Fault::new(message),
    }
}

fn check_tag(tag: Option<&Cow<'_, Tag>>, wanted: &str, span: &Span) -> Result<(), Fault> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() || tag.suffix != wanted => Err(at(span, unsupported(tag))),
        _ => Ok(()),
    }
}

type Wrong = (String, Option<String>);

fn unsupported(tag: &Tag) -> Wrong {
    let handle = if tag.is_yaml_core_schema() { "!!" } else { tag.handle.as_str() };
    ("unsupported tag {input}".into(), Some(format!("{:?}", format!("{handle}{}", tag.suffix))))
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, Wrong> {
    let Some(tag) = tag else {
        return if style == ScalarStyle::Plain { resolve(text) } else { Ok(text.into()) };
    };
    if !tag.is_yaml_core_schema() {
        return Err(unsupported(tag));
    }
    let fits = |value: Value, ty: Type| {
        let fit = value.ty() == ty;
        let what =
            || (format!("cannot parse {{input}} as {}", ty.friendly_name()), Some(format!("{text:?}")));
        if fit { Ok(value) } else { Err(what()) }
    };
    match tag.suffix.as_str() {
        "str" | "binary" => Ok(text.into()),
        "timestamp" => fits(resolve(text)?, Type::String),
        "int" | "float" => fits(resolve(text)?, Type::Number),
        "bool" => fits(resolve(text)?, Type::Bool),
        "null" => Ok(Value::NULL),
        _ => Err(unsupported(tag)),
    }
}

/// The value that a plain word looks like.
fn resolve(text: &str) -> Result<Value, Wrong> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Value::TRUE,
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Value::FALSE,
        ".nan" | ".NaN" | ".NAN" => return Err(("floating point NaN is not supported".into(), None)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Err(("floating point infinity is not supported".into(), None));
        }
        _ => match number(text) {
            Some(n) => Value::number(n),
            None => timestamp::from_yaml(text).map_or_else(|| text.into(), Value::from),
        },
    })
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = unsigned.strip_prefix(prefix) {
            let value =
                i64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['-', '+']))?;
            return Some(Number::from(if text.starts_with('-') { -value } else { value }));
        }
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

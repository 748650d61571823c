//! Reading CSV text, as strictly as RFC 4180 asks.
//! Knows nothing of encodings other than UTF-8.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use crate::base::{Type, Value};

use super::declare::Fault;

/// The rows under the header row, as a list of objects of texts.
pub(super) fn decode(text: &str) -> Result<Value, Fault> {
    let mut rows = rows(text)?.into_iter();
    let Some((_, header)) = rows.next() else { return Err(Fault::new("missing header line")) };
    let mut names = BTreeSet::new();
    for name in &header {
        if !names.insert(name) {
            return Err(Fault::about("duplicate column name {input}", format!("{name:?}")));
        }
    }
    let row_type = Type::object(header.iter().map(|name| (name.as_str(), Type::String)));
    let mut objects = Vec::new();
    for (line, fields) in rows {
        if fields.len() != header.len() {
            return Err(wrong(line, "wrong number of fields"));
        }
        let fields = fields.into_iter().map(Value::from);
        objects.push(Value::object(header.iter().map(String::as_str).zip(fields)));
    }
    Ok(Value::list(row_type, objects))
}

fn wrong(line: usize, what: &str) -> Fault {
    Fault::new(format!("CSV parse error on line {line}: {what}"))
}

/// The fields of every row that is not empty, with the number of the line it starts on.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, Fault> {
    let text = text.replace("\r\n", "\n");
    let mut chars = text.chars().peekable();
    let mut line = 1;
    let mut rows = Vec::new();
    while let Some(first) = chars.peek() {
        if *first == '\n' {
            chars.next();
            line += 1;
            continue;
        }
        let start = line;
        let mut fields = Vec::new();
        loop {
            let field = if chars.next_if_eq(&'"').is_some() {
                quoted(&mut chars, &mut line)?
            } else {
                bare(&mut chars, line)?
            };
            fields.push(field);
            match chars.next() {
                Some(',') => {}
                _ => break,
            }
        }
        line += 1;
        rows.push((start, fields));
    }
    Ok(rows)
}

fn bare(chars: &mut Peekable<Chars>, line: usize) -> Result<String, Fault> {
    let mut field = String::new();
    while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '\n')) {
        if c == '"' {
            return Err(wrong(line, "bare \" in non-quoted-field"));
        }
        field.push(c);
    }
    Ok(field)
}

/// A field whose opening quote is taken; two quotes stand for one.
fn quoted(chars: &mut Peekable<Chars>, line: &mut usize) -> Result<String, Fault> {
    let start = *line;
    let mut field = String::new();
    loop {
        match chars.next() {
            Some('"') => match chars.peek() {
                Some('"') => field.extend(chars.next()),
                None | Some(',' | '\n') => return Ok(field),
                Some(_) => return Err(wrong(*line, "extraneous or missing \" in quoted-field")),
            },
            Some(c) => {
                *line += usize::from(c == '\n');
                field.push(c);
            }
            None => return Err(wrong(start, "extraneous or missing \" in quoted-field")),
        }
    }
}

//! Functions over text. A character is what a reader sees as one: a grapheme cluster.
//! Knows nothing of patterns or verbs; `regex` and `format` own those.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::{Type, Value};

use super::declare::{Args, Fault, Function, check_size, function};

pub(super) fn functions() -> Vec<Function> {
    use Type::{Bool, String as Text};
    vec![
        function("chomp", "The text without the line breaks at its end.")
            .text("str")
            .gives(Text, |a| Ok(a.text(0).trim_end_matches(['\r', '\n']).into())),
        function("endswith", "Whether the text ends with the suffix.")
            .text("str")
            .text("suffix")
            .gives(Bool, |a| Ok(a.text(0).ends_with(a.text(1)).into())),
        function("indent", "The text with spaces before every line but the first.")
            .number("spaces")
            .text("str")
            .gives(Text, indent),
        function("join", "The elements of all lists in one text, with the separator between them.")
            .text("separator")
            .rest("lists", Type::list(Text))
            .gives(Text, join),
        function("lower", "The text in lower case.")
            .text("str")
            .gives(Text, |a| Ok(a.text(0).chars().map(lower).collect::<String>().into())),
        function("split", "The parts of the text between separators.")
            .text("separator")
            .text("str")
            .gives(Type::list(Text), split),
        function("startswith", "Whether the text starts with the prefix.")
            .text("str")
            .or_unknown()
            .text("prefix")
            .gives(Bool, starts_with),
        function("strcontains", "Whether the text contains the other text.")
            .text("str")
            .text("substr")
            .gives(Bool, |a| Ok(a.text(0).contains(a.text(1)).into())),
        function("strrev", "The text with its characters in the opposite order.")
            .text("str")
            .gives(Text, |a| Ok(a.text(0).graphemes(true).rev().collect::<String>().into())),
        function("substr", "A part of the text, by offset and length in characters.")
            .text("str")
            .number("offset")
            .number("length")
            .gives(Text, substr),
        function("title", "The text with the first letter of every word in upper case.")
            .text("str")
            .gives(Text, |a| Ok(title(a.text(0)).into())),
        function("trim", "The text without the given characters at its start and end.")
            .text("str")
            .text("cutset")
            .gives(Text, |a| Ok(a.text(0).trim_matches(|c| a.text(1).contains(c)).into())),
        function("trimprefix", "The text without the prefix.")
            .text("str")
            .text("prefix")
            .gives(Text, |a| Ok(a.text(0).strip_prefix(a.text(1)).unwrap_or(a.text(0)).into())),
        function("trimspace", "The text without white space at its start and end.")
            .text("str")
            .gives(Text, |a| Ok(a.text(0).trim().into())),
        function("trimsuffix", "The text without the suffix.")
            .text("str")
            .text("suffix")
            .gives(Text, |a| Ok(a.text(0).strip_suffix(a.text(1)).unwrap_or(a.text(0)).into())),
        function("upper", "The text in upper case.")
            .text("str")
            .gives(Text, |a| Ok(a.text(0).chars().map(upper).collect::<String>().into())),
    ]
}

/// The number of characters in a text.
pub(super) fn length(text: &str) -> usize {
    text.graphemes(true).count()
}

/// One letter to one letter, as Go maps case: what would become several letters stays.
fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn title(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let starts =
                !(before.is_alphanumeric() || before == '_') && (before.is_ascii() || before.is_whitespace());
            before = c;
            match c {
                _ if !starts => c,
                'Ǆ' | 'ǆ' => 'ǅ',
                'Ǉ' | 'ǉ' => 'ǈ',
                'Ǌ' | 'ǌ' => 'ǋ',
                'Ǳ' | 'ǳ' => 'ǲ',
                c => upper(c),
            }
        })
        .collect()
}

fn indent(a: &Args) -> Result<Value, Fault> {
    let spaces = usize::try_from(a.whole(0)?)
        .map_err(|_| Fault::new("the number of spaces must not be negative").at(0))?;
    if spaces > 10_000 {
        return Err(Fault::new("the number of spaces must not be greater than 10000").at(0));
    }
    let text = a.text(1);
    check_size(text.len().saturating_add(text.matches('\n').count().saturating_mul(spaces)))?;
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(spaces))).into())
}

fn join(a: &Args) -> Result<Value, Fault> {
    if a.values.len() < 2 {
        return Err(Fault::new("at least one list is required"));
    }
    let mut parts = Vec::new();
    let mut known = true;
    for (at, list) in a.values.iter().enumerate().skip(1) {
        for (i, item) in list.as_items().unwrap_or_default().iter().enumerate() {
            match item.as_str() {
                Some(text) => parts.push(text),
                None if item.is_unknown() => known = false,
                None if a.values.len() == 2 => {
                    return Err(
                        Fault::new(format!("element {i} is null; cannot concatenate null values")).at(at)
                    );
                }
                None => {
                    let what = format!("element {i} of list {at} is null; cannot concatenate null values");
                    return Err(Fault::new(what).at(at));
                }
            }
        }
    }
    let separators = parts.len().saturating_mul(a.text(0).len());
    check_size(parts.iter().map(|part| part.len()).fold(separators, usize::saturating_add))?;
    Ok(if known { parts.join(a.text(0)).into() } else { Value::unknown(Type::String) })
}

fn split(a: &Args) -> Result<Value, Fault> {
    let (separator, text) = (a.text(0), a.text(1));
    let parts: Vec<&str> =
        if separator.is_empty() { text.graphemes(true).collect() } else { text.split(separator).collect() };
    Ok(Value::list(Type::String, parts.into_iter().map(Value::from)))
}

fn starts_with(a: &Args) -> Result<Value, Fault> {
    Ok(match a.value(0).as_str() {
        Some(text) => text.starts_with(a.text(1)).into(),
        None if a.text(1).is_empty() => Value::TRUE,
        None => Value::unknown(Type::Bool),
    })
}

fn substr(a: &Args) -> Result<Value, Fault> {
    let (offset, length) = (a.whole(1)?, a.whole(2)?);
    let count = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    let text = a.text(0);
    // A negative offset counts from the end and stops at the start.
    let skip = if offset < 0 {
        self::length(text).saturating_sub(count(offset.saturating_neg()))
    } else {
        count(offset)
    };
    // Counting from the end, a length of zero means all the rest: an accident of Terraform's that texts rely on.
    let take = if length < 0 || (length == 0 && offset < 0) { usize::MAX } else { count(length) };
    Ok(text.graphemes(true).skip(skip).take(take).collect::<String>().into())
}

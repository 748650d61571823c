//! `format` and `formatlist`: reading format strings and handing out arguments to verbs.
//! Knows nothing of how a verb writes its value; `format_verb` owns that.

use unicode_segmentation::UnicodeSegmentation;

use crate::base::{Kind, Type, Value};

use super::declare::{Args, Fault, Function, check_size, function};
use super::format_verb::{Verb, write};

pub(super) fn functions() -> Vec<Function> {
    use Type::String as Text;
    vec![
        function("format", "The format string with its verbs replaced by the arguments.")
            .text("format")
            .rest("args", Type::Dynamic)
            .or_null()
            .or_dynamic()
            .wholly_known()
            .gives(Text, |a| format(a.text(0), a.from(1)).map(Value::from)),
        function("formatlist", "The format string applied to the elements of lists, side by side.")
            .text("format")
            .rest("args", Type::Dynamic)
            .or_null()
            .or_unknown()
            .gives(Type::list(Text), formatlist),
    ]
}

/// The format string with its verbs replaced.
fn format(template: &str, args: &[Value]) -> Result<String, Fault> {
    let mut out = String::new();
    let (mut next, mut highest) = (0, 0);
    let mut rest = template;
    let offset_of = |rest: &str| template.len() - rest.len();
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let start = rest.get(before.len()..).unwrap_or_default();
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (verb, index, after) = read_verb(after).map_err(|at| match at.chars().next() {
            None => Fault::new(format!("invalid format string starting at offset {}", offset_of(at))),
            Some(c) => {
                let what = format!("unrecognized format character {{input}} at offset {}", offset_of(at));
                Fault::about(what, format!("{c:?}"))
            }
        })?;
        let raw = format!("{:?}", start.get(..start.len() - after.len()).unwrap_or_default());
        let at = index.unwrap_or(next);
        next = at + 1;
        highest = highest.max(next);
        let Some(value) = args.get(at) else {
            let (place, count) = (offset_of(start), args.len());
            let what = format!(
                "not enough arguments for {{input}} at {place}: need index {next} but have {count} total"
            );
            return Err(Fault::about(what, raw));
        };
        write(&mut out, &verb, value).map_err(|problem| match problem {
            None => {
                let (letter, place) = (verb.letter, offset_of(start));
                Fault::about(
                    format!("unsupported format verb {letter:?} in {{input}} at offset {place}"),
                    raw,
                )
            }
            Some(what) => {
                Fault::about(format!("unsupported value for {{input}} at {}: {what}", offset_of(start)), raw)
            }
        })?;
        check_size(out.len())?;
        rest = after;
    }
    out.push_str(rest);
    if highest < args.len() {
        let used = match highest {
            0 => "no verbs in format string".to_string(),
            n => format!("only {n} used by format string"),
        };
        return Err(Fault::new(format!("too many arguments; {used}")).at(1));
    }
    Ok(out)
}

/// A verb after its percent sign, the argument index it names, and the rest. An error is the place of the mistake.
fn read_verb(text: &str) -> Result<(Verb, Option<usize>, &str), &str> {
    let mut verb = Verb::default();
    let mut rest = text;
    loop {
        let flag = rest.chars().next();
        match flag {
            Some('+') => verb.plus = true,
            Some('-') => verb.minus = true,
            Some('#') => verb.sharp = true,
            Some(' ') => verb.space = true,
            Some('0') => verb.zero = true,
            _ => break,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    let (width, after) = digits(rest);
    verb.width = width;
    rest = after;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after);
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    let mut index = None;
    if let Some(after) = rest.strip_prefix('[') {
        let (number, end) = digits(after);
        match number {
            Some(n) if n > 0 && !after.starts_with('0') => index = Some(n - 1),
            _ => return Err(after),
        }
        rest = end.strip_prefix(']').ok_or(end)?;
    }
    match rest.chars().next() {
        Some(letter) if letter.is_ascii_alphabetic() => {
            verb.letter = letter;
            Ok((verb, index, rest.get(1..).unwrap_or_default()))
        }
        _ => Err(rest),
    }
}

/// A number at the start of the text, and the rest. One too large to make sense counts as the largest.
fn digits(text: &str) -> (Option<usize>, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len()).unwrap_or_default();
    let number = (!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX).min(MAX_WIDTH));
    (number, rest)
}

/// Wider fields and more decimals are cut to this, so that a format string cannot exhaust memory.
const MAX_WIDTH: usize = 10_000;

/// The text padded to the verb's width, counted in characters.
pub(super) fn pad(text: &str, verb: &Verb) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let fill = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

fn formatlist(a: &Args) -> Result<Value, Fault> {
    let lists = a.from(1);
    if lists.iter().any(|v| v.is_unknown() && !v.ty().is_primitive()) {
        return Ok(Value::unknown(a.returns.clone()));
    }
    // Lists, sets and tuples give one element to each round; any other argument is the same in all of them.
    let mut rounds: Option<(usize, usize)> = None;
    for (i, list) in lists.iter().enumerate() {
        let Some(items) = list.as_items() else { continue };
        match rounds {
            Some((first, count)) if count != items.len() => {
                return Err(Fault::new(format!(
                    "argument {} has length {}, which is inconsistent with argument {} of length {count}",
                    i + 1,
                    items.len(),
                    first + 1,
                ))
                .at(i + 1));
            }
            Some(_) => {}
            None => rounds = Some((i, items.len())),
        }
    }
    let mut results = Vec::new();
    let mut size = 0_usize;
    for round in 0..rounds.map_or(1, |(_, count)| count) {
        let args: Vec<Value> = lists
            .iter()
            .map(|list| match list.kind() {
                Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                    items.get(round).cloned().unwrap_or(Value::NULL)
                }
                _ => list.clone(),
            })
            .collect();
        if args.iter().all(Value::is_wholly_known) {
            let text = format(a.text(0), &args).map_err(|fault| match lists {
                [] => fault,
                _ => fault.within(&format!("error on format iteration {round}: ")),
            })?;
            size = size.saturating_add(text.len());
            check_size(size)?;
            results.push(text.into());
        } else {
            results.push(Value::unknown(Type::String));
        }
    }
    Ok(Value::list(Type::String, results))
}

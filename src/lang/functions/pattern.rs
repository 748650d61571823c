//! Patterns in the RE2 syntax that Terraform's language defines, compiled for the `regex` crate.
//! Knows nothing of what is done with the matches.
//!
//! The crate speaks almost the same syntax. What differs is rewritten: `\d \w \s \b` and the POSIX classes are
//! ASCII, a brace that starts no repetition and a bracket in a class stand for themselves, `\Q…\E` quotes; and what
//! only the crate knows is refused.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};

/// What is wrong with a pattern, and the piece of it that shows where.
#[derive(Debug)]
pub(super) struct PatternError {
    pub what: String,
    pub near: Option<String>,
}

fn wrong<T>(what: &str, near: impl Into<String>) -> Result<T, PatternError> {
    Err(PatternError { what: what.into(), near: Some(near.into()) })
}

/// How many patterns are kept; configurations have a few.
const KEPT: usize = 64;

/// How many bytes they may take together.
const KEPT_BYTES: usize = 512 << 20;

/// The sizes in bytes that a compiled pattern may have, by doubling: that of a short one, and one with which nothing can be
/// searched any more.
const SIZES: (usize, usize) = (1 << 10, 16 << 20);

/// The bytes that a search may take: each group is kept for each state.
const SEARCH_BYTES: usize = 256 << 20;

/// How much one search may do: as many bytes of text, times bytes of the pattern, as the slowest of patterns takes ten
/// seconds for. Each byte of text may meet every state of the pattern, and then takes its groups along, of which this many
/// count as much as the state.
const SEARCH: (usize, usize) = (1 << 36, 32);

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub regex: Regex,
    /// The bytes it takes, at most.
    size: usize,
}

impl Pattern {
    /// The bytes that searching takes, at most.
    fn weight(&self) -> usize {
        self.size.saturating_mul(self.regex.captures_len())
    }

    /// Whether one search in a text comes to its end in bounded time.
    pub fn suits(&self, text: &str) -> bool {
        let (most, groups) = SEARCH;
        let state = 1 + self.regex.captures_len() / groups;
        self.size.saturating_mul(text.len()).saturating_mul(state) <= most
    }
}

/// Compiles a pattern. Those used lately are kept, since every instance of a resource asks for the same ones.
pub(super) fn compile(pattern: &str) -> Result<Arc<Pattern>, PatternError> {
    thread_local! {
        static LATELY: RefCell<HashMap<String, Arc<Pattern>>> = RefCell::default();
    }
    if let Some(regex) = LATELY.with_borrow(|lately| lately.get(pattern).cloned()) {
        return Ok(regex);
    }
    let regex = Arc::new(translate(pattern)?);
    LATELY.with_borrow_mut(|lately| {
        let bytes: usize = lately.values().map(|kept| kept.weight()).sum();
        if lately.len() >= KEPT || bytes.saturating_add(regex.weight()) > KEPT_BYTES {
            lately.clear();
        }
        lately.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

fn translate(pattern: &str) -> Result<Pattern, PatternError> {
    let (least, most) = SIZES;
    let too_large = || wrong("expression too large", pattern);
    // What is refused for its size must not be worked through first.
    if pattern.len() > most {
        return too_large();
    }
    let mut translation = Translation { pattern, rest: pattern, out: String::new(), depth: 0 };
    translation.run()?;
    let mut size = least.max(pattern.len().next_power_of_two());
    let regex = loop {
        match RegexBuilder::new(&translation.out).size_limit(size).build() {
            Ok(regex) => break regex,
            // The crate does not tell the size, but whether there is room.
            Err(regex::Error::CompiledTooBig(_)) if size < most => size *= 2,
            Err(regex::Error::CompiledTooBig(_)) => return too_large(),
            Err(other) => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or("syntax error");
                return wrong(last.strip_prefix("error: ").unwrap_or(last), pattern);
            }
        }
    };
    let compiled = Pattern { regex, size };
    if compiled.weight() > SEARCH_BYTES { too_large() } else { Ok(compiled) }
}

struct Translation<'a> {
    pattern: &'a str,
    rest: &'a str,
    out: String,
    depth: usize,
}

impl<'a> Translation<'a> {
    fn take(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn run(&mut self) -> Result<(), PatternError> {
        // What a repetition operator would find before it: nothing, something, or another operator.
        let (mut repeatable, mut operator): (bool, Option<&'a str>) = (false, None);
        loop {
            let start = self.rest;
            let Some(c) = self.take() else { break };
            if let Some(repetition) = self.repetition(c, start)? {
                if !repeatable {
                    return wrong("missing argument to repetition operator", repetition);
                }
                if let Some(first) = operator {
                    let length = first.len() - start.len() + repetition.len();
                    let both = first.get(..length).unwrap_or(first);
                    return wrong("invalid nested repetition operator", both);
                }
                self.out.push_str(repetition);
                operator = Some(start);
                continue;
            }
            operator = None;
            repeatable = true;
            match c {
                '(' => {
                    self.group(start)?;
                    self.depth += 1;
                    repeatable = false;
                }
                ')' if self.depth == 0 => return wrong("unexpected )", self.pattern),
                ')' => {
                    self.depth -= 1;
                    self.out.push(')');
                }
                '|' => {
                    self.out.push('|');
                    repeatable = false;
                }
                '[' => self.class(start)?,
                '\\' => self.escape()?,
                '{' | '}' => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
        }
        if self.depth > 0 { wrong("missing closing )", self.pattern) } else { Ok(()) }
    }

    /// The repetition operator that starts with `c`, with a `?` that makes it lazy.
    fn repetition(&mut self, c: char, start: &'a str) -> Result<Option<&'a str>, PatternError> {
        match c {
            '*' | '+' | '?' => {}
            '{' => {
                let Some((bounds, _)) = self.rest.split_once('}') else { return Ok(None) };
                let (least, most) = bounds.split_once(',').unwrap_or((bounds, bounds));
                let number = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
                if !number(least) || !(most.is_empty() || number(most)) {
                    return Ok(None);
                }
                let bound = |s: &str| s.parse::<u32>().unwrap_or(u32::MAX);
                let whole = start.get(..bounds.len() + 2).unwrap_or(start);
                if bound(least) > 1000
                    || (!most.is_empty() && (bound(most) > 1000 || bound(least) > bound(most)))
                {
                    return wrong("invalid repeat count", whole);
                }
                self.rest = start.get(whole.len()..).unwrap_or_default();
            }
            _ => return Ok(None),
        }
        self.eat("?");
        Ok(start.get(..start.len() - self.rest.len()))
    }

    /// What follows an opening parenthesis up to where its content starts.
    fn group(&mut self, start: &'a str) -> Result<(), PatternError> {
        self.out.push('(');
        if !self.eat("?") {
            return Ok(());
        }
        if self.eat("P<") || (!self.rest.starts_with("<=") && !self.rest.starts_with("<!") && self.eat("<")) {
            let end = self.rest.find('>');
            let name = end.and_then(|end| self.rest.get(..end)).unwrap_or_default();
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                let length = start.len() - self.rest.len() + end.map_or(self.rest.len(), |end| end + 1);
                return wrong("invalid named capture", start.get(..length).unwrap_or(start));
            }
            self.out.push_str("?P<");
            return Ok(());
        }
        let flags = self.rest.len() - self.rest.trim_start_matches(['i', 'm', 's', 'U', '-']).len();
        let ends_well = self.rest.get(flags..).is_some_and(|rest| rest.starts_with([':', ')']));
        if !ends_well || self.rest.starts_with(')') {
            let length = start.len() - self.rest.len() + flags;
            let next = start.get(length..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let near = start.get(..length + next).unwrap_or(start);
            return wrong("invalid or unsupported Perl syntax", near);
        }
        self.out.push('?');
        self.out.push_str(self.rest.get(..flags).unwrap_or_default());
        self.rest = self.rest.get(flags..).unwrap_or_default();
        if self.eat(":") {
            self.out.push(':');
        }
        Ok(())
    }

    /// An escape outside a class; the backslash is taken.
    fn escape(&mut self) -> Result<(), PatternError> {
        let start = self.rest;
        let Some(c) = self.take() else {
            return wrong("trailing backslash at end of expression", "");
        };
        match c {
            'Q' => {
                let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex::escape(quoted));
                self.rest = rest;
            }
            'b' => self.out.push_str("(?-u:\\b)"),
            'B' => self.out.push_str("(?-u:\\B)"),
            'A' | 'z' => self.out.extend(['\\', c]),
            c => match perl_class(c) {
                Some((negated, members)) => {
                    self.out.push_str(if negated { "[^" } else { "[" });
                    self.out.push_str(members);
                    self.out.push(']');
                }
                None => self.literal_escape(c, start)?,
            },
        }
        Ok(())
    }

    /// An escape that means the same in and outside a class.
    fn literal_escape(&mut self, c: char, start: &'a str) -> Result<(), PatternError> {
        match c {
            'a' | 'f' | 't' | 'n' | 'r' | 'v' => self.out.extend(['\\', c]),
            'x' => {
                let length = match self.rest.strip_prefix('{') {
                    Some(inner) => inner.find('}').map(|end| end + 2),
                    None => Some(2),
                };
                let digits = length.and_then(|length| self.rest.get(..length)).unwrap_or_default();
                let bare = digits.trim_matches(['{', '}']);
                if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return wrong("invalid escape sequence", format!("\\x{digits}"));
                }
                self.out.push_str("\\x");
                self.out.push_str(digits);
                self.rest = self.rest.get(digits.len()..).unwrap_or_default();
            }
            'p' | 'P' => {
                let length = match self.rest.strip_prefix('{') {
                    Some(inner) => inner.find('}').map_or(self.rest.len(), |end| end + 2),
                    None => self.rest.chars().next().map_or(0, char::len_utf8),
                };
                let class = self.rest.get(..length).unwrap_or_default();
                let name = class.trim_matches(['{', '}']);
                let bare = name.strip_prefix('^').unwrap_or(name);
                let negated = (c == 'P') != name.starts_with('^');
                let rewritten = format!("\\{}{{{bare}}}", if negated { 'P' } else { 'p' });
                if Regex::new(&rewritten).is_err() {
                    return wrong("invalid character class range", format!("\\{c}{class}"));
                }
                self.out.push_str(&rewritten);
                self.rest = self.rest.get(length..).unwrap_or_default();
            }
            // Octal: a zero, or two to three digits; a single other digit would be a back reference.
            '0'..='7' => {
                let more =
                    self.rest.len() - self.rest.trim_start_matches(|d: char| ('0'..='7').contains(&d)).len();
                let length = 1 + more.min(2);
                let digits = start.get(..length).unwrap_or_default();
                if c != '0' && length == 1 {
                    return wrong("invalid escape sequence", format!("\\{c}"));
                }
                let code = u32::from_str_radix(digits, 8).unwrap_or(0);
                self.out.push_str(&format!("\\x{{{code:x}}}"));
                self.rest = start.get(length..).unwrap_or_default();
            }
            // These two would be word boundaries to the crate.
            '<' | '>' => self.out.push(c),
            c if c.is_ascii_punctuation() => {
                self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
            }
            c => return wrong("invalid escape sequence", format!("\\{c}")),
        }
        Ok(())
    }

    /// A bracketed class; the opening bracket is taken.
    fn class(&mut self, start: &'a str) -> Result<(), PatternError> {
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let here = self.rest;
            let Some(c) = self.take() else { return wrong("missing closing ]", start) };
            match c {
                ']' if !first => break,
                '[' if self.rest.starts_with(':') => {
                    let Some(end) = self.rest.find(":]") else {
                        self.out.push_str("\\[");
                        continue;
                    };
                    let class = here.get(..end + 3).unwrap_or(here);
                    let name = class.trim_matches(['[', ':', ']']).trim_start_matches('^');
                    if !POSIX.contains(&name) {
                        return wrong("invalid character class range", class);
                    }
                    self.out.push_str(class);
                    self.rest = here.get(class.len()..).unwrap_or_default();
                }
                '\\' => {
                    let after = self.rest;
                    let Some(c) = self.take() else { return wrong("missing closing ]", start) };
                    match perl_class(c) {
                        Some((true, members)) => self.out.push_str(&format!("[^{members}]")),
                        Some((false, members)) => self.out.push_str(members),
                        None => self.literal_escape(c, after)?,
                    }
                }
                // A dash between two members is a range; elsewhere it stands for itself.
                '-' if first || self.rest.starts_with(']') => {
                    self.out.push_str("\\-");
                }
                '-' => self.range(here)?,
                '[' | ']' | '&' | '~' => self.out.extend(['\\', c]),
                c => self.out.push(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// A dash with a member before and after it.
    fn range(&mut self, dash: &'a str) -> Result<(), PatternError> {
        let before = self.pattern.get(..self.pattern.len() - dash.len()).unwrap_or_default();
        let low = before.chars().next_back();
        let escaped = before.strip_suffix(|_: char| true).is_some_and(|b| b.ends_with('\\'));
        let high = self.rest.chars().next();
        if let Some(class) = self.rest.strip_prefix('\\').and_then(|rest| rest.chars().next())
            && perl_class(class).is_some()
        {
            return wrong("invalid escape sequence", format!("\\{class}"));
        }
        if let (Some(low), Some(high)) = (low, high)
            && !escaped
            && high != '\\'
            && low > high
        {
            return wrong("invalid character class range", format!("{low}-{high}"));
        }
        if escaped && low.is_some_and(|c| perl_class(c).is_some()) {
            self.out.push_str("\\-");
        } else {
            self.out.push('-');
        }
        Ok(())
    }
}

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// The ASCII members of a Perl class, and whether it is their opposite.
fn perl_class(c: char) -> Option<(bool, &'static str)> {
    let members = match c.to_ascii_lowercase() {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\x0C\\r\\x20",
        _ => return None,
    };
    Some((c.is_ascii_uppercase(), members))
}

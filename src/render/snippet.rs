//! `Snippet`: the lines of source that a diagnostic points at.
//! Knows nothing of how they are shown.

use super::style::Style;
use crate::base::{Diagnostic, LineColumn, Sources};

/// How many lines of source are shown at most; of a longer span only the first line is.
const LINES: usize = 8;

/// The lines of source that a diagnostic points at.
#[derive(Debug, Clone)]
pub(super) struct Snippet<'a> {
    pub(super) file: &'a str,
    pub(super) context: Option<&'a str>,
    pub(super) start: LineColumn,
    pub(super) end: LineColumn,
    /// Byte offsets in the file.
    pub(super) bytes: (usize, usize),
    /// Whole lines without the last line break; `None` when the span lies outside the source.
    pub(super) code: Option<&'a str>,
    /// Byte offsets in the code.
    pub(super) highlight: (usize, usize),
}

impl<'a> Snippet<'a> {
    /// What a diagnostic points at; `None` when it points nowhere.
    pub(super) fn find(problem: &'a Diagnostic, sources: &'a Sources) -> Option<Self> {
        let span = problem.span?;
        let source = sources.get(span.file)?;
        let (from, mut to) = (span.start as usize, span.end.max(span.start) as usize);
        let text: &str = &source.text;
        let (start, end) = (sources.position(span.file, span.start), sources.position(span.file, span.end));
        let mut snippet = Snippet {
            file: &source.name,
            context: problem.context.as_deref(),
            start,
            end,
            bytes: (from, to),
            code: None,
            highlight: (0, 0),
        };
        if text.is_empty() || text.get(from..to).is_none() {
            return Some(snippet);
        }
        let first = text[..from].rfind('\n').map_or(0, |i| i + 1);
        if text[from..to].matches('\n').count() >= LINES {
            to = text[from..].find('\n').map_or(to, |i| from + i);
        }
        // A span that ends with a line break does not show the line after it.
        let shown = text[from..to].trim_end_matches(['\n', '\r']);
        to = from + shown.len();
        let last = text[to..].find('\n').map_or(text.len(), |i| to + i);
        snippet.code = Some(text[first..last].trim_end_matches('\r'));
        snippet.highlight = (from - first, to - first);
        Some(snippet)
    }

    /// `main.tf line 3`
    pub(super) fn place(&self) -> String {
        format!("{} line {}", self.file, self.start.line)
    }

    /// The lines with their numbers, the span underlined.
    pub(super) fn numbered(&self, style: Style) -> String {
        let Some(code) = self.code else { return String::new() };
        let (mut out, mut at) = (String::new(), 0);
        for (i, line) in code.split('\n').enumerate() {
            let clamp = |offset: usize| offset.clamp(at, at + line.len()) - at;
            let (from, to) = (clamp(self.highlight.0), clamp(self.highlight.1));
            let marked = match (line.get(..from), line.get(from..to), line.get(to..)) {
                (Some(before), Some(place), Some(after)) if !place.is_empty() => {
                    format!("{before}{}{after}", style.underline(place))
                }
                _ => line.to_owned(),
            };
            out += &format!("{:4}: {marked}\n", self.start.line + i);
            at += line.len() + 1;
        }
        out
    }
}

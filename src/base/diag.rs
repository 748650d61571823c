//! Diagnostics: what is wrong, where, with which values, and what to do; and the sources they point into.
//! Knows nothing of how they are shown.

use std::sync::{Arc, OnceLock};

use super::{InstanceAddr, Path};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The operation cannot go on.
    Error,
    /// The operation goes on, but a person should know.
    Warning,
}

/// A source file, as an index into [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in a source file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// From this span's start to the other's end.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { end: other.end.max(self.end), ..self }
    }
}

/// A problem with its place and the values that took part.
///
/// The summary never holds the user's own names, so that one problem always reads the same; the detail says in full
/// sentences what is wrong, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What kind of problem, in a few words.
    pub summary: String,
    /// The whole story in full sentences.
    pub detail: String,
    /// Where in the configuration.
    pub span: Option<Span>,
    /// The enclosing block, as `resource "aws_lambda_function" "this"`.
    pub context: Option<String>,
    /// The instance the problem belongs to.
    pub address: Option<InstanceAddr>,
    /// The attribute of that instance, from which a span is found when none is set.
    pub path: Option<Path>,
    /// Expressions that took part and what they are: (`var.memory`, `is 64`). Sensitive ones are redacted already.
    pub values: Vec<(String, String)>,
}

impl Diagnostic {
    /// An error.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            span: None,
            context: None,
            address: None,
            path: None,
            values: Vec::new(),
        }
    }

    /// A warning.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    /// Sets the place, if none is set yet.
    #[must_use]
    pub fn at(mut self, span: impl Into<Option<Span>>) -> Self {
        self.span = self.span.or(span.into());
        self
    }

    /// Sets the enclosing block, if none is set yet.
    #[must_use]
    pub fn within(mut self, context: impl Into<String>) -> Self {
        self.context.get_or_insert_with(|| context.into());
        self
    }

    /// Sets the instance, if none is set yet.
    #[must_use]
    pub fn of(mut self, address: &InstanceAddr) -> Self {
        self.address.get_or_insert_with(|| address.clone());
        self
    }

    /// Sets the attribute, if none is set yet.
    #[must_use]
    pub fn on(mut self, path: impl Into<Path>) -> Self {
        self.path.get_or_insert_with(|| path.into());
        self
    }

    /// Adds an expression and what it is.
    #[must_use]
    pub fn with_value(mut self, expression: impl Into<String>, is: impl Into<String>) -> Self {
        self.values.push((expression.into(), is.into()));
        self
    }
}

/// Problems collected on the way; collecting goes on after the first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// None so far.
    pub fn new() -> Self {
        Diagnostics::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(others);
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// In the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Each changed in turn, as when a caller adds the context it knows.
    pub fn map(self, f: impl FnMut(Diagnostic) -> Diagnostic) -> Self {
        Diagnostics(self.0.into_iter().map(f).collect())
    }

    /// Keeps the value of a result and collects its problems.
    pub fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problems) => {
                self.extend(problems);
                None
            }
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics(vec![diagnostic])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(iter: I) -> Self {
        Diagnostics(iter.into_iter().collect())
    }
}

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name to show, relative to the configuration directory.
    pub name: Arc<str>,
    /// The text as read (without a byte order mark).
    pub text: Arc<str>,
    /// Where lines begin; found once, when a position is first asked for.
    lines: OnceLock<Box<[u32]>>,
}

/// Every source file that was read.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

/// A position as people count: both from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        self.0.push(Source { name: name.into(), text: text.into(), lines: OnceLock::new() });
        FileId(self.0.len() as u32 - 1)
    }

    /// A file.
    pub fn get(&self, file: FileId) -> Option<&Source> {
        self.0.get(file.0 as usize)
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|s| s.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// The line and column of a byte offset.
    pub fn position(&self, file: FileId, offset: u32) -> LineColumn {
        let Some(source) = self.get(file) else { return LineColumn { line: 1, column: 1 } };
        let lines = source.lines.get_or_init(|| {
            let after_newlines = source.text.match_indices('\n').map(|(i, _)| i as u32 + 1);
            std::iter::once(0).chain(after_newlines).collect()
        });
        let line = lines.partition_point(|start| *start <= offset);
        let start = lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = source.text.get(start as usize..offset as usize).unwrap_or("");
        LineColumn { line, column: before.chars().count() + 1 }
    }

    /// The line on which a span begins, for a text that refers to it: `main.tf:3`.
    pub fn line_of(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.position(span.file, span.start).line)
    }

    /// Where a span begins: `main.tf:3,5`.
    pub fn start_of(&self, span: Span) -> String {
        let start = self.position(span.file, span.start);
        format!("{}:{},{}", self.name(span.file), start.line, start.column)
    }

    /// From where to where a span goes: `main.tf:3,5-9`, `main.tf:3,5-4,2`.
    pub fn range_of(&self, span: Span) -> String {
        let (start, end) = (self.start_of(span), self.position(span.file, span.end));
        match self.position(span.file, span.start).line == end.line {
            true => format!("{start}-{}", end.column),
            false => format!("{start}-{},{}", end.line, end.column),
        }
    }

    fn name(&self, file: FileId) -> &str {
        self.get(file).map_or("", |source| &*source.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one_in_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.tf", "aé\nb\n");
        for (offset, line, column) in [(0, 1, 1), (3, 1, 3), (4, 2, 1), (5, 2, 2), (6, 3, 1)] {
            assert_eq!(sources.position(file, offset), LineColumn { line, column }, "{offset}");
        }
    }

    #[test]
    fn places_are_named_by_file_and_line() {
        let mut sources = Sources::default();
        let file = sources.add("a.tf", "aé\nbcd\n");
        for (start, end, line, from, range) in [
            (0, 3, "a.tf:1", "a.tf:1,1", "a.tf:1,1-3"),
            (5, 7, "a.tf:2", "a.tf:2,2", "a.tf:2,2-4"),
            (1, 5, "a.tf:1", "a.tf:1,2", "a.tf:1,2-2,2"),
        ] {
            let span = Span { file, start, end };
            let places = (sources.line_of(span), sources.start_of(span), sources.range_of(span));
            assert_eq!(places, (line.to_owned(), from.to_owned(), range.to_owned()));
        }
    }
}

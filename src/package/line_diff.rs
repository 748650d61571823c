//! How the text of one file differs between two zips, line by line, for reviewers who ask to see it.
//! Does not decide how it looks: contents are shown as they are, so whoever prints them must escape control characters.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::{PackageError, manifest};

/// Files larger than this many bytes are not compared by line.
pub const LIMIT: u64 = 1 << 20;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// After this long the rest counts as replaced: still a correct difference, only not the smallest.
const PATIENCE: Duration = Duration::from_millis(500);

/// How one file differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineDiff {
    /// The groups of lines that differ; none if the text is the same. A file missing on one side counts as empty.
    Text(Vec<Hunk>),
    /// One side is not UTF-8 text.
    Binary,
    /// One side is larger than [`LIMIT`].
    TooLarge,
}

/// A group of changed lines with those around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// `@@ -1,3 +1,4 @@`
    pub header: String,
    /// The lines, without their line ends.
    pub lines: Vec<Line>,
}

/// One line of a [`Hunk`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which side it is on.
    pub side: Side,
    /// The line without its line feed (a carriage return before it stays).
    pub text: String,
    /// Whether the file ends here without a line feed.
    pub unterminated: bool,
}

/// Where a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Before and after.
    Both,
    /// Only before: removed.
    Before,
    /// Only after: added.
    After,
}

/// Compares the file at `path` in the zip `before` with the one at `path` in the zip `after`.
///
/// # Errors
/// [`PackageError`] if a zip cannot be read, or if the file is in neither.
pub fn between(before: &Path, after: &Path, path: &str) -> Result<LineDiff, PackageError> {
    between_paths((before, path), (after, path))
}

/// [`between`] for a file that was renamed: each zip with the path the file has in it.
///
/// # Errors
/// As [`between`].
pub fn between_paths(before: (&Path, &str), after: (&Path, &str)) -> Result<LineDiff, PackageError> {
    let read = |(zip, path): (&Path, &str)| match manifest::read_entry(zip, path, LIMIT) {
        Err(PackageError::TooLarge { .. }) => Ok(Err(LineDiff::TooLarge)),
        Err(error) => Err(error),
        Ok(bytes) => Ok(Ok(bytes)),
    };
    let (old, new) = match (read(before)?, read(after)?) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(instead), _) | (_, Err(instead)) => return Ok(instead),
    };
    if old.is_none() && new.is_none() {
        let reason = format!("neither this zip nor the one before holds {:?}", after.1);
        return Err(PackageError::Malformed { path: after.0.to_path_buf(), reason });
    }
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    match (text(&old), text(&new)) {
        (Some(old), Some(new)) => Ok(LineDiff::Text(hunks(old, new))),
        _ => Ok(LineDiff::Binary),
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(old, new);
    let mut unified = diff.unified_diff();
    let hunks = unified.context_radius(CONTEXT).iter_hunks().map(|hunk| Hunk {
        header: hunk.header().to_string(),
        lines: hunk.iter_changes().map(|change| line(change.tag(), change.value())).collect(),
    });
    hunks.collect()
}

fn line(tag: ChangeTag, value: &str) -> Line {
    let side = match tag {
        ChangeTag::Equal => Side::Both,
        ChangeTag::Delete => Side::Before,
        ChangeTag::Insert => Side::After,
    };
    let text = value.strip_suffix('\n');
    Line { side, text: text.unwrap_or(value).to_owned(), unterminated: text.is_none() }
}

/// The usual unified form, without file headers.
impl fmt::Display for Hunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.header)?;
        for Line { side, text, unterminated } in &self.lines {
            let sign = match side {
                Side::Both => ' ',
                Side::Before => '-',
                Side::After => '+',
            };
            writeln!(f, "{sign}{text}")?;
            if *unterminated {
                writeln!(f, "\\ No newline at end of file")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Literal, Source, zip};

    fn zips(
        before: &[(&str, &[u8])],
        after: &[(&str, &[u8])],
    ) -> (tempfile::TempDir, impl Fn(&str) -> LineDiff + use<>) {
        let dir = tempfile::tempdir().unwrap();
        let [old, new] = [("old.zip", before), ("new.zip", after)].map(|(name, files)| {
            let literals = files
                .iter()
                .map(|(name, content)| Literal { filename: (*name).into(), content: content.to_vec() });
            let path = dir.path().join(name);
            zip::write(&Source::Literals(literals.collect()), &path, None).unwrap();
            path
        });
        (dir, move |path: &str| between(&old, &new, path).unwrap())
    }

    #[test]
    fn shows_lines_in_unified_form() {
        let old: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let new = old.replace("line 10\n", "line ten\n");
        let (_dir, diff) = zips(
            &[("a", old.as_bytes()), ("gone", b"x\n"), ("same", b"s"), ("bin", b"\0"), ("tail", b"end")],
            &[("a", new.as_bytes()), ("new", b"y\n"), ("same", b"s"), ("bin", b"t"), ("tail", b"end\n")],
        );
        let show = |path| match diff(path) {
            LineDiff::Text(hunks) => hunks.iter().map(Hunk::to_string).collect::<String>(),
            other => format!("{other:?}"),
        };
        assert_eq!(
            show("a"),
            "@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+line ten\n line 11\n line 12\n line 13\n"
        );
        assert_eq!(show("gone"), "@@ -1 +0,0 @@\n-x\n");
        assert_eq!(show("new"), "@@ -0,0 +1 @@\n+y\n");
        assert_eq!(show("same"), "");
        assert_eq!(show("tail"), "@@ -1 +1 @@\n-end\n\\ No newline at end of file\n+end\n");
        assert_eq!(show("bin"), "Binary");
    }

    #[test]
    fn large_files_and_unknown_paths() {
        let large = vec![b'a'; LIMIT as usize + 1];
        let (dir, diff) = zips(&[("a", b"1")], &[("a", &large)]);
        assert_eq!(diff("a"), LineDiff::TooLarge);
        let (old, new) = (dir.path().join("old.zip"), dir.path().join("new.zip"));
        assert!(between(&old, &new, "b").unwrap_err().to_string().contains("\"b\""));
        assert!(between(&dir.path().join("no.zip"), &new, "a").unwrap_err().to_string().contains("no.zip"));
    }
}

//! Two versions of a text as a unified diff, as `diff -u` writes it.
//! Knows nothing of what the texts are; paths are only labels.

use std::fmt::Write as _;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

/// Unchanged lines around each change.
const CONTEXT: usize = 3;

/// How `new` differs from `old`, with the labels `old/PATH` and `new/PATH`; empty if it does not.
pub fn unified_diff(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    if old.contains('\0') || new.contains('\0') {
        return format!("Binary files old/{path} and new/{path} differ\n");
    }
    let mut out = format!("--- old/{path}\n+++ new/{path}\n");
    let (old, new) = (lines(old), lines(new));
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    for hunk in group_diff_ops(ops, CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let old_place = place(first.old_range().start, last.old_range().end);
        let new_place = place(first.new_range().start, last.new_range().end);
        _ = writeln!(out, "@@ -{old_place} +{new_place} @@");
        for op in &hunk {
            changed(&mut out, op, &old, &new);
        }
    }
    out
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Where a hunk is: its first line and how many there are, unless it is one. Without any, the line before.
fn place(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        n => format!("{},{n}", start + 1),
    }
}

fn changed(out: &mut String, op: &DiffOp, old: &[&str], new: &[&str]) {
    let mut write = |sign: char, lines: Option<&[&str]>| {
        for line in lines.unwrap_or_default() {
            let end = if line.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
            _ = write!(out, "{sign}{line}{end}");
        }
    };
    if op.tag() == DiffTag::Equal {
        return write(' ', old.get(op.old_range()));
    }
    write('-', old.get(op.old_range()));
    write('+', new.get(op.new_range()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_written_as_by_diff() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\ni\nj\nk\nl\nm\n";
        let expected = "--- old/x.tf\n+++ new/x.tf\n@@ -2,11 +2,12 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n i\n j\n k\n-l\n\
                        \\ No newline at end of file\n+l\n+m\n";
        assert_eq!(unified_diff("x.tf", old, new), expected);
        assert_eq!(unified_diff("p", "", "a\n"), "--- old/p\n+++ new/p\n@@ -0,0 +1 @@\n+a\n");
        assert_eq!(unified_diff("p", "a\n", "a\n"), "");
        assert_eq!(unified_diff("p", "\0", "a\n"), "Binary files old/p and new/p differ\n");
    }
}

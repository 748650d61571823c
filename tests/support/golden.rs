//! Expected text in files: compared with a difference shown, and rewritten on demand.
//! Does not know who wrote the text.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use similar::TextDiff;

/// Set to `1`, it makes every golden file what the program says now. Review the difference before it is committed.
const BLESS: &str = "LAMBDAFORM_BLESS";

/// `text` equals the golden file at `path`, which is relative to `tests/`.
#[track_caller]
pub fn assert_golden(path: impl AsRef<Path>, text: &str) {
    let bless = std::env::var_os(BLESS).is_some_and(|value| value == "1");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(path);
    if let Err(difference) = compare(&file, text, bless) {
        panic!("{difference}");
    }
}

fn compare(file: &Path, text: &str, bless: bool) -> Result<(), String> {
    let expected = fs::read_to_string(file);
    if expected.as_deref().is_ok_and(|expected| expected == text) {
        return Ok(());
    }
    if bless {
        let write = || {
            fs::create_dir_all(file.parent().unwrap_or(file))?;
            fs::write(file, text)
        };
        return write().map_err(|error| format!("{}: {error}", file.display()));
    }
    let name = file.display();
    match expected {
        Ok(expected) => {
            let diff = TextDiff::from_lines(expected.as_str(), text);
            let diff = diff.unified_diff().header("expected", "actual").to_string();
            Err(format!("{name} differs; {BLESS}=1 rewrites it.\n{diff}"))
        }
        Err(error) => Err(format!("{name}: {error}; {BLESS}=1 writes it. Actual text:\n{text}")),
    }
}

/// Replaces what differs from run to run: first each of `replace`, in order, then
///
/// - `"lineage": "…"` and other UUIDs by `[uuid]`
/// - times as RFC 3339 and as Lambda writes them by `[time]`
/// - durations as Terraform writes them (`after 3s`, `1m5s elapsed`) by `[duration]`
/// - ports on loopback by `[port]`
pub fn redact(text: &str, replace: &[(&str, &str)]) -> String {
    static PATTERNS: LazyLock<[(Regex, &str); 5]> = LazyLock::new(|| {
        [
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[uuid]"),
            (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", "[time]"),
            (r"\b(after|in) (\d+h)?(\d+m)?[\d.]+s\b", "$1 [duration]"),
            (r"\b(\d+h)?(\d+m)?[\d.]+s elapsed\b", "[duration] elapsed"),
            (r"(127\.0\.0\.1|localhost):\d+", "$1:[port]"),
        ]
        .map(|(pattern, with)| (Regex::new(pattern).unwrap(), with))
    });
    let text = replace.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    PATTERNS.iter().fold(text, |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_shown_and_rewritten_only_on_demand() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("new/plan.txt");
        let missing = compare(&file, "a\nb\n", false).unwrap_err();
        assert!(missing.contains("plan.txt") && missing.contains(BLESS), "{missing}");
        assert!(!file.exists());
        compare(&file, "a\nb\n", true).unwrap();
        compare(&file, "a\nb\n", false).unwrap();
        let difference = compare(&file, "a\nc\n", false).unwrap_err();
        assert!(difference.contains("-b\n+c\n"), "{difference}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "a\nb\n");
    }

    #[test]
    fn a_golden_file_lies_beside_the_tests() {
        assert_golden("support/example.golden", "What the program says,\nline by line.\n");
    }

    #[test]
    fn what_changes_from_run_to_run_is_redacted() {
        for (text, expected) in [
            ("/tmp/x1/project/a.tf", "[project]/a.tf"),
            (r#""lineage": "0f1e2d3c-0000-1111-2222-333344445555""#, r#""lineage": "[uuid]""#),
            ("at 2026-11-23T06:29:00Z.", "at [time]."),
            ("2026-11-23T06:29:00.123+0000", "[time]"),
            ("2026-11-23T06:29:00+01:00", "[time]"),
            ("complete after 1m5s [id=f]", "complete after [duration] [id=f]"),
            ("Still creating... [10s elapsed]", "Still creating... [[duration] elapsed]"),
            ("Still creating... [1m10s elapsed]", "Still creating... [[duration] elapsed]"),
            ("in 0.2s", "in [duration]"),
            ("http://127.0.0.1:43210/", "http://127.0.0.1:[port]/"),
            ("version 5.100.0, timeout = 30, 12 files", "version 5.100.0, timeout = 30, 12 files"),
        ] {
            assert_eq!(redact(text, &[("/tmp/x1/project", "[project]")]), expected);
        }
    }
}

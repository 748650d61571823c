//! Which files of a directory belong to a configuration, and their text.
//! Knows nothing of what the text says.

use std::fs;
use std::path::Path;

use crate::base::{Diagnostic, Diagnostics, file};

/// Reads the configuration files of a directory, in the order of their names. The text has no byte order mark.
pub(super) fn read_directory(dir: &Path) -> (Vec<(String, String)>, Diagnostics) {
    let mut problems = Diagnostics::new();
    let mut files = Vec::new();
    let shown = dir.display();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            let detail = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    format!("There is no directory {shown}. Run in the directory that holds the .tf files.")
                }
                _ => format!("The directory {shown} cannot be read: {error}."),
            };
            problems.push(Diagnostic::error("Failed to read module directory", detail));
            return (files, problems);
        }
    };
    let mut names: Vec<_> = entries
        .filter_map(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                let detail = format!("The directory {shown} cannot be read to its end: {error}.");
                problems.push(Diagnostic::error("Failed to read module directory", detail));
                None
            }
        })
        .filter(|entry| entry.file_type().map_or(true, |t| !t.is_dir()))
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    for file_name in names {
        let name = file_name.to_string_lossy();
        if !belongs(&name) {
            continue;
        }
        match read_text(&dir.join(&file_name), &name) {
            Ok(text) => files.push((name.into_owned(), text)),
            Err(problem) => problems.push(*problem),
        }
    }
    (files, problems)
}

/// Whether a file or directory is never looked at: hidden ones, and the copies that editors leave.
pub fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// Whether a file is part of the configuration, by its name alone.
fn belongs(name: &str) -> bool {
    !is_ignored(name) && (name.ends_with(".tf") || name.ends_with(".tf.json"))
}

/// Whether a configuration file, with or without its directory, overrides parts of the others.
pub(super) fn is_override(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.strip_suffix(".tf").or(file.strip_suffix(".tf.json")).unwrap_or(file);
    stem == "override" || stem.ends_with("_override")
}

/// Reads a text file: UTF-8, with or without a byte order mark.
///
/// # Errors
/// A diagnostic that names the file as `name`.
pub(super) fn read_text(path: &Path, name: &str) -> Result<String, Box<Diagnostic>> {
    text_of(file::read(path), name)
}

/// As [`read_text`], for a file that a person named: a pipe will do.
///
/// # Errors
/// As [`read_text`].
pub(super) fn read_named_text(path: &Path, name: &str) -> Result<String, Box<Diagnostic>> {
    text_of(file::read_named(path), name)
}

fn text_of(bytes: std::io::Result<Vec<u8>>, name: &str) -> Result<String, Box<Diagnostic>> {
    let bytes = bytes.map_err(|error| {
        Diagnostic::error("Failed to read file", format!("{name} cannot be read: {error}."))
    })?;
    decode_text(bytes, name).map(|(text, _)| text)
}

/// The text of a source without its byte order mark, and whether there was one.
///
/// # Errors
/// A diagnostic that names the source as `name`, when it is not UTF-8.
pub fn decode_text(bytes: Vec<u8>, name: &str) -> Result<(String, bool), Box<Diagnostic>> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|b| **b == b'\n').count()
                + 1;
        Diagnostic::error(
            "Invalid character encoding",
            format!(
                "{name} is not UTF-8: line {line} holds bytes that are no character. Save the file as UTF-8."
            ),
        )
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => (rest.to_owned(), true),
        None => (text, false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_files_that_belong() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("b.tf", &b"b = 1"[..]),
            ("a.tf", b"\xef\xbb\xbfa = 1"),
            ("latin.tf", b"x\n\xe9"),
            (".hidden.tf", b""),
            ("a.tf~", b""),
            ("#a.tf#", b""),
            ("notes.md", b""),
            ("c.tf.json", b""),
            ("override.tf", b""),
            ("x_override.tf", b""),
            ("x_override.tf.json", b""),
        ] {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        fs::create_dir(dir.path().join("sub.tf")).unwrap();
        let (files, problems) = read_directory(dir.path());
        let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let expected = [
            ("a.tf", "a = 1"),
            ("b.tf", "b = 1"),
            ("c.tf.json", ""),
            ("override.tf", ""),
            ("x_override.tf", ""),
            ("x_override.tf.json", ""),
        ];
        assert_eq!(files, expected);
        let overrides = files.iter().filter(|(name, _)| is_override(name)).count();
        assert_eq!(
            (overrides, is_override("m/override.tf"), is_override("m/overrides.tf")),
            (3, true, false)
        );
        let problems: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.summary, p.detail)).collect();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("Invalid character encoding: latin.tf is not UTF-8: line 2"),
            "{problems:?}"
        );
    }

    #[test]
    fn says_what_cannot_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let (_, problems) = read_directory(&dir.path().join("missing"));
        assert_eq!(problems.iter().next().unwrap().summary, "Failed to read module directory");
        let problem = read_text(&dir.path().join("missing.tf"), "missing.tf").unwrap_err();
        assert_eq!(problem.summary, "Failed to read file");
    }
}

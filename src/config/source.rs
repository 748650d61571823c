//! Which files of a directory belong to a configuration, and their text.
//! Knows nothing of what the text says.

use std::fs;
use std::path::Path;

use crate::base::{Diagnostic, Diagnostics};

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
        match belongs(&name) {
            Belongs::No => {}
            Belongs::Unsupported(problem) => problems.push(problem),
            Belongs::Yes => match read_text(&dir.join(&file_name), &name) {
                Ok(text) => files.push((name.into_owned(), text)),
                Err(problem) => problems.push(problem),
            },
        }
    }
    (files, problems)
}

/// Whether a source's name is that of a configuration file.
pub(super) fn is_configuration(name: &str) -> bool {
    !name.contains(['/', '\\']) && matches!(belongs(name), Belongs::Yes)
}

enum Belongs {
    Yes,
    No,
    Unsupported(Diagnostic),
}

/// Whether a file is part of the configuration, by its name alone.
fn belongs(name: &str) -> Belongs {
    if name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#')) {
        return Belongs::No;
    }
    let (stem, json) = match (name.strip_suffix(".tf"), name.strip_suffix(".tf.json")) {
        (Some(stem), _) => (stem, false),
        (_, Some(stem)) => (stem, true),
        _ => return Belongs::No,
    };
    if stem == "override" || stem.ends_with("_override") {
        return Belongs::Unsupported(Diagnostic::error(
            "Unsupported override file",
            format!(
                "{name} would override parts of the other files, which is not supported yet, and leaving it out would \
                 change what is planned. Move its settings into the files it overrides."
            ),
        ));
    }
    if json {
        return Belongs::Unsupported(Diagnostic::error(
            "Unsupported JSON configuration file",
            format!(
                "{name} is written in the JSON syntax, which is not supported yet, and leaving it out would change \
                 what is planned. Write it in the native syntax, as a .tf file."
            ),
        ));
    }
    Belongs::Yes
}

/// Reads a text file: UTF-8, with or without a byte order mark.
///
/// # Errors
/// A diagnostic that names the file as `name`.
pub(super) fn read_text(path: &Path, name: &str) -> Result<String, Diagnostic> {
    let bytes = fs::read(path).map_err(|error| {
        Diagnostic::error("Failed to read file", format!("{name} cannot be read: {error}."))
    })?;
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
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

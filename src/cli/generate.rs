//! `plan -generate-config-out`: where generated configuration goes, and the files that it names.
//! Knows nothing of what is generated; the engine does.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::{Diagnostic, InstanceAddr};
use crate::engine::{self, Generation, NoRecord};
use crate::plan::PlanMode;
use crate::provider::Content;
use crate::state::State;

use super::error::CommandError;
use super::flags::Planning;
use super::operation::Operation;

/// More files of one name than this are not looked through.
const MOST: usize = 1000;

/// What was generated.
pub struct Generated {
    /// Where it goes.
    path: PathBuf,
    text: String,
    /// The files beside it, each with the object that it was downloaded for.
    kept: Vec<(String, String)>,
}

/// Looks for what keeps configuration from being generated into a file.
///
/// # Errors
/// When the plan is no normal one, the file exists, or its directory does not.
pub fn check(path: &Path, mode: PlanMode) -> Result<(), CommandError> {
    if mode != PlanMode::Normal {
        return Err(CommandError::problem(
            "Invalid generate-config-out flag",
            "Config can only be generated during a normal plan operation, and not during a refresh-only or destroy plan.",
        ));
    }
    if path.symlink_metadata().is_ok() {
        return Err(CommandError::problem(
            "Target generated file already exists",
            "lambdaform can only write generated config into a new file. Either choose a different target location or \
             move all existing configuration out of the target file, delete it and try again.",
        ));
    }
    if folder(path).is_dir() {
        return Ok(());
    }
    Err(CommandError::problem(
        "Failed to create target generated file",
        format!(
            "lambdaform could not create the generated file ({}) in the target directory: there is no such directory. \
             Create it, or choose another location.",
            path.display()
        ),
    ))
}

/// Generates configuration, adds it to that of the operation, and downloads what it names.
///
/// # Errors
/// What could not be generated. What could be is written then.
pub fn generate(
    operation: &mut Operation<'_>,
    before: &State,
    planning: &Planning,
    path: &Path,
) -> Result<Generated, CommandError> {
    let kept: Mutex<Vec<(String, String)>> = Mutex::default();
    let keep = |addr: &InstanceAddr, content: &Content| {
        let at = keep(&folder(path), content).map_err(|problem| problem.of(addr))?;
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((addr.to_string(), at.clone()));
        Ok(at)
    };
    let options = operation.options(PlanMode::Normal, planning, "plan")?;
    let run = operation.run(Arc::new(NoRecord));
    let events = |event| operation.session.view.event(&event, &operation.config.sources);
    let generation = operation.block_on(engine::generate(&run, before, &options, &keep, &events));
    let Generation { text, found, mut problems } = generation.unwrap_or_default();
    let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    let generated = Generated { path: path.to_owned(), text, kept };
    if problems.has_errors() {
        generated.write()?;
        generated.tell_alone(operation);
        return Err(operation.problems(problems));
    }
    if !generated.text.is_empty() {
        problems.extend(operation.config.add(&source_name(path), &generated.text));
    }
    operation.session.view.problems(&problems, &operation.config.sources);
    operation.found = Some(found);
    Ok(generated)
}

impl Generated {
    /// Writes the file, if there is anything to write.
    ///
    /// # Errors
    /// When it cannot be written; its text is in the message then, for nothing to be lost.
    pub fn write(&self) -> Result<(), CommandError> {
        if self.text.is_empty() {
            return Ok(());
        }
        let file = std::fs::File::options().write(true).create_new(true).open(&self.path);
        file.and_then(|mut file| file.write_all(self.text.as_bytes())).map_err(|error| {
            CommandError::problem(
                "Failed to write generated configuration",
                format!(
                    "The file {} could not be written: {error}. This is what was to go into it:\n\n{}",
                    self.path.display(),
                    self.text
                ),
            )
        })
    }

    /// What there is to say of it, in paragraphs.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.text.is_empty() {
            return notes;
        }
        notes.push(format!(
            "lambdaform has generated configuration and written it to {}. Please review the configuration and edit it as \
             necessary before adding it to version control.",
            self.path.display()
        ));
        if !self.kept.is_empty() {
            let files: Vec<String> = self.kept.iter().map(|(addr, at)| format!("{at} ({addr})")).collect();
            notes.push(format!("The configuration names files that were downloaded: {}.", files.join(", ")));
        }
        notes
    }

    /// Says so where no plan follows.
    pub fn tell_alone(&self, operation: &Operation<'_>) {
        for note in self.notes() {
            operation.session.view.notice(&format!("{note}\n\n"));
        }
    }
}

/// The directory of a file.
fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The name under which generated configuration belongs to the root module, wherever it is written.
fn source_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if name.ends_with(".tf") { name } else { format!("{name}.tf") }
}

/// Puts content into a file of its own, or finds it in one that is there already. Nothing is overwritten.
fn keep(folder: &Path, content: &Content) -> Result<String, Diagnostic> {
    let failed = |path: &Path, error: &std::io::Error| {
        Diagnostic::error(
            "Failed to write downloaded file",
            format!("The file {} could not be written: {error}.", path.display()),
        )
    };
    let name = plain(&content.name);
    for number in 1..=MOST {
        let path = folder.join(numbered(&name, number));
        let path = path.strip_prefix(".").unwrap_or(&path);
        match std::fs::File::options().write(true).create_new(true).open(path) {
            Ok(mut file) => {
                file.write_all(&content.bytes).map_err(|error| failed(path, &error))?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let same = std::fs::read(path).is_ok_and(|bytes| bytes == content.bytes);
                if !same {
                    continue;
                }
            }
            Err(error) => return Err(failed(path, &error)),
        }
        return Ok(path.display().to_string());
    }
    Err(Diagnostic::error(
        "Failed to write downloaded file",
        format!("There are too many files that are called like {name:?} already. Move them away."),
    ))
}

/// A file name without directories, which is neither hidden nor read as configuration.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut plain: String = last.chars().map(|c| if c.is_control() { '_' } else { c }).collect();
    if plain.is_empty() || plain.starts_with('.') {
        plain.insert_str(0, "content");
    }
    let special = [".tf", ".tf.json", ".tfvars", ".tfvars.json", ".tfstate"];
    if special.iter().any(|end| plain.ends_with(end)) {
        plain.push_str(".content");
    }
    plain
}

/// `orders.zip`, `orders-2.zip`, …
fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        _ if number == 1 => name.to_owned(),
        Some((stem, end)) if !stem.is_empty() => format!("{stem}-{number}.{end}"),
        _ => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_free() {
        for (name, expected) in [
            ("orders.zip", "orders.zip"),
            ("a/b/../c.json", "c.json"),
            ("..", "content.."),
            ("x/", "content"),
            (".env", "content.env"),
            ("main.tf", "main.tf.content"),
            ("a\nb", "a_b"),
        ] {
            assert_eq!(plain(name), expected, "{name:?}");
        }
        assert_eq!(
            [numbered("a.zip", 1), numbered("a.zip", 2), numbered("a", 3)],
            ["a.zip", "a-2.zip", "a-3"]
        );
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let keep = |bytes: &[u8]| {
            let content =
                Content { name: "f.zip".into(), bytes: bytes.to_vec(), path: "filename", hash: None };
            let path = keep(dir.path(), &content).unwrap();
            Path::new(&path).file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(
            [keep(b"one"), keep(b"two"), keep(b"one"), keep(b"two")],
            ["f.zip", "f-2.zip", "f.zip", "f-2.zip"]
        );
        assert_eq!(std::fs::read(dir.path().join("f.zip")).unwrap(), b"one");
    }
}

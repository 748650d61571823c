//! `local_file` and `local_sensitive_file`: a file that configuration writes, kept while its content stays as written.
//! Knows nothing of what is in it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::content::{summed, with_sums};
use super::permission;
use crate::base::{Diagnostic, Diagnostics, Value, file};
use crate::package::Checksums;
use crate::provider::ResourceType;
use crate::providers::offline::{self, is_set, text};
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

/// A resource type for files, with the arguments of which exactly one gives the content.
pub(super) struct File {
    declaration: &'static ResourceType,
    sources: &'static [&'static str],
}

/// `local_file`
pub(super) static FILE: File =
    File { declaration: &OPEN, sources: &["content", "sensitive_content", "content_base64", "source"] };
/// `local_sensitive_file`
pub(super) static SENSITIVE_FILE: File =
    File { declaration: &SENSITIVE, sources: &["content", "content_base64", "source"] };

const fn mode(name: &'static str, default: &'static str) -> Attribute {
    let attribute = Attribute::string(name).default(Default::Str(default)).replaces();
    attribute.check(&[Constraint::Custom(permission::violation)])
}

static OPEN_ATTRIBUTES: [Attribute; 14] = with_sums([
    Attribute::string("content").replaces(),
    Attribute::string("content_base64").replaces(),
    mode("directory_permission", "0777"),
    mode("file_permission", "0777"),
    Attribute::string("filename").required().replaces(),
    Attribute::string("sensitive_content")
        .sensitive()
        .replaces()
        .deprecated("Use the resource type local_sensitive_file instead."),
    Attribute::string("source").replaces(),
]);

static SENSITIVE_ATTRIBUTES: [Attribute; 13] = with_sums([
    Attribute::string("content").sensitive().replaces(),
    Attribute::string("content_base64").sensitive().replaces(),
    mode("directory_permission", "0700"),
    mode("file_permission", "0700"),
    Attribute::string("filename").required().replaces(),
    Attribute::string("source").replaces(),
]);

static OPEN: ResourceType = ResourceType {
    name: "local_file",
    schema: Schema { version: 0, block: Block { attributes: &OPEN_ATTRIBUTES, blocks: &[] } },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

static SENSITIVE: ResourceType = ResourceType {
    name: "local_sensitive_file",
    schema: Schema { version: 0, block: Block { attributes: &SENSITIVE_ATTRIBUTES, blocks: &[] } },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

impl offline::Resource for File {
    fn declaration(&self) -> &'static ResourceType {
        self.declaration
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let given = |known: bool| {
            let of_that_kind = move |name: &&&str| {
                is_set(config, name) && config.get(name).is_some_and(|value| value.is_unknown() != known)
            };
            self.sources.iter().filter(of_that_kind).copied().collect::<Vec<_>>()
        };
        let listed: Vec<String> = self.sources.iter().map(|name| format!("{name:?}")).collect();
        let listed = listed.join(", ");
        match (given(true).as_slice(), given(false).as_slice()) {
            ([], []) => Diagnostic::error(
                "Invalid combination of arguments",
                format!("A file needs content: exactly one of {listed} must be set, and none is."),
            )
            .into(),
            ([_, second, ..], _) => Diagnostic::error(
                "Invalid combination of arguments",
                format!("Exactly one of {listed} must be set, and there are more."),
            )
            .on(*second)
            .into(),
            _ => Diagnostics::new(),
        }
    }

    /// A file that was changed is not the one that was written: it is gone, and will be written again.
    fn read(&self, prior: Value) -> Result<Option<Value>, Diagnostics> {
        Ok(is_as_written(&prior)?.then_some(prior))
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let content = content(planned)?;
        let filename = Path::new(text(planned, "filename").unwrap_or_default());
        let mode = |name| text(planned, name).and_then(permission::parse).unwrap_or(0o700);
        write(filename, &content, mode("directory_permission"), mode("file_permission")).map_err(
            |error| {
                let detail = format!("Writing {} failed: {error}.", filename.display());
                Diagnostic::error("File could not be written", detail).on("filename")
            },
        )?;
        Ok(summed(planned, &content))
    }

    /// Leaves a file alone that is not the one that was written, such as the new one of a replacement that creates first.
    fn delete(&self, prior: &Value) -> Result<(), Diagnostics> {
        if !is_as_written(prior)? {
            return Ok(());
        }
        let filename = text(prior, "filename").unwrap_or_default();
        match fs::remove_file(filename) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let detail = format!("Removing {filename} failed: {error}.");
                Err(Diagnostic::error("File could not be removed", detail).on("filename").into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether the file is there with the content that its id is the SHA-1 of.
fn is_as_written(object: &Value) -> Result<bool, Diagnostic> {
    let filename = Path::new(text(object, "filename").unwrap_or_default());
    if !filename.try_exists().unwrap_or(true) {
        return Ok(false);
    }
    match Checksums::of_file(filename) {
        Ok(sums) => Ok(text(object, "id") == Some(sums.sha1.as_str())),
        Err(error) => Err(Diagnostic::error(error.summary(), error.to_string()).on("filename")),
    }
}

/// The bytes that the one argument stands for.
fn content(planned: &Value) -> Result<Vec<u8>, Diagnostic> {
    for name in ["content", "sensitive_content"] {
        if let Some(text) = text(planned, name) {
            return Ok(text.as_bytes().to_vec());
        }
    }
    if let Some(encoded) = text(planned, "content_base64") {
        return BASE64_STANDARD.decode(encoded).map_err(|_| {
            Diagnostic::error(
                "Invalid base64",
                "The value of \"content_base64\" is not base64, as the function base64encode gives it.",
            )
            .on("content_base64")
        });
    }
    let source = text(planned, "source").unwrap_or_default();
    file::read(Path::new(source)).map_err(|error| {
        Diagnostic::error("File could not be read", format!("Reading {source} failed: {error}.")).on("source")
    })
}

/// The modes are those of new directories and files, and the process's umask is taken off.
fn write(path: &Path, content: &[u8], directory_mode: u32, mode: u32) -> std::io::Result<()> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(directory_mode).create(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::providers::offline::Resource as _;
    use crate::schema::conform;

    fn config(file: &File, entries: &[(&str, &str)]) -> (Value, Vec<String>) {
        let body = Value::object(entries.iter().map(|(name, value)| (*name, Value::from(*value))));
        let (config, mut problems) = conform(&file.declaration.schema.block, &body);
        problems.extend(file.validate(&config));
        let summaries = problems.iter().map(|d| d.summary.clone()).collect();
        (config, summaries)
    }

    #[test]
    fn exactly_one_argument_gives_the_content() {
        for (entries, expected) in [
            (vec![("content", "a")], None),
            (vec![("content", "")], None),
            (vec![], Some("Invalid combination of arguments")),
            (vec![("content", "a"), ("source", "b")], Some("Invalid combination of arguments")),
            (vec![("content", "a"), ("file_permission", "0999")], Some("Invalid attribute value")),
        ] {
            let entries: Vec<_> = entries.into_iter().chain([("filename", "f")]).collect();
            for file in [&FILE, &SENSITIVE_FILE] {
                assert_eq!(config(file, &entries).1, Vec::from_iter(expected), "{entries:?}");
            }
        }
    }

    #[test]
    fn a_file_is_written_recognised_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.txt");
        let (planned, problems) = config(
            &FILE,
            &[
                ("filename", path.to_str().unwrap()),
                ("content_base64", "aGVsbG8="),
                ("file_permission", "0600"),
            ],
        );
        assert_eq!(problems, [""; 0]);
        let made = FILE.create(&planned).unwrap();
        assert!(made.is_wholly_known());
        assert_eq!(text(&made, "id"), Some("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"));
        assert_eq!(text(&made, "content_base64sha256"), Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
        assert_eq!(fs::read(&path).unwrap(), b"hello");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(FILE.read(made.clone()).unwrap(), Some(made.clone()));
        fs::write(&path, "other").unwrap();
        assert_eq!(FILE.read(made.clone()).unwrap(), None, "changed");
        FILE.delete(&made).unwrap();
        assert!(path.exists(), "somebody else's");
        FILE.create(&planned).unwrap();
        FILE.delete(&made).unwrap();
        assert!(!path.exists());
        assert_eq!(FILE.read(made.clone()).unwrap(), None, "gone");
        FILE.delete(&made).unwrap();
    }

    #[test]
    fn a_secret_that_is_no_base64_is_not_repeated() {
        let (planned, _) = config(&SENSITIVE_FILE, &[("filename", "f"), ("content_base64", "hunter2!")]);
        let problems = SENSITIVE_FILE.create(&planned).unwrap_err();
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
}

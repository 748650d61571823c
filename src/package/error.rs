//! What can go wrong with a package. Every message names the file it is about, and none repeats its contents.
//! Does not know who asked for the package.

use std::io;
use std::path::{Path, PathBuf};

/// A package that could not be built, read or compared.
///
/// `Display` is a sentence or two for people: what, and what to do. [`PackageError::summary`] is the short, name-free headline.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The operating system refused something.
    #[error("{action} {path} failed: {error}.{}", advice(path, error))]
    Io {
        /// What was tried, as the start of a sentence: `Reading`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        #[source]
        error: io::Error,
    },
    /// A source file is a directory, or a source directory is a file, or a path is neither.
    #[error("{path} is not {expected}.")]
    Kind {
        /// The path as given.
        path: PathBuf,
        /// `a file`, `a directory`, …
        expected: &'static str,
    },
    /// Symbolic links lead back to a directory that contains them.
    #[error(
        "The symbolic link {link} leads back to {ancestor}, which contains it. Exclude the link or remove it."
    )]
    Loop {
        /// The link.
        link: PathBuf,
        /// The directory it leads back to.
        ancestor: PathBuf,
    },
    /// A file name that a zip entry cannot carry on every machine.
    #[error("{path:?} cannot be the path of a file in a package: {reason}.")]
    Name {
        /// The name.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// Two sources claim one path, or one path is both a file and a directory.
    #[error("{path:?} is claimed twice in the package{}.", .other.as_ref().map(|other| format!(": {other:?} lies beneath it")).unwrap_or_default())]
    Duplicate {
        /// The path claimed twice.
        path: String,
        /// The entry that needs `path` to be a directory, if that is the conflict.
        other: Option<String>,
    },
    /// An exclude pattern that cannot be parsed.
    #[error("The exclude pattern {pattern:?} is not a valid glob: {reason}.")]
    Pattern {
        /// The pattern as written.
        pattern: String,
        /// What the glob parser says.
        reason: String,
    },
    /// Text that is not a file mode.
    #[error(
        "{text:?} is not a file mode. Write it as octal digits with a leading zero, from \"0000\" to \"0777\"."
    )]
    Mode {
        /// The text.
        text: String,
    },
    /// Nothing is left to put into the package.
    #[error(
        "The package built from {origin} would be empty: there is no file in it, or the excludes leave none."
    )]
    Empty {
        /// The source directory, or `literal content`.
        origin: String,
    },
    /// The file is not a zip that can be read.
    #[error("{path} is not a zip file that can be read: {reason}.")]
    Malformed {
        /// The zip file.
        path: PathBuf,
        /// What the reader says, with the entry it stopped at if there is one.
        reason: String,
    },
    /// More than is read of a file or directory, or than [`crate::package::manifest::Limits`] allow a zip to hold.
    #[error("{path} is larger than this program reads: it holds more than {limit} {unit}.")]
    TooLarge {
        /// The file or directory.
        path: PathBuf,
        /// The limit.
        limit: u64,
        /// `bytes`, `unpacked bytes`, `files`.
        unit: &'static str,
    },
    /// The file changed while it was being read.
    #[error("{path} changed while it was being read. Let whatever builds it finish, then try again.")]
    Changed {
        /// The file.
        path: PathBuf,
    },
}

/// Where a file that is not there was looked for, when the path alone does not say it.
fn advice(path: &Path, error: &io::Error) -> &'static str {
    match error.kind() == io::ErrorKind::NotFound && path.is_relative() {
        true => " Build it first, or correct its path, which begins in the directory where lambdaform runs.",
        false => "",
    }
}

impl PackageError {
    /// A short headline without names, the same for every instance of one problem.
    pub fn summary(&self) -> &'static str {
        match self {
            Self::Io { .. } => "Package file error",
            Self::Kind { .. } => "Wrong kind of package source",
            Self::Loop { .. } => "Symbolic link loop in package source",
            Self::Name { .. } => "Invalid path in package",
            Self::Duplicate { .. } => "Duplicate path in package",
            Self::Pattern { .. } => "Invalid exclude pattern",
            Self::Mode { .. } => "Invalid file mode",
            Self::Empty { .. } => "Empty package",
            Self::Malformed { .. } => "Invalid zip file",
            Self::TooLarge { .. } => "Package source too large",
            Self::Changed { .. } => "Package file changed while being read",
        }
    }

    /// Says what was being done to which path; for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { action, path: path.to_path_buf(), error }
    }
}

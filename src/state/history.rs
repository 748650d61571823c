//! Earlier versions of a state, each with who wrote it, when and with which command; and nothing is kept twice.
//! Knows nothing of where the present version is.
//!
//! A run keeps two versions at most: the content before its first write and the content after its last.
//! So the history costs the same whether a run has one step or a thousand, and because the *next* run keeps what it finds,
//! a version that a killed run left, or that Terraform wrote, is in it too.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::base::file;

use super::rewrite::place;
use super::store::Version;
use super::v4::{self, Read, ReadError};

/// How many versions are kept.
pub const KEEP: usize = 50;

/// Which run keeps a version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    /// `user@host`
    pub who: String,
    /// When, RFC 3339.
    pub when: String,
    /// The command line, redacted; see [`redact`].
    pub command: Vec<String>,
}

impl Run {
    /// A run by this user that begins now. The values of variables are taken out of the command line.
    pub fn new(command: impl IntoIterator<Item = String>) -> Self {
        Run { who: super::lock::who(), when: jiff::Timestamp::now().to_string(), command: redact(command) }
    }
}

/// A command line without the values of `-var`, `-var=…` and `-backend-config=…`, which may be secret.
pub fn redact(command: impl IntoIterator<Item = String>) -> Vec<String> {
    let hide = |assignment: &str| match assignment.split_once('=') {
        Some((name, _)) => format!("{name}=(redacted)"),
        None => assignment.to_owned(),
    };
    let mut value_follows = false;
    command
        .into_iter()
        .map(|arg| {
            if std::mem::take(&mut value_follows) {
                return hide(&arg);
            }
            let flag = arg.trim_start_matches('-');
            if arg.starts_with('-') && matches!(flag, "var" | "backend-config") {
                value_follows = true;
                return arg;
            }
            match flag.split_once('=') {
                Some((name @ ("var" | "backend-config"), assignment)) if arg.starts_with('-') => {
                    format!("-{name}={}", hide(assignment))
                }
                _ => arg,
            }
        })
        .collect()
}

/// A version that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its serial.
    pub serial: u64,
    /// Its lineage.
    pub lineage: String,
    /// The sha256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// The length of the file in bytes.
    pub bytes: u64,
    /// The run that kept it.
    #[serde(flatten)]
    pub run: Run,
    /// The name of the file with its content, in the history's directory.
    pub file: String,
}

/// Why the history gives no version.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file system said no.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// The content is not what was kept.
    #[error("{file} is not what was kept: its sha256 is another")]
    Changed {
        /// The file in the history.
        file: String,
    },
    /// The content is no state.
    #[error("{file}: {source}")]
    Read {
        /// The file in the history.
        file: String,
        /// What is wrong with it.
        source: ReadError,
    },
}

/// The directory with the earlier versions: `SERIAL-LINEAGE-SHA.tfstate`, each with a `.json` beside it that says who.
#[derive(Debug, Clone)]
pub struct History {
    dir: PathBuf,
    keep: usize,
}

impl History {
    /// The history in a directory, which need not exist yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        History { dir: dir.into(), keep: KEEP }
    }

    /// Another number of versions to keep, at least one.
    #[must_use]
    pub fn with_keep(mut self, keep: usize) -> Self {
        self.keep = keep.max(1);
        self
    }

    fn io(&self, source: io::Error) -> HistoryError {
        HistoryError::Io { path: self.dir.clone(), source }
    }

    /// Keeps a version, unless the same bytes are kept already, and lets the oldest go.
    ///
    /// # Errors
    /// [`HistoryError::Io`].
    pub fn keep(&self, version: &Version, bytes: &[u8], run: &Run) -> Result<(), HistoryError> {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let head = |text: &str| text.chars().filter(char::is_ascii_hexdigit).take(8).collect::<String>();
        let stem = format!("{:08}-{}-{}", version.serial, head(&version.lineage), head(&sha256));
        let entry = Entry {
            serial: version.serial,
            lineage: version.lineage.clone(),
            sha256,
            bytes: bytes.len() as u64,
            run: run.clone(),
            file: format!("{stem}.tfstate"),
        };
        let about = self.dir.join(format!("{stem}.json"));
        if about.exists() {
            return Ok(());
        }
        let store = || -> io::Result<()> {
            private_dir(&self.dir)?;
            place(&self.dir.join(&entry.file), bytes)?;
            place(&about, &serde_json::to_vec_pretty(&entry)?)
        };
        store().map_err(|source| self.io(source))?;
        self.prune()
    }

    /// The versions that are kept, the newest first.
    ///
    /// # Errors
    /// [`HistoryError::Io`]. A file that says nothing of a version is passed over.
    pub fn list(&self) -> Result<Vec<Entry>, HistoryError> {
        let mut found = BTreeMap::new();
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|e| self.io(e))?,
        };
        for entry in entries {
            let path = entry.map_err(|e| self.io(e))?.path();
            if path.extension().is_some_and(|e| e == "json")
                && let Some(entry) =
                    file::read(&path).ok().and_then(|b| serde_json::from_slice::<Entry>(&b).ok())
            {
                found.insert((entry.run.when.clone(), entry.serial, entry.file.clone()), entry);
            }
        }
        Ok(found.into_values().rev().collect())
    }

    /// The content of a version, exactly as it was.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn bytes(&self, entry: &Entry) -> Result<Vec<u8>, HistoryError> {
        let name = Path::new(&entry.file).file_name().unwrap_or_default();
        let bytes = file::read(&self.dir.join(name)).map_err(|e| self.io(e))?;
        if hex::encode(Sha256::digest(&bytes)) == entry.sha256 {
            Ok(bytes)
        } else {
            Err(HistoryError::Changed { file: entry.file.clone() })
        }
    }

    /// The state of a version.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn read(&self, entry: &Entry) -> Result<Read, HistoryError> {
        v4::read(&self.bytes(entry)?)
            .map_err(|source| HistoryError::Read { file: entry.file.clone(), source })
    }

    fn prune(&self) -> Result<(), HistoryError> {
        for old in self.list()?.iter().skip(self.keep) {
            let content = self.dir.join(&old.file);
            // The description goes first: content without one is only litter.
            _ = fs::remove_file(content.with_extension("json"));
            _ = fs::remove_file(content);
        }
        Ok(())
    }
}

/// Makes a directory that only its owner may look into.
pub(super) fn private_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(history: &History, serial: u64, text: &str) {
        let run = Run { when: format!("2026-01-01T00:00:{serial:02}Z"), ..Run::default() };
        history.keep(&Version { serial, lineage: "5f0c3a52-8a3e".into() }, text.as_bytes(), &run).unwrap();
    }

    #[test]
    fn versions_are_kept_once_and_the_oldest_go() {
        let dir = tempfile::tempdir().unwrap();
        let history = History::new(dir.path().join("h")).with_keep(3);
        assert_eq!(history.list().unwrap(), []);
        for serial in [1, 2, 2, 3, 4] {
            keep(&history, serial, &format!("state {serial}"));
        }
        let list = history.list().unwrap();
        assert_eq!(list.iter().map(|e| e.serial).collect::<Vec<_>>(), [4, 3, 2]);
        assert_eq!(history.bytes(&list[0]).unwrap(), b"state 4");
        assert_eq!(fs::read_dir(dir.path().join("h")).unwrap().count(), 6);
        assert!(matches!(history.read(&list[0]), Err(HistoryError::Read { .. })));
        fs::write(dir.path().join("h").join(&list[1].file), "tampered").unwrap();
        assert!(matches!(history.bytes(&list[1]), Err(HistoryError::Changed { .. })));
    }

    #[test]
    fn values_of_variables_are_not_kept() {
        for (given, kept) in [
            ("apply -var a=secret x", "apply -var a=(redacted) x"),
            ("apply --var=a=secret=1", "apply -var=a=(redacted)"),
            ("init -backend-config=access_key=secret", "init -backend-config=access_key=(redacted)"),
            ("init -backend-config file", "init -backend-config file"),
            ("apply -var-file=x.tfvars -auto-approve", "apply -var-file=x.tfvars -auto-approve"),
        ] {
            assert_eq!(redact(given.split(' ').map(str::to_owned)).join(" "), kept);
        }
    }
}

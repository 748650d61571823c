//! The deployment package on this machine: found, compared with what is deployed, pinned.
//! Knows nothing of how it is uploaded.

use std::io::{self, Read as _};
use std::path::PathBuf;

use crate::base::{Diagnostic, Diagnostics, Severity, Value, file};
use crate::package::{Change, Manifest, PackageDigest, PackageError, Sha256, diff, digest, manifest, store};
use crate::provider::{FileChange, FileChangeKind, PackageChange};
use crate::providers::aws::config::expand;
use crate::providers::aws::fields::{carry, filled};
use crate::providers::aws::resource::Link;

/// What Lambda takes in one request (create-function.md and Lambda's quotas page), in bytes.
const DIRECT_LIMIT: u64 = 52_428_800;
/// What a package may hold unpacked, in bytes.
const UNPACKED_LIMIT: u64 = 262_144_000;

/// An object that was just imported, with the package that configuration names, if that is what is deployed. The hash
/// beside it is then taken at its word.
pub(in crate::providers::aws) fn adopt(object: Value, config: &Value) -> Value {
    let deployed = filled(&object, "code_sha256");
    match Local::find(config) {
        Ok(Some(local)) if deployed.as_ref() == Some(&local.sha256()) => {
            carry(object, config, &["filename", "source_code_hash"])
        }
        _ => object,
    }
}

/// A package that can be read.
pub(in crate::providers::aws) struct Local {
    /// As configuration names it.
    pub(in crate::providers::aws) name: String,
    /// Where it is.
    pub(in crate::providers::aws) path: PathBuf,
    /// What identifies its bytes.
    pub(in crate::providers::aws) digest: PackageDigest,
}

impl Local {
    /// The package an object names by `filename`; `None` if it names none, or does not know it yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(in crate::providers::aws) fn find(object: &Value) -> Result<Option<Local>, PackageError> {
        filled(object, "filename").map(Local::at).transpose()
    }

    /// The package of this name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(in crate::providers::aws) fn at(name: String) -> Result<Local, PackageError> {
        let path = expand(&name);
        let digest = digest::of_file(&path)?;
        Ok(Local { name, path, digest })
    }

    /// Its sha256 in base64, as `CodeSha256`.
    pub(in crate::providers::aws) fn sha256(&self) -> String {
        self.digest.sha256_base64()
    }

    /// The pin of a plan, with the files that change when the manifest of what is deployed is at hand.
    pub(in crate::providers::aws) fn pin(&self, link: &Link, deployed: Option<String>) -> PackageChange {
        let sha256 = self.sha256();
        let files = match &deployed {
            Some(deployed) if *deployed == sha256 => Some(Vec::new()),
            Some(deployed) => store::load(&link.manifests(), deployed)
                .and_then(|before| Some(file_changes(&before, &*manifest::of_zip(&self.path).ok()?))),
            None => None,
        };
        PackageChange { path: self.name.clone().into(), sha256, size: self.digest.size, deployed, files }
    }

    /// What Lambda would refuse about it.
    pub(in crate::providers::aws) fn check(&self) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let size = self.digest.size;
        if size == 0 {
            problems.push(
                Diagnostic::error(
                    "Empty package",
                    format!("The package {} has no bytes. Build it before planning.", self.name),
                )
                .on("filename"),
            );
        } else if size > DIRECT_LIMIT {
            problems.push(
                Diagnostic::error(
                    "Package too large to upload",
                    format!(
                        "The package {} has {size} bytes, and Lambda takes at most {DIRECT_LIMIT} in a request. Put it \
                         into S3 and name it by s3_bucket and s3_key.",
                        self.name
                    ),
                )
                .on("filename"),
            );
        } else {
            match manifest::of_zip(&self.path) {
                Ok(contents) if contents.unpacked_size() > UNPACKED_LIMIT => problems.push(
                    Diagnostic::error(
                        "Package too large",
                        format!(
                            "The package {} holds {} bytes unpacked, and Lambda takes at most {UNPACKED_LIMIT}, layers \
                             included.",
                            self.name,
                            contents.unpacked_size()
                        ),
                    )
                    .on("filename"),
                ),
                Ok(_) => {}
                // Only the service knows for sure: old tools write zips that ours does not read.
                Err(error) => problems.push(unreadable(&error, Severity::Warning)),
            }
        }
        problems
    }

    /// Keeps its manifest, so that the next plan can say which files change. Failing to is no reason to fail.
    pub(in crate::providers::aws) fn remember(&self, link: &Link) {
        if let Ok(contents) = manifest::of_zip(&self.path) {
            let _ = store::save(&link.manifests(), &contents);
        }
    }

    /// Refuses a package that is not the one the plan was made for.
    pub(in crate::providers::aws) fn refuse_other(
        &self,
        pinned: Option<&PackageChange>,
    ) -> Result<(), Diagnostics> {
        match pinned {
            Some(pin) if pin.sha256 != self.sha256() => {
                Err(pin.moved(&format!("has {}", self.sha256())).into())
            }
            _ => Ok(()),
        }
    }

    /// Its bytes, which must still be those that were digested.
    ///
    /// # Errors
    /// When it cannot be read, or has just changed.
    pub(in crate::providers::aws) async fn bytes(&self) -> Result<Vec<u8>, Diagnostics> {
        let failed = |error| {
            let error = PackageError::Io { action: "Reading", path: self.path.clone(), error };
            Diagnostics::from(unreadable(&error, Severity::Error))
        };
        let (path, size) = (self.path.clone(), self.digest.size);
        let read = move || file::take_within(file::open(&path)?.take(size.saturating_add(1)), u64::MAX);
        let read =
            tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(io::Error::other(error)));
        let bytes = read.map_err(failed)?;
        if Sha256::of(&bytes) != self.digest.sha256 {
            let error = PackageError::Changed { path: self.path.clone() };
            return Err(unreadable(&error, Severity::Error).into());
        }
        Ok(bytes)
    }
}

/// A package that cannot be read, as a diagnostic on `filename`.
pub(in crate::providers::aws) fn unreadable(error: &PackageError, severity: Severity) -> Diagnostic {
    let mut shown = Diagnostic::error(error.summary(), error.to_string()).on("filename");
    shown.severity = severity;
    shown
}

fn file_changes(before: &Manifest, after: &Manifest) -> Vec<FileChange> {
    let changes = diff::compare(before, after).changes;
    let file = |diff::FileChange { path, change }: diff::FileChange| {
        let (from, kind) = match &change {
            Change::Added { .. } => (None, FileChangeKind::Added),
            Change::Removed { .. } => (None, FileChangeKind::Removed),
            Change::Changed { .. } => (None, FileChangeKind::Changed),
            Change::Renamed { from, .. } => (Some(from.clone()), FileChangeKind::Renamed),
        };
        let (size_before, size_after) = (change.before().map(|f| f.size), change.after().map(|f| f.size));
        FileChange { path, from, kind, size_before, size_after }
    };
    changes.into_iter().map(file).collect()
}

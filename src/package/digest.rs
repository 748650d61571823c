//! The digest of a package on disk, computed once per file and process.
//! Does not care whether the file is a zip.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::memo::Memo;
use super::{PackageError, Sha256};

/// What identifies the bytes of a local file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageDigest {
    /// SHA-256 of the bytes; its base64 form is what Lambda answers as `CodeSha256`.
    pub sha256: Sha256,
    /// Size in bytes.
    pub size: u64,
    /// When the file was last modified.
    pub modified: SystemTime,
}

impl PackageDigest {
    /// The form of `source_code_hash` and `CodeSha256`.
    pub fn sha256_base64(&self) -> String {
        self.sha256.base64()
    }

    /// Whether the file has no bytes at all: the trace of a zip that was hashed before it was written.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }
}

static DIGESTS: Memo<PackageDigest> = Memo::new();

/// The digest of the file at `path`.
///
/// A hundred functions that share one zip hash it once: the result is kept while the canonical path, size, modification and
/// change time and inode stay the same. A file touched within the last moments is not kept, for it may change unseen.
///
/// # Errors
/// [`PackageError`] naming `path`: it is not there, not a file, cannot be read, or changes while it is read.
pub fn of_file(path: &Path) -> Result<PackageDigest, PackageError> {
    DIGESTS.get(path, |path| {
        let (sha256, size) = Sha256::of_file(path)?;
        let modified =
            fs::metadata(path).and_then(|m| m.modified()).map_err(PackageError::io("Reading", path))?;
        Ok(PackageDigest { sha256, size, modified })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_a_file_and_names_what_it_cannot_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        fs::write(&path, b"abc").unwrap();
        let digest = of_file(&path).unwrap();
        assert_eq!(digest.sha256_base64(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!((digest.size, digest.is_empty()), (3, false));
        fs::write(&path, b"").unwrap();
        assert!(of_file(&path).unwrap().is_empty());
        let at = |name: &str| dir.path().join(name);
        fs::File::create(at("endless")).unwrap().set_len(6 << 30).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
        for (path, says) in [
            (at("gone.zip"), "gone.zip"),
            (at(""), "not a file"),
            (at("fifo"), "not a file"),
            ("/dev/zero".into(), "not a file"),
            (at("endless"), "holds more than"),
        ] {
            let error = of_file(&path).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}

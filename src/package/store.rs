//! Manifests of deployed packages, kept by the sha256 of their zip, so that a plan can say which files change without
//! downloading anything.
//! Does not know who deployed what; a manifest that is missing or damaged is simply not there.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Manifest, PackageError, Sha256};
use crate::base::file;

/// Where the manifest of a zip is: `<directory>/<sha256 in URL-safe base64>.json`.
fn place(directory: &Path, sha256: &Sha256) -> PathBuf {
    let name: String = sha256
        .base64()
        .chars()
        .filter(|c| *c != '=')
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    directory.join(name + ".json")
}

/// Keeps the manifest of a zip. One that is there already is left alone, for it is the same.
///
/// # Errors
/// [`PackageError`] when the directory cannot be written to.
pub fn save(directory: &Path, manifest: &Manifest) -> Result<(), PackageError> {
    let Some(package) = manifest.package() else { return Ok(()) };
    let target = place(directory, &package.sha256);
    if target.exists() {
        return Ok(());
    }
    fs::create_dir_all(directory).map_err(PackageError::io("Creating", directory))?;
    let write = || -> std::io::Result<()> {
        let mut draft = tempfile::Builder::new().prefix(".manifest-").tempfile_in(directory)?;
        serde_json::to_writer(&mut draft, manifest)?;
        draft.write_all(b"\n")?;
        draft.persist(&target).map_err(|refused| refused.error)?;
        Ok(())
    };
    write().map_err(PackageError::io("Writing", &target))
}

/// The manifest of the zip with this `CodeSha256` (base64), if one was kept.
pub fn load(directory: &Path, sha256: &str) -> Option<Manifest> {
    let sha256 = Sha256::from_base64(sha256)?;
    let text = file::read(&place(directory, &sha256)).ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    (manifest.package()?.sha256 == sha256).then_some(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{Entry, Fingerprint, Mode};

    #[test]
    fn keeps_manifests_and_distrusts_damaged_ones() {
        let dir = tempfile::tempdir().unwrap();
        let sha256 = Sha256::of(b"zip");
        let entry = Entry { path: "a".into(), mode: Mode::FILE, size: 1, sha256: Sha256::of(b"1") };
        let manifest = Manifest::new(Some(Fingerprint { sha256, size: 3 }), vec![entry]);
        let kept = dir.path().join("manifests");
        assert_eq!(load(&kept, &sha256.base64()), None);
        save(&kept, &manifest).unwrap();
        save(&kept, &manifest).unwrap();
        assert_eq!(load(&kept, &sha256.base64()), Some(manifest));
        assert_eq!(fs::read_dir(&kept).unwrap().count(), 1);
        fs::write(place(&kept, &sha256), "{}").unwrap();
        assert_eq!(load(&kept, &sha256.base64()), None);
        assert_eq!(load(&kept, "../../etc/passwd"), None);
    }
}

//! Writes deterministic zips: the same sources give the same bytes on every machine. The format is set out in [`super`].
//! Knows nothing of how sources are found or of what the zip is for.

use std::fs;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, DateTime, System, ZipWriter};
use sha2::Digest as _;

use super::checksum::{each_block, each_block_of};
use super::source::{Body, Part};
use super::{Entry, Fingerprint, Manifest, Mode, PackageError, Sha256, Source};

/// Deflate's level in format version 1: level 9 takes three times as long for about one percent.
const LEVEL: i64 = 6;

/// A zip on disk and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What the zip holds, with its fingerprint.
    pub manifest: Manifest,
    /// `false` if the target already had these very bytes and was left alone, its modification time too.
    pub rewritten: bool,
}

/// Packages `source` as the zip file `target`, creating its parent directories.
///
/// `mode` is given to every file if there is one. The zip appears at once or not at all: it is written beside the target
/// and renamed over it. If the target is in the source directory, it is left out of itself.
/// Memory stays small whatever the size of the source.
///
/// # Errors
/// [`PackageError`], naming the file that could not be read or written; the target is then as it was.
pub fn write(source: &Source, target: &Path, mode: Option<Mode>) -> Result<Written, PackageError> {
    let parts = source.parts(mode, Some(target))?;
    // A link at the target stays a link: what it points to is replaced.
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_path_buf());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&folder).map_err(PackageError::io("Creating", &folder))?;

    let mut draft = new_draft(&folder).map_err(PackageError::io("Creating a file in", &folder))?;
    let entries = pack(&parts, BufWriter::new(draft.as_file_mut()), &target)?;
    let package = fingerprint(draft.path())?;
    let rewritten = fingerprint(&target).ok().as_ref() != Some(&package);
    if rewritten {
        draft.persist(&target).map_err(|refused| PackageError::io("Writing", &target)(refused.error))?;
    }
    Ok(Written { manifest: Manifest::new(Some(package), entries), rewritten })
}

/// The manifest `write` would give, without writing anything: no fingerprint, for there is no zip.
pub(super) fn survey(source: &Source, mode: Option<Mode>) -> Result<Manifest, PackageError> {
    let parts = source.parts(mode, None)?;
    let entries = parts.iter().map(|part| copy(part, |_| Ok(()))).collect::<Result<_, _>>()?;
    Ok(Manifest::new(None, entries))
}

/// Writes the parts, which must be sorted, as a zip. `target` is only what errors call the zip.
fn pack(parts: &[Part<'_>], sink: impl Write + Seek, target: &Path) -> Result<Vec<Entry>, PackageError> {
    let refused = |error: ::zip::result::ZipError| PackageError::Io {
        action: "Writing",
        path: target.to_path_buf(),
        error: error.into(),
    };
    let mut zip = ZipWriter::new(sink);
    let mut entries = Vec::with_capacity(parts.len());
    for part in parts {
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .last_modified_time(DateTime::default())
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .unix_permissions(part.mode.permissions());
        zip.start_file(&part.path, options).map_err(refused)?;
        entries.push(copy(part, |block| zip.write_all(block))?);
    }
    let mut sink = zip.finish().map_err(refused)?;
    sink.flush().map_err(PackageError::io("Writing", target))?;
    Ok(entries)
}

/// Hands the bytes of `part` to `sink`, block by block, and answers its manifest entry.
fn copy(part: &Part<'_>, mut sink: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<Entry, PackageError> {
    let mut hasher = sha2::Sha256::new();
    let visit = |block: &[u8]| {
        hasher.update(block);
        sink(block)
    };
    let size = match &part.body {
        &Body::Bytes(mut bytes) => {
            each_block(&mut bytes, visit).map_err(PackageError::io("Packaging", Path::new(&part.path)))?
        }
        Body::File(path) => each_block_of(path, "Packaging", visit)?,
    };
    Ok(Entry { path: part.path.clone(), mode: part.mode, size, sha256: hasher.into() })
}

fn fingerprint(path: &Path) -> Result<Fingerprint, PackageError> {
    let (sha256, size) = Sha256::of_file(path)?;
    Ok(Fingerprint { sha256, size })
}

/// A temporary file with the permissions a new file would have, gone unless it is renamed.
fn new_draft(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lambdaform-").suffix(".zip");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, FileTimes};
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::time::{Duration, SystemTime};

    use proptest::prelude::*;

    use super::*;
    use crate::package::{Literal, manifest};

    fn literal(filename: &str, content: &[u8]) -> Literal {
        Literal { filename: filename.to_owned(), content: content.to_vec() }
    }

    fn whole(path: &Path) -> Source {
        Source::Directory { path: path.to_path_buf(), excludes: vec![], exclude_symlink_directories: false }
    }

    /// The bytes of a zip are a promise. If this fails after an update of a dependency, every package of every user would be
    /// deployed again: keep the old encoder, or make it format version 2.
    #[test]
    fn the_format_is_pinned() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("x.zip");
        let mut noise = 1u32;
        let mut large = Vec::new();
        while large.len() < 300_000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            large.extend_from_slice(format!("line {} of {}\n", noise >> 20, noise % 7).as_bytes());
        }
        let source = Source::Literals(vec![
            literal("src/é.txt", "unicode names set a flag".as_bytes()),
            literal("empty", b""),
            literal("large", &large),
        ]);
        let written = write(&source, &target, None).unwrap();
        let package = written.manifest.package().unwrap();
        assert_eq!(package.size, fs::metadata(&target).unwrap().len());
        assert_eq!(package.sha256.base64(), "BFaF4i5G8EkPT5yiODPwGUpNavFF3hdX6tNWubrb2cc=");
    }

    #[test]
    fn writes_only_what_changed_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("made/on/demand/x.zip");
        let one = Source::Literals(vec![literal("a", b"1")]);
        assert!(write(&one, &target, None).unwrap().rewritten);
        let old = SystemTime::now() - Duration::from_secs(1000);
        File::options().write(true).open(&target).unwrap().set_modified(old).unwrap();
        let stamp = fs::metadata(&target).unwrap().modified().unwrap();
        assert!(!write(&one, &target, None).unwrap().rewritten);
        assert_eq!(fs::metadata(&target).unwrap().modified().unwrap(), stamp);
        assert!(write(&Source::Literals(vec![literal("a", b"2")]), &target, None).unwrap().rewritten);
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);

        let missing = Source::File(dir.path().join("gone"));
        let before = fs::read(&target).unwrap();
        assert!(write(&missing, &target, None).unwrap_err().to_string().contains("gone"));
        assert_eq!(fs::read(&target).unwrap(), before);
    }

    #[test]
    fn a_zip_inside_its_source_does_not_package_itself() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "1").unwrap();
        let target = dir.path().join("dist/x.zip");
        assert!(write(&whole(dir.path()), &target, None).unwrap().rewritten);
        let again = write(&whole(dir.path()), &target, None).unwrap();
        assert_eq!((again.rewritten, again.manifest.entries().len()), (false, 1));
    }

    #[test]
    fn a_linked_target_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.zip"), dir.path().join("link.zip"));
        fs::write(&real, "old").unwrap();
        symlink("real.zip", &link).unwrap();
        write(&Source::Literals(vec![literal("a", b"1")]), &link, None).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read(&real).unwrap().starts_with(b"PK"));
    }

    #[test]
    fn a_target_that_is_a_directory_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = write(&Source::Literals(vec![literal("a", b"1")]), dir.path(), None).unwrap_err();
        assert!(error.to_string().contains(dir.path().to_str().unwrap()), "{error}");
    }

    /// Writes files in the order given, with times and permissions that only this machine would have.
    fn plant(files: &[(String, Vec<u8>, bool)], age: u64, umask: u32) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, content, executable) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            let mode = if *executable { 0o777 } else { 0o666 } & !umask;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(age);
            File::open(&path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
        }
        dir
    }

    fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
        let content = prop::collection::vec(any::<u8>(), 0..200);
        // Files end in `.f` and directories do not, so that neither can claim the other's path.
        prop::collection::btree_map("([a-cé]{1,2}/){0,3}[A-Ca-cé ]{1,3}\\.f", (content, any::<bool>()), 1..12)
            .prop_map(|map| map.into_iter().map(|(path, (content, x))| (path, content, x)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn same_tree_same_bytes(files in files(), age in 0u64..2_000_000_000) {
            let reversed: Vec<_> = files.iter().rev().cloned().collect();
            let (one, two) = (plant(&files, age, 0o022), plant(&reversed, 400_000_000, 0o077));
            let out = tempfile::tempdir().unwrap();
            let (a, b) = (out.path().join("a.zip"), out.path().join("b.zip"));
            let first = write(&whole(one.path()), &a, None).unwrap().manifest;
            write(&whole(two.path()), &b, None).unwrap();
            prop_assert_eq!(fs::read(&a).unwrap(), fs::read(&b).unwrap());

            let read = manifest::read_zip(&a).unwrap();
            prop_assert_eq!(&read, &first);
            let surveyed = manifest::of_source(&whole(two.path()), None).unwrap();
            prop_assert_eq!(surveyed.entries(), read.entries());
            prop_assert_eq!(surveyed.content_id(), read.content_id());
        }
    }
}

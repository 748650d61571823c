//! Archives: which form a name says, and unpacking that stays inside the target and within limits.
//! Knows nothing of where an archive comes from.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// The most bytes that are unpacked from one archive.
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// The most entries that are unpacked from one archive.
const MOST_ENTRIES: usize = 200_000;

/// The longest target of a symbolic link, in bytes.
const LONGEST_LINK: u64 = 4096;

/// The form of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Zip,
    Tar,
    TarGz,
}

/// The forms by the ends of names, a longer end before one that ends it.
const FORMATS: [(&str, Format); 4] =
    [("zip", Format::Zip), ("tar.gz", Format::TarGz), ("tgz", Format::TarGz), ("tar", Format::Tar)];

/// Forms that Terraform knows and this program does not.
const OTHERS: [&str; 10] = ["tar.bz2", "tbz2", "tar.xz", "txz", "tar.zst", "tzst", "gz", "bz2", "xz", "zst"];

/// Why an archive was not unpacked: the end of a sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Zip(#[from] ::zip::result::ZipError),
    #[error("its entry {0:?} would lie outside of the module")]
    Outside(PathBuf),
    #[error("its entry {0:?} is neither a file nor a directory nor a link")]
    Special(PathBuf),
    #[error("it holds more than {MOST_BYTES} bytes")]
    TooLarge,
    #[error("it has more than {MOST_ENTRIES} entries")]
    TooMany,
    #[error("{0:?} is a form of archive that lambdaform does not know; it takes zip, tar.gz, tgz and tar")]
    Form(String),
}

impl Format {
    /// The form that the end of a path says; `None` for a path that is no archive's.
    pub(super) fn of_path(path: &str) -> Option<Result<Self, ArchiveError>> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ends = |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
        if let Some((_, format)) = FORMATS.iter().find(|(end, _)| ends(end)) {
            return Some(Ok(*format));
        }
        let other = OTHERS.iter().find(|end| ends(end))?;
        Some(Err(ArchiveError::Form((*other).to_owned())))
    }

    /// The form of a name, as the parameter `archive` has it.
    pub(super) fn named(name: &str) -> Result<Self, ArchiveError> {
        let found = FORMATS.iter().find(|(end, _)| *end == name);
        found.map(|(_, format)| *format).ok_or_else(|| ArchiveError::Form(name.to_owned()))
    }

    /// Unpacks an archive into a new directory.
    pub(super) fn unpack(self, archive: File, into: &Path) -> Result<(), ArchiveError> {
        fs::create_dir_all(into)?;
        let mut target = Target { root: into.to_owned(), bytes: 0, entries: 0, links: Vec::new() };
        let archive = BufReader::new(archive);
        match self {
            Format::Zip => target.zip(::zip::ZipArchive::new(archive)?)?,
            Format::Tar => target.tar(archive)?,
            Format::TarGz => target.tar(MultiGzDecoder::new(archive))?,
        }
        target.link()
    }
}

/// Where an archive is being unpacked.
struct Target {
    root: PathBuf,
    bytes: u64,
    entries: usize,
    /// Symbolic links with what they point to. They are made last, so that nothing is written through one.
    links: Vec<(PathBuf, PathBuf)>,
}

impl Target {
    fn zip<R: Read + io::Seek>(&mut self, mut archive: ::zip::ZipArchive<R>) -> Result<(), ArchiveError> {
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let path = PathBuf::from(&*entry.name()?);
            let mode = entry.unix_mode().unwrap_or(0o644);
            if entry.is_dir() {
                self.directory(&path)?;
            } else if entry.is_symlink() {
                let mut to = String::new();
                entry.by_ref().take(LONGEST_LINK).read_to_string(&mut to)?;
                self.symlink(&path, Path::new(&to))?;
            } else {
                self.file(&path, mode, &mut entry)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, reader: impl Read) -> Result<(), ArchiveError> {
        let mut archive = tar::Archive::new(reader);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let mode = entry.header().mode().unwrap_or(0o644);
            let kind = entry.header().entry_type();
            if kind.is_dir() {
                self.directory(&path)?;
            } else if kind.is_symlink() {
                let to = entry.link_name()?.unwrap_or_default().into_owned();
                self.symlink(&path, &to)?;
            } else if kind.is_hard_link() {
                let other = entry.link_name()?.unwrap_or_default().into_owned();
                let mut other = File::open(self.place(&other)?)?;
                self.file(&path, mode, &mut other)?;
            } else if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() {
                self.file(&path, mode, &mut entry)?;
            } else if !(kind.is_pax_global_extensions() || kind.is_pax_local_extensions()) {
                return Err(ArchiveError::Special(path));
            }
        }
        Ok(())
    }

    /// Where an entry belongs; an error for one that would lie outside.
    fn place(&mut self, path: &Path) -> Result<PathBuf, ArchiveError> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(ArchiveError::TooMany);
        }
        let mut place = self.root.clone();
        for component in path.components() {
            match component {
                Component::CurDir => {}
                // A name with a backslash is a path to those who wrote such archives.
                Component::Normal(name) if !name.to_string_lossy().contains('\\') => place.push(name),
                _ => return Err(ArchiveError::Outside(path.to_owned())),
            }
        }
        Ok(place)
    }

    fn directory(&mut self, path: &Path) -> Result<(), ArchiveError> {
        Ok(fs::create_dir_all(self.place(path)?)?)
    }

    fn file(&mut self, path: &Path, mode: u32, content: &mut impl Read) -> Result<(), ArchiveError> {
        let place = self.place(path)?;
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = File::create(&place)?;
        let left = MOST_BYTES - self.bytes;
        let copied = io::copy(&mut content.take(left + 1), &mut file)?;
        if copied > left {
            return Err(ArchiveError::TooLarge);
        }
        self.bytes += copied;
        executable(&file, mode)?;
        Ok(())
    }

    /// Remembers a link, whose end must lie inside.
    fn symlink(&mut self, path: &Path, to: &Path) -> Result<(), ArchiveError> {
        let place = self.place(path)?;
        let mut depth = path.components().filter(|c| matches!(c, Component::Normal(_))).count() as i64 - 1;
        for component in to.components() {
            depth += match component {
                Component::CurDir => 0,
                Component::Normal(_) => 1,
                Component::ParentDir => -1,
                Component::RootDir | Component::Prefix(_) => i64::MIN / 2,
            };
            if depth < 0 {
                return Err(ArchiveError::Outside(path.to_owned()));
            }
        }
        self.links.push((place, to.to_owned()));
        Ok(())
    }

    fn link(self) -> Result<(), ArchiveError> {
        let root = self.root.canonicalize()?;
        for (place, to) in &self.links {
            if let Some(parent) = place.parent() {
                // A link that was made before this one may stand in its way.
                fs::create_dir_all(parent)?;
                if !parent.canonicalize()?.starts_with(&root) {
                    return Err(ArchiveError::Outside(place.clone()));
                }
            }
            std::os::unix::fs::symlink(to, place)?;
        }
        // Links to links may add up to what none of them says.
        for (place, to) in &self.links {
            if place.canonicalize().is_ok_and(|end| !end.starts_with(&root)) {
                return Err(ArchiveError::Outside(to.clone()));
            }
        }
        Ok(())
    }
}

/// Keeps of the mode what a module needs: whether a file can be run.
fn executable(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if mode & 0o111 == 0 {
        return Ok(());
    }
    let mut permissions = file.metadata()?.permissions();
    let readable = permissions.mode() & 0o444;
    permissions.set_mode(permissions.mode() | readable >> 2);
    file.set_permissions(permissions)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// An entry: a file, or a link if it has a target.
    type Entry<'e> = (&'e str, &'e str, Option<&'e str>);

    fn tar(entries: &[Entry<'_>]) -> File {
        let mut builder = tar::Builder::new(tempfile::tempfile().unwrap());
        for (name, content, link) in entries {
            let mut header = tar::Header::new_gnu();
            // The crate's own setter refuses what is tested here.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_mode(0o755);
            header.set_size(content.len() as u64);
            if let Some(link) = link {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name_literal(link).unwrap();
            }
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        let mut file = builder.into_inner().unwrap();
        file.rewind().unwrap();
        file
    }

    fn zip(entries: &[Entry<'_>]) -> File {
        let mut writer = ::zip::ZipWriter::new(tempfile::tempfile().unwrap());
        let options = ::zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        for (name, content, link) in entries {
            match link {
                Some(link) => writer.add_symlink(*name, *link, options).unwrap(),
                None => {
                    writer.start_file(*name, options).unwrap();
                    writer.write_all(content.as_bytes()).unwrap();
                }
            }
        }
        let mut file = writer.finish().unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn what_is_inside_is_unpacked() {
        let entries: [Entry<'_>; 3] =
            [("./a/run.sh", "x", None), ("main.tf", "y", None), ("a/link.tf", "", Some("../main.tf"))];
        for (format, file) in [(Format::Tar, tar(&entries)), (Format::Zip, zip(&entries))] {
            let dir = tempfile::tempdir().unwrap();
            format.unpack(file, dir.path()).unwrap();
            assert_eq!(fs::read_to_string(dir.path().join("a/link.tf")).unwrap(), "y");
            let mode = dir.path().join("a/run.sh").metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o100, 0o100);
        }
    }

    #[test]
    fn nothing_is_written_outside() {
        for entries in [
            vec![("../evil", "x", None)],
            vec![("/tmp/evil-absolute", "x", None)],
            vec![("a/../../evil", "x", None)],
            vec![("a\\..\\evil", "x", None)],
            vec![("link", "", Some("/etc"))],
            vec![("link", "", Some("../x"))],
            vec![("d/link", "", Some("../../x"))],
            vec![("a", "", Some("b")), ("b/x", "", Some(".."))],
        ] {
            for (format, file) in [(Format::Tar, tar(&entries)), (Format::Zip, zip(&entries))] {
                let dir = tempfile::tempdir().unwrap();
                let target = dir.path().join("in/side");
                let unpacked = format.unpack(file, &target);
                let inside =
                    |name: &str| dir.path().join(name).exists() || dir.path().join("in").join(name).exists();
                assert!(!inside("evil") && !inside("x"), "{entries:?}");
                // The last case is harmless: both its links end inside.
                let harmless = entries.len() == 2;
                assert_eq!(unpacked.is_ok(), harmless, "{format:?} {entries:?} {unpacked:?}");
            }
        }
    }

    #[test]
    fn a_link_is_not_written_through() {
        let entries = [("d", "", Some("e")), ("d/file", "x", None)];
        for (format, file) in [(Format::Tar, tar(&entries)), (Format::Zip, zip(&entries))] {
            let dir = tempfile::tempdir().unwrap();
            assert!(format.unpack(file, &dir.path().join("t")).is_err());
        }
    }

    #[test]
    fn forms_are_known_by_their_names() {
        for (path, expected) in [
            ("/a/b.zip", Some(Some(Format::Zip))),
            ("/a/b.tar.gz", Some(Some(Format::TarGz))),
            ("/a/b.tgz", Some(Some(Format::TarGz))),
            ("b.tar", Some(Some(Format::Tar))),
            ("/a/b.tar.xz", Some(None)),
            ("/a/zip", None),
            ("/a.zip/b", None),
        ] {
            assert_eq!(Format::of_path(path).map(Result::ok), expected, "{path}");
        }
        assert!(Format::named("tar.gz").is_ok() && Format::named("rar").is_err());
    }
}

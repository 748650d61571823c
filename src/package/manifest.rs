//! What is in a package: path, mode, size and sha256 of every file, and the fingerprint of the zip itself.
//! Holds no contents, and never extracts anything.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use ::zip::ZipArchive;
use ::zip::result::ZipError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::memo::Memo;
use super::{PackageError, Sha256, Source, zip};
use crate::base::file;

/// The files of a package, sorted by the bytes of their path, and the fingerprint of its zip if there is one.
///
/// Its JSON form is stable: `{"package":{"sha256":…,"size":…},"entries":[{"path":…,"mode":"0644","size":…,"sha256":…}]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Fields")]
pub struct Manifest {
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<Fingerprint>,
    entries: Vec<Entry>,
}

/// [`Manifest`] as it may come out of a file: in any order.
#[derive(Deserialize)]
struct Fields {
    package: Option<Fingerprint>,
    entries: Vec<Entry>,
}

impl From<Fields> for Manifest {
    fn from(fields: Fields) -> Self {
        Self::new(fields.package, fields.entries)
    }
}

/// What tells one zip from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// SHA-256 of the whole zip; in JSON as base64, to be compared with `CodeSha256` by eye.
    #[serde(with = "base64_form")]
    pub sha256: Sha256,
    /// Size of the zip in bytes.
    pub size: u64,
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Path in the package. In a zip made elsewhere it may be anything, `../x` included: it is data, not a place on disk.
    pub path: String,
    /// Permissions.
    pub mode: Mode,
    /// Unpacked size in bytes.
    pub size: u64,
    /// SHA-256 of the unpacked bytes (for a symbolic link: of the path it points to).
    pub sha256: Sha256,
}

/// Unix permission bits, and the link bit for symbolic links in zips made elsewhere. Octal in text and JSON: `0644`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mode(u32);

impl Mode {
    /// An ordinary file: `0644`.
    pub const FILE: Self = Self(0o644);
    /// A file that may be executed: `0755`.
    pub const EXECUTABLE: Self = Self(0o755);
    const LINK: u32 = 0o120_000;
    const TYPE: u32 = 0o170_000;

    /// Reads an `output_file_mode`: octal digits with a leading zero, at most `0777`.
    ///
    /// # Errors
    /// [`PackageError::Mode`] for anything else.
    pub fn parse(text: &str) -> Result<Self, PackageError> {
        let digits = text.strip_prefix('0').map(|rest| rest.strip_prefix('o').unwrap_or(rest));
        digits
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| u32::from_str_radix(digits, 8).ok())
            .filter(|bits| *bits <= 0o777)
            .map(Self)
            .ok_or_else(|| PackageError::Mode { text: text.to_owned() })
    }

    /// From `st_mode` bits: permissions are kept, and of the file types only "symbolic link".
    pub fn from_bits(bits: u32) -> Self {
        let link = if bits & Self::TYPE == Self::LINK { Self::LINK } else { 0 };
        Self(bits & 0o7777 | link)
    }

    /// The permission bits alone.
    pub fn permissions(self) -> u32 {
        self.0 & 0o7777
    }

    /// Whether the entry is a symbolic link.
    pub fn is_symlink(self) -> bool {
        self.0 & Self::TYPE == Self::LINK
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04o}", self.0)
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mode({self})")
    }
}

impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bits = u32::from_str_radix(&text, 8).map_err(|_| de::Error::custom("a mode is octal digits"))?;
        Ok(Self::from_bits(bits))
    }
}

mod base64_form {
    use super::*;

    pub(super) fn serialize<S: Serializer>(hash: &Sha256, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hash.base64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
        let text = String::deserialize(deserializer)?;
        Sha256::from_base64(&text).ok_or_else(|| de::Error::custom("a package hash is a SHA-256 in base64"))
    }
}

impl Manifest {
    /// Sorts the entries. Of several with one path the last is kept, as unpacking would.
    pub fn new(package: Option<Fingerprint>, mut entries: Vec<Entry>) -> Self {
        entries.reverse();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        entries.dedup_by(|later, earlier| later.path == earlier.path);
        Self { package, entries }
    }

    /// The zip's hash and size, if this is the manifest of a zip.
    pub fn package(&self) -> Option<Fingerprint> {
        self.package
    }

    /// The files, sorted by path, each path once.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file at `path`.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(at)
    }

    /// Sum of the unpacked sizes in bytes: what Lambda's 262,144,000 byte limit is about.
    pub fn unpacked_size(&self) -> u64 {
        self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.size))
    }

    /// Identifies what the package holds, whatever packed it: two zips with one content id differ only in order, dates or
    /// compression.
    pub fn content_id(&self) -> Sha256 {
        let mut text = String::new();
        for Entry { path, mode, size, sha256 } in &self.entries {
            // The path's length comes first, so that no path can look like two lines.
            text.push_str(&format!("{} {path} {mode} {size} {sha256}\n", path.len()));
        }
        Sha256::of(text.as_bytes())
    }
}

/// The manifest of files that are not (or not yet) a zip, as [`zip::write`] would pack them; without a fingerprint.
///
/// # Errors
/// [`PackageError`], naming the file.
pub fn of_source(source: &Source, mode: Option<Mode>) -> Result<Manifest, PackageError> {
    zip::survey(source, mode)
}

/// Bounds on what is read from a zip, so that a hostile one costs bounded time and memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the zip itself.
    pub packed: u64,
    /// Bytes of all files unpacked. They are counted as they come out, not as the zip declares them.
    pub unpacked: u64,
    /// Number of entries, directories included.
    pub files: u64,
}

impl Default for Limits {
    /// Far above what Lambda takes (262,144,000 bytes unpacked), so that a package which is merely too large for Lambda can
    /// still be looked at.
    fn default() -> Self {
        Self { packed: 1 << 30, unpacked: 2 << 30, files: 250_000 }
    }
}

/// Reads the manifest of a zip made by anybody, within [`Limits::default`]. Directories in it are passed over.
///
/// # Errors
/// [`PackageError`]: unreadable, not a zip, damaged (contents are checked against their CRC), encrypted, packed by a
/// method other than Stored and Deflate, or beyond the limits.
pub fn read_zip(path: &Path) -> Result<Manifest, PackageError> {
    read_zip_within(path, Limits::default())
}

static MANIFESTS: Memo<Arc<Manifest>> = Memo::new();

/// [`read_zip`], computed once per file and process and shared: see [`super::digest::of_file`].
///
/// # Errors
/// As [`read_zip`]; [`PackageError::Changed`] if the file changes meanwhile.
pub fn of_zip(path: &Path) -> Result<Arc<Manifest>, PackageError> {
    MANIFESTS.get(path, |path| read_zip(path).map(Arc::new))
}

/// [`read_zip`] with other limits.
///
/// # Errors
/// As [`read_zip`].
pub fn read_zip_within(path: &Path, limits: Limits) -> Result<Manifest, PackageError> {
    let mut file = file::open(path).map_err(PackageError::io("Opening", path))?;
    let too_large = |limit, unit| PackageError::TooLarge { path: path.to_path_buf(), limit, unit };
    let size = file.metadata().map_err(PackageError::io("Reading", path))?.len();
    if size > limits.packed {
        return Err(too_large(limits.packed, "bytes"));
    }
    // Files of the system may hold more than they say.
    let (sha256, size) = Sha256::of_reader(&mut file.by_ref().take(limits.packed.saturating_add(1)))
        .map_err(PackageError::io("Reading", path))?;
    if size > limits.packed {
        return Err(too_large(limits.packed, "bytes"));
    }
    let mut archive = open(file, path)?;
    if archive.len() as u64 > limits.files {
        return Err(too_large(limits.files, "files"));
    }

    let mut entries = Vec::with_capacity(archive.len());
    let mut left = limits.unpacked;
    for index in 0..archive.len() {
        let mut item = archive.by_index(index).map_err(|error| malformed(path, &error, None))?;
        let name = item.name().map_err(|error| malformed(path, &error, None))?.into_owned();
        if item.is_dir() {
            continue;
        }
        let mode = item.unix_mode().map_or(Mode::FILE, Mode::from_bits);
        // One byte more than is left tells "exactly full" from "too much".
        let (sha256, size) = Sha256::of_reader(&mut item.by_ref().take(left.saturating_add(1)))
            .map_err(|error| malformed(path, &ZipError::Io(error), Some(&name)))?;
        left = left.checked_sub(size).ok_or_else(|| too_large(limits.unpacked, "unpacked bytes"))?;
        entries.push(Entry { path: name, mode, size, sha256 });
    }
    Ok(Manifest::new(Some(Fingerprint { sha256, size }), entries))
}

fn open(mut file: File, path: &Path) -> Result<ZipArchive<BufReader<File>>, PackageError> {
    file.rewind().map_err(PackageError::io("Reading", path))?;
    let mut start = Vec::new();
    (&file).take(2).read_to_end(&mut start).map_err(PackageError::io("Reading", path))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| match start == b"PK" {
        true => malformed(path, &error, None),
        false => PackageError::Malformed {
            path: path.to_path_buf(),
            reason: "it does not begin as zip files do".to_owned(),
        },
    })
}

fn malformed(path: &Path, error: &ZipError, entry: Option<&str>) -> PackageError {
    let mut reason = match error {
        ZipError::Io(error) => error.to_string(),
        ZipError::InvalidArchive(reason) => reason.to_string(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => "it is encrypted".to_owned(),
        other => other.to_string(),
    };
    if let Some(entry) = entry {
        reason.push_str(&format!(" (at {entry:?})"));
    }
    PackageError::Malformed { path: path.to_path_buf(), reason }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ::zip::write::SimpleFileOptions;
    use ::zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn stored() -> SimpleFileOptions {
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
    }

    /// A zip as somebody else might make it.
    fn foreign(build: impl FnOnce(&mut ZipWriter<File>)) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.zip");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        build(&mut zip);
        zip.finish().unwrap();
        (dir, path)
    }

    #[test]
    fn modes_are_octal_text() {
        for (text, bits) in [("0644", 0o644), ("0777", 0o777), ("0o755", 0o755), ("00", 0)] {
            assert_eq!(Mode::parse(text).unwrap().permissions(), bits, "{text}");
        }
        for text in ["", "0", "644", "0888", "01000", "0-44", "0x1ff", "u=rw", "0 44", "+644"] {
            assert!(Mode::parse(text).is_err(), "{text}");
        }
        let link = Mode::from_bits(0o120_777);
        assert!(link.is_symlink() && !Mode::from_bits(0o100_777).is_symlink());
        for mode in [Mode::FILE, link] {
            let json = serde_json::to_string(&mode).unwrap();
            assert_eq!(serde_json::from_str::<Mode>(&json).unwrap(), mode, "{json}");
        }
    }

    #[test]
    fn json_is_stable_and_read_in_any_order() {
        let entry =
            |path: &str| Entry { path: path.into(), mode: Mode::FILE, size: 0, sha256: Sha256::of(b"") };
        let package = Fingerprint { sha256: Sha256::of(b""), size: 22 };
        let manifest = Manifest::new(Some(package), vec![entry("b"), entry("a")]);
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let file = |path| format!(r#"{{"path":"{path}","mode":"0644","size":0,"sha256":"{hash}"}}"#);
        let (a, b) = (file("a"), file("b"));
        let head = r#""package":{"sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","size":22}"#;
        assert_eq!(serde_json::to_string(&manifest).unwrap(), format!(r#"{{{head},"entries":[{a},{b}]}}"#));
        let shuffled = format!(r#"{{"entries":[{b},{a}],{head}}}"#);
        assert_eq!(serde_json::from_str::<Manifest>(&shuffled).unwrap(), manifest);
        let bare = format!(r#"{{"entries":[{a}]}}"#);
        let parsed: Manifest = serde_json::from_str(&bare).unwrap();
        assert_eq!((parsed.package(), serde_json::to_string(&parsed).unwrap()), (None, bare));
    }

    #[test]
    fn a_foreign_zip_is_read_as_data() {
        let (_dir, path) = foreign(|zip| {
            zip.add_directory("dir/", stored()).unwrap();
            for name in ["z", "../../etc/passwd", "/abs", "dir\\win"] {
                zip.start_file(name, stored().unix_permissions(0o600)).unwrap();
                zip.write_all(b"x").unwrap();
            }
            zip.add_symlink("link", "z", stored()).unwrap();
        });
        let manifest = read_zip(&path).unwrap();
        let paths: Vec<_> = manifest.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["../../etc/passwd", "/abs", "dir\\win", "link", "z"]);
        assert!(manifest.entry("link").unwrap().mode.is_symlink());
        assert_eq!(manifest.entry("z").unwrap().mode.to_string(), "0600");
        assert_eq!(manifest.unpacked_size(), 5);
        assert_eq!(*of_zip(&path).unwrap(), manifest);
        assert_eq!(manifest.package().unwrap().sha256, Sha256::of(&std::fs::read(&path).unwrap()));
    }

    #[test]
    fn bounds_hold_whatever_the_zip_declares() {
        let (_dir, path) = foreign(|zip| {
            for name in ["a", "b"] {
                zip.start_file(name, SimpleFileOptions::default()).unwrap();
                zip.write_all(&vec![0; 1 << 20]).unwrap();
            }
        });
        let read = |limits| read_zip_within(&path, limits).map_err(|error| error.to_string());
        let all = Limits::default();
        assert!(read(Limits { unpacked: 2 << 20, files: 2, ..all }).is_ok());
        for (limits, says) in [
            (Limits { unpacked: (2 << 20) - 1, ..all }, "2097151 unpacked bytes"),
            (Limits { unpacked: 5, ..all }, "5 unpacked bytes"),
            (Limits { files: 1, ..all }, "1 files"),
            (Limits { packed: 10, ..all }, "10 bytes"),
        ] {
            let error = read(limits).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn bad_zips_are_explained() {
        let (dir, good) = foreign(|zip| {
            zip.start_file("a.txt", stored()).unwrap();
            zip.write_all(b"precious content").unwrap();
        });
        let bytes = std::fs::read(&good).unwrap();
        let at = bytes.windows(8).position(|window| window == b"precious").unwrap();
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let mut foreign_method = bytes.clone();
        let central = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        for method in [8, central + 10] {
            foreign_method[method] = 14;
        }
        let mut encrypted = bytes.clone();
        for flags in [6, central + 8] {
            encrypted[flags] |= 1;
        }
        let half = bytes.len() / 2;
        for (name, bytes, says) in [
            ("empty.zip", &b""[..], "not a zip file"),
            ("text.zip", b"exports.handler = 1", "does not begin as zip files do"),
            ("half.zip", &bytes[..half], "not a zip file"),
            ("damaged.zip", &damaged, "(at \"a.txt\")"),
            ("method.zip", &foreign_method, "compression method"),
            ("encrypted.zip", &encrypted, "encrypted"),
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let error = read_zip(&path).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(says), "{error}");
        }
        assert!(read_zip(&dir.path().join("gone.zip")).unwrap_err().to_string().contains("gone.zip"));
    }
}

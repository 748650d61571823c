//! What goes into a package: a file, a directory or literal content, resolved to a sorted list of parts.
//! Knows nothing of the zip format.

use std::fmt;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::exclude::Excludes;
use super::{Mode, PackageError};

/// How many files and directories of a source are looked at: four times as many as a package is read with.
const MOST: u64 = 1_000_000;

/// Where the files of a package come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One file, packaged under its own name at the root. A symbolic link is followed and keeps its name.
    File(PathBuf),
    /// Everything in a directory, recursively. Symbolic links are followed, also out of the directory; a loop is an error.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Globs relative to `path`. `**` spans directories; a match on a directory leaves out all of it.
        excludes: Vec<String>,
        /// Leave out symbolic links that lead to directories. Links to files are still followed.
        exclude_symlink_directories: bool,
    },
    /// Content that exists only in the configuration: one or several files.
    Literals(Vec<Literal>),
}

/// A file given as text in the configuration. `Debug` shows its size only, for the content may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Literal {
    /// Path in the package, `/`-separated.
    pub filename: String,
    /// The bytes.
    pub content: Vec<u8>,
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Literal({:?}, {} bytes)", self.filename, self.content.len())
    }
}

/// One file of a package to be.
pub(super) struct Part<'a> {
    /// Path in the package.
    pub(super) path: String,
    pub(super) mode: Mode,
    pub(super) body: Body<'a>,
}

/// Where the bytes of a [`Part`] are. Files are opened only when their turn comes.
pub(super) enum Body<'a> {
    File(PathBuf),
    Bytes(&'a [u8]),
}

impl Source {
    /// What a message calls this source.
    pub(super) fn origin(&self) -> String {
        match self {
            Self::File(path) | Self::Directory { path, .. } => path.display().to_string(),
            Self::Literals(_) => "literal content".to_owned(),
        }
    }

    /// Resolves to parts sorted by the bytes of their path. `mode` is given to all of them if it is there. `target`, the zip
    /// about to be written, is left out of a directory: otherwise every run would package the run before it.
    pub(super) fn parts(
        &self,
        mode: Option<Mode>,
        target: Option<&Path>,
    ) -> Result<Vec<Part<'_>>, PackageError> {
        let mut parts = match self {
            Self::File(path) => vec![file_part(path)?],
            Self::Directory { path, excludes, exclude_symlink_directories } => {
                directory_parts(path, &Excludes::new(excludes)?, *exclude_symlink_directories, target)?
            }
            Self::Literals(literals) => literals.iter().map(literal_part).collect::<Result<_, _>>()?,
        };
        parts.sort_by(|a, b| a.path.cmp(&b.path));
        refuse_conflicts(&parts)?;
        if parts.is_empty() {
            return Err(PackageError::Empty { origin: self.origin() });
        }
        if let Some(mode) = mode {
            parts.iter_mut().for_each(|part| part.mode = mode);
        }
        Ok(parts)
    }
}

fn file_part(path: &Path) -> Result<Part<'_>, PackageError> {
    let metadata = fs::metadata(path).map_err(PackageError::io("Reading", path))?;
    if !metadata.is_file() {
        return Err(PackageError::Kind { path: path.to_path_buf(), expected: "a file" });
    }
    let name = path.file_name().map(Path::new).unwrap_or(path);
    Ok(Part { path: entry_path(name)?, mode: mode_of(&metadata), body: Body::File(path.to_path_buf()) })
}

fn directory_parts<'a>(
    root: &Path,
    excludes: &Excludes,
    skip_linked_directories: bool,
    target: Option<&Path>,
) -> Result<Vec<Part<'a>>, PackageError> {
    if !fs::metadata(root).map_err(PackageError::io("Reading", root))?.is_dir() {
        return Err(PackageError::Kind { path: root.to_path_buf(), expected: "a directory" });
    }
    let target = target.and_then(|path| fs::canonicalize(path).ok());
    let below = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_path_buf();
    let excluded = |path: &Path| below(path).to_str().is_some_and(|path| excludes.matches(path));

    let mut parts = Vec::new();
    let mut seen = 0;
    let walk = WalkDir::new(root).min_depth(1).follow_links(!skip_linked_directories);
    for item in walk.into_iter().filter_entry(|item| !excluded(item.path())) {
        let item = match item {
            Ok(item) => item,
            // A loop or a dangling link is found before the filter is asked.
            Err(error) if error.path().is_some_and(excluded) => continue,
            Err(error) => return Err(walk_error(error, root)),
        };
        seen += 1;
        if seen > MOST {
            return Err(PackageError::TooLarge {
                path: root.to_path_buf(),
                limit: MOST,
                unit: "files and directories",
            });
        }
        let path = item.path();
        // Not the entry's own metadata: without `follow_links` that would be the link's.
        let metadata = fs::metadata(path).map_err(PackageError::io("Reading", path))?;
        if metadata.is_dir() {
            continue;
        }
        if !metadata.is_file() {
            return Err(PackageError::Kind { path: path.to_path_buf(), expected: "a regular file" });
        }
        if target.is_some() && target.as_deref() == fs::canonicalize(path).ok().as_deref() {
            continue;
        }
        let body = Body::File(path.to_path_buf());
        parts.push(Part { path: entry_path(&below(path))?, mode: mode_of(&metadata), body });
    }
    Ok(parts)
}

fn walk_error(error: walkdir::Error, root: &Path) -> PackageError {
    let path = error.path().unwrap_or(root).to_path_buf();
    if let Some(ancestor) = error.loop_ancestor() {
        return PackageError::Loop { link: path, ancestor: ancestor.to_path_buf() };
    }
    PackageError::Io { action: "Reading", path, error: error.into() }
}

fn literal_part(literal: &Literal) -> Result<Part<'_>, PackageError> {
    let name = &literal.filename;
    let refuse = |reason| PackageError::Name { path: name.clone(), reason };
    if name.is_empty() || name.ends_with('/') {
        return Err(refuse("it names no file"));
    }
    if name.starts_with('/') {
        return Err(refuse("it is absolute"));
    }
    let path = name.split('/').filter(|step| !matches!(*step, "" | ".")).collect::<Vec<_>>().join("/");
    check_path(&path).map_err(refuse)?;
    Ok(Part { path, mode: Mode::FILE, body: Body::Bytes(&literal.content) })
}

/// A relative path from the disk as the path of an entry.
fn entry_path(path: &Path) -> Result<String, PackageError> {
    let refuse = |reason| PackageError::Name { path: path.to_string_lossy().into_owned(), reason };
    let text = path.to_str().ok_or_else(|| refuse("it is not valid UTF-8"))?;
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
    check_path(&text).map_err(refuse)?;
    Ok(text)
}

fn check_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        Err("it names no file")
    } else if path.split('/').any(|step| step == "..") {
        Err("it leads out of the package by \"..\"")
    } else if path.contains('\0') {
        Err("it contains a NUL byte")
    } else if path.contains('\\') {
        Err("a backslash separates directories on some machines and not on others")
    } else if path.len() > usize::from(u16::MAX) {
        Err("it is longer than the zip format allows")
    } else {
        Ok(())
    }
}

/// `parts` must be sorted.
fn refuse_conflicts(parts: &[Part<'_>]) -> Result<(), PackageError> {
    let has = |path: &str| parts.binary_search_by(|part| part.path.as_str().cmp(path)).is_ok();
    for (part, next) in parts.iter().zip(parts.iter().skip(1)) {
        if part.path == next.path {
            return Err(PackageError::Duplicate { path: part.path.clone(), other: None });
        }
    }
    for part in parts {
        for (at, _) in part.path.match_indices('/') {
            if let Some(dir) = part.path.get(..at).filter(|dir| has(dir)) {
                return Err(PackageError::Duplicate { path: dir.to_owned(), other: Some(part.path.clone()) });
            }
        }
    }
    Ok(())
}

/// 0755 if the owner may execute it, else 0644: what differs by umask or checkout is left out.
#[cfg(unix)]
fn mode_of(metadata: &Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt as _;
    if metadata.permissions().mode() & 0o100 != 0 { Mode::EXECUTABLE } else { Mode::FILE }
}

/// There is no executable bit to read here.
#[cfg(not(unix))]
fn mode_of(_metadata: &Metadata) -> Mode {
    Mode::FILE
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, file).unwrap();
        }
        dir
    }

    fn directory(path: &Path, excludes: &[&str], exclude_symlink_directories: bool) -> Source {
        Source::Directory {
            path: path.to_path_buf(),
            excludes: excludes.iter().map(|&glob| glob.to_owned()).collect(),
            exclude_symlink_directories,
        }
    }

    fn paths(source: &Source) -> Result<Vec<String>, String> {
        let parts = source.parts(None, None).map_err(|error| error.to_string())?;
        Ok(parts.into_iter().map(|part| part.path).collect())
    }

    fn literals(names: &[&str]) -> Source {
        let literal = |name: &&str| Literal { filename: (*name).to_owned(), content: b"secret".to_vec() };
        Source::Literals(names.iter().map(literal).collect())
    }

    #[test]
    fn a_directory_is_sorted_by_bytes_without_empty_directories() {
        let dir = tree(&["b", "a/z", "a.txt", "a/é", "B"]);
        fs::create_dir(dir.path().join("empty")).unwrap();
        let found = paths(&directory(dir.path(), &[], false)).unwrap();
        assert_eq!(found, ["B", "a.txt", "a/z", "a/é", "b"]);
    }

    #[test]
    fn excludes_prune() {
        let dir = tree(&["keep.py", "a/x.pyc", "node_modules/m/i.js", "a/keep.py"]);
        let found = paths(&directory(dir.path(), &["**/*.pyc", "node_modules"], false)).unwrap();
        assert_eq!(found, ["a/keep.py", "keep.py"]);
        let error = paths(&directory(dir.path(), &["**"], false)).unwrap_err();
        assert!(error.contains("would be empty"), "{error}");
    }

    #[test]
    fn links_are_followed_and_loops_refused() {
        let dir = tree(&["real/f", "src/g"]);
        let src = dir.path().join("src");
        symlink("../real", src.join("dir")).unwrap();
        symlink("../real/f", src.join("file")).unwrap();
        assert_eq!(paths(&directory(&src, &[], false)).unwrap(), ["dir/f", "file", "g"]);
        assert_eq!(paths(&directory(&src, &[], true)).unwrap(), ["file", "g"]);
        assert_eq!(paths(&directory(&src, &["dir/*"], false)).unwrap(), ["file", "g"]);

        symlink("..", src.join("up")).unwrap();
        let error = paths(&directory(dir.path(), &[], false)).unwrap_err();
        assert!(error.contains("leads back to"), "{error}");
        assert_eq!(paths(&directory(dir.path(), &["**/up"], false)).unwrap().len(), 4);
        assert_eq!(paths(&directory(dir.path(), &[], true)).unwrap(), ["real/f", "src/file", "src/g"]);

        symlink("nowhere", src.join("dangling")).unwrap();
        for flat in [false, true] {
            let error = paths(&directory(&src, &["up"], flat)).unwrap_err();
            assert!(error.contains("dangling"), "{error}");
            assert!(paths(&directory(&src, &["up", "dangling"], flat)).is_ok());
        }
    }

    #[test]
    fn only_the_owners_executable_bit_counts() {
        let dir = tree(&["a", "b", "c"]);
        for (name, mode) in [("a", 0o600), ("b", 0o700), ("c", 0o666)] {
            fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let source = directory(dir.path(), &[], false);
        let modes = |mode| source.parts(mode, None).unwrap().iter().map(|p| p.mode).collect::<Vec<_>>();
        assert_eq!(modes(None), [Mode::FILE, Mode::EXECUTABLE, Mode::FILE]);
        let all = Mode::parse("0444").unwrap();
        assert_eq!(modes(Some(all)), [all; 3]);
    }

    #[test]
    fn a_file_has_its_own_name() {
        let dir = tree(&["deep/main.py"]);
        assert_eq!(paths(&Source::File(dir.path().join("deep/main.py"))).unwrap(), ["main.py"]);
        let error = paths(&Source::File(dir.path().join("deep"))).unwrap_err();
        assert!(error.contains("is not a file"), "{error}");
        let error = paths(&directory(&dir.path().join("deep/main.py"), &[], false)).unwrap_err();
        assert!(error.contains("is not a directory"), "{error}");
        let error = paths(&directory(&dir.path().join("gone"), &[], false)).unwrap_err();
        assert!(error.contains("gone"), "{error}");
    }

    #[test]
    fn literal_names_are_cleaned_or_refused() {
        assert_eq!(paths(&literals(&["./b//c", "a"])).unwrap(), ["a", "b/c"]);
        for (names, says) in [
            (vec![""], "names no file"),
            (vec!["dir/"], "names no file"),
            (vec!["."], "names no file"),
            (vec!["/etc/passwd"], "absolute"),
            (vec!["a/../../b"], "leads out"),
            (vec!["a\0b"], "NUL"),
            (vec!["a\\b"], "backslash"),
            (vec!["a", "./a"], "claimed twice"),
            (vec!["a", "a.b", "a/b/c"], "lies beneath"),
            (vec![], "would be empty"),
        ] {
            let error = paths(&literals(&names)).unwrap_err();
            assert!(error.contains(says), "{names:?}: {error}");
        }
    }

    #[test]
    fn debug_hides_content() {
        assert_eq!(format!("{:?}", literals(&["a"])), r#"Literals([Literal("a", 6 bytes)])"#);
    }
}

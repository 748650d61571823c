//! Directories of modules: where links lead, copies, and the directory inside a package.
//! Knows nothing of addresses.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use walkdir::WalkDir;

use crate::config::module_source::clean;

/// More symbolic links than this on one path lead in a circle.
const MOST_LINKS: usize = 255;

/// The path with every symbolic link followed, relative to `root` as far as no link is absolute.
pub(super) fn resolve(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut resolved = PathBuf::new();
    let mut left: Vec<OsString> = parts(path);
    let mut links = 0;
    while let Some(part) = left.pop() {
        let part = Path::new(&part);
        match part.components().next() {
            Some(Component::RootDir) => {
                resolved = PathBuf::from("/");
                continue;
            }
            Some(Component::ParentDir) => {
                let above = resolved.components().next_back();
                match above {
                    Some(Component::Normal(_)) => {
                        resolved.pop();
                    }
                    Some(Component::RootDir) => {}
                    _ => resolved.push(".."),
                }
                continue;
            }
            Some(Component::Normal(_)) => {}
            _ => continue,
        }
        let next = resolved.join(part);
        let on_disk = root.join(&next);
        if !on_disk.symlink_metadata()?.is_symlink() {
            resolved = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::other("symbolic links lead in a circle"));
        }
        left.extend(parts(&fs::read_link(on_disk)?));
    }
    Ok(if resolved.as_os_str().is_empty() { PathBuf::from(".") } else { resolved })
}

/// The parts of a path, the first one last.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

/// A path from the root module, without detours; `.` for the root module itself.
pub(super) fn cleaned(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    let relative = clean(&text);
    match (text.starts_with('/'), relative.as_str()) {
        (true, relative) => PathBuf::from(format!("/{relative}")),
        (false, "") => PathBuf::from("."),
        (false, relative) => PathBuf::from(relative),
    }
}

/// Copies a directory with its links, and without what Git keeps of its own.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let entries = WalkDir::new(from).min_depth(0).into_iter();
    for entry in entries.filter_entry(|entry| entry.file_name() != ".git") {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from).unwrap_or(Path::new("")));
        let kind = entry.file_type();
        if kind.is_dir() || entry.depth() == 0 {
            fs::create_dir_all(&target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(entry.path())?, &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a whole directory, if there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    }
}

/// The directories inside a package that a path or a pattern (`modules/*`) fits, relative to the package.
pub(super) fn inside(package: &Path, subdir: &str) -> Vec<String> {
    if subdir.is_empty() || package.join(subdir).is_dir() {
        return vec![subdir.to_owned()];
    }
    if !subdir.contains(['*', '?', '[']) {
        return Vec::new();
    }
    let pattern = globset::GlobBuilder::new(subdir).literal_separator(true).build();
    let Ok(pattern) = pattern.map(|glob| glob.compile_matcher()) else { return Vec::new() };
    let depth = subdir.split('/').count();
    let entries = WalkDir::new(package).min_depth(depth).max_depth(depth).sort_by_file_name().into_iter();
    let directories = entries.flatten().filter(|entry| entry.path().is_dir());
    let relative =
        directories.filter_map(|entry| entry.path().strip_prefix(package).ok().map(Path::to_owned));
    relative.filter(|path| pattern.is_match(path)).map(|path| path.to_string_lossy().into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("real/in")).unwrap();
        fs::create_dir_all(root.join("mods")).unwrap();
        fs::create_dir_all(dir.path().join("beside")).unwrap();
        symlink("../real", root.join("mods/link")).unwrap();
        symlink(dir.path().join("beside"), root.join("away")).unwrap();
        symlink("circle", root.join("circle")).unwrap();
        let absolute = dir.path().join("beside").to_str().unwrap().to_owned();
        for (path, expected) in [
            ("real/in", "real/in"),
            ("mods/link/in", "real/in"),
            ("mods/link/../mods", "mods"),
            ("../beside", "../beside"),
            ("away", absolute.as_str()),
            (".", "."),
        ] {
            assert_eq!(resolve(&root, Path::new(path)).unwrap(), Path::new(expected), "{path}");
        }
        assert!(resolve(&root, Path::new("nothing")).is_err());
        assert!(resolve(&root, Path::new("circle")).is_err());
    }

    #[test]
    fn patterns_find_directories() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a/x", "a/y", "b-1.2/x"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for (subdir, expected) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("nope", vec![]),
            ("a/*", vec!["a/x", "a/y"]),
            ("b-*/x", vec!["b-1.2/x"]),
        ] {
            assert_eq!(inside(dir.path(), subdir), expected, "{subdir}");
        }
    }
}

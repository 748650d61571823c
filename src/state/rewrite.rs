//! New content for a file, so that its name always leads to a whole file and its inode stays the same.
//! Knows nothing of states.
//!
//! A stand-in with the new content takes the name (`rename`, which is atomic), the old inode is rewritten under another
//! name, and then takes its own name back. Whenever the machine stops, the name leads to the old content or to the
//! new content, whole and on the disk. Why the inode must stay is told in [`super::lock`].

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use super::lock::{beside, leads_to, lock_inode, private, spoil};

const STAND_IN: &str = "next";
const OLD: &str = "prior";

/// Takes away what a killed run left beside a file.
pub(super) fn clean(target: &Path) {
    _ = fs::remove_file(beside(target, STAND_IN));
    _ = fs::remove_file(beside(target, OLD));
}

/// Gives a file new content. `file` is the inode to keep, if there is one; returned is the stand-in if it had
/// to stay in its place, locked.
///
/// # Errors
/// Those of the file system; the old content is then still there.
pub(super) fn rewrite(target: &Path, file: Option<&File>, bytes: &[u8]) -> io::Result<Option<File>> {
    clean(target);
    let (next_name, old_name) = (beside(target, STAND_IN), beside(target, OLD));
    let mut next = private().create_new(true).open(&next_name)?;
    let mode = file.map_or(Ok(0o600), mode)?;
    let filled = lock_inode(&next)
        .and_then(|_| next.write_all(bytes))
        .and_then(|()| next.set_permissions(Permissions::from_mode(mode)))
        .and_then(|()| next.sync_all());
    if let Err(error) = filled {
        clean(target);
        return Err(error);
    }
    let kept = file.filter(|file| {
        leads_to(target, file).unwrap_or(false)
            && fs::hard_link(target, &old_name).is_ok()
            && leads_to(&old_name, file).unwrap_or(false)
    });
    if let Err(error) = fs::rename(&next_name, target) {
        clean(target);
        return Err(error);
    }
    sync_parent(target)?;

    // The new content is safe. What fails from here on only moves the lock to the stand-in.
    let restored = kept.is_some_and(|file| {
        overwrite(file, bytes, mode).and_then(|()| fs::rename(&old_name, target)).is_ok()
    });
    if restored {
        sync_parent(target)?;
        spoil(&next);
        return Ok(None);
    }
    clean(target);
    Ok(Some(next))
}

/// The permissions of a file: kept as they are, unless everybody may read it, as Terraform creates them.
fn mode(file: &File) -> io::Result<u32> {
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok(if mode & 0o007 == 0 { mode } else { 0o600 })
}

fn overwrite(file: &File, bytes: &[u8], mode: u32) -> io::Result<()> {
    file.write_all_at(bytes, 0)?;
    file.set_len(bytes.len() as u64)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Makes the names of a file's directory durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}

/// Writes a whole file that only its owner may read, by way of a temporary one.
///
/// # Errors
/// Those of the file system.
pub(super) fn place(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    sync_parent(path)
}

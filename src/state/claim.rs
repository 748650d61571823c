//! Claims: which locks on a service this machine holds, so that one whose holder was killed is recognised.
//! Knows nothing of the service.
//!
//! A lock of a local file ends with the process that holds it; one on a service does not. So the process writes the lock's
//! ID into a file of its working directory that it keeps locked (`flock`). Who finds the ID there, and the file not
//! locked, knows that the holder is dead. A copy of the file says nothing, because the inode is written down with the ID.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::history::private_dir;
use super::lock::{Inode, inode, leads_to, private};

/// A claim of this process; given back when dropped, unless [`Claim::keep`] says that the lock is still there.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    file: File,
    /// The locks of dead holders.
    left: Vec<String>,
    kept: bool,
}

impl Claim {
    /// Claims a lock that is about to be taken. `None` if another process here holds the file: then its lock is alive.
    ///
    /// # Errors
    /// Those of the file system.
    pub(super) fn take(path: &Path, id: &str) -> io::Result<Option<Claim>> {
        if let Some(dir) = path.parent() {
            private_dir(dir)?;
        }
        loop {
            let file = private().create(true).truncate(false).open(path)?;
            match file.try_lock() {
                Ok(()) if leads_to(path, &file)? => {
                    let here = inode(&file.metadata()?);
                    let left = read(&file, here)?;
                    let claim = Claim { path: path.to_owned(), file, left, kept: false };
                    claim.write(id, here)?;
                    return Ok(Some(claim));
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Whether a lock was held by a process of this directory that is dead.
    pub(super) fn is_left(&self, id: &str) -> bool {
        self.left.iter().any(|left| left == id)
    }

    /// The lock could not be given back: the next run may do it.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }

    fn write(&self, id: &str, (device, inode): Inode) -> io::Result<()> {
        let ids = self.left.iter().map(String::as_str).chain([id]);
        let text: String = ids.map(|id| format!("{id} {device} {inode}\n")).collect();
        self.file.set_len(0)?;
        self.file.write_all_at(text.as_bytes(), 0)?;
        self.file.sync_all()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.kept {
            // The name goes while the file is still locked: whoever opened it before looks again.
            _ = std::fs::remove_file(&self.path);
        }
    }
}

fn read(file: &File, (device, inode): Inode) -> io::Result<Vec<String>> {
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0)?;
    let here = format!(" {device} {inode}");
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter_map(|line| Some(line.strip_suffix(&here)?.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_outlives_only_a_dead_holder() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("d/claim");
        let first = Claim::take(&path, "1").unwrap().unwrap();
        assert!(Claim::take(&path, "2").unwrap().is_none());
        drop(first);
        assert!(!path.exists());
        Claim::take(&path, "1").unwrap().unwrap().keep();
        let copy = dir.path().join("copy");
        std::fs::copy(&path, &copy).unwrap();
        assert!(!Claim::take(&copy, "2").unwrap().unwrap().is_left("1"));
        let second = Claim::take(&path, "2").unwrap().unwrap();
        assert!(second.is_left("1") && !second.is_left("2"));
        second.keep();
        let third = Claim::take(&path, "3").unwrap().unwrap();
        assert!(third.is_left("1") && third.is_left("2"));
    }
}

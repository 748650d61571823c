//! Locks on a local state file, so that Terraform, other runs of ours and this one keep each other out.
//! Knows nothing of what the file holds.
//!
//! # How the lock works
//!
//! Terraform holds `fcntl(F_SETLK, F_WRLCK)` on the state file and writes who it is to `.NAME.lock.info` beside it. We
//! do the same, and hold a second lock of our own, `flock` on `.NAME.lambdaform.lock`, for three reasons: `fcntl` locks
//! do not keep out other threads of one process, they vanish silently when *any* descriptor of the file is closed by the
//! process, and our own kind should never get as far as the state file. An info file without a lock on the state
//! file is what a killed process left, and is no lock.
//!
//! # Why the inode matters
//!
//! An `fcntl` lock sits on the inode, and Terraform opens the file *once*: with `-lock-timeout` it keeps trying on the
//! inode it opened first, and then reads and writes that inode. If we put a new inode in its place, a Terraform that waited
//! for us would get the lock of a file without a name, plan against the old content and write its state into nowhere. So:
//!
//! - `state::rewrite` always ends with the inode that was locked in its place, with the new content. A stand-in that takes
//!   its name for some milliseconds is locked before it can be seen.
//! - Where that cannot be (a file system without hard links, a file that was replaced under the lock), the inode
//!   that loses its name is kept locked until it is spoiled: whoever waited for it gets a clear error instead of
//!   an old state.
//! - After getting the lock we look whether the name still leads to the locked inode, and start again if not.
//!
//! Because closing any descriptor would drop the lock, nobody in this process opens a locked file again: [`read_file`]
//! reads it through the descriptor that holds the lock.
//!
//! One hole is left: when we are killed (not stopped) in the microseconds between the stand-in taking the name and
//! the old inode being rewritten, a Terraform that waited at that moment gets the old content.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Who holds a lock and why, as Terraform's `.lock.info` and `.tflock` files say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// A UUID that names the lock.
    #[serde(rename = "ID")]
    pub id: String,
    /// `OperationTypePlan`, `OperationTypeApply`, `state-mv`, …
    pub operation: String,
    /// Anything more.
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// The version of the program.
    pub version: String,
    /// When it was taken: RFC 3339 with nanoseconds, UTC.
    pub created: String,
    /// The state file or `bucket/key`.
    pub path: String,
}

impl LockInfo {
    /// A new lock for an operation on a path, taken now by this user.
    pub fn new(operation: impl Into<String>, path: impl Into<String>) -> Self {
        LockInfo {
            id: uuid::Uuid::new_v4().to_string(),
            operation: operation.into(),
            info: String::new(),
            who: who(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: jiff::Timestamp::now().to_string(),
            path: path.into(),
        }
    }
}

impl fmt::Display for LockInfo {
    /// The block that Terraform prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = match self.created.strip_suffix('Z') {
            Some(utc) => format!("{} +0000 UTC", utc.replacen('T', " ", 1)),
            None => self.created.clone(),
        };
        writeln!(f, "Lock Info:")?;
        writeln!(f, "  ID:        {}", self.id)?;
        writeln!(f, "  Path:      {}", self.path)?;
        writeln!(f, "  Operation: {}", self.operation)?;
        writeln!(f, "  Who:       {}", self.who)?;
        writeln!(f, "  Version:   {}", self.version)?;
        writeln!(f, "  Created:   {created}")?;
        writeln!(f, "  Info:      {}", self.info)
    }
}

/// `user@host`, from the system's own files.
pub fn who() -> String {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let user = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    let host = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|p| fs::read_to_string(p).ok());
    let host = host.as_deref().map(str::trim).filter(|h| !h.is_empty()).unwrap_or("localhost");
    format!("{}@{host}", user.unwrap_or(uid))
}

/// Somebody else holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.detail())]
pub struct Conflict {
    /// What the lock said.
    pub cause: String,
    /// Who holds it, if they said so.
    pub holder: Option<Box<LockInfo>>,
}

impl Conflict {
    /// The text under `Error acquiring the state lock`.
    pub fn detail(&self) -> String {
        let holder = self.holder.as_ref().map_or(String::new(), ToString::to_string);
        format!(
            "Error message: {}\n{holder}\n\nlambdaform acquires a state lock to protect the state from being written \
             by multiple users at the same time. Please resolve the issue above and try again. For most commands, \
             you can disable locking with the \"-lock=false\" flag, but this is not recommended.",
            self.cause
        )
    }
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else has it.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The file system said no.
    #[error("cannot lock {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// The locked files of this process, by device and inode.
static HELD: Mutex<Vec<(Inode, Arc<File>)>> = Mutex::new(Vec::new());

/// Device and inode.
pub(super) type Inode = (u64, u64);

pub(super) fn inode(meta: &fs::Metadata) -> Inode {
    (meta.dev(), meta.ino())
}

/// Whether a name leads to an open file.
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(inode(&meta) == inode(&file.metadata()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes the `fcntl` write lock of a file, or finds out that it still has it.
pub(super) fn lock_inode(file: &File) -> io::Result<bool> {
    match fcntl_lock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The content of a file that this process may have locked; see the module documentation.
///
/// # Errors
/// Those of the file system; `NotFound` if there is no file.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let held = {
        let wanted = inode(&fs::metadata(path)?);
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|(inode, _)| *inode == wanted).map(|(_, file)| Arc::clone(file))
    };
    match held {
        Some(file) => read_open(&file),
        None => crate::base::file::read(path),
    }
}

fn read_open(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(0)];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// What a Terraform that waited for a file without a name finds in it. It refuses the version and quotes it.
const SPOILED: &[u8] =
    b"{\"version\": 4, \"terraform_version\": \"none; the state file was replaced while Terraform \
                         waited for its lock, so please run the command again\"}\n";

/// Makes an inode without a name useless for whoever still has it open.
pub(super) fn spoil(file: &File) {
    if file.metadata().is_ok_and(|meta| meta.nlink() == 0) {
        _ = file.set_len(0).and_then(|()| file.write_all_at(SPOILED, 0));
    }
}

/// A hidden file beside another: `.NAME.suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{suffix}"))
}

/// A file behind its symbolic links, whether it exists or not.
pub(super) fn resolve(path: &Path) -> PathBuf {
    let mut at = path.to_owned();
    // As many links as the kernel follows.
    for _ in 0..40 {
        let Ok(next) = fs::read_link(&at) else { break };
        at = at.parent().unwrap_or(Path::new("")).join(next);
    }
    at
}

/// A lock on a state file; released when dropped.
#[derive(Debug)]
pub(super) struct FileLock {
    /// The file behind its links.
    pub(super) target: PathBuf,
    /// The inode that is locked.
    pub(super) file: Arc<File>,
    created: bool,
    info: PathBuf,
    side: PathBuf,
    _own: File,
}

impl FileLock {
    /// Locks the file at a path, creating an empty one where there is none.
    ///
    /// # Errors
    /// A [`LockError`].
    pub(super) fn acquire(path: &Path, info: &LockInfo) -> Result<FileLock, LockError> {
        let target = resolve(path);
        let io = |source| LockError::Io { path: path.to_owned(), source };
        if let Some(dir) = target.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            fs::create_dir_all(dir).map_err(io)?;
        }
        let info_path = beside(path, "lock.info");
        let busy = || {
            let holder = crate::base::file::read(&info_path)
                .ok()
                .and_then(|bytes| serde_json::from_slice(&bytes).ok());
            LockError::Conflict(Conflict {
                cause: "resource temporarily unavailable".into(),
                holder: holder.map(Box::new),
            })
        };
        let side = beside(&target, "lambdaform.lock");
        let own = lock_own(&side).map_err(io)?.ok_or_else(busy)?;
        let (file, created) = match lock_state(&target) {
            Ok(Some(locked)) => locked,
            other => {
                _ = fs::remove_file(&side);
                return Err(other.map_or_else(io, |_| busy()));
            }
        };
        let lock = FileLock { target, file: Arc::new(file), created, info: info_path, side, _own: own };
        lock.register();
        // From here on dropping it gives everything back.
        let text = serde_json::to_vec(info).map_err(io::Error::from).map_err(io)?;
        _ = fs::remove_file(&lock.info);
        private()
            .create(true)
            .truncate(true)
            .open(&lock.info)
            .and_then(|f| f.write_all_at(&text, 0))
            .map_err(io)?;
        super::rewrite::clean(&lock.target);
        Ok(lock)
    }

    /// Whether the lock made the file.
    pub(super) fn created(&self) -> bool {
        self.created
    }

    /// Puts another locked file in the place of the one that was locked, which has lost its name.
    pub(super) fn adopt(&mut self, file: File) {
        self.unregister();
        spoil(&self.file);
        self.file = Arc::new(file);
        self.register();
    }

    fn register(&self) {
        if let Ok(meta) = self.file.metadata() {
            let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
            held.push((inode(&meta), Arc::clone(&self.file)));
        }
    }

    fn unregister(&self) {
        HELD.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|(_, file)| !Arc::ptr_eq(file, &self.file));
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.info);
        if self.created
            && self.file.metadata().is_ok_and(|meta| meta.len() == 0)
            && leads_to(&self.target, &self.file).unwrap_or(false)
        {
            _ = fs::remove_file(&self.target);
            spoil(&self.file);
        }
        self.unregister();
        _ = fcntl_lock(&*self.file, FlockOperation::NonBlockingUnlock);
        // The name goes while the lock is still held: whoever opened it before looks again.
        _ = fs::remove_file(&self.side);
    }
}

/// Options for a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

fn lock_own(side: &Path) -> io::Result<Option<File>> {
    loop {
        let file = private().create(true).truncate(false).open(side)?;
        match file.try_lock() {
            Ok(()) if leads_to(side, &file)? => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn lock_state(target: &Path) -> io::Result<Option<(File, bool)>> {
    loop {
        let (file, created) = match private().create_new(true).open(target) {
            Ok(file) => (file, true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match private().open(target) {
                Ok(file) => (file, false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        };
        if !lock_inode(&file)? {
            return Ok(None);
        }
        if leads_to(target, &file)? {
            return Ok(Some((file, created)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> LockInfo {
        LockInfo { id: "1".into(), who: "a@b".into(), path: "terraform.tfstate".into(), ..Default::default() }
    }

    #[test]
    fn the_info_is_what_terraform_writes_and_prints() {
        let text = r#"{"ID":"00ef6440-6329-dd1e-4ab3-751cbcc64298","Operation":"OperationTypeApply","Info":"","Who":"root@vm","Version":"1.11.4","Created":"2026-11-23T03:52:36.478547634Z","Path":"terraform.tfstate"}"#;
        let info: LockInfo = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&info).unwrap(), text);
        assert!(info.to_string().contains("\n  Created:   2026-11-23 03:52:36.478547634 +0000 UTC\n"));
    }

    #[test]
    fn a_lock_keeps_others_out_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("terraform.tfstate");
        fs::write(beside(&path, "lock.info"), "left by a killed process").unwrap();
        let lock = FileLock::acquire(&path, &info()).unwrap();
        assert!(path.exists());
        let Err(LockError::Conflict(conflict)) = FileLock::acquire(&path, &info()) else { panic!() };
        assert_eq!(conflict.holder.as_deref(), Some(&info()));
        drop(lock);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        drop(FileLock::acquire(&path, &info()).unwrap());
    }

    #[test]
    fn reading_a_locked_file_keeps_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        fs::write(&path, "content").unwrap();
        let lock = FileLock::acquire(&path, &info()).unwrap();
        let opened = HELD.lock().unwrap().iter().filter(|(_, file)| Arc::ptr_eq(file, &lock.file)).count();
        assert_eq!(opened, 1);
        assert_eq!(read_file(&path).unwrap(), b"content");
    }
}

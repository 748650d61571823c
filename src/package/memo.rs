//! Remembers what was computed from a file for as long as the file stays the same, once per process.
//! Does not know what is computed.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::PackageError;

/// Results by canonical path. Several threads that ask for one file wait for one computation; other files do not wait.
pub(super) struct Memo<T>(LazyLock<Mutex<HashMap<PathBuf, Slot<T>>>>);

type Slot<T> = Arc<Mutex<Option<(Identity, T)>>>;

/// What must be equal for a file to count as the same.
#[derive(Clone, PartialEq, Eq)]
struct Identity {
    size: u64,
    modified: SystemTime,
    /// Device, inode and change time, where there are such things.
    inode: (u64, u64, i64, i64),
}

/// A file changed this recently may change again within one tick of the file system's clock and look the same.
const SETTLED: Duration = Duration::from_millis(50);

impl<T: Clone> Memo<T> {
    pub(super) const fn new() -> Self {
        Self(LazyLock::new(Mutex::default))
    }

    /// What `compute` makes of the file at `path`: from memory if the file is the same as then.
    pub(super) fn get(
        &self,
        path: &Path,
        compute: impl FnOnce(&Path) -> Result<T, PackageError>,
    ) -> Result<T, PackageError> {
        self.get_at(SystemTime::now(), path, compute)
    }

    fn get_at(
        &self,
        now: SystemTime,
        path: &Path,
        compute: impl FnOnce(&Path) -> Result<T, PackageError>,
    ) -> Result<T, PackageError> {
        let canonical = fs::canonicalize(path).map_err(PackageError::io("Reading", path))?;
        let slot = lock(&self.0).entry(canonical).or_default().clone();
        let mut known = lock(&slot);
        let (identity, settled) = identify(path, now)?;
        if let Some((_, value)) = known.as_ref().filter(|(then, _)| *then == identity) {
            return Ok(value.clone());
        }
        let value = compute(path)?;
        if identify(path, now)?.0 != identity {
            return Err(PackageError::Changed { path: path.to_path_buf() });
        }
        *known = settled.then(|| (identity, value.clone()));
        Ok(value)
    }
}

/// A thread that panicked cannot have left a half-written value here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file's identity, and whether its last change lies far enough back for that identity to be trusted.
fn identify(path: &Path, now: SystemTime) -> Result<(Identity, bool), PackageError> {
    let reading = |error| PackageError::io("Reading", path)(error);
    let metadata = fs::metadata(path).map_err(reading)?;
    if !metadata.is_file() {
        return Err(PackageError::Kind { path: path.to_path_buf(), expected: "a file" });
    }
    let modified = metadata.modified().map_err(reading)?;
    let (inode, changed) = inode(&metadata, modified);
    let settled = now.duration_since(changed).is_ok_and(|age| age > SETTLED);
    Ok((Identity { size: metadata.len(), modified, inode }, settled))
}

#[cfg(unix)]
fn inode(metadata: &Metadata, _modified: SystemTime) -> ((u64, u64, i64, i64), SystemTime) {
    use std::os::unix::fs::MetadataExt as _;
    let since_epoch = Duration::new(
        u64::try_from(metadata.ctime()).unwrap_or(0),
        u32::try_from(metadata.ctime_nsec()).unwrap_or(0),
    );
    let identity = (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec());
    (identity, SystemTime::UNIX_EPOCH + since_epoch)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata, modified: SystemTime) -> ((u64, u64, i64, i64), SystemTime) {
    ((0, 0, 0, 0), modified)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn later() -> SystemTime {
        SystemTime::now() + Duration::from_secs(3600)
    }

    #[test]
    fn computes_once_for_all_threads_and_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "1").unwrap();
        std::os::unix::fs::symlink("f", dir.path().join("link")).unwrap();
        let (memo, runs) = (Memo::new(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for name in ["f", "link", "./f", "f"] {
                let (memo, runs, path) = (&memo, &runs, dir.path().join(name));
                scope.spawn(move || {
                    let value = memo.get_at(later(), &path, |path| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        Ok(fs::read_to_string(path).unwrap())
                    });
                    assert_eq!(value.unwrap(), "1");
                });
            }
        });
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_changed_file_is_computed_again_even_with_size_and_time_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let memo = Memo::new();
        let read = |path: &Path| Ok(fs::read_to_string(path).unwrap());
        fs::write(&path, "1").unwrap();
        let stamp = fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(memo.get_at(later(), &path, read).unwrap(), "1");
        let replacement = dir.path().join("g");
        fs::write(&replacement, "2").unwrap();
        fs::File::options().write(true).open(&replacement).unwrap().set_modified(stamp).unwrap();
        fs::rename(&replacement, &path).unwrap();
        assert_eq!(memo.get_at(later(), &path, read).unwrap(), "2");
    }

    #[test]
    fn a_file_still_being_written_is_not_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        fs::write(&path, "1").unwrap();
        let memo = Memo::new();
        let just_now = SystemTime::UNIX_EPOCH;
        assert_eq!(memo.get_at(just_now, &path, |_| Ok(1)).unwrap(), 1);
        assert_eq!(memo.get_at(just_now, &path, |_| Ok(2)).unwrap(), 2);

        let error = memo.get_at(later(), &path, |path| {
            fs::write(path, "more").unwrap();
            Ok(3)
        });
        assert!(error.unwrap_err().to_string().contains("changed while"));
    }
}

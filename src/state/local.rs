//! The store of local files: `terraform.tfstate`, its backup, and the directory of the other workspaces.
//! Knows nothing of plans; whoever calls decides when to write.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::State;
use super::history::{History, Run};
use super::lock::{FileLock, Inode, LockInfo, inode, lock_inode, private, read_file, resolve};
use super::rewrite::{place, rewrite};
use super::store::{Store, StoreError, Version};
use super::v4::{self, Read, ReadError};
use crate::base::file;

/// The workspace every directory begins with.
pub const DEFAULT_WORKSPACE: &str = "default";

/// Where a `backend "local"` keeps its states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The state of the default workspace.
    pub path: PathBuf,
    /// The directory with one directory per other workspace.
    pub workspace_dir: PathBuf,
}

impl Layout {
    /// The layout in a working directory; `path` and `workspace_dir` are the backend's arguments.
    pub fn new(dir: &Path, path: Option<&str>, workspace_dir: Option<&str>) -> Self {
        Layout {
            path: dir.join(path.unwrap_or("terraform.tfstate")),
            workspace_dir: dir.join(workspace_dir.unwrap_or("terraform.tfstate.d")),
        }
    }

    /// The state file of a workspace.
    pub fn state(&self, workspace: &str) -> PathBuf {
        match workspace {
            DEFAULT_WORKSPACE | "" => self.path.clone(),
            other => self.workspace_dir.join(other).join("terraform.tfstate"),
        }
    }

    /// The names of the workspaces: the default one, then the others in order.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn workspaces(&self) -> io::Result<Vec<String>> {
        let mut others = Vec::new();
        match fs::read_dir(&self.workspace_dir) {
            Ok(entries) => {
                for entry in entries {
                    let entry = entry?;
                    if entry.file_type()?.is_dir()
                        && let Ok(name) = entry.file_name().into_string()
                    {
                        others.push(name);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        others.sort();
        others.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(others)
    }
}

/// One state file.
#[derive(Debug)]
pub struct LocalStore {
    path: PathBuf,
    backup: Option<PathBuf>,
    history: Option<(History, Run)>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    lock: Option<FileLock>,
    known: Option<Known>,
    /// Whether this run has written, and so has made its backup.
    wrote: bool,
}

/// What was in the file when it was last looked at.
#[derive(Debug, Clone)]
struct Known {
    stamp: Option<Stamp>,
    digest: [u8; 32],
    version: Version,
}

/// Inode, length and time of change: while they stay, a locked file stays.
type Stamp = (Inode, u64, i64, i64);

impl LocalStore {
    /// The state file at a path, with its backup beside it in `NAME.backup`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let mut backup = path.clone().into_os_string();
        backup.push(".backup");
        LocalStore { path, backup: Some(backup.into()), history: None, inner: Mutex::default() }
    }

    /// Another place for the backup; `None` for no backup.
    #[must_use]
    pub fn with_backup(mut self, backup: Option<PathBuf>) -> Self {
        self.backup = backup;
        self
    }

    /// Keeps earlier versions: the content before the first write of this run and after its last.
    #[must_use]
    pub fn with_history(mut self, history: History, run: Run) -> Self {
        self.history = Some((history, run));
        self
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io(&self, action: &'static str) -> impl Fn(io::Error) -> StoreError {
        let path = self.path.clone();
        move |source| StoreError::Io { action, path: path.clone(), source }
    }

    fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        match read_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(self.io("read")),
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        let meta = fs::metadata(&self.path).ok()?;
        Some((inode(&meta), meta.len(), meta.mtime(), meta.mtime_nsec()))
    }

    fn load(&self, inner: &mut Inner) -> Result<Read, StoreError> {
        let stamp = self.stamp();
        let bytes = self.bytes()?;
        let parsed = if bytes.is_empty() { self.nothing(inner) } else { v4::read(&bytes) };
        let read = parsed.map_err(|source| StoreError::Read { path: self.location(), source })?;
        inner.known =
            Some(Known { stamp, digest: Sha256::digest(&bytes).into(), version: read.state.version() });
        Ok(read)
    }

    /// An empty file is what a lock leaves for a moment, and is no state. One that was not made by our lock and
    /// has a backup was more likely cut off by a crash, and taking it for an empty state would create everything again.
    fn nothing(&self, inner: &Inner) -> Result<Read, ReadError> {
        let made_by_lock = inner.lock.as_ref().is_some_and(FileLock::created);
        let backup = self.backup.as_ref().filter(|_| !made_by_lock && self.path.exists());
        let lost = backup
            .and_then(|backup| v4::read(&file::read(backup).ok()?).ok())
            .is_some_and(|backup| !backup.state.resources.is_empty());
        if lost {
            return Err(ReadError {
                summary: "State file is empty",
                detail: "There is nothing in the state file, but its .backup holds resources: the file was probably \
                         cut off by a crash. Copy the .backup over it to go on from there, or delete the empty file \
                         to begin with an empty state."
                    .into(),
            });
        }
        Ok(Read::default())
    }

    /// Makes sure that the expected version is there, whatever wrote to the file meanwhile.
    fn check(&self, inner: &mut Inner, expected: &Version) -> Result<(), StoreError> {
        if let Some(lock) = &inner.lock
            && !lock_inode(&lock.file).map_err(self.io("lock"))?
        {
            return Err(StoreError::LockLost { path: self.location() });
        }
        let found = match &inner.known {
            None => self.load(inner)?.state.version(),
            Some(known) if inner.lock.is_some() && known.stamp.is_some() && known.stamp == self.stamp() => {
                known.version.clone()
            }
            Some(known) => {
                let known = known.clone();
                let digest: [u8; 32] = Sha256::digest(self.bytes()?).into();
                if digest == known.digest { known.version } else { self.load(inner)?.state.version() }
            }
        };
        if found == *expected {
            return Ok(());
        }
        Err(StoreError::Moved { path: self.location(), expected: expected.clone(), found })
    }

    /// Keeps what was there before the first write: as the backup, and in the history.
    fn keep(&self, version: &Version) -> Result<(), StoreError> {
        let before = self.bytes()?;
        if before.is_empty() {
            return Ok(());
        }
        if let Some(backup) = &self.backup {
            place(backup, &before).map_err(|source| StoreError::Io {
                action: "write",
                path: backup.clone(),
                source,
            })?;
        }
        self.remember(version, &before);
        Ok(())
    }

    /// The history is a convenience: that it cannot be written never stops a run.
    fn remember(&self, version: &Version, bytes: &[u8]) {
        if let Some((history, run)) = &self.history {
            _ = history.keep(version, bytes, run);
        }
    }
}

impl Store for LocalStore {
    fn location(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> Result<Read, StoreError> {
        self.load(&mut self.inner())
    }

    fn replace(&self, expected: &Version, state: &State) -> Result<(), StoreError> {
        let mut inner = self.inner();
        self.check(&mut inner, expected)?;
        if !inner.wrote {
            self.keep(expected)?;
            inner.wrote = true;
        }
        let bytes = v4::write(state);
        let target = resolve(&self.path);
        let write = self.io("write");
        if let Some(lock) = &mut inner.lock {
            if let Some(file) = rewrite(&target, Some(&lock.file), &bytes).map_err(&write)? {
                lock.adopt(file);
            }
        } else {
            if let Some(dir) = target.parent() {
                fs::create_dir_all(dir).map_err(&write)?;
            }
            let file = match private().open(&target) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                other => Some(other.map_err(&write)?),
            };
            rewrite(&target, file.as_ref(), &bytes).map_err(&write)?;
        }
        let digest = Sha256::digest(&bytes).into();
        inner.known = Some(Known { stamp: self.stamp(), digest, version: state.version() });
        Ok(())
    }

    fn lock(&self, info: &LockInfo) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let info = LockInfo { path: self.location(), ..info.clone() };
        inner.lock = Some(FileLock::acquire(&self.path, &info)?);
        inner.known = None;
        inner.wrote = false;
        Ok(())
    }

    fn unlock(&self) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.wrote
            && let Some(known) = &inner.known
            && let Ok(bytes) = self.bytes()
        {
            self.remember(&known.version, &bytes);
        }
        inner.lock = None;
        Ok(())
    }

    fn history(&self) -> Option<&History> {
        self.history.as_ref().map(|(history, _)| history)
    }
}

impl Drop for LocalStore {
    fn drop(&mut self) {
        _ = self.unlock();
    }
}

/// A state that could not be saved anywhere.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct Unsaved {
    /// Where it was tried.
    pub path: PathBuf,
    /// What the file system said.
    pub source: io::Error,
    /// The state file's text, for the terminal: the last way to keep it. It may hold secrets.
    pub json: String,
}

/// Puts a state that its store did not take into `errored.tfstate` in a directory; for
/// `state push errored.tfstate` once the store works again.
///
/// # Errors
/// [`Unsaved`] with the state as text.
pub fn rescue(dir: &Path, state: &State) -> Result<PathBuf, Unsaved> {
    let path = dir.join("errored.tfstate");
    let bytes = v4::write(state);
    match place(&path, &bytes) {
        Ok(()) => Ok(path),
        Err(source) => Err(Unsaved { path, source, json: String::from_utf8_lossy(&bytes).into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::state::OutputValue;
    use crate::state::store::save;

    fn with_output(state: &State, text: &str) -> State {
        let mut state = state.clone();
        let value = OutputValue { value: text.into(), ty: "string".into(), sensitive: false };
        state.outputs.insert("o".into(), value);
        state
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_run_writes_what_differs_and_keeps_what_it_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("terraform.tfstate");
        let history = History::new(dir.path().join("h"));
        for run in 1..=2 {
            let store = LocalStore::new(&path).with_history(history.clone(), Run::default());
            store.lock(&LockInfo::new("OperationTypeApply", "")).unwrap();
            let found = store.read().unwrap().state;
            let mut first = with_output(&found, &format!("first of {run}"));
            assert!(save(&store, &found, &mut first).unwrap());
            assert!(!save(&store, &first.clone(), &mut first.clone()).unwrap());
            let mut second = with_output(&first, &format!("second of {run}"));
            assert!(save(&store, &first, &mut second).unwrap());
            assert_eq!(store.read().unwrap().state.version(), second.version());
            assert_eq!(second.serial, run * 2);
        }
        assert_eq!(names(dir.path()), ["h", "terraform.tfstate", "terraform.tfstate.backup"]);
        assert_eq!((mode(&path), mode(&dir.path().join("terraform.tfstate.backup"))), (0o600, 0o600));
        let backup = v4::read(&fs::read(dir.path().join("terraform.tfstate.backup")).unwrap()).unwrap();
        assert_eq!(backup.state.serial, 2);
        let serials: Vec<u64> = history.list().unwrap().iter().map(|e| e.serial).collect();
        assert_eq!(serials, [4, 2]);
    }

    #[test]
    fn the_inode_and_the_link_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        symlink("real", &link).unwrap();
        for locked in [false, true] {
            let store = LocalStore::new(&link);
            if locked {
                store.lock(&LockInfo::new("", "")).unwrap();
            }
            let before = fs::metadata(&real).ok().map(|m| inode(&m));
            let found = store.read().unwrap().state;
            save(&store, &found, &mut with_output(&found, &locked.to_string())).unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            let after = inode(&fs::metadata(&real).unwrap());
            assert!(before.is_none_or(|before| before == after));
        }
    }

    #[test]
    fn a_file_that_was_replaced_under_the_lock_is_written_and_locked_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let store = LocalStore::new(&path);
        store.lock(&LockInfo::new("", "")).unwrap();
        let mut prior = store.read().unwrap().state;
        for i in 0..4 {
            let mut next = with_output(&prior, &i.to_string());
            assert!(save(&store, &prior, &mut next).unwrap());
            prior = next;
            if i == 1 {
                // As `git stash` and `git stash pop` do.
                fs::copy(&path, dir.path().join("copy")).unwrap();
                fs::rename(dir.path().join("copy"), &path).unwrap();
            }
        }
        assert_eq!(v4::read(&fs::read(&path).unwrap()).unwrap().state, store.read().unwrap().state);
        let other = LocalStore::new(&path);
        assert!(matches!(other.lock(&LockInfo::new("", "")), Err(StoreError::Locked(_))));
        store.unlock().unwrap();
        other.lock(&LockInfo::new("", "")).unwrap();
    }

    #[test]
    fn what_another_wrote_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let (ours, theirs) = (LocalStore::new(&path), LocalStore::new(&path));
        let found = ours.read().unwrap().state;
        save(&theirs, &found, &mut with_output(&found, "theirs")).unwrap();
        let bytes = fs::read(&path).unwrap();
        let error = save(&ours, &found, &mut with_output(&found, "ours")).unwrap_err();
        assert!(matches!(error, StoreError::Moved { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_file_that_is_no_state_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        fs::write(&path, "<<<<<<< HEAD").unwrap();
        let store = LocalStore::new(&path);
        store.lock(&LockInfo::new("", "")).unwrap();
        let state = with_output(&State::default(), "x");
        assert!(matches!(store.read(), Err(StoreError::Read { .. })));
        assert!(matches!(store.replace(&Version::default(), &state), Err(StoreError::Read { .. })));
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), b"<<<<<<< HEAD");
    }

    #[test]
    fn a_state_that_was_cut_off_is_not_an_empty_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("state/golden/modules.tfstate");
        fs::copy(golden, dir.path().join("s.backup")).unwrap();
        let store = LocalStore::new(&path);
        assert!(store.read().unwrap().state.is_empty(), "no file is no state");
        fs::write(&path, "").unwrap();
        assert!(store.read().is_err());
        fs::remove_file(&path).unwrap();
        store.lock(&LockInfo::new("", "")).unwrap();
        assert!(store.read().unwrap().state.is_empty(), "the lock made the file");
    }

    #[test]
    fn workspaces_have_their_own_directories() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path(), None, None);
        assert_eq!(layout.workspaces().unwrap(), ["default"]);
        for name in ["b", "a"] {
            fs::create_dir_all(layout.state(name).parent().unwrap()).unwrap();
        }
        assert_eq!(layout.workspaces().unwrap(), ["default", "a", "b"]);
        assert_eq!(layout.state("a"), dir.path().join("terraform.tfstate.d/a/terraform.tfstate"));
        assert_eq!(layout.state("default"), dir.path().join("terraform.tfstate"));
    }

    #[test]
    fn a_state_without_a_place_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let state = with_output(&State::default(), "x");
        let path = rescue(dir.path(), &state).unwrap();
        assert_eq!(v4::read(&fs::read(&path).unwrap()).unwrap().state.outputs, state.outputs);
        let unsaved = rescue(&dir.path().join("missing"), &state).unwrap_err();
        assert!(unsaved.json.contains("\"o\""));
    }
}

//! The store over a service made of a map, with somebody else in it and answers that get lost.

use std::collections::BTreeMap;

use super::*;
use crate::state::OutputValue;
use crate::state::remote::workspaces;
use crate::state::store::save;

/// A service in memory. What `before` holds runs before the call of that number.
#[derive(Default)]
struct Memory {
    objects: Mutex<BTreeMap<String, Content>>,
    items: Mutex<BTreeMap<String, String>>,
    calls: Mutex<Vec<String>>,
    /// Calls that are refused, by their names and what then happens.
    refuse: Mutex<Vec<(&'static str, Cause)>>,
    unconditional: bool,
}

impl Memory {
    fn called(&self, name: &'static str, key: &str) -> Result<(), Failure> {
        self.calls.lock().unwrap().push(format!("{name} {key}"));
        let mut refuse = self.refuse.lock().unwrap();
        match refuse.iter().position(|(refused, _)| *refused == name) {
            Some(at) => Err(failure(refuse.remove(at).1)),
            None => Ok(()),
        }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> String {
        let etag = format!("{}-{}", digest(bytes), self.calls.lock().unwrap().len());
        let content = Content { bytes: bytes.to_vec(), etag: etag.clone() };
        self.objects.lock().unwrap().insert(key.to_owned(), content);
        etag
    }

    fn etag(&self, key: &str) -> Option<String> {
        self.objects.lock().unwrap().get(key).map(|content| content.etag.clone())
    }
}

fn failure(cause: Cause) -> Failure {
    Failure {
        cause,
        said: "refused".into(),
        problem: Box::new(Diagnostic::error("Refused", "It was refused.")),
    }
}

impl Remote for Memory {
    fn get(&self, key: &str) -> Result<Option<Content>, Failure> {
        self.called("get", key)?;
        Ok(self.objects.lock().unwrap().get(key).cloned())
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        self.called("create", key)?;
        match self.etag(key) {
            _ if self.unconditional => Err(failure(Cause::Unsupported)),
            Some(_) => Err(failure(Cause::Condition)),
            None => Ok(self.put(key, bytes)),
        }
    }

    fn overwrite(&self, key: &str, bytes: &[u8], etag: Option<&str>) -> Result<String, Failure> {
        self.called("overwrite", key)?;
        match etag {
            Some(_) if self.unconditional => Err(failure(Cause::Unsupported)),
            Some(etag) if self.etag(key).as_deref() != Some(etag) => Err(failure(Cause::Condition)),
            _ => Ok(self.put(key, bytes)),
        }
    }

    fn remove(&self, key: &str) -> Result<(), Failure> {
        self.called("remove", key)?;
        self.objects.lock().unwrap().remove(key);
        Ok(())
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
    }

    fn item(&self, id: &str, _: &str) -> Result<Option<String>, Failure> {
        self.called("item", id)?;
        Ok(self.items.lock().unwrap().get(id).cloned())
    }

    fn add_item(&self, id: &str, _: &str, text: &str) -> Result<(), Failure> {
        self.called("add", id)?;
        if self.items.lock().unwrap().contains_key(id) {
            return Err(failure(Cause::Condition));
        }
        self.items.lock().unwrap().insert(id.to_owned(), text.to_owned());
        Ok(())
    }

    fn set_item(&self, id: &str, _: &str, text: &str) -> Result<(), Failure> {
        self.called("set", id)?;
        self.items.lock().unwrap().insert(id.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove_item(&self, id: &str) -> Result<(), Failure> {
        self.called("remove", id)?;
        self.items.lock().unwrap().remove(id);
        Ok(())
    }
}

fn place(lockfile: bool, table: bool) -> Place {
    Place { bucket: "b".into(), key: "k".into(), lockfile, table }
}

fn store(memory: &Arc<Memory>, place: Place) -> ObjectStore {
    ObjectStore::new(memory.clone(), place).with_pauses(0.0)
}

fn info() -> LockInfo {
    LockInfo::new("OperationTypeApply", "")
}

fn changed(state: &State, text: &str) -> State {
    let mut state = state.clone();
    let value = OutputValue { value: text.into(), ty: "string".into(), sensitive: false };
    state.outputs.insert("o".into(), value);
    state
}

fn change(store: &ObjectStore, text: &str) -> Result<State, StoreError> {
    let found = store.read()?.state;
    let mut next = changed(&found, text);
    save(store, &found, &mut next)?;
    Ok(next)
}

#[test]
fn a_run_reads_locks_writes_and_leaves_no_lock() {
    for (lockfile, table) in [(true, false), (false, true), (true, true), (false, false)] {
        let memory = Arc::new(Memory::default());
        let store = store(&memory, place(lockfile, table));
        store.lock(&info()).unwrap();
        let held = (memory.etag("k.tflock").is_some(), memory.items.lock().unwrap().contains_key("b/k"));
        assert_eq!(held, (lockfile, table));
        let first = change(&store, "one").unwrap();
        assert_eq!(change(&store, "two").unwrap().serial, 2);
        assert_eq!(store.read().unwrap().state.lineage, first.lineage);
        store.unlock().unwrap();
        assert_eq!(memory.objects.lock().unwrap().len(), 1);
        let digests = memory.items.lock().unwrap().clone();
        assert_eq!(digests.contains_key("b/k-md5"), table);
        assert_eq!(digests.len(), usize::from(table));
    }
}

#[test]
fn a_lock_keeps_others_out_and_names_its_holder() {
    for (lockfile, table) in [(true, false), (false, true), (true, true)] {
        let memory = Arc::new(Memory::default());
        let (ours, theirs) = (store(&memory, place(lockfile, table)), store(&memory, place(lockfile, table)));
        let held = info();
        ours.lock(&held).unwrap();
        let Err(StoreError::Locked(conflict)) = theirs.lock(&info()) else { panic!() };
        let holder = conflict.holder.unwrap();
        assert_eq!((holder.id.as_str(), holder.path.as_str()), (held.id.as_str(), "b/k"));
        assert!(theirs.force_unlock("123").unwrap_err().to_string().contains(&held.id));
        theirs.force_unlock(&held.id).unwrap();
        theirs.lock(&info()).unwrap();
        assert!(ours.unlock().is_err(), "what is there now is not ours");
        theirs.unlock().unwrap();
        assert!(theirs.force_unlock("123").is_err());
    }
}

#[test]
fn a_lock_that_only_one_place_grants_is_given_back_there() {
    let memory = Arc::new(Memory::default());
    let (table, both) = (store(&memory, place(false, true)), store(&memory, place(true, true)));
    table.lock(&info()).unwrap();
    assert!(matches!(both.lock(&info()), Err(StoreError::Locked(_))));
    assert!(memory.etag("k.tflock").is_none());
}

#[test]
fn the_lock_of_a_killed_run_is_given_back_by_the_next_one_here() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("claim");
    let memory = Arc::new(Memory::default());
    let of = || store(&memory, place(true, true)).with_claim(path.clone());
    let (first, second) = (of(), of());
    let held = info();
    first.lock(&held).unwrap();
    assert!(matches!(second.lock(&info()), Err(StoreError::Locked(_))), "the holder lives");
    // As a kill leaves it: both locks and the claim, without a process.
    first.inner().lock.take().unwrap().1.unwrap().keep();
    second.lock(&info()).unwrap();
    second.unlock().unwrap();
    assert!(memory.objects.lock().unwrap().is_empty() && !path.exists());
}

#[test]
fn what_another_wrote_is_not_overwritten() {
    for locked in [true, false] {
        let memory = Arc::new(Memory::default());
        let ours = store(&memory, place(true, false));
        if locked {
            ours.lock(&info()).unwrap();
        }
        let found = change(&ours, "one").unwrap();
        // Somebody without a lock.
        change(&store(&memory, place(false, false)), "theirs").unwrap();
        let error = save(&ours, &found, &mut changed(&found, "ours")).unwrap_err();
        assert!(matches!(error, StoreError::Moved { .. }), "{error}");
        assert_eq!(ours.read().unwrap().state.outputs["o"].value, "theirs");
        // The same content, put there anew, is no change.
        let (bytes, found) = (v4::write(&ours.read().unwrap().state), ours.read().unwrap().state);
        memory.put("k", &bytes);
        assert!(save(&ours, &found, &mut changed(&found, "ours")).unwrap());
    }
}

#[test]
fn a_condition_that_our_own_lost_write_breaks_is_no_conflict() {
    let memory = Arc::new(Memory::default());
    let ours = store(&memory, place(true, false));
    ours.lock(&info()).unwrap();
    let found = change(&ours, "one").unwrap();
    let mut next = changed(&found, "two");
    next.serial += 1;
    memory.put("k", &v4::write(&next));
    ours.replace(&found.version(), &next).unwrap();
    assert_eq!(change(&ours, "three").unwrap().serial, 3);
}

#[test]
fn a_service_without_conditions_is_compared_by_reading() {
    let memory = Arc::new(Memory { unconditional: true, ..Memory::default() });
    let ours = store(&memory, place(false, true));
    ours.lock(&info()).unwrap();
    let found = change(&ours, "one").unwrap();
    memory.put("k", &v4::write(&changed(&found, "theirs")));
    assert!(matches!(save(&ours, &found, &mut changed(&found, "ours")), Err(StoreError::Moved { .. })));
}

#[test]
fn a_digest_that_could_not_be_written_is_written_with_the_next_state() {
    let memory = Arc::new(Memory::default());
    let ours = store(&memory, place(false, true));
    ours.lock(&info()).unwrap();
    let found = change(&ours, "one").unwrap();
    memory.refuse.lock().unwrap().push(("set", Cause::Other));
    let mut next = changed(&found, "two");
    assert!(save(&ours, &found, &mut next).is_err());
    save(&ours, &found, &mut next).unwrap();
    assert_eq!(ours.read().unwrap().state.serial, 2);
}

#[test]
fn a_content_that_its_digest_is_not_of_is_not_taken() {
    let memory = Arc::new(Memory::default());
    let ours = store(&memory, place(false, true));
    change(&ours, "one").unwrap();
    let right = memory.items.lock().unwrap()["b/k-md5"].clone();
    for (stored, fits) in [("0".repeat(32), false), (right, true), ("00".to_owned(), true)] {
        memory.items.lock().unwrap().insert("b/k-md5".into(), stored);
        assert_eq!(ours.read().is_ok(), fits);
    }
    memory.objects.lock().unwrap().clear();
    memory.items.lock().unwrap().insert("b/k-md5".into(), "0".repeat(32));
    assert!(ours.read().is_err(), "a digest without a state is not an empty state");
    ours.delete().unwrap();
    assert!(ours.read().unwrap().state.is_empty());
}

#[test]
fn workspaces_are_found_by_their_keys() {
    let memory = Memory::default();
    for key in ["k", "env:/b/k", "env:/a/k", "env:/a/k.tflock", "env:/c/other", "env:/d/x/k", "env:k"] {
        memory.put(key, b"");
    }
    assert_eq!(workspaces(&memory, "env:/", "k").unwrap(), ["a", "b"]);
    assert_eq!(workspaces(&memory, "env:/", "x/k").unwrap(), ["d"]);
}

//! Locks of a state on a service: an object beside it, an item of the table, or both.
//! Knows nothing of what is locked, nor of who holds a lock of this process.

use super::ObjectStore;
use crate::state::lock::{Conflict, LockInfo};
use crate::state::remote::{Cause, Failure};
use crate::state::store::StoreError;

/// The attribute of a lock's item.
const INFO: &str = "Info";

impl ObjectStore {
    /// Takes both locks, or none.
    pub(super) fn acquire(&self, info: &LockInfo) -> Result<(), StoreError> {
        let text = serde_json::to_string(info).unwrap_or_default();
        let busy = |failure: Failure, holder: Option<LockInfo>| match holder {
            Some(holder) if holder.id == info.id => Ok(()),
            holder => Err(Conflict { cause: failure.said, holder: holder.map(Box::new) }.into()),
        };
        let settle = |result: Result<(), Failure>,
                      holder: &dyn Fn() -> Result<Option<LockInfo>, StoreError>| {
            match result {
                Ok(()) => Ok(()),
                // Who holds it is only for the message.
                Err(failure) if failure.cause == Cause::Condition => busy(failure, holder().ok().flatten()),
                Err(failure) => Err(self.failed("lock")(failure)),
            }
        };
        if self.place.lockfile {
            let created = self.remote.create(&self.place.lock_key(), text.as_bytes()).map(|_| ());
            settle(created, &|| self.file_holder())?;
        }
        if self.place.table {
            let added = self.remote.add_item(&self.place.path(), INFO, &text);
            let settled = settle(added, &|| self.item_holder());
            if settled.is_err() && self.place.lockfile {
                _ = self.remote.remove(&self.place.lock_key());
            }
            settled?;
        }
        Ok(())
    }

    /// Who holds the lock beside the state.
    fn file_holder(&self) -> Result<Option<LockInfo>, StoreError> {
        let found = self.remote.get(&self.place.lock_key()).map_err(self.failed("lock"))?;
        Ok(found.map(|content| serde_json::from_slice(&content.bytes).unwrap_or_default()))
    }

    /// Who holds the lock in the table.
    fn item_holder(&self) -> Result<Option<LockInfo>, StoreError> {
        let found = self.remote.item(&self.place.path(), INFO).map_err(self.failed("lock"))?;
        Ok(found.map(|text| serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Gives back what is held under an ID, and nothing else.
    pub(super) fn release(&self, id: &str) -> Result<(), StoreError> {
        let file = if self.place.lockfile { self.file_holder()? } else { None };
        let item = if self.place.table { self.item_holder()? } else { None };
        let other = [&file, &item].into_iter().flatten().find(|holder| holder.id != id);
        if let Some(holder) = other {
            return Err(StoreError::NotLocked { id: id.to_owned(), holder: Some(Box::new(holder.clone())) });
        }
        if file.is_none() && item.is_none() {
            return Err(StoreError::NotLocked { id: id.to_owned(), holder: None });
        }
        if file.is_some() {
            self.remote.remove(&self.place.lock_key()).map_err(self.failed("unlock"))?;
        }
        if item.is_some() {
            self.remote.remove_item(&self.place.path()).map_err(self.failed("unlock"))?;
        }
        Ok(())
    }
}

//! The store of states that a service keeps: an object, a lock in another object or in a table, a digest in the table.
//! Knows the service only as a [`Remote`].
//!
//! Keys, locks and digests are those of Terraform's `s3` backend (found by recording what 1.11 sends), so that both
//! programs work on one state and keep each other out.
//!
//! # How nothing is lost
//!
//! A state is written only over the content that was read, by the entity tag; where the service does not know such a
//! condition, and where no lock is held, the content is read again before. A refused condition is looked into: what is
//! there may be what we wrote ourselves, without hearing of it.

mod locks;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use md5::{Digest, Md5};

use super::State;
use super::claim::Claim;
use super::history::{History, Run};
use super::lock::LockInfo;
use super::remote::{Cause, Content, Failure, Remote};
use super::store::{Store, StoreError, Version};
use super::v4::{self, Read};
use crate::base::Diagnostic;

/// How often, and how long in all, a content is read again that is not the one its digest is of.
const DIGEST_PAUSE: Duration = Duration::from_secs(2);
const DIGEST_PATIENCE: Duration = Duration::from_secs(10);

/// How long the writer leaves between two versions of one run, each of which a versioned bucket keeps.
const PACE: Duration = Duration::from_secs(2);

/// The attribute of a digest's item.
const DIGEST: &str = "Digest";

/// Where a state is, and how it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// The key of the state.
    pub key: String,
    /// Whether a lock is an object beside the state.
    pub lockfile: bool,
    /// Whether a lock is an item of the table, which then has the state's digest, too.
    pub table: bool,
}

impl Place {
    /// `bucket/key`, as locks call it.
    fn path(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }

    fn lock_key(&self) -> String {
        format!("{}.tflock", self.key)
    }

    fn digest_id(&self) -> String {
        format!("{}-md5", self.path())
    }
}

/// One state on a service.
pub struct ObjectStore {
    remote: Arc<dyn Remote>,
    place: Place,
    history: Option<(History, Run)>,
    claim: Option<PathBuf>,
    pauses: f64,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    lock: Option<(LockInfo, Option<Claim>)>,
    known: Option<Known>,
    /// The version that was replaced by a write whose digest is missing, so that the write can be tried again.
    half: Option<Version>,
    wrote: bool,
}

/// What was there when it was last looked at.
#[derive(Clone)]
struct Known {
    /// `None` where there is nothing.
    content: Option<Content>,
    version: Version,
}

impl Known {
    fn bytes(&self) -> &[u8] {
        self.content.as_ref().map_or(&[], |content| &content.bytes)
    }
}

impl ObjectStore {
    /// The state at a place.
    pub fn new(remote: Arc<dyn Remote>, place: Place) -> Self {
        ObjectStore { remote, place, history: None, claim: None, pauses: 1.0, inner: Mutex::default() }
    }

    /// Keeps earlier versions: the content before the first write of this run and after its last.
    #[must_use]
    pub fn with_history(mut self, history: History, run: Run) -> Self {
        self.history = Some((history, run));
        self
    }

    /// A file that says which locks this machine holds: the lock of a killed run of this directory is then given back by
    /// the next one.
    #[must_use]
    pub fn with_claim(mut self, path: PathBuf) -> Self {
        self.claim = Some(path);
        self
    }

    /// What every pause is multiplied by.
    #[must_use]
    pub fn with_pauses(mut self, factor: f64) -> Self {
        self.pauses = factor;
        self
    }

    /// Removes the state, with its digest. A lock stays.
    ///
    /// # Errors
    /// What the service said.
    pub fn delete(&self) -> Result<(), StoreError> {
        self.remote.remove(&self.place.key).map_err(self.failed("delete"))?;
        if self.place.table {
            self.remote.remove_item(&self.place.digest_id()).map_err(self.failed("delete"))?;
        }
        self.inner().known = None;
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, action: &'static str) -> impl Fn(Failure) -> StoreError {
        move |failure| StoreError::Service { action, problem: failure.problem }
    }

    /// Reads what is there, and waits a little for the content that the digest is of.
    fn fetch(&self) -> Result<(Known, Read), StoreError> {
        let mut waited = Duration::ZERO;
        loop {
            let content = self.remote.get(&self.place.key).map_err(self.failed("read"))?;
            let bytes = content.as_ref().map_or(&[][..], |content| &content.bytes);
            match self.strange_digest(content.as_ref())? {
                Some(_) if waited < DIGEST_PATIENCE => {
                    std::thread::sleep(DIGEST_PAUSE.mul_f64(self.pauses.clamp(0.0, 1.0)));
                    waited += DIGEST_PAUSE;
                    continue;
                }
                Some(expected) => return Err(self.unexpected(bytes, &expected)),
                None => {}
            }
            let parsed = if content.is_none() { Ok(Read::default()) } else { v4::read(bytes) };
            let read = parsed.map_err(|source| StoreError::Read { path: self.location(), source })?;
            return Ok((Known { content, version: read.state.version() }, read));
        }
    }

    /// The digest that is stored, if the content has another.
    fn strange_digest(&self, content: Option<&Content>) -> Result<Option<String>, StoreError> {
        if !self.place.table {
            return Ok(None);
        }
        let stored = self.remote.item(&self.place.digest_id(), DIGEST).map_err(self.failed("read"))?;
        let is_digest = |text: &String| text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let found = content.map(|content| digest(&content.bytes));
        Ok(stored.filter(is_digest).filter(|stored| found.as_deref() != Some(stored.as_str())))
    }

    fn unexpected(&self, bytes: &[u8], expected: &str) -> StoreError {
        let found = if bytes.is_empty() { "none: there is no state".to_owned() } else { digest(bytes) };
        let problem = Diagnostic::error(
            "State data in S3 does not have the expected content",
            format!(
                "The checksum calculated for the state stored in S3 does not match the checksum stored in \
                 DynamoDB.\n\nBucket: {}\nKey:    {}\nCalculated checksum: {found}\nStored checksum:     \
                 {expected}\n\nThis may be caused by unusually long delays in S3 processing a previous state update. \
                 Please wait for a minute or two and try again.\n\nIf this problem persists, and neither S3 nor DynamoDB \
                 are experiencing an outage, you may need to manually verify the remote state and update the Digest \
                 value stored in the DynamoDB table, in the item {:?}, to the calculated checksum.",
                self.place.bucket,
                self.place.key,
                self.place.digest_id()
            ),
        );
        StoreError::Service { action: "read", problem: Box::new(problem) }
    }

    /// Puts new content over known content.
    fn put(&self, known: &Known, bytes: &[u8]) -> Result<Content, StoreError> {
        let key = &self.place.key;
        let conditional = |known: Option<&Content>| match known {
            None => self.remote.create(key, bytes),
            Some(content) => self.remote.overwrite(key, bytes, Some(&content.etag)),
        };
        let landed = |etag: String| Content { bytes: bytes.to_vec(), etag };
        let failure = match conditional(known.content.as_ref()) {
            Ok(etag) => return Ok(landed(etag)),
            Err(failure) => failure,
        };
        if failure.cause == Cause::Other {
            return Err(self.failed("write")(failure));
        }
        let there = self.remote.get(key).map_err(self.failed("write"))?;
        match there {
            Some(there) if there.bytes == bytes => return Ok(there),
            _ if there.as_ref().map_or(&[][..], |there| &there.bytes) != known.bytes() => {
                let found = there.and_then(|there| v4::read(&there.bytes).ok());
                let found = found.map_or_else(Version::default, |read| read.state.version());
                return Err(self.moved(&known.version, found));
            }
            _ => {}
        }
        // The same content all the same: put there anew by somebody, or the service knows no conditions.
        let again = match failure.cause {
            Cause::Unsupported => self.remote.overwrite(key, bytes, None),
            _ => conditional(there.as_ref()),
        };
        again.map(landed).map_err(self.failed("write"))
    }

    fn moved(&self, expected: &Version, found: Version) -> StoreError {
        StoreError::Moved { path: self.location(), expected: expected.clone(), found }
    }

    /// The history is a convenience: that it cannot be written never stops a run.
    fn remember(&self, known: &Known) {
        if let (Some((history, run)), Some(content)) = (&self.history, &known.content) {
            _ = history.keep(&known.version, &content.bytes, run);
        }
    }

    fn locks(&self) -> bool {
        self.place.lockfile || self.place.table
    }
}

impl Store for ObjectStore {
    fn location(&self) -> String {
        format!("s3://{}", self.place.path())
    }

    fn read(&self) -> Result<Read, StoreError> {
        let (known, read) = self.fetch()?;
        self.inner().known = Some(known);
        Ok(read)
    }

    fn replace(&self, expected: &Version, state: &State) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let safe = inner.lock.is_some() && self.locks();
        let known = match inner.known.clone().filter(|_| safe || inner.half.is_some()) {
            Some(known) => known,
            None => self.fetch()?.0,
        };
        if known.version != *expected && inner.half.as_ref() != Some(expected) {
            return Err(self.moved(expected, known.version));
        }
        if !inner.wrote {
            self.remember(&known);
            inner.wrote = true;
        }
        let bytes = v4::write(state);
        let content = self.put(&known, &bytes)?;
        inner.known = Some(Known { content: Some(content), version: state.version() });
        inner.half = None;
        if self.place.table {
            let noted = self.remote.set_item(&self.place.digest_id(), DIGEST, &digest(&bytes));
            noted.map_err(|failure| {
                inner.half = Some(expected.clone());
                self.failed("write")(failure)
            })?;
        }
        Ok(())
    }

    fn lock(&self, info: &LockInfo) -> Result<(), StoreError> {
        let info = LockInfo { path: self.place.path(), ..info.clone() };
        let mut inner = self.inner();
        let claim = match &self.claim {
            // Without a claim a kill leaves a lock that a person must take away, as Terraform does.
            Some(path) if self.locks() => Claim::take(path, &info.id).ok().flatten(),
            _ => None,
        };
        let taken = match self.acquire(&info) {
            Err(StoreError::Locked(conflict)) => {
                let dead = conflict.holder.as_ref().map(|holder| holder.id.as_str());
                match dead.filter(|id| claim.as_ref().is_some_and(|claim| claim.is_left(id))) {
                    Some(id) => self.release(id).and_then(|()| self.acquire(&info)),
                    None => Err(StoreError::Locked(conflict)),
                }
            }
            other => other,
        };
        match taken {
            Ok(()) => {
                *inner = Inner { lock: Some((info, claim)), ..Inner::default() };
                Ok(())
            }
            Err(error) => {
                // Nobody knows what became of a request without an answer.
                if let (Some(claim), false) = (claim, matches!(error, StoreError::Locked(_))) {
                    claim.keep();
                }
                Err(error)
            }
        }
    }

    fn unlock(&self) -> Result<(), StoreError> {
        let mut inner = self.inner();
        let Some((info, claim)) = inner.lock.take() else { return Ok(()) };
        if inner.wrote
            && let Some(known) = &inner.known
        {
            self.remember(known);
        }
        if !self.locks() {
            return Ok(());
        }
        let released = self.release(&info.id);
        if let (Err(StoreError::Service { .. }), Some(claim)) = (&released, claim) {
            claim.keep();
        }
        released
    }

    fn force_unlock(&self, id: &str) -> Result<(), StoreError> {
        self.release(id)
    }

    fn pace(&self) -> Duration {
        PACE.mul_f64(self.pauses.clamp(0.0, 1.0))
    }

    fn history(&self) -> Option<&History> {
        self.history.as_ref().map(|(history, _)| history)
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        _ = self.unlock();
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

#[cfg(test)]
mod tests;

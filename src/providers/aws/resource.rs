//! The kit a resource type is made of: what every type says of itself, and what surrounds it while it acts.
//! Knows no type; `mod.rs` holds the registry.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::client::Session;
use super::config::Settings;
use crate::base::{Diagnostics, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, DataType, Description, Environment, ImportResponse,
    PlanRequest, PlanResponse, ReadRequest, ReadResponse, ResourceType, SettleRequest, Settled,
};

/// A managed resource type. `plan` gets what the schema alone says; the others call the service.
pub(super) trait Resource: Send + Sync {
    /// Its declaration.
    fn declaration(&self) -> &'static ResourceType;

    /// Rules between attributes.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Completes the plan.
    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse;

    /// Reads an object.
    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse>;

    /// Creates an object.
    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse>;

    /// Updates an object.
    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse>;

    /// Deletes an object.
    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse>;

    /// Whether a call of a killed run landed.
    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled>;

    /// The object an import id names, complete enough to be read.
    ///
    /// # Errors
    /// When the id does not have the form the declaration asks for.
    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics>;

    /// An object that was just imported, with what its configuration says of it and no call answers, as far as that is
    /// true.
    fn adopt(&self, object: Value, config: &Value) -> Value {
        let _ = config;
        object
    }

    /// What a configuration for an object that was just read would say. What is derived for every type is left
    /// out already.
    fn describe<'a>(&'a self, link: &'a Link, object: Value) -> BoxFuture<'a, Description> {
        let _ = link;
        Box::pin(async { Description::of(object) })
    }

    /// What reading the object asks for through [`Link::once`], if reading others is better off for knowing that it is
    /// asked for anyway.
    fn asks(&self, _prior: &Value) -> Option<String> {
        None
    }

    /// Attributes of older schema versions, and derived ones that state does not hold.
    fn upgrade(&self, attributes: serde_json::Value) -> serde_json::Value {
        attributes
    }
}

/// A data source type.
pub(super) trait Data: Send + Sync {
    /// Its declaration.
    fn declaration(&self) -> &'static DataType;

    /// Puts back what state files do not hold of it.
    fn restore(&self, attributes: serde_json::Value) -> serde_json::Value {
        attributes
    }

    /// Fills in the computed attributes of a configuration.
    fn read<'a>(&'a self, link: &'a Link, config: &'a Value) -> BoxFuture<'a, Result<Value, Diagnostics>>;
}

/// One step of an apply, with all that surrounds it.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    /// The connection.
    pub(super) link: &'a Link,
    /// The session of the connection.
    pub(super) session: &'a Session,
    /// What to do.
    pub(super) request: &'a ApplyRequest,
    /// The journal, and the wish to end.
    pub(super) context: ApplyContext<'a>,
}

impl Step<'_> {
    /// The object as it was; null when there was none.
    pub(super) fn prior(&self) -> &Value {
        self.request.prior.as_ref().unwrap_or(&Value::NULL)
    }

    /// The object as it shall be; null when it shall go.
    pub(super) fn planned(&self) -> &Value {
        self.request.planned.as_ref().unwrap_or(&Value::NULL)
    }

    /// A response that leaves the object as it was.
    pub(super) fn unchanged(&self, problems: impl Into<Diagnostics>) -> ApplyResponse {
        ApplyResponse {
            object: self.request.prior.clone(),
            private: self.request.private.clone(),
            problems: problems.into(),
            ..ApplyResponse::default()
        }
    }
}

/// What all objects of one provider configuration share.
pub(super) struct Link {
    /// The provider block.
    pub(super) settings: Settings,
    /// Where we run.
    pub(super) environment: Environment,
    session: OnceCell<Result<Session, Diagnostics>>,
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    revised: Mutex<HashSet<(String, String)>>,
    batch: Mutex<HashMap<(TypeId, String), Shared>>,
    asked: Mutex<HashSet<String>>,
    uploads: Semaphore,
}

/// An answer of some type, read once: an [`OnceCell`].
type Shared = Arc<dyn Any + Send + Sync>;

/// How much may be held in memory for uploads at a time, in MiB; each upload is held about three times (as read, as sent,
/// encoded).
const UPLOADS: u32 = 256;

impl Link {
    /// A link that has not connected yet.
    pub(super) fn new(settings: Settings, environment: Environment) -> Self {
        Link {
            settings,
            environment,
            session: OnceCell::new(),
            locks: Mutex::default(),
            revised: Mutex::default(),
            batch: Mutex::default(),
            asked: Mutex::default(),
            uploads: Semaphore::new(UPLOADS as usize),
        }
    }

    /// The session, opened on first use. A failure is remembered, so that it is reported once and costs its time once.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(super) async fn session(&self) -> Result<&Session, Diagnostics> {
        let opened = self.session.get_or_init(|| Session::open(&self.settings, &self.environment)).await;
        opened.as_ref().map_err(Clone::clone)
    }

    /// The region; asks nobody for credentials.
    ///
    /// # Errors
    /// When none is configured.
    pub(super) async fn region(&self) -> Result<String, Diagnostics> {
        super::client::region(&self.settings, &self.environment).await
    }

    /// What several objects of one batch of reads need: whoever asks for `key` first reads it, the others get the same.
    pub(super) async fn once<T: Clone + Send + Sync + 'static>(
        &self,
        key: String,
        read: impl Future<Output = T>,
    ) -> T {
        let cell = {
            let mut batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || -> Shared { Arc::new(OnceCell::<T>::new()) };
            batch.entry((TypeId::of::<T>(), key)).or_insert_with(new).clone()
        };
        match cell.downcast::<OnceCell<T>>() {
            Ok(cell) => cell.get_or_init(|| read).await.clone(),
            // Never, since the type is part of the key.
            Err(_) => read.await,
        }
    }

    /// Begins a batch of reads, with what its objects say they ask for. What was shared before is forgotten.
    pub(super) fn begin_batch(&self, asked: impl Iterator<Item = String>) {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
    }

    /// Whether an object of this batch asks for that anyway.
    pub(super) fn is_asked(&self, key: &str) -> bool {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// What follows `prefix` in everything that objects of this batch ask for.
    pub(super) fn asked_after(&self, prefix: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<String> =
            asked.iter().filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned).collect();
        found.sort();
        found
    }

    /// Ends a batch of reads: the next one asks anew.
    pub(super) fn end_batch(&self) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Waits for the turn on one function, by its name or ARN: Lambda takes one change of a function at a time.
    pub(super) async fn lock(&self, function: &str) -> tokio::sync::OwnedMutexGuard<()> {
        let function = super::arn::function_name(function);
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(function.to_owned()).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// Notes that the policy of a function, or of a version or alias of it, was changed from here: that gives it a new
    /// revision.
    pub(super) fn revise(&self, function: &str, qualifier: Option<&str>) {
        self.revised.lock().unwrap_or_else(PoisonError::into_inner).insert(named(function, qualifier));
    }

    /// The revision that a call may insist on: the one the plan was made for, unless it was changed from here since.
    pub(super) fn revision(
        &self,
        function: &str,
        qualifier: Option<&str>,
        planned: Option<&Arc<str>>,
    ) -> Option<Arc<str>> {
        let revised = self.revised.lock().unwrap_or_else(PoisonError::into_inner);
        planned.filter(|_| !revised.contains(&named(function, qualifier))).cloned()
    }

    /// Waits until there is room for an upload of this many bytes; the room is taken until the answer is dropped.
    pub(super) async fn room(&self, bytes: u64) -> Option<SemaphorePermit<'_>> {
        let mebibytes = u32::try_from(bytes / (1024 * 1024)).unwrap_or(UPLOADS).clamp(1, UPLOADS);
        self.uploads.acquire_many(mebibytes).await.ok()
    }

    /// Where the manifests of deployed packages are kept.
    pub(super) fn manifests(&self) -> PathBuf {
        self.environment.data_dir.join("manifests")
    }
}

fn named(function: &str, qualifier: Option<&str>) -> (String, String) {
    (super::arn::function_name(function).to_owned(), qualifier.unwrap_or_default().to_owned())
}

//! `Bucket`: the states of a `backend "s3"`, by waiting for the AWS provider's bucket.
//! Knows nothing of keys' contents; `state::object_store` does.

use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::base::{Diagnostic, Value};
use crate::provider::Environment;
use crate::providers::aws::backend as s3;
use crate::state::history::History;
use crate::state::local::DEFAULT_WORKSPACE;
use crate::state::object_store::{ObjectStore, Place};
use crate::state::remote::{Cause, Content, Failure, Remote, workspaces};
use crate::state::{State, Store as _, StoreError};

use super::super::error::CommandError;
use super::super::operation;
use super::super::session::Session;
use super::settings::Settings;

/// The directory under the data directory with a directory for each state in S3, for what lies beside it.
const BESIDE: &str = "s3";

/// The states of all workspaces.
pub struct Bucket {
    arguments: Value,
    remote: Arc<dyn Remote>,
    pauses: f64,
}

impl Bucket {
    /// Opens the bucket that settings name. Asks nobody but for credentials.
    ///
    /// # Errors
    /// No region, no credentials.
    pub fn open(session: &Session, settings: &Settings) -> Result<Bucket, CommandError> {
        let tempo = operation::tempo(session, false);
        let environment = Environment { tempo, ..Environment::default() };
        // A thread that goes on with the connections while nobody waits for an answer.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|error| {
            CommandError::problem("lambdaform could not start", format!("Starting threads: {error}."))
        })?;
        let opened = runtime.block_on(s3::Bucket::open(&settings.arguments, &environment))?;
        let remote = Arc::new(Waiting { bucket: Arc::new(opened), runtime: Some(runtime) });
        Ok(Bucket { arguments: settings.arguments.clone(), remote, pauses: tempo.pauses })
    }

    fn is(&self, name: &str) -> bool {
        self.arguments.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.arguments.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn object(&self, workspace: &str) -> Place {
        Place {
            bucket: self.text("bucket").unwrap_or_default(),
            key: s3::key(&self.arguments, workspace),
            lockfile: self.is("use_lockfile"),
            table: self.text("dynamodb_table").is_some(),
        }
    }

    /// The directory of what lies beside a workspace's state on this machine: named by a digest of where the state is, so
    /// that the journal of one state is never taken for another's.
    pub fn beside(&self, session: &Session, workspace: &str) -> PathBuf {
        let Place { bucket, key, .. } = self.object(workspace);
        let digest = hex::encode(Sha256::digest(format!("{bucket}/{key}")));
        session.data_dir(false).join(BESIDE).join(digest.get(..16).unwrap_or_default())
    }

    /// The state of a workspace.
    pub fn store(&self, session: &Session, workspace: &str) -> ObjectStore {
        let dir = self.beside(session, workspace);
        ObjectStore::new(self.remote.clone(), self.object(workspace))
            .with_history(History::new(dir.join("history")), super::run(session))
            .with_claim(dir.join("lock"))
            .with_pauses(self.pauses)
    }

    /// The names of the workspaces: the default one, then the others in order.
    ///
    /// # Errors
    /// What S3 answered.
    pub fn workspaces(&self) -> Result<Vec<String>, CommandError> {
        let key = s3::key(&self.arguments, DEFAULT_WORKSPACE);
        let mut names = workspaces(&*self.remote, &s3::prefix(&self.arguments), &key).map_err(|failure| {
            let error = StoreError::Service { action: "list", problem: failure.problem };
            CommandError::from(error.diagnostic())
        })?;
        names.insert(0, DEFAULT_WORKSPACE.to_owned());
        Ok(names)
    }

    /// Makes a workspace: as in Terraform, an empty state says that it is there.
    ///
    /// # Errors
    /// What S3 answered.
    pub fn create(&self, session: &Session, workspace: &str) -> Result<(), CommandError> {
        let store = self.store(session, workspace);
        let _lock = super::lock(&store, session, "init", std::time::Duration::ZERO, |_| false)?;
        let found = store.read().map_err(super::failed)?.state;
        if found.lineage.is_empty() {
            let lineage = uuid::Uuid::new_v4().to_string();
            let empty = State { serial: 1, lineage, ..State::default() };
            store.replace(&found.version(), &empty).map_err(super::failed)?;
        }
        Ok(())
    }
}

/// The provider's bucket for those who wait. Calls run on a thread of their own, so that they may be waited for anywhere.
struct Waiting {
    bucket: Arc<s3::Bucket>,
    runtime: Option<Runtime>,
}

impl Waiting {
    fn wait<T, F>(&self, call: impl FnOnce(Arc<s3::Bucket>) -> F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, s3::Failure>> + Send + 'static,
    {
        let stopped = || {
            let problem =
                Diagnostic::error("No answer from the service", "The thread that waits for it has ended.");
            Failure { cause: Cause::Other, said: problem.detail.clone(), problem: Box::new(problem) }
        };
        let runtime = self.runtime.as_ref().ok_or_else(stopped)?;
        let (answer, answered) = mpsc::channel();
        let call = call(self.bucket.clone());
        runtime.spawn(async move {
            // Whoever asked waits for it.
            answer.send(call.await).ok();
        });
        answered.recv().map_err(|_| stopped())?.map_err(failure)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn failure(failure: s3::Failure) -> Failure {
    let s3::Failure { cause, said, problem } = failure;
    let cause = match cause {
        s3::Cause::Condition => Cause::Condition,
        s3::Cause::Unsupported => Cause::Unsupported,
        s3::Cause::Other => Cause::Other,
    };
    Failure { cause, said, problem: Box::new(problem) }
}

impl Remote for Waiting {
    fn get(&self, key: &str) -> Result<Option<Content>, Failure> {
        let key = key.to_owned();
        let found = self.wait(|bucket| async move { bucket.get(&key).await })?;
        Ok(found.map(|(bytes, etag)| Content { bytes, etag }))
    }

    fn create(&self, key: &str, bytes: &[u8]) -> Result<String, Failure> {
        let (key, bytes) = (key.to_owned(), bytes.to_vec());
        self.wait(|bucket| async move { bucket.create(&key, bytes).await })
    }

    fn overwrite(&self, key: &str, bytes: &[u8], etag: Option<&str>) -> Result<String, Failure> {
        let (key, bytes, etag) = (key.to_owned(), bytes.to_vec(), etag.map(str::to_owned));
        self.wait(|bucket| async move { bucket.overwrite(&key, bytes, etag.as_deref()).await })
    }

    fn remove(&self, key: &str) -> Result<(), Failure> {
        let key = key.to_owned();
        self.wait(|bucket| async move { bucket.remove(&key).await })
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let prefix = prefix.to_owned();
        self.wait(|bucket| async move { bucket.keys(&prefix).await })
    }

    fn item(&self, id: &str, attribute: &str) -> Result<Option<String>, Failure> {
        let (id, attribute) = (id.to_owned(), attribute.to_owned());
        self.wait(|bucket| async move { bucket.item(&id, &attribute).await })
    }

    fn add_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure> {
        let (id, attribute, text) = (id.to_owned(), attribute.to_owned(), text.to_owned());
        self.wait(|bucket| async move { bucket.add_item(&id, &attribute, &text).await })
    }

    fn set_item(&self, id: &str, attribute: &str, text: &str) -> Result<(), Failure> {
        let (id, attribute, text) = (id.to_owned(), attribute.to_owned(), text.to_owned());
        self.wait(|bucket| async move { bucket.set_item(&id, &attribute, &text).await })
    }

    fn remove_item(&self, id: &str) -> Result<(), Failure> {
        let id = id.to_owned();
        self.wait(|bucket| async move { bucket.remove_item(&id).await })
    }
}

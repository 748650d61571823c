//! The writer: a thread that keeps a store up to date while a run goes on, without anybody waiting for it.
//! Knows nothing of steps; it is told that something changed and asks for the newest state when it is ready to write.
//!
//! Changes that come while it writes are written together by the next write, so a hundred steps that end together cost two
//! or three writes; a store may ask for more room between two ([`Store::pace`]), which is kept unless somebody waits. What
//! is not written yet is in the journal: see [`super::journal`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use super::State;
use super::journal::{Journal, JournalError, Position};
use super::store::{Store, StoreError, save};

/// A state, and how many of the journal's steps it holds the results of.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The state; its serial and lineage are set by the writer.
    pub state: State,
    /// The position of [`Journal::end_step`] up to which the results are in it.
    pub position: Position,
}

/// Why the newest state is not in the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteError {
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] Arc<StoreError>),
    /// It is in the store, but the journal does not say so.
    #[error(transparent)]
    Journal(#[from] Arc<JournalError>),
    /// The writer is gone.
    #[error("the thread that writes the state has stopped")]
    Stopped,
}

/// A state as its store has it, or why it does not.
#[derive(Debug)]
pub struct Finished {
    /// The newest state, with the serial and lineage of the store or those it would have got.
    pub state: State,
    /// Why it is not in the store: keep it with [`super::local::rescue`].
    pub error: Option<WriteError>,
}

/// Writes the newest state in the background.
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<State>>,
}

struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    /// Raised by every touch; `done` follows it.
    touched: u64,
    done: u64,
    /// Of the last write.
    error: Option<WriteError>,
    /// Whether somebody waits for the next write.
    urgent: bool,
    stop: bool,
    stopped: bool,
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, inner: MutexGuard<'a, Inner>) -> MutexGuard<'a, Inner> {
        self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    /// Starts a writer. `prior` is the state as the store has it. `newest` is asked for what to write, from the
    /// writer's thread; position and state have to be taken together, under the lock that guards both.
    pub fn start(
        store: Arc<dyn Store>,
        journal: Option<Arc<Journal>>,
        prior: State,
        newest: impl Fn() -> Snapshot + Send + 'static,
    ) -> Self {
        let shared = Arc::new(Shared { inner: Mutex::default(), changed: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            let mut prior = prior;
            let work = || run(&of_thread, &*store, journal.as_deref(), &mut prior, &newest);
            // Waiters must hear of it whatever happens.
            _ = catch_unwind(AssertUnwindSafe(work));
            of_thread.inner().stopped = true;
            of_thread.changed.notify_all();
            prior
        });
        Writer { shared, thread: Some(thread) }
    }

    /// Says that something changed. Returns at once.
    pub fn touch(&self) {
        self.shared.inner().touched += 1;
        self.shared.changed.notify_all();
    }

    /// Waits until everything that was touched before is in the store.
    ///
    /// # Errors
    /// A [`WriteError`], if the last write failed. The next touch tries again.
    pub fn flush(&self) -> Result<(), WriteError> {
        let mut inner = self.shared.inner();
        let wanted = inner.touched;
        inner.urgent = true;
        self.shared.changed.notify_all();
        while inner.done < wanted && !inner.stopped {
            inner = self.shared.wait(inner);
        }
        match &inner.error {
            _ if inner.done < wanted => Err(WriteError::Stopped),
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Writes what is left and ends; gives the newest state.
    pub fn finish(mut self) -> Finished {
        self.touch();
        let error = self.flush().err();
        let state = self.stop().unwrap_or_default();
        Finished { state, error }
    }

    fn stop(&mut self) -> Option<State> {
        self.shared.inner().stop = true;
        self.shared.changed.notify_all();
        self.thread.take()?.join().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        _ = self.stop();
    }
}

fn run(
    shared: &Shared,
    store: &dyn Store,
    journal: Option<&Journal>,
    newest_written: &mut State,
    newest: &dyn Fn() -> Snapshot,
) {
    // What the store has: differs from the newest state when a write failed.
    let mut prior = newest_written.clone();
    let mut due = Instant::now();
    loop {
        let reach = {
            let mut inner = shared.inner();
            while inner.touched == inner.done && !inner.stop {
                inner = shared.wait(inner);
            }
            if inner.touched == inner.done {
                return;
            }
            while let Some(left) = due.checked_duration_since(Instant::now())
                && !(inner.stop || inner.urgent || left.is_zero())
            {
                inner = shared.changed.wait_timeout(inner, left).map_or_else(|e| e.into_inner().0, |w| w.0);
            }
            inner.urgent = false;
            inner.touched
        };
        let Snapshot { mut state, position } = newest();
        let mut result = save(store, &prior, &mut state).map_err(|e| WriteError::from(Arc::new(e)));
        if result.is_ok() {
            prior.clone_from(&state);
            let noted = journal.map_or(Ok(()), |journal| journal.saved(prior.version(), position));
            if let Err(error) = noted {
                result = Err(WriteError::from(Arc::new(error)));
            }
        }
        *newest_written = state;
        due = Instant::now() + store.pace();
        let mut inner = shared.inner();
        inner.done = reach;
        inner.error = result.err();
        shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::OutputValue;
    use crate::state::local::LocalStore;

    #[test]
    fn the_newest_state_is_in_the_store_after_a_flush() {
        let dir = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(LocalStore::new(dir.path().join("s")));
        let state = Arc::new(Mutex::new(State::default()));
        let source = Arc::clone(&state);
        let newest =
            move || Snapshot { state: source.lock().unwrap().clone(), position: Position::default() };
        let writer = Writer::start(Arc::clone(&store), None, State::default(), newest);
        for i in 0..50 {
            let value = OutputValue { value: i.into(), ty: "number".into(), sensitive: false };
            state.lock().unwrap().outputs.insert("o".into(), value);
            writer.touch();
        }
        writer.flush().unwrap();
        let read = store.read().unwrap().state;
        assert_eq!(read.outputs, state.lock().unwrap().outputs);
        assert!(read.serial <= 50);
        let finished = writer.finish();
        assert!(finished.error.is_none());
        assert_eq!(finished.state.version(), read.version());
    }

    #[test]
    fn what_the_store_does_not_take_is_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        std::fs::write(&path, "no state").unwrap();
        let store: Arc<dyn Store> = Arc::new(LocalStore::new(&path));
        let mut state = State::default();
        let value = OutputValue { value: 1.into(), ty: "number".into(), sensitive: false };
        state.outputs.insert("o".into(), value);
        let wanted = state.clone();
        let newest = move || Snapshot { state: state.clone(), position: Position::default() };
        let writer = Writer::start(store, None, State::default(), newest);
        writer.touch();
        assert!(matches!(writer.flush(), Err(WriteError::Store(_))));
        let finished = writer.finish();
        assert!(finished.error.is_some());
        assert!(finished.state.same_content(&wanted));
        assert!(!finished.state.lineage.is_empty());
        assert_eq!(std::fs::read(&path).unwrap(), b"no state");
    }
}

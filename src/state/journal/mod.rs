//! The journal: what a run is about to do, on the disk before it does it, and how it went.
//! Knows nothing of what steps and calls mean; whoever reads it back settles what was left open.
//!
//! # What it guarantees
//!
//! [`Journal::begin_step`] and [`Journal::begin_call`] return when their record is on the disk, so no request leaves
//! this machine without a trace. Ends are written but not waited for: a killed process loses none of them, and a machine
//! that lost its power shows the step as open, which is settled by looking at what is really there. [`Journal::saved`]
//! notes up to where the state file holds the results. So at any moment the last written state, the results after the
//! last such note and the open steps together account for everything that was done.
//!
//! Each run has a file of its own, one JSON record per line, which is removed when the run has ended with nothing open
//! and everything saved. What is found by [`open_runs`] was interrupted.

mod record;
mod replay;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub use record::{CallBegin, CallId, CallOutcome, Position, RunBegin, StepBegin, StepId, StepOutcome};
pub use replay::{Intent, OpenRun, open_runs};

use super::history::private_dir;
use super::lock::private;
use super::rewrite::sync_parent;
use super::store::Version;
use record::Record;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("The journal {} cannot be used: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A line before the last one cannot be read.
    #[error(
        "Line {line} of the journal {} cannot be read. It tells what an interrupted run did, so it was kept and nothing \
         was changed. Compare the real resources with the state, then move the journal away", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// The journal of this run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    inner: Mutex<Inner>,
    synced: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    /// The next id of a step or a call.
    next: u64,
    open: u64,
    ended: Position,
    saved: Position,
    /// Lines written, and how many of them are on the disk for sure.
    written: u64,
    durable: u64,
    syncing: bool,
    /// Set when the file system failed; nothing can be promised from then on.
    broken: Option<io::ErrorKind>,
}

impl Journal {
    /// Begins a journal in a directory, which is made if need be.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn begin(dir: &Path, run: RunBegin) -> Result<Journal, JournalError> {
        let stamp = jiff::Timestamp::now().as_nanosecond();
        let path = dir.join(format!("{stamp}-{}.jsonl", run.pid));
        let open = || -> io::Result<File> {
            private_dir(dir)?;
            let file = private().create_new(true).open(&path)?;
            sync_parent(&path)?;
            Ok(file)
        };
        let file = open().map_err(|source| JournalError::Io { path: path.clone(), source })?;
        let journal = Journal { path, file, inner: Mutex::default(), synced: Condvar::new() };
        journal.append(|_| Record::Run(run)).and_then(|(line, ())| journal.sync(line))?;
        Ok(journal)
    }

    /// Notes a step; returns when the note is on the disk. Waits for the disk: callers at the same time share one wait.
    ///
    /// # Errors
    /// [`JournalError::Io`]; the step must not be taken then.
    pub fn begin_step(&self, step: StepBegin) -> Result<StepId, JournalError> {
        let (line, id) = self.append_new(|id| Record::Step { id: StepId(id), step: Box::new(step) })?;
        self.sync(line)?;
        Ok(StepId(id))
    }

    /// Notes a call; returns when the note is on the disk, as [`Journal::begin_step`] does.
    ///
    /// # Errors
    /// [`JournalError::Io`]; the call must not be made then.
    pub fn begin_call(&self, call: CallBegin) -> Result<CallId, JournalError> {
        let (line, id) = self.append_new(|id| Record::Call { id: CallId(id), call })?;
        self.sync(line)?;
        Ok(CallId(id))
    }

    /// Notes how a call went.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn end_call(&self, id: CallId, outcome: CallOutcome) -> Result<(), JournalError> {
        self.append(|_| Record::CallEnd { id, outcome }).map(|_| ())
    }

    /// Notes how a step went. The position goes with the first state that holds the result.
    ///
    /// # Errors
    /// [`JournalError::Io`]; the result should be saved at once then.
    pub fn end_step(&self, id: StepId, outcome: StepOutcome) -> Result<Position, JournalError> {
        let mut inner = self.inner();
        inner.ended.0 += 1;
        inner.open = inner.open.saturating_sub(1);
        let position = inner.ended;
        self.write(&mut inner, &Record::StepEnd { id, outcome })?;
        Ok(position)
    }

    /// How many steps have ended so far.
    pub fn position(&self) -> Position {
        self.inner().ended
    }

    /// Notes that the state file has a version that holds the results of all steps up to a position.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn saved(&self, state: Version, position: Position) -> Result<(), JournalError> {
        let mut inner = self.inner();
        inner.saved = inner.saved.max(position);
        self.write(&mut inner, &Record::Saved { state, position }).map(|_| ())
    }

    /// Ends the run. The file goes if no step is open and every result is saved; else it stays for the next run, and
    /// false is returned.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn end(self) -> Result<bool, JournalError> {
        let (line, ()) = self.append(|_| Record::RunEnd { when: jiff::Timestamp::now().to_string() })?;
        let clean = {
            let inner = self.inner();
            inner.open == 0 && inner.saved == inner.ended
        };
        if clean {
            remove(&self.path)?
        } else {
            self.sync(line)?
        }
        Ok(clean)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn io(&self, source: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), source }
    }

    fn append_new(&self, record: impl FnOnce(u64) -> Record) -> Result<(u64, u64), JournalError> {
        let mut inner = self.inner();
        let id = inner.next;
        inner.next += 1;
        let record = record(id);
        inner.open += u64::from(matches!(record, Record::Step { .. }));
        Ok((self.write(&mut inner, &record)?, id))
    }

    fn append(&self, record: impl FnOnce(&Inner) -> Record) -> Result<(u64, ()), JournalError> {
        let mut inner = self.inner();
        let record = record(&inner);
        Ok((self.write(&mut inner, &record)?, ()))
    }

    /// Writes a line; returns its number.
    fn write(&self, inner: &mut Inner, record: &Record) -> Result<u64, JournalError> {
        if let Some(kind) = inner.broken {
            return Err(self.io(kind.into()));
        }
        let written = serde_json::to_vec(record).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            (&self.file).write_all(&line)
        });
        if let Err(error) = written {
            // Half a line may be there: nothing readable can follow it.
            inner.broken = Some(error.kind());
            return Err(self.io(error));
        }
        inner.written += 1;
        Ok(inner.written)
    }

    /// Waits until a line is on the disk. One waiter asks the disk for all that have written so far.
    fn sync(&self, line: u64) -> Result<(), JournalError> {
        let mut inner = self.inner();
        loop {
            if let Some(kind) = inner.broken {
                return Err(self.io(kind.into()));
            }
            if inner.durable >= line {
                return Ok(());
            }
            if inner.syncing {
                inner = self.synced.wait(inner).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            inner.syncing = true;
            let reach = inner.written;
            drop(inner);
            let result = self.file.sync_data();
            inner = self.inner();
            inner.syncing = false;
            match result {
                Ok(()) => inner.durable = reach,
                // After a failed sync the kernel may have dropped the pages: never ask twice.
                Err(error) => inner.broken = Some(error.kind()),
            }
            self.synced.notify_all();
        }
    }
}

fn remove(path: &Path) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(JournalError::Io { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

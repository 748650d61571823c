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

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::history::{Run, private_dir};
use super::lock::private;
use super::rewrite::sync_parent;
use super::store::Version;
use super::{Deposed, Object};
use crate::base::{InstanceAddr, Path as ValuePath};

/// The beginning of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunBegin {
    /// The version of the state that the run found.
    pub state: Version,
    /// The process.
    pub pid: u32,
    /// Who, when, and with which command line.
    #[serde(flatten)]
    pub run: Run,
}

impl RunBegin {
    /// A run of this process on a state.
    pub fn new(state: Version, run: Run) -> Self {
        RunBegin { state, pid: std::process::id(), run }
    }
}

/// A step that is about to be taken. `Debug` shows no attribute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepBegin {
    /// The instance.
    #[serde(with = "text")]
    pub addr: InstanceAddr,
    /// The deposed object it is about; none for the current one.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "name")]
    pub deposed: Option<Deposed>,
    /// `create`, `update`, `delete`, …
    pub action: String,
    /// The provider configuration, as in [`super::ResourceState::provider`].
    pub provider: String,
    /// The object before; none for a creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<Object>,
    /// The object as planned, without what is unknown; none for a deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Object>,
    /// What is unknown in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::v4::paths")]
    pub unknown: Vec<ValuePath>,
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallBegin {
    /// The step it belongs to.
    pub step: StepId,
    /// `CreateFunction`
    pub operation: String,
    /// What it is made on: a name or an ARN.
    pub target: String,
    /// What helps to find out later whether it landed, such as a `CodeSha256`. No secrets.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub evidence: Json,
}

/// How a call went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The service said yes.
    Done,
    /// The service said no, or could not be reached; with its words.
    Failed(String),
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// It was done; with the object as it is now, none if it is gone.
    Done(Option<Object>),
    /// It failed.
    Failed {
        /// What the provider said.
        message: String,
        /// The object as it is now, none if there is none.
        left: Option<Object>,
    },
}

/// Names a step within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(u64);

/// Names a call within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(u64);

/// How many steps of a run have ended. A state that holds their results is saved up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

/// One line. The variants are tagged from outside, since numbers of any size do not survive serde's other ways.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Run(RunBegin),
    Step { id: StepId, step: Box<StepBegin> },
    Call { id: CallId, call: CallBegin },
    CallEnd { id: CallId, outcome: CallOutcome },
    StepEnd { id: StepId, outcome: StepOutcome },
    Saved { state: Version, position: Position },
    RunEnd { when: String },
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system said no.
    #[error("cannot use the journal {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A line before the last one cannot be read.
    #[error(
        "line {line} of the journal {} cannot be read. It tells what an interrupted run did, so it was kept and nothing \
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

/// A step that has begun and not ended, with its calls in order and how they went, as far as that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The step.
    pub step: StepBegin,
    /// Its calls.
    pub calls: Vec<(CallBegin, Option<CallOutcome>)>,
}

/// A run that left something to settle.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRun {
    /// Its journal.
    pub path: PathBuf,
    /// How it began; none if it was killed before that was written.
    pub run: Option<RunBegin>,
    /// The last version of the state that it wrote and noted, or found. The state file may be one version further.
    pub state: Version,
    /// Steps that ended after that version was taken, in the order of their ends: their results may be missing in it.
    pub unsaved: Vec<(StepBegin, StepOutcome)>,
    /// Steps that were under way, in the order of their beginnings.
    pub intents: Vec<Intent>,
}

impl OpenRun {
    /// Removes the journal, when everything in it is settled and saved.
    ///
    /// # Errors
    /// [`JournalError::Io`].
    pub fn settle(self) -> Result<(), JournalError> {
        remove(&self.path)
    }
}

/// The interrupted runs in a directory, the oldest first. To be called with the state locked, so that none of them
/// is still going on, and before [`Journal::begin`]. Journals that hold nothing to settle are removed.
///
/// # Errors
/// [`JournalError`]; the files are kept.
pub fn open_runs(dir: &Path) -> Result<Vec<OpenRun>, JournalError> {
    let io = |source| JournalError::Io { path: dir.to_owned(), source };
    let mut paths = Vec::new();
    match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        entries => {
            for entry in entries.map_err(io)? {
                paths.push(entry.map_err(io)?.path());
            }
        }
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    paths.sort();
    let mut runs = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).map_err(|source| JournalError::Io { path: path.clone(), source })?;
        let run = replay(path, &bytes)?;
        if run.unsaved.is_empty() && run.intents.is_empty() { run.settle()? } else { runs.push(run) }
    }
    Ok(runs)
}

/// What the lines of a journal leave open. The last line may be cut off: then it never happened.
fn replay(path: PathBuf, bytes: &[u8]) -> Result<OpenRun, JournalError> {
    let mut open =
        OpenRun { path, run: None, state: Version::default(), unsaved: Vec::new(), intents: Vec::new() };
    let mut steps: BTreeMap<StepId, Intent> = BTreeMap::new();
    let mut calls: BTreeMap<CallId, (StepId, usize)> = BTreeMap::new();
    let mut ended = Vec::new();
    let mut saved = Position::default();

    let lines: Vec<&[u8]> = bytes.split(|b| *b == b'\n').collect();
    // What follows the last newline is nothing, or cut off.
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(0);
    let whole = lines.len().saturating_sub(1);
    for (i, line) in lines.iter().enumerate().take(whole).filter(|(_, line)| !line.is_empty()) {
        let record = match serde_json::from_slice(line) {
            Ok(record) => record,
            Err(_) if i == last => break,
            Err(_) => return Err(JournalError::Damaged { path: open.path, line: i + 1 }),
        };
        match record {
            Record::Run(run) => {
                open.state.clone_from(&run.state);
                open.run = Some(run);
            }
            Record::Step { id, step } => _ = steps.insert(id, Intent { step: *step, calls: Vec::new() }),
            Record::Call { id, call } => {
                if let Some(intent) = steps.get_mut(&call.step) {
                    calls.insert(id, (call.step, intent.calls.len()));
                    intent.calls.push((call, None));
                }
            }
            Record::CallEnd { id, outcome } => {
                if let Some((step, i)) = calls.get(&id)
                    && let Some((_, end)) = steps.get_mut(step).and_then(|s| s.calls.get_mut(*i))
                {
                    *end = Some(outcome);
                }
            }
            Record::StepEnd { id, outcome } => {
                ended.push(steps.remove(&id).map(|intent| (intent.step, outcome)));
            }
            Record::Saved { state, position } => {
                open.state = state;
                saved = saved.max(position);
            }
            Record::RunEnd { .. } => {}
        }
    }
    open.unsaved = ended.into_iter().skip(usize::try_from(saved.0).unwrap_or(usize::MAX)).flatten().collect();
    open.intents = steps.into_values().collect();
    Ok(open)
}

/// Addresses as texts.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Names that may be missing.
mod name {
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::Serializer;

    use crate::base::Name;

    pub(super) fn serialize<S: Serializer>(value: &Option<Name>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(name) => serializer.serialize_some(&**name),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Name>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn step(addr: &str) -> StepBegin {
        let attributes = serde_json::json!({"big": 1, "name": "f"});
        let planned = Object { attributes, private: Some("bnVsbA==".into()), ..Object::default() };
        StepBegin {
            addr: addr.parse().unwrap(),
            deposed: None,
            action: "create".into(),
            provider: "provider[\"registry.terraform.io/hashicorp/aws\"]".into(),
            prior: None,
            planned: Some(planned),
            unknown: vec![ValuePath::from("arn"), ValuePath::from("vpc").index(0).attr("id")],
        }
    }

    fn call(step: StepId) -> CallBegin {
        CallBegin { step, operation: "CreateFunction".into(), target: "f".into(), evidence: Json::Null }
    }

    fn begin(dir: &Path) -> Journal {
        Journal::begin(dir, RunBegin::new(Version { serial: 3, lineage: "l".into() }, Run::default()))
            .unwrap()
    }

    #[test]
    fn a_finished_and_saved_run_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let journal = begin(dir.path());
        let id = journal.begin_step(step("a.b")).unwrap();
        let position = journal.end_step(id, StepOutcome::Done(None)).unwrap();
        journal.saved(Version { serial: 4, lineage: "l".into() }, position).unwrap();
        assert!(journal.end().unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_is_open_is_found_with_all_it_said() {
        let dir = tempfile::tempdir().unwrap();
        let journal = begin(dir.path());
        let first = journal.begin_step(step("a.first[\"k\"]")).unwrap();
        let made = journal.begin_call(call(first)).unwrap();
        journal.end_call(made, CallOutcome::Done).unwrap();
        let second = journal.begin_step(step("a.second")).unwrap();
        journal.begin_call(call(second)).unwrap();
        let position = journal.end_step(first, StepOutcome::Done(step("a.b").planned)).unwrap();
        journal.saved(Version { serial: 4, lineage: "l".into() }, position).unwrap();
        let third = journal.begin_step(step("a.third")).unwrap();
        journal.end_step(third, StepOutcome::Failed { message: "no".into(), left: None }).unwrap();
        assert!(!journal.end().unwrap());

        let mut runs = open_runs(dir.path()).unwrap();
        let run = runs.pop().unwrap();
        assert_eq!(run.state.serial, 4);
        assert_eq!(run.intents, [Intent { step: step("a.second"), calls: vec![(call(second), None)] }]);
        let failed = StepOutcome::Failed { message: "no".into(), left: None };
        assert_eq!(run.unsaved, [(step("a.third"), failed)]);
        run.settle().unwrap();
        assert_eq!(open_runs(dir.path()).unwrap(), []);
    }

    #[test]
    fn a_journal_cut_off_anywhere_keeps_every_whole_record() {
        let dir = tempfile::tempdir().unwrap();
        let journal = begin(dir.path());
        let first = journal.begin_step(step("a.first")).unwrap();
        journal.begin_call(call(first)).unwrap();
        journal.begin_step(step("a.second")).unwrap();
        let bytes = fs::read(&journal.path).unwrap();
        for cut in 0..=bytes.len() {
            let lines = bytes[..cut].iter().filter(|b| **b == b'\n').count();
            let run = replay(PathBuf::new(), &bytes[..cut]).unwrap();
            let calls: usize = run.intents.iter().map(|i| i.calls.len()).sum();
            let seen = usize::from(run.run.is_some()) + run.intents.len() + calls;
            assert_eq!(seen, lines, "cut at {cut}");
        }
        let mut damaged = bytes.clone();
        damaged[3] = 0;
        let error = replay(PathBuf::from("j"), &damaged).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
    }

    #[test]
    fn steps_that_begin_together_are_all_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Arc::new(begin(dir.path()));
        std::thread::scope(|scope| {
            for t in 0..8 {
                let journal = &journal;
                scope.spawn(move || {
                    for i in 0..20 {
                        let id = journal.begin_step(step(&format!("a.s{t}_{i}"))).unwrap();
                        journal.end_step(id, StepOutcome::Done(None)).unwrap();
                    }
                });
            }
        });
        assert_eq!(journal.position(), Position(160));
        let inner = journal.inner();
        assert!(inner.durable + 160 >= inner.written);
        drop(inner);
        assert_eq!(open_runs(dir.path()).unwrap()[0].unsaved.len(), 160);
    }

    #[test]
    fn only_the_owner_can_read_it_and_debug_shows_no_value() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let journal = begin(&dir.path().join("x/journal"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&journal.path), 0o600);
        assert_eq!(mode(&dir.path().join("x/journal")), 0o700);
        let mut secret = step("a.b");
        secret.planned.as_mut().unwrap().attributes = serde_json::json!({"password": "hunter2"});
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}

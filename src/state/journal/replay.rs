//! What interrupted runs left in their journals.
//! Knows nothing of how it is settled.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::record::{
    CallBegin, CallId, CallOutcome, Position, Record, RunBegin, StepBegin, StepId, StepOutcome,
};
use super::{JournalError, remove};
use crate::state::store::Version;

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
/// is still going on, and before [`super::Journal::begin`]. Journals that hold nothing to settle are removed.
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
        let bytes = crate::base::file::read(&path)
            .map_err(|source| JournalError::Io { path: path.clone(), source })?;
        let run = replay(path, &bytes)?;
        if run.unsaved.is_empty() && run.intents.is_empty() { run.settle()? } else { runs.push(run) }
    }
    Ok(runs)
}

/// What the lines of a journal leave open. The last line may be cut off: then it never happened.
pub(super) fn replay(path: PathBuf, bytes: &[u8]) -> Result<OpenRun, JournalError> {
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

//! `StateRecorder`: puts the state's journal and its background writer behind what the engine reports.
//! Knows nothing of terminals, and of values only how a schema types them.

use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::base::{InstanceAddr, Name, Type, Value, json};
use crate::engine::{Recorder, StepId, StepRecord, StepResult};
use crate::plan::{Action, StepKind};
use crate::provider::{CallId, CallOutcome, Private, Registry};
use crate::state::journal::{self, CallBegin, Journal, JournalError, RunBegin, StepBegin, StepOutcome};
use crate::state::writer::{Finished, Snapshot, Writer};
use crate::state::{Object, ObjectKey, ObjectStatus, State, Store};

/// Writes steps and calls into the journal before they happen, and states into the store after.
pub struct StateRecorder {
    registry: Registry,
    journal: Arc<Journal>,
    newest: Arc<Mutex<Snapshot>>,
    writer: Mutex<Option<Writer>>,
    steps: Mutex<Open<journal::StepId, OpenStep>>,
    calls: Mutex<Open<journal::CallId, StepId>>,
}

/// What is remembered of a step until it ends.
struct OpenStep {
    addr: InstanceAddr,
    deposed: Option<Name>,
    creates: bool,
    deletes: bool,
    /// Whether the old object takes its place again when the creation fails.
    restores: bool,
    landed: bool,
    unclear: bool,
}

/// What has begun and not ended: the engine's number, the journal's, and what it is about.
struct Open<J, A> {
    next: u64,
    entries: HashMap<u64, (J, A)>,
}

impl<J, A> Default for Open<J, A> {
    fn default() -> Self {
        Open { next: 0, entries: HashMap::new() }
    }
}

impl<J: Hash, A> Open<J, A> {
    fn add(&mut self, journal: J, about: A) -> u64 {
        self.next += 1;
        self.entries.insert(self.next, (journal, about));
        self.next
    }
}

impl StateRecorder {
    /// Begins a journal in `dir`. `stored` is the state as the store has it, `refreshed` what the apply starts from.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn begin(
        store: Arc<dyn Store>,
        registry: Registry,
        dir: &Path,
        run: RunBegin,
        stored: &State,
        refreshed: &State,
    ) -> Result<Self, JournalError> {
        let journal = Arc::new(Journal::begin(dir, run)?);
        let newest =
            Arc::new(Mutex::new(Snapshot { state: refreshed.clone(), position: journal.position() }));
        let of_writer = newest.clone();
        let writer =
            Writer::start(store, Some(journal.clone()), stored.clone(), move || locked(&of_writer).clone());
        Ok(StateRecorder {
            registry,
            journal,
            newest,
            writer: Mutex::new(Some(writer)),
            steps: Mutex::default(),
            calls: Mutex::default(),
        })
    }

    /// Waits until everything that was reported is in the store, or cannot be.
    pub fn flush(&self) {
        if let Some(writer) = &*locked(&self.writer) {
            // Whoever asks is about to end; what could not be saved is in the journal.
            writer.flush().ok();
        }
    }

    /// Saves the final state, with outputs and checks, and ends the journal.
    pub fn finish(&self, state: State) -> Finished {
        locked(&self.newest).state = state;
        match locked(&self.writer).take() {
            Some(writer) => writer.finish(),
            None => Finished { state: locked(&self.newest).state.clone(), error: None },
        }
    }

    /// Ends the journal: it goes, unless it holds something that the next run has to settle.
    ///
    /// # Errors
    /// When the file system says no.
    pub fn end(self) -> Result<(), JournalError> {
        drop(self.writer);
        match Arc::try_unwrap(self.journal) {
            Ok(journal) => journal.end().map(|_| ()),
            // The writer's thread still has it; the next run finds an ended journal and removes it.
            Err(_) => Ok(()),
        }
    }

    /// A value as a state file would have it, with what is unknown left out and named.
    fn object(
        &self,
        addr: &InstanceAddr,
        value: &Value,
        private: &Private,
        template: Option<&Object>,
    ) -> Option<(Object, Vec<crate::base::Path>)> {
        if value.is_null() {
            return None;
        }
        let schema = self.registry.schema(addr.resource.mode, &addr.resource.type_name);
        let ty = schema.map_or(Type::Dynamic, |schema| schema.block.ty());
        let mut unknown = Vec::new();
        unknown_paths(value, &crate::base::Path::default(), &mut unknown);
        let attributes = match ty {
            Type::Dynamic => json::to_json(value),
            ty => json::to_json_typed(value, &ty),
        };
        let mut object = template.cloned().unwrap_or_else(|| Object {
            status: ObjectStatus::Ready,
            schema_version: schema.map_or(0, |schema| schema.version),
            attributes: serde_json::Value::Null,
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            extra: serde_json::Map::new(),
        });
        object.attributes = attributes;
        object.sensitive_paths = value.sensitive_paths();
        object.private = private.as_ref().map(|bytes| BASE64.encode(bytes)).or(object.private);
        Some((object, unknown))
    }
}

impl Recorder for StateRecorder {
    fn step_begin(&self, record: &StepRecord) -> io::Result<StepId> {
        let template = record.template.as_ref();
        let prior = self.object(&record.addr, &record.prior, &record.private, template);
        let planned = self.object(&record.addr, &record.planned, &record.private, template);
        let (planned, unknown) =
            planned.map_or((None, Vec::new()), |(object, unknown)| (Some(object), unknown));
        let id = self
            .journal
            .begin_step(StepBegin {
                addr: record.addr.clone(),
                deposed: record.deposed.clone(),
                action: action_out(record.action, record.kind),
                provider: record.provider.clone(),
                prior: prior.map(|(object, _)| object),
                planned,
                package: record.package.clone(),
                unknown,
            })
            .map_err(io::Error::other)?;
        let step = OpenStep {
            addr: record.addr.clone(),
            deposed: record.deposed.clone(),
            creates: record.kind == StepKind::Up && record.action != Action::Update,
            deletes: record.kind == StepKind::Del,
            restores: record.action == Action::CreateThenDelete,
            landed: false,
            unclear: false,
        };
        Ok(StepId(locked(&self.steps).add(id, step)))
    }

    fn call_begin(&self, step: StepId, operation: &'static str, target: &str) -> io::Result<CallId> {
        let of_journal = locked(&self.steps).entries.get(&step.0).map(|(id, _)| *id);
        let of_step = of_journal.ok_or_else(|| io::Error::other("a call of a step that is not under way"))?;
        let id = self
            .journal
            .begin_call(CallBegin {
                step: of_step,
                operation: operation.to_owned(),
                target: target.to_owned(),
                evidence: serde_json::Value::Null,
            })
            .map_err(io::Error::other)?;
        Ok(CallId(locked(&self.calls).add(id, step)))
    }

    fn call_end(&self, call: CallId, outcome: CallOutcome) {
        let Some((id, step)) = locked(&self.calls).entries.remove(&call.0) else { return };
        if let Some((_, step)) = locked(&self.steps).entries.get_mut(&step.0) {
            step.landed |= outcome == CallOutcome::Landed;
            step.unclear |= outcome == CallOutcome::Unclear;
        }
        let outcome = match outcome {
            CallOutcome::Landed => journal::CallOutcome::Done,
            CallOutcome::Refused => journal::CallOutcome::Failed("refused".to_owned()),
            // The journal goes without an end of it.
            CallOutcome::Unclear => return,
        };
        // A journal that breaks says so at the next beginning, and no call is made then.
        self.journal.end_call(id, outcome).ok();
    }

    fn step_end(&self, step: StepId, result: StepResult, state: &State) -> io::Result<()> {
        let Some((id, about)) = locked(&self.steps).entries.remove(&step.0) else { return Ok(()) };
        let OpenStep { addr, deposed, creates, deletes, restores, landed, unclear } = about;
        let unclear = unclear || locked(&self.calls).entries.values().any(|(_, of)| *of == step);
        let key = ObjectKey { instance: addr.key.clone(), deposed };
        let object = state.resources.get(&addr.resource).and_then(|resource| resource.objects.get(&key));
        let object = object.map(|object| Object::clone(object));
        // What nobody knows the end of stays open: the next run looks for what it may have made, or taken away.
        let unknown = deletes || (creates && (object.is_none() || restores));
        let lost = unknown && unclear && !landed && result == StepResult::Failed;
        let outcome = match result {
            StepResult::Done => StepOutcome::Done(object),
            StepResult::Failed => StepOutcome::Failed { message: String::new(), left: object },
        };
        let mut newest = locked(&self.newest);
        copy_instance(state, &mut newest.state, &addr);
        if !lost {
            newest.position = self.journal.end_step(id, outcome).map_err(io::Error::other)?;
        }
        drop(newest);
        if let Some(writer) = &*locked(&self.writer) {
            writer.touch();
        }
        Ok(())
    }
}

/// Brings every object of an instance over, so that a step costs the same however large the state is.
fn copy_instance(from: &State, to: &mut State, addr: &InstanceAddr) {
    let of_instance = |key: &ObjectKey| key.instance == addr.key;
    if let Some(resource) = to.resources.get_mut(&addr.resource) {
        resource.objects.retain(|key, _| !of_instance(key));
        if resource.objects.is_empty() {
            to.resources.remove(&addr.resource);
        }
    }
    let Some(resource) = from.resources.get(&addr.resource) else { return };
    for (key, object) in resource.objects.iter().filter(|(key, _)| of_instance(key)) {
        to.set(addr, key.deposed.clone(), &resource.provider, object.clone());
    }
}

fn unknown_paths(value: &Value, at: &crate::base::Path, found: &mut Vec<crate::base::Path>) {
    if value.is_unknown() {
        found.push(at.clone());
        return;
    }
    for (step, child) in value.steps() {
        unknown_paths(child, &at.child(step), found);
    }
}

/// What a step is, in the words of the journal: `create-then-delete/up`.
fn action_out(action: Action, kind: StepKind) -> String {
    let word = |json: Result<serde_json::Value, _>| {
        json.ok().and_then(|json: serde_json::Value| json.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let (action, kind) = (word(serde_json::to_value(action)), word(serde_json::to_value(kind)));
    format!("{action}/{kind}")
}

/// Reads what [`action_out`] wrote.
pub(super) fn action_in(text: &str) -> Option<(Action, StepKind)> {
    let (action, kind) = text.split_once('/')?;
    Some((serde_json::from_value(action.into()).ok()?, serde_json::from_value(kind.into()).ok()?))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::history;
    use crate::state::local::LocalStore;

    fn record() -> StepRecord {
        StepRecord {
            addr: "terraform_data.a".parse().unwrap(),
            deposed: None,
            provider: "p".into(),
            action: Action::Create,
            kind: StepKind::Up,
            prior: Value::NULL,
            planned: Value::object([("id", Value::unknown(Type::String)), ("input", "x".into())]),
            private: None,
            package: None,
            template: None,
        }
    }

    /// Runs one step with one call, and gives the state file's text and what is left in the journal.
    fn one_step(outcome: CallOutcome, result: StepResult, left: bool) -> (String, Vec<journal::OpenRun>) {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(LocalStore::new(dir.path().join("s.tfstate")));
        let journals = dir.path().join("journal");
        let empty = State::default();
        let run = RunBegin::new(empty.version(), history::Run::new([]));
        let recorder =
            StateRecorder::begin(store, Registry::default(), &journals, run, &empty, &empty).unwrap();
        let step = recorder.step_begin(&record()).unwrap();
        let call = recorder.call_begin(step, "Create", "a").unwrap();
        recorder.call_end(call, outcome);
        let mut state = State::default();
        if left {
            let object = recorder.object(&record().addr, &Value::object([("id", "one".into())]), &None, None);
            state.set(&record().addr, None, "p", object.unwrap().0);
        }
        recorder.step_end(step, result, &state).unwrap();
        let finished = recorder.finish(state);
        assert!(finished.error.is_none());
        recorder.end().unwrap();
        let text = std::fs::read_to_string(dir.path().join("s.tfstate")).unwrap_or_default();
        (text, journal::open_runs(&journals).unwrap())
    }

    #[test]
    fn a_step_that_is_done_is_in_the_state_and_no_longer_in_the_journal() {
        let (state, open) = one_step(CallOutcome::Landed, StepResult::Done, true);
        assert!(state.contains("\"id\": \"one\"") && open.is_empty(), "{state} {open:?}");
        let (state, open) = one_step(CallOutcome::Refused, StepResult::Failed, false);
        assert!(state.is_empty() && open.is_empty(), "{state} {open:?}");
        let (_, open) = one_step(CallOutcome::Unclear, StepResult::Failed, true);
        assert!(open.is_empty(), "what is left is known: {open:?}");
    }

    #[test]
    fn a_creation_of_which_nobody_knows_stays_in_the_journal() {
        let (_, open) = one_step(CallOutcome::Unclear, StepResult::Failed, false);
        let intent = &open[0].intents[0];
        assert_eq!(intent.step.unknown, [crate::base::Path::from("id")]);
        assert_eq!((intent.calls[0].0.operation.as_str(), &intent.calls[0].1), ("Create", &None));
    }

    #[test]
    fn actions_are_read_as_they_were_written() {
        for action in
            [Action::Create, Action::DeleteThenCreate, Action::CreateThenDelete, Action::NoOp, Action::Read]
        {
            for kind in [StepKind::Up, StepKind::Del, StepKind::Read, StepKind::Forget] {
                assert_eq!(action_in(&action_out(action, kind)), Some((action, kind)));
            }
        }
        assert_eq!(action_out(Action::CreateThenDelete, StepKind::Up), "create-then-delete/up");
        assert_eq!(action_in("sing/up"), None);
    }
}

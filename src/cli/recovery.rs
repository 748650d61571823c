//! Recovery: what an interrupted run left in its journal, brought into the state before anything else is done with it.
//! Knows nothing of how the provider finds out whether a call landed.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Name, Type, Value, json};
use crate::engine::{OpenCall, OpenStep, StepRecord};
use crate::plan::{Action, StepKind};
use crate::provider::{CallOutcome, Private, Registry};
use crate::state::journal::{self, Intent, OpenRun, StepBegin, StepOutcome};
use crate::state::{Object, ObjectKey, State, store};

use super::backend::Stores;
use super::error::CommandError;
use super::operation::Operation;
use super::recorder::action_in;

/// Settles what interrupted runs left, saves the state and removes their journals. Only to be called with the lock held.
/// Returns the state to go on with.
///
/// # Errors
/// When a journal cannot be read, when it cannot be told what became of a call, or when the state cannot be saved.
pub fn recover(operation: &Operation<'_>, stores: &Stores, state: State) -> Result<State, CommandError> {
    let runs = open_runs(stores.journal_dir())?;
    if runs.is_empty() {
        return Ok(state);
    }
    let mut recovered = state.clone();
    let mut open = Vec::new();
    for run in &runs {
        for (step, outcome) in &run.unsaved {
            replay(run, step, outcome, &state, &mut recovered);
        }
        open.extend(run.intents.iter().filter_map(|intent| open_step(intent, &operation.registry)));
    }
    let problems = operation.settle(&open, &mut recovered);
    if problems.has_errors() {
        return Err(operation.problems(problems));
    }
    operation.session.view.problems(&problems, &operation.config.sources);
    store::save(&**stores.written(), &stores.stored(&state)?, &mut recovered)
        .map_err(|error| CommandError::from(error.diagnostic()))?;
    for run in runs {
        run.settle().map_err(|error| damaged(&error.to_string()))?;
    }
    operation.session.view.problems(&told(&state, &recovered, stores).into(), &Default::default());
    Ok(recovered)
}

fn open_runs(dir: &Path) -> Result<Vec<OpenRun>, CommandError> {
    journal::open_runs(dir).map_err(|error| damaged(&error.to_string()))
}

fn damaged(what: &str) -> CommandError {
    CommandError::problem("Journal of an interrupted run cannot be used", format!("{what}."))
}

fn told(before: &State, after: &State, stores: &Stores) -> Diagnostic {
    let what = if before.same_content(after) {
        "It left nothing behind that the state did not have."
    } else {
        "What it had done is in the state now."
    };
    Diagnostic::warning(
        "An earlier run was interrupted",
        format!("The journal of an interrupted run of {} was settled. {what}", stores.written().location()),
    )
}

/// Brings the result of a step that ended, and may have been lost on its way into the state.
fn replay(run: &OpenRun, step: &StepBegin, outcome: &StepOutcome, read: &State, state: &mut State) {
    let ours = read.lineage == run.state.lineage || run.state.lineage.is_empty();
    // The last write may have succeeded without a note of it; anything further is somebody else's.
    let current = ours && read.serial <= run.state.serial.saturating_add(1);
    let (StepOutcome::Done(object) | StepOutcome::Failed { left: object, .. }) = outcome;
    let key = ObjectKey { instance: step.addr.key.clone(), deposed: step.deposed.clone() };
    let known = state.resources.get(&step.addr.resource).and_then(|r| r.objects.get(&key)).cloned();
    match object {
        Some(object) if known.as_deref() == Some(object) => {}
        Some(object) if current || known.is_none() => {
            let creates_first =
                matches!(action_in(&step.action), Some((Action::CreateThenDelete, StepKind::Up)));
            if creates_first
                && step.deposed.is_none()
                && let Some(old) = state.remove(&step.addr, None)
            {
                state.set(&step.addr, Some(deposed_name()), &step.provider, old);
            }
            state.set(&step.addr, step.deposed.clone(), &step.provider, object.clone());
        }
        None if current => {
            state.remove(&step.addr, step.deposed.clone());
        }
        // Somebody else wrote the state since; what is there now is read like anything else.
        _ => {}
    }
}

fn deposed_name() -> Name {
    uuid::Uuid::new_v4().simple().to_string().get(..8).unwrap_or("00000000").into()
}

/// A step that began and did not end, as the engine takes it.
fn open_step(intent: &Intent, registry: &Registry) -> Option<OpenStep> {
    let StepBegin { addr, deposed, action, provider, prior, planned, package, unknown } = &intent.step;
    let (action, kind) = action_in(action)?;
    let value =
        |object: &Option<Object>| object.as_ref().map_or(Value::NULL, |object| value(addr, object, registry));
    let planned_value = unknown.iter().fold(value(planned), |value, path| {
        value.replace_at(path, &|v| Value::unknown(v.ty())).unwrap_or(value)
    });
    let calls = intent.calls.iter().map(|(call, outcome)| OpenCall {
        operation: call.operation.clone(),
        target: call.target.clone(),
        outcome: outcome.as_ref().map(|outcome| match outcome {
            journal::CallOutcome::Done => CallOutcome::Landed,
            journal::CallOutcome::Failed(_) => CallOutcome::Refused,
        }),
    });
    let template = planned.clone().or_else(|| prior.clone());
    Some(OpenStep {
        record: StepRecord {
            addr: addr.clone(),
            deposed: deposed.clone(),
            provider: provider.clone(),
            action,
            kind,
            prior: value(prior),
            planned: planned_value,
            private: private(template.as_ref()),
            package: package.clone(),
            template,
        },
        calls: calls.collect(),
    })
}

fn value(addr: &InstanceAddr, object: &Object, registry: &Registry) -> Value {
    let schema = registry.schema(addr.resource.mode, &addr.resource.type_name);
    let ty = schema.map_or(Type::Dynamic, |schema| schema.block.ty());
    let value = json::from_json(&object.attributes, &ty).or_else(|_| json::implied_value(&object.attributes));
    value.unwrap_or(Value::NULL).mark_paths(&object.sensitive_paths)
}

fn private(object: Option<&Object>) -> Private {
    let text = object?.private.as_ref()?;
    BASE64.decode(text).ok().map(Arc::from)
}

/// What is wrong when there is something to settle and nobody may write: said by commands without the lock.
pub fn warn_unsettled(operation: &Operation<'_>, journal: &Path) -> Result<(), CommandError> {
    if open_runs(journal)?.is_empty() {
        return Ok(());
    }
    let warning = Diagnostic::warning(
        "An earlier run was interrupted",
        "Its journal has not been settled, because that needs the state's lock. Run without -lock=false to find out \
         what it had done.",
    );
    operation.session.view.problems(&Diagnostics::from(warning), &operation.config.sources);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{ObjectStatus, Version};

    fn object(id: &str) -> Object {
        Object {
            status: ObjectStatus::Ready,
            schema_version: 0,
            attributes: serde_json::json!({ "id": id }),
            sensitive_paths: Vec::new(),
            private: None,
            dependencies: Vec::new(),
            create_before_destroy: false,
            extra: serde_json::Map::new(),
        }
    }

    fn state(serial: u64, id: Option<&str>) -> State {
        let mut state = State { serial, lineage: "ours".into(), ..State::default() };
        if let Some(id) = id {
            state.set(&"a.b".parse().unwrap(), None, "p", object(id));
        }
        state
    }

    fn run() -> OpenRun {
        OpenRun {
            path: "none".into(),
            run: None,
            state: Version { serial: 4, lineage: "ours".into() },
            unsaved: Vec::new(),
            intents: Vec::new(),
        }
    }

    /// The ids of the current object and of the deposed ones after a step's result is brought in.
    fn replayed(action: &str, outcome: StepOutcome, read: &State) -> (Option<String>, Vec<String>) {
        let step = StepBegin {
            addr: "a.b".parse().unwrap(),
            deposed: None,
            action: action.into(),
            provider: "p".into(),
            prior: None,
            planned: None,
            package: None,
            unknown: Vec::new(),
        };
        let mut state = read.clone();
        replay(&run(), &step, &outcome, read, &mut state);
        let id = |object: &Object| object.attributes["id"].as_str().unwrap().to_owned();
        let deposed = state.deposed().map(|(_, _, _, object)| id(object)).collect();
        (state.object(&step.addr).map(id), deposed)
    }

    #[test]
    fn results_that_were_lost_on_their_way_into_the_state_are_brought_in() {
        let new = || StepOutcome::Done(Some(object("new")));
        let one = |id: &str| (Some(id.to_owned()), Vec::new());
        for (action, outcome, read, expected) in [
            ("create/up", new(), state(4, None), one("new")),
            // The last write succeeded, its note did not.
            ("create/up", new(), state(5, Some("new")), one("new")),
            ("update/up", new(), state(4, Some("old")), one("new")),
            ("delete/del", StepOutcome::Done(None), state(4, Some("old")), (None, vec![])),
            (
                "create-then-delete/up",
                new(),
                state(4, Some("old")),
                (Some("new".to_owned()), vec!["old".to_owned()]),
            ),
            (
                "create/up",
                StepOutcome::Failed { message: String::new(), left: Some(object("half")) },
                state(4, None),
                one("half"),
            ),
            // Somebody else has written since: only what they do not know is added.
            ("update/up", new(), state(9, Some("theirs")), one("theirs")),
            ("delete/del", StepOutcome::Done(None), state(9, Some("theirs")), one("theirs")),
            ("create/up", new(), state(9, None), one("new")),
        ] {
            assert_eq!(replayed(action, outcome.clone(), &read), expected, "{action} {outcome:?}");
        }
    }
}

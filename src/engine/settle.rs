//! `settle`: what a killed run left open, found out by reading.
//! Changes nothing but the state it is handed.

use super::checks::Checks;
use super::connections::{Connections, provider_in_state};
use super::variables::Unset;
use super::world::World;
use super::{Event, EventSink, Run, StepRecord, preload};
use super::{kinds, object};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::plan::{Action, StepKind};
use crate::provider::{CallOutcome, SettleRequest, Settled};
use crate::schema::mark_secrets;
use crate::state::{Deposed, ObjectStatus, State};

/// A step that a killed run began and did not end.
#[derive(Debug, Clone)]
pub struct OpenStep {
    /// What it was about to do.
    pub record: StepRecord,
    /// The calls it announced, in order.
    pub calls: Vec<OpenCall>,
}

/// A call that was announced.
#[derive(Debug, Clone)]
pub struct OpenCall {
    /// The operation.
    pub operation: String,
    /// What it was about.
    pub target: String,
    /// How it ended, if that was written down.
    pub outcome: Option<CallOutcome>,
}

/// Finds out what became of the open steps of a killed run and brings the state in line. Every object that turns out
/// to exist is in state afterwards; what cannot be told is an error that says where to look.
pub async fn settle(
    run: &Run<'_>,
    open: &[OpenStep],
    state: &mut State,
    events: EventSink<'_>,
) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let world = preload::variables(run, None, Unset::Refused, &mut Checks::default(), &mut problems);
    let mut connections = Connections::new(run.config, run.registry, &run.environment);
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    for step in open {
        match settle_one(run, step, state, &mut connections, &world, &mut problems).await {
            Some(Became::Found) => found.push(&step.record),
            Some(Became::Gone) => gone.push(&step.record),
            None => {}
        }
    }
    for (records, one, many) in [
        (found, "object was found and is in state now", "objects were found and are in state now"),
        (gone, "object is gone and has left state", "objects are gone and have left state"),
    ] {
        if let Some(notice) = settled(&records, one, many) {
            events(Event::Notice(notice));
        }
    }
    problems
}

/// What the state learned of an object.
enum Became {
    /// It is there.
    Found,
    /// It is not there any more.
    Gone,
}

async fn settle_one(
    run: &Run<'_>,
    step: &OpenStep,
    state: &mut State,
    connections: &mut Connections<'_>,
    world: &World<'_>,
    problems: &mut Diagnostics,
) -> Option<Became> {
    let record = &step.record;
    let addr = &record.addr;
    let creating = record.kind == StepKind::Up && record.action != Action::Update;
    let mut left = step.calls.iter().filter(|c| c.outcome != Some(CallOutcome::Refused));
    // The first call of a creation makes the object; of an update, the last one says most.
    let call = if creating { left.next() } else { left.next_back() };
    let Some(call) = call else {
        // Nothing left the machine, or all that did was refused.
        if creating {
            reinstate(state, record);
        }
        return None;
    };
    let reference = match provider_in_state(run.registry, run.config, addr, &record.provider) {
        Ok(reference) => reference,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let Some(schema) = run.registry.schema(addr.resource.mode, &addr.resource.type_name) else {
        problems.push(kinds::unsupported_in_state(addr));
        return None;
    };
    let connection = connections.get(&reference, world, problems)?;
    if let Err(found) = connection.connect().await {
        problems.extend(found);
        return None;
    }
    let known = |value: &Value| (!value.is_null()).then(|| value.clone().unmark_deep().0);
    let request = SettleRequest {
        type_name: addr.resource.type_name.clone(),
        operation: call.operation.clone(),
        target: call.target.clone(),
        prior: known(&record.prior),
        planned: known(&record.planned),
        package: record.package.clone(),
    };
    match connection.settle(request).await {
        Settled::Landed { object: Some(found), private, tainted } => {
            let sensitive = record.template.as_ref().map(|t| t.sensitive_paths.clone()).unwrap_or_default();
            let before = record.prior.sensitive_paths();
            let value = mark_secrets(schema, found.mark_paths(&sensitive).mark_paths(&before));
            let mut recorded = object::object(schema, &value, &private, record.template.as_ref());
            if tainted {
                recorded.status = ObjectStatus::Tainted;
            }
            if creating && is_known(state, &addr.resource.type_name, &recorded) {
                // The old object of a replacement, or another instance's: what was to be created is not there.
                return None;
            }
            if creating
                && record.action == Action::CreateThenDelete
                && let Some(old) = state.remove(addr, None)
            {
                state.set(addr, Some(object::deposed_name()), &record.provider, old);
            }
            state.set(addr, record.deposed.clone(), &record.provider, recorded);
            return Some(Became::Found);
        }
        Settled::Landed { object: None, .. } => {
            state.remove(addr, record.deposed.clone());
            return Some(Became::Gone);
        }
        Settled::NotLanded if creating => reinstate(state, record),
        Settled::NotLanded => {}
        Settled::Unclear(found) => problems.extend(found.map(|d| d.of(addr))),
    }
    None
}

/// No new object came to be: of a replacement that destroys first nothing is left, and one that creates first leaves the
/// old object where it was, which may have been put aside already.
fn reinstate(state: &mut State, record: &StepRecord) {
    let addr = &record.addr;
    match record.action {
        Action::DeleteThenCreate => {
            state.remove(addr, None);
        }
        Action::CreateThenDelete if state.object(addr).is_none() => {
            let names: Vec<Deposed> =
                state.deposed().filter(|(of, ..)| of == addr).map(|(_, name, ..)| name.clone()).collect();
            if let [only] = names.as_slice()
                && let Some(old) = state.remove(addr, Some(only.clone()))
            {
                state.set(addr, None, &record.provider, old);
            }
        }
        _ => {}
    }
}

/// Whether state has an object of this type and identity already.
fn is_known(state: &State, type_name: &str, found: &crate::state::Object) -> bool {
    let id = |object: &crate::state::Object| object.attributes.get("id").cloned().filter(|id| !id.is_null());
    let Some(wanted) = id(found) else { return false };
    let of_type = state.resources.iter().filter(|(addr, _)| &*addr.type_name == type_name);
    of_type
        .flat_map(|(_, resource)| resource.objects.values())
        .any(|object| id(object).as_ref() == Some(&wanted))
}

/// One notice for all objects of which the same is to be said; a killed run may have had many calls in flight.
fn settled(records: &[&StepRecord], one: &str, many: &str) -> Option<Diagnostic> {
    const SUMMARY: &str = "Settled what an interrupted run left open";
    let [first, rest @ ..] = records else { return None };
    if rest.is_empty() {
        let detail = format!("An earlier run ended while it was working on {}. The {one}.", first.addr);
        return Some(Diagnostic::warning(SUMMARY, detail).of(&first.addr));
    }
    let list: Vec<String> = records.iter().map(|record| format!("  - {}", record.addr)).collect();
    let detail = format!(
        "An earlier run ended while it was working on {} objects. The {many}:\n\n{}",
        records.len(),
        list.join("\n")
    );
    Some(Diagnostic::warning(SUMMARY, detail))
}

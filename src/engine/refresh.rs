//! `refresh`: reality read into the state, in one batch per provider configuration.
//! Knows nothing of configuration beyond the provider blocks that say where reality is.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::connections::{Connections, ProviderAddr, declared, provider_in_state, state_form};
use super::object::{self, Objects};
use super::world::World;
use super::{Event, EventSink, Run};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Name, Value};
use crate::plan::contract::equal;
use crate::plan::propose::is_empty;
use crate::provider::{ReadRequest, ReadResponse, Registry};
use crate::state::{Object, State};

/// An object as state had it and as it was found.
#[derive(Debug, Clone)]
pub(super) struct Drifted {
    pub(super) addr: InstanceAddr,
    pub(super) provider: String,
    pub(super) before: Value,
    /// Null when it is gone.
    pub(super) after: Value,
}

/// What a refresh brings.
#[derive(Debug, Default)]
pub(super) struct Refreshed {
    /// Every current managed object that still exists, with what it now is.
    pub(super) values: BTreeMap<InstanceAddr, Value>,
    /// The revisions of those that have one.
    pub(super) revisions: HashMap<InstanceAddr, Name>,
    /// What changed outside.
    pub(super) drift: Vec<Drifted>,
}

impl Refreshed {
    /// What changed outside in one object; drift is in address order.
    pub(super) fn drifted(&self, addr: &InstanceAddr) -> Option<&Drifted> {
        self.drift.binary_search_by(|d| d.addr.cmp(addr)).ok().and_then(|i| self.drift.get(i))
    }
}

/// Values of all managed objects as state has them, without reading anything. One that cannot be understood is a problem
/// only if it is wanted.
pub(super) fn recorded(
    state: &State,
    objects: &mut Objects<'_>,
    wanted: impl Fn(&InstanceAddr) -> bool,
    problems: &mut Diagnostics,
) -> Refreshed {
    let mut refreshed = Refreshed::default();
    for (addr, _, object) in state.managed() {
        match objects.value(&addr, object) {
            Ok(value) => {
                refreshed.values.insert(addr, value);
            }
            Err(problem) if wanted(&addr) => problems.push(problem),
            Err(_) => {}
        }
    }
    refreshed
}

/// Reads the objects that `wanted` says, updates `state` and `refreshed`, and tells what changed.
#[expect(clippy::too_many_arguments, reason = "called once; a struct would only rename them")]
pub(super) async fn refresh(
    run: &Run<'_>,
    state: &mut State,
    refreshed: &mut Refreshed,
    wanted: impl Fn(&InstanceAddr) -> bool,
    connections: &mut Connections<'_>,
    world: &World<'_>,
    events: EventSink<'_>,
    problems: &mut Diagnostics,
) {
    let registry = run.registry;
    let mut batches: BTreeMap<ProviderAddr, Vec<(InstanceAddr, ReadRequest)>> = BTreeMap::new();
    for (addr, resource, object) in state.managed() {
        let (Some(prior), true) = (refreshed.values.get(&addr), wanted(&addr)) else { continue };
        let reference = match provider_in_state(registry, run.config, &addr, &resource.provider) {
            Ok(reference) => reference,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let request = ReadRequest {
            type_name: addr.resource.type_name.clone(),
            prior: prior.clone(),
            private: object::private(object),
        };
        batches.entry(reference).or_default().push((addr, request));
    }
    for (reference, batch) in batches {
        let mut found = Diagnostics::new();
        let connection = connections.get(&reference, world, &mut found);
        let is_gone = declared(run.config, registry, &reference).is_err();
        problems.extend(found.map(|problem| match batch.first() {
            Some((addr, _)) if is_gone => still_needed(problem, addr, batch.len()),
            _ => problem,
        }));
        let Some(connection) = connection else { continue };
        if let Err(found) = connection.connect().await {
            problems.extend(found);
            continue;
        }
        for (addr, request) in &batch {
            events(Event::RefreshStarted { addr: addr.clone(), id: object::identity(&request.prior) });
        }
        let requests: Vec<ReadRequest> = batch.iter().map(|(_, request)| request.clone()).collect();
        let responses: Mutex<Vec<Option<ReadResponse>>> = Mutex::new(vec![None; batch.len()]);
        let done = |index: usize, response: ReadResponse| {
            if let Some((addr, request)) = batch.get(index) {
                events(Event::RefreshDone { addr: addr.clone(), id: object::identity(&request.prior) });
            }
            let mut responses = responses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(slot) = responses.get_mut(index) {
                *slot = Some(response);
            }
        };
        // Reading can be left at any time.
        tokio::select! {
            () = connection.read(requests, &done) => {}
            () = run.stop.wait() => {
                problems.push(interrupted());
                return;
            }
        }
        let responses = responses.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let provider = state_form(run.config, registry, &reference);
        let mut taker = Taker { registry, provider, state: &mut *state, refreshed: &mut *refreshed };
        for ((addr, request), response) in batch.iter().zip(responses) {
            match response {
                Some(response) => problems.extend(taker.take(addr, &request.prior, response)),
                None => problems.push(unanswered(addr)),
            }
        }
    }
    refreshed.drift.sort_by(|a, b| a.addr.cmp(&b.addr));
}

/// The error for a plan that an interrupt ended.
pub(super) fn interrupted() -> Diagnostic {
    Diagnostic::error(
        "Interrupted",
        "Planning was ended by an interrupt before everything was read. Nothing was changed.",
    )
}

fn unanswered(addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Object was not read",
        format!(
            "The provider gave no answer about {addr}. This is a bug in lambdaform, which should be reported. To plan \
             from the recorded state instead, use -refresh=false."
        ),
    )
    .of(addr)
}

/// Takes in what was read through one provider configuration.
struct Taker<'t> {
    registry: &'t Registry,
    provider: String,
    state: &'t mut State,
    refreshed: &'t mut Refreshed,
}

impl Taker<'_> {
    fn take(&mut self, addr: &InstanceAddr, prior: &Value, response: ReadResponse) -> Diagnostics {
        let Taker { registry, provider, state, refreshed } = self;
        let problems = response.problems.map(|d| d.of(addr));
        if problems.has_errors() {
            return problems;
        }
        let Some(found) = response.object else {
            refreshed.values.remove(addr);
            state.remove(addr, None);
            refreshed.drift.push(Drifted {
                addr: addr.clone(),
                provider: provider.clone(),
                before: prior.clone(),
                after: Value::null(prior.ty()),
            });
            return problems;
        };
        // Marks are configuration's business, so what state knew of them stays.
        let found = found.mark_paths(&prior.sensitive_paths());
        if let Some(revision) = response.revision {
            refreshed.revisions.insert(addr.clone(), revision);
        }
        if !equal_but_empty(prior, &found) {
            refreshed.drift.push(Drifted {
                addr: addr.clone(),
                provider: provider.clone(),
                before: prior.clone(),
                after: found.clone(),
            });
        }
        if let Some((_, ty)) = registry.resource(&addr.resource.type_name) {
            let like = state.object(addr);
            let written = |like: &Object| {
                object::is_written(&ty.schema, like, prior, &found, &response.private)
                    && state.resources.get(&addr.resource).is_some_and(|r| r.provider == *provider)
            };
            if !like.is_some_and(written) {
                let private = response.private.or_else(|| like.and_then(object::private));
                let mut object = object::object(&ty.schema, &found, &private, like);
                object.status = like.map(|o| o.status).unwrap_or_default();
                state.set(addr, None, provider, object);
            }
        }
        refreshed.values.insert(addr.clone(), found);
        problems
    }
}

/// Whether two values differ in no more than ways to say "not set" (`null`, `""`, `[]`): such a difference is how
/// values are written, not drift.
pub(super) fn equal_but_empty(a: &Value, b: &Value) -> bool {
    if equal(a, b) || (is_empty(a) && is_empty(b)) {
        return true;
    }
    let (a, b) = (a.steps(), b.steps());
    !a.is_empty()
        && a.len() == b.len()
        && a.iter().zip(&b).all(|((x, a), (y, b))| x == y && equal_but_empty(a, b))
}

/// What to say of a provider block that is gone while objects that it made are in state.
fn still_needed(problem: Diagnostic, addr: &InstanceAddr, many: usize) -> Diagnostic {
    let more = if many > 1 { format!(" and {} more", many - 1) } else { String::new() };
    let detail = format!(
        "{} The state holds {addr}{more}, made with that configuration. Put the block back until that is destroyed, or \
         take it out of the state with \"lambdaform state rm\".",
        problem.detail
    );
    Diagnostic { detail, ..problem }.of(addr)
}

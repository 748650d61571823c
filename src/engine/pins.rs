//! `verify_pins`: whether what a saved plan was made from is still as it was.
//! Changes nothing.

use super::checks::Checks;
use super::connections::{Connections, provider_in_state};
use super::variables::Unset;
use super::{Run, preload};
use crate::base::{Diagnostic, Diagnostics};
use crate::plan::{Action, Plan};
use crate::provider::{ReadRequest, ReadResponse};
use crate::state::State;

/// Whether anything that a saved plan pinned has moved since: serial, lineage, revisions. The diagnostics name what
/// moved; none means that the plan may be applied. Packages are compared by the provider when it reads them.
pub async fn verify_pins(run: &Run<'_>, plan: &Plan, state: &State) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let pins = &plan.pins;
    if !pins.lineage.is_empty() && !state.lineage.is_empty() && pins.lineage != state.lineage {
        problems.push(Diagnostic::error(
            "Saved plan does not match the given state",
            format!(
                "The given plan file was created from a different state lineage: {}, while the state at hand has {}.",
                pins.lineage, state.lineage
            ),
        ));
    } else if pins.serial != state.serial {
        problems.push(Diagnostic::error(
            "Saved plan is stale",
            format!(
                "The given plan file can no longer be applied because the state was changed by another operation after \
                 the plan was created: it was made for serial {}, and the state now has serial {}.",
                pins.serial, state.serial
            ),
        ));
    }
    if pins.workspace != run.workspace {
        problems.push(Diagnostic::error(
            "Saved plan belongs to another workspace",
            format!(
                "The plan was made in workspace {:?}, and {:?} is selected.",
                pins.workspace, run.workspace
            ),
        ));
    }
    if problems.has_errors() {
        return problems;
    }
    revisions(run, plan, &mut problems).await;
    problems
}

async fn revisions(run: &Run<'_>, plan: &Plan, problems: &mut Diagnostics) {
    let world = preload::variables(run, None, Unset::Refused, &mut Checks::default(), problems);
    let mut connections = Connections::new(run.config, run.registry, &run.environment);
    let pinned = plan.changes.iter().filter(|c| c.action != Action::NoOp && c.revision.is_some());
    let mut batches: std::collections::BTreeMap<_, Vec<_>> = std::collections::BTreeMap::new();
    for change in pinned {
        match provider_in_state(run.registry, run.config, &change.addr, &change.provider) {
            Ok(reference) => batches.entry(reference).or_default().push(change),
            Err(problem) => problems.push(problem),
        }
    }
    for (reference, changes) in batches {
        let Some(connection) = connections.get(&reference, &world, problems) else { return };
        if let Err(found) = connection.connect().await {
            problems.extend(found);
            return;
        }
        let requests = changes
            .iter()
            .map(|c| ReadRequest {
                type_name: c.addr.resource.type_name.clone(),
                prior: c.before.clone().unmark_deep().0,
                private: c.private.clone(),
            })
            .collect();
        let moved = std::sync::Mutex::new(Vec::new());
        let done = |index: usize, response: ReadResponse| {
            let Some(change) = changes.get(index) else { return };
            let now = response.revision.clone();
            if !response.problems.has_errors() && now != change.revision {
                let gone = response.object.is_none();
                moved.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, now, gone));
            }
        };
        connection.read(requests, &done).await;
        let mut moved = moved.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        moved.sort_by_key(|(index, ..)| *index);
        for (index, now, gone) in moved {
            let Some(change) = changes.get(index) else { continue };
            let what = match now {
                _ if gone => "it no longer exists".to_owned(),
                Some(now) => format!("its revision is {now} now"),
                None => "another change of it is still going on".to_owned(),
            };
            problems.push(
                Diagnostic::error(
                    "Object has changed since the plan was made",
                    format!(
                        "The plan was made for revision {} of {}, but {what}: somebody has changed it in between. Nothing \
                         was applied; make a new plan.",
                        change.revision.as_deref().unwrap_or_default(),
                        change.addr
                    ),
                )
                .of(&change.addr),
            );
        }
    }
}

//! Which changes made outside are worth a note, and what is different in them.
//! Knows nothing of how they are shown.

use super::Schemas;
use super::change::resource_diff;
use crate::base::Path;
use crate::plan::diff::Diff;
use crate::plan::{Action, Plan, PlanMode, ResourceChange};

/// A change made outside.
pub(super) struct Drift<'p> {
    pub(super) change: &'p ResourceChange,
    /// Of the attributes that matter; `None` for a type that is not known.
    pub(super) diff: Option<Diff>,
}

/// The changes in which something differs that may matter to the plan. All that was found matters when the plan is to
/// record it, and then also that something has moved alone.
pub(super) fn noted_drift<'p>(plan: &'p Plan, schemas: Schemas<'_>) -> impl Iterator<Item = Drift<'p>> {
    let all = plan.mode == PlanMode::RefreshOnly;
    plan.drift.iter().filter_map(move |change| {
        let relevant = relevant(plan, change);
        if relevant.is_empty() && !all {
            return None;
        }
        let diff = resource_diff(change, schemas, (!all).then_some(&relevant));
        let same = diff.as_ref().is_some_and(|diff| diff.action == Action::NoOp);
        let moved = all && change.previous_addr.is_some();
        (!same || moved).then_some(Drift { change, diff })
    })
}

/// The attributes of a resource that the plan depends on.
fn relevant(plan: &Plan, change: &ResourceChange) -> Vec<Path> {
    let of_it = plan.relevant.iter().filter(|(addr, _)| {
        addr.resource == change.addr.resource && (addr.key.is_none() || addr.key == change.addr.key)
    });
    of_it.map(|(_, path)| path.clone()).collect()
}

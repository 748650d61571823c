//! The steps of a plan: what becomes of replacements, and in which order everything is done.
//! Plans nothing; the rules of the order are [`crate::plan::order`]'s.

use std::collections::BTreeMap;

use super::closure;
use super::planner::Planner;
use super::replacement;
use crate::base::{Diagnostic, Diagnostics};
use crate::plan::order::{self, Dependencies, Ordered};
use crate::plan::{Plan, PlanMode};
use crate::state::State;

impl Planner<'_, '_, '_> {
    /// Puts the steps in order.
    pub(super) fn order(&mut self, plan: &mut Plan) {
        self.changes.sort_by(|a, b| (&a.addr, &a.deposed).cmp(&(&b.addr, &b.deposed)));
        let mut ordered: Vec<Ordered> = self
            .changes
            .iter()
            .map(|c| Ordered {
                resource: c.addr.resource.config(),
                action: c.action,
                deposed: c.deposed.is_some(),
            })
            .collect();
        let destroying = self.options.mode == PlanMode::Destroy;
        let new = if destroying { Dependencies::new() } else { self.graph.dependencies.clone() };
        let old = old_dependencies(&self.state).unwrap_or_else(|problems| {
            self.problems.extend(problems);
            Dependencies::new()
        });
        let changes = &self.changes;
        let registry = self.run.registry;
        order::settle_replacements(&mut ordered, &new, &old, |i| {
            let change = &changes[i];
            registry
                .resource(&change.addr.resource.type_name)
                .is_some_and(|(_, ty)| !replacement::keeps_name(ty, Some(&change.before), &change.after))
        });
        for (change, ordered) in self.changes.iter_mut().zip(&ordered) {
            change.action = ordered.action;
        }
        match order::steps(&ordered, &new, &old) {
            Ok(steps) => plan.steps = steps,
            Err(cycle) => {
                let addresses: Vec<String> =
                    cycle.0.iter().map(|i| self.changes[*i].addr.to_string()).collect();
                self.problems.push(Diagnostic::error(
                    "Cycle",
                    format!(
                        "The steps of this plan wait for each other in a circle: {}. Apply it in two parts with -target.",
                        addresses.join(" -> ")
                    ),
                ));
            }
        }
        plan.changes = std::mem::take(&mut self.changes);
    }
}

/// The dependencies that state recorded, closed transitively.
///
/// # Errors
/// When they are too many.
pub(super) fn old_dependencies(state: &State) -> Result<Dependencies, Diagnostics> {
    let mut direct: Dependencies = BTreeMap::new();
    for (addr, resource) in &state.resources {
        let entry = direct.entry(addr.config()).or_default();
        for object in resource.objects.values() {
            entry.extend(object.dependencies.iter().cloned());
        }
    }
    // Terraform writes the closure already; a state from elsewhere may not.
    closure::closed(&direct)
}

//! `Removals`: what `removed` blocks say of objects that are no longer declared.
//! Knows nothing of the state; the planner asks for each leftover.

use super::pattern::Pattern;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr};
use crate::config::{Config, MoveEndpoint, Removed};
use crate::plan::{Action, ResourceChange};

/// The `removed` blocks of a configuration.
#[derive(Debug, Default)]
pub(super) struct Removals(Vec<(Pattern, bool)>);

impl Removals {
    /// Reads the blocks of every module.
    ///
    /// # Errors
    /// When something is still declared that is said to be removed.
    pub(super) fn new(config: &Config) -> Result<Removals, Diagnostics> {
        let mut all = Vec::new();
        let mut problems = Diagnostics::new();
        for (at, module) in config.modules() {
            for removed in &module.removed {
                let pattern = Pattern::new(&at, &removed.from, true, true);
                let (what, declared) = match &removed.from {
                    MoveEndpoint::Module(_) => ("module", config.call(&pattern.path()).map(|call| call.span)),
                    _ => (
                        "resource",
                        pattern
                            .resource()
                            .and_then(|addr| config.resource(&addr))
                            .map(|resource| resource.span),
                    ),
                };
                if let Some(span) = declared {
                    let detail = format!(
                        "This statement declares that {pattern} was removed, but it is still declared in configuration."
                    );
                    problems.push(Diagnostic::error(format!("Removed {what} still exists"), detail).at(span));
                }
                all.push((pattern, removed.destroy));
            }
        }
        // What is said of a resource goes before what is said of its module.
        all.sort_by_key(|(pattern, _)| pattern.is_module());
        if problems.has_errors() { Err(problems) } else { Ok(Removals(all)) }
    }

    /// The block that says what becomes of an object that is not declared.
    pub(super) fn block_of<'a>(config: &'a Config, addr: &InstanceAddr) -> Option<&'a Removed> {
        let blocks = config.modules().flat_map(|(at, module)| {
            module.removed.iter().map(move |removed| (Pattern::new(&at, &removed.from, true, true), removed))
        });
        let covering = blocks.filter(|(pattern, _)| pattern.covers(addr));
        covering.min_by_key(|(pattern, _)| pattern.is_module()).map(|(_, removed)| removed)
    }

    /// Whether an object that is not declared only leaves the state, instead of being destroyed.
    pub(super) fn forget(&self, addr: &InstanceAddr) -> bool {
        self.0.iter().find(|(pattern, _)| pattern.covers(addr)).is_some_and(|(_, destroy)| !destroy)
    }
}

/// What to say of the objects that stay but leave the state.
pub(super) fn warning(changes: &[ResourceChange]) -> Option<Diagnostic> {
    let forgotten = changes.iter().filter(|change| change.action == Action::Forget);
    let list: String = forgotten.map(|change| format!("\n - {}", change.addr)).collect();
    (!list.is_empty()).then(|| {
        Diagnostic::warning(
            "Some objects will no longer be managed by lambdaform",
            format!(
                "If you apply this plan, lambdaform will discard its tracking information for the following objects, but \
                 it will not delete them:{list}\n\nAfter applying this plan, lambdaform will no longer manage these \
                 objects. You will need to import them to manage them again."
            ),
        )
    })
}

//! `Removals`: what `removed` blocks say of objects that are no longer declared.
//! Knows nothing of the state; the planner asks for each leftover.

use super::pattern::Pattern;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr};
use crate::config::{Config, MoveEndpoint};

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

    /// Whether an object that is not declared only leaves the state, instead of being destroyed.
    pub(super) fn forget(&self, addr: &InstanceAddr) -> bool {
        self.0.iter().find(|(pattern, _)| pattern.covers(addr)).is_some_and(|(_, destroy)| !destroy)
    }
}

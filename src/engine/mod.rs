//! The verbs: validate, plan and apply over a graph of resource instances.
//! Never imports a provider and never prints.

mod event;
mod recorder;
mod run;

pub use event::{Event, StepVerb, Summary, Unfinished};
pub use recorder::{NoRecord, Recorder, StepId, StepRecord, StepResult};
pub use run::{Applied, EventSink, PlanOptions, Planned, Run};

use crate::base::{Diagnostic, Diagnostics};
use crate::config::Config;
use crate::plan::Plan;
use crate::provider::{Registry, Stop};
use crate::state::State;

/// Checks a configuration without state, credentials or variable values: names, types, constraints and references.
/// What depends on a variable's value counts as unknown.
pub fn validate(config: &Config, registry: &Registry) -> Diagnostics {
    let _ = (config, registry);
    Diagnostic::error("Not built yet", "validate").into()
}

/// Plans what has to be done to reach what the options ask for. Reads real objects and data sources, changes nothing.
///
/// The plan is returned also after errors (`plan.errored`, `plan.problems`), with what could be planned.
pub async fn plan(run: &Run<'_>, state: &State, options: &PlanOptions, events: EventSink<'_>) -> Planned {
    let _ = (run, options, events);
    Planned::failed(state.clone(), Diagnostic::error("Not built yet", "plan"))
}

/// Whether anything that a saved plan pinned has moved since: serial, lineage, packages, revisions. The diagnostics
/// name what moved; none means that the plan may be applied.
pub async fn verify_pins(run: &Run<'_>, plan: &Plan, state: &State) -> Diagnostics {
    let _ = (run, plan, state);
    Diagnostics::new()
}

/// Executes a plan. Every finished step is recorded before the next depends on it; a failing one skips its dependents
/// and nothing else; after `stop` nothing new starts and what is in flight is finished and recorded.
pub async fn apply(run: &Run<'_>, planned: Planned, stop: &Stop, events: EventSink<'_>) -> Applied {
    let _ = (run, stop, events);
    Applied { state: planned.state, summary: Summary::default(), problems: Diagnostics::new() }
}

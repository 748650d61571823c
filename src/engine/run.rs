//! `Run`: what a verb starts from and what it comes back with.
//! Plain data; knows nothing of arguments or terminals.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::{Event, Found, Recorder, Summary};
use crate::base::{Diagnostics, InstanceAddr, Name};
use crate::config::{Config, Input};
use crate::plan::{Plan, PlanMode};
use crate::provider::{Environment, Registry, Stop};
use crate::state::State;

/// What a verb starts from.
pub struct Run<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The providers at hand.
    pub registry: &'a Registry,
    /// What providers may know of the place they run in.
    pub environment: Environment,
    /// The winning input of each declared variable that has one; defaults are the engine's business.
    pub variables: BTreeMap<Name, Input>,
    /// The workspace.
    pub workspace: String,
    /// The working directory, for `path.cwd`.
    pub cwd: PathBuf,
    /// The home directory, for a `~` at the start of a path.
    pub home_dir: Option<PathBuf>,
    /// When the run began.
    pub started: jiff::Timestamp,
    /// When the plan was made, for `plantimestamp`: the same as `started` but for a saved plan.
    pub plan_time: jiff::Timestamp,
    /// How many steps and reads may be in flight at once.
    pub parallelism: usize,
    /// Set by the first interrupt; handed to everything that waits.
    pub stop: Stop,
    /// Where each finished step is recorded.
    pub recorder: Arc<dyn Recorder>,
}

/// What to plan for.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Configuration, nothing, or what is there.
    pub mode: PlanMode,
    /// Whether real objects are read first.
    pub refresh: bool,
    /// Only these and what they depend on: resources, instances or modules; empty means everything.
    pub targets: Vec<String>,
    /// Without these and what depends on them; not together with targets.
    pub excludes: Vec<String>,
    /// Instances to replace even if nothing changed.
    pub replace: Vec<InstanceAddr>,
    /// What was found while configuration was generated. With it, import blocks without configuration are left alone; without,
    /// they are errors.
    pub generated: Option<Found>,
}

/// A plan with the state it was made from.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The state with reality read into it, moves made and killed calls settled; apply starts from here.
    pub state: State,
}

/// What came of an apply.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The state as it now is.
    pub state: State,
    /// What was done, what failed, what was not tried.
    pub summary: Summary,
    /// Errors and warnings.
    pub problems: Diagnostics,
}

/// Where events go; called from the engine's own task, in order.
pub type EventSink<'a> = &'a (dyn Fn(Event) + Send + Sync);

impl Planned {
    /// A plan that could not be made at all.
    pub fn failed(state: State, problem: impl Into<Diagnostics>) -> Self {
        let plan = Plan { errored: true, problems: problem.into(), ..Plan::empty(PlanMode::Normal) };
        Planned { plan, state }
    }
}

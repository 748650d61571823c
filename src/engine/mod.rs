//! The verbs: validate, plan and apply over a graph of resource instances.
//! Never imports a provider and never prints.

mod apply;
mod checks;
mod connections;
mod console;
mod deletions;
mod event;
mod executor;
mod expand;
mod generate;
mod generated;
mod graph;
mod ignore_changes;
mod import;
mod imports;
mod instance;
mod kinds;
mod moves;
mod object;
mod ordering;
mod outputs;
mod overview;
mod pattern;
mod pins;
mod plan;
mod planner;
mod preload;
mod reading;
mod recorder;
mod refresh;
mod removals;
mod replacement;
mod results;
mod run;
mod scope;
mod settle;
mod target;
mod task;
#[cfg(test)]
mod tests;
mod trigger;
mod validate;
mod variables;
mod world;

pub use apply::apply;
pub use console::{Answer, Console};
pub use event::{Event, ImportStep, StepVerb, Summary, Unfinished};
pub use generate::{Found, FoundObject, Generation, Keep, generate};
pub use import::{ImportStage, import};
pub use overview::overview;
pub use pins::verify_pins;
pub use plan::plan;
pub use recorder::{NoRecord, Recorder, StepId, StepRecord, StepResult};
pub use run::{Applied, EventSink, PlanOptions, Planned, Run};
pub use settle::{OpenCall, OpenStep, settle};
pub use validate::validate;

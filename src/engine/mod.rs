//! The verbs: validate, plan and apply over a graph of resource instances.
//! Never imports a provider and never prints.

mod apply;
mod checks;
mod connections;
mod console;
mod drawing;
mod event;
mod executor;
mod expand;
mod generate;
mod generated;
mod graph;
mod import;
mod import_rules;
mod imports;
mod instance;
mod moves;
mod object;
mod outputs;
mod overview;
mod pattern;
mod pins;
mod plan;
mod planner;
mod preload;
mod provisioners;
mod provisioning;
mod recorder;
mod refresh;
mod relevant;
mod removals;
mod run;
mod scope;
mod settle;
mod target;
#[cfg(test)]
mod tests;
mod trigger;
mod validate;
mod variables;
mod world;

pub use apply::apply;
pub use console::{Answer, Console};
pub use drawing::{Drawing, Shape, Walk, draw_destruction, draw_plan, draw_walk};
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

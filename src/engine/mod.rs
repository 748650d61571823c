//! The verbs: validate, plan and apply over a graph of resource instances.
//! Never imports a provider and never prints.

mod event;

pub use event::{Event, StepVerb, Summary, Unfinished};

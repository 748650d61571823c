//! The expression language: references, evaluation, templates, conversion, functions.
//! Knows nothing of state or plans.

pub mod functions;
mod scope;

pub use scope::{Context, FunctionEnv, Reference, Scope};

//! The expression language: references, evaluation, templates, conversion, functions.
//! Knows nothing of state or plans.

mod scope;
mod refs;
mod ops;
mod access;
mod effort;
mod eval;
mod iterate;
mod template;
mod call;
mod special;
mod template_call;
mod body;
mod constant;
mod typed;
mod describe;
mod ephemeral;
pub mod functions;
#[cfg(test)]
mod cases;

pub use body::{evaluate_body, sorted_out};
pub use constant::{constant, default_value};
pub use describe::describe;
pub use effort::Budget;
pub use ephemeral::{body_mentions_ephemeral, mentions_ephemeral};
pub use eval::{evaluate, explain};
pub use refs::{Mention, reference_of, references, references_in_body, references_that_last};
pub use scope::{Context, FunctionEnv, Reference, Scope};
pub use typed::{TypedError, apply_constraint, check_constraint, input_value};

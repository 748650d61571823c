//! Plans, states, diagnostics and events as text, Markdown and JSON.
//! Decides nothing and prints nothing: every function returns text or JSON.

mod block_diff;
mod change;
mod diagnostic;
mod drift;
mod hcl_text;
pub mod hcl_value;
mod json_checks;
mod json_diagnostic;
mod json_plan;
mod json_state;
mod json_stream;
mod json_tree;
mod json_value;
mod markdown;
mod outputs;
mod package;
mod progress;
mod snippet;
mod state_text;
mod style;
mod text;
mod type_text;
mod unified_diff;
mod value_diff;
mod wrap;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod golden;

pub use diagnostic::{compact_diagnostics, consolidated, diagnostic, diagnostics};
pub use json_diagnostic::{diagnostic_json, validate_json};
pub use json_plan::{PlanJson, plan_json};
pub use json_state::{outputs_json, state_json};
pub use json_value::Secrets;
pub use markdown::plan_markdown;
pub use outputs::{Listed, listed, output_list, outputs_after_apply};
pub use package::size;
pub use progress::{apply_summary, event_line, second_interrupt};
pub use state_text::{object_text, state_text};
pub use style::{DEFAULT_WIDTH, Style};
pub use text::{plan_footer, plan_text};
pub use type_text::type_text;
pub use unified_diff::unified_diff;
pub use wrap::wrap;

use crate::base::Mode;
use crate::schema::Schema;

/// The event stream of `-json`, line by line.
pub mod stream {
    pub use super::json_stream::{applied_summary, diagnostic, event, log, outputs, plan, version};
}

/// The program's name in everything it says.
pub const PROGRAM: &str = "lambdaform";

/// Finds the schema of a resource or data source type.
pub type Schemas<'a> = &'a dyn Fn(Mode, &str) -> Option<&'static Schema>;

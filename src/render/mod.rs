//! Plans, states, diagnostics and events as text, Markdown and JSON.
//! Decides nothing and prints nothing: every function returns text or JSON.

mod block_diff;
mod change;
mod diagnostic;
mod hcl_text;
pub mod hcl_value;
mod outputs;
mod package;
mod progress;
mod snippet;
mod style;
mod text;
mod value_diff;
mod wrap;

pub use diagnostic::{compact_diagnostics, diagnostic, diagnostics};
pub use outputs::{Listed, output_list, outputs_after_apply};
pub use package::size;
pub use progress::{apply_summary, event_line, second_interrupt};
pub use style::{DEFAULT_WIDTH, Style};
pub use text::{plan_footer, plan_text};
pub use wrap::wrap;

use crate::base::Mode;
use crate::schema::Schema;

/// The program's name in everything it says.
pub const PROGRAM: &str = "lambdaform";

/// Finds the schema of a resource or data source type.
pub type Schemas<'a> = &'a dyn Fn(Mode, &str) -> Option<&'static Schema>;

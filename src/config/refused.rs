//! What is read but not yet acted upon: an error for each, because to leave one out would change what is planned.
//! A row goes when the engine has learnt what it names; when there is none left, so does this file.

use super::{ImportId, Module};
use crate::base::{Diagnostic, Diagnostics, Span};

/// The summary of all these errors.
pub(super) const SUMMARY: &str = "Unsupported configuration";

/// Where something is written that is not yet acted upon.
struct Row {
    what: &'static str,
    written: fn(&Module) -> Vec<Span>,
    instead: &'static str,
}

const ROWS: &[Row] = &[Row {
    what: "Arguments named \"identity\" of import blocks",
    written: |module| {
        let ids = module.imports.iter().map(|import| &import.id);
        ids.filter_map(|id| if let ImportId::Identity(expr) = id { Some(expr.span) } else { None }).collect()
    },
    instead: "Give the argument \"id\" instead.",
}];

/// An error for everything in a module that is not yet acted upon.
pub(super) fn refused(module: &Module) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for Row { what, written, instead } in ROWS {
        for span in written(module) {
            let detail = format!(
                "{what} are not supported yet, and leaving one out would change what is planned. {instead}"
            );
            problems.push(Diagnostic::error(SUMMARY, detail).at(span));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::{ROWS, SUMMARY};
    use crate::config::shown::load_text;

    #[test]
    fn nothing_is_left_out_in_silence() {
        let (_, problems) = load_text("import {\nto = a.b\nidentity = {}\n}");
        assert_eq!(problems.len(), ROWS.len());
        assert!(problems.iter().all(|p| p.summary == SUMMARY && p.span.is_some()), "{problems:?}");
    }
}

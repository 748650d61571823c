//! What a plan must warn of: that it was limited, and that objects leave it alive.
//! Knows nothing of other problems; the plan carries those itself.

use super::PROGRAM;
use crate::base::{Diagnostic, Diagnostics};
use crate::plan::{Action, Plan};

/// The warnings that follow from the plan itself.
pub fn plan_notes(plan: &Plan) -> Diagnostics {
    let mut notes = Diagnostics::new();
    if !plan.targets.is_empty() {
        notes.push(Diagnostic::warning(
            "Resource targeting is in effect",
            format!(
                "You are creating a plan with the -target option, which means that the result of this plan may not \
                 represent all of the changes requested by the current configuration.\n\n\
                 The -target option is not for routine use, and is provided only for exceptional situations such as \
                 recovering from errors or mistakes, or when {PROGRAM} specifically suggests to use it as part of an \
                 error message."
            ),
        ));
    }
    let forgotten: String = plan
        .changes
        .iter()
        .filter(|c| c.action == Action::Forget)
        .map(|c| format!("\n - {}", c.addr))
        .collect();
    if !forgotten.is_empty() {
        notes.push(Diagnostic::warning(
            format!("Some objects will no longer be managed by {PROGRAM}"),
            format!(
                "If you apply this plan, {PROGRAM} will discard its tracking information for the following objects, but \
                 it will not delete them:{forgotten}\n\n\
                 After applying this plan, {PROGRAM} will no longer manage these objects. You will need to import them \
                 into {PROGRAM} to manage them again."
            ),
        ));
    }
    notes
}

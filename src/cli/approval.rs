//! The question before an apply.
//! Knows nothing of what is applied beyond the plan's mode.

use crate::plan::PlanMode;
use crate::state::local::DEFAULT_WORKSPACE;

use super::PROGRAM;

/// What is asked, and the words for a no.
pub struct Question {
    /// The question.
    pub title: String,
    /// What the answer brings about.
    pub explanation: String,
    /// Said when the answer is not yes.
    pub cancelled: &'static str,
}

/// The question for a plan of this mode.
pub fn question(mode: PlanMode, workspace: &str) -> Question {
    let of_workspace = match workspace {
        DEFAULT_WORKSPACE => String::new(),
        other => format!(" in workspace {other:?}"),
    };
    match mode {
        PlanMode::Normal => Question {
            title: format!("Do you want to perform these actions{of_workspace}?"),
            explanation: format!(
                "{PROGRAM} will perform the actions described above.\nOnly 'yes' will be accepted to approve."
            ),
            cancelled: "Apply cancelled.",
        },
        PlanMode::Destroy => Question {
            title: format!("Do you really want to destroy all resources{of_workspace}?"),
            explanation: format!(
                "{PROGRAM} will destroy all your managed infrastructure, as shown above.\n\
                 There is no undo. Only 'yes' will be accepted to confirm."
            ),
            cancelled: "Destroy cancelled.",
        },
        PlanMode::RefreshOnly => Question {
            title: format!(
                "Would you like to update the {PROGRAM} state to reflect these detected changes{of_workspace}?"
            ),
            explanation: format!(
                "{PROGRAM} will write these changes to the state without modifying any real infrastructure.\n\
                 There is no undo. Only 'yes' will be accepted to confirm."
            ),
            cancelled: "Apply cancelled.",
        },
    }
}

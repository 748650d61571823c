//! `CommandError`: the one error of every command.
//! Knows nothing of how it is shown.

use crate::base::{Diagnostic, Diagnostics, Sources};

/// Why a command cannot go on.
#[derive(Debug)]
pub enum CommandError {
    /// Problems, with the sources their spans point into.
    Problems(Diagnostics, Sources),
    /// The command line makes no sense; a hint to the command's help follows the problem.
    Usage {
        /// The problem.
        problem: Box<Diagnostic>,
        /// The command's full name, such as `state list`; empty for the program itself.
        command: String,
    },
    /// Text for standard error that Terraform, too, prints without the frame of a diagnostic.
    Plain(String),
    /// Everything has been said already.
    Reported,
}

impl CommandError {
    /// An error about the command line.
    pub fn usage(command: &str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        let problem = Box::new(Diagnostic::error(summary, detail));
        CommandError::Usage { problem, command: command.to_owned() }
    }

    /// A single problem that has no place in the configuration.
    pub fn problem(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Diagnostic::error(summary, detail).into()
    }
}

impl From<Diagnostic> for CommandError {
    fn from(problem: Diagnostic) -> Self {
        CommandError::Problems(problem.into(), Sources::default())
    }
}

impl From<Diagnostics> for CommandError {
    fn from(problems: Diagnostics) -> Self {
        CommandError::Problems(problems, Sources::default())
    }
}

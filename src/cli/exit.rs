//! `Exit`: every exit code of the program, declared once.
//! Knows nothing of why a command ended the way it did.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what was asked.
    Success = 0,
    /// It did not; standard error says why. Also after an interrupt.
    Error = 1,
    /// With `-detailed-exitcode`: a plan was made and it has changes. For `fmt`: something could not be formatted.
    Changes = 2,
    /// With `fmt -check`: a file is not in its canonical layout.
    Unformatted = 3,
    /// No command was given; the help was shown. Terraform's code, too.
    NoCommand = 127,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

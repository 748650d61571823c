//! The proof that Terraform's users can switch, and switch back: both programs read the same files against the same
//! kind of server, and what they say and leave behind is compared. Knows lambdaform only as a program to run.

pub mod http;
pub mod server;
mod compare;
mod text;
mod departures;
mod pair;
pub mod functions;

mod sources;
mod format;
mod console;

mod validation;
mod language;
mod modules;
mod inputs;
mod transitions;
mod types;
mod lifecycle;
mod commands;
mod generation;

/// A Python that has boto3: the first `python3` on `PATH`, or one beside an emulator.
fn boto3_python() -> Option<std::path::PathBuf> {
    use crate::support::program::Program;
    let emulators = [Program::MotoServer, Program::Ministack].into_iter().filter_map(Program::find);
    let beside = emulators.filter_map(|program| Some(program.parent()?.join("python3")));
    let all = std::iter::once("python3".into()).chain(beside);
    let has_it = |python: &std::path::PathBuf| {
        let output = std::process::Command::new(python).args(["-c", "import boto3"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    all.into_iter().find(has_it)
}

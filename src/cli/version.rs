//! `version`: which program this is.
//! Knows nothing of configuration.

use serde_json::json;

use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;

/// The arguments of `version`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version as a person reads it.
pub(super) fn text() -> String {
    format!("Lambdaform v{VERSION}\non {}\n", platform())
}

/// The platform in Go's words, which wrappers compare with.
fn platform() -> String {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let os = if std::env::consts::OS == "macos" { "darwin" } else { std::env::consts::OS };
    format!("{os}_{arch}")
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let terminal = &session.view.terminal;
    if args.json {
        let object = json!({
            "lambdaform_version": VERSION,
            // What wrappers of Terraform look for: the version whose language and state format this one speaks.
            "terraform_version": crate::state::v4::TERRAFORM_VERSION,
            "platform": platform(),
            "provider_selections": {},
            "terraform_outdated": false,
        });
        terminal.out(&format!("{object:#}\n"));
    } else {
        terminal.out(&text());
    }
    Ok(Exit::Success)
}

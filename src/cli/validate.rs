//! `validate`: whether the configuration makes sense, without state, credentials or values.
//! Changes nothing and speaks to nobody.

use std::path::{Path, PathBuf};

use crate::lang::FunctionEnv;
use crate::{config, engine, render};

use super::backend;
use super::error::CommandError;
use super::exit::Exit;
use super::session::Session;

/// The arguments of `validate`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Print one JSON object, made for editors and CI.
    #[arg(long)]
    json: bool,
    /// Accepted for scripts that pass it: there are no test files.
    #[arg(long)]
    no_tests: bool,
    /// Accepted for scripts that pass it: there are no test files.
    #[arg(long, value_name = "DIR")]
    test_directory: Option<PathBuf>,
    /// The directory, if not the working directory.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let dir = args.dir.as_deref().unwrap_or(Path::new("."));
    let (config, mut problems) = config::load(dir, &session.terraform_dir());
    problems.extend(backend::check(config.root.backend.as_ref()));
    // What could not be read would only be complained about again.
    if !problems.has_errors() {
        let env = FunctionEnv {
            base_dir: ".".into(),
            cwd: session.cwd.clone(),
            home_dir: session.home_dir(),
            ..FunctionEnv::default()
        };
        problems.extend(engine::validate(&config, &session.registry(), env));
    }
    let exit = if problems.has_errors() { Exit::Error } else { Exit::Success };
    if args.json {
        let answer = render::validate_json(&problems, &config.sources);
        session.view.terminal.out(&format!("{answer:#}\n"));
        return Ok(exit);
    }
    session.view.problems(&problems, &config.sources);
    if exit == Exit::Success {
        let style = session.view.style();
        let but = if problems.is_empty() {
            "."
        } else {
            ", but there were some validation warnings as shown above."
        };
        session.view.say(&format!("{} The configuration is valid{but}\n\n", style.bold_green("Success!")));
    }
    Ok(exit)
}

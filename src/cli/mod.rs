//! The command line: arguments, prompts, printing, environment, clock, signals and exit codes; one file per command.
//! Decides nothing about infrastructure; it is the only floor that prints or knows which providers there are.

mod early;
mod env;
mod exit;
mod error;
mod args;
mod flags;
mod refusal;
mod help;
mod terminal;
mod view;
mod prompt;
mod hidden;
mod signal;
mod progress;
mod panic;
mod session;
mod backend;
mod variables;
mod recorder;
mod operation;
mod recovery;
mod editing;
mod approval;
mod credentials;
mod modules;
mod get;
mod init;
mod validate;
mod fmt;
mod generate;
mod console;
mod pins;
mod plan;
mod apply;
mod destroy;
mod refresh;
mod show;
mod configuration_json;
mod output;
mod state;
mod taint;
mod force_unlock;
mod workspace;
mod provider_source;
mod providers;
mod graph;
mod import;
mod version;
mod local;
mod completions;
mod man;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use env::Env;
pub use exit::Exit;

use error::CommandError;
use help::LATER;
use session::Session;
use terminal::Terminal;
use view::View;

/// The name of the program in everything it says about itself.
const PROGRAM: &str = "lambdaform";

/// Plan and apply AWS Lambda functions in Terraform's language.
#[derive(Parser, Debug)]
#[command(
    name = PROGRAM,
    version,
    disable_help_subcommand = true,
    args_override_self = true,
    infer_long_args = false,
    subcommand_required = true
)]
struct Cli {
    /// Switch to another working directory before running the command.
    #[arg(long, value_name = "DIR")]
    chdir: Option<PathBuf>,
    /// Write no color. NO_COLOR does the same.
    #[arg(long, global = true, help_heading = "Other options")]
    no_color: bool,
    #[command(subcommand)]
    command: Verb,
}

/// The commands.
#[derive(Subcommand, Debug)]
enum Verb {
    /// Prepare the working directory: install modules, check the configuration and the backend
    ///
    /// The providers are part of the program, so a configuration whose modules all lie beside it, and which has no backend
    /// block, needs nothing of this.
    #[command(display_order = 1)]
    Init(init::Args),
    /// Check whether the configuration is valid
    ///
    /// Looks at the configuration alone: no state, no credentials, no values of variables, no network.
    #[command(display_order = 2)]
    Validate(validate::Args),
    /// Show what the configuration would change
    ///
    /// Reads the state and the real objects and shows what apply would do to make them as the configuration says. Nothing
    /// is changed. With -out the plan is saved, and apply executes exactly that or nothing.
    #[command(display_order = 3)]
    Plan(plan::Args),
    /// Create or update infrastructure
    ///
    /// Makes a plan, shows it, asks, and executes it. With a plan saved by plan -out it executes that one without a
    /// question, unless anything it was made from has moved since.
    #[command(display_order = 4)]
    Apply(apply::Args),
    /// Destroy what was created
    ///
    /// The same as apply -destroy: plans to destroy everything in the state, shows that, asks, and does it.
    #[command(display_order = 5)]
    Destroy(destroy::Args),
    /// Write shell completions to standard output
    #[command(display_order = LATER)]
    Completions(completions::Args),
    /// Give back a lock that another run left
    ///
    /// A lock in S3 or DynamoDB outlives a process that is killed. That of a run in this directory is given back by the next
    /// one; this takes away any other, by its ID. Locks of local files end with the process that holds them.
    #[command(display_order = LATER)]
    ForceUnlock(force_unlock::Args),
    /// Install or upgrade modules
    ///
    /// Installs the modules that the configuration calls into .terraform/modules, as init does. What is installed already is
    /// left alone unless -update is given.
    #[command(display_order = LATER)]
    Get(get::Args),
    /// Show which resource depends on which
    ///
    /// Writes the resources of the configuration and their dependencies in the DOT language, for GraphViz.
    #[command(display_order = LATER)]
    Graph(graph::Args),
    /// Bring an object that exists into the state
    ///
    /// The configuration must have the resource already. Nothing real is changed; the next plan shows what differs from the
    /// configuration.
    #[command(display_order = LATER)]
    Import(import::Args),
    /// Try expressions at a prompt
    ///
    /// Evaluates expressions from standard input with the values of variables, locals, and resources in the state. Nothing is
    /// changed.
    #[command(display_order = LATER)]
    Console(console::Args),
    /// Bring source files to their canonical layout
    ///
    /// Rewrites .tf, .tfvars and .tftest.hcl files as terraform fmt does. JSON files are left alone.
    #[command(display_order = LATER)]
    Fmt(fmt::Args),
    /// The built-in Lambda control plane
    #[command(display_order = LATER, subcommand_required = true)]
    Local {
        #[command(subcommand)]
        verb: local::Verb,
    },
    /// Write manual pages into a directory
    #[command(display_order = LATER)]
    Man(man::Args),
    /// Show output values
    ///
    /// Prints the outputs in the state; with a name that one alone, secret or not.
    #[command(display_order = LATER)]
    Output(output::Args),
    /// Show which providers the configuration and the state need
    #[command(display_order = LATER)]
    Providers(providers::Args),
    /// Read real objects into the state
    ///
    /// The same as apply -refresh-only -auto-approve, without showing what has changed.
    #[command(display_order = LATER)]
    Refresh(refresh::Args),
    /// Show the state or a saved plan
    ///
    /// Prints the state, or the plan or state in a file, for people, as JSON, or as Markdown for pull requests.
    #[command(display_order = LATER)]
    Show(show::Args),
    /// Look into the state and edit it
    #[command(display_order = LATER, subcommand_required = true)]
    State {
        #[command(subcommand)]
        verb: state::Verb,
    },
    /// Mark a resource instance to be replaced by the next apply
    ///
    /// Changes nothing but the state. The flag -replace of plan and apply does the same for one run.
    #[command(display_order = LATER)]
    Taint(taint::Args),
    /// Take back that a resource instance is to be replaced
    #[command(display_order = LATER)]
    Untaint(taint::Args),
    /// Show the version
    #[command(display_order = LATER)]
    Version(version::Args),
    /// Keep several states of one configuration side by side
    #[command(display_order = LATER, subcommand_required = true)]
    Workspace {
        #[command(subcommand)]
        verb: workspace::Verb,
    },
}

impl Verb {
    /// How its errors are shown: as the JSON stream if it was asked for one.
    fn streams_json(&self) -> bool {
        match self {
            Verb::Init(args) => args.json,
            Verb::Plan(args) => args.running.json,
            Verb::Apply(args) => args.running.json,
            Verb::Destroy(args) => args.running.json,
            Verb::Refresh(args) => args.running.json,
            _ => false,
        }
    }

    fn compact_warnings(&self) -> bool {
        match self {
            Verb::Plan(args) => args.running.compact_warnings,
            Verb::Apply(args) => args.running.compact_warnings,
            Verb::Destroy(args) => args.running.compact_warnings,
            Verb::Refresh(args) => args.running.compact_warnings,
            _ => false,
        }
    }

    fn run(self, session: &Session) -> Result<Exit, CommandError> {
        match self {
            Verb::Init(args) => init::run(&args, session),
            Verb::Get(args) => get::run(&args, session),
            Verb::Validate(args) => validate::run(&args, session),
            Verb::Console(args) => console::run(&args, session),
            Verb::Fmt(args) => fmt::run(&args, session),
            Verb::Plan(args) => plan::run(&args, session),
            Verb::Apply(args) => apply::run(args, session),
            Verb::Destroy(args) => destroy::run(args, session),
            Verb::Show(args) => show::run(&args, session),
            Verb::Output(args) => output::run(&args, session),
            Verb::State { verb } => state::run(&verb, session),
            Verb::Taint(args) => taint::taint(&args, session),
            Verb::Untaint(args) => taint::untaint(&args, session),
            Verb::ForceUnlock(args) => force_unlock::run(&args, session),
            Verb::Workspace { verb } => workspace::run(&verb, session),
            Verb::Graph(args) => graph::run(&args, session),
            Verb::Import(args) => import::run(&args, session),
            Verb::Refresh(args) => refresh::run(&args, session),
            Verb::Providers(args) => providers::run(&args, session),
            Verb::Version(args) => version::run(&args, session),
            Verb::Local { verb } => local::run(&verb, session),
            Verb::Completions(args) => completions::run(&args, session),
            Verb::Man(args) => man::run(&args, session),
        }
    }
}

/// The clap tree.
fn tree() -> clap::Command {
    Cli::command()
}

/// Runs the program: arguments without the program's own name, and the environment.
pub fn main(
    args: impl IntoIterator<Item = OsString>,
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> Exit {
    let env = Env::new(env);
    let args: Vec<String> = args.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let no_color = args.iter().any(|arg| matches!(arg.as_str(), "-no-color" | "--no-color"));
    let terminal = Arc::new(Terminal::new(env.allows_color() && !no_color));
    panic::install();
    let exit = match parse(&args, &env, &terminal) {
        Ok(cli) => run(cli, &args, env, terminal.clone()),
        Err(outcome) => outcome.unwrap_or_else(|error| {
            View::human(terminal.clone(), false).error(error);
            Exit::Error
        }),
    };
    match terminal.finish() {
        Ok(()) => exit,
        Err(error) => {
            View::human(terminal.clone(), false).error(CommandError::problem(
                "Output could not be written",
                format!(
                    "Writing to standard output failed: {error}. What the command did is done all the same."
                ),
            ));
            Exit::Error
        }
    }
}

/// The command to run, or how the program ends without one.
fn parse(args: &[String], env: &Env, terminal: &Terminal) -> Result<Cli, Result<Exit, CommandError>> {
    let tree = tree();
    if args.is_empty() {
        terminal.out(&help::text(&tree, &[], terminal.width()));
        return Err(Ok(Exit::NoCommand));
    }
    let words = args::normalise(args, &tree, env)
        .map_err(|detail| Err(CommandError::usage("", "Failed to parse command-line flags", detail)))?;
    let matches = tree
        .clone()
        .try_get_matches_from(&words)
        .map_err(|error| refusal::outcome(&error, &words, &tree, terminal))?;
    Cli::from_arg_matches(&matches).map_err(|error| refusal::outcome(&error, &words, &tree, terminal))
}

fn run(cli: Cli, args: &[String], env: Env, terminal: Arc<Terminal>) -> Exit {
    let view = View::new(terminal.clone(), cli.command.streams_json(), cli.command.compact_warnings());
    let session = match Session::new(args, env, cli.chdir.as_deref(), view) {
        Ok(session) => session,
        Err(error) => {
            View::human(terminal, false).error(error);
            return Exit::Error;
        }
    };
    cli.command.run(&session).unwrap_or_else(|error| {
        session.view.error(error);
        Exit::Error
    })
}

//! `console`: expressions from standard input, evaluated in the world of the configuration and its state.
//! Changes nothing and takes no lock.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;

use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::config::{may_continue, parse_expression};
use crate::engine::{Answer, Console, NoRecord, PlanOptions, Run};
use crate::plan::PlanMode;
use crate::provider::{Environment, Stop};
use crate::render::{hcl_value, type_text};

use super::backend::Stores;
use super::early;
use super::error::CommandError;
use super::exit::Exit;
use super::flags::{Assignments, Destination, Place};
use super::operation::Operation;
use super::session::Session;
use super::{PROGRAM, variables};

/// How sources are called that a person types.
const INPUT: &str = "<console-input>";

/// How many reads of a plan may be in flight at once.
const PARALLELISM: usize = 64;

/// The arguments of `console`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Make a plan first and evaluate with the values that it says, not those of the state. Nothing is changed.
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    assignments: Assignments,
    #[command(flatten)]
    place: Place,
    // Nobody is asked and few warnings are said; these are taken as Terraform takes them.
    #[arg(long, value_name = "BOOL", hide = true)]
    input: Option<String>,
    #[arg(long, hide = true)]
    compact_warnings: bool,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let mut config = session.config()?;
    let inputs = variables::gather(session, &mut config, &args.assignments, false)?;
    let backend = early::backend(session, &config, &inputs)?;
    let stores = Stores::open(session, backend.as_ref(), &args.place, &Destination::default())?;
    let state = stores.read(session)?;
    if args.plan {
        let operation = Operation::start(session, config, inputs, &args.place, PARALLELISM)?;
        let run = operation.run(Arc::new(NoRecord));
        let options = PlanOptions {
            mode: PlanMode::Normal,
            refresh: true,
            targets: Vec::new(),
            excludes: Vec::new(),
            replace: Vec::new(),
            generated: None,
        };
        let planned = operation.block_on(Console::of_plan(&run, &state, &options, &|_| {}));
        let planned = planned.ok_or(CommandError::Reported)?;
        return talk(session, &operation.config.sources, planned, Some(&operation));
    }
    // Nobody is asked anything, so there is nothing to wait for: it goes without the threads of an operation.
    let registry = session.registry();
    let run = Run {
        config: &config,
        registry: &registry,
        environment: Environment::default(),
        variables: inputs,
        workspace: session.workspace()?,
        cwd: session.cwd.clone(),
        home_dir: session.home_dir(),
        started: session.started,
        plan_time: session.started,
        parallelism: PARALLELISM,
        stop: Stop::default(),
        recorder: Arc::new(NoRecord),
    };
    talk(session, &config.sources, Console::of_state(&run, &state), None)
}

/// Says what is wrong from the start, and answers until nothing more is asked.
fn talk(
    session: &Session,
    sources: &Sources,
    made: Result<(Console<'_>, Diagnostics), Diagnostics>,
    operation: Option<&Operation<'_>>,
) -> Result<Exit, CommandError> {
    let (console, mut problems) =
        made.map_err(|problems| CommandError::Problems(problems, sources.clone()))?;
    if problems.has_errors() {
        problems.push(Diagnostic::warning(
            "Due to the problems above, some expressions may produce unexpected results.",
            "",
        ));
    }
    session.view.problems(&problems, sources);
    let talk = Talk { session, sources, console, operation };
    if io::stdin().is_terminal() { talk.with_person() } else { talk.with_program() }
}

struct Talk<'t> {
    session: &'t Session,
    sources: &'t Sources,
    console: Console<'t>,
    /// What listens for interrupts, if anything does.
    operation: Option<&'t Operation<'t>>,
}

/// What became of an entry.
enum Outcome {
    /// This is to be said.
    Said(String),
    /// Nothing more is wanted.
    Ended,
}

impl Talk<'_> {
    /// Every line is an expression, and the value of the last is said. The first mistake ends it.
    fn with_program(&self) -> Result<Exit, CommandError> {
        let mut last = String::new();
        while let Some(line) = self.line() {
            match self.enter(&line)? {
                Outcome::Said(text) => last = text,
                Outcome::Ended => return Ok(Exit::Success),
            }
        }
        self.session.view.say(&format!("{last}\n"));
        Ok(Exit::Success)
    }

    /// Every value is said at once, and a mistake is nothing to end for.
    fn with_person(&self) -> Result<Exit, CommandError> {
        let view = &self.session.view;
        let mut entry = String::new();
        loop {
            view.say(if entry.is_empty() { "> " } else { ": " });
            let Some(line) = self.line() else { break };
            entry.push_str(&line);
            if may_continue(&entry) {
                entry.push('\n');
                continue;
            }
            match self.enter(&std::mem::take(&mut entry)) {
                Ok(Outcome::Said(text)) => view.say(&format!("{text}\n")),
                Ok(Outcome::Ended) => return Ok(Exit::Success),
                Err(error) => view.error(error),
            }
        }
        view.say("\n");
        Ok(Exit::Success)
    }

    /// The next line; `None` after the last, or after an interrupt.
    fn line(&self) -> Option<String> {
        let read = || {
            let mut line = String::new();
            let length = io::stdin().lock().read_line(&mut line).ok()?;
            (length > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned())
        };
        match self.operation {
            Some(operation) => operation.ask(read).flatten(),
            None => read(),
        }
    }

    fn enter(&self, entry: &str) -> Result<Outcome, CommandError> {
        let entry = entry.trim();
        match entry {
            "" => return Ok(Outcome::Said(String::new())),
            "exit" => return Ok(Outcome::Ended),
            "help" => return Ok(Outcome::Said(help())),
            _ => {}
        }
        let mut sources = self.sources.clone();
        self.answer(entry, &mut sources)
            .map(Outcome::Said)
            .map_err(|problems| CommandError::Problems(problems, sources))
    }

    fn answer(&self, entry: &str, sources: &mut Sources) -> Result<String, Diagnostics> {
        // The end marker of a heredoc needs a newline after it.
        let text = if entry.contains('\n') { format!("{entry}\n") } else { entry.to_owned() };
        let expr = parse_expression(&text, sources, INPUT)?;
        Ok(match self.console.evaluate(&expr)? {
            Answer::Value(value) => hcl_value::hcl(&value),
            Answer::Type(ty) => type_text(&ty),
        })
    }
}

fn help() -> String {
    format!(
        "The {PROGRAM} console allows you to experiment with Terraform's expressions.\n\
         You may access resources in the state (if you have one) just as you would\n\
         from a configuration. For example: \"aws_lambda_function.api.arn\" evaluates\n\
         to the ARN of \"aws_lambda_function.api\" if it exists in your state.\n\n\
         Type in the expression to test and hit <enter> to see the result.\n\n\
         To exit the console, type \"exit\" and hit <enter>, or use Control-C or\n\
         Control-D."
    )
}

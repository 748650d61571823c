//! `output`: the output values in the state.
//! Evaluates nothing.

use crate::base::{Diagnostic, Kind, Sources, Value, json};
use crate::render::{self, hcl_value};
use crate::state::State;

use super::error::CommandError;
use super::exit::Exit;
use super::flags::Place;
use super::session::Session;
use super::{backend, view};

/// The arguments of `output`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The output to show; all of them by default.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print the bare text of a string, number or bool, without quotes or a line break.
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    if args.raw && args.json {
        return Err(CommandError::usage(
            "output",
            "Invalid output format",
            "The -raw and -json options are mutually-exclusive.",
        ));
    }
    let name = match &args.name {
        None if args.raw => {
            return Err(CommandError::usage(
                "output",
                "Output name required",
                "You must give the name of a single output value when using the -raw option.",
            ));
        }
        name => name.as_deref(),
    };
    let state = backend::read_only(session, &args.place)?.unwrap_or_default();
    let text = match name {
        None if args.json => json::escaped(&format!("{:#}\n", render::outputs_json(&state))),
        // Whoever asks for one in JSON gets that or an error, as in Terraform: a warning is no JSON.
        _ if state.outputs.is_empty() && !args.json => {
            session.view.problems(&none_found().into(), &Sources::default());
            return Ok(Exit::Success);
        }
        None => render::output_list(&view::listed(&state)),
        Some(name) => one(&state, name, args)?,
    };
    session.view.terminal.out(&text);
    Ok(Exit::Success)
}

fn one(state: &State, name: &str, args: &Args) -> Result<String, CommandError> {
    let Some(output) = state.outputs.get(name) else {
        return Err(CommandError::problem(
            format!("Output {name:?} not found"),
            "The output variable requested could not be found in the state file. If you recently added this to your \
             configuration, be sure to run `lambdaform apply`, since the state won't be updated with new output \
             variables until that command is run.",
        ));
    };
    if args.json {
        // On one line, which is what "NAME=VALUE" files of continuous integration take.
        return Ok(json::escaped(&format!("{}\n", output.value)));
    }
    let value = view::listed(state).remove(name).map(|listed| listed.value).unwrap_or(Value::NULL);
    if !args.raw {
        return Ok(format!("{}\n", hcl_value::hcl(&value)));
    }
    match value.kind() {
        Kind::String(text) => Ok(text.to_string()),
        Kind::Number(number) => Ok(number.to_string()),
        Kind::Bool(bool) => Ok(bool.to_string()),
        Kind::Null(_) => Err(CommandError::problem(
            "Unsupported value for raw output",
            format!("The value for output value {name:?} is null, so -raw mode cannot print it."),
        )),
        _ => Err(CommandError::problem(
            "Unsupported value for raw output",
            format!(
                "The -raw option only supports strings, numbers, and boolean values, but output value {name:?} is {}.\n\n\
                 Use the -json option for machine-readable representations of output values that have complex types.",
                value.ty().friendly_name()
            ),
        )),
    }
}

fn none_found() -> Diagnostic {
    Diagnostic::warning(
        "No outputs found",
        "The state file either has no outputs defined, or all the defined outputs are empty. Please define an output in \
         your configuration with the `output` keyword and run `lambdaform apply` for it to become available.",
    )
}

//! The values of the root module's variables: from flags, files and the environment, and what is missing from a person.
//! Knows no rule of precedence; `config` does.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use crate::base::{Diagnostics, Name};
use crate::config::{Config, Input, InputArgument, InputOrigin, InputValue, TypeConstraint, collect_inputs, parse_expression};

use super::error::CommandError;
use super::flags::{Assignment, Assignments};
use super::prompt;
use super::session::Session;

/// The values given for variables.
pub type Inputs = BTreeMap<Name, Input>;

/// Collects the values and asks for those that are missing, where a person can answer.
///
/// # Errors
/// What is wrong with the flags and files.
pub fn gather(
    session: &Session,
    config: &mut Config,
    assignments: &Assignments,
    may_ask: bool,
) -> Result<Inputs, CommandError> {
    let arguments: Vec<InputArgument> = assignments
        .0
        .iter()
        .map(|assignment| match assignment {
            Assignment::Var(text) => InputArgument::Var(text.clone()),
            Assignment::File(path) => InputArgument::VarFile(path.clone()),
        })
        .collect();
    let environment = session.env.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let (mut inputs, problems) = collect_inputs(config, environment, &arguments);
    if problems.has_errors() {
        return Err(CommandError::Problems(problems, config.sources.clone()));
    }
    session.view.problems(&problems, &config.sources);
    if may_ask && session.env.allows_input() && !session.view.is_json() && std::io::stdin().is_terminal() {
        ask(session, config, &mut inputs)?;
    }
    Ok(inputs)
}

fn ask(session: &Session, config: &mut Config, inputs: &mut Inputs) -> Result<(), CommandError> {
    let Config { root, sources } = config;
    for variable in root.variables.values().filter(|v| v.default.is_none()) {
        if inputs.contains_key(&variable.name) {
            continue;
        }
        let description = variable.description.as_deref().unwrap_or_default();
        let answer = prompt::ask(&session.view.terminal, &format!("var.{}", variable.name), description);
        let Ok(text) = answer else { break };
        session.view.say("\n");
        let plain = matches!(variable.ty, TypeConstraint::String | TypeConstraint::Number | TypeConstraint::Bool);
        let value = if plain || !variable.has_type {
            InputValue::Literal(text)
        } else {
            let parsed: Result<_, Diagnostics> = parse_expression(&text, sources, &format!("<value for var.{}>", variable.name));
            InputValue::Expr(parsed.map_err(|problems| CommandError::Problems(problems, sources.clone()))?)
        };
        inputs.insert(variable.name.clone(), Input { value, origin: InputOrigin::CommandLine });
    }
    Ok(())
}

//! The values of the root module's variables: from flags, files and the environment, and what is missing from a person.
//! Knows no rule of precedence; `config` does.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;

use crate::base::{Diagnostics, Name, Value, convert, json};
use crate::config::{
    Config, Input, InputArgument, InputOrigin, InputValue, TypeConstraint, collect_inputs, parse_expression,
};

use crate::plan::Plan;

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
    let mut inputs = given(session, config, assignments)?;
    if may_ask && session.env.allows_input() && !session.view.is_json() && std::io::stdin().is_terminal() {
        ask(session, config, &mut inputs)?;
    }
    Ok(inputs)
}

pub(super) fn given(
    session: &Session,
    config: &mut Config,
    assignments: &Assignments,
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
    let (inputs, problems) = collect_inputs(config, environment, &arguments);
    if problems.has_errors() {
        return Err(CommandError::Problems(problems, config.sources.clone()));
    }
    session.view.problems(&problems, &config.sources);
    Ok(inputs)
}

/// The values for a saved plan: those it was made with. What is given again must be the same.
///
/// # Errors
/// For a value that differs.
pub fn for_saved_plan(
    session: &Session,
    config: &mut Config,
    assignments: &Assignments,
    plan: &Plan,
) -> Result<Inputs, CommandError> {
    let mut given = given(session, config, assignments)?;
    let again = given_again(config, &mut given, plan)?;
    for (name, input) in &given {
        let same = plan.variables.get(name).is_some_and(|planned| is_same(planned, input));
        if !same && input.origin == InputOrigin::CommandLine {
            return Err(CommandError::problem(
                "Can't change variable when applying a saved plan",
                format!(
                    "The variable {name} cannot be set using the -var and -var-file options when applying a saved plan \
                     file, because a saved plan includes the variable values that were set when it was created. To \
                     apply with another value, make a new plan."
                ),
            ));
        }
    }
    let as_planned = |value: &Value| Input {
        value: InputValue::Json(json::to_json(value)),
        origin: InputOrigin::CommandLine,
    };
    Ok(plan.variables.iter().map(|(name, value)| (name.clone(), as_planned(value))).chain(again).collect())
}

/// Takes the values of ephemeral variables out, which the plan does not have.
///
/// # Errors
/// When other ones are given than for the plan: what has a default for the plan has it for the apply.
fn given_again(config: &Config, given: &mut Inputs, plan: &Plan) -> Result<Inputs, CommandError> {
    let mut again = Inputs::new();
    for name in config.root.variables.values().filter(|variable| variable.ephemeral).map(|v| &v.name) {
        match (given.remove(name), plan.ephemeral.contains(name)) {
            (Some(input), true) => {
                again.insert(name.clone(), input);
            }
            (None, false) => {}
            (None, true) => {
                return Err(CommandError::problem(
                    "No value for required variable",
                    format!(
                        "The ephemeral input variable {:?} was set when the plan was made, and the plan does not hold its \
                         value. Set it again to apply the plan.",
                        &**name
                    ),
                ));
            }
            (Some(_), false) => {
                return Err(CommandError::problem(
                    "Ephemeral variable was not set during planning",
                    format!(
                        "The ephemeral input variable {:?} was not set when the plan was made, so it must remain unset to \
                         apply the plan.",
                        &**name
                    ),
                ));
            }
        }
    }
    Ok(again)
}

/// Whether a value on the command line says what the plan has. An expression is not evaluated here: it differs.
fn is_same(planned: &Value, input: &Input) -> bool {
    match &input.value {
        InputValue::Literal(text) => {
            let given = convert::convert(&Value::text(text), &planned.ty());
            given.is_ok_and(|given| given == planned.clone().unmark_deep().0)
        }
        InputValue::Json(json) => *json == json::to_json(planned),
        InputValue::Expr(_) => false,
    }
}

fn ask(session: &Session, config: &mut Config, inputs: &mut Inputs) -> Result<(), CommandError> {
    let Config { root, sources, .. } = config;
    for variable in root.variables.values().filter(|v| v.default.is_none()) {
        if inputs.contains_key(&variable.name) {
            continue;
        }
        let description = variable.description.as_deref().unwrap_or_default();
        let ask = if variable.sensitive { prompt::ask_secret } else { prompt::ask };
        let answer = ask(&session.view.terminal, &format!("var.{}", variable.name), description);
        let Ok(text) = answer else { break };
        session.view.say("\n");
        let plain =
            matches!(variable.ty, TypeConstraint::String | TypeConstraint::Number | TypeConstraint::Bool);
        let value = if plain || !variable.has_type {
            InputValue::Literal(text)
        } else {
            let parsed: Result<_, Diagnostics> =
                parse_expression(&text, sources, &format!("<value for var.{}>", variable.name));
            InputValue::Expr(parsed.map_err(|problems| CommandError::Problems(problems, sources.clone()))?)
        };
        inputs.insert(variable.name.clone(), Input { value, origin: InputOrigin::CommandLine });
    }
    Ok(())
}

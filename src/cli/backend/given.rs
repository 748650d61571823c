//! The arguments that `init -backend-config` gives, over those of the block.
//! Knows nothing of states.

use std::path::Path;

use crate::base::{Diagnostic, Diagnostics, Name, Sources, Value, file, json};
use crate::config::{Expr, parse_arguments, parse_expression};
use crate::lang::{self, Context, FunctionEnv};
use crate::schema::AttrType;

use super::super::error::CommandError;
use super::settings::{self, Kind, Settings};

/// The block's arguments with those of the flags over them.
///
/// # Errors
/// What is wrong with a flag or a file.
pub fn merged(written: &Settings, given: &[String]) -> Result<Settings, CommandError> {
    let kind = written.kind;
    let mut arguments = written.arguments.clone();
    for text in given {
        let (overrides, sources) = match text.split_once('=') {
            Some((name, value)) => (named(kind, name, value)?, Sources::default()),
            None => filed(kind, text)?,
        };
        let entries = overrides.as_entries().into_iter().flatten();
        arguments = entries.fold(arguments, |all, (name, value)| all.with_attr(name, value.clone()));
        let (conformed, problems) = kind.conformed(&arguments);
        if problems.has_errors() {
            let option = text.split_once('=').map_or(text.as_str(), |(name, _)| name);
            let said = |d: Diagnostic| Diagnostic {
                summary: "Invalid backend configuration value".to_owned(),
                detail: format!(
                    "Invalid backend configuration argument -backend-config={option}: {}",
                    d.detail
                ),
                ..d
            };
            return Err(CommandError::Problems(problems.map(said), sources));
        }
        arguments = conformed;
    }
    Ok(Settings { kind, arguments })
}

/// `NAME=VALUE`
fn named(kind: Kind, name: &str, value: &str) -> Result<Value, CommandError> {
    let name = name.trim();
    let Some(attribute) = kind.block().attribute(name) else {
        return Err(CommandError::problem(
            "Invalid backend configuration argument",
            format!(
                "The backend configuration argument {name:?} given on the command line is not expected for the selected \
                 backend type."
            ),
        ));
    };
    let plain = !matches!(
        attribute.ty,
        AttrType::Object(_) | AttrType::Set(_) | AttrType::List(_) | AttrType::Map(_)
    );
    let value = match plain {
        true => Value::text(value),
        false => {
            let mut sources = Sources::default();
            let source = format!("<value for -backend-config {name}>");
            let parsed = parse_expression(value, &mut sources, &source);
            let evaluated = parsed.and_then(|expr| constant(&expr));
            evaluated.map_err(|problems| CommandError::Problems(problems, sources))?
        }
    };
    Ok(Value::object([(name, value)]))
}

fn constant(expr: &Expr) -> Result<Value, Diagnostics> {
    let env = FunctionEnv::default();
    lang::evaluate(expr, &Context { scope: &settings::Nothing, env: &env })
}

/// A file of arguments.
fn filed(kind: Kind, path: &str) -> Result<(Value, Sources), CommandError> {
    let mut sources = Sources::default();
    if path.ends_with(".json") {
        let wrong = |what: String| {
            CommandError::problem(
                "Failed to read file",
                format!("The file {path:?} could not be read: {what}."),
            )
        };
        let bytes = file::read_named(path.as_ref()).map_err(|error| wrong(error.to_string()))?;
        let parsed: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let value = json::implied_value(&parsed).map_err(|error| wrong(error.to_string()))?;
        let unknown = |name: &&Name| kind.block().attribute(name).is_none();
        let named = value.as_entries().into_iter().flat_map(|entries| entries.keys()).find(unknown);
        if let Some(name) = named {
            return Err(wrong(format!("the backend has no argument named {:?}", &**name)));
        }
        return Ok((value, sources));
    }
    let parsed = parse_arguments(Path::new(path), &mut sources);
    let evaluated = parsed.and_then(|body| {
        let (value, problems) = settings::constants(kind, &body);
        if problems.has_errors() { Err(problems) } else { Ok(value) }
    });
    match evaluated {
        Ok(value) => Ok((value, sources)),
        Err(problems) => Err(CommandError::Problems(problems, sources)),
    }
}

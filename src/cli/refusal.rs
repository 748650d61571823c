//! What clap refuses, in Terraform's words; and its requests for help.
//! Knows nothing of what commands do.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::error::CommandError;
use super::exit::Exit;
use super::terminal::Terminal;
use super::{PROGRAM, help};

/// Commands of Terraform that this version does not have yet.
const LATER_VERSIONS: [&str; 6] = ["login", "logout", "metadata", "modules", "test", "query"];

/// How the program ends when clap gives no command to run.
pub(super) fn outcome(
    error: &clap::Error,
    words: &[String],
    tree: &Command,
    terminal: &Terminal,
) -> Result<Exit, CommandError> {
    let path = command_path(words, tree);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let command = path.join(" ");
    let invalid = context(error, ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::DisplayHelp => {
            terminal.out(&help::text(tree, &path, terminal.width()));
            Ok(Exit::Success)
        }
        ErrorKind::DisplayVersion => {
            terminal.out(&super::version::text());
            Ok(Exit::Success)
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            terminal.out(&help::text(tree, &path, terminal.width()));
            Ok(if path.is_empty() { Exit::NoCommand } else { Exit::Error })
        }
        ErrorKind::InvalidSubcommand => Err(unknown_command(error, &path)),
        ErrorKind::UnknownArgument => {
            let name = invalid.unwrap_or_default();
            if !name.starts_with('-') {
                return Err(too_many(tree, &path, &command));
            }
            let mut detail = format!("flag provided but not defined: {}", one_dash(&name));
            if let Some(similar) = context(error, ContextKind::SuggestedArg) {
                detail.push_str(&format!(". Did you mean {}?", one_dash(&similar)));
            }
            Err(flags_error(&command, detail))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::NoEquals => {
            let flag = invalid.as_deref().map(one_dash).unwrap_or_default();
            let value = context(error, ContextKind::InvalidValue).filter(|value| !value.is_empty());
            let Some(value) = value else {
                return Err(flags_error(&command, format!("flag needs an argument: {flag}")));
            };
            let valid = context(error, ContextKind::ValidValue);
            let boolean = valid.as_deref() == Some("true, false");
            let cause = std::error::Error::source(error).map(ToString::to_string);
            Err(flags_error(
                &command,
                match (boolean, cause.or(valid.map(|valid| format!("one of {valid} is required")))) {
                    (true, _) => {
                        format!("invalid boolean value {value:?} for {flag}: true or false is required")
                    }
                    (false, Some(cause)) => format!("invalid value {value:?} for flag {flag}: {cause}"),
                    (false, None) => format!("invalid value {value:?} for flag {flag}"),
                },
            ))
        }
        ErrorKind::TooManyValues => {
            let flag = invalid.as_deref().map(one_dash).unwrap_or_default();
            Err(flags_error(
                &command,
                format!("flag {flag} takes no value; leave it out or write {flag}=false"),
            ))
        }
        ErrorKind::MissingRequiredArgument => Err(CommandError::usage(
            &command,
            "Missing argument",
            format!("The {command} command needs {}.", invalid.unwrap_or_default().replace(['<', '>'], "")),
        )),
        _ => Err(flags_error(&command, error.to_string())),
    }
}

fn flags_error(command: &str, detail: String) -> CommandError {
    CommandError::usage(command, "Failed to parse command-line flags", detail)
}

fn unknown_command(error: &clap::Error, path: &[&str]) -> CommandError {
    let name = context(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let (later, all) = match path {
        [] => (LATER_VERSIONS.contains(&name.as_str()), "top-level commands".to_owned()),
        _ => (false, format!("{} commands", path.join(" "))),
    };
    let mut full: Vec<&str> = path.to_vec();
    full.push(&name);
    let mut text = if later {
        format!("The command {:?} is not in this version of {PROGRAM} yet.", full.join(" "))
    } else {
        format!("{PROGRAM} has no command named {:?}.", full.join(" "))
    };
    if !later && let Some(similar) = context(error, ContextKind::SuggestedSubcommand) {
        text.push_str(&format!(" Did you mean {:?}?", similar.split(", ").next().unwrap_or_default()));
    }
    let help: Vec<&str> = [PROGRAM].into_iter().chain(path.iter().copied()).chain(["-help"]).collect();
    CommandError::Plain(format!("{text}\n\nTo see all of {PROGRAM}'s {all}, run:\n  {}\n", help.join(" ")))
}

fn too_many(tree: &Command, path: &[&str], command: &str) -> CommandError {
    let found = path.iter().try_fold(tree, |c, name| c.find_subcommand(name));
    let takes = found.map_or(0, |c| c.get_positionals().count());
    let detail = match takes {
        0 => format!(
            "The {command} command takes no argument of its own. To choose a working directory, use the global -chdir flag."
        ),
        1 => "Expected at most one positional argument.".to_owned(),
        takes => format!("Expected at most {takes} positional arguments."),
    };
    CommandError::usage(command, "Too many command line arguments", detail)
}

/// The commands among the words, outermost first.
fn command_path(words: &[String], tree: &Command) -> Vec<String> {
    let (mut command, mut path) = (tree, Vec::new());
    for word in words.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let Some(child) = command.find_subcommand(word) else { break };
        path.push(word.clone());
        command = child;
    }
    path
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        other => Some(other.to_string()),
    }
}

/// `--var <NAME=VALUE>` as `-var`.
fn one_dash(flag: &str) -> String {
    let name = flag.trim_start_matches('-');
    let end = name.find([' ', '=', '[']).unwrap_or(name.len());
    format!("-{}", &name[..end])
}

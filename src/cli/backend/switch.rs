//! What `init` does about the backend: merges its arguments, keeps them, and moves states when their place changes.
//! Knows nothing of modules and providers.

use std::path::Path;
use std::time::Duration;

use crate::base::{Diagnostic, Diagnostics, Name, Sources, Value, json};
use crate::config::{Backend, Expr, parse_arguments, parse_expression};
use crate::lang::{self, Context, FunctionEnv};
use crate::schema::AttrType;
use crate::state::local::DEFAULT_WORKSPACE;
use crate::state::{State, journal};

use super::super::error::CommandError;
use super::super::prompt;
use super::super::session::Session;
use super::record::Record;
use super::settings::{self, Kind, Settings};
use super::{Held, Home, Kept, failed, lock, record};

/// What the flags of `init` say.
pub struct Wishes<'a> {
    /// `-backend-config`, in order: `NAME=VALUE` or files.
    pub given: &'a [String],
    /// `-reconfigure`
    pub reconfigure: bool,
    /// `-migrate-state`
    pub migrate: bool,
    /// `-force-copy`
    pub force_copy: bool,
    /// Whether a person may be asked.
    pub ask: bool,
    /// Whether states are locked while they are copied.
    pub lock: bool,
    /// For how long a lock is waited for.
    pub lock_timeout: Duration,
}

/// Brings the working directory to the backend that configuration and flags ask for.
///
/// # Errors
/// What is wrong with them; a change that needs a flag; what the old or the new place of the states said.
pub fn initialise(
    session: &Session,
    backend: Option<&Backend>,
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    let old = match wishes.reconfigure {
        true => None,
        false => record::read(session)?,
    };
    let Some(backend) = backend else {
        return match old {
            None if wishes.reconfigure && record::read(session).is_ok_and(|old| old.is_some()) => record::clear(session),
            None => warn_unused(session, wishes),
            Some(old) => {
                require_flag(wishes)?;
                session.view.say(&format!(
                    "Initializing the backend...\nlambdaform has detected you're unconfiguring your previously set \
                     {:?} backend.\n",
                    old.type_name
                ));
                let kept = old.settings().ok_or_else(|| gone(&old.type_name))?;
                let (from, to) = (Home::open(session, &kept)?, Home::open(session, &Settings::default_files())?);
                migrate(session, (&old.type_name, &from), ("local", &to), wishes)?;
                record::clear(session)?;
                let text = format!(
                    "\nSuccessfully unset the backend {:?}. lambdaform will now operate locally.\n",
                    old.type_name
                );
                session.view.say(&session.view.style().green(text));
                Ok(())
            }
        };
    };
    let sourced = |problems| CommandError::Problems(problems, record::sources(session));
    let written = Settings::written(backend).map_err(sourced)?;
    // What the block lacked then came from flags, which need not be given again.
    let unchanged = |old: &Record| {
        let same = old.type_name == written.kind.name() && old.hash == u64::from(written.hash());
        same && wishes.given.is_empty() && old.settings().is_some()
    };
    if old.as_ref().is_some_and(unchanged) {
        return Ok(());
    }
    let wanted = merged(&written, wishes.given)?.complete(Some(backend)).map_err(sourced)?;
    let Some(old) = old else {
        return begin(session, &written, &wanted, wishes);
    };
    let kept = old.settings();
    if kept.as_ref() == Some(&wanted) {
        return record::write(session, &wanted, &written);
    }
    require_flag(wishes)?;
    session.view.say(
        "Initializing the backend...\nBackend configuration changed!\n\nlambdaform has detected that the configuration \
         specified for the backend\nhas changed. lambdaform will now check for existing state in the backends.\n\n",
    );
    let from = Home::open(session, &kept.ok_or_else(|| gone(&old.type_name))?)?;
    let to = Home::open(session, &wanted)?;
    migrate(session, (&old.type_name, &from), (wanted.kind.name(), &to), wishes)?;
    record::write(session, &wanted, &written)?;
    configured(session, &wanted);
    Ok(())
}

/// A backend where there was none.
fn begin(
    session: &Session,
    written: &Settings,
    wanted: &Settings,
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    if wanted.kind == Kind::S3 {
        session.view.say("Initializing the backend...\n");
        let to = Home::open(session, wanted)?;
        // That it can be listed shows that the bucket is there and may be used.
        to.workspaces()?;
        let from = Home::open(session, &Settings::default_files())?;
        migrate(session, ("local", &from), (wanted.kind.name(), &to), wishes)?;
    } else if wishes.given.is_empty() {
        // Files work without being initialised, so that there is nothing to keep.
        return match record::read(session) {
            Ok(None) => Ok(()),
            _ => record::write(session, wanted, written),
        };
    }
    record::write(session, wanted, written)?;
    configured(session, wanted);
    Ok(())
}

fn configured(session: &Session, wanted: &Settings) {
    let text = format!(
        "\nSuccessfully configured the backend {:?}! lambdaform will automatically\nuse this backend unless the backend \
         configuration changes.\n",
        wanted.kind.name()
    );
    session.view.say(&session.view.style().green(text));
}

fn require_flag(wishes: &Wishes<'_>) -> Result<(), CommandError> {
    if wishes.migrate || wishes.force_copy {
        return Ok(());
    }
    Err(CommandError::problem(
        "Backend configuration changed",
        "A change in the backend configuration has been detected, which may require migrating existing state.\n\nIf you \
         wish to attempt automatic migration of the state, use \"lambdaform init -migrate-state\".\nIf you wish to store \
         the current configuration with no changes to the state, use \"lambdaform init -reconfigure\".",
    ))
}

/// The old place of the states cannot be reached from here.
fn gone(type_name: &str) -> CommandError {
    CommandError::problem(
        "Previous backend not supported",
        format!(
            "The states were in a backend of the type {type_name:?}, which lambdaform does not have. Move them with \
             \"terraform init -migrate-state\", or use \"lambdaform init -reconfigure\" to leave them there."
        ),
    )
}

fn warn_unused(session: &Session, wishes: &Wishes<'_>) -> Result<(), CommandError> {
    if !wishes.given.is_empty() {
        let warning = Diagnostic::warning(
            "Missing backend configuration",
            "-backend-config was used without a \"backend\" block in the configuration.\n\nIf you intended to override \
             the default local backend configuration, no action is required, but you may add an explicit backend block \
             to your configuration to clear this warning: terraform { backend \"local\" {} }. However, if you intended to \
             override a defined backend, please verify that the backend configuration is present and valid.",
        );
        session.view.problems(&warning.into(), &Sources::default());
    }
    Ok(())
}

/// The block's arguments with those of the flags over them.
fn merged(written: &Settings, given: &[String]) -> Result<Settings, CommandError> {
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
                detail: format!("Invalid backend configuration argument -backend-config={option}: {}", d.detail),
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
            CommandError::problem("Failed to read file", format!("The file {path:?} could not be read: {what}."))
        };
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let parsed: serde_json::Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let value = json::implied_value(&parsed).map_err(|error| wrong(error.to_string()))?;
        let unknown = |name: &&Name| kind.block().attribute(name).is_none();
        return match value.as_entries().into_iter().flat_map(|entries| entries.keys()).find(unknown) {
            Some(name) => Err(wrong(format!("the backend has no argument named {:?}", &**name))),
            None => Ok((value, sources)),
        };
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

/// Copies states from one place to another: those that hold anything, of all workspaces.
fn migrate(
    session: &Session,
    (old_name, old): (&str, &Home),
    (new_name, new): (&str, &Home),
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    let data_dir = session.data_dir(false);
    let mut asked = false;
    let names = old.workspaces()?;
    for name in &names {
        let (from, to) = (old.place(session, &data_dir, name), new.place(session, &data_dir, name));
        if from.file.as_ref().is_some_and(|file| !file.exists()) {
            continue;
        }
        let state = from.store.read().map_err(failed)?.state;
        if state.is_empty() && (name == DEFAULT_WORKSPACE || state.lineage.is_empty()) {
            continue;
        }
        let there = to.store.read().map_err(failed)?.state;
        if there.version() == state.version() && there.same_content(&state) {
            settle(&from)?;
            continue;
        }
        if !wishes.force_copy && (!asked || !there.is_empty()) {
            let question = Question { old_name, new_name, name, several: names.len() > 1, there: !there.is_empty() };
            if !question.ask(session, wishes)? {
                if there.is_empty() {
                    return Ok(());
                }
                continue;
            }
            asked = true;
        }
        copy(session, &from, &to, &state, wishes)?;
        settle(&from)?;
    }
    Ok(())
}

impl Kept {
    fn hold(
        &self,
        session: &Session,
        operation: &str,
        wishes: &Wishes<'_>,
    ) -> Result<Option<Held<'_>>, CommandError> {
        if !wishes.lock {
            return Ok(None);
        }
        let wait = |time| {
            std::thread::sleep(time);
            true
        };
        lock(&*self.store, session, operation, wishes.lock_timeout, wait).map(Some)
    }
}

/// Puts a state where none of its kind is, under both locks.
fn copy(
    session: &Session,
    from: &Kept,
    to: &Kept,
    state: &State,
    wishes: &Wishes<'_>,
) -> Result<(), CommandError> {
    if !journal::open_runs(&from.journal).is_ok_and(|runs| runs.is_empty()) {
        return Err(CommandError::problem(
            "An earlier run was interrupted",
            "Its journal says what it had begun, and that has to be brought into the state before the state is moved. Put \
             the backend back as it was, run \"lambdaform plan\", which settles it, and then move the state.",
        ));
    }
    let _source = from.hold(session, "migration source state", wishes)?;
    let _target = to.hold(session, "migration destination state", wishes)?;
    let now = from.store.read().map_err(failed)?.state;
    if now.version() != state.version() {
        let detail = "The state was changed while it was to be copied. Nothing was copied; run init again.";
        return Err(CommandError::problem("State was changed by another operation", detail));
    }
    let there = to.store.read().map_err(failed)?.state;
    to.store.replace(&there.version(), state).map_err(failed)
}

/// What was copied from a file stays as its backup, so that nobody takes it for the state.
fn settle(from: &Kept) -> Result<(), CommandError> {
    let Some(file) = &from.file else { return Ok(()) };
    let mut backup = file.clone().into_os_string();
    backup.push(".backup");
    std::fs::rename(file, &backup).map_err(|error| {
        let detail = format!(
            "The state was copied, but the file it was in, {}, could not be renamed: {error}. Move it away, so that nobody \
             takes it for the state.",
            file.display()
        );
        CommandError::problem("State file could not be put aside", detail)
    })
}

/// Whether a state is to be copied.
struct Question<'a> {
    old_name: &'a str,
    new_name: &'a str,
    name: &'a str,
    several: bool,
    there: bool,
}

impl Question<'_> {
    fn ask(&self, session: &Session, wishes: &Wishes<'_>) -> Result<bool, CommandError> {
        if !wishes.ask {
            return Err(CommandError::problem(
                "Can't ask approval for state migration when interactive input is disabled.",
                "Please remove the \"-input=false\" option and try again, or use -force-copy to answer \"yes\".",
            ));
        }
        let Question { old_name, new_name, name, several, there } = self;
        let which = if *several { format!(" of the workspace {name:?}") } else { String::new() };
        let text = match there {
            true => format!(
                "Pre-existing state{which} was found while migrating the previous {old_name:?} backend to the\nnewly \
                 configured {new_name:?} backend. An existing non-empty state already exists in\nthe new backend. Enter \
                 \"yes\" to overwrite the state in the new backend with the\nprevious state, and \"no\" to keep the one \
                 that is there."
            ),
            false => format!(
                "Pre-existing state was found while migrating the previous {old_name:?} backend to the\nnewly configured \
                 {new_name:?} backend. No existing state was found in the newly\nconfigured {new_name:?} backend. Do you \
                 want to copy this state to the new {new_name:?}\nbackend? Enter \"yes\" to copy and \"no\" to start with \
                 an empty state."
            ),
        };
        let title = match several {
            true => format!("Do you want to migrate all workspaces to {new_name:?}?"),
            false => "Do you want to copy existing state to the new backend?".to_owned(),
        };
        let answer = prompt::ask(&session.view.terminal, &title, &text).map_err(|error| {
            CommandError::problem("No answer", format!("Error asking for confirmation: {error}."))
        })?;
        session.view.say("\n");
        match answer.as_str() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(CommandError::problem(
                "No answer",
                "Only \"yes\" and \"no\" are answers to this question. Nothing was copied.",
            )),
        }
    }
}

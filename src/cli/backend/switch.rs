//! What `init` does about the backend: keeps what is asked for, and has states moved when their place changes.
//! Knows nothing of modules and providers.

use std::time::Duration;

use crate::base::{Diagnostic, Sources};
use crate::config::Backend;

use super::super::error::CommandError;
use super::super::session::Session;
use super::Home;
use super::given::merged;
use super::migrate::{migrate, put_aside};
use super::record::{self, Record};
use super::settings::Settings;

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
            None if wishes.reconfigure && record::read(session).is_ok_and(|old| old.is_some()) => {
                record::clear(session)
            }
            None => warn_unused(session, wishes),
            Some(old) => {
                require_flag(wishes)?;
                session.view.say(&format!(
                    "Initializing the backend...\nlambdaform has detected you're unconfiguring your previously set \
                     {:?} backend.\n",
                    old.type_name
                ));
                let kept = old.settings().ok_or_else(|| gone(&old.type_name))?;
                let (from, to) =
                    (Home::open(session, &kept)?, Home::open(session, &Settings::default_files())?);
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
    session.view.say("Initializing the backend...\n");
    // That a bucket can be listed, which moving states begins with, shows that it is there and may be used.
    let to = Home::open(session, wanted)?;
    let from = Home::open(session, &Settings::default_files())?;
    for file in migrate(session, ("local", &from), (wanted.kind.name(), &to), wishes)? {
        put_aside(&file)?;
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

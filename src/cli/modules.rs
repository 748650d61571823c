//! What `init` and `get` have in common: the installation of modules, and what is said of it.
//! Knows nothing of how modules are fetched.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::install::{Progress, Request, install as install_modules};

use super::credentials::Credentials;
use super::error::CommandError;
use super::session::Session;

/// Installs modules under a heading, and says whether the configuration calls any.
///
/// # Errors
/// What could not be installed.
pub(super) fn install(session: &Session, upgrade: bool) -> Result<bool, CommandError> {
    let style = session.view.style();
    let heading = style.bold(if upgrade { "Upgrading modules..." } else { "Initializing modules..." });
    run(session, upgrade, Some(&heading.to_string()))
}

/// Installs modules and says only which.
///
/// # Errors
/// What could not be installed.
pub(super) fn install_quietly(session: &Session, upgrade: bool) -> Result<(), CommandError> {
    run(session, upgrade, None).map(|_| ())
}

fn run(session: &Session, upgrade: bool, heading: Option<&str>) -> Result<bool, CommandError> {
    let calls = Cell::new(false);
    let say = |progress: Progress<'_>| match progress {
        Progress::Begun => {
            calls.set(true);
            if let Some(heading) = heading {
                session.view.say(&format!("{heading}\n"));
            }
        }
        Progress::Downloading { package, key } => {
            session.view.say(&format!("Downloading {package} for {key}...\n"));
        }
        Progress::Installed { key, dir } => {
            session.view.say(&format!("- {key} in {}\n", dir.display()));
        }
    };
    let credentials = Credentials::read(&session.env);
    let registry = session.registry();
    // The registry that Terraform's own addresses are from.
    let host = registry.iter().find_map(|p| p.address().strip_suffix(&format!("/hashicorp/{}", p.name())));
    let request = Request {
        dir: Path::new("."),
        terraform_dir: &session.terraform_dir(),
        upgrade,
        default_host: host.unwrap_or_default(),
        services: BTreeMap::new(),
        token: &|host| credentials.token(host),
        progress: &say,
    };
    install_modules(&request).map_err(|(problems, sources)| CommandError::Problems(problems, sources))?;
    Ok(calls.get())
}

//! `state replace-provider`: changes which provider the state says manages resources.
//! Knows no provider: it compares and writes addresses.

use std::path::PathBuf;

use crate::base::ResourceAddr;
use crate::state::State;

use super::super::editing::{Editing, Locking};
use super::super::error::CommandError;
use super::super::exit::Exit;
use super::super::flags::Place;
use super::super::prompt;
use super::super::provider_source;
use super::super::session::Session;

/// The arguments of `state replace-provider`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The provider that resources have, as [HOST/][NAMESPACE/]NAME.
    #[arg(value_name = "FROM_PROVIDER_FQN")]
    from: String,
    /// The provider that they get.
    #[arg(value_name = "TO_PROVIDER_FQN")]
    to: String,
    /// Do not ask before writing.
    #[arg(long)]
    auto_approve: bool,
    #[command(flatten)]
    place: Place,
    /// The file for the state as it was before; by default the state's name with the time and ".backup".
    #[arg(long, value_name = "FILE", help_heading = "State options")]
    backup: Option<PathBuf>,
    #[command(flatten)]
    locking: Locking,
}

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit, CommandError> {
    let (from, to) = (source("from", &args.from)?, source("to", &args.to)?);
    let stores = super::open(session, &args.place, args.backup.as_ref())?;
    let editing = Editing::begin(session, &stores, &args.place, &args.locking, "state-replace-provider")?;
    let mut after = editing.before.clone();
    let changed = replace(&mut after, &from, &to);
    let view = &session.view;
    if changed.is_empty() {
        view.say("No matching resources found.\n");
        return Ok(Exit::Success);
    }
    let style = view.style();
    let list: String = changed.iter().map(|addr| format!("  {addr}\n")).collect();
    view.say(&format!(
        "lambdaform will perform the following actions:\n\n  {} Updating provider:\n    {} {from}\n    {} {to}\n\n{} \
         {} resources:\n\n{list}",
        style.yellow('~'),
        style.red('-'),
        style.green('+'),
        style.bold("Changing"),
        changed.len()
    ));
    if !args.auto_approve {
        view.say(&format!(
            "\n{}\nOnly 'yes' will be accepted to continue.\n\nEnter a value: ",
            style.bold("Do you want to make these changes?")
        ));
        match prompt::answer() {
            Ok(answer) if answer == "yes" => {}
            Ok(_) => {
                view.say("Cancelled replacing providers.\n");
                return Ok(Exit::Success);
            }
            Err(error) => {
                return Err(CommandError::Plain(format!("Error asking for approval: {error}\n")));
            }
        }
    }
    editing.save(after)?;
    view.say(&format!("\nSuccessfully replaced provider for {} resources.\n", changed.len()));
    Ok(Exit::Success)
}

/// Writes `to` for `from`, and tells of which resources.
fn replace(state: &mut State, from: &str, to: &str) -> Vec<ResourceAddr> {
    let (old, new) = (format!("provider[\"{from}\"]"), format!("provider[\"{to}\"]"));
    let mut changed = Vec::new();
    for (addr, resource) in &mut state.resources {
        // Modules may stand before it, and an alias after.
        if resource.provider.contains(&old) {
            resource.provider = resource.provider.replacen(&old, &new, 1);
            changed.push(addr.clone());
        }
    }
    changed
}

fn source(which: &str, text: &str) -> Result<String, CommandError> {
    provider_source::full(text).map_err(|why| {
        CommandError::problem(
            format!("Invalid {which:?} provider {text:?}"),
            format!("{why} A provider is named as [hostname/][namespace/]name, such as hashicorp/aws."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Object;

    #[test]
    fn modules_before_and_aliases_after_stay() {
        let mut state = State::default();
        for (addr, provider) in [
            ("a.a", "provider[\"h/x/aws\"]"),
            ("a.b", "module.m.provider[\"h/x/aws\"].west"),
            ("a.c", "provider[\"h/x/aws2\"]"),
        ] {
            state.set(&addr.parse().unwrap(), None, provider, Object::default());
        }
        assert_eq!(replace(&mut state, "h/x/aws", "h/y/aws").len(), 2);
        let providers: Vec<&str> = state.resources.values().map(|r| r.provider.as_str()).collect();
        assert_eq!(
            providers,
            ["provider[\"h/y/aws\"]", "module.m.provider[\"h/y/aws\"].west", "provider[\"h/x/aws2\"]"]
        );
    }
}

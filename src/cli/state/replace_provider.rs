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
    super::read(session, &args.place)?;
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

/// A provider's full address from what a person may leave out of it.
fn source(which: &str, text: &str) -> Result<String, CommandError> {
    let invalid = |why: String| {
        CommandError::problem(
            format!("Invalid {which:?} provider {text:?}"),
            format!("{why} A provider is named as [hostname/][namespace/]name, such as hashicorp/aws."),
        )
    };
    let parts: Vec<&str> = text.split('/').collect();
    let named = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    let (hosted, names) = match parts.as_slice() {
        [host, namespace, name] => (Some(*host), vec![*namespace, *name]),
        [namespace, name] => (None, vec![*namespace, *name]),
        [name] => (None, vec!["hashicorp", *name]),
        _ => return Err(invalid("It has more than three parts.".to_owned())),
    };
    if let Some(wrong) = names.iter().find(|part| !named(part)) {
        return Err(invalid(format!("The part {wrong:?} is no name: letters, digits, - and _ are allowed.")));
    }
    match hosted {
        Some(host) if host.is_empty() => Err(invalid("Its hostname is empty.".to_owned())),
        Some(host) => Ok(format!("{}/{}", host.to_lowercase(), names.join("/").to_lowercase())),
        None => Ok(format!("registry.terraform.io/{}", names.join("/").to_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Object;

    #[test]
    fn what_is_left_out_of_an_address_is_filled_in() {
        for (text, expected) in [
            ("aws", "registry.terraform.io/hashicorp/aws"),
            ("HashiCorp/aws", "registry.terraform.io/hashicorp/aws"),
            ("terraform.io/builtin/terraform", "terraform.io/builtin/terraform"),
            ("localhost:80/a/b", "localhost:80/a/b"),
        ] {
            assert_eq!(source("from", text).unwrap(), expected);
        }
        for text in ["", "a/b/c/d", "a..b", "/a/b", "a/"] {
            assert!(source("to", text).is_err(), "{text}");
        }
    }

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

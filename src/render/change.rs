//! One resource's change as a stanza of the plan: why, what, and which files of its package.
//! Knows nothing of the order of stanzas.

use super::Schemas;
use super::package::package_lines;
use super::style::Style;
use super::value_diff::{Painter, Symbols};
use crate::base::{InstanceKey, Mode, ModuleAddr, Path, ResourceAddr};
use crate::plan::diff::{Diff, Notes, diff_object};
use crate::plan::{Action, Reason, ResourceChange};

/// Whether a stanza tells of the plan or of what was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    Plan,
    /// What changed outside.
    Drift,
}

/// What changes in a resource, or in those of its attributes that are relevant; `None` when its type is not known.
pub(super) fn resource_diff(
    change: &ResourceChange,
    schemas: Schemas<'_>,
    relevant: Option<&[Path]>,
) -> Option<Diff> {
    let resource = &change.addr.resource;
    let schema = schemas(resource.mode, &resource.type_name)?;
    let notes = Notes { replace: &change.replace_paths, undoes_drift: &change.undoes_drift, relevant };
    let forgotten = change.action == Action::Forget;
    let after = if forgotten { &change.before } else { &change.after };
    Some(diff_object(&change.before, after, &schema.block, notes))
}

/// The stanza.
pub(super) fn stanza(change: &ResourceChange, diff: Option<&Diff>, told: Told, style: Style) -> String {
    let header: String = header(change, told, style).iter().map(|line| format!("{line}\n")).collect();
    format!("{header}{}", block(change, diff, Painter::new(style)))
}

/// The stanza without its comment.
pub(super) fn block(change: &ResourceChange, diff: Option<&Diff>, painter: Painter) -> String {
    let style = painter.style;
    let lead = match painter.symbols {
        Symbols::Indented => format!("{} ", style.symbol(change.action)),
        _ => painter.lead(0, change.action),
    };
    let painter = if change.importing.is_some() { painter.showing_unchanged() } else { painter };
    let body = match diff.and_then(Diff::as_block) {
        Some(block) => painter.block_body(block, 0),
        None => format!(
            "{}# (the attributes of this type are not known to this version)\n",
            painter.lead(1, Action::NoOp)
        ),
    };
    let package = change.package.as_ref().map(|p| package_lines(p, style)).unwrap_or_default();
    let gap = if package.is_empty() || body.is_empty() { "" } else { "\n" };
    let title = format!("{lead}{} ", title(&change.addr.resource));
    match format!("{body}{gap}{package}") {
        empty if empty.is_empty() => format!("{title}{{}}\n"),
        lines => format!("{title}{{\n{lines}{}}}\n", painter.lead(0, Action::NoOp)),
    }
}

/// `resource "aws_lambda_function" "this"`
pub(super) fn title(resource: &ResourceAddr) -> String {
    let word = if resource.mode == Mode::Data { "data" } else { "resource" };
    format!("{word} \"{}\" \"{}\"", resource.type_name, resource.name)
}

/// The comment above a stanza.
pub(super) fn header(change: &ResourceChange, told: Told, style: Style) -> Vec<String> {
    let addr = match &change.deposed {
        Some(deposed) => format!("{} (deposed object {deposed})", change.addr),
        None => change.addr.to_string(),
    };
    let bold = |addr: &str| style.bold(format!("  # {addr}"));
    let replaced = style.bold_red("replaced");
    if let Told::Drift = told {
        let what = match change.action {
            Action::Delete => "has been deleted",
            _ if change.previous_addr.is_some() => "has moved",
            _ => "has changed",
        };
        return vec![format!("{} {what}", bold(&addr))];
    }
    let mut lines = Vec::new();
    match change.action {
        Action::Create => lines.push(format!("{} will be created", bold(&addr))),
        Action::Update => lines.push(format!("{} will be updated in-place", bold(&addr))),
        Action::Read => {
            lines.push(format!("{} will be read during apply", bold(&addr)));
            match change.reason {
                Some(Reason::ReadBecauseConfigUnknown) => {
                    lines.push("  # (config refers to values not yet known)".into());
                }
                Some(Reason::ReadBecauseDependencyPending) => {
                    lines.push("  # (depends on a resource or a module with changes pending)".into());
                }
                Some(Reason::ReadBecauseCheckNested) => {
                    lines.push("  # (config will be reloaded to verify a check block)".into());
                }
                _ => {}
            }
        }
        Action::DeleteThenCreate | Action::CreateThenDelete => lines.push(match change.reason {
            Some(Reason::ReplaceBecauseTainted) => {
                format!("{} is tainted, so must be {replaced}", bold(&addr))
            }
            Some(Reason::ReplaceByRequest) => format!("{} will be {replaced}, as requested", bold(&addr)),
            Some(Reason::ReplaceByTriggers) => {
                format!("{} will be {replaced} due to changes in replace_triggered_by", bold(&addr))
            }
            _ => format!("{} must be {replaced}", bold(&addr)),
        }),
        Action::Delete => {
            lines.push(format!("{} will be {}", bold(&addr), style.bold_red("destroyed")));
            lines.extend(delete_reason(change).map(|why| format!("  # ({why})")));
        }
        Action::Forget => {
            lines.push(format!(
                " # {addr} will no longer be managed by {}, but will not be destroyed",
                super::PROGRAM
            ));
            lines.push(" # (destroy = false is set in the configuration)".into());
        }
        Action::NoOp => {
            if let Some(previous) = &change.previous_addr {
                lines.push(format!("{} has moved to {}", bold(&previous.to_string()), style.bold(&addr)));
            } else if change.importing.is_some() {
                lines.push(format!("{} will be imported", bold(&addr)));
            } else {
                lines.push(format!("{} has no changes", bold(&addr)));
            }
        }
    }
    if let (Some(previous), false) = (&change.previous_addr, change.action == Action::NoOp) {
        lines.push(format!("  # (moved from {previous})"));
    }
    if let Some(id) = &change.importing
        && (change.action != Action::NoOp || change.previous_addr.is_some())
    {
        lines.push(format!("  # (imported from {})", super::hcl_text::quote(id)));
        if matches!(change.action, Action::DeleteThenCreate | Action::CreateThenDelete) {
            lines.push("  # Warning: this will destroy the imported resource".into());
        }
    }
    if change.generated.is_some() {
        lines.push("  # (config will be generated)".into());
    }
    lines
}

fn delete_reason(change: &ResourceChange) -> Option<String> {
    if change.deposed.is_some() {
        return Some("left over from a partially-failed replacement of this instance".into());
    }
    let resource = &change.addr.resource;
    Some(match change.reason? {
        Reason::DeleteBecauseNoResourceConfig => {
            // As Terraform, without the module.
            let inner = resource.within(&ModuleAddr::default());
            format!("because {inner} is not in configuration")
        }
        Reason::DeleteBecauseNoModule => format!("because {} is not in configuration", resource.module),
        Reason::DeleteBecauseNoMoveTarget => {
            let previous = change.previous_addr.as_ref().map_or_else(String::new, ToString::to_string);
            format!("because {previous} was moved to {}, which is not in configuration", change.addr)
        }
        Reason::DeleteBecauseWrongRepetition => match &change.addr.key {
            None => "because resource uses count or for_each".into(),
            Some(InstanceKey::Int(_)) => "because resource does not use count".into(),
            Some(InstanceKey::Str(_)) => "because resource does not use for_each".into(),
        },
        Reason::DeleteBecauseCountIndex => {
            format!("because index {} is out of range for count", key(change))
        }
        Reason::DeleteBecauseEachKey => format!("because key {} is not in for_each map", key(change)),
        _ => return None,
    })
}

fn key(change: &ResourceChange) -> String {
    change.addr.key.as_ref().map(ToString::to_string).unwrap_or_default()
}

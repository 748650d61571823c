//! The plan as a person reads it.
//! Knows nothing of diagnostics, prompts or files; the caller prints those around it.

use std::fmt::Write;

use super::change::{Told, resource_diff, stanza};
use super::drift::{Drift, noted_drift};
use super::style::Style;
use super::{PROGRAM, Schemas, outputs, wrap::wrap};
use crate::base::Mode;
use crate::plan::{Action, Counts, Plan, PlanMode, ResourceChange};

/// The plan in full: what changed outside, what will be done and why, and what becomes of the outputs. Begins with a blank
/// line and ends with a line break.
pub fn plan_text(plan: &Plan, schemas: Schemas<'_>, style: &Style) -> String {
    let style = *style;
    let prose = |text: &str| wrap(text, style.width.saturating_sub(1));
    let mut out = String::new();
    let drift = drift_text(plan, schemas, style);
    out += &drift;
    let changes: Vec<&ResourceChange> = plan.changes.iter().filter(|c| is_told(c)).collect();
    let outputs = outputs::output_changes(&plan.outputs, style);
    if changes.is_empty() && outputs.is_empty() {
        out += &nothing_to_do(plan, !drift.is_empty(), style);
        return out;
    }
    if !drift.is_empty() {
        _ = writeln!(out, "\n{}", style.rule());
    }
    let acts = changes.iter().any(|c| c.action != Action::NoOp);
    if acts {
        let text = format!(
            "{PROGRAM} used the selected providers to generate the following execution plan. Resource actions are \
             indicated with the following symbols:"
        );
        _ = writeln!(out, "\n{}", prose(&text));
        out += &legend(&changes, style);
    }
    if !changes.is_empty() {
        let intro = if plan.errored {
            format!("{PROGRAM} planned the following actions, but then encountered a problem:")
        } else {
            format!("{PROGRAM} will perform the following actions:")
        };
        _ = writeln!(out, "\n{}", style.bold(intro));
        for change in &changes {
            let diff = resource_diff(change, schemas, None);
            _ = write!(out, "\n{}", stanza(change, diff.as_ref(), Told::Plan, style));
        }
        _ = writeln!(out, "\n{} {}", style.bold("Plan:"), counted(&plan.counts()));
    }
    if !outputs.is_empty() {
        _ = write!(out, "\nChanges to Outputs:\n{outputs}");
        if !acts {
            let text = format!(
                "You can apply this plan to save these new output values to the {PROGRAM} state, without changing any \
                 real infrastructure."
            );
            _ = writeln!(out, "\n{}", prose(&text));
        }
    }
    out
}

/// What is said under a plan that was only made: notes of what else was done and, with `told`, where the plan is saved, or
/// that it is not.
pub fn plan_footer(notes: &[String], saved_to: Option<&str>, told: bool, style: &Style) -> String {
    let wrapped = |text: &String| wrap(text, style.width.saturating_sub(1));
    let mut parts: Vec<String> = notes.iter().map(wrapped).collect();
    match saved_to {
        Some(path) => parts.push(format!(
            "Saved the plan to: {path}\n\n\
             To perform exactly these actions, run the following command to apply:\n    {PROGRAM} apply {path:?}"
        )),
        None if told => parts.push(wrapped(&format!(
            "Note: You didn't use the -out option to save this plan, so {PROGRAM} can't guarantee to take exactly \
             these actions if you run \"{PROGRAM} apply\" now."
        ))),
        None => {}
    }
    format!("\n{}\n\n{}\n", style.rule(), parts.join("\n\n"))
}

/// `2 to add, 1 to change, 0 to destroy.`
pub(super) fn counted(counts: &Counts) -> String {
    let import = if counts.import > 0 { format!("{} to import, ", counts.import) } else { String::new() };
    format!("{import}{} to add, {} to change, {} to destroy.", counts.add, counts.change, counts.remove)
}

/// Whether a change has a stanza. Data sources leave state without a word.
pub(super) fn is_told(change: &ResourceChange) -> bool {
    match change.action {
        Action::NoOp => change.previous_addr.is_some() || change.importing.is_some(),
        Action::Delete => change.addr.resource.mode == Mode::Managed,
        _ => true,
    }
}

/// The changes made outside that are worth a note, with the note; empty when there are none.
fn drift_text(plan: &Plan, schemas: Schemas<'_>, style: Style) -> String {
    let refresh_only = plan.mode == PlanMode::RefreshOnly;
    let mut stanzas = String::new();
    for Drift { change, diff } in noted_drift(plan, schemas) {
        stanzas.push('\n');
        stanzas += &stanza(change, diff.as_ref(), Told::Drift, style);
    }
    if stanzas.is_empty() {
        return String::new();
    }
    let title = format!("Objects have changed outside of {PROGRAM}");
    let intro = format!(
        "{PROGRAM} detected the following changes made outside of {PROGRAM} since the last \"{PROGRAM} apply\" which may \
         have affected this plan:"
    );
    let outro = if refresh_only {
        format!(
            "This is a refresh-only plan, so {PROGRAM} will not take any actions to undo these. If you were expecting \
             these changes then you can apply this plan to record the updated values in the {PROGRAM} state without \
             changing any remote objects."
        )
    } else {
        "Unless you have made equivalent changes to your configuration, or ignored the relevant attributes using \
         ignore_changes, the following plan may include actions to undo or respond to these changes."
            .into()
    };
    let prose = |text: &str| wrap(text, style.width.saturating_sub(1));
    let head = format!("{} {}", style.bold_cyan("Note:"), style.bold(title));
    format!("\n{head}\n\n{}\n{stanzas}\n\n{}\n", prose(&intro), prose(&outro))
}

fn legend(changes: &[&ResourceChange], style: Style) -> String {
    [
        (Action::Create, "create"),
        (Action::Update, "update in-place"),
        (Action::Delete, "destroy"),
        (Action::DeleteThenCreate, "destroy and then create replacement"),
        (Action::CreateThenDelete, "create replacement and then destroy"),
        (Action::Read, "read (data resources)"),
    ]
    .iter()
    .filter(|(action, _)| changes.iter().any(|c| c.action == *action))
    .map(|(action, meaning)| format!("{} {meaning}\n", style.symbol(*action)))
    .collect()
}

fn nothing_to_do(plan: &Plan, drifted: bool, style: Style) -> String {
    if plan.errored {
        return format!(
            "\n{}{}\n\n",
            style.bold_red("Planning failed."),
            style.bold(format!(" {PROGRAM} encountered an error while generating this plan."))
        );
    }
    let (found, why) = match plan.mode {
        PlanMode::RefreshOnly if drifted => return String::new(),
        PlanMode::RefreshOnly => (
            "Your infrastructure still matches the configuration.",
            format!(
                "{PROGRAM} has checked that the real remote objects still match the result of your most recent changes, \
                 and found no differences."
            ),
        ),
        PlanMode::Destroy => (
            "No objects need to be destroyed.",
            format!(
                "Either you have not created any objects yet or the existing objects were already deleted outside of \
                 {PROGRAM}."
            ),
        ),
        PlanMode::Normal if drifted => (
            "Your infrastructure matches the configuration.",
            format!(
                "Your configuration already applies the changes detected above. If you'd like to update the {PROGRAM} \
                 state to match, create and apply a refresh-only plan:\n  {PROGRAM} apply -refresh-only"
            ),
        ),
        PlanMode::Normal => (
            "Your infrastructure matches the configuration.",
            format!(
                "{PROGRAM} has compared your real infrastructure against your configuration and found no differences, so \
                 no changes are needed."
            ),
        ),
    };
    let rule = if drifted { format!("\n{}\n", style.rule()) } else { String::new() };
    format!(
        "{rule}\n{}{}\n\n{}\n",
        style.bold_green("No changes."),
        style.bold(format!(" {found}")),
        wrap(&why, style.width.saturating_sub(1))
    )
}

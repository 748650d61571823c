//! The plan as Markdown, for the comment of a pull request.
//! Knows nothing of the service it is posted to beyond how long a comment may be.

use super::change::{Told, block, header, resource_diff};
use super::drift::{Drift, noted_drift};
use super::style::Style;
use super::text::{counted, is_told};
use super::value_diff::{Painter, Symbols};
use super::{PROGRAM, Schemas, outputs};
use crate::plan::diff::Diff;
use crate::plan::{Action, Plan, ResourceChange};

/// The longest comment that is written, in characters; GitHub takes 65,536.
const MAX_LENGTH: usize = 65_000;
/// What is kept free for the note that something was cut.
const NOTE_LENGTH: usize = 300;
/// How many addresses a row of the table names.
const ADDRESSES: usize = 20;

/// The plan: how much changes, a table by action, and every change folded up. What does not fit is counted at the end.
pub fn plan_markdown(plan: &Plan, schemas: Schemas<'_>) -> String {
    let changes: Vec<&ResourceChange> = plan.changes.iter().filter(|c| is_told(c)).collect();
    let outputs = outputs::markdown_changes(&plan.outputs);
    let drift: Vec<Drift<'_>> = noted_drift(plan, schemas).collect();
    if changes.is_empty() && outputs.is_empty() && drift.is_empty() {
        return format!("### {PROGRAM} plan: no changes\n");
    }
    let mut out = format!("### {PROGRAM} plan: {}\n", counted(&plan.counts()).trim_end_matches('.'));
    if plan.errored {
        out += "\n> **The plan is incomplete:** making it failed. It cannot be applied.\n";
    }
    out += &table(&changes);
    let mut sections = Vec::new();
    for change in &changes {
        let diff = resource_diff(change, schemas, None);
        sections.push(section(change, Told::Plan, diff.as_ref()));
    }
    if !outputs.is_empty() {
        sections.push(details("Changes to outputs", &outputs));
    }
    for Drift { change, diff } in &drift {
        sections.push(section(change, Told::Drift, diff.as_ref()));
    }
    let mut length = out.chars().count();
    let mut cut = 0;
    for section in &sections {
        let more = section.chars().count();
        if length + more + NOTE_LENGTH > MAX_LENGTH {
            cut += 1;
            continue;
        }
        length += more;
        out += section;
    }
    if cut > 0 {
        out += &format!(
            "\n> **{cut} of {} changes are not shown here**, because a comment may have {MAX_LENGTH} characters at most. \
             Run `{PROGRAM} show` on the saved plan to see all of them.\n",
            sections.len()
        );
    }
    out
}

fn table(changes: &[&ResourceChange]) -> String {
    let rows = [
        (Action::Create, "create"),
        (Action::Update, "update in place"),
        (Action::DeleteThenCreate, "replace (destroy first)"),
        (Action::CreateThenDelete, "replace (create first)"),
        (Action::Delete, "destroy"),
        (Action::Read, "read during apply"),
        (Action::Forget, "forget"),
        (Action::NoOp, "move or import"),
    ];
    let mut out = String::new();
    for (action, name) in rows {
        let of_it: Vec<String> = changes
            .iter()
            .filter(|c| c.action == action)
            .map(|c| format!("`{}`", c.addr.to_string().replace('|', "\\|").replace('`', "'")))
            .collect();
        if of_it.is_empty() {
            continue;
        }
        let more = of_it.len().saturating_sub(ADDRESSES);
        let mut named = of_it.iter().take(ADDRESSES).cloned().collect::<Vec<_>>().join("<br>");
        if more > 0 {
            named += &format!("<br>… and {more} more");
        }
        out += &format!("| {name} | {} | {named} |\n", of_it.len());
    }
    if out.is_empty() {
        out
    } else {
        format!("\n| action | count | resources |\n| --- | ---: | --- |\n{out}")
    }
}

fn section(change: &ResourceChange, told: Told, diff: Option<&Diff>) -> String {
    let painter = Painter { symbols: Symbols::First, ..Painter::new(Style::PLAIN) };
    let why: Vec<String> = header(change, told, Style::PLAIN)
        .iter()
        .map(|line| line.trim_start_matches([' ', '#']).to_owned())
        .collect();
    details(&why.join(" "), &block(change, diff, painter))
}

/// A folded section with a `diff` block.
fn details(title: &str, body: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    // The fence must be longer than any run of backticks inside.
    let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n<details><summary>{title}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n")
}

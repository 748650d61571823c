//! What happens while it happens, and how it ended, line by line.
//! Knows nothing of terminals that redraw.

use std::fmt::Write;
use std::time::Duration;

use super::PROGRAM;
use super::style::Style;
use super::wrap::wrap;
use crate::engine::{Event, ImportStep, StepVerb, Summary, Unfinished};
use crate::plan::PlanMode;

/// The line for an event, without a line break; `None` for events that have none here, such as notices, which are
/// diagnostics.
pub fn event_line(event: &Event) -> Option<String> {
    Some(match event {
        Event::RefreshStarted { addr, id } => format!("{addr}: Refreshing state...{}", bracket(id, None)),
        Event::Import { addr, id, step } => match step {
            ImportStep::Preparing => format!("{addr}: Preparing import... [id={id}]"),
            ImportStep::Started => format!("{addr}: Importing... [id={id}]"),
            ImportStep::Done => format!("{addr}: Import complete [id={id}]"),
        },
        Event::RefreshDone { .. } | Event::Notice(_) => return None,
        Event::StepStarted { addr, deposed, verb, id } => {
            let which = deposed.as_ref().map(|name| format!(" (deposed object {name})")).unwrap_or_default();
            format!("{addr}{which}: {}...{}", doing(*verb), bracket(id, None))
        }
        Event::StepRunning { addr, verb, id, elapsed } => {
            let note = bracket(id, Some(format!("{} elapsed", clock(*elapsed))));
            format!("{addr}: Still {}...{note}", doing(*verb).to_lowercase())
        }
        Event::StepDone { addr, verb, id, elapsed } => {
            let id = if *verb == StepVerb::Delete { &None } else { id };
            format!("{addr}: {} after {}{}", done(*verb), clock(*elapsed), bracket(id, None))
        }
        Event::StepFailed { addr, verb, elapsed } => {
            format!("{addr}: {} failed after {}", noun(*verb), clock(*elapsed))
        }
        Event::ProvisionStarted { addr, provisioner } => {
            format!("{addr}: Provisioning with '{provisioner}'...")
        }
        Event::ProvisionSaid { line, .. } if line.is_empty() => String::new(),
        Event::ProvisionSaid { addr, provisioner, line } => format!("{addr} ({provisioner}): {line}"),
        Event::ProvisionDone { .. } => return None,
        Event::Stopping { in_flight } => interrupted(*in_flight),
    })
}

/// What the first interrupt is answered with.
fn interrupted(in_flight: usize) -> String {
    let waits = match in_flight {
        0 => "Nothing is in flight; saving the state.".to_owned(),
        1 => "Waiting for the 1 call that is in flight, so that its outcome is recorded.".to_owned(),
        n => format!("Waiting for the {n} calls that are in flight, so that their outcome is recorded."),
    };
    format!(
        "\nInterrupt received.\nPlease wait for {PROGRAM} to exit or data loss may occur.\nGracefully shutting down...\n\n\
         No new steps are started. {waits}"
    )
}

/// What the second interrupt is answered with.
pub fn second_interrupt() -> String {
    "\nTwo interrupts received. Exiting immediately. What was in flight is in the journal and will be settled by the next \
     run.\n"
        .to_owned()
}

/// ` [id=x, 10s elapsed]`
fn bracket(id: &Option<(String, String)>, elapsed: Option<String>) -> String {
    let id = id.as_ref().map(|(key, value)| format!("{key}={value}"));
    let parts: Vec<String> = id.into_iter().chain(elapsed).collect();
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// `5s`, `1m5s`, `1h0m5s`
pub(super) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

pub(super) fn doing(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "Creating",
        StepVerb::Update => "Modifying",
        StepVerb::Delete => "Destroying",
        StepVerb::Read => "Reading",
    }
}

pub(super) fn done(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "Creation complete",
        StepVerb::Update => "Modifications complete",
        StepVerb::Delete => "Destruction complete",
        StepVerb::Read => "Read complete",
    }
}

pub(super) fn noun(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "Creation",
        StepVerb::Update => "Modification",
        StepVerb::Delete => "Destruction",
        StepVerb::Read => "Read",
    }
}

/// How an apply ended: what was done and, when it is not all, what failed, what was not tried and because of whom.
pub fn apply_summary(summary: &Summary, mode: PlanMode, style: &Style) -> String {
    let counts = &summary.counts;
    let import = if counts.import > 0 { format!("{} imported, ", counts.import) } else { String::new() };
    let all =
        format!("{import}{} added, {} changed, {} destroyed.", counts.add, counts.change, counts.remove);
    if summary.unfinished.is_empty() && !summary.interrupted {
        let text = if mode == PlanMode::Destroy {
            format!("Destroy complete! Resources: {} destroyed.", counts.remove)
        } else {
            format!("Apply complete! Resources: {all}")
        };
        return format!("\n{}\n", style.bold_green(text));
    }
    let word = if mode == PlanMode::Destroy { "Destroy" } else { "Apply" };
    let how = if summary.interrupted { "interrupted" } else { "incomplete" };
    let mut out = format!("\n{} Resources: {all}\n", style.bold_red(format!("{word} {how}.")));
    let (failed, skipped): (Vec<&Unfinished>, Vec<&Unfinished>) =
        summary.unfinished.iter().partition(|u| u.failed);
    let ended = if summary.interrupted { "the run was interrupted" } else { "the journal took nothing more" };
    list(&mut out, "Failed", &failed, ended, *style);
    list(&mut out, "Not tried", &skipped, ended, *style);
    let state = if summary.unsaved { "" } else { "What was done is recorded in the state. " };
    let again = if mode == PlanMode::Destroy { "destroy" } else { "apply" };
    let text = format!(
        "{state}Once the cause is removed, run \"{PROGRAM} {again}\" again: it continues where this run ended."
    );
    _ = writeln!(out, "\n{}", wrap(&text, style.width.saturating_sub(1)));
    out
}

/// `ended` is why a step was not tried that waited for none that failed.
fn list(out: &mut String, title: &str, steps: &[&Unfinished], ended: &str, style: Style) {
    if steps.is_empty() {
        return;
    }
    _ = writeln!(out, "\n{}", style.bold(format!("{title} ({}):", steps.len())));
    for step in steps {
        let verb = match step.verb {
            StepVerb::Create => "create",
            StepVerb::Update => "update",
            StepVerb::Delete => "destroy",
            StepVerb::Read => "read",
        };
        let because = match (&step.because, step.failed) {
            (Some(other), _) => format!(", because it waits for {other}"),
            (None, true) => String::new(),
            (None, false) => format!(", because {ended} first"),
        };
        _ = writeln!(out, "  - {} ({verb}){because}", step.addr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::InstanceAddr;
    use crate::plan::Counts;

    fn addr(text: &str) -> InstanceAddr {
        text.parse().unwrap()
    }

    #[test]
    fn lines_read_as_terraforms() {
        let addr = addr("aws_lambda_function.this[\"a\"]");
        let id = Some(("id".to_owned(), "fn-dev-a".to_owned()));
        let after = Duration::from_secs;
        let cases = [
            (
                Event::RefreshStarted { addr: addr.clone(), id: id.clone() },
                "Refreshing state... [id=fn-dev-a]",
            ),
            (
                Event::StepStarted { addr: addr.clone(), deposed: None, verb: StepVerb::Create, id: None },
                "Creating...",
            ),
            (
                Event::StepRunning {
                    addr: addr.clone(),
                    verb: StepVerb::Update,
                    id: id.clone(),
                    elapsed: after(70),
                },
                "Still modifying... [id=fn-dev-a, 1m10s elapsed]",
            ),
            (
                Event::StepRunning {
                    addr: addr.clone(),
                    verb: StepVerb::Create,
                    id: None,
                    elapsed: after(10),
                },
                "Still creating... [10s elapsed]",
            ),
            (
                Event::StepDone {
                    addr: addr.clone(),
                    verb: StepVerb::Update,
                    id: id.clone(),
                    elapsed: after(305),
                },
                "Modifications complete after 5m5s [id=fn-dev-a]",
            ),
            (
                Event::StepDone { addr: addr.clone(), verb: StepVerb::Delete, id, elapsed: after(0) },
                "Destruction complete after 0s",
            ),
        ];
        for (event, line) in cases {
            assert_eq!(event_line(&event).unwrap(), format!("aws_lambda_function.this[\"a\"]: {line}"));
        }
    }

    #[test]
    fn a_whole_apply_ends_as_terraforms() {
        let summary =
            Summary { counts: Counts { add: 1, change: 1, remove: 0, import: 0 }, ..Summary::default() };
        let text = apply_summary(&summary, PlanMode::Normal, &Style::PLAIN);
        assert_eq!(text, "\nApply complete! Resources: 1 added, 1 changed, 0 destroyed.\n");
        let text = apply_summary(&Summary::default(), PlanMode::Destroy, &Style::PLAIN);
        assert_eq!(text, "\nDestroy complete! Resources: 0 destroyed.\n");
    }

    #[test]
    fn a_part_says_what_is_missing_and_why() {
        let summary = Summary {
            counts: Counts { add: 2, ..Counts::default() },
            unfinished: vec![
                Unfinished {
                    addr: addr("aws_lambda_function.a"),
                    verb: StepVerb::Create,
                    because: None,
                    failed: true,
                },
                Unfinished {
                    addr: addr("aws_lambda_function.b"),
                    verb: StepVerb::Update,
                    because: Some(addr("aws_lambda_function.a")),
                    failed: false,
                },
            ],
            ..Summary::default()
        };
        let expected = "
Apply incomplete. Resources: 2 added, 0 changed, 0 destroyed.

Failed (1):
  - aws_lambda_function.a (create)

Not tried (1):
  - aws_lambda_function.b (update), because it waits for aws_lambda_function.a

What was done is recorded in the state. Once the cause is removed, run
\"lambdaform apply\" again: it continues where this run ended.
";
        assert_eq!(apply_summary(&summary, PlanMode::Normal, &Style::PLAIN), expected);
    }
}

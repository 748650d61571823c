//! The event stream of `-json`, schema version 1.2: one JSON object per line.
//! Knows nothing of clocks; the time of every line is handed in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::diagnostic::word;
use super::drift::{Drift, noted_drift};
use super::json_diagnostic::diagnostic_json;
use super::json_tree::instance_key;
use super::outputs::Listed;
use super::progress::{clock, doing};
use super::text::{counted, is_told};
use super::{PROGRAM, Schemas, progress};
use crate::base::{Diagnostic, InstanceAddr, Name, Severity, Sources, json as base_json};
use crate::engine::{Event, StepVerb};
use crate::plan::{Action, Counts, Plan, PlanMode, Reason, ResourceChange};

/// The version of this stream's format.
const UI_VERSION: &str = "1.2";

fn line(
    level: &str,
    message: &str,
    at: Timestamp,
    kind: &str,
    extra: impl IntoIterator<Item = (&'static str, Json)>,
) -> String {
    let mut map = Map::new();
    map.insert("@level".into(), level.into());
    map.insert("@message".into(), message.into());
    map.insert("@module".into(), "terraform.ui".into());
    map.insert("@timestamp".into(), format!("{at:.6}").into());
    map.insert("type".into(), kind.into());
    map.extend(extra.into_iter().map(|(k, v)| (k.to_owned(), v)));
    Json::Object(map).to_string()
}

/// The first line. `terraform` is the version of the language that is spoken, `own` that of this program.
pub fn version(terraform: &str, own: &str, at: Timestamp) -> String {
    let extra = [("terraform", terraform.into()), (PROGRAM, own.into()), ("ui", UI_VERSION.into())];
    line("info", &format!("{PROGRAM} {own}"), at, "version", extra)
}

/// A line of free text.
pub fn log(message: &str, at: Timestamp) -> String {
    line("info", message, at, "log", [])
}

/// A diagnostic.
pub fn diagnostic(problem: &Diagnostic, sources: &Sources, at: Timestamp) -> String {
    let level = match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warn",
    };
    let message = format!("{}: {}", word(problem.severity), problem.summary);
    line(level, &message, at, "diagnostic", [("diagnostic", diagnostic_json(problem, sources))])
}

/// An event of the engine; `None` for one that has nothing to say to a program, as an empty line of a provisioner.
pub fn event(event: &Event, sources: &Sources, at: Timestamp) -> Option<String> {
    Some(match event {
        Event::Notice(problem) => diagnostic(problem, sources, at),
        Event::Stopping { .. } | Event::Import { .. } => {
            log(progress::event_line(event).unwrap_or_default().trim(), at)
        }
        Event::RefreshStarted { addr, id } => {
            let message = format!("{addr}: Refreshing state...{}", id_note(id));
            line("info", &message, at, "refresh_start", [("hook", hook(addr, None, id, None))])
        }
        Event::RefreshDone { addr, id } => {
            let message = format!("{addr}: Refresh complete{}", id_note(id));
            line("info", &message, at, "refresh_complete", [("hook", hook(addr, None, id, None))])
        }
        Event::StepStarted { addr, verb, id, .. } => {
            let message = format!("{addr}: {}...{}", verb_ing(*verb), id_note(id));
            line("info", &message, at, "apply_start", [("hook", hook(addr, Some(*verb), id, None))])
        }
        Event::StepRunning { addr, verb, elapsed, .. } => {
            let verb_ing = verb_ing(*verb).to_lowercase();
            let message = format!("{addr}: Still {verb_ing}... [{} elapsed]", clock(*elapsed));
            let hook = hook(addr, Some(*verb), &None, Some(elapsed.as_secs()));
            line("info", &message, at, "apply_progress", [("hook", hook)])
        }
        Event::StepDone { addr, verb, id, elapsed } => {
            let id = if *verb == StepVerb::Delete { &None } else { id };
            let message =
                format!("{addr}: {} complete after {}{}", outcome(*verb), clock(*elapsed), id_note(id));
            let hook = hook(addr, Some(*verb), id, Some(elapsed.as_secs()));
            line("info", &message, at, "apply_complete", [("hook", hook)])
        }
        Event::ProvisionStarted { addr, provisioner } => {
            let message = format!("{addr}: Provisioning with '{provisioner}'...");
            line("info", &message, at, "provision_start", [("hook", provision(addr, provisioner, None))])
        }
        Event::ProvisionSaid { line: said, .. } if said.is_empty() => return None,
        Event::ProvisionSaid { addr, provisioner, line: said } => {
            let message = format!("{addr}: ({provisioner}): {said}");
            let hook = provision(addr, provisioner, Some(said));
            line("info", &message, at, "provision_progress", [("hook", hook)])
        }
        Event::ProvisionDone { addr, provisioner, failed } => {
            let (word, kind) = match failed {
                true => ("errored", "provision_errored"),
                false => ("complete", "provision_complete"),
            };
            let message = format!("{addr}: ({provisioner}) Provisioning {word}");
            line("info", &message, at, kind, [("hook", provision(addr, provisioner, None))])
        }
        Event::StepFailed { addr, verb, elapsed } => {
            let message = format!("{addr}: {} errored after {}", outcome(*verb), clock(*elapsed));
            let hook = hook(addr, Some(*verb), &None, Some(elapsed.as_secs()));
            line("info", &message, at, "apply_errored", [("hook", hook)])
        }
    })
}

/// What an event of a provisioner is about, and what it says.
fn provision(addr: &InstanceAddr, provisioner: &str, said: Option<&str>) -> Json {
    let mut map = Map::new();
    map.insert("resource".into(), resource(addr));
    map.insert("provisioner".into(), provisioner.into());
    if let Some(said) = said {
        map.insert("output".into(), said.into());
    }
    map.into()
}

/// The lines of a plan: drift, changes, their number, and the outputs.
pub fn plan(plan: &Plan, schemas: Schemas<'_>, at: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for Drift { change, .. } in noted_drift(plan, schemas) {
        let action = match change.action {
            Action::Delete => "delete",
            _ if change.before == change.after => "move",
            _ => "update",
        };
        let message = format!("{}: Drift detected ({action})", change.addr);
        let mut map = Map::new();
        map.insert("resource".into(), resource(&change.addr));
        map.insert("action".into(), action.into());
        lines.push(line("info", &message, at, "resource_drift", [("change", map.into())]));
    }
    for change in plan.changes.iter().filter(|c| is_told(c)) {
        let message = format!("{}: Plan to {}", change.addr, action(change));
        lines.push(line("info", &message, at, "planned_change", [("change", planned(change))]));
    }
    lines.push(planned_summary(&plan.counts(), at));
    if !plan.outputs.is_empty() {
        let output = |action: Action, sensitive: bool| {
            let action = match action {
                Action::Create => "create",
                Action::Update => "update",
                Action::Delete => "delete",
                _ => "noop",
            };
            json!({ "sensitive": sensitive, "action": action })
        };
        let outputs: Map<String, Json> =
            plan.outputs.iter().map(|(n, o)| (n.to_string(), output(o.action, o.sensitive))).collect();
        lines.push(outputs_line(outputs, at));
    }
    lines
}

fn planned_summary(counts: &Counts, at: Timestamp) -> String {
    line(
        "info",
        &format!("Plan: {}", counted(counts)),
        at,
        "change_summary",
        [("changes", changes(counts, "plan"))],
    )
}

/// How an apply ended.
pub fn applied_summary(counts: &Counts, mode: PlanMode, at: Timestamp) -> String {
    let (message, operation) = if mode == PlanMode::Destroy {
        (format!("Destroy complete! Resources: {} destroyed.", counts.remove), "destroy")
    } else {
        let import = if counts.import > 0 { format!("{} imported, ", counts.import) } else { String::new() };
        let done = format!("{} added, {} changed, {} destroyed.", counts.add, counts.change, counts.remove);
        (format!("Apply complete! Resources: {import}{done}"), "apply")
    };
    line("info", &message, at, "change_summary", [("changes", changes(counts, operation))])
}

/// The outputs after an apply; secrets have no value.
pub fn outputs(outputs: &BTreeMap<Name, Listed>, at: Timestamp) -> String {
    let output = |o: &Listed| {
        let ty = base_json::type_to_json(&o.value.ty());
        if o.sensitive || o.value.has_sensitive() {
            json!({ "sensitive": true, "type": ty })
        } else {
            json!({ "sensitive": false, "type": ty, "value": base_json::to_json(&o.value) })
        }
    };
    outputs_line(outputs.iter().map(|(n, o)| (n.to_string(), output(o))).collect(), at)
}

fn outputs_line(outputs: Map<String, Json>, at: Timestamp) -> String {
    line("info", &format!("Outputs: {}", outputs.len()), at, "outputs", [("outputs", outputs.into())])
}

fn changes(counts: &Counts, operation: &str) -> Json {
    json!({
        "add": counts.add,
        "change": counts.change,
        "import": counts.import,
        "remove": counts.remove,
        "operation": operation,
    })
}

fn action(change: &ResourceChange) -> &'static str {
    match change.action {
        Action::NoOp if change.importing.is_some() => "import",
        Action::NoOp if change.previous_addr.is_some() => "move",
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::DeleteThenCreate | Action::CreateThenDelete => "replace",
        Action::Delete => "delete",
        Action::Forget => "remove",
    }
}

fn planned(change: &ResourceChange) -> Json {
    let mut map = Map::new();
    map.insert("resource".into(), resource(&change.addr));
    if let Some(previous) = &change.previous_addr {
        map.insert("previous_resource".into(), resource(previous));
    }
    map.insert("action".into(), action(change).into());
    if let Some(reason) = change.reason {
        let word = match reason {
            Reason::ReplaceBecauseTainted => json!("tainted"),
            Reason::ReplaceByRequest => json!("requested"),
            Reason::ReplaceBecauseCannotUpdate => json!("cannot_update"),
            Reason::ReplaceByTriggers => json!("replace_triggered_by"),
            other => json!(other),
        };
        map.insert("reason".into(), word);
    }
    if let Some(id) = &change.importing {
        map.insert("importing".into(), json!({ "id": id }));
    }
    if let Some(text) = &change.generated {
        map.insert("generated_config".into(), text.as_str().into());
    }
    Json::Object(map)
}

fn resource(addr: &InstanceAddr) -> Json {
    let resource = &addr.resource;
    let module = resource.module.to_string();
    let full = addr.to_string();
    let within = full.strip_prefix(&format!("{module}.")).filter(|_| !module.is_empty()).unwrap_or(&full);
    json!({
        "addr": full,
        "module": module,
        "resource": within,
        "implied_provider": resource.type_name.split('_').next().unwrap_or_default(),
        "resource_type": &*resource.type_name,
        "resource_name": &*resource.name,
        "resource_key": addr.key.as_ref().map(instance_key),
    })
}

fn hook(
    addr: &InstanceAddr,
    verb: Option<StepVerb>,
    id: &Option<(String, String)>,
    elapsed: Option<u64>,
) -> Json {
    let mut map = Map::new();
    map.insert("resource".into(), resource(addr));
    if let Some(verb) = verb {
        let action = match verb {
            StepVerb::Create => "create",
            StepVerb::Update => "update",
            StepVerb::Delete => "delete",
            StepVerb::Read => "read",
        };
        map.insert("action".into(), action.into());
    }
    if let Some((key, value)) = id {
        map.insert("id_key".into(), key.as_str().into());
        map.insert("id_value".into(), value.as_str().into());
    }
    if let Some(seconds) = elapsed {
        map.insert("elapsed_seconds".into(), seconds.into());
    }
    Json::Object(map)
}

fn id_note(id: &Option<(String, String)>) -> String {
    id.as_ref().map(|(key, value)| format!(" [{key}={value}]")).unwrap_or_default()
}

/// The stream says of data sources that they are refreshed.
fn verb_ing(verb: StepVerb) -> &'static str {
    if verb == StepVerb::Read { "Refreshing" } else { doing(verb) }
}

fn outcome(verb: StepVerb) -> &'static str {
    match verb {
        StepVerb::Create => "Creation",
        StepVerb::Update => "Modifications",
        StepVerb::Delete => "Destruction",
        StepVerb::Read => "Refresh",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    fn at() -> Timestamp {
        "2026-11-23T03:55:34.6Z".parse().unwrap()
    }

    #[test]
    fn lines_are_terraforms() {
        let addr: InstanceAddr = "module.m[0].aws_lambda_function.this[\"b\"]".parse().unwrap();
        let id = Some(("id".to_owned(), "fn-dev-b".to_owned()));
        let shown =
            event(&Event::RefreshStarted { addr: addr.clone(), id }, &Sources::default(), at()).unwrap();
        let json: Json = serde_json::from_str(&shown).unwrap();
        assert_eq!(
            json,
            json!({
                "@level": "info",
                "@message": "module.m[0].aws_lambda_function.this[\"b\"]: Refreshing state... [id=fn-dev-b]",
                "@module": "terraform.ui",
                "@timestamp": "2026-11-23T03:55:34.600000Z",
                "hook": {
                    "resource": {
                        "addr": "module.m[0].aws_lambda_function.this[\"b\"]",
                        "module": "module.m[0]",
                        "resource": "aws_lambda_function.this[\"b\"]",
                        "implied_provider": "aws",
                        "resource_type": "aws_lambda_function",
                        "resource_name": "this",
                        "resource_key": "b"
                    },
                    "id_key": "id",
                    "id_value": "fn-dev-b"
                },
                "type": "refresh_start"
            })
        );
        assert!(!shown.contains('\n'));
        let said =
            |line: &str| Event::ProvisionSaid { addr: addr.clone(), provisioner: "p", line: line.into() };
        assert!(event(&said("x"), &Sources::default(), at()).is_some());
        assert_eq!(event(&said(""), &Sources::default(), at()), None);
    }

    #[test]
    fn outputs_never_carry_a_secret() {
        let listed = |value: &str, sensitive| Listed { value: value.into(), sensitive };
        let all = BTreeMap::from([
            (Name::from("open"), listed("x", false)),
            (Name::from("secret"), listed("hunter2", true)),
            (
                Name::from("marked"),
                Listed { value: Value::from("hunter3").with_sensitive(true), sensitive: false },
            ),
        ]);
        let shown = outputs(&all, at());
        assert!(shown.contains("\"value\":\"x\"") && !shown.contains("hunter"), "{shown}");
    }
}

//! The plan as JSON, in the format of `show -json PLAN`, version 1.2.
//! Knows nothing of configuration; that part is handed in.

use serde_json::{Map, Value as Json, json};

use super::Schemas;
use super::json_checks::checks;
use super::json_state::state_values;
use super::json_tree::{identity, modules, path};
use super::json_value::{Secrets, known, sensitive, unknown};
use crate::base::{Mode, Value, json as base_json};
use crate::plan::{Action, OutputChange, Plan, ResourceChange};
use crate::schema::mark_secrets;
use crate::state::State;

/// What the format wants beyond the plan.
pub struct PlanJson<'a> {
    /// The version of the language that is spoken, as `terraform_version`.
    pub terraform_version: &'a str,
    /// The refreshed state that the plan starts from.
    pub prior: &'a State,
    /// The `configuration` key, built by whoever knows configuration.
    pub configuration: Json,
    /// Whether secrets are written.
    pub secrets: Secrets,
}

/// The plan as JSON.
pub fn plan_json(plan: &Plan, schemas: Schemas<'_>, with: PlanJson<'_>) -> Json {
    let secrets = with.secrets;
    let mut map = Map::new();
    let mut put = |key: &str, value: Json| map.insert(key.to_owned(), value);
    put("format_version", "1.2".into());
    put("terraform_version", with.terraform_version.into());
    let variable = |v: &Value| match known(v, secrets) {
        Some(value) => json!({ "value": value }),
        None => json!({}),
    };
    let variables: Map<String, Json> =
        plan.variables.iter().map(|(n, v)| (n.to_string(), variable(v))).collect();
    if !variables.is_empty() {
        put("variables", variables.into());
    }
    put("planned_values", planned_values(plan, schemas, secrets));
    let changes = |list: &[ResourceChange]| -> Json {
        list.iter().map(|c| resource_change(c, schemas, secrets)).collect()
    };
    if !plan.drift.is_empty() {
        put("resource_drift", changes(&plan.drift));
    }
    if !plan.changes.is_empty() {
        put("resource_changes", changes(&plan.changes));
    }
    let outputs: Map<String, Json> =
        plan.outputs.iter().map(|(n, c)| (n.to_string(), output_change(c, secrets))).collect();
    if !outputs.is_empty() {
        put("output_changes", outputs.into());
    }
    if !with.prior.is_empty() {
        let prior = json!({
            "format_version": "1.0",
            "terraform_version": with.terraform_version,
            "values": state_values(with.prior, schemas, secrets),
        });
        put("prior_state", prior);
    }
    put("configuration", with.configuration);
    let relevant: Vec<Json> = plan
        .relevant
        .iter()
        .map(|(addr, attribute)| json!({ "resource": addr.to_string(), "attribute": path(attribute) }))
        .collect();
    if !relevant.is_empty() {
        put("relevant_attributes", relevant.into());
    }
    if !plan.checks.is_empty() {
        put("checks", checks(&plan.checks));
    }
    let seconds = plan.timestamp.round(jiff::Unit::Second).unwrap_or(plan.timestamp);
    put("timestamp", seconds.to_string().into());
    put("applyable", (plan.has_changes() && !plan.errored).into());
    put("complete", (plan.targets.is_empty() && plan.excludes.is_empty() && !plan.errored).into());
    put("errored", plan.errored.into());
    Json::Object(map)
}

/// The words of an action.
pub(super) fn actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Read => &["read"],
        Action::Update => &["update"],
        Action::DeleteThenCreate => &["delete", "create"],
        Action::CreateThenDelete => &["create", "delete"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    }
}

fn resource_change(change: &ResourceChange, schemas: Schemas<'_>, secrets: Secrets) -> Json {
    let resource = &change.addr.resource;
    let mut map = identity(&change.addr, &change.provider);
    if let Some(previous) = &change.previous_addr {
        map.insert("previous_address".into(), previous.to_string().into());
    }
    if !resource.module.is_root() {
        map.insert("module_address".into(), resource.module.to_string().into());
    }
    if let Some(deposed) = &change.deposed {
        map.insert("deposed".into(), deposed.to_string().into());
    }
    let schema = schemas(resource.mode, &resource.type_name);
    let mark = |v: &Value| schema.map_or_else(|| v.clone(), |s| mark_secrets(s, v.clone()));
    let mut inner = values(&mark(&change.before), &mark(&change.after), json!({}), secrets);
    inner.insert("actions".into(), json!(actions(change.action)));
    if !change.replace_paths.is_empty() {
        inner.insert("replace_paths".into(), change.replace_paths.iter().map(path).collect());
    }
    if let Some(id) = &change.importing {
        inner.insert("importing".into(), json!({ "id": id }));
    }
    if let Some(text) = &change.generated {
        inner.insert("generated_config".into(), text.as_str().into());
    }
    map.insert("change".into(), inner.into());
    if let Some(reason) = change.reason {
        map.insert("action_reason".into(), json!(reason));
    }
    Json::Object(map)
}

/// The keys of a change that hold values. A value that is known as a whole has `all_known` for `after_unknown`.
fn values(before: &Value, after: &Value, all_known: Json, secrets: Secrets) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("before".into(), known(before, secrets).unwrap_or_default());
    if let Some(after) = known(after, secrets) {
        map.insert("after".into(), after);
    }
    let unknown = if after.is_wholly_known() { all_known } else { unknown(after) };
    map.insert("after_unknown".into(), unknown);
    map.insert("before_sensitive".into(), sensitive(before));
    map.insert("after_sensitive".into(), sensitive(after));
    map
}

/// Whether an output is a secret, by declaration or by a mark somewhere in it.
fn is_secret(change: &OutputChange) -> bool {
    change.sensitive || change.before.has_sensitive() || change.after.has_sensitive()
}

fn output_change(change: &OutputChange, secrets: Secrets) -> Json {
    let secret = is_secret(change);
    let mark = |v: &Value| v.clone().unmark_deep().0.with_sensitive(secret);
    let mut map = values(&mark(&change.before), &mark(&change.after), json!(false), secrets);
    for key in ["before_sensitive", "after_sensitive"] {
        map.insert(key.into(), secret.into());
    }
    map.insert("actions".into(), json!(actions(change.action)));
    Json::Object(map)
}

fn planned_values(plan: &Plan, schemas: Schemas<'_>, secrets: Secrets) -> Json {
    let mut map = Map::new();
    let outputs: Map<String, Json> = plan
        .outputs
        .iter()
        .filter(|(_, c)| c.action != Action::Delete)
        .map(|(n, c)| (n.to_string(), planned_output(c, secrets)))
        .collect();
    if !outputs.is_empty() {
        map.insert("outputs".into(), outputs.into());
    }
    let mut planned: Vec<&ResourceChange> = plan
        .changes
        .iter()
        .filter(|c| c.deposed.is_none() && !matches!(c.action, Action::Delete | Action::Forget))
        .filter(|c| c.addr.resource.mode == Mode::Managed || c.action == Action::Read)
        .collect();
    planned.sort_by_cached_key(|c| c.addr.to_string());
    let resources = planned.into_iter().map(|change| {
        let resource = &change.addr.resource;
        let schema = schemas(resource.mode, &resource.type_name);
        let after = schema.map_or_else(|| change.after.clone(), |s| mark_secrets(s, change.after.clone()));
        let mut map = identity(&change.addr, &change.provider);
        map.insert("schema_version".into(), schema.map_or(0, |s| s.version).into());
        // As Terraform: without the key when nothing of it is known yet.
        let values = known(&after, secrets).filter(|v| v.as_object().is_none_or(|o| !o.is_empty()));
        map.extend(values.map(|values| ("values".to_owned(), values)));
        map.insert("sensitive_values".into(), sensitive(&after));
        (resource.module.clone(), Json::Object(map))
    });
    map.insert("root_module".into(), modules(resources));
    Json::Object(map)
}

fn planned_output(change: &OutputChange, secrets: Secrets) -> Json {
    let mut map = Map::new();
    map.insert("sensitive".into(), is_secret(change).into());
    let after = change.after.clone().unmark_deep().0;
    if after.is_wholly_known() {
        map.insert("type".into(), base_json::type_to_json(&after.ty()));
        let after = after.with_sensitive(is_secret(change));
        map.insert("value".into(), known(&after, secrets).unwrap_or_default());
    }
    Json::Object(map)
}

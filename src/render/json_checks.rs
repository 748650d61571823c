//! Results of checks as plan and state JSON list them.
//! Knows nothing of the conditions.

use serde_json::{Map, Value as Json, json};

use super::json_tree::{instance_key, mode};
use crate::base::{InstanceAddr, ModuleAddr};
use crate::plan::{CheckKind, CheckObject, CheckResult, CheckStatus};

/// The results, in order of their addresses.
pub(super) fn checks(results: &[CheckResult]) -> Json {
    let mut results: Vec<&CheckResult> = results.iter().collect();
    results.sort_by(|a, b| a.address.cmp(&b.address));
    Json::Array(results.into_iter().map(check).collect())
}

/// The results that a state file keeps.
pub(super) fn from_state(results: Option<&Json>) -> Json {
    let text = |json: &Json, key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let status = |json: &Json| serde_json::from_value(json["status"].clone()).unwrap_or(CheckStatus::Unknown);
    let items = |json: &Json| json.as_array().cloned().unwrap_or_default();
    let results: Vec<CheckResult> = items(results.unwrap_or(&Json::Null))
        .iter()
        .map(|check| CheckResult {
            kind: match check["object_kind"].as_str() {
                Some("output" | "output_value") => CheckKind::Output,
                Some("check") => CheckKind::Check,
                Some("var") => CheckKind::Variable,
                _ => CheckKind::Resource,
            },
            address: text(check, "config_addr"),
            status: status(check),
            objects: items(&check["objects"])
                .iter()
                .map(|object| CheckObject {
                    address: text(object, "object_addr"),
                    status: status(object),
                    failures: items(&object["failure_messages"])
                        .iter()
                        .filter_map(|m| m.as_str().map(str::to_owned))
                        .collect(),
                })
                .collect(),
        })
        .collect();
    checks(&results)
}

fn check(result: &CheckResult) -> Json {
    let mut address = Map::new();
    address.insert("kind".into(), json!(result.kind));
    address.insert("to_display".into(), json!(result.address));
    let place = place(result.kind, &result.address);
    if let Some(module) = &place.module {
        address.insert("module".into(), json!(module));
    }
    address.insert("name".into(), json!(place.name));
    if let Some((mode, type_name)) = place.resource {
        address.insert("mode".into(), json!(mode));
        address.insert("type".into(), json!(type_name));
    }
    let instances: Vec<Json> = result.objects.iter().map(|object| instance(result.kind, object)).collect();
    let mut map = Map::new();
    map.insert("address".into(), Json::Object(address));
    map.insert("status".into(), json!(result.status));
    if !instances.is_empty() {
        map.insert("instances".into(), Json::Array(instances));
    }
    Json::Object(map)
}

fn instance(kind: CheckKind, object: &CheckObject) -> Json {
    let mut address = Map::new();
    address.insert("to_display".into(), json!(object.address));
    let place = place(kind, &object.address);
    if let Some(module) = place.module {
        address.insert("module".into(), json!(module));
    }
    if let Some(key) = place.key {
        address.insert("instance_key".into(), key);
    }
    let mut map = Map::new();
    map.insert("address".into(), Json::Object(address));
    map.insert("status".into(), json!(object.status));
    if !object.failures.is_empty() {
        let problems: Vec<Json> = object.failures.iter().map(|m| json!({ "message": m })).collect();
        map.insert("problems".into(), Json::Array(problems));
    }
    Json::Object(map)
}

#[derive(Default)]
struct Place {
    module: Option<String>,
    name: String,
    resource: Option<(&'static str, String)>,
    key: Option<Json>,
}

/// What an address says: `module.m["a"].aws_iam_role.r[0]`, `module.m.var.q`, `check.health`.
fn place(kind: CheckKind, address: &str) -> Place {
    let module = |module: &ModuleAddr| (!module.is_root()).then(|| module.to_string());
    if kind == CheckKind::Resource {
        let Ok(addr) = address.parse::<InstanceAddr>() else {
            return Place { name: address.to_owned(), ..Place::default() };
        };
        let resource = addr.resource;
        return Place {
            module: module(&resource.module),
            name: resource.name.to_string(),
            resource: Some((mode(resource.mode), resource.type_name.to_string())),
            key: addr.key.as_ref().map(instance_key),
        };
    }
    let word = match kind {
        CheckKind::Variable => "var.",
        CheckKind::Output => "output.",
        _ => "check.",
    };
    // The last occurrence: instance keys of the modules before it may hold anything.
    let at = address.rfind(word).unwrap_or(0);
    let (path, rest) = address.split_at(at);
    let path = path.trim_end_matches('.');
    Place {
        module: (!path.is_empty()).then(|| path.to_owned()),
        name: rest.strip_prefix(word).unwrap_or(rest).to_owned(),
        ..Place::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let results = [
            CheckResult {
                kind: CheckKind::Variable,
                address: "module.m.var.q".into(),
                status: CheckStatus::Pass,
                objects: vec![CheckObject {
                    address: "module.m[\"var.x\"].var.q".into(),
                    status: CheckStatus::Fail,
                    failures: vec!["bad".into()],
                }],
            },
            CheckResult {
                kind: CheckKind::Resource,
                address: "aws_lambda_function.this".into(),
                status: CheckStatus::Pass,
                objects: vec![CheckObject {
                    address: "aws_lambda_function.this[\"a\"]".into(),
                    status: CheckStatus::Pass,
                    failures: Vec::new(),
                }],
            },
        ];
        assert_eq!(
            checks(&results),
            json!([
                {
                    "address": {"kind": "resource", "mode": "managed", "name": "this",
                                "to_display": "aws_lambda_function.this", "type": "aws_lambda_function"},
                    "status": "pass",
                    "instances": [
                        {"address": {"instance_key": "a", "to_display": "aws_lambda_function.this[\"a\"]"}, "status": "pass"}
                    ]
                },
                {
                    "address": {"kind": "var", "module": "module.m", "name": "q", "to_display": "module.m.var.q"},
                    "status": "pass",
                    "instances": [
                        {"address": {"module": "module.m[\"var.x\"]", "to_display": "module.m[\"var.x\"].var.q"},
                         "status": "fail", "problems": [{"message": "bad"}]}
                    ]
                },
            ])
        );
    }
}

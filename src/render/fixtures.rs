//! For tests: plans read from the format that `show -json` writes, under schemas declared here.
//! Knows nothing of the program around it.

use serde_json::Value as Json;

use crate::base::{Diagnostics, InstanceAddr, Mode, Path, Type, Value, json as base_json};
use crate::plan::{Action, CheckObject, CheckResult, OutputChange, Pins, Plan, PlanMode, ResourceChange};
use crate::schema::{AttrType, Attribute, Block, NestedBlock, Schema};
use crate::state::{Object, ObjectStatus, OutputValue, State};

const fn block(attributes: &'static [Attribute]) -> Block {
    Block { attributes, blocks: &[] }
}

static ROLE: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[
            Attribute::string("arn"),
            Attribute::string("assume_role_policy"),
            Attribute::string("create_date"),
            Attribute::string("description"),
            Attribute::bool("force_detach_policies"),
            Attribute::string("id"),
            Attribute::string_set("managed_policy_arns"),
            Attribute::number("max_session_duration"),
            Attribute::string("name"),
            Attribute::string("name_prefix"),
            Attribute::string("path"),
            Attribute::string("permissions_boundary"),
            Attribute::string_map("tags"),
            Attribute::string_map("tags_all"),
            Attribute::string("unique_id"),
        ],
        blocks: &[NestedBlock::set(
            "inline_policy",
            block(&[Attribute::string("name"), Attribute::string("policy")]),
        )],
    },
};

static ALIAS: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[
            Attribute::string("arn"),
            Attribute::string("description"),
            Attribute::string("function_name"),
            Attribute::string("function_version"),
            Attribute::string("id"),
            Attribute::string("invoke_arn"),
            Attribute::string("name"),
        ],
        blocks: &[NestedBlock::one(
            "routing_config",
            block(&[Attribute::of("additional_version_weights", AttrType::Map(&AttrType::Number))]),
        )],
    },
};

static FUNCTION: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[
            Attribute::strings("architectures"),
            Attribute::string("arn"),
            Attribute::string("code_sha256"),
            Attribute::string("code_signing_config_arn"),
            Attribute::string("description"),
            Attribute::string("filename"),
            Attribute::string("function_name"),
            Attribute::string("handler"),
            Attribute::string("id"),
            Attribute::string("image_uri"),
            Attribute::string("invoke_arn"),
            Attribute::string("kms_key_arn"),
            Attribute::string("last_modified"),
            Attribute::strings("layers"),
            Attribute::number("memory_size"),
            Attribute::string("package_type"),
            Attribute::bool("publish"),
            Attribute::string("qualified_arn"),
            Attribute::string("qualified_invoke_arn"),
            Attribute::bool("replace_security_groups_on_destroy"),
            Attribute::string_set("replacement_security_group_ids"),
            Attribute::number("reserved_concurrent_executions"),
            Attribute::string("role"),
            Attribute::string("runtime"),
            Attribute::string("s3_bucket"),
            Attribute::string("s3_key"),
            Attribute::string("s3_object_version"),
            Attribute::string("signing_job_arn"),
            Attribute::string("signing_profile_version_arn"),
            Attribute::bool("skip_destroy"),
            Attribute::string("source_code_hash"),
            Attribute::number("source_code_size"),
            Attribute::string_map("tags"),
            Attribute::string_map("tags_all"),
            Attribute::number("timeout"),
            Attribute::string("version"),
        ],
        blocks: &[
            NestedBlock::one("dead_letter_config", block(&[Attribute::string("target_arn")])),
            NestedBlock::one("environment", block(&[Attribute::string_map("variables")])),
            NestedBlock::one("ephemeral_storage", block(&[Attribute::number("size")])),
            NestedBlock::one(
                "file_system_config",
                block(&[Attribute::string("arn"), Attribute::string("local_mount_path")]),
            ),
            NestedBlock::one("image_config", block(&[Attribute::strings("command")])),
            NestedBlock::one("logging_config", block(&[Attribute::string("log_format")])),
            NestedBlock::one("snap_start", block(&[Attribute::string("apply_on")])),
            NestedBlock::single("timeouts", block(&[Attribute::string("create")])),
            NestedBlock::one("tracing_config", block(&[Attribute::string("mode")])),
            NestedBlock::one("vpc_config", block(&[Attribute::string_set("subnet_ids")])),
        ],
    },
};

static DATA: Schema = Schema {
    version: 0,
    block: block(&[
        Attribute::string("id"),
        Attribute::of("input", AttrType::Dynamic),
        Attribute::of("output", AttrType::Dynamic),
        Attribute::of("triggers_replace", AttrType::Dynamic),
    ]),
};

static REMOTE_STATE: Schema = Schema {
    version: 0,
    block: block(&[
        Attribute::string("backend"),
        Attribute::of("config", AttrType::Dynamic),
        Attribute::of("defaults", AttrType::Dynamic),
        Attribute::of("outputs", AttrType::Dynamic),
        Attribute::string("workspace"),
    ]),
};

/// The schemas of the types in the fixtures.
pub(super) fn schemas(_: Mode, type_name: &str) -> Option<&'static Schema> {
    Some(match type_name {
        "aws_iam_role" => &ROLE,
        "aws_lambda_alias" => &ALIAS,
        "aws_lambda_function" => &FUNCTION,
        "terraform_data" => &DATA,
        "terraform_remote_state" => &REMOTE_STATE,
        _ => return None,
    })
}

/// A plan out of plan JSON.
pub(super) fn plan(text: &str, mode: PlanMode) -> (Plan, Json) {
    let json: Json = serde_json::from_str(text).unwrap();
    let outputs = json["output_changes"].as_object().into_iter().flatten().map(|(name, change)| {
        let side = |key: &str, unknown: &Json| value(&change[key], unknown, &Json::Null, &Type::Dynamic);
        let change = OutputChange {
            action: action(&change["actions"]),
            before: side("before", &Json::Null),
            after: side("after", &change["after_unknown"]),
            sensitive: change["before_sensitive"] == true || change["after_sensitive"] == true,
        };
        (name.as_str().into(), change)
    });
    let plan = Plan {
        mode,
        changes: items(&json["resource_changes"]).map(change).collect(),
        drift: items(&json["resource_drift"]).map(change).collect(),
        outputs: outputs.collect(),
        steps: Vec::new(),
        pins: Pins::default(),
        variables: json["variables"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(n, v)| (n.as_str().into(), base_json::implied_value(&v["value"]).unwrap()))
            .collect(),
        ephemeral: Default::default(),
        targets: Vec::new(),
        excludes: Vec::new(),
        checks: items(&json["checks"]).map(check).collect(),
        relevant: items(&json["relevant_attributes"])
            .map(|r| (r["resource"].as_str().unwrap().parse().unwrap(), path(&r["attribute"])))
            .collect(),
        timestamp: json["timestamp"].as_str().unwrap().parse().unwrap(),
        errored: json["errored"] == true,
        problems: Diagnostics::new(),
    };
    (plan, json)
}

fn items(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

fn change(json: &Json) -> ResourceChange {
    let addr: InstanceAddr = text(&json["address"]).parse().unwrap();
    let ty = schemas(addr.resource.mode, &addr.resource.type_name).unwrap().block.ty();
    let change = &json["change"];
    ResourceChange {
        addr,
        previous_addr: json["previous_address"].as_str().map(|s| s.parse().unwrap()),
        deposed: json["deposed"].as_str().map(Into::into),
        provider: format!("provider[{}]", json["provider_name"]),
        action: action(&change["actions"]),
        reason: serde_json::from_value(json["action_reason"].clone()).ok(),
        before: value(&change["before"], &Json::Null, &change["before_sensitive"], &ty),
        after: value(&change["after"], &change["after_unknown"], &change["after_sensitive"], &ty),
        replace_paths: items(&change["replace_paths"]).map(path).collect(),
        importing: change["importing"]["id"].as_str().map(Into::into),
        generated: change["generated_config"].as_str().map(Into::into),
        private: None,
        revision: None,
        package: None,
        dependencies: Vec::new(),
        create_before_destroy: false,
        undoes_drift: Vec::new(),
    }
}

fn check(json: &Json) -> CheckResult {
    let status = |json: &Json| serde_json::from_value(json["status"].clone()).unwrap();
    CheckResult {
        kind: serde_json::from_value(json["address"]["kind"].clone()).unwrap(),
        address: text(&json["address"]["to_display"]),
        status: status(json),
        objects: items(&json["instances"])
            .map(|object| CheckObject {
                address: text(&object["address"]["to_display"]),
                status: status(object),
                failures: items(&object["problems"]).map(|p| text(&p["message"])).collect(),
            })
            .collect(),
    }
}

fn action(json: &Json) -> Action {
    let words: Vec<&str> = items(json).filter_map(Json::as_str).collect();
    match words[..] {
        ["no-op"] => Action::NoOp,
        ["create"] => Action::Create,
        ["read"] => Action::Read,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["forget"] => Action::Forget,
        _ => panic!("{words:?}"),
    }
}

fn path(json: &Json) -> Path {
    items(json).fold(Path::default(), |path, step| match step {
        Json::Number(n) => path.index(n.as_u64().unwrap() as usize),
        step => path.attr(step.as_str().unwrap()),
    })
}

/// A value out of what is known of it, where it is unknown and where it is secret.
fn value(known: &Json, unknown: &Json, sensitive: &Json, ty: &Type) -> Value {
    if *unknown == true {
        return Value::unknown(ty.clone()).with_sensitive(*sensitive == true);
    }
    let none = Json::Null;
    let items = |inner: &dyn Fn(usize) -> Type| -> Vec<Value> {
        let len = |json: &Json| json.as_array().map_or(0, Vec::len);
        let at = |json: &Json, i: usize| json.get(i).unwrap_or(&none).clone();
        (0..len(known).max(len(unknown)))
            .map(|i| value(&at(known, i), &at(unknown, i), &at(sensitive, i), &inner(i)))
            .collect()
    };
    let entries = |inner: &dyn Fn(&str) -> Type| -> Vec<(String, Value)> {
        let names =
            |json: &Json| json.as_object().into_iter().flatten().map(|(n, _)| n.clone()).collect::<Vec<_>>();
        let at = |json: &Json, n: &str| json.get(n).unwrap_or(&none).clone();
        let all: std::collections::BTreeSet<String> =
            names(known).into_iter().chain(names(unknown)).collect();
        all.into_iter()
            .map(|n| {
                let inner = value(&at(known, &n), &at(unknown, &n), &at(sensitive, &n), &inner(&n));
                (n, inner)
            })
            .collect()
    };
    let bare = match (ty, known) {
        (Type::Dynamic, Json::Array(_)) => Value::tuple(items(&|_| Type::Dynamic)),
        (Type::Dynamic, Json::Object(_)) => Value::object(entries(&|_| Type::Dynamic)),
        (Type::Dynamic, _) => base_json::implied_value(known).unwrap(),
        (Type::List(t), Json::Array(_)) => Value::list(Type::clone(t), items(&|_| Type::clone(t))),
        (Type::Set(t), Json::Array(_)) => Value::set(Type::clone(t), items(&|_| Type::clone(t))),
        (Type::Map(t), Json::Object(_)) => Value::map(Type::clone(t), entries(&|_| Type::clone(t))),
        (Type::Object(ts), Json::Object(_)) => {
            let all = ts.iter().map(|(n, t)| {
                let at = |json: &Json| json.get(&**n).unwrap_or(&none).clone();
                (n.clone(), value(&at(known), &at(unknown), &at(sensitive), t))
            });
            Value::object(all)
        }
        _ => base_json::from_json(known, ty).unwrap(),
    };
    bare.with_sensitive(*sensitive == true)
}

/// The state that the `prior_state` key of plan JSON tells of.
pub(super) fn prior_state(json: &Json) -> State {
    let values = &json["prior_state"]["values"];
    let mut state = State { terraform_version: "1.11.4".into(), ..State::default() };
    for (name, output) in values["outputs"].as_object().into_iter().flatten() {
        let output = OutputValue {
            value: output["value"].clone(),
            ty: output["type"].clone(),
            sensitive: output["sensitive"] == true,
        };
        state.outputs.insert(name.as_str().into(), output);
    }
    for resource in items(&values["root_module"]["resources"]) {
        let addr: InstanceAddr = text(&resource["address"]).parse().unwrap();
        let ty = schemas(addr.resource.mode, &addr.resource.type_name).unwrap().block.ty();
        let marked = value(&resource["values"], &Json::Null, &resource["sensitive_values"], &ty);
        let object = Object {
            status: ObjectStatus::Ready,
            schema_version: 0,
            attributes: resource["values"].clone(),
            sensitive_paths: marked.sensitive_paths(),
            private: None,
            dependencies: items(&resource["depends_on"]).map(|d| text(d).parse().unwrap()).collect(),
            create_before_destroy: false,
            extra: serde_json::Map::new(),
        };
        state.set(&addr, None, &format!("provider[{}]", resource["provider_name"]), object);
    }
    state
}

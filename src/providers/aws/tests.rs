//! The connection against the embedded control plane, over HTTP, as an engine would drive it.

use std::io;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Aws;
use crate::base::{Diagnostics, Severity, Value, json as values};
use crate::local::faults::{Action, Rule};
use crate::local::lifecycle::Failure;
use crate::local::server::{Options, Server, start};
use crate::package::{Literal, Source, zip};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, CallId, CallLog, CallOutcome, Connection, Environment,
    FileChangeKind, PackageChange, PlanRequest, PlanResponse, Provider, ReadRequest, ReadResponse,
    SettleRequest, Settled, Stop, Tempo,
};
use crate::schema::{Block, Nesting, Schema, conform};

const FUNCTION: &str = "aws_lambda_function";
const ALIAS: &str = "aws_lambda_alias";
const LAYER: &str = "aws_lambda_layer_version";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Announcements, as `operation target outcome`.
#[derive(Default)]
struct Journal(Mutex<Vec<String>>);

impl CallLog for Journal {
    fn begin(&self, operation: &'static str, target: &str) -> io::Result<CallId> {
        let mut lines = self.0.lock().unwrap();
        lines.push(format!("{operation} {target}"));
        Ok(CallId(lines.len() as u64 - 1))
    }

    fn end(&self, call: CallId, outcome: CallOutcome) {
        if outcome != CallOutcome::Landed {
            self.0.lock().unwrap()[call.0 as usize].push_str(&format!(" {outcome:?}"));
        }
    }
}

/// A server, a connection to it, and a directory for packages.
struct Bench {
    server: Server,
    connection: Arc<dyn Connection>,
    dir: tempfile::TempDir,
    journal: Journal,
    stop: Stop,
}

/// A plan with what an engine keeps beside it.
struct Planned {
    response: PlanResponse,
    config: Value,
    prior: Option<Value>,
}

impl Bench {
    async fn new() -> Bench {
        Bench::with(Options { settle: Duration::ZERO, ..Options::default() }, Value::object::<&str>([])).await
    }

    async fn with(options: Options, provider: Value) -> Bench {
        let server = start(options).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment {
            data_dir: dir.path().join(".lambdaform"),
            endpoint: Some(server.endpoint()),
            tempo: Tempo { paced: None, pauses: 0.01 },
        };
        let (config, problems) = conform(&Aws.schema().config.block, &provider);
        assert!(problems.is_empty(), "{problems:?}");
        let connection = Aws.configure(&config, &environment).ok().unwrap();
        Bench { server, connection, dir, journal: Journal::default(), stop: Stop::default() }
    }

    /// Writes a package whose only file holds this text.
    fn package(&self, name: &str, text: &str) -> String {
        let target = self.dir.path().join(name);
        let file = Literal { filename: "index.py".into(), content: text.into() };
        zip::write(&Source::Literals(vec![file]), &target, None).unwrap();
        target.to_str().unwrap().to_owned()
    }

    fn plan(&self, type_name: &str, prior: Option<&Value>, body: &Json) -> Planned {
        let block = &schema(type_name).block;
        let (config, problems) = conform(block, &values::implied_value(body).unwrap());
        assert!(!problems.has_errors(), "{problems:?}");
        let problems = Aws.validate(crate::base::Mode::Managed, type_name, &config);
        assert!(!problems.has_errors(), "{problems:?}");
        let proposed = propose(block, prior, &config);
        let request = PlanRequest { type_name, prior, proposed: &proposed, config: &config, ignored: &[] };
        Planned { response: self.connection.plan(request), config, prior: prior.cloned() }
    }

    async fn apply(&self, type_name: &str, planned: &Planned) -> ApplyResponse {
        self.apply_at(type_name, planned, None).await
    }

    async fn apply_at(&self, type_name: &str, planned: &Planned, revision: Option<&str>) -> ApplyResponse {
        assert!(!planned.response.problems.has_errors(), "{:?}", planned.response.problems);
        let null = Value::NULL;
        let prior = planned.prior.as_ref().unwrap_or(&null);
        let request = ApplyRequest {
            type_name: type_name.into(),
            prior: planned.prior.clone(),
            planned: Some(planned.response.planned.clone()),
            config: planned.config.clone(),
            private: planned.response.private.clone(),
            groups: schema(type_name).block.changed(prior, &planned.response.planned, true),
            revision: revision.map(Into::into),
            package: planned.response.package.clone(),
            address: Some(format!("{type_name}.this").parse().unwrap()),
        };
        self.connection.apply(request, self.context()).await
    }

    async fn delete(&self, type_name: &str, object: &Value) -> ApplyResponse {
        let request = ApplyRequest {
            type_name: type_name.into(),
            prior: Some(object.clone()),
            planned: None,
            config: Value::NULL,
            private: None,
            groups: crate::schema::Group::NONE,
            revision: None,
            package: None,
            address: None,
        };
        self.connection.apply(request, self.context()).await
    }

    fn context(&self) -> ApplyContext<'_> {
        ApplyContext { calls: &self.journal, stop: &self.stop }
    }

    async fn create(&self, type_name: &str, body: &Json) -> Value {
        let response = self.apply(type_name, &self.plan(type_name, None, body)).await;
        assert!(response.problems.is_empty(), "{:?}", response.problems);
        response.object.unwrap()
    }

    async fn read(&self, type_name: &str, object: &Value) -> ReadResponse {
        let request = ReadRequest { type_name: type_name.into(), prior: object.clone(), private: None };
        let found = Mutex::new(None);
        self.connection.read(vec![request], &|_, response| *found.lock().unwrap() = Some(response)).await;
        found.into_inner().unwrap().unwrap()
    }

    /// The operations that were called since the last time, in order.
    fn called(&self) -> Vec<String> {
        let operations = self.server.calls().list().into_iter().map(|r| r.operation).collect();
        self.server.calls().reset();
        operations
    }

    fn announced(&self) -> Vec<String> {
        std::mem::take(&mut *self.journal.0.lock().unwrap())
    }
}

fn schema(type_name: &str) -> &'static Schema {
    &Aws.schema().resource(type_name).unwrap().schema
}

/// What an engine proposes: configuration, and the prior value of what it does not give and the provider may.
fn propose(block: &Block, prior: Option<&Value>, config: &Value) -> Value {
    let attributes = block.attributes.iter().map(|a| {
        let given = config.get(a.name).cloned().unwrap_or(Value::NULL);
        let old = prior.and_then(|p| p.get(a.name)).filter(|_| a.is_computed() && given.is_null());
        (a.name, old.cloned().unwrap_or(given))
    });
    let blocks = block.blocks.iter().map(|b| {
        let given = config.get(b.name).cloned().unwrap_or(Value::NULL);
        let empty = b.nesting == Nesting::List && given.as_items().is_some_and(<[Value]>::is_empty);
        let old = prior.and_then(|p| p.get(b.name)).filter(|_| b.computed && empty);
        (b.name, old.cloned().unwrap_or(given))
    });
    Value::object(attributes.chain(blocks))
}

fn function(filename: &str) -> Json {
    json!({ "function_name": "f", "role": ROLE, "handler": "index.handler", "runtime": "python3.12", "filename": filename })
}

fn with(mut body: Json, more: Json) -> Json {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("{name}: {:?}", object.get(name)))
}

fn said(problems: &Diagnostics) -> Vec<String> {
    let mark = |s| if s == Severity::Error { "E" } else { "W" };
    problems.iter().map(|d| format!("{} {}", mark(d.severity), d.summary)).collect()
}

/// The attributes that differ between a plan and what was before; what is unknown has a question mark.
fn changes(planned: &Planned) -> Vec<String> {
    let prior = planned.prior.as_ref().unwrap();
    let now = planned.response.planned.as_entries().unwrap();
    let different = now.iter().filter(|(name, value)| prior.get(name) != Some(value));
    different.map(|(name, value)| format!("{name}{}", if value.is_unknown() { "?" } else { "" })).collect()
}

#[tokio::test]
async fn a_function_is_created_with_few_requests_and_read_back_without_drift() {
    let bench = Bench::new().await;
    let body = with(
        function(&bench.package("f.zip", "1")),
        json!({
            "environment": [{ "variables": { "STAGE": "dev" } }],
            "tags": { "app": "demo" },
            "reserved_concurrent_executions": 2,
        }),
    );
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(bench.called(), ["CreateFunction", "GetFunction", "PutFunctionConcurrency"]);
    assert_eq!(bench.announced(), ["CreateFunction f", "PutFunctionConcurrency f"]);
    assert!(object.is_wholly_known());
    assert_eq!(object.ty(), schema(FUNCTION).block.ty());
    assert_eq!(text(&object, "version"), "$LATEST");
    assert_eq!(text(&object, "id"), "f");

    let read = bench.read(FUNCTION, &object).await;
    assert!(read.revision.is_some());
    assert_eq!(read.observed.unwrap()["State"], "Active");
    assert_eq!(read.object.as_ref(), Some(&object));
    assert_eq!(bench.called(), ["GetFunction"]);

    let again = bench.plan(FUNCTION, Some(&object), &body);
    assert_eq!(changes(&again), [""; 0]);
    assert_eq!(again.response.package.unwrap().files, Some(vec![]));
}

#[tokio::test]
async fn state_has_the_shape_of_terraforms() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    let mut json = values::to_json(&object);
    schema(FUNCTION).block.trim(&mut json);
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    // The attributes of release 5.100, as its state files have them.
    assert_eq!(
        names.join(" "),
        "architectures arn code_sha256 code_signing_config_arn dead_letter_config description environment \
         ephemeral_storage file_system_config filename function_name handler id image_config image_uri invoke_arn \
         kms_key_arn last_modified layers logging_config memory_size package_type publish qualified_arn \
         qualified_invoke_arn replace_security_groups_on_destroy replacement_security_group_ids \
         reserved_concurrent_executions role runtime s3_bucket s3_key s3_object_version signing_job_arn \
         signing_profile_version_arn skip_destroy snap_start source_code_hash source_code_size tags tags_all timeout \
         timeouts tracing_config version vpc_config"
    );
    for (name, value) in [
        ("description", json!("")),
        ("dead_letter_config", json!([])),
        ("environment", json!([])),
        ("ephemeral_storage", json!([{ "size": 512 }])),
        ("image_uri", json!("")),
        ("layers", json!([])),
        ("publish", json!(false)),
        ("replace_security_groups_on_destroy", json!(null)),
        ("replacement_security_group_ids", json!(null)),
        ("reserved_concurrent_executions", json!(-1)),
        ("s3_bucket", json!(null)),
        ("source_code_hash", json!("")),
        ("tags", json!({})),
        ("tags_all", json!({})),
        ("timeouts", json!(null)),
        ("tracing_config", json!([{ "mode": "PassThrough" }])),
        ("vpc_config", json!([])),
    ] {
        assert_eq!(json[name], value, "{name}");
    }
}

#[tokio::test]
async fn an_update_sends_what_changed_in_the_documented_order() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let old = with(
        function(&zip),
        json!({ "tags": { "a": "1", "b": "2" }, "environment": [{ "variables": { "A1": "1" } }], "publish": true }),
    );
    let object = bench.create(FUNCTION, &old).await;
    assert_eq!(text(&object, "version"), "1");
    bench.called();
    bench.announced();

    bench.package("f.zip", "2");
    let new = with(
        function(&zip),
        json!({ "tags": { "a": "3" }, "memory_size": 256, "publish": true, "reserved_concurrent_executions": 1 }),
    );
    let planned = bench.plan(FUNCTION, Some(&object), &new);
    assert_eq!(
        changes(&planned),
        [
            "code_sha256",
            "environment",
            "last_modified?",
            "memory_size",
            "qualified_arn?",
            "qualified_invoke_arn?",
            "reserved_concurrent_executions",
            "tags",
            "tags_all",
            "version?",
        ]
    );
    let files = planned.response.package.as_ref().unwrap().files.as_ref().unwrap();
    assert_eq!(
        (files.len(), files[0].path.as_str(), files[0].kind),
        (1, "index.py", FileChangeKind::Changed)
    );

    let response = bench.apply(FUNCTION, &planned).await;
    assert!(response.problems.is_empty(), "{:?}", response.problems);
    assert_eq!(
        bench.announced(),
        [
            "UntagResource f",
            "TagResource f",
            "UpdateFunctionConfiguration f",
            "UpdateFunctionCode f",
            "PutFunctionConcurrency f",
            "PublishVersion f",
        ]
    );
    let object = response.object.unwrap();
    assert_eq!(text(&object, "version"), "2");
    assert!(text(&object, "qualified_arn").ends_with(":function:f:2"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &new)), [""; 0]);
    assert_eq!(bench.read(FUNCTION, &object).await.object, Some(object));
}

#[tokio::test]
async fn transitions_are_planned_as_terraform_does() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let copy = bench.package("copy.zip", "1");
    let other = bench.package("other.zip", "2");
    let full = with(
        function(&zip),
        json!({
            "description": "d",
            "layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"],
            "environment": [{ "variables": { "A1": "1" } }],
            "timeout": 10,
        }),
    );
    let mut layer = json!({ "layer_name": "l", "filename": zip });
    bench.create(LAYER, &layer).await;
    layer["layer_name"] = "m".into();
    let bare = bench.create(FUNCTION, &function(&zip)).await;
    let rich = bench.create(FUNCTION, &with(full, json!({ "function_name": "g" }))).await;
    let published =
        bench.create(FUNCTION, &with(function(&zip), json!({ "function_name": "h", "publish": true }))).await;
    let g = || with(function(&zip), json!({ "function_name": "g" }));
    let h = |more: Json| with(with(function(&zip), json!({ "function_name": "h", "publish": true })), more);
    let cases: Vec<(&Value, Json, &[&str])> = vec![
        (&bare, function(&zip), &[]),
        (&bare, with(function(&zip), json!({ "memory_size": 256 })), &["memory_size"]),
        (&bare, function(&copy), &["filename"]),
        (&bare, function(&other), &["code_sha256", "filename", "last_modified?"]),
        (
            &bare,
            with(function(&zip), json!({ "source_code_hash": "v1" })),
            &["last_modified?", "source_code_hash"],
        ),
        (
            &bare,
            with(function(&zip), json!({ "architectures": ["arm64"] })),
            &["architectures", "last_modified?"],
        ),
        (&bare, with(function(&zip), json!({ "environment": [{}] })), &[]),
        (&bare, with(function(&zip), json!({ "environment": [{ "variables": {} }] })), &[]),
        (
            &bare,
            with(function(&zip), json!({ "vpc_config": [{ "subnet_ids": [], "security_group_ids": [] }] })),
            &[],
        ),
        (&bare, with(function(&zip), json!({ "snap_start": [{ "apply_on": "None" }] })), &[]),
        (
            &bare,
            with(function(&zip), json!({ "snap_start": [{ "apply_on": "PublishedVersions" }] })),
            &["snap_start"],
        ),
        (&bare, with(function(&zip), json!({ "tags": { "a": "1" } })), &["tags", "tags_all"]),
        (
            &bare,
            with(function(&zip), json!({ "publish": true })),
            &["publish", "qualified_arn?", "qualified_invoke_arn?", "version?"],
        ),
        (
            &bare,
            json!({
                "function_name": "f", "role": ROLE, "handler": "index.handler", "runtime": "python3.12",
                "s3_bucket": "bucket", "s3_key": "k",
            }),
            &["filename", "last_modified?", "s3_bucket", "s3_key"],
        ),
        (
            &bare,
            with(function(&zip), json!({ "reserved_concurrent_executions": 0 })),
            &["reserved_concurrent_executions"],
        ),
        (&bare, with(function(&zip), json!({ "skip_destroy": true })), &["skip_destroy"]),
        (&rich, g(), &["description", "environment", "layers", "timeout"]),
        (&published, h(json!({})), &[]),
        (&published, h(json!({ "publish": false })), &["publish"]),
        (&published, h(json!({ "tags": { "a": "1" } })), &["tags", "tags_all"]),
        (
            &published,
            h(json!({ "timeout": 9 })),
            &["qualified_arn?", "qualified_invoke_arn?", "timeout", "version?"],
        ),
    ];
    for (prior, body, expected) in cases {
        let planned = bench.plan(FUNCTION, Some(prior), &body);
        assert_eq!(changes(&planned), expected, "{body}");
    }
    let removed = bench.plan(FUNCTION, Some(&rich), &g()).response.planned;
    assert!(removed.get("description").unwrap().is_null());
    assert_eq!(removed.get("layers").unwrap().as_items().unwrap().len(), 0);
}

#[tokio::test]
async fn the_log_format_takes_its_levels_along() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let logging = |format: &str| {
        with(function(&zip), json!({ "publish": true, "logging_config": [{ "log_format": format }] }))
    };
    let object = bench.create(FUNCTION, &logging("JSON")).await;
    let config = object.get("logging_config").unwrap().as_items().unwrap()[0].clone();
    assert_eq!((text(&config, "application_log_level"), text(&config, "system_log_level")), ("INFO", "INFO"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &logging("JSON"))), [""; 0]);
    // Removing the block leaves what is there.
    assert_eq!(
        changes(&bench.plan(FUNCTION, Some(&object), &with(function(&zip), json!({ "publish": true })))),
        [""; 0]
    );
    let planned = bench.plan(FUNCTION, Some(&object), &logging("Text"));
    let config = planned.response.planned.get("logging_config").unwrap().as_items().unwrap()[0].clone();
    assert_eq!((text(&config, "application_log_level"), text(&config, "log_group")), ("", "/aws/lambda/f"));
    let object = bench.apply(FUNCTION, &planned).await.object.unwrap();
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &logging("Text"))), [""; 0]);
}

#[tokio::test]
async fn content_decides_what_is_uploaded() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let object = bench.create(FUNCTION, &function(&zip)).await;

    // Another path, the same bytes: state only.
    let copy = bench.package("copy.zip", "1");
    bench.announced();
    let object =
        bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &function(&copy))).await.object.unwrap();
    assert_eq!(text(&object, "filename"), copy);
    assert_eq!(bench.announced(), [""; 0]);

    // The same path, other bytes, changed once more after the plan: refused.
    bench.package("copy.zip", "2");
    let planned = bench.plan(FUNCTION, Some(&object), &function(&copy));
    let pin: PackageChange = planned.response.package.clone().unwrap();
    bench.package("copy.zip", "3");
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!(said(&response.problems), ["E Package changed since the plan"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(detail.contains(&copy) && detail.contains(&pin.sha256), "{detail}");
    assert_eq!(bench.announced(), [""; 0]);
    assert_eq!(response.object, Some(object.clone()));

    // Deployed by somebody else: seen, and put right.
    bench.package("copy.zip", "1");
    let foreign = object.with_attr("code_sha256", Value::from("AAAA"));
    let planned = bench.plan(FUNCTION, Some(&foreign), &function(&copy));
    assert_eq!(changes(&planned), ["code_sha256", "last_modified?"]);

    // A hash of the user's own decides alone, as in Terraform.
    let own = with(function(&copy), json!({ "source_code_hash": "mine" }));
    let foreign = foreign.with_attr("source_code_hash", Value::from("mine"));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&foreign), &own)), [""; 0]);

    // ignore_changes leaves the content alone.
    let (config, _) = conform(&schema(FUNCTION).block, &values::implied_value(&function(&copy)).unwrap());
    let proposed = propose(&schema(FUNCTION).block, Some(&object), &config);
    let other = object.with_attr("code_sha256", Value::from("BBBB"));
    let proposed = proposed.with_attr("code_sha256", Value::from("BBBB"));
    let ignored = ["filename".into()];
    let request = PlanRequest {
        type_name: FUNCTION,
        prior: Some(&other),
        proposed: &proposed,
        config: &config,
        ignored: &ignored,
    };
    assert_eq!(text(&bench.connection.plan(request).planned, "code_sha256"), "BBBB");
}

#[tokio::test]
async fn a_missing_package_is_a_warning_in_a_plan_and_an_error_in_an_apply() {
    let bench = Bench::new().await;
    let gone = bench.dir.path().join("gone.zip").to_str().unwrap().to_owned();
    let planned = bench.plan(FUNCTION, None, &function(&gone));
    assert_eq!(said(&planned.response.problems), ["W Package file error"]);
    let response = bench.apply(FUNCTION, &planned).await;
    assert_eq!((said(&response.problems), response.object), (vec!["E Package file error".into()], None));
    assert_eq!(bench.announced(), [""; 0]);
}

#[tokio::test]
async fn a_taken_name_is_an_error_at_once() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    bench.create(FUNCTION, &body).await;
    bench.called();
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(bench.called(), ["CreateFunction"]);
    assert_eq!(said(&response.problems), ["E Function exists already"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(detail.contains("import {\n  to = aws_lambda_function.this\n  id = \"f\"\n}"), "{detail}");
    assert!(response.object.is_none() && !response.tainted);
}

fn error(code: &str, message: &str) -> Action {
    Action::Error { code: code.into(), status: None, message: Some(message.into()) }
}

#[tokio::test]
async fn what_passes_with_time_is_tried_again() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let role = "The role defined for the function cannot be assumed by Lambda.";
    bench
        .server
        .faults()
        .add(Rule::on("CreateFunction", error("InvalidParameterValueException", role)).times(2));
    bench.server.faults().add(Rule::on("CreateFunction", Action::Throttle).nth(3));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(bench.server.calls().count("CreateFunction"), 4);
    assert_eq!(bench.announced(), ["CreateFunction f"]);

    let busy = "The operation cannot be performed at this time. An update is in progress for resource: f";
    bench
        .server
        .faults()
        .add(Rule::on("UpdateFunctionConfiguration", error("ResourceConflictException", busy)));
    let planned = bench.plan(FUNCTION, Some(&object), &with(body, json!({ "timeout": 9 })));
    assert!(bench.apply(FUNCTION, &planned).await.problems.is_empty());
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_taken_over() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    bench.server.faults().add(Rule::on("CreateFunction", Action::DropAfter));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(text(&object, "id"), "f");
    assert_eq!(bench.server.calls().count("CreateFunction"), 2);
    assert_eq!(bench.announced(), ["CreateFunction f Unclear"]);
}

#[tokio::test]
async fn a_function_that_fails_to_start_is_tainted_and_explained() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let failure = Failure { code: "SubnetOutOfIPAddresses".into(), reason: "No addresses left.".into() };
    bench.server.faults().add(Rule::on("CreateFunction", Action::FailState(failure)));
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(said(&response.problems), ["E Function failed to become active"]);
    let detail = &response.problems.iter().next().unwrap().detail;
    assert!(
        detail.contains("No addresses left.") && detail.contains("Use another or a larger one"),
        "{detail}"
    );
    assert!(response.tainted && response.object.is_some());
}

#[tokio::test]
async fn code_that_did_not_land_is_planned_again() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let hashed = |hash: &str| with(function(&zip), json!({ "source_code_hash": hash, "publish": true }));
    let object = bench.create(FUNCTION, &hashed("one")).await;
    bench.package("f.zip", "2");
    let refuse = Action::Error {
        code: "CodeStorageExceededException".into(),
        status: Some(400),
        message: Some("Code storage limit exceeded.".into()),
    };
    bench.server.faults().add(Rule::on("UpdateFunctionCode", refuse));
    let body = with(hashed("two"), json!({ "timeout": 9 }));
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &body)).await;
    assert_eq!(said(&response.problems), ["E Code storage exceeded"]);
    let object = response.object.unwrap();
    assert_eq!((text(&object, "source_code_hash"), object.get("timeout")), ("one", Some(&Value::from(9))));
    assert!(!response.tainted);

    let object = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &body)).await.object.unwrap();
    assert_eq!((text(&object, "source_code_hash"), text(&object, "version")), ("two", "2"));
}

#[tokio::test]
async fn a_plan_for_another_revision_is_refused() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let object = bench.create(FUNCTION, &body).await;
    let revision = bench.read(FUNCTION, &object).await.revision.unwrap();
    let planned = bench.plan(FUNCTION, Some(&object), &with(body.clone(), json!({ "timeout": 9 })));
    let response = bench.apply_at(FUNCTION, &planned, Some(&revision)).await;
    assert!(response.problems.is_empty(), "{:?}", response.problems);
    let planned = bench.plan(FUNCTION, response.object.as_ref(), &with(body, json!({ "timeout": 10 })));
    let response = bench.apply_at(FUNCTION, &planned, Some(&revision)).await;
    assert_eq!(said(&response.problems), ["E Function changed since the plan"]);
    assert_eq!(response.object.unwrap().get("timeout"), Some(&Value::from(9)));
}

#[tokio::test]
async fn the_wish_to_end_cuts_the_wait_short_and_taints_nothing() {
    let options = Options { settle: Duration::from_secs(3600), ..Options::default() };
    let bench = Bench::with(options, Value::object::<&str>([])).await;
    let body = function(&bench.package("f.zip", "1"));
    bench.stop.set();
    let response = bench.apply(FUNCTION, &bench.plan(FUNCTION, None, &body)).await;
    assert_eq!(said(&response.problems), ["W Not waited for"]);
    assert!(!response.tainted);
    let object = response.object.unwrap();
    assert!(object.is_wholly_known());
    assert_eq!(response.observed.unwrap()["State"], "Pending");
    assert_eq!(text(&object, "id"), "f");
}

#[tokio::test]
async fn the_creation_of_a_killed_run_is_settled_by_reading() {
    let bench = Bench::new().await;
    let body = function(&bench.package("f.zip", "1"));
    let planned = bench.plan(FUNCTION, None, &body).response.planned;
    let settle = |planned: &Value| {
        bench.connection.settle(SettleRequest {
            type_name: FUNCTION.into(),
            operation: "CreateFunction".into(),
            target: "f".into(),
            prior: None,
            planned: Some(planned.clone()),
            package: None,
        })
    };
    assert!(matches!(settle(&planned).await, Settled::NotLanded));
    let object = bench.create(FUNCTION, &body).await;
    let Settled::Landed { object: Some(found), private } = settle(&planned).await else {
        panic!("not settled")
    };
    assert_eq!(found, object);
    assert!(private.is_some());
    let other = planned.with_attr("memory_size", Value::from(512));
    assert!(matches!(settle(&other).await, Settled::Unclear(_)));

    let update = SettleRequest {
        type_name: FUNCTION.into(),
        operation: "UpdateFunctionConfiguration".into(),
        target: "f".into(),
        prior: Some(object.clone()),
        planned: Some(object.with_attr("timeout", Value::from(9))),
        package: None,
    };
    assert!(matches!(bench.connection.settle(update.clone()).await, Settled::NotLanded));
    bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&object), &with(body, json!({ "timeout": 9 })))).await;
    let Settled::Landed { object: Some(found), .. } = bench.connection.settle(update).await else { panic!() };
    assert_eq!(found.get("timeout"), Some(&Value::from(9)));
    let deletion = SettleRequest {
        type_name: FUNCTION.into(),
        operation: "DeleteFunction".into(),
        target: "f".into(),
        prior: Some(found.clone()),
        planned: None,
        package: None,
    };
    assert!(matches!(bench.connection.settle(deletion.clone()).await, Settled::NotLanded));
    bench.delete(FUNCTION, &found).await;
    assert!(matches!(bench.connection.settle(deletion).await, Settled::Landed { object: None, .. }));
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    let kept = bench.delete(FUNCTION, &object.with_attr("skip_destroy", Value::TRUE)).await;
    assert!(kept.object.is_none() && bench.server.calls().count("DeleteFunction") == 0);
    for _ in 0..2 {
        let response = bench.delete(FUNCTION, &object).await;
        assert!(response.object.is_none() && response.problems.is_empty());
    }
    assert_eq!(bench.read(FUNCTION, &object).await.object, None);
}

#[tokio::test]
async fn an_imported_function_needs_no_upload() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let body = with(function(&zip), json!({ "publish": true, "description": "mine" }));
    let object = bench.create(FUNCTION, &body).await;
    let imported = bench.connection.import(FUNCTION, "f").await.unwrap();
    let private = String::from_utf8(imported.private.unwrap().to_vec()).unwrap();
    assert!(private.ends_with(r#","schema_version":"0"}"#), "{private}");
    let found = bench.read(FUNCTION, &imported.object).await.object.unwrap();
    assert_eq!(text(&found, "version"), text(&object, "version"));
    let sha = text(&found, "code_sha256").to_owned();
    let body = with(function(&zip), json!({ "description": "mine", "source_code_hash": sha }));
    let planned = bench.plan(FUNCTION, Some(&found), &body);
    assert_eq!(changes(&planned), ["filename", "source_code_hash"]);
    bench.announced();
    let response = bench.apply(FUNCTION, &planned).await;
    assert!(response.problems.is_empty() && bench.announced().is_empty());
    assert_eq!(text(response.object.as_ref().unwrap(), "source_code_hash"), sha);
}

#[tokio::test]
async fn default_tags_stay_out_of_tags() {
    let tags = |entries: &[(&str, &str)]| Value::object(entries.iter().map(|(k, v)| (*k, Value::from(*v))));
    let provider = Value::object([(
        "default_tags",
        Value::tuple([Value::object([("tags", tags(&[("team", "x"), ("app", "default")]))])]),
    )]);
    let options = Options { settle: Duration::ZERO, ..Options::default() };
    let bench = Bench::with(options, provider).await;
    let body = with(function(&bench.package("f.zip", "1")), json!({ "tags": { "app": "own" } }));
    let object = bench.create(FUNCTION, &body).await;
    assert_eq!(values::to_json(object.get("tags").unwrap()), json!({ "app": "own" }));
    assert_eq!(values::to_json(object.get("tags_all").unwrap()), json!({ "app": "own", "team": "x" }));
    assert_eq!(changes(&bench.plan(FUNCTION, Some(&object), &body)), [""; 0]);
}

#[tokio::test]
async fn an_alias_lives_its_life() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    let published = |text: &str| {
        bench.package("f.zip", text);
        with(function(&zip), json!({ "publish": true }))
    };
    let one = bench.create(FUNCTION, &published("1")).await;
    let two = bench.apply(FUNCTION, &bench.plan(FUNCTION, Some(&one), &published("2"))).await.object.unwrap();
    let body = |version: &str, more: Json| {
        with(json!({ "name": "PROD", "function_name": "f", "function_version": version }), more)
    };
    bench.called();
    let alias = bench.create(ALIAS, &body("1", json!({}))).await;
    assert_eq!(bench.called(), ["CreateAlias", "GetAlias"]);
    assert_eq!(text(&alias, "id"), text(&alias, "arn"));
    assert_eq!(bench.read(ALIAS, &alias).await.object.as_ref(), Some(&alias));
    let by_arn = body("1", json!({ "function_name": text(&two, "arn") }));
    assert_eq!(changes(&bench.plan(ALIAS, Some(&alias), &by_arn)), [""; 0]);

    let shares = body("2", json!({ "routing_config": [{ "additional_version_weights": { "1": 0.25 } }] }));
    let planned = bench.plan(ALIAS, Some(&alias), &shares);
    assert_eq!(changes(&planned), ["function_version", "routing_config"]);
    let alias = bench.apply(ALIAS, &planned).await.object.unwrap();
    assert_eq!(changes(&bench.plan(ALIAS, Some(&alias), &shares)), [""; 0]);
    let alias =
        bench.apply(ALIAS, &bench.plan(ALIAS, Some(&alias), &body("2", json!({})))).await.object.unwrap();
    assert_eq!(alias.get("routing_config").unwrap().as_items().unwrap().len(), 0);

    let taken = bench.apply(ALIAS, &bench.plan(ALIAS, None, &body("1", json!({})))).await;
    assert_eq!(said(&taken.problems), ["E Alias exists already"]);
    let imported = bench.connection.import(ALIAS, "f/PROD").await.unwrap();
    assert_eq!(bench.read(ALIAS, &imported.object).await.object.as_ref(), Some(&alias));
    for _ in 0..2 {
        assert!(bench.delete(ALIAS, &alias).await.problems.is_empty());
    }
    assert_eq!(bench.read(ALIAS, &alias).await.object, None);
}

#[tokio::test]
async fn a_layer_lives_its_life() {
    let bench = Bench::new().await;
    let zip = bench.package("l.zip", "1");
    let body = json!({ "layer_name": "l", "filename": zip, "compatible_runtimes": ["python3.12"] });
    let layer = bench.create(LAYER, &body).await;
    assert_eq!(bench.called(), ["ListLayerVersions", "PublishLayerVersion", "GetLayerVersion"]);
    assert_eq!(text(&layer, "version"), "1");
    assert_eq!(bench.read(LAYER, &layer).await.object.as_ref(), Some(&layer));
    let again = bench.plan(LAYER, Some(&layer), &body);
    assert_eq!((changes(&again), again.response.replace.len()), (vec![], 0));

    bench.package("l.zip", "2");
    let planned = bench.plan(LAYER, Some(&layer), &body);
    assert_eq!(planned.response.replace, ["code_sha256".into()]);
    bench.package("l.zip", "1");

    let settle = SettleRequest {
        type_name: LAYER.into(),
        operation: "PublishLayerVersion".into(),
        target: "l".into(),
        prior: None,
        planned: Some(bench.plan(LAYER, None, &body).response.planned),
        package: None,
    };
    let Settled::Landed { object: Some(found), .. } = bench.connection.settle(settle).await else { panic!() };
    assert_eq!(found, layer);
    let imported = bench.connection.import(LAYER, text(&layer, "arn")).await.unwrap();
    let found = bench.read(LAYER, &imported.object).await.object.unwrap();
    let planned = bench.plan(LAYER, Some(&found), &body);
    assert_eq!((changes(&planned), planned.response.replace.len()), (vec![], 0));
    for _ in 0..2 {
        assert!(bench.delete(LAYER, &layer).await.problems.is_empty());
    }
    assert_eq!(bench.read(LAYER, &layer).await.object, None);
}

#[tokio::test]
async fn data_sources() {
    let bench = Bench::new().await;
    let zip = bench.package("f.zip", "1");
    bench.create(FUNCTION, &with(function(&zip), json!({ "publish": true, "tags": { "a": "1" } }))).await;
    let read = async |name: &str, body: Json| {
        let block = &Aws.schema().data(name).unwrap().schema.block;
        let (config, problems) = conform(block, &values::implied_value(&body).unwrap());
        assert!(problems.is_empty(), "{problems:?}");
        let found = bench.connection.read_data(name, config).await;
        found.inspect(|found| assert_eq!(found.ty(), block.ty(), "{name}"))
    };
    let found = read("aws_lambda_function", json!({ "function_name": "f" })).await.unwrap();
    assert_eq!((text(&found, "version"), text(&found, "handler")), ("1", "index.handler"));
    assert_eq!(text(&found, "source_code_hash"), text(&found, "code_sha256"));
    assert_eq!(values::to_json(found.get("tags").unwrap()), json!({ "a": "1" }));
    let missing = read("aws_lambda_function", json!({ "function_name": "g" })).await.unwrap_err();
    assert_eq!(said(&missing), ["E Function not found"]);
    let region = read("aws_region", json!({})).await.unwrap();
    assert_eq!(
        (text(&region, "name"), text(&region, "endpoint")),
        ("us-east-1", "ec2.us-east-1.amazonaws.com")
    );
    let partition = read("aws_partition", json!({})).await.unwrap();
    assert_eq!((text(&partition, "id"), text(&partition, "reverse_dns_prefix")), ("aws", "com.amazonaws"));
    let identity = read("aws_caller_identity", json!({})).await.unwrap();
    assert_eq!(text(&identity, "account_id"), "123456789012");
}

#[tokio::test]
async fn many_objects_are_read_at_a_time_but_not_all_at_once() {
    let bench = Bench::new().await;
    let object = bench.create(FUNCTION, &function(&bench.package("f.zip", "1"))).await;
    bench.server.calls().reset();
    let delay = Action::Delay { ms: 20 };
    bench.server.faults().add(Rule::on("GetFunction", delay).always());
    let request = ReadRequest { type_name: FUNCTION.into(), prior: object, private: None };
    let seen = Mutex::new(Vec::new());
    let done = |index: usize, response: ReadResponse| {
        assert!(response.object.is_some());
        seen.lock().unwrap().push(index);
    };
    bench.connection.read(vec![request; 100], &done).await;
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
    let most = bench.server.calls().most_in_flight();
    assert!((2..=super::READS).contains(&most), "{most}");
}

#[tokio::test]
async fn no_region_is_one_clear_diagnostic() {
    let settings = super::Settings::default();
    let environment = Environment { endpoint: Some("http://127.0.0.1:1".into()), ..Environment::default() };
    assert_eq!(super::client::region(&settings, &environment).await.unwrap(), "us-east-1");
    let unknown = Value::object([("region", Value::unknown(crate::base::Type::String))]);
    let connection = Aws.configure(&unknown, &Environment::default()).ok().unwrap();
    let problems = connection.connect().await.unwrap_err();
    assert_eq!(said(&problems), ["E Provider configuration not known yet"]);
}

#[tokio::test]
async fn a_dead_endpoint_is_reported_as_such() {
    let bench = Bench::new().await;
    let environment = Environment {
        endpoint: Some("http://127.0.0.1:9".into()),
        data_dir: PathBuf::from(FsPath::new("unused")),
        tempo: Tempo { paced: None, pauses: 0.0 },
    };
    let config = Value::object([("max_retries", Value::from(0))]);
    let connection = Aws.configure(&config, &environment).ok().unwrap();
    let request = ApplyRequest {
        type_name: FUNCTION.into(),
        prior: None,
        planned: Some(bench.plan(FUNCTION, None, &function(&bench.package("f.zip", "1"))).response.planned),
        config: Value::NULL,
        private: None,
        groups: crate::schema::Group::NONE,
        revision: None,
        package: None,
        address: None,
    };
    let response = connection.apply(request, bench.context()).await;
    assert_eq!(said(&response.problems), ["E Service not reachable"]);
    assert_eq!(bench.announced(), ["CreateFunction f Refused"]);
}

/// A test that walks the registry: what every type must keep to.
#[test]
fn every_type_keeps_the_rules_of_a_schema() {
    use crate::schema::{Attribute, Kept, Mode};

    fn walk(at: &str, block: &Block, replaced: bool, carried: bool, found: &mut Vec<String>) {
        let snake =
            |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let mut names: Vec<&str> = block.names().collect();
        names.sort_unstable();
        names.dedup();
        if names.len() != block.names().count() {
            found.push(format!("{at}: a name occurs twice"));
        }
        let group_needed =
            |a: &Attribute| a.is_settable() && !(a.replace || replaced || carried || a.name == "id");
        for a in block.attributes {
            let at = format!("{at}.{}", a.name);
            if !snake(a.name) {
                found.push(format!("{at}: not snake_case"));
            }
            if a.default.is_some() && a.mode != Mode::Optional {
                found.push(format!("{at}: a default on what is not optional"));
            }
            if group_needed(a) && a.group.is_none() {
                found.push(format!("{at}: no call carries it"));
            }
            if a.kept == Kept::Never && a.mode != Mode::Computed {
                found.push(format!("{at}: derived, but configuration may give it"));
            }
        }
        for b in block.blocks {
            let at = format!("{at}.{}", b.name);
            if !snake(b.name) {
                found.push(format!("{at}: not snake_case"));
            }
            if b.group.is_none() && !(b.replace || replaced || carried) {
                found.push(format!("{at}: no call carries it"));
            }
            walk(&at, &b.block, replaced || b.replace, carried || !b.group.is_none(), found);
        }
    }

    let mut found = Vec::new();
    let schema = Aws.schema();
    for resource in schema.resources {
        walk(resource.name, &resource.schema.block, false, false, &mut found);
        for name in resource.unique {
            if !resource.schema.block.attribute(name).is_some_and(|a| a.replace) {
                found.push(format!(
                    "{}.{name}: part of the name, but a change does not replace",
                    resource.name
                ));
            }
        }
    }
    for data in schema.data {
        walk(data.name, &data.schema.block, true, true, &mut found);
    }
    assert_eq!(found, [""; 0]);
    let names: Vec<&str> = schema.resources.iter().map(|r| r.name).collect();
    assert!(names.is_sorted() && names.contains(&FUNCTION), "{names:?}");
}

//! The connection against the embedded control plane, over HTTP, as an engine would drive it.

mod attachments;
mod companions;
mod failure;
mod function;
mod iam;
mod plan;
mod storage;

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
        let request = PlanRequest {
            type_name,
            prior,
            proposed: &proposed,
            config: &config,
            ignored: &[],
            files_may_change: false,
        };
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

    /// The objects of one batch as they are; `None` for those that are gone.
    async fn read_all(&self, objects: &[(&str, Value)]) -> Vec<Option<Value>> {
        let request = |(ty, prior): &(&str, Value)| {
            let (type_name, prior) = ((*ty).into(), prior.clone());
            ReadRequest { type_name, prior, private: None }
        };
        let found = Mutex::new(vec![None; objects.len()]);
        let done = |at: usize, response: ReadResponse| {
            assert!(response.problems.is_empty(), "{:?}", response.problems);
            found.lock().unwrap()[at] = response.object;
        };
        self.connection.read(objects.iter().map(request).collect(), &done).await;
        found.into_inner().unwrap()
    }

    /// Another client of the server's IAM.
    fn iam(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .credentials_provider(aws_sdk_iam::config::Credentials::new("local", "local", None, None, "test"))
            .endpoint_url(self.server.endpoint())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_iam::Client::from_conf(config)
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

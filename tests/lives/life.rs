//! Plays a life: one program, one server, one folder.
//! Knows nothing of any type.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::folder::{Call, Deed, Folder, Import};
use crate::differential::functions::package;
use crate::differential::http::{escape, send};
use crate::differential::server::{Kind, Server};
use crate::support::sandbox::{Output, Sandbox};

/// How long to repeat a request behind our back: a watchdog, never a measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// For all `aws_` types; Terraform needs the flags, and we take them.
pub const PROVIDER: &str = r#"
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  s3_use_path_style           = true
}
"#;

/// The program that is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Ours.
    Lambdaform,
    /// Terraform with the AWS provider.
    Terraform,
}

/// Plays a life from beginning to end; false if the server or the program is not on this machine.
pub fn play(folder: &Folder, kind: Kind, driver: Driver) -> bool {
    let Some(server) = Server::start(kind) else { return false };
    let Some(life) = Life::begin(folder, &server, driver) else { return false };
    for step in &folder.steps {
        life.sandbox.write("main.tf", &step.text);
        let plan = life.plan(&step.name, 2);
        for text in &step.expect {
            plan.assert_stdout_has(text);
        }
        life.apply(&step.name);
        if driver == Driver::Lambdaform && kind == Kind::Embedded {
            life.generate(&step.name, &folder.behind.import);
        }
    }
    if !folder.behind.drift.is_empty() {
        life.suffer(&folder.behind.drift);
        life.plan("after drift", 2).assert_stdout_has("Plan: ");
        life.apply("after drift");
    }
    if !folder.behind.delete.is_empty() {
        life.suffer(&folder.behind.delete);
        life.plan("after deletion", 2).assert_stdout_has("Plan: 1 to add, 0 to change, 0 to destroy.");
        life.apply("after deletion");
    }
    life.import(&folder.behind.import);
    life.destroy();
    true
}

/// A life that is played.
pub struct Life<'a> {
    sandbox: Sandbox,
    pub(super) server: &'a Server,
    driver: Driver,
    pub(super) this: String,
}

impl<'a> Life<'a> {
    /// The project with everything that is needed first.
    fn begin(folder: &Folder, server: &'a Server, driver: Driver) -> Option<Self> {
        server.role("lambda");
        server.bucket("life");
        let sandbox = Sandbox::new()
            .aws(&server.url())
            .env("LAMBDAFORM_PAUSES", "0.01")
            .file("a.zip", package("a"))
            .file("b.zip", package("b"));
        if folder.name.starts_with("aws_") {
            sandbox.write("provider.tf", PROVIDER);
        }
        for (path, content) in &folder.files {
            sandbox.write(path, content);
        }
        if driver == Driver::Terraform {
            sandbox.terraform()?.init();
        }
        let life = Self { sandbox, server, driver, this: format!("{}.this", folder.name) };
        if life.sandbox.has("prelude.tf") {
            life.apply("prelude");
        }
        Some(life)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut args = args.to_vec();
        if !args.starts_with(&["state"]) {
            args.push("-no-color");
        }
        match self.driver {
            Driver::Lambdaform => self.sandbox.lambdaform(&args),
            Driver::Terraform => self.sandbox.terraform().unwrap().run(&args),
        }
    }

    #[track_caller]
    fn plan(&self, at: &str, code: i32) -> Output {
        let plan = self.run(&["plan", "-input=false", "-detailed-exitcode"]);
        if plan.code != Some(code) {
            eprintln!("{}, {at}: this plan should end with {code}", self.this);
        }
        plan.assert_code(code);
        plan
    }

    /// Applies, after which nothing is left to do.
    #[track_caller]
    fn apply(&self, at: &str) {
        let apply = self.run(&["apply", "-input=false", "-auto-approve"]);
        if apply.code != Some(0) {
            eprintln!("{}, {at}: this apply should succeed", self.this);
        }
        apply.assert_success();
        self.plan(&format!("{at}, applied"), 0).assert_stdout_has("No changes.");
    }

    fn state(&self) -> Json {
        serde_json::from_str(&self.sandbox.read("terraform.tfstate")).unwrap()
    }

    /// The attributes of the object that this life is about.
    fn attributes(&self) -> Json {
        let state = self.state();
        let resources = state["resources"].as_array().unwrap();
        let named = |r: &&Json| {
            r["mode"] == "managed" && format!("{}.{}", text(&r["type"]), text(&r["name"])) == self.this
        };
        let found = resources.iter().find(named).unwrap_or_else(|| panic!("no {} in state", self.this));
        found["instances"][0]["attributes"].clone()
    }

    /// `${NAME}` replaced by attributes.
    pub(super) fn fill(&self, template: &str, written: impl Fn(&str) -> String) -> String {
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, more)) = rest.split_once("${") {
            let (name, after) = more.split_once('}').unwrap();
            let value = &self.attributes()[name];
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            filled.push_str(before);
            filled.push_str(&written(&value));
            rest = after;
        }
        filled + rest
    }

    /// Somebody else does something.
    #[track_caller]
    fn suffer(&self, deeds: &[Deed]) {
        for deed in deeds {
            match deed {
                Deed::Call(call) => self.call(call),
                Deed::Write { write, content } => self.sandbox.write(write, content),
                Deed::Remove { remove } => fs::remove_file(self.sandbox.path(remove)).unwrap(),
            }
        }
    }

    #[track_caller]
    fn call(&self, call: &Call) {
        let form = call.headers.values().any(|value| value.contains("x-www-form-urlencoded"));
        let plain = |value: &str| if form { escape(value) } else { value.to_owned() };
        let path = self.fill(&call.path, escape);
        let body = match &call.body {
            Json::Null => String::new(),
            Json::String(text) => self.fill(text, plain),
            json => self.fill(&json.to_string(), |value| {
                let quoted = Json::from(value).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }),
        };
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let started = Instant::now();
        loop {
            let (status, answer) =
                send(&self.server.url(), &call.service, &call.method, &path, &headers, &body);
            let wanted = call.until.map_or((200..300).contains(&status), |until| until == status);
            if wanted {
                return;
            }
            let unsettled = call.until.is_some() || status == 409 || answer.to_string().contains("in use");
            let story = format!("{}: {} {path}: {status} {answer}", self.this, call.method);
            assert!(unsettled && started.elapsed() < PATIENCE, "{story}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Removed from state, taken back by its id, and as it was. Left out while the program has no such command.
    #[track_caller]
    fn import(&self, import: &Import) {
        let (id, then) = match import {
            Import::Possible(false) => return,
            Import::Possible(true) => ("${id}", None),
            Import::By { id, then } => (id.as_str(), then.as_deref()),
        };
        if self.run(&["import", "-help"]).code != Some(0) {
            return;
        }
        let id = self.fill(id, str::to_owned);
        self.run(&["state", "rm", &self.this]).assert_success();
        self.run(&["import", "-input=false", &self.this, &id]).assert_success();
        match then {
            None => self.plan("imported", 0).assert_stdout_has("No changes.").assert_success(),
            Some(then) => self.plan("imported", 2).assert_stdout_has(then),
        };
        self.apply("imported");
    }

    /// Everything goes, and would all be made again.
    #[track_caller]
    fn destroy(&self) {
        let count = self.run(&["state", "list"]).assert_success().stdout.clone();
        let count = count.lines().filter(|line| !line.starts_with("data.")).count();
        self.run(&["destroy", "-input=false", "-auto-approve"]).assert_success();
        assert_eq!(self.run(&["state", "list"]).assert_success().stdout, "", "{}", self.this);
        let anew = format!("Plan: {count} to add, 0 to change, 0 to destroy.");
        self.plan("destroyed", 2).assert_stdout_has(&anew);
    }
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

//! A project and a control plane of its own, and whether the two agree.
//! Knows nothing of what goes wrong.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lambdaform::local::{self, Action, Rule, Server};
use lambdaform::state::journal::{OpenRun, open_runs};
use lambdaform::state::verify::verify;
use lambdaform::state::{State, v4};
use serde_json::Value as Json;

use crate::support::sandbox::{Output, Sandbox};

/// The value of the sensitive variable of every configuration here; no output ever holds it.
pub const SECRET: &str = "hunter2-is-not-to-be-seen";

/// When to give up on something that should happen at once: a watchdog, never a measure.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The calls that change something.
pub const WRITES: &[&str] = &[
    "CreateFunction",
    "PublishLayerVersion",
    "CreateAlias",
    "UpdateFunctionConfiguration",
    "UpdateFunctionCode",
    "PublishVersion",
    "UpdateAlias",
    "DeleteFunction",
    "DeleteAlias",
    "DeleteLayerVersion",
    "TagResource",
];

/// What every configuration here begins with.
const HEAD: &str = r#"
provider "aws" {
  region      = "us-east-1"
  max_retries = 3
}

variable "secret" {
  type      = string
  sensitive = true
}
"#;

/// A project directory, and the control plane its commands talk to.
pub struct Bench {
    /// The project.
    pub sandbox: Sandbox,
    server: Option<Server>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    /// A project whose functions take `settle` to become active.
    pub fn new(settle: Duration) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = local::Options { settle, ..local::Options::default() };
        let server = runtime.block_on(local::start(options)).unwrap();
        let sandbox = Sandbox::new()
            .aws(&server.endpoint())
            .env("LAMBDAFORM_PAUSES", "0.01")
            .env("TF_VAR_secret", SECRET);
        Bench { sandbox, server: Some(server), runtime }
    }

    /// A project with this configuration, whose functions become active almost at once.
    pub fn with(config: &str) -> Self {
        let bench = Bench::new(Duration::from_millis(20));
        bench.configure(config);
        bench
    }

    /// From now on lambdaform pauses as it does with the real service.
    pub fn patient(mut self) -> Self {
        let sandbox = std::mem::replace(&mut self.sandbox, Sandbox::new());
        self.sandbox = sandbox.env("LAMBDAFORM_PAUSES", "1");
        self
    }

    /// Replaces the configuration.
    pub fn configure(&self, config: &str) {
        self.sandbox.write("main.tf", format!("{HEAD}{config}"));
        for name in ["a", "b", "c"] {
            self.package(name, name);
        }
    }

    /// Writes `NAME.zip`, with a file of this text.
    pub fn package(&self, name: &str, text: &str) {
        self.sandbox.write(&format!("{name}.zip"), zip(text));
    }

    /// Runs lambdaform, which keeps its secrets.
    pub fn run(&self, args: &[&str]) -> Output {
        keeping(self.sandbox.lambdaform(args))
    }

    /// `apply -auto-approve`.
    pub fn apply(&self) -> Output {
        self.run(&["apply", "-auto-approve", "-no-color"])
    }

    /// `destroy -auto-approve`.
    pub fn destroy(&self) -> Output {
        self.run(&["destroy", "-auto-approve", "-no-color"])
    }

    /// The control plane.
    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// Adds a fault rule.
    pub fn fault(&self, rule: Rule) -> &Self {
        self.server().faults().add(rule);
        self
    }

    /// Removes the fault rules.
    pub fn heal(&self) -> &Self {
        self.server().faults().clear();
        self
    }

    /// Does something that lambdaform does not know of: a request below `/2015-03-31/`.
    #[track_caller]
    pub fn outside(&self, method: &str, path: &str, body: &str) {
        // Until the last change has settled, the next is refused.
        wait(|| {
            let address = self.server().addr();
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            let length = body.len();
            let head = format!("{method} /2015-03-31/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
            write!(stream, "{head}content-length: {length}\r\n\r\n{body}").unwrap();
            let mut answer = String::new();
            std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
            let status = answer.split(' ').nth(1).unwrap_or_default();
            assert!(status.starts_with('2') || status == "409", "{answer}");
            status != "409"
        });
    }

    /// Waits until `calls` calls have met the fault rules, or the program has ended.
    pub fn until_met(&self, calls: u64, ended: &mut dyn FnMut() -> bool) -> bool {
        let met = || self.server().faults().list().iter().map(|(_, met)| *met).sum::<u64>() >= calls;
        wait(|| met() || ended());
        met()
    }

    /// Waits until what a killed program had sent has been read: nothing changes any more.
    pub fn quiet(&self) {
        let mut last = self.server().objects();
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(8));
            let now = self.server().objects();
            if now != last {
                last = now;
                std::thread::sleep(Duration::from_millis(30));
            }
        }
    }

    /// What the control plane holds: `function f`, `alias f/live`, `layer l:1`.
    pub fn held(&self) -> BTreeSet<String> {
        let objects = self.server().objects();
        let members = |json: &Json| -> Vec<(String, Json)> {
            json.as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        let mut held = BTreeSet::new();
        for (_, region) in members(&objects) {
            for (name, function) in members(&region["functions"]) {
                held.extend(
                    members(&function["aliases"]).iter().map(|(alias, _)| format!("alias {name}/{alias}")),
                );
                held.insert(format!("function {name}"));
            }
            for (name, layer) in members(&region["layers"]) {
                held.extend(
                    members(&layer["versions"]).iter().map(|(version, _)| format!("layer {name}:{version}")),
                );
            }
        }
        held
    }

    /// The state, which is whole; an empty one where there is none.
    #[track_caller]
    pub fn state(&self) -> State {
        let bytes = fs::read(self.sandbox.path("terraform.tfstate")).unwrap_or_default();
        if bytes.is_empty() {
            return State::default();
        }
        let read = v4::read(&bytes).unwrap_or_else(|error| {
            panic!("the state cannot be read: {error}\n{}", String::from_utf8_lossy(&bytes))
        });
        let violations = verify(&read.state);
        assert!(violations.is_empty(), "{violations:?}");
        read.state
    }

    /// What interrupted runs left in the journal. Looks at a copy, since looking may tidy up.
    pub fn journal(&self) -> Vec<OpenRun> {
        let copy = tempfile::tempdir().unwrap();
        for path in self.journals() {
            fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
        }
        open_runs(copy.path()).unwrap()
    }

    /// The journal's files.
    pub fn journals(&self) -> Vec<PathBuf> {
        files(&self.sandbox.path(".lambdaform/journal"))
    }

    /// State and control plane hold the same objects, and nothing is left to settle.
    #[track_caller]
    pub fn agrees(&self) {
        assert_eq!(inventory(&self.state()), self.held(), "state on the left, control plane on the right");
        assert_eq!(self.journals(), Vec::<PathBuf>::new(), "the journal is removed at the end");
    }

    /// Nothing in state is tainted or deposed.
    #[track_caller]
    pub fn untainted(&self) {
        let text = fs::read_to_string(self.sandbox.path("terraform.tfstate")).unwrap_or_default();
        assert!(!text.contains("\"tainted\"") && !text.contains("\"deposed\""), "{text}");
    }

    /// The function `a` has the description, its newest version has its code, and its alias `live` points there.
    #[track_caller]
    pub fn has_published(&self, description: &str, after: &str) {
        let objects = self.server().objects();
        let function = &objects["us-east-1"]["functions"]["a"];
        assert_eq!(function["latest"]["settings"]["Description"], description, "{after}: {function}");
        let newest = function["versions"].as_object().unwrap().keys().next_back().unwrap();
        assert_eq!(function["aliases"]["live"]["version"], newest.as_str(), "{after}: {function}");
        let (version, latest) = (&function["versions"][newest], &function["latest"]);
        assert_eq!(version["package"], latest["package"], "{after}: {function}");
    }

    /// One more apply without faults brings everything in line, and leaves nothing to do.
    #[track_caller]
    pub fn converges(&self) {
        self.heal();
        self.apply().assert_success();
        self.agrees();
        self.untainted();
        self.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
        self.is_private();
    }

    /// Whatever may hold secrets can be read by its owner only.
    #[track_caller]
    pub fn is_private(&self) {
        let mut found = files(&self.sandbox.path(".lambdaform"));
        found.extend(
            ["terraform.tfstate", "terraform.tfstate.backup", "plan"].map(|name| self.sandbox.path(name)),
        );
        for path in found.iter().filter(|path| path.exists()) {
            let mode = fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

/// What a state holds, named as [`Bench::held`] does; deposed objects, too.
pub fn inventory(state: &State) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (addr, resource) in &state.resources {
        for object in resource.objects.values() {
            let name = named(&addr.type_name, &object.attributes);
            assert!(name.iter().all(|name| found.insert(name.clone())), "twice in state: {name:?}");
        }
    }
    found
}

/// What an object is called at the control plane; nothing for types that are not kept there.
pub fn named(type_name: &str, attributes: &Json) -> Option<String> {
    let text = |name: &str| attributes[name].as_str().unwrap_or_default().to_owned();
    match type_name {
        "aws_lambda_function" => Some(format!("function {}", text("function_name"))),
        "aws_lambda_alias" => Some(format!("alias {}/{}", text("function_name"), text("name"))),
        "aws_lambda_layer_version" => Some(format!("layer {}:{}", text("layer_name"), text("version"))),
        _ => None,
    }
}

/// The files below a directory.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(dir).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// Waits for something that happens at once or never.
#[track_caller]
pub fn wait(mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < PATIENCE, "gave up waiting");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An output that keeps the secret.
#[track_caller]
pub fn keeping(output: Output) -> Output {
    output.assert_never_says(SECRET);
    output
}

/// A package with one file.
pub fn zip(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("index.py", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A function called as its resource, with more arguments.
pub fn function(name: &str, more: &str) -> String {
    format!(
        r#"
resource "aws_lambda_function" "{name}" {{
  function_name = "{name}"
  role          = "arn:aws:iam::123456789012:role/r"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "a.zip"
  {more}
}}
"#
    )
}

/// The same, which knows the secret.
pub fn secretive(name: &str, more: &str) -> String {
    function(name, &format!("environment {{\n    variables = {{ SECRET = var.secret }}\n  }}\n  {more}"))
}

/// An answer that a fault rule gives.
pub fn error(code: &str, status: u16, message: &str) -> Action {
    Action::Error { code: code.to_owned(), status: Some(status), message: Some(message.to_owned()) }
}

/// The same without a message that matters.
pub fn refusal(code: &str, status: u16) -> Action {
    error(code, status, "Injected.")
}

//! Two projects with the same files: one for lambdaform, one for Terraform. Each has its own fresh server, or none.
//! Knows nothing of what the files say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::compare::compare;
use super::departures::{Document, unexplained};
use super::server::{Kind, Server};
use super::text;
use crate::support::golden::redact;
use crate::support::sandbox::{Output, Sandbox};

/// The two projects, and the differences found so far.
pub struct Pair {
    /// lambdaform's project.
    pub ours: Sandbox,
    /// Terraform's project.
    pub theirs: Sandbox,
    /// Their servers.
    pub servers: Option<(Server, Server)>,
    /// What differs, and where it was seen.
    findings: BTreeMap<String, Vec<String>>,
}

impl Pair {
    /// Two empty projects, without a server; `None` if there is no Terraform.
    pub fn new() -> Option<Self> {
        let (ours, theirs) = (Sandbox::new(), Sandbox::new());
        theirs.terraform()?;
        Some(Self { ours, theirs, servers: None, findings: BTreeMap::new() })
    }

    /// Two empty projects with a fresh server each; `None` if there is no Terraform or no such server.
    pub fn on(kind: Kind) -> Option<Self> {
        Some(Self::new()?.with(Server::start(kind)?, Server::start(kind)?))
    }

    /// Two empty projects with a fresh [open server](Server::open) each; `None` if there is no Terraform.
    pub fn open() -> Option<Self> {
        Some(Self::new()?.with(Server::open(), Server::open()))
    }

    fn with(self, ours: Server, theirs: Server) -> Self {
        Self {
            ours: self.ours.aws(&ours.url()),
            theirs: self.theirs.aws(&theirs.url()),
            servers: Some((ours, theirs)),
            findings: BTreeMap::new(),
        }
    }

    /// Writes a file into both projects.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        self.ours.write(path, &content);
        self.theirs.write(path, &content);
    }

    /// Prepares Terraform's project; lambdaform needs nothing.
    #[track_caller]
    pub fn init(&self) {
        self.theirs.terraform().unwrap().init();
    }

    /// Runs both programs with the same arguments.
    pub fn run(&self, args: &[&str]) -> (Output, Output) {
        (self.ours.lambdaform(args), self.theirs.terraform().unwrap().run(args))
    }

    /// Runs both, expects the same exit code and the same text, and answers the exit code.
    #[track_caller]
    pub fn same_text(&mut self, at: &str, args: &[&str]) -> Option<i32> {
        let mut args = args.to_vec();
        args.push("-no-color");
        let (ours, theirs) = self.run(&args);
        let (one, other) = (self.ours.redact(&said(&ours)), self.theirs.redact(&said(&theirs)));
        let (one, other) = (nameless(&one), nameless(&other));
        let at = format!("{at}: {}", args.join(" "));
        self.same_code(&at, &ours, &theirs);
        let document = if self.servers.is_some() { Document::Functions } else { Document::Text };
        let mut differences = text::compare(&one, &other);
        if ours.code == Some(1) && theirs.code == Some(1) {
            // How much of a plan is shown that cannot be made is each program's own affair; the mistakes are not.
            differences.retain(|line| line.contains(": says: "));
        }
        self.note(&at, document, differences);
        theirs.code
    }

    /// Runs both, and expects the same exit code and the same JSON on standard output.
    #[track_caller]
    pub fn same_json(&mut self, at: &str, args: &[&str]) {
        let (ours, theirs) = self.run(args);
        let at = format!("{at}: {}", args.join(" "));
        self.same_code(&at, &ours, &theirs);
        if ours.code == Some(0) && theirs.code == Some(0) {
            let (ours, theirs) = (steady(&ours.stdout), steady(&theirs.stdout));
            self.same(&at, Document::Answer, &ours, &theirs);
        }
    }

    /// Plans with both, compares text and JSON, and leaves the plan in `p`. True if both have one.
    #[track_caller]
    pub fn plan(&mut self, at: &str, args: &[&str]) -> bool {
        let mut line = vec!["plan", "-input=false", "-out=p"];
        line.extend(args);
        if self.same_text(at, &line) == Some(1) {
            return false;
        }
        if !self.ours.has("p") {
            self.fail(format!("{at}: we made no plan"));
            return false;
        }
        let ours = self.ours.lambdaform(&["show", "-json", "-show-sensitive", "p"]);
        let theirs = self.theirs.terraform().unwrap().run(&["show", "-json", "p"]);
        let (ours, theirs) = (steady(&ours.assert_success().stdout), steady(&theirs.assert_success().stdout));
        self.same(&format!("{at}: show -json p"), Document::Plan, &ours, &theirs);
        true
    }

    /// Applies the plan in `p` with both, and compares text and state. Terraform waits for seconds at every function, so
    /// that many are applied at once.
    #[track_caller]
    pub fn apply(&mut self, at: &str) {
        self.same_text(at, &["apply", "-parallelism=80", "p"]);
        self.state(at);
    }

    /// Takes one step with all that can be seen of it: plan, apply, another plan, outputs and state.
    pub fn step(&mut self, at: &str) {
        if self.plan(at, &["-detailed-exitcode"]) {
            self.apply(at);
            self.same_text(at, &["plan", "-detailed-exitcode"]);
        }
        self.same_json(at, &["output", "-json"]);
        self.same_text(at, &["output"]);
        self.same_text(at, &["state", "list"]);
        self.same_text(at, &["show"]);
    }

    /// Destroys what there is.
    pub fn end(&mut self, name: &str) {
        self.same_text(name, &["plan", "-destroy"]);
        self.same_text(name, &["destroy", "-auto-approve"]);
        self.state(&format!("{name} destroyed"));
    }

    /// Compares the state files.
    #[track_caller]
    pub fn state(&mut self, at: &str) {
        let read = |sandbox: &Sandbox| match sandbox.has("terraform.tfstate") {
            true => steady(&sandbox.read("terraform.tfstate")),
            false => json!("no state file"),
        };
        let (ours, theirs) = (read(&self.ours), read(&self.theirs));
        self.same(&format!("{at}: state"), Document::State, &ours, &theirs);
    }

    /// Notes where two documents differ without reason.
    pub fn same(&mut self, at: &str, document: Document, ours: &Value, theirs: &Value) {
        self.note(at, document, compare(ours, theirs).iter().map(ToString::to_string).collect());
    }

    /// Notes the differences that have no reason.
    pub fn note(&mut self, at: &str, document: Document, differences: Vec<String>) {
        for difference in unexplained(document, differences) {
            self.findings.entry(difference.chars().take(400).collect()).or_default().push(at.to_owned());
        }
    }

    /// Whether the files have a block that we refuse by name because we do not support it yet: nothing to compare then.
    /// Once we do, the comparison begins by itself.
    #[track_caller]
    pub fn refused(&self) -> bool {
        let found = self.ours.lambdaform(&["validate", "-json"]);
        found.stdout.contains("are not supported yet, and leaving one out would")
    }

    /// Notes that something went wrong.
    pub fn fail(&mut self, what: String) {
        self.findings.entry(what).or_default().push("everywhere".to_owned());
    }

    /// Takes over what another pair found.
    pub fn adopt(&mut self, other: Self) {
        for (difference, places) in other.findings {
            self.findings.entry(difference).or_default().extend(places);
        }
    }

    /// Sets a variable for both programs.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.ours = self.ours.env(name, value);
        self.theirs = self.theirs.env(name, value);
        self
    }

    /// Nothing was noted.
    #[track_caller]
    pub fn assert_same(&mut self) {
        let mut story = String::new();
        for (difference, places) in std::mem::take(&mut self.findings) {
            let more =
                if places.len() > 1 { format!(" and {} more", places.len() - 1) } else { String::new() };
            writeln!(story, "{difference}\n    at {}{more}", places[0]).unwrap();
        }
        assert!(story.is_empty(), "differs from Terraform (ours / theirs):\n{story}");
    }

    fn same_code(&mut self, at: &str, ours: &Output, theirs: &Output) {
        if ours.code != theirs.code {
            let (us, them) = (ours.code, theirs.code);
            let story: String = format!("{}----\n{}", said(ours), said(theirs)).chars().take(1500).collect();
            self.fail(format!("{at}: exit code {us:?} / {them:?}\n{story}"));
        }
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", output.stdout, output.stderr)
}

/// A JSON document without what differs from run to run.
#[track_caller]
pub fn steady(text: &str) -> Value {
    let mut value: Value =
        serde_json::from_str(&nameless(&redact(text, &[]))).unwrap_or_else(|error| panic!("{error}: {text}"));
    if let Some(object) = value.as_object_mut() {
        for name in ["serial", "terraform_version", "timestamp"] {
            object.remove(name);
        }
    }
    value
}

/// A text without the names that programs and servers make up.
pub fn nameless(text: &str) -> String {
    static MADE_UP: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
        [
            (r"\b\d{18}[0-9a-f]{8}\b", "[unique]"),
            (r"\b1[6-9]\d{11}\b", "0"),
            (r"\bcsc-[0-9a-f]{17}\b", "csc-[id]"),
            (r"\b(AROA|ANPA)[0-9A-Z]{17}\b", "$1[id]"),
        ]
        .map(|(pattern, with)| (Regex::new(pattern).unwrap(), with))
    });
    MADE_UP.iter().fold(text.to_owned(), |text, (made, with)| made.replace_all(&text, *with).into_owned())
}

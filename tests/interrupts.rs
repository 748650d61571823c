//! Interrupted and killed runs: nothing is lost, nothing is tainted, and the next run goes on.
//! The control plane outlives the program here, as the real one does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lambdaform::local;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::sandbox::Sandbox;

const TWO: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_lambda_function" "first" {
  function_name = "first"
  role          = "arn:aws:iam::123456789012:role/r"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "code.zip"
}

resource "aws_lambda_function" "second" {
  function_name = "second"
  description   = aws_lambda_function.first.arn
  role          = "arn:aws:iam::123456789012:role/r"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "code.zip"
}
"#;

/// A control plane in this process, whose functions take `settle` to become active.
struct Plane {
    runtime: tokio::runtime::Runtime,
    server: Option<local::Server>,
}

impl Plane {
    fn start(settle: Duration) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let options = local::Options { settle, ..local::Options::default() };
        let server = runtime.block_on(local::start(options)).unwrap();
        Plane { runtime, server: Some(server) }
    }

    fn url(&self) -> String {
        self.server.as_ref().unwrap().endpoint()
    }
}

impl Drop for Plane {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

fn project(plane: &Plane) -> Sandbox {
    Sandbox::new().file("main.tf", TWO).file("code.zip", zip()).aws(&plane.url())
}

fn zip() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("index.py", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, b"def handler(event, context):\n    return event\n").unwrap();
    zip.finish().unwrap().into_inner()
}

/// An apply that is under way.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    seen: Vec<String>,
}

impl Running {
    fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let mut command: Command = sandbox.command(env!("CARGO_BIN_EXE_lambdaform"), args);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Running { child, lines, seen: Vec::new() }
    }

    fn wait_for(&mut self, text: &str) {
        for line in self.lines.by_ref() {
            self.seen.push(line.unwrap());
            if self.seen.last().unwrap().contains(text) {
                return;
            }
        }
        panic!("never said {text:?}: {:#?}", self.seen);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, `None` after a kill, and everything it said.
    fn end(mut self) -> (Option<i32>, String) {
        self.seen.extend(self.lines.by_ref().map(Result::unwrap));
        (self.child.wait().unwrap().code(), self.seen.join("\n"))
    }
}

/// What goes on after an interrupted run: nothing is tainted, and the rest is made.
#[track_caller]
fn goes_on(sandbox: &Sandbox) {
    let state = sandbox.read("terraform.tfstate");
    assert!(state.contains("\"first\"") && !state.contains("tainted"), "{state}");
    let apply = sandbox.lambdaform(&["apply", "-auto-approve"]);
    apply.assert_success().assert_stdout_has("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");
    sandbox.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();
}

/// How long functions take to settle: long enough for a signal to arrive before they have, on a busy machine, too.
const SLOW: Duration = Duration::from_secs(5);

#[test]
fn the_first_interrupt_lets_what_is_in_flight_finish() {
    for signal in [Signal::INT, Signal::TERM] {
        let plane = Plane::start(SLOW);
        let sandbox = project(&plane);
        let mut run = Running::start(&sandbox, &["apply", "-auto-approve"]);
        run.wait_for("aws_lambda_function.first: Creating...");
        run.signal(signal);
        let (code, said) = run.end();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("Interrupt received."), "{said}");
        assert!(!said.contains("aws_lambda_function.second: Creating"), "{said}");
        goes_on(&sandbox);
    }
}

#[test]
fn the_second_interrupt_ends_at_once_and_the_next_run_finds_out() {
    let plane = Plane::start(Duration::from_secs(3600));
    let sandbox = project(&plane);
    let mut run = Running::start(&sandbox, &["apply", "-auto-approve"]);
    run.wait_for("aws_lambda_function.first: Creating...");
    wait_for_function(&plane);
    run.signal(Signal::INT);
    run.wait_for("Interrupt received.");
    run.signal(Signal::INT);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    let plan = sandbox.lambdaform(&["plan"]);
    plan.assert_success()
        .assert_stdout_has("An earlier run was interrupted")
        .assert_stdout_has("1 to add, 0 to change");
    assert!(!sandbox.read("terraform.tfstate").contains("tainted"));
}

#[test]
fn a_killed_run_is_settled_by_the_next() {
    let plane = Plane::start(SLOW);
    let sandbox = project(&plane);
    let mut run = Running::start(&sandbox, &["apply", "-auto-approve"]);
    run.wait_for("aws_lambda_function.first: Creating...");
    wait_for_function(&plane);
    run.signal(Signal::KILL);
    let (code, _) = run.end();
    assert_eq!(code, None);
    let plan = sandbox.lambdaform(&["plan"]);
    plan.assert_success()
        .assert_stdout_has("1 to add, 0 to change, 0 to destroy")
        .assert_stdout_has("interrupted");
    goes_on(&sandbox);
}

/// Until the control plane has the first function.
fn wait_for_function(plane: &Plane) {
    let calls = plane.server.as_ref().unwrap().calls();
    while calls.count("CreateFunction") == 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_question_ends_with_an_interrupt_and_nothing_is_done() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let mut command: Command = sandbox.command(env!("CARGO_BIN_EXE_lambdaform"), &["apply"]);
    // The pipe stays open, so that only the interrupt can end the question.
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut run = Running { child, lines, seen: Vec::new() };
    run.wait_for("Only 'yes' will be accepted");
    run.signal(Signal::INT);
    let (code, said) = run.end();
    drop(stdin);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Nothing has been changed."), "{said}");
    assert!(!sandbox.has("terraform.tfstate"));
}

#[test]
fn the_control_plane_is_served_until_an_interrupt() {
    let sandbox = Sandbox::new();
    let mut server = Running::start(&sandbox, &["local", "serve"]);
    server.wait_for("Press Ctrl-C");
    let url = server.seen.iter().find_map(|line| line.strip_prefix("Serving Lambda at ")).unwrap().to_owned();
    let project = Sandbox::new().file("main.tf", TWO).file("code.zip", zip()).aws(&url);
    project.lambdaform(&["apply", "-auto-approve"]).assert_success().assert_stdout_has("2 added");
    project.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();
    server.signal(Signal::INT);
    assert_eq!(server.end().0, Some(0));
}

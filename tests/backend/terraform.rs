//! Terraform and lambdaform in one directory, on one state in S3.
//! Knows nothing of AWS but the bucket.

use std::io::Write as _;
use std::process::{Child, Stdio};

use super::bucket::{KEY, LOCK, bench, locking, object};
use crate::faults::bench::{Bench, wait};
use crate::support::program::Program;
use crate::support::sandbox::Output;

fn data(value: &str) -> String {
    format!("resource \"terraform_data\" \"a\" {{\n  input = \"{value}\"\n}}\n")
}

/// Configuration without a provider that Terraform would have to install.
fn plain(bench: &Bench, config: &str) {
    bench.sandbox.write("main.tf", format!("{}{config}", locking()));
}

/// Terraform without any provider but its own.
struct Terraform<'a> {
    bench: &'a Bench,
    program: String,
    settings: String,
}

impl<'a> Terraform<'a> {
    fn in_project(bench: &'a Bench) -> Option<Self> {
        let program = Program::Terraform.find()?;
        bench.sandbox.write("rc", "");
        let settings = format!("TF_CLI_CONFIG_FILE={}", bench.sandbox.path("rc").display());
        Some(Terraform { bench, program: program.to_str().unwrap().to_owned(), settings })
    }

    fn words<'w>(&'w self, args: &[&'w str]) -> Vec<&'w str> {
        let mut words =
            vec![self.settings.as_str(), "CHECKPOINT_DISABLE=1", "TF_VAR_secret=x", &self.program];
        words.extend(args);
        words
    }

    fn run(&self, args: &[&str]) -> Output {
        self.bench.sandbox.run("env", &self.words(args))
    }
}

/// A run that waits for an answer, and so holds the lock.
struct Waiting(Child);

impl Waiting {
    fn start(bench: &Bench, program: &str, args: &[&str]) -> Self {
        let mut command = bench.sandbox.command(program, args);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let url = bench.server().endpoint();
        wait(|| object(&url, LOCK).is_some() || child.try_wait().unwrap().is_some());
        assert!(child.try_wait().unwrap().is_none(), "it waits for an answer");
        Waiting(child)
    }

    fn answer(mut self, text: &str) {
        self.0.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        wait(|| self.0.try_wait().unwrap().is_some());
    }
}

#[test]
fn either_goes_on_where_the_other_left_off() {
    let bench = bench("");
    plain(&bench, &data("one"));
    let Some(terraform) = Terraform::in_project(&bench) else { return };
    std::fs::remove_dir_all(bench.sandbox.path(".terraform")).unwrap();
    terraform.run(&["init", "-no-color"]).assert_success();
    terraform.run(&["apply", "-auto-approve", "-no-color"]).assert_success();
    bench.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
    plain(&bench, &data("two"));
    bench.apply().assert_success();
    terraform.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
    plain(&bench, &data("three"));
    terraform.run(&["apply", "-auto-approve", "-no-color"]).assert_success();
    bench.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();

    // Workspaces of either are the other's.
    bench.run(&["workspace", "new", "ours"]).assert_success();
    terraform.run(&["workspace", "new", "theirs", "-no-color"]).assert_success();
    for list in [bench.run(&["workspace", "list"]), terraform.run(&["workspace", "list"])] {
        list.assert_success().assert_stdout_has("  default\n  ours\n* theirs\n");
    }
}

#[test]
fn what_init_keeps_is_the_same() {
    let bench = bench("");
    plain(&bench, &data("one"));
    let Some(terraform) = Terraform::in_project(&bench) else { return };
    let partial = [
        "-backend-config=max_retries=3",
        "-backend-config=endpoints={sso=\"http://127.0.0.1:9\"}",
        "-backend-config=allowed_account_ids=[\"123456789012\"]",
    ];
    for given in [&[][..], &partial] {
        let init = [&["init", "-no-color", "-reconfigure"][..], given].concat();
        let kept = || bench.sandbox.read(".terraform/terraform.tfstate");
        bench.run(&init).assert_success();
        let ours = kept();
        terraform.run(&["plan", "-no-color"]).assert_success();
        terraform.run(&init).assert_success();
        assert_eq!(kept(), ours);
        bench.run(&["plan", "-no-color"]).assert_success();
        // Without the flags it is the same again, for both.
        bench.run(&["init", "-no-color"]).assert_success();
        terraform.run(&["init", "-no-color"]).assert_success();
        assert_eq!(kept(), ours);
    }
}

#[test]
fn either_respects_the_others_lock() {
    let bench = bench("");
    plain(&bench, &data("one"));
    let Some(terraform) = Terraform::in_project(&bench) else { return };
    terraform.run(&["init", "-no-color"]).assert_success();

    let theirs = Waiting::start(&bench, "env", &terraform.words(&["apply", "-no-color"]));
    let refused = bench.run(&["plan", "-no-color"]);
    refused.assert_code(1).assert_stderr_has("Error acquiring the state lock").assert_stderr_has("1.11");
    theirs.answer("yes\n");
    assert!(object(&bench.server().endpoint(), KEY).is_some());

    plain(&bench, &data("two"));
    let ours = Waiting::start(&bench, env!("CARGO_BIN_EXE_lambdaform"), &["apply", "-no-color"]);
    let refused = terraform.run(&["plan", "-no-color"]);
    refused
        .assert_code(1)
        .assert_stderr_has("Error acquiring the state lock")
        .assert_stderr_has("OperationTypeApply");
    ours.answer("yes\n");
    terraform.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
}

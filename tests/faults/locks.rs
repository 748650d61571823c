//! Two runs at once: one at a time, or none of the second's results is lost.
//! Knows nothing of what the runs do.

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bench::{Bench, function, inventory, wait};
use super::live::Live;

/// A project in which an apply is under way, and held up until the fault rules are removed.
fn busy() -> (Bench, Live) {
    let bench = Bench::with(&function("a", ""));
    bench.fault(Rule::on("CreateFunction", Action::Hold).function("a"));
    let mut run = Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    (bench, run)
}

#[test]
fn the_second_of_two_runs_is_told_who_has_the_lock() {
    let (bench, run) = busy();
    for args in
        [&["apply", "-auto-approve", "-no-color"][..], &["plan", "-no-color"], &["destroy", "-auto-approve"]]
    {
        let second = bench.run(args);
        second.assert_code(1).assert_stderr_has("Error: Error acquiring the state lock");
        for part in ["Lock Info:", "ID:", "OperationTypeApply", "Who:", "Created:", "terraform.tfstate"] {
            second.assert_stderr_has(part);
        }
    }
    // Looking needs no lock.
    bench.run(&["output", "-no-color"]).assert_success();
    bench.heal();
    let (code, said) = run.end();
    assert_eq!(code, Some(0), "{said}");
    bench.agrees();
    bench.converges();
}

#[test]
fn the_second_of_two_runs_waits_if_it_is_told_to() {
    let (bench, run) = busy();
    let mut second = Live::start(&bench, &["apply", "-auto-approve", "-no-color", "-lock-timeout=60s"]);
    second.until_said("Acquiring state lock. This may take a few moments...");
    bench.heal();
    let (code, said) = second.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 added, 0 changed, 0 destroyed"), "{said}");
    let (code, said) = run.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(bench.server().calls().count("CreateFunction"), 1);
    bench.agrees();
}

#[test]
fn waiting_for_a_lock_can_be_interrupted() {
    let (bench, run) = busy();
    let mut second = Live::start(&bench, &["apply", "-auto-approve", "-no-color", "-lock-timeout=600s"]);
    second.until_said("Acquiring state lock.");
    second.signal(Signal::INT);
    let (code, said) = second.end();
    assert_eq!(code, Some(1), "{said}");
    bench.heal();
    assert_eq!(run.end().0, Some(0));
    bench.agrees();
}

#[test]
fn the_lock_of_a_killed_run_is_in_nobodys_way() {
    let (bench, run) = busy();
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.heal();
    bench.quiet();
    bench.converges();
}

#[test]
fn without_locks_the_later_writer_is_refused_and_nothing_is_lost() {
    let bench = Bench::with(&function("a", ""));
    bench.fault(Rule::on("CreateFunction", Action::Hold).function("a"));
    let unlocked = &["apply", "-auto-approve", "-no-color", "-lock=false"];
    let mut first = Live::start(&bench, unlocked);
    assert!(bench.until_met(1, &mut || first.ended()), "{}", first.said());
    bench.configure(&function("b", ""));
    bench.run(unlocked).assert_success();
    bench.heal();
    let (code, said) = first.end();
    // Two writers: the second to write finds another state than it read, and keeps its own beside it.
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Failed to save state") && said.contains("errored.tfstate"), "{said}");
    let errored =
        lambdaform::state::v4::read(bench.sandbox.read("errored.tfstate").as_bytes()).unwrap().state;
    let both: std::collections::BTreeSet<String> =
        inventory(&bench.state()).union(&inventory(&errored)).cloned().collect();
    assert_eq!(both, bench.held());
}

#[test]
fn a_lock_that_terraform_holds_is_respected() {
    let bench = Bench::with(
        "resource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"sleep 5\"\n  }\n}\n",
    );
    // Terraform gets a project of its own that needs no provider, with the same state file.
    let Some(program) = crate::support::program::Program::Terraform.find() else { return };
    bench.sandbox.write(
        "tf/main.tf",
        "terraform {\n  backend \"local\" {\n    path = \"../terraform.tfstate\"\n  }\n}\nresource \"terraform_data\" \"a\" \
         {\n  provisioner \"local-exec\" {\n    command = \"while [ ! -e ../go ]; do sleep 0.05; done\"\n  }\n}\n",
    );
    bench.sandbox.write("rc", "");
    let config = format!("TF_CLI_CONFIG_FILE={}", bench.sandbox.path("rc").display());
    let terraform = |args: &[&str]| {
        let mut all = vec![config.as_str(), "CHECKPOINT_DISABLE=1", program.to_str().unwrap(), "-chdir=tf"];
        all.extend(args);
        bench.sandbox.run("env", &all)
    };
    terraform(&["init", "-no-color"]).assert_success();
    bench.configure("resource \"terraform_data\" \"a\" {}\n");
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| terraform(&["apply", "-auto-approve", "-no-color"]));
        wait(|| bench.sandbox.has(".terraform.tfstate.lock.info") || apply.is_finished());
        let refused = bench.run(&["plan", "-no-color"]);
        bench.sandbox.write("go", "");
        let apply = apply.join().unwrap();
        apply.assert_success();
        refused.assert_code(1).assert_stderr_has("Error acquiring the state lock");
    });
    bench.run(&["plan", "-no-color", "-detailed-exitcode"]).assert_success();
}

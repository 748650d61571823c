//! A killed run and what happened to the project before the next one: settling uses what was written down then.
//! Knows nothing of when kills come.

use std::time::Duration;

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bench::{Bench, function, secretive};
use super::connections::{accounted, three};
use super::live::Live;

/// Kills an apply when `operation` has been carried out and nobody has heard of it.
pub fn killed_after(bench: &Bench, operation: &str) {
    killed(bench, operation, &["apply", "-auto-approve", "-no-color"]);
}

fn killed(bench: &Bench, operation: &str, args: &[&str]) {
    bench.server().calls().reset();
    bench.fault(Rule::on(operation, Action::AnswerLate { ms: 600_000 }));
    let mut run = Live::start(bench, args);
    super::bench::wait(|| bench.server().calls().count(operation) > 0 || run.ended());
    run.signal(Signal::KILL);
    let (code, said) = run.end();
    assert_eq!(code, None, "{said}");
    accounted(bench);
    bench.heal();
}

#[test]
fn a_package_edited_after_the_kill_does_not_hide_what_was_made() {
    let bench = Bench::with(&secretive("a", ""));
    killed_after(&bench, "CreateFunction");
    bench.package("a", "edited");
    let apply = bench.apply();
    apply.assert_success().assert_stdout_has("0 added, 1 changed, 0 destroyed");
    bench.agrees();

    let bench = Bench::with(&three("one"));
    killed_after(&bench, "PublishLayerVersion");
    bench.package("b", "edited");
    bench.apply().assert_success();
    bench.agrees();
    assert!(
        bench.held().contains("layer l:2"),
        "the first version was taken over, then replaced: {:?}",
        bench.held()
    );
    bench.converges();
}

#[test]
fn many_open_calls_are_told_in_one_notice() {
    let bench = Bench::with(&["a", "b", "c"].map(|name| function(name, "")).concat());
    bench.fault(Rule::on("CreateFunction", Action::AnswerLate { ms: 600_000 }).always());
    let mut run = Live::start(&bench, &["apply", "-auto-approve", "-no-color"]);
    super::bench::wait(|| bench.server().calls().count("CreateFunction") == 3 || run.ended());
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.heal();
    let plan = bench.run(&["plan", "-no-color", "-detailed-exitcode"]);
    plan.assert_success()
        .assert_stdout_has("working on 3 objects. The objects were\nfound")
        .assert_stdout_has("\n  - aws_lambda_function.b\n");
    assert_eq!(plan.stdout.matches("Settled what").count(), 1);
}

#[test]
fn configuration_that_is_gone_after_the_kill_is_destroyed() {
    let bench = Bench::with(&three("one"));
    killed_after(&bench, "CreateAlias");
    assert_eq!(bench.held().len(), 3);
    bench.configure(&function("c", ""));
    bench.apply().assert_success().assert_stdout_has("1 added, 0 changed, 3 destroyed");
    bench.agrees();
    assert_eq!(bench.held(), ["function c".to_owned()].into());
}

#[test]
fn what_somebody_else_changed_in_between_is_not_taken_over_and_blocks_nothing() {
    let bench = Bench::with(&function("a", ""));
    killed_after(&bench, "CreateFunction");
    bench.outside("PUT", "functions/a/configuration", r#"{"Timeout": 99}"#);
    let apply = bench.apply();
    apply
        .assert_code(1)
        .assert_stdout_has("not taken over")
        .assert_stderr_has("Error: Function exists already");
    apply.assert_stderr_has("import {");
    assert_eq!(bench.journals(), Vec::<std::path::PathBuf>::new());
    bench.outside("DELETE", "functions/a", "");
    bench.converges();
}

#[test]
fn a_killed_replacement_is_finished_and_nothing_is_left_over() {
    for (first, operation) in [
        (false, "PublishLayerVersion"),
        (true, "PublishLayerVersion"),
        (false, "DeleteLayerVersion"),
        (true, "DeleteLayerVersion"),
    ] {
        let layer = |description: &str| {
            format!(
                "resource \"aws_lambda_layer_version\" \"l\" {{\n  layer_name = \"l\"\n  filename = \"a.zip\"\n  \
                 description = \"{description}\"\n  lifecycle {{\n    create_before_destroy = {first}\n  }}\n}}\n"
            )
        };
        let bench = Bench::with(&layer("one"));
        bench.apply().assert_success();
        bench.configure(&layer("two"));
        killed_after(&bench, operation);
        bench.apply().assert_success();
        bench.agrees();
        assert_eq!(bench.held(), ["layer l:2".to_owned()].into(), "{operation}, create first: {first}");
        bench.converges();
    }
}

#[test]
fn a_replacement_by_the_same_is_not_mistaken_for_the_old_one() {
    // Nothing but the number tells the two versions apart, and the new one was never published.
    let layer = "resource \"aws_lambda_layer_version\" \"l\" {\n  layer_name = \"l\"\n  filename = \"a.zip\"\n  \
                 lifecycle {\n    create_before_destroy = true\n  }\n}\n";
    let bench = Bench::with(layer);
    bench.apply().assert_success();
    bench.fault(Rule::on("PublishLayerVersion", Action::Delay { ms: 600_000 }));
    let mut run =
        Live::start(&bench, &["apply", "-auto-approve", "-replace=aws_lambda_layer_version.l", "-no-color"]);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.heal();
    bench.run(&["plan", "-no-color", "-detailed-exitcode"]).assert_success();
    bench.agrees();
    assert_eq!(bench.held(), ["layer l:1".to_owned()].into());
}

#[test]
fn a_killed_update_is_completed() {
    for operation in ["UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion", "UpdateAlias"] {
        let bench = Bench::with(&three("one"));
        bench.apply().assert_success();
        bench.configure(&three("two"));
        bench.package("a", "two");
        killed_after(&bench, operation);
        bench.apply().assert_success();
        bench.agrees();
        bench.converges();
        bench.has_published("two", operation);
    }
}

#[test]
fn a_killed_deletion_is_completed() {
    for operation in ["DeleteAlias", "DeleteFunction", "DeleteLayerVersion"] {
        let bench = Bench::with(&three("one"));
        bench.apply().assert_success();
        killed(&bench, operation, &["destroy", "-auto-approve", "-no-color"]);
        bench.destroy().assert_success();
        bench.agrees();
        assert!(bench.held().is_empty());
    }
}

#[test]
fn a_journal_whose_last_line_was_cut_off_is_read() {
    let bench = Bench::with(&three("one"));
    killed_after(&bench, "CreateFunction");
    let journal = bench.journals().pop().unwrap();
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes.extend(b"{\"call_end\":{\"id\":9,\"outc");
    std::fs::write(&journal, bytes).unwrap();
    bench.apply().assert_success();
    bench.agrees();
    bench.converges();
}

#[test]
fn a_damaged_journal_stops_everything_that_would_write_and_is_kept() {
    let bench = Bench::with(&three("one"));
    killed_after(&bench, "CreateFunction");
    let journal = bench.journals().pop().unwrap();
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes.splice(0..0, b"not a record\n".iter().copied());
    std::fs::write(&journal, &bytes).unwrap();
    let held = bench.held();
    bench.apply().assert_code(1).assert_stderr_has("Line 1 of the").assert_stderr_has(".lambdaform");
    assert_eq!((bench.held(), std::fs::read(&journal).unwrap()), (held, bytes));
}

#[test]
fn without_the_lock_nothing_is_settled_but_it_is_said() {
    let bench = Bench::new(Duration::from_millis(20));
    bench.configure(&function("a", ""));
    killed_after(&bench, "CreateFunction");
    let journals = bench.journals();
    bench.run(&["plan", "-lock=false", "-no-color"]).assert_success().assert_stdout_has("interrupted");
    assert_eq!(bench.journals(), journals);
    bench.converges();
}

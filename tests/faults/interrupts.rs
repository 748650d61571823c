//! Interrupts: what is in flight ends and is kept, nothing else begins, nothing is tainted, and the next run goes on.
//! Knows nothing of kills.

use std::time::Duration;

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bench::{Bench, function, inventory, secretive};
use super::connections::{accounted, three};
use super::live::Live;
use super::refusals::unwrapped;

/// How long functions take to settle where a signal must arrive before they have, on a busy machine, too.
const SLOW: u64 = 6000;

/// Functions of which each has to wait until a step is free or the one before is done.
fn many() -> String {
    (0..20).map(|i| secretive(&format!("f{i}"), "")).collect()
}

/// An apply that gets a signal once `met` calls have met the fault rules, which are removed when it has heard it.
fn interrupted(bench: &Bench, args: &[&str], met: u64, signal: Signal) -> String {
    let mut run = Live::start(bench, args);
    assert!(bench.until_met(met, &mut || run.ended()), "{}", run.said());
    run.signal(signal);
    run.until_said("Interrupt received.");
    bench.heal();
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    said
}

const APPLY: &[&str] = &["apply", "-auto-approve", "-no-color"];

#[test]
fn a_creation_in_flight_is_finished_and_kept() {
    for signal in [Signal::INT, Signal::TERM] {
        let bench = Bench::with(&three("one"));
        bench.fault(Rule::on("CreateFunction", Action::Hold));
        let said = interrupted(&bench, APPLY, 1, signal);
        assert_eq!(bench.held(), ["function a".to_owned(), "layer l:1".to_owned()].into());
        bench.agrees();
        bench.untainted();
        for part in [
            "Resources: 2 added, 0 changed, 0 destroyed.",
            "Not tried (1):",
            "aws_lambda_alias.live (create)",
        ] {
            assert!(said.contains(part), "{part:?} is missing: {said}");
        }
        bench.converges();
    }
}

#[test]
fn a_wait_is_cut_short_and_taints_nothing() {
    let bench = Bench::new(Duration::from_millis(SLOW));
    bench.configure(&three("one"));
    // The first look at the new function tells that the wait has begun.
    bench.fault(Rule::on("GetFunction", Action::Delay { ms: 1 }).always());
    let said = interrupted(&bench, APPLY, 1, Signal::INT);
    assert!(said.contains("Not waited for"), "{said}");
    bench.agrees();
    bench.untainted();
    bench
        .run(&["plan", "-no-color"])
        .assert_success()
        .assert_stdout_has("1 to add, 0 to change, 0 to destroy");
    bench.converges();
}

#[test]
fn an_update_in_flight_is_finished_and_the_rest_is_left() {
    for operation in ["UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion", "UpdateAlias"] {
        let bench = Bench::with(&three("one"));
        bench.apply().assert_success();
        bench.configure(&three("two"));
        bench.package("a", "two");
        bench.fault(Rule::on(operation, Action::Hold));
        let mut run = Live::apply(&bench);
        assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
        run.signal(Signal::INT);
        run.until_said("Interrupt received.");
        bench.heal();
        run.end();
        bench.agrees();
        bench.untainted();
        bench.apply().assert_success();
        bench.converges();
        bench.has_published("two", operation);
    }
}

#[test]
fn an_update_that_was_waited_for_is_not_lost() {
    let bench = Bench::with(&function("a", ""));
    bench.apply().assert_success();
    bench.configure(&function("a", "memory_size = 256"));
    bench.package("a", "two");
    bench.fault(Rule::on("UpdateFunctionConfiguration", Action::Settle { ms: SLOW }));
    // Reads of the refresh come first.
    bench.fault(Rule::on("UpdateFunctionConfiguration", Action::Delay { ms: 1 }));
    let said = interrupted(&bench, APPLY, 2, Signal::INT);
    assert!(said.contains("Update not finished"), "{said}");
    bench.agrees();
    bench.untainted();
    // Pauses as they really are last until the update has settled.
    let bench = bench.patient();
    bench.heal();
    bench.run(&["plan", "-no-color"]).assert_success().assert_stdout_has("1 to change");
    bench.converges();
}

#[test]
fn a_destruction_stops_where_it_is() {
    let bench = Bench::with(&three("one"));
    bench.apply().assert_success();
    bench.fault(Rule::on("DeleteFunction", Action::Hold));
    let said = interrupted(&bench, &["destroy", "-auto-approve", "-no-color"], 1, Signal::INT);
    assert!(said.contains("2 destroyed") && said.contains("aws_lambda_layer_version.l (destroy)"), "{said}");
    assert_eq!(bench.held(), ["layer l:1".to_owned()].into());
    bench.agrees();
    bench.heal();
    bench.destroy().assert_success().assert_stdout_has("1 destroyed");
    bench.agrees();
}

#[test]
fn twenty_functions_in_parallel_are_all_accounted_for() {
    let bench = Bench::with(&many());
    bench.fault(Rule::on("CreateFunction", Action::Hold).always());
    let args = ["apply", "-auto-approve", "-no-color", "-parallelism=8"];
    let said = interrupted(&bench, &args, 8, Signal::INT);
    let made = bench.held().len();
    assert!((8..20).contains(&made), "{made}: {said}");
    assert!(said.contains(&format!("Resources: {made} added, 0 changed, 0 destroyed.")), "{said}");
    assert!(said.contains(&format!("Not tried ({}):", 20 - made)), "{said}");
    bench.agrees();
    bench.untainted();
    bench.converges();
    assert_eq!(bench.held().len(), 20);

    bench.fault(Rule::on("DeleteFunction", Action::Hold).always());
    interrupted(&bench, &["destroy", "-auto-approve", "-no-color", "-parallelism=8"], 8, Signal::TERM);
    bench.agrees();
    bench.heal();
    bench.destroy().assert_success();
    bench.agrees();
}

#[test]
fn an_interrupt_during_retries_ends_them() {
    let bench = Bench::with(&function("a", ""));
    let busy = super::bench::error("ResourceConflictException", 409, "An update is in progress.");
    bench.fault(Rule::on("CreateFunction", busy).always());
    let bench = bench.patient();
    let said = interrupted(&bench, APPLY, 2, Signal::INT);
    assert!(said.contains("Error: Another operation is in progress"), "{said}");
    bench.agrees();
    bench.converges();
}

#[test]
fn the_second_interrupt_ends_at_once_and_the_next_run_finds_out() {
    let bench = Bench::with(&three("one"));
    bench.fault(Rule::on("CreateFunction", Action::AnswerLate { ms: 600_000 }));
    let mut run = Live::apply(&bench);
    super::bench::wait(|| bench.server().calls().count("CreateFunction") > 0 || run.ended());
    run.signal(Signal::INT);
    run.until_said("Interrupt received.");
    run.signal(Signal::INT);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(inventory(&bench.state()), ["layer l:1".to_owned()].into(), "what was done is written");
    accounted(&bench);
    bench.converges();
    assert_eq!(bench.held().len(), 3);
}

#[test]
fn an_interrupt_before_anything_began_changes_nothing() {
    let bench = Bench::with(&three("one"));
    bench.apply().assert_success();
    let before = bench.sandbox.read("terraform.tfstate");
    bench.configure(&three("two"));
    bench.fault(Rule::on("GetFunction", Action::Delay { ms: 600_000 }));
    let mut run = Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    run.signal(Signal::INT);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(unwrapped(&said).contains("Nothing was changed"), "{said}");
    assert_eq!(bench.sandbox.read("terraform.tfstate"), before);
    bench.agrees();
}

//! Two runs at once on a state in S3: one at a time, wherever they run.
//! Knows nothing of what the runs do.

use std::thread;

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bucket::{KEY, LOCK, agrees, bench, configure, converges, elsewhere, object, state};
use crate::faults::bench::{Bench, function, inventory};
use crate::faults::live::Live;

/// A project in which an apply is under way, and held up.
fn busy() -> (Bench, Live) {
    let bench = bench(&function("a", ""));
    bench.fault(Rule::on("CreateFunction", Action::Delay { ms: 2500 }).function("a"));
    let mut run = Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    (bench, run)
}

/// The ID of the lock that is held.
fn id(bench: &Bench) -> String {
    let lock = object(&bench.server().endpoint(), LOCK).unwrap();
    let lock: serde_json::Value = serde_json::from_str(&lock).unwrap();
    lock["ID"].as_str().unwrap().to_owned()
}

#[test]
fn the_second_of_two_runs_is_told_who_has_the_lock() {
    let (bench, run) = busy();
    let other = elsewhere(&bench);
    for args in [&["plan", "-no-color"][..], &["apply", "-auto-approve", "-no-color"]] {
        for second in [bench.run(args), other.lambdaform(args)] {
            second.assert_code(1).assert_stderr_has("Error: Error acquiring the state lock");
            for part in ["Lock Info:", &id(&bench), "OperationTypeApply", "states/app/terraform.tfstate"] {
                second.assert_stderr_has(part);
            }
        }
    }
    // Looking needs no lock.
    other.lambdaform(&["output", "-no-color"]).assert_success();
    let waiting = other.lambdaform(&["apply", "-auto-approve", "-no-color", "-lock-timeout=60s"]);
    waiting.assert_success().assert_stdout_has("Acquiring state lock. This may take a few moments...");
    waiting.assert_stdout_has("0 added, 0 changed, 0 destroyed");
    let (code, said) = run.end();
    assert_eq!(code, Some(0), "{said}");
    agrees(&bench);
}

#[test]
fn of_many_that_start_at_once_each_has_its_turn() {
    let bench = bench("variable \"n\" {}\noutput \"o\" {\n  value = var.n\n}\n");
    let places: Vec<_> = (0..4).map(|_| elsewhere(&bench)).collect();
    thread::scope(|scope| {
        for (n, place) in places.iter().enumerate() {
            let given = format!("-var=n={n}");
            scope.spawn(move || {
                let args = ["apply", "-auto-approve", "-no-color", "-lock-timeout=120s", &given];
                place.lambdaform(&args).assert_success();
            });
        }
    });
    assert_eq!(state(&bench).serial, 4);
    assert_eq!(object(&bench.server().endpoint(), LOCK), None);
}

#[test]
fn the_lock_of_a_killed_run_is_given_back_where_it_ran_and_nowhere_else() {
    let (bench, run) = busy();
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.quiet();
    let other = elsewhere(&bench);
    other.lambdaform(&["plan", "-no-color"]).assert_code(1).assert_stderr_has(&id(&bench));
    converges(&bench);
}

#[test]
fn a_lock_is_taken_away_by_force_and_by_its_id() {
    let (bench, run) = busy();
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.quiet();
    let (other, id) = (elsewhere(&bench), id(&bench));
    other.lambdaform(&["force-unlock", "-force", "123"]).assert_code(1).assert_stderr_has(&id);
    other.lambdaform_typing(&["force-unlock", &id], "no\n").assert_code(1);
    assert!(object(&bench.server().endpoint(), LOCK).is_some());
    other.lambdaform_typing(&["force-unlock", &id], "yes\n").assert_success();
    assert_eq!(object(&bench.server().endpoint(), LOCK), None);
    // The journal is where the run was, and so it is settled there.
    converges(&bench);
}

#[test]
fn without_locks_the_later_writer_is_refused_and_nothing_is_lost() {
    let bench = bench(&function("a", ""));
    bench.fault(Rule::on("CreateFunction", Action::Delay { ms: 1200 }).function("a"));
    let unlocked = &["apply", "-auto-approve", "-no-color", "-lock=false"];
    let mut first = Live::start(&bench, unlocked);
    assert!(bench.until_met(1, &mut || first.ended()), "{}", first.said());
    configure(&bench, &function("b", ""));
    let other = elsewhere(&bench);
    other.lambdaform(unlocked).assert_success();
    let (code, said) = first.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Failed to save state") && said.contains("errored.tfstate"), "{said}");
    let errored =
        lambdaform::state::v4::read(bench.sandbox.read("errored.tfstate").as_bytes()).unwrap().state;
    assert_eq!(inventory(&errored), ["function a".to_owned()].into());
    assert_eq!(inventory(&state(&bench)), ["function b".to_owned()].into());
}

#[test]
fn a_state_that_changed_under_the_lock_is_not_overwritten() {
    let (bench, run) = busy();
    let lineage = uuid::Uuid::new_v4().to_string();
    let theirs = format!(
        "{{\n  \"version\": 4,\n  \"terraform_version\": \"1.11.4\",\n  \"serial\": 7,\n  \"lineage\": \"{lineage}\",\n  \
         \"outputs\": {{}},\n  \"resources\": [],\n  \"check_results\": null\n}}\n"
    );
    bench.server().put_object(super::bucket::BUCKET, KEY, theirs.clone()).unwrap();
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(object(&bench.server().endpoint(), KEY).unwrap(), theirs);
    assert!(bench.sandbox.read("errored.tfstate").contains("aws_lambda_function"));
}

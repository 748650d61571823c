//! Answers that are lost, refused or late while a state in S3 is read, written, locked: nothing is lost.
//! Knows nothing of other runs.

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bucket::{KEY, LOCK, agrees, bench, configure, converges, elsewhere, object, state};
use crate::faults::bench::{error, function, inventory, refusal};
use crate::faults::live::Live;

#[test]
fn what_passes_is_not_noticed() {
    let bench = bench(&function("a", ""));
    let mut turn = 0;
    for (operation, key) in [
        ("PutObject", KEY),
        ("PutObject", LOCK),
        ("GetObject", KEY),
        ("GetObject", LOCK),
        ("DeleteObject", LOCK),
    ] {
        for action in [
            Action::DropBefore,
            Action::DropAfter,
            Action::Throttle,
            error("InternalError", 500, "We encountered an internal error."),
            Action::AnswerLate { ms: 30 },
        ] {
            turn += 1;
            configure(&bench, &function("a", &format!("description = \"{turn}\"")));
            bench.fault(Rule::on(operation, action.clone()).function(key));
            let run = bench.apply();
            assert_eq!(run.code, Some(0), "{operation} {key} {action:?}: {run:?}");
            assert!(bench.server().faults().list().iter().all(|(_, met)| *met > 0), "{operation} {key}");
            agrees(&bench);
            bench.heal();
        }
    }
    bench.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
    assert_eq!(bench.server().calls().count("CreateFunction"), 1);
}

#[test]
fn a_state_that_is_not_taken_is_kept_here_and_brought_in_by_the_next_run() {
    for by_hand in [false, true] {
        let bench = bench(&format!("{}{}", function("a", ""), function("b", "")));
        bench.fault(Rule::on("PutObject", refusal("AccessDenied", 403)).function(KEY).always());
        let run = bench.apply();
        run.assert_code(1).assert_stderr_has("Failed to save state").assert_stderr_has("errored.tfstate");
        let errored =
            lambdaform::state::v4::read(bench.sandbox.read("errored.tfstate").as_bytes()).unwrap().state;
        assert_eq!(inventory(&errored), bench.held());
        assert_eq!(bench.held().len(), 2);
        assert_eq!(object(&bench.server().endpoint(), LOCK), None);
        bench.heal();
        if by_hand {
            // Elsewhere nobody has the journal.
            let other = elsewhere(&bench);
            other.write("errored.tfstate", bench.sandbox.read("errored.tfstate"));
            other.lambdaform(&["state", "push", "errored.tfstate"]).assert_success();
            assert_eq!(inventory(&state(&bench)), bench.held());
        }
        std::fs::remove_file(bench.sandbox.path("errored.tfstate")).unwrap();
        converges(&bench);
        assert_eq!(bench.server().calls().count("CreateFunction"), 2);
    }
}

#[test]
fn a_kill_before_or_while_the_state_is_written_is_settled_by_the_next_run() {
    for (operation, subject, action) in [
        ("CreateFunction", "a", Action::AnswerLate { ms: 1500 }),
        ("PutObject", KEY, Action::Delay { ms: 1500 }),
        ("PutObject", KEY, Action::AnswerLate { ms: 1500 }),
        ("DeleteObject", LOCK, Action::Delay { ms: 1500 }),
        ("PutObject", LOCK, Action::AnswerLate { ms: 1500 }),
    ] {
        let bench = bench(&format!("{}{}", function("a", ""), function("b", "")));
        bench.fault(Rule::on(operation, action.clone()).function(subject));
        let mut run = Live::apply(&bench);
        assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
        run.signal(Signal::KILL);
        let (code, said) = run.end();
        assert_eq!(code, None, "{said}");
        std::thread::sleep(std::time::Duration::from_millis(1700));
        converges(&bench);
        assert_eq!(bench.server().calls().count("CreateFunction"), 2, "{operation} {subject} {action:?}");
    }
}

#[test]
fn an_interrupt_gives_the_lock_back() {
    let bench =
        bench(&format!("{}{}", function("a", ""), function("b", "description = aws_lambda_function.a.arn")));
    bench.fault(Rule::on("CreateFunction", Action::AnswerLate { ms: 700 }).function("a"));
    let mut run = Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    run.signal(Signal::INT);
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    agrees(&bench);
    assert_eq!(bench.held(), ["function a".to_owned()].into());
    converges(&bench);
}

#[test]
fn a_lock_that_cannot_be_given_back_is_said_and_given_back_by_the_next_run() {
    let bench = bench(&function("a", ""));
    bench.fault(Rule::on("DeleteObject", refusal("AccessDenied", 403)).function(LOCK).always());
    bench.apply().assert_stderr_has("Error releasing the state lock");
    assert!(object(&bench.server().endpoint(), LOCK).is_some());
    converges(&bench);
}

#[test]
fn what_is_no_state_is_never_overwritten() {
    let bench = bench(&function("a", ""));
    bench.server().put_object(super::bucket::BUCKET, KEY, "<<<<<<< HEAD").unwrap();
    bench.apply().assert_code(1);
    assert_eq!(object(&bench.server().endpoint(), KEY).unwrap(), "<<<<<<< HEAD");
    assert!(bench.held().is_empty());
    assert_eq!(object(&bench.server().endpoint(), LOCK), None);
}

//! Kills at random moments of applies and destructions: whatever the moment, the next run settles everything.
//! Knows nothing of what the program was doing.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bench::{Bench, WRITES, files, function};
use super::connections::{accounted, three};
use super::live::Live;

/// How long one test goes on beginning new rounds.
const BUDGET: Duration = Duration::from_secs(12);

/// The most rounds of one test.
const ROUNDS: usize = 60;

/// A layer, a function on it with an alias, and two more functions of which one waits for the other.
fn five(text: &str) -> String {
    let c = function("c", &format!("description = \"{text} ${{aws_lambda_function.b.version}}\""));
    format!("{}{}{c}", three(text), function("b", &format!("description = \"{text}\"")))
}

#[test]
fn killed_applies_lose_nothing() {
    rounds("apply", |round, dice| {
        let bench = Bench::with(&five("one"));
        if round % 2 == 1 {
            bench.apply().assert_success();
            bench.configure(&five("two"));
            bench.package("a", "two");
        }
        kill(&bench, &["apply", "-auto-approve", "-no-color"], dice);
        bench.converges();
        assert_eq!(bench.held().len(), 5);
    });
}

#[test]
fn killed_destructions_lose_nothing() {
    rounds("destroy", |round, dice| {
        let bench = Bench::with(&five("one"));
        bench.apply().assert_success();
        kill(&bench, &["destroy", "-auto-approve", "-no-color"], dice);
        if round % 2 == 0 {
            bench.heal();
            bench.destroy().assert_success();
            assert!(bench.held().is_empty());
            bench.agrees();
        } else {
            bench.converges();
            assert_eq!(bench.held().len(), 5);
        }
    });
}

#[test]
fn a_run_that_is_killed_again_and_again_gets_there() {
    rounds("again", |_, dice| {
        let bench = Bench::with(&five("one"));
        for text in ["one", "two", "two", "one"] {
            bench.configure(&five(text));
            kill(&bench, &["apply", "-auto-approve", "-no-color"], dice);
        }
        bench.converges();
        bench.destroy().assert_success();
        assert!(bench.held().is_empty());
    });
}

#[test]
fn a_kill_while_a_large_state_is_written_leaves_it_whole() {
    rounds("large", |_, dice| {
        let bench = Bench::new(Duration::from_millis(5));
        let text = "x".repeat(20_000);
        let data = |i| format!("resource \"terraform_data\" \"d{i}\" {{\n  input = \"{text}{i}\"\n}}\n");
        bench.configure(&(0..40).map(data).collect::<String>());
        for _ in 0..3 {
            let before = versions(&bench);
            let run = Live::apply(&bench);
            run.signal_after(Duration::from_millis(60 + dice.below(300)), Signal::KILL);
            let (code, said) = run.end();
            assert!(code.is_none() || code == Some(0), "{said}");
            bench.state();
            unchanged(&bench, before);
            if code.is_some() {
                break;
            }
        }
        bench.converges();
        assert_eq!(bench.state().resources.len(), 40);
    });
}

#[test]
fn twenty_functions_in_flight_are_settled() {
    rounds("twenty", |_, dice| {
        let bench = Bench::new(Duration::from_millis(5));
        bench.configure(&(0..20).map(|i| function(&format!("f{i}"), "")).collect::<String>());
        let action = match dice.below(3) {
            0 => Action::Delay { ms: 40 },
            1 => Action::AnswerLate { ms: 40 },
            _ => Action::DropAfter,
        };
        for operation in ["CreateFunction", "DeleteFunction"] {
            bench.fault(Rule::on(operation, action.clone()).always());
        }
        for command in ["apply", "destroy"] {
            let mut run = Live::start(&bench, &[command, "-auto-approve", "-no-color", "-parallelism=20"]);
            let met = bench.server().faults().list().iter().map(|(_, met)| met).sum::<u64>();
            bench.until_met(met + dice.below(20) + 1, &mut || run.ended());
            run.signal(Signal::KILL);
            let (code, said) = run.end();
            assert!(code.is_none() || code == Some(0), "{said}");
            bench.quiet();
            accounted(&bench);
        }
        bench.converges();
        assert_eq!(bench.held().len(), 20);
    });
}

/// Rounds until the time is up, each with its own randomness, which a failure names.
fn rounds(name: &str, round: impl Fn(usize, &mut Dice)) {
    let given = std::env::var("LAMBDAFORM_TEST_ROUND").ok().and_then(|text| text.parse().ok());
    let started = Instant::now();
    for number in given.map_or(0..ROUNDS, |number| number..number + 1) {
        if started.elapsed() > BUDGET {
            break;
        }
        eprintln!("{name}: LAMBDAFORM_TEST_ROUND={number}");
        round(number, &mut Dice(number as u64 + 1));
    }
}

/// Runs lambdaform and kills it: some time after its start, or while a call is held up before or after it was done.
fn kill(bench: &Bench, args: &[&str], dice: &mut Dice) {
    let before = versions(bench);
    bench.heal();
    let moment = dice.below(300);
    let nth = dice.below(9) + 1;
    let way = dice.below(4);
    for operation in WRITES {
        match way {
            // A little slower than usual, so that the moment falls into every part of the run.
            0 | 1 => bench.fault(Rule::on(operation, Action::Delay { ms: 10 }).always()),
            // Lost answers on the way there.
            2 => bench.fault(Rule::on(operation, Action::DropAfter)),
            _ => bench.fault(Rule::on(operation, Action::AnswerLate { ms: 20 }).always()),
        };
    }
    let mut run = Live::start(bench, args);
    let started = Instant::now();
    match way {
        1 | 2 => _ = bench.until_met(nth, &mut || run.ended()),
        _ => super::bench::wait(|| run.ended() || started.elapsed() > Duration::from_millis(moment)),
    }
    run.signal(Signal::KILL);
    let (code, said) = run.end();
    assert!(code.is_none() || code == Some(0), "{said}");
    // What was sent before the kill may still be on its way through the control plane.
    bench.quiet();
    let journal = bench.journal();
    let count = |of: fn(&lambdaform::state::journal::OpenRun) -> usize| journal.iter().map(of).sum::<usize>();
    let (intents, unsaved) = (count(|run| run.intents.len()), count(|run| run.unsaved.len()));
    eprintln!("  way {way}, ended with {code:?}: {intents} steps under way, {unsaved} not in state yet");
    bench.state();
    accounted(bench);
    unchanged(bench, before);
}

/// Earlier versions of the state are as they were, and those that came are whole.
fn unchanged(bench: &Bench, before: BTreeMap<PathBuf, Vec<u8>>) {
    for (path, bytes) in before {
        assert_eq!(fs::read(&path).unwrap(), bytes, "{} was changed", path.display());
    }
    for path in versions(bench).keys().filter(|path| path.extension().is_some_and(|e| e == "tfstate")) {
        let read = lambdaform::state::v4::read(&fs::read(path).unwrap());
        assert!(read.is_ok(), "{}: {:?}", path.display(), read.err());
    }
}

/// Earlier versions of the state.
fn versions(bench: &Bench) -> BTreeMap<PathBuf, Vec<u8>> {
    let history = files(&bench.sandbox.path(".lambdaform/history"));
    let whole = |path: &PathBuf| !path.file_name().unwrap().to_string_lossy().starts_with('.');
    history.into_iter().filter(whole).map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Numbers that look random and are the same every time (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

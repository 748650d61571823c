//! The journal, written and read back.

use std::sync::Arc;

use super::replay::replay;
use super::*;
use crate::base::Path as ValuePath;
use crate::state::Object;
use crate::state::history::Run;
use serde_json::Value as Json;

fn step(addr: &str) -> StepBegin {
    let attributes = serde_json::json!({"big": 1, "name": "f"});
    let planned = Object { attributes, private: Some("bnVsbA==".into()), ..Object::default() };
    StepBegin {
        addr: addr.parse().unwrap(),
        deposed: None,
        action: "create".into(),
        provider: "provider[\"registry.terraform.io/hashicorp/aws\"]".into(),
        prior: None,
        planned: Some(planned),
        package: None,
        unknown: vec![ValuePath::from("arn"), ValuePath::from("vpc").index(0).attr("id")],
    }
}

fn call(step: StepId) -> CallBegin {
    CallBegin { step, operation: "CreateFunction".into(), target: "f".into(), evidence: Json::Null }
}

fn begin(dir: &Path) -> Journal {
    Journal::begin(dir, RunBegin::new(Version { serial: 3, lineage: "l".into() }, Run::default())).unwrap()
}

#[test]
fn a_finished_and_saved_run_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let journal = begin(dir.path());
    let id = journal.begin_step(step("a.b")).unwrap();
    let position = journal.end_step(id, StepOutcome::Done(None)).unwrap();
    journal.saved(Version { serial: 4, lineage: "l".into() }, position).unwrap();
    assert!(journal.end().unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_is_open_is_found_with_all_it_said() {
    let dir = tempfile::tempdir().unwrap();
    let journal = begin(dir.path());
    let first = journal.begin_step(step("a.first[\"k\"]")).unwrap();
    let made = journal.begin_call(call(first)).unwrap();
    journal.end_call(made, CallOutcome::Done).unwrap();
    let second = journal.begin_step(step("a.second")).unwrap();
    journal.begin_call(call(second)).unwrap();
    let position = journal.end_step(first, StepOutcome::Done(step("a.b").planned)).unwrap();
    journal.saved(Version { serial: 4, lineage: "l".into() }, position).unwrap();
    let third = journal.begin_step(step("a.third")).unwrap();
    journal.end_step(third, StepOutcome::Failed { message: "no".into(), left: None }).unwrap();
    assert!(!journal.end().unwrap());

    let mut runs = open_runs(dir.path()).unwrap();
    let run = runs.pop().unwrap();
    assert_eq!(run.state.serial, 4);
    assert_eq!(run.intents, [Intent { step: step("a.second"), calls: vec![(call(second), None)] }]);
    let failed = StepOutcome::Failed { message: "no".into(), left: None };
    assert_eq!(run.unsaved, [(step("a.third"), failed)]);
    run.settle().unwrap();
    assert_eq!(open_runs(dir.path()).unwrap(), []);
}

#[test]
fn a_journal_cut_off_anywhere_keeps_every_whole_record() {
    let dir = tempfile::tempdir().unwrap();
    let journal = begin(dir.path());
    let first = journal.begin_step(step("a.first")).unwrap();
    journal.begin_call(call(first)).unwrap();
    journal.begin_step(step("a.second")).unwrap();
    let bytes = fs::read(&journal.path).unwrap();
    for cut in 0..=bytes.len() {
        let lines = bytes[..cut].iter().filter(|b| **b == b'\n').count();
        let run = replay(PathBuf::new(), &bytes[..cut]).unwrap();
        let calls: usize = run.intents.iter().map(|i| i.calls.len()).sum();
        let seen = usize::from(run.run.is_some()) + run.intents.len() + calls;
        assert_eq!(seen, lines, "cut at {cut}");
    }
    let mut damaged = bytes.clone();
    damaged[3] = 0;
    let error = replay(PathBuf::from("j"), &damaged).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
}

#[test]
fn steps_that_begin_together_are_all_on_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Arc::new(begin(dir.path()));
    std::thread::scope(|scope| {
        for t in 0..8 {
            let journal = &journal;
            scope.spawn(move || {
                for i in 0..20 {
                    let id = journal.begin_step(step(&format!("a.s{t}_{i}"))).unwrap();
                    journal.end_step(id, StepOutcome::Done(None)).unwrap();
                }
            });
        }
    });
    assert_eq!(journal.position(), Position(160));
    let inner = journal.inner();
    assert!(inner.durable + 160 >= inner.written);
    drop(inner);
    assert_eq!(open_runs(dir.path()).unwrap()[0].unsaved.len(), 160);
}

#[test]
fn only_the_owner_can_read_it_and_debug_shows_no_value() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let journal = begin(&dir.path().join("x/journal"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&journal.path), 0o600);
    assert_eq!(mode(&dir.path().join("x/journal")), 0o700);
    let mut secret = step("a.b");
    secret.planned.as_mut().unwrap().attributes = serde_json::json!({"password": "hunter2"});
    assert!(!format!("{secret:?}").contains("hunter2"));
}

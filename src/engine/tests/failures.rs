//! Steps that fail, panic or are interrupted: what is skipped, what is kept, what is settled by the next run.

use super::*;
use crate::engine::StepVerb;
use crate::provider::fake::Fault;

fn tree() -> String {
    thing("a", "")
        + &thing("b", "note = fake_thing.a.id")
        + &thing("c", "note = fake_thing.b.id")
        + &thing("d", "")
}

#[test]
fn a_failing_step_skips_what_waits_for_it_and_nothing_else() {
    for fault in [Fault::Refused, Fault::Panic, Fault::Lost] {
        let mut lab = Lab::new();
        lab.fake.fail("create fake_thing a", fault);
        let applied = lab.apply(&tree());
        let unfinished: Vec<String> = applied
            .summary
            .unfinished
            .iter()
            .map(|u| {
                let because = u.because.as_ref().map(|b| format!(" because {b}")).unwrap_or_default();
                format!("{} {:?} {}{because}", u.addr, u.verb, u.failed)
            })
            .collect();
        assert_eq!(
            unfinished,
            [
                "fake_thing.a Create true",
                "fake_thing.b Create false because fake_thing.a",
                "fake_thing.c Create false because fake_thing.a"
            ]
        );
        assert_eq!((applied.summary.counts.add, applied.summary.interrupted), (1, false));
        assert_eq!(lab.addresses(), ["fake_thing.d"]);
        assert!(lab.settle(&tree()).is_empty());
        lab.applied(&tree());
        lab.settled(&tree());
    }
}

#[test]
fn every_result_is_handed_over_before_the_next_step_depends_on_it() {
    let mut lab = Lab::new();
    lab.fake.fail("create fake_thing c", Fault::Refused);
    lab.apply(&tree());
    assert_eq!(lab.recorder.handed().len(), 3);
}

#[test]
fn an_update_that_fails_half_way_keeps_what_is_there_now() {
    let mut lab = Lab::with(&thing("a", ""));
    lab.fake.fail("update", Fault::Partial);
    lab.failed(&thing("a", "size = 2"));
    assert_eq!(lab.attribute("fake_thing.a", "size"), 2);
    assert_eq!(lab.addresses(), ["fake_thing.a"], "an update taints nothing");
    lab.fake.fail("update", Fault::Refused);
    lab.failed(&thing("a", "size = 3"));
    assert_eq!(lab.attribute("fake_thing.a", "size"), 2);
}

#[test]
fn a_deletion_that_fails_keeps_the_object() {
    let mut lab = Lab::with(&tree());
    lab.fake.fail("delete fake_thing b", Fault::Refused);
    let applied = lab.apply("");
    assert_eq!(lab.addresses(), ["fake_thing.a", "fake_thing.b"]);
    assert_eq!(applied.summary.counts.remove, 2);
    let verbs: Vec<StepVerb> = applied.summary.unfinished.iter().map(|u| u.verb).collect();
    assert_eq!(verbs, [StepVerb::Delete, StepVerb::Delete]);
}

#[test]
fn an_interrupt_finishes_what_is_in_flight_and_starts_nothing() {
    let mut lab = Lab::new();
    let stop = lab.stop.clone();
    lab.fake.on_call(move |_| stop.set());
    let applied = lab.apply(&tree());
    assert!(applied.summary.interrupted && !applied.problems.has_errors());
    assert_eq!(lab.addresses(), ["fake_thing.a", "fake_thing.d"], "both were in flight");
    assert!(applied.summary.unfinished.iter().all(|u| u.because.is_none() && !u.failed));
    assert!(lab.recorder.open().is_empty());

    let mut lab = Lab::new();
    let stop = lab.stop.clone();
    lab.fake.on_call(move |_| stop.set());
    let applied = lab.apply(&thing("a", ""));
    assert!(!applied.summary.interrupted, "everything was done before it could end anything");
}

#[test]
fn nothing_is_done_when_the_intent_cannot_be_written_down() {
    let mut lab = Lab::with(&free("a", "kind = 1\nlifecycle { create_before_destroy = true }"));
    lab.recorder.break_down();
    let found = lab.failed(&free("a", "kind = 2\nlifecycle { create_before_destroy = true }"));
    assert_eq!(found, ["Journal cannot be written | resource \"fake_free\" \"a\""]);
    assert_eq!((lab.addresses(), lab.fake.ids().len()), (strings(&["fake_free.a"]), 1));

    // However many steps there are, it is said once, and nothing more is begun.
    let mut lab = Lab::new();
    lab.recorder.break_down();
    let applied = lab.apply(&thing("a", "count = 50").replace("name = \"a\"", "name = \"a${count.index}\""));
    assert_eq!((applied.problems.len(), applied.summary.unfinished.len()), (1, 50));
    let failed = applied.summary.unfinished.iter().filter(|u| u.failed).count();
    assert!((1..=lab.parallelism).contains(&failed), "{failed}");
}

#[test]
fn a_creation_that_nobody_saw_is_found_by_the_next_run() {
    let first = "lifecycle { create_before_destroy = true }";
    for fault in [Fault::LostAfter, Fault::PanicAfter, Fault::Lost, Fault::Panic] {
        let landed = matches!(fault, Fault::LostAfter | Fault::PanicAfter);
        let mut lab = Lab::new();
        lab.fake.fail("create", fault);
        lab.failed(&thing("a", ""));
        assert_eq!((lab.addresses().len(), lab.recorder.open().len()), (0, 1), "{fault:?}");
        assert!(lab.settle(&thing("a", "")).is_empty());
        assert_eq!(lab.addresses().len(), usize::from(landed));
        lab.applied(&thing("a", ""));
        assert_eq!(lab.fake.ids().len(), 1);

        for meta in ["", first] {
            let config = |kind| free("a", &format!("kind = {kind}\n{meta}"));
            let mut lab = Lab::with(&config(1));
            lab.fake.fail("create", fault);
            lab.failed(&config(2));
            assert!(lab.settle(&config(2)).is_empty());
            assert_eq!(lab.addresses().len(), lab.fake.ids().len(), "{fault:?} {meta}");
            lab.applied(&config(2));
            assert_eq!(lab.fake.ids().len(), 1);
            lab.settled(&config(2));
        }
    }
}

#[test]
fn a_killed_run_is_settled_from_the_state_before_it() {
    for (meta, fault) in [
        ("", Fault::PanicAfter),
        ("lifecycle { create_before_destroy = true }", Fault::PanicAfter),
        ("lifecycle { create_before_destroy = true }", Fault::Panic),
    ] {
        let config = |kind| free("a", &format!("kind = {kind}\n{meta}"));
        let mut lab = Lab::with(&config(1));
        let before = lab.state.clone();
        lab.fake.fail("create", fault);
        lab.failed(&config(2));
        // The state file never saw what the run did.
        lab.state = before;
        assert!(lab.settle(&config(2)).is_empty());
        lab.applied(&config(2));
        assert_eq!((lab.fake.ids().len(), lab.addresses()), (1, strings(&["fake_free.a"])));
    }
}

#[test]
fn a_deletion_that_nobody_saw_leaves_state_by_settling() {
    let mut lab = Lab::with(&thing("a", ""));
    lab.fake.fail("delete", Fault::PanicAfter);
    lab.failed("");
    assert_eq!(lab.addresses(), ["fake_thing.a"]);
    assert!(lab.settle("").is_empty());
    assert!(lab.state.is_empty());
}

#[test]
fn an_output_keeps_its_value_when_what_it_is_made_from_failed() {
    let config = |size: u8| {
        thing("a", &format!("size = {size}"))
            + &thing("b", &format!("size = {size}"))
            + "output \"a\" { value = fake_thing.a.size }\noutput \"b\" { value = fake_thing.b.size }"
    };
    let mut lab = Lab::with(&config(1));
    lab.fake.fail("update fake_thing a", Fault::Refused);
    lab.failed(&config(2));
    assert_eq!((lab.output("a"), lab.output("b")), (1.into(), 2.into()));
}

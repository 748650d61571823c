//! Provisioners: when they run, what they may refer to, and what a failure of one leaves.

use super::*;
use crate::engine::{Event, validate};
use crate::plan::PlanMode;
use crate::state::ObjectStatus;

fn note(text: &str, rest: &str) -> String {
    format!("provisioner \"note\" {{\n  text = {text}\n  {rest}\n}}\n")
}

fn notes(lab: &Lab) -> Vec<(String, usize)> {
    lab.fake.notes()
}

fn noted(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected.iter().map(|(text, objects)| ((*text).to_owned(), *objects)).collect()
}

fn status(lab: &Lab, addr: &str) -> Option<ObjectStatus> {
    lab.state.object(&addr.parse().unwrap()).map(|object| object.status)
}

#[test]
fn they_run_after_creation_and_before_destruction() {
    let blocks = note("\"made ${self.id != \"\"} ${fake_thing.a.name} ${fake_thing.b.name}\"", "")
        + &note("\"gone ${self.name}\"", "when = destroy")
        + &note("\"second\"", "");
    let config = thing("a", &blocks) + &thing("b", "");
    let mut lab = Lab::with(&config);
    // Not before what they refer to is there.
    assert_eq!(notes(&lab), noted(&[("made true a b", 2), ("second", 2)]));
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Ready));
    lab.settled(&config);
    lab.applied(&config.replace("name = \"a\"\n", "name = \"a\"\n size = 7\n"));
    assert_eq!(notes(&lab).len(), 2, "an update runs none");
    let mut lab = lab.mode(PlanMode::Destroy);
    lab.applied(&config);
    assert_eq!(notes(&lab)[2..], noted(&[("gone a", 2)]));
}

#[test]
fn a_failure_taints_and_the_next_run_begins_anew() {
    let config = |text: &str| {
        thing("a", &(note(text, "") + &note("\"gone\"", "when = destroy")))
            + &thing("b", "note = fake_thing.a.id")
    };
    let mut lab = Lab::new();
    assert_eq!(lab.failed(&config("\"fail\"")), ["Note failed | provisioner \"note\""]);
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Tainted));
    assert_eq!(lab.addresses(), ["fake_thing.a tainted"]);
    lab.applied(&config("\"fine\""));
    assert_eq!(notes(&lab), noted(&[("fail", 1), ("fine", 1)]), "what never was whole has no farewell");
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Ready));
    let passed_over = thing("a", &note("\"fail\"", "on_failure = continue"));
    let lab = Lab::with(&passed_over);
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Ready));
}

#[test]
fn a_failure_before_destruction_keeps_the_object() {
    let config = thing("a", &note("\"fail\"", "when = destroy"));
    let mut lab = Lab::with(&config).mode(PlanMode::Destroy);
    assert_eq!(lab.failed(&config), ["Note failed | provisioner \"note\""]);
    assert_eq!((lab.addresses(), lab.fake.ids().len()), (strings(&["fake_thing.a"]), 1));
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Ready));
    lab.applied(&thing("a", ""));
    assert!(lab.addresses().is_empty());
}

#[test]
fn removed_blocks_have_them_too() {
    let mut lab = Lab::with(&(thing("a", "") + &thing("b", "")));
    lab.applied(&format!(
        "removed {{\n from = fake_thing.a\n {}}}\n",
        note("\"gone ${self.name}\"", "when = destroy")
    ));
    assert_eq!(notes(&lab).iter().filter(|(text, _)| text == "gone a").count(), 1);
    assert!(lab.addresses().is_empty());
}

#[test]
fn instances_have_their_own() {
    let config = thing("a", &("count = 2\n".to_owned() + &note("\"n${count.index}\"", "")))
        .replace("name = \"a\"", "name = \"a${count.index}\"");
    let mut lab = Lab::new();
    lab.parallelism = 1;
    lab.applied(&config);
    assert_eq!(notes(&lab), noted(&[("n0", 1), ("n1", 2)]));
    let each =
        thing("a", &("for_each = toset([\"x\", \"y\"])\n".to_owned() + &note("each.key", "when = destroy")))
            .replace("name = \"a\"", "name = each.key");
    let mut lab = Lab::with(&each);
    lab.applied(&each.replace(", \"y\"", ""));
    assert_eq!(notes(&lab), noted(&[("y", 2)]), "also for a key that is no longer there");
}

#[test]
fn an_interrupt_leaves_what_is_not_whole_tainted() {
    let config = thing("a", &(note("\"interrupt\"", "") + &note("\"never\"", "")));
    let mut lab = Lab::new();
    assert_eq!(lab.failed(&config).len(), 1);
    assert_eq!(notes(&lab).len(), 1);
    assert_eq!(status(&lab, "fake_thing.a"), Some(ObjectStatus::Tainted));
}

#[test]
fn what_they_say_is_told_but_no_secret() {
    let text = "variable \"s\" {\n default = \"hush\"\n sensitive = true\n}\n".to_owned()
        + &thing("a", &(note("\"said\"", "") + &note("var.s", "")));
    let lab = Lab::with(&text);
    let events = lab.events.lock().unwrap();
    let said: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::ProvisionStarted { .. } => Some("began".to_owned()),
            Event::ProvisionSaid { line, .. } => Some(line.clone()),
            Event::ProvisionDone { failed, .. } => Some(format!("failed {failed}")),
            _ => None,
        })
        .collect();
    let hidden = "(output suppressed due to sensitive value in config)";
    assert_eq!(said, ["began", "said", "failed false", "began", hidden, "failed false"]);
}

#[test]
fn what_is_wrong_with_them_is_found_before_anything_is_done() {
    for (block, expected) in [
        (note("1", "texd = 2"), "Unsupported argument | texd"),
        ("provisioner \"note\" {}\n".to_owned(), "Missing required argument | provisioner \"note\""),
        (note("self.nope", ""), "Unsupported attribute | .nope"),
        (note("var.nope", ""), "Reference to undeclared input variable | var.nope"),
        (
            note("fake_thing.b.id", "when = destroy"),
            "Invalid reference from destroy provisioner | fake_thing.b.id",
        ),
        (note("each.value", "when = destroy"), "Invalid reference from destroy provisioner | each.value"),
        ("provisioner \"not\" {}\n".to_owned(), "Unsupported provisioner | provisioner \"not\""),
    ] {
        let (config, problems) = configuration(&(thing("a", &block) + &thing("b", "")));
        assert!(problems.is_empty(), "{problems:?}");
        let found = messages(&config, &validate(&config, &Lab::new().fake.registry(), surroundings()));
        assert_eq!(found, [expected], "{block}");
    }
}

#[test]
fn what_reads_files_waits_for_those_that_may_write_them() {
    let config = |block: &str| {
        thing("a", block) + "data \"fake_pure\" \"d\" {\n name = \"d\"\n depends_on = [fake_thing.a]\n}\n"
    };
    let reads =
        |hcl: &str| actions(&Lab::new().planned(hcl)).iter().any(|action| action.contains("fake_pure"));
    assert!(!reads(&config("")));
    assert!(reads(&config(&note("\"build\"", ""))));
    let built = config(&note("\"build\"", ""));
    Lab::with(&built).settled(&built);
}

//! Data sources: read while planning, or put off until apply.

use super::*;
use crate::engine::{Event, StepVerb};
use crate::plan::PlanMode;
use crate::provider::fake::Fault;

fn lookup(rest: &str) -> String {
    format!(
        "data \"fake_lookup\" \"l\" {{\n{rest}\n}}\noutput \"found\" {{ value = data.fake_lookup.l.result }}\n"
    )
}

#[test]
fn read_while_planning_or_put_off() {
    for (rest, expected) in [
        ("name = \"a\"", ""),
        ("name = fake_thing.a.name", "data.fake_lookup.l <= ReadBecauseDependencyPending"),
        ("name = fake_thing.c.name", ""),
        ("name = fake_thing.a.id", "data.fake_lookup.l <= ReadBecauseConfigUnknown"),
        ("name = \"a\"\ndepends_on = [fake_thing.a]", "data.fake_lookup.l <= ReadBecauseDependencyPending"),
        ("name = \"a\"\ndepends_on = [fake_thing.b]", "data.fake_lookup.l <= ReadBecauseDependencyPending"),
        ("name = \"a\"\ndepends_on = [fake_thing.c]", ""),
    ] {
        let config = thing("a", "") + &thing("b", "depends_on = [fake_thing.a]") + &thing("c", "");
        let mut lab = Lab::with(&thing("c", ""));
        let all = config.clone() + &lookup(rest);
        let found =
            actions(&lab.planned(&all)).into_iter().find(|a| a.starts_with("data")).unwrap_or_default();
        assert_eq!(found, expected, "{rest}");
        lab.applied(&all);
        // What was read before the object was made has another result now, as in Terraform.
        if !expected.is_empty() {
            lab.settled(&all);
        }
    }
}

#[test]
fn a_pure_one_is_read_at_once_unless_its_configuration_is_unknown() {
    let pure = |rest: &str| thing("a", "") + &format!("data \"fake_pure\" \"p\" {{\n{rest}\n}}\n");
    let lab = Lab::new();
    assert_eq!(actions(&lab.planned(&pure("name = \"x\"\ndepends_on = [fake_thing.a]"))), ["fake_thing.a +"]);
    assert_eq!(
        actions(&lab.planned(&pure("name = fake_thing.a.id"))),
        ["data.fake_pure.p <= ReadBecauseConfigUnknown", "fake_thing.a +"]
    );
}

#[test]
fn reading_at_apply_sees_what_was_made() {
    let config = thing("a", "")
        + &lookup("name = \"a\"\ndepends_on = [fake_thing.a]")
        + &thing("b", "note = data.fake_lookup.l.result");
    let mut lab = Lab::new();
    assert_eq!(steps(&lab.planned(&config)), "+fake_thing.a <data.fake_lookup.l +fake_thing.b");
    lab.applied(&config);
    assert_eq!(lab.output("found"), lab.attribute("fake_thing.a", "id"));
    assert_eq!(lab.attribute("fake_thing.b", "note"), lab.attribute("fake_thing.a", "id"));
    lab.settled(&config);
    let object = lab.state.object(&"data.fake_lookup.l".parse().unwrap()).unwrap();
    assert!(object.dependencies.is_empty() && object.private.is_none());
    let dependencies = &lab.state.object(&"fake_thing.b".parse().unwrap()).unwrap().dependencies;
    assert_eq!(dependencies.len(), 2, "{dependencies:?}");
}

#[test]
fn reads_are_told() {
    let lab = Lab::with(&thing("a", ""));
    lab.events.lock().unwrap().clear();
    lab.planned(&(thing("a", "") + &lookup("name = \"a\"")));
    let reads = |lab: &Lab| {
        lab.events
            .lock()
            .unwrap()
            .drain(..)
            .filter(|e| {
                matches!(
                    e,
                    Event::StepStarted { verb: StepVerb::Read, .. }
                        | Event::StepDone { verb: StepVerb::Read, .. }
                        | Event::StepFailed { verb: StepVerb::Read, .. }
                )
            })
            .count()
    };
    assert_eq!(reads(&lab), 2);
    lab.fake.fail("data", Fault::Refused);
    assert_eq!(lab.refused(&lookup("name = \"a\"")), ["Call failed | data \"fake_lookup\" \"l\""]);
    assert_eq!(reads(&lab), 2);
}

#[test]
fn state_keeps_only_the_instances_that_are_wanted() {
    let count = |n: u8, rest: &str| {
        format!("data \"fake_pure\" \"p\" {{\n{rest}\nname = \"x\"\n}}\n").replace("COUNT", &n.to_string())
            + &thing("a", &format!("size = {}", n + 1))
    };
    let mut lab = Lab::with(&count(2, "count = COUNT"));
    assert_eq!(lab.addresses(), ["data.fake_pure.p[0]", "data.fake_pure.p[1]", "fake_thing.a"]);
    lab.applied(&count(1, "count = COUNT"));
    assert_eq!(lab.addresses(), ["data.fake_pure.p[0]", "fake_thing.a"]);
    lab.applied(&count(3, "for_each = toset([\"k\"])"));
    assert_eq!(lab.addresses(), ["data.fake_pure.p[\"k\"]", "fake_thing.a"]);
    lab.applied(&thing("a", "size = 9"));
    assert_eq!(lab.addresses(), ["fake_thing.a"]);
    lab.applied(&count(1, "count = COUNT"));
    let mut lab = lab.mode(PlanMode::Destroy);
    lab.applied("");
    assert!(lab.state.is_empty());
}

//! What was changed outside: found, shown, undone or recorded.

use super::*;
use crate::base::Type;
use crate::base::Value;
use crate::plan::PlanMode;
use crate::provider::fake::Fault;

fn drift(plan: &crate::plan::Plan) -> Vec<String> {
    plan.drift.iter().map(|d| format!("{} {:?}", d.addr, d.action)).collect()
}

#[test]
fn a_change_outside_is_undone_and_told() {
    let config = thing("a", "note = \"mine\"");
    let mut lab = Lab::with(&config);
    lab.fake.meddle("a", "note", "other".into());
    let plan = lab.planned(&config);
    assert_eq!(
        (actions(&plan), drift(&plan)),
        (strings(&["fake_thing.a ~"]), strings(&["fake_thing.a Update"]))
    );
    assert_eq!(plan.changes[0].undoes_drift.len(), 1);
    lab.applied(&config);
    assert_eq!(lab.fake.find("a").unwrap().get("note"), Some(&"mine".into()));
    lab.settled(&config);
}

#[test]
fn what_is_gone_is_made_again() {
    let config = thing("a", "") + "output \"id\" { value = fake_thing.a.id }";
    let mut lab = Lab::with(&config);
    lab.fake.vanish("a");
    let plan = lab.planned(&config);
    assert_eq!(
        (actions(&plan), drift(&plan)),
        (strings(&["fake_thing.a +"]), strings(&["fake_thing.a Delete"]))
    );
    lab.applied(&config);
    lab.settled(&config);
    lab.fake.vanish("a");
    let lab = lab.mode(PlanMode::Destroy);
    assert!(actions(&lab.planned(&config)).is_empty(), "nothing is left to destroy");
}

#[test]
fn another_way_to_say_not_set_is_no_drift() {
    let config = thing("a", "");
    let lab = Lab::with(&config);
    lab.fake.meddle("a", "note", "".into());
    lab.fake.meddle("a", "tags", Value::map::<&str>(Type::String, []));
    let plan = lab.planned(&config);
    assert!(plan.drift.is_empty() && actions(&plan).is_empty());
}

#[test]
fn refresh_only_records_what_is_there() {
    let config =
        thing("a", "note = \"mine\"") + &thing("b", "") + "output \"note\" { value = fake_thing.a.note }";
    let mut lab = Lab::with(&config).mode(PlanMode::RefreshOnly);
    assert!(!lab.planned(&config).has_changes());
    lab.fake.meddle("a", "note", "other".into());
    lab.fake.vanish("b");
    let plan = lab.planned(&config);
    assert_eq!(drift(&plan), ["fake_thing.a Update", "fake_thing.b Delete"]);
    assert!(plan.has_changes() && plan.changes.is_empty() && plan.steps.is_empty());
    lab.fake.take_calls();
    lab.applied(&config);
    assert!(lab.fake.take_calls().iter().all(|c| c.starts_with("read")));
    assert_eq!((lab.addresses(), lab.output("note")), (strings(&["fake_thing.a"]), "other".into()));
    assert!(!lab.planned(&config).has_changes());
}

#[test]
fn an_output_does_not_speak_of_what_is_gone() {
    let config = thing("a", "") + "output \"id\" { value = fake_thing.a.id }";
    let lab = Lab::with(&config).mode(PlanMode::RefreshOnly);
    lab.fake.vanish("a");
    assert!(lab.planned(&config).outputs["id"].after.is_unknown());
}

#[test]
fn without_refresh_nothing_is_read() {
    let config = thing("a", "");
    let mut lab = Lab::with(&config);
    lab.fake.meddle("a", "note", "other".into());
    lab.options.refresh = false;
    lab.fake.take_calls();
    lab.settled(&config);
    assert!(lab.fake.take_calls().is_empty());
}

#[test]
fn what_cannot_be_read_stops_the_plan_and_stays_in_state() {
    let config = thing("a", "") + &thing("b", "");
    let lab = Lab::with(&config);
    lab.fake.fail("read fake_thing b", Fault::Lost);
    let planned = lab.plan(&config);
    assert!(planned.plan.errored && planned.plan.steps.is_empty());
    assert_eq!(planned.state.managed().count(), 2);
}

#[test]
fn an_interrupt_ends_the_reading() {
    let config = thing("a", "");
    let lab = Lab::with(&config);
    lab.stop.set();
    assert_eq!(lab.refused(&config), ["Interrupted"]);
}

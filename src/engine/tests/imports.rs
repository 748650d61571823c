//! `import` blocks: what they take over, what they leave alone, and what they refuse.
//! Knows no real provider.

use super::*;

/// A lab in whose world an object of that name exists, which its state does not know; and the object's id.
fn found(name: &str, rest: &str) -> (Lab, String) {
    let mut lab = Lab::with(&thing(name, rest));
    let id = lab.attribute(&format!("fake_thing.{name}"), "id").as_str().unwrap().to_owned();
    lab.state = crate::state::State::default();
    lab.fake.take_calls();
    (lab, id)
}

fn import(to: &str, rest: &str) -> String {
    format!("import {{\n  to = {to}\n  {rest}\n}}\n")
}

#[test]
fn an_object_is_taken_over_as_it_is() {
    let (mut lab, id) = found("a", "note = \"x\"");
    let config = thing("a", "note = \"x\"") + &import("fake_thing.a", &format!("id = \"{id}\""));
    let plan = lab.planned(&config);
    assert!(actions(&plan).is_empty() && plan.has_changes() && plan.drift.is_empty());
    assert_eq!((plan.counts().import, plan.changes[0].importing.as_deref()), (1, Some(&*id)));
    let applied = lab.apply(&config);
    assert!(!applied.problems.has_errors() && applied.summary.counts.import == 1);
    assert_eq!(lab.attribute("fake_thing.a", "id"), *id);
    // The block says nothing any more.
    lab.settled(&config);
    assert!(lab.fake.take_calls().iter().all(|call| call.starts_with("read")), "nothing is changed");
}

#[test]
fn what_differs_is_changed_on_the_way() {
    let (mut lab, id) = found("a", "note = \"x\"");
    lab.set("id", &id);
    let config = thing("a", "note = \"y\"") + &import("fake_thing.a", "id = var.id") + "variable \"id\" {}";
    let plan = lab.planned(&config);
    assert_eq!((actions(&plan), plan.counts().import), (strings(&["fake_thing.a ~"]), 1));
    lab.applied(&config);
    assert_eq!(lab.fake.find("a").unwrap().get("note"), Some(&"y".into()));
    lab.settled(&config);
}

#[test]
fn keys_follow_for_each() {
    let (mut lab, id) = found("a", "");
    let resource =
        "resource \"fake_thing\" \"all\" {\nfor_each = toset([\"a\", \"b\"])\nname = each.key\n}\n";
    let block =
        import("fake_thing.all[each.key]", &format!("for_each = {{ a = \"{id}\" }}\n  id = each.value"));
    let config = resource.to_owned() + &block;
    let plan = lab.planned(&config);
    assert_eq!((actions(&plan), plan.counts().import), (strings(&["fake_thing.all[\"b\"] +"]), 1));
    lab.applied(&config);
    assert_eq!(lab.addresses(), ["fake_thing.all[\"a\"]", "fake_thing.all[\"b\"]"]);
    lab.settled(&config);
}

#[test]
fn modules_can_be_reached_into() {
    let (mut lab, id) = found("a", "");
    let block = import("module.m[\"k\"].fake_thing.a", &format!("id = \"{id}\""));
    let call = "module \"m\" {\nsource = \"./m\"\nfor_each = toset([\"k\"])\n}\n";
    let config = format!("{call}{block}#--- m/main.tf\n{}", thing("a", ""));
    lab.applied(&config);
    assert_eq!(lab.addresses(), ["module.m[\"k\"].fake_thing.a"]);
}

#[test]
fn what_is_managed_already_is_left_alone() {
    let config = thing("a", "") + &import("fake_thing.a", "id = \"nothing\"");
    let lab = Lab::with(&thing("a", ""));
    lab.settled(&config);
    lab.fake.vanish("a");
    assert_eq!(actions(&lab.planned(&config)), ["fake_thing.a +"]);
}

#[test]
fn what_cannot_be_imported_is_refused() {
    let (lab, id) = found("a", "");
    let refused = |rest: &str, expected: &[&str]| assert_eq!(lab.refused(rest), expected, "{rest}");
    let one = |id: &str| thing("a", "") + &import("fake_thing.a", &format!("id = {id}"));
    let missing = "Configuration for import target does not exist";
    refused(&one("null"), &["Invalid import id argument | null"]);
    refused(&one("\"\""), &["Invalid import id argument | \"\""]);
    refused(&(thing("b", "") + &one("fake_thing.b.id")), &["Invalid import id argument | fake_thing.b.id"]);
    refused(&one("\"none\""), &["No such object | fake_thing.a"]);
    let known = format!("id = \"{id}\"");
    refused(&import("fake_thing.a", &known), &[&format!("{missing} | fake_thing.a")]);
    let indexed = thing("a", "") + &import("fake_thing.a[1]", &known);
    refused(&indexed, &[&format!("{missing} | fake_thing.a[1]")]);
    let twice = thing("a", "") + &import("fake_thing.a", &known) + &import("fake_thing.a", &known);
    refused(&twice, &["Duplicate import configuration | import"]);
    let inner = format!("module \"m\" {{ source = \"./m\" }}\n#--- m/main.tf\n{}", one(&format!("\"{id}\"")));
    refused(&inner, &["Invalid import configuration | import"]);
    let other =
        one(&format!("\"{id}\"\n provider = fake.other")) + "provider \"fake\" {\n alias = \"other\"\n}";
    refused(&other, &["Invalid import provider argument | import"]);
}

#[test]
fn objects_are_found_by_what_identifies_them() {
    let (mut lab, id) = found("a", "");
    let by = |identity: &str| thing("a", "") + &import("fake_thing.a", &format!("identity = {identity}"));
    lab.applied(&by(&format!("{{ id = \"{id}\" }}")));
    assert_eq!(lab.addresses(), ["fake_thing.a"]);
    for identity in
        ["{}", "{ id = null }", "{ idd = \"x\" }", "{ id = [] }", "\"x\"", "{ id = sensitive(\"x\") }"]
    {
        let expected = format!("Invalid import identity argument | {identity}");
        assert_eq!(lab_without("a").refused(&by(identity)), [expected], "{identity}");
    }
    let unknown = by("{ id = fake_thing.b.id }") + &thing("b", "");
    let expected = "Invalid import identity argument | { id = fake_thing.b.id }";
    assert_eq!(lab_without("a").refused(&unknown), [expected]);
}

/// A lab in which an object exists that nobody manages.
fn lab_without(name: &str) -> Lab {
    found(name, "").0
}

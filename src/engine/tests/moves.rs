//! What `moved` and `removed` blocks do to the state, and which of them are refused.

use super::{Lab, actions, free, thing};
use crate::plan::PlanMode;

fn moved(from: &str, to: &str) -> String {
    format!("moved {{\n from = {from}\n to = {to}\n}}\n")
}

fn removed(from: &str, destroy: bool) -> String {
    format!("removed {{\n from = {from}\n lifecycle {{\n destroy = {destroy}\n }}\n}}\n")
}

fn named(name: &str, meta: &str) -> String {
    format!("resource \"fake_free\" \"{name}\" {{\n {meta}\n name = \"x\"\n}}\n")
}

fn call(name: &str, meta: &str) -> String {
    format!("module \"{name}\" {{\n source = \"./m\"\n {meta}\n}}\n")
}

fn module(root: &str, body: &str) -> String {
    format!("{root}#--- m/main.tf\n{body}")
}

#[test]
fn objects_are_followed_to_their_new_addresses() {
    let a = named("a", "");
    let cases: &[(String, String, &[&str])] = &[
        (a.clone(), named("b", "") + &moved("fake_free.a", "fake_free.b"), &["fake_free.b"]),
        (
            a.clone(),
            named("c", "") + &moved("fake_free.b", "fake_free.c") + &moved("fake_free.a", "fake_free.b"),
            &["fake_free.c"],
        ),
        (
            named("a", "count = 2"),
            named("b", "count = 2") + &moved("fake_free.a", "fake_free.b"),
            &["fake_free.b[0]", "fake_free.b[1]"],
        ),
        (
            named("a", "count = 2"),
            named("b", "for_each = toset([\"x\", \"y\"])")
                + &moved("fake_free.a[0]", "fake_free.b[\"x\"]")
                + &moved("fake_free.a[1]", "fake_free.b[\"y\"]"),
            &["fake_free.b[\"x\"]", "fake_free.b[\"y\"]"],
        ),
        (
            a.clone(),
            named("a", "for_each = toset([\"x\"])") + &moved("fake_free.a", "fake_free.a[\"x\"]"),
            &["fake_free.a[\"x\"]"],
        ),
        (
            a.clone(),
            module(&(call("m", "") + &moved("fake_free.a", "module.m.fake_free.a")), &a),
            &["module.m.fake_free.a"],
        ),
        (
            module(&call("m", "count = 2"), &a),
            module(&(call("n", "count = 2") + &moved("module.m", "module.n")), &a),
            &["module.n[0].fake_free.a", "module.n[1].fake_free.a"],
        ),
        (
            module(&call("m", ""), &a),
            module(&(call("m", "count = 1") + &moved("module.m", "module.m[0]")), &a),
            &["module.m[0].fake_free.a"],
        ),
        (
            module(&call("m", "count = 2"), &a),
            module(
                &(call("n", "count = 2") + &moved("module.m", "module.n")),
                &(named("b", "") + &moved("fake_free.a", "fake_free.b")),
            ),
            &["module.n[0].fake_free.b", "module.n[1].fake_free.b"],
        ),
    ];
    for (before, now, expected) in cases {
        let mut lab = Lab::with(before);
        let plan = lab.planned(now);
        assert!(actions(&plan).is_empty() && plan.has_changes(), "{:?} {now}", actions(&plan));
        assert!(plan.changes.iter().all(|change| change.previous_addr.is_some()), "{now}");
        lab.applied(now);
        assert_eq!(lab.addresses(), *expected, "{now}");
        lab.settled(now);
    }
}

#[test]
fn what_cannot_move_stays_with_a_word() {
    let both = named("a", "") + &named("b", "");
    let lab = Lab::with(&both);
    let plan = lab.planned(&(named("b", "") + &moved("fake_free.a", "fake_free.b")));
    assert_eq!(actions(&plan), ["fake_free.a - DeleteBecauseNoResourceConfig"]);
    let warning = plan.problems.iter().next().unwrap();
    assert_eq!(warning.summary, "Unresolved resource instance address changes");
    assert!(warning.detail.contains("fake_free.a could not move to fake_free.b"), "{}", warning.detail);
    let gone = lab.planned(&(named("b", "") + &moved("fake_free.a", "fake_free.c")));
    assert_eq!(actions(&gone), ["fake_free.c - DeleteBecauseNoMoveTarget"]);
}

#[test]
fn senseless_statements_are_refused() {
    let lab = Lab::with(&named("a", ""));
    let cases: &[(String, &str)] = &[
        (named("a", "") + &moved("fake_free.a", "fake_free.b"), "Moved object still exists"),
        (named("a", "count = 1") + &moved("fake_free.a[0]", "fake_free.b"), "Moved object still exists"),
        (moved("fake_free.a", "fake_free.a"), "Redundant move statement"),
        (
            moved("fake_free.a", "fake_free.b") + &moved("fake_free.a", "fake_free.c"),
            "Ambiguous move statements",
        ),
        (
            moved("fake_free.a", "fake_free.b") + &moved("fake_free.b", "fake_free.a"),
            "Cyclic dependency in move statements",
        ),
        (thing("b", "") + &moved("fake_free.a", "fake_thing.b"), "Unsupported move between resource types"),
        (named("a", "") + &removed("fake_free.a", false), "Removed resource still exists"),
    ];
    for (config, expected) in cases {
        let refused = lab.refused(config);
        assert!(refused.iter().any(|found| found.starts_with(expected)), "{refused:?} {config}");
    }
}

#[test]
fn targets_must_cover_what_moved() {
    let before = named("a", "") + &free("z", "");
    let lab = Lab::with(&before).target(&["fake_free.z"]);
    let now = named("b", "") + &free("z", "") + &moved("fake_free.a", "fake_free.b");
    let refused = lab.refused(&now);
    assert!(refused.iter().any(|found| found.starts_with("Moved resource instances excluded by targeting")));
}

#[test]
fn removed_objects_are_forgotten_or_destroyed() {
    let in_module = module(&call("m", "count = 2"), &named("a", ""));
    for (before, from, objects) in [
        (named("a", "count = 2"), "fake_free.a", 2),
        (in_module, "module.m", 2),
        (named("a", ""), "fake_free.a", 1),
    ] {
        for destroy in [false, true] {
            let mut lab = Lab::with(&before);
            let now = removed(from, destroy);
            let sign = if destroy { " - " } else { " . " };
            let planned = actions(&lab.planned(&now));
            assert!(planned.len() == objects && planned.iter().all(|a| a.contains(sign)), "{planned:?}");
            lab.applied(&now);
            assert!(lab.addresses().is_empty());
            assert_eq!(lab.fake.ids().len(), if destroy { 0 } else { objects });
            lab.settled(&now);
        }
    }
    // A destroy refreshes first, which moves; only without that does it say where something was.
    let moved = named("b", "") + "moved {\nfrom = fake_free.a\nto = fake_free.b\n}\n";
    for (refresh, before) in [(true, None), (false, Some("fake_free.a".to_owned()))] {
        let mut lab = Lab::with(&named("a", "")).mode(PlanMode::Destroy);
        lab.options.refresh = refresh;
        let plan = lab.planned(&moved);
        assert_eq!(actions(&plan), ["fake_free.b -"]);
        assert_eq!(plan.changes[0].previous_addr.as_ref().map(ToString::to_string), before);
    }
    let lab = Lab::with(&named("a", "")).mode(PlanMode::Destroy);
    assert_eq!(actions(&lab.planned(&removed("fake_free.a", false))), ["fake_free.a -"]);
}

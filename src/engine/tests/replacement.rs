//! Both replacements, deposed and tainted objects, `-replace`, `replace_triggered_by`.

use std::sync::Arc;

use super::*;
use crate::provider::fake::Fault;
use crate::state::ObjectStatus;

const FIRST: &str = "lifecycle { create_before_destroy = true }";

#[test]
fn destroy_first_and_create_first() {
    for (before, changed, expected, order) in [
        (
            free("a", "kind = 1"),
            free("a", "kind = 2"),
            "fake_free.a -/+ ReplaceBecauseCannotUpdate kind",
            "-fake_free.a +fake_free.a",
        ),
        (
            free("a", "kind = 1"),
            free("a", &format!("kind = 2\n{FIRST}")),
            "fake_free.a +/- ReplaceBecauseCannotUpdate kind",
            "+fake_free.a -fake_free.a",
        ),
        (
            thing("a", "kind = 1").replace("\"a\"\n", "\"x\"\n"),
            thing("a", FIRST),
            "fake_thing.a +/- ReplaceBecauseCannotUpdate kind name",
            "+fake_thing.a -fake_thing.a",
        ),
    ] {
        let mut lab = Lab::with(&before);
        let plan = lab.planned(&changed);
        assert_eq!((actions(&plan).join(", ").as_str(), steps(&plan).as_str()), (expected, order));
        lab.applied(&changed);
        assert_eq!(lab.fake.ids().len(), 1);
        lab.settled(&changed);
    }
}

#[test]
fn create_first_is_inherited_by_dependencies_and_kept_in_state() {
    let config = |kind| {
        free("a", &format!("kind = {kind}")) + &free("b", &format!("kind = fake_free.a.kind\n{FIRST}"))
    };
    let mut lab = Lab::with(&config(1));
    for addr in ["fake_free.a", "fake_free.b"] {
        assert!(lab.state.object(&addr.parse().unwrap()).unwrap().create_before_destroy, "{addr}");
    }
    assert_eq!(steps(&lab.planned(&config(2))), "+fake_free.a +fake_free.b -fake_free.b -fake_free.a");
    lab.applied(&config(2));
    lab.settled(&config(2));
    // A dependency whose name is unique cannot follow, so the dependent gives way.
    let config = |kind| {
        thing("a", &format!("kind = {kind}")) + &free("b", &format!("kind = fake_thing.a.kind\n{FIRST}"))
    };
    let lab = Lab::with(&config(1));
    assert_eq!(steps(&lab.planned(&config(2))), "-fake_free.b -fake_thing.a +fake_thing.a +fake_free.b");
}

#[test]
fn create_first_under_a_unique_name_is_refused() {
    let config = |kind| thing("a", &format!("kind = {kind}\n{FIRST}"));
    assert_eq!(
        Lab::with(&config(1)).refused(&config(2)),
        ["Replacement cannot be created before the old object is destroyed | resource \"fake_thing\" \"a\""]
    );
}

#[test]
fn a_deposed_object_that_could_not_be_destroyed_goes_next_time() {
    let config = |kind| free("a", &format!("kind = {kind}\n{FIRST}"));
    let mut lab = Lab::with(&config(1));
    lab.fake.fail("delete", Fault::Refused);
    assert_eq!(lab.failed(&config(2)), ["Call failed | resource \"fake_free\" \"a\""]);
    assert_eq!(lab.addresses(), ["fake_free.a", "fake_free.a deposed"]);
    assert_eq!(actions(&lab.planned(&config(2))), ["fake_free.a deposed -"]);
    let destroy = lab.planned("");
    assert_eq!(destroy.counts().remove, 2);
    lab.applied(&config(2));
    assert_eq!((lab.addresses(), lab.fake.ids().len()), (strings(&["fake_free.a"]), 1));
    lab.settled(&config(2));
}

#[test]
fn the_old_object_takes_its_place_again_when_no_new_one_comes() {
    let config = |kind| free("a", &format!("kind = {kind}\n{FIRST}"));
    for (fault, left) in [
        (Fault::Refused, &["fake_free.a"][..]),
        (Fault::Panic, &["fake_free.a"]),
        (Fault::Partial, &["fake_free.a tainted", "fake_free.a deposed"]),
    ] {
        let mut lab = Lab::with(&config(1));
        lab.fake.fail("create", fault);
        lab.failed(&config(2));
        assert_eq!(lab.addresses(), left, "{fault:?}");
        lab.recorder = Default::default();
        lab.applied(&config(2));
        assert_eq!((lab.addresses(), lab.fake.ids().len()), (strings(&["fake_free.a"]), 1));
    }
}

#[test]
fn tainted_objects_are_replaced() {
    let mut lab = Lab::new();
    lab.fake.fail("create", Fault::Partial);
    lab.failed(&thing("a", ""));
    assert_eq!(lab.addresses(), ["fake_thing.a tainted"]);
    assert_eq!(actions(&lab.planned(&thing("a", ""))), ["fake_thing.a -/+ ReplaceBecauseTainted"]);
    lab.applied(&thing("a", ""));
    assert_eq!(lab.addresses(), ["fake_thing.a"]);

    let mut lab = Lab::new();
    lab.fake.fail("create", Fault::Unfinished);
    lab.failed(&thing("a", ""));
    assert_eq!(lab.addresses(), ["fake_thing.a"], "an interrupt taints nothing");
    lab.settled(&thing("a", ""));
}

#[test]
fn replace_by_request() {
    let config = "resource \"fake_thing\" \"a\" {\ncount = 2\nname = \"a${count.index}\"\n}\n";
    let mut lab = Lab::with(config);
    lab.options.replace = vec!["fake_thing.a[1]".parse().unwrap()];
    assert_eq!(actions(&lab.planned(config)), ["fake_thing.a[1] -/+ ReplaceByRequest"]);
}

#[test]
fn of_several_reasons_terraforms_is_given() {
    let config = |size: u8, kind: u8| {
        let triggered = |body: &str| format!("{body}\nlifecycle {{ replace_triggered_by = [fake_thing.a] }}");
        let forced = format!("kind = {kind}");
        thing("a", &format!("size = {size}"))
            + &free("both", &triggered(&forced))
            + &free("asked", &triggered(""))
            + &free("tainted", &triggered(""))
            + &free("asked_forced", &forced)
            + &free("tainted_asked", &forced)
    };
    let mut lab = Lab::with(&config(1, 1));
    for name in ["tainted", "tainted_asked"] {
        let resource = lab.state.resources.get_mut(&format!("fake_free.{name}").parse().unwrap()).unwrap();
        resource.objects.values_mut().for_each(|object| Arc::make_mut(object).status = ObjectStatus::Tainted);
    }
    let asked = ["asked", "asked_forced", "tainted_asked"];
    lab.options.replace = asked.map(|name| format!("fake_free.{name}").parse().unwrap()).to_vec();
    let new = free("new", "lifecycle { replace_triggered_by = [fake_thing.a] }");
    let found = actions(&lab.planned(&(config(2, 2) + &new)));
    assert_eq!(
        found,
        [
            "fake_free.asked -/+ ReplaceByTriggers",
            "fake_free.asked_forced -/+ ReplaceByRequest kind",
            "fake_free.both -/+ ReplaceByTriggers kind",
            "fake_free.new + ReplaceByTriggers",
            "fake_free.tainted -/+ ReplaceByTriggers",
            "fake_free.tainted_asked -/+ ReplaceBecauseTainted kind",
            "fake_thing.a ~",
        ]
    );
}

#[test]
fn replacement_by_triggers() {
    let config = |size: u8, kind: u8| {
        format!(
            "resource \"fake_thing\" \"a\" {{\ncount = 2\nname = \"a${{count.index}}\"\n\
             size = count.index == 1 ? {size} : 5\nkind = count.index == 1 ? {kind} : 5\n}}\n"
        ) + &["a", "a[0]", "a[1]", "a[1].size", "a[1].note", "a[1].serial", "a[count.index]"]
            .iter()
            .enumerate()
            .map(|(i, trigger)| {
                format!(
                    "resource \"fake_free\" \"t{i}\" {{\ncount = 2\nname = \"t\"\n\
                     lifecycle {{ replace_triggered_by = [fake_thing.{trigger}] }}\n}}\n"
                )
            })
            .collect::<String>()
    };
    let triggered = |lab: &Lab, config: &str| -> Vec<String> {
        let found = actions(&lab.planned(config)).into_iter().filter(|a| a.contains("ReplaceByTriggers"));
        found.map(|a| a.split(' ').next().unwrap_or_default().replace("fake_free.", "")).collect()
    };
    let lab = Lab::with(&config(1, 1));
    let all = |names: &[&str]| -> Vec<String> {
        names.iter().flat_map(|n| [format!("{n}[0]"), format!("{n}[1]")]).collect()
    };
    let mut updated = all(&["t0", "t2", "t3", "t5"]);
    updated.push("t6[1]".into());
    assert_eq!(triggered(&lab, &config(2, 1)), updated);
    let mut replaced = all(&["t0", "t2", "t5"]);
    replaced.push("t6[1]".into());
    assert_eq!(triggered(&lab, &config(1, 2)), replaced);
    assert!(triggered(&Lab::new(), &config(1, 1)).is_empty(), "a creation triggers nothing");
}

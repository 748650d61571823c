//! Create, nothing to do, update, delete, and the order of it all.

use super::*;
use crate::base::Diagnostic;
use crate::engine::validate;
use crate::plan::PlanMode;

fn changing(calls: Vec<String>) -> String {
    let changing = calls.into_iter().filter(|c| !c.starts_with("read") && !c.starts_with("data"));
    changing.collect::<Vec<_>>().join(", ")
}

#[test]
fn one_object_through_its_life() {
    let mut lab = Lab::new();
    for (config, expected, calls) in [
        (thing("a", ""), "fake_thing.a +", "create fake_thing a"),
        (thing("a", "size = 2"), "fake_thing.a ~", "update fake_thing a SIZE"),
        (thing("a", "tags = { x = \"y\" }"), "fake_thing.a ~", "update fake_thing a SIZE TAGS"),
        (thing("a", "zone = \"z\""), "fake_thing.a ~", "update fake_thing a TAGS"),
        // A computed value that configuration no longer gives stays.
        (thing("a", ""), "", ""),
        (
            thing("a", "kind = \"k\""),
            "fake_thing.a -/+ ReplaceBecauseCannotUpdate kind",
            "delete fake_thing a, create fake_thing a",
        ),
        (thing("a", "kind = \"k\"\nrule { port = 1 }"), "fake_thing.a ~", "update fake_thing a"),
        (
            thing("a", "kind = \"k\"\nrule { port = 1 }\nsetting { mode = \"m\" }\nlimits { max = 1 }"),
            "fake_thing.a ~",
            "update fake_thing a",
        ),
        (String::new(), "fake_thing.a - DeleteBecauseNoResourceConfig", "delete fake_thing a"),
    ] {
        assert_eq!(actions(&lab.planned(&config)).join(", "), expected, "{config}");
        lab.fake.take_calls();
        lab.applied(&config);
        assert_eq!(changing(lab.fake.take_calls()), calls, "{config}");
        lab.settled(&config);
    }
    assert!(lab.state.is_empty() && lab.fake.ids().is_empty());
}

#[test]
fn an_update_that_turns_out_to_change_nothing_calls_nobody() {
    let config = |size: u32| {
        thing("a", &format!("size = {size}"))
            + &thing("b", "note = \"n${floor(fake_thing.a.serial / 10)}\"")
            + "output \"note\" { value = fake_thing.b.note }"
    };
    let mut lab = Lab::with(&config(1));
    assert_eq!(actions(&lab.planned(&config(2))), ["fake_thing.a ~", "fake_thing.b ~"]);
    lab.fake.take_calls();
    lab.applied(&config(2));
    assert_eq!(changing(lab.fake.take_calls()), "update fake_thing a SIZE");
    assert_eq!(lab.output("note"), "n0");
    lab.settled(&config(2));
}

#[test]
fn empty_and_null_are_one_only_where_the_type_says_so() {
    let mut lab = Lab::with(&(thing("a", "note = \"\"") + &free("b", "note = \"\"")));
    let without = thing("a", "") + &free("b", "");
    assert_eq!(actions(&lab.planned(&without)), ["fake_free.b ~"]);
    lab.applied(&without);
    lab.settled(&without);
}

#[test]
fn steps_follow_references_and_depends_on() {
    let chain = thing("a", "")
        + &thing("b", "note = fake_thing.a.id")
        + &thing("c", "note = local.b")
        + &thing("d", "depends_on = [fake_thing.c]")
        + "locals { \n b = upper(fake_thing.b.id) \n}";
    let mut lab = Lab::new();
    assert_eq!(steps(&lab.planned(&chain)), "+fake_thing.a +fake_thing.b +fake_thing.c +fake_thing.d");
    lab.applied(&chain);
    assert_eq!(lab.attribute("fake_thing.b", "note"), lab.attribute("fake_thing.a", "id"));
    assert_eq!(lab.attribute("fake_thing.c", "note"), "ID-2");
    let dependencies = &lab.state.object(&"fake_thing.d".parse().unwrap()).unwrap().dependencies;
    assert_eq!(dependencies.len(), 3, "near and far: {dependencies:?}");
    lab.settled(&chain);

    let lab = lab.mode(PlanMode::Destroy);
    assert_eq!(steps(&lab.planned(&chain)), "-fake_thing.d -fake_thing.c -fake_thing.b -fake_thing.a");
    assert_eq!(steps(&lab.planned("")), "-fake_thing.d -fake_thing.c -fake_thing.b -fake_thing.a");
}

#[test]
fn destroying_needs_no_configuration_of_resources_and_removes_outputs() {
    let config = thing("a", "") + "output \"id\" { value = fake_thing.a.id }";
    let mut lab = Lab::with(&config).mode(PlanMode::Destroy);
    let plan = lab.planned(&config);
    assert_eq!(actions(&plan), ["fake_thing.a -"]);
    assert_eq!(plan.outputs.len(), 1);
    lab.applied(&config);
    assert!(lab.state.is_empty(), "{:?}", lab.state);
    assert!(lab.fake.ids().is_empty());
    lab.settled(&config);
}

#[test]
fn independent_steps_run_at_once_up_to_the_limit() {
    let many: String = (0..8).map(|i| thing(&format!("t{i}"), "")).collect();
    for (limit, most) in [(1, 1), (3, 3), (10, 8), (0, 1)] {
        let mut lab = Lab::new();
        lab.parallelism = limit;
        lab.applied(&many);
        assert_eq!(lab.fake.most_in_flight(), most, "limit {limit}");
    }
}

#[test]
fn an_object_of_an_older_schema_is_brought_up_and_of_a_newer_one_refused() {
    let config = thing("a", "note = \"n\"");
    let mut lab = Lab::with(&config);
    let addr = "fake_thing.a".parse().unwrap();
    let mut object = lab.state.object(&addr).unwrap().clone();
    let provider = lab.state.resources.values().next().unwrap().provider.clone();
    let entries = object.attributes.as_object_mut().unwrap();
    let note = entries.remove("note").unwrap();
    entries.insert("title".into(), note);
    for (version, expected) in
        [(1, ""), (0, "Invalid object in state"), (3, "Resource instance managed by newer provider version")]
    {
        object.schema_version = version;
        lab.state.set(&addr, None, &provider, object.clone());
        match expected {
            "" => lab.settled(&config),
            expected => assert_eq!(lab.refused(&config), [expected]),
        }
    }
}

#[test]
fn types_and_providers_that_are_not_there() {
    let lab = Lab::new();
    assert_eq!(
        lab.refused("resource \"fake_thong\" \"a\" {}"),
        ["Unsupported resource type | resource \"fake_thong\" \"a\""]
    );
    assert_eq!(lab.refused("data \"fake_x\" \"a\" {}"), ["Unsupported data source | data \"fake_x\" \"a\""]);

    let mut lab = Lab::with(&thing("a", ""));
    let (_, resource) = lab.state.resources.pop_first().unwrap();
    lab.state.resources.insert("fake_other.a".parse().unwrap(), resource.clone());
    assert_eq!(lab.refused(""), ["Unsupported resource type in state"]);

    let mut lab = Lab::with(&thing("a", ""));
    for resource in lab.state.resources.values_mut() {
        resource.provider = "provider[\"registry.terraform.io/hashicorp/else\"]".into();
    }
    assert_eq!(lab.refused(""), ["Unsupported provider"]);
}

#[test]
fn several_types_that_are_not_there_are_left_out_with_one_command() {
    let lab = Lab::new();
    let config = thing("a", "") + "resource \"other_b\" \"b\" {}\ndata \"other_c\" \"c\" {}";
    for problems in [
        lab.plan(&config).plan.problems,
        validate(&configuration(&config).0, &lab.fake.registry(), surroundings()),
    ] {
        let with_flags = |problem: &&Diagnostic| {
            problem.detail.contains(":\n\n  -exclude=data.other_c.c -exclude=other_b.b")
        };
        assert_eq!(problems.iter().filter(with_flags).count(), 1, "{problems:?}");
    }
    let mut lab = Lab::new();
    let resource = Lab::with(&thing("a", "")).state.resources.pop_first().unwrap().1;
    for addr in ["module.m[\"x\"].other_a.a", "other_b.b"] {
        lab.state.resources.insert(addr.parse().unwrap(), resource.clone());
    }
    let problems = lab.plan("").plan.problems;
    let last = problems.iter().last().unwrap();
    assert!(
        last.detail.ends_with("'-exclude=module.m[\"x\"].other_a.a' -exclude=other_b.b"),
        "{}",
        last.detail
    );
}

#[test]
fn pins_are_of_the_state_that_was_planned_from() {
    let mut lab = Lab::with(&thing("a", ""));
    let pins = lab.planned("").pins;
    assert_eq!((pins.serial, pins.lineage.as_str(), pins.workspace.as_str()), (1, "0", "default"));
    lab.applied(&thing("a", "size = 2"));
    assert_eq!(lab.planned("").pins.serial, 2);
}

#[test]
fn nothing_is_planned_for_what_needs_something_that_cannot_be() {
    let config = |kind: &str| {
        thing("a", kind)
            + &thing("b", "kind = fake_thing.a.id")
            + &thing("c", "")
            + &thing("d", "note = fake_thing.b.id")
    };
    let plan = Lab::with(&config("")).plan(&(config("note = local.none") + &thing("e", ""))).plan;
    assert_eq!((plan.errored, actions(&plan)), (true, strings(&["fake_thing.e +"])));
}

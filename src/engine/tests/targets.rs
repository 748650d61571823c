//! `-target` and `-exclude`: what is left in, what keeps its value, what goes with a destroyed target.

use std::sync::Arc;

use super::*;
use crate::base::Severity;
use crate::engine::validate;
use crate::plan::{Plan, PlanMode};

fn chain() -> String {
    thing("a", "")
        + &thing("b", "note = fake_thing.a.id")
        + &thing("c", "note = fake_thing.b.id")
        + &thing("d", "")
}

#[test]
fn a_target_and_what_it_depends_on() {
    for (targets, expected) in [
        (&["fake_thing.b"][..], "+fake_thing.a +fake_thing.b"),
        (&["fake_thing.a", "fake_thing.d"], "+fake_thing.a +fake_thing.d"),
        (&["fake_thing.none"], ""),
    ] {
        let lab = Lab::new().target(targets);
        let plan = lab.planned(&chain());
        assert_eq!(steps(&plan), expected);
        let (config, _) = configuration(&chain());
        assert_eq!(messages(&config, &plan.problems), ["Resource targeting is in effect"]);
    }
    assert_eq!(Lab::new().target(&["fake_thing"]).refused(&chain()), ["Invalid target"]);
}

#[test]
fn a_destroyed_target_takes_its_dependents_with_it() {
    for (target, expected) in [
        ("fake_thing.b", "-fake_thing.c -fake_thing.b"),
        ("fake_thing.a", "-fake_thing.c -fake_thing.b -fake_thing.a"),
        ("fake_thing.d", "-fake_thing.d"),
    ] {
        let lab = Lab::with(&chain()).mode(PlanMode::Destroy).target(&[target]);
        assert_eq!(steps(&lab.planned(&chain())), expected);
    }
}

#[test]
fn only_targets_are_read() {
    let lab = Lab::with(&chain()).target(&["fake_thing.b"]);
    lab.fake.take_calls();
    lab.planned(&chain());
    assert_eq!(lab.fake.take_calls(), ["read fake_thing a", "read fake_thing b"]);
}

#[test]
fn what_is_left_out_keeps_the_value_state_has() {
    let config = |size: u8| {
        format!(
            "resource \"fake_free\" \"a\" {{\ncount = 3\nname = \"n${{count.index}}\"\nsize = {size}\n}}\n\
             output \"sizes\" {{ value = fake_free.a[*].size }}\n"
        ) + &free("b", "note = join(\",\", fake_free.a[*].size)")
    };
    let mut lab = Lab::with(&config(1)).target(&["fake_free.a[1]"]);
    assert_eq!(actions(&lab.planned(&config(2))), ["fake_free.a[1] ~"]);
    lab.apply(&config(2));
    assert_eq!(lab.output("sizes"), serde_json::json!([1, 2, 1]));
    let lab = lab.target(&["fake_free.b"]);
    assert_eq!(
        actions(&lab.planned(&config(2))),
        ["fake_free.a[0] ~", "fake_free.a[2] ~", "fake_free.b ~"],
        "dependencies come whole"
    );
    // An instance that is neither there nor planned is not known, and does not shift the others.
    let lab = Lab::new().target(&["fake_free.a[1]"]);
    let plan = lab.planned(&config(2));
    assert_eq!(actions(&plan), ["fake_free.a[1] +"]);
    assert_eq!(plan.outputs["sizes"].after.as_items().unwrap().len(), 3);
}

#[test]
fn outputs_that_follow_from_targets_alone() {
    let config = thing("a", "")
        + &thing("b", "")
        + "output \"none\" { value = 1 }\noutput \"a\" { value = fake_thing.a.id }\n\
        output \"ab\" { value = [fake_thing.a.id, fake_thing.b.id] }\noutput \"b\" { value = fake_thing.b.id }";
    let lab = Lab::new().target(&["fake_thing.a"]);
    assert_eq!(lab.planned(&config).outputs.keys().map(|n| &**n).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn orphans_are_deleted_only_when_targeted() {
    let lab = Lab::with(&chain()).target(&["fake_thing.d"]);
    assert_eq!(actions(&lab.planned(&thing("a", ""))), ["fake_thing.d - DeleteBecauseNoResourceConfig"]);
}

#[test]
fn what_is_excluded_and_what_depends_on_it_stays_out() {
    let repeated = "resource \"fake_thing\" \"r\" {\ncount = 2\nname = \"r${count.index}\"\n}\n".to_owned()
        + &thing("s", "note = fake_thing.r[1].id")
        + &thing("t", "");
    let called = "module \"m\" {\nsource = \"./m\"\n}\n".to_owned()
        + &thing("u", "note = module.m.id")
        + &thing("v", "")
        + "#--- m/main.tf\n"
        + &thing("w", "")
        + "output \"id\" { value = fake_thing.w.id }\n";
    for (config, excluded, expected) in [
        (chain(), &["fake_thing.b"][..], "+fake_thing.a +fake_thing.d"),
        (chain(), &["fake_thing.a"], "+fake_thing.d"),
        (chain(), &["fake_thing.c", "fake_thing.d"], "+fake_thing.a +fake_thing.b"),
        (chain(), &["fake_thing.none"], "+fake_thing.a +fake_thing.b +fake_thing.c +fake_thing.d"),
        (repeated.clone(), &["fake_thing.r[0]"], "+fake_thing.r[1] +fake_thing.t"),
        (repeated, &["fake_thing.r"], "+fake_thing.t"),
        (called.clone(), &["module.m"], "+fake_thing.v"),
        (called, &["module.m.fake_thing.w"], "+fake_thing.v"),
    ] {
        let plan = Lab::new().exclude(excluded).planned(&config);
        let mut found: Vec<String> = steps(&plan).split(' ').map(str::to_owned).collect();
        found.sort();
        assert_eq!(found.join(" "), expected, "{excluded:?}");
        assert_eq!(
            plan.problems.iter().map(|d| &*d.summary).collect::<Vec<_>>(),
            ["Resource exclusion is in effect"]
        );
    }
    assert_eq!(Lab::new().exclude(&["fake_thing"]).refused(&chain()), ["Invalid target"]);
    let both = Lab::new().exclude(&["fake_thing.a"]).target(&["fake_thing.b"]);
    assert_eq!(both.refused(&chain()), ["Incompatible options"]);
}

#[test]
fn what_is_excluded_keeps_its_value_and_is_not_read() {
    let config = |size: u8| {
        free("a", &format!("size = {size}"))
            + &free("b", &format!("size = {size}"))
            + "output \"a\" { value = fake_free.a.size }\noutput \"b\" { value = fake_free.b.size }\n"
    };
    let mut lab = Lab::with(&config(1)).exclude(&["fake_free.a"]);
    lab.fake.take_calls();
    lab.apply(&config(2));
    assert!(lab.fake.take_calls().iter().all(|call| !call.ends_with(" a")));
    assert_eq!((lab.output("a"), lab.output("b")), (serde_json::json!(1), serde_json::json!(2)));
}

#[test]
fn excluded_orphans_and_what_they_hold_are_kept() {
    let orphaned = thing("d", "");
    for (excluded, expected) in [("fake_thing.c", "-fake_thing.b -fake_thing.a"), ("fake_thing.a", "")] {
        let lab = Lab::with(&chain()).exclude(&[excluded]);
        assert_eq!(steps(&lab.planned(&orphaned)), expected, "{excluded}");
    }
    for (excluded, expected) in [
        ("fake_thing.b", "-fake_thing.c -fake_thing.d"),
        ("fake_thing.a", "-fake_thing.c -fake_thing.d -fake_thing.b"),
        ("fake_thing.c", "-fake_thing.d"),
    ] {
        let lab = Lab::with(&chain()).mode(PlanMode::Destroy).exclude(&[excluded]);
        assert_eq!(steps(&lab.planned(&chain())), expected, "{excluded}");
    }
}

#[test]
fn what_is_not_supported_can_be_left_out() {
    let foreign = "resource \"other_thing\" \"x\" {\nname = \"x\"\n}\n";
    let config = thing("a", "") + foreign + &thing("b", "note = other_thing.x.id");
    assert_eq!(Lab::new().refused(&config), ["Unsupported resource type | resource \"other_thing\" \"x\""]);
    let mut lab = Lab::new().exclude(&["other_thing.x"]);
    assert_eq!(steps(&lab.planned(&config)), "+fake_thing.a");
    // What state has of it is enough for what depends on it.
    lab.set_foreign("other_thing.x", serde_json::json!({"id": "bucket", "tags": {"k": ["v"]}}));
    assert_eq!(steps(&lab.planned(&config)), "+fake_thing.a +fake_thing.b");
    lab.apply(&config);
    assert_eq!(lab.addresses(), ["fake_thing.a", "fake_thing.b", "other_thing.x"]);
    assert_eq!(lab.attribute("fake_thing.b", "note"), "bucket");
}

/// Resources of a type that is not supported: `other_thing.x`, `other_thing.y` that needs it, and what needs either.
fn foreign() -> String {
    "resource \"other_thing\" \"x\" {\ncount = 2\n}\nresource \"other_thing\" \"y\" {\nx = other_thing.x[0].id\n}\n".to_owned()
        + &thing("a", "note = other_thing.x[1].tags.k[0]")
        + &thing("b", "note = other_thing.y.id")
        + &thing("c", "note = fake_thing.a.id")
        + "output \"o\" {\nvalue = other_thing.x[*].id\n}\n"
}

#[test]
fn what_is_not_supported_is_known_by_what_state_has_of_it() {
    let object = |id: &str| serde_json::json!({"id": id, "tags": {"k": ["v"]}});
    let (all, x) = (&["other_thing.x", "other_thing.y"][..], &["other_thing.x"][..]);
    let both = &[("other_thing.x[0]", "x0"), ("other_thing.x[1]", "x1")][..];
    let three = &[both, &[("other_thing.y", "y")]].concat()[..];
    for (excluded, state, expected) in [
        (all, &[][..], ""),
        (x, &[], ""),
        (all, both, "+fake_thing.a +fake_thing.c"),
        // What nothing can be planned for goes with what it needs, and takes along what cannot do without it.
        (x, both, "+fake_thing.a +fake_thing.c"),
        (x, three, "+fake_thing.a +fake_thing.b +fake_thing.c"),
        (all, three, "+fake_thing.a +fake_thing.b +fake_thing.c"),
    ] {
        let mut lab = Lab::new().exclude(excluded);
        for (addr, id) in state {
            lab.set_foreign(addr, object(id));
        }
        let before = lab.state.clone();
        assert_eq!(steps(&lab.planned(&foreign())), expected, "{excluded:?} {state:?}");
        lab.apply(&foreign());
        for (addr, _) in state {
            let addr = addr.parse().unwrap();
            assert_eq!(lab.state.object(&addr), before.object(&addr), "{excluded:?}");
        }
        if !state.is_empty() {
            assert_eq!(lab.output("o"), serde_json::json!(["x0", "x1"]));
        }
    }
    let mut lab = Lab::new().target(&["fake_thing.b"]);
    assert_eq!(lab.refused(&foreign()).len(), 3);
    for (addr, id) in three {
        lab.set_foreign(addr, object(id));
    }
    assert_eq!(steps(&lab.planned(&foreign())), "+fake_thing.b");
    let mut lab = Lab::new().exclude(all);
    lab.set_foreign("other_thing.x[0]", object("x0"));
    assert_eq!(lab.refused(&foreign()), ["Resource exclusion is in effect", "Invalid index | [1]"]);
}

#[test]
fn secrets_of_what_is_not_supported_stay_secrets() {
    let config =
        "resource \"other_thing\" \"x\" {}\n".to_owned() + &thing("a", "note = other_thing.x.password");
    let mut lab = Lab::new().exclude(&["other_thing.x"]);
    lab.set_foreign("other_thing.x", serde_json::json!({"password": "hunter2"}));
    for object in lab.state.resources.values_mut().flat_map(|r| r.objects.values_mut()) {
        Arc::make_mut(object).sensitive_paths = vec!["password".into()];
    }
    let plan = lab.planned(&config);
    assert!(plan.changes[0].after.get("note").unwrap().is_sensitive());
}

#[test]
fn what_stands_for_no_object_need_not_be_supported() {
    let declared =
        |times: &str| format!("variable \"n\" {{}}\nresource \"other_thing\" \"x\" {{\n{times}\n}}\n");
    let refused = "Unsupported resource type | resource \"other_thing\" \"x\"";
    for (times, planned, validated) in [
        ("count = 0", None, None),
        ("for_each = {}", None, None),
        ("lifecycle {\nenabled = false\n}", None, None),
        ("count = var.n", None, Some(Severity::Warning)),
        ("count = 1 + var.n", Some(refused), Some(Severity::Warning)),
        ("count = 1", Some(refused), Some(Severity::Error)),
        ("", Some(refused), Some(Severity::Error)),
    ] {
        let config = declared(times) + &thing("a", "note = try(other_thing.x[0].id, \"none\")");
        let mut lab = Lab::new();
        lab.set("n", "0");
        match planned {
            Some(refused) => assert_eq!(lab.refused(&config), [refused], "{times}"),
            None => assert_eq!(steps(&lab.planned(&config)), "+fake_thing.a", "{times}"),
        }
        let problems = validate(&configuration(&config).0, &lab.fake.registry(), surroundings());
        assert_eq!(problems.iter().map(|d| d.severity).next(), validated, "{times}");
    }
    let module = "module \"m\" {\nsource = \"./m\"\ncount = 0\n}\n#--- m/main.tf\n".to_owned()
        + &declared("count = 1");
    assert_eq!(steps(&Lab::new().planned(&module.replace("variable \"n\" {}\n", ""))), "");
}

#[test]
fn what_is_declared_is_told_with_what_state_has() {
    let config = "resource \"other_thing\" \"x\" {}\nresource \"other_thing\" \"y\" {}\n";
    let mut lab = Lab::new();
    lab.set_foreign("other_thing.x", serde_json::json!({}));
    lab.set_foreign("other_thing.z", serde_json::json!({}));
    assert_eq!(
        lab.refused(config),
        [
            "Unsupported resource type | resource \"other_thing\" \"x\"",
            "Unsupported resource type | resource \"other_thing\" \"y\"",
            "Unsupported resource type in state",
        ]
    );
}

/// A module with something that depends on something, called for `api` and `worker`, and what is made of both.
fn called_twice(note: &str) -> String {
    let inner = |name: &str, body: &str| {
        format!("resource \"fake_thing\" \"{name}\" {{\nname = \"{name}-${{var.key}}\"\n{body}\n}}\n")
    };
    "module \"m\" {\nsource = \"./m\"\nfor_each = toset([\"api\", \"worker\"])\nkey = each.key\n}\n"
        .to_owned()
        + &thing("user", "note = module.m[\"api\"].id")
        + "#--- m/main.tf\nvariable \"key\" {}\n"
        + &inner("role", &format!("note = \"{note}\""))
        + &inner("fn", &format!("note = \"${{fake_thing.role.id}}{note}\""))
        + "output \"id\" { value = fake_thing.fn.id }\n"
}

#[test]
fn instances_of_a_module_are_targeted_apart() {
    let sorted = |plan: &Plan| {
        let short = steps(plan).replace("module.m[\"api\"].fake_thing.", "a.");
        let mut found: Vec<String> =
            short.replace("module.m[\"worker\"].fake_thing.", "w.").split(' ').map(str::to_owned).collect();
        found.sort();
        found.join(" ")
    };
    let (api, role) = ("module.m[\"api\"]", "module.m[\"api\"].fake_thing.role");
    let lab = |addr: &str| Lab::with(&called_twice("1")).target(&[addr]);
    let without = |addr: &str| Lab::with(&called_twice("1")).exclude(&[addr]);
    for (lab, mode, expected) in [
        (lab(api), PlanMode::Normal, "+a.fn +a.role"),
        // What is not named itself comes with all instances.
        (lab("module.m[\"api\"].fake_thing.fn"), PlanMode::Normal, "+a.fn +a.role +w.role"),
        (lab(api), PlanMode::Destroy, "-a.fn -a.role -fake_thing.user"),
        (lab(role), PlanMode::Destroy, "-a.fn -a.role -fake_thing.user"),
        (without(api), PlanMode::Normal, "+w.fn +w.role"),
        (without(role), PlanMode::Normal, "+w.fn +w.role"),
        (without(api), PlanMode::Destroy, "-fake_thing.user -w.fn -w.role"),
    ] {
        assert_eq!(sorted(&lab.mode(mode).planned(&called_twice("2"))), expected, "{mode:?}");
    }
}

#[test]
fn calls_of_modules_that_are_not_targeted_do_not_matter() {
    let config = thing("a", "")
        + "module \"m\" {\nsource = \"./m\"\nfor_each = toset([fake_thing.a.id])\nx = fake_thing.none[1].id\n}\n"
        + "resource \"fake_thing\" \"none\" {\ncount = 0\nname = \"none\"\n}\n"
        + "#--- m/main.tf\nvariable \"x\" {}\n"
        + &thing("b", "note = var.x");
    assert!(!Lab::new().refused(&config).is_empty());
    assert_eq!(steps(&Lab::new().target(&["fake_thing.a"]).planned(&config)), "+fake_thing.a");
    assert_eq!(steps(&Lab::new().exclude(&["fake_thing.a"]).planned(&config)), "");
}

#[test]
fn data_that_a_destroy_leaves_alone_is_kept() {
    let config = "data \"fake_lookup\" \"d\" {\nname = \"x\"\n}\n".to_owned()
        + &thing("a", "note = data.fake_lookup.d.result")
        + &thing("b", "");
    for (lab, left) in [
        (Lab::with(&config).target(&["fake_thing.b"]), &["data.fake_lookup.d", "fake_thing.a"][..]),
        (Lab::with(&config).exclude(&["fake_thing.a"]), &["data.fake_lookup.d", "fake_thing.a"]),
        (Lab::with(&config).exclude(&["data.fake_lookup.d"]), &["data.fake_lookup.d"]),
        (Lab::with(&config), &[]),
    ] {
        let mut lab = lab.mode(PlanMode::Destroy);
        lab.apply(&config);
        assert_eq!(lab.addresses(), left);
    }
}

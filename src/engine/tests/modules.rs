//! Modules: arguments in, outputs out, repetition, providers handed over, and everything at nested addresses.

use super::*;
use crate::plan::PlanMode;

/// A module with one thing, called `times` from the root module.
fn called(times: &str, body: &str) -> String {
    format!(
        "module \"m\" {{\n source = \"./m\"\n {times}\n}}\noutput \"o\" {{\n value = module.m\n}}\n#--- m/main.tf\n{body}\n"
    )
}

const THING: &str = "variable \"name\" {}\nresource \"fake_thing\" \"a\" {\n name = var.name\n}\noutput \"serial\" {\n value \
                     = fake_thing.a.serial\n}\n";

#[test]
fn values_go_in_and_come_out() {
    let config = called("name = \"x\"", THING) + "#--- m/more.tf\nlocals { l = 1 }\n";
    let mut lab = Lab::new();
    assert_eq!(actions(&lab.planned(&config)), ["module.m.fake_thing.a +"]);
    lab.applied(&config);
    assert_eq!(lab.attribute("module.m.fake_thing.a", "name"), "x");
    assert_eq!(lab.output("o")["serial"], lab.attribute("module.m.fake_thing.a", "serial"));
    lab.settled(&config);
    let renamed = called("name = \"y\"", THING);
    assert_eq!(actions(&lab.planned(&renamed)).len(), 1);
    assert_eq!(actions(&lab.planned("")), ["module.m.fake_thing.a - DeleteBecauseNoResourceConfig"]);
    let mut lab = lab.mode(PlanMode::Destroy);
    lab.applied(&config);
    assert!(lab.addresses().is_empty());
}

#[test]
fn modules_stand_as_often_as_asked() {
    let counted = called("count = 2\n name = \"x${count.index}\"", THING);
    let lab = Lab::with(&counted);
    assert_eq!(lab.addresses(), ["module.m[0].fake_thing.a", "module.m[1].fake_thing.a"]);
    assert_eq!(lab.attribute("module.m[1].fake_thing.a", "name"), "x1");
    assert_eq!(lab.output("o").as_array().unwrap().len(), 2);
    lab.settled(&counted);
    let one = called("count = 1\n name = \"x${count.index}\"", THING);
    assert_eq!(actions(&lab.planned(&one)), ["module.m[1].fake_thing.a - DeleteBecauseNoModule"]);
    let each = called("for_each = { a = \"x\", b = \"y\" }\n name = \"${each.key}${each.value}\"", THING);
    let mut lab = Lab::with(&each);
    assert_eq!(lab.attribute("module.m[\"b\"].fake_thing.a", "name"), "by");
    assert_eq!(lab.output("o")["a"]["serial"], lab.attribute("module.m[\"a\"].fake_thing.a", "serial"));
    lab.settled(&each);
    lab.applied(&called("for_each = toset([\"b\"])\n name = \"by\"", THING));
    assert_eq!(lab.addresses(), ["module.m[\"b\"].fake_thing.a"]);
}

#[test]
fn nested_modules_hand_values_through() {
    let config = "module \"o\" {\n source = \"./o\"\n for_each = toset([\"p\", \"q\"])\n name = each.key\n}\nresource \"fake_thing\" \
                  \"last\" {\n name = \"n${module.o[\"q\"].out}\"\n}\n#--- o/main.tf\nvariable \"name\" {}\nmodule \"i\" {\n source = \
                  \"../i\"\n count = 2\n name = \"${var.name}${count.index}\"\n}\noutput \"out\" {\n value = \
                  module.i[1].serial\n}\n#--- i/main.tf\n"
        .to_owned()
        + THING;
    let mut lab = Lab::new();
    let plan = lab.planned(&config);
    let first = "module.o[\"p\"].module.i[0].fake_thing.a +";
    assert_eq!(actions(&plan)[..2], ["fake_thing.last +".to_owned(), first.to_owned()]);
    assert_eq!(actions(&plan).len(), 5);
    assert!(steps(&plan).ends_with("+fake_thing.last"));
    lab.applied(&config);
    let serial = lab.attribute("module.o[\"q\"].module.i[1].fake_thing.a", "serial");
    assert_eq!(lab.attribute("fake_thing.last", "name"), format!("n{serial}"));
    lab.settled(&config);
    let state = lab.state.object(&"fake_thing.last".parse().unwrap()).unwrap();
    let dependencies: Vec<String> = state.dependencies.iter().map(ToString::to_string).collect();
    assert_eq!(dependencies, ["module.o.module.i.fake_thing.a"]);
}

#[test]
fn depends_on_a_module_waits_for_all_of_it() {
    let config = called("name = \"x\"", THING)
        .replace(
            "output \"o\" {\n value = module.m\n}",
            "resource \"fake_thing\" \"z\" {\n name = \"z\"\n depends_on = [module.m]\n}",
        )
        .replacen("source = \"./m\"", "source = \"./m\"\n depends_on = [fake_thing.first]", 1)
        .replacen(
            "module \"m\"",
            "resource \"fake_thing\" \"first\" {\n name = \"first\"\n}\nmodule \"m\"",
            1,
        );
    let plan = Lab::new().planned(&config);
    assert_eq!(steps(&plan), "+fake_thing.first +module.m.fake_thing.a +fake_thing.z");
}

#[test]
fn what_apply_brings_reaches_through_modules() {
    let config =
        "module \"a\" {\n source = \"./m\"\n name = \"a\"\n}\nmodule \"b\" {\n source = \"./m\"\n name = \
                  \"b${module.a.serial}\"\n}\noutput \"o\" {\n value = module.b.serial\n}\n#--- m/main.tf\n"
            .to_owned()
            + THING;
    let mut lab = Lab::with(&config);
    let serial = lab.attribute("module.a.fake_thing.a", "serial");
    assert_eq!(lab.attribute("module.b.fake_thing.a", "name"), format!("b{serial}"));
    lab.settled(&config);
    // Replacing the first gives the second a new name.
    let replaced = config
        .replace("resource \"fake_thing\" \"a\" {", "resource \"fake_thing\" \"a\" {\n kind = var.name");
    lab.applied(&replaced);
    let serial = lab.attribute("module.a.fake_thing.a", "serial");
    assert_eq!(lab.attribute("module.b.fake_thing.a", "name"), format!("b{serial}"));
    lab.settled(&replaced);
}

#[test]
fn targets_reach_into_modules() {
    let config = called("for_each = toset([\"a\", \"b\"])\n name = each.key", THING);
    let targeted = |target: &str| actions(&Lab::new().target(&[target]).planned(&config));
    assert_eq!(targeted("module.m").len(), 2);
    assert_eq!(targeted("module.m[\"a\"]"), ["module.m[\"a\"].fake_thing.a +"]);
    assert_eq!(targeted("module.m[\"b\"].fake_thing.a"), ["module.m[\"b\"].fake_thing.a +"]);
    assert_eq!(targeted("module.m.fake_thing.a").len(), 2);
    assert!(targeted("module.x").is_empty());
}

#[test]
fn mistakes_say_where_they_are() {
    let lab = Lab::new();
    let refused = |times: &str, body: &str| lab.refused(&called(times, body));
    let cases: &[(&str, &str, &str)] = &[
        ("count = -1\n name = \"x\"", THING, "Invalid count argument | -1"),
        (
            "name = \"x\"",
            "variable \"name\" {}\noutput \"serial\" {\n value = var.nope\n}\n",
            "Reference to undeclared input variable | var.nope",
        ),
        (
            "name = []",
            "variable \"name\" { type = string }\noutput \"serial\" {\n value = 1\n}\n",
            "Invalid value for input variable | []",
        ),
        (
            "name = \"x\"",
            "variable \"name\" {\n validation {\n condition = var.name == \"y\"\n error_message = \"Must be y.\"\n }\n}\noutput \
             \"serial\" {\n value = 1\n}\n",
            "Invalid value for variable | \"x\"",
        ),
        (
            "name = \"x\"",
            "variable \"name\" {}\noutput \"serial\" {\n value = 1\n precondition {\n condition = var.name == \"y\"\n error_message \
             = \"Must be y.\"\n }\n}\n",
            "Module output value precondition failed | var.name == \"y\"",
        ),
    ];
    for (times, body, expected) in cases {
        assert_eq!(refused(times, body), [*expected], "{times} {body}");
    }
    let config =
        called("count = 1\n name = \"x\"", THING).replace("value = module.m\n", "value = module.m.serial\n");
    assert_eq!(lab.refused(&config), ["Missing module instance key | module.m.serial"]);
}

#[test]
fn a_module_is_checked_without_values() {
    let config = called("for_each = var.all\n name = each.value", THING) + "#--- x.tf\nvariable \"all\" {}\n";
    let (config, problems) = configuration(&config);
    assert!(problems.is_empty(), "{:?}", messages(&config, &problems));
    let found = crate::engine::validate(&config, &Lab::new().fake.registry(), surroundings());
    assert!(found.is_empty(), "{:?}", messages(&config, &found));
}

#[test]
fn a_module_that_is_not_enabled_is_not_there() {
    let config = |enabled: &str| {
        "output \"gone\" { value = module.m == null }\n".to_owned()
            + &called(&format!("name = \"x\"\nlifecycle {{\nenabled = {enabled}\n}}"), THING)
    };
    let mut lab = Lab::with(&config("true"));
    assert_eq!((lab.addresses().len(), lab.output("gone")), (1, serde_json::json!(false)));
    let plan = lab.planned(&config("1 > 2"));
    assert_eq!(actions(&plan), ["module.m.fake_thing.a - DeleteBecauseNoModule"]);
    lab.applied(&config("1 > 2"));
    assert_eq!((lab.addresses().len(), lab.output("gone")), (0, serde_json::json!(true)));
    lab.settled(&config("1 > 2"));
    assert_eq!(lab.refused(&config("null")), ["Invalid enabled argument | null"]);
}

#[test]
fn validate_takes_whatever_a_module_is_given_for_unknown() {
    let config = "module \"m\" {\n source = \"./m\"\n n = 3\n}\n#--- m/main.tf\nvariable \"o\" {\n type = object({ name = \
                  string })\n default = null\n}\nvariable \"n\" {\n type = number\n validation {\n condition = var.n > \
                  5\n error_message = \"small\"\n }\n}\nvariable \"deep\" {\n type = object({ in = object({ a = \
                  optional(string) }) })\n default = { in = {} }\n}\nmodule \"i\" {\n source = \"./i\"\n deep = \
                  var.deep\n}\nresource \"fake_thing\" \"a\" {\n count = var.o == null ? 0 : 1\n name = var.o.name\n}\n#--- \
                  m/i/main.tf\nvariable \"deep\" {\n type = object({ in = object({ a = optional(string) }) })\n}\n";
    let (config, problems) = configuration(config);
    assert!(problems.is_empty(), "{problems:?}");
    let found = crate::engine::validate(&config, &Lab::new().fake.registry(), surroundings());
    let details: Vec<&str> = found.iter().filter_map(|d| d.detail.lines().next()).collect();
    assert_eq!(details, ["small"], "only what the validation says of the value that is given");
}

#[test]
fn what_a_module_makes_of_its_resources_follows_the_plan_and_not_the_state() {
    let config = |name: &str, count: usize| {
        called(
            &format!("name = \"{name}\"\n n = {count}"),
            "variable \"name\" {}\nvariable \"n\" {}\nresource \"fake_thing\" \"a\" {\n name = var.name\n}\nresource \
             \"fake_thing\" \"extra\" {\n count = var.n\n name = \"extra${count.index}\"\n}\ndata \"fake_lookup\" \
             \"none\" {\n count = 0\n name = var.name\n}\nlocals {\n id = try(data.fake_lookup.none[0].id, \
             fake_thing.a.id)\n}\nresource \"fake_free\" \"b\" {\n name = \"b\"\n note = local.id\n}\noutput \"id\" {\n value \
             = local.id\n}\noutput \"extra\" {\n value = length(fake_thing.extra)\n}\n",
        )
    };
    let mut lab = Lab::with(&config("x", 0));
    lab.settled(&config("x", 0));
    let replaced = lab.planned(&config("y", 1));
    let of = |addr: &str| replaced.changes.iter().find(|change| change.addr.to_string() == addr).unwrap();
    let note = of("module.m.fake_free.b").after.get("note").unwrap();
    let after = &replaced.outputs["o"].after;
    let new_id = of("module.m.fake_thing.a").after.get("id").unwrap();
    assert_eq!(note.is_unknown(), new_id.is_unknown());
    assert!(new_id.is_unknown() && !after.is_wholly_known(), "{after:?}");
    lab.applied(&config("y", 1));
    assert_eq!(lab.output("o")["extra"], 1);
    lab.settled(&config("y", 1));
}

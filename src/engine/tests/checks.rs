//! Preconditions and postconditions, while planning and at apply, and what state keeps of them.

use super::*;
use crate::plan::PlanMode;

fn with(condition: &str, kind: &str) -> String {
    thing("a", "")
        + &thing(
            "b",
            &format!(
                "note = \"n\"\nlifecycle {{\n{kind} {{\ncondition = {condition}\nerror_message = \"No: ${{1 + 1}}.\"\n}}\n}}"
            ),
        )
}

fn status(lab: &Lab) -> Vec<String> {
    let Some(serde_json::Value::Array(results)) = &lab.state.check_results else { return Vec::new() };
    let objects = results.iter().flat_map(|r| r["objects"].as_array().into_iter().flatten());
    let text = |v: &serde_json::Value| v.as_str().unwrap_or_default().to_owned();
    objects.map(|o| format!("{} {}", text(&o["object_addr"]), text(&o["status"]))).collect()
}

#[test]
fn conditions_while_planning() {
    let (pre, post) = ("Resource precondition failed", "Resource postcondition failed");
    for (condition, kind, expected) in [
        ("true", "precondition", None),
        ("1 > 2", "precondition", Some(pre)),
        ("fake_thing.a.size > 1", "precondition", Some(pre)),
        ("fake_thing.a.id == \"x\"", "precondition", None),
        ("self.note == \"n\"", "postcondition", None),
        ("self.note == \"m\"", "postcondition", Some(post)),
        ("self.id == \"x\"", "postcondition", None),
        ("null", "precondition", Some("Invalid condition result")),
        ("self.nope", "postcondition", Some("Unsupported attribute")),
    ] {
        // Any reference keeps the parser from calling it constant.
        let condition = format!("fake_thing.a.size == 0 ? false : {condition}");
        let found = Lab::new().plan(&with(&condition, kind)).plan.problems;
        let summaries: Vec<&str> = found.iter().map(|d| d.summary.as_str()).collect();
        assert_eq!(summaries, Vec::from_iter(expected), "{kind} {condition}");
        assert!(found.iter().all(|d| d.span.is_some() && d.address.is_some()), "{found:?}");
    }
}

#[test]
fn conditions_that_only_apply_can_tell() {
    for (condition, kind, failing) in [
        ("fake_thing.a.id == \"x\"", "precondition", "Resource precondition failed"),
        ("self.id == \"x\"", "postcondition", "Resource postcondition failed"),
    ] {
        let config = with(condition, kind);
        let mut lab = Lab::new();
        let plan = lab.planned(&config);
        assert_eq!(format!("{:?}", plan.checks[0].status), "Unknown");
        let found = lab.failed(&config);
        assert!(found.len() == 1 && found[0].starts_with(failing), "{found:?}");
        // A precondition stops the step; a postcondition judges what is there, and what is there stays.
        assert_eq!(lab.addresses().len(), if kind == "precondition" { 1 } else { 2 });
        assert_eq!(status(&lab), ["fake_thing.b fail"]);
    }
}

#[test]
fn a_failed_postcondition_stops_what_depends_on_it() {
    let config = with("self.id == \"x\"", "postcondition") + &thing("c", "note = fake_thing.b.id");
    let mut lab = Lab::new();
    lab.failed(&config);
    assert_eq!(lab.addresses(), ["fake_thing.a", "fake_thing.b"]);
}

#[test]
fn state_keeps_every_result_in_a_stable_order() {
    let config = |size: u8| {
        "variable \"v\" {\ndefault = 1\nvalidation {\ncondition = var.v > 0\nerror_message = \"No.\"\n}\n}\n\
             resource \"fake_free\" \"m\" {\ncount = 3\nname = \"m\"\nlifecycle {\nprecondition {\n\
             condition = count.index >= 0\nerror_message = \"No.\"\n}\n}\n}\n\
             output \"o\" {\nvalue = 1\nprecondition {\ncondition = fake_free.m[0].size > 0\nerror_message = \"No.\"\n}\n}\n".to_owned() + &thing("z", &format!("size = {size}"))
    };
    let mut lab = Lab::with(&config(1));
    let all = strings(&[
        "fake_free.m[0] pass",
        "fake_free.m[1] pass",
        "fake_free.m[2] pass",
        "output.o pass",
        "var.v pass",
    ]);
    assert_eq!(status(&lab), all);
    // What is not touched by an apply keeps its result.
    let before = lab.state.check_results.clone();
    lab.applied(&config(2));
    assert_eq!(lab.state.check_results, before);
}

fn block(name: &str, data: &str, condition: &str) -> String {
    format!(
        "check \"{name}\" {{\n{data}\nassert {{\ncondition = {condition}\nerror_message = \"No: {name}.\"\n}}\n}}\n"
    )
}

const LOOKUP: &str = "data \"fake_lookup\" \"l\" {\nname = \"a\"\n}";

#[test]
fn a_check_block_only_warns() {
    let failed = "Check block assertion failed | ";
    for (condition, warned, expected) in [
        ("fake_thing.a.name == \"a\"", "", "check.c pass"),
        ("fake_thing.a.name == \"b\"", failed, "check.c fail"),
        ("fake_thing.a.id == \"x\"", "Check block assertion known after apply | ", "check.c fail"),
    ] {
        let config = thing("a", "") + &block("c", "", condition);
        let (parsed, _) = configuration(&config);
        let mut lab = Lab::new();
        let plan = lab.planned(&config);
        let warned = if warned.is_empty() { vec![] } else { vec![format!("{warned}{condition}")] };
        assert_eq!(messages(&parsed, &plan.problems), warned);
        let applied = lab.apply(&config);
        assert!(!applied.problems.has_errors() && applied.summary.unfinished.is_empty());
        assert_eq!(status(&lab), [expected], "{condition}");
        assert_eq!(lab.state.check_results.as_ref().unwrap()[0]["object_kind"], "check");
    }
    let found = Lab::new().refused(&(thing("a", "") + &block("c", "", "fake_thing.a.nope")));
    assert_eq!(found, ["Unsupported attribute | .nope"]);
    let config = format!(
        "module \"m\" {{\nsource = \"./m\"\ncount = 2\n}}\n#--- m/main.tf\n{}{}",
        free("a", ""),
        block("c", "", "fake_free.a.id == \"\" ? false : true")
    );
    let mut lab = Lab::new();
    lab.applied(&config);
    assert_eq!(status(&lab), ["module.m[0].check.c pass", "module.m[1].check.c pass"]);
}

#[test]
fn the_data_source_of_a_check_only_warns_and_is_hidden() {
    use crate::provider::fake::Fault;
    let config = thing("a", "") + &block("c", LOOKUP, "data.fake_lookup.l.result != \"\"");
    let mut lab = Lab::with(&thing("a", ""));
    assert_eq!(actions(&lab.planned(&config)), ["data.fake_lookup.l <= ReadBecauseCheckNested"]);
    lab.applied(&config);
    assert_eq!(status(&lab), ["check.c pass"]);
    assert_eq!(lab.addresses(), ["data.fake_lookup.l", "fake_thing.a"]);
    lab.fake.fail("data", Fault::Refused);
    let planned = lab.plan(&config);
    let (parsed, _) = configuration(&config);
    assert_eq!(messages(&parsed, &planned.plan.problems), ["Call failed | data \"fake_lookup\" \"l\""]);
    assert!(!planned.plan.errored);
    lab.fake.fail("data", Fault::Refused);
    let applied = lab.apply_plan(&config, planned);
    assert!(!applied.problems.has_errors() && applied.problems.len() == 1, "{:?}", applied.problems);
    assert_eq!(status(&lab), ["check.c fail"]);
    let outside = config + "output \"o\" {\nvalue = data.fake_lookup.l.result\n}\n";
    assert_eq!(lab.refused(&outside), ["Reference to scoped resource | data.fake_lookup.l.result"]);
}

#[test]
fn a_refresh_reads_what_a_check_asks_for() {
    let config = |name: &str| {
        thing("a", "")
            + &block("c", LOOKUP, "data.fake_lookup.l.result == \"zz\"")
            + &format!(
                "data \"fake_lookup\" \"o\" {{\nname = {name}\n}}\noutput \"o\" {{\nvalue = data.fake_lookup.o.result\n}}\n"
            )
    };
    for (name, reads, output) in [("\"a\"", 4, true), ("fake_thing.new.id", 2, false)] {
        let config = config(name) + &thing("new", "");
        let mut lab = Lab::with(&thing("a", "")).mode(PlanMode::RefreshOnly);
        lab.events.lock().unwrap().clear();
        let plan = lab.planned(&config);
        let (parsed, _) = configuration(&config);
        let failed = "Check block assertion failed | data.fake_lookup.l.result == \"zz\"";
        assert_eq!(messages(&parsed, &plan.problems), [failed], "{name}");
        assert!(plan.changes.is_empty(), "{:?}", plan.changes);
        let told = lab.events.lock().unwrap().iter().filter(|e| format!("{e:?}").contains("Read")).count();
        assert_eq!(told, reads, "{name}");
        lab.applied(&config);
        assert_eq!(lab.state.outputs.contains_key("o"), output, "{name}");
        assert_eq!(status(&lab), ["check.c fail"]);
    }
}

#[test]
fn what_a_destroy_leaves_says_that_nothing_is_known() {
    let config =
        "variable \"v\" {\ndefault = 1\nvalidation {\ncondition = var.v > 0\nerror_message = \"No.\"\n}\n}\n"
            .to_owned()
            + &thing("a", "");
    let mut lab = Lab::with(&config);
    assert_eq!(status(&lab), ["var.v pass"]);
    lab = lab.mode(PlanMode::Destroy);
    lab.applied(&config);
    let results = lab.state.check_results.clone().unwrap();
    assert_eq!(
        (&results[0]["status"], &results[0]["objects"]),
        (&"unknown".into(), &serde_json::Value::Null)
    );
}

#[test]
fn variables_of_modules_are_validated_once_their_values_are_known() {
    let config = |limit: u8| {
        format!(
            "module \"m\" {{\nsource = \"./m\"\nn = fake_thing.a.serial\n}}\n{}#--- m/main.tf\nvariable \"n\" {{\nvalidation \
             {{\ncondition = var.n > {limit}\nerror_message = \"Too small.\"\n}}\n}}\n",
            thing("a", "")
        )
    };
    let mut lab = Lab::new();
    assert_eq!(lab.failed(&config(200)), ["Invalid value for variable | fake_thing.a.serial"]);
    let mut lab = Lab::new();
    lab.applied(&config(0));
    assert_eq!(status(&lab), ["module.m.var.n pass"]);
}

#[test]
fn what_is_only_refreshed_is_judged_and_warned_of() {
    let config = "variable \"most\" {\ndefault = 9\n}\n".to_owned()
        + &thing(
            "a",
            "note = \"n\"\nlifecycle {\npostcondition {\ncondition = tonumber(var.most) > 5\nerror_message = \"No.\"\n}\n}",
        )
        + &block("c", "", "fake_thing.a.note == \"n\"")
        + "output \"o\" {\nvalue = 1\nprecondition {\ncondition = tonumber(var.most) > 0\nerror_message = \"No.\"\n}\n}\n";
    let mut lab = Lab::with(&config).mode(PlanMode::RefreshOnly);
    assert_eq!(status(&lab), ["fake_thing.a pass", "output.o pass", "check.c pass"]);
    lab.fake.meddle("a", "note", "other".into());
    lab.set("most", "3");
    let plan = lab.planned(&config);
    let warned: Vec<_> = plan.problems.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(warned, ["Resource postcondition failed", "Check block assertion failed"]);
    lab.applied(&config);
    assert_eq!(status(&lab), ["fake_thing.a fail", "output.o pass", "check.c fail"]);
    lab.set("most", "0");
    let warned =
        lab.planned(&config).problems.iter().filter(|d| d.summary.starts_with("Module output")).count();
    assert_eq!(warned, 1);
}

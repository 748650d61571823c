//! Outputs: planned, recorded, deleted; secrets among them.

use super::*;
use crate::plan::Action;

#[test]
fn outputs_through_their_life() {
    let mut lab = Lab::new();
    for (config, action, after) in [
        ("output \"o\" { value = 1 }", Action::Create, "1"),
        ("output \"o\" { value = 1 }", Action::NoOp, "1"),
        ("output \"o\" { value = [1] }", Action::Update, "[1]"),
        ("output \"o\" {\nvalue = [1]\nsensitive = true\n}", Action::Update, "[1]"),
        ("output \"o\" { value = null }", Action::Delete, "null"),
        ("output \"o\" { value = null }", Action::NoOp, "null"),
        ("output \"o\" { value = 1 }", Action::Create, "1"),
        ("", Action::Delete, "null"),
    ] {
        let plan = lab.planned(config);
        assert_eq!(plan.outputs["o"].action, action, "{config}");
        lab.applied(config);
        assert_eq!(lab.output("o").to_string(), after);
        lab.settled(config);
    }
    assert!(lab.state.outputs.is_empty());
}

#[test]
fn an_output_that_apply_brings() {
    let config = thing("a", "") + "output \"o\" { value = { id = fake_thing.a.id, n = 1 } }";
    let mut lab = Lab::new();
    assert!(!lab.planned(&config).outputs["o"].after.is_wholly_known());
    lab.applied(&config);
    assert_eq!(lab.output("o"), serde_json::json!({ "id": "id-1", "n": 1 }));
    lab.settled(&config);
}

#[test]
fn a_secret_must_be_declared_one() {
    let secret = thing("a", "secret = \"hush\"");
    for value in
        ["fake_thing.a.secret", "{ x = fake_thing.a.secret }", "sensitive(1)", "upper(fake_thing.a.secret)"]
    {
        let lab = Lab::new();
        assert_eq!(
            lab.refused(&format!("{secret}output \"o\" {{ value = {value} }}")),
            ["Output refers to sensitive values | output \"o\""]
        );
        let mut lab = Lab::new();
        lab.applied(&format!("{secret}output \"o\" {{\nvalue = {value}\nsensitive = true\n}}"));
        assert!(lab.state.outputs["o"].sensitive);
    }
}

#[test]
fn an_output_of_a_resource_that_could_not_be_planned_is_left_alone() {
    let config =
        thing("a", "size = \"x\"") + "output \"o\" { value = fake_thing.a.id }\noutput \"p\" { value = 1 }";
    let planned = Lab::new().plan(&config);
    assert_eq!(planned.plan.outputs.keys().map(|n| &**n).collect::<Vec<_>>(), ["p"]);
    assert_eq!(planned.plan.problems.len(), 1, "{:?}", planned.plan.problems);
}

#[test]
fn locals_are_evaluated_anew_with_what_apply_brought() {
    let config = thing("a", "")
        + "locals {\n  ids = [fake_thing.a.id]\n  text = join(\"-\", local.ids)\n}\n"
        + &thing("b", "note = local.text")
        + "output \"text\" { value = local.text }";
    let mut lab = Lab::new();
    lab.applied(&config);
    assert_eq!((lab.attribute("fake_thing.b", "note"), lab.output("text")), ("id-1".into(), "id-1".into()));
    lab.settled(&config);
}

//! Provider configurations: from variables, locals and resources; aliases; what is wrong with them.

use super::*;
use crate::base::Value;
use crate::plan::PlanMode;

fn regions(lab: &Lab) -> Vec<String> {
    let made = lab.fake.take_configurations();
    made.iter().map(|c| c.get("region").and_then(Value::as_str).unwrap_or("?").to_owned()).collect()
}

#[test]
fn configured_from_variables_and_locals() {
    let config = "variable \"r\" { default = \"north\" }\nlocals { \n region = \"${var.r}-1\" \n}\n\
        provider \"fake\" { region = local.region }\n"
        .to_owned()
        + &thing("a", "");
    let mut lab = Lab::new();
    lab.applied(&config);
    assert_eq!(regions(&lab), ["north-1", "north-1"], "once for the plan, once for the apply");
    lab.settled(&config);
}

#[test]
fn configured_from_a_resource() {
    let config = |size: u8| {
        "provider \"fake\" { alias = \"second\" \n region = \"r${fake_thing.a.size}\" \n}\n"
            .replace("{ alias", "{\n alias")
            + &thing("a", &format!("size = {size}"))
            + &thing("b", "provider = fake.second")
    };
    let mut lab = Lab::new();
    assert_eq!(steps(&lab.planned(&config(1))), "+fake_thing.a +fake_thing.b");
    lab.applied(&config(1));
    lab.settled(&config(1));
    regions(&lab);
    lab.planned(&config(2));
    assert_eq!(regions(&lab), ["?", "r1", "r2"], "read where it was, planned where it will be");
    let mut lab = lab.mode(PlanMode::Destroy);
    lab.options.refresh = false;
    regions(&lab);
    lab.applied(&config(1));
    assert!(lab.fake.ids().is_empty());
    assert!(regions(&lab).contains(&"r1".to_owned()));
}

#[test]
fn aliases_are_kept_in_state() {
    let config = "provider \"fake\" {\n alias = \"west\" \n region = \"west\" \n}\n".to_owned()
        + &thing("a", "provider = fake.west")
        + &thing("b", "");
    let mut lab = Lab::with(&config);
    let providers: Vec<&str> = lab.state.resources.values().map(|r| r.provider.as_str()).collect();
    assert_eq!(
        providers,
        [
            "provider[\"registry.terraform.io/test/fake\"].west",
            "provider[\"registry.terraform.io/test/fake\"]"
        ]
    );
    lab.settled(&config);
    // What configuration no longer has is destroyed through the provider that state names.
    let without = "provider \"fake\" {\n alias = \"west\" \n region = \"west\" \n}\n";
    lab.applied(without);
    assert!(lab.fake.ids().is_empty());
}

#[test]
fn what_is_wrong_with_providers() {
    for (config, expected) in [
        (
            thing("a", "provider = fake.east"),
            "Provider configuration not present | resource \"fake_thing\" \"a\"",
        ),
        (thing("a", "provider = other"), "Unsupported provider | resource \"fake_thing\" \"a\""),
        (
            "provider \"fake\" { region = \"nowhere\" }\n".to_owned() + &thing("a", ""),
            "No such region | \"nowhere\"",
        ),
        ("provider \"fake\" { regon = 1 }\n".to_owned() + &thing("a", ""), "Unsupported argument | regon"),
        (
            "provider \"fake\" { region = var.none }\n".to_owned() + &thing("a", ""),
            "Reference to undeclared input variable | var.none",
        ),
    ] {
        assert_eq!(Lab::new().refused(&config), [expected]);
    }
    // An orphan whose alias is gone cannot be destroyed.
    let alias = "provider \"fake\" {\n alias = \"west\" \n}\n".to_owned();
    let lab = Lab::with(&(alias + &thing("a", "provider = fake.west")));
    assert_eq!(lab.refused(""), ["Provider configuration not present"]);
    let detail = &lab.plan("").plan.problems.iter().next().unwrap().detail.clone();
    assert!(detail.contains("holds fake_thing.a, made with"), "{detail}");
}

//! Ephemeral values: where they may go, and where they are refused because they would be kept.

use super::*;
use crate::plan::PlanMode;

const SECRET: &str = "hush-hush";

/// What is declared for every case: ephemeral names, and a module that has some.
const NAMES: &str = "variable \"e\" {\ntype = string\nephemeral = true\n}\nvariable \"s\" {\ndefault = \"s\"\nsensitive = true\n}\nlocals {\n\
    made = \"a-${var.e}\"\nfurther = local.made\nmixed = { e = var.e, s = var.s, p = \"p\" }\ngone = ephemeralasnull({ e = var.e, p = \"p\" })\n}\n\
    module \"m\" {\nsource = \"./m\"\ntakes = var.e\n}\n";
const MODULE: &str = "#--- m/main.tf\nvariable \"takes\" {\nephemeral = true\n}\nvariable \"plain\" {\ndefault = 1\n}\n\
    output \"gives\" {\nvalue = var.takes\nephemeral = true\n}\noutput \"plain\" {\nvalue = 1\n}\n";

fn with(rest: &str) -> (Lab, String) {
    let mut lab = Lab::new();
    lab.set("e", SECRET);
    (lab, format!("{NAMES}{rest}\n{MODULE}"))
}

#[test]
fn what_would_be_kept_is_refused() {
    let argument = |value: &str| free("a", &format!("any = {value}"));
    let kept = "Invalid use of ephemeral value";
    let undeclared = "Ephemeral value not allowed";
    for (rest, expected) in [
        (argument("var.e"), kept),
        (argument("{ x = [var.e] }"), kept),
        (argument("length(var.e)"), kept),
        (argument("var.e == \"x\" ? 1 : 2"), kept),
        (argument("nonsensitive(var.e)"), kept),
        (argument("[for x in [var.e] : nonsensitive(x)]"), kept),
        (argument("sensitive(local.further)"), kept),
        (argument("local.mixed"), kept),
        (argument("{ (var.e) = 1 }"), kept),
        (argument("try(var.e, 1)"), kept),
        (argument("[1, 2][length(var.e) - 8]"), kept),
        (argument("module.m.gives"), kept),
        (argument("module.m"), kept),
        (free("a", "rule {\nport = length(var.e)\n}"), kept),
        (free("a", "dynamic \"rule\" {\nfor_each = [var.e]\ncontent {\nport = length(rule.value)\n}\n}"), kept),
        (free("a", "for_each = { k = var.e }\nany = each.value"), kept),
        ("data \"fake_lookup\" \"d\" {\nname = var.e\n}".into(), kept),
        (free("a", "count = length(var.e)"), "Invalid count argument"),
        (free("a", "for_each = toset([var.e])"), "Invalid for_each argument"),
        ("output \"o\" {\nvalue = var.e\n}".into(), undeclared),
        ("output \"o\" {\nvalue = [1, var.e]\nsensitive = true\n}".into(), undeclared),
        ("module \"n\" {\nsource = \"./m\"\ntakes = 1\nplain = local.made\n}".into(), undeclared),
        ("module \"n\" {\nsource = \"./n\"\nin = var.e\n}\n#--- n/main.tf\nvariable \"in\" {\nephemeral = true\n}\noutput \"out\" {\nvalue = var.in\n}".into(), undeclared),
    ] {
        let (lab, config) = with(&rest);
        assert!(lab.plan(&config).plan.errored, "{rest}");
        let found = lab.refused(&config);
        assert!(found.iter().any(|said| said.starts_with(expected)), "{rest}: {found:?}");
        assert!(!format!("{:?}", lab.plan(&config)).contains(SECRET), "{rest}");
    }
    let (_, problems) = configuration("output \"o\" {\nvalue = 1\nephemeral = true\n}\n");
    assert_eq!(problems.iter().next().unwrap().summary, "Ephemeral output not allowed");
}

#[test]
fn what_is_not_kept_may_be_ephemeral() {
    let argument = |value: &str| free("a", &format!("any = {value}"));
    let condition = |kind: &str, text: &str| {
        free(
            "a",
            &format!(
                "lifecycle {{\n{kind} {{\ncondition = {text}\nerror_message = \"No, ${{var.e}}.\"\n}}\n}}"
            ),
        )
    };
    for rest in [
        argument("local.mixed.p"),
        argument("local.gone"),
        argument("keys(local.mixed)"),
        argument("can(var.e)"),
        argument("merge({ e = var.e }, { p = 1 }).p"),
        argument("module.m.plain"),
        argument("ephemeralasnull(module.m.gives)"),
        free("a", "for_each = { k = var.e }\nany = each.key"),
        condition("precondition", "var.e != \"\""),
        condition("postcondition", "self.id != var.e"),
        "provider \"fake\" {\ntoken = var.e\n}\n".to_owned() + &free("a", ""),
        "output \"o\" {\nvalue = local.gone\n}".to_owned(),
    ] {
        let (mut lab, config) = with(&rest);
        let planned = lab.plan(&config);
        assert!(!planned.plan.errored, "{rest}: {:?}", planned.plan.problems);
        assert!(!planned.plan.variables.contains_key("e"), "{rest}");
        assert_eq!(planned.plan.ephemeral.iter().map(|name| &**name).collect::<Vec<_>>(), ["e"], "{rest}");
        let applied = lab.apply_plan(&config, planned);
        assert!(!applied.problems.has_errors(), "{rest}: {:?}", applied.problems);
        let state = String::from_utf8(crate::state::v4::write(&lab.state)).unwrap();
        assert!(!state.contains(SECRET), "{rest}: {state}");
        lab.settled(&config);
        let mut lab = lab.mode(PlanMode::Destroy);
        lab.applied(&config);
    }
}

#[test]
fn a_failed_condition_keeps_no_ephemeral_message() {
    let (mut lab, config) = with(&free(
        "a",
        "lifecycle {\npostcondition {\ncondition = self.id == var.e\nerror_message = \"No, ${var.e}.\"\n}\n}",
    ));
    let applied = lab.apply(&config);
    assert!(applied.problems.has_errors());
    let kept = format!("{:?} {:?}", applied, lab.state.check_results);
    assert!(!kept.contains(SECRET), "{kept}");
}

#[test]
fn null_in_place_of_a_secret_is_one() {
    for (value, refused) in [
        ("ephemeralasnull(var.e) == null", false),
        ("ephemeralasnull(var.both) == null", true),
        ("ephemeralasnull(local.both) == null", true),
        ("ephemeralasnull({ a = var.both, b = 1 }).b", false),
        ("ephemeralasnull([var.e, var.s])", true),
        ("ephemeralasnull(\"${var.e}${var.s}\") == null", true),
        ("ephemeralasnull({ a = var.e, b = 1 })", false),
    ] {
        let both = "variable \"both\" {\ndefault = 1\nephemeral = true\nsensitive = true\n}\nlocals {\nboth = \"${var.e}${var.s}\"\n}\n";
        let (lab, config) = with(&format!("{both}output \"o\" {{\nvalue = {value}\n}}"));
        let found = lab.plan(&config).plan;
        let said: Vec<&str> = found.problems.iter().map(|problem| problem.summary.as_str()).collect();
        let expected: &[&str] = if refused { &["Output refers to sensitive values"] } else { &[] };
        assert_eq!(said, expected, "{value}");
    }
}

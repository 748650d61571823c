//! Variables: defaults, inputs, validation, null, secrets.

use super::*;

#[test]
fn values_and_what_is_wrong_with_them() {
    for (declaration, given, expected) in [
        ("default = 1", None, Ok("1")),
        ("default = 1", Some("2"), Ok("\"2\"")),
        ("type = number", Some("2"), Ok("2")),
        ("type = number", Some("x"), Err("Invalid value for input variable")),
        ("type = number", None, Err("No value for required variable")),
        ("type = list(string)\ndefault = [1]", None, Ok("[\"1\"]")),
        ("type = string\ndefault = []", None, Err("Invalid default value for variable")),
        (
            "type = number\ndefault = 1\nvalidation {\ncondition = var.v > 1\nerror_message = \"Too small.\"\n}",
            None,
            Err("Invalid value for variable"),
        ),
        (
            "type = number\nvalidation {\ncondition = var.v > 1\nerror_message = \"Too small.\"\n}",
            Some("2"),
            Ok("2"),
        ),
        ("default = null", None, Ok("null")),
        (
            "type = object({ a = number, b = optional(string, \"x\") })\ndefault = { a = 1 }",
            None,
            Ok("{\"a\":1,\"b\":\"x\"}"),
        ),
        (
            "type = object({ a = optional(number, \"x\") })\ndefault = { a = 1 }",
            None,
            Err("Invalid default value for optional attribute"),
        ),
    ] {
        let config = format!("variable \"v\" {{\n{declaration}\n}}\noutput \"o\" {{ value = var.v }}");
        let mut lab = Lab::new();
        if let Some(text) = given {
            lab.set("v", text);
        }
        match expected {
            Ok(value) => {
                lab.applied(&config);
                assert_eq!(lab.output("o").to_string(), value, "{declaration}");
            }
            Err(summary) => {
                let found = lab.refused(&config);
                assert!(found.len() == 1 && found[0].starts_with(summary), "{declaration}: {found:?}");
            }
        }
    }
}

#[test]
fn a_failed_validation_says_its_message() {
    let config = "variable \"v\" {\ndefault = 1\nvalidation {\ncondition = var.v > 1\nerror_message = \"Got ${var.v}.\"\n}\n}";
    let planned = Lab::new().plan(config);
    assert_eq!(
        planned.plan.problems.iter().next().unwrap().detail,
        "Got 1.\n\nThis was checked by the validation rule at main.tf:3,1-11."
    );
}

#[test]
fn a_secret_variable_is_a_secret_wherever_it_goes() {
    let config = "variable \"s\" {\ndefault = \"hush\"\nsensitive = true\n}\n".to_owned()
        + &thing(
            "a",
            "note = \"x-${var.s}\"\ntags = { plain = \"p\", secret = var.s }\nrule { port = length(var.s) }",
        );
    let mut lab = Lab::new();
    lab.applied(&config);
    let paths = &lab.state.object(&"fake_thing.a".parse().unwrap()).unwrap().sensitive_paths;
    let shown: Vec<String> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["note", "rule[0].port", "tags[\"secret\"]"]);
    lab.settled(&config);
    // A mark alone is a change of what state says.
    let bare = config.replace("sensitive = true", "");
    assert_eq!(actions(&lab.planned(&bare)), ["fake_thing.a ~"]);
    lab.applied(&bare);
    lab.settled(&bare);
}

//! Where values of variables come from, and what exit codes and short commands answer.
//! Knows nothing of AWS.

use super::pair::Pair;

const SHOWN: &str = r#"
variable "v" {
  default = "default"
}
output "v" {
  value = var.v
}
"#;

#[test]
fn the_same_value_wins() {
    let Some(mut pair) = Pair::new() else { return };
    pair.write("main.tf", SHOWN);
    pair.write("own.tfvars", "v = \"own.tfvars\"\n");
    pair.write("own.tfvars.json", r#"{ "v": "own.tfvars.json" }"#);
    let plan = |pair: &mut Pair, at: &str, args: &[&str]| {
        let line: Vec<_> = ["plan", "-input=false"].iter().chain(args).copied().collect();
        pair.same_text(at, &line);
    };
    plan(&mut pair, "default", &[]);
    let mut pair = pair.env("TF_VAR_v", "environment");
    plan(&mut pair, "environment", &[]);
    for (file, text) in [
        ("terraform.tfvars", "v = \"terraform.tfvars\"\n"),
        ("terraform.tfvars.json", r#"{ "v": "terraform.tfvars.json" }"#),
        ("a.auto.tfvars", "v = \"a.auto.tfvars\"\n"),
        ("b.auto.tfvars.json", r#"{ "v": "b.auto.tfvars.json" }"#),
        ("c.auto.tfvars", "v = \"c.auto.tfvars\"\nextra = 1\n"),
    ] {
        pair.write(file, text);
        plan(&mut pair, file, &[]);
    }
    plan(&mut pair, "-var", &["-var", "v=given"]);
    plan(&mut pair, "-var-file", &["-var-file=own.tfvars"]);
    plan(&mut pair, "-var-file json", &["-var-file=own.tfvars.json"]);
    plan(&mut pair, "-var then file", &["-var=v=given", "-var-file=own.tfvars"]);
    plan(&mut pair, "file then -var", &["-var-file=own.tfvars", "-var=v=given"]);
    plan(&mut pair, "undeclared -var", &["-var", "nope=1"]);
    plan(&mut pair, "malformed -var", &["-var", "v"]);
    plan(&mut pair, "missing -var-file", &["-var-file=none.tfvars"]);
    pair.assert_same();
}

#[test]
fn values_are_converted_alike() {
    let Some(mut pair) = Pair::new() else { return };
    for (kind, values) in [
        ("", &["1", "true", "[1]", "null", "", "a b", "\"q\""][..]),
        ("string", &["1", "true", "[1]", "null", ""]),
        ("number", &["1", "1.50", "x", "", "true", "1e3"]),
        ("bool", &["true", "1", "TRUE", "yes"]),
        ("list(string)", &["[\"a\", 1]", "[", "a", "{}", "[[]]"]),
        ("set(number)", &["[1, \"1\", 2]"]),
        ("map(number)", &["{ a = 1, \"b c\" = \"2\" }", "{ a = \"x\" }", "[]"]),
        ("object({ a = string, b = optional(number, 5) })", &["{ a = 1 }", "{}", "{ a = \"x\", c = 1 }"]),
        ("tuple([string, number])", &["[1, 2]", "[1]"]),
        ("any", &["[1, \"a\"]", "abc", "upper(\"a\")", "var.x"]),
    ] {
        let line = if kind.is_empty() { String::new() } else { format!("  type = {kind}\n") };
        pair.write("main.tf", format!("variable \"v\" {{\n{line}}}\noutput \"v\" {{\n  value = var.v\n}}\n"));
        for value in values {
            pair.same_text(
                &format!("{kind}: {value}"),
                &["plan", "-input=false", "-var", &format!("v={value}")],
            );
        }
    }
    pair.assert_same();
}

#[test]
fn variables_are_refused_alike() {
    let Some(mut pair) = Pair::new() else { return };
    pair.write(
        "main.tf",
        r#"
variable "required" {
  type = string
}
variable "checked" {
  type    = number
  default = 5
  validation {
    condition     = var.checked > 3
    error_message = "It must be more than three, not ${var.checked}."
  }
}
variable "never_null" {
  default  = "x"
  nullable = false
}
output "all" {
  value = [var.required, var.checked, var.never_null]
}
"#,
    );
    for args in [
        &[][..],
        &["-var=required=a"],
        &["-var=required=a", "-var=checked=2"],
        &["-var=required=a", "-var=checked=4"],
    ] {
        let line: Vec<_> = ["plan", "-input=false"].iter().chain(args).copied().collect();
        pair.same_text(&format!("{args:?}"), &line);
    }
    pair.write("null.tfvars", "never_null = null\nrequired = null\n");
    pair.same_text("null", &["plan", "-input=false", "-var-file=null.tfvars"]);
    pair.write("bad.tfvars", "never_null = \n");
    pair.same_text("bad file", &["plan", "-input=false", "-var-file=bad.tfvars"]);
    pair.write("calls.tfvars", "required = upper(\"a\")\n");
    pair.same_text("call in a file", &["plan", "-input=false", "-var-file=calls.tfvars"]);
    pair.assert_same();
}

#[test]
fn commands_answer_alike() {
    let Some(mut pair) = Pair::new() else { return };
    for line in [&["state", "list"][..], &["output"], &["output", "-json"], &["show"]] {
        pair.same_text("no state", line);
    }
    pair.write(
        "main.tf",
        r#"
resource "terraform_data" "a" {
  input = { a = 1, b = ["x"] }
}
resource "terraform_data" "c" {
  count = 12
}
resource "terraform_data" "e" {
  for_each = toset(["b", "a\"q", "${"$"}{x}"])
}
output "text" {
  value = "x\ty"
}
output "number" {
  value = 1.50
}
output "bool" {
  value = true
}
output "list" {
  value = tolist(["a"])
}
output "object" {
  value = terraform_data.a.output
}
output "secret" {
  value     = "hunter2"
  sensitive = true
}
"#,
    );
    pair.same_text("apply", &["apply", "-auto-approve"]);
    pair.state("apply");
    for line in [
        &["state", "list"][..],
        &["state", "list", "terraform_data.c"],
        &["state", "list", "terraform_data.c[1]"],
        &["state", "list", "terraform_data.nope"],
        &["state", "list", "not an address"],
        &["state", "show", "terraform_data.a"],
        &["state", "show", "terraform_data.c[3]"],
        &["state", "show", "terraform_data.c"],
        &["state", "show", "terraform_data.nope"],
        &["output"],
        &["output", "text"],
        &["output", "-raw", "text"],
        &["output", "-raw", "number"],
        &["output", "-raw", "bool"],
        &["output", "-raw", "list"],
        &["output", "list"],
        &["output", "object"],
        &["output", "secret"],
        &["output", "-raw", "secret"],
        &["output", "nope"],
        &["output", "text", "list"],
        &["show"],
        &["plan", "-detailed-exitcode"],
        &["plan", "-detailed-exitcode", "-refresh-only"],
        &["plan", "-detailed-exitcode", "-destroy"],
        &["plan", "-detailed-exitcode", "-replace=terraform_data.a"],
        &["plan", "-detailed-exitcode", "-replace=terraform_data.nope"],
        &["plan", "-detailed-exitcode", "-target=terraform_data.c[0]"],
        &["plan", "-detailed-exitcode", "-target=terraform_data.nope"],
        &["plan", "-target=not an address"],
        &["plan", "-destroy", "-refresh-only"],
        &["plan", "-refresh=false"],
        &["plan", "-nope"],
        &["plan", "extra"],
        &["apply", "no-such-plan"],
        &["show", "no-such-plan"],
        &["validate"],
    ] {
        pair.same_text("", line);
    }
    for line in [&["output", "-json"][..], &["output", "-json", "object"], &["validate", "-json"]] {
        pair.same_json("", line);
    }
    pair.assert_same();
}

#[test]
fn outputs_are_printed_alike_to_the_byte() {
    let Some(pair) = Pair::new() else { return };
    let forms: [&[&str]; 4] = [&[], &["-json"], &["-raw"], &["-json", "-raw"]];
    let same = |names: &[&str]| {
        for form in forms {
            for name in [&[][..], &["nope"]].into_iter().chain(names.iter().map(std::slice::from_ref)) {
                let (ours, theirs) = pair.run(&[&["output", "-no-color"][..], form, name].concat());
                assert_eq!(ours.code, theirs.code, "{form:?} {name:?}: {}{}", ours.stdout, ours.stderr);
                // What warns is in other words.
                if !theirs.stdout.contains("Warning: ") {
                    assert_eq!(ours.stdout, theirs.stdout, "{form:?} {name:?}");
                }
            }
        }
    };
    same(&[]);
    let values = [
        ("text", "\"<a> & \\\"é\\u2028\\n\""),
        ("number", "1.50"),
        ("bool", "true"),
        ("list", "tolist([\"a\", \"b\"])"),
        ("tuple", "[\"a\", 1, null]"),
        ("set", "toset([\"b\", \"a\"])"),
        ("object", "{ a = 1, b = { \"<\" = [true] } }"),
        ("none", "[]"),
        ("nothing", "{}"),
        ("null", "null"),
    ];
    pair.write("main.tf", "output \"null\" {\n  value = null\n}\n");
    pair.run(&["apply", "-auto-approve"]).0.assert_success();
    same(&["null"]);
    let outputs = values.map(|(name, value)| format!("output \"{name}\" {{\n  value = {value}\n}}\n"));
    let secret = "output \"secret\" {\n  value = { a = \"hunter2\" }\n  sensitive = true\n}\n";
    pair.write("main.tf", outputs.concat() + secret);
    pair.run(&["apply", "-auto-approve"]).0.assert_success();
    same(&values.map(|(name, _)| name));
    same(&["secret"]);
}

#[test]
fn defaults_are_shown_alike() {
    let Some(mut pair) = Pair::new() else { return };
    let variables = [
        (
            "object({ a = optional(string, \"x\"), b = optional(object({ c = optional(list(string), [1]), d = number }), { d \
             = 1 }), e = optional(bool) })",
            "{}",
        ),
        ("map(object({ a = optional(string, \"x\"), b = optional(number) }))", "{ k = { b = \"3\" } }"),
        ("list(object({ a = optional(string, \"x\") }))", "[{}, null, { a = null }]"),
        ("object({ a = optional(string, \"x\") })", "null"),
        ("object({ a = string })", "{ a = 1, b = 2 }"),
        ("number", "\"12\""),
        ("bool", "\"true\""),
        ("set(string)", "[\"b\", \"a\", \"b\"]"),
        ("list(any)", "[1, \"x\"]"),
        ("tuple([string, any])", "[1, 1]"),
        ("any", "{ a = [1, \"x\"] }"),
        ("string", "null"),
    ];
    let declared: String = (variables.iter().enumerate())
        .map(|(i, (ty, default))| {
            format!("variable \"v{i}\" {{\n  type    = {ty}\n  default = {default}\n}}\n")
        })
        .collect();
    pair.write("m/main.tf", &declared);
    pair.write("main.tf", format!("{declared}module \"m\" {{\n  source = \"./m\"\n}}\n"));
    pair.init();
    pair.ours.lambdaform(&["init"]).assert_success();
    pair.plan("defaults", &[]);
    pair.assert_same();
}

//! The commands that work on sources and expressions alone, as a person uses them: `fmt` and `console`.
//! Knows no rule of layout or evaluation; what Terraform makes of the same is among the differential tests.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::sandbox::{Output, Sandbox};

const UGLY: &str = "resource \"a\" b {\nx   = 1\nlong=\"${y}\"\n}\n";
const NEAT: &str = "resource \"a\" \"b\" {\n  x    = 1\n  long = y\n}\n";

#[test]
fn fmt_writes_lists_and_checks() {
    let sandbox = Sandbox::new()
        .file("a.tf", UGLY)
        .file("neat.tf", NEAT)
        .file("sub/b.tfvars", "a=1\n")
        .file("note.hcl", UGLY);
    let check = sandbox.lambdaform(&["fmt", "-check", "-recursive"]);
    assert_eq!((check.code, &*check.stdout), (Some(3), "a.tf\nsub/b.tfvars\n"));
    assert_eq!(sandbox.read("a.tf"), UGLY);
    fs::set_permissions(sandbox.path("a.tf"), fs::Permissions::from_mode(0o600)).unwrap();
    let write = sandbox.lambdaform(&["fmt"]);
    assert_eq!((write.code, &*write.stdout), (Some(0), "a.tf\n"));
    assert_eq!(sandbox.read("a.tf"), NEAT);
    assert_eq!(fs::metadata(sandbox.path("a.tf")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(sandbox.lambdaform(&["fmt", "-check"]).assert_success().stdout, "");
    assert_eq!(sandbox.lambdaform(&["-chdir=sub", "fmt"]).assert_success().stdout, "b.tfvars\n");
    assert_eq!(sandbox.read("note.hcl"), UGLY);
    assert_eq!(fs::read_dir(sandbox.path("")).unwrap().count(), 4, "nothing else is left behind");
}

#[test]
fn fmt_reads_standard_input_and_shows_differences() {
    let sandbox = Sandbox::new();
    let typed = |args: &[&str]| sandbox.lambdaform_typing(args, UGLY);
    assert_eq!(typed(&["fmt", "-"]).assert_success().stdout, NEAT);
    let diff = "--- old/<stdin>\n+++ new/<stdin>\n@@ -1,4 +1,4 @@\n-resource \"a\" b {\n-x   = 1\n-long=\"${y}\"\n\
                +resource \"a\" \"b\" {\n+  x    = 1\n+  long = y\n }\n";
    assert_eq!(typed(&["fmt", "-diff", "-"]).assert_success().stdout, diff);
    let without_diff = [("PATH", "")];
    let sandbox = Sandbox::new().file("<stdin>.tf", UGLY);
    let output = sandbox.run_with(&without_diff, &["fmt", "-diff", "-write=false", "-list=false"]);
    assert_eq!(output.assert_success().stdout, diff.replace("<stdin>", "<stdin>.tf"));
}

#[test]
fn fmt_leaves_broken_files_alone_and_does_the_others() {
    let sandbox =
        Sandbox::new().file("a.tf", "a =\n").file("b.tf", "b   = 1\n").file("c.tf", b"c = \"\xff\"\n");
    let output = sandbox.lambdaform(&["fmt"]);
    output.assert_code(2).assert_stderr_has("on a.tf line 1").assert_stderr_has("c.tf is not UTF-8");
    assert_eq!((output.stdout.as_str(), &*sandbox.read("a.tf")), ("b.tf\n", "a =\n"));
    assert_eq!(sandbox.read("b.tf"), "b = 1\n");
    sandbox.lambdaform(&["fmt", "nope"]).assert_code(2).assert_stderr_has("No file or directory at nope");
}

const PROJECT: &str = r#"
variable "given" {}
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
locals {
  twice = "${var.given}${var.given}"
}
resource "terraform_data" "a" {
  input = var.given
}
"#;

fn ask(sandbox: &Sandbox, flags: &[&str], input: &str) -> Output {
    sandbox.lambdaform_typing(&[&["console"], flags].concat(), input)
}

#[test]
fn console_evaluates_with_configuration_state_or_plan() {
    let sandbox = Sandbox::new().file("main.tf", PROJECT);
    let answers = |flags: &[&str], input: &str, expected: &str| {
        let output = ask(&sandbox, flags, input);
        assert_eq!(output.assert_success().stdout, expected, "{input}");
        output.assert_never_says("hunter2");
    };
    answers(&[], "local.twice\n", "(known after apply)\n");
    answers(&["-var", "given=x"], "local.twice\n", "\"xx\"\n");
    answers(&[], "[var.secret]\n", "[\n  (sensitive value),\n]\n");
    answers(&[], "terraform_data.a.input\n", "(known after apply)\n");
    answers(&["-plan", "-var", "given=x"], "terraform_data.a.input\n", "\"x\"\n");
    sandbox.lambdaform(&["apply", "-auto-approve", "-var", "given=x"]).assert_success();
    let state = sandbox.read("terraform.tfstate");
    answers(&["-var", "given=y"], "terraform_data.a.output\n", "\"x\"\n");
    answers(&["-plan", "-var", "given=y"], "terraform_data.a.input\n", "\"y\"\n");
    answers(&[], "type(terraform_data.a.id)\n", "string\n");
    answers(&[], "false ? type(1) : (true ? type(\"\") : null)\n", "string\n");
    answers(&[], "try(type(upper([])), type(1))\n", "number\n");
    answers(&[], "can(type(upper([])))\n", "false\n");
    assert_eq!(sandbox.read("terraform.tfstate"), state);
}

#[test]
fn console_ends_with_the_input_or_the_first_mistake() {
    let sandbox = Sandbox::new();
    for (input, code, said) in [
        ("", 0, "\n"),
        ("1\n2\n", 0, "2\n"),
        ("1\nexit\n2\n", 0, ""),
        ("nope\n2\n", 1, ""),
        ("2\nlocal.nope\n", 1, ""),
        ("try(type(local.nope), 1)\n", 1, ""),
        ("true ? type(1) : 2\n", 1, ""),
        ("[type(1)]\n", 1, ""),
        (&"[".repeat(100_000), 1, ""),
    ] {
        let output = ask(&sandbox, &[], input);
        assert_eq!((output.code, output.stdout.as_str()), (Some(code), said), "{input:.20}");
        assert_eq!(output.stderr.is_empty(), code == 0, "{input:.20}");
    }
    ask(&sandbox, &[], "help\n").assert_success().assert_stdout_has("type \"exit\"");
    ask(&sandbox.file("bad.tf", "a = \n"), &[], "1\n").assert_code(1).assert_stderr_has("on bad.tf line 1");
}

//! `console` of both programs: the same expressions in the same directories, and what is said of them.
//! Knows no rule of evaluation.

use std::collections::BTreeSet;

use regex::Regex;

use super::format::prepared;
use crate::support::program::Program;
use crate::support::sandbox::{Output, Sandbox};

/// How many expressions are asked for at once: a line that Terraform reads may be no longer than 64 KiB.
const AT_ONCE: usize = 60;

/// What the kept expressions refer to.
const NAMES: &str = r#"
variable "s" {
  sensitive = true
  default   = "hunter2"
}
variable "sn" {
  sensitive = true
  default   = 5
}
variable "sb" {
  sensitive = true
  default   = true
}
variable "slist" {
  type      = list(string)
  sensitive = true
  default   = ["a", "b"]
}
locals {
  obj  = { a = 1, bc = "x" }
  l    = ["p", "q"]
  ls   = tolist(["p", "q"])
  m    = tomap({ a = "1", b = "2" })
  st   = toset(["a", "b"])
  nul  = null
  num  = 5
  nobj = { inner = { deep = 1 } }
}
resource "terraform_data" "u" {
}
"#;

/// What is answered differently on purpose, and why.
const DEPARTURES: &[(&str, &str)] = &[
    ("[terraform_data.u.id, 1] == [\"x\", 2]", "they differ, whatever is not known yet"),
    ("[1,terraform_data.u.id] == [2,\"x\"]", "they differ, whatever is not known yet"),
    ("core::foo(\"a\")", "there is a namespace core, only no such function"),
    ("terraform.applying", "nothing is applied by expressions"),
    ("element([\"a\", \"b\"], -1)", "Terraform panics"),
    ("element([\"a\", \"b\"], -3)", "Terraform panics"),
    ("length(base64gzip(\"hello\"))", "compressed by another library"),
    ("yamldecode(\"a: .inf\")", "infinity is no number"),
    ("format(\"%v\", null)", "the console alone takes an untyped null for unknown"),
    ("format(\"%#v\", null)", "the console alone takes an untyped null for unknown"),
];

/// Expressions that are kept beside the evaluator, with whether they succeed.
fn kept() -> Vec<(&'static str, bool)> {
    let rows = include_str!("../../src/lang/cases.txt").lines().filter(|row| !row.starts_with('#'));
    let rows = rows.filter_map(|row| row.split_once("  =>  "));
    let rows = rows.map(|(text, expected)| (text, !expected.starts_with("Error")));
    rows.filter(|(text, _)| is_alike(text)).collect()
}

/// Whether both programs should answer the same.
fn is_alike(text: &str) -> bool {
    DEPARTURES.iter().all(|(departure, _)| *departure != text)
}

/// Calls that are kept beside the functions and succeed, without files and times.
fn calls() -> Vec<&'static str> {
    let rows = concat!(
        include_str!("../../src/lang/functions/rows/string.txt"),
        include_str!("../../src/lang/functions/rows/regex.txt"),
        include_str!("../../src/lang/functions/rows/format.txt"),
        include_str!("../../src/lang/functions/rows/numeric.txt"),
        include_str!("../../src/lang/functions/rows/collection.txt"),
        include_str!("../../src/lang/functions/rows/list.txt"),
        include_str!("../../src/lang/functions/rows/map.txt"),
        include_str!("../../src/lang/functions/rows/set.txt"),
        include_str!("../../src/lang/functions/rows/encoding.txt"),
        include_str!("../../src/lang/functions/rows/yaml.txt"),
        include_str!("../../src/lang/functions/rows/network.txt"),
        include_str!("../../src/lang/functions/rows/types.txt"),
    );
    let rows = rows.lines().filter(|row| !row.starts_with('#') && !row.contains(" !! "));
    let calls = rows.filter_map(|row| row.split_once(" => ")).map(|(call, _)| call);
    let known = |call: &&str| !["var.", "typed_null"].iter().any(|word| call.contains(word));
    calls.filter(known).filter(|call| is_alike(call)).collect()
}

fn typed(sandbox: &Sandbox, program: &str, flags: &str, input: &str) -> Output {
    sandbox.write("../home/input", input);
    sandbox.run("sh", &["-c", &format!("exec \"$0\" console -no-color {flags} <../home/input"), program])
}

/// What both programs say to the same input.
fn both(sandbox: &Sandbox, flags: &str, input: &str) -> Option<[Output; 2]> {
    let terraform = Program::Terraform.find()?;
    let programs = [env!("CARGO_BIN_EXE_lambdaform"), terraform.to_str().unwrap()];
    Some(programs.map(|program| typed(sandbox, program, flags, input)))
}

/// The summaries of errors.
fn errors(output: &Output) -> BTreeSet<&str> {
    output.stderr.lines().filter_map(|line| line.strip_prefix("Error: ")).collect()
}

/// Both ended with the same code and said the same, and both complained or neither.
#[track_caller]
fn assert_same(ours: &Output, theirs: &Output, of: &str) {
    let blank = Regex::new(r"\n\n+").unwrap();
    let [said, expected] = [ours, theirs].map(|output| blank.replace_all(&output.stdout, "\n\n"));
    let story = format!("{of}\n{}\n{}", ours.stderr, theirs.stderr);
    assert_eq!((ours.code, said), (theirs.code, expected), "{story}");
    assert_eq!(errors(ours).is_empty(), errors(theirs).is_empty(), "{story}");
}

/// They said the same, and what ours complains about Terraform complains about, too. It finds some mistakes twice, in other
/// words.
#[track_caller]
fn assert_alike(ours: &Output, theirs: &Output, of: &str) {
    assert_same(ours, theirs, of);
    let known = errors(ours).is_subset(&errors(theirs));
    assert!(known, "{of}\n{}\n{}", ours.stderr, theirs.stderr);
}

/// The entries of an object with numbers for keys, each with its number.
fn entries(text: &str) -> Vec<(&str, &str)> {
    let key = Regex::new(r#"(?m)^  "(\d{4})" = "#).unwrap();
    let found: Vec<_> = key.captures_iter(text).map(|c| (c.get(0).unwrap(), c.get(1).unwrap())).collect();
    let ends = found.iter().skip(1).map(|(whole, _)| whole.start()).chain([text.len()]);
    found.iter().zip(ends).map(|((whole, number), end)| (number.as_str(), &text[whole.end()..end])).collect()
}

#[test]
fn values_are_printed_alike() {
    let sandbox = prepared().file("main.tf", NAMES);
    // What asks for a type is no value.
    let kept = kept().into_iter().filter(|(text, succeeds)| *succeeds && !text.starts_with("type("));
    let texts: Vec<&str> = kept.map(|(text, _)| text).chain(calls()).collect();
    assert!(texts.len() > 900, "{}", texts.len());
    let mut different = Vec::new();
    for chunk in texts.chunks(AT_ONCE) {
        let items: Vec<String> =
            chunk.iter().enumerate().map(|(i, text)| format!("\"{i:04}\" = {text}")).collect();
        let Some([ours, theirs]) = both(&sandbox, "", &format!("{{ {} }}\n", items.join(", "))) else {
            return;
        };
        assert_eq!((ours.code, theirs.code), (Some(0), Some(0)), "{}\n{}", ours.stderr, theirs.stderr);
        for ((number, ours), (_, theirs)) in entries(&ours.stdout).into_iter().zip(entries(&theirs.stdout)) {
            if ours != theirs {
                let text = chunk[number.parse::<usize>().unwrap()];
                different.push(format!("{text}\n  terraform: {theirs}  lambdaform: {ours}"));
            }
        }
        assert_eq!(entries(&theirs.stdout).len(), chunk.len());
    }
    assert!(different.is_empty(), "{}:\n{}", different.len(), different.join("\n"));
}

#[test]
fn types_and_mistakes_are_told_alike() {
    let sandbox = prepared().file("main.tf", NAMES);
    let types = [
        "type(local.obj)",
        "type(local.l)",
        "(type(local.st))",
        "type(terraform_data.u)",
        "type([])",
        "type({})",
        "type(tolist([{ a = [1] }]))",
        "type({ a = { b = tomap({}) } })",
        "type(null)",
        "true ? null : [1]",
        "[true ? null : { a = 1 }]",
        "type(var.s)",
        "type(1, 2)",
        "type()",
        "true ? type(1) : type(\"\")",
        "local.num == 1 ? type(1) : (true ? type([]) : null)",
        "true ? type(1) : type(upper([]))",
        "true ? type(1) : 2",
        "true ? 2 : type(1)",
        "\"x\" ? type(1) : type(2)",
        "try(type(1), 2)",
        "try(1, type(2))",
        "try(upper([]), type(1))",
        "try(type(upper([])), type(upper([])))",
        "try(type(local.nope), 1)",
        "can(type(upper([])))",
        "\"${type(1)}\"",
        "[type(1)]",
    ];
    let wrong = kept().into_iter().filter(|(_, succeeds)| !succeeds).map(|(text, _)| text).step_by(3);
    for text in types.into_iter().chain(wrong) {
        let Some([ours, theirs]) = both(&sandbox, "", text) else { return };
        assert_alike(&ours, &theirs, text);
    }
}

#[test]
fn sessions_end_alike() {
    let sandbox = prepared();
    for input in [
        "",
        "\n",
        "1",
        "1\n",
        "1\n2\n",
        "1\n\n",
        "  1  \n",
        "1 # comment\n",
        "# comment\n",
        "1\nexit\n2\n",
        "  exit  \n1\n",
        "exit\n",
        "quit\n",
        "foo\n1\n",
        "1\nfoo\n",
        "[1,\n2]\n",
        "{\na = 1\n}\n",
        "1 +\n2\n",
        "]\n",
        "\"a\\nb\"\n",
        "\"[\"\n",
        "sensitive(1)\n[sensitive(1)]\n",
        "1\r\n",
        "a = 1\n",
        "1 2\n",
        "var.x\n",
        "local.x\n",
        "module.x\n",
        "data.a.b\n",
        "terraform_data.x\n",
        "each.key\n",
        "count.index\n",
        "self\n",
        "path.module\n",
        "path.root\n",
        "path.cwd\n",
        "terraform.workspace\n",
        "file(\"nope\")\n",
        "length(timestamp())\n",
    ] {
        let Some([ours, theirs]) = both(&sandbox, "", input) else { return };
        assert_same(&ours, &theirs, input);
    }
    let Some([ours, theirs]) = both(&sandbox, "", "help\n") else { return };
    assert_eq!(ours.stdout.lines().count(), theirs.stdout.lines().count());
}

/// A project with variables, locals, resources and a module.
const PROJECT: &str = r#"
variable "none" {}
variable "number" {
  type = number
}
variable "small" {
  default = 1
  validation {
    condition     = var.small < 10
    error_message = "Too big."
  }
}
variable "secret" {
  default   = "hunter2"
  sensitive = true
}
locals {
  one    = 1
  joined = "${var.none}-x"
}
resource "terraform_data" "single" {
  input = "first"
}
resource "terraform_data" "counted" {
  count = 2
  input = count.index
}
resource "terraform_data" "keyed" {
  for_each = toset(["a", "b"])
  input    = { (each.key) = 1 }
}
module "m" {
  source = "./m"
  x      = local.one
}
output "o" {
  value = local.joined
}
"#;

const MODULE: &str = r#"
variable "x" {}
output "y" {
  value = var.x + 1
}
output "input" {
  value = terraform_data.in.input
}
resource "terraform_data" "in" {
  input = var.x
}
"#;

const QUESTIONS: &[&str] = &[
    "var.none",
    "var.number",
    "var.small",
    "var.secret",
    "local.one",
    "local.joined",
    "terraform_data.single",
    "terraform_data.single.input",
    "terraform_data.single.id == terraform_data.single.id",
    "terraform_data.counted",
    "terraform_data.counted[1].output",
    "terraform_data.counted[*].input",
    "terraform_data.keyed",
    "terraform_data.keyed[\"b\"].input",
    "type(terraform_data.single)",
    "module.m",
    "module.m.y",
    "module.m.input",
    "terraform_data.nope",
    "module.nope",
    "var.nope",
    "local.nope",
    "var",
];

#[test]
fn the_world_is_that_of_configuration_and_state() {
    let sandbox = prepared().file("main.tf", PROJECT).file("m/main.tf", MODULE);
    let Some(terraform) = Program::Terraform.find() else { return };
    sandbox.run(&terraform, &["init", "-no-color"]).assert_success();
    let given = "-var none=n -var number=2";
    let ask = |flags: &str| {
        for question in QUESTIONS {
            let Some([ours, theirs]) = both(&sandbox, flags, question) else { return };
            // It crashes when it is asked for a variable whose value is wrong.
            if theirs.code == Some(11) {
                continue;
            }
            assert_alike(&ours, &theirs, &format!("{flags} {question}"));
            ours.assert_never_says("hunter2");
        }
    };
    for flags in ["", given, "-plan", "-var number=nope", "-var small=20", "-var unknown=1"] {
        ask(flags);
    }
    let apply = ["apply", "-auto-approve", "-no-color", "-var", "none=n", "-var", "number=2"];
    sandbox.run(&terraform, &apply).assert_success();
    let changed = PROJECT.replace("\"first\"", "\"second\"").replace("count = 2", "count = 3");
    sandbox.write("main.tf", changed);
    for flags in ["", given, "-state=nowhere", "-state=terraform.tfstate"] {
        ask(flags);
    }
    ask(&format!("-plan {given}"));
}

//! The commands around plan and apply, over the same states and directories with both programs: standard output, exit
//! codes and state files are the same. Knows nothing of how states are stored beyond their files.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::pair::Pair;
use crate::state_commands::state;
use crate::support::sandbox::{Output, Sandbox};

const MAIN: &str = r#"
resource "terraform_data" "a" {
  input = terraform.workspace
}
resource "terraform_data" "b" {
  count = 2
  input = terraform_data.a.id
}
resource "terraform_data" "c" {
  input      = module.m[0].out
  depends_on = [terraform_data.b]
}
module "m" {
  source = "./child"
  count  = 2
  in     = terraform_data.a.id
}
"#;

const CHILD: &str = r#"
variable "in" {}
resource "terraform_data" "x" {
  input = var.in
}
resource "terraform_data" "y" {
  input = terraform_data.x.id
}
output "out" {
  value = terraform_data.x.id
}
"#;

/// Runs the command lines one after another with both programs.
fn same(pair: &Pair, lines: &[&[&str]]) {
    for line in lines {
        let (ours, theirs) = pair.run(line);
        assert_eq!(ours.code, theirs.code, "{line:?}: {ours:?} {theirs:?}");
        if !theirs.stdout.contains("Usage:") {
            assert_eq!(said(&ours), said(&theirs), "{line:?}");
        }
        // Which dependencies a module keeps on its way to another file depends on the order in which Terraform goes through
        // a map, and differs from run to run.
        let modules_leave =
            line.iter().any(|arg| arg.starts_with("-state-out")) && line.contains(&"module.m");
        let state = |sandbox: &Sandbox, file: &str| {
            sandbox.has(file).then(|| {
                let mut state = lineless(&sandbox.read(file));
                for resource in
                    state["resources"].as_array_mut().into_iter().flatten().filter(|_| modules_leave)
                {
                    for instance in resource["instances"].as_array_mut().into_iter().flatten() {
                        instance.as_object_mut().map(|instance| instance.remove("dependencies"));
                    }
                }
                state
            })
        };
        for file in ["terraform.tfstate", "o.tfstate", "terraform.tfstate.d/w/terraform.tfstate"] {
            assert_eq!(state(&pair.ours, file), state(&pair.theirs, file), "{file} after {line:?}");
        }
    }
}

/// The lines that were printed, without colors and the program's name. Terraform goes through maps in no order.
fn said(output: &Output) -> BTreeSet<String> {
    static COLOR: LazyLock<Regex> = LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").unwrap());
    static PROGRAM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b([Tt]erraform|lambdaform)\b").unwrap());
    let text = COLOR.replace_all(&output.stdout, "");
    PROGRAM.replace_all(&text, "[program]").lines().map(str::to_owned).collect()
}

/// A state without its lineage, which new ones make up.
fn lineless(text: &str) -> Value {
    let mut state: Value = serde_json::from_str(text).unwrap();
    state["lineage"] = Value::Null;
    state
}

#[test]
fn states_are_edited_alike() {
    let moves: &[&[&str]] = &[
        &["terraform_data.a", "terraform_data.z"],
        &["terraform_data.a", "terraform_data.a[0]"],
        &["terraform_data.b", "module.x.terraform_data.y"],
        &["terraform_data.b[0]", "terraform_data.b[7]"],
        &["terraform_data.b[0]", "terraform_data.b[1]"],
        &["terraform_data.b", "terraform_data.z[0]"],
        &["terraform_data.c[\"x\"]", "terraform_data.d"],
        &["module.m", "module.q"],
        &["module.m", "module.m.module.y"],
        &["module.n[0]", "module.q"],
        &["module.n[0]", "module.n[1]"],
        &["module.n", "module.q"],
        &["module.m", "terraform_data.z"],
        &["terraform_data.a", "module.z"],
        &["terraform_data.a", "data.terraform_data.a"],
        &["terraform_data.nope", "terraform_data.z"],
        &["-dry-run", "terraform_data.a", "terraform_data.z"],
        &["-state-out=o.tfstate", "terraform_data.b", "terraform_data.k"],
        &["-state-out=o.tfstate", "module.m", "module.m"],
    ];
    let others: &[&[&str]] = &[
        &["state", "rm", "terraform_data.a"],
        &["state", "rm", "module.n", "terraform_data.b[0]"],
        &["state", "rm", "-dry-run", "module.m"],
        &["state", "rm", "terraform_data.nope"],
        &["state", "list"],
        &["state", "list", "module.n", "terraform_data.a"],
        &["state", "list", "-id=mgz"],
        &["state", "show", "module.m.terraform_data.a"],
        &["state", "pull"],
        &["state", "replace-provider", "-auto-approve", "terraform.io/builtin/terraform", "acme/foo"],
        &["taint", "terraform_data.b[0]"],
        &["taint", "terraform_data.b"],
        &["untaint", "terraform_data.a"],
        &["workspace", "new", "-state=terraform.tfstate", "w"],
        &["workspace", "list"],
        &["force-unlock", "-force", "x"],
    ];
    let moves = moves.iter().map(|rest| [&["state", "mv"], *rest].concat());
    for line in moves.chain(others.iter().map(|line| line.to_vec())) {
        let Some(pair) = Pair::new() else { return };
        pair.write("terraform.tfstate", state());
        same(&pair, &[&line]);
    }
}

#[test]
fn workspaces_are_kept_alike() {
    let Some(pair) = Pair::new() else { return };
    same(
        &pair,
        &[
            &["workspace", "list"],
            &["workspace", "new", "w"],
            &["workspace", "new", "w"],
            &["workspace", "list"],
            &["workspace", "show"],
            &["workspace", "delete", "w"],
            &["workspace", "select", "nope"],
            &["workspace", "select", "-or-create", "v"],
            &["workspace", "delete", "w"],
            &["workspace", "delete", "default"],
            &["workspace", "select", "default"],
            &["workspace", "new", "a b"],
            &["workspace", "list"],
        ],
    );
    assert_eq!(pair.ours.read(".terraform/environment"), pair.theirs.read(".terraform/environment"));
}

#[test]
fn imports_are_alike() {
    let Some(pair) = Pair::new() else { return };
    pair.write(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nresource \"terraform_data\" \"b\" {\n  count = 2\n  input = \
         terraform_data.a.id\n}\n",
    );
    pair.init();
    same(
        &pair,
        &[
            &["import", "terraform_data.a", "one"],
            &["import", "terraform_data.b[1]", "two"],
            &["state", "list"],
            &["import", "data.terraform_data.a", "x"],
            &["import", "module.q.terraform_data.a", "x"],
            &["import", "terraform_data.b", "x"],
            &["import", "terraform_data.b[7]", "x"],
            &["import", "terraform_data.nope", "x"],
        ],
    );
    let twice = pair.ours.lambdaform(&["import", "terraform_data.a", "one"]);
    twice.assert_code(1).assert_stderr_has("Resource already managed");
}

#[test]
fn graphs_and_requirements_are_drawn_alike() {
    let Some(pair) = Pair::new() else { return };
    pair.write("main.tf", MAIN);
    pair.write("child/main.tf", CHILD);
    pair.init();
    // For us, who do not install modules here.
    pair.ours.write(".terraform/modules/modules.json", pair.theirs.read(".terraform/modules/modules.json"));
    let same = |line: &[&str]| {
        let (ours, theirs) = pair.run(line);
        assert_eq!(ours.assert_success().stdout, theirs.assert_success().stdout, "{line:?}");
    };
    for line in [
        &["graph"][..],
        &["providers"],
        &["graph", "-type=plan"],
        &["graph", "-type=plan-refresh-only"],
        &["graph", "-type=apply"],
    ] {
        same(line);
    }
    let planned = |args: &[&str]| {
        let line = [&["plan", "-out=p"], args].concat();
        let (ours, theirs) = pair.run(&line);
        ours.assert_success();
        theirs.assert_success();
        same(&["graph", "-plan=p"]);
    };
    planned(&[]);
    // Of instances of a module that go, Terraform keeps each apart, while here they wait for each other.
    pair.write("main.tf", MAIN.replace("  count  = 2\n", "").replace("module.m[0]", "module.m"));
    let (ours, theirs) = pair.run(&["apply", "-auto-approve"]);
    ours.assert_success();
    theirs.assert_success();
    planned(&[]);
    planned(&["-destroy"]);
    planned(&["-replace=terraform_data.a"]);
}

/// Every flag that Terraform's help names, in the form in which it names it.
fn flags(help: &str) -> Vec<String> {
    static FLAG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^ +(-[a-z][a-z-]*(?:=\S+| '[^']+')?)(?:\s|$)").unwrap());
    FLAG.captures_iter(help).map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_flag_is_known() {
    let Some(pair) = Pair::new() else { return };
    let theirs = pair.theirs.terraform().unwrap();
    let commands = "init|get|validate|plan|apply|destroy|output|console|fmt|show|version|state list|state show|state mv|\
                    state rm|state pull|state push|state replace-provider|taint|untaint|force-unlock|refresh|providers|\
                    providers schema|providers lock|providers mirror|graph|import|workspace new|workspace list|\
                    workspace select|workspace show|workspace delete";
    let mut seen = 0;
    for command in commands.split('|') {
        let words: Vec<&str> = command.split(' ').collect();
        let help = theirs.run(&[&words[..], &["-help"]].concat());
        for flag in flags(&format!("{}{}", help.stdout, help.stderr)) {
            // A number is meant.
            let flag = if flag == "-plugin-dir" { "-plugin-dir=x".to_owned() } else { flag };
            let flag = flag.replace("=n", "=3").replace(" '", "=").replace('\'', "");
            let ours = pair.ours.lambdaform(&[&words[..], &[&flag, "-help"]].concat());
            assert_eq!(ours.code, Some(0), "{command} {flag}: {}", ours.stderr);
            assert!(ours.stdout.starts_with("Usage: "), "{command} {flag}: {}", ours.stdout);
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

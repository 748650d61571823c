//! Options of commands, from the command line to what they bring about.
//! Needs no cloud: everything is `terraform_data`.

use crate::support::sandbox::Sandbox;

const CHAIN: &str = "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {\n  input = \
                     terraform_data.a.id\n}\nresource \"terraform_data\" \"c\" {}\n";

#[test]
fn what_is_excluded_is_left_alone() {
    let sandbox = Sandbox::new().file("main.tf", CHAIN);
    let list = || sandbox.lambdaform(&["state", "list"]).stdout.clone();
    sandbox
        .lambdaform(&["plan", "-exclude=terraform_data.b", "-out=p"])
        .assert_success()
        .assert_stdout_has("Plan: 2 to add")
        .assert_stdout_has("Resource exclusion is in effect");
    assert_eq!(sandbox.lambdaform(&["show", "-json", "p"]).json()["complete"], false);
    sandbox.lambdaform(&["apply", "p"]).assert_success();
    assert_eq!(list(), "terraform_data.a\nterraform_data.c\n");
    sandbox
        .lambdaform(&["apply", "-auto-approve", "-exclude=terraform_data.a", "-exclude=terraform_data.c"])
        .assert_success()
        .assert_stdout_has("0 added");
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success().assert_stdout_has("1 added");
    sandbox.lambdaform(&["refresh", "-exclude=terraform_data.a"]).assert_success();
    sandbox
        .lambdaform(&["destroy", "-auto-approve", "-exclude=terraform_data.b"])
        .assert_success()
        .assert_stdout_has("1 destroyed");
    assert_eq!(list(), "terraform_data.a\nterraform_data.b\n");
}

#[test]
fn configuration_may_lie_elsewhere_for_an_import() {
    let sandbox = Sandbox::new().file("elsewhere/main.tf", CHAIN).file("main.tf", "");
    sandbox
        .lambdaform(&["import", "-config=elsewhere", "terraform_data.a", "one"])
        .assert_success()
        .assert_stdout_has("Import successful!");
    sandbox
        .lambdaform(&["import", "-config=nowhere", "terraform_data.a", "one"])
        .assert_code(1)
        .assert_stderr_has("nowhere");
}

#[test]
fn objects_are_imported_by_their_identity() {
    let block =
        |identity: &str| format!("{CHAIN}import {{\n  to = terraform_data.c\n  identity = {identity}\n}}\n");
    let sandbox = Sandbox::new().file("main.tf", block("{ id = \"one\" }"));
    sandbox.lambdaform(&["validate"]).assert_success();
    sandbox.lambdaform(&["plan"]).assert_success().assert_stdout_has("1 to import");
    sandbox.write("main.tf", block("{ name = \"one\" }"));
    sandbox
        .lambdaform(&["plan"])
        .assert_code(1)
        .assert_stderr_has("Invalid import identity argument")
        .assert_stderr_has("main.tf line 8");
}

#[test]
fn init_speaks_json() {
    let sandbox = Sandbox::new().file("main.tf", CHAIN);
    let said = sandbox.lambdaform(&["init", "-json"]).assert_success().stdout.clone();
    assert!(said.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{said}");
    assert!(!said.is_empty());
}

#[test]
fn graphs_of_operations_are_drawn() {
    let sandbox = Sandbox::new().file("main.tf", CHAIN);
    for kind in ["plan", "plan-refresh-only", "apply"] {
        sandbox.lambdaform(&["graph", &format!("-type={kind}")]).assert_success().assert_stdout_has(
            "\"[root] terraform_data.b (expand)\" -> \"[root] terraform_data.a (expand)\"",
        );
    }
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    sandbox
        .lambdaform(&["graph", "-type=plan-destroy"])
        .assert_success()
        .assert_stdout_has("\"[root] terraform_data.a (destroy)\" -> \"[root] terraform_data.b (destroy)\"");
    sandbox.lambdaform(&["plan", "-replace=terraform_data.a", "-out=p"]).assert_success();
    sandbox
        .lambdaform(&["graph", "-plan=p"])
        .assert_success()
        .assert_stdout_has("\"[root] terraform_data.a\" -> \"[root] terraform_data.a (destroy)\"");
    sandbox.lambdaform(&["graph", "-type=nonsense"]).assert_code(1).assert_stderr_has("-type=...");
    sandbox.lambdaform(&["graph", "-plan=nowhere"]).assert_code(1).assert_stderr_has("nowhere");
}

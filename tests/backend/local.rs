//! What `init` does about a `backend "local"`, beside what Terraform does in a project of its own.
//! Knows the states as files with lineages.

use std::collections::BTreeMap;
use std::path::Path;

use super::bucket::{BUCKET, KEY, locking, object};
use crate::faults::bench::{Bench, files};
use crate::support::program::Program;
use crate::support::sandbox::{Output, Sandbox};

const DATA: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

/// What `init` keeps.
const RECORD: &str = ".terraform/terraform.tfstate";

/// Configuration with these arguments of the backend, or without a backend.
fn config(arguments: Option<&str>) -> String {
    match arguments {
        None => DATA.to_owned(),
        Some(arguments) => format!("terraform {{\n  backend \"local\" {{\n    {arguments}\n  }}\n}}\n{DATA}"),
    }
}

/// Runs a program in a project, with `typed` as its standard input.
fn run(sandbox: &Sandbox, program: &Path, command: &str, typed: &str) -> Output {
    let line = format!("printf '{typed}' | {} {command} -no-color", program.display());
    let settings = format!("TF_CLI_CONFIG_FILE={}", sandbox.path("rc").display());
    sandbox.run("env", &[&settings, "CHECKPOINT_DISABLE=1", "sh", "-c", &line])
}

/// The states of a project, without backups, each with the first that has the same lineage: itself, or what it is a copy
/// of. An empty file is no state.
fn states(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let root = sandbox.path("");
    let (mut found, mut firsts) = (BTreeMap::new(), BTreeMap::new());
    for file in files(&root) {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let beside = [".terraform", ".lambdaform"].iter().any(|dir| name.starts_with(&format!("{dir}/")));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if !beside && name.ends_with(".tfstate") && !text.is_empty() {
            let state: serde_json::Value = serde_json::from_str(&text).unwrap();
            let first = firsts.entry(state["lineage"].to_string()).or_insert_with(|| name.clone());
            found.insert(name, first.clone());
        }
    }
    found
}

/// The reason that a command gives for not beginning, if it does.
fn reason(output: &Output) -> Option<&str> {
    output.stderr.lines().find(|line| line.contains("Reason: "))
}

const APPLY: (&str, &str) = ("apply -auto-approve", "");

/// A backend and what is run with it: commands, and what is typed.
type Step = (Option<&'static str>, &'static [(&'static str, &'static str)]);

/// Projects, step by step.
const PROJECTS: &[(&str, &[Step])] = &[
    (
        "from one path to another and back to none",
        &[
            (Some("path = \"a.tfstate\""), &[("plan", ""), ("init", ""), APPLY]),
            (
                Some("path = \"b.tfstate\""),
                &[
                    ("plan", ""),
                    ("state list", ""),
                    ("output", ""),
                    ("workspace list", ""),
                    ("show", ""),
                    ("validate", ""),
                    ("init", ""),
                    ("init -migrate-state -input=false", ""),
                    ("init -migrate-state", "no\\n"),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
            (Some("path = \"c.tfstate\""), &[("init -reconfigure", ""), ("plan -detailed-exitcode", "")]),
            (Some("path = \"a.tfstate\""), &[("init -migrate-state", ""), ("plan -detailed-exitcode", "")]),
            (
                Some("path = \"d.tfstate\""),
                &[("init -migrate-state", "yes\\n"), ("plan -detailed-exitcode", "")],
            ),
            (
                None,
                &[
                    ("plan", ""),
                    ("init", ""),
                    ("init -migrate-state", "yes\\n"),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
        ],
    ),
    (
        "where there was none",
        &[
            (None, &[APPLY]),
            (
                Some("path = \"a.tfstate\""),
                &[
                    ("init -input=false", ""),
                    ("init", ""),
                    ("init", "yes\\n"),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
        ],
    ),
    (
        "where the state is already",
        &[
            (None, &[APPLY]),
            (Some("path = \"terraform.tfstate\""), &[("init", ""), ("plan -detailed-exitcode", "")]),
            (
                Some("path = \"./terraform.tfstate\""),
                &[("init -force-copy", ""), ("plan -detailed-exitcode", "")],
            ),
        ],
    ),
    (
        "with workspaces",
        &[
            (None, &[APPLY, ("workspace new dev", ""), APPLY]),
            (
                Some("path = \"a.tfstate\"\nworkspace_dir = \"w\""),
                &[
                    ("init -input=false", ""),
                    ("init", "no\\n"),
                    ("init -force-copy", ""),
                    ("workspace list", ""),
                ],
            ),
            (
                Some("path = \"b.tfstate\"\nworkspace_dir = \"v\""),
                &[
                    ("workspace list", ""),
                    ("init -migrate-state", "no\\n"),
                    ("init -migrate-state", "yes\\n"),
                    ("workspace list", ""),
                    ("workspace select dev", ""),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
            (None, &[("init -force-copy", ""), ("workspace list", ""), ("plan -detailed-exitcode", "")]),
        ],
    ),
    (
        "over a state that is there",
        &[
            (Some("path = \"a.tfstate\""), &[("init", ""), APPLY]),
            (Some("path = \"b.tfstate\""), &[("init -reconfigure", ""), APPLY]),
            (
                Some("path = \"a.tfstate\""),
                &[
                    ("init -migrate-state", ""),
                    ("init -migrate-state", "yes\\n"),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
        ],
    ),
    (
        "with arguments of the command line",
        &[
            (Some(""), &[("init -backend-config=path=c.tfstate", ""), APPLY, ("init", "")]),
            (
                Some(""),
                &[
                    ("init -backend-config=path=d.tfstate", ""),
                    ("plan -detailed-exitcode", ""),
                    ("init -backend-config=path=d.tfstate -force-copy", ""),
                    ("plan -detailed-exitcode", ""),
                ],
            ),
        ],
    ),
];

#[test]
fn files_move_as_they_do_with_terraform() {
    let Some(terraform) = Program::Terraform.find() else { return };
    let lambdaform = Path::new(env!("CARGO_BIN_EXE_lambdaform"));
    for (what, steps) in PROJECTS {
        let (ours, theirs) = (Sandbox::new().file("rc", ""), Sandbox::new().file("rc", ""));
        for (backend, commands) in *steps {
            for sandbox in [&ours, &theirs] {
                sandbox.write("main.tf", config(*backend));
            }
            for (command, typed) in *commands {
                let at = format!("{what}: {backend:?}: {command} {typed}");
                let one = run(&ours, lambdaform, command, typed);
                let other = run(&theirs, &terraform, command, typed);
                assert_eq!(one.code, other.code, "{at}: {}{}{}", one.stdout, one.stderr, other.stderr);
                assert_eq!(reason(&one), reason(&other), "{at}");
                assert_eq!(states(&ours), states(&theirs), "{at}");
                let kept = |sandbox: &Sandbox| std::fs::read_to_string(sandbox.path(RECORD)).ok();
                assert_eq!(kept(&ours), kept(&theirs), "{at}");
                if *command == "workspace list" {
                    assert_eq!(one.stdout.trim(), other.stdout.trim(), "{at}");
                }
            }
        }
    }
}

#[test]
fn either_goes_on_with_the_others_record() {
    let Some(terraform) = Program::Terraform.find() else { return };
    let lambdaform = Path::new(env!("CARGO_BIN_EXE_lambdaform"));
    for (first, second) in [(lambdaform, &*terraform), (&*terraform, lambdaform)] {
        let sandbox = Sandbox::new().file("rc", "").file("main.tf", config(Some("path = \"a.tfstate\"")));
        run(&sandbox, first, "init", "").assert_success();
        run(&sandbox, second, "apply -auto-approve", "").assert_success();
        sandbox.write("main.tf", config(Some("path = \"b.tfstate\"")));
        run(&sandbox, first, "plan", "").assert_code(1).assert_stderr_has("Backend initialization required");
        run(&sandbox, second, "init -force-copy", "").assert_success();
        run(&sandbox, first, "plan -detailed-exitcode", "").assert_success();
    }
}

#[test]
fn a_block_that_moves_nothing_needs_no_init() {
    for arguments in ["", "path = \"terraform.tfstate\""] {
        let sandbox = Sandbox::new().file("main.tf", config(None));
        sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
        sandbox.write("main.tf", config(Some(arguments)));
        sandbox.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();
    }
}

#[test]
fn states_move_between_files_and_a_bucket() {
    let bench = Bench::with(&config(Some("path = \"a.tfstate\"\nworkspace_dir = \"w\"")));
    let url = bench.server().endpoint();
    bench.server().put_object(BUCKET, "unrelated", "x").unwrap();
    bench.run(&["init"]).assert_success();
    bench.apply().assert_success();
    bench.run(&["workspace", "new", "dev"]).assert_success();
    bench.apply().assert_success();
    bench.run(&["workspace", "new", "empty"]).assert_success();

    bench.configure(&format!("{}{DATA}", locking()));
    bench
        .run(&["plan", "-no-color"])
        .assert_code(1)
        .assert_stderr_has("Backend type changed from \"local\" to \"s3\"");
    bench.run(&["init", "-no-color"]).assert_code(1).assert_stderr_has("Backend configuration changed");
    bench.sandbox.lambdaform_typing(&["init", "-migrate-state", "-no-color"], "yes\n").assert_success();
    assert!(object(&url, KEY).is_some() && object(&url, &format!("env:/dev/{KEY}")).is_some());
    assert!(bench.sandbox.has("a.tfstate") && bench.sandbox.has("w/dev/terraform.tfstate"));
    bench.run(&["workspace", "list"]).assert_stdout_has("  default\n  dev\n* empty\n");
    bench.run(&["workspace", "select", "dev"]).assert_success();
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();

    bench.configure(&config(Some("path = \"b.tfstate\"")));
    bench
        .run(&["plan", "-no-color"])
        .assert_code(1)
        .assert_stderr_has("Backend type changed from \"s3\" to \"local\"");
    bench.run(&["init", "-force-copy", "-no-color"]).assert_success();
    assert!(bench.sandbox.has("b.tfstate") && bench.sandbox.has("terraform.tfstate.d/empty"));
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();
}

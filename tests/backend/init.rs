//! What `init` does about a backend, and what every command says before it.
//! Knows nothing of runs.

use std::os::unix::fs::PermissionsExt as _;

use super::bucket::{BUCKET, KEY, block, locking, object};
use crate::faults::bench::Bench;

const DATA: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

/// A text on one line, however it was wrapped.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A project with a bucket, not initialised.
fn fresh(config: &str) -> Bench {
    let bench = Bench::with(config);
    bench.server().put_object(BUCKET, "unrelated", "x").unwrap();
    bench
}

/// The backend's block without its key.
fn partial() -> String {
    locking().replace(&format!("key            = \"{KEY}\""), "")
}

#[test]
fn a_backend_is_initialised_before_it_is_used() {
    let bench = fresh(&locking());
    let says = |reason: &str| {
        for command in [&["plan", "-no-color"][..], &["output"], &["state", "list"], &["workspace", "list"]] {
            bench.run(command).assert_code(1).assert_stderr_has("Backend initialization required");
        }
        let text = bench.run(&["plan", "-no-color"]).stderr;
        assert!(text.contains(&format!("Reason: {reason}")), "{text}");
    };
    says("Initial configuration of the requested backend \"s3\"");
    bench.run(&["validate"]).assert_success();
    bench.run(&["init", "-backend=false"]).assert_success();
    assert!(!bench.sandbox.has(".terraform/terraform.tfstate"));
    bench.run(&["init", "-no-color"]).assert_success();
    bench.run(&["plan", "-no-color"]).assert_success();

    bench.configure(&locking().replace("app/", "other/"));
    says("Backend configuration block has changed");
    bench.run(&["init", "-no-color"]).assert_code(1).assert_stderr_has("Backend configuration changed");
    bench.run(&["init", "-no-color", "-reconfigure"]).assert_success();
    bench.run(&["plan", "-no-color"]).assert_success();

    bench.configure("terraform {\n  backend \"local\" {}\n}\n");
    says("Backend type changed from \"s3\" to \"local\"");
    bench.configure("");
    says("Unsetting the previously set backend \"s3\"");
    bench.run(&["init", "-reconfigure"]).assert_success();
    bench.run(&["plan", "-no-color"]).assert_success();
}

#[test]
fn a_variable_of_the_command_line_decides_the_place() {
    let config = locking().replace(&format!("{KEY:?}"), "\"${var.stage}/s.tfstate\"");
    let bench = fresh(&format!("{config}variable \"stage\" {{\n  default = \"dev\"\n}}\n{DATA}"));
    bench.run(&["init", "-no-color", "-var=stage=prod"]).assert_success();
    bench.run(&["apply", "-auto-approve", "-var=stage=prod"]).assert_success();
    assert!(object(&bench.server().endpoint(), "prod/s.tfstate").is_some());
    bench.run(&["plan", "-no-color"]).assert_code(1).assert_stderr_has("block has changed");
    bench.run(&["init", "-no-color"]).assert_code(1).assert_stderr_has("Backend configuration changed");
}

#[test]
fn what_the_block_lacks_comes_from_flags_and_files() {
    let bench = fresh(&format!("{}{DATA}", partial()));
    bench.run(&["init", "-input=false"]).assert_code(1).assert_stderr_has("Missing backend argument");
    for (given, said) in [
        ("-backend-config=nope=1", "not expected for the selected"),
        ("-backend-config=max_retries=abc", "a number is required"),
        ("-backend-config=missing.hcl", "Failed to read file"),
        ("-backend-config=bad.hcl", "Did you mean \"bucket\"?"),
        ("-backend-config=key=/k", "must not start or end"),
    ] {
        bench.sandbox.write("bad.hcl", "bukket = 1\n");
        let text = words(&bench.run(&["init", "-no-color", given]).assert_code(1).stderr);
        assert!(text.contains(said), "{said:?}: {text}");
    }
    bench
        .sandbox
        .write("given.hcl", format!("key = \"{KEY}\"\nendpoints = {{ sso = \"http://127.0.0.1:9\" }}\n"));
    bench.run(&["init", "-backend-config=given.hcl", "-backend-config=max_retries=3"]).assert_success();
    bench.apply().assert_success();
    assert!(object(&bench.server().endpoint(), KEY).is_some());
    let kept = bench.sandbox.read(".terraform/terraform.tfstate");
    bench.run(&["init"]).assert_success();
    assert_eq!(bench.sandbox.read(".terraform/terraform.tfstate"), kept);
    bench
        .run(&["init", "-backend-config=key=k2", "-no-color"])
        .assert_code(1)
        .assert_stderr_has("-reconfigure");
    // The same, written out: nothing has changed but the block.
    bench.configure(&format!(
        "{}{DATA}",
        block("use_lockfile = true\nencrypt = true\nmax_retries = 3\nendpoints = { sso = \"http://127.0.0.1:9\" }")
    ));
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();
    bench.run(&["init"]).assert_success();
}

#[test]
fn states_move_with_their_backend() {
    let bench = fresh(DATA);
    let url = bench.server().endpoint();
    bench.apply().assert_success();
    bench.run(&["workspace", "new", "dev"]).assert_success();
    bench.apply().assert_success();
    bench.run(&["workspace", "select", "default"]).assert_success();

    bench.configure(&format!("{}{DATA}", locking()));
    bench.run(&["init", "-input=false", "-no-color"]).assert_code(1).assert_stderr_has("-input=false");
    assert!(bench.sandbox.has("terraform.tfstate") && object(&url, KEY).is_none());
    bench.sandbox.lambdaform_typing(&["init", "-no-color"], "yes\n").assert_success();
    assert!(object(&url, KEY).is_some() && object(&url, &format!("env:/dev/{KEY}")).is_some());
    assert!(!bench.sandbox.has("terraform.tfstate") && bench.sandbox.has("terraform.tfstate.backup"));
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();

    bench.configure(&format!("{}{DATA}", locking().replace("app/", "other/")));
    bench.run(&["init", "-migrate-state", "-force-copy", "-no-color"]).assert_success();
    assert!(object(&url, "env:/dev/other/terraform.tfstate").is_some());
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();

    bench.configure(DATA);
    bench
        .run(&["init", "-migrate-state", "-force-copy"])
        .assert_success()
        .assert_stdout_has("operate locally");
    bench.run(&["plan", "-detailed-exitcode"]).assert_success();
    bench.run(&["workspace", "list"]).assert_stdout_has("dev");
    assert!(object(&url, "other/terraform.tfstate").is_some(), "what was copied stays where it was");
}

#[test]
fn a_no_begins_with_an_empty_state() {
    let bench = fresh(DATA);
    bench.apply().assert_success();
    bench.configure(&format!("{}{DATA}", locking()));
    bench.sandbox.lambdaform_typing(&["init", "-no-color"], "no\n").assert_success();
    assert!(bench.sandbox.has("terraform.tfstate") && object(&bench.server().endpoint(), KEY).is_none());
    bench.run(&["plan", "-no-color"]).assert_stdout_has("1 to add");
}

#[test]
fn what_cannot_be_is_refused_by_its_name_and_place() {
    for (config, said) in [
        ("terraform {\n  backend \"gcs\" {\n  }\n}\n", &["gcs", "main.tf line", "terraform state pull"][..]),
        ("terraform {\n  backend \"s4\" {\n  }\n}\n", &["s4", "Did you mean \"s3\"?"]),
        ("terraform {\n  backend \"remote\" {\n  }\n}\n", &["remote", "backend_override.tf"]),
        (&block("insecure = true"), &["insecure", "custom_ca_bundle", "main.tf line"]),
        (&block("role_arn = \"arn\""), &["role_arn", "assume_role = {", "main.tf line"]),
        (&block("max_retries = \"x\""), &["max_retries", "a number is required"]),
        (&block("assume_role {\n role_arn = \"x\"\n}"), &["assume_role", "main.tf line"]),
    ] {
        let bench = fresh(config);
        let run = bench.run(&["init", "-no-color"]);
        run.assert_code(1);
        let text = words(&run.stderr);
        assert!(said.iter().all(|part| text.contains(part)), "{said:?}: {text}");
    }
    // Another backend is put in its place by an override file.
    let bench = fresh(&format!("terraform {{\n  backend \"gcs\" {{\n  }}\n}}\n{DATA}"));
    bench.sandbox.write("backend_override.tf", "terraform {\n  backend \"local\" {}\n}\n");
    bench.apply().assert_success();
}

#[test]
fn secrets_of_the_backend_are_never_shown() {
    let secret = "wJalrXUtnFEMI-not-to-be-seen";
    let bench = fresh(&format!("{}{DATA}", locking()));
    let flags =
        [format!("-backend-config=secret_key={secret}"), "-backend-config=access_key=AKIA".to_owned()];
    bench.run(&["init", &flags[0], &flags[1], "-no-color"]).assert_success().assert_never_says(secret);
    bench.run(&["apply", "-auto-approve"]).assert_success().assert_never_says(secret);
    for path in crate::faults::bench::files(&bench.sandbox.path(".lambdaform")) {
        assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(secret), "{path:?}");
    }
    let kept = std::fs::metadata(bench.sandbox.path(".terraform/terraform.tfstate")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    // Nor the lines of the block that hold one, whatever is wrong with it.
    for wrong in
        [format!("sse_customer_key = \"{secret}\""), format!("secret_key = \"{secret}\"\ninsecure = true")]
    {
        bench.configure(&block(&wrong));
        bench.run(&["init", "-no-color", "-reconfigure"]).assert_code(1).assert_never_says(secret);
    }
}

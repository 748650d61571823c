//! The providers that speak to nobody, together: what one gives another takes, secrets stay secret, and states of older
//! schema versions are taken over.
//! Knows lambdaform only as a program to run.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::sandbox::Sandbox;

#[test]
fn a_package_is_packed_after_it_was_built() {
    let sandbox = Sandbox::new().file(
        "main.tf",
        r#"
variable "text" {
  default = "one"
}

resource "null_resource" "build" {
  triggers = { text = var.text }

  provisioner "local-exec" {
    command = "mkdir -p ${path.module}/made && echo '# ${var.text}' > ${path.module}/made/index.py"
  }
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/made"
  output_path = "${path.module}/code.zip"
  depends_on  = [null_resource.build]
}

resource "aws_lambda_function" "this" {
  function_name    = "f"
  role             = "arn:aws:iam::123456789012:role/r"
  filename         = data.archive_file.code.output_path
  source_code_hash = data.archive_file.code.output_base64sha256
  handler          = "index.handler"
  runtime          = "python3.12"
}

output "sum" {
  value = aws_lambda_function.this.code_sha256
}
"#,
    );
    let apply = |text: &str| {
        let text = format!("-var=text={text}");
        sandbox.lambdaform(&["apply", "--local", "-auto-approve", &text]).assert_success();
        sandbox.lambdaform(&["plan", "--local", "-detailed-exitcode", &text]).assert_success();
        sandbox.lambdaform(&["output", "--local", "-raw", "sum"]).assert_success().stdout.clone()
    };
    assert_ne!(apply("one"), apply("two"));
}

#[test]
fn values_pass_from_one_to_the_next() {
    let sandbox = Sandbox::new().file(
        "main.tf",
        r#"
resource "random_password" "secret" {
  length  = 20
  special = false
}

resource "local_sensitive_file" "secret" {
  filename = "${path.module}/made/secret.txt"
  content  = random_password.secret.result
}

data "local_sensitive_file" "secret" {
  filename = local_sensitive_file.secret.filename
}

resource "null_resource" "again" {
  triggers = { sum = data.local_sensitive_file.secret.content_sha256 }
}

data "external" "shout" {
  program = ["sh", "-c", "cat; echo said >&2"]
  query   = { word = "hello" }
}

output "word" {
  value = data.external.shout.result.word
}

output "sum" {
  value = null_resource.again.triggers.sum
}
"#,
    );
    let apply = sandbox.lambdaform(&["apply", "-auto-approve"]);
    apply.assert_success().assert_stdout_has("Resources: 3 added").assert_stdout_has("word = \"hello\"");
    let secret = sandbox.read("made/secret.txt");
    assert_eq!(secret.len(), 20);
    apply.assert_never_says(&secret);
    let again = sandbox.lambdaform(&["plan", "-detailed-exitcode"]);
    again.assert_success().assert_stdout_has("No changes.").assert_never_says(&secret);
    sandbox.lambdaform(&["destroy", "-auto-approve"]).assert_success().assert_never_says(&secret);
    assert!(!sandbox.has("made/secret.txt"));
}

#[test]
fn older_states_are_taken_over() {
    let object = |kind: &str, version: u64, attributes: &str| {
        format!(
            r#"{{"mode": "managed", "type": "{kind}", "name": "old",
                "provider": "provider[\"registry.terraform.io/hashicorp/random\"]",
                "instances": [{{"schema_version": {version}, "attributes": {attributes}}}]}}"#
        )
    };
    let shared = r#""keepers": null, "length": 3, "lower": true, "number": true, "override_special": null, "special": true,
        "upper": true, "min_lower": 0, "min_numeric": 0, "min_special": 0, "min_upper": 0, "result": "abc""#;
    let password = object(
        "random_password",
        2,
        &format!("{{{shared}, \"id\": \"none\", \"numeric\": true, \"bcrypt_hash\": \"x\"}}"),
    );
    let string = object("random_string", 1, &format!("{{{shared}, \"id\": \"abc\"}}"));
    let state = format!(
        r#"{{"version": 4, "terraform_version": "1.5.0", "serial": 1, "lineage": "l", "outputs": {{}},
            "resources": [{password}, {string}]}}"#
    );
    let sandbox = Sandbox::new()
        .file("terraform.tfstate", state)
        .file("main.tf", "resource \"random_password\" \"old\" {\n  length = 3\n}\nresource \"random_string\" \"old\" {\n  length = 3\n}\n");
    let plan = sandbox.lambdaform(&["plan", "-detailed-exitcode"]);
    plan.assert_success().assert_stdout_has("No changes.");
}

#[test]
fn an_interrupt_ends_a_program_that_is_being_waited_for() {
    let sandbox = Sandbox::new().file(
        "main.tf",
        "data \"external\" \"slow\" {\n  program = [\"sh\", \"-c\", \"echo $$ > pid; exec sleep 60\"]\n}\n",
    );
    let mut command = sandbox.command(env!("CARGO_BIN_EXE_lambdaform"), &["plan"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = loop {
        let written = std::fs::read_to_string(sandbox.path("pid")).unwrap_or_default();
        if let Ok(pid) = written.trim().parse() {
            break Pid::from_raw(pid).unwrap();
        }
        thread::sleep(Duration::from_millis(10));
    };
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && said.contains("Interrupted"), "{said}");
    // The system may take a moment to notice; the program itself would take a minute.
    let mut patience = 1000;
    let is_alive = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    };
    while is_alive() {
        assert!(patience > 0, "the program outlived lambdaform");
        patience -= 1;
        thread::sleep(Duration::from_millis(10));
    }
}

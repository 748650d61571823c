//! The providers that speak to nobody, together: what one gives another takes, secrets stay secret, and states of older
//! schema versions are taken over.
//! Knows lambdaform only as a program to run.

use std::collections::{BTreeMap, BTreeSet};
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

const FILE: &str = "content content_base64 content_base64sha256 content_base64sha512 content_md5 content_sha1 content_sha256 \
                    content_sha512 filename id";
const WRITTEN: &str = "directory_permission file_permission source";
const DRAWN: &str = "id keepers length lower min_lower min_numeric min_special min_upper number numeric override_special \
                     result special upper";

/// The schemas as their providers document them, for Terraform to take over what state holds: type, version, the names of
/// attributes and blocks, and those of secrets.
const DOCUMENTED: &[(&str, u64, &[&str], &str)] = &[
    (
        "data archive_file",
        0,
        &[
            "exclude_symlink_directories excludes id output_base64sha256 output_base64sha512 output_file_mode output_md5 \
           output_path output_sha output_sha256 output_sha512 output_size source source_content source_content_filename \
           source_dir source_file type",
        ],
        "",
    ),
    ("data external", 0, &["id program query result working_dir"], ""),
    ("data local_file", 0, &[FILE], ""),
    ("data local_sensitive_file", 0, &[FILE], "content content_base64"),
    ("data null_data_source", 0, &["has_computed_default id inputs outputs random"], ""),
    ("resource local_file", 0, &[FILE, WRITTEN, "sensitive_content"], "sensitive_content"),
    ("resource local_sensitive_file", 0, &[FILE, WRITTEN], "content content_base64"),
    ("resource null_resource", 0, &["id triggers"], ""),
    ("resource random_bytes", 0, &["base64 hex keepers length"], "base64 hex"),
    ("resource random_id", 0, &["b64_std b64_url byte_length dec hex id keepers prefix"], ""),
    ("resource random_integer", 0, &["id keepers max min result seed"], ""),
    ("resource random_password", 3, &[DRAWN, "bcrypt_hash"], "bcrypt_hash result"),
    ("resource random_pet", 0, &["id keepers length prefix separator"], ""),
    ("resource random_shuffle", 0, &["id input keepers result result_count seed"], ""),
    ("resource random_string", 2, &[DRAWN], ""),
    ("resource random_uuid", 0, &["id keepers result"], ""),
];

#[test]
fn schemas_are_as_documented() {
    let words = |texts: &[&str]| -> BTreeSet<String> {
        texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
    };
    let mut documented: BTreeMap<String, _> = DOCUMENTED
        .iter()
        .map(|(ty, version, names, secrets)| (ty.to_string(), (*version, words(names), words(&[secrets]))))
        .collect();
    for provider in lambdaform::providers::all() {
        if ["aws", "terraform"].contains(&provider.name()) {
            continue;
        }
        let schema = provider.schema();
        let resources = schema.resources.iter().map(|ty| (format!("resource {}", ty.name), &ty.schema));
        let data = schema.data.iter().map(|ty| (format!("data {}", ty.name), &ty.schema));
        for (name, schema) in resources.chain(data) {
            let secret = schema.block.attributes.iter().filter(|a| a.sensitive).map(|a| a.name.to_owned());
            let names = schema.block.names().map(str::to_owned).collect();
            assert_eq!(documented.remove(&name), Some((schema.version, names, secret.collect())), "{name}");
        }
    }
    assert!(documented.is_empty(), "{documented:?}");
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

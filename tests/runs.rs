//! Whole runs: plan, apply and destroy with the embedded control plane, and what they leave behind.
//! Knows lambdaform only as a program to run.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::program::leave_out;
use crate::support::sandbox::{Output, Sandbox};

const FUNCTION: &str = r#"
variable "memory" {
  type    = number
  default = 128
}

variable "secret" {
  type      = string
  default   = "hunter2"
  sensitive = true
}

data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/code"
  output_path = "${path.module}/code.zip"
}

resource "aws_lambda_function" "this" {
  function_name = "greeter"
  role          = "arn:aws:iam::123456789012:role/greeter"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = data.archive_file.code.output_path
  memory_size   = var.memory

  environment {
    variables = { SECRET = var.secret }
  }
}

output "arn" {
  value = aws_lambda_function.this.arn
}
"#;

fn project() -> Sandbox {
    Sandbox::new()
        .file("main.tf", FUNCTION)
        .file("code/index.py", "def handler(event, context):\n    return event\n")
}

/// Applies the project with the embedded control plane.
fn applied() -> Sandbox {
    let sandbox = project();
    sandbox.lambdaform(&["apply", "-local", "-auto-approve"]).assert_success();
    sandbox
}

fn state(sandbox: &Sandbox) -> serde_json::Value {
    serde_json::from_str(&sandbox.read(".lambdaform/local/terraform.tfstate")).unwrap()
}

fn memory(sandbox: &Sandbox) -> serde_json::Value {
    let state = state(sandbox);
    let resources = state["resources"].as_array().unwrap();
    let function = resources.iter().find(|r| r["type"] == "aws_lambda_function").unwrap();
    function["instances"][0]["attributes"]["memory_size"].clone()
}

/// The two streams say nothing of the secret.
#[track_caller]
fn keeps_secrets(output: &Output) -> &Output {
    output.assert_never_says("hunter2")
}

#[test]
fn a_function_is_created_changed_and_destroyed() {
    let sandbox = project();
    let plan = sandbox.lambdaform(&["plan", "-local", "-detailed-exitcode"]);
    keeps_secrets(&plan)
        .assert_code(2)
        .assert_no_stderr()
        .assert_stdout_has("# aws_lambda_function.this will be created")
        .assert_stdout_has("Plan: 1 to add, 0 to change, 0 to destroy.")
        .assert_stdout_has("You didn't use the -out option");
    assert!(!sandbox.has(".lambdaform/local/terraform.tfstate"), "a plan writes no state");

    let apply = sandbox.lambdaform(&["apply", "-local", "-auto-approve"]);
    keeps_secrets(&apply)
        .assert_success()
        .assert_no_stderr()
        .assert_stdout_has("aws_lambda_function.this: Creating...\n")
        .assert_stdout_has("aws_lambda_function.this: Creation complete after 0s [id=greeter]\n")
        .assert_stdout_has("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
        .assert_stdout_has("arn = \"arn:aws:lambda:us-east-1:123456789012:function:greeter\"");
    assert!(!sandbox.has("terraform.tfstate"), "-local never touches the real state");

    sandbox
        .lambdaform(&["plan", "-local", "-detailed-exitcode"])
        .assert_success()
        .assert_stdout_has("No changes. Your infrastructure matches the configuration.");
    let serial = state(&sandbox)["serial"].clone();
    sandbox
        .lambdaform(&["apply", "-local"])
        .assert_success()
        .assert_stdout_has("0 added, 0 changed, 0 destroyed");
    assert_eq!(state(&sandbox)["serial"], serial, "what is the same is not written again");

    sandbox
        .lambdaform(&["apply", "-local", "-auto-approve", "-var", "memory=256"])
        .assert_success()
        .assert_stdout_has("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.");
    assert_eq!(memory(&sandbox), 256);

    sandbox
        .lambdaform(&["destroy", "-local", "-auto-approve"])
        .assert_success()
        .assert_stdout_has("Destroy complete! Resources: 1 destroyed.");
    assert_eq!(state(&sandbox)["resources"], serde_json::json!([]));
    sandbox
        .lambdaform(&["destroy", "-local"])
        .assert_success()
        .assert_stdout_has("No objects need to be destroyed.");
}

#[test]
fn an_import_block_takes_over_what_is_there() {
    let sandbox = applied();
    let store = "-state=.lambdaform/local/terraform.tfstate";
    sandbox.lambdaform(&["state", "rm", store, "aws_lambda_function.this"]).assert_success();
    let block = "import {\n  to = aws_lambda_function.this\n  id = \"greeter\"\n}\n";
    sandbox.write("import.tf", block);
    sandbox
        .lambdaform(&["plan", "-local", "-detailed-exitcode"])
        .assert_code(2)
        .assert_stdout_has("aws_lambda_function.this: Preparing import... [id=greeter]")
        .assert_stdout_has("Plan: 1 to import, 0 to add,");
    sandbox
        .lambdaform(&["apply", "-local", "-auto-approve"])
        .assert_success()
        .assert_stdout_has("aws_lambda_function.this: Import complete [id=greeter]")
        .assert_stdout_has("Apply complete! Resources: 1 imported, 0 added,");
    assert_eq!(memory(&sandbox), 128);
    sandbox.lambdaform(&["plan", "-local", "-detailed-exitcode"]).assert_success();
}

#[test]
fn what_follows_from_a_data_source_is_recorded_too() {
    let text = r#"
provider "aws" {
  region = "eu-west-1"
}
data "aws_region" "here" {}
resource "aws_cloudwatch_log_group" "this" {
  name = "g"
}
output "region" {
  value = "${data.aws_region.here.region} ${aws_cloudwatch_log_group.this.name}"
}
"#;
    let sandbox = Sandbox::new().file("main.tf", text);
    let applied = sandbox.lambdaform(&["apply", "--local", "-auto-approve"]);
    applied.assert_success().assert_stdout_has("region = \"eu-west-1 g\"");
    let again = sandbox.lambdaform(&["plan", "--local", "-detailed-exitcode"]);
    again.assert_success().assert_stdout_has("No changes.");
}

#[test]
fn only_yes_is_a_yes() {
    let sandbox = project();
    for answer in ["no\n", "y\n", "\n", "YES\n"] {
        let output = sandbox.lambdaform_typing(&["apply", "-local"], answer);
        output
            .assert_code(1)
            .assert_no_stderr()
            .assert_stdout_has("Do you want to perform these actions?\n")
            .assert_stdout_has("  Enter a value: \nApply cancelled.\n");
    }
    let output = sandbox.lambdaform(&["apply", "-local"]);
    output.assert_code(1).assert_stderr_has("error asking for approval: EOF");
    assert!(!sandbox.has(".lambdaform/local/terraform.tfstate"));
    sandbox.lambdaform_typing(&["apply", "-local"], "yes\n").assert_success().assert_stdout_has("1 added");
    let output = sandbox.lambdaform_typing(&["destroy", "-local"], "no\n");
    output
        .assert_code(1)
        .assert_stdout_has("Do you really want to destroy all resources?\n")
        .assert_stdout_has("Destroy cancelled.");
    sandbox
        .lambdaform_typing(&["destroy", "-local"], "yes\n")
        .assert_success()
        .assert_stdout_has("1 destroyed");
}

#[test]
fn a_saved_plan_is_applied_exactly_once() {
    let sandbox = project();
    let plan = sandbox.lambdaform(&["plan", "-local", "-out=p", "-var", "memory=256"]);
    keeps_secrets(&plan).assert_success().assert_stdout_has("Saved the plan to: p");
    let mode = std::fs::metadata(sandbox.path("p")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    keeps_secrets(&sandbox.lambdaform(&["show", "p"])).assert_success().assert_stdout_has("Plan: 1 to add");
    let json = sandbox.lambdaform(&["show", "-json", "p"]);
    let change = &keeps_secrets(&json).assert_success().json()["resource_changes"][0]["change"];
    assert_eq!((&change["actions"][0], &change["after"]["memory_size"]), (&"create".into(), &256.into()));
    sandbox.lambdaform(&["show", "-markdown", "p"]).assert_success().assert_stdout_has("###");

    // The directory may change in between; the plan has all it needs.
    sandbox.write("main.tf", "# nothing here any more\n");
    let apply = sandbox.lambdaform(&["apply", "p"]);
    keeps_secrets(&apply).assert_success().assert_stdout_has("Apply complete! Resources: 1 added");
    assert_eq!(memory(&sandbox), 256);
    let again = sandbox.lambdaform(&["apply", "p"]);
    again.assert_code(1).assert_stderr_has("Error: Saved plan is stale").assert_never_says("Creating");
}

#[test]
fn a_saved_plan_takes_no_other_wishes() {
    let sandbox = applied();
    sandbox.lambdaform(&["plan", "-local", "-out=p", "-var=memory=256"]).assert_success();
    for (args, says) in [
        (&["apply", "-var", "memory=512", "p"][..], "Can't change variable when applying a saved plan"),
        (&["apply", "-target=aws_lambda_function.this", "p"], "-target"),
        (&["apply", "-destroy", "p"], "-destroy"),
        (&["apply", "-refresh=false", "p"], "-refresh=false"),
        (&["apply", "main.tf"], "Failed to load \"main.tf\" as a plan file"),
        (&["apply", "nope"], "Failed to load \"nope\" as a plan file"),
    ] {
        sandbox.lambdaform(args).assert_code(1).assert_stderr_has(says);
    }
    assert_eq!(memory(&sandbox), 128);
    sandbox.lambdaform(&["apply", "-var", "memory=256", "p"]).assert_success();
    assert_eq!(memory(&sandbox), 256);
}

#[test]
fn a_plan_for_the_embedded_control_plane_never_leaves_it_nor_the_other_way() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    sandbox.lambdaform(&["plan", "-out=real"]).assert_success();
    sandbox
        .lambdaform(&["apply", "-local", "real"])
        .assert_code(1)
        .assert_stderr_has("The plan was made for real infrastructure");
    sandbox.lambdaform(&["plan", "-local", "-out=local"]).assert_success();
    sandbox.lambdaform(&["apply", "local"]).assert_success();
    assert!(!sandbox.has("terraform.tfstate"));
    sandbox.lambdaform(&["apply", "real"]).assert_success();
    assert!(sandbox.has("terraform.tfstate"));
}

#[test]
fn a_package_that_changed_after_the_plan_is_refused() {
    let sandbox = applied();
    sandbox.write("code/index.py", "# second\n");
    sandbox.lambdaform(&["plan", "-local", "-out=p"]).assert_success().assert_stdout_has("1 to change");
    sandbox.write("code.zip", "something else");
    let apply = sandbox.lambdaform(&["apply", "p"]);
    apply
        .assert_code(1)
        .assert_stderr_has("Package changed since the plan")
        .assert_stderr_has("aws_lambda_function.this");
    sandbox.lambdaform(&["plan", "-local", "-detailed-exitcode"]).assert_code(2);
}

#[test]
fn modes_and_shapers_work_together() {
    let sandbox = applied();
    let replace = sandbox.lambdaform(&["plan", "-local", "-replace=aws_lambda_function.this"]);
    replace
        .assert_success()
        .assert_stdout_has("as requested")
        .assert_stdout_has("1 to add, 0 to change, 1 to destroy");
    let destroy = sandbox.lambdaform(&["plan", "-local", "-destroy", "-detailed-exitcode"]);
    destroy.assert_code(2).assert_stdout_has("0 to add, 0 to change, 1 to destroy");
    let target = sandbox.lambdaform(&["plan", "-local", "-target=aws_lambda_function.this"]);
    target.assert_success().assert_stdout_has("Resource targeting is in effect");
    let compact =
        sandbox.lambdaform(&["plan", "-local", "-compact-warnings", "-target=aws_lambda_function.this"]);
    compact.assert_success().assert_stdout_has("Warnings:\n\n- Resource targeting is in effect\n");
    let stale = sandbox.lambdaform(&["plan", "-local", "-refresh=false"]);
    stale.assert_success().assert_never_says("Refreshing state...");
    sandbox.lambdaform(&["apply", "-local", "-refresh-only", "-auto-approve"]).assert_success();
}

#[test]
fn the_stream_is_json_from_the_first_line_to_the_last() {
    let sandbox = project();
    let plan = sandbox.lambdaform(&["plan", "-local", "-json"]);
    keeps_secrets(&plan).assert_success().assert_no_stderr();
    let apply = sandbox.lambdaform(&["apply", "-local", "-json", "-auto-approve"]);
    let lines = keeps_secrets(&apply).assert_success().assert_no_stderr().json_lines();
    let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!((types.first(), types.last()), (Some(&"version"), Some(&"outputs")));
    for expected in ["planned_change", "change_summary", "apply_start", "apply_complete"] {
        assert!(types.contains(&expected), "{expected}: {types:?}");
    }
    let destroy =
        sandbox.lambdaform(&["destroy", "-local", "-json", "-auto-approve"]).assert_success().json_lines();
    assert_eq!(destroy.last().unwrap()["changes"]["operation"], "destroy");
}

#[test]
fn values_come_from_flags_files_and_the_environment() {
    let sandbox = applied().env("TF_VAR_memory", "192").file("more.tfvars", "memory = 320\n");
    for (args, expected) in [
        (&["plan", "-local"][..], "128 -> 192"),
        (&["plan", "-local", "-var-file=more.tfvars"], "128 -> 320"),
        (&["plan", "-local", "-var-file=more.tfvars", "-var", "memory=448"], "128 -> 448"),
        (&["plan", "-local", "-var", "memory=448", "-var-file=more.tfvars"], "128 -> 320"),
    ] {
        sandbox.lambdaform(args).assert_success().assert_stdout_has(expected);
    }
}

#[test]
fn states_go_where_flags_say() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n");
    sandbox.lambdaform(&["apply", "-auto-approve", "-state=one.tfstate"]).assert_success();
    sandbox.write("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 2\n}\n");
    let args = ["apply", "-auto-approve", "-state=one.tfstate", "-backup=kept"];
    sandbox.lambdaform(&args).assert_success();
    assert!(sandbox.has("kept") && !sandbox.has("one.tfstate.backup") && !sandbox.has("terraform.tfstate"));
    sandbox.write("main.tf", "resource \"terraform_data\" \"a\" {\n  input = 3\n}\n");
    let before = sandbox.read("one.tfstate");
    sandbox
        .lambdaform(&["apply", "-auto-approve", "-state=one.tfstate", "-state-out=two.tfstate"])
        .assert_success();
    assert_eq!(sandbox.read("one.tfstate"), before);
    assert!(sandbox.read("two.tfstate").contains("3"));
    let sandbox = sandbox.env("TF_WORKSPACE", "dev");
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    assert!(sandbox.has("terraform.tfstate.d/dev/terraform.tfstate"));
}

#[test]
fn a_failed_step_is_told_and_fails_the_run() {
    let sandbox = applied();
    sandbox.write("two.tf", "resource \"aws_lambda_alias\" \"live\" {\n  name = \"live\"\n  function_name = aws_lambda_function.this.function_name\n  function_version = \"77\"\n}\n");
    let apply = sandbox.lambdaform(&["apply", "-local", "-auto-approve"]);
    apply.assert_code(1).assert_stderr_has("Error: ").assert_stderr_has("aws_lambda_alias.live");
    apply.assert_stdout_has("aws_lambda_alias.live");
    sandbox.lambdaform(&["state", "list", "-local"]).assert_success().assert_never_says("alias");
}

#[test]
fn advice_is_for_people() {
    let sandbox = project().env("TF_IN_AUTOMATION", "1");
    sandbox.lambdaform(&["plan", "-local"]).assert_success().assert_never_says("-out option");
    sandbox.lambdaform(&["plan", "-local", "-out=p"]).assert_success().assert_never_says("Saved the plan");
}

#[test]
fn what_was_applied_in_part_says_so() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    for (option, args) in [
        ("-target", &["apply", "-auto-approve", "-target=terraform_data.a"][..]),
        ("-exclude", &["apply", "-auto-approve", "-exclude=terraform_data.b"]),
        ("-target", &["apply", "-auto-approve", "-refresh-only", "-target=terraform_data.a"]),
        ("-target", &["destroy", "-auto-approve", "-target=terraform_data.a"]),
    ] {
        let said = sandbox.lambdaform(args);
        said.assert_success().assert_stdout_has("Warning: Applied changes may be incomplete");
        said.assert_stdout_has(&format!("The plan was created with the {option} option in effect"));
    }
    let said = sandbox.lambdaform(&["refresh", "-target=terraform_data.a"]);
    said.assert_success().assert_never_says("Applied changes may be incomplete");
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success().assert_never_says("incomplete");
    sandbox.lambdaform(&["plan", "-out=p", "-target=terraform_data.a"]).assert_success();
    sandbox.lambdaform(&["apply", "p"]).assert_success().assert_stdout_has("may be incomplete");
}

#[test]
fn a_locked_state_is_left_alone() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let holder = lambdaform::state::local::LocalStore::new(sandbox.path("terraform.tfstate"));
    let info = lambdaform::state::lock::LockInfo::new("OperationTypeApply", "terraform.tfstate");
    lambdaform::state::Store::lock(&holder, &info).unwrap();
    for command in ["plan", "apply"] {
        sandbox
            .lambdaform(&[command])
            .assert_code(1)
            .assert_stderr_has("Error: Error acquiring the state lock")
            .assert_stderr_has(&info.id);
    }
    sandbox
        .lambdaform(&["plan", "-lock-timeout=1s"])
        .assert_code(1)
        .assert_stdout_has("Acquiring state lock.");
    sandbox.lambdaform(&["plan", "-lock=false"]).assert_success();
    lambdaform::state::Store::unlock(&holder).unwrap();
    sandbox.lambdaform(&["plan"]).assert_success();
}

#[test]
fn a_state_that_cannot_be_written_is_kept() {
    if !std::path::Path::new("/proc/self").exists() {
        return leave_out("a place that cannot be written", "no /proc");
    }
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"a\" {}\n");
    let apply =
        sandbox.lambdaform(&["apply", "-auto-approve", "-lock=false", "-state-out=/proc/nope.tfstate"]);
    apply.assert_code(1).assert_stderr_has("Failed to save state").assert_stderr_has("errored.tfstate");
    assert!(sandbox.read("errored.tfstate").contains("terraform_data"));
}

#[test]
fn color_is_for_terminals_that_want_it() {
    if std::process::Command::new("script").arg("--version").output().is_err() {
        return leave_out("terminals", "script is not on PATH");
    }
    let program = format!("{} plan", env!("CARGO_BIN_EXE_lambdaform"));
    let file = "resource \"terraform_data\" \"a\" {}\n";
    for (variable, value, colored) in [("X", "1", true), ("NO_COLOR", "1", false), ("TERM", "dumb", false)] {
        let sandbox = Sandbox::new().file("main.tf", file).env("TERM", "xterm").env(variable, value);
        let output = sandbox.run("script", &["-qec", &program, "/dev/null"]);
        output.assert_success().assert_stdout_has("will be created");
        assert_eq!(output.stdout.contains("\u{1b}[32m"), colored, "{variable}={value}: {}", output.stdout);
    }
    let sandbox = Sandbox::new().file("main.tf", file).env("TERM", "xterm");
    let output = sandbox.run("script", &["-qec", &format!("{program} -no-color"), "/dev/null"]);
    output.assert_success().assert_never_says("\u{1b}[32m");
}

/// A log group that has only the tags of its provider block, or some of its own, too.
fn tagged(body: &str) -> Sandbox {
    let provider = "variable \"env\" { default = \"dev\" }\nprovider \"aws\" {\n  region = \"us-east-1\"\n  default_tags {\n    \
                    tags = { Env = var.env }\n  }\n}\n";
    let group = format!("resource \"aws_cloudwatch_log_group\" \"a\" {{\n  name = \"a\"\n{body}\n}}\n");
    let sandbox = Sandbox::new().file("main.tf", format!("{provider}{group}"));
    sandbox.lambdaform(&["apply", "-local", "-auto-approve"]).assert_success();
    sandbox
}

#[test]
fn other_default_tags_are_no_change_outside() {
    for body in ["", "  tags = { own = \"1\" }"] {
        let sandbox = tagged(body);
        let plan = sandbox.lambdaform(&["plan", "-local", "-no-color", "-var=env=prod"]);
        plan.assert_success()
            .assert_stdout_has("- \"Env\" = \"dev\" -> null")
            .assert_stdout_has("~ \"Env\" = \"dev\" -> \"prod\"");
        assert!(!plan.stdout.contains("outside"), "{}", plan.stdout);
    }
}

#[test]
fn ignored_tags_of_all_stay_as_they_are() {
    let ignore = "  lifecycle {\n    ignore_changes = [tags_all]\n  }";
    let sandbox = tagged(&format!("  tags = {{ own = var.env }}\n{ignore}"));
    let plan = sandbox.lambdaform(&["plan", "-local", "-no-color", "-var=env=prod"]);
    plan.assert_success().assert_stdout_has("~ \"own\" = \"dev\" -> \"prod\"");
    assert!(!plan.stdout.contains("tags_all"), "{}", plan.stdout);
    sandbox.lambdaform(&["apply", "-local", "-auto-approve", "-var=env=prod"]).assert_success();
    assert!(state(&sandbox)["resources"][0]["instances"][0]["attributes"]["tags_all"]["own"] == "dev");
}

/// A function in a container, and around it blocks that may `say` something or nothing.
fn with_blocks(say: bool) -> String {
    let block = |name: &str, text: &str| format!("  {name} {{\n{}  }}\n", if say { text } else { "" });
    let function = block("environment", "    variables = { AB = 1 }\n")
        + &block("vpc_config", "    subnet_ids = [\"subnet-1\"]\n    security_group_ids = [\"sg-1\"]\n")
            .replace(
                "vpc_config {\n  }",
                "vpc_config {\n    subnet_ids = []\n    security_group_ids = []\n  }",
            )
        + &block("image_config", "    command = [\"x\"]\n");
    let mapping = block("filter_criteria", "    filter {\n      pattern = \"{}\"\n    }\n")
        + &block("scaling_config", "    maximum_concurrency = 3\n");
    let invoke = block(
        "destination_config",
        "    on_failure {\n      destination = \"arn:aws:sqs:us-east-1:123456789012:q\"\n    }\n",
    );
    format!(
        r#"
resource "aws_lambda_function" "f" {{
  function_name = "f"
  role          = "arn:aws:iam::123456789012:role/f"
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1"
  publish       = true
{function}}}
resource "aws_lambda_alias" "a" {{
  name             = "a"
  function_name    = aws_lambda_function.f.function_name
  function_version = "1"
  routing_config {{}}
}}
resource "aws_lambda_function_url" "u" {{
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE"
{}}}
resource "aws_lambda_event_source_mapping" "m" {{
  function_name    = aws_lambda_function.f.function_name
  event_source_arn = "arn:aws:sqs:us-east-1:123456789012:q"
{mapping}}}
resource "aws_lambda_function_event_invoke_config" "i" {{
  function_name = aws_lambda_function.f.function_name
{invoke}}}
"#,
        block("cors", "    allow_origins = [\"*\"]\n"),
    )
}

#[test]
fn blocks_that_say_nothing_come_and_go() {
    let sandbox = Sandbox::new();
    for (say, changes) in [(false, "5 added"), (true, "4 changed"), (false, "4 changed")] {
        sandbox.write("main.tf", with_blocks(say));
        let applied = sandbox.lambdaform(&["apply", "-local", "-auto-approve"]);
        applied.assert_success().assert_stdout_has(changes);
        sandbox.lambdaform(&["plan", "-local", "-detailed-exitcode"]).assert_code(0);
    }
}

/// What builds a package while it is applied, and what is made of the package.
const BUILT: &str = r#"
variable "release" {
  default = 1
}
resource "terraform_data" "build" {
  triggers_replace = [var.release]
  provisioner "local-exec" {
    command = "mkdir -p build && echo ${var.release} > build/index.py && cp built-${var.release}.zip out.zip"
  }
}
data "archive_file" "packed" {
  type        = "zip"
  source_dir  = "build"
  output_path = "packed.zip"
  depends_on  = [terraform_data.build]
}
resource "aws_lambda_layer_version" "packed" {
  layer_name       = "packed"
  filename         = data.archive_file.packed.output_path
  source_code_hash = data.archive_file.packed.output_base64sha256
}
resource "aws_lambda_function" "built" {
  for_each      = toset(["kept", "replaced"])
  function_name = each.key == "kept" ? each.key : "${each.key}-${var.release}"
  role          = "arn:aws:iam::123456789012:role/f"
  handler       = "index.handler"
  runtime       = "python3.13"
  filename      = "out.zip"
  depends_on    = [terraform_data.build]
}
resource "aws_lambda_function" "behind" {
  function_name = "behind"
  role          = "arn:aws:iam::123456789012:role/f"
  handler       = "index.handler"
  runtime       = "python3.13"
  filename      = data.archive_file.packed.output_path
  layers        = [aws_lambda_layer_version.packed.arn]
}
"#;

#[test]
fn what_is_built_during_an_apply_is_uploaded_by_it() {
    let sandbox = Sandbox::new().file("main.tf", BUILT);
    for version in ["1", "2", "3"] {
        sandbox.write(&format!("code-{version}/index.py"), format!("VERSION = {version}\n"));
        sandbox.write(
            "zip/main.tf",
            format!(
                "data \"archive_file\" \"z\" {{\ntype = \"zip\"\nsource_dir = \"../code-{version}\"\noutput_path = \"../built-{version}.zip\"\n}}\n"
            ),
        );
        sandbox.lambdaform(&["-chdir=zip", "apply", "-auto-approve"]).assert_success();
    }
    let deployed = || {
        let state = state(&sandbox);
        let instances =
            state["resources"].as_array().unwrap().iter().flat_map(|r| r["instances"].as_array().unwrap());
        let named = instances.map(|i| &i["attributes"]).filter(|a| a["filename"] == "out.zip");
        named.map(|a| a["code_sha256"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut before = Vec::new();
    for version in ["1", "2", "1", "3"] {
        let variable = format!("-var=release={version}");
        let flags = ["-local", &*variable];
        let applied = sandbox.lambdaform(&[&["apply", "-auto-approve"], &flags[..]].concat());
        applied.assert_success().assert_never_says("Package file error");
        sandbox.lambdaform(&[&["plan", "-detailed-exitcode"], &flags[..]].concat()).assert_code(0);
        let now = deployed();
        assert!(now.len() == 2 && now[0] == now[1] && now != before, "{version}: {now:?}");
        before = now;
    }
}

#[test]
fn an_object_without_versions_has_none_to_name() {
    let config = "resource \"aws_s3_object\" \"o\" {\n  bucket = \"code\"\n  key = \"f.zip\"\n  content_base64 = \
                  \"UEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAABAAAAYXhQSwECFAMUAAAAAAAAACEAgxbcjAEAAAABAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA=\"\n}\nresource \"aws_lambda_layer_version\" \"l\" {\n  layer_name = \"l\"\n  \
                  s3_bucket = aws_s3_object.o.bucket\n  s3_key = aws_s3_object.o.key\n  s3_object_version = \
                  aws_s3_object.o.version_id\n}\n";
    let sandbox = Sandbox::new().file("main.tf", config);
    sandbox.lambdaform(&["apply", "-local", "-auto-approve"]).assert_success();
    sandbox.lambdaform(&["plan", "-local", "-detailed-exitcode"]).assert_code(0);
}

#[test]
fn a_secret_is_not_shown_where_it_is_repeated() {
    let secret = "variable \"pw\" {\n  sensitive = true\n  default = \"hunter2\"\n}\n";
    let kept = "resource \"terraform_data\" \"a\" {\n  input = var.pw\n}\nresource \"terraform_data\" \"b\" {\n  input = { pw = var.pw }\n}\n";
    let sandbox = Sandbox::new().file("main.tf", format!("{secret}{kept}"));
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success().assert_never_says("hunter2");
    let commands: [&[&str]; 5] = [
        &["show"],
        &["show", "-json"],
        &["state", "show", "terraform_data.a"],
        &["state", "show", "terraform_data.b"],
        &["plan"],
    ];
    for command in commands {
        sandbox.lambdaform(command).assert_success().assert_never_says("hunter2");
    }
    // State says only what Terraform would, so that it has nothing to change.
    let state: serde_json::Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
    let marks =
        serde_json::to_string(&state["resources"][0]["instances"][0]["sensitive_attributes"]).unwrap();
    assert_eq!(marks, r#"[[{"type":"get_attr","value":"input"}]]"#);
}

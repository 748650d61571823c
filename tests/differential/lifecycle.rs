//! A function's whole life by lambdaform alone, on each of the three servers; Terraform, where it is there, finds nothing
//! to do in the middle of it. Knows nothing of how the program works.

use serde_json::json;

use super::functions::{PROVIDER, package};
use super::server::{Kind, Server};
use crate::support::program::leave_out;
use crate::support::sandbox::{Output, Sandbox};

/// Where the function is on every server.
const FUNCTION: &str = "/2015-03-31/functions/life";

fn text(memory: u32, code: &str, alias: bool) -> String {
    let alias = if alias {
        r#"
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.life.function_name
  function_version = aws_lambda_function.life.version
}
output "alias" {
  value = aws_lambda_alias.live.arn
}
"#
    } else {
        ""
    };
    format!(
        r#"{PROVIDER}
resource "aws_lambda_layer_version" "shared" {{
  layer_name          = "life-shared"
  filename            = "a.zip"
  compatible_runtimes = ["python3.12"]
}}
resource "aws_lambda_function" "life" {{
  function_name    = "life"
  role             = local.role
  handler          = "index.handler"
  runtime          = "python3.12"
  filename         = "{code}"
  source_code_hash = filebase64sha256("{code}")
  memory_size      = {memory}
  layers           = [aws_lambda_layer_version.shared.arn]
  publish          = {}
  tags             = {{ a = "{memory}" }}
  environment {{
    variables = {{ MEMORY = "{memory}" }}
  }}
}}
resource "aws_lambda_function" "other" {{
  count         = 2
  function_name = "other-${{count.index}}"
  description   = "after ${{aws_lambda_function.life.function_name}}"
  role          = local.role
  handler       = "index.handler"
  runtime       = "python3.12"
  filename      = "a.zip"
}}
{alias}"#,
        !alias.is_empty(),
    )
}

fn live(kind: Kind) {
    let Some(server) = Server::start(kind) else { return };
    server.role("lambda");
    let sandbox = Sandbox::new().aws(&server.url()).file("a.zip", package("a")).file("b.zip", package("b"));
    let settle = || {
        let plan = sandbox.lambdaform(&["plan", "-detailed-exitcode", "-no-color"]);
        plan.assert_success().assert_stdout_has("No changes.");
    };
    let memory = || server.function("life").map(|held| held["Configuration"]["MemorySize"].clone());

    sandbox.write("main.tf", text(128, "a.zip", false));
    summed(&apply(&sandbox), "4 added, 0 changed, 0 destroyed");
    settle();

    sandbox.write("main.tf", text(256, "a.zip", false));
    summed(&apply(&sandbox), "0 added, 1 changed, 0 destroyed");
    assert_eq!(memory(), Some(json!(256)), "{kind:?}");
    settle();

    let hash = || server.function("life").unwrap()["Configuration"]["CodeSha256"].clone();
    let before = hash();
    sandbox.write("main.tf", text(256, "b.zip", false));
    summed(&apply(&sandbox), "0 added, 1 changed, 0 destroyed");
    assert_ne!(hash(), before, "{kind:?}");
    settle();

    sandbox.write("main.tf", text(512, "b.zip", true));
    summed(&apply(&sandbox), "1 added, 1 changed, 0 destroyed").assert_stdout_has("function:life:live");
    settle();
    taken_over(&sandbox, kind);

    let outside = json!({ "MemorySize": 1024, "Description": "by hand" });
    let (status, answer) = server.request("PUT", &format!("{FUNCTION}/configuration"), &outside);
    assert_eq!(status, 200, "{kind:?}: {answer}");
    let seen = sandbox.lambdaform(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]);
    seen.assert_code(2).assert_stdout_has("# aws_lambda_function.life has changed").assert_stdout_has("1024");
    // Whether that makes a new version, and with it a new alias, is the server's choice.
    apply(&sandbox).assert_success().assert_stdout_has("Apply complete! Resources: 0 added, ");
    assert_eq!(memory(), Some(json!(512)), "{kind:?}");
    settle();

    let (status, answer) = server.request("DELETE", "/2015-03-31/functions/other-0", &json!(null));
    assert_eq!(status, 204, "{kind:?}: {answer}");
    let plan = sandbox.lambdaform(&["plan", "-detailed-exitcode", "-no-color"]);
    plan.assert_code(2).assert_stdout_has("# aws_lambda_function.other[0] will be created");
    summed(&apply(&sandbox), "1 added, 0 changed, 0 destroyed");
    settle();

    let destroy = sandbox.lambdaform(&["destroy", "-auto-approve", "-no-color"]);
    destroy.assert_success().assert_stdout_has("Destroy complete! Resources: 5 destroyed.");
    for name in ["life", "other-0", "other-1"] {
        assert_eq!(server.function(name), None, "{kind:?}");
    }
    let listed = sandbox.lambdaform(&["state", "list"]);
    assert_eq!(listed.assert_success().stdout, "");
}

fn apply(sandbox: &Sandbox) -> Output {
    sandbox.lambdaform(&["apply", "-auto-approve", "-no-color"])
}

#[track_caller]
fn summed<'a>(output: &'a Output, counts: &str) -> &'a Output {
    output.assert_success().assert_stdout_has(&format!("Apply complete! Resources: {counts}."))
}

/// Terraform finds nothing to do on our state.
fn taken_over(sandbox: &Sandbox, kind: Kind) {
    let Some(terraform) = sandbox.terraform() else { return };
    terraform.init();
    let plan = terraform.run(&["plan", "-detailed-exitcode", "-input=false", "-no-color"]);
    if plan.code != Some(0) {
        panic!("{kind:?}: Terraform would change what lambdaform made:\n{}{}", plan.stdout, plan.stderr);
    }
}

#[test]
fn on_the_built_in_control_plane() {
    live(Kind::Embedded);
}

#[test]
fn on_ministack() {
    live(Kind::Ministack);
}

#[test]
fn on_moto() {
    live(Kind::Moto);
}

/// What the built-in control plane is for: any client can use it while lambdaform does.
#[test]
fn by_other_clients() {
    let server = Server::start(Kind::Embedded).unwrap();
    let sandbox = Sandbox::new().aws(&server.url()).file("a.zip", package("a")).file("b.zip", package("b"));
    by_command_line(&sandbox);
    by_boto3(&sandbox);
}

fn by_command_line(sandbox: &Sandbox) {
    let Some(aws) = crate::support::program::Program::Aws.find() else { return };
    let run = |line: &[&str]| {
        let args: Vec<_> = ["lambda"].iter().chain(line).chain(&["--output", "json"]).copied().collect();
        sandbox.run(&aws, &args)
    };
    let role = "arn:aws:iam::123456789012:role/lambda";
    let created = run(&[
        "create-function",
        "--function-name",
        "cli",
        "--role",
        role,
        "--runtime",
        "python3.12",
        "--handler",
        "index.handler",
        "--zip-file",
        "fileb://a.zip",
        "--environment",
        "Variables={KEY=value}",
        "--publish",
    ]);
    assert_eq!(created.assert_success().json()["State"], "Pending");
    run(&["wait", "function-active-v2", "--function-name", "cli"]).assert_success();
    let got = run(&["get-function", "--function-name", "cli"]).assert_success().json();
    assert_eq!(got["Configuration"]["State"], "Active");
    assert_eq!(got["Configuration"]["Environment"]["Variables"]["KEY"], "value");
    let updated = run(&["update-function-configuration", "--function-name", "cli", "--memory-size", "256"]);
    assert_eq!(updated.assert_success().json()["MemorySize"], 256);
    run(&["wait", "function-updated-v2", "--function-name", "cli"]).assert_success();
    let coded = run(&["update-function-code", "--function-name", "cli", "--zip-file", "fileb://b.zip"]);
    assert_ne!(coded.assert_success().json()["CodeSha256"], got["Configuration"]["CodeSha256"]);
    let listed = run(&["list-functions"]).assert_success().json();
    assert_eq!(listed["Functions"][0]["FunctionName"], "cli");
    run(&["delete-function", "--function-name", "cli"]).assert_success();
    let gone = run(&["get-function", "--function-name", "cli"]);
    assert_ne!(gone.code, Some(0));
    gone.assert_stderr_has("ResourceNotFoundException");
}

const BOTO3: &str = r#"
import boto3, sys
client = boto3.client("lambda")
code = open("a.zip", "rb").read()
role = "arn:aws:iam::123456789012:role/lambda"
made = client.create_function(FunctionName="boto", Role=role, Runtime="python3.12", Handler="index.handler",
                              Code={"ZipFile": code}, Tags={"a": "b"})
assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
client.get_waiter("function_active_v2").wait(FunctionName="boto", WaiterConfig={"Delay": 1})
got = client.get_function(FunctionName="boto")
assert got["Tags"] == {"a": "b"} and got["Configuration"]["CodeSize"] == len(code)
client.update_function_configuration(FunctionName="boto", Timeout=10, Layers=[])
client.get_waiter("function_updated_v2").wait(FunctionName="boto", WaiterConfig={"Delay": 1})
version = client.publish_version(FunctionName="boto")["Version"]
alias = client.create_alias(FunctionName="boto", Name="live", FunctionVersion=version)
assert alias["AliasArn"].endswith(":boto:live")
pages = client.get_paginator("list_versions_by_function").paginate(FunctionName="boto", PaginationConfig={"PageSize": 1})
assert [v["Version"] for page in pages for v in page["Versions"]] == ["$LATEST", "1"]
try:
    client.create_function(FunctionName="boto", Role=role, Runtime="python3.12", Handler="h.h", Code={"ZipFile": code})
    sys.exit("a name was given away twice")
except client.exceptions.ResourceConflictException:
    pass
client.delete_function(FunctionName="boto")
try:
    client.get_function(FunctionName="boto")
    sys.exit("it is still there")
except client.exceptions.ResourceNotFoundException:
    pass
"#;

fn by_boto3(sandbox: &Sandbox) {
    let Some(python) = super::boto3_python() else {
        leave_out("boto3", "no python3 that has it");
        return;
    };
    sandbox.run(python, &["-c", BOTO3]).assert_success();
}

//! `plan -generate-config-out`: directories with nothing but `import` blocks take over what somebody else has made.
//! Knows lambdaform only as a program to run. That it works for every type is shown by the lives.

use crate::differential::functions::package;
use crate::differential::server::{Kind, Server};
use crate::support::sandbox::Sandbox;

const PROVIDER: &str = "provider \"aws\" {\n  s3_use_path_style = true\n}\n";

/// Two functions of zip files, one of an image, and a log group.
const MADE: &str = r#"
resource "aws_lambda_function" "made" {
  for_each      = toset(["orders", "invoices"])
  function_name = each.key
  role          = "arn:aws:iam::123456789012:role/lambda"
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "${each.key}.zip"
  layers        = [aws_lambda_layer_version.made.arn]
  publish       = true

  environment {
    variables = { GREETING = "$${hello}", RULES = jsonencode({ a = [1] }) }
  }
}

resource "aws_lambda_function" "image" {
  function_name = "image"
  role          = "arn:aws:iam::123456789012:role/lambda"
  package_type  = "Image"
  image_uri     = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1"
}

resource "aws_lambda_layer_version" "made" {
  layer_name = "shared"
  filename   = "orders.zip"
}

resource "aws_cloudwatch_log_group" "made" {
  name              = "/aws/lambda/orders"
  retention_in_days = 7
}
"#;

/// A server on which somebody has made things.
fn made() -> Server {
    let server = Server::start(Kind::Embedded).unwrap();
    project(&server)
        .file("main.tf", MADE)
        .file("orders.zip", package("orders"))
        .file("invoices.zip", package("invoices"))
        .lambdaform(&["apply", "-auto-approve"])
        .assert_success();
    server
}

fn project(server: &Server) -> Sandbox {
    Sandbox::new().aws(&server.url()).env("LAMBDAFORM_PAUSES", "0.01").file("provider.tf", PROVIDER)
}

fn import(to: &str, id: &str) -> String {
    format!("import {{\n  to = {to}\n  id = {id}\n}}\n\n")
}

const FUNCTIONS: [(&str, &str); 3] = [
    ("aws_lambda_function.orders", "\"orders\""),
    ("aws_lambda_function.invoices", "\"invoices\""),
    ("aws_lambda_function.image", "\"image\""),
];

const GENERATE: [&str; 5] =
    ["plan", "-no-color", "-input=false", "-detailed-exitcode", "-generate-config-out=generated.tf"];

#[test]
fn functions_are_taken_over_with_their_code() {
    let server = made();
    let imports: String = FUNCTIONS.iter().map(|(to, id)| import(to, id)).collect();
    let layer = import("aws_lambda_layer_version.shared", "\"shared/1\"");
    let sandbox =
        project(&server).file("import.tf", imports.trim_end().to_owned() + "\n\n" + layer.trim_end() + "\n");
    // What is there already is left alone, but not taken for something else.
    sandbox.write("orders.zip", "mine");
    sandbox.write("invoices.zip", package("invoices"));
    sandbox
        .lambdaform(&[&GENERATE[..], &["-out=p"]].concat())
        .assert_code(2)
        .assert_no_stderr()
        .assert_stdout_has("aws_lambda_function.orders: Preparing import... [id=orders]\n")
        .assert_stdout_has(
            "  # aws_lambda_function.orders will be imported\n  # (config will be generated)\n",
        )
        .assert_stdout_has("Plan: 4 to import, 0 to add, 0 to change, 0 to destroy.")
        .assert_stdout_has("lambdaform has generated configuration and written it to generated.tf.")
        .assert_stdout_has("orders-2.zip")
        .assert_stdout_has("Saved the plan to: p");
    let text = sandbox.read("generated.tf");
    for part in [
        "# __generated__ by lambdaform\n# Please review these resources and move them into your main configuration files.\n\n",
        "\n\n# __generated__ by lambdaform from \"orders\"\nresource \"aws_lambda_function\" \"orders\" {\n",
        "  filename                           = \"orders-2.zip\"\n",
        "  source_code_hash                   = filebase64sha256(\"orders-2.zip\")\n",
        "      GREETING = \"$${hello}\"\n",
        "  filename                           = \"invoices.zip\"\n",
        "\"123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1\"\n",
        "  source_code_hash         = filebase64sha256(\"shared.zip\")\n",
    ] {
        assert!(text.contains(part), "expected {part:?} in\n{text}");
    }
    assert_eq!(sandbox.read("orders.zip"), "mine");
    assert_eq!(std::fs::read(sandbox.path("orders-2.zip")).unwrap(), package("orders"));
    sandbox.lambdaform(&["fmt", "-check", "-diff"]).assert_success();
    sandbox
        .lambdaform(&["apply", "-no-color", "p"])
        .assert_success()
        .assert_stdout_has("Apply complete! Resources: 4 imported, 0 added, 0 changed, 0 destroyed.");
    sandbox
        .lambdaform(&["plan", "-no-color", "-detailed-exitcode"])
        .assert_success()
        .assert_stdout_has("No changes.");
    // From here on it is a function like any other.
    sandbox.write("orders-2.zip", package("changed"));
    sandbox
        .lambdaform(&["apply", "-no-color", "-auto-approve"])
        .assert_success()
        .assert_stdout_has("0 added, 1 changed, 0 destroyed.");
}

#[test]
fn a_new_plan_with_what_was_generated_changes_nothing_either() {
    let server = made();
    let sandbox = project(&server).file("import.tf", import("aws_lambda_function.orders", "\"orders\""));
    sandbox.lambdaform(&GENERATE).assert_code(2).assert_stdout_has("You didn't use the -out option");
    sandbox
        .lambdaform(&["apply", "-no-color", "-auto-approve"])
        .assert_success()
        .assert_stdout_has("Apply complete! Resources: 1 imported, 0 added, 0 changed, 0 destroyed.");
    sandbox.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();
    let state = sandbox.read("terraform.tfstate");
    assert!(state.contains("\"filename\": \"orders.zip\""), "{state}");
}

#[test]
fn ids_may_come_from_anything_that_is_known() {
    let server = made();
    let sandbox = project(&server).file(
        "main.tf",
        r#"
provider "aws" {
  alias             = "other"
  s3_use_path_style = true
}

variable "name" {
  default = "orders"
}

locals {
  invoices = "${terraform_data.names.input}s"
}

resource "terraform_data" "names" {
  input = "invoice"
}

data "aws_caller_identity" "current" {}

import {
  to = aws_lambda_function.orders
  id = var.name
}

import {
  to       = aws_lambda_function.invoices
  id       = local.invoices
  provider = aws.other
}

import {
  to = aws_lambda_function.image
  id = "arn:aws:lambda:us-east-1:${data.aws_caller_identity.current.account_id}:function:image"
}
"#,
    );
    let plan = sandbox.lambdaform(&GENERATE);
    plan.assert_code(2).assert_stdout_has("Plan: 3 to import, 1 to add, 0 to change, 0 to destroy.");
    let text = sandbox.read("generated.tf");
    assert!(text.contains("\"invoices\" {\n  provider                           = aws.other\n"), "{text}");
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    sandbox.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();
}

#[test]
fn programs_are_told_as_well() {
    let server = made();
    let sandbox =
        project(&server).file("import.tf", import("aws_cloudwatch_log_group.g", "\"/aws/lambda/orders\""));
    let told = sandbox.lambdaform(&["plan", "-json", "-generate-config-out=generated.tf", "-out=p"]);
    let lines = told.assert_success().json_lines();
    let planned = lines.iter().find(|line| line["type"] == "planned_change").unwrap();
    assert_eq!(planned["change"]["action"], "import");
    let block = planned["change"]["generated_config"].as_str().unwrap();
    assert!(block.starts_with("resource \"aws_cloudwatch_log_group\" \"g\" {\n") && block.ends_with("\n}"));
    assert!(sandbox.read("generated.tf").contains(block));
    let shown = sandbox.lambdaform(&["show", "-json", "p"]).assert_success().json();
    assert_eq!(shown["resource_changes"][0]["change"]["generated_config"], block);
}

#[test]
fn what_can_be_is_written_when_something_cannot() {
    let server = made();
    let imports =
        import("aws_lambda_function.orders", "\"orders\"") + &import("aws_lambda_function.none", "\"none\"");
    let sandbox = project(&server).file("import.tf", imports);
    sandbox
        .lambdaform(&GENERATE)
        .assert_code(1)
        .assert_stderr_has("Error: Cannot import non-existent remote object")
        .assert_stdout_has("written it to generated.tf");
    let text = sandbox.read("generated.tf");
    assert!(text.contains("\"orders\" {") && !text.contains("\"none\""), "{text}");
    assert!(sandbox.has("orders.zip"));
    sandbox.write("import.tf", import("aws_lambda_function.orders", "\"orders\""));
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success().assert_stdout_has("1 imported");
}

#[test]
fn what_keeps_configuration_from_being_generated_is_said_at_once() {
    let imports = "import {\n  to = terraform_data.a\n  id = \"x\"\n}\n";
    let sandbox = Sandbox::new().file("main.tf", imports);
    let refused = |args: &[&str], says: &str| {
        let output = sandbox.lambdaform(&[&["plan", "-no-color"], args].concat());
        output.assert_code(1).assert_stderr_has(says);
    };
    refused(&[], "lambdaform plan -generate-config-out=generated.tf");
    refused(&["-generate-config-out="], "flag needs an argument: -generate-config-out");
    refused(&["-generate-config-out=main.tf"], "Error: Target generated file already exists");
    refused(&["-generate-config-out=no/g.tf"], "Error: Failed to create target generated file");
    refused(&["-destroy", "-generate-config-out=g.tf"], "Error: Invalid generate-config-out flag");
    refused(&["-refresh-only", "-generate-config-out=g.tf"], "Error: Invalid generate-config-out flag");
    sandbox.write("main.tf", imports.replace("terraform_data.a", "terraform_data.a[0]"));
    refused(&["-generate-config-out=g.tf"], "The given import block for terraform_data.a is not compatible");
    sandbox.write("main.tf", imports.replace("terraform_data.a", "foo_bar.a"));
    refused(&["-generate-config-out=g.tf"], "Error: Unsupported resource type");
    sandbox.write("main.tf", imports.replace("terraform_data.a", "module.m.terraform_data.a"));
    refused(&["-generate-config-out=g.tf"], "Error: Configuration for import target does not exist");
    sandbox.write("main.tf", "");
    let nothing = sandbox.lambdaform(&["plan", "-generate-config-out=g.tf"]);
    nothing.assert_success().assert_stdout_has("No changes.");
    assert!(!sandbox.has("g.tf"));
}

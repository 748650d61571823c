//! `plan -generate-config-out` of both programs, for objects that the same configuration has made.
//! Knows nothing of how configuration is generated.

use std::collections::BTreeMap;
use std::fs;

use similar::{ChangeTag, TextDiff};

use super::departures::Document;
use super::functions::package;
use super::pair::Pair;
use super::server::Kind;
use crate::support::sandbox::Sandbox;

const PROVIDER: &str = r#"
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"#;

const MADE: &str = r#"
resource "aws_iam_role" "r" {
  name = "app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
  inline_policy {
    name = "first"
    policy = jsonencode({
      Version   = "2012-10-17"
      Statement = [{ Effect = "Allow", Action = "logs:PutLogEvents", Resource = "*" }]
    })
  }
}
resource "aws_iam_policy" "p" {
  name   = "policy"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_lambda_layer_version" "l" {
  layer_name          = "layer"
  filename            = "a.zip"
  compatible_runtimes = ["python3.12"]
}
resource "aws_lambda_function" "f" {
  function_name = "app"
  role          = aws_iam_role.r.arn
  runtime       = "python3.12"
  handler       = "index.handler"
  filename      = "a.zip"
  publish       = true
  description   = jsonencode({ a = 1 })
  layers        = [aws_lambda_layer_version.l.arn]
  environment {
    variables = { GREETING = "$${hello} \"you\"\n\tü %%{x}", RULES = jsonencode({ a = [1] }), EMPTY = "" }
  }
  vpc_config {
    subnet_ids         = ["subnet-b", "subnet-a"]
    security_group_ids = ["sg-1"]
  }
}
resource "aws_cloudwatch_log_group" "g" {
  name              = "/aws/lambda/app"
  retention_in_days = 7
}
resource "aws_lambda_permission" "p" {
  statement_id  = "bucket"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.f.function_name
  principal     = "s3.amazonaws.com"
}
resource "aws_lambda_alias" "a" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = "1"
}
resource "aws_lambda_function_url" "u" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "NONE"
  cors {
    allow_origins = ["*"]
  }
}
resource "aws_lambda_event_source_mapping" "m" {
  function_name     = aws_lambda_function.f.function_name
  event_source_arn  = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
  starting_position = "LATEST"
  filter_criteria {
    filter {
      pattern = jsonencode({ data = { kind = ["click"] } })
    }
  }
}
"#;

/// What both generate valid configuration for, and what is the same on every server.
const VALID: [(&str, &str); 4] = [
    ("aws_cloudwatch_log_group.g", "/aws/lambda/app"),
    ("aws_lambda_permission.p", "app/bucket"),
    ("aws_lambda_alias.a", "app/live"),
    ("aws_lambda_function_url.u", "app"),
];

fn imports(sandbox: &Sandbox, objects: &[(&str, &str)]) {
    let blocks = objects.iter().map(|(to, id)| format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n"));
    sandbox.write("main.tf", PROVIDER.to_owned() + &blocks.collect::<String>());
}

#[test]
fn generated_configuration_is_the_same() {
    let Some(mut pair) = Pair::on(Kind::Embedded) else { return };
    pair.write("a.zip", package("a"));
    pair.write("main.tf", PROVIDER.to_owned() + MADE);
    pair.init();
    for sandbox in [&pair.ours, &pair.theirs] {
        sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
        let state: serde_json::Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
        let resources = state["resources"].as_array().unwrap();
        let mapping = resources.iter().find(|r| r["type"] == "aws_lambda_event_source_mapping").unwrap();
        let mapping = mapping["instances"][0]["attributes"]["uuid"].as_str().unwrap();
        fs::remove_file(sandbox.path("terraform.tfstate")).unwrap();
        let all = [
            &VALID[..],
            &[
                ("aws_iam_role.r", "app"),
                ("aws_iam_policy.p", "arn:aws:iam::123456789012:policy/policy"),
                ("aws_lambda_function.f", "app"),
                ("aws_lambda_layer_version.l", "arn:aws:lambda:us-east-1:123456789012:layer:layer:1"),
                ("aws_lambda_event_source_mapping.m", mapping),
            ],
        ];
        imports(sandbox, &all.concat());
    }
    let (ours, theirs) = pair.run(&["plan", "-no-color", "-generate-config-out=generated.tf"]);
    ours.assert_success();
    theirs.assert_code(1);
    let (ours, theirs) = (pair.ours.read("generated.tf"), pair.theirs.read("generated.tf"));
    pair.note("generated.tf", Document::Generated, compare(&ours, &theirs));
    for sandbox in [&pair.ours, &pair.theirs] {
        imports(sandbox, &VALID);
        fs::remove_file(sandbox.path("generated.tf")).unwrap();
    }
    pair.same_text("valid ones", &["plan", "-generate-config-out=generated.tf"]);
    pair.same_text("applied", &["apply", "-auto-approve"]);
    pair.same_text("and again", &["plan", "-detailed-exitcode"]);
    pair.assert_same();
}

/// Each line that only one program wrote, blanks aside, with its block.
fn compare(ours: &str, theirs: &str) -> Vec<String> {
    let (ours, mut theirs) = (blocks(ours), blocks(theirs));
    let mut found = Vec::new();
    for (name, one) in ours {
        let other = theirs.remove(&name).unwrap_or_default();
        let diff = TextDiff::from_lines(&one, &other);
        found.extend(diff.iter_all_changes().filter_map(|change| {
            let side = match change.tag() {
                ChangeTag::Delete => "ours",
                ChangeTag::Insert => "theirs",
                ChangeTag::Equal => return None,
            };
            Some(format!("{name}: {side}: {}", change.value().trim_end()))
        }));
    }
    found.extend(theirs.into_keys().map(|name| format!("{name}: theirs: the block")));
    found
}

/// The blocks by type and name, as lines without superfluous blanks.
fn blocks(text: &str) -> BTreeMap<String, String> {
    let blocks = text.split("\n\n").filter(|block| block.contains("resource \""));
    let blocks = blocks.map(|block| {
        let lines = block.lines().filter(|line| !line.starts_with('#'));
        let plain = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n";
        let lines: Vec<String> = lines.map(plain).collect();
        let name: Vec<&str> = lines[0].split('"').collect();
        (format!("{} {}", name[1], name[3]), lines[1..].concat())
    });
    blocks.collect()
}

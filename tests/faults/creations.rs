//! The creation of every type: refused since it is there already, answered to nobody, killed half-way.
//! Knows nothing of what types mean; the table says which calls make them.

use lambdaform::local::{Action, Rule};

use super::bench::{Bench, error, function};
use super::settling::killed_after;

/// A type, and how it is made.
struct Case {
    /// The address of the object that it is about.
    addr: &'static str,
    /// What stands in configuration beside the function `a` and its alias `live`.
    config: &'static str,
    /// The calls that make the object, in order. A run is killed after each.
    calls: &'static [&'static str],
    /// What is said of one that exists already; nothing for types whose call may be repeated.
    taken: Option<&'static str>,
}

const ROLE: &str = r#"assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })"#;
const POLICY: &str = r#"jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = ["s3:Get*"], Resource = "*" }] })"#;

const CASES: &[Case] = &[
    Case {
        addr: "aws_cloudwatch_log_group.x",
        config: r#"resource "aws_cloudwatch_log_group" "x" {
  name              = "/aws/lambda/a"
  retention_in_days = 7
  tags              = { a = "1" }
}"#,
        calls: &["CreateLogGroup", "PutRetentionPolicy"],
        taken: Some("Log group"),
    },
    Case {
        addr: "aws_iam_role.x",
        config: r#"resource "aws_iam_role" "x" {
  name                 = "x"
  max_session_duration = 7200
  ROLE
  inline_policy {
    name   = "in"
    policy = POLICY
  }
  managed_policy_arns = ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"]
}"#,
        calls: &["CreateRole", "PutRolePolicy", "AttachRolePolicy"],
        taken: Some("Role"),
    },
    Case {
        addr: "aws_iam_policy.x",
        config: r#"resource "aws_iam_policy" "x" {
  name   = "x"
  path   = "/svc/"
  policy = POLICY
}"#,
        calls: &["CreatePolicy"],
        taken: Some("Policy"),
    },
    Case {
        addr: "aws_iam_role_policy.x",
        config: r#"resource "aws_iam_role" "r" {
  name_prefix = "x-"
  ROLE
}
resource "aws_iam_role_policy" "x" {
  role   = aws_iam_role.r.id
  policy = POLICY
}"#,
        calls: &["CreateRole", "PutRolePolicy"],
        taken: None,
    },
    Case {
        addr: "aws_iam_role_policy_attachment.x",
        config: r#"resource "aws_iam_role" "r" {
  name = "x"
  ROLE
}
resource "aws_iam_role_policy_attachment" "x" {
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
}"#,
        calls: &["AttachRolePolicy"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_code_signing_config.x",
        config: r#"resource "aws_lambda_code_signing_config" "x" {
  description = "c"
  allowed_publishers {
    signing_profile_version_arns = ["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/abc1234567"]
  }
  policies {
    untrusted_artifact_on_deployment = "Warn"
  }
}"#,
        calls: &["CreateCodeSigningConfig"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_function.x",
        config: r#"resource "aws_lambda_function" "x" {
  function_name                  = "x"
  role                           = "arn:aws:iam::123456789012:role/r"
  runtime                        = "python3.13"
  handler                        = "index.handler"
  filename                       = "a.zip"
  reserved_concurrent_executions = 5
}"#,
        calls: &["CreateFunction", "PutFunctionConcurrency"],
        taken: Some("Function"),
    },
    Case {
        addr: "aws_lambda_alias.x",
        config: r#"resource "aws_lambda_alias" "x" {
  name             = "x"
  function_name    = aws_lambda_function.a.function_name
  function_version = "1"
}"#,
        calls: &["CreateAlias"],
        taken: Some("Alias"),
    },
    Case {
        addr: "aws_lambda_permission.x",
        config: r#"resource "aws_lambda_permission" "x" {
  statement_id  = "x"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.a.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "111122223333"
}"#,
        calls: &["AddPermission"],
        taken: Some("Permission"),
    },
    Case {
        addr: "aws_lambda_permission.x",
        config: r#"resource "aws_lambda_permission" "x" {
  statement_id_prefix = "x-"
  action              = "lambda:InvokeFunction"
  function_name       = aws_lambda_function.a.arn
  principal           = "s3.amazonaws.com"
  source_arn          = "arn:aws:s3:::b"
}"#,
        calls: &["AddPermission"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_layer_version_permission.x",
        config: r#"resource "aws_lambda_layer_version" "l" {
  layer_name = "l"
  filename   = "b.zip"
}
resource "aws_lambda_layer_version_permission" "x" {
  layer_name      = aws_lambda_layer_version.l.layer_name
  version_number  = aws_lambda_layer_version.l.version
  principal       = "*"
  organization_id = "o-abcdefghij"
  action          = "lambda:GetLayerVersion"
  statement_id    = "x"
}"#,
        calls: &["AddLayerVersionPermission"],
        taken: Some("Statement"),
    },
    Case {
        addr: "aws_lambda_function_url.x",
        config: r#"resource "aws_lambda_function_url" "x" {
  function_name      = aws_lambda_function.a.function_name
  authorization_type = "AWS_IAM"
  cors {
    allow_origins = ["https://a.example"]
    max_age       = 10
  }
}"#,
        calls: &["CreateFunctionUrlConfig"],
        taken: Some("Function URL"),
    },
    Case {
        addr: "aws_lambda_function_url.x",
        config: r#"resource "aws_lambda_function_url" "x" {
  function_name      = aws_lambda_function.a.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "NONE"
  invoke_mode        = "RESPONSE_STREAM"
}"#,
        calls: &["CreateFunctionUrlConfig", "AddPermission"],
        taken: Some("Function URL"),
    },
    Case {
        addr: "aws_lambda_event_source_mapping.x",
        config: r#"resource "aws_lambda_event_source_mapping" "x" {
  event_source_arn  = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2024-01-01T00:00:00.000"
  function_name     = aws_lambda_alias.live.arn
  starting_position = "LATEST"
  filter_criteria {
    filter {
      pattern = jsonencode({ a = [1] })
    }
  }
  destination_config {
    on_failure {
      destination_arn = "arn:aws:sqs:us-east-1:123456789012:dlq"
    }
  }
}"#,
        calls: &["CreateEventSourceMapping"],
        taken: Some("Event source mapping"),
    },
    Case {
        addr: "aws_lambda_function_event_invoke_config.x",
        config: r#"resource "aws_lambda_function_event_invoke_config" "x" {
  function_name          = aws_lambda_function.a.function_name
  qualifier              = aws_lambda_alias.live.name
  maximum_retry_attempts = 0
  destination_config {
    on_success {
      destination = "arn:aws:sns:us-east-1:123456789012:ok"
    }
  }
}"#,
        calls: &["PutFunctionEventInvokeConfig"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_provisioned_concurrency_config.x",
        config: r#"resource "aws_lambda_provisioned_concurrency_config" "x" {
  function_name                     = aws_lambda_function.a.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = 2
}"#,
        calls: &["PutProvisionedConcurrencyConfig"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_runtime_management_config.x",
        config: r#"resource "aws_lambda_runtime_management_config" "x" {
  function_name     = aws_lambda_function.a.function_name
  update_runtime_on = "FunctionUpdate"
}"#,
        calls: &["PutRuntimeManagementConfig"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_function_recursion_config.x",
        config: r#"resource "aws_lambda_function_recursion_config" "x" {
  function_name  = aws_lambda_function.a.function_name
  recursive_loop = "Allow"
}"#,
        calls: &["PutFunctionRecursionConfig"],
        taken: None,
    },
    Case {
        addr: "aws_lambda_capacity_provider.x",
        config: r#"resource "aws_lambda_capacity_provider" "x" {
  name = "x"
  vpc_config {
    subnet_ids         = ["subnet-1"]
    security_group_ids = ["sg-1"]
  }
  permissions_config {
    capacity_provider_operator_role_arn = "arn:aws:iam::123456789012:role/r"
  }
}"#,
        calls: &["CreateCapacityProvider"],
        taken: Some("Capacity provider"),
    },
];

/// A project in which the function `a` and its alias are there already, and what the case is about is not.
fn prepared(case: &Case) -> Bench {
    let bench = Bench::with(&base());
    bench.apply().assert_success();
    bench.configure(&configuration(case));
    bench.server().calls().reset();
    bench
}

fn base() -> String {
    function("a", "publish = true")
        + "resource \"aws_lambda_alias\" \"live\" {\n  name = \"live\"\n  \
           function_name = aws_lambda_function.a.function_name\n  function_version = \"1\"\n}\n"
}

fn configuration(case: &Case) -> String {
    base() + &case.config.replace("ROLE", ROLE).replace("POLICY", POLICY)
}

/// There is nothing to do, and what is there can be destroyed.
fn complete(bench: &Bench, what: &str) {
    eprintln!("{what}");
    bench.heal();
    bench.untainted();
    bench.run(&["plan", "-detailed-exitcode", "-no-color"]).assert_success();
    bench.destroy().assert_success();
}

#[test]
fn what_exists_already_is_told_at_once() {
    for case in CASES {
        let Some(what) = case.taken else { continue };
        let bench = prepared(case);
        bench.apply().assert_success();
        bench.run(&["state", "rm", case.addr]).assert_success();
        bench.server().calls().reset();
        let apply = bench.apply();
        apply.assert_code(1).assert_stderr_has(&format!("Error: {what} exists already"));
        assert_eq!(bench.server().calls().count(case.calls[0]), 1, "{}", case.addr);
    }
}

#[test]
fn an_unanswered_creation_is_recognized_by_what_is_there() {
    for case in CASES {
        for operation in case.calls {
            for action in [Action::DropAfter, error("ServiceException", 500, "Injected.")] {
                let bench = prepared(case);
                bench.fault(Rule::on(operation, action.clone()));
                bench.apply().assert_success();
                let sent = bench.server().calls().count(operation);
                assert!(sent <= 3, "{} {operation} {action:?} was sent {sent} times", case.addr);
                complete(&bench, &format!("{} {operation} {action:?}", case.addr));
            }
        }
    }
}

#[test]
fn what_an_unanswered_creation_did_not_make_is_not_taken_for_its_own() {
    let url = CASES.iter().find(|case| case.taken == Some("Function URL")).unwrap();
    let bench = prepared(url);
    bench.apply().assert_success();
    bench.run(&["state", "rm", url.addr]).assert_success();
    bench.configure(&configuration(url).replace("AWS_IAM", "NONE"));
    bench.fault(Rule::on(url.calls[0], Action::DropBefore));
    bench.apply().assert_code(1).assert_stderr_has("Error: Function URL exists already");
}

#[test]
fn a_killed_creation_is_taken_over() {
    for case in CASES {
        for operation in case.calls {
            let bench = prepared(case);
            killed_after(&bench, operation);
            let apply = bench.apply();
            apply.assert_success();
            assert!(!apply.stdout.contains("not taken over"), "{} {operation}: {}", case.addr, apply.stdout);
            // A public address without all of its statements is one that nobody can use: it is made anew.
            let sent = if case.config.contains("\"NONE\"") { 2 } else { 1 };
            assert_eq!(bench.server().calls().count(case.calls[0]), sent, "{} {operation}", case.addr);
            complete(&bench, &format!("{} {operation}", case.addr));
        }
    }
}

//! What the service may refuse a creation with: each has its own words, its place, and leaves state and service agreed.
//! Knows nothing of broken connections.

use std::collections::BTreeMap;

use lambdaform::local::{Action, Rule};

use super::bench::{Bench, error, function, refusal, secretive};
use super::connections::accounted;

const INVALID: &str = "InvalidParameterValueException";
const CONFLICT: &str = "ResourceConflictException";

/// Code, status, message; the summary it is told under, and a piece of the advice.
type Case = (&'static str, u16, &'static str, &'static str, &'static str);

/// The errors of CreateFunction's reference, and those of every service, in the order of their codes.
const CASES: &[Case] = &[
    ("AccessDeniedException", 403, "Not authorized.", "Access denied", "permission the message names"),
    (
        "CodeSigningConfigNotFoundException",
        404,
        "No such configuration.",
        "Code signing configuration not found",
        "code_signing_config_arn",
    ),
    ("CodeStorageExceededException", 400, "Too much.", "Code storage exceeded", "Delete old versions"),
    (
        "CodeVerificationFailedException",
        400,
        "Expired.",
        "Code signature not accepted",
        "Sign the package again",
    ),
    ("ExpiredTokenException", 403, "Expired.", "Credentials have expired", "Sign in again"),
    (
        "FunctionVersionsPerCapacityProviderLimitExceededException",
        400,
        "Too many.",
        "Too many function versions on the capacity provider",
        "Delete function versions",
    ),
    ("InvalidCodeSignatureException", 400, "Broken.", "Code signature broken", "Sign it again"),
    (INVALID, 400, "Not good.", "Invalid parameter value", "argument the message names"),
    (CONFLICT, 409, "An update is in progress.", "Another operation is in progress", "when it is done"),
    ("ResourceNotFoundException", 404, "No layer.", "Object not found", "does not exist"),
    ("ServiceException", 500, "Oops.", "Internal error of the service", "Health Dashboard"),
    ("TooManyRequestsException", 429, "Rate exceeded", "Too many requests", "-parallelism"),
    ("PreconditionFailedException", 412, "Revision.", "Changed since the plan", "Plan again"),
    ("RequestEntityTooLargeException", 413, "Too large.", "Package too large to upload", "s3_bucket"),
    ("UnrecognizedClientException", 403, "Key.", "Credentials not accepted", "access key"),
];

#[test]
fn every_error_of_a_creation_has_its_own_words() {
    let bench = Bench::with(&secretive("a", ""));
    let mut summaries = BTreeMap::new();
    for &(code, status, message, summary, advice) in CASES {
        bench.heal().fault(Rule::on("CreateFunction", error(code, status, message)).always());
        let apply = bench.apply();
        apply.assert_code(1).assert_stderr_has(&format!("Error: {summary}"));
        let said = unwrapped(&apply.stderr);
        for part in [
            code,
            message,
            advice,
            "with aws_lambda_function.a,",
            "on main.tf line 12, in resource \"aws_lambda_function\" \"a\":",
            "CreateFunction of \"a\"",
        ] {
            assert!(said.contains(part), "{part:?} is missing for {code} in\n{}", apply.stderr);
        }
        assert_eq!(summaries.insert(summary, code), None, "{summary} stands for two errors");
        // After an internal error nobody knows whether it was done, so the next run looks.
        if status < 500 { bench.agrees() } else { accounted(&bench) }
    }
    bench.converges();
}

#[test]
fn messages_that_say_more_than_their_code_are_told_apart() {
    let bench = Bench::with(&function("a", ""));
    for (message, summary) in [
        ("Unzipped size must be smaller than 262144000 bytes", "Package too large"),
        ("Could not unzip uploaded file.", "Package is not a zip file"),
        ("Error occurred while GetObject. S3 Error Code: NoSuchKey.", "Package in S3 not readable"),
        ("The runtime parameter of python2.7 is no longer supported", "Runtime not supported"),
        (
            "Lambda was unable to configure your environment variables because the environment variables you have \
          provided contains reserved keys",
            "Reserved environment variable",
        ),
    ] {
        bench.heal().fault(Rule::on("CreateFunction", error(INVALID, 400, message)).always());
        bench.apply().assert_code(1).assert_stderr_has(&format!("Error: {summary}"));
        assert_eq!(
            bench.server().calls().count("CreateFunction"),
            1,
            "a person must act: nothing is tried again"
        );
        bench.server().calls().reset();
        bench.agrees();
    }
    bench.converges();
}

#[test]
fn one_failure_stops_what_depends_on_it_and_nothing_else() {
    let dependent = function("b", "description = aws_lambda_function.a.arn");
    let bench = Bench::with(&format!("{}{dependent}{}", function("a", ""), function("c", "")));
    bench.fault(Rule::on("CreateFunction", refusal("AccessDeniedException", 403)).function("a"));
    let apply = bench.apply();
    apply.assert_code(1).assert_stdout_has("aws_lambda_function.c: Creation complete");
    let said = unwrapped(&apply.stdout) + &unwrapped(&apply.stderr);
    for part in [
        "aws_lambda_function.a",
        "aws_lambda_function.b",
        "1 added",
        "because it waits for aws_lambda_function.a",
    ] {
        assert!(said.contains(part), "{part:?} is missing in\n{}\n{}", apply.stdout, apply.stderr);
    }
    assert_eq!(bench.held(), ["function c".to_owned()].into());
    bench.agrees();
    bench.converges();
}

#[test]
fn what_passes_with_time_is_waited_for() {
    for (operation, action) in [
        (
            "CreateFunction",
            error(INVALID, 400, "The role defined for the function cannot be assumed by Lambda."),
        ),
        (
            "CreateFunction",
            error(INVALID, 400, "The provided execution role does not have permissions to call X"),
        ),
        (
            "CreateFunction",
            error(INVALID, 400, "Lambda was throttled by EC2 while configuring network interfaces"),
        ),
        (
            "CreateFunction",
            error(
                INVALID,
                400,
                "Lambda was unable to configure access to your environment variables because the KMS key is invalid \
                 for CreateGrant.",
            ),
        ),
        ("CreateFunction", error(CONFLICT, 409, "The operation cannot be performed at this time.")),
        ("UpdateFunctionConfiguration", error(CONFLICT, 409, "An update is in progress for resource: a")),
        ("UpdateFunctionCode", error(CONFLICT, 409, "An update is in progress for resource: a")),
        (
            "PublishVersion",
            error(CONFLICT, 409, "The operation cannot be performed, an update is in progress"),
        ),
        ("CreateAlias", error(CONFLICT, 409, "An update is in progress for resource: a")),
        ("DeleteAlias", error(CONFLICT, 409, "An update is in progress for resource: a")),
        ("DeleteFunction", error(CONFLICT, 409, "An update is in progress for resource: a")),
    ] {
        let bench = Bench::with(&aliased("a.zip", "one"));
        bench.fault(Rule::on(operation, action).times(6));
        bench.apply().assert_success();
        bench.agrees();
        bench.configure(&aliased("b.zip", "two"));
        bench.apply().assert_success().assert_stdout_has("0 added, 2 changed, 0 destroyed");
        bench.agrees();
        bench.destroy().assert_success();
        bench.agrees();
        let met = bench.server().faults().list()[0].1;
        assert!(met >= 7, "{operation} was tried {met} times");
    }
}

fn aliased(package: &str, description: &str) -> String {
    let function = format!(
        r#"
resource "aws_lambda_function" "a" {{
  function_name = "a"
  role          = "arn:aws:iam::123456789012:role/r"
  runtime       = "python3.13"
  handler       = "index.handler"
  filename      = "{package}"
  description   = "{description}"
  publish       = true
}}
"#
    );
    function
        + r#"
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.a.function_name
  function_version = aws_lambda_function.a.version
}
"#
}

#[test]
fn a_role_that_is_never_right_fails_in_bounded_time() {
    let bench = Bench::with(&function("a", ""));
    let never = error(INVALID, 400, "The role defined for the function cannot be assumed by Lambda.");
    bench.fault(Rule::on("CreateFunction", never).always());
    bench.apply().assert_code(1).assert_stderr_has("Error: Role cannot be assumed by Lambda");
    let tries = bench.server().calls().count("CreateFunction");
    assert!((20..60).contains(&tries), "{tries} tries");
    bench.agrees();
    bench.converges();
}

#[test]
fn a_taken_name_is_told_at_once_with_the_block_that_adopts_it() {
    let bench = Bench::with(&function("a", ""));
    bench.apply().assert_success();
    bench.sandbox.write("kept.tfstate", bench.sandbox.read("terraform.tfstate"));
    std::fs::remove_file(bench.sandbox.path("terraform.tfstate")).unwrap();
    bench.server().calls().reset();
    let apply = bench.apply();
    apply.assert_code(1).assert_stderr_has("Error: Function exists already").assert_stderr_has("import {");
    apply.assert_stderr_has("to = aws_lambda_function.a").assert_stderr_has("id = \"a\"");
    assert_eq!(bench.server().calls().count("CreateFunction"), 1);
    assert_eq!(bench.journals(), Vec::<std::path::PathBuf>::new());
    assert!(super::bench::inventory(&bench.state()).is_empty(), "what is not ours is not in state");
}

#[test]
fn a_function_that_cannot_start_is_explained_and_replaced() {
    let bench = Bench::with(&function("a", ""));
    let failure = lambdaform::local::Failure {
        code: "ImageAccessDenied".to_owned(),
        reason: "Lambda does not have permission to access the ECR image.".to_owned(),
    };
    bench.fault(Rule::on("CreateFunction", Action::FailState(failure)));
    let apply = bench.apply();
    apply.assert_code(1).assert_stderr_has("Error: Function failed to become active");
    let said = unwrapped(&apply.stderr);
    assert!(said.contains("(ImageAccessDenied)") && said.contains("policy of the ECR repository"), "{said}");
    bench.agrees();
    bench.run(&["plan", "-no-color"]).assert_success().assert_stdout_has("is tainted, so must be replaced");
    bench.converges();
}

#[test]
fn an_update_that_fails_is_explained_and_tried_again() {
    let bench = Bench::with(&function("a", ""));
    bench.apply().assert_success();
    bench.configure(&function("a", "memory_size = 256"));
    let failure =
        lambdaform::local::Failure { code: "InvalidSubnet".to_owned(), reason: "No such subnet.".to_owned() };
    bench.fault(Rule::on("UpdateFunctionConfiguration", Action::FailState(failure)));
    bench.apply().assert_code(1).assert_stderr_has("Error: Update failed").assert_stderr_has("InvalidSubnet");
    bench.agrees();
    bench.untainted();
    bench.converges();
}

#[test]
fn a_function_that_somebody_else_changes_meanwhile_is_left_alone() {
    let bench = Bench::with(&function("a", ""));
    bench.apply().assert_success();
    bench.configure(&function("a", "memory_size = 256"));
    bench.fault(Rule::on("UpdateFunctionConfiguration", Action::Hold));
    let mut run = super::live::Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    bench.outside("PUT", "functions/a/configuration", r#"{"Timeout": 99}"#);
    bench.heal();
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("Error: Changed since the plan") && said.contains("PreconditionFailedException"),
        "{said}"
    );
    let settings = bench.server().objects()["us-east-1"]["functions"]["a"]["latest"]["settings"].clone();
    assert_eq!((&settings["Timeout"], &settings["MemorySize"]), (&99.into(), &128.into()));
    bench.agrees();
    bench.run(&["plan", "-no-color"]).assert_success().assert_stdout_has("99 -> 3");
    bench.converges();
}

#[test]
fn a_slow_function_is_kept_and_not_replaced() {
    let timeouts = "timeouts {\n    create = \"5s\"\n  }";
    let bench = Bench::with(&function("a", timeouts));
    bench.fault(Rule::on("CreateFunction", Action::Settle { ms: 600_000 }));
    bench.apply().assert_code(1).assert_stderr_has("Error: Function not active in time");
    bench.agrees();
    bench.untainted();
    bench.run(&["plan", "-no-color", "-detailed-exitcode"]).assert_success();
}

/// Text as it was before it was wrapped and framed.
pub fn unwrapped(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']).trim_end());
    lines.collect::<Vec<_>>().join(" ")
}

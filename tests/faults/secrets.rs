//! A sensitive value: in the service, in the state and in plan files, and in nothing that anybody reads over a shoulder.
//! Knows nothing of faults but that they tempt a program to say too much.

use lambdaform::local::{Action, Rule};
use rustix::process::Signal;

use super::bench::{Bench, SECRET, error, files, function};
use super::live::Live;
use crate::support::sandbox::Sandbox;

/// A secret in an environment, in a description, in a name, in an output, and in what is made from it.
fn config(suffix: &str) -> String {
    let function = function(
        "a",
        &format!(
            "description = \"for ${{var.secret}}{suffix}\"\n  environment {{\n    variables = {{ SECRET = var.secret, \
             LONG = \"${{var.secret}}{suffix}\" }}\n  }}"
        ),
    );
    function
        + r#"
resource "terraform_data" "kept" {
  input            = var.secret
  triggers_replace = [var.secret]
}

output "secret" {
  value     = var.secret
  sensitive = true
}
"#
}

#[test]
fn no_command_says_the_secret() {
    let bench = Bench::with(&config("1"));
    let plans: &[&[&str]] = &[
        &["validate", "-json"],
        &["plan", "-no-color"],
        &["plan", "-json"],
        &["plan", "-out=plan"],
        &["show", "plan"],
        &["show", "-json", "plan"],
        &["show", "-markdown", "plan"],
        &["plan", "-destroy"],
        &["plan", "-replace=aws_lambda_function.a"],
    ];
    for suffix in ["1", "2", "3"] {
        bench.configure(&config(suffix));
        // Each of these checks that the secret is in neither stream.
        for args in plans {
            bench.run(args).assert_success();
        }
        bench.is_private();
        match suffix {
            "1" => bench.run(&["apply", "plan"]),
            "2" => bench.run(&["apply", "-auto-approve", "-json"]),
            _ => bench.apply(),
        }
        .assert_success();
        for args in [
            &["output"][..],
            &["show"],
            &["show", "-json"],
            &["state", "list"],
            &["state", "show", "aws_lambda_function.a"],
            &["state", "show", "terraform_data.kept"],
        ] {
            bench.run(args).assert_success();
        }
        bench.is_private();
    }
    // Drift shows both values as hidden.
    bench.outside(
        "PUT",
        "functions/a/configuration",
        r#"{"Environment": {"Variables": {"SECRET": "other"}}}"#,
    );
    bench.run(&["plan", "-no-color"]).assert_success();
    bench.run(&["plan", "-json"]).assert_success();
    bench.destroy().assert_success();
    assert!(bench.sandbox.read("terraform.tfstate.backup").contains(SECRET), "the state does hold it");
}

#[test]
fn no_failure_says_the_secret() {
    let bench = Bench::with(&config("1"));
    for (code, message) in [
        ("InvalidParameterValueException", "Lambda was unable to configure your environment variables"),
        ("ServiceException", "Oops."),
        ("AccessDeniedException", "No."),
    ] {
        bench.heal().fault(Rule::on("CreateFunction", error(code, 400, message)).always());
        bench.apply().assert_code(1);
        bench.run(&["apply", "-auto-approve", "-json"]).assert_code(1);
    }
    bench.heal().fault(Rule::on("CreateFunction", Action::AnswerLate { ms: 600_000 }));
    let mut run = Live::apply(&bench);
    super::bench::wait(|| {
        bench.server().calls().count("CreateFunction") > 0 && bench.held().len() == 1 || run.ended()
    });
    run.signal(Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.heal();
    assert!(files(&bench.sandbox.path(".lambdaform/journal")).len() == 1);
    bench.is_private();
    let debug = format!("{:?}", bench.journal());
    assert!(debug.contains("aws_lambda_function") && !debug.contains(SECRET), "{debug}");
    assert!(!format!("{:?}", bench.state()).contains(SECRET));
    bench.run(&["plan", "-no-color"]).assert_success();
    bench.apply().assert_success();

    // Mistakes in expressions name their values, but not this one.
    for mistake in [
        "output \"o\" {\n  value = tonumber(var.secret)\n}\n",
        "output \"o\" {\n  value = var.secret\n}\n",
        "output \"o\" {\n  value = var.secret + 1\n}\n",
        "output \"o\" {\n  value = { a = 1 }[var.secret]\n}\n",
        "output \"o\" {\n  value = jsondecode(var.secret)\n}\n",
        "output \"o\" {\n  value = file(var.secret)\n}\n",
        "resource \"terraform_data\" \"b\" {\n  for_each = toset([var.secret])\n}\n",
        "resource \"terraform_data\" \"b\" {\n  count = var.secret\n}\n",
        "resource \"terraform_data\" \"b\" {\n  lifecycle {\n    precondition {\n      condition = var.secret == \"x\"\n      \
         error_message = \"It is ${var.secret}.\"\n    }\n  }\n}\n",
        "resource \"aws_lambda_function\" \"b\" {\n  function_name = var.secret\n  role = var.secret\n  runtime = \
         var.secret\n  handler = \"x\"\n  filename = var.secret\n  memory_size = 1\n}\n",
        "variable \"v\" {\n  default = 1\n  validation {\n    condition = var.v == var.secret\n    error_message = \"No: \
         ${var.secret}\"\n  }\n}\n",
    ] {
        bench.configure(&(config("1") + mistake));
        for args in [&["plan", "-no-color"][..], &["plan", "-json"], &["validate"], &["validate", "-json"]] {
            let output = bench.run(args);
            assert!(matches!(output.code, Some(0 | 1)), "{mistake}");
        }
        bench.run(&["plan", "-no-color"]).assert_code(1).assert_stderr_has("Error: ");
    }
}

#[test]
fn the_command_line_of_a_run_is_kept_without_its_variables() {
    let bench = Bench::with(&config("1"));
    let secret = format!("-var=secret={SECRET}");
    bench.run(&["apply", "-auto-approve", &secret]).assert_success();
    bench.run(&["apply", "-auto-approve", "-var", &format!("secret={SECRET}2")]).assert_success();
    for path in files(&bench.sandbox.path(".lambdaform")) {
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let state = path.extension().is_some_and(|e| e == "tfstate");
        assert!(state || !text.contains(SECRET), "{}: {text}", path.display());
    }
}

/// An ephemeral variable is given for a plan and again for its apply, and is kept nowhere.
#[test]
fn what_is_ephemeral_is_nowhere_on_the_disk() {
    let config = r#"
variable "e" {
  type      = string
  ephemeral = true
}
variable "d" {
  default   = "nothing"
  ephemeral = true
}
resource "terraform_data" "a" {
  input = ephemeralasnull({ secret = var.e, plain = "p" })
  provisioner "local-exec" {
    command = "test -n \"${var.e}\" && echo \"${var.e}\""
  }
}
check "c" {
  assert {
    condition     = var.e == ""
    error_message = "It is ${var.e}."
  }
}
"#;
    let sandbox = Sandbox::new().file("main.tf", config);
    let kept = |args: &[&str]| {
        let said = sandbox.lambdaform(args);
        said.assert_never_says(SECRET);
        for file in
            walkdir::WalkDir::new(sandbox.path(".")).into_iter().flatten().filter(|e| e.file_type().is_file())
        {
            let bytes = std::fs::read(file.path()).unwrap();
            let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!found, "{args:?} left it in {}", file.path().display());
        }
        said
    };
    let given = &format!("-var=e={SECRET}");
    kept(&["plan", "-out=plan", given]).assert_success();
    kept(&["show", "-json", "plan"]).assert_success().assert_stdout_has("\"nothing\"");
    kept(&["apply", "plan"]).assert_code(1).assert_stderr_has("No value for required variable");
    kept(&["apply", given, "-var=d=other", "plan"])
        .assert_code(1)
        .assert_stderr_has("was not set during planning");
    let applied = kept(&["apply", given, "plan"]);
    applied.assert_success().assert_stdout_has("(output suppressed due to ephemeral value in config)");
    kept(&["plan", "-detailed-exitcode", given]).assert_success();
    kept(&["apply", "-auto-approve", "-replace=terraform_data.a", given]).assert_success();
    kept(&["output", "-json"]).assert_success();
    kept(&["destroy", "-auto-approve", given]).assert_success();
}

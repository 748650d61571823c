//! The command line: arguments, exit codes, streams, help, and the commands that need no engine.
//! Knows nothing of how plans are made.

use crate::support::sandbox::Sandbox;

/// A state with outputs and one object.
const STATE: &str = r#"{
  "version": 4,
  "terraform_version": "1.11.4",
  "serial": 3,
  "lineage": "0f1e2d3c-0000-1111-2222-333344445555",
  "outputs": {
    "list": { "value": ["a", "b"], "type": ["list", "string"] },
    "number": { "value": 12, "type": "number" },
    "secret": { "value": "hunter2", "type": "string", "sensitive": true },
    "text": { "value": "1-d", "type": "string" }
  },
  "resources": [
    {
      "mode": "managed",
      "type": "terraform_data",
      "name": "a",
      "provider": "provider[\"terraform.io/builtin/terraform\"]",
      "instances": [
        { "index_key": 0, "schema_version": 0, "attributes": { "id": "one" }, "sensitive_attributes": [] },
        { "index_key": 1, "schema_version": 0, "attributes": { "id": "two" }, "sensitive_attributes": [] }
      ]
    }
  ],
  "check_results": null
}
"#;

fn with_state() -> Sandbox {
    Sandbox::new().file("terraform.tfstate", STATE)
}

#[test]
fn help_is_asked_for_as_with_terraform() {
    let sandbox = Sandbox::new();
    for args in [&["-help"][..], &["--help"], &["-h"]] {
        let output = sandbox.lambdaform(args);
        output.assert_success().assert_no_stderr().assert_stdout_has("Main commands:\n  init ");
    }
    for args in
        [&["plan", "-help"][..], &["-help", "plan"], &["plan", "--help"], &["plan", "-out", "f", "-h"]]
    {
        let output = sandbox.lambdaform(args);
        output
            .assert_success()
            .assert_stdout_has("Usage: lambdaform [global options] plan [options]")
            .assert_stdout_has("-detailed-exitcode")
            .assert_stdout_has("-no-color");
    }
    sandbox.lambdaform(&[]).assert_code(127).assert_stdout_has("Main commands:");
    sandbox.lambdaform(&["state"]).assert_code(1).assert_stdout_has("Subcommands:");
}

#[test]
fn every_flag_and_command_has_a_help() {
    let sandbox = Sandbox::new();
    let commands = "init|get|validate|plan|apply|destroy|completions|local serve|man|output|console|fmt|show|version|state list|state show|\
                    state mv|state rm|state pull|state push|state replace-provider|taint|untaint|force-unlock|refresh|\
                    providers|providers schema|graph|import|workspace new|workspace list|workspace select|workspace show|\
                    workspace delete";
    for command in commands.split('|') {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("-help");
        let output = sandbox.lambdaform(&args);
        let flags = output.assert_success().stdout.lines().filter(|line| line.starts_with("  -")).count();
        assert!(flags > 0, "{}", output.stdout);
        let undescribed: Vec<&str> =
            output.stdout.lines().filter(|l| l.starts_with("  -") && !l.contains("  ")).collect();
        assert!(undescribed.is_empty(), "{undescribed:?}");
    }
}

#[test]
fn the_version_is_told() {
    let sandbox = Sandbox::new();
    for args in [&["version"][..], &["-version"], &["--version"], &["-v"]] {
        let expected = format!("Lambdaform v{}\non ", env!("CARGO_PKG_VERSION"));
        sandbox.lambdaform(args).assert_success().assert_stdout_has(&expected);
    }
    let json = sandbox.lambdaform(&["version", "-json"]).assert_success().json();
    assert_eq!(json["lambdaform_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["terraform_outdated"], false);
}

#[test]
fn what_is_wrong_with_the_command_line_is_said_in_terraforms_words() {
    let sandbox = Sandbox::new().file("main.tf", "");
    for (args, says) in [
        (&["plan", "-foo"][..], "flag provided but not defined: -foo"),
        (&["plan", "-paralelism=3"], "Did you mean -parallelism?"),
        (&["plan", "-lock=maybe"], "invalid boolean value \"maybe\" for -lock"),
        (&["apply", "-auto-approve=maybe"], "-auto-approve=false"),
        (&["plan", "-lock-timeout=x"], "invalid value \"x\" for flag -lock-timeout"),
        (&["plan", "-var"], "flag needs an argument: -var"),
        (&["plan", "extra"], "Too many command line arguments"),
        (&["apply", "a", "b"], "Expected at most one positional argument."),
        (&["plan", "-destroy", "-refresh-only"], "mutually-exclusive"),
        (&["plan", "-refresh-only", "-refresh=false"], "Incompatible refresh options"),
        (&["plan", "-target=a.b", "-exclude=a.c"], "mutually-exclusive"),
        (&["destroy", "-target=a.b", "-exclude=a.c"], "mutually-exclusive"),
        (&["refresh", "-target=a.b", "-exclude=a.c"], "mutually-exclusive"),
        (&["apply", "-exclude=a.b", "planfile"], "-exclude"),
        (&["plan", "-destroy", "-replace=a.b"], "allowed only in\nnormal planning mode"),
        (&["plan", "-replace=a"], "Invalid force-replace address \"a\""),
        (&["plan", "-replace=data.a.b"], "Only managed resources"),
        (&["apply", "-target=a.b", "planfile"], "-target"),
        (&["output", "-raw"], "Output name required"),
        (&["output", "-raw", "-json", "x"], "mutually-exclusive"),
        (&["state", "show"], "needs ADDRESS"),
    ] {
        let output = sandbox.lambdaform(args);
        output.assert_code(1).assert_stderr_has(says).assert_stderr_has("-help");
        assert_eq!(output.stdout, "", "{args:?}");
    }
}

#[test]
fn unknown_commands_are_told_from_later_ones() {
    let sandbox = Sandbox::new();
    for (args, says) in [
        (&["pla"][..], "lambdaform has no command named \"pla\". Did you mean \"plan\"?"),
        (&["xyzzy"], "lambdaform has no command named \"xyzzy\"."),
        (&["test"], "\"test\" is not in this version"),
        (&["state", "lst"], "Did you mean \"list\"?"),
    ] {
        sandbox.lambdaform(args).assert_code(1).assert_stderr_has(says);
    }
}

#[test]
fn directories_are_changed_first() {
    let sandbox = Sandbox::new().file("sub/terraform.tfstate", STATE);
    sandbox.lambdaform(&["-chdir=sub", "output", "-raw", "text"]).assert_success().assert_stdout_has("1-d");
    sandbox
        .lambdaform(&["-chdir=nope", "output"])
        .assert_code(1)
        .assert_stderr_has("Error handling -chdir option: chdir nope: No such file or directory");
}

#[test]
fn the_environment_adds_arguments() {
    let sandbox = with_state().env("TF_CLI_ARGS_output", "-raw").env("TF_CLI_ARGS", "text");
    sandbox.lambdaform(&["output"]).assert_success().assert_stdout_has("1-d");
    let sandbox = with_state().env("TF_CLI_ARGS", "'open");
    sandbox.lambdaform(&["output"]).assert_code(1).assert_stderr_has("TF_CLI_ARGS has an unclosed quote.");
}

#[test]
fn without_configuration_there_is_nothing_to_plan() {
    let sandbox = Sandbox::new();
    for command in ["plan", "apply"] {
        sandbox.lambdaform(&[command]).assert_code(1).assert_stderr_has("No configuration files");
    }
    sandbox.lambdaform(&["init"]).assert_success().assert_stdout_has("empty directory");
}

#[test]
fn the_backend_is_the_local_one_unless_the_block_says_another() {
    let backend = |text: &str| Sandbox::new().file("main.tf", format!("terraform {{\n{text}\n}}\n"));
    let sandbox = backend("backend \"local\" {\n path = \"elsewhere/s.tfstate\"\n }")
        .file("elsewhere/s.tfstate", STATE);
    sandbox.lambdaform(&["init"]).assert_success().assert_stdout_has("nothing to download");
    sandbox.lambdaform(&["output", "number"]).assert_success().assert_stdout_has("12\n");
    let sandbox = backend("backend \"gcs\" {}");
    sandbox.lambdaform(&["init"]).assert_code(1).assert_stderr_has("Unsupported backend type");
    sandbox.lambdaform(&["init", "-backend=false"]).assert_success();
    // The built-in side needs none: every command that opens a state can be told so.
    for command in [
        "init",
        "graph -type=plan-destroy",
        "providers schema -json",
        "state pull",
        "workspace list",
        "output",
    ] {
        let mut args: Vec<_> = command.split(' ').collect();
        sandbox.lambdaform(&args).assert_code(1).assert_stderr_has("Unsupported backend type");
        args.push("-local");
        sandbox.lambdaform(&args).assert_success();
    }
    sandbox.lambdaform(&["providers", "-local"]).assert_success();
    sandbox
        .lambdaform(&["force-unlock", "-local", "x"])
        .assert_code(1)
        .assert_stderr_has("cannot be unlocked by another");
    let sandbox = backend("backend \"local\" {\n path = var.x\n }");
    sandbox.lambdaform(&["init"]).assert_code(1).assert_stderr_has("Reference to undeclared input variable");
    let sandbox = backend("backend \"local\" {\n path = var.x\n }")
        .file("x.tf", "variable \"x\" {\n default = \"x.tfstate\"\n}\n");
    sandbox.lambdaform(&["init"]).assert_success();
    let sandbox = backend("backend \"local\" {\n path = []\n }");
    sandbox.lambdaform(&["init"]).assert_code(1).assert_stderr_has("Incorrect attribute value type");
    let sandbox = backend("backend \"local\" {\n pfad = \"x\"\n }");
    sandbox.lambdaform(&["init"]).assert_code(1).assert_stderr_has("Unsupported argument");
}

#[test]
fn workspaces_have_states_of_their_own() {
    let sandbox = Sandbox::new().file("terraform.tfstate.d/dev/terraform.tfstate", STATE);
    sandbox.lambdaform(&["output", "-json"]).assert_success().assert_stdout_has("{}");
    let sandbox = sandbox.file(".terraform/environment", "dev");
    sandbox.lambdaform(&["output", "-raw", "text"]).assert_success().assert_stdout_has("1-d");
    let sandbox = sandbox.env("TF_WORKSPACE", "../x");
    sandbox.lambdaform(&["output"]).assert_code(1).assert_stderr_has("Invalid workspace name");
}

#[test]
fn outputs_are_shown_without_secrets_unless_they_are_named() {
    let sandbox = with_state();
    let all = sandbox.lambdaform(&["output"]);
    all.assert_success().assert_stdout_has("secret = <sensitive>").assert_never_says("hunter2");
    assert_eq!(sandbox.lambdaform(&["output", "-raw", "secret"]).assert_success().stdout, "hunter2");
    assert_eq!(sandbox.lambdaform(&["output", "-raw", "number"]).assert_success().stdout, "12");
    assert_eq!(sandbox.lambdaform(&["output", "-json", "list"]).assert_success().json()[1], "b");
    assert_eq!(sandbox.lambdaform(&["output", "-json"]).assert_success().json()["number"]["value"], 12);
    sandbox
        .lambdaform(&["output", "-raw", "list"])
        .assert_code(1)
        .assert_stderr_has("Unsupported value for raw output");
    sandbox.lambdaform(&["output", "nope"]).assert_code(1).assert_stderr_has("Output \"nope\" not found");
    Sandbox::new().lambdaform(&["output"]).assert_success().assert_stdout_has("No outputs found");
}

#[test]
fn the_built_in_control_plane_stands_in_for_any_account_and_its_buckets() {
    let sandbox = Sandbox::new().file(
        "main.tf",
        "provider \"aws\" {\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"999999999999\"]\n}\n\
         resource \"aws_s3_object\" \"o\" {\n  bucket = \"code\"\n  key = \"k\"\n  content = \"x\"\n}\n",
    );
    for command in ["apply", "apply", "destroy"] {
        sandbox.lambdaform(&[command, "--local", "-auto-approve"]).assert_success();
    }
}

#[test]
fn the_state_is_listed_and_filtered() {
    let sandbox = with_state();
    for (args, expected) in [
        (&["state", "list"][..], "terraform_data.a[0]\nterraform_data.a[1]\n"),
        (&["state", "list", "terraform_data.a[1]"], "terraform_data.a[1]\n"),
        (&["state", "list", "terraform_data.a"], "terraform_data.a[0]\nterraform_data.a[1]\n"),
        (&["state", "list", "-id=two"], "terraform_data.a[1]\n"),
        (&["state", "list", "-id", "three"], ""),
    ] {
        assert_eq!(sandbox.lambdaform(args).assert_success().stdout, expected, "{args:?}");
    }
    for (args, says) in [
        (&["state", "list", "a.b"][..], "Unknown resource"),
        (&["state", "list", "module.m"], "Unknown module"),
        (&["state", "list", "a.."], "Invalid address"),
        (&["state", "show", "terraform_data.a"], "No instance found"),
        (&["state", "list", "-state=nope"], "No state file was found!"),
    ] {
        sandbox.lambdaform(args).assert_code(1).assert_stderr_has(says);
    }
    sandbox
        .lambdaform(&["state", "list", "-local"])
        .assert_code(1)
        .assert_stderr_has("No state file was found!");
    sandbox
        .lambdaform(&["state", "list", "-local", "-state=x"])
        .assert_code(1)
        .assert_stderr_has("Incompatible state");
}

#[test]
fn show_tells_plans_states_and_other_files_apart() {
    let sandbox = with_state()
        .file("main.tf", "")
        .file("plan.zip", b"PK\x05\x06".iter().chain(&[0; 18]).copied().collect::<Vec<u8>>());
    sandbox.lambdaform(&["show", "-json"]).assert_success().assert_never_says("hunter2");
    let clear = sandbox.lambdaform(&["show", "-json", "-show-sensitive"]);
    assert_eq!(clear.assert_success().json()["values"]["outputs"]["secret"]["value"], "hunter2");
    sandbox.lambdaform(&["show", "terraform.tfstate"]).assert_success().assert_never_says("hunter2");
    sandbox.lambdaform(&["show", "main.tf"]).assert_code(1).assert_stderr_has("State read error");
    sandbox.lambdaform(&["show", "plan.zip"]).assert_code(1).assert_stderr_has("not one\nthat holds a plan");
    sandbox.lambdaform(&["show", "nope"]).assert_code(1).assert_stderr_has("cannot be read");
    assert_eq!(Sandbox::new().lambdaform(&["show"]).assert_success().stdout, "No state.\n");
    assert_eq!(
        Sandbox::new().lambdaform(&["show", "-json"]).assert_success().stdout,
        "{\"format_version\":\"1.0\"}\n"
    );
}

#[test]
fn a_broken_state_stops_every_command() {
    let sandbox = Sandbox::new().file("terraform.tfstate", &STATE[..STATE.len() / 2]);
    for args in [&["output"][..], &["show"], &["state", "list"]] {
        sandbox.lambdaform(args).assert_code(1).assert_stderr_has("terraform.tfstate");
    }
}

#[test]
fn problems_go_to_standard_error_and_into_the_stream() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" {\n");
    let output = sandbox.lambdaform(&["plan"]);
    output.assert_code(1).assert_stderr_has("Error: ").assert_stderr_has("main.tf line 1");
    assert_eq!(output.stdout, "");
    let output = sandbox.lambdaform(&["plan", "-json"]);
    output.assert_code(1).assert_no_stderr();
    let lines = output.json_lines();
    assert_eq!(lines[0]["type"], "version");
    assert!(lines[1..].iter().any(|line| line["type"] == "diagnostic" && line["@level"] == "error"));
    let output = sandbox.lambdaform(&["apply", "-json"]);
    assert_eq!(
        output.assert_code(1).json_lines()[1]["diagnostic"]["summary"],
        "Plan file or auto-approve required"
    );
}

#[test]
fn validate_answers_as_json() {
    let sandbox = Sandbox::new().file("main.tf", "variable \"x\" {\n  typ = string\n}\n");
    let json = sandbox.lambdaform(&["validate", "-json"]).assert_code(1).json();
    assert_eq!((json["valid"].as_bool(), json["error_count"].as_u64()), (Some(false), Some(1)));
    assert_eq!(json["diagnostics"][0]["range"]["start"]["line"], 2);
    sandbox.lambdaform(&["validate"]).assert_code(1).assert_stderr_has("main.tf line 2");
}

#[test]
fn validate_knows_the_directories_as_plan_does() {
    let text = "locals {\n  python = substr(pathexpand(\"~\"), 0, 1) == \"/\" ? \"python3\" : \"python.exe\"\n}\noutput \"here\" \
                {\n  value = [local.python, path.cwd]\n  precondition {\n    condition     = path.cwd != \"\"\n    \
                error_message = \"No working directory.\"\n  }\n}\n";
    Sandbox::new().file("main.tf", text).lambdaform(&["validate"]).assert_success().assert_no_stderr();
}

#[test]
fn missing_variables_are_not_asked_for_without_a_terminal() {
    let sandbox = Sandbox::new().file("main.tf", "variable \"x\" {}\n");
    let output = sandbox.lambdaform_typing(&["plan"], "1\n");
    output.assert_code(1).assert_never_says("Enter a value");
    sandbox
        .lambdaform(&["plan", "-var", "y=1"])
        .assert_code(1)
        .assert_stderr_has("Value for undeclared variable");
}

#[test]
fn shells_and_manuals_get_their_share() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        sandbox.lambdaform(&["completions", shell]).assert_success().assert_stdout_has("lambdaform");
    }
    sandbox.lambdaform(&["man", "pages"]).assert_success();
    assert!(sandbox.read("pages/lambdaform-state-list.1").contains("\\-id"));
}

#[test]
fn a_reader_who_has_enough_is_no_error() {
    let sandbox = with_state();
    let script = format!("{} show -json | head -c 1", env!("CARGO_BIN_EXE_lambdaform"));
    let output = sandbox.run("bash", &["-o", "pipefail", "-c", &script]);
    output.assert_success().assert_no_stderr();
}

#[test]
fn color_is_for_terminals_only() {
    let sandbox = Sandbox::new();
    sandbox.lambdaform(&["plan"]).assert_code(1).assert_never_says("\u{1b}[");
}

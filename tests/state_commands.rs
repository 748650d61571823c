//! The commands that edit states and workspaces: what they write, what they keep, what they refuse.
//! Knows nothing of how states are stored beyond their files.

use std::fs;

use serde_json::{Value, json};

use crate::support::sandbox::Sandbox;

const PROVIDER: &str = "provider[\"terraform.io/builtin/terraform\"]";

fn instance(key: Value, id: &str, dependencies: &[&str]) -> Value {
    let mut instance = json!({
        "schema_version": 0,
        "attributes": { "id": id, "input": null, "output": null, "triggers_replace": null },
        "sensitive_attributes": []
    });
    if !dependencies.is_empty() {
        instance["dependencies"] = dependencies.into();
    }
    if !key.is_null() {
        instance["index_key"] = key;
    }
    instance
}

fn resource(module: &str, name: &str, instances: Vec<Value>) -> Value {
    let mut resource = json!({
        "mode": "managed", "type": "terraform_data", "name": name, "provider": PROVIDER, "instances": instances
    });
    if !module.is_empty() {
        resource["module"] = module.into();
    }
    resource
}

/// A state that has everything that can move.
pub fn state() -> String {
    let resources = [
        resource("", "a", vec![instance(json!(null), "a", &[])]),
        resource(
            "",
            "b",
            vec![
                instance(json!(0), "b0", &["terraform_data.a"]),
                instance(json!(1), "b1", &["terraform_data.a"]),
            ],
        ),
        resource("", "c", vec![instance(json!("x"), "cx", &["terraform_data.a", "terraform_data.b"])]),
        resource("module.m", "a", vec![instance(json!(null), "ma", &["terraform_data.a"])]),
        resource(
            "module.m.module.g",
            "z",
            vec![instance(json!(null), "mgz", &["module.m.terraform_data.a"])],
        ),
        resource("module.n[0]", "a", vec![instance(json!(null), "n0a", &[])]),
        resource("module.n[1]", "a", vec![instance(json!(null), "n1a", &[])]),
    ];
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "0f1e2d3c-0000-1111-2222-333344445555",
        "outputs": {}, "resources": resources, "check_results": null
    });
    format!("{state:#}\n")
}

fn with_state() -> Sandbox {
    Sandbox::new().file("terraform.tfstate", state())
}

fn serial(sandbox: &Sandbox) -> u64 {
    let state: Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
    state["serial"].as_u64().unwrap()
}

/// The files of the project whose names end like this.
fn ending(sandbox: &Sandbox, suffix: &str) -> Vec<String> {
    let names =
        fs::read_dir(sandbox.path("")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(suffix)).collect()
}

#[test]
fn what_is_moved_is_elsewhere_and_a_backup_is_kept() {
    let sandbox = with_state();
    let dry =
        sandbox.lambdaform(&["state", "mv", "-dry-run", "terraform_data.a", "module.x.terraform_data.y"]);
    assert_eq!(
        dry.assert_success().stdout,
        "Would move \"terraform_data.a\" to \"module.x.terraform_data.y\"\n"
    );
    assert_eq!(sandbox.read("terraform.tfstate"), state());

    let moved = sandbox.lambdaform(&["state", "mv", "module.m", "module.k[0]"]);
    moved.assert_success().assert_stdout_has("Successfully moved 2 object(s).");
    assert_eq!(serial(&sandbox), 8);
    let backups = ending(&sandbox, ".backup");
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert_eq!(sandbox.lambdaform(&["state", "list", "module.k"]).assert_success().stdout.lines().count(), 2);
    sandbox.lambdaform(&["state", "list", "module.m"]).assert_code(1).assert_stderr_has("Unknown module");

    // A second one in the same second keeps a backup of its own.
    sandbox
        .lambdaform(&["state", "mv", "-backup=-", "terraform_data.a", "terraform_data.q"])
        .assert_success();
    assert_eq!(ending(&sandbox, ".backup").len(), 2);
    let kept = fs::read_dir(sandbox.path(".lambdaform/history/default")).unwrap().count();
    assert!(kept >= 4, "{kept} files in the history");
}

#[test]
fn into_another_state_and_back() {
    let sandbox = with_state();
    let moved =
        sandbox.lambdaform(&["state", "mv", "-state-out=o.tfstate", "terraform_data.b", "terraform_data.b"]);
    moved.assert_success();
    let listed = sandbox.lambdaform(&["state", "list", "-state=o.tfstate"]);
    assert_eq!(listed.assert_success().stdout, "terraform_data.b[0]\nterraform_data.b[1]\n");
    let back = [
        "state",
        "mv",
        "-state=o.tfstate",
        "-state-out=terraform.tfstate",
        "terraform_data.b",
        "terraform_data.b",
    ];
    sandbox.lambdaform(&back).assert_success();
    let before: Value = serde_json::from_str(&state()).unwrap();
    let after: Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
    let ids = |state: &Value| state.to_string().matches("\"id\"").count();
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(sandbox.lambdaform(&["state", "list", "-state=o.tfstate"]).assert_success().stdout, "");
    // To the same file it is an ordinary move.
    let same = ["state", "mv", "-state-out=terraform.tfstate", "terraform_data.a", "terraform_data.q"];
    sandbox.lambdaform(&same).assert_success();
    sandbox.lambdaform(&["state", "list", "terraform_data.q"]).assert_success();
}

#[test]
fn what_is_removed_is_forgotten() {
    let sandbox = with_state();
    let removed =
        sandbox.lambdaform(&["state", "rm", "module.n", "terraform_data.b[0]", "terraform_data.nope"]);
    assert_eq!(
        removed.assert_success().stdout,
        "Removed module.n[0].terraform_data.a\nRemoved module.n[1].terraform_data.a\nRemoved terraform_data.b[0]\n\
         Successfully removed 3 resource instance(s).\n"
    );
    assert_eq!(sandbox.lambdaform(&["state", "list"]).assert_success().stdout.lines().count(), 5);
    sandbox
        .lambdaform(&["state", "rm", "terraform_data.nope"])
        .assert_code(1)
        .assert_stderr_has("No matching objects");
    sandbox.lambdaform(&["state", "rm", ""]).assert_code(1).assert_stderr_has("Invalid address");
    Sandbox::new()
        .lambdaform(&["state", "rm", "a.b"])
        .assert_code(1)
        .assert_stderr_has("No state file was found!");
}

#[test]
fn pushes_follow_serial_and_lineage() {
    let sandbox = with_state();
    let pulled = sandbox.lambdaform(&["state", "pull"]).assert_success().stdout.clone();
    let mut state: Value = serde_json::from_str(&pulled).unwrap();
    state["serial"] = 3.into();
    state["resources"] = json!([]);
    sandbox.write("old.json", state.to_string());
    let refused = sandbox.lambdaform(&["state", "push", "old.json"]);
    refused
        .assert_code(1)
        .assert_stderr_has("cannot import state with serial 3 over newer state with serial 7");
    state["lineage"] = "other".into();
    sandbox.write("other.json", state.to_string());
    let refused = sandbox.lambdaform(&["state", "push", "other.json"]);
    refused.assert_code(1).assert_stderr_has("unrelated state");
    assert_eq!(serial(&sandbox), 7);
    sandbox.lambdaform(&["state", "push", "-force", "old.json"]).assert_success();
    assert_eq!(serial(&sandbox), 4);
    assert!(sandbox.read("terraform.tfstate.backup").contains("mgz"));
    sandbox.lambdaform_typing(&["state", "push", "-force", "-"], &pulled).assert_success();
    assert_eq!(sandbox.lambdaform(&["state", "list"]).assert_success().stdout.lines().count(), 8);
    sandbox.lambdaform_typing(&["state", "push", "-"], "").assert_code(1).assert_stderr_has("no state");
    sandbox.write("bad.json", "xx");
    sandbox
        .lambdaform(&["state", "push", "bad.json"])
        .assert_code(1)
        .assert_stderr_has("Error reading source state");
}

#[test]
fn providers_are_replaced_after_a_yes() {
    let sandbox = with_state();
    let args = ["state", "replace-provider", "terraform.io/builtin/terraform", "acme/foo"];
    let asked = sandbox.lambdaform_typing(&args, "no\n");
    asked
        .assert_success()
        .assert_stdout_has("Changing 7 resources:")
        .assert_stdout_has("Cancelled replacing");
    assert_eq!(serial(&sandbox), 7);
    sandbox.lambdaform(&args).assert_code(1).assert_stderr_has("Error asking for approval: EOF");
    sandbox
        .lambdaform_typing(&args, "yes\n")
        .assert_success()
        .assert_stdout_has("Successfully replaced provider for 7");
    assert!(sandbox.read("terraform.tfstate").contains("/acme/foo\\\"]"));
    sandbox.lambdaform(&args).assert_success().assert_stdout_has("No matching resources found.");
}

#[test]
fn instances_are_tainted_and_untainted() {
    let sandbox = with_state();
    for (args, code, says) in [
        (
            &["taint", "terraform_data.b[0]"][..],
            0,
            "Resource instance terraform_data.b[0] has been marked as tainted.",
        ),
        (&["untaint", "terraform_data.b[0]"], 0, "has been successfully untainted."),
        (&["untaint", "terraform_data.b[0]"], 1, "Resource instance is not tainted"),
        (&["taint", "terraform_data.b"], 1, "No such resource instance"),
        (&["taint", "-allow-missing", "terraform_data.b"], 0, "-allow-missing was set"),
        (&["taint", "data.a.b"], 1, "cannot be tainted"),
        (&["taint", "module.m"], 1, "Invalid address"),
        (&["force-unlock", "x"], 1, "Local state cannot be unlocked by another process"),
    ] {
        let output = sandbox.lambdaform(args);
        output.assert_code(code);
        assert!(format!("{}{}", output.stdout, output.stderr).contains(says), "{args:?}: {output:?}");
    }
    assert_eq!(serial(&sandbox), 9);
}

#[test]
fn workspaces_are_made_and_removed() {
    let sandbox = Sandbox::new()
        .file("main.tf", "resource \"terraform_data\" \"x\" {\n  input = terraform.workspace\n}\n");
    let apply = || sandbox.lambdaform(&["apply", "-auto-approve"]);
    sandbox
        .lambdaform(&["workspace", "new", "dev"])
        .assert_success()
        .assert_stdout_has("Created and switched");
    apply().assert_success();
    assert!(sandbox.read("terraform.tfstate.d/dev/terraform.tfstate").contains("\"dev\""));
    assert!(!sandbox.has("terraform.tfstate"));
    assert_eq!(sandbox.lambdaform(&["workspace", "list"]).assert_success().stdout, "  default\n* dev\n\n");
    sandbox
        .lambdaform(&["workspace", "delete", "dev"])
        .assert_code(1)
        .assert_stderr_has("is your active workspace");
    sandbox.lambdaform(&["workspace", "select", "default"]).assert_success();
    let refused = sandbox.lambdaform(&["workspace", "delete", "dev"]);
    refused
        .assert_code(1)
        .assert_stderr_has("Workspace is not empty")
        .assert_stderr_has("- terraform_data.x");
    sandbox
        .lambdaform(&["workspace", "delete", "-force", "dev"])
        .assert_success()
        .assert_stdout_has("was non-empty");
    assert!(!sandbox.has("terraform.tfstate.d/dev"));
    assert!(sandbox.has(".lambdaform/history/dev"), "the state stays in the history");

    let copied = sandbox.file("old.tfstate", state());
    copied.lambdaform(&["workspace", "new", "-state=nope", "z"]).assert_code(1);
    assert!(!copied.has("terraform.tfstate.d/z"), "nothing is made before the state is read");
    copied.lambdaform(&["workspace", "new", "-state=old.tfstate", "z"]).assert_success();
    assert_eq!(copied.lambdaform(&["state", "list"]).assert_success().stdout.lines().count(), 8);
    let overridden = copied.run_with(&[("TF_WORKSPACE", "default")], &["workspace", "select", "z"]);
    overridden.assert_code(1).assert_stderr_has("currently overridden using the TF_WORKSPACE");
    copied.lambdaform(&["workspace", "select", "nope"]).assert_code(1).assert_stderr_has("doesn't exist");
    copied.lambdaform(&["workspace", "select", "-or-create", "y"]).assert_success();
    assert_eq!(copied.lambdaform(&["workspace", "show"]).assert_success().stdout, "y\n");
    copied.lambdaform(&["workspace", "new", "../x"]).assert_code(1).assert_stderr_has("is not allowed");
}

#[test]
fn a_backend_may_keep_its_workspaces_elsewhere() {
    let backend = "terraform {\n  backend \"local\" {\n    workspace_dir = \"w\"\n  }\n}\n";
    let sandbox = Sandbox::new().file("main.tf", backend);
    sandbox.lambdaform(&["init"]).assert_success();
    sandbox.lambdaform(&["workspace", "new", "dev"]).assert_success();
    assert!(sandbox.has("w/dev"));
}

#[test]
fn a_refresh_records_outputs_without_a_plan() {
    let sandbox = Sandbox::new().file("main.tf", "output \"o\" {\n  value = 1\n}\n");
    let refreshed = sandbox.lambdaform(&["refresh"]);
    refreshed.assert_success().assert_stdout_has("Empty or non-existent state").assert_stdout_has("o = 1");
    assert!(!refreshed.stdout.contains("Apply complete"));
    assert!(sandbox.read("terraform.tfstate").contains("\"o\""));
}

#[test]
fn a_refresh_records_what_is_known_of_outputs() {
    let config = |input: &str, rest: &str| {
        format!(
            "resource \"terraform_data\" \"a\" {{\n  input = \"{input}\"\n}}\noutput \"known\" {{\n  value = terraform_data.a.input\n}}\n\
             output \"later\" {{\n  value = terraform_data.a.output\n}}\n{rest}"
        )
    };
    let sandbox = Sandbox::new().file("main.tf", config("x", ""));
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    sandbox.write(
        "main.tf",
        config(
            "y",
            "resource \"terraform_data\" \"b\" {}\noutput \"new\" {\n  value = terraform_data.b.id\n}\n",
        ),
    );
    let refreshed = sandbox.lambdaform(&["refresh"]);
    refreshed.assert_success().assert_stdout_has("known = \"y\"").assert_stdout_has("later = \"x\"");
    refreshed.assert_never_says("new").assert_never_says("terraform_data.b");
    assert_eq!(sandbox.lambdaform(&["state", "list"]).assert_success().stdout, "terraform_data.a\n");
}

#[test]
fn schemas_are_those_of_the_providers_in_use() {
    let sandbox = Sandbox::new().file("main.tf", "resource \"terraform_data\" \"x\" {}\n");
    let schemas = sandbox.lambdaform(&["providers", "schema", "-json"]).assert_success().json();
    let provider = &schemas["provider_schemas"]["terraform.io/builtin/terraform"];
    assert_eq!(provider["provider"], json!({ "version": 0 }));
    let id = &provider["resource_schemas"]["terraform_data"]["block"]["attributes"]["id"];
    assert_eq!(*id, json!({ "type": "string", "description_kind": "plain", "computed": true }));
    assert_eq!(schemas["provider_schemas"].as_object().unwrap().len(), 1);
    sandbox.lambdaform(&["providers", "schema"]).assert_code(1).assert_stderr_has("requires the `-json`");
    sandbox
        .lambdaform(&["providers", "lock", "-platform=a_b"])
        .assert_code(1)
        .assert_stderr_has("Nothing to lock");
    sandbox.lambdaform(&["graph", "-type=foo"]).assert_code(1).assert_stderr_has("Unsupported graph type");
}

#[test]
fn an_object_that_was_forgotten_is_imported_again() {
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hello");
    let sandbox = Sandbox::new();
    for entry in
        walkdir::WalkDir::new(&example).into_iter().flatten().filter(|entry| entry.file_type().is_file())
    {
        let name = entry.path().strip_prefix(&example).unwrap().to_str().unwrap().to_owned();
        sandbox.write(&name, fs::read(entry.path()).unwrap());
    }
    sandbox.lambdaform(&["apply", "-local", "-auto-approve"]).assert_success();
    let import = |id| sandbox.lambdaform(&["import", "-local", "aws_lambda_function.api", id]);
    import("hello-dev-api").assert_code(1).assert_stderr_has("Resource already managed");
    sandbox.lambdaform(&["state", "rm", "-local", "aws_lambda_function.api"]).assert_success();
    import("nope").assert_code(1).assert_stderr_has("Cannot import non-existent remote object");
    sandbox.lambdaform(&["state", "list", "-local", "aws_lambda_function.api"]).assert_code(1);
    import("hello-dev-api").assert_success().assert_stdout_has("Import successful!");
    sandbox.lambdaform(&["state", "list", "-local", "aws_lambda_function.api"]).assert_success();
    let plan = sandbox.lambdaform(&["plan", "-local", "-no-color"]);
    assert!(!plan.assert_success().stdout.contains("will be created"), "{}", plan.stdout);
}

#[test]
fn a_null_resource_goes_on_as_terraform_data() {
    let old = "variable \"word\" {\n  default   = \"hunter2\"\n  sensitive = true\n}\n";
    let resource =
        |name: &str, triggers: &str| format!("resource \"null_resource\" \"{name}\" {{\n  {triggers}\n}}\n");
    let old_a = resource("a", "triggers = { x = \"1\", y = 2 }");
    let config = [old, &old_a, &resource("b", ""), &resource("c", "triggers = { word = var.word }")].concat();
    let sandbox = Sandbox::new().file("main.tf", config);
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    let object = |name: &str| {
        let state: serde_json::Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
        let resources = state["resources"].as_array().unwrap().clone();
        let resource = resources.into_iter().find(|resource| resource["name"] == name).unwrap();
        let object = resource["instances"][0].clone();
        (resource["provider"].clone(), object["attributes"].clone(), object["sensitive_attributes"].clone())
    };
    let before = ["a", "b", "c"].map(object);

    let new = |name: &str, arguments: &str| {
        format!(
            "resource \"terraform_data\" \"{name}\" {{\n  {arguments}\n}}\nmoved {{\n  from = null_resource.{name}\n  to   = \
             terraform_data.{name}\n}}\n"
        )
    };
    let new_a = new("a", "triggers_replace = { x = \"1\", y = \"2\" }");
    let rest = [new("b", ""), new("c", "triggers_replace = { word = var.word }")].concat();
    sandbox.write("main.tf", [old, &new_a, &rest].concat());
    let plan = sandbox.lambdaform(&["plan", "-no-color"]);
    plan.assert_success().assert_stdout_has("# null_resource.a has moved to terraform_data.a");
    assert!(plan.stdout.contains("0 to add, 0 to change, 0 to destroy"), "{}", plan.stdout);
    plan.assert_never_says("hunter2");
    sandbox.lambdaform(&["apply", "-auto-approve"]).assert_success();
    let after = ["a", "b", "c"].map(object);
    for ((provider, now, _), (_, then, _)) in after.iter().zip(&before) {
        assert_eq!(provider, "provider[\"terraform.io/builtin/terraform\"]");
        assert_eq!(now["id"], then["id"]);
        assert_eq!((&now["input"], &now["output"]), (&json!(null), &json!(null)));
    }
    // What Terraform 1.11.4 wrote of the same triggers.
    let ty = json!(["object", { "x": "string", "y": "string" }]);
    assert_eq!(after[0].1["triggers_replace"], json!({ "value": { "x": "1", "y": "2" }, "type": ty }));
    assert_eq!(after[1].1["triggers_replace"], json!(null));
    assert!(after[2].2.to_string().contains("triggers_replace"), "{}", after[2].2);
    sandbox.lambdaform(&["plan", "-detailed-exitcode"]).assert_success();

    // Other ways there are none: neither back, nor from another type.
    sandbox.write(
        "main.tf",
        old.to_owned() + &old_a + "moved {\n  from = terraform_data.a\n  to = null_resource.a\n}\n",
    );
    sandbox
        .lambdaform(&["plan", "-no-color"])
        .assert_code(1)
        .assert_stderr_has("Unsupported move between resource types");
}

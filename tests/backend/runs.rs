//! Every command on a state in S3.
//! Knows nothing of what goes wrong.

use super::bucket::{BUCKET, KEY, agrees, bench, configure, elsewhere, locking, object, state};
use crate::faults::bench::{files, function};

#[test]
fn a_life_in_a_bucket() {
    let bench = bench(&format!("{}output \"name\" {{\n  value = \"n\"\n}}\n", function("a", "")));
    bench.apply().assert_success().assert_stdout_has("1 added");
    agrees(&bench);
    let text = object(&bench.server().endpoint(), KEY).unwrap();
    assert!(text.starts_with("{\n  \"version\": 4,"));

    bench.run(&["output", "-raw", "name"]).assert_stdout_has("n");
    bench.run(&["state", "list"]).assert_stdout_has("aws_lambda_function.a\n");
    assert_eq!(bench.run(&["state", "pull"]).stdout, format!("{text}\n"));
    bench.run(&["show", "-no-color"]).assert_stdout_has("aws_lambda_function.a");
    bench.run(&["state", "mv", "aws_lambda_function.a", "aws_lambda_function.z"]).assert_success();
    bench.run(&["state", "mv", "aws_lambda_function.z", "aws_lambda_function.a"]).assert_success();
    bench.run(&["taint", "aws_lambda_function.a"]).assert_success();
    bench.run(&["untaint", "aws_lambda_function.a"]).assert_success();
    bench.run(&["refresh", "-no-color"]).assert_success();
    bench.run(&["console"]).assert_success();
    bench.run(&["plan", "-no-color", "-out=p"]).assert_success();
    bench.run(&["apply", "-no-color", "p"]).assert_success();
    bench.run(&["state", "rm", "aws_lambda_function.a"]).assert_success();
    bench.run(&["import", "-no-color", "aws_lambda_function.a", "a"]).assert_success();
    bench.apply().assert_success();
    agrees(&bench);

    // Another machine sees the same.
    let other = elsewhere(&bench);
    other.lambdaform(&["plan", "-no-color", "-detailed-exitcode"]).assert_success();
    bench.destroy().assert_success();
    agrees(&bench);
    assert!(bench.held().is_empty());

    // What the directory keeps is its history, for its owner alone.
    let history = files(&bench.sandbox.path(".lambdaform/s3"));
    assert!(history.iter().any(|path| path.extension().is_some_and(|e| e == "tfstate")), "{history:?}");
    bench.is_private();
}

#[test]
fn a_state_is_pushed_under_the_rules() {
    let bench = bench("output \"o\" {\n  value = 1\n}\n");
    bench.apply().assert_success();
    let first = object(&bench.server().endpoint(), KEY).unwrap();
    configure(&bench, "output \"o\" {\n  value = 2\n}\n");
    bench.apply().assert_success();
    bench.sandbox.write("old.json", &first);
    bench.run(&["state", "push", "old.json"]).assert_code(1).assert_stderr_has("over newer state");
    bench.run(&["state", "push", "-force", "old.json"]).assert_success();
    let now = state(&bench);
    assert_eq!((now.outputs["o"].value.as_u64(), now.serial), (Some(1), 3));
    bench
        .run(&["plan", "-state=x", "-no-color"])
        .assert_code(1)
        .assert_stderr_has("Incompatible state options");
}

#[test]
fn workspaces_are_objects_of_their_own() {
    let bench = bench("resource \"terraform_data\" \"a\" {\n  input = terraform.workspace\n}\n");
    let url = bench.server().endpoint();
    bench.run(&["workspace", "new", "dev"]).assert_success();
    assert!(object(&url, &format!("env:/dev/{KEY}")).is_some(), "an empty state says that it is there");
    bench.apply().assert_success();
    bench.run(&["workspace", "list"]).assert_stdout_has("  default\n* dev\n");
    assert!(
        object(&url, KEY).is_none() && object(&url, &format!("env:/dev/{KEY}")).unwrap().contains("\"dev\"")
    );
    bench.run(&["workspace", "select", "default"]).assert_success();
    bench.run(&["workspace", "delete", "dev"]).assert_code(1).assert_stderr_has("Workspace is not empty");
    bench.run(&["workspace", "delete", "-force", "dev"]).assert_success();
    assert!(object(&url, &format!("env:/dev/{KEY}")).is_none());
    bench.run(&["workspace", "select", "dev"]).assert_code(1).assert_stderr_has("doesn't exist");
    bench.run(&["workspace", "select", "-or-create", "dev"]).assert_success();
    bench.run(&["workspace", "new", "dev"]).assert_code(1).assert_stderr_has("already exists");
}

#[test]
fn another_configuration_reads_the_outputs() {
    let bench = bench("output \"word\" {\n  value = \"hello\"\n}\n");
    bench.apply().assert_success();
    let reader = format!(
        "data \"terraform_remote_state\" \"other\" {{\n  backend = \"s3\"\n  config = {{\n    bucket = \"{BUCKET}\"\n    key = \
         \"{KEY}\"\n    region = \"us-east-1\"\n    use_path_style = true\n    use_lockfile = true\n  }}\n}}\noutput \"said\" \
         {{\n  value = data.terraform_remote_state.other.outputs.word\n}}\n"
    );
    let other = elsewhere(&bench);
    std::fs::remove_dir_all(other.path(".terraform")).unwrap();
    other.write("main.tf", reader);
    other.lambdaform(&["apply", "-auto-approve", "-no-color"]).assert_success().assert_stdout_has("hello");
}

#[test]
fn a_bucket_that_is_not_there_is_said_so() {
    let bench = crate::faults::bench::Bench::with(&locking());
    let init = bench.run(&["init", "-no-color"]);
    init.assert_code(1).assert_stderr_has("Bucket of the state does not exist").assert_stderr_has(BUCKET);
    assert!(!bench.sandbox.has(".terraform/terraform.tfstate"));
}

#[test]
fn the_embedded_control_plane_keeps_its_own_state() {
    let bench = bench(&function("a", ""));
    bench.run(&["apply", "-auto-approve", "-no-color", "-local"]).assert_success();
    assert!(object(&bench.server().endpoint(), KEY).is_none() && bench.held().is_empty());
}

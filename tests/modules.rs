//! `init` and `get`: modules beside the configuration and in Git repositories, and what Terraform makes of the same.
//! Knows lambdaform only as a program to run.

use crate::support::program::Program;
use crate::support::sandbox::Sandbox;

const MANIFEST: &str = ".terraform/modules/modules.json";

/// A repository beside the project's modules, and a configuration that calls both.
fn project() -> Sandbox {
    let sandbox = Sandbox::new()
        .file("repository/sub/main.tf", "module \"deep\" {\n  source = \"./deep\"\n}\n")
        .file("repository/sub/deep/main.tf", "output \"x\" {\n  value = 1\n}\n")
        .file("mods/link/main.tf", "module \"inner\" {\n  source = \".//../z/\"\n}\n")
        .file("mods/z/main.tf", "output \"z\" {\n  value = 1\n}\n");
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
    for args in
        [&["init", "--quiet"][..], &["add", "--all"], &["commit", "--quiet", "--message=one"], &["tag", "v1"]]
    {
        let all: Vec<&str> =
            ["-C", "repository"].into_iter().chain(identity).chain(args.iter().copied()).collect();
        sandbox.run("git", &all).assert_success();
    }
    let url = format!("git::file://{}", sandbox.path("repository").display());
    let call = |name: &str, source: &str| format!("module {name:?} {{\n  source = {source:?}\n}}\n");
    let main = [
        call("b", &format!("{url}//sub?ref=v1")),
        call("a", "./mods/link"),
        call("c", &format!("{url}//sub/deep?ref=v1&depth=1")),
    ];
    sandbox.file("main.tf", main.concat())
}

#[test]
fn modules_are_installed_once_and_told_as_terraform_does() {
    let sandbox = project();
    let url = format!("git::file://{}", sandbox.path("repository").display());
    let said = [
        "- a in mods/link".to_owned(),
        "- a.inner in mods/z".to_owned(),
        format!("Downloading {url}?ref=v1 for b..."),
        "- b in .terraform/modules/b/sub".to_owned(),
        "- b.deep in .terraform/modules/b/sub/deep".to_owned(),
        format!("Downloading {url}?ref=v1&depth=1 for c..."),
        "- c in .terraform/modules/c/sub/deep\n".to_owned(),
    ]
    .join("\n");
    sandbox.lambdaform(&["validate"]).assert_code(1).assert_stderr_has("Run \"lambdaform init\"");
    let init = sandbox.lambdaform(&["init", "-no-color"]);
    init.assert_success().assert_no_stderr().assert_stdout_has(&format!("Initializing modules...\n{said}"));
    let written = sandbox.read(MANIFEST);
    sandbox.lambdaform(&["validate"]).assert_success();
    assert_eq!(sandbox.lambdaform(&["get"]).assert_success().stdout, "");
    assert_eq!(sandbox.lambdaform(&["get", "-update"]).assert_success().stdout, said);
    assert_eq!(sandbox.read(MANIFEST), written);

    let Some(terraform) = Program::Terraform.find() else { return };
    sandbox.write("terraform.rc", "");
    let settings = sandbox.path("terraform.rc");
    std::fs::remove_dir_all(sandbox.path(".terraform")).unwrap();
    let mut command = sandbox.command(terraform, &["get", "-no-color"]);
    command.env("TF_CLI_CONFIG_FILE", settings).env("CHECKPOINT_DISABLE", "1");
    let theirs = command.output().unwrap();
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    assert_eq!(String::from_utf8(theirs.stdout).unwrap(), said);
    assert_eq!(sandbox.read(MANIFEST), written, "byte for byte");
    assert_eq!(
        sandbox.lambdaform(&["get"]).assert_success().stdout,
        "",
        "what Terraform installed is installed"
    );
}

#[test]
fn init_can_leave_modules_alone_and_refuses_to_copy_one() {
    let sandbox = project();
    sandbox.lambdaform(&["init", "-get=false"]).assert_code(1).assert_stderr_has("Module not installed");
    let refused = sandbox.lambdaform(&["init", "-from-module=./mods/z"]);
    refused.assert_code(1).assert_stderr_has("-from-module is not supported");
    let broken = Sandbox::new().file("main.tf", "module \"m\" {\n  source = \"foo/bar\"\n}\n");
    let said = broken.lambdaform(&["init"]);
    said.assert_code(1)
        .assert_stderr_has("Invalid module source address")
        .assert_stderr_has("main.tf line 2");
}

#[test]
fn a_path_from_the_root_of_the_disk_is_installed_as_a_link() {
    let away = Sandbox::new().file("main.tf", "output \"here\" {\n  value = 1\n}\n");
    let source = away.path(".");
    let call = |source: &str| format!("module \"m\" {{\n  source = \"{source}\"\n}}\n");
    let sandbox = Sandbox::new().file("main.tf", call(source.to_str().unwrap().trim_end_matches("/.")));
    sandbox.lambdaform(&["validate"]).assert_code(1).assert_stderr_has("Module not installed");
    sandbox.lambdaform(&["init"]).assert_success().assert_stdout_has("- m in .terraform/modules/m");
    sandbox.lambdaform(&["validate"]).assert_success();
    // It is where it was: what changes there is seen here.
    away.write("main.tf", "output \"here\" {\n  value = nonsense\n}\n");
    sandbox.lambdaform(&["validate"]).assert_code(1);
    sandbox.write("main.tf", call("/somewhere/else"));
    sandbox
        .lambdaform(&["validate"])
        .assert_code(1)
        .assert_stderr_has("Module source has changed")
        .assert_stderr_has("main.tf line 2");
}

#[test]
fn init_leaves_what_calls_give_to_validate() {
    let sandbox = Sandbox::new()
        .file("main.tf", "module \"m\" {\n  source = \"./m\"\n  nope   = 1\n}\n")
        .file("m/main.tf", "variable \"a\" {}\n");
    sandbox.lambdaform(&["init"]).assert_success().assert_no_stderr();
    let said = sandbox.lambdaform(&["validate"]);
    said.assert_code(1)
        .assert_stderr_has("Unsupported argument")
        .assert_stderr_has("Missing required argument");
    // What it cannot read, and what does not fit the program, it refuses.
    sandbox.write("m/main.tf", "terraform {\n  required_version = \">= 99\"\n}\n");
    let said = sandbox.lambdaform(&["init"]);
    said.assert_code(1).assert_stderr_has("Module module.m (from ./m) does not support Terraform version");
    sandbox.write("m/main.tf", "output \"o\" {\n  value = }\n}\nvariable \"nope\" {}\n");
    sandbox.lambdaform(&["init"]).assert_code(1).assert_never_says("nope");
    sandbox.lambdaform(&["validate"]).assert_code(1).assert_never_says("Unsupported argument");
}

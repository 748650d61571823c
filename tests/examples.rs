//! Every folder of `examples/` does what it says: it is valid, applies, has nothing left to do, and goes away again.
//! Knows nothing of what the examples are about.

use std::fs;
use std::path::Path;

use crate::support::sandbox::Sandbox;

/// A sandbox with a copy of an example.
fn copied(example: &Path) -> Sandbox {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten() {
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let target = to.join(&name);
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let sandbox = Sandbox::new();
    copy(example, &sandbox.path(""));
    sandbox
}

fn examples() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    found.retain(|path| path.is_dir());
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn every_example_applies_and_then_has_nothing_to_do() {
    for example in examples() {
        let sandbox = copied(&example);
        sandbox.lambdaform(&["validate"]).assert_success().assert_no_stderr();
        sandbox
            .lambdaform(&["apply", "--local", "-auto-approve"])
            .assert_success()
            .assert_stdout_has("Apply complete!");
        sandbox
            .lambdaform(&["plan", "--local", "-detailed-exitcode"])
            .assert_code(0)
            .assert_stdout_has("No changes. Your infrastructure matches the configuration.")
            .assert_never_says("Objects have changed outside");
        sandbox.lambdaform(&["destroy", "--local", "-auto-approve"]).assert_success();
        sandbox.lambdaform(&["state", "list", "--local"]).assert_success();
    }
}

#[test]
fn no_example_shows_its_secrets() {
    for example in examples() {
        let sandbox = copied(&example);
        for args in [
            &["plan", "--local", "-out=plan"][..],
            &["show", "plan"],
            &["apply", "--local", "-auto-approve", "-json"],
            &["state", "list", "--local"],
            &["show", "--local"],
        ] {
            sandbox.lambdaform(args).assert_success().assert_never_says("change-me");
        }
    }
}

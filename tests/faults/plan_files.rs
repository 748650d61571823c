//! Saved plans: what they were made from may not have moved, and what is no plan is told apart.
//! Knows nothing of how a plan is made.

use std::io::{Cursor, Read as _, Write as _};

use lambdaform::package::digest;

use super::bench::{Bench, function, secretive, zip};

/// A project whose function is there and is to be changed by the saved plan `plan`.
fn planned() -> Bench {
    let bench = Bench::with(&secretive("a", ""));
    bench.apply().assert_success();
    bench.configure(&secretive("a", "memory_size = 256"));
    bench.package("a", "two");
    bench.run(&["plan", "-out=plan", "-no-color"]).assert_success().assert_stdout_has("1 to change");
    bench.server().calls().reset();
    bench.is_private();
    bench
}

/// Applying the saved plan is refused, saying all this, and nothing was changed.
#[track_caller]
fn refused(bench: &Bench, says: &[&str]) {
    let before = (bench.sandbox.read("terraform.tfstate"), bench.server().objects());
    let apply = bench.run(&["apply", "-no-color", "plan"]);
    apply.assert_code(1);
    let said: String = apply.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in says {
        assert!(said.contains(text), "{text:?} is missing: {}{}", apply.stdout, apply.stderr);
    }
    assert_eq!((bench.sandbox.read("terraform.tfstate"), bench.server().objects()), before);
    assert_eq!(bench.journals(), Vec::<std::path::PathBuf>::new());
}

fn sha256(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), zip(text)).unwrap();
    digest::of_file(file.path()).unwrap().sha256_base64()
}

#[test]
fn a_saved_plan_is_applied_as_it_was_made() {
    let bench = planned();
    bench.sandbox.write("main.tf", "");
    bench
        .run(&["apply", "-no-color", "plan"])
        .assert_success()
        .assert_stdout_has("0 added, 1 changed, 0 destroyed");
    bench.agrees();
    assert_eq!(
        bench.server().objects()["us-east-1"]["functions"]["a"]["latest"]["settings"]["MemorySize"],
        256
    );
}

#[test]
fn another_package_is_refused_by_both_hashes() {
    let bench = planned();
    bench.package("a", "three");
    refused(&bench, &["a.zip", &sha256("two"), &sha256("three")]);
    // A new function's, too.
    let bench = Bench::with(&secretive("a", ""));
    bench.run(&["plan", "-out=plan", "-no-color"]).assert_success();
    bench.package("a", "three");
    let apply = bench.run(&["apply", "-no-color", "plan"]);
    apply.assert_code(1).assert_stderr_has(&sha256("a")).assert_stderr_has(&sha256("three"));
    assert!(bench.held().is_empty());
    std::fs::remove_file(bench.sandbox.path("a.zip")).unwrap();
    bench.run(&["apply", "-no-color", "plan"]).assert_code(1).assert_stderr_has("a.zip");
    assert!(bench.held().is_empty());
    bench.agrees();
}

#[test]
fn a_function_that_was_changed_outside_is_refused_by_its_revision() {
    let bench = planned();
    bench.outside("PUT", "functions/a/configuration", r#"{"Timeout": 99}"#);
    std::thread::sleep(std::time::Duration::from_millis(60));
    refused(&bench, &["Object has changed since the plan was made", "for revision ", "its revision is "]);
    bench.outside("DELETE", "functions/a", "");
    refused(&bench, &["Object has changed since the plan was made", "it no longer exists"]);
    bench.converges();
}

#[test]
fn a_state_that_moved_on_makes_the_plan_stale() {
    let bench = planned();
    bench.apply().assert_success();
    refused(&bench, &["Error: Saved plan is stale", "serial"]);
    bench.converges();
    let bench = planned();
    let state = bench.sandbox.read("terraform.tfstate");
    let lineage = bench.state().lineage;
    bench.sandbox.write("terraform.tfstate", state.replace(&lineage, "0f1e2d3c-0000-1111-2222-333344445555"));
    refused(&bench, &["Saved plan does not match the given state", &lineage]);
    std::fs::write(bench.sandbox.path("terraform.tfstate"), &state[..state.len() / 2]).unwrap();
    refused(&bench, &["terraform.tfstate"]);
}

#[test]
fn an_interrupted_run_in_between_makes_the_plan_stale() {
    let bench = Bench::with(&(function("a", "") + &function("b", "")));
    bench.run(&["plan", "-out=plan", "-no-color"]).assert_success();
    bench.fault(lambdaform::local::Rule::on(
        "CreateFunction",
        lambdaform::local::Action::AnswerLate { ms: 600_000 },
    ));
    let mut run = super::live::Live::apply(&bench);
    super::bench::wait(|| bench.server().calls().count("CreateFunction") > 0 || run.ended());
    run.signal(rustix::process::Signal::KILL);
    assert_eq!(run.end().0, None);
    bench.heal();
    // It is settled first, which writes the state, and then the plan is too old.
    let apply = bench.run(&["apply", "-no-color", "plan"]);
    apply.assert_code(1).assert_stderr_has("Error: Saved plan is stale").assert_stdout_has("interrupted");
    bench.agrees();
    bench.converges();
}

#[test]
fn a_plan_belongs_to_its_workspace() {
    let bench = planned();
    let output = bench
        .sandbox
        .run("env", &["TF_WORKSPACE=other", env!("CARGO_BIN_EXE_lambdaform"), "apply", "-no-color", "plan"]);
    output
        .assert_code(1)
        .assert_stderr_has("workspace")
        .assert_stderr_has("\"other\"")
        .assert_stderr_has("\"default\"");
    assert!(!bench.sandbox.has("terraform.tfstate.d/other/terraform.tfstate"));
}

#[test]
fn what_is_no_whole_plan_is_told() {
    let bench = planned();
    let plan = std::fs::read(bench.sandbox.path("plan")).unwrap();
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("empty", Vec::new(), "not a zip archive"),
        ("text", b"no plan at all".to_vec(), "not a zip archive"),
        ("truncated", plan[..plan.len() / 2].to_vec(), "not a zip archive"),
        ("truncated at the end", plan[..plan.len() - 9].to_vec(), "not a zip archive"),
        ("foreign", zip("print()"), "not one that holds a plan"),
        ("terraform's", archive(&[("tfplan", b"x")]), "Terraform"),
        ("without a state", archive(&[("plan.json", &entry(&plan, "plan.json"))]), "damaged"),
        ("newer", archive(&[("plan.json", br#"{"format": 99, "origin": {"version": "9.9.9"}}"#)]), "9.9.9"),
    ];
    for (what, bytes, says) in cases {
        bench.sandbox.write("plan", bytes);
        refused(&bench, &["Failed to load \"plan\" as a plan file", says]);
        let show = bench.run(&["show", "-no-color", "plan"]);
        assert_eq!(show.code, Some(1), "{what}: {}", show.stdout);
    }
    // Every byte that can be turned over is found out, or does not matter.
    for at in (0..plan.len()).step_by(plan.len() / 25) {
        let mut bytes = plan.clone();
        bytes[at] ^= 0x20;
        bench.sandbox.write("plan", bytes);
        let show = bench.run(&["show", "-no-color", "plan"]);
        assert!(matches!(show.code, Some(0 | 1)), "byte {at}: {}", show.stderr);
        assert!(
            !show.stderr.contains("panicked") && !show.stderr.contains("bug"),
            "byte {at}: {}",
            show.stderr
        );
    }
    bench.sandbox.write("plan", plan);
    bench.run(&["apply", "-no-color", "plan"]).assert_success();
}

#[test]
fn a_plan_that_was_edited_is_refused() {
    let bench = planned();
    let plan = std::fs::read(bench.sandbox.path("plan")).unwrap();
    let json = String::from_utf8(entry(&plan, "plan.json")).unwrap();
    for (from, to) in
        [("\"serial\": 1", "\"serial\": \"1\""), ("\"action\"", "\"actoin\""), ("update", "undo")]
    {
        let edited = json.replace(from, to);
        assert_ne!(edited, json, "{from}");
        let entries: Vec<(String, Vec<u8>)> = names(&plan)
            .into_iter()
            .map(|name| {
                (name.clone(), if name == "plan.json" { edited.clone().into() } else { entry(&plan, &name) })
            })
            .collect();
        let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
        bench.sandbox.write("plan", archive(&entries));
        refused(&bench, &["Failed to load \"plan\" as a plan file", "plan.json is damaged"]);
    }
}

fn names(zip: &[u8]) -> Vec<String> {
    zip::ZipArchive::new(Cursor::new(zip))
        .unwrap()
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}

fn entry(zip: &[u8], name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip::ZipArchive::new(Cursor::new(zip)).unwrap().by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

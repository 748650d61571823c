//! A disk that does not take what is written: nothing is done without a record, and nothing that was done is forgotten.
//! Knows nothing of the service's faults.

use std::fs;

use lambdaform::local::{Action, Rule};
use lambdaform::state::v4;

use super::bench::{Bench, function, inventory};
use super::connections::accounted;
use super::live::Live;

#[test]
fn without_a_journal_nothing_is_done() {
    let bench = Bench::with(&function("a", ""));
    bench.sandbox.write(".lambdaform/journal", "not a directory");
    bench.apply().assert_code(1).assert_stderr_has("ournal");
    assert!(bench.held().is_empty());
    assert!(!bench.server().calls().list().iter().any(|call| call.operation == "CreateFunction"));
}

/// An apply during which the state file becomes something that cannot be written.
fn unwritable() -> (Bench, String) {
    let bench = Bench::with(&(function("a", "") + &function("b", "description = aws_lambda_function.a.arn")));
    bench.configure(&(function("a", "") + &function("c", "")));
    bench.apply().assert_success();
    bench.configure(&(function("a", "") + &function("b", "description = aws_lambda_function.a.arn")));
    bench.fault(Rule::on("CreateFunction", Action::Hold));
    let before = bench.sandbox.read("terraform.tfstate");
    let mut run = Live::apply(&bench);
    assert!(bench.until_met(1, &mut || run.ended()), "{}", run.said());
    fs::remove_file(bench.sandbox.path("terraform.tfstate")).unwrap();
    fs::create_dir(bench.sandbox.path("terraform.tfstate")).unwrap();
    bench.heal();
    let (code, said) = run.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("Failed to save state") && said.contains("errored.tfstate"), "{said}");
    let errored = v4::read(bench.sandbox.read("errored.tfstate").as_bytes()).unwrap().state;
    assert_eq!(inventory(&errored), bench.held());
    fs::remove_dir(bench.sandbox.path("terraform.tfstate")).unwrap();
    (bench, before)
}

#[test]
fn a_state_that_cannot_be_written_is_kept_beside_it() {
    let (bench, _) = unwritable();
    fs::rename(bench.sandbox.path("errored.tfstate"), bench.sandbox.path("terraform.tfstate")).unwrap();
    bench.converges();
    assert_eq!(bench.held(), ["function a".to_owned(), "function b".to_owned()].into());
}

#[test]
fn even_without_that_copy_the_journal_knows() {
    let (bench, before) = unwritable();
    fs::remove_file(bench.sandbox.path("errored.tfstate")).unwrap();
    bench.sandbox.write("terraform.tfstate", before);
    accounted(&bench);
    fs::set_permissions(
        bench.sandbox.path("terraform.tfstate"),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    bench.converges();
    assert_eq!(bench.held(), ["function a".to_owned(), "function b".to_owned()].into());
}

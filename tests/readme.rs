//! The README says what is true: its support table is held against the registries.
//! Knows nothing of how anything is supported.

use std::collections::BTreeSet;
use std::fs;

use crate::support::sandbox::Sandbox;

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// What stands between backticks in a row of the support table.
fn row(name: &str) -> BTreeSet<String> {
    let text = readme();
    let start = format!("| {name} |");
    let line = text.lines().find(|l| l.starts_with(&start)).unwrap_or_else(|| panic!("no row {name}"));
    line[start.len()..].split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn resources_and_data_sources_are_those_of_the_providers() {
    let providers = lambdaform::providers::all();
    let resources = providers.iter().flat_map(|p| p.schema().resources.iter().map(|t| t.name));
    assert_eq!(row("Resources"), names(resources));
    let data = providers.iter().flat_map(|p| p.schema().data.iter().map(|t| t.name));
    assert_eq!(row("Data sources"), names(data));
}

#[test]
fn provisioners_are_those_of_the_registry() {
    let registry = lambdaform::providers::registry();
    assert_eq!(row("Provisioners"), names(registry.provisioners().map(|p| p.name())));
}

#[test]
fn blocks_are_those_that_are_read() {
    assert_eq!(row("Blocks"), names(lambdaform::config::block_types()));
}

#[test]
fn functions_are_as_many_as_it_says() {
    // Four are not in the table because they are handed unevaluated arguments or templates.
    let special = ["try", "can", "templatefile", "templatestring"];
    let table = lambdaform::lang::functions::names().filter(|n| !special.contains(n)).count();
    assert!(readme().contains(&format!("all {} of Terraform 1.11", table + special.len())));
}

#[test]
fn commands_are_those_of_the_help() {
    let sandbox = Sandbox::new();
    for command in row("Commands") {
        let mut args: Vec<&str> = command.split(' ').collect();
        args.push("-help");
        sandbox.lambdaform(&args).assert_success();
    }
    let help = sandbox.lambdaform(&["-help"]);
    let first_words: BTreeSet<String> =
        row("Commands").iter().filter_map(|c| c.split(' ').next().map(str::to_owned)).collect();
    let listed: BTreeSet<String> = help
        .stdout
        .lines()
        .filter(|l| l.starts_with("  ") && !l.starts_with("   ") && !l.trim_start().starts_with('-'))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|w| w.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .map(str::to_owned)
        .collect();
    assert_eq!(first_words, listed, "{}", help.stdout);
}

#[test]
fn blocks_are_those_that_configuration_takes() {
    let sandbox = Sandbox::new().file("main.tf", "nonsense {}\n");
    let said = sandbox.lambdaform(&["validate"]).assert_code(1).stderr.clone();
    for block in row("Blocks") {
        assert!(said.contains(&block), "{block}: {said}");
    }
}

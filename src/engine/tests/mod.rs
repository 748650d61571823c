//! The engine's specification: one file per feature, each case a few lines of configuration over the fake provider.
//! Knows no real provider.

mod basics;
mod checks;
mod contracts;
mod data;
mod drift;
mod ephemeral;
mod failures;
mod generate;
mod graph;
mod imports;
mod lab;
mod lifecycle;
mod modules;
mod moves;
mod outputs;
mod providers;
mod provisioners;
mod random;
mod repetition;
mod replacement;
mod scale;
mod secrets;
mod targets;
mod variables;

use lab::{Lab, actions, configuration, messages, steps};

/// A resource of a type with the given name and further arguments.
fn object(type_name: &str, name: &str, rest: &str) -> String {
    format!("resource \"{type_name}\" \"{name}\" {{\n  name = \"{name}\"\n  {rest}\n}}\n")
}

fn thing(name: &str, rest: &str) -> String {
    object("fake_thing", name, rest)
}

fn free(name: &str, rest: &str) -> String {
    object("fake_free", name, rest)
}

/// What functions may know while a configuration is validated.
fn surroundings() -> crate::lang::FunctionEnv {
    crate::lang::FunctionEnv { base_dir: ".".into(), ..Default::default() }
}

fn strings(expected: &[&str]) -> Vec<String> {
    expected.iter().map(|s| (*s).to_owned()).collect()
}

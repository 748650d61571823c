//! The life of every resource type: created, updated, replaced, changed and deleted behind our back, imported, destroyed.
//! Knows no type: the folder `lives/TYPE` says everything, and every type of the registry has one.
//!
//! | file of the folder | meaning |
//! | --- | --- |
//! | `prelude.tf` | what the object needs; applied before it, and there all the time. Optional |
//! | `1-create.tf` | the first configuration of `TYPE.this` |
//! | `2-update.tf` | the next one, for types that can change in place |
//! | `3-replace.tf` | the last one, for types with arguments that force a replacement |
//! | `behind.json` | what somebody else does to it, and how it is imported: see [`folder::Behind`]. Optional |
//! | anything else | copied into the project, which also has `a.zip` and `b.zip`, and a `provider "aws"` block for `aws_` types |
//!
//! Each step begins with lines `# expect: TEXT`, which the step's plan must say. After each, nothing is left to do.
//!
//! `LAMBDAFORM_TEST_LIVES=TYPE,TYPE` plays only these; `LAMBDAFORM_TEST_LIVES_BY=terraform` lets Terraform play them, and
//! `LAMBDAFORM_TEST_LIVES_ON=moto` (or `ministack`) takes another server.

mod folder;
mod generation;
mod life;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;
use std::thread;

use lambdaform::provider::ResourceType;

use crate::differential::server::Kind;
use folder::Folder;
use life::{Driver, play};

/// How many are played at a time; each has a server and runs programs.
const AT_A_TIME: usize = 2;

#[test]
fn every_type_lives_its_life() {
    let driver = match &*variable("LAMBDAFORM_TEST_LIVES_BY") {
        "terraform" => Driver::Terraform,
        _ => Driver::Lambdaform,
    };
    let kind = match &*variable("LAMBDAFORM_TEST_LIVES_ON") {
        "moto" => Kind::Moto,
        "ministack" => Kind::Ministack,
        _ => Kind::Embedded,
    };
    play_all(chosen().into_iter().map(|folder| (folder, kind)), driver);
}

#[test]
fn lives_are_the_same_on_the_emulators_that_know_the_type() {
    let on = |kind| {
        chosen().into_iter().filter(move |f| f.behind.emulators.contains(&kind)).map(move |f| (f, kind))
    };
    play_all(on(Kind::Moto).chain(on(Kind::Ministack)), Driver::Lambdaform);
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn chosen() -> Vec<Folder> {
    let names = variable("LAMBDAFORM_TEST_LIVES");
    let names: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
    let mut folders = Folder::all();
    folders.retain(|folder| names.is_empty() || names.contains(&&*folder.name));
    assert!(!folders.is_empty(), "no folder is called {names:?}");
    folders
}

/// Plays lives, some at a time; each has a server of its own.
fn play_all(lives: impl Iterator<Item = (Folder, Kind)>, driver: Driver) {
    let (waiting, failed) = (Mutex::new(lives.collect::<VecDeque<_>>()), Mutex::new(BTreeSet::new()));
    let next = || waiting.lock().unwrap().pop_front();
    let work = || {
        while let Some((folder, kind)) = next() {
            let name = format!("{} on {kind:?}", folder.name);
            let life = thread::Builder::new().name(name.clone());
            if life.spawn(move || play(&folder, kind, driver)).unwrap().join().is_err() {
                failed.lock().unwrap().insert(name);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "what went wrong stands above: {failed:?}");
}

#[test]
fn every_type_has_a_folder_with_all_its_steps() {
    let providers = lambdaform::providers::all();
    let types: Vec<&ResourceType> =
        providers.iter().flat_map(|provider| provider.schema().resources.iter().copied()).collect();
    let folders = Folder::all();
    let mut found = Vec::new();
    for ty in &types {
        let Some(folder) = folders.iter().find(|folder| folder.name == ty.name) else {
            found.push(format!("{}: no folder", ty.name));
            continue;
        };
        let (update, replace) = changes(ty);
        for (step, due) in [("1-create", true), ("2-update", update), ("3-replace", replace)] {
            if folder.steps.iter().any(|s| s.name == step) != due {
                let what = if due { "is missing" } else { "can never happen" };
                found.push(format!("{}: {step}.tf {what}", ty.name));
            }
        }
    }
    let known: BTreeSet<&str> = types.iter().map(|ty| ty.name).collect();
    let unknown = folders.iter().filter(|f| !known.contains(&*f.name));
    found.extend(unknown.map(|f| format!("{}: no type", f.name)));
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether something in configuration changes such an object in place, and whether something replaces it.
fn changes(ty: &ResourceType) -> (bool, bool) {
    let block = &ty.schema.block;
    // Moving to another region is the same for all types.
    let own = block.attributes.iter().filter(|a| a.is_settable() && !["id", "region"].contains(&a.name));
    let attributes = own.map(|a| a.replace);
    let blocks = block.blocks.iter().filter(|b| b.name != "timeouts").map(|b| b.replace);
    let all: Vec<bool> = attributes.chain(blocks).collect();
    (all.contains(&false), all.contains(&true))
}

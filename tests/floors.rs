//! Holds the sources against the architecture: which floor may import which, and what no file may hold.
//! Reads `src/` as text; knows nothing of what the code does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Every floor with the floors it may import, from the ground up. The architecture in `src/lib.rs` says why.
const FLOORS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("schema", &["base"]),
    ("provider", &["schema", "base"]),
    ("config", &["base"]),
    ("install", &["config", "base"]),
    ("lang", &["config", "schema", "base"]),
    ("package", &["base"]),
    ("state", &["base"]),
    ("plan", &["schema", "provider", "base"]),
    ("local", &["base"]),
    ("providers", &["provider", "schema", "package", "base"]),
    ("engine", &["plan", "state", "lang", "config", "schema", "provider", "base"]),
    ("render", &["engine", "plan", "state", "schema", "base"]),
    (
        "cli",
        &[
            "render",
            "engine",
            "providers",
            "local",
            "package",
            "plan",
            "state",
            "lang",
            "install",
            "config",
            "provider",
            "schema",
            "base",
        ],
    ),
];

/// Crates that belong to some floors only.
const CRATES: &[(&str, &[&str])] = &[
    // `providers` writes the import block that an error suggests.
    ("hcl", &["config", "lang", "providers"]),
    ("hcl_edit", &["config", "lang"]),
    ("aws_", &["providers"]),
    ("tokio", &["provider", "providers", "engine", "local", "cli"]),
    ("hyper", &["local"]),
    ("http_body_util", &["local"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("petgraph", &["base", "engine"]),
    ("similar", &["plan", "package", "render"]),
    ("zip", &["package", "plan", "local", "providers", "install"]),
    ("tar", &["install"]),
    ("ureq", &["install", "providers"]),
    ("rustix", &["base", "state", "package", "cli"]),
    ("bigdecimal", &["base", "lang"]),
    ("unicode_normalization", &["base", "config"]),
];

/// What `render` may know of the engine.
const EVENTS: [&str; 5] = ["Event", "ImportStep", "StepVerb", "Summary", "Unfinished"];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "manager", "misc", "shared"];

/// Files longer than this are listed, for somebody to ask which two ideas they hold.
const LONG: usize = 400;

struct Source {
    path: PathBuf,
    /// `None` for `lib.rs` and `main.rs`.
    floor: Option<String>,
    /// Everything, as it is.
    text: String,
    /// Without comments and without tests.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&root).unwrap().to_owned();
        let is_test =
            path.components().any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
        if entry.file_type().is_dir() || path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let floor = (path.components().count() > 1)
            .then(|| path.components().next().unwrap().as_os_str().to_str().unwrap().to_owned());
        let code = if is_test { String::new() } else { code(&text) };
        sources.push(Source { path, floor, text, code });
    }
    sources
}

/// Without comments, and without what comes after a test module begins: by convention it stands last.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    let lines = before_tests.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The first names after each `crate::`, those of a group included: `crate::{a::B, c}` gives `a` and `c`.
fn modules(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(members(group).iter().map(|member| ident(member))),
            None => {
                found.insert(ident(rest));
            }
        }
    }
    found
}

/// The members of a group up to its closing brace.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|member| !member.is_empty());
    found
}

fn ident(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether the code names a crate: its name before `::` and after nothing that makes it part of another path.
fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        let full = ident(&code[at..]);
        let begins = !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && is_first(before);
        let same = if name.ends_with('_') { full.starts_with(name) } else { full == name };
        // The families of clap and hyper have the name as their beginning.
        let family = full.starts_with(&format!("{name}_")) && matches!(name, "clap" | "hyper");
        begins && (same || family) && code[at + full.len()..].starts_with("::")
    })
}

/// Whether what comes next begins a path: `::zip` does, `package::zip` does not.
fn is_first(before: &str) -> bool {
    before
        .strip_suffix("::")
        .is_none_or(|path| !path.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>'))
}

#[track_caller]
fn assert_none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn floors_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(floor) = &source.floor else { continue };
        let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| name == floor) else {
            wrong.push(format!("{}: {floor} is no floor of the architecture", source.path.display()));
            continue;
        };
        for module in modules(&source.code) {
            let is_floor = FLOORS.iter().any(|(name, _)| *name == module);
            if is_floor && module != *floor && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{}: {floor} may not import {module}", source.path.display()));
            }
        }
    }
    assert_none("imports against the architecture", wrong);
}

#[test]
fn every_floor_is_declared_in_reading_order() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let declared: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let at = |floor: &str| {
        declared.iter().position(|d| *d == floor).unwrap_or_else(|| panic!("{floor}: {declared:?}"))
    };
    assert_eq!(declared.len(), FLOORS.len());
    for (floor, allowed) in FLOORS {
        for below in *allowed {
            assert!(at(below) < at(floor), "{below} comes before {floor}");
        }
    }
}

#[test]
fn render_knows_only_the_events_of_the_engine() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.floor.as_deref() == Some("render")) {
        for (at, prefix) in source.code.match_indices("engine::") {
            let rest = &source.code[at + prefix.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => members(group).iter().map(|m| ident(m)).collect(),
                None => vec![ident(rest)],
            };
            let strange = names.into_iter().filter(|name| !EVENTS.contains(&name.as_str()));
            wrong.extend(strange.map(|name| format!("{}: engine::{name}", source.path.display())));
        }
    }
    assert_none("more of the engine than its events", wrong);
}

#[test]
fn crates_stay_on_their_floors() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(floor) = &source.floor else { continue };
        for (name, floors) in CRATES {
            if !floors.contains(&floor.as_str()) && uses_crate(&source.code, name) {
                wrong.push(format!("{}: {floor} may not use {name}", source.path.display()));
            }
        }
    }
    assert_none("crates against the architecture", wrong);
}

#[test]
fn every_file_says_what_it_owns_and_has_a_name_that_says_something() {
    let mut wrong = Vec::new();
    for Source { path, text, .. } in sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: no //! at its beginning", path.display()));
        }
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap();
        if EMPTY_NAMES.contains(&stem) {
            wrong.push(format!("{}: an empty name", path.display()));
        }
    }
    assert_none("files without a purpose", wrong);
}

#[test]
fn nothing_is_waved_through_or_left_for_later() {
    let mut wrong = Vec::new();
    for Source { path, code, .. } in sources() {
        for word in ["#[allow(", "#![allow(", "todo!", "unimplemented!", "dbg!("] {
            if code.contains(word) {
                wrong.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert_none("what must not stand in the sources", wrong);
}

#[test]
fn long_files_are_listed() {
    for Source { path, text, .. } in sources() {
        let lines = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines().count();
        if lines > LONG {
            eprintln!("{}: {lines} lines; which two ideas does it hold?", path.display());
        }
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let code = "use crate::base::{A, B};\nuse crate::{plan::{self, X}, state, engine::{Y, Z}};\n fn f(a: crate::lang::T) {}";
    let found: Vec<String> = modules(code).into_iter().collect();
    assert_eq!(found, ["base", "engine", "lang", "plan", "state"]);
    for (code, name, expected) in [
        ("use zip::ZipWriter;", "zip", true),
        ("use ::zip::ZipWriter;", "zip", true),
        ("use crate::package::zip::write;", "zip", false),
        ("iter().zip(x)", "zip", false),
        ("aws_sdk_lambda::Client", "aws_", true),
        ("let aws_x = 1;", "aws_", false),
        ("clap_mangen::Man", "clap", true),
        ("hcl_value::hcl(x)", "hcl", false),
    ] {
        assert_eq!(uses_crate(code, name), expected, "{code}");
    }
}

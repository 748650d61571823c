//! The fuzzing targets, driven with the seeds and with mutations of them that are the same in every run.
//! Knows nothing of what the targets do.

mod targets;

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use targets::TARGETS;

/// What is put in: pieces that mean something in one of the languages, among them such that have no end.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "\\",
    "\\ud800",
    "${",
    "%{",
    "$${",
    "~}",
    "<<E\n",
    "<<-E\n",
    "E\n",
    "\n",
    "\r",
    "\0",
    "é",
    "\u{feff}",
    "#",
    "/*",
    "*/",
    "//",
    ",",
    ":",
    "=",
    "=>",
    "...",
    "?",
    "!",
    "-",
    "&&",
    "[*]",
    ".*",
    ".0",
    "null",
    "true",
    "0",
    "-1",
    "1e999999",
    "0.1",
    "99999999999999999999",
    "18446744073709551615",
    "for x in",
    "if",
    "var.list",
    "var.secret",
    "var.unknown",
    "var.any",
    "var.nothing",
    "each.key",
    "\"a\":",
    "[\"string\"]",
    "\"version\": 4",
    "\"format\": 1",
    "\"serial\":",
    "\"instances\":",
    "dynamic \"x\" {",
    "module \"m\" {\nsource = \"./\"\n}\n",
];

/// xorshift: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }

    /// A seed with a few things done to it.
    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(4) {
            let start = self.below(bytes.len() + 1);
            let end = (start + self.below(24)).min(bytes.len());
            let piece = PIECES[self.below(PIECES.len())].as_bytes();
            match self.below(7) {
                0 => drop(bytes.drain(start..end)),
                1 => bytes.truncate(start),
                2 if start < end => bytes[start] ^= 1 << self.below(8),
                3 => {
                    let twice = bytes[start..end].to_vec();
                    bytes.splice(end..end, twice);
                }
                4 => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(64)).min(other.len());
                    bytes.splice(start..end, other[from..to].iter().copied());
                }
                // What nests or repeats shows what needs the stack or the square of the length.
                5 if self.below(8) == 0 => drop(bytes.splice(start..end, piece.repeat(2000))),
                _ => drop(bytes.splice(start..end, piece.iter().copied())),
            }
        }
        bytes
    }
}

/// The files under a folder of the repository, none of them large.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> =
        walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap().into_path()).collect();
    paths.sort();
    paths.retain(|path| {
        path.is_file() && !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with('.'))
    });
    let read: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!read.is_empty(), "no seeds in {folder}");
    read.into_iter().filter(|bytes| bytes.len() < 16 << 10).collect()
}

/// Drives a target with its seeds and with mutations of them.
fn drive(name: &str, times: usize) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("it is among the targets");
    let own = format!("fuzz/corpus/{name}");
    let seeds: Vec<_> = target.seeds.iter().copied().chain([own.as_str()]).flat_map(files).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mutated = (0..times).map(|_| dice.mutate(&seeds));
    for input in seeds.iter().cloned().chain(mutated) {
        let outcome = catch_unwind(|| (target.run)(&input));
        assert!(outcome.is_ok(), "broken by {:?}", String::from_utf8_lossy(&input));
    }
}

#[test]
fn no_configuration_breaks_the_parser() {
    drive("parser", 1000);
    drive("parser_json", 1000);
}

#[test]
fn no_configuration_breaks_the_layout() {
    drive("layout", 1000);
}

#[test]
fn no_expression_breaks_the_evaluator() {
    drive("evaluator", 4000);
}

#[test]
fn no_file_breaks_the_state() {
    drive("state", 3000);
}

#[test]
fn no_file_breaks_the_plan_file() {
    drive("plan_file", 2000);
}

#[test]
fn no_file_breaks_what_lies_beside_them() {
    drive("records", 1000);
}

#[test]
fn no_text_breaks_names() {
    drive("names", 3000);
}

#[test]
fn no_value_breaks_variables() {
    drive("inputs", 200);
}

#[test]
fn no_id_breaks_an_import() {
    drive("imports", 1000);
}

#[test]
fn no_configuration_breaks_its_validation() {
    drive("validate", 300);
}

/// A target that only one side knows would never be driven.
#[test]
fn every_target_has_a_program_and_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let programs: Vec<_> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""))
        .collect();
    assert_eq!(programs, TARGETS.iter().map(|target| target.name).collect::<Vec<_>>());
    let mut folders: Vec<_> =
        fs::read_dir(root.join("corpus")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    folders.sort();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    names.sort_unstable();
    assert_eq!(folders, names);
}

//! `fmt` of both programs over the same files: what becomes of them, what is listed, what is refused.
//! Knows no rule of the layout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

use super::sources::Dice;
use crate::support::program::Program;
use crate::support::sandbox::{Output, Sandbox};

/// How many sources of each sort.
const EACH: usize = 300;

/// Sources that are kept beside the formatter, made up, and disturbed.
fn sources() -> Vec<String> {
    let mut dice = Dice(1);
    let cases = include_str!("../../src/config/format/cases.txt").split("==== ").skip(1);
    let mut kept: Vec<String> = cases
        .map(|case| case.split_once('\n').unwrap().1.split_once("---- as\n").unwrap().0.to_owned())
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["examples", "src", "tests"] {
        for entry in WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.path().extension().is_some_and(|extension| extension == "tf") {
                kept.push(fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut sources = kept.clone();
    for i in 0..EACH {
        let kept = &kept[i % kept.len()];
        sources.push(dice.disturb(kept));
        let body = dice.body(3);
        sources.push(dice.disturb(&body));
        sources.push(body);
    }
    sources
}

/// Terraform in a sandbox, without the user's settings.
pub fn prepared() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("../home/terraform.rc", "");
    let settings = sandbox.path("../home/terraform.rc");
    sandbox.env("TF_CLI_CONFIG_FILE", settings.to_str().unwrap()).env("CHECKPOINT_DISABLE", "1")
}

/// The files an error points into.
fn refused(output: &Output) -> BTreeSet<String> {
    let place = Regex::new(r"  on (\S+) line").unwrap();
    place.captures_iter(&output.stderr).map(|found| found[1].to_owned()).collect()
}

/// What is said about each file but some.
fn listed<'o>(output: &'o Output, without: &BTreeSet<String>) -> Vec<(&'o str, &'o str)> {
    let name = Regex::new(r"(?m)^\d{4}\.tf$").unwrap();
    let starts: Vec<_> = name.find_iter(&output.stdout).map(|found| found.start()).collect();
    let ends = starts.iter().skip(1).copied().chain([output.stdout.len()]);
    let sections = starts.iter().zip(ends).map(|(start, end)| output.stdout[*start..end].split_at(7));
    sections.filter(|(name, _)| !without.contains(*name)).collect()
}

#[test]
fn files_become_the_same() {
    let Some(terraform) = Program::Terraform.find() else { return };
    let sandbox = prepared();
    let sources = sources();
    for (i, source) in sources.iter().enumerate() {
        for dir in ["ours", "theirs"] {
            sandbox.write(&format!("{dir}/{i:04}.tf"), source);
        }
    }
    let args = |dir: &'static str| [dir, "fmt", "-no-color", "-diff"];
    let ours = sandbox.lambdaform(&args("-chdir=ours"));
    let theirs = sandbox.run(&terraform, &args("-chdir=theirs"));
    // Unwrapping `"${ # comment …}"` Terraform leaves files that it cannot read any more itself.
    let still = refused(&sandbox.run(&terraform, &["-chdir=theirs", "fmt", "-no-color", "-check"]));
    let broken: BTreeSet<String> = still.difference(&refused(&theirs)).cloned().collect();
    assert!(broken.len() * 50 < sources.len(), "{broken:?}");
    let mut differences = Vec::new();
    for (i, source) in sources.iter().enumerate() {
        if broken.contains(&format!("{i:04}.tf")) {
            continue;
        }
        let [ours, theirs] = ["ours", "theirs"].map(|dir| sandbox.read(&format!("{dir}/{i:04}.tf")));
        if ours != theirs {
            differences.push(format!("{source}\n--- terraform\n{theirs}\n--- lambdaform\n{ours}"));
        }
    }
    differences.sort_by_key(String::len);
    assert!(differences.is_empty(), "{} differ; the shortest:\n{}", differences.len(), differences[0]);
    assert_eq!(refused(&ours), refused(&theirs));
    assert_eq!((ours.code, theirs.code), (Some(2), Some(2)));
    assert!(listed(&ours, &broken) == listed(&theirs, &broken), "lists or diffs differ");
    let refused = refused(&ours).len();
    assert!(refused > 50 && refused < sources.len() / 2, "{refused} of {}", sources.len());
}

/// What is wrong with layout, spelled in every kind of file there is.
fn project() -> Sandbox {
    let sandbox = prepared();
    for path in [
        "x.tf",
        "y.tfvars",
        "t.tftest.hcl",
        "m.tfmock.hcl",
        "n.hcl",
        "old.tf~",
        ".hidden.tf",
        "sub/z.tf",
        "sub/deep/q.tf",
        "sub/.terraform/t.tf",
        "sub/a.tf.json",
        "sub/b c.tf",
        "dir.tf/inner.tf",
        "broken/fine.tf",
    ] {
        sandbox.write(path, "a   =  1\nbb=\"${x}\"\n");
    }
    sandbox.write("good.tf", "a = 1\n");
    sandbox.write("empty.tf", "");
    sandbox.write("end.tf", "a =  1");
    sandbox.write("mark.tf", "\u{feff}a = 1\n");
    sandbox.write("lines.tf", "a =  1\r\nb = 1\r\n");
    sandbox.write("zero.tf", "# \0\na =  1\n");
    sandbox.write("broken/bad.tf", "a = \n");
    fs::set_permissions(sandbox.path("x.tf"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("../good.tf", sandbox.path("sub/link.tf")).unwrap();
    std::os::unix::fs::symlink("../end.tf", sandbox.path("sub/other.tf")).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.path("broken/dangling.tf")).unwrap();
    std::os::unix::fs::symlink("sub", sandbox.path("linked")).unwrap();
    sandbox
}

/// Every file of a project with its mode and bytes.
fn files(sandbox: &Sandbox) -> BTreeMap<String, (u32, Vec<u8>)> {
    let root = sandbox.path("");
    let entries = WalkDir::new(&root).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    entries
        .map(|entry| {
            let name = entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            let mode = entry.metadata().unwrap().permissions().mode();
            (name, (mode, fs::read(entry.path()).unwrap()))
        })
        .collect()
}

/// The summaries of the errors, with one program's name; the order is each program's own.
fn errors(output: &Output) -> Vec<String> {
    let lines = output.stderr.lines().filter(|line| line.starts_with("Error: "));
    let mut errors: Vec<_> = lines.map(|line| line.replace("lambdaform", "terraform")).collect();
    errors.sort();
    errors
}

/// Command lines, run in the project with `x.tf` as standard input.
const COMMAND_LINES: &[&str] = &[
    "fmt",
    "fmt -check",
    "fmt -check -diff",
    "fmt -check -list=false",
    "fmt -check -list=false -diff",
    "fmt -check good.tf",
    "fmt -check=false good.tf",
    "fmt -diff",
    "fmt -diff -write=false",
    "fmt -write=false",
    "fmt -write=false -list=false",
    "fmt -list=false",
    "fmt -list=false -diff",
    "fmt -recursive",
    "fmt -recursive -check",
    "fmt -recursive -diff sub",
    "fmt sub x.tf",
    "fmt x.tf x.tf",
    "fmt ./sub/../x.tf",
    "fmt ./sub/",
    "fmt linked",
    "fmt sub/other.tf",
    "fmt dir.tf",
    "fmt broken",
    "fmt -check broken",
    "fmt n.hcl y.tfvars",
    "fmt old.tf~",
    "fmt .hidden.tf",
    "fmt sub/a.tf.json x.tf",
    "fmt missing x.tf",
    "fmt x.tf missing y.tfvars",
    "fmt broken/dangling.tf",
    "-chdir=sub fmt",
    "-chdir=sub fmt -check ../x.tf ..",
    "fmt -",
    "fmt -check -",
    "fmt -diff -",
    "fmt -check -diff -",
    "fmt -list=true -write=true -",
    "fmt - x.tf",
];

#[test]
fn command_lines_do_the_same() {
    let Some(terraform) = Program::Terraform.find() else { return };
    for line in COMMAND_LINES {
        let run = |program: &str| {
            let sandbox = project();
            let (global, rest) = line.split_once("fmt").unwrap();
            let script = format!("exec \"$0\" {global}fmt -no-color{rest} <x.tf");
            let output = sandbox.run("sh", &["-c", &script, program]);
            (output, files(&sandbox))
        };
        let (ours, our_files) = run(env!("CARGO_BIN_EXE_lambdaform"));
        let (theirs, their_files) = run(terraform.to_str().unwrap());
        assert_eq!(ours.stdout, theirs.stdout, "{line}");
        assert_eq!(ours.code, theirs.code, "{line}\n{}\n{}", ours.stderr, theirs.stderr);
        assert!(our_files == their_files, "{line}");
        assert_eq!(errors(&ours), errors(&theirs), "{line}");
    }
}

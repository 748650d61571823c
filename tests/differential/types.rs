//! One directory with every resource type and data source that both programs know, in several shapes and in modules:
//! made, changed, replaced, moved, handed over, imported and destroyed by both.
//! Knows nothing of how the program works; the folder `types` says everything, and `1` and `2` in it what stands there at
//! one step only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::{Value, json};
use walkdir::WalkDir;

use super::departures::Document;
use super::functions::{PROVIDER, package};
use super::pair::{Pair, nameless, steady};
use super::server::Server;
use super::transitions::switch;
use crate::support::golden::redact;
use crate::support::sandbox::Output;

/// Where the directory is.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/differential/types");

const NEWER: &str = "newer than the provider 5.100 that is compared with";
const NO_PLUGIN: &str =
    "no plugin of it is here to compare with; its lives and unit tests hold it against its documentation";

/// Types that are not in the directory, and why; a name that ends in `_` stands for all that begin so.
const LEFT_OUT: &[(&str, &str)] = &[
    ("aws_lambda_capacity_provider", NEWER),
    ("aws_lambda_function_scaling_config", NEWER),
    ("aws_lambda_resource_policy", NEWER),
    ("archive_", NO_PLUGIN),
    ("external", NO_PLUGIN),
    ("local_", NO_PLUGIN),
    ("null_", NO_PLUGIN),
    ("random_", NO_PLUGIN),
];

#[test]
fn every_type_is_in_the_directory() {
    let text: String = files().iter().map(|(_, content)| content.as_str()).collect();
    let left_out = |name: &str| {
        let is = |known: &str| known == name || known.ends_with('_') && name.starts_with(known);
        LEFT_OUT.iter().any(|(known, _)| is(known))
    };
    let mut found = Vec::new();
    for provider in lambdaform::providers::all() {
        let schema = provider.schema();
        let resources = schema.resources.iter().map(|ty| ("resource", ty.name));
        for (kind, name) in resources.chain(schema.data.iter().map(|ty| ("data", ty.name))) {
            if text.contains(&format!("{kind} \"{name}\" \"")) == left_out(name) {
                found.push(format!("{kind} {name}"));
            }
        }
    }
    assert!(found.is_empty(), "neither in the directory nor left out for a reason, or both: {found:#?}");
}

/// The files of the directory, by path.
fn files() -> Vec<(PathBuf, String)> {
    let entries = WalkDir::new(FOLDER).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let read =
        |path: &Path| (path.strip_prefix(FOLDER).unwrap().to_owned(), fs::read_to_string(path).unwrap());
    files.map(|file| read(file.path())).collect()
}

/// Writes the directory as it is at a step.
fn write(pair: &Pair, step: u32) {
    for (path, content) in files() {
        let mut parts = path.components();
        let first = parts.next().unwrap().as_os_str().to_str().unwrap();
        let of_step = first.parse::<u32>().ok();
        let at = if of_step.is_some() { parts.as_path() } else { &*path };
        let at = at.to_str().unwrap();
        match of_step {
            Some(n) if n != step => [&pair.ours, &pair.theirs].iter().for_each(|s| {
                fs::remove_file(s.path(at)).ok();
            }),
            _ => pair.write(at, content),
        }
    }
    pair.write("terraform.tfvars", format!("step = {step}\n"));
    pair.init();
}

#[test]
fn every_type_lives_alike_and_changes_hands() {
    let Some(mut pair) = Pair::open() else { return };
    let (ours, theirs) = pair.servers.as_ref().unwrap();
    for server in [ours, theirs] {
        server.bucket("code");
        for name in ["a", "b"] {
            server.object(&format!("code/{name}.zip"), &package(name));
        }
    }
    for name in ["a", "b"] {
        pair.write(&format!("{name}.zip"), package(name));
    }
    pair.write(
        "other.tfstate",
        json!({ "version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": "other",
        "outputs": { "a": { "value": ["b"], "type": ["tuple", ["string"]] },
            "hush": { "value": "hush-hush", "type": "string", "sensitive": true } }, "resources": [] })
        .to_string(),
    );
    for step in [1, 2] {
        write(&pair, step);
        let at = format!("step {step}");
        if !pair.plan(&at, &[]) {
            return pair.assert_same();
        }
        pair.apply(&at);
        held(&mut pair, &at);
        switch(&mut pair, &at);
        unwritten(&mut pair, &at);
    }
    shown(&mut pair);
    imported(&mut pair);
    imported_by_command(&mut pair);
    if pair.plan("destroy", &["-destroy"]) {
        pair.apply("destroy");
        held(&mut pair, "destroy");
    }
    pair.assert_same();
}

/// Compares everything that the two servers hold. Mappings that are being deleted stay for a moment.
fn held(pair: &mut Pair, at: &str) {
    let times = Regex::new(r"\b1\d{9}(\d{3}|\.\d+)\b").unwrap();
    let all = |server: &Server| -> Value {
        let mut all = BTreeMap::<String, Value>::new();
        for (kind, texts) in server.everything() {
            let texts =
                texts.iter().map(|text| times.replace_all(&nameless(&redact(text, &[])), "0").into_owned());
            let mut texts: Vec<_> = texts.collect();
            texts.sort();
            for text in texts.iter().filter(|_| at != "destroy" || kind != "event-source-mappings") {
                let object: Value = serde_json::from_str(text).unwrap();
                let (settings, mut number) = (&object["settings"], 0);
                let named =
                    [&object["key"], &object["name"], &settings["EventSourceArn"], &settings["Description"]];
                let name = named.into_iter().find_map(Value::as_str).unwrap_or_default();
                let mut key = format!("{kind} {name}");
                while all.contains_key(&key) {
                    number += 1;
                    key = format!("{kind} {name} {number}");
                }
                all.insert(key, object);
            }
        }
        json!(all)
    };
    let Some((ours, theirs)) = &pair.servers else { return };
    let (ours, theirs) = (all(ours), all(theirs));
    pair.same(&format!("{at}: what the server holds"), Document::Object, &ours, &theirs);
}

/// What we write after a refresh of Terraform's state is what Terraform wrote, but for what a refresh finds.
fn unwritten(pair: &mut Pair, at: &str) {
    let Some((_, theirs)) = &pair.servers else { return };
    let url = theirs.url();
    let before = pair.ours.read("switch.tfstate");
    let line =
        ["apply", "-refresh-only", "-auto-approve", "-input=false", "-no-color", "-state=switch.tfstate"];
    pair.ours.run_with(&[("AWS_ENDPOINT_URL", &url)], &line).assert_success();
    let after = pair.ours.read("switch.tfstate");
    pair.same(&format!("{at}: refreshed by us"), Document::Refreshed, &steady(&after), &steady(&before));
}

/// What the other commands print of the state.
fn shown(pair: &mut Pair) {
    let at = "shown";
    let ours = pair.ours.lambdaform(&["show", "-json", "-show-sensitive"]);
    let theirs = pair.theirs.terraform().unwrap().run(&["show", "-json"]);
    let (ours, theirs) = (steady(&ours.assert_success().stdout), steady(&theirs.assert_success().stdout));
    pair.same(&format!("{at}: show -json"), Document::Plan, &ours, &theirs);
    pair.same_text(at, &["state", "list"]);
    pair.same_json(at, &["output", "-json"]);
    pair.same_text(at, &["graph"]);
}

const KEPT: &str = "Terraform replaces at once what it has imported, since it cannot read where the content came from; we \
                    take the configuration's word for that";

/// What is not imported, and why.
const NOT_IMPORTED: &[(&str, &str)] = &[
    ("aws_lambda_invocation", "an invocation leaves nothing behind that could be imported"),
    ("aws_lambda_layer_version", KEPT),
    ("aws_lambda_layer_version_permission", KEPT),
];

/// The names by which types are imported, with attributes in braces, unless it is `{id}`.
const IDS: &[(&str, &str)] = &[
    ("aws_cloudwatch_log_group", "{name}"),
    ("aws_iam_policy", "{arn}"),
    ("aws_iam_role", "{name}"),
    ("aws_iam_role_policy_attachment", "{role}/{policy_arn}"),
    ("aws_lambda_alias", "{function_name}/{name}"),
    ("aws_lambda_function_recursion_config", "{function_name}"),
    ("aws_lambda_runtime_management_config", "{function_name},{qualifier}"),
    ("aws_s3_object", "{bucket}/{key}"),
];

/// Removes from the states what can be imported, and takes it back by `import` blocks.
fn imported(pair: &mut Pair) {
    for sandbox in [&pair.ours, &pair.theirs] {
        let mut state: Value = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
        let mut blocks = String::new();
        state["resources"].as_array_mut().unwrap().retain(|resource| {
            let taken = blocks_for(resource);
            taken.iter().flatten().for_each(|block| blocks.push_str(block));
            taken.is_none() && resource["mode"] == "managed"
        });
        sandbox.write("imports.tf", blocks);
        sandbox.write("terraform.tfstate", format!("{state:#}\n"));
    }
    let line = ["plan", "-input=false", "-no-color", "-out=p"];
    let (ours, theirs) = pair.run(&line);
    ours.assert_success();
    theirs.assert_success();
    let ours = pair.ours.lambdaform(&["show", "-json", "p"]);
    let theirs = pair.theirs.terraform().unwrap().run(&["show", "-json", "p"]);
    let (ours, theirs) = (actions(&ours.assert_success().stdout), actions(&theirs.assert_success().stdout));
    pair.same("import: actions", Document::Import, &ours, &theirs);
    let (ours, theirs) = pair.run(&["apply", "-no-color", "-parallelism=80", "p"]);
    ours.assert_success();
    theirs.assert_success();
    pair.state("import");
    for sandbox in [&pair.ours, &pair.theirs] {
        fs::remove_file(sandbox.path("imports.tf")).unwrap();
    }
}

/// The `import` blocks for the instances of a resource in state; `None` if it is not imported.
fn blocks_for(resource: &Value) -> Option<Vec<String>> {
    let (kind, name) = (resource["type"].as_str().unwrap(), resource["name"].as_str().unwrap());
    let instances = resource["instances"].as_array().unwrap();
    if resource["mode"] != "managed" || NOT_IMPORTED.iter().any(|(known, _)| *known == kind) {
        return None;
    }
    let module = resource["module"].as_str().map(|module| format!("{module}.")).unwrap_or_default();
    let template = IDS.iter().find(|(known, _)| *known == kind).map_or("{id}", |(_, template)| template);
    let block = |instance: &Value| {
        let attributes = &instance["attributes"];
        let id = match kind {
            "aws_lambda_permission" => permission(attributes),
            // Without a qualifier, Terraform replaces it at once.
            "aws_lambda_runtime_management_config"
                if attributes["qualifier"] == "" || attributes["qualifier"].is_null() =>
            {
                return None;
            }
            _ => fill(template, attributes),
        };
        let key = instance.get("index_key").map(|key| format!("[{key}]")).unwrap_or_default();
        Some(format!("import {{\n  to = {module}{kind}.{name}{key}\n  id = {}\n}}\n", json!(id)))
    };
    instances.iter().map(block).collect()
}

/// `FUNCTION:QUALIFIER/STATEMENT`
fn permission(attributes: &Value) -> String {
    let text = |name: &str| attributes[name].as_str().unwrap_or_default();
    let function = text("function_name").rsplit(':').next().unwrap();
    let qualifier = match text("qualifier") {
        "" => String::new(),
        qualifier => format!(":{qualifier}"),
    };
    format!("{function}{qualifier}/{}", text("statement_id"))
}

fn fill(template: &str, attributes: &Value) -> String {
    let braces = Regex::new(r"\{(\w+)\}").unwrap();
    let value = |found: &regex::Captures<'_>| attributes[&found[1]].as_str().unwrap_or_default().to_owned();
    braces.replace_all(template, value).into_owned()
}

/// What a plan does to each resource, and what it imports.
fn actions(plan: &str) -> Value {
    let plan = steady(plan);
    let changes = plan["resource_changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let what =
                json!({ "actions": change["change"]["actions"], "importing": change["change"]["importing"] });
            (change["address"].as_str().unwrap().to_owned(), what)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The command, for one object in a module, after its removal from the states.
fn imported_by_command(pair: &mut Pair) {
    let (addr, id) = ("module.after[\"x\"].aws_lambda_function.this", "moved");
    pair.same_text("import", &["state", "rm", addr]);
    pair.same_text("import", &["import", "-input=false", addr, id]);
    pair.state("import by command");
}

/// Objects that are not there and ids of another form, of every type.
const MISSING: &str = include_str!("missing.tf");

/// What Terraform says in other words when it is not there.
const OTHER_WORDS: (&str, &str) = ("aws_lambda_permission.missing", "couldn't find resource");

#[test]
fn imports_of_what_is_not_there_are_refused_alike() {
    let Some(pair) = Pair::open() else { return };
    for (kind, reason) in NOT_IMPORTED {
        assert!(MISSING.contains(kind), "{kind}: {reason}");
    }
    let (ours, theirs) = pair.servers.as_ref().unwrap();
    [ours, theirs].iter().for_each(|server| server.bucket("code"));
    let provider = PROVIDER.replace("provider \"aws\" {", "provider \"aws\" {\n  s3_use_path_style = true");
    pair.write("main.tf", provider);
    pair.write("missing.tf", MISSING);
    pair.init();
    let (ours, theirs) = pair.run(&["plan", "-input=false", "-no-color"]);
    let addresses = Regex::new("existing object to \"([^\"]+)\"").unwrap();
    let told = |output: &Output| {
        let text = output.assert_code(1).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let missing: BTreeSet<_> = addresses.captures_iter(&text).map(|found| found[1].to_owned()).collect();
        (missing, output.stderr.lines().filter(|line| line.starts_with("Error: ")).count(), text)
    };
    let ((ours, errors, _), (mut theirs, count, text)) = (told(&ours), told(&theirs));
    if text.contains(OTHER_WORDS.1) {
        theirs.insert(OTHER_WORDS.0.to_owned());
    }
    assert_eq!(ours, theirs, "what is not there");
    assert_eq!(errors, count, "with the ids of another form");
}

#[test]
fn every_type_has_terraforms_schema() {
    let Some(mut pair) = Pair::new() else { return };
    for (path, content) in files() {
        if path == Path::new("main.tf") {
            pair.write("main.tf", content);
        }
    }
    pair.init();
    let (ours, theirs) = pair.run(&["providers", "schema", "-json"]);
    let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let (ours, theirs) = (read(&ours.assert_success().stdout), read(&theirs.assert_success().stdout));
    for provider in ["registry.terraform.io/hashicorp/aws", "terraform.io/builtin/terraform"] {
        for kind in ["resource_schemas", "data_source_schemas"] {
            let (ours, theirs) =
                (&ours["provider_schemas"][provider][kind], &theirs["provider_schemas"][provider][kind]);
            for (name, ours) in ours.as_object().unwrap() {
                if LEFT_OUT.iter().all(|(known, _)| known != name) {
                    let (ours, theirs) = (plain(ours), plain(&theirs[name]));
                    pair.same(&format!("{kind} {name}"), Document::Schema, &ours, &theirs);
                }
            }
        }
    }
    pair.assert_same();
}

/// A schema without descriptions, and without marks that say no more than that something is not so.
fn plain(schema: &Value) -> Value {
    match schema {
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(name, value)| {
                !["description", "description_kind", "deprecated"].contains(&name.as_str())
                    || value.is_object()
            });
            kept.map(|(name, value)| (name.clone(), plain(value))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

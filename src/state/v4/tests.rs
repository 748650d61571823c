//! The samples of the `state/` folder: golden files survive unchanged, broken ones say what is wrong with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::Value as Json;

use super::{read, write};
use crate::base::{InstanceKey, Mode, ModuleAddr, Path as ValuePath, PathStep, ResourceAddr};
use crate::state::{Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};

fn folder(name: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("state").join(name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "tfstate"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", dir.display());
    files
}

#[test]
fn golden_files_come_back_byte_for_byte() {
    for path in folder("golden") {
        let bytes = std::fs::read(&path).unwrap();
        let state = read(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display())).state;
        let written = write(&state);
        assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&bytes), "{}", path.display());
    }
}

#[test]
fn broken_files_say_exactly_what_is_wrong() {
    for path in folder("broken") {
        let error = read(&std::fs::read(&path).unwrap()).expect_err(&path.display().to_string());
        let text = format!("{}\n\n{}\n", error.summary, error.detail);
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(text, expected, "{}", path.display());
    }
}

/// What a value breaks in a JSON Schema, of which only the words that `schema.json` uses are understood.
fn break_of(value: &Json, schema: &Json, root: &Json) -> Option<String> {
    let words = schema.as_object()?;
    for (word, is) in words {
        let texts = |json: &Json| -> Vec<String> {
            let list = json.as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
            list.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect()
        };
        let kept = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "pattern" => true,
            "$ref" => {
                let target = root.pointer(is.as_str()?.trim_start_matches('#'));
                match break_of(value, target.expect("the $ref leads somewhere"), root) {
                    Some(problem) => return Some(problem),
                    None => true,
                }
            }
            "type" => texts(is).iter().any(|t| match t.as_str() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "null" => value.is_null(),
                other => panic!("type {other}"),
            }),
            "const" => value == is,
            "enum" => is.as_array()?.contains(value),
            "minimum" => value.as_i64().is_none_or(|n| n >= is.as_i64().unwrap()),
            "minLength" => value.as_str().is_none_or(|s| s.len() as u64 >= is.as_u64().unwrap()),
            "minItems" => value.as_array().is_none_or(|a| a.len() as u64 >= is.as_u64().unwrap()),
            "required" => value.as_object().is_none_or(|o| texts(is).iter().all(|key| o.contains_key(key))),
            "items" => match value.as_array().into_iter().flatten().find_map(|v| break_of(v, is, root)) {
                Some(problem) => return Some(problem),
                None => true,
            },
            "properties" => {
                let known = value.as_object().into_iter().flatten();
                let known = known.filter_map(|(key, v)| Some((key, v, is.get(key)?)));
                for (key, v, schema) in known {
                    if let Some(problem) = break_of(v, schema, root) {
                        return Some(format!("{key}: {problem}"));
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = words.get("properties").and_then(Json::as_object);
                let other = value.as_object().into_iter().flatten();
                let mut other = other.filter(|(key, _)| known.is_none_or(|k| !k.contains_key(*key)));
                other.all(|(_, v)| is != &Json::Bool(false) && break_of(v, is, root).is_none())
            }
            other => panic!("the word {other} of schema.json is not understood"),
        };
        if !kept {
            return Some(format!("breaks {word}"));
        }
    }
    None
}

#[test]
fn the_schema_describes_what_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("state/schema.json");
    let schema: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for path in folder("golden") {
        let json: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(break_of(&json, &schema, &schema), None, "{}", path.display());
    }
    let mut json: Json = serde_json::from_slice(&write(&State::default())).unwrap();
    assert_eq!(break_of(&json, &schema, &schema), None);
    for (key, wrong) in
        [("version", 3.into()), ("serial", "x".into()), ("extra", 1.into()), ("outputs", 1.into())]
    {
        let before = json.clone();
        json[key] = wrong;
        assert!(break_of(&json, &schema, &schema).is_some(), "{key}");
        json = before;
    }
}

#[test]
fn what_is_not_kept_is_said() {
    let text = r#"{"version": 4, "terraform_version": "9.9.9", "serial": 1, "lineage": "x", "novel": 1,
        "outputs": {"o": {"value": 1, "type": "number", "deprecated": "x"}},
        "resources": [{"mode": "data", "type": "t", "name": "n", "provider": "provider[\"p\"]", "each": "list",
            "novel": 1, "instances": [{"index_key": 0, "attributes_flat": {"id": "1"}}]}]}"#;
    let notes = read(text.as_bytes()).unwrap().notes;
    for (note, part) in notes.iter().zip(["of the file", "of the output o", "of data.t.n", "version 9.9.9"]) {
        assert!(note.contains(part), "{note}");
    }
    assert_eq!(notes.len(), 4);
}

fn json() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        "-?[1-9][0-9]{0,30}\\.[0-9]{1,30}".prop_map(|text| serde_json::from_str(&text).unwrap()),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        number,
        any::<String>().prop_map(Json::from),
        "[<>&\u{2027}-\u{202a}\"\\\\\u{0}-\u{1f}\u{7f}]{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            btree_map("[a-z]{1,3}|type|value|.{0,3}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_-]{0,5}"
}

fn instance_key() -> impl Strategy<Value = InstanceKey> {
    prop_oneof![
        (0..20_u64).prop_map(InstanceKey::Int),
        any::<String>().prop_map(|s| InstanceKey::Str(s.into())),
        "[$%{}\"\\\\.]{0,4}".prop_map(|s| InstanceKey::Str(s.into())),
    ]
}

fn address() -> impl Strategy<Value = ResourceAddr> {
    let module = vec((name(), option::of(instance_key())), 0..3);
    (module, any::<bool>(), name(), name()).prop_map(|(steps, data, type_name, name)| ResourceAddr {
        module: steps.into_iter().fold(ModuleAddr::default(), |m, (n, k)| m.child(n.into(), k)),
        mode: if data { Mode::Data } else { Mode::Managed },
        // A managed resource of the type "data" or "resource" has no address.
        type_name: format!("t_{type_name}").into(),
        name: name.into(),
    })
}

fn object() -> impl Strategy<Value = Object> {
    let step = prop_oneof![
        name().prop_map(|n| PathStep::Attr(n.into())),
        any::<String>().prop_map(|k| PathStep::Key(k.into())),
        (0..9_usize).prop_map(PathStep::Index),
        any::<bool>().prop_map(|b| PathStep::Element(Box::new(b.into()))),
    ];
    let paths = vec(vec(step, 0..4).prop_map(ValuePath::from), 0..3);
    let attributes =
        btree_map(".{0,4}", json(), 0..4).prop_map(|m| m.into_iter().collect::<serde_json::Map<_, _>>());
    let extra = btree_map("x_[a-z]{0,3}|identity|identity_schema_version", json(), 0..3);
    (
        any::<bool>(),
        any::<u64>(),
        attributes,
        paths,
        option::of("[A-Za-z0-9]{4}"),
        vec(address(), 0..3),
        extra,
    )
        .prop_map(
            |(tainted, schema_version, attributes, sensitive_paths, private, dependencies, extra)| Object {
                status: if tainted { ObjectStatus::Tainted } else { ObjectStatus::Ready },
                schema_version,
                attributes: attributes.into(),
                sensitive_paths,
                private,
                dependencies,
                create_before_destroy: tainted,
                extra: extra.into_iter().collect(),
            },
        )
}

fn state() -> impl Strategy<Value = State> {
    let key = (option::of(instance_key()), option::of("[0-9a-f]{8}"))
        .prop_map(|(instance, deposed)| ObjectKey { instance, deposed: deposed.map(Into::into) });
    let resource = ("provider\\[\"[a-z/]{1,9}\"\\]", btree_map(key, object().prop_map(Arc::new), 0..4))
        .prop_map(|(provider, objects)| ResourceState { provider, objects });
    let output = (json(), any::<bool>()).prop_map(|(value, sensitive)| OutputValue {
        value,
        ty: "dynamic".into(),
        sensitive,
    });
    (
        0..read::LAST_SERIAL,
        ".{0,9}",
        btree_map(name(), output, 0..3),
        btree_map(address(), resource, 0..4),
        option::of(json()),
    )
        .prop_map(|(serial, lineage, outputs, resources, checks)| State {
            terraform_version: "1.2.3".into(),
            serial,
            lineage,
            outputs: outputs.into_iter().map(|(name, output)| (name.into(), output)).collect(),
            resources,
            check_results: checks.filter(|c| !c.is_null()),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_state_survives_its_file(state in state()) {
        let bytes = write(&state);
        let back = read(&bytes).map_err(|e| TestCaseError::fail(e.to_string()))?.state;
        prop_assert_eq!(&back, &state);
        prop_assert_eq!(write(&back), bytes);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200)) {
        _ = read(&bytes);
    }

    #[test]
    fn no_mutation_of_a_golden_file_makes_it_panic(
        pick in any::<prop::sample::Index>(),
        edits in vec((any::<prop::sample::Index>(), "[\\[\\]{}\",:0-9a-z-]|null|\"[a-z]*\"", 0..40_usize), 1..4),
    ) {
        let files = folder("golden");
        let mut bytes = std::fs::read(pick.get(&files)).unwrap();
        for (at, text, remove) in edits {
            let start = at.index(bytes.len());
            let end = (start + remove).min(bytes.len());
            bytes.splice(start..end, text.bytes());
            if bytes.is_empty() {
                break;
            }
        }
        if let Ok(read) = read(&bytes) {
            _ = crate::state::verify::verify(&read.state);
            prop_assert!(super::read(&write(&read.state)).is_ok());
        }
    }
}

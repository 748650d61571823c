//! Where two JSON documents differ, as paths that do not depend on order where order means nothing.
//! Knows nothing of which differences are meant to be.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

/// One difference.
#[derive(Debug)]
pub struct Difference {
    path: String,
    ours: Option<Value>,
    theirs: Option<Value>,
}

impl fmt::Display for Difference {
    /// `path: ours / theirs`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<Value>| side.as_ref().map_or("absent".to_owned(), Value::to_string);
        write!(f, "{}: {} / {}", self.path, text(&self.ours), text(&self.theirs))
    }
}

/// Every difference of two documents.
pub fn compare(ours: &Value, theirs: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(String::new(), Some(ours), Some(theirs), &mut found);
    found
}

fn walk(path: String, ours: Option<&Value>, theirs: Option<&Value>, found: &mut Vec<Difference>) {
    if ours == theirs {
        return;
    }
    if let (Some(ours), Some(theirs)) = (ours, theirs)
        && let (Some(ours), Some(theirs)) = (parts(&path, ours), parts(&path, theirs))
    {
        let names: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            walk(path, ours.get(name).copied(), theirs.get(name).copied(), found);
        }
        return;
    }
    found.push(Difference { path, ours: ours.cloned(), theirs: theirs.cloned() });
}

/// The parts of an object by name, and of a list by what tells its elements apart.
fn parts<'a>(path: &str, value: &'a Value) -> Option<BTreeMap<String, &'a Value>> {
    match value {
        Value::Object(object) => Some(object.iter().map(|(name, value)| (name.clone(), value)).collect()),
        Value::Array(list) => {
            let unordered = [
                "sensitive_attributes",
                "dependencies",
                "depends_on",
                "replace_paths",
                "relevant_attributes",
                "references",
            ]
            .iter()
            .any(|name| path.ends_with(name));
            let mut seen = BTreeMap::new();
            let keyed = list.iter().enumerate().map(|(index, value)| {
                let key = if unordered { Some(value.to_string()) } else { identity(value) };
                let key = key.unwrap_or_else(|| index.to_string());
                let count = seen.entry(key.clone()).and_modify(|count| *count += 1).or_insert(0);
                (if *count == 0 { key } else { format!("{key}#{count}") }, value)
            });
            Some(keyed.collect())
        }
        _ => None,
    }
}

/// What names a resource, an instance, a module or a statement in a list of them.
fn identity(value: &Value) -> Option<String> {
    let text = |name: &str| value.get(name).map(|part| part.as_str().map_or(part.to_string(), str::to_owned));
    let fields = |names: &[&str]| {
        let parts: Vec<_> = names.iter().filter_map(|name| text(name)).collect();
        (!parts.is_empty()).then(|| parts.join("."))
    };
    match value.get("address").is_some() {
        true => fields(&["address", "deposed"]),
        false => {
            let names = [
                "config_addr",
                "object_addr",
                "module",
                "mode",
                "type",
                "name",
                "index_key",
                "deposed",
                "Sid",
            ];
            fields(&names)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_are_named_by_what_they_are_in() {
        let ours =
            json!({ "a": [{ "address": "x.y", "v": 1 }, { "address": "x.z" }], "dependencies": ["p", "q"] });
        let theirs =
            json!({ "a": [{ "address": "x.z" }, { "address": "x.y", "v": 2 }], "dependencies": ["q", "p"] });
        let found: Vec<_> = compare(&ours, &theirs).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["a.x.y.v: 1 / 2"]);
    }

    #[test]
    fn what_one_side_lacks_is_absent() {
        let found: Vec<_> = compare(&json!({ "l": [1, 2] }), &json!({ "l": [1], "n": null }))
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["l.1: 2 / absent", "n: absent / null"]);
    }
}

//! Policy documents put together from statements and other documents, and the texts they become.
//! Pure; knows nothing of the data source's arguments.
//!
//! The texts are byte for byte those of release 5.100, found by running it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::json::Node;

/// A document.
#[derive(Debug, Default)]
pub(in crate::providers::aws) struct Document {
    /// `Version`; later dates win over earlier ones.
    pub(in crate::providers::aws) version: String,
    /// `Id`; empty if it has none.
    pub(in crate::providers::aws) id: String,
    /// `Statement`
    pub(in crate::providers::aws) statements: Vec<Statement>,
}

/// A statement.
#[derive(Debug, Default)]
pub(in crate::providers::aws) struct Statement {
    /// `Sid`; empty if it has none.
    pub(in crate::providers::aws) sid: String,
    /// `Effect`; empty if it has none.
    pub(in crate::providers::aws) effect: String,
    /// The lists by the order of [`LISTS`]; `None` is left out.
    pub(in crate::providers::aws) lists: [Option<Node>; 4],
    /// `Principal` and `NotPrincipal`; empty is left out.
    pub(in crate::providers::aws) principals: [Vec<Principal>; 2],
    /// `Condition`; empty is left out.
    pub(in crate::providers::aws) conditions: Vec<Condition>,
}

/// The members of a statement that are lists, in the order they are written.
const LISTS: [&str; 4] = ["Action", "NotAction", "Resource", "NotResource"];
/// The members that name principals, in the order they are written.
const PRINCIPALS: [&str; 2] = ["Principal", "NotPrincipal"];

/// Principals of one kind.
#[derive(Debug)]
pub(in crate::providers::aws) struct Principal {
    /// `AWS`, `Service`, `*` …
    pub(in crate::providers::aws) kind: String,
    /// Who.
    pub(in crate::providers::aws) names: Words,
}

/// One string or a list: of principals, a list of one is written as a list.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::providers::aws) enum Words {
    /// One.
    One(String),
    /// Any number.
    Many(Vec<String>),
}

impl Words {
    /// A list as the provider keeps it: backwards, and one is no list.
    pub(in crate::providers::aws) fn of(mut words: Vec<String>) -> Words {
        words.sort_by(|a, b| b.cmp(a));
        match <[String; 1]>::try_from(words) {
            Ok([one]) => Words::One(one),
            Err(many) => Words::Many(many),
        }
    }

    fn join(self, other: Words) -> Words {
        let mut words = self.into_vec();
        words.extend(other.into_vec());
        Words::Many(words)
    }

    fn into_vec(self) -> Vec<String> {
        match self {
            Words::One(one) => vec![one],
            Words::Many(many) => many,
        }
    }

    /// What is written.
    pub(in crate::providers::aws) fn node(self) -> Node {
        match self {
            Words::One(one) => Node::Text(one),
            Words::Many(many) => Node::List(many.into_iter().map(Node::Text).collect()),
        }
    }
}

/// A condition on one key.
#[derive(Debug, Clone)]
pub(in crate::providers::aws) struct Condition {
    /// `StringEquals` …
    pub(in crate::providers::aws) test: String,
    /// `aws:SourceArn` …
    pub(in crate::providers::aws) variable: String,
    /// What is compared with.
    pub(in crate::providers::aws) values: Vec<String>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// What keeps the text from being one.
    pub(in crate::providers::aws) fn read(text: &str) -> Result<Document, String> {
        let members = match serde_json::from_str(text).map_err(|error| error.to_string())? {
            Json::Object(members) => members,
            Json::Null => Map::new(),
            _ => return Err("it is not a JSON object".to_owned()),
        };
        let mut document = Document::default();
        for (name, value) in members {
            match (&*name.to_ascii_lowercase(), value) {
                ("version", value) => document.version = word(&name, value)?,
                ("id", value) => document.id = word(&name, value)?,
                ("statement", Json::Null) => document.statements = Vec::new(),
                ("statement", Json::Array(items)) => {
                    document.statements = items.into_iter().map(Statement::read).collect::<Result<_, _>>()?;
                }
                ("statement", _) => return Err("its \"Statement\" is not a list".to_owned()),
                _ => {}
            }
        }
        Ok(document)
    }

    /// Lays another document over this one: statements with the same sid are replaced, others follow.
    pub(in crate::providers::aws) fn merge(&mut self, over: Document) {
        if !over.id.is_empty() {
            self.id = over.id;
        }
        if over.version > self.version {
            self.version = over.version;
        }
        for statement in over.statements {
            let same = |old: &&mut Statement| !old.sid.is_empty() && old.sid == statement.sid;
            match self.statements.iter_mut().find(same) {
                Some(old) => *old = statement,
                None => self.statements.push(statement),
            }
        }
    }

    /// The document as it is written.
    pub(in crate::providers::aws) fn into_node(self) -> Node {
        let mut members = Vec::new();
        let mut text = |name: &str, value: String| {
            if !value.is_empty() {
                members.push((name.to_owned(), Node::Text(value)));
            }
        };
        text("Version", self.version);
        text("Id", self.id);
        if !self.statements.is_empty() {
            let statements = self.statements.into_iter().map(Statement::into_node).collect();
            members.push(("Statement".to_owned(), Node::List(statements)));
        }
        Node::Object(members)
    }
}

impl Statement {
    fn read(json: Json) -> Result<Statement, String> {
        let Json::Object(members) = json else {
            return Err("one of its statements is not an object".to_owned());
        };
        let mut statement = Statement::default();
        for (name, value) in members {
            let is = |known: &str| known.eq_ignore_ascii_case(&name);
            if let Some((_, slot)) = LISTS.iter().zip(&mut statement.lists).find(|(list, _)| is(list)) {
                *slot = (!value.is_null()).then_some(Node::Plain(value));
            } else if let Some((_, slot)) =
                PRINCIPALS.iter().zip(&mut statement.principals).find(|(who, _)| is(who))
            {
                *slot = read_principals(&name, value)?;
            } else if is("Sid") {
                statement.sid = word(&name, value)?;
            } else if is("Effect") {
                statement.effect = word(&name, value)?;
            } else if is("Condition") {
                statement.conditions = read_conditions(value)?;
            }
        }
        Ok(statement)
    }

    fn into_node(self) -> Node {
        let mut members = Vec::new();
        for (name, value) in [("Sid", self.sid), ("Effect", self.effect)] {
            if !value.is_empty() {
                members.push((name.to_owned(), Node::Text(value)));
            }
        }
        let lists = LISTS.iter().zip(self.lists);
        members.extend(lists.filter_map(|(name, list)| Some(((*name).to_owned(), list?))));
        let principals = PRINCIPALS.iter().zip(self.principals).filter(|(_, of)| !of.is_empty());
        members.extend(principals.map(|(name, of)| ((*name).to_owned(), write_principals(of))));
        if !self.conditions.is_empty() {
            members.push(("Condition".to_owned(), write_conditions(self.conditions)));
        }
        Node::Object(members)
    }
}

/// A string; null is empty.
fn word(name: &str, json: Json) -> Result<String, String> {
    match json {
        Json::String(text) => Ok(text),
        Json::Null => Ok(String::new()),
        _ => Err(format!("its {name:?} is not a string")),
    }
}

fn read_principals(name: &str, json: Json) -> Result<Vec<Principal>, String> {
    match json {
        // The provider takes any string for "*", which is the only one that IAM takes.
        Json::String(_) => Ok(vec![Principal { kind: "*".to_owned(), names: Words::One("*".to_owned()) }]),
        Json::Object(kinds) => kinds
            .into_iter()
            .map(|(kind, names)| {
                let names = match names {
                    Json::String(one) => Words::One(one),
                    Json::Array(items) => {
                        let mut many = strings(items)
                            .ok_or_else(|| format!("the {kind:?} of its {name:?} are not all strings"))?;
                        many.sort_by(|a, b| b.cmp(a));
                        Words::Many(many)
                    }
                    _ => return Err(format!("the {kind:?} of its {name:?} is neither a string nor a list")),
                };
                Ok(Principal { kind, names })
            })
            .collect(),
        _ => Err(format!("its {name:?} is neither \"*\" nor an object")),
    }
}

fn strings(items: Vec<Json>) -> Option<Vec<String>> {
    items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

fn write_principals(principals: Vec<Principal>) -> Node {
    if let [Principal { kind, names }] = &*principals {
        let star = match names {
            Words::One(one) => one == "*",
            Words::Many(many) => matches!(&**many, [one] if one == "*"),
        };
        if kind == "*" && star {
            return Node::Text("*".to_owned());
        }
    }
    let mut kinds: BTreeMap<String, Words> = BTreeMap::new();
    for Principal { kind, names } in principals {
        let names = match kinds.remove(&kind) {
            Some(before) => before.join(names),
            None => names,
        };
        kinds.insert(kind, names);
    }
    Node::Object(kinds.into_iter().map(|(kind, names)| (kind, names.node())).collect())
}

fn read_conditions(json: Json) -> Result<Vec<Condition>, String> {
    let tests = match json {
        Json::Object(tests) => tests,
        Json::Null => return Ok(Vec::new()),
        _ => return Err("one of its conditions is not an object".to_owned()),
    };
    let mut conditions = Vec::new();
    for (test, keys) in tests {
        let keys = match keys {
            Json::Object(keys) => keys,
            Json::Null => continue,
            _ => return Err(format!("its condition {test:?} is not an object")),
        };
        for (variable, values) in keys {
            let values = match values {
                Json::String(one) => vec![one],
                Json::Bool(flag) => vec![flag.to_string()],
                Json::Array(items) => strings(items).ok_or_else(|| {
                    format!("the values of its condition {test:?} on {variable:?} are not all strings")
                })?,
                // The provider drops these without a word.
                Json::Number(_) | Json::Null | Json::Object(_) => continue,
            };
            conditions.push(Condition { test: test.clone(), variable, values });
        }
    }
    Ok(conditions)
}

fn write_conditions(conditions: Vec<Condition>) -> Node {
    let mut tests: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for Condition { test, variable, values } in conditions {
        tests.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    let keys = |keys: BTreeMap<String, Vec<String>>| {
        let written = keys.into_iter().map(|(key, mut values)| match (values.len(), values.pop()) {
            (1, Some(one)) => (key, Node::Text(one)),
            (_, last) => {
                values.extend(last);
                (key, Words::Many(values).node())
            }
        });
        Node::Object(written.collect())
    };
    Node::Object(tests.into_iter().map(|(test, inner)| (test, keys(inner))).collect())
}

/// The number that the provider SDK's second version gives a text; data sources use it as their id.
pub(in crate::providers::aws) fn hash(text: &str) -> String {
    let mut sum = flate2::Crc::new();
    sum.update(text.as_bytes());
    sum.sum().to_string()
}

/// Puts the elements of a set into the order in which that SDK walks through it, by the texts it hashes.
pub(in crate::providers::aws) fn in_set_order<T>(items: Vec<T>, serialized: impl Fn(&T) -> String) -> Vec<T> {
    let mut coded: Vec<(String, T)> =
        items.into_iter().map(|item| (hash(&serialized(&item)), item)).collect();
    coded.sort_by(|(a, _), (b, _)| a.cmp(b));
    coded.into_iter().map(|(_, item)| item).collect()
}

/// A set of strings as that SDK serializes it to hash what holds it.
pub(in crate::providers::aws) fn serialized_set(words: &[String]) -> String {
    let ordered = in_set_order(words.to_vec(), |word| format!("{word};"));
    ordered.iter().map(|word| format!("{word};")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(source: &[Json]) -> Result<String, String> {
        let mut all = Document { version: "2012-10-17".into(), ..Document::default() };
        for document in source {
            all.merge(Document::read(&document.to_string())?);
        }
        Ok(all.into_node().compact())
    }

    /// What release 5.100 made of the same documents, as `source_policy_documents` one at a time.
    #[test]
    fn documents_are_read_as_the_provider_reads_them() {
        let cases = [
            (
                json!({"Statement":[{"Action":["a","b"],"NotAction":["p","q"],"Resource":["r","s"],
                    "NotResource":["a","z"],"Principal":{"AWS":["a","b"],"Service":["x","y"]},
                    "NotPrincipal":{"AWS":["m","n"]},"Condition":{"T":{"k":["a","b"],"v":"s"}}}]}),
                r#"[{"Action":["a","b"],"NotAction":["p","q"],"Resource":["r","s"],"NotResource":["a","z"],"Principal":{"AWS":["b","a"],"Service":["y","x"]},"NotPrincipal":{"AWS":["n","m"]},"Condition":{"T":{"k":["a","b"],"v":"s"}}}]"#,
            ),
            (
                json!({"Statement":[{"Action":"a","Condition":{"Bool":{"k":true}}}]}),
                r#"[{"Action":"a","Condition":{"Bool":{"k":"true"}}}]"#,
            ),
            (json!({"Statement":[{"Action":"a","Condition":{"N":{"k":1}}}]}), r#"[{"Action":"a"}]"#),
            (json!({"Statement":[{"Action":"a","Condition":{"T":{}}}]}), r#"[{"Action":"a"}]"#),
            (
                json!({"Statement":[{"Condition":{"B":{"k":["x"]},"A":{"l":"m","a":[]}},"Principal":{"*":"*"}}]}),
                r#"[{"Principal":"*","Condition":{"A":{"a":[],"l":"m"},"B":{"k":"x"}}}]"#,
            ),
            (
                json!({"Statement":[{"Action":1.0,"Resource":[1,true,null,{"a":1}]}]}),
                r#"[{"Action":1,"Resource":[1,true,null,{"a":1}]}]"#,
            ),
            (
                json!({"Statement":[{"Action":[],"Principal":{"AWS":["*"]},"Resource":["x"]}]}),
                r#"[{"Action":[],"Resource":["x"],"Principal":{"AWS":["*"]}}]"#,
            ),
            (json!({"Statement":[{"Principal":"x"}]}), r#"[{"Principal":"*"}]"#),
            (json!({"Statement":[{"Principal":{"*":["*"]}}]}), r#"[{"Principal":"*"}]"#),
            (json!({"Statement":[{"Principal":{}}]}), "[{}]"),
            (json!({"Statement":[{"Principal":{"AWS":[]}}]}), r#"[{"Principal":{"AWS":[]}}]"#),
            (
                json!({"statement":[{"effect":"Deny","action":"<&>"}]}),
                r#"[{"Effect":"Deny","Action":"\u003c\u0026\u003e"}]"#,
            ),
        ];
        for (given, statements) in cases {
            let expected = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
            assert_eq!(merged(std::slice::from_ref(&given)).unwrap(), expected, "{given}");
        }
        assert_eq!(merged(&[json!({}), json!({"Statement": []})]).unwrap(), r#"{"Version":"2012-10-17"}"#);
        assert_eq!(merged(&[json!({"Version": "2020-01-01"})]).unwrap(), r#"{"Version":"2020-01-01"}"#);
    }

    #[test]
    fn what_is_no_document() {
        for given in [
            json!([]),
            json!({"Version": 1}),
            json!({"Statement": {"Action": "a"}}),
            json!({"Statement": [null]}),
            json!({"Statement": [{"Sid": 1}]}),
            json!({"Statement": [{"Principal": null}]}),
            json!({"Statement": [{"Principal": {"AWS": 1}}]}),
            json!({"Statement": [{"Principal": {"AWS": [1]}}]}),
            json!({"Statement": [{"Condition": "x"}]}),
            json!({"Statement": [{"Condition": {"T": {"k": [1]}}}]}),
        ] {
            assert!(merged(std::slice::from_ref(&given)).is_err(), "{given}");
        }
    }

    #[test]
    fn later_documents_replace_statements_by_sid() {
        let source = [
            json!({"Id": "a", "Statement": [{"Sid": "x", "Action": "1"}, {"Action": "2"}]}),
            json!({"Version": "2008-10-17", "Statement": [{"Action": "3"}, {"Sid": "x", "Action": "4"}]}),
            json!({"Id": "b", "Statement": [{"Sid": "new", "Action": "5"}, {"Sid": "new", "Action": "6"}]}),
        ];
        assert_eq!(
            merged(&source).unwrap(),
            r#"{"Version":"2012-10-17","Id":"b","Statement":[{"Sid":"x","Action":"4"},{"Action":"2"},{"Action":"3"},{"Sid":"new","Action":"6"}]}"#
        );
    }

    #[test]
    fn sets_are_walked_through_by_hash() {
        // The order in which release 5.100 wrote twelve such blocks.
        let names = |i: usize| vec![format!("u{i}"), format!("v{}", i * 7)];
        let text = |i: &usize| format!("identifiers:{{{}}};type:AWS;", serialized_set(&names(*i)));
        let order = in_set_order((0..12).collect(), text);
        assert_eq!(order, [10, 2, 9, 4, 6, 11, 3, 1, 0, 8, 7, 5]);
        assert_eq!(hash("{\n  \"Version\": \"2012-10-17\"\n}"), "1132004489");
    }
}

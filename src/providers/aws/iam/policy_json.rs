//! IAM policies as JSON texts: whether a text is one, its normal form, and whether two mean the same.
//! Pure; knows nothing of what a policy is attached to.
//!
//! One set of rules serves every policy, of IAM and of Lambda: the provider asks one library in both. They are those that
//! its release 5.100 follows, found by planning pairs of documents with it.

use serde_json::{Map, Value as Json};

use super::json::normal;
use crate::base::Value;
use crate::schema::Constraint;

/// What a policy argument must be.
pub(in crate::providers::aws) const POLICY: Constraint = Constraint::Custom(check);

fn check(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let required = "An IAM policy is a JSON object";
    match text.trim_start().chars().next() {
        None => return Some(format!("{required}, and the value is empty.")),
        Some('{') => {}
        Some(_) => return Some(format!("{required}, and the value does not begin with \"{{\".")),
    }
    match serde_json::from_str::<Unique>(text) {
        Ok(_) => None,
        Err(error) => {
            Some(format!("{required} without repeated keys, and this cannot be read as one: {error}."))
        }
    }
}

/// Any JSON in which no object names a member twice.
struct Unique;

impl<'de> serde::Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Unique)
    }
}

impl<'de> serde::de::Visitor<'de> for Unique {
    type Value = Unique;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Unique, A::Error> {
        let mut names = std::collections::HashSet::new();
        while let Some((name, Unique)) = members.next_entry::<String, Unique>()? {
            if names.contains(&name) {
                return Err(serde::de::Error::custom(format_args!("duplicate key {name:?}")));
            }
            names.insert(name);
        }
        Ok(Unique)
    }
}

/// The normal form of a JSON text; a text that is none stays as it is.
pub(in crate::providers::aws) fn normalized(text: &str) -> String {
    serde_json::from_str::<Json>(text).map_or_else(|_| text.to_owned(), |json| normal(&json))
}

/// As [`normalized`], with the version in front: how the texts of inline policies are kept.
pub(in crate::providers::aws) fn version_first(text: &str) -> String {
    const VERSION: &str = r#""Version":"2012-10-17""#;
    let text = normalized(text);
    let Some((before, after)) = text.strip_prefix('{').and_then(|rest| rest.split_once(VERSION)) else {
        return text;
    };
    match before.strip_suffix(',') {
        Some(before) => format!("{{{VERSION},{before}{after}"),
        None => text,
    }
}

/// The text to keep: the one that is there, if what is found means the same, else what is found.
pub(in crate::providers::aws) fn kept(known: Option<&str>, found: &str, form: fn(&str) -> String) -> String {
    match known {
        Some(known) if equivalent(known, found) => known.to_owned(),
        _ => form(found),
    }
}

/// A planned policy: the text state has, if configuration means the same, else configuration's in its normal form.
pub(in crate::providers::aws) fn planned(
    prior: Option<&Value>,
    given: &Value,
    form: fn(&str) -> String,
) -> Value {
    let Some(text) = given.as_str() else { return given.clone() };
    let prior = prior.and_then(Value::as_str).filter(|prior| !prior.is_empty());
    Value::from(kept(prior, text, form)).with_sensitive(given.is_sensitive())
}

/// Plans the policy that an object keeps in `name`.
pub(in crate::providers::aws) fn plan(
    object: &mut Value,
    name: &str,
    prior: Option<&Value>,
    form: fn(&str) -> String,
) {
    let given = object.get(name).cloned().unwrap_or(Value::NULL);
    object.set_attr(name, planned(prior.and_then(|prior| prior.get(name)), &given, form));
}

/// A document as IAM answers it: percent-encoded, with `+` for a space.
pub(in crate::providers::aws) fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                plain.extend(u8::try_from(high * 16 + low));
                bytes = ahead;
            }
            (b'+', ..) => plain.push(b' '),
            _ => plain.push(byte),
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Whether two texts mean the same policy. Lists may be in any order, a list of one may be a plain string, numbers and
/// truth values may be strings, an account may be its number or its root user, and unknown members do not count.
pub(in crate::providers::aws) fn equivalent(one: &str, other: &str) -> bool {
    if normalized(one) == normalized(other) {
        return true;
    }
    match (Policy::read(one), Policy::read(other)) {
        (Some(one), Some(other)) => one.means(&other),
        _ => false,
    }
}

/// A policy, as far as it matters.
struct Policy {
    version: String,
    id: String,
    statements: Vec<Statement>,
}

/// A statement: `None` for what it does not have. Lists are sorted.
#[derive(PartialEq)]
struct Statement {
    sid: String,
    effect: String,
    /// Actions and resources, and those that are excepted.
    lists: [Vec<String>; 4],
    principals: [Principals; 2],
    conditions: Option<Vec<Condition>>,
}

/// A test with the values of its keys.
type Condition = (String, Vec<(String, Vec<String>)>);

/// Principals by kind; those that are just listed, as `"*"` is, have none. Kinds without principals are left out.
type Principals = Vec<(Option<String>, Vec<String>)>;

impl Policy {
    fn read(text: &str) -> Option<Policy> {
        let Json::Object(document) = serde_json::from_str(text).ok()? else { return None };
        let statements = match member(&document, "Statement") {
            None | Some(Json::Null) => Vec::new(),
            Some(Json::Array(items)) => items.iter().map(Statement::read).collect::<Option<Vec<_>>>()?,
            Some(one) => vec![Statement::read(one)?],
        };
        Some(Policy { version: word(&document, "Version")?, id: word(&document, "Id")?, statements })
    }

    fn means(&self, other: &Policy) -> bool {
        let holds = |of: &Policy, statement: &Statement| of.statements.iter().any(|s| s == statement);
        self.version == other.version
            && self.id == other.id
            && self.statements.len() == other.statements.len()
            && self.statements.iter().all(|statement| holds(other, statement))
            && other.statements.iter().all(|statement| holds(self, statement))
    }
}

impl Statement {
    fn read(json: &Json) -> Option<Statement> {
        let of = json.as_object()?;
        let list = |name| member(of, name).map_or(Some(Vec::new()), strings);
        let conditions = match member(of, "Condition") {
            None | Some(Json::Null) => None,
            Some(Json::Object(tests)) => Some(tests.iter().map(condition).collect::<Option<Vec<_>>>()?),
            Some(_) => return None,
        };
        Some(Statement {
            sid: word(of, "Sid")?,
            effect: word(of, "Effect")?.to_lowercase(),
            lists: [list("Action")?, list("NotAction")?, list("Resource")?, list("NotResource")?],
            principals: [principals(member(of, "Principal"))?, principals(member(of, "NotPrincipal"))?],
            conditions,
        })
    }
}

fn condition((test, keys): (&String, &Json)) -> Option<Condition> {
    let keys = keys.as_object()?.iter();
    let keys: Option<Vec<_>> = keys.map(|(key, values)| Some((key.clone(), strings(values)?))).collect();
    Some((test.clone(), keys?))
}

fn principals(json: Option<&Json>) -> Option<Principals> {
    let accounts = |json: &Json| {
        let mut names: Vec<String> = strings(json)?.iter().map(|name| account(name)).collect();
        names.sort();
        Some(names)
    };
    let mut found = match json {
        None => Vec::new(),
        Some(Json::Object(kinds)) => kinds
            .iter()
            .map(|(kind, names)| Some((Some(kind.clone()), accounts(names)?)))
            .collect::<Option<Vec<_>>>()?,
        Some(names) => vec![(None, accounts(names)?)],
    };
    found.retain(|(_, names)| !names.is_empty());
    Some(found)
}

/// An account's root user is the account.
fn account(principal: &str) -> String {
    let root = principal.strip_prefix("arn:aws").and_then(|rest| rest.strip_suffix(":root"));
    let id = root.and_then(|rest| rest.split_once(":iam::")).map(|(_, id)| id);
    match id {
        Some(id) if id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()) => id.to_owned(),
        _ => principal.to_owned(),
    }
}

/// A member by its name in any case; of several the last counts.
fn member<'a>(of: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    of.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next_back()
}

/// A string member; absent and null are empty.
fn word(of: &Map<String, Json>, name: &str) -> Option<String> {
    match member(of, name) {
        None | Some(Json::Null) => Some(String::new()),
        Some(Json::String(text)) => Some(text.clone()),
        Some(_) => None,
    }
}

/// A scalar or a list of them, as sorted strings.
fn strings(json: &Json) -> Option<Vec<String>> {
    let scalar = |json: &Json| match json {
        Json::String(text) => Some(text.clone()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Number(number) => Some(number.as_f64()?.to_string()),
        _ => None,
    };
    let mut list = match json {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>()?,
        one => vec![scalar(one)?],
    };
    list.sort();
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn normal_forms() {
        let given = "{\n \"Statement\": [{\"Resource\": \"*\", \"Effect\": \"Allow\"}],\n \"Id\": \"q\", \
                     \"Version\": \"2012-10-17\"}";
        let sorted = r#"{"Id":"q","Statement":[{"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
        let first = r#"{"Version":"2012-10-17","Id":"q","Statement":[{"Effect":"Allow","Resource":"*"}]}"#;
        assert_eq!(normalized(given), sorted);
        assert_eq!(version_first(given), first);
        assert_eq!(version_first(first), first);
        let old = r#"{"Statement":[],"Version":"2008-10-17"}"#;
        assert_eq!(version_first(old), old);
        assert_eq!(version_first(r#"{"Version":"2012-10-17"}"#), r#"{"Version":"2012-10-17"}"#);
    }

    #[test]
    fn what_is_no_policy() {
        for text in ["", "[]", "x", "{", r#"{"Version":"1","Version":"2"}"#, r#"{"a":[{"b":1,"b":1}]}"#] {
            assert!(check(&Value::from(text)).is_some(), "{text}");
        }
        assert_eq!(check(&Value::from(r#" {"Version":"1","a":[{"b":1.5},{"b":null}]}"#)), None);
    }

    /// A policy of one statement with these members beside an effect.
    fn one(members: Json) -> String {
        let mut statement = json!({ "Effect": "Allow" });
        statement.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    }

    #[test]
    fn statements_that_mean_the_same() {
        let who = |principal: Json| json!({ "Principal": principal });
        let when = |condition: Json| json!({ "Condition": condition });
        for (same, a, b) in [
            (true, json!({"Action": "a:b"}), json!({"Action": ["a:b"]})),
            (true, json!({"Action": ["a", "b"]}), json!({"action": ["b", "a"]})),
            (true, json!({"Action": 1}), json!({"Action": "1"})),
            (true, json!({"Action": []}), json!({})),
            (false, json!({"Action": ["a", "a"]}), json!({"Action": "a"})),
            (false, json!({"Action": "s3:Get"}), json!({"Action": "S3:get"})),
            (false, json!({"Resource": "x"}), json!({"Resource": "X"})),
            (false, json!({"Resource": ""}), json!({})),
            (false, json!({"Resource": [["x"]]}), json!({"Resource": ["x"]})),
            (true, json!({"Effect": "Allow"}), json!({"Effect": "allow"})),
            (false, json!({"Effect": "Allow"}), json!({"Effect": "Deny"})),
            (true, json!({"Sid": ""}), json!({"Foo": 1})),
            (false, json!({"Sid": "x"}), json!({"Sid": "X"})),
            (true, who(json!({"Service": ["a", "b"]})), who(json!({"Service": ["b", "a"]}))),
            (
                true,
                who(json!({"AWS": 123456789012u64})),
                who(json!({"AWS": "arn:aws-cn:iam::123456789012:root"})),
            ),
            (true, who(json!({"AWS": []})), who(json!({}))),
            (true, who(json!("*")), who(json!(["*"]))),
            (false, who(json!("*")), who(json!({"AWS": "*"}))),
            (false, who(json!({"AWS": "a", "Service": "b"})), who(json!({"AWS": "a"}))),
            (true, when(json!({"Bool": {"k": true}})), when(json!({"Bool": {"k": ["true"]}}))),
            (true, when(json!({"N": {"k": 1.5}})), when(json!({"N": {"k": "1.5"}}))),
            (true, when(json!({"S": {"k": ["v", "w"]}})), when(json!({"S": {"k": ["w", "v"]}}))),
            (false, when(json!({"S": {"k": "v"}})), when(json!({"s": {"k": "v"}}))),
            (false, when(json!({})), json!({})),
            (false, when(json!({"S": {"k": "v", "l": "w"}})), when(json!({"S": {"k": "v"}}))),
        ] {
            assert_eq!(equivalent(&one(a.clone()), &one(b.clone())), same, "{a} {b}");
            assert_eq!(equivalent(&one(b.clone()), &one(a.clone())), same, "{b} {a}");
        }
    }

    #[test]
    fn documents_that_mean_the_same() {
        let (s, t) = (json!({"Sid": "s"}), json!({"Sid": "t"}));
        for (same, a, b) in [
            (true, json!({"Statement": [s, t]}), json!({"Statement": [t, s]})),
            (true, json!({"Statement": s}), json!({"statement": [s]})),
            (true, json!({"Statement": []}), json!({"Id": "", "Foo": 1})),
            (true, json!({"Statement": [s, s, t]}), json!({"Statement": [s, t, t]})),
            (false, json!({"Statement": [s, s]}), json!({"Statement": [s]})),
            (false, json!({"Version": "2012-10-17"}), json!({"Version": "2008-10-17"})),
            (false, json!({"Version": "2012-10-17"}), json!({})),
            (false, json!({"Id": "x"}), json!({})),
        ] {
            assert_eq!(equivalent(&a.to_string(), &b.to_string()), same, "{a} {b}");
        }
    }
}

//! Whether two IAM policy documents mean the same, however they are written.
//! Knows nothing of what they are attached to.

use serde_json::{Map, Value as Json};

/// Whether two texts are the same policy: order, spaces, its id, single values written as lists, and account numbers written as
/// the ARN of the account do not matter. Texts that are not policies are compared as they are.
pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || matches!((read(one), read(other)), (Some(a), Some(b)) if a == b)
}

fn read(text: &str) -> Option<Json> {
    let Json::Object(mut document) = serde_json::from_str(text).ok()? else { return None };
    // A name says nothing of what is allowed.
    document.remove("Id");
    if let Some(statements) = document.remove("Statement") {
        let statements = listed(statements).into_iter().map(statement).collect();
        document.insert("Statement".into(), sorted(statements));
    }
    Some(Json::Object(document))
}

fn statement(statement: Json) -> Json {
    let Json::Object(members) = statement else { return statement };
    let members = members.into_iter().map(|(name, value)| {
        let value = match &*name {
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => conditions(value),
            "Sid" | "Effect" => value,
            _ => sorted(listed(value)),
        };
        (name, value)
    });
    Json::Object(members.filter(|(name, value)| !(name == "Sid" && value == "")).collect())
}

fn principals(value: Json) -> Json {
    let kinds = match value {
        Json::Object(kinds) => kinds,
        everyone => Map::from_iter([("AWS".to_owned(), everyone)]),
    };
    let kinds = kinds.into_iter().map(|(kind, ids)| {
        let ids = listed(ids).into_iter();
        let ids = if kind == "AWS" { ids.map(account).collect() } else { ids.collect() };
        (kind, sorted(ids))
    });
    Json::Object(kinds.collect())
}

/// An account is named by its number or by the ARN of its root.
fn account(id: Json) -> Json {
    let parts: Vec<&str> = id.as_str().unwrap_or_default().split(':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", number, "root"] => Json::from(*number),
        _ => id,
    }
}

fn conditions(value: Json) -> Json {
    let Json::Object(operators) = value else { return value };
    let keys = |keys: Json| match keys {
        // Names of keys do not depend on case.
        Json::Object(keys) => Json::Object(
            keys.into_iter()
                .map(|(k, v)| (k.to_lowercase(), sorted(listed(v).into_iter().map(written).collect())))
                .collect(),
        ),
        other => other,
    };
    Json::Object(operators.into_iter().map(|(operator, value)| (operator, keys(value))).collect())
}

/// A number or a bool of a condition, as the string that it equals.
fn written(value: Json) -> Json {
    match value {
        Json::Bool(_) | Json::Number(_) => Json::from(value.to_string()),
        other => other,
    }
}

fn listed(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        one => vec![one],
    }
}

fn sorted(mut items: Vec<Json>) -> Json {
    items.sort_by_cached_key(Json::to_string);
    items.dedup();
    Json::Array(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn how_a_policy_is_written_does_not_matter() {
        let policy = |statement: Json| json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
        let allow = |principal: Json, action: Json| json!({ "Sid": "a", "Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*" });
        let root = "arn:aws:iam::123456789012:root";
        for (one, other, equal) in [
            (allow(json!("*"), json!("x")), json!([allow(json!({ "AWS": ["*"] }), json!(["x"]))]), true),
            (
                allow(json!({ "AWS": root }), json!(["x", "y"])),
                allow(json!({ "AWS": "123456789012" }), json!(["y", "x"])),
                true,
            ),
            (allow(json!("*"), json!("x")), allow(json!("*"), json!("y")), false),
            (allow(json!({ "AWS": "*" }), json!("x")), allow(json!({ "Service": "*" }), json!("x")), false),
            (
                json!([{ "Effect": "Deny", "Condition": { "Bool": { "aws:SecureTransport": false } } }]),
                json!({ "Effect": "Deny", "Condition": { "Bool": { "aws:securetransport": ["false"] } } }),
                true,
            ),
        ] {
            assert_eq!(same(&policy(one.clone()), &policy(other.clone())), equal, "{one} {other}");
        }
        assert!(same("no policy", "no policy") && !same("no policy", "no  policy"));
        assert!(same(r#"{ "Version": "1" }"#, r#"{"Version":"1"}"#));
    }
}

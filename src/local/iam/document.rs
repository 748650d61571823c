//! What IAM checks in a policy before it takes it, and what it says.
//! Knows nothing of where the policy goes.

use serde_json::{Map, Value};

use crate::local::error::Refusal;

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It says what a role may do.
    Permissions,
    /// It says who may take a role on.
    Trust,
}

/// Checks a policy.
///
/// # Errors
/// `MalformedPolicyDocument`
pub fn check(text: &str, purpose: Purpose) -> Result<(), Refusal> {
    let Ok(Value::Object(document)) = serde_json::from_str(text) else {
        return Err(malformed("This policy contains invalid Json"));
    };
    match document.get("Version").map(Value::as_str) {
        None | Some(Some("2012-10-17" | "2008-10-17")) => {}
        _ => return Err(malformed("Policy document must be version 2012-10-17 or greater.")),
    }
    const MEMBERS: [&str; 3] = ["Version", "Id", "Statement"];
    if document.keys().any(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(syntax());
    }
    let statements: Vec<&Value> = match document.get("Statement") {
        Some(Value::Array(items)) if !items.is_empty() => items.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err(syntax()),
    };
    let mut sids = std::collections::BTreeSet::new();
    for statement in statements {
        let statement = statement.as_object().ok_or_else(syntax)?;
        check_statement(statement, purpose)?;
        if let Some(sid) = statement.get("Sid").and_then(Value::as_str)
            && !sid.is_empty()
            && !sids.insert(sid)
        {
            return Err(malformed("Statement IDs (SID) in a single policy must be unique."));
        }
    }
    Ok(())
}

fn check_statement(statement: &Map<String, Value>, purpose: Purpose) -> Result<(), Refusal> {
    const MEMBERS: [&str; 9] = [
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    ];
    let has = |name: &str| statement.contains_key(name);
    let either = |one: &str, other: &str| has(one) || has(other);
    if statement.keys().any(|name| !MEMBERS.contains(&name.as_str()))
        || !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
        || statement.get("Condition").is_some_and(|condition| !condition.is_object())
        || (has("Action") && has("NotAction"))
        || (has("Resource") && has("NotResource"))
    {
        return Err(syntax());
    }
    for list in ["Action", "NotAction", "Resource", "NotResource"] {
        let words = statement.get(list).is_none_or(|value| match value {
            Value::String(_) => true,
            Value::Array(items) => items.iter().all(Value::is_string),
            _ => false,
        });
        if !words {
            return Err(syntax());
        }
    }
    if !either("Action", "NotAction") {
        return Err(malformed(match purpose {
            Purpose::Permissions => "Policy statement must contain actions.",
            Purpose::Trust => "Missing required field Action",
        }));
    }
    match purpose {
        Purpose::Permissions if either("Principal", "NotPrincipal") => {
            Err(malformed("Policy document should not specify a principal."))
        }
        Purpose::Permissions if !either("Resource", "NotResource") => {
            Err(malformed("Policy statement must contain resources."))
        }
        Purpose::Trust if either("Resource", "NotResource") => {
            Err(malformed("Has prohibited field Resource"))
        }
        Purpose::Trust if !either("Principal", "NotPrincipal") => {
            Err(malformed("Missing required field Principal"))
        }
        _ => Ok(()),
    }
}

/// How long a policy is as IAM counts: without white space.
pub fn size(text: &str) -> usize {
    text.chars().filter(|char| !char.is_whitespace()).count()
}

fn syntax() -> Refusal {
    malformed("Syntax errors in policy.")
}

fn malformed(message: &str) -> Refusal {
    Refusal::of("MalformedPolicyDocument", 400, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_checked_by_what_they_are_for() {
        let allow =
            |rest: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#);
        let may = allow(r#""Action":"s3:*","Resource":["*"]"#);
        let who = allow(r#""Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}"#);
        for (text, purpose, message) in [
            (may.clone(), Purpose::Permissions, None),
            (who.clone(), Purpose::Trust, None),
            (may, Purpose::Trust, Some("Has prohibited field Resource")),
            (who, Purpose::Permissions, Some("Policy document should not specify a principal.")),
            ("x".into(), Purpose::Trust, Some("This policy contains invalid Json")),
            (
                allow(r#""Resource":"*""#),
                Purpose::Permissions,
                Some("Policy statement must contain actions."),
            ),
            (
                allow(r#""Action":"a""#),
                Purpose::Permissions,
                Some("Policy statement must contain resources."),
            ),
            (allow(r#""Action":"a","Foo":1"#), Purpose::Permissions, Some("Syntax errors in policy.")),
            (
                r#"{"Version":"2012-10-17","Statement":[]}"#.into(),
                Purpose::Trust,
                Some("Syntax errors in policy."),
            ),
        ] {
            let said = check(&text, purpose).err().map(|refusal| refusal.message);
            assert_eq!(said.as_deref(), message, "{text}");
        }
    }
}

//! Resource policy statements, as AddPermission and AddLayerVersionPermission write them.
//! Knows nothing of what the policy is attached to.

use serde_json::{Value, json};

use super::call::Call;
use super::error::{Kind, Refusal};
use super::shape::{Object, Shape, patterned};

/// The name of a statement.
pub const STATEMENT_ID: Shape = patterned(1, 100, "([a-zA-Z0-9-_]+)");

/// The largest policy, in bytes. Source: Lambda quotas.
pub const LIMIT: usize = 20_480;

/// Adds the call's statement about `resource`; answers it as the string the API answers.
/// A known `Sid` is a conflict, a policy above 20 kB is refused.
pub fn add(call: &Call<'_>, policy: &mut Vec<Value>, resource: &str) -> Result<Value, Refusal> {
    let sid = call.required("StatementId");
    if position(policy, sid).is_some() {
        return Err(Refusal::conflict(format!(
            "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the \
             existing statement."
        )));
    }
    let mut statement = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal(call.required("Principal"), call.place.partition()),
        "Action": call.required("Action"),
        "Resource": resource,
    });
    let conditions = conditions(call);
    if let (false, Some(statement)) = (conditions.is_empty(), statement.as_object_mut()) {
        statement.insert("Condition".to_owned(), Value::Object(conditions));
    }
    policy.push(statement.clone());
    let size = document(policy).len();
    if size > LIMIT {
        policy.pop();
        return Err(Refusal::new(
            Kind::PolicyLengthExceeded,
            format!("The final policy size ({size}) is bigger than the limit ({LIMIT})."),
        ));
    }
    Ok(json!(written(&statement)))
}

/// Removes a statement by its `Sid`.
pub fn remove(policy: &mut Vec<Value>, sid: &str) -> Result<(), Refusal> {
    let at = position(policy, sid)
        .ok_or_else(|| Refusal::missing(format!("Statement {sid} is not found in resource policy.")))?;
    policy.remove(at);
    Ok(())
}

/// The policy that single statements make up, as the string the API answers: named by Lambda.
pub fn document(policy: &[Value]) -> String {
    format!(r#"{{"Version":"2012-10-17","Id":"default","Statement":[{}]}}"#, statements(policy))
}

/// The policy as one document, as the string the API answers: without a name, or whoever put one without would find a
/// difference at once.
pub fn unnamed_document(policy: &[Value]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements(policy))
}

fn statements(policy: &[Value]) -> String {
    policy.iter().map(written).collect::<Vec<_>>().join(",")
}

/// One statement, its members in AWS's order: readers keep and compare the text.
fn written(statement: &Value) -> String {
    const ORDER: [&str; 6] = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
    let members = ORDER.iter().filter_map(|name| Some(format!(r#""{name}":{}"#, statement.get(name)?)));
    let others =
        statement.as_object().into_iter().flatten().filter(|(name, _)| !ORDER.contains(&name.as_str()));
    let others = others.map(|(name, value)| format!(r#""{name}":{value}"#));
    format!("{{{}}}", members.chain(others).collect::<Vec<_>>().join(","))
}

fn position(policy: &[Value], sid: &str) -> Option<usize> {
    policy.iter().position(|statement| statement.get("Sid").and_then(Value::as_str) == Some(sid))
}

fn principal(given: &str, partition: &str) -> Value {
    if given == "*" {
        return json!("*");
    }
    if given.len() == 12 && given.bytes().all(|byte| byte.is_ascii_digit()) {
        return json!({ "AWS": format!("arn:{partition}:iam::{given}:root") });
    }
    if given.starts_with("arn:") {
        return json!({ "AWS": given });
    }
    json!({ "Service": given })
}

/// The condition keys are spelled as AWS spells them; readers compare them letter by letter.
fn conditions(call: &Call<'_>) -> Object {
    const KEYS: &[(&str, &str, &str)] = &[
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
        ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
    ];
    let mut conditions = Object::new();
    for (member, operator, key) in KEYS {
        let value = match call.input.get(*member) {
            Some(Value::Bool(flag)) => json!(flag.to_string()),
            Some(value) => value.clone(),
            None => continue,
        };
        let operator = conditions.entry(*operator).or_insert_with(|| json!({}));
        if let Some(operator) = operator.as_object_mut() {
            operator.insert((*key).to_owned(), value);
        }
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_in_the_order_of_aws() {
        let statement =
            json!({"Action": "a", "Effect": "Allow", "Principal": "*", "Resource": "r", "Sid": "s"});
        assert_eq!(
            document(&[statement]),
            r#"{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s","Effect":"Allow","Principal":"*","Action":"a","Resource":"r"}]}"#
        );
    }

    #[test]
    fn principals_are_services_accounts_or_everyone() {
        assert_eq!(principal("*", "aws"), json!("*"));
        assert_eq!(principal("s3.amazonaws.com", "aws"), json!({"Service": "s3.amazonaws.com"}));
        assert_eq!(principal("123456789012", "aws-cn"), json!({"AWS": "arn:aws-cn:iam::123456789012:root"}));
        assert_eq!(principal("arn:aws:iam::1:role/r", "aws"), json!({"AWS": "arn:aws:iam::1:role/r"}));
    }
}

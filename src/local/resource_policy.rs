//! The resource policy of a function, a version or an alias as one document: read, replaced and deleted as a whole.
//! It holds the same statements that single permissions add and remove.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::error::{Kind, Refusal};
use super::permission::{renew, revision_at};
use super::place::FunctionRef;
use super::policy;
use super::shape::{Field, Shape, TEXT, may, must, patterned};
use super::store::Shelf;

const RESOURCE: Shape = patterned(
    1,
    256,
    r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?",
);

/// What PutResourcePolicy takes.
pub const PUT: &[Field] = &[must("ResourceArn", RESOURCE), must("Policy", TEXT), may("RevisionId", TEXT)];
/// What Get- and DeleteResourcePolicy take.
pub const NAMED: &[Field] = &[must("ResourceArn", RESOURCE), may("RevisionId", TEXT)];

/// PutResourcePolicy: the document replaces every statement there is.
pub fn put(call: &Call<'_>) -> Reply {
    let wanted = wanted(call)?;
    let unreadable = || Refusal::invalid("The policy document is not valid JSON.");
    let document: Value = serde_json::from_str(call.required("Policy")).map_err(|_| unreadable())?;
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.clone(),
        Some(statement @ Value::Object(_)) => vec![statement.clone()],
        _ => return Err(Refusal::invalid("The policy document has no statement.")),
    };
    let size = call.required("Policy").len();
    if size > policy::LIMIT {
        return Err(Refusal::new(
            Kind::PolicyLengthExceeded,
            format!("The final policy size ({size}) is bigger than the limit ({}).", policy::LIMIT),
        ));
    }
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        let qualifier = wanted.qualifier.as_deref();
        call.check_revision(&revision_at(call, function, qualifier)?, "GetResourcePolicy")?;
        let text = policy::unnamed_document(&statements);
        function.policies.insert(qualifier.unwrap_or_default().to_owned(), statements);
        renew(function, qualifier);
        Ok(json!({ "Policy": text, "RevisionId": revision_at(call, function, qualifier)? }))
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

/// GetResourcePolicy.
pub fn get(call: &Call<'_>) -> Reply {
    let wanted = wanted(call)?;
    let qualifier = wanted.qualifier.as_deref();
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let revision = revision_at(call, function, qualifier)?;
        let statements = function.policies.get(qualifier.unwrap_or_default()).filter(|all| !all.is_empty());
        let statements = statements.ok_or_else(absent)?;
        Ok(json!({ "Policy": policy::unnamed_document(statements), "RevisionId": revision }))
    })
}

/// DeleteResourcePolicy.
pub fn delete(call: &Call<'_>) -> Reply {
    let wanted = wanted(call)?;
    let qualifier = wanted.qualifier.as_deref();
    call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        call.check_revision(&revision_at(call, function, qualifier)?, "GetResourcePolicy")?;
        function.policies.remove(qualifier.unwrap_or_default()).ok_or_else(absent)?;
        renew(function, qualifier);
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

fn wanted(call: &Call<'_>) -> Result<FunctionRef, Refusal> {
    FunctionRef::parse(call.required("ResourceArn"), None, &call.place)
}

fn absent() -> Refusal {
    Refusal::missing("The resource you requested does not exist.")
}

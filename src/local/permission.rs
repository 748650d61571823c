//! The resource policy of a function, a version or an alias.
//! Knows nothing of how statements are written; `policy` does.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::constraints::{ARN, NAMESPACED_NAME, QUALIFIER};
use super::error::Refusal;
use super::policy;
use super::shape::{Field, Shape, TEXT, may, must, patterned};
use super::store::Shelf;
use super::world::{Function, revision};

/// What AddPermission takes.
pub const ADD: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    must("StatementId", policy::STATEMENT_ID),
    must("Action", patterned(0, usize::MAX, r"(lambda:[*]|lambda:[a-zA-Z]+|[*])")),
    must("Principal", patterned(0, usize::MAX, r"[^\s]+")),
    may("SourceArn", ARN),
    may("SourceAccount", patterned(0, 12, r"\d{12}")),
    may("EventSourceToken", patterned(0, 256, r"[a-zA-Z0-9._\-]+")),
    may("Qualifier", QUALIFIER),
    may("RevisionId", TEXT),
    may("PrincipalOrgID", patterned(12, 34, r"o-[a-z0-9]{10,32}")),
    may("FunctionUrlAuthType", Shape::Choice(&["NONE", "AWS_IAM"])),
    may("InvokedViaFunctionUrl", Shape::Flag),
];
/// What RemovePermission takes.
pub const REMOVE: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    must("StatementId", policy::STATEMENT_ID),
    may("Qualifier", QUALIFIER),
    may("RevisionId", TEXT),
];

/// AddPermission.
pub fn add(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let qualifier = wanted.qualifier.as_deref();
    if qualifier == Some("$LATEST") {
        return Err(Refusal::invalid("We currently do not support adding policies for $LATEST."));
    }
    let statement = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        call.check_revision(&revision_at(call, function, qualifier)?, "GetPolicy")?;
        let resource = call.place.function_arn(&function.name, qualifier);
        let statements = function.policies.entry(qualifier.unwrap_or_default().to_owned()).or_default();
        let statement = policy::add(call, statements, &resource)?;
        renew(function, qualifier);
        Ok(statement)
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(json!({ "Statement": statement }))
}

/// GetPolicy: the statements of exactly that qualifier.
pub fn get(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let qualifier = wanted.qualifier.as_deref().filter(|qualifier| *qualifier != "$LATEST");
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let revision = revision_at(call, function, qualifier)?;
        let statements =
            function.policies.get(qualifier.unwrap_or_default()).filter(|policy| !policy.is_empty());
        let statements =
            statements.ok_or_else(|| Refusal::missing("The resource you requested does not exist."))?;
        Ok(json!({ "Policy": policy::document(statements), "RevisionId": revision }))
    })
}

/// RemovePermission.
pub fn remove(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let qualifier = wanted.qualifier.as_deref().filter(|qualifier| *qualifier != "$LATEST");
    call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        call.check_revision(&revision_at(call, function, qualifier)?, "GetPolicy")?;
        let key = qualifier.unwrap_or_default();
        let statements = function.policies.get_mut(key).filter(|policy| !policy.is_empty());
        let statements =
            statements.ok_or_else(|| Refusal::missing("No policy is associated with the given resource."))?;
        policy::remove(statements, call.required("StatementId"))?;
        if statements.is_empty() {
            function.policies.remove(key);
        }
        renew(function, qualifier);
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// A policy has no revision of its own: AWS answers the one of the function, version or alias it hangs on.
pub fn revision_at(call: &Call<'_>, function: &Function, qualifier: Option<&str>) -> Result<String, Refusal> {
    if let Some(alias) = qualifier.and_then(|qualifier| function.aliases.get(qualifier)) {
        return Ok(alias.revision.clone());
    }
    Ok(function.target(qualifier, &call.place)?.version.revision(call.now))
}

/// Gives the version or alias a new revision, since its policy changed.
pub fn renew(function: &mut Function, qualifier: Option<&str>) {
    let number = qualifier.and_then(|qualifier| qualifier.parse::<u64>().ok());
    if let Some(alias) = qualifier.and_then(|qualifier| function.aliases.get_mut(qualifier)) {
        alias.revision = revision();
    } else if let Some(version) = number.and_then(|number| function.versions.get_mut(&number)) {
        version.revision = revision();
    } else {
        function.latest.revision = revision();
    }
}

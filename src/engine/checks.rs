//! Conditions: validations, preconditions and postconditions evaluated, and their results collected.
//! Knows nothing of what a failed condition stops; the caller decides.

use std::collections::BTreeMap;

use crate::base::{Diagnostic, Diagnostics, Kind, Type, convert};
use crate::config::CheckRule;
use crate::lang::{self, Context};
use crate::plan::{CheckKind, CheckObject, CheckResult, CheckStatus};

/// The results so far, by what they guard.
#[derive(Debug, Default)]
pub(super) struct Checks(BTreeMap<(CheckKind, String), Vec<CheckObject>>);

impl Checks {
    /// Evaluates the rules of one object and notes the result. `summary` heads the diagnostic of a failed rule.
    pub(super) fn run(
        &mut self,
        kind: CheckKind,
        config_address: &str,
        address: &str,
        rules: &[CheckRule],
        context: &Context<'_>,
        summary: &str,
    ) -> Diagnostics {
        let mut problems = Diagnostics::new();
        if rules.is_empty() {
            return problems;
        }
        let mut object =
            CheckObject { address: address.to_owned(), status: CheckStatus::Pass, failures: Vec::new() };
        for rule in rules {
            match holds(rule, context) {
                Ok(Holds::Yes) => {}
                Ok(Holds::Unknown) => object.status = object.status.max(CheckStatus::Unknown),
                Ok(Holds::No { message }) => {
                    object.status = CheckStatus::Fail;
                    object.failures.push(message.clone());
                    problems.push(lang::explain(
                        &rule.condition,
                        Diagnostic::error(summary, message),
                        context,
                    ));
                }
                Err(found) => {
                    object.status = CheckStatus::Error;
                    problems.extend(found);
                }
            }
        }
        let objects = self.0.entry((kind, config_address.to_owned())).or_default();
        match objects.iter_mut().find(|o| o.address == object.address) {
            // Pre- and postconditions of one instance share its entry; the worse status stays.
            Some(known) => {
                known.status = known.status.max(object.status);
                known.failures.extend(object.failures);
            }
            None => objects.push(object),
        }
        problems
    }

    /// The results in the order of their addresses.
    pub(super) fn finish(self) -> Vec<CheckResult> {
        self.0
            .into_iter()
            .map(|((kind, address), objects)| CheckResult {
                kind,
                address,
                status: objects.iter().map(|o| o.status).max().unwrap_or(CheckStatus::Pass),
                objects,
            })
            .collect()
    }
}

enum Holds {
    Yes,
    No { message: String },
    Unknown,
}

fn holds(rule: &CheckRule, context: &Context<'_>) -> Result<Holds, Diagnostics> {
    let value = lang::evaluate(&rule.condition, context)?;
    let invalid = |detail: &str| {
        Diagnostics::from(Diagnostic::error("Invalid condition result", detail).at(rule.condition.span))
    };
    let (value, _) = convert::convert(&value, &Type::Bool)
        .map_err(|e| invalid(&format!("Invalid condition result value: {e}.")))?
        .unmark();
    match value.kind() {
        Kind::Bool(true) => Ok(Holds::Yes),
        Kind::Bool(false) => Ok(Holds::No { message: message(rule, context)? }),
        Kind::Unknown(_) => Ok(Holds::Unknown),
        _ => Err(invalid("Condition expression must return either true or false, not null.")),
    }
}

fn message(rule: &CheckRule, context: &Context<'_>) -> Result<String, Diagnostics> {
    let value = lang::evaluate(&rule.error_message, context)?;
    if value.has_sensitive() {
        return Ok(
            "The condition does not hold. Its error message refers to sensitive values, so it is not shown."
                .into(),
        );
    }
    let value = convert::convert(&value, &Type::String).map_err(|e| {
        Diagnostic::error("Invalid error message", format!("Unsuitable value for error message: {e}."))
            .at(rule.error_message.span)
    })?;
    Ok(value.as_str().map_or_else(
        || {
            "The condition does not hold. Its error message refers to values that are not known yet."
                .to_owned()
        },
        |text| text.trim().to_owned(),
    ))
}

/// The results as state keeps them.
pub(super) fn to_state(results: &[CheckResult]) -> serde_json::Value {
    if results.is_empty() {
        return serde_json::Value::Null;
    }
    let kind = |kind: CheckKind| match kind {
        CheckKind::Resource => "resource",
        CheckKind::Output => "output",
        CheckKind::Check => "check",
        CheckKind::Variable => "var",
    };
    let list = results.iter().map(|result| {
        let objects: Vec<serde_json::Value> = result
            .objects
            .iter()
            .map(|object| {
                let mut entry = serde_json::json!({ "object_addr": object.address, "status": object.status });
                if !object.failures.is_empty() {
                    entry["failure_messages"] = object.failures.clone().into();
                }
                entry
            })
            .collect();
        serde_json::json!({
            "object_kind": kind(result.kind),
            "config_addr": result.address,
            "status": result.status,
            "objects": objects,
        })
    });
    list.collect()
}

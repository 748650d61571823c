//! Conditions: validations, preconditions and postconditions evaluated, and their results collected.
//! Knows nothing of what a failed condition stops; the caller decides.

use std::collections::BTreeMap;

use super::world::World;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Kind, ModuleAddr, Severity, Type, convert};
use crate::config::{Check, CheckRule, Config, Resource};
use crate::lang::{self, Context};
use crate::plan::{CheckKind, CheckObject, CheckResult, CheckStatus};

/// The results so far.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// By what they guard.
    results: BTreeMap<(CheckKind, String), Guarded>,
    /// Whether it is worth a warning only when a condition does not hold: nothing comes of it.
    lenient: bool,
}

/// What conditions guard in the configuration, and its objects.
#[derive(Debug, Default)]
struct Guarded {
    objects: BTreeMap<String, Entry>,
    /// Whether it is known which objects there are: if none, there is nothing that does not hold.
    expanded: bool,
}

#[derive(Debug)]
struct Entry {
    object: CheckObject,
    /// Whether it is the plan's, which the first result of the apply takes the place of.
    planned: bool,
}

impl Checks {
    /// Nothing is known yet of anything that the configuration has conditions for.
    pub(super) fn of(config: &Config) -> Self {
        let mut guarded = Vec::new();
        for (at, module) in config.modules() {
            let resources = module.resources.values().filter(|resource| {
                !resource.lifecycle.preconditions.is_empty() || !resource.lifecycle.postconditions.is_empty()
            });
            guarded.extend(resources.map(|r| (CheckKind::Resource, r.addr.within(&at).to_string())));
            let variables = module.variables.values().filter(|v| !v.validations.is_empty());
            guarded.extend(
                variables.map(|v| (CheckKind::Variable, at.address_of(format_args!("var.{}", v.name)))),
            );
            let outputs = module.outputs.values().filter(|o| !o.preconditions.is_empty());
            guarded.extend(
                outputs.map(|o| (CheckKind::Output, at.address_of(format_args!("output.{}", o.name)))),
            );
            guarded.extend(module.checks.values().map(|c| (CheckKind::Check, check_addresses(c, &at).0)));
        }
        let results = guarded.into_iter().map(|key| (key, Guarded::default())).collect();
        Checks { results, lenient: false }
    }

    /// The same, for a run that changes nothing. Only the variables must have proper values all the same.
    pub(super) fn lenient(self) -> Self {
        Checks { lenient: true, ..self }
    }

    /// Nothing is judged when everything is destroyed. As in Terraform's state, there are the outputs of the root module, of
    /// which nothing is known.
    pub(super) fn of_nothing(config: &Config) -> Self {
        let mut checks = Checks::of(config);
        for output in config.root.outputs.values().filter(|output| !output.preconditions.is_empty()) {
            let address = format!("output.{}", output.name);
            let object =
                CheckObject { address: address.clone(), status: CheckStatus::Unknown, failures: Vec::new() };
            let guarded = checks.results.entry((CheckKind::Output, address.clone())).or_default();
            guarded.objects.insert(address, Entry { object, planned: false });
        }
        checks
    }

    /// Notes that all objects of something guarded have been met, be there any or none.
    pub(super) fn met(&mut self, kind: CheckKind, config_address: String) {
        if let Some(guarded) = self.results.get_mut(&(kind, config_address)) {
            guarded.expanded = true;
        }
    }

    /// The results of a plan, for an apply to go on from.
    pub(super) fn resume(planned: &[CheckResult]) -> Self {
        let results = planned.iter().map(|result| {
            let objects = result
                .objects
                .iter()
                .map(|object| (object.address.clone(), Entry { object: object.clone(), planned: true }));
            let expanded = result.status != CheckStatus::Unknown;
            let guarded = Guarded { objects: objects.collect(), expanded };
            ((result.kind, result.address.clone()), guarded)
        });
        Checks { results: results.collect(), lenient: false }
    }

    /// Evaluates the preconditions of an instance.
    pub(super) fn before(
        &mut self,
        resource: &Resource,
        addr: &InstanceAddr,
        context: &Context<'_>,
    ) -> Diagnostics {
        self.instance(
            resource,
            addr,
            &resource.lifecycle.preconditions,
            context,
            "Resource precondition failed",
        )
    }

    /// Evaluates the postconditions of an instance; the context knows `self`.
    pub(super) fn after(
        &mut self,
        resource: &Resource,
        addr: &InstanceAddr,
        context: &Context<'_>,
    ) -> Diagnostics {
        let rules = &resource.lifecycle.postconditions;
        self.instance(resource, addr, rules, context, "Resource postcondition failed")
    }

    fn instance(
        &mut self,
        resource: &Resource,
        addr: &InstanceAddr,
        rules: &[CheckRule],
        context: &Context<'_>,
        summary: &str,
    ) -> Diagnostics {
        if rules.is_empty() {
            return Diagnostics::new();
        }
        let (guarded, object) = (addr.resource.config().to_string(), addr.to_string());
        let failed = |_: &CheckRule, message| Diagnostic::error(summary, message);
        self.run(CheckKind::Resource, [&guarded, &object], rules, context, &failed)
            .map(|d| d.within(resource.context()).of(addr))
    }

    /// Evaluates a `check` block in one instance of its module. What does not hold is worth a warning, no more.
    pub(super) fn block(&mut self, check: &Check, at: &ModuleAddr, world: &World<'_>) -> Diagnostics {
        let (guarded, object) = check_addresses(check, at);
        let known = self
            .results
            .get(&(CheckKind::Check, guarded.clone()))
            .and_then(|known| known.objects.get(&object));
        if known.is_some_and(|entry| !entry.planned) {
            // Its data source could not be read, which has been told; the assertions would say nothing more.
            return Diagnostics::new();
        }
        let scope = world.scope(at).within_check(check);
        let failed = |_: &CheckRule, message| Diagnostic::warning("Check block assertion failed", message);
        self.run(CheckKind::Check, [&guarded, &object], &check.asserts, &scope.context(), &failed)
            .map(|d| d.within(format!("check {:?}", &*check.name)))
    }

    /// Notes that the data source of a check could not be read, and turns the errors into warnings.
    pub(super) fn unread(&mut self, check: &Check, at: &ModuleAddr, found: Diagnostics) -> Diagnostics {
        let (guarded, object) = check_addresses(check, at);
        let errors = found.iter().filter(|d| d.severity == Severity::Error);
        let failures = errors.map(|d| format!("{}: {}", d.summary, d.detail)).collect();
        let failed = CheckObject { address: object.clone(), status: CheckStatus::Fail, failures };
        let entry = Entry { object: failed, planned: false };
        self.results.entry((CheckKind::Check, guarded)).or_default().objects.insert(object, entry);
        found.map(|d| Diagnostic { severity: Severity::Warning, ..d })
    }

    /// Evaluates the rules of one object, by its addresses in the configuration and as an instance, and notes the result.
    /// `failed` makes a diagnostic of a rule that does not hold and its message; without a place, it is the condition's.
    pub(super) fn run(
        &mut self,
        kind: CheckKind,
        [config_address, address]: [&str; 2],
        rules: &[CheckRule],
        context: &Context<'_>,
        failed: &dyn Fn(&CheckRule, String) -> Diagnostic,
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
                Ok(Holds::Unknown) => {
                    object.status = worse(object.status, CheckStatus::Unknown);
                    if kind == CheckKind::Check {
                        problems.push(lang::explain(&rule.condition, not_yet_known(), context));
                    }
                }
                Ok(Holds::No { message }) => {
                    object.status = worse(object.status, CheckStatus::Fail);
                    object.failures.push(message.clone());
                    let mut failed = failed(rule, message);
                    if self.lenient && kind != CheckKind::Variable {
                        failed.severity = Severity::Warning;
                    }
                    problems.push(lang::explain(&rule.condition, failed, context));
                }
                Err(found) => {
                    object.status = CheckStatus::Error;
                    problems.extend(found);
                }
            }
        }
        let objects = &mut self.results.entry((kind, config_address.to_owned())).or_default().objects;
        match objects.get_mut(address) {
            // Pre- and postconditions of one instance share its entry; the worse status stays.
            Some(Entry { object: known, planned: false }) => {
                known.status = worse(known.status, object.status);
                known.failures.extend(object.failures);
            }
            _ => {
                objects.insert(address.to_owned(), Entry { object, planned: false });
            }
        }
        problems
    }

    /// The results in the order of their addresses.
    pub(super) fn finish(self) -> Vec<CheckResult> {
        let results = self.results.into_iter().map(|((kind, address), Guarded { objects, expanded })| {
            let objects: Vec<CheckObject> = objects.into_values().map(|entry| entry.object).collect();
            let status = match objects.is_empty() && !expanded {
                true => CheckStatus::Unknown,
                false => objects.iter().map(|o| o.status).fold(CheckStatus::Pass, worse),
            };
            CheckResult { kind, address, status, objects }
        });
        results.collect()
    }
}

fn not_yet_known() -> Diagnostic {
    Diagnostic::warning(
        "Check block assertion known after apply",
        "The condition could not be evaluated at this time, a result will be known when this plan is applied.",
    )
}

/// The addresses of a check: in configuration, and in an instance of its module.
fn check_addresses(check: &Check, at: &ModuleAddr) -> (String, String) {
    let address = format!("check.{}", check.name);
    (at.path().address_of(&address), at.address_of(&address))
}

/// The status of two together: what went wrong tells more than what is not known yet.
fn worse(a: CheckStatus, b: CheckStatus) -> CheckStatus {
    let rank = |status| match status {
        CheckStatus::Pass => 0,
        CheckStatus::Unknown => 1,
        CheckStatus::Fail => 2,
        CheckStatus::Error => 3,
    };
    if rank(a) < rank(b) { b } else { a }
}

enum Holds {
    Yes,
    No { message: String },
    Unknown,
}

fn holds(rule: &CheckRule, context: &Context<'_>) -> Result<Holds, Diagnostics> {
    let value = lang::evaluate(&rule.condition, context);
    // As in Terraform, a message that cannot be made is a mistake even where nobody is to read it.
    let message = message(rule, context);
    let (value, message) = match (value, message) {
        (Ok(value), Ok(message)) => (value, message),
        (value, message) => {
            let mut problems = value.err().unwrap_or_default();
            problems.extend(message.err().into_iter().flatten());
            return Err(problems);
        }
    };
    let invalid = |detail: &str| {
        Diagnostics::from(Diagnostic::error("Invalid condition result", detail).at(rule.condition.span))
    };
    let (value, _) = convert::convert(&value, &Type::Bool)
        .map_err(|e| invalid(&format!("Invalid condition result value: {e}.")))?
        .unmark();
    match value.kind() {
        Kind::Bool(true) => Ok(Holds::Yes),
        Kind::Bool(false) => Ok(Holds::No { message }),
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
            "objects": if objects.is_empty() { serde_json::Value::Null } else { objects.into() },
        })
    });
    list.collect()
}

//! One instance planned: configuration evaluated and conformed, merged with what is there, completed by the provider,
//! held against the first contract, and turned into an action.
//! Knows nothing of other instances beyond what the world says of them.

use super::refresh::{Drifted, equal_but_empty};
use super::scope::InstanceScope;
use super::{ephemeral, ignore_changes, replacement};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Name, Path, Value};
use crate::config::{IgnoreChanges, Resource};
use crate::lang;
use crate::plan::contract::{self, equal};
use crate::plan::propose::Proposal;
use crate::plan::{Action, Reason, ResourceChange};
use crate::provider::{Connection, PlanRequest, PlanResponse, Private, Provider, ResourceType};
use crate::schema::{self, Block, Schema, mark_secrets};

/// A conformed configuration, its marks apart.
#[derive(Debug, Clone)]
pub(super) struct Configured {
    /// Without marks.
    pub(super) value: Value,
    /// Where the marks sit.
    pub(super) sensitive: Vec<Path>,
}

/// Evaluates and conforms the body of an instance and asks the provider what else is wrong with it.
///
/// # Errors
/// Every problem, each with its place.
pub(super) fn configure(
    resource: &Resource,
    schema: &Schema,
    provider: &dyn Provider,
    addr: &InstanceAddr,
    scope: &InstanceScope<'_>,
    problems: &mut Diagnostics,
) -> Result<Configured, ()> {
    let (body, mut found) = lang::evaluate_body(&resource.body, &schema.block, &scope.context());
    let (config, more) = schema::conform(&schema.block, &body);
    found.extend(more);
    found.extend(ephemeral::refuse_kept(resource, &config, scope));
    let sensitive = config.sensitive_paths();
    let value = config.unmark_deep().0;
    if !found.has_errors() {
        found.extend(provider.validate(addr.resource.mode, &addr.resource.type_name, &value));
    }
    let failed = found.has_errors();
    problems.extend(located(found, resource, addr));
    if failed {
        return Err(());
    }
    Ok(Configured { value, sensitive })
}

/// Diagnostics of an instance with the places their paths lead to.
pub(super) fn located(found: Diagnostics, resource: &Resource, addr: &InstanceAddr) -> Diagnostics {
    found.map(|d| {
        let span = match &d.path {
            Some(path) => match resource.body.locate(path) {
                span if span == resource.body.span => resource.span,
                span => span,
            },
            None => resource.span,
        };
        d.at(span).within(resource.context()).of(addr)
    })
}

/// What is already there for an instance.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    /// The refreshed object with the marks state has.
    pub(super) value: Value,
    /// Whether it must be replaced because its creation failed half-way.
    pub(super) tainted: bool,
    /// The provider's own bytes.
    pub(super) private: Private,
    /// The revision it was read at.
    pub(super) revision: Option<Name>,
}

/// Everything that decides what happens to a managed instance.
pub(super) struct Managed<'a> {
    pub(super) addr: &'a InstanceAddr,
    pub(super) resource: &'a Resource,
    pub(super) ty: &'static ResourceType,
    pub(super) provider: String,
    pub(super) connection: &'a dyn Connection,
    pub(super) config: &'a Configured,
    pub(super) prior: Option<Prior>,
    pub(super) drift: Option<&'a Drifted>,
    /// `-replace` names it.
    pub(super) requested: bool,
    /// `replace_triggered_by` fired.
    pub(super) triggered: bool,
    /// Whether a replacement creates first: by its own `lifecycle`, or because a dependent's asks for it.
    pub(super) create_first: bool,
    /// Whether something that is done before may write files.
    pub(super) files_may_change: bool,
}

/// Plans a managed instance.
///
/// # Errors
/// `Err` when it could not be planned; the problems say why.
pub(super) fn plan(managed: &Managed<'_>, problems: &mut Diagnostics) -> Result<ResourceChange, ()> {
    let Managed { addr, resource, ty, config, .. } = managed;
    let prior = managed.prior.as_ref().map(|p| (p, p.value.clone().unmark_deep().0));
    let old = prior.as_ref().map(|(_, bare)| bare);
    let wanted = match old {
        Some(old) => {
            ignore_changes::kept(&resource.lifecycle.ignore_changes, &ty.schema.block, old, &config.value)
        }
        None => config.value.clone(),
    };
    let mut response = ask(managed, old, &wanted, problems)?;
    let mut replace = response.replace.clone();
    if let Some(old) = old {
        replace.extend(replacement::forced(&ty.schema.block, old, &response.planned));
        replace.sort();
        replace.dedup();
    }
    let tainted = prior.as_ref().is_some_and(|(p, _)| p.tainted);
    // As in Terraform, a creation has what would have triggered a replacement as its reason.
    let reason = if managed.triggered {
        Some(Reason::ReplaceByTriggers)
    } else if old.is_none() {
        None
    } else if tainted {
        Some(Reason::ReplaceBecauseTainted)
    } else if managed.requested {
        Some(Reason::ReplaceByRequest)
    } else if !replace.is_empty() {
        Some(Reason::ReplaceBecauseCannotUpdate)
    } else {
        None
    };
    let mut action = match (old, reason) {
        (None, _) => Action::Create,
        (Some(_), Some(_)) => replacement::kind(managed, &response, old, problems)?,
        (Some(old), None) if equal(old, &response.planned) => Action::NoOp,
        (Some(_), None) => Action::Update,
    };
    if action.is_replace() {
        let package = response.package.take();
        response = ask(managed, None, &config.value, problems)?;
        response.package = response.package.or(package);
    }
    let marks = match (&resource.lifecycle.ignore_changes, &prior) {
        (IgnoreChanges::All, Some((prior, _))) if !action.is_replace() => prior.value.sensitive_paths(),
        _ => config.sensitive.clone(),
    };
    let after = mark_secrets(&ty.schema, response.planned.mark_paths(&marks));
    let before = managed
        .prior
        .as_ref()
        .map_or_else(|| Value::null(after.ty()), |p| mark_secrets(&ty.schema, p.value.clone()));
    let after = match action {
        Action::NoOp if before.sensitive_paths() == after.sensitive_paths() => before.clone(),
        Action::NoOp => {
            action = Action::Update;
            after
        }
        _ => after,
    };
    let undoes_drift = match (managed.drift, action) {
        (Some(drift), Action::Update) => undone(&ty.schema.block, &drift.before, &drift.after, &after),
        _ => Vec::new(),
    };
    Ok(ResourceChange {
        reason,
        replace_paths: if action.is_replace() { replace } else { Vec::new() },
        private: response.private.or_else(|| managed.prior.as_ref().and_then(|p| p.private.clone())),
        revision: managed.prior.as_ref().and_then(|p| p.revision.clone()),
        package: if action == Action::NoOp { None } else { response.package },
        create_before_destroy: managed.create_first,
        undoes_drift,
        ..ResourceChange::new(InstanceAddr::clone(addr), managed.provider.clone(), action, before, after)
    })
}

/// Plans an instance again at apply, when what was unknown is known: the provider's answer, the configuration it was made
/// from, and the provider's own bytes.
///
/// # Errors
/// As for [`plan`].
pub(super) fn refine(
    managed: &Managed<'_>,
    problems: &mut Diagnostics,
) -> Result<(PlanResponse, Value, Private), ()> {
    let old = managed.prior.as_ref().map(|p| p.value.clone().unmark_deep().0);
    let wanted = match &old {
        Some(old) => {
            let ignore = &managed.resource.lifecycle.ignore_changes;
            ignore_changes::kept(ignore, &managed.ty.schema.block, old, &managed.config.value)
        }
        None => managed.config.value.clone(),
    };
    let response = ask(managed, old.as_ref(), &wanted, problems)?;
    let own = response.private.clone();
    let private = own.or_else(|| managed.prior.as_ref().and_then(|p| p.private.clone()));
    Ok((response, wanted, private))
}

/// Proposes, asks the provider, and holds its answer against the first contract.
fn ask(
    managed: &Managed<'_>,
    prior: Option<&Value>,
    config: &Value,
    problems: &mut Diagnostics,
) -> Result<PlanResponse, ()> {
    let ty = managed.ty;
    let block = &ty.schema.block;
    let ignore = &managed.resource.lifecycle.ignore_changes;
    let proposal = Proposal { block, empty_is_null: ty.empty_is_null };
    let proposed = proposal.propose(prior, config);
    // A default must not come back where the prior value is to stay.
    let proposed = match (prior, ignore) {
        (Some(prior), IgnoreChanges::All) => prior.clone(),
        (Some(prior), IgnoreChanges::Paths(_)) => ignore_changes::kept(ignore, block, prior, &proposed),
        _ => proposed,
    };
    let ignored = ignore_changes::paths(ignore);
    let files_may_change = managed.files_may_change;
    let request = PlanRequest {
        type_name: ty.name,
        prior,
        proposed: &proposed,
        config,
        ignored: &ignored,
        files_may_change,
    };
    let mut response = managed.connection.plan(request);
    let failed = response.problems.has_errors();
    problems.extend(located(std::mem::take(&mut response.problems), managed.resource, managed.addr));
    if failed {
        return Err(());
    }
    if let (Some(prior), IgnoreChanges::All | IgnoreChanges::Paths(_)) = (prior, ignore) {
        response.planned = ignore_changes::reverted(ignore, prior, &response.planned);
        response.replace.retain(|path| prior.at(path) != response.planned.at(path));
    }
    let broken = contract::planned_is_legal(block, prior, config, &response.planned);
    if !broken.is_empty() {
        problems.push(contract_broken(managed.addr, "Provider produced invalid plan", &broken));
        return Err(());
    }
    Ok(response)
}

/// A diagnostic for a broken contract: our bug, never the user's.
pub(super) fn contract_broken(addr: &InstanceAddr, summary: &str, broken: &[Path]) -> Diagnostic {
    let paths: Vec<String> = broken.iter().map(|p| format!(".{p}")).collect();
    Diagnostic::error(
        summary,
        format!(
            "For {addr} the provider gave other values than those it is bound to at {}. This is a bug in lambdaform, \
             which should be reported.",
            paths.join(", ")
        ),
    )
    .of(addr)
}

/// The error for a planned destruction of what must not be destroyed.
pub(super) fn prevented(addr: &InstanceAddr, resource: &Resource) -> Diagnostic {
    Diagnostic::error(
        "Instance cannot be destroyed",
        format!(
            "Resource {addr} has lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed. To \
             avoid this error and continue with the plan, either disable lifecycle.prevent_destroy or reduce the scope \
             of the plan using the -target option."
        ),
    )
    .at(resource.span)
    .within(resource.context())
    .of(addr)
}

/// Where a change puts back what was changed outside. What only the provider's configuration divides in another way was
/// not changed.
fn undone(block: &Block, recorded: &Value, found: &Value, planned: &Value) -> Vec<Path> {
    fn walk(recorded: &Value, found: &Value, planned: &Value, at: &Path, out: &mut Vec<Path>) {
        if equal_but_empty(recorded, found) || equal(found, planned) {
            return;
        }
        let steps = recorded.steps();
        let before = out.len();
        for (step, recorded) in &steps {
            if let (Some(found), Some(planned)) = (found.child(step), planned.child(step)) {
                walk(recorded, found, planned, &at.child(step.clone()), out);
            }
        }
        // What the plan leaves to the service, or changes to something new, is not put back.
        if out.len() == before && !at.is_empty() && equal_but_empty(recorded, planned) {
            out.push(at.clone());
        }
    }
    let mut out = Vec::new();
    walk(recorded, found, planned, &Path::default(), &mut out);
    out.retain(|path| !contract::is_divided_otherwise(block, path, recorded, found));
    out
}

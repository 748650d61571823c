//! The plan as `plan.json` writes it: one mirror type for each part of [`Plan`] that holds values, paths or addresses.
//! Knows nothing of zips or files.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    Action, CheckResult, OutputChange, Pins, Plan, PlanMode, Reason, ResourceChange, Step, StepKind,
};
use crate::base::{Diagnostic, Diagnostics, FileId, Name, Path, PathStep, Severity, Span, Value, json};
use crate::provider::PackageChange;

/// What cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no {1}")]
pub(super) struct WireError(String, &'static str);

/// [`Plan`]
#[derive(Serialize, Deserialize)]
pub(super) struct PlanWire {
    mode: PlanMode,
    changes: Vec<ChangeWire>,
    drift: Vec<ChangeWire>,
    outputs: BTreeMap<String, OutputWire>,
    steps: Vec<Step>,
    pins: Pins,
    variables: BTreeMap<String, Json>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ephemeral: Vec<String>,
    targets: Vec<String>,
    #[serde(default)]
    excludes: Vec<String>,
    checks: Vec<CheckResult>,
    relevant: Vec<(String, Vec<StepWire>)>,
    timestamp: String,
    errored: bool,
    problems: Vec<DiagnosticWire>,
}

/// [`ResourceChange`]
#[derive(Serialize, Deserialize)]
struct ChangeWire {
    addr: String,
    previous_addr: Option<String>,
    deposed: Option<String>,
    provider: String,
    action: Action,
    reason: Option<Reason>,
    before: Json,
    after: Json,
    replace_paths: Vec<Vec<StepWire>>,
    importing: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    generated: Option<String>,
    private: Option<String>,
    revision: Option<String>,
    package: Option<PackageChange>,
    dependencies: Vec<String>,
    create_before_destroy: bool,
    undoes_drift: Vec<Vec<StepWire>>,
}

/// [`OutputChange`]
#[derive(Serialize, Deserialize)]
struct OutputWire {
    action: Action,
    before: Json,
    after: Json,
    sensitive: bool,
}

/// [`PathStep`]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StepWire {
    Attr(String),
    Key(String),
    Index(usize),
    Element(Json),
}

/// [`Diagnostic`]
#[derive(Serialize, Deserialize)]
struct DiagnosticWire {
    error: bool,
    summary: String,
    detail: String,
    span: Option<(u32, u32, u32)>,
    context: Option<String>,
    address: Option<String>,
    path: Option<Vec<StepWire>>,
    values: Vec<(String, String)>,
}

impl From<&Plan> for PlanWire {
    fn from(plan: &Plan) -> Self {
        let Plan { mode, changes, drift, outputs, steps, pins, variables, .. } = plan;
        let Plan { targets, excludes, checks, relevant, timestamp, errored, problems, .. } = plan;
        PlanWire {
            mode: *mode,
            changes: changes.iter().map(ChangeWire::from).collect(),
            drift: drift.iter().map(ChangeWire::from).collect(),
            outputs: outputs.iter().map(|(name, o)| (name.to_string(), OutputWire::from(o))).collect(),
            steps: steps.clone(),
            pins: pins.clone(),
            variables: variables.iter().map(|(name, v)| (name.to_string(), json::encode(v))).collect(),
            ephemeral: plan.ephemeral.iter().map(ToString::to_string).collect(),
            targets: targets.clone(),
            excludes: excludes.clone(),
            checks: checks.clone(),
            relevant: relevant.iter().map(|(addr, path)| (addr.to_string(), path_out(path))).collect(),
            timestamp: timestamp.to_string(),
            errored: *errored,
            problems: problems.iter().map(DiagnosticWire::from).collect(),
        }
    }
}

impl TryFrom<PlanWire> for Plan {
    type Error = WireError;

    fn try_from(wire: PlanWire) -> Result<Self, WireError> {
        let changes = |wires: Vec<ChangeWire>| {
            wires.into_iter().map(ResourceChange::try_from).collect::<Result<Vec<_>, _>>()
        };
        if let Some(at) = misplaced(&wire.steps, wire.changes.len()) {
            return Err(WireError(format!("step {at}"), "step of this plan"));
        }
        let named = |(name, v): (String, Json)| Ok((Name::from(name), value(&v)?));
        Ok(Plan {
            mode: wire.mode,
            changes: changes(wire.changes)?,
            drift: changes(wire.drift)?,
            outputs: wire
                .outputs
                .into_iter()
                .map(|(name, output)| Ok((Name::from(name), output.try_into()?)))
                .collect::<Result<_, WireError>>()?,
            steps: wire.steps,
            pins: wire.pins,
            variables: wire.variables.into_iter().map(named).collect::<Result<_, WireError>>()?,
            ephemeral: wire.ephemeral.into_iter().map(Name::from).collect(),
            targets: wire.targets,
            excludes: wire.excludes,
            checks: wire.checks,
            relevant: wire
                .relevant
                .into_iter()
                .map(|(addr, path)| Ok((parse(&addr, "address")?, path_in(path)?)))
                .collect::<Result<_, WireError>>()?,
            timestamp: parse(&wire.timestamp, "time")?,
            errored: wire.errored,
            problems: wire
                .problems
                .into_iter()
                .map(Diagnostic::try_from)
                .collect::<Result<Diagnostics, _>>()?,
        })
    }
}

/// The first step that is about no change, or waits for one that is not before it.
fn misplaced(steps: &[Step], changes: usize) -> Option<usize> {
    let placed = |(at, step): (usize, &Step)| {
        (step.kind == StepKind::Join || step.change < changes) && step.waits_for.iter().all(|on| *on < at)
    };
    (0..).zip(steps).position(|step| !placed(step))
}

impl From<&ResourceChange> for ChangeWire {
    fn from(change: &ResourceChange) -> Self {
        ChangeWire {
            addr: change.addr.to_string(),
            previous_addr: change.previous_addr.as_ref().map(ToString::to_string),
            deposed: change.deposed.as_deref().map(str::to_owned),
            provider: change.provider.clone(),
            action: change.action,
            reason: change.reason,
            before: json::encode(&change.before),
            after: json::encode(&change.after),
            replace_paths: change.replace_paths.iter().map(path_out).collect(),
            importing: change.importing.clone(),
            generated: change.generated.clone(),
            private: change.private.as_ref().map(|bytes| BASE64.encode(bytes)),
            revision: change.revision.as_deref().map(str::to_owned),
            package: change.package.clone(),
            dependencies: change.dependencies.iter().map(ToString::to_string).collect(),
            create_before_destroy: change.create_before_destroy,
            undoes_drift: change.undoes_drift.iter().map(path_out).collect(),
        }
    }
}

impl TryFrom<ChangeWire> for ResourceChange {
    type Error = WireError;

    fn try_from(wire: ChangeWire) -> Result<Self, WireError> {
        let private = match wire.private {
            Some(text) => {
                let bytes = BASE64.decode(&text).map_err(|_| WireError("private".into(), "base64 text"))?;
                Some(Arc::from(bytes))
            }
            None => None,
        };
        Ok(ResourceChange {
            addr: parse(&wire.addr, "address")?,
            previous_addr: wire.previous_addr.map(|addr| parse(&addr, "address")).transpose()?,
            deposed: wire.deposed.map(Name::from),
            provider: wire.provider,
            action: wire.action,
            reason: wire.reason,
            before: value(&wire.before)?,
            after: value(&wire.after)?,
            replace_paths: wire.replace_paths.into_iter().map(path_in).collect::<Result<_, _>>()?,
            importing: wire.importing,
            generated: wire.generated,
            private,
            revision: wire.revision.map(Name::from),
            package: wire.package,
            dependencies: wire
                .dependencies
                .iter()
                .map(|addr| parse(addr, "address"))
                .collect::<Result<_, _>>()?,
            create_before_destroy: wire.create_before_destroy,
            undoes_drift: wire.undoes_drift.into_iter().map(path_in).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&OutputChange> for OutputWire {
    fn from(output: &OutputChange) -> Self {
        OutputWire {
            action: output.action,
            before: json::encode(&output.before),
            after: json::encode(&output.after),
            sensitive: output.sensitive,
        }
    }
}

impl TryFrom<OutputWire> for OutputChange {
    type Error = WireError;

    fn try_from(wire: OutputWire) -> Result<Self, WireError> {
        Ok(OutputChange {
            action: wire.action,
            before: value(&wire.before)?,
            after: value(&wire.after)?,
            sensitive: wire.sensitive,
        })
    }
}

impl From<&Diagnostic> for DiagnosticWire {
    fn from(diagnostic: &Diagnostic) -> Self {
        DiagnosticWire {
            error: diagnostic.severity == Severity::Error,
            summary: diagnostic.summary.clone(),
            detail: diagnostic.detail.clone(),
            span: diagnostic.span.map(|span| (span.file.0, span.start, span.end)),
            context: diagnostic.context.clone(),
            address: diagnostic.address.as_ref().map(ToString::to_string),
            path: diagnostic.path.as_ref().map(path_out),
            values: diagnostic.values.clone(),
        }
    }
}

impl TryFrom<DiagnosticWire> for Diagnostic {
    type Error = WireError;

    fn try_from(wire: DiagnosticWire) -> Result<Self, WireError> {
        Ok(Diagnostic {
            severity: if wire.error { Severity::Error } else { Severity::Warning },
            summary: wire.summary,
            detail: wire.detail,
            span: wire.span.map(|(file, start, end)| Span { file: FileId(file), start, end }),
            context: wire.context,
            address: wire.address.map(|addr| parse(&addr, "address")).transpose()?,
            path: wire.path.map(path_in).transpose()?,
            values: wire.values,
        })
    }
}

fn parse<T: FromStr>(text: &str, what: &'static str) -> Result<T, WireError> {
    text.parse().map_err(|_| WireError(text.to_owned(), what))
}

/// The text of a value may be secret, so an error does not show it.
fn value(wire: &Json) -> Result<Value, WireError> {
    json::decode(wire).ok_or_else(|| WireError("…".into(), "value"))
}

fn path_out(path: &Path) -> Vec<StepWire> {
    let step = |step: &PathStep| match step {
        PathStep::Attr(name) => StepWire::Attr(name.to_string()),
        PathStep::Key(name) => StepWire::Key(name.to_string()),
        PathStep::Index(i) => StepWire::Index(*i),
        PathStep::Element(element) => StepWire::Element(json::encode(element)),
    };
    path.steps().iter().map(step).collect()
}

fn path_in(wire: Vec<StepWire>) -> Result<Path, WireError> {
    let step = |step: StepWire| {
        Ok(match step {
            StepWire::Attr(name) => PathStep::Attr(name.into()),
            StepWire::Key(name) => PathStep::Key(name.into()),
            StepWire::Index(i) => PathStep::Index(i),
            StepWire::Element(element) => PathStep::Element(Box::new(value(&element)?)),
        })
    };
    Ok(Path::from(wire.into_iter().map(step).collect::<Result<Vec<_>, _>>()?))
}

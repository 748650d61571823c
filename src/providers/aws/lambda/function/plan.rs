//! The plan of a function: what becomes unknown, what is suppressed, what its package is.
//! Reads local files only, never the service. The rules are those of lambda-provider.md 2, save that code is compared
//! by content.

use super::code::code_changes;
use super::schema::TYPE;
use crate::base::{Diagnostic, Diagnostics, Path, Severity, Type, Value};
use crate::provider::{PlanRequest, PlanResponse};
use crate::providers::aws::fields::{block, filled, flag, is_empty, text};
use crate::providers::aws::lambda::package::{Local, unreadable};
use crate::providers::aws::lambda::{CONFIG, PUBLISH};
use crate::providers::aws::resource::Link;
use crate::providers::aws::{legacy, wait};

/// What a new version changes.
const VERSIONED: [&str; 3] = ["version", "qualified_arn", "qualified_invoke_arn"];

/// Completes the plan of a function.
pub(super) fn plan(link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
    let prior = request.prior.filter(|p| !p.is_null());
    let schema = &TYPE.schema.block;
    let mut planned = legacy::normalize(schema, prior, request.config, request.proposed);
    let mut problems = Diagnostics::new();
    let mut replace = Vec::new();
    planned = link.settings.tags.complete(prior, planned);

    let local = Local::find(&planned);
    // What is packed during the apply is another file by then: who says so gives a hash that is not known yet.
    let later = request.config.get("source_code_hash").is_some_and(Value::is_unknown);
    let local = match local {
        _ if later => None,
        Ok(local) => local,
        Err(_) if prior.is_some() && ignores_content(request.ignored) => None,
        // Most likely it is yet to be built.
        Err(_) if request.files_may_change => None,
        Err(error) => {
            let mut warning = unreadable(&error, Severity::Warning);
            warning.detail.push_str(
                " Its content is compared and uploaded during apply, if it is there by then; until then only its name is \
                 compared.",
            );
            problems.push(warning);
            None
        }
    };
    let mut uploads = prior.is_none();
    if let Some(prior) = prior {
        planned = suppress(prior, planned);
        let (new, code) = evolve(prior, planned, local.as_ref(), request);
        planned = legacy::timeouts_alone(schema, prior, new);
        uploads = code;
        if block(prior, "durable_config").is_some() != block(&planned, "durable_config").is_some() {
            replace.push(Path::from("durable_config"));
        }
    }
    let local = local.filter(|_| !request.files_may_change);
    if let (Some(local), true) = (&local, uploads) {
        problems.extend(local.check());
        if let Some(wanted) = filled(request.config, "code_sha256").filter(|wanted| *wanted != local.sha256())
        {
            problems.push(
                Diagnostic::error(
                    "Package is not the one asked for",
                    format!(
                        "code_sha256 asks for {wanted}, and the package {} has {}. Build the right package, or remove \
                         code_sha256: packages are compared by content anyway.",
                        local.name,
                        local.sha256()
                    ),
                )
                .on("code_sha256"),
            );
        }
    }
    let deployed = prior.and_then(|p| filled(p, "code_sha256"));
    let package = local.map(|local| local.pin(link, deployed));
    let private = wait::private(&planned, false);
    PlanResponse { planned, replace, private, package, problems }
}

/// Whether `ignore_changes` names what the code comes from: then its content is not ours to manage.
fn ignores_content(ignored: &[Path]) -> bool {
    let names = ["filename", "source_code_hash", "code_sha256"].map(Path::from);
    ignored.iter().any(|path| path.is_empty() || names.contains(path))
}

/// Differences that mean nothing are planned as things were (lambda-provider.md 2.4, 2.5).
fn suppress(prior: &Value, mut planned: Value) -> Value {
    let nothing = |b: &Value, names: &[&str]| names.iter().all(|n| b.get(n).is_none_or(is_empty));
    for (name, parts) in [
        ("environment", &["variables"][..]),
        ("vpc_config", &["subnet_ids", "security_group_ids"]),
        ("image_config", &["command", "entry_point", "working_directory"]),
    ] {
        if block(prior, name).is_none() && block(&planned, name).is_some_and(|b| nothing(b, parts)) {
            planned.set_attr(name, prior.get(name).cloned().unwrap_or(Value::NULL));
        }
    }
    let apply_on = block(&planned, "snap_start").and_then(|b| text(b, "apply_on"));
    if block(prior, "snap_start").is_none() && apply_on.as_deref() == Some("None") {
        planned.set_attr("snap_start", prior.get("snap_start").cloned().unwrap_or(Value::NULL));
    }
    let (Some(old), Some(new)) = (block(prior, "logging_config"), block(&planned, "logging_config")) else {
        return planned;
    };
    // Levels that are not configured are the service's own, as long as the format stays.
    if text(old, "log_format") == text(new, "log_format") {
        let mut new = new.clone();
        for level in ["application_log_level", "system_log_level"] {
            if new.get(level).is_none_or(is_empty) {
                new.set_attr(level, old.get(level).cloned().unwrap_or(Value::NULL));
            }
        }
        let ty = new.ty();
        planned.set_attr("logging_config", Value::list(ty, [new]));
    }
    planned
}

/// What an update makes unknown, and whether it changes the code (lambda-provider.md 2.1).
fn evolve(
    prior: &Value,
    mut planned: Value,
    local: Option<&Local>,
    request: &PlanRequest<'_>,
) -> (Value, bool) {
    let code =
        code_changes(prior, &planned, local, request.files_may_change, ignores_content(request.ignored));
    let local = local.filter(|_| !request.files_may_change);
    if code {
        planned.set_attr("last_modified", Value::unknown(Type::String));
        let configured = planned.get("code_sha256") != prior.get("code_sha256");
        match local {
            Some(local) => {
                if !configured {
                    planned.set_attr("code_sha256", Value::from(local.sha256()));
                }
                let size = i64::try_from(local.digest.size).unwrap_or(i64::MAX);
                planned.set_attr("source_code_size", Value::from(size));
            }
            None if planned.get("filename").is_some_and(|f| !f.is_null()) => {
                if !configured {
                    planned.set_attr("code_sha256", Value::unknown(Type::String));
                }
                planned.set_attr("source_code_size", Value::unknown(Type::Number));
            }
            None => {}
        }
    }
    let groups = TYPE.schema.block.changed(prior, &planned, true);
    let publish = flag(&planned, "publish").unwrap_or(false);
    let newly = publish && !flag(prior, "publish").unwrap_or(false) && groups.meets(PUBLISH);
    if publish && (code || groups.meets(CONFIG) || newly) {
        for name in VERSIONED {
            planned.set_attr(name, Value::unknown(Type::String));
        }
    }
    (planned, code)
}

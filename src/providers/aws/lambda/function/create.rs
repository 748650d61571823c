//! Creating a function: CreateFunction, GetFunction until it is active, and its reserved concurrency.
//! Decides nothing that the plan has not decided.

use super::read::get;
use super::request::{self, Code};
use super::response::{Known, Seen, object};
use super::settle;
use crate::base::{Diagnostic, Diagnostics, Severity, Value};
use crate::provider::ApplyResponse;
use crate::providers::aws::client::Mutation;
use crate::providers::aws::error::{CallError, name_taken, sentence};
use crate::providers::aws::explain::reason_advice;
use crate::providers::aws::fields::{as_far_as_known, filled, int32};
use crate::providers::aws::lambda::package::{Local, unreadable};
use crate::providers::aws::resource::Step;
use crate::providers::aws::retry;
use crate::providers::aws::wait::{self, Waited, not_verified};

/// Creates a function.
pub(super) async fn create(step: Step<'_>) -> ApplyResponse {
    let name = filled(step.planned(), "function_name").unwrap_or_default();
    let _turn = step.link.lock(&name).await;
    let local = match local_package(&step) {
        Ok(local) => local,
        Err(problems) => return step.unchanged(problems),
    };
    match send(&step, &name, local.as_ref()).await {
        Ok(version) => {
            if let Some(local) = &local {
                local.remember(step.link);
            }
            follow(&step, &name, version).await
        }
        Err(problems) => step.unchanged(problems),
    }
}

/// The package an apply uploads: the one the plan was made for, or a refusal.
pub(super) fn local_package(step: &Step<'_>) -> Result<Option<Local>, Diagnostics> {
    let local = Local::find(step.planned()).map_err(|error| unreadable(&error, Severity::Error))?;
    if let Some(local) = &local {
        local.refuse_other(step.request.package.as_ref())?;
    }
    Ok(local)
}

/// Sends CreateFunction; gives the version it made.
async fn send(step: &Step<'_>, name: &str, local: Option<&Local>) -> Result<String, Diagnostics> {
    let planned = step.planned();
    let _room = match local {
        Some(local) => Some(step.link.room(local.digest.size).await),
        None => None,
    };
    let bytes = match local {
        Some(local) => Some(local.bytes().await?),
        None => None,
    };
    let tags = step.link.settings.tags.merge(planned.get("tags").unwrap_or(&Value::NULL));
    let builder = request::create(
        step.session.writes.create_function(),
        planned,
        tags.into_iter().collect(),
        Code::new(planned, bytes),
    );
    let mutation = Mutation { operation: "CreateFunction", target: name, policy: retry::CONFIGURE };
    let error = match step.session.write(mutation, step.context, || builder.clone().send()).await {
        Ok(answer) => return Ok(answer.version.unwrap_or_else(|| "$LATEST".to_owned())),
        Err(error) => error,
    };
    // An answer may have been lost on the way: the function is then there, exactly as planned.
    let may_be_ours = error.is_unclear() || (error.is_name_taken() && error.after_unclear);
    if may_be_ours
        && let Ok(seen) = get(step.session, name, None).await
        && settle::is_as_planned(&seen, planned, None)
        && let Ok(version) = settle::version(step.session, name, planned).await
    {
        return Ok(version);
    }
    if error.is_name_taken() {
        return Err(name_taken("Function", name, step.request.address.as_ref(), &error)
            .on("function_name")
            .into());
    }
    Err(error.diagnostic(name).into())
}

/// Waits until the function is active, then reserves its concurrency.
async fn follow(step: &Step<'_>, name: &str, version: String) -> ApplyResponse {
    let planned = step.planned();
    let mut problems = Diagnostics::new();
    let mut tainted = false;
    let limit = wait::limit(planned, "create");
    let ask = || async {
        match get(step.session, name, None).await {
            Ok(seen) => Ok(Some(seen)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    };
    let clock = step.session.clock(Some(step.context));
    let waited = wait::until(clock, limit, ask, |seen| seen.as_ref().is_some_and(Seen::is_created)).await;
    let mut seen = match waited {
        Waited::Settled(seen) => {
            let failure = seen.as_ref().and_then(|s| failure(name, s));
            tainted = failure.is_some();
            problems.extend(failure);
            seen
        }
        Waited::TimedOut(seen) => {
            problems.push(still_pending(name, seen.as_ref(), limit));
            seen
        }
        Waited::Stopped(seen) => {
            problems.push(not_verified(name));
            match seen.flatten() {
                Some(seen) => Some(seen),
                None => get(step.session, name, None).await.ok(),
            }
        }
        Waited::Failed(error) => {
            problems.push(error.diagnostic(name));
            None
        }
    };
    let reserved = int32(planned, "reserved_concurrent_executions").filter(|n| *n >= 0);
    if let (Some(reserved), false) = (reserved, tainted || step.context.stop.is_set()) {
        match put_concurrency(step, name, reserved).await {
            Ok(()) => seen = seen.map(|s| s.with_reserved(Some(reserved))),
            Err(error) => problems.push(error.diagnostic(name)),
        }
    }
    let object = match &seen {
        Some(seen) => {
            let signing = filled(planned, "code_signing_config_arn");
            let known = Known {
                base: planned,
                version,
                signing,
                tags: &step.link.settings.tags,
                region: &step.session.region,
            };
            problems.take(object(seen, &known))
        }
        None => Some(as_far_as_known(planned)),
    };
    ApplyResponse { object, private: wait::private(planned, false), problems, tainted }
}

/// Reserves concurrency.
///
/// # Errors
/// What the service answered.
pub(super) async fn put_concurrency(
    step: &Step<'_>,
    name: &str,
    reserved: i32,
) -> Result<(), Box<CallError>> {
    let mutation = Mutation { operation: "PutFunctionConcurrency", target: name, policy: retry::QUEUE };
    let client = &step.session.writes;
    step.session
        .write(mutation, step.context, || {
            client
                .put_function_concurrency()
                .function_name(name)
                .reserved_concurrent_executions(reserved)
                .send()
        })
        .await
        .map(|_| ())
}

/// What to say of a function in the state `Failed`.
pub(super) fn failure(name: &str, seen: &Seen) -> Option<Diagnostic> {
    let c = &seen.configuration;
    if c.state.as_ref().is_none_or(|s| s.as_str() != "Failed") {
        return None;
    }
    let code = c.state_reason_code.as_ref().map_or("no reason code", |r| r.as_str());
    Some(Diagnostic::error(
        "Function failed to become active",
        format!(
            "Lambda created {name:?}, but could not make it ready to run: {} ({code}). {}",
            sentence(c.state_reason.as_deref().unwrap_or("no reason given")),
            reason_advice(code)
        ),
    ))
}

fn still_pending(name: &str, seen: Option<&Seen>, limit: std::time::Duration) -> Diagnostic {
    let reason = seen.and_then(|s| s.configuration.state_reason.clone()).unwrap_or_default();
    Diagnostic::error(
        "Function not active in time",
        format!(
            "Lambda created {name:?}, but it was still pending after {} seconds. {reason} It is in the state, and is not \
             replaced; plan again to see how it is by then. A longer create timeout can be set in its timeouts block.",
            limit.as_secs()
        ),
    )
}

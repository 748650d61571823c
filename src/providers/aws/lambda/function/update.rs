//! Updating a function, in the order of lambda-provider.md 1.1: tags, code signing, configuration, code, concurrency, a
//! new version. What lands is recorded even if a later call fails.
//! Decides nothing that the plan has not decided.

use std::sync::Arc;

use super::code::uploads;
use super::create::{local_package, put_concurrency};
use super::read::get;
use super::request::{self, Code};
use super::response::{Known, Seen, object};
use super::schema::TYPE;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::ApplyResponse;
use crate::providers::aws::client::Mutation;
use crate::providers::aws::error::{CallError, sentence};
use crate::providers::aws::explain::reason_advice;
use crate::providers::aws::fields::{as_far_as_known, carry, filled, flag, int32};
use crate::providers::aws::lambda::package::Local;
use crate::providers::aws::lambda::tagging;
use crate::providers::aws::lambda::{CONCURRENCY, CONFIG, SIGNING, TAGS};
use crate::providers::aws::resource::Step;
use crate::providers::aws::retry;
use crate::providers::aws::wait::{self, Waited, not_verified};

/// Where the code comes from: put back to what it was when the new code did not land, so that the next plan sees it.
const CODE_SOURCE: &[&str] = &["filename", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash"];

/// What has been done so far.
#[derive(Default)]
struct Progress {
    /// The function as it was last read, unless something changed it since.
    seen: Option<Seen>,
    /// Code was to be uploaded.
    code_due: bool,
    /// It was.
    code_landed: bool,
    /// A version was to be published.
    publish_due: bool,
    /// The version that was.
    published: Option<String>,
    /// The code signing configuration was set or removed.
    signing_landed: bool,
    /// The wait for the last update was cut short.
    cut_short: bool,
    /// The revision to insist on, until it has been used.
    revision: Option<Arc<str>>,
}

/// Why an update did not come to its end.
enum Halt {
    /// A call failed.
    Failed(Diagnostics),
    /// The wish to end came while waiting, and calls are left to be made.
    Stopped,
}

impl From<Diagnostics> for Halt {
    fn from(problems: Diagnostics) -> Self {
        Halt::Failed(problems)
    }
}

impl From<Diagnostic> for Halt {
    fn from(problem: Diagnostic) -> Self {
        Halt::Failed(problem.into())
    }
}

/// Updates a function.
pub(super) async fn update(step: Step<'_>) -> ApplyResponse {
    let name = filled(step.prior(), "function_name").unwrap_or_default();
    let _turn = step.link.lock(&name).await;
    let revision = step.link.revision(&name, None, step.request.revision.as_ref());
    let mut progress = Progress { revision, ..Progress::default() };
    let mut problems = Diagnostics::new();
    match advance(&step, &name, &mut progress).await {
        Ok(()) => {}
        Err(Halt::Failed(found)) => problems.extend(found),
        Err(Halt::Stopped) => problems.push(Diagnostic::error(
            "Update not finished",
            format!(
                "The run was asked to end while Lambda was working on {name:?}, so the calls that were to follow were not \
                 made. Nothing is lost: plan again to see what is left."
            ),
        )),
    }
    finish(&step, &name, progress, problems).await
}

async fn advance(step: &Step<'_>, name: &str, progress: &mut Progress) -> Result<(), Halt> {
    let (prior, planned) = (step.prior(), step.planned());
    let groups = step.request.groups.with(TYPE.schema.block.changed(prior, planned, true));
    let local = match uploads_something(step)? {
        Some(source) => {
            progress.code_due = true;
            source
        }
        None => None,
    };
    let builder = step.session.writes.update_function_configuration();
    let configuration = request::update_configuration(builder, prior, planned);
    let publish = flag(planned, "publish").unwrap_or(false);
    let newly = publish && !flag(prior, "publish").unwrap_or(false);
    let moved = filled(prior, "publish_to") != filled(planned, "publish_to");
    progress.publish_due = publish && (progress.code_due || configuration.is_some() || newly || moved);

    if groups.meets(TAGS) {
        let arn = filled(prior, "arn").unwrap_or_else(|| name.to_owned());
        tagging::change(step, &arn, name).await?;
    }
    if groups.meets(SIGNING) {
        sign(step, name).await?;
        progress.signing_landed = true;
        // Setting it may make a new revision, and the plan knows only the one before.
        progress.revision = None;
    }
    if let (Some(builder), true) = (configuration, groups.meets(CONFIG)) {
        let builder = builder.set_revision_id(progress.revision.take().map(|r| r.to_string()));
        let mutation =
            Mutation { operation: "UpdateFunctionConfiguration", target: name, policy: retry::CONFIGURE };
        let call = || async { builder.clone().send().await.map(|_| ()) };
        let find = || async { Ok(is_configured(step, &get(step.session, name, None).await?).then_some(())) };
        let answer = step.session.write_once(mutation, step.context, call, find).await;
        answer.map_err(|error| error.diagnostic(name))?;
        let more = progress.code_due || progress.publish_due || groups.meets(CONCURRENCY);
        settled(step, name, progress, more).await?;
    }
    if progress.code_due {
        upload(step, name, local.as_ref(), progress).await?;
        progress.code_landed = true;
        if let Some(local) = &local {
            local.remember(step.link);
        }
        settled(step, name, progress, progress.publish_due || groups.meets(CONCURRENCY)).await?;
    }
    if groups.meets(CONCURRENCY) {
        let reserved = int32(planned, "reserved_concurrent_executions").unwrap_or(-1);
        reserve(step, name, reserved).await.map_err(|error| error.diagnostic(name))?;
        progress.seen = progress.seen.take().map(|s| s.with_reserved((reserved >= 0).then_some(reserved)));
    }
    if progress.publish_due {
        publish_version(step, name, progress).await?;
    }
    Ok(())
}

/// The package to upload (`Some(None)` when the code lies elsewhere), or `None` when the code stays.
fn uploads_something(step: &Step<'_>) -> Result<Option<Option<Local>>, Diagnostics> {
    let (prior, planned) = (step.prior(), step.planned());
    // A package that cannot be read matters only if it is to be uploaded.
    let found = Local::find(planned);
    let readable = found.as_ref().ok().and_then(Option::as_ref);
    if !uploads(prior, planned, readable) {
        return Ok(None);
    }
    local_package(step).map(Some)
}

async fn sign(step: &Step<'_>, name: &str) -> Result<(), Diagnostics> {
    let client = &step.session.writes;
    let result = match filled(step.planned(), "code_signing_config_arn") {
        Some(arn) => {
            let mutation =
                Mutation { operation: "PutFunctionCodeSigningConfig", target: name, policy: retry::QUEUE };
            let call = || {
                client
                    .put_function_code_signing_config()
                    .function_name(name)
                    .code_signing_config_arn(&arn)
                    .send()
            };
            step.session.write(mutation, step.context, call).await.map(|_| ())
        }
        None => {
            let mutation =
                Mutation { operation: "DeleteFunctionCodeSigningConfig", target: name, policy: retry::QUEUE };
            let call = || client.delete_function_code_signing_config().function_name(name).send();
            step.session.write(mutation, step.context, call).await.map(|_| ())
        }
    };
    result.map_err(|error| error.diagnostic(name).into())
}

async fn upload(
    step: &Step<'_>,
    name: &str,
    local: Option<&Local>,
    progress: &mut Progress,
) -> Result<(), Diagnostics> {
    let _room = match local {
        Some(local) => Some(step.link.room(local.digest.size).await),
        None => None,
    };
    let bytes = match local {
        Some(local) => Some(local.bytes().await?),
        None => None,
    };
    let code = Code::new(step.planned(), bytes);
    let builder =
        request::update_code(step.session.writes.update_function_code(), step.prior(), step.planned(), code);
    let builder = builder.set_revision_id(progress.revision.take().map(|r| r.to_string()));
    let mutation = Mutation { operation: "UpdateFunctionCode", target: name, policy: retry::QUEUE };
    let call = || async { builder.clone().send().await.map(|_| ()) };
    // Code that lies elsewhere cannot be compared; the revision keeps a second attempt from doing harm.
    let find = || async {
        let seen = get(step.session, name, None).await?;
        let deployed = seen.configuration.code_sha256;
        Ok(local.filter(|local| deployed.as_deref() == Some(&*local.sha256())).map(|_| ()))
    };
    let answer = step.session.write_once(mutation, step.context, call, find).await;
    answer.map_err(|error| error.diagnostic(name).into())
}

/// Whether a function has the planned configuration, so that an update whose answer was lost has landed.
fn is_configured(step: &Step<'_>, seen: &Seen) -> bool {
    let planned = step.planned();
    let known = Known {
        base: planned,
        version: String::new(),
        signing: filled(planned, "code_signing_config_arn"),
        tags: &step.link.settings.tags,
        region: &step.session.region,
    };
    let Ok(now) = object(seen, &known) else { return false };
    let unknown = |name: &&str| planned.get(name).is_some_and(|value| !value.is_wholly_known());
    let unknown: Vec<&str> = TYPE.schema.block.names().filter(unknown).collect();
    let wanted = carry(planned.clone(), &now, &unknown);
    request::update_configuration(step.session.writes.update_function_configuration(), &now, &wanted)
        .is_none()
}

async fn reserve(step: &Step<'_>, name: &str, reserved: i32) -> Result<(), Box<CallError>> {
    if reserved >= 0 {
        return put_concurrency(step, name, reserved).await;
    }
    let mutation = Mutation { operation: "DeleteFunctionConcurrency", target: name, policy: retry::QUEUE };
    let client = &step.session.writes;
    let call = || client.delete_function_concurrency().function_name(name).send();
    step.session.write(mutation, step.context, call).await.map(|_| ())
}

async fn publish_version(step: &Step<'_>, name: &str, progress: &mut Progress) -> Result<(), Halt> {
    let mutation = Mutation { operation: "PublishVersion", target: name, policy: retry::QUEUE };
    let client = &step.session.writes;
    let to = request::publish_to(step.planned());
    let call = || client.publish_version().function_name(name).set_publish_to(to.clone()).send();
    let answer = step.session.write(mutation, step.context, call).await;
    let answer = answer.map_err(|error| error.diagnostic(name))?;
    let version = answer.version.unwrap_or_else(|| "$LATEST".to_owned());
    progress.published = Some(version.clone());
    if answer.state.is_none_or(|s| s.as_str() != "Pending") {
        return Ok(());
    }
    let limit = wait::limit(step.planned(), "update");
    let ask = || get(step.session, name, Some(&version));
    let clock = step.session.clock(Some(step.context));
    match wait::until(clock, limit, ask, Seen::is_created).await {
        Waited::Settled(seen) => match super::create::failure(&format!("{name}:{version}"), &seen) {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        },
        Waited::TimedOut(_) => Err(Diagnostic::error(
            "Version not active in time",
            format!(
                "Version {version} of {name:?} was published, but was still pending after {} seconds.",
                limit.as_secs()
            ),
        )
        .into()),
        Waited::Stopped(_) => Ok(()),
        Waited::Failed(error) => Err(error.diagnostic(name).into()),
    }
}

/// Waits until the update that was just accepted has ended. `more`: calls are left to be made.
async fn settled(step: &Step<'_>, name: &str, progress: &mut Progress, more: bool) -> Result<(), Halt> {
    progress.seen = None;
    let limit = wait::limit(step.planned(), "update");
    let ask = || get(step.session, name, None);
    let clock = step.session.clock(Some(step.context));
    match wait::until(clock, limit, ask, Seen::is_updated).await {
        Waited::Settled(seen) => {
            let failure = update_failure(name, &seen);
            progress.seen = Some(seen);
            failure.map_or(Ok(()), |failure| Err(failure.into()))
        }
        Waited::TimedOut(seen) => {
            progress.seen = Some(seen);
            Err(Diagnostic::error(
                "Update not finished in time",
                format!(
                    "Lambda accepted an update of {name:?}, but was still working on it after {} seconds. Plan again to see \
                     how it is by then. A longer update timeout can be set in its timeouts block.",
                    limit.as_secs()
                ),
            )
            .into())
        }
        Waited::Stopped(seen) => {
            progress.seen = seen;
            progress.cut_short = true;
            if more { Err(Halt::Stopped) } else { Ok(()) }
        }
        Waited::Failed(error) => Err(error.diagnostic(name).into()),
    }
}

fn update_failure(name: &str, seen: &Seen) -> Option<Diagnostic> {
    let c = &seen.configuration;
    if c.last_update_status.as_ref().is_none_or(|s| s.as_str() != "Failed") {
        return None;
    }
    let code = c.last_update_status_reason_code.as_ref().map_or("no reason code", |r| r.as_str());
    Some(Diagnostic::error(
        "Update failed",
        format!(
            "Lambda accepted an update of {name:?}, but could not carry it out: {} ({code}). {}",
            sentence(c.last_update_status_reason.as_deref().unwrap_or("no reason given")),
            reason_advice(code)
        ),
    ))
}

/// The object after all that was done, read back.
async fn finish(step: &Step<'_>, name: &str, progress: Progress, mut problems: Diagnostics) -> ApplyResponse {
    let (prior, planned) = (step.prior(), step.planned());
    let seen = match progress.seen {
        Some(seen) => Some(seen),
        None => match get(step.session, name, None).await {
            Ok(seen) => Some(seen),
            Err(error) => {
                if !problems.has_errors() {
                    problems.push(error.diagnostic(name));
                }
                None
            }
        },
    };
    if progress.cut_short && !problems.has_errors() && seen.as_ref().is_none_or(|s| !s.is_updated()) {
        problems.push(not_verified(name));
    }
    let mut base = planned.clone();
    if progress.code_due && !progress.code_landed {
        base = carry(base, prior, CODE_SOURCE);
    }
    if progress.publish_due && progress.published.is_none() {
        // The next plan then turns it on again, which publishes.
        base = base.with_attr("publish", Value::FALSE);
    }
    let old_version = filled(prior, "version").unwrap_or_else(|| "$LATEST".to_owned());
    let signing = if progress.signing_landed { planned } else { prior };
    let object = match &seen {
        Some(seen) => {
            let known = Known {
                base: &base,
                version: progress.published.unwrap_or(old_version),
                signing: filled(signing, "code_signing_config_arn"),
                tags: &step.link.settings.tags,
                region: &step.session.region,
            };
            problems.take(object(seen, &known)).or_else(|| step.request.prior.clone())
        }
        None if problems.has_errors() && !progress.code_landed => step.request.prior.clone(),
        None => Some(as_far_as_known(&base)),
    };
    ApplyResponse { object, private: wait::private(planned, false), problems, tainted: false }
}

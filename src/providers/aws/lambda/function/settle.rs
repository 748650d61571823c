//! Whether a call of a killed run landed, found out by reading.
//! Changes nothing; where reading cannot tell, a person must look.

use super::read::{complete, get, last_version};
use super::response::{Known, Seen, object};
use crate::base::{Diagnostics, Value};
use crate::provider::{SettleRequest, Settled};
use crate::providers::aws::client::Session;
use crate::providers::aws::error::{CallError, CallResult, stranger};
use crate::providers::aws::fields::{block, filled, flag, int, text_map};
use crate::providers::aws::lambda::package::Local;
use crate::providers::aws::resource::Link;
use crate::providers::aws::wait;

/// Settles a call on a function.
pub(super) async fn settle(link: &Link, request: &SettleRequest) -> Settled {
    let session = match link.session().await {
        Ok(session) => session,
        Err(problems) => return Settled::Unclear(problems),
    };
    let subject = request.subject();
    let name = filled(subject, "function_name").unwrap_or_else(|| request.target.clone());
    let seen = match get(session, &name, None).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return gone(request),
        Err(error) => return unclear(&error, &name),
    };
    let result = match (&request.prior, &request.planned) {
        (None, Some(_)) => created(link, session, &seen, &name, request).await,
        (Some(_), None) => Ok(Settled::NotLanded),
        (Some(prior), Some(planned)) => {
            updated(link, session, &seen, &name, (prior, planned), request.package.as_deref()).await
        }
        (None, None) => Ok(Settled::NotLanded),
    };
    result.unwrap_or_else(Settled::Unclear)
}

fn gone(request: &SettleRequest) -> Settled {
    match (&request.prior, &request.planned) {
        (None, _) => Settled::NotLanded,
        (Some(_), _) => Settled::Landed { object: None, private: None, tainted: false },
    }
}

fn unclear(error: &CallError, name: &str) -> Settled {
    Settled::Unclear(error.diagnostic(name).into())
}

async fn created(
    link: &Link,
    session: &Session,
    seen: &Seen,
    name: &str,
    request: &SettleRequest,
) -> Result<Settled, Diagnostics> {
    let planned = request.planned.as_ref().unwrap_or(&Value::NULL);
    if !is_as_planned(seen, planned, request.package.as_deref()) {
        return Err(stranger(name).into());
    }
    let version = version(session, name, planned).await.map_err(|error| error.diagnostic(name))?;
    let known = Known {
        base: planned,
        version,
        signing: filled(planned, "code_signing_config_arn"),
        tags: &link.settings.tags,
        region: &session.region,
    };
    Ok(Settled::Landed {
        object: Some(object(seen, &known)?),
        private: wait::private(planned, false),
        tainted: false,
    })
}

/// The version that a creation made: the one it published, or `$LATEST`.
///
/// # Errors
/// What the service answered.
pub(super) async fn version(session: &Session, name: &str, planned: &Value) -> CallResult<String> {
    match flag(planned, "publish") {
        Some(true) => last_version(session, name).await,
        _ => Ok("$LATEST".to_owned()),
    }
}

async fn updated(
    link: &Link,
    session: &Session,
    seen: &Seen,
    name: &str,
    (prior, planned): (&Value, &Value),
    package: Option<&str>,
) -> Result<Settled, Diagnostics> {
    let landed = is_as_planned(seen, planned, package);
    if !landed && is_as_planned(seen, prior, None) {
        return Ok(Settled::NotLanded);
    }
    let mut object = complete(link, session, name, seen, if landed { planned } else { prior }).await?;
    if landed && flag(planned, "publish") == Some(true) {
        let last = last_version(session, name).await.map_err(|error| error.diagnostic(name))?;
        let known = Known {
            base: planned,
            version: last.clone(),
            signing: filled(&object, "code_signing_config_arn"),
            tags: &link.settings.tags,
            region: &session.region,
        };
        object = super::response::object(seen, &known)?;
        if filled(prior, "version").as_deref() == Some(&*last)
            && planned.get("version").is_some_and(Value::is_unknown)
        {
            // A version was to be published and was not: the next plan turns it on again.
            object = object.with_attr("publish", Value::FALSE);
        }
    }
    Ok(Settled::Landed { object: Some(object), private: wait::private(planned, false), tainted: false })
}

/// Whether a function has the code, the role and the configuration of an object. `package` is the sha256 of what was
/// uploaded for it, where that is known better than by the file as it is now.
pub(super) fn is_as_planned(seen: &Seen, planned: &Value, package: Option<&str>) -> bool {
    let c = &seen.configuration;
    let same = |name: &str, actual: Option<&str>| {
        let planned = planned.get(name);
        planned.is_none_or(Value::is_unknown)
            || planned.and_then(Value::as_str).unwrap_or_default() == actual.unwrap_or_default()
    };
    let number =
        |name: &str, actual: Option<i32>| int(planned, name).is_none_or(|n| Some(n) == actual.map(i64::from));
    let variables = block(planned, "environment").and_then(|b| text_map(b, "variables")).unwrap_or_default();
    let actual = c.environment.as_ref().and_then(|e| e.variables.clone()).unwrap_or_default();
    let known_variables = planned.get("environment").is_none_or(Value::is_wholly_known);
    let uploaded = package.map(str::to_owned).or_else(|| filled(planned, "code_sha256"));
    let code = match (uploaded, Local::find(planned)) {
        (Some(known), _) => c.code_sha256.as_deref() == Some(&*known),
        (None, Ok(Some(local))) => c.code_sha256.as_deref() == Some(&*local.sha256()),
        (None, Ok(None)) => same("image_uri", seen.code.as_ref().and_then(|l| l.image_uri.as_deref())),
        (None, Err(_)) => false,
    };
    code && same("role", c.role.as_deref())
        && same("handler", c.handler.as_deref())
        && same("runtime", c.runtime.as_ref().map(|r| r.as_str()))
        && same("description", c.description.as_deref())
        && number("memory_size", c.memory_size)
        && number("timeout", c.timeout)
        && (!known_variables || variables == actual)
}

//! Reading a function: one GetFunction, and one more call only where state says there is more to read.
//! Changes nothing.

use aws_sdk_lambda::types::PackageType;

use super::response::{Known, Seen, object};
use crate::base::{Diagnostics, Value};
use crate::provider::{ReadRequest, ReadResponse};
use crate::providers::aws::arn;
use crate::providers::aws::client::Session;
use crate::providers::aws::error::{CallError, CallResult, FailureKind};
use crate::providers::aws::fields::filled;
use crate::providers::aws::resource::Link;

/// Asks for a function, or one version of it.
///
/// # Errors
/// What the service answered.
pub(super) async fn get(session: &Session, name: &str, qualifier: Option<&str>) -> CallResult<Seen> {
    let call = session.reads.get_function().function_name(name).set_qualifier(qualifier.map(str::to_owned));
    let answer = session.read("GetFunction", call.send()).await?;
    Seen::new(answer).ok_or_else(|| {
        Box::new(CallError {
            operation: "GetFunction",
            kind: FailureKind::Unclear,
            code: String::new(),
            message: "the answer holds no function".into(),
            status: 0,
            request_id: None,
            retry_after: None,
            after_unclear: false,
        })
    })
}

/// The version that was published last, or `$LATEST`.
///
/// # Errors
/// What the service answered.
pub(super) async fn last_version(session: &Session, name: &str) -> CallResult<String> {
    let (mut last, mut marker) = (None, None);
    loop {
        let call = session.reads.list_versions_by_function().function_name(name).set_marker(marker);
        let page = session.read("ListVersionsByFunction", call.send()).await?;
        last = page.versions().last().and_then(|v| v.version.clone()).or(last);
        marker = page.next_marker.filter(|m| !m.is_empty());
        if marker.is_none() {
            return Ok(last.unwrap_or_else(|| "$LATEST".to_owned()));
        }
    }
}

/// Reads a function as state has it.
pub(super) async fn read(link: &Link, request: &ReadRequest) -> ReadResponse {
    let private = request.private.clone();
    let failed =
        |problems| ReadResponse { private: request.private.clone(), problems, ..ReadResponse::default() };
    let session = match link.session().await {
        Ok(session) => session,
        Err(problems) => return failed(problems),
    };
    let Some(name) = filled(&request.prior, "function_name").or_else(|| filled(&request.prior, "id")) else {
        return ReadResponse { private, ..ReadResponse::default() };
    };
    let seen = match get(session, &name, None).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return ReadResponse { private, ..ReadResponse::default() },
        Err(error) => return failed(error.diagnostic(&name).into()),
    };
    match complete(link, session, &name, &seen, &request.prior).await {
        Ok(object) => ReadResponse {
            object: Some(object),
            private,
            revision: seen.revision().map(Into::into),
            problems: Diagnostics::new(),
        },
        Err(problems) => failed(problems),
    }
}

/// The object of an answer, with what it takes more calls to know: the version of a function that was just imported, and
/// the code signing configuration of that, and of one that has one.
pub(super) async fn complete(
    link: &Link,
    session: &Session,
    name: &str,
    seen: &Seen,
    prior: &Value,
) -> Result<Value, Diagnostics> {
    let explain = |error: Box<CallError>| Diagnostics::from(error.diagnostic(name));
    let known_version = filled(prior, "version");
    let imported = known_version.is_none();
    let version = match known_version {
        Some(version) => version,
        None => last_version(session, name).await.map_err(explain)?,
    };
    let asks = imported || filled(prior, "code_signing_config_arn").is_some();
    let signing = if asks { signing(session, name, seen).await.map_err(explain)? } else { None };
    let known = Known { base: prior, version, signing, tags: &link.settings.tags, region: &session.region };
    object(seen, &known)
}

/// A function for a data source: the version or alias that is named, else the last published version, else `$LATEST`.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(
    link: &Link,
    name: &str,
    qualifier: Option<String>,
) -> Result<Option<Value>, Diagnostics> {
    let session = link.session().await?;
    let explain = |error: Box<CallError>| Diagnostics::from(error.diagnostic(name));
    let version = match qualifier {
        Some(qualifier) => qualifier,
        None => match last_version(session, name).await {
            Ok(version) => version,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(explain(error)),
        },
    };
    let seen = match get(session, name, Some(&version)).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(explain(error)),
    };
    let signing = signing(session, name, &seen).await.map_err(explain)?;
    let own = seen.configuration.function_arn.clone().unwrap_or_default();
    let alias = own.ends_with(&format!(":{version}")).then_some(own);
    let version = seen.configuration.version.clone().unwrap_or(version);
    let base = Value::object([("function_name", Value::from(name))]);
    let known = Known { base: &base, version, signing, tags: &link.settings.tags, region: &session.region };
    let object = object(&seen, &known)?;
    // By its alias, if it was asked for by that; the version itself is an attribute of its own.
    let Some(alias) = alias else { return Ok(Some(object)) };
    let invoke = arn::invoke(&alias, arn::region(&alias).unwrap_or(&session.region));
    Ok(Some(object.with_attr("qualified_arn", alias.into()).with_attr("qualified_invoke_arn", invoke.into())))
}

/// The code signing configuration of a function that has one; images never do.
async fn signing(session: &Session, name: &str, seen: &Seen) -> CallResult<Option<String>> {
    if seen.configuration.package_type == Some(PackageType::Image) {
        return Ok(None);
    }
    let call = session.reads.get_function_code_signing_config().function_name(name);
    let answer = session.read("GetFunctionCodeSigningConfig", call.send()).await?;
    Ok(Some(answer.code_signing_config_arn).filter(|arn| !arn.is_empty()))
}

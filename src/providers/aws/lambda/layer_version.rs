//! `aws_lambda_layer_version`: one version of a layer. Versions are never changed, only published and deleted.
//! Knows nothing of the functions that use it.

use aws_sdk_lambda::operation::get_layer_version::GetLayerVersionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, LayerVersionContentInput, Runtime};
use serde_json::json;

use super::names::LAYER;
use super::package::{self, Local, unreadable};
use super::{ARCHITECTURE, RUNTIMES, S3_BUCKET};
use crate::base::{Diagnostic, Diagnostics, Path, Severity, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, Description, ImportResponse, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallError, CallResult};
use crate::providers::aws::fields::{
    as_far_as_known, carry, empty, filled, flag, int, is_given, some_texts, text,
};
use crate::providers::aws::legacy::{self, private};
use crate::providers::aws::outcome;
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{arn, download, retry};
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

use Constraint::{Each, KnownValues, Length, MaxItems};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_layer_version",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("code_sha256").computed().replaces(),
                Attribute::string_set("compatible_architectures")
                    .replaces()
                    .check(&[MaxItems(2), Each(&ARCHITECTURE)]),
                Attribute::string_set("compatible_runtimes")
                    .replaces()
                    .check(&[MaxItems(15), Each(&KnownValues(RUNTIMES))]),
                Attribute::string("created_date").computed(),
                Attribute::string("description").replaces().check(&[Length(0, 256)]),
                Attribute::string("filename").replaces(),
                Attribute::string("id").optional_computed(),
                Attribute::string("layer_arn").computed(),
                Attribute::string("layer_name").required().replaces().check(&[Length(1, 140), LAYER]),
                Attribute::string("license_info").replaces().check(&[Length(0, 512)]),
                Attribute::string("s3_bucket").replaces().check(&[S3_BUCKET]),
                Attribute::string("s3_key").replaces().check(&[Length(1, 1024)]),
                Attribute::string("s3_object_version").replaces().check(&[Length(1, 1024)]).or_empty(),
                Attribute::string("signing_job_arn").computed(),
                Attribute::string("signing_profile_version_arn").computed(),
                Attribute::bool("skip_destroy").default(Default::Bool(false)).replaces(),
                Attribute::string("source_code_hash").optional_computed().replaces(),
                Attribute::number("source_code_size").computed(),
                Attribute::string("version").computed(),
            ],
            blocks: &[],
        },
    },
    // Each publication makes a version of its own, so a new one can stand beside the old.
    unique: &[],
    empty_is_null: true,
    import_id: "LAYER_NAME/VERSION",
};

/// What no call answers.
const UNREAD: &[&str] =
    &["filename", "s3_bucket", "s3_key", "s3_object_version", "skip_destroy", "source_code_hash"];

/// The type.
pub(in crate::providers::aws) struct LayerVersion;

impl Resource for LayerVersion {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let unknown = |name: &str| config.get(name).is_some_and(Value::is_unknown);
        for name in ["s3_bucket", "s3_key", "s3_object_version"] {
            if filled(config, "filename").is_some() && filled(config, name).is_some() {
                problems.push(
                    Diagnostic::error(
                        "Conflicting configuration arguments",
                        format!("A package is either on this machine or in S3: {name:?} conflicts with \"filename\"."),
                    )
                    .on(name),
                );
            }
        }
        if !is_given(config, "filename") && !unknown("s3_bucket") && !unknown("s3_key") {
            let missing = ["s3_bucket", "s3_key"].into_iter().filter(|name| filled(config, name).is_none());
            for name in missing {
                problems.push(
                    Diagnostic::error(
                        "Invalid combination of arguments",
                        format!("A layer needs a package: \"filename\", or both \"s3_bucket\" and \"s3_key\". {name:?} is missing."),
                    )
                    .on(name),
                );
            }
        }
        problems
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut planned = legacy::normalize(&TYPE.schema.block, prior, request.config, request.proposed);
        let mut problems = Diagnostics::new();
        let mut replace = Vec::new();
        let local = match Local::find(&planned) {
            Ok(local) => local,
            // Most likely it is yet to be built.
            Err(_) if request.files_may_change => None,
            Err(error) => {
                problems.push(unreadable(&error, Severity::Warning));
                None
            }
        };
        if let Some(prior) = prior {
            if imported(prior) {
                // State knows no source yet; naming it is no reason to publish the same bytes again.
                planned = adopt(prior, planned, local.as_ref());
            }
            let ignored = ["filename", "source_code_hash"].map(Path::from);
            let opaque = filled(&planned, "source_code_hash")
                .is_some_and(|h| Some(h) != local.as_ref().map(Local::sha256));
            if let Some(local) = &local
                && filled(prior, "code_sha256").is_some_and(|deployed| deployed != local.sha256())
                && !opaque
                && !request.ignored.iter().any(|p| p.is_empty() || ignored.contains(p))
            {
                planned = planned.with_attr("code_sha256", Value::from(local.sha256()));
                replace.push(Path::from("code_sha256"));
            }
        }
        // What is packed during the apply is another file by then.
        let later = request.config.get("source_code_hash").is_some_and(Value::is_unknown);
        let local = local.filter(|_| !request.files_may_change && !later);
        if let (Some(local), true) = (&local, prior.is_none() || !replace.is_empty()) {
            problems.extend(local.check());
        }
        let deployed = prior.and_then(|p| filled(p, "code_sha256"));
        let package = local.map(|local| local.pin(link, deployed));
        PlanResponse { planned, replace, private: private(false), package, problems }
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let private = request.private.clone();
            match find(link, &request.prior).await {
                Ok(object) => ReadResponse { object, private, ..ReadResponse::default() },
                Err(problems) => ReadResponse { private, problems, ..ReadResponse::default() },
            }
        })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        // Nothing of a version can change; what differs is in state only.
        Box::pin(async move {
            ApplyResponse {
                object: Some(as_far_as_known(step.planned())),
                private: step.request.private.clone(),
                ..ApplyResponse::default()
            }
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let prior = step.prior();
            if flag(prior, "skip_destroy").unwrap_or(false) {
                return ApplyResponse::default();
            }
            let (layer, version) = names(prior);
            let target = format!("{layer}:{version}");
            let mutation =
                Mutation { operation: "DeleteLayerVersion", target: &target, policy: retry::PLAIN };
            let client = &step.session.writes;
            let call = || client.delete_layer_version().layer_name(&layer).version_number(version).send();
            outcome::deleted(&step, &target, step.session.write(mutation, step.context, call).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(settle(link, request))
    }

    fn adopt(&self, object: Value, config: &Value) -> Value {
        package::adopt(object, config)
    }

    fn describe<'a>(&'a self, link: &'a Link, object: Value) -> BoxFuture<'a, Description> {
        Box::pin(describe(link, object))
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let (layer, version) = match id.rsplit_once('/') {
            Some((name, number)) if !name.contains(':') => (name, number.parse().ok()),
            _ => arn::layer_version(id).map_or((id, None), |(layer, version)| (layer, Some(version))),
        };
        let Some(version) = version else {
            return Err(Diagnostic::error(
                "Invalid import id",
                format!(
                    "A layer version is imported by its ARN or LAYER_NAME/VERSION, and {id:?} is neither."
                ),
            )
            .into());
        };
        let name = layer.rsplit(':').next().unwrap_or(layer);
        let object = empty(
            &TYPE.schema.block,
            json!({ "id": id, "layer_name": name, "version": version.to_string(), "skip_destroy": false }),
        )?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// Whether state does not know where the package came from.
fn imported(prior: &Value) -> bool {
    ["filename", "s3_bucket", "s3_key"].iter().all(|name| filled(prior, name).is_none())
}

/// The plan of an imported version whose source is now named: a state change only, when the package is the same or cannot be
/// compared.
fn adopt(prior: &Value, planned: Value, local: Option<&Local>) -> Value {
    let deployed = filled(prior, "code_sha256");
    if local.is_some_and(|l| deployed.as_deref() != Some(&*l.sha256())) {
        return planned;
    }
    carry(planned, prior, &["filename", "s3_bucket", "s3_key", "s3_object_version", "source_code_hash"])
}

/// The layer's name and the version's number.
fn names(object: &Value) -> (String, i64) {
    let version = text(object, "version").and_then(|v| v.parse().ok()).or_else(|| int(object, "version"));
    (filled(object, "layer_name").unwrap_or_default(), version.unwrap_or_default())
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let name = filled(planned, "layer_name").unwrap_or_default();
    let found = Local::find(planned).map_err(|error| Diagnostics::from(unreadable(&error, Severity::Error)));
    let local = match found.and_then(|local| {
        local.as_ref().map_or(Ok(()), |l| l.refuse_other(step.request.package.as_ref()))?;
        Ok(local)
    }) {
        Ok(local) => local,
        Err(problems) => return step.unchanged(problems),
    };
    match publish(&step, &name, local.as_ref()).await {
        Ok(version) => {
            if let Some(local) = &local {
                local.remember(step.link);
            }
            let known = planned.with_attr("version", Value::from(version.to_string()));
            let mut problems = Diagnostics::new();
            let read = match get(step.session, &known).await {
                Ok(seen) => object(&seen, &known),
                Err(error) => Err(CallError::diagnostic(&error, &name).into()),
            };
            let object = problems.take(read).unwrap_or_else(|| as_far_as_known(&known));
            ApplyResponse {
                object: Some(object),
                private: private(false),
                problems,
                ..ApplyResponse::default()
            }
        }
        Err(problems) => step.unchanged(problems),
    }
}

async fn publish(step: &Step<'_>, name: &str, local: Option<&Local>) -> Result<i64, Diagnostics> {
    let planned = step.planned();
    let mut content = LayerVersionContentInput::builder();
    let _room;
    match local {
        Some(local) => {
            _room = step.link.room(local.digest.size).await;
            content = content.zip_file(Blob::new(local.bytes().await?));
        }
        None => {
            content = content
                .set_s3_bucket(filled(planned, "s3_bucket"))
                .set_s3_key(filled(planned, "s3_key"))
                .set_s3_object_version(filled(planned, "s3_object_version"));
        }
    }
    // Whatever is newer afterwards, and the same, was published by us.
    let before = newest(step.session, name).await.map_err(|error| error.diagnostic(name))?;
    let sha256 = local.map(Local::sha256);
    let architectures = some_texts(planned, "compatible_architectures");
    let runtimes = some_texts(planned, "compatible_runtimes");
    let builder = step
        .session
        .writes
        .publish_layer_version()
        .layer_name(name)
        .content(content.build())
        .description(text(planned, "description").unwrap_or_default())
        .license_info(text(planned, "license_info").unwrap_or_default())
        .set_compatible_architectures(
            architectures.map(|a| a.iter().map(|a| Architecture::from(a.as_str())).collect()),
        )
        .set_compatible_runtimes(runtimes.map(|r| r.iter().map(|r| Runtime::from(r.as_str())).collect()));
    let mutation = Mutation { operation: "PublishLayerVersion", target: name, policy: retry::PLAIN };
    let call = || async { builder.clone().send().await.map(|answer| answer.version) };
    let find = || async {
        let Some(version) = newest(step.session, name).await?.filter(|version| Some(*version) > before)
        else {
            return Ok(None);
        };
        let seen = get(step.session, &planned.with_attr("version", Value::from(version.to_string()))).await?;
        Ok(is_as_planned(&seen, planned, sha256.as_deref()).then_some(version))
    };
    let published = step.session.write_once(mutation, step.context, call, find).await;
    published.map_err(|error| error.diagnostic(name).into())
}

/// The number of the newest version of a layer, if there is any.
async fn newest(session: &Session, name: &str) -> CallResult<Option<i64>> {
    let call = session.reads.list_layer_versions().layer_name(name).max_items(1);
    match session.read("ListLayerVersions", call.send()).await {
        Ok(page) => Ok(page.layer_versions().first().map(|v| v.version)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a version is what was planned; of code that did not come from this machine, only a hash in the configuration
/// says so.
fn is_as_planned(seen: &GetLayerVersionOutput, planned: &Value, sha256: Option<&str>) -> bool {
    let code = seen.content.as_ref().and_then(|content| content.code_sha256.as_deref());
    let wanted = sha256.map(str::to_owned).or_else(|| filled(planned, "source_code_hash"));
    let same = |name: &str, actual: Option<&str>| {
        filled(planned, name).unwrap_or_default() == actual.unwrap_or_default()
    };
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    let set = |name: &str, actual: Vec<String>| {
        sorted(some_texts(planned, name).unwrap_or_default()) == sorted(actual)
    };
    wanted.is_some_and(|wanted| code == Some(&*wanted))
        && same("description", seen.description.as_deref())
        && same("license_info", seen.license_info.as_deref())
        && set(
            "compatible_architectures",
            seen.compatible_architectures().iter().map(|a| a.as_str().to_owned()).collect(),
        )
        && set(
            "compatible_runtimes",
            seen.compatible_runtimes().iter().map(|r| r.as_str().to_owned()).collect(),
        )
}

async fn get(session: &Session, object: &Value) -> CallResult<GetLayerVersionOutput> {
    let (name, version) = names(object);
    let call = session.reads.get_layer_version().layer_name(name).version_number(version);
    session.read("GetLayerVersion", call.send()).await
}

/// The version that `known` names.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(
    link: &Link,
    known: &Value,
) -> Result<Option<Value>, Diagnostics> {
    let session = link.session().await?;
    match get(session, known).await {
        Ok(seen) => object(&seen, known).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&names(known).0).into()),
    }
}

/// A layer with its package, which is downloaded.
async fn describe(link: &Link, object: Value) -> Description {
    let found = async {
        let session = link.session().await?;
        let (name, _) = names(&object);
        let seen = get(session, &object).await.map_err(|error| error.diagnostic(&name))?;
        let content = seen.content.as_ref();
        let location = content.and_then(|content| content.location.as_deref());
        let sha256 = content.and_then(|content| content.code_sha256.as_deref());
        Ok::<_, Diagnostics>(download::package(&link.settings, location, name, sha256).await?)
    };
    match found.await {
        Ok((content, warning)) => Description {
            content: Some(content),
            problems: warning.into_iter().collect(),
            ..Description::of(object)
        },
        Err(problems) => Description { problems, ..Description::of(object) },
    }
}

/// Versions have no names of their own: one that was published by a killed run is found by its content.
async fn settle(link: &Link, request: &SettleRequest) -> Settled {
    let session = match link.session().await {
        Ok(session) => session,
        Err(problems) => return Settled::Unclear(problems),
    };
    let Some(planned) = &request.planned else {
        let prior = request.prior.as_ref().unwrap_or(&Value::NULL);
        return match find(link, prior).await {
            Ok(None) => Settled::Landed { object: None, private: None, tainted: false },
            Ok(Some(_)) => Settled::NotLanded,
            Err(problems) => Settled::Unclear(problems),
        };
    };
    let name = names(planned).0;
    let newest = match newest(session, &name).await {
        Ok(newest) => newest,
        Err(error) => return Settled::Unclear(error.diagnostic(&name).into()),
    };
    let Some(version) = newest else { return Settled::NotLanded };
    let known = planned.with_attr("version", Value::from(version.to_string()));
    let sha256 = request.package.clone().or_else(|| Some(Local::find(planned).ok()??.sha256()));
    match get(session, &known).await {
        Ok(seen) if is_as_planned(&seen, planned, sha256.as_deref()) => match object(&seen, &known) {
            Ok(object) => Settled::Landed { object: Some(object), private: private(false), tainted: false },
            Err(problems) => Settled::Unclear(problems),
        },
        Ok(_) => Settled::NotLanded,
        Err(error) if error.is_not_found() => Settled::NotLanded,
        Err(error) => Settled::Unclear(error.diagnostic(&name).into()),
    }
}

fn object(seen: &GetLayerVersionOutput, known: &Value) -> Result<Value, Diagnostics> {
    let content = seen.content.as_ref();
    let architectures: Vec<&str> = seen.compatible_architectures().iter().map(|a| a.as_str()).collect();
    let runtimes: Vec<&str> = seen.compatible_runtimes().iter().map(|r| r.as_str()).collect();
    let object = empty(
        &TYPE.schema.block,
        json!({
            "arn": seen.layer_version_arn,
            "code_sha256": content.and_then(|c| c.code_sha256.clone()).unwrap_or_default(),
            "compatible_architectures": architectures,
            "compatible_runtimes": runtimes,
            "created_date": seen.created_date,
            "description": seen.description.as_deref().unwrap_or_default(),
            "id": seen.layer_version_arn,
            "layer_arn": seen.layer_arn,
            "layer_name": text(known, "layer_name"),
            "license_info": seen.license_info.as_deref().unwrap_or_default(),
            "signing_job_arn": content.and_then(|c| c.signing_job_arn.clone()).unwrap_or_default(),
            "signing_profile_version_arn":
                content.and_then(|c| c.signing_profile_version_arn.clone()).unwrap_or_default(),
            "source_code_hash": "",
            "source_code_size": content.map(|c| c.code_size),
            "version": seen.version.to_string(),
        }),
    )?;
    let set = |name: &&&str| known.get(name).is_some_and(|v| !v.is_null() && !v.is_unknown());
    let kept: Vec<&str> = UNREAD.iter().filter(set).copied().collect();
    Ok(carry(object, known, &kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:layer:l:3";
        for id in [arn, "l/3"] {
            assert_eq!(names(&LayerVersion.import(id).unwrap().object), ("l".into(), 3), "{id}");
        }
        for id in ["", "l", "l/x", "arn:aws:lambda:us-east-1:123456789012:layer:l"] {
            assert!(LayerVersion.import(id).is_err(), "{id}");
        }
    }
}

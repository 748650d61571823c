//! `aws_lambda_code_signing_config`: whose signatures a function's code must carry.
//! Knows nothing of the functions that use it.

use aws_sdk_lambda::types::{AllowedPublishers, CodeSigningConfig as Seen, CodeSigningPolicies};
use serde_json::json;

use super::{CONFIG, TAGS, tagging};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{block, empty, filled, some_texts, text};
use crate::providers::aws::legacy::{self, private};
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{retry, tags};
use crate::schema::{Attribute, Block, Constraint, NestedBlock, Schema};

use Constraint::{Arn, Custom, Each, Length, MaxItems, OneOf};

static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_code_signing_config",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::string("config_id").computed(),
                Attribute::string("description").group(CONFIG).check(&[Length(0, 256)]),
                Attribute::string("id").optional_computed(),
                Attribute::string("last_modified").computed(),
                Attribute::string_map("tags").group(TAGS).check(&[Custom(tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
            ],
            blocks: &[
                NestedBlock::one(
                    "allowed_publishers",
                    Block {
                        attributes: &[Attribute::string_set("signing_profile_version_arns")
                            .required()
                            .check(&[Custom(some), MaxItems(20), Each(&Arn)])],
                        blocks: &[],
                    },
                )
                .required()
                .group(CONFIG),
                NestedBlock::one(
                    "policies",
                    Block {
                        attributes: &[Attribute::string("untrusted_artifact_on_deployment")
                            .required()
                            .check(&[OneOf(&["Warn", "Enforce"])])],
                        blocks: &[],
                    },
                )
                .computed()
                .group(CONFIG),
            ],
        },
    },
    unique: &[],
    empty_is_null: true,
    import_id: "ARN",
};

fn some(value: &Value) -> Option<String> {
    value.as_items()?.is_empty().then(|| "At least one signing profile version is required.".to_owned())
}

/// What messages call one that has no ARN yet.
const NEW: &str = "the new code signing configuration";

/// What the journal calls one that has no ARN yet; the ARNs of those that were there before it with the same content follow.
const BESIDE: &str = "a code signing configuration beside";

/// The type.
pub(in crate::providers::aws) struct CodeSigningConfig;

impl Resource for CodeSigningConfig {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let planned = legacy::normalize(&TYPE.schema.block, prior, request.config, request.proposed);
        outcome::plan(link.settings.tags.complete(prior, planned), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let arn = filled(&request.prior, "id").or_else(|| filled(&request.prior, "arn"));
            outcome::read(request, look(link, &arn.unwrap_or_default(), &request.prior).await)
        })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            match create(&step).await {
                Ok(arn) => {
                    let planned = step.planned().with_attr("id", Value::from(arn.as_str()));
                    outcome::written(&planned, private(false), look(step.link, &arn, &planned).await)
                }
                Err(problems) => step.unchanged(problems),
            }
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let arn = filled(step.prior(), "id").unwrap_or_default();
            let (done, base) = match update(&step, &arn).await {
                Ok(()) => (Diagnostics::new(), step.planned()),
                Err(problems) => (problems, step.prior()),
            };
            let mut response = outcome::written(base, private(false), look(step.link, &arn, base).await);
            response.problems.extend(done);
            response
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let arn = filled(step.prior(), "id").unwrap_or_default();
            let client = &step.session.writes;
            let mutation =
                Mutation { operation: "DeleteCodeSigningConfig", target: &arn, policy: retry::PLAIN };
            let call = || client.delete_code_signing_config().code_signing_config_arn(&arn).send();
            outcome::deleted(&step, &arn, step.session.write(mutation, step.context, call).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            match &request.prior {
                Some(prior) => {
                    let arn = filled(prior, "id").unwrap_or_default();
                    outcome::settled(request, private(false), look(link, &arn, prior).await)
                }
                None => recognize(link, request).await,
            }
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let object = empty(&TYPE.schema.block, json!({ "id": id }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// Makes one; gives its ARN.
async fn create(step: &Step<'_>) -> Result<String, Diagnostics> {
    let (session, planned) = (step.session, step.planned());
    // They have no names: whichever is there afterwards, was not before, and is as planned, was made by us.
    let before = alike(session, planned).await.map_err(|error| error.diagnostic(NEW))?;
    let target = before.iter().fold(BESIDE.to_owned(), |target, arn| format!("{target} {arn}"));
    let tags = tagging::wanted(step);
    let builder = session
        .writes
        .create_code_signing_config()
        .description(text(planned, "description").unwrap_or_default())
        .set_allowed_publishers(publishers(planned))
        .set_code_signing_policies(policies(planned))
        .set_tags((!tags.is_empty()).then(|| tags.into_iter().collect()));
    let mutation = Mutation { operation: "CreateCodeSigningConfig", target: &target, policy: retry::PLAIN };
    let call = || async {
        let answer = builder.clone().send().await?;
        Ok(answer.code_signing_config.map(|seen| seen.code_signing_config_arn))
    };
    let find = || async {
        let made = alike(session, planned).await?.into_iter().find(|arn| !before.contains(arn));
        Ok(made.map(Some))
    };
    let answer = session.write_once(mutation, step.context, call, find).await;
    Ok(answer.map_err(|error| error.diagnostic(NEW))?.unwrap_or_default())
}

async fn update(step: &Step<'_>, arn: &str) -> Result<(), Diagnostics> {
    let planned = step.planned();
    let groups = step.request.groups.with(TYPE.schema.block.changed(step.prior(), planned, true));
    if groups.meets(TAGS) {
        tagging::change(step, arn, arn).await?;
    }
    if groups.meets(CONFIG) {
        let builder = step
            .session
            .writes
            .update_code_signing_config()
            .code_signing_config_arn(arn)
            .description(text(planned, "description").unwrap_or_default())
            .set_allowed_publishers(publishers(planned))
            .set_code_signing_policies(policies(planned));
        let mutation = Mutation { operation: "UpdateCodeSigningConfig", target: arn, policy: retry::PLAIN };
        let answer = step.session.write(mutation, step.context, || builder.clone().send()).await;
        answer.map_err(|error| error.diagnostic(arn))?;
    }
    Ok(())
}

fn publishers(object: &Value) -> Option<AllowedPublishers> {
    let arns = some_texts(block(object, "allowed_publishers")?, "signing_profile_version_arns");
    AllowedPublishers::builder().set_signing_profile_version_arns(arns).build().ok()
}

fn policies(object: &Value) -> Option<CodeSigningPolicies> {
    let policy = filled(block(object, "policies")?, "untrusted_artifact_on_deployment")?;
    Some(CodeSigningPolicies::builder().untrusted_artifact_on_deployment(policy.as_str().into()).build())
}

/// Every code signing configuration of the account and region.
async fn all(session: &Session) -> CallResult<Vec<Seen>> {
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let call = session.reads.list_code_signing_configs().set_marker(marker);
        let page = session.read("ListCodeSigningConfigs", call.send()).await?;
        found.extend(page.code_signing_configs.unwrap_or_default());
        marker = page.next_marker.filter(|m| !m.is_empty());
        if marker.is_none() {
            return Ok(found);
        }
    }
}

fn is_as_planned(seen: &Seen, planned: &Value) -> bool {
    let sorted = |publishers: Option<AllowedPublishers>| {
        let mut arns = publishers.map(|p| p.signing_profile_version_arns).unwrap_or_default();
        arns.sort();
        arns
    };
    seen.description.clone().unwrap_or_default() == text(planned, "description").unwrap_or_default()
        && sorted(seen.allowed_publishers.clone()) == sorted(publishers(planned))
        && policies(planned).is_none_or(|wanted| seen.code_signing_policies.as_ref() == Some(&wanted))
}

/// The ARNs of those that are as planned.
async fn alike(session: &Session, planned: &Value) -> CallResult<Vec<String>> {
    let all = all(session).await?.into_iter();
    Ok(all.filter(|seen| is_as_planned(seen, planned)).map(|seen| seen.code_signing_config_arn).collect())
}

/// Whether a killed run made one: the only one that is as planned and was not there before, which the journal names.
async fn recognize(link: &Link, request: &SettleRequest) -> Settled {
    let planned = request.planned.as_ref().unwrap_or(&Value::NULL);
    let found = match link.session().await {
        Ok(session) => alike(session, planned).await.map_err(|error| error.diagnostic(NEW).into()),
        Err(problems) => Err(problems),
    };
    let alike = match found {
        Ok(alike) => alike,
        Err(problems) => return Settled::Unclear(problems),
    };
    let before: Vec<&str> =
        request.target.strip_prefix(BESIDE).unwrap_or_default().split_whitespace().collect();
    let new: Vec<&String> = alike.iter().filter(|arn| !before.contains(&arn.as_str())).collect();
    match *new {
        [] => Settled::NotLanded,
        [arn] => {
            let known = planned.with_attr("id", Value::from(arn.as_str()));
            let found = look(link, arn, &known).await;
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found)
        }
        _ => {
            let new: Vec<&str> = new.iter().map(|arn| arn.as_str()).collect();
            let warning = Diagnostic::warning(
                "Interrupted creation not taken over",
                format!(
                    "A run was killed while it created a code signing configuration, and one of these may be it: {}. Code \
                     signing configurations have no names by which to tell. Import it, or delete it if nothing uses it.",
                    new.join(", ")
                ),
            );
            Settled::Unclear(warning.into())
        }
    }
}

/// The configuration without its tags.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(link: &Link, arn: &str) -> Found {
    let session = link.session().await?;
    let call = session.reads.get_code_signing_config().code_signing_config_arn(arn);
    match session.read("GetCodeSigningConfig", call.send()).await {
        Ok(answer) => answer.code_signing_config.map(|seen| object(&seen)).transpose(),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(arn).into()),
    }
}

async fn look(link: &Link, arn: &str, known: &Value) -> Found {
    let session = link.session().await?;
    let Some(object) = find(link, arn).await? else { return Ok(None) };
    let tags = match tagging::list(session, arn).await {
        Ok(tags) => tags,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.diagnostic(arn).into()),
    };
    let (tags, tags_all) = link.settings.tags.record(&tags, known.get("tags"));
    Ok(Some(object.with_attr("tags", tags).with_attr("tags_all", tags_all)))
}

fn object(seen: &Seen) -> Result<Value, Diagnostics> {
    let policy =
        seen.code_signing_policies.as_ref().and_then(|p| p.untrusted_artifact_on_deployment.as_ref());
    let policies = policy.map(|p| json!([{ "untrusted_artifact_on_deployment": p.as_str() }]));
    let publishers = seen.allowed_publishers.as_ref().map(|p| p.signing_profile_version_arns());
    empty(
        &TYPE.schema.block,
        json!({
            "allowed_publishers": [{ "signing_profile_version_arns": publishers.unwrap_or_default() }],
            "arn": seen.code_signing_config_arn,
            "config_id": seen.code_signing_config_id,
            "description": seen.description.as_deref().unwrap_or_default(),
            "id": seen.code_signing_config_arn,
            "last_modified": seen.last_modified,
            "policies": policies.unwrap_or_else(|| json!([])),
        }),
    )
}

//! `aws_iam_policy`: a managed policy, whose changes are new versions of it.
//! Knows nothing of what it is attached to.

use std::collections::BTreeMap;

use aws_sdk_iam::types::Policy as Seen;
use serde_json::json;

use super::listing::{listing, policy_key};
use super::policy_json::{decoded, equivalent, kept, normalized};
use super::{
    DESCRIPTION, GENERATED, NAME, PATH, POLICY, TAGS, check_names, new_name, policy_json, tag_changes,
    to_tags, unanswered, wanted_tags, with_path, with_tags,
};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallError, CallResult, name_taken};
use crate::providers::aws::fields::{empty, filled, text};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::tags::TagRules;
use crate::providers::aws::{retry, unique};
use crate::schema::{Attribute, Block, Constraint, Schema};

use Constraint::{Custom, Length};

static TYPE: ResourceType = ResourceType {
    name: "aws_iam_policy",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::number("attachment_count").computed(),
                DESCRIPTION.replaces(),
                Attribute::string("id").optional_computed(),
                Attribute::string("name").optional_computed().replaces().check(&[Length(1, 128), NAME]),
                Attribute::string("name_prefix")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 128 - GENERATED), NAME]),
                PATH,
                Attribute::string("policy").required().loose().group(POLICY).check(&[policy_json::POLICY]),
                Attribute::string("policy_id").computed(),
                Attribute::string_map("tags")
                    .part_of("tags_all")
                    .group(TAGS)
                    .check(&[Custom(crate::providers::aws::tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
            ],
            blocks: &[],
        },
    },
    unique: &["name"],
    empty_is_null: true,
    import_id: "ARN",
};

/// The type.
pub(in crate::providers::aws) struct Policy;

impl Resource for Policy {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        check_names(config)
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let prior = request.prior.filter(|p| !p.is_null());
        let mut result = with_path(outcome::planned(&TYPE, request, |_, planned| planned));
        policy_json::plan(&mut result, "policy", prior, normalized);
        outcome::plan(link.settings.tags.complete(prior, result), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let arn = filled(&request.prior, "id").unwrap_or_default();
            outcome::read(request, look(link, &arn, &request.prior).await)
        })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(policy_key(&filled(prior, "id").unwrap_or_default()))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let mut object = step.prior().clone();
            let result = update(&step, &mut object).await;
            let arn = filled(step.prior(), "id").unwrap_or_default();
            outcome::updated(object, private(false), &arn, result)
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let arn = filled(step.prior(), "id").unwrap_or_default();
            let mut result = delete(&step, &arn, retry::IAM_GONE).await;
            if result.as_ref().is_err_and(|error| error.code == "DeleteConflict") {
                result = match remove_versions(&step, &arn, usize::MAX).await {
                    Ok(()) => delete(&step, &arn, retry::CLEAR).await,
                    Err(error) => Err(error),
                };
            }
            outcome::deleted(&step, &arn, result)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            let found = async {
                match filled(subject, "id").or_else(|| filled(subject, "arn")) {
                    Some(arn) => look(link, &arn, subject).await,
                    // It was being created, and its name is all that is known of it.
                    None => match find(link.session().await?, &request.target, None).await {
                        Ok(Some(seen)) => look(link, seen.arn().unwrap_or_default(), subject).await,
                        Ok(None) => Ok(None),
                        Err(error) => Err(error.diagnostic(&request.target).into()),
                    },
                }
            };
            outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found.await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        if !id.starts_with("arn:") {
            return Err(Diagnostic::error(
                "Invalid import id",
                format!("A policy is imported by its ARN, and {id:?} is none."),
            )
            .into());
        }
        let object = empty(&TYPE.schema.block, json!({ "id": id }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// GetPolicy; none if there is no such policy.
///
/// # Errors
/// What the service answered.
async fn get(session: &Session, arn: &str) -> CallResult<Option<Seen>> {
    let call = session.iam.reads.get_policy().policy_arn(arn).send();
    match session.iam.read("GetPolicy", call).await {
        Ok(answer) => Ok(answer.policy),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A policy by its name, and the beginning of its path if that is given.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn find(
    session: &Session,
    name: &str,
    path: Option<String>,
) -> CallResult<Option<Seen>> {
    let call = session.iam.reads.list_policies().set_path_prefix(path);
    let all = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let all = session.iam.read("ListPolicies", all).await?;
    Ok(all.into_iter().find(|policy| policy.policy_name() == Some(name)))
}

/// The document of a policy's default version.
///
/// # Errors
/// What the service answered.
async fn document(session: &Session, seen: &Seen) -> CallResult<String> {
    let version = seen.default_version_id().unwrap_or("v1");
    let call = session.iam.reads.get_policy_version().set_policy_arn(seen.arn.clone()).version_id(version);
    let answer = session.iam.read("GetPolicyVersion", call.send()).await?;
    let document = answer.policy_version.and_then(|version| version.document);
    Ok(decoded(&document.unwrap_or_default()))
}

/// A policy with its document; none if there is no such policy.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn whole(
    session: &Session,
    arn: &str,
) -> CallResult<Option<(Seen, String)>> {
    let Some(seen) = get(session, arn).await? else { return Ok(None) };
    let document = document(session, &seen).await?;
    Ok(Some((seen, document)))
}

async fn look(link: &Link, arn: &str, known: &Value) -> Found {
    let session = link.session().await?;
    let failed = |error: Box<CallError>| Diagnostics::from(error.diagnostic(arn));
    // Lists of policies leave out tags.
    let (seen, listing) = tokio::try_join!(get(session, arn), listing(link, session)).map_err(failed)?;
    let Some(seen) = seen else { return Ok(None) };
    let document = match listing.document(arn, seen.default_version_id().unwrap_or_default()) {
        Some(document) => document.to_owned(),
        None => document(session, &seen).await.map_err(failed)?,
    };
    object(&seen, &document, known, &link.settings.tags).map(Some)
}

fn object(seen: &Seen, document: &str, known: &Value, rules: &TagRules) -> Result<Value, Diagnostics> {
    let name = seen.policy_name().unwrap_or_default();
    let object = empty(
        &TYPE.schema.block,
        json!({
            "arn": seen.arn(),
            "attachment_count": seen.attachment_count().unwrap_or_default(),
            "description": seen.description().unwrap_or_default(),
            "id": seen.arn(),
            "name": name,
            "name_prefix": unique::prefix(name).unwrap_or_default(),
            "path": seen.path(),
            "policy": kept(filled(known, "policy").as_deref(), document, normalized),
            "policy_id": seen.policy_id(),
        }),
    )?;
    Ok(with_tags(object, rules, seen.tags(), known))
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let name = new_name(planned);
    let document = text(planned, "policy").unwrap_or_default();
    let tags = to_tags(&wanted_tags(&step));
    let call = step
        .session
        .iam
        .writes
        .create_policy()
        .policy_name(&name)
        .policy_document(&document)
        .set_description(filled(planned, "description"))
        .set_path(filled(planned, "path"))
        .set_tags(Some(tags.clone()).filter(|tags| !tags.is_empty()));
    let mutation = Mutation { operation: "CreatePolicy", target: &name, policy: retry::IAM };
    let seen = match step.session.iam.write(mutation, step.context, || call.clone().send()).await {
        Ok(answer) => answer.policy,
        Err(error) if error.is_name_taken() => {
            // Perhaps our own earlier attempt made it.
            let own = async {
                let path = filled(planned, "path");
                let seen = find(step.session, &name, path).await.ok().flatten()?;
                let now = self::document(step.session, &seen).await.ok()?;
                equivalent(&now, &document).then_some(seen)
            };
            let found = if error.after_unclear { own.await } else { None };
            let Some(seen) = found else {
                let path = filled(planned, "path").unwrap_or_default();
                let id = format!("arn:aws:iam::ACCOUNT:policy{path}{name}");
                let shown = name_taken("Policy", &id, step.request.address.as_ref(), &error);
                return step.unchanged(shown.on("name"));
            };
            Some(seen)
        }
        Err(error) => return step.unchanged(error.diagnostic(&name)),
    };
    let found = match seen {
        // What CreatePolicy answers leaves out what it was told.
        Some(mut seen) => {
            (seen.description, seen.tags) = (filled(planned, "description"), Some(tags));
            object(&seen, &document, planned, &step.link.settings.tags)
        }
        None => Err(unanswered("CreatePolicy", &name).into()),
    };
    outcome::written(step.planned(), private(false), found.map(Some))
}

/// Brings the service's policy to what is planned; `object` follows what has been done.
async fn update(step: &Step<'_>, object: &mut Value) -> CallResult<()> {
    let (planned, groups) = (step.planned(), step.request.groups);
    let arn = filled(step.prior(), "id").unwrap_or_default();
    let (iam, target) = (&step.session.iam, &*arn);
    let mutation = |operation, policy| Mutation { operation, target, policy };
    let mut take = |names: &[&str]| {
        for name in names {
            object.set_attr(name, planned.get(name).cloned().unwrap_or(Value::NULL));
        }
    };
    if groups.meets(TAGS) {
        let (removed, set) = tag_changes(step);
        if !removed.is_empty() {
            let call = iam.writes.untag_policy().policy_arn(&arn).set_tag_keys(Some(removed));
            let untag = mutation("UntagPolicy", retry::IAM_GONE);
            iam.write(untag, step.context, || call.clone().send()).await?;
        }
        if !set.is_empty() {
            let call = iam.writes.tag_policy().policy_arn(&arn).set_tags(Some(set));
            iam.write(mutation("TagPolicy", retry::IAM), step.context, || call.clone().send()).await?;
        }
        take(&["tags", "tags_all"]);
    }
    if groups.meets(POLICY) {
        let document = text(planned, "policy").unwrap_or_default();
        let mut result = publish(step, &arn, &document).await;
        if result.as_ref().is_err_and(|error| error.code.starts_with("LimitExceeded")) {
            // It has five versions: the oldest makes room.
            remove_versions(step, &arn, 1).await?;
            result = publish(step, &arn, &document).await;
        }
        result?;
        take(&["policy"]);
    }
    Ok(())
}

/// CreatePolicyVersion, once only: a second one would push out one more old version.
async fn publish(step: &Step<'_>, arn: &str, document: &str) -> CallResult<()> {
    let iam = &step.session.iam;
    let call = iam.writes.create_policy_version().policy_arn(arn).policy_document(document);
    let call = call.set_as_default(true);
    let find = || async {
        let Some(seen) = get(step.session, arn).await? else { return Ok(None) };
        let now = self::document(step.session, &seen).await?;
        Ok((normalized(&now) == normalized(document)).then_some(()))
    };
    let mutation = Mutation { operation: "CreatePolicyVersion", target: arn, policy: retry::IAM };
    let call = || async { call.clone().send().await.map(drop) };
    iam.write_once(mutation, step.context, call, find).await
}

/// Deletes so many versions beside the default one, the oldest first.
async fn remove_versions(step: &Step<'_>, arn: &str, count: usize) -> CallResult<()> {
    let iam = &step.session.iam;
    let call = iam.reads.list_policy_versions().policy_arn(arn);
    let all = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let all = iam.read("ListPolicyVersions", all).await?;
    let number = |id: &str| id.trim_start_matches('v').parse::<u64>().unwrap_or_default();
    let old: BTreeMap<u64, String> = all
        .into_iter()
        .filter(|version| !version.is_default_version)
        .filter_map(|version| version.version_id.map(|id| (number(&id), id)))
        .collect();
    for id in old.into_values().take(count) {
        let target = format!("{arn}:{id}");
        let mutation =
            Mutation { operation: "DeletePolicyVersion", target: &target, policy: retry::IAM_GONE };
        let call = iam.writes.delete_policy_version().policy_arn(arn).version_id(&id);
        match iam.write(mutation, step.context, || call.clone().send()).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

async fn delete(step: &Step<'_>, arn: &str, policy: retry::Policy) -> CallResult<()> {
    let call = step.session.iam.writes.delete_policy().policy_arn(arn);
    let mutation = Mutation { operation: "DeletePolicy", target: arn, policy };
    step.session.iam.write(mutation, step.context, || call.clone().send()).await.map(drop)
}

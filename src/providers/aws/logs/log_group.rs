//! `aws_cloudwatch_log_group`: where a function's output goes.
//! Knows nothing of functions, nor of how groups are listed.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_cloudwatchlogs::types::{LogGroup as Seen, LogGroupClass};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::json;

use super::listing;
use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{empty, entries, filled, flag, int32, is_set};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::{retry, tags, unique};
use crate::schema::{Attribute, Block, Constraint, Default, Group, Schema};

use Constraint::{Arn, Custom, Length, OneOf, Pattern};

/// `PutRetentionPolicy`, `DeleteRetentionPolicy`.
const RETENTION: Group = Group(1);
/// `AssociateKmsKey`, `DisassociateKmsKey`.
const KEY: Group = Group(1 << 1);
/// `TagResource`, `UntagResource`.
const TAGS: Group = Group(1 << 2);
/// Kept in state only; no call carries it.
const STATE: Group = Group(1 << 3);
/// `PutLogGroupDeletionProtection`
const PROTECTION: Group = Group(1 << 4);

/// The attribute that says whether a group can be deleted.
const PROTECTED: &str = "deletion_protection_enabled";

const NAME: Constraint = Pattern(
    r"[.\-_/#A-Za-z0-9]+",
    "A name of letters, digits, periods, hyphens, underscores, slashes and number signs",
);

static TYPE: ResourceType = ResourceType {
    name: "aws_cloudwatch_log_group",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("arn").computed(),
                Attribute::bool("deletion_protection_enabled").optional_computed().newer().group(PROTECTION),
                Attribute::string("id").optional_computed(),
                Attribute::string("kms_key_id").group(KEY).check(&[Arn]),
                Attribute::string("log_group_class").optional_computed().replaces().check(&[OneOf(&[
                    "STANDARD",
                    "INFREQUENT_ACCESS",
                    "DELIVERY",
                ])]),
                Attribute::string("name").optional_computed().replaces().check(&[Length(1, 512), NAME]),
                Attribute::string("name_prefix")
                    .optional_computed()
                    .replaces()
                    .check(&[Length(1, 486), NAME]),
                Attribute::number("retention_in_days")
                    .default(Default::Int(0))
                    .group(RETENTION)
                    .check(&[Custom(days)]),
                Attribute::bool("skip_destroy").default(Default::Bool(false)).group(STATE),
                Attribute::string_map("tags").group(TAGS).check(&[Custom(tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
            ],
            blocks: &[],
        },
    },
    unique: &["name"],
    empty_is_null: true,
    import_id: "NAME",
};

/// How long events can be kept; 0 is for ever. Source: PutRetentionPolicy.
const DAYS: &[i64] = &[
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
    3653,
];

fn days(value: &Value) -> Option<String> {
    let given = value.as_number()?;
    if given.as_i64().is_some_and(|days| DAYS.contains(&days)) {
        return None;
    }
    let known: Vec<String> = DAYS.iter().map(ToString::to_string).collect();
    Some(format!(
        "CloudWatch Logs keeps events for one of {} days (0 is for ever), and not for {given}.",
        known.join(", ")
    ))
}

/// The type.
pub(in crate::providers::aws) struct LogGroup;

impl Resource for LogGroup {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        if is_set(config, "name") && is_set(config, "name_prefix") {
            return Diagnostic::error(
                "Conflicting configuration arguments",
                "A log group has either a name of its own or one that begins with a prefix: \"name_prefix\" conflicts \
                 with \"name\". Remove one of them.",
            )
            .on("name_prefix")
            .into();
        }
        Diagnostics::new()
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        let mut planned = outcome::planned(&TYPE, request, |_, planned| planned);
        let prior = request.prior.filter(|prior| !prior.is_null());
        // Who says nothing of it has a group that can be deleted, and files that older releases can read.
        if planned.get(PROTECTED).is_some_and(Value::is_unknown)
            && request.config.get(PROTECTED).is_some_and(Value::is_null)
        {
            planned.set_attr(PROTECTED, Value::null(Type::Bool));
        }
        outcome::plan(link.settings.tags.complete(prior, planned), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let look = async {
                let (session, name) = (link.session().await?, name(&request.prior));
                let seen = listing::find(link, session, &name).await;
                described(link, session, seen, &request.prior, None).await
            };
            outcome::read(request, look.await)
        })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(listing::key(&name(prior)))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let done = async {
                if step.request.groups.meets(RETENTION) {
                    retain(&step, &name(step.planned())).await?;
                }
                if step.request.groups.meets(PROTECTION) {
                    protect(&step).await?;
                }
                if step.request.groups.meets(KEY) {
                    encrypt(&step).await?;
                }
                if step.request.groups.meets(TAGS) {
                    retag(&step).await?;
                }
                Ok(())
            };
            let done: CallResult<()> = done.await;
            finish(&step, step.planned(), done.err().map(|error| error.diagnostic(&name(step.planned()))))
                .await
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let name = name(step.prior());
            if flag(step.prior(), "skip_destroy").unwrap_or(false) {
                return ApplyResponse::default();
            }
            let client = &step.session.logs.writes;
            let call = || client.delete_log_group().log_group_name(&name).send();
            outcome::deleted(&step, &name, write(&step, "DeleteLogGroup", &name, call).await)
        })
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let subject = request.subject();
            // A generated name is known only from the call that carried it.
            let known = match filled(subject, "name") {
                Some(_) => subject.clone(),
                None => subject.with_attr("name", Value::from(request.target.as_str())),
            };
            let look = async {
                let session = link.session().await?;
                described(link, session, listing::one(session, &name(&known)).await, &known, None).await
            };
            let planned = match (&request.prior, &request.planned) {
                (None, Some(planned)) => Some(created(planned)),
                (_, planned) => planned.clone(),
            };
            let request = &SettleRequest { planned, ..request.clone() };
            let block = &TYPE.schema.block;
            outcome::settled_by_comparing(block, request, private(false), look.await)
        })
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        if NAME.violation(&Value::from(id)).is_some() {
            return Err(Diagnostic::error(
                "Invalid import id",
                format!("A log group is imported by its name, and {id:?} cannot be one."),
            )
            .into());
        }
        let object = json!({ "id": id, "name": id, "skip_destroy": false });
        Ok(ImportResponse { object: empty(&TYPE.schema.block, object)?, private: private(true) })
    }
}

/// The group's name; empty while it is not known.
fn name(object: &Value) -> String {
    filled(object, "name").unwrap_or_default()
}

/// A group as CreateLogGroup alone makes it: how long events are kept is said by another call.
fn created(planned: &Value) -> Value {
    planned.with_attr("retention_in_days", Value::null(Type::Number))
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let name = filled(planned, "name").unwrap_or_else(|| {
        let prefix = filled(planned, "name_prefix").unwrap_or_else(|| "terraform-".to_owned());
        format!("{prefix}{}", unique::suffix())
    });
    let class = filled(planned, "log_group_class");
    let builder = step
        .session
        .logs
        .writes
        .create_log_group()
        .log_group_name(&name)
        .set_kms_key_id(filled(planned, "kms_key_id"))
        .set_deletion_protection_enabled(flag(planned, PROTECTED).filter(|protected| *protected))
        .set_log_group_class(class.as_deref().map(LogGroupClass::from))
        .set_tags(
            Some(wanted_tags(&step).into_iter().collect()).filter(|tags: &HashMap<_, _>| !tags.is_empty()),
        );
    let known =
        planned.with_attr("name", Value::from(name.as_str())).with_attr("id", Value::from(name.as_str()));
    if let Err(error) = write(&step, "CreateLogGroup", &name, || builder.clone().send()).await {
        let seen = async {
            described(step.link, step.session, listing::one(step.session, &name).await, &known, None).await
        };
        if outcome::own(&error, &TYPE.schema.block, &created(&known), seen).await.is_none() {
            return outcome::not_created(&step, ("Log group", &name, "name"), &error);
        }
    }
    let kept = match int32(planned, "retention_in_days") {
        None | Some(0) => Ok(()),
        Some(_) => retain(&step, &name).await,
    };
    finish(&step, &known, kept.err().map(|error| error.diagnostic(&name))).await
}

/// The group as it is after all that was done, with what went wrong.
async fn finish(step: &Step<'_>, known: &Value, problem: Option<Diagnostic>) -> ApplyResponse {
    let seen = listing::one(step.session, &name(known)).await;
    // After calls that succeeded, the tags are those that were sent.
    let tags = problem.is_none().then(|| wanted_tags(step).into_iter().collect());
    let found = described(step.link, step.session, seen, known, tags).await;
    let mut response = outcome::written(known, private(false), found);
    response.problems.extend(problem);
    response
}

/// Sets how long events are kept. Groups of the class `DELIVERY` keep them for two days, whatever is said.
async fn retain(step: &Step<'_>, name: &str) -> CallResult<()> {
    if is_delivery(step.planned()) {
        return Ok(());
    }
    let client = &step.session.logs.writes;
    match int32(step.planned(), "retention_in_days").filter(|days| *days > 0) {
        Some(days) => {
            let call = || client.put_retention_policy().log_group_name(name).retention_in_days(days).send();
            write(step, "PutRetentionPolicy", name, call).await.map(drop)
        }
        None => {
            let call = || client.delete_retention_policy().log_group_name(name).send();
            write(step, "DeleteRetentionPolicy", name, call).await.map(drop)
        }
    }
}

async fn encrypt(step: &Step<'_>) -> CallResult<()> {
    let (name, client) = (name(step.planned()), &step.session.logs.writes);
    match filled(step.planned(), "kms_key_id") {
        Some(key) => {
            let call = || client.associate_kms_key().log_group_name(&name).kms_key_id(&key).send();
            write(step, "AssociateKmsKey", &name, call).await.map(drop)
        }
        None => {
            let call = || client.disassociate_kms_key().log_group_name(&name).send();
            write(step, "DisassociateKmsKey", &name, call).await.map(drop)
        }
    }
}

async fn protect(step: &Step<'_>) -> CallResult<()> {
    let (name, client) = (name(step.planned()), &step.session.logs.writes);
    let Some(protected) = flag(step.planned(), PROTECTED) else { return Ok(()) };
    let call = || {
        let call = client.put_log_group_deletion_protection().log_group_identifier(&name);
        call.deletion_protection_enabled(protected).send()
    };
    write(step, "PutLogGroupDeletionProtection", &name, call).await.map(drop)
}

async fn retag(step: &Step<'_>) -> CallResult<()> {
    let (name, client) = (name(step.planned()), &step.session.logs.writes);
    let arn = filled(step.prior(), "arn").unwrap_or_default();
    let (removed, set) =
        tags::difference(step.prior().get("tags_all").unwrap_or(&Value::NULL), &wanted_tags(step));
    if !removed.is_empty() {
        let call = || client.untag_resource().resource_arn(&arn).set_tag_keys(Some(removed.clone())).send();
        write(step, "UntagResource", &name, call).await?;
    }
    if !set.is_empty() {
        let set: HashMap<String, String> = set.into_iter().collect();
        let call = || client.tag_resource().resource_arn(&arn).set_tags(Some(set.clone())).send();
        write(step, "TagResource", &name, call).await?;
    }
    Ok(())
}

async fn write<T, E, F>(
    step: &Step<'_>,
    operation: &'static str,
    name: &str,
    call: impl Fn() -> F,
) -> CallResult<T>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let mutation = Mutation { operation, target: name, policy: retry::LOGS };
    step.session.logs.write(mutation, step.context, call).await
}

/// The tags a step ends with.
fn wanted_tags(step: &Step<'_>) -> BTreeMap<String, String> {
    let planned = step.planned();
    let all = planned.get("tags_all").and_then(entries).map(|tags| tags.into_iter().collect());
    all.unwrap_or_else(|| step.link.settings.tags.merge(planned.get("tags").unwrap_or(&Value::NULL)))
}

fn is_delivery(object: &Value) -> bool {
    filled(object, "log_group_class").as_deref() == Some("DELIVERY")
}

/// The object of a group that was looked for, with its tags, which no list answers: those given, or asked for.
async fn described(
    link: &Link,
    session: &Session,
    seen: CallResult<Option<Seen>>,
    known: &Value,
    tags: Option<HashMap<String, String>>,
) -> Found {
    let name = name(known);
    let Some(seen) = seen.map_err(|error| error.diagnostic(&name))? else { return Ok(None) };
    let arn = arn(&seen);
    let tags = match tags {
        Some(tags) => tags,
        None => match self::tags(session, &seen).await.map_err(|error| error.diagnostic(&name))? {
            Some(tags) => tags,
            None => return Ok(None),
        },
    };
    let (own, all) = link.settings.tags.record(&tags.into_iter().collect(), known.get("tags"));
    // Nobody chooses how long groups of the class DELIVERY keep events, so what configuration says stays.
    let delivery = seen.log_group_class.as_ref().is_some_and(|class| class.as_str() == "DELIVERY");
    let days = if delivery { int32(known, "retention_in_days") } else { seen.retention_in_days };
    let protected = seen.deletion_protection_enabled.filter(|is| *is || flag(known, PROTECTED).is_some());
    let protected = protected.or_else(|| flag(known, PROTECTED).map(|_| false));
    let class = seen.log_group_class.as_ref().map_or("STANDARD", LogGroupClass::as_str);
    let object = empty(
        &TYPE.schema.block,
        json!({
            "arn": arn,
            "deletion_protection_enabled": protected,
            "id": name,
            "kms_key_id": seen.kms_key_id.as_deref().unwrap_or_default(),
            "log_group_class": class,
            "name": name,
            "name_prefix": unique::prefix(&name).unwrap_or_default(),
            "retention_in_days": days.unwrap_or_default(),
            "skip_destroy": flag(known, "skip_destroy"),
        }),
    )?;
    Ok(Some(object.with_attr("tags", own).with_attr("tags_all", all)))
}

/// The tags of a group; `None` if it went in between.
pub(in crate::providers::aws) async fn tags(
    session: &Session,
    seen: &Seen,
) -> CallResult<Option<HashMap<String, String>>> {
    let call = session.logs.reads.list_tags_for_resource().resource_arn(arn(seen)).send();
    match session.logs.read("ListTagsForResource", call).await {
        Ok(answer) => Ok(Some(answer.tags.unwrap_or_default())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ARN without the `:*` that lists write after it.
pub(in crate::providers::aws) fn arn(seen: &Seen) -> String {
    let arn = seen.arn.as_deref().or(seen.log_group_arn.as_deref()).unwrap_or_default();
    arn.strip_suffix(":*").unwrap_or(arn).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids_are_names() {
        assert_eq!(name(&LogGroup.import("/aws/lambda/f").unwrap().object), "/aws/lambda/f");
        for id in ["", "a b", "arn:aws:logs:us-east-1:123456789012:log-group:f"] {
            assert!(LogGroup.import(id).is_err(), "{id}");
        }
    }

    #[test]
    fn events_are_kept_as_long_as_the_service_can() {
        assert_eq!(days(&Value::from(14)), None);
        assert!(days(&Value::from(2)).unwrap().contains("1, 3, 5"));
    }
}

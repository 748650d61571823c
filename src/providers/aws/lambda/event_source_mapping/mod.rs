//! `aws_lambda_event_source_mapping`: a queue, stream or topic whose records a function gets.
//! Knows nothing of what is in the source.

mod listing;
mod plan;
mod request;
mod response;
mod schema;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_lambda::operation::get_event_source_mapping::GetEventSourceMappingOutput as Seen;
use aws_sdk_lambda::types::EventSourceMappingConfiguration as Listed;
use serde_json::json;

use super::tagging::{self, wanted};
use super::{CONFIG, TAGS};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::{CallError, CallResult};
use crate::providers::aws::fields::{empty, filled, is_as_known, texts};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome::{self, Found};
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::wait::Waited;
use crate::providers::aws::{arn, retry, wait};
use schema::TYPE;

/// How long a deletion may take, unless `timeouts` says otherwise.
const GONE: Duration = Duration::from_secs(300);

/// The type.
pub(in crate::providers::aws) struct EventSourceMapping;

impl Resource for EventSourceMapping {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        plan::validate(config)
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        outcome::plan(plan::plan(link, request), private(false))
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move {
            let id = filled(&request.prior, "id").unwrap_or_default();
            outcome::read(request, look(link, &id, &request.prior).await)
        })
    }

    fn asks(&self, prior: &Value) -> Option<String> {
        Some(listing::key(&filled(prior, "id").unwrap_or_default()))
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(create(step))
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(update(step))
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(delete(step))
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(settle(link, request))
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        if id.is_empty() {
            return Err(Diagnostic::error(
                "Invalid import id",
                "An event source mapping is imported by its UUID, and the id is empty.",
            )
            .into());
        }
        let object = empty(&TYPE.schema.block, json!({ "id": id, "uuid": id }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

async fn create(step: Step<'_>) -> ApplyResponse {
    let planned = step.planned();
    let function = filled(planned, "function_name").unwrap_or_default();
    let target = route(planned);
    let tags: HashMap<String, String> = wanted(&step).into_iter().collect();
    let builder = request::create(step.session.writes.create_event_source_mapping(), planned, tags);
    let mutation = Mutation { operation: "CreateEventSourceMapping", target: &target, policy: retry::MAP };
    let call = || async { builder.clone().send().await.map(|answer| answer.uuid.unwrap_or_default()) };
    let seen = async |id: &str| look(step.link, id, planned).await;
    let find = || async {
        let Some(id) = find(step.session, planned).await? else { return Ok(None) };
        let found = seen(&id).await.ok().flatten();
        Ok(found.is_some_and(|found| outcome::has_given(&TYPE.schema.block, &found, planned)).then_some(id))
    };
    let turn = step.link.lock(&function).await;
    let id = match step.session.write_once(mutation, step.context, call, find).await {
        Ok(id) => id,
        Err(error) => match holder(&error) {
            Some(id) if outcome::own(&error, &TYPE.schema.block, planned, seen(id)).await.is_some() => {
                id.to_owned()
            }
            Some(id) => {
                let named = ("Event source mapping", id, "event_source_arn");
                return outcome::not_created(&step, named, &error);
            }
            None => return step.unchanged(error.diagnostic(&target)),
        },
    };
    drop(turn);
    let limit = wait::limit(planned, "create");
    record(&step, &id, limit).await
}

/// The mapping that a refused creation says is there already.
fn holder(error: &CallError) -> Option<&str> {
    let id = error.message.trim_end_matches('.').rsplit(' ').next()?;
    (error.is_name_taken() && id.len() == 36).then_some(id)
}

async fn update(step: Step<'_>) -> ApplyResponse {
    let (prior, planned) = (step.prior(), step.planned());
    let id = filled(prior, "id").unwrap_or_default();
    let function = filled(planned, "function_name").unwrap_or_default();
    let turn = step.link.lock(&function).await;
    let groups = step.request.groups;
    let arn = filled(prior, "arn").unwrap_or_default();
    if groups.meets(TAGS)
        && let Err(problems) = tagging::change(&step, &arn, &id).await
    {
        return step.unchanged(problems);
    }
    if groups.meets(CONFIG) {
        let builder = step.session.writes.update_event_source_mapping().uuid(&id);
        let builder = request::update(builder, prior, planned);
        let mutation = Mutation { operation: "UpdateEventSourceMapping", target: &id, policy: retry::MAP };
        if let Err(error) = step.session.write(mutation, step.context, || builder.clone().send()).await {
            return step.unchanged(error.diagnostic(&id));
        }
    }
    drop(turn);
    record(&step, &id, wait::limit(planned, "update")).await
}

async fn delete(step: Step<'_>) -> ApplyResponse {
    let prior = step.prior();
    let id = filled(prior, "id").unwrap_or_default();
    let client = &step.session.writes;
    let mutation = Mutation { operation: "DeleteEventSourceMapping", target: &id, policy: retry::UNMAP };
    let turn = step.link.lock(&filled(prior, "function_name").unwrap_or_default()).await;
    let call = || client.delete_event_source_mapping().uuid(&id).send();
    let result = step.session.write(mutation, step.context, call).await;
    drop(turn);
    let mut problems = Diagnostics::new();
    if result.is_ok() {
        let limit = wait::limit_or(prior, "delete", GONE);
        let clock = step.session.clock(Some(step.context));
        // While it is being deleted, its source and function cannot be mapped again.
        let waited = wait::until(clock, limit, || get(step.session, &id), Option::is_none).await;
        if !matches!(waited, Waited::Failed(_)) {
            waited.take(&id, limit, &mut problems);
        }
    }
    let mut response = outcome::deleted(&step, &id, result);
    response.problems.extend(problems);
    response
}

async fn settle(link: &Link, request: &SettleRequest) -> Settled {
    let subject = request.subject();
    let id = match (&request.prior, link.session().await) {
        (_, Err(problems)) => return Settled::Unclear(problems),
        (Some(prior), _) => filled(prior, "id"),
        (None, Ok(session)) => match find(session, subject).await {
            Ok(found) => found,
            Err(error) => return Settled::Unclear(error.diagnostic(&request.target).into()),
        },
    };
    let found = match &id {
        Some(id) => look(link, id, subject).await,
        None => Ok(None),
    };
    outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found)
}

/// What it connects, as the journal names a mapping that has no id yet.
fn route(object: &Value) -> String {
    let function = filled(object, "function_name").unwrap_or_default();
    let source = filled(object, "event_source_arn").unwrap_or_else(|| "self-managed".to_owned());
    format!("{} <- {source}", arn::function_name(&function))
}

/// The mapping; `None` when there is none.
async fn get(session: &Session, id: &str) -> CallResult<Option<Seen>> {
    match session
        .read("GetEventSourceMapping", session.reads.get_event_source_mapping().uuid(id).send())
        .await
    {
        Ok(seen) => Ok(Some(seen)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The id of the mapping that connects the same things. A self-managed source has no ARN: its topics tell it from others.
async fn find(session: &Session, planned: &Value) -> CallResult<Option<String>> {
    let source = filled(planned, "event_source_arn");
    let topics = texts(planned, "topics").unwrap_or_default();
    let same = |mapping: &&Listed| {
        mapping.state.as_deref() != Some("Deleting") && (source.is_some() || mapping.topics() == topics)
    };
    let mut marker = None;
    loop {
        let call = session
            .reads
            .list_event_source_mappings()
            .set_function_name(filled(planned, "function_name"))
            .set_event_source_arn(source.clone())
            .set_marker(marker);
        let page = session.read("ListEventSourceMappings", call.send()).await?;
        if let Some(found) = page.event_source_mappings().iter().find(same) {
            return Ok(found.uuid.clone());
        }
        marker = page.next_marker.filter(|marker| !marker.is_empty());
        if marker.is_none() {
            return Ok(None);
        }
    }
}

async fn look(link: &Link, id: &str, known: &Value) -> Found {
    let session = link.session().await?;
    let failed = |error: Box<CallError>| Diagnostics::from(error.diagnostic(id));
    if let Some(listed) = listing::find(link, session, id).await.map_err(failed)?
        && let Some(object) = described(link, session, &listed, known).await.map_err(failed)??
        && is_as_known(&object, known)
    {
        return Ok(Some(object));
    }
    let Some(seen) = get(session, id).await.map_err(failed)? else { return Ok(None) };
    described(link, session, &seen, known).await.map_err(failed)?
}

/// The object of a mapping, with its tags, which no other call answers.
async fn described(link: &Link, session: &Session, seen: &Seen, known: &Value) -> CallResult<Found> {
    let tags = match &seen.event_source_mapping_arn {
        Some(arn) => {
            let key = format!("ListTags {arn}");
            match link.once(key, tagging::list(session, arn)).await {
                // It went in between.
                Err(error) if error.is_not_found() => return Ok(Ok(None)),
                tags => tags?,
            }
        }
        None => Default::default(),
    };
    Ok(response::object(seen, &tags, &link.settings.tags, known).map(Some))
}

/// The mapping once it has settled.
async fn record(step: &Step<'_>, id: &str, limit: Duration) -> ApplyResponse {
    let planned = step.planned();
    let settled = |seen: &Option<Seen>| {
        let state = seen.as_ref().and_then(|seen| seen.state.as_deref());
        !matches!(state, None | Some("Creating" | "Enabling" | "Disabling" | "Updating"))
    };
    let mut problems = Diagnostics::new();
    let clock = step.session.clock(Some(step.context));
    let waited = wait::until(clock, limit, || get(step.session, id), settled).await;
    let seen = waited.take(id, limit, &mut problems).flatten();
    let known = planned.with_attr("id", Value::from(id)).with_attr("uuid", Value::from(id));
    let object = |seen| response::object(seen, &wanted(step), &step.link.settings.tags, planned);
    let found = seen.as_ref().map(object).transpose();
    let mut response = outcome::written(&known, private(false), found);
    response.problems.extend(problems);
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::aws::error::refused;

    #[test]
    fn the_mapping_in_the_way_is_named() {
        let id = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
        let message = format!(
            "An event source mapping with … already exists. Please update or delete the existing mapping with UUID {id}"
        );
        assert_eq!(holder(&refused("ResourceConflictException", &message, 409)), Some(id));
        assert_eq!(holder(&refused("ResourceConflictException", "It already exists", 409)), None);
        assert!(EventSourceMapping.import(id).is_ok() && EventSourceMapping.import("").is_err());
    }
}

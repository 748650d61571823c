//! The calls that read and change the tags of what Lambda keeps, by ARN.
//! Knows nothing of what is tagged; `tags` holds the rules.

use std::collections::{BTreeMap, HashMap};

use crate::base::{Diagnostics, Value};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::entries;
use crate::providers::aws::resource::Step;
use crate::providers::aws::{retry, tags};

/// The tags of an object.
///
/// # Errors
/// What the service answered.
pub(super) async fn list(session: &Session, arn: &str) -> CallResult<BTreeMap<String, String>> {
    let answer = session.read("ListTags", session.reads.list_tags().resource(arn).send()).await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// The tags that an object is to have once a step is done.
pub(super) fn wanted(step: &Step<'_>) -> BTreeMap<String, String> {
    let planned = step.planned();
    match planned.get("tags_all").and_then(entries) {
        Some(all) => all.into_iter().collect(),
        None => step.link.settings.tags.merge(planned.get("tags").unwrap_or(&Value::NULL)),
    }
}

/// Brings the tags of an object to what is planned: what goes first, then what comes (lambda-provider.md 0.2).
///
/// # Errors
/// What the service answered.
pub(super) async fn change(step: &Step<'_>, arn: &str, target: &str) -> Result<(), Diagnostics> {
    let (removed, set) =
        tags::difference(step.prior().get("tags_all").unwrap_or(&Value::NULL), &wanted(step));
    let client = &step.session.writes;
    if !removed.is_empty() {
        let mutation = Mutation { operation: "UntagResource", target, policy: retry::QUEUE };
        let call = || client.untag_resource().resource(arn).set_tag_keys(Some(removed.clone())).send();
        step.session.write(mutation, step.context, call).await.map_err(|error| error.diagnostic(target))?;
    }
    if !set.is_empty() {
        let set: HashMap<String, String> = set.into_iter().collect();
        let mutation = Mutation { operation: "TagResource", target, policy: retry::QUEUE };
        let call = || client.tag_resource().resource(arn).set_tags(Some(set.clone())).send();
        step.session.write(mutation, step.context, call).await.map_err(|error| error.diagnostic(target))?;
    }
    Ok(())
}

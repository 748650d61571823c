//! The calls that carry tags of Lambda's objects: they name an object by its ARN, whatever its type.
//! Knows nothing of which tags there should be; `tags` does.

use std::collections::BTreeMap;

use crate::base::{Diagnostics, Value};
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{entries, filled};
use crate::providers::aws::resource::Step;
use crate::providers::aws::{retry, tags};

/// The tags of an object.
///
/// # Errors
/// What the service answered.
pub(super) async fn tags_of(session: &Session, arn: &str) -> CallResult<BTreeMap<String, String>> {
    let answer = session.read("ListTags", session.reads.list_tags().resource(arn).send()).await?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// The tags an object shall have.
pub(super) fn wanted(step: &Step<'_>) -> BTreeMap<String, String> {
    let planned = step.planned();
    match planned.get("tags_all").and_then(entries) {
        Some(all) => all.into_iter().collect(),
        None => step.link.settings.tags.merge(planned.get("tags").unwrap_or(&Value::NULL)),
    }
}

/// Removes tags, then sets others.
///
/// # Errors
/// What the service answered; earlier calls may have landed.
pub(super) async fn retag(step: &Step<'_>, name: &str) -> Result<(), Diagnostics> {
    let (removed, set) =
        tags::difference(step.prior().get("tags_all").unwrap_or(&Value::NULL), &wanted(step));
    let arn = filled(step.prior(), "arn").unwrap_or_else(|| name.to_owned());
    let client = &step.session.writes;
    if !removed.is_empty() {
        let mutation = Mutation { operation: "UntagResource", target: name, policy: retry::QUEUE };
        let call = || client.untag_resource().resource(&arn).set_tag_keys(Some(removed.clone())).send();
        step.session.write(mutation, step.context, call).await.map_err(|error| error.diagnostic(name))?;
    }
    if !set.is_empty() {
        let set: std::collections::HashMap<String, String> = set.into_iter().collect();
        let mutation = Mutation { operation: "TagResource", target: name, policy: retry::QUEUE };
        let call = || client.tag_resource().resource(&arn).set_tags(Some(set.clone())).send();
        step.session.write(mutation, step.context, call).await.map_err(|error| error.diagnostic(name))?;
    }
    Ok(())
}

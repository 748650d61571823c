//! What hangs on a role: inline policies and attached ones, read and changed.
//! Knows nothing of resource types; three of them share what is read here.

use std::collections::{BTreeMap, BTreeSet};

use super::listing::attached_key;
use super::policy_json::decoded;
use crate::providers::aws::client::{Mutation, Session};
use crate::providers::aws::error::CallResult;
use crate::providers::aws::resource::{Link, Step};
use crate::providers::aws::retry;

/// The documents of inline policies by name.
pub(in crate::providers::aws) type Inline = BTreeMap<String, String>;

/// The ARNs of the policies attached to a role. Within one batch of reads it is asked once.
///
/// # Errors
/// What the service answered; a role that does not exist, too.
pub(in crate::providers::aws) async fn attached(
    link: &Link,
    session: &Session,
    role: &str,
) -> CallResult<BTreeSet<String>> {
    link.once(attached_key(role), list_attached(session, role)).await
}

async fn list_attached(session: &Session, role: &str) -> CallResult<BTreeSet<String>> {
    let call = session.iam.reads.list_attached_role_policies().role_name(role);
    let all = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let all = session.iam.read("ListAttachedRolePolicies", all).await?;
    Ok(all.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

/// A role's inline policies. Within one batch of reads each is asked for once.
///
/// # Errors
/// What the service answered; a role that does not exist, too.
pub(in crate::providers::aws) async fn inline(
    link: &Link,
    session: &Session,
    role: &str,
) -> CallResult<Inline> {
    let mut found = Inline::new();
    for name in list_inline(session, role).await? {
        if let Some(document) = document(link, session, role, &name).await? {
            found.insert(name, document);
        }
    }
    Ok(found)
}

async fn list_inline(session: &Session, role: &str) -> CallResult<Vec<String>> {
    let call = session.iam.reads.list_role_policies().role_name(role);
    let all = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    session.iam.read("ListRolePolicies", all).await
}

/// The document of one inline policy; none if there is no such policy or role. Within one batch of reads it is asked
/// for once.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn document(
    link: &Link,
    session: &Session,
    role: &str,
    name: &str,
) -> CallResult<Option<String>> {
    let key = format!("GetRolePolicy {role}:{name}");
    link.once(key, async {
        let call = session.iam.reads.get_role_policy().role_name(role).policy_name(name).send();
        match session.iam.read("GetRolePolicy", call).await {
            Ok(answer) => Ok(Some(decoded(answer.policy_document()))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    })
    .await
}

/// PutRolePolicy.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn put(
    step: &Step<'_>,
    role: &str,
    name: &str,
    document: &str,
) -> CallResult<()> {
    let target = format!("{role}:{name}");
    let mutation = Mutation { operation: "PutRolePolicy", target: &target, policy: retry::IAM };
    let call = step.session.iam.writes.put_role_policy();
    let call = call.role_name(role).policy_name(name).policy_document(document);
    step.session.iam.write(mutation, step.context, || call.clone().send()).await.map(drop)
}

/// DeleteRolePolicy; a policy that is gone already is no error.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn remove(step: &Step<'_>, role: &str, name: &str) -> CallResult<()> {
    let target = format!("{role}:{name}");
    let mutation = Mutation { operation: "DeleteRolePolicy", target: &target, policy: retry::IAM_GONE };
    let call = step.session.iam.writes.delete_role_policy().role_name(role).policy_name(name);
    gone(step.session.iam.write(mutation, step.context, || call.clone().send()).await)
}

/// AttachRolePolicy.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn attach(step: &Step<'_>, role: &str, arn: &str) -> CallResult<()> {
    let target = format!("{role}/{arn}");
    let mutation = Mutation { operation: "AttachRolePolicy", target: &target, policy: retry::IAM };
    let call = step.session.iam.writes.attach_role_policy().role_name(role).policy_arn(arn);
    step.session.iam.write(mutation, step.context, || call.clone().send()).await.map(drop)
}

/// DetachRolePolicy; a policy that is not attached is no error.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn detach(step: &Step<'_>, role: &str, arn: &str) -> CallResult<()> {
    let target = format!("{role}/{arn}");
    let mutation = Mutation { operation: "DetachRolePolicy", target: &target, policy: retry::IAM_GONE };
    let call = step.session.iam.writes.detach_role_policy().role_name(role).policy_arn(arn);
    gone(step.session.iam.write(mutation, step.context, || call.clone().send()).await)
}

fn gone<T>(result: CallResult<T>) -> CallResult<()> {
    match result {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

/// Takes everything off a role that keeps it from being deleted: policies, and its place in instance profiles.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn clear(step: &Step<'_>, role: &str) -> CallResult<()> {
    let (iam, session) = (&step.session.iam, step.session);
    let call = iam.reads.list_instance_profiles_for_role().role_name(role);
    let profiles = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    for profile in iam.read("ListInstanceProfilesForRole", profiles).await? {
        let name = profile.instance_profile_name();
        let target = format!("{name}/{role}");
        let mutation =
            Mutation { operation: "RemoveRoleFromInstanceProfile", target: &target, policy: retry::IAM_GONE };
        let call = iam.writes.remove_role_from_instance_profile().role_name(role).instance_profile_name(name);
        gone(iam.write(mutation, step.context, || call.clone().send()).await)?;
    }
    for arn in list_attached(session, role).await? {
        detach(step, role, &arn).await?;
    }
    for name in list_inline(session, role).await? {
        remove(step, role, &name).await?;
    }
    Ok(())
}

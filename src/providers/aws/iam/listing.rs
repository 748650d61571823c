//! Roles, what hangs on them, and policies, as lists of the whole account say them.
//! Knows nothing of what is made of them.
//!
//! One by one, a role takes a call, what is attached to it another, and each of its inline policies one more. Two lists say
//! all of that, a thousand objects to a page: GetAccountAuthorizationDetails, and ListRoles for the description and the
//! session's length that the former leaves out. So a batch of reads that asks for many lists once. What the lists say as
//! state has it needs no call of its own; whatever they say otherwise, or not at all, is asked for by itself. So a list
//! that lags behind, or that nobody may read, costs calls and never the truth.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, PolicyVersion, Role, RoleDetail};

use super::contents::Inline;
use super::policy_json::decoded;
use crate::providers::aws::client::Session;
use crate::providers::aws::error::{CallResult, FailureKind};
use crate::providers::aws::resource::Link;

/// From so many calls on, lists take their place. That many are under way at once (`READS`), so fewer would not be faster
/// as a list; and an account of the usual quotas (1,000 roles, 1,500 policies) has four pages, one of the highest (5,000
/// each) has fifteen. Small directories go without the permission that GetAccountAuthorizationDetails takes.
const MANY: usize = 32;
/// Each list may cost one page for every so many calls that it may save.
const SAVED: usize = 4;
/// How many objects a page holds at most.
const PAGE: i32 = 1000;

/// What reading a role asks for.
pub(super) fn role_key(role: &str) -> String {
    format!("{ROLE}{role}")
}

/// What objects that are inline policies ask for, were they read as one.
pub(super) fn inline_key(role: &str) -> String {
    format!("{INLINE}{role}")
}

/// What objects that are attached policies ask for.
pub(super) fn attached_key(role: &str) -> String {
    format!("{ATTACHED}{role}")
}

/// What reading a policy asks for.
pub(super) fn policy_key(arn: &str) -> String {
    format!("{POLICY}{arn}")
}

const ROLE: &str = "GetRole ";
const INLINE: &str = "ListRolePolicies ";
const ATTACHED: &str = "ListAttachedRolePolicies ";
const POLICY: &str = "GetPolicyVersion ";

/// What the lists say of the objects that a batch asks for; nothing when it is not worth listing.
#[derive(Debug, Default)]
pub(super) struct Listing {
    roles: HashMap<String, Role>,
    contents: HashMap<String, Contents>,
    /// The default version and its document, by ARN.
    policies: HashMap<String, (String, String)>,
}

/// What hangs on a role.
#[derive(Debug)]
struct Contents {
    inline: Inline,
    attached: BTreeSet<String>,
}

impl Listing {
    /// A role as GetRole would answer it.
    pub(super) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name)
    }

    /// The inline policies of a role.
    pub(super) fn inline(&self, role: &str) -> Option<&Inline> {
        self.contents.get(role).map(|contents| &contents.inline)
    }

    /// The policies attached to a role.
    pub(super) fn attached(&self, role: &str) -> Option<&BTreeSet<String>> {
        self.contents.get(role).map(|contents| &contents.attached)
    }

    /// The document of a policy's version, if that is the default one. Versions never change.
    pub(super) fn document(&self, arn: &str, version: &str) -> Option<&str> {
        let (default, document) = self.policies.get(arn)?;
        (default == version).then_some(document)
    }
}

/// What the lists say; within one batch of reads they are asked for once.
///
/// # Errors
/// When the service cannot be reached. What it refuses is not listed.
pub(super) async fn listing(link: &Link, session: &Session) -> CallResult<Arc<Listing>> {
    link.once("IAM".to_owned(), list(link, session)).await
}

async fn list(link: &Link, session: &Session) -> CallResult<Arc<Listing>> {
    let [roles, inline, attached, policies] =
        [ROLE, INLINE, ATTACHED, POLICY].map(|key| HashSet::from_iter(link.asked_after(key)));
    let calls = roles.len() + inline.len() + attached.len() + policies.len();
    if calls < MANY {
        return Ok(Arc::default());
    }
    let holders: HashSet<String> = roles.iter().chain(&inline).chain(&attached).cloned().collect();
    let pages = calls / SAVED;
    let lists = tokio::try_join!(
        list_details(session, &holders, &policies, pages),
        list_roles(session, &roles, pages)
    );
    let ((mut details, policies), roles) = match lists {
        Ok(lists) => lists,
        Err(error) if matches!(error.kind, FailureKind::Unreachable | FailureKind::Unsent) => {
            return Err(error);
        }
        Err(_) => return Ok(Arc::default()),
    };
    let roles = roles.into_iter().filter_map(|(name, mut role)| {
        let detail = details.get_mut(&name)?;
        (role.permissions_boundary, role.tags) = (detail.permissions_boundary.take(), detail.tags.take());
        Some((name, role))
    });
    Ok(Arc::new(Listing {
        roles: roles.collect(),
        contents: details.into_iter().map(|(name, detail)| (name, contents(detail))).collect(),
        policies: policies.into_iter().filter_map(document).collect(),
    }))
}

/// The roles of these names. One that says less than ListRoles says of it is left out.
async fn list_roles(
    session: &Session,
    wanted: &HashSet<String>,
    pages: usize,
) -> CallResult<HashMap<String, Role>> {
    let (mut found, mut marker) = (HashMap::new(), None);
    for _ in 0..pages {
        if found.len() == wanted.len() {
            break;
        }
        let call = session.iam.reads.list_roles().max_items(PAGE).set_marker(marker);
        let page = session.iam.read("ListRoles", call.send()).await?;
        let known = |role: &Role| wanted.contains(&role.role_name) && role.max_session_duration.is_some();
        let known = page.roles.into_iter().filter(known);
        found.extend(known.map(|role| (role.role_name.clone(), role)));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            break;
        }
    }
    Ok(found)
}

type Details = (HashMap<String, RoleDetail>, Vec<ManagedPolicyDetail>);

async fn list_details(
    session: &Session,
    roles: &HashSet<String>,
    policies: &HashSet<String>,
    pages: usize,
) -> CallResult<Details> {
    let kinds = [(EntityType::Role, roles), (EntityType::LocalManagedPolicy, policies)];
    let kinds: Vec<EntityType> =
        kinds.into_iter().filter(|(_, wanted)| !wanted.is_empty()).map(|(kind, _)| kind).collect();
    let (mut found, mut marker) = (Details::default(), None);
    for _ in 0..pages {
        let call = session.iam.reads.get_account_authorization_details();
        let call = call.set_filter(Some(kinds.clone())).max_items(PAGE).set_marker(marker);
        let page = session.iam.read("GetAccountAuthorizationDetails", call.send()).await?;
        for detail in page.role_detail_list.into_iter().flatten() {
            if let Some(name) = detail.role_name.clone().filter(|name| roles.contains(name)) {
                found.0.insert(name, detail);
            }
        }
        let known = |policy: &ManagedPolicyDetail| policy.arn().is_some_and(|arn| policies.contains(arn));
        found.1.extend(page.policies.into_iter().flatten().filter(known));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() || (found.0.len() == roles.len() && found.1.len() == policies.len()) {
            break;
        }
    }
    Ok(found)
}

fn contents(detail: RoleDetail) -> Contents {
    let inline = detail.role_policy_list.into_iter().flatten();
    let attached = detail.attached_managed_policies.into_iter().flatten();
    Contents {
        inline: inline
            .filter_map(|policy| Some((policy.policy_name?, decoded(&policy.policy_document?))))
            .collect(),
        attached: attached.filter_map(|policy| policy.policy_arn).collect(),
    }
}

fn document(policy: ManagedPolicyDetail) -> Option<(String, (String, String))> {
    let default = policy.default_version_id?;
    let is_default = |version: &PolicyVersion| version.version_id() == Some(&default);
    let document = policy.policy_version_list.into_iter().flatten().find(is_default)?.document?;
    Some((policy.arn?, (default, decoded(&document))))
}

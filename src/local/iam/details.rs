//! GetAccountAuthorizationDetails: roles and managed policies with all that hangs on them, in one list.
//! Knows of users and groups that there are none.

use serde_json::{Map, Value, json};

use super::managed::Managed;
use super::model::{Policy, Role};
use super::{policy, role};
use crate::local::call::{Call, Reply};
use crate::local::page;
use crate::local::place::Place;
use crate::local::world::Region;

/// The kinds of a filter.
pub const KINDS: &[&str] = &["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"];

/// What is listed.
enum Entity<'a> {
    Role(&'a Role),
    Own(&'a Policy),
    Managed(Managed),
}

/// GetAccountAuthorizationDetails.
pub fn list(call: &Call<'_>) -> Reply {
    let filter = call.input.get("Filter").and_then(Value::as_array).filter(|kinds| !kinds.is_empty());
    let wanted = |kind: &str| filter.is_none_or(|kinds| kinds.iter().any(|wanted| wanted == kind));
    call.region(|region| {
        let region = &*region;
        let roles = region.roles.values().filter(|_| wanted("Role"));
        let own = region.policies.values().filter(|_| wanted("LocalManagedPolicy"));
        let managed = Managed::all().filter(|_| wanted("AWSManagedPolicy"));
        // Keys that sort as the page does.
        let roles = roles.map(|role| (format!("1 {}", role.name), Entity::Role(role)));
        let own = own.map(|policy| (format!("2 {}", policy.name), Entity::Own(policy)));
        let mut managed: Vec<_> =
            managed.map(|policy| (format!("3 {}", policy.name), Entity::Managed(policy))).collect();
        managed.sort_by(|(a, _), (b, _)| a.cmp(b));
        let all = roles.chain(own).chain(managed);
        let mut page = page::cut(call, "All", role::page_size(call), all, |entity| match entity {
            Entity::Role(role) => json!({ "RoleDetailList": detail(role, &call.place) }),
            Entity::Own(own) => json!({ "Policies": own_detail(own, region, &call.place) }),
            Entity::Managed(managed) => json!({ "Policies": managed_detail(&managed, region, &call.place) }),
        })?;
        let mut answer: Map<String, Value> =
            ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]
                .map(|name| (name.to_owned(), json!([])))
                .into_iter()
                .collect();
        let items = page.get_mut("All").and_then(Value::as_array_mut).map(std::mem::take);
        for (name, item) in items.into_iter().flatten().filter_map(|item| match item {
            Value::Object(one) => one.into_iter().next(),
            _ => None,
        }) {
            if let Some(list) = answer.get_mut(&name).and_then(Value::as_array_mut) {
                list.push(item);
            }
        }
        let marker = page.as_object_mut().and_then(|page| page.remove("NextMarker"));
        answer.insert("IsTruncated".to_owned(), marker.is_some().into());
        answer.extend(marker.map(|marker| ("Marker".to_owned(), marker)));
        Ok(Value::Object(answer))
    })
}

fn detail(role: &Role, place: &Place) -> Value {
    let mut detail = role::describe(role, place);
    let inline = role.inline.iter();
    let inline: Vec<Value> = inline
        .map(|(name, text)| json!({ "PolicyName": name, "PolicyDocument": policy::encoded(text) }))
        .collect();
    let attached: Vec<Value> = role.attached.iter().map(|arn| role::attachment(arn)).collect();
    if let Some(detail) = detail.as_object_mut() {
        // Only ListRoles and GetRole say these.
        detail.retain(|name, _| name != "Description" && name != "MaxSessionDuration");
        detail.insert("InstanceProfileList".to_owned(), json!([]));
        detail.insert("RolePolicyList".to_owned(), inline.into());
        detail.insert("AttachedManagedPolicies".to_owned(), attached.into());
        detail.insert("RoleLastUsed".to_owned(), json!({}));
    }
    detail
}

fn own_detail(own: &Policy, region: &Region, place: &Place) -> Value {
    let versions = own.versions.iter().rev().map(|(number, version)| {
        policy::version(*number, *number == own.default, Some(&version.document), version.created)
    });
    with_versions(policy::describe(own, region, place), versions.collect())
}

fn managed_detail(managed: &Managed, region: &Region, place: &Place) -> Value {
    let version = policy::version(1, true, Some(&managed.document()), policy::LONG_AGO);
    with_versions(policy::describe_managed(managed, region, place), vec![version])
}

fn with_versions(mut policy: Value, versions: Vec<Value>) -> Value {
    if let Some(policy) = policy.as_object_mut() {
        // Lists leave these out.
        policy.retain(|name, _| name != "Tags" && name != "Description");
        policy.insert("PolicyVersionList".to_owned(), versions.into());
    }
    policy
}

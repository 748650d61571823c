//! Roles, and the policies that hang on them.
//! Knows of managed policies only whether they exist.

use serde_json::{Value, json};

use super::document::{Purpose, check, size};
use super::model::{Role, Tags};
use super::policy;
use super::{date, in_use, limit, missing, taken, unique_id};
use crate::local::call::{Call, Reply};
use crate::local::error::Refusal;
use crate::local::page;
use crate::local::place::Place;
use crate::local::store::Shelf;
use crate::local::world::Region;

/// The longest trust policy. Source: IAM quotas.
const TRUST_SIZE: usize = 2048;
/// How long the inline policies of a role may be together.
const INLINE_SIZE: usize = 10_240;
/// How many managed policies may be attached to a role.
const ATTACHMENTS: usize = 10;
/// How many items a page holds if nobody asks for more, and at most.
const PAGE: (usize, usize) = (100, 1000);

/// CreateRole.
pub fn create(call: &Call<'_>) -> Reply {
    let (name, trust) = (call.required("RoleName"), call.required("AssumeRolePolicyDocument"));
    check_trust(trust)?;
    let tags = super::policy::given_tags(call)?;
    let role = Role {
        name: name.to_owned(),
        path: call.text("Path").unwrap_or("/").to_owned(),
        id: unique_id("AROA"),
        created: call.now,
        trust: trust.to_owned(),
        description: call.text("Description").filter(|text| !text.is_empty()).map(str::to_owned),
        duration: call.int("MaxSessionDuration").unwrap_or(3600),
        boundary: call.text("PermissionsBoundary").map(str::to_owned),
        tags,
        inline: Default::default(),
        attached: Default::default(),
    };
    call.region(|region| {
        // Names differ in more than case.
        if region.roles.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(taken(format!("Role with name {name} already exists.")));
        }
        if let Some(arn) = &role.boundary {
            policy::check_exists(region, &call.place, arn)?;
        }
        let answer = describe(&role, &call.place);
        region.roles.insert(name.to_owned(), role);
        Ok(json!({ "Role": answer }))
    })
    .inspect(|_| call.touch(Shelf::Roles, name))
}

/// GetRole.
pub fn get(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let role = find(region, call)?;
        let mut answer = describe(role, &call.place);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("RoleLastUsed".to_owned(), json!({}));
        }
        Ok(json!({ "Role": answer }))
    })
}

/// ListRoles.
pub fn list(call: &Call<'_>) -> Reply {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    call.region(|region| {
        let roles = region.roles.values().filter(|role| role.path.starts_with(prefix));
        let roles = roles.map(|role| (role.name.clone(), role));
        paged(call, "Roles", roles, |role| {
            let mut answer = describe(role, &call.place);
            // A list leaves these out.
            if let Some(answer) = answer.as_object_mut() {
                answer.retain(|name, _| name != "Tags" && name != "PermissionsBoundary");
            }
            answer
        })
    })
}

/// UpdateRole.
pub fn update(call: &Call<'_>) -> Reply {
    change(call, |role, _| {
        if let Some(text) = call.text("Description") {
            role.description = Some(text.to_owned()).filter(|text| !text.is_empty());
        }
        role.duration = call.int("MaxSessionDuration").unwrap_or(role.duration);
        Ok(json!({}))
    })
}

/// UpdateRoleDescription.
pub fn describe_again(call: &Call<'_>) -> Reply {
    change(call, |role, _| {
        role.description = Some(call.required("Description").to_owned()).filter(|text| !text.is_empty());
        Ok(json!({ "Role": describe(role, &call.place) }))
    })
}

/// UpdateAssumeRolePolicy.
pub fn trust(call: &Call<'_>) -> Reply {
    let trust = call.required("PolicyDocument");
    check_trust(trust)?;
    change(call, |role, _| {
        role.trust = trust.to_owned();
        Ok(Value::Null)
    })
}

/// DeleteRole.
pub fn delete(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let role = find(region, call)?;
        if !role.attached.is_empty() {
            return Err(in_use("Cannot delete entity, must detach all policies first."));
        }
        if !role.inline.is_empty() {
            return Err(in_use("Cannot delete entity, must delete policies first."));
        }
        region.roles.remove(call.required("RoleName"));
        Ok(Value::Null)
    })
    .inspect(|_| call.touch(Shelf::Roles, call.required("RoleName")))
}

/// PutRolePermissionsBoundary.
pub fn bound(call: &Call<'_>) -> Reply {
    let arn = call.required("PermissionsBoundary");
    call.region(|region| policy::check_exists(region, &call.place, arn))?;
    change(call, |role, _| {
        role.boundary = Some(arn.to_owned());
        Ok(Value::Null)
    })
}

/// DeleteRolePermissionsBoundary.
pub fn unbound(call: &Call<'_>) -> Reply {
    change(call, |role, _| match role.boundary.take() {
        Some(_) => Ok(Value::Null),
        None => Err(missing(format!("Role with name {} does not have a permissions boundary.", role.name))),
    })
}

/// TagRole.
pub fn tag(call: &Call<'_>) -> Reply {
    let given = policy::given_tags(call)?;
    change(call, |role, _| {
        policy::add_tags(&mut role.tags, given)?;
        Ok(Value::Null)
    })
}

/// UntagRole.
pub fn untag(call: &Call<'_>) -> Reply {
    change(call, |role, _| {
        policy::remove_tags(&mut role.tags, call);
        Ok(Value::Null)
    })
}

/// ListRoleTags.
pub fn list_tags(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let tags: &Tags = &find(region, call)?.tags;
        paged(
            call,
            "Tags",
            tags.iter().map(|(key, value)| (key.clone(), (key, value))),
            |(key, value)| json!({ "Key": key, "Value": value }),
        )
    })
}

/// PutRolePolicy.
pub fn put_inline(call: &Call<'_>) -> Reply {
    let (name, document) = (call.required("PolicyName"), call.required("PolicyDocument"));
    check(document, Purpose::Permissions)?;
    change(call, |role, _| {
        let others = role.inline.iter().filter(|(other, _)| *other != name);
        let total: usize = others.map(|(_, text)| size(text)).sum::<usize>() + size(document);
        if total > INLINE_SIZE {
            return Err(limit(format!(
                "Maximum policy size of {INLINE_SIZE} bytes exceeded for role {}",
                role.name
            )));
        }
        role.inline.insert(name.to_owned(), document.to_owned());
        Ok(Value::Null)
    })
}

/// GetRolePolicy.
pub fn get_inline(call: &Call<'_>) -> Reply {
    let name = call.required("PolicyName");
    call.region(|region| {
        let role = find(region, call)?;
        let document = role.inline.get(name).ok_or_else(|| no_inline(name))?;
        Ok(json!({ "RoleName": role.name, "PolicyName": name, "PolicyDocument": policy::encoded(document) }))
    })
}

/// DeleteRolePolicy.
pub fn delete_inline(call: &Call<'_>) -> Reply {
    let name = call.required("PolicyName");
    change(call, |role, _| match role.inline.remove(name) {
        Some(_) => Ok(Value::Null),
        None => Err(no_inline(name)),
    })
}

/// ListRolePolicies.
pub fn list_inline(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let names = find(region, call)?.inline.keys();
        paged(call, "PolicyNames", names.map(|name| (name.clone(), name)), |name| json!(name))
    })
}

/// AttachRolePolicy.
pub fn attach(call: &Call<'_>) -> Reply {
    let arn = call.required("PolicyArn");
    call.region(|region| {
        find(region, call)?;
        policy::check_exists(region, &call.place, arn)
    })?;
    change(call, |role, _| {
        if !role.attached.contains(arn) && role.attached.len() >= ATTACHMENTS {
            return Err(limit(format!("Cannot exceed quota for PoliciesPerRole: {ATTACHMENTS}")));
        }
        role.attached.insert(arn.to_owned());
        Ok(Value::Null)
    })
}

/// DetachRolePolicy.
pub fn detach(call: &Call<'_>) -> Reply {
    let arn = call.required("PolicyArn");
    change(call, |role, _| match role.attached.remove(arn) {
        true => Ok(Value::Null),
        false => Err(missing(format!("Policy {arn} was not found."))),
    })
}

/// ListAttachedRolePolicies.
pub fn list_attached(call: &Call<'_>) -> Reply {
    let prefix = call.text("PathPrefix").unwrap_or("/");
    call.region(|region| {
        let arns = find(region, call)?
            .attached
            .iter()
            .filter(|arn| arn.split_once(":policy").is_some_and(|(_, path)| path.starts_with(prefix)));
        paged(call, "AttachedPolicies", arns.map(|arn| (arn.clone(), arn)), |arn| attachment(arn))
    })
}

/// An attached policy.
pub fn attachment(arn: &str) -> Value {
    json!({ "PolicyName": arn.rsplit('/').next(), "PolicyArn": arn })
}

/// ListInstanceProfilesForRole: there are none.
pub fn list_profiles(call: &Call<'_>) -> Reply {
    call.region(|region| find(region, call).map(|_| ()))?;
    Ok(json!({ "InstanceProfiles": [], "IsTruncated": false }))
}

fn check_trust(document: &str) -> Result<(), Refusal> {
    check(document, Purpose::Trust)?;
    if size(document) > TRUST_SIZE {
        return Err(limit(format!("Cannot exceed quota for ACLSizePerRole: {TRUST_SIZE}")));
    }
    Ok(())
}

/// How many items the page of a list holds.
pub fn page_size(call: &Call<'_>) -> usize {
    let asked = call.int("MaxItems").and_then(|asked| usize::try_from(asked).ok());
    asked.map_or(PAGE.0, |asked| asked.min(PAGE.1))
}

/// One page of a list, in IAM's words: `IsTruncated` and `Marker`.
pub fn paged<T>(
    call: &Call<'_>,
    name: &str,
    items: impl Iterator<Item = (String, T)>,
    render: impl Fn(T) -> Value,
) -> Reply {
    let mut page = page::cut(call, name, page_size(call), items, render)?;
    if let Some(page) = page.as_object_mut() {
        let marker = page.remove("NextMarker");
        page.insert("IsTruncated".to_owned(), marker.is_some().into());
        page.extend(marker.map(|marker| ("Marker".to_owned(), marker)));
    }
    Ok(page)
}

fn find<'a>(region: &'a Region, call: &Call<'_>) -> Result<&'a Role, Refusal> {
    let name = call.required("RoleName");
    region.roles.get(name).ok_or_else(|| no_role(name))
}

fn change(call: &Call<'_>, work: impl FnOnce(&mut Role, &Place) -> Reply) -> Reply {
    let name = call.required("RoleName");
    let reply = call.region(|region| {
        let role = region.roles.get_mut(name).ok_or_else(|| no_role(name))?;
        work(role, &call.place)
    })?;
    call.touch(Shelf::Roles, name);
    Ok(reply)
}

fn no_role(name: &str) -> Refusal {
    missing(format!("The role with name {name} cannot be found."))
}

fn no_inline(name: &str) -> Refusal {
    missing(format!("The role policy with name {name} cannot be found."))
}

/// A role.
pub fn describe(role: &Role, place: &Place) -> Value {
    let boundary = role
        .boundary
        .as_ref()
        .map(|arn| json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn }));
    let tags: Vec<Value> =
        role.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": format!("arn:{}:iam::{}:role{}{}", place.partition(), place.account, role.path, role.name),
        "CreateDate": date(role.created),
        "AssumeRolePolicyDocument": policy::encoded(&role.trust),
        "Description": role.description,
        "MaxSessionDuration": role.duration,
        "PermissionsBoundary": boundary,
        "Tags": if tags.is_empty() { Value::Null } else { tags.into() },
    })
}

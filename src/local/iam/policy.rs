//! Managed policies and their versions, those of AWS included.
//! Knows of roles only where they use a policy.

use serde_json::{Value, json};

use super::document::{Purpose, check, size};
use super::managed::Managed;
use super::model::{Policy, Role, Tags, Version};
use super::role::paged;
use super::{date, in_use, limit, missing, taken, unique_id};
use crate::local::call::{Call, Reply};
use crate::local::clock::Millis;
use crate::local::error::Refusal;
use crate::local::place::Place;
use crate::local::store::Shelf;
use crate::local::world::Region;

/// The longest policy. Source: IAM quotas.
const SIZE: usize = 6144;
/// How many versions a policy may have.
const VERSIONS: usize = 5;
/// How many tags an object may have.
const TAGS: usize = 50;
/// When AWS's policies were made, as far as this server knows: 2015.
pub const LONG_AGO: Millis = 1_420_070_400_000;

/// CreatePolicy.
pub fn create(call: &Call<'_>) -> Reply {
    let (name, document) = (call.required("PolicyName"), call.required("PolicyDocument"));
    check_permissions(document)?;
    let version = Version { document: document.to_owned(), created: call.now };
    let policy = Policy {
        name: name.to_owned(),
        path: call.text("Path").unwrap_or("/").to_owned(),
        id: unique_id("ANPA"),
        created: call.now,
        updated: call.now,
        description: call.text("Description").filter(|text| !text.is_empty()).map(str::to_owned),
        tags: given_tags(call)?,
        versions: [(1, version)].into(),
        default: 1,
        next: 2,
    };
    call.region(|region| {
        // Names differ in more than case.
        if region.policies.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(taken(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        let mut answer = describe(&policy, region, &call.place);
        if let Some(answer) = answer.as_object_mut() {
            answer.remove("Description");
        }
        region.policies.insert(name.to_owned(), policy);
        Ok(json!({ "Policy": answer }))
    })
    .inspect(|_| call.touch(Shelf::Policies, name))
}

/// GetPolicy.
pub fn get(call: &Call<'_>) -> Reply {
    let arn = call.required("PolicyArn");
    call.region(|region| {
        let answer = match Managed::find(arn) {
            Some(managed) => describe_managed(&managed, region, &call.place),
            None => describe(find(region, &call.place, arn)?, region, &call.place),
        };
        Ok(json!({ "Policy": answer }))
    })
}

/// ListPolicies.
pub fn list(call: &Call<'_>) -> Reply {
    let scope = call.text("Scope").unwrap_or("All");
    let prefix = call.text("PathPrefix").unwrap_or("/");
    call.region(|region| {
        let own = region.policies.values().filter(|_| scope != "AWS");
        let own = own.map(|policy| (policy.path.clone(), describe(policy, region, &call.place)));
        let theirs = Managed::all().filter(|_| scope != "Local");
        let theirs = theirs.map(|managed| {
            let answer = describe_managed(&managed, region, &call.place);
            (managed.path, answer)
        });
        let used = |answer: &Value| {
            !call.flag("OnlyAttached") || answer.get("AttachmentCount").and_then(Value::as_u64) != Some(0)
        };
        let mut found: Vec<(String, Value)> = own
            .chain(theirs)
            .filter(|(path, answer)| path.starts_with(prefix) && used(answer))
            .map(|(_, answer)| {
                (answer.get("Arn").and_then(Value::as_str).unwrap_or_default().to_owned(), answer)
            })
            .collect();
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        paged(call, "Policies", found.into_iter(), |mut answer| {
            // A list leaves these out.
            if let Some(answer) = answer.as_object_mut() {
                answer.retain(|name, _| name != "Tags" && name != "Description");
            }
            answer
        })
    })
}

/// DeletePolicy.
pub fn delete(call: &Call<'_>) -> Reply {
    let arn = call.required("PolicyArn");
    let name = call.region(|region| {
        let policy = find(region, &call.place, arn)?;
        if users(region, arn).count() > 0 {
            return Err(in_use("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(in_use(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        let name = policy.name.clone();
        region.policies.remove(&name);
        Ok(name)
    })?;
    call.touch(Shelf::Policies, &name);
    Ok(Value::Null)
}

/// CreatePolicyVersion.
pub fn create_version(call: &Call<'_>) -> Reply {
    let document = call.required("PolicyDocument");
    check_permissions(document)?;
    change(call, |policy| {
        if policy.versions.len() >= VERSIONS {
            return Err(limit(format!(
                "A managed policy can have up to {VERSIONS} versions. Before you create a new version, you must delete an \
                 existing version."
            )));
        }
        let number = policy.next;
        policy.next += 1;
        policy.versions.insert(number, Version { document: document.to_owned(), created: call.now });
        if call.flag("SetAsDefault") {
            policy.default = number;
        }
        policy.updated = call.now;
        let is_default = policy.default == number;
        Ok(json!({ "PolicyVersion": version(number, is_default, None, call.now) }))
    })
}

/// GetPolicyVersion.
pub fn get_version(call: &Call<'_>) -> Reply {
    let (arn, id) = (call.required("PolicyArn"), call.required("VersionId"));
    call.region(|region| {
        if let Some(managed) = Managed::find(arn) {
            let document =
                Some(managed.document()).filter(|_| id == "v1").ok_or_else(|| no_version(arn, id))?;
            return Ok(json!({ "PolicyVersion": version(1, true, Some(&document), LONG_AGO) }));
        }
        let policy = find(region, &call.place, arn)?;
        let number = number(id).ok_or_else(|| no_version(arn, id))?;
        let found = policy.versions.get(&number).ok_or_else(|| no_version(arn, id))?;
        let is_default = policy.default == number;
        Ok(json!({ "PolicyVersion": version(number, is_default, Some(&found.document), found.created) }))
    })
}

/// ListPolicyVersions, the newest first.
pub fn list_versions(call: &Call<'_>) -> Reply {
    let arn = call.required("PolicyArn");
    call.region(|region| {
        if Managed::find(arn).is_some() {
            return Ok(json!({ "Versions": [version(1, true, None, LONG_AGO)], "IsTruncated": false }));
        }
        let policy = find(region, &call.place, arn)?;
        let versions = policy.versions.iter().rev();
        // Keys that sort as the list does.
        let versions =
            versions.map(|(number, version)| (format!("{:020}", u64::MAX - number), (number, version)));
        paged(call, "Versions", versions, |(number, found)| {
            version(*number, policy.default == *number, None, found.created)
        })
    })
}

/// SetDefaultPolicyVersion.
pub fn set_default(call: &Call<'_>) -> Reply {
    let (arn, id) = (call.required("PolicyArn"), call.required("VersionId"));
    change(call, |policy| {
        let number = number(id).filter(|number| policy.versions.contains_key(number));
        policy.default = number.ok_or_else(|| no_version(arn, id))?;
        policy.updated = call.now;
        Ok(Value::Null)
    })
}

/// DeletePolicyVersion.
pub fn delete_version(call: &Call<'_>) -> Reply {
    let (arn, id) = (call.required("PolicyArn"), call.required("VersionId"));
    change(call, |policy| {
        let number = number(id).ok_or_else(|| no_version(arn, id))?;
        if number == policy.default {
            return Err(in_use("Cannot delete the default version of a policy."));
        }
        policy.versions.remove(&number).ok_or_else(|| no_version(arn, id))?;
        Ok(Value::Null)
    })
}

/// TagPolicy.
pub fn tag(call: &Call<'_>) -> Reply {
    let given = given_tags(call)?;
    change(call, |policy| {
        add_tags(&mut policy.tags, given)?;
        Ok(Value::Null)
    })
}

/// UntagPolicy.
pub fn untag(call: &Call<'_>) -> Reply {
    change(call, |policy| {
        remove_tags(&mut policy.tags, call);
        Ok(Value::Null)
    })
}

/// ListPolicyTags.
pub fn list_tags(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let tags = &find(region, &call.place, call.required("PolicyArn"))?.tags;
        paged(
            call,
            "Tags",
            tags.iter().map(|(key, value)| (key.clone(), (key, value))),
            |(key, value)| json!({ "Key": key, "Value": value }),
        )
    })
}

/// The tags of a request.
///
/// # Errors
/// `InvalidInput` for a key that is given twice.
pub fn given_tags(call: &Call<'_>) -> Result<Tags, Refusal> {
    let mut tags = Tags::new();
    for tag in call.input.get("Tags").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if tags.insert(part("Key"), part("Value")).is_some() {
            return Err(Refusal::of(
                "InvalidInput",
                400,
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    Ok(tags)
}

/// Adds tags.
///
/// # Errors
/// `LimitExceeded` above fifty.
pub fn add_tags(tags: &mut Tags, given: Tags) -> Result<(), Refusal> {
    let mut all = tags.clone();
    all.extend(given);
    if all.len() > TAGS {
        return Err(limit(format!("The number of tags has reached the maximum limit of {TAGS}.")));
    }
    *tags = all;
    Ok(())
}

/// Removes the tags whose keys a request names.
pub fn remove_tags(tags: &mut Tags, call: &Call<'_>) {
    let keys = call.input.get("TagKeys").and_then(Value::as_array);
    tags.retain(|name, _| !keys.is_some_and(|keys| keys.iter().any(|key| key == name)));
}

/// Whether a policy can be attached.
///
/// # Errors
/// `NoSuchEntity`
pub fn check_exists(region: &Region, place: &Place, arn: &str) -> Result<(), Refusal> {
    if Managed::find(arn).is_some() || find(region, place, arn).is_ok() {
        return Ok(());
    }
    Err(missing(format!("Policy {arn} does not exist or is not attachable.")))
}

/// A document as answers carry it: percent-encoded.
pub fn encoded(document: &str) -> String {
    let mut out = String::with_capacity(document.len() * 2);
    for byte in document.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn check_permissions(document: &str) -> Result<(), Refusal> {
    check(document, Purpose::Permissions)?;
    if size(document) > SIZE {
        return Err(limit(format!("Cannot exceed quota for PolicySize: {SIZE}")));
    }
    Ok(())
}

fn arn_of(policy: &Policy, place: &Place) -> String {
    format!("arn:{}:iam::{}:policy{}{}", place.partition(), place.account, policy.path, policy.name)
}

fn find<'a>(region: &'a Region, place: &Place, arn: &str) -> Result<&'a Policy, Refusal> {
    let named = arn.rsplit('/').next().and_then(|name| region.policies.get(name));
    let found = named.filter(|policy| arn_of(policy, place) == arn);
    found.ok_or_else(|| missing(format!("Policy {arn} was not found.")))
}

fn change(call: &Call<'_>, work: impl FnOnce(&mut Policy) -> Reply) -> Reply {
    let arn = call.required("PolicyArn");
    if Managed::find(arn).is_some() {
        return Err(Refusal::of(
            "AccessDenied",
            403,
            format!("{arn} belongs to AWS, which alone may change it."),
        ));
    }
    let (name, reply) = call.region(|region| {
        let name = find(region, &call.place, arn)?.name.clone();
        let policy =
            region.policies.get_mut(&name).ok_or_else(|| missing(format!("Policy {arn} was not found.")))?;
        Ok::<_, Refusal>((name, work(policy)?))
    })?;
    call.touch(Shelf::Policies, &name);
    Ok(reply)
}

fn users<'a>(region: &'a Region, arn: &'a str) -> impl Iterator<Item = &'a Role> {
    region.roles.values().filter(move |role| role.attached.contains(arn))
}

fn number(id: &str) -> Option<u64> {
    id.strip_prefix('v')?.parse().ok()
}

fn no_version(arn: &str, id: &str) -> Refusal {
    missing(format!("Policy {arn} version {id} does not exist or is not attachable."))
}

/// A version; lists leave out its document.
pub fn version(number: u64, is_default: bool, document: Option<&str>, created: Millis) -> Value {
    json!({
        "VersionId": format!("v{number}"),
        "IsDefaultVersion": is_default,
        "Document": document.map(encoded),
        "CreateDate": date(created),
    })
}

/// A policy of the account.
pub fn describe(policy: &Policy, region: &Region, place: &Place) -> Value {
    let arn = arn_of(policy, place);
    let bounded = region.roles.values().filter(|role| role.boundary.as_ref() == Some(&arn)).count();
    let tags: Vec<Value> =
        policy.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": arn,
        "Path": policy.path,
        "DefaultVersionId": format!("v{}", policy.default),
        "AttachmentCount": users(region, &arn).count(),
        "PermissionsBoundaryUsageCount": bounded,
        "IsAttachable": true,
        "Description": policy.description,
        "CreateDate": date(policy.created),
        "UpdateDate": date(policy.updated),
        "Tags": if tags.is_empty() { Value::Null } else { tags.into() },
    })
}

/// A policy of AWS.
pub fn describe_managed(managed: &Managed, region: &Region, place: &Place) -> Value {
    let arn = format!("arn:{}:iam::aws:policy{}{}", place.partition(), managed.path, managed.name);
    json!({
        "PolicyName": managed.name,
        "PolicyId": managed.id(),
        "Arn": arn,
        "Path": managed.path,
        "DefaultVersionId": "v1",
        "AttachmentCount": users(region, &arn).count(),
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": true,
        "CreateDate": date(LONG_AGO),
        "UpdateDate": date(LONG_AGO),
    })
}

//! Tags of functions, event source mappings, code signing configurations and capacity providers, by ARN.
//! Knows nothing else about what is tagged.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::constraints::TAGS;
use super::error::Refusal;
use super::place::FunctionRef;
use super::shape::{Field, Object, Shape, TEXT, may, must, patterned};
use super::store::Shelf;
use super::world::{Region, unknown_function};

/// How many tags an object may have. Source: tag restrictions of the developer guide.
const LIMIT: usize = 50;

const RESOURCE: Shape = patterned(
    1,
    256,
    r"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)",
);
/// What ListTags takes.
pub const LIST: &[Field] = &[must("Resource", RESOURCE)];
/// What TagResource takes.
pub const TAG: &[Field] = &[must("Resource", RESOURCE), must("Tags", TAGS)];
/// What UntagResource takes.
pub const UNTAG: &[Field] = &[must("Resource", RESOURCE), may("tagKeys", Shape::List(0, usize::MAX, &TEXT))];

type Tags = BTreeMap<String, String>;

/// ListTags.
pub fn list(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let (_, _, tags) = find(call, region)?;
        Ok(json!({ "Tags": tags }))
    })
}

/// TagResource.
pub fn tag(call: &Call<'_>) -> Reply {
    let given = read_tags(call.object("Tags"));
    if given.is_empty() {
        return Err(Refusal::invalid(
            "An error occurred and the request cannot be processed: Tags must not be empty.",
        ));
    }
    change(call, |tags| {
        let mut merged = tags.clone();
        merged.extend(given);
        if merged.len() > LIMIT {
            return Err(Refusal::invalid(format!("Number of tags exceeds resource tag limit: {LIMIT}")));
        }
        *tags = merged;
        Ok(())
    })
}

/// UntagResource.
pub fn untag(call: &Call<'_>) -> Reply {
    let keys = call.input.get("tagKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    change(call, |tags| {
        tags.retain(|name, _| !keys.iter().any(|key| key == name));
        Ok(())
    })
}

/// Tags as a request gives them.
pub fn read_tags(given: Option<&Object>) -> Tags {
    let pairs = given.into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

fn change(call: &Call<'_>, work: impl FnOnce(&mut Tags) -> Result<(), Refusal>) -> Reply {
    let (shelf, name) = call.region(|region| {
        let (shelf, name, tags) = find(call, region)?;
        work(tags)?;
        Ok((shelf, name))
    })?;
    call.touch(shelf, &name);
    Ok(Value::Null)
}

fn find<'r>(call: &Call<'_>, region: &'r mut Region) -> Result<(Shelf, String, &'r mut Tags), Refusal> {
    let arn = call.required("Resource");
    let id = arn.rsplit(':').next().unwrap_or_default();
    let absent = || Refusal::missing(format!("The resource you requested does not exist: {arn}"));
    if arn.contains(":event-source-mapping:") {
        let mapping = region.mappings.get_mut(id).ok_or_else(absent)?;
        return Ok((Shelf::Mappings, id.to_owned(), &mut mapping.tags));
    }
    if arn.contains(":code-signing-config:") {
        let signing = region.signing.get_mut(id).ok_or_else(absent)?;
        return Ok((Shelf::Signing, id.to_owned(), &mut signing.tags));
    }
    if arn.contains(":capacity-provider:") {
        let provider = region.capacity.get_mut(id).ok_or_else(absent)?;
        return Ok((Shelf::Capacity, id.to_owned(), &mut provider.tags));
    }
    if !arn.contains(":function:") {
        return Err(absent());
    }
    let wanted = FunctionRef::parse(arn, None, &call.place)?;
    if wanted.qualifier.is_some() {
        return Err(Refusal::invalid(
            "Tags on function aliases and versions are not supported. Please specify a function ARN.",
        ));
    }
    let function = region.functions.get_mut(&wanted.name);
    let function = function.ok_or_else(|| unknown_function(&wanted.name, None, &call.place))?;
    Ok((Shelf::Functions, wanted.name, &mut function.tags))
}

//! Tags of buckets and objects.
//! Knows nothing else about what is tagged.

use std::collections::BTreeMap;

use super::error::{malformed, no_key, refusal};
use super::object::version_mut;
use super::{Answer, Reply, Request};
use crate::local::call::Call;
use crate::local::error::Refusal;
use crate::local::route::pairs;
use crate::local::xml::{self, escape};

type Tags = BTreeMap<String, String>;

/// How many tags an object may have, and a bucket. Source: "Object tagging" and "Bucket tagging" of the S3 guide.
const OBJECT_LIMIT: usize = 10;
const BUCKET_LIMIT: usize = 50;

/// GetObjectTagging, GetBucketTagging: a bucket without tags has no tag set at all.
pub fn get(call: &Call<'_>, request: &Request) -> Answer {
    let (tags, id) = on_tags(call, request, |tags| Ok(tags.clone()))?;
    if request.key.is_empty() && tags.is_empty() {
        return Err(refusal("NoSuchTagSet", "The TagSet does not exist"));
    }
    let tags: String = tags
        .iter()
        .map(|(key, value)| format!("<Tag><Key>{}</Key><Value>{}</Value></Tag>", escape(key), escape(value)))
        .collect();
    let reply = Reply::document("Tagging", &format!("<TagSet>{tags}</TagSet>"));
    Ok(reply.with_some("x-amz-version-id", id.as_deref()))
}

/// PutObjectTagging, PutBucketTagging.
pub fn put(call: &Call<'_>, request: &Request) -> Answer {
    let document = std::str::from_utf8(&request.body).ok().and_then(xml::parse).ok_or_else(malformed)?;
    let given = document.child("TagSet").ok_or_else(malformed)?;
    let pair = |tag: &xml::Element| {
        Some((tag.text_of("Key")?.to_owned(), tag.text_of("Value").unwrap_or_default().to_owned()))
    };
    let given = given.all("Tag").map(pair).collect::<Option<Vec<_>>>().ok_or_else(malformed)?;
    let given = check(given, if request.key.is_empty() { BUCKET_LIMIT } else { OBJECT_LIMIT })?;
    change(call, request, given, if request.key.is_empty() { 204 } else { 200 })
}

/// DeleteObjectTagging, DeleteBucketTagging.
pub fn delete(call: &Call<'_>, request: &Request) -> Answer {
    change(call, request, Tags::new(), 204)
}

/// The tags that an upload carries in `x-amz-tagging`.
///
/// # Errors
/// `InvalidTag`.
pub fn of_header(header: Option<&str>) -> Result<Tags, Refusal> {
    check(pairs(header.unwrap_or_default()), OBJECT_LIMIT)
}

fn change(call: &Call<'_>, request: &Request, given: Tags, status: u16) -> Answer {
    let ((), id) = on_tags(call, request, |tags| {
        *tags = given;
        Ok(())
    })?;
    match request.key.as_str() {
        "" => request.touch_bucket(call),
        key => request.touch_object(call, key),
    }
    Ok(Reply::empty(status).with_some("x-amz-version-id", id.as_deref()))
}

/// Runs `work` on the tags of the bucket or object, and gives the version's id when there are versions.
fn on_tags<T>(
    call: &Call<'_>,
    request: &Request,
    work: impl FnOnce(&mut Tags) -> Result<T, Refusal>,
) -> Result<(T, Option<String>), Refusal> {
    request.bucket(call, |bucket| {
        if request.key.is_empty() {
            return Ok((work(&mut bucket.tags)?, None));
        }
        let versioned = bucket.versioning.is_some();
        let version = version_mut(bucket, &request.key, request.asked("versionId"))?;
        if version.marker {
            return Err(no_key());
        }
        Ok((work(&mut version.tags)?, versioned.then(|| version.id.clone())))
    })
}

fn check(given: Vec<(String, String)>, limit: usize) -> Result<Tags, Refusal> {
    let count = given.len();
    if count > limit {
        return Err(refusal("BadRequest", format!("Object tags cannot be greater than {limit}")));
    }
    if given.iter().any(|(key, _)| key.is_empty() || key.chars().count() > 128) {
        return Err(refusal("InvalidTag", "The TagKey you have provided is invalid"));
    }
    if given.iter().any(|(_, value)| value.chars().count() > 256) {
        return Err(refusal("InvalidTag", "The TagValue you have provided is invalid"));
    }
    let tags: Tags = given.into_iter().collect();
    if tags.len() != count {
        return Err(refusal("InvalidTag", "Cannot provide multiple Tags with the same key"));
    }
    Ok(tags)
}

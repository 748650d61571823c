//! Objects: put, read, deleted, with their versions.
//! Knows nothing of listings and of uploads in parts.

use std::collections::BTreeMap;

use bytes::Bytes;
use md5::{Digest, Md5};

use super::body::{self, Content};
use super::checksum;
use super::error::{document, failed_precondition, malformed, no_bucket, no_key, refusal};
use super::model::{Bucket, NULL, Version, version_id};
use super::{Answer, Reply, Request, bucket, tagging};
use crate::local::call::Call;
use crate::local::clock::{Millis, stamp_http};
use crate::local::error::Refusal;
use crate::local::xml::{self, escape};

/// Headers of an upload that reading repeats.
const KEPT: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];
const USER_METADATA: &str = "x-amz-meta-";
/// How large user metadata may be, in bytes. Source: "Working with object metadata".
const METADATA_LIMIT: usize = 2048;
/// How long a key may be, in bytes. Source: "Naming objects".
const KEY_LIMIT: usize = 1024;

/// PutObject.
pub fn put(call: &Call<'_>, request: &Request) -> Answer {
    check_key(&request.key)?;
    // A missing bucket is refused before anything is kept.
    bucket::expect(call, request)?;
    let content = body::read(&request.headers, &request.body)?;
    let mut version = begin(call, request)?;
    keep(call, &content.sha256, content.bytes.clone())?;
    version.etag = etag(&version, content.md5.clone());
    version.checksums = checksums(request, &content);
    version.checksum_type = "FULL_OBJECT".to_owned();
    version.size = content.bytes.len() as u64;
    version.blob = content.sha256;
    finish(call, request, version)
}

/// What a new version is before its content: its headers and tags.
///
/// # Errors
/// What S3 refuses about them.
pub fn begin(call: &Call<'_>, request: &Request) -> Result<Version, Refusal> {
    let mut headers = BTreeMap::new();
    let mut metadata = 0;
    for (name, value) in &request.headers {
        let name = name.as_str();
        let Ok(value) = std::str::from_utf8(value.as_bytes()) else { continue };
        if let Some(own) = name.strip_prefix(USER_METADATA) {
            metadata += own.len() + value.len();
        } else if !KEPT.contains(&name) {
            continue;
        }
        headers.insert(name.to_owned(), value.to_owned());
    }
    if metadata > METADATA_LIMIT {
        return Err(refusal(
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    if let Some(encoding) = headers.remove("content-encoding") {
        let own = encoding.split(',').map(str::trim).filter(|part| !matches!(*part, "aws-chunked" | ""));
        let own: Vec<&str> = own.collect();
        if !own.is_empty() {
            headers.insert("content-encoding".to_owned(), own.join(","));
        }
    }
    headers.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    if headers.get("x-amz-storage-class").is_some_and(|class| class == "STANDARD") {
        headers.remove("x-amz-storage-class");
    }
    encrypt(call, &mut headers);
    Ok(Version {
        modified: call.now,
        headers,
        tags: tagging::of_header(request.header("x-amz-tagging"))?,
        acl: request.header("x-amz-acl").map(str::to_owned),
        ..Version::default()
    })
}

/// Everything is encrypted: with S3's own key unless a KMS key is asked for, which is then named by its ARN.
fn encrypt(call: &Call<'_>, headers: &mut BTreeMap<String, String>) {
    const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
    let way = headers.entry("x-amz-server-side-encryption".to_owned()).or_insert_with(|| "AES256".to_owned());
    if !way.starts_with("aws:kms") {
        headers.remove(KEY);
        headers.remove("x-amz-server-side-encryption-bucket-key-enabled");
        return;
    }
    let account = &call.place.account;
    let default = || uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, account.as_bytes()).to_string();
    let key = headers.entry(KEY.to_owned()).or_insert_with(default);
    if !key.starts_with("arn:") {
        let (partition, region) = (call.place.partition(), &call.place.region);
        let kind = if key.starts_with("alias/") { "" } else { "key/" };
        *key = format!("arn:{partition}:kms:{region}:{account}:{kind}{key}");
    }
}

/// The entity tag: the md5 of the content, but not with KMS.
pub fn etag(version: &Version, md5: String) -> String {
    match version.headers.get("x-amz-server-side-encryption-aws-kms-key-id") {
        Some(key) => hex::encode(Md5::digest(format!("{key}\n{md5}"))),
        None => md5,
    }
}

/// Those that came along; without any, the one S3 adds by itself.
fn checksums(request: &Request, content: &Content) -> BTreeMap<String, String> {
    let mut checksums = content.checksums.clone();
    let asked = request.header("x-amz-sdk-checksum-algorithm").map(str::to_ascii_lowercase);
    if checksums.is_empty() {
        let algorithm = asked.as_deref().unwrap_or("crc64nvme");
        let computed = checksum::of(algorithm, &content.bytes);
        checksums.extend(computed.map(|computed| (algorithm.to_owned(), computed)));
    }
    checksums
}

/// Keeps content under its hex sha256.
///
/// # Errors
/// `InternalError` when the data folder cannot be written.
pub fn keep(call: &Call<'_>, sha256: &str, content: Bytes) -> Result<(), Refusal> {
    let kept = call.shared.blobs.keep(call.shared.store.as_ref(), sha256, content);
    kept.map_err(|error| refusal("InternalError", format!("The object cannot be kept: {error}")))
}

/// Puts a complete version in its place, if the request's conditions hold.
///
/// # Errors
/// `NoSuchBucket`, `PreconditionFailed`.
pub fn finish(call: &Call<'_>, request: &Request, mut version: Version) -> Answer {
    let mut reply = Reply::empty(200).with("etag", format!("\"{}\"", version.etag));
    for (name, value) in &version.headers {
        if name.starts_with("x-amz-server-side-encryption") {
            reply = reply.with(name, value);
        }
    }
    reply = with_checksums(reply, &version);
    let id = request.bucket(call, |bucket| {
        if !bucket.locks && version.headers.keys().any(|name| name.starts_with("x-amz-object-lock")) {
            return Err(refusal("InvalidRequest", "Bucket is missing Object Lock Configuration"));
        }
        let current = bucket.current(&request.key);
        if request.header("if-none-match").is_some_and(|tag| tag == "*") && current.is_some() {
            return Err(failed_precondition());
        }
        if let Some(wanted) = request.header("if-match") {
            let current = current.ok_or_else(no_key)?;
            if !names(wanted, &current.etag) {
                return Err(failed_precondition());
            }
        }
        version.id = if bucket.is_versioned() { version_id() } else { NULL.to_owned() };
        let id = version.id.clone();
        bucket.put(&request.key, version);
        Ok(bucket.is_versioned().then_some(id))
    })?;
    request.touch_object(call, &request.key);
    Ok(reply.with_some("x-amz-version-id", id.as_deref()))
}

/// GetObject, with `Range`.
pub fn get(call: &Call<'_>, request: &Request) -> Answer {
    read(call, request, true)
}

/// HeadObject.
pub fn head(call: &Call<'_>, request: &Request) -> Answer {
    read(call, request, false)
}

fn read(call: &Call<'_>, request: &Request, wants_content: bool) -> Answer {
    let (version, versioned) = request.bucket(call, |bucket| {
        let versioned = bucket.versioning.is_some();
        let version = version_mut(bucket, &request.key, request.asked("versionId"))?;
        Ok((version.clone(), versioned))
    })?;
    if version.marker {
        // Asked for by its id, a delete marker is something that cannot be read.
        let refused = match request.asked("versionId") {
            Some(_) => {
                refusal("MethodNotAllowed", "The specified method is not allowed against this resource.")
            }
            None => no_key(),
        };
        let body = document(&refused, &request.bucket, &request.key, "");
        let reply = Reply { status: refused.status, headers: Vec::new(), body: body.into() };
        return Ok(reply.with("x-amz-delete-marker", "true").with("x-amz-version-id", version.id));
    }
    if request.header("if-match").is_some_and(|wanted| !names(wanted, &version.etag)) {
        return Err(failed_precondition());
    }
    let tagged = format!("\"{}\"", version.etag);
    if request.header("if-none-match").is_some_and(|known| names(known, &version.etag)) {
        return Ok(Reply::empty(304).with("etag", tagged));
    }
    let range = request.header("range").map(|range| cut(range, version.size)).transpose()?.flatten();
    let mut reply = Reply::empty(if range.is_some() { 206 } else { 200 })
        .with("etag", tagged)
        .with("last-modified", stamp_http(version.modified))
        .with("accept-ranges", "bytes");
    for (name, value) in &version.headers {
        reply = reply.with(name, value);
    }
    if !version.tags.is_empty() {
        reply = reply.with("x-amz-tagging-count", version.tags.len().to_string());
    }
    reply = reply.with_some("x-amz-version-id", versioned.then_some(version.id.as_str()));
    if range.is_none() && request.header("x-amz-checksum-mode").is_some_and(|mode| mode == "ENABLED") {
        reply = with_checksums(reply, &version);
    }
    let (from, to) = range.unwrap_or((0, version.size));
    if range.is_some() {
        let last = to.saturating_sub(1);
        reply = reply.with("content-range", format!("bytes {from}-{last}/{}", version.size));
    }
    if !wants_content {
        return Ok(reply.with("content-length", (to - from).to_string()));
    }
    let content = call.shared.blobs.get(call.shared.store.as_ref(), &version.blob);
    let content = content.ok_or_else(|| refusal("InternalError", "The content of the object is gone."))?;
    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(usize::MAX));
    reply.body = content.slice(from.min(content.len())..to.min(content.len()));
    Ok(reply)
}

/// DeleteObject: what does not exist is deleted already.
pub fn delete(call: &Call<'_>, request: &Request) -> Answer {
    let now = call.now;
    let gone =
        request.bucket(call, |bucket| Ok(remove(bucket, &request.key, request.asked("versionId"), now)))?;
    request.touch_object(call, &request.key);
    let mut reply = Reply::empty(204).with_some("x-amz-version-id", gone.id.as_deref());
    if gone.marker {
        reply = reply.with("x-amz-delete-marker", "true");
    }
    Ok(reply)
}

/// DeleteObjects: up to a thousand at once.
pub fn delete_many(call: &Call<'_>, request: &Request) -> Answer {
    let content = body::read(&request.headers, &request.body)?;
    let document = std::str::from_utf8(&content.bytes).ok().and_then(xml::parse).ok_or_else(malformed)?;
    let wanted: Vec<(&str, Option<&str>)> = document
        .all("Object")
        .map(|object| Some((object.text_of("Key")?, object.text_of("VersionId").filter(|id| !id.is_empty()))))
        .collect::<Option<_>>()
        .filter(|wanted: &Vec<_>| !wanted.is_empty() && wanted.len() <= 1000)
        .ok_or_else(malformed)?;
    let quiet = document.text_of("Quiet") == Some("true");
    let gone: Vec<Gone> = request.bucket(call, |bucket| {
        Ok(wanted.iter().map(|(key, id)| remove(bucket, key, *id, call.now)).collect())
    })?;
    let mut answer = String::new();
    for ((key, asked), gone) in wanted.iter().zip(gone) {
        request.touch_object(call, key);
        if quiet {
            continue;
        }
        answer.push_str(&format!("<Deleted><Key>{}</Key>", escape(key)));
        if let Some(asked) = asked {
            answer.push_str(&format!("<VersionId>{}</VersionId>", escape(asked)));
        }
        if gone.marker {
            answer.push_str("<DeleteMarker>true</DeleteMarker>");
            let id = gone.id.unwrap_or_default();
            answer.push_str(&format!("<DeleteMarkerVersionId>{id}</DeleteMarkerVersionId>"));
        }
        answer.push_str("</Deleted>");
    }
    Ok(Reply::document("DeleteResult", &answer))
}

/// PutObjectAcl: the canned list is kept; nobody is kept out.
pub fn put_acl(call: &Call<'_>, request: &Request) -> Answer {
    let acl = request.header("x-amz-acl").map(str::to_owned);
    request.bucket(call, |bucket| {
        version_mut(bucket, &request.key, request.asked("versionId"))?.acl = acl;
        Ok(())
    })?;
    request.touch_object(call, &request.key);
    Ok(Reply::empty(200))
}

/// The content of an object, as other services take it.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion`.
pub fn content(call: &Call<'_>, bucket: &str, key: &str, id: Option<&str>) -> Result<Bytes, Refusal> {
    let version = call.world(|world| {
        let (_, bucket) = super::bucket_mut(world, bucket).ok_or_else(no_bucket)?;
        version_mut(bucket, key, id).map(|version| version.clone())
    })?;
    if version.marker {
        return Err(no_key());
    }
    let content = call.shared.blobs.get(call.shared.store.as_ref(), &version.blob);
    content.ok_or_else(|| refusal("InternalError", "The content of the object is gone."))
}

/// The version of that id, or the newest one, be it a delete marker.
///
/// # Errors
/// `NoSuchKey`, `NoSuchVersion`.
pub fn version_mut<'b>(
    bucket: &'b mut Bucket,
    key: &str,
    id: Option<&str>,
) -> Result<&'b mut Version, Refusal> {
    let versions = bucket.objects.get_mut(key).map(|object| &mut object.versions);
    match id.filter(|id| !id.is_empty()) {
        None => versions.and_then(|versions| versions.last_mut()).ok_or_else(no_key),
        Some(id) => versions
            .and_then(|versions| versions.iter_mut().find(|version| version.id == id))
            .ok_or_else(|| refusal("NoSuchVersion", "The specified version does not exist.")),
    }
}

/// What a deletion did.
struct Gone {
    /// The version that was removed, or the marker that was put.
    id: Option<String>,
    /// Whether that is a delete marker.
    marker: bool,
}

fn remove(bucket: &mut Bucket, key: &str, id: Option<&str>, now: Millis) -> Gone {
    if let Some(id) = id.filter(|id| !id.is_empty()) {
        let removed = bucket.remove(key, id);
        return Gone { id: Some(id.to_owned()), marker: removed.is_some_and(|version| version.marker) };
    }
    if bucket.versioning.is_none() {
        bucket.remove(key, NULL);
        return Gone { id: None, marker: false };
    }
    let id = if bucket.is_versioned() { version_id() } else { NULL.to_owned() };
    bucket.put(key, Version { id: id.clone(), modified: now, marker: true, ..Version::default() });
    Gone { id: Some(id), marker: true }
}

fn with_checksums(mut reply: Reply, version: &Version) -> Reply {
    for (algorithm, checksum) in &version.checksums {
        reply = reply.with(&format!("x-amz-checksum-{algorithm}"), checksum);
    }
    reply.with("x-amz-checksum-type", &version.checksum_type)
}

fn check_key(key: &str) -> Result<(), Refusal> {
    match key.len() <= KEY_LIMIT {
        true => Ok(()),
        false => Err(refusal("KeyTooLongError", "Your key is too long")),
    }
}

/// Whether a condition's list of entity tags holds this one.
fn names(list: &str, etag: &str) -> bool {
    list.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == "*" || tag == etag)
}

/// The half-open range that a `Range` header asks for; none for headers that are to be ignored.
///
/// # Errors
/// `InvalidRange` for one that begins after the end.
fn cut(range: &str, size: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let Some((from, to)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let (from, to) = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from > to => return Ok(None),
        (Ok(from), Ok(to)) => (from, to.saturating_add(1).min(size)),
        (Ok(from), Err(_)) if to.is_empty() => (from, size),
        (Err(_), Ok(last)) if from.is_empty() && last > 0 => (size.saturating_sub(last), size),
        (Err(_), Ok(_)) if from.is_empty() => (size, size),
        _ => return Ok(None),
    };
    match from < size {
        true => Ok(Some((from, to))),
        false => Err(refusal("InvalidRange", "The requested range is not satisfiable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_as_http_says() {
        for (range, expected) in [
            ("bytes=0-4", Ok(Some((0, 5)))),
            ("bytes=5-", Ok(Some((5, 10)))),
            ("bytes=-3", Ok(Some((7, 10)))),
            ("bytes=-30", Ok(Some((0, 10)))),
            ("bytes=0-99", Ok(Some((0, 10)))),
            ("bytes=4-2", Ok(None)),
            ("lines=1-2", Ok(None)),
            ("bytes=a-b", Ok(None)),
            ("bytes=10-", Err(())),
            ("bytes=-0", Err(())),
        ] {
            assert_eq!(cut(range, 10).map_err(|_| ()), expected, "{range}");
        }
    }

    #[test]
    fn conditions_name_entity_tags() {
        assert!(names("\"a\", W/\"b\"", "b") && names("*", "a"));
        assert!(!names("\"ab\"", "a"));
    }
}

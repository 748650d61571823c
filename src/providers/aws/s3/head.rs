//! An object as S3 answers it.
//! Changes nothing.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, StorageClass};
use aws_smithy_types::date_time::Format;
use serde_json::json;

use super::object::{Place, TYPE, rules};
use crate::base::{Diagnostics, Value};
use crate::providers::aws::arn;
use crate::providers::aws::client::Session;
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{carry, empty, entries, filled};
use crate::providers::aws::outcome::Found;
use crate::providers::aws::resource::Link;

/// What no call answers.
const UNREAD: &[&str] = &[
    "acl",
    "checksum_algorithm",
    "content",
    "content_base64",
    "force_destroy",
    "override_provider",
    "source",
    "source_hash",
];

type Tags = BTreeMap<String, String>;

/// The object as it is. `tags`: those it was just given; otherwise they are asked for, unless S3 says that there are none.
///
/// # Errors
/// What the service answered.
pub(super) async fn look(link: &Link, known: &Value, tags: Option<Tags>) -> Found {
    let session = link.session().await?;
    let place = Place::of(known);
    let failed = |error: Box<crate::providers::aws::error::CallError>| {
        Diagnostics::from(error.diagnostic(&place.target()))
    };
    let seen = match head(session, &place, filled(known, "checksum_algorithm").is_some()).await {
        Ok(seen) => seen,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let had_tags = known.get("tags_all").and_then(entries).is_some_and(|tags| !tags.is_empty());
    let tags = match tags {
        Some(tags) => tags,
        // Not everything that speaks S3 counts tags, so where there were some they are asked for anyway.
        None if seen.tag_count.unwrap_or_default() == 0 && !had_tags => Tags::new(),
        None => match tags_of(session, &place).await {
            Ok(tags) => tags,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(failed(error)),
        },
    };
    object(link, &seen, known, &place, &tags, session).map(Some)
}

async fn head(session: &Session, place: &Place, checksums: bool) -> CallResult<HeadObjectOutput> {
    let call = session.s3.reads.head_object().bucket(&place.bucket).key(&place.key);
    let call = call.set_checksum_mode(checksums.then_some(ChecksumMode::Enabled));
    session.s3.read("HeadObject", call.send()).await
}

async fn tags_of(session: &Session, place: &Place) -> CallResult<Tags> {
    let call = session.s3.reads.get_object_tagging().bucket(&place.bucket).key(&place.key);
    let answer = session.s3.read("GetObjectTagging", call.send()).await?;
    Ok(answer.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn object(
    link: &Link,
    seen: &HeadObjectOutput,
    known: &Value,
    place: &Place,
    tags: &Tags,
    session: &Session,
) -> Result<Value, Diagnostics> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let metadata: BTreeMap<String, &String> =
        seen.metadata.iter().flatten().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let until = seen.object_lock_retain_until_date.as_ref().and_then(|date| date.fmt(Format::DateTime).ok());
    let object = empty(
        &TYPE.schema.block,
        json!({
            "arn": format!("arn:{}:s3:::{}/{}", arn::partition(&session.region).0, place.bucket, place.key),
            "bucket": place.bucket,
            "bucket_key_enabled": seen.bucket_key_enabled.unwrap_or_default(),
            "cache_control": text(&seen.cache_control),
            "checksum_crc32": text(&seen.checksum_crc32),
            "checksum_crc32c": text(&seen.checksum_crc32_c),
            "checksum_crc64nvme": text(&seen.checksum_crc64_nvme),
            "checksum_sha1": text(&seen.checksum_sha1),
            "checksum_sha256": text(&seen.checksum_sha256),
            "content_disposition": text(&seen.content_disposition),
            "content_encoding": text(&seen.content_encoding),
            "content_language": text(&seen.content_language),
            "content_type": text(&seen.content_type),
            "etag": text(&seen.e_tag).trim_matches('"'),
            "id": filled(known, "key"),
            "key": filled(known, "key"),
            "kms_key_id": seen.ssekms_key_id.clone().or_else(|| filled(known, "kms_key_id")),
            "metadata": metadata,
            "object_lock_legal_hold_status":
                seen.object_lock_legal_hold_status.as_ref().map_or("", |status| status.as_str()),
            "object_lock_mode": seen.object_lock_mode.as_ref().map_or("", |mode| mode.as_str()),
            "object_lock_retain_until_date": until.unwrap_or_default(),
            "server_side_encryption": seen.server_side_encryption.as_ref().map_or("", |way| way.as_str()),
            "storage_class": seen.storage_class.as_ref().map_or("STANDARD", StorageClass::as_str),
            "version_id": text(&seen.version_id),
            "website_redirect": text(&seen.website_redirect_location),
        }),
    )?;
    let (own, all) = rules(link, known).record(tags, known.get("tags"));
    Ok(carry(object, known, UNREAD).with_attr("tags", own).with_attr("tags_all", all))
}

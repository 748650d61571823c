//! Uploading an object, and changing what can be changed of one without that.
//! Knows nothing of plans but the planned object.

use std::collections::BTreeMap;

use aws_sdk_s3::primitives::{ByteStream, DateTime, DateTimeFormat};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ObjectCannedAcl, ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockMode,
    ObjectLockRetention, ObjectLockRetentionMode, ServerSideEncryption, StorageClass, Tag, Tagging,
};

use super::content::Content;
use super::object::{Place, wanted_tags};
use super::{ACL, HOLD, LOCK, TAGS};
use crate::base::{Diagnostics, Value};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::error::CallResult;
use crate::providers::aws::fields::{filled, flag, text_map};
use crate::providers::aws::resource::Step;
use crate::providers::aws::retry;

/// Uploads the planned object, with its tags.
///
/// # Errors
/// Content that cannot be read or is another now; what the service answered.
pub(super) async fn upload(step: &Step<'_>, place: &Place) -> Result<(), Diagnostics> {
    let planned = step.planned();
    let content = Content::find(planned)?.unwrap_or(Content::Given(Vec::new()));
    let _room = step.link.room(content.size()).await;
    let bytes = content.bytes(step.request.package.as_ref()).await?;
    let key = filled(planned, "kms_key_id");
    let encryption = match &key {
        Some(_) => Some("aws:kms".to_owned()),
        None => filled(planned, "server_side_encryption"),
    };
    let builder = || {
        let tags = encode(&wanted_tags(step));
        step.session
            .s3
            .writes
            .put_object()
            .bucket(&place.bucket)
            .key(&place.key)
            .body(ByteStream::from(bytes.clone()))
            .set_acl(filled(planned, "acl").as_deref().map(ObjectCannedAcl::from))
            .set_bucket_key_enabled(flag(planned, "bucket_key_enabled").filter(|on| *on))
            .set_cache_control(filled(planned, "cache_control"))
            .set_checksum_algorithm(
                filled(planned, "checksum_algorithm").as_deref().map(ChecksumAlgorithm::from),
            )
            .set_content_disposition(filled(planned, "content_disposition"))
            .set_content_encoding(filled(planned, "content_encoding"))
            .set_content_language(filled(planned, "content_language"))
            .content_type(
                filled(planned, "content_type").unwrap_or_else(|| "application/octet-stream".to_owned()),
            )
            .set_metadata(text_map(planned, "metadata"))
            .set_object_lock_legal_hold_status(
                filled(planned, "object_lock_legal_hold_status")
                    .as_deref()
                    .map(ObjectLockLegalHoldStatus::from),
            )
            .set_object_lock_mode(filled(planned, "object_lock_mode").as_deref().map(ObjectLockMode::from))
            .set_object_lock_retain_until_date(until(planned))
            .set_server_side_encryption(encryption.as_deref().map(ServerSideEncryption::from))
            .set_ssekms_key_id(key.clone())
            .set_storage_class(filled(planned, "storage_class").as_deref().map(StorageClass::from))
            .set_tagging(Some(tags).filter(|tags| !tags.is_empty()))
            .set_website_redirect_location(filled(planned, "website_redirect"))
    };
    let target = place.target();
    let mutation = Mutation { operation: "PutObject", target: &target, policy: retry::PLAIN };
    let answer = step.session.s3.write(mutation, step.context, || builder().send()).await;
    let answer = answer.map_err(|error| error.diagnostic(&target))?;
    content.remember(step.link, answer.e_tag().unwrap_or_default().trim_matches('"'));
    Ok(())
}

/// Changes what does not need an upload.
///
/// # Errors
/// What the service answered.
pub(super) async fn amend(step: &Step<'_>, place: &Place) -> CallResult<()> {
    let (planned, groups, s3) = (step.planned(), step.request.groups, &step.session.s3);
    let target = place.target();
    let mutation = |operation| Mutation { operation, target: &target, policy: retry::PLAIN };
    let (bucket, key) = (&place.bucket, &place.key);
    if let (true, Some(acl)) = (groups.meets(ACL), filled(planned, "acl")) {
        let acl = ObjectCannedAcl::from(acl.as_str());
        let call = || s3.writes.put_object_acl().bucket(bucket).key(key).acl(acl.clone()).send();
        s3.write(mutation("PutObjectAcl"), step.context, call).await?;
    }
    if groups.meets(HOLD) {
        let status = filled(planned, "object_lock_legal_hold_status").unwrap_or_else(|| "OFF".to_owned());
        let hold = ObjectLockLegalHold::builder().status(status.as_str().into()).build();
        let call =
            || s3.writes.put_object_legal_hold().bucket(bucket).key(key).legal_hold(hold.clone()).send();
        s3.write(mutation("PutObjectLegalHold"), step.context, call).await?;
    }
    if groups.meets(LOCK) {
        let mode = filled(planned, "object_lock_mode").as_deref().map(ObjectLockRetentionMode::from);
        let lock =
            ObjectLockRetention::builder().set_mode(mode).set_retain_until_date(until(planned)).build();
        // A lock that ends sooner, or goes, needs the right to pass over it.
        let shorter = until(planned).map(|date| date.secs()) < until(step.prior()).map(|date| date.secs());
        let call = || {
            let call = s3.writes.put_object_retention().bucket(bucket).key(key).retention(lock.clone());
            call.set_bypass_governance_retention(shorter.then_some(true)).send()
        };
        s3.write(mutation("PutObjectRetention"), step.context, call).await?;
    }
    if groups.meets(TAGS) {
        let wanted = wanted_tags(step);
        if wanted.is_empty() {
            let call = || s3.writes.delete_object_tagging().bucket(bucket).key(key).send();
            s3.write(mutation("DeleteObjectTagging"), step.context, call).await?;
        } else {
            let tags =
                wanted.iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect();
            let tagging = Tagging::builder().set_tag_set(Some(tags)).build().ok();
            let call =
                || s3.writes.put_object_tagging().bucket(bucket).key(key).set_tagging(tagging.clone()).send();
            s3.write(mutation("PutObjectTagging"), step.context, call).await?;
        }
    }
    Ok(())
}

fn until(object: &Value) -> Option<DateTime> {
    let text = filled(object, "object_lock_retain_until_date")?;
    DateTime::from_str(&text, DateTimeFormat::DateTimeWithOffset).ok()
}

/// Tags as a query string.
fn encode(tags: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| -> String {
        let mut escaped = String::new();
        for byte in text.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    escaped.push(char::from(byte));
                }
                _ => escaped.push_str(&format!("%{byte:02X}")),
            }
        }
        escaped
    };
    let pairs: Vec<String> =
        tags.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_a_query() {
        let tags = BTreeMap::from([("a b".to_owned(), "1&2".to_owned()), ("c".to_owned(), String::new())]);
        assert_eq!(encode(&tags), "a%20b=1%262&c=");
    }
}

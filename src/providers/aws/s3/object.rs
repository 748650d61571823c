//! `aws_s3_object`: a file in a bucket, as the code of functions and layers.
//! Knows nothing of what is done with it.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use serde_json::json;

use super::content::{self, Content};
use super::{ACL, HOLD, LOCK, STATE, TAGS, UPLOAD, head, put};
use crate::base::{Diagnostic, Diagnostics, Severity, Type, Value};
use crate::provider::{
    ApplyResponse, BoxFuture, Description, ImportResponse, PlanRequest, PlanResponse, ReadRequest,
    ReadResponse, ResourceType, SettleRequest, Settled,
};
use crate::providers::aws::client::Mutation;
use crate::providers::aws::fields::{block, empty, entries, filled, flag, is_empty, is_given, is_set};
use crate::providers::aws::legacy::private;
use crate::providers::aws::outcome;
use crate::providers::aws::resource::{Link, Resource, Step};
use crate::providers::aws::retry;
use crate::providers::aws::tags::{self, TagRules};
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{Arn, Custom, KnownValues, Length, OneOf, Rfc3339};

pub(super) static TYPE: ResourceType = ResourceType {
    name: "aws_s3_object",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("acl").optional_computed().group(ACL).check(&[OneOf(&[
                    "private",
                    "public-read",
                    "public-read-write",
                    "authenticated-read",
                    "aws-exec-read",
                    "bucket-owner-read",
                    "bucket-owner-full-control",
                ])]),
                Attribute::string("arn").computed(),
                Attribute::string("bucket").required().replaces().check(&[Length(1, 255)]),
                Attribute::bool("bucket_key_enabled").optional_computed().group(UPLOAD),
                Attribute::string("cache_control").group(UPLOAD),
                Attribute::string("checksum_algorithm").group(UPLOAD).check(&[OneOf(&[
                    "CRC32",
                    "CRC32C",
                    "SHA1",
                    "SHA256",
                    "CRC64NVME",
                ])]),
                Attribute::string("checksum_crc32").computed(),
                Attribute::string("checksum_crc32c").computed(),
                Attribute::string("checksum_crc64nvme").computed(),
                Attribute::string("checksum_sha1").computed(),
                Attribute::string("checksum_sha256").computed(),
                Attribute::string("content").group(UPLOAD),
                Attribute::string("content_base64").group(UPLOAD),
                Attribute::string("content_disposition").group(UPLOAD),
                Attribute::string("content_encoding").group(UPLOAD),
                Attribute::string("content_language").group(UPLOAD),
                Attribute::string("content_type").optional_computed().group(UPLOAD),
                Attribute::string("etag").optional_computed().group(UPLOAD),
                Attribute::bool("force_destroy").default(Default::Bool(false)).group(STATE),
                Attribute::string("id").optional_computed(),
                Attribute::string("key").required().replaces().check(&[Length(1, 1024)]),
                Attribute::string("kms_key_id").optional_computed().group(UPLOAD).check(&[Arn]),
                Attribute::string_map("metadata").group(UPLOAD).check(&[Custom(metadata)]),
                Attribute::string("object_lock_legal_hold_status")
                    .group(HOLD)
                    .check(&[OneOf(&["ON", "OFF"])]),
                Attribute::string("object_lock_mode")
                    .group(LOCK)
                    .check(&[OneOf(&["GOVERNANCE", "COMPLIANCE"])]),
                Attribute::string("object_lock_retain_until_date").group(LOCK).check(&[Rfc3339]),
                Attribute::string("server_side_encryption")
                    .optional_computed()
                    .group(UPLOAD)
                    .check(&[OneOf(&["AES256", "aws:fsx", "aws:kms", "aws:kms:dsse"])]),
                Attribute::string("source").group(UPLOAD),
                Attribute::string("source_hash").group(UPLOAD),
                Attribute::string("storage_class").optional_computed().group(UPLOAD).check(&[KnownValues(
                    &[
                        "STANDARD",
                        "REDUCED_REDUNDANCY",
                        "STANDARD_IA",
                        "ONEZONE_IA",
                        "INTELLIGENT_TIERING",
                        "GLACIER",
                        "DEEP_ARCHIVE",
                        "OUTPOSTS",
                        "GLACIER_IR",
                        "SNOW",
                        "EXPRESS_ONEZONE",
                        "FSX_OPENZFS",
                    ],
                )]),
                Attribute::string_map("tags").part_of("tags_all").group(TAGS).check(&[Custom(tags::check)]),
                Attribute::string_map("tags_all").optional_computed().group(TAGS),
                Attribute::string("version_id").computed(),
                Attribute::string("website_redirect").group(UPLOAD),
            ],
            blocks: &[NestedBlock::one(
                "override_provider",
                Block {
                    attributes: &[],
                    blocks: &[NestedBlock::one(
                        "default_tags",
                        Block { attributes: &[Attribute::string_map("tags")], blocks: &[] },
                    )],
                },
            )
            .telling()
            .group(STATE)],
        },
    },
    // A second upload under the same key is no second object.
    unique: &["bucket", "key"],
    empty_is_null: true,
    import_id: "BUCKET/KEY",
};

/// S3 writes the names of metadata in lower case.
fn metadata(value: &Value) -> Option<String> {
    let upper = value.as_entries()?.keys().find(|key| key.chars().any(char::is_uppercase))?;
    Some(format!("The names of metadata are written in lower case, and {upper:?} is not."))
}

/// Where an object is: its bucket, and its key as S3 is asked for it.
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl Place {
    /// Slashes at the beginning, and all but one of several together, are left out, as by the provider
    /// (observed with 5.100).
    pub(super) fn of(object: &Value) -> Place {
        let key = filled(object, "key").unwrap_or_default();
        let parts: Vec<&str> = key.split('/').filter(|part| !part.is_empty()).collect();
        let mut clean = parts.join("/");
        if key.ends_with('/') && !clean.is_empty() {
            clean.push('/');
        }
        Place { bucket: filled(object, "bucket").unwrap_or_default(), key: clean }
    }

    /// As the journal and messages name it.
    pub(super) fn target(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }
}

/// The type.
pub(in crate::providers::aws) struct Object;

impl Resource for Object {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut problems = Diagnostics::new();
        for (one, other) in [
            ("source", "content"),
            ("source", "content_base64"),
            ("content", "content_base64"),
            ("etag", "kms_key_id"),
        ] {
            if is_set(config, one) && is_set(config, other) {
                problems.push(
                    Diagnostic::error(
                        "Conflicting configuration arguments",
                        format!(
                            "{one:?} conflicts with {other:?}: an object has one content, and what KMS encrypts has no \
                             etag that could be known before. Remove one of them."
                        ),
                    )
                    .on(other),
                );
            }
        }
        problems
    }

    fn plan(&self, link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
        plan(link, request)
    }

    fn read<'a>(&'a self, link: &'a Link, request: &'a ReadRequest) -> BoxFuture<'a, ReadResponse> {
        Box::pin(async move { outcome::read(request, head::look(link, &request.prior, None).await) })
    }

    fn create<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            match put::upload(&step, &Place::of(step.planned())).await {
                Ok(()) => written(&step, Some(wanted_tags(&step))).await,
                Err(problems) => step.unchanged(problems),
            }
        })
    }

    fn update<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let place = Place::of(step.planned());
            if step.request.groups.meets(UPLOAD) {
                return match put::upload(&step, &place).await {
                    Ok(()) => written(&step, Some(wanted_tags(&step))).await,
                    Err(problems) => step.unchanged(problems),
                };
            }
            match put::amend(&step, &place).await {
                Ok(()) => written(&step, None).await,
                Err(error) => step.unchanged(error.diagnostic(&place.target())),
            }
        })
    }

    fn delete<'a>(&'a self, step: Step<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(delete(step))
    }

    fn settle<'a>(&'a self, link: &'a Link, request: &'a SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(settle(link, request))
    }

    fn adopt(&self, object: Value, config: &Value) -> Value {
        content::adopt(object, config)
    }

    fn describe<'a>(&'a self, link: &'a Link, object: Value) -> BoxFuture<'a, Description> {
        Box::pin(super::describe::describe(link, object))
    }

    fn import(&self, id: &str) -> Result<ImportResponse, Diagnostics> {
        let path = id.strip_prefix("s3://").unwrap_or(id);
        let parts = path.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
        let (bucket, key) = parts.ok_or_else(|| {
            Diagnostic::error(
                "Invalid import id",
                format!("An object is imported by BUCKET/KEY or s3://BUCKET/KEY, and {id:?} does not have this form."),
            )
        })?;
        let object = empty(&TYPE.schema.block, json!({ "bucket": bucket, "id": key, "key": key }))?;
        Ok(ImportResponse { object, private: private(true) })
    }
}

/// The provider's rules on tags, as `override_provider` changes them for this object.
pub(super) fn rules(link: &Link, object: &Value) -> TagRules {
    let mut rules = link.settings.tags.clone();
    if let Some(own) = block(object, "override_provider").and_then(|o| block(o, "default_tags")) {
        rules.defaults = Some(own.get("tags").and_then(entries).unwrap_or_default().into_iter().collect());
    }
    rules
}

/// The tags a step ends with.
pub(super) fn wanted_tags(step: &Step<'_>) -> BTreeMap<String, String> {
    let planned = step.planned();
    let all = planned.get("tags_all").and_then(entries).map(|tags| tags.into_iter().collect());
    all.unwrap_or_else(|| rules(step.link, planned).merge(planned.get("tags").unwrap_or(&Value::NULL)))
}

fn plan(link: &Link, request: &PlanRequest<'_>) -> PlanResponse {
    let prior = request.prior.filter(|prior| !prior.is_null());
    let planned = without_empty_tags(outcome::planned(&TYPE, request, |_, planned| planned));
    let mut planned = rules(link, &planned).complete(prior, planned);
    let mut problems = Diagnostics::new();
    let content = Content::find(&planned).unwrap_or_else(|found| {
        problems.extend(found.map(|mut problem| {
            if filled(&planned, "source").is_some() {
                problem.severity = Severity::Warning;
                problem.detail.push_str(" It is uploaded during apply, if it can be read by then.");
            }
            problem
        }));
        None
    });
    let uploads = prior.is_none_or(|prior| TYPE.schema.block.changed(prior, &planned, true).meets(UPLOAD));
    let stored = prior.and_then(|prior| filled(prior, "etag"));
    // Then the entity tag is the content's md5.
    let plain = filled(&planned, "server_side_encryption").as_deref() == Some("AES256");
    let named = is_given(request.config, "etag");
    let still = !request.files_may_change;
    if let Some(prior) = prior {
        let differs = |name: &&str| {
            prior.get(name) != planned.get(name)
                && ![prior, &planned].iter().all(|object| object.get(name).is_none_or(is_empty))
        };
        let other = ["source", "content", "content_base64", "source_hash"].iter().any(differs);
        if uploads {
            planned.set_attr("version_id", Value::unknown(Type::String));
        }
        if !named && other {
            let md5 = content.as_ref().filter(|_| plain && still).and_then(Content::md5);
            planned.set_attr("etag", md5.map_or_else(|| Value::unknown(Type::String), Value::from));
        }
        let silent = !uploads && !named && !is_given(request.config, "source_hash") && plain;
        if let (true, Some(Content::File(local))) = (silent, &content) {
            let md5 = content.as_ref().and_then(Content::md5);
            if md5.is_some() && md5 != stored && stored.as_ref().is_some_and(|etag| !etag.contains('-')) {
                problems.push(unnoticed(&local.name));
            }
        }
    }
    let package =
        content.filter(|_| uploads && still).and_then(|content| content.pin(link, stored.as_deref()));
    PlanResponse { package, problems, ..outcome::plan(planned, private(false)) }
}

/// `override_provider { default_tags { tags = {} } }` says that there are no default tags; state has it with null.
fn without_empty_tags(mut planned: Value) -> Value {
    let Some(outer) = block(&planned, "override_provider").cloned() else { return planned };
    let Some(inner) = block(&outer, "default_tags").cloned() else { return planned };
    if inner.get("tags").is_some_and(|tags| !tags.is_unknown() && is_empty(tags)) {
        let inner = inner.with_attr("tags", Value::null(Type::map(Type::String)));
        let outer = outer.with_attr("default_tags", Value::list(inner.ty(), [inner.clone()]));
        planned.set_attr("override_provider", Value::list(outer.ty(), [outer.clone()]));
    }
    planned
}

/// A file changed, and nothing in configuration says so.
fn unnoticed(name: &str) -> Diagnostic {
    Diagnostic::warning(
        "Changed file not uploaded",
        format!(
            "{name} is not what is stored in S3 any more, but nothing in the configuration changes with it, so it stays as \
             it is. To upload it whenever it changes, add etag = filemd5({name:?}) or source_hash = filemd5({name:?})."
        ),
    )
    .on("source")
}

/// The object read back; `tags` are those of an upload.
async fn written(step: &Step<'_>, tags: Option<BTreeMap<String, String>>) -> ApplyResponse {
    let planned = step.planned();
    let found = head::look(step.link, planned, tags).await;
    let known = match filled(planned, "key") {
        Some(key) => planned.with_attr("id", Value::from(key)),
        None => planned.clone(),
    };
    outcome::written(&known, private(false), found)
}

/// Deletes an object: in a bucket with versions all of them, as Terraform does, because the key is what was managed.
async fn delete(step: Step<'_>) -> ApplyResponse {
    let (prior, s3) = (step.prior(), &step.session.s3);
    let place = Place::of(prior);
    let target = place.target();
    let (bucket, key) = (&place.bucket, &place.key);
    if filled(prior, "version_id").is_none() {
        let mutation = Mutation { operation: "DeleteObject", target: &target, policy: retry::PLAIN };
        let call = || s3.writes.delete_object().bucket(bucket).key(key).send();
        return outcome::deleted(&step, &target, s3.write(mutation, step.context, call).await);
    }
    let force = flag(prior, "force_destroy").unwrap_or(false);
    loop {
        let listing = s3.reads.list_object_versions().bucket(bucket).prefix(key);
        let page = match s3.read("ListObjectVersions", listing.send()).await {
            Ok(page) => page,
            Err(error) => return outcome::deleted::<()>(&step, &target, Err(error)),
        };
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let own = versions.chain(markers).filter(|(found, _)| *found == Some(key));
        let ids: Vec<ObjectIdentifier> = own
            .filter_map(|(_, id)| {
                ObjectIdentifier::builder().key(key).set_version_id(id.map(str::to_owned)).build().ok()
            })
            .collect();
        let Some(delete) = Some(ids)
            .filter(|ids| !ids.is_empty())
            .and_then(|ids| Delete::builder().set_objects(Some(ids)).quiet(true).build().ok())
        else {
            return ApplyResponse::default();
        };
        let mutation = Mutation { operation: "DeleteObjects", target: &target, policy: retry::PLAIN };
        let call = || {
            let call = s3.writes.delete_objects().bucket(bucket).delete(delete.clone());
            call.set_bypass_governance_retention(force.then_some(true)).send()
        };
        match s3.write(mutation, step.context, call).await {
            Ok(answer) => {
                if let Some(kept) = answer.errors().first() {
                    return step.unchanged(undeleted(&target, kept));
                }
            }
            Err(error) => return outcome::deleted::<()>(&step, &target, Err(error)),
        }
    }
}

fn undeleted(target: &str, kept: &aws_sdk_s3::types::Error) -> Diagnostic {
    Diagnostic::error(
        "Version not deleted",
        format!(
            "DeleteObjects of {target:?} left version {:?}: {} {} A lock of the mode GOVERNANCE is passed over with \
             force_destroy; a legal hold must be taken off first.",
            kept.version_id().unwrap_or_default(),
            kept.code().unwrap_or_default(),
            kept.message().unwrap_or_default()
        ),
    )
}

/// What is stored says whether an upload landed: by its md5 where that is the entity tag, otherwise by being another one than
/// before.
async fn settle(link: &Link, request: &SettleRequest) -> Settled {
    let subject = request.subject();
    let found = head::look(link, subject, None).await;
    let (Ok(Some(object)), Some(planned), "PutObject") =
        (&found, &request.planned, request.operation.as_str())
    else {
        return outcome::settled_by_comparing(&TYPE.schema.block, request, private(false), found);
    };
    let stored = filled(object, "etag");
    let before = request.prior.as_ref().and_then(|prior| filled(prior, "etag"));
    let plain = filled(object, "server_side_encryption").as_deref() == Some("AES256");
    let content = Content::find(planned).ok().flatten().and_then(|content| content.md5());
    let landed = if plain && content.is_some() { content == stored } else { stored != before };
    if !landed {
        return Settled::NotLanded;
    }
    Settled::Landed { object: Some(object.clone()), private: private(false), tainted: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_ids() {
        for id in ["bucket/a/b.zip", "s3://bucket/a/b.zip"] {
            let place = Place::of(&Object.import(id).unwrap().object);
            assert_eq!((place.bucket.as_str(), place.key.as_str()), ("bucket", "a/b.zip"));
        }
        for id in ["", "bucket", "bucket/", "s3:///key"] {
            assert!(Object.import(id).is_err(), "{id}");
        }
    }

    #[test]
    fn keys_are_asked_for_without_empty_parts() {
        for (key, asked) in [("/lead//ing", "lead/ing"), ("a/", "a/"), ("a/b", "a/b")] {
            let object = Value::object([("bucket", Value::from("b")), ("key", Value::from(key))]);
            assert_eq!(Place::of(&object).key, asked);
        }
    }
}

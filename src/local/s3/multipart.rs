//! Uploads in parts, until they become objects.
//! Uploads under way live in memory only; a restart ends them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::error::{malformed, refusal};
use super::model::{Version, version_id};
use super::{Answer, Reply, Request, body, bucket, checksum, object};
use crate::local::call::Call;
use crate::local::error::Refusal;
use crate::local::xml::{self, escape};

/// The least size of a part that is not the last, in bytes. Source: "Amazon S3 multipart upload limits".
const LEAST: usize = 5 * 1024 * 1024;

/// Uploads under way, by id.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<HashMap<String, Upload>>);

#[derive(Debug)]
struct Upload {
    bucket: String,
    key: String,
    version: Version,
    /// The checksum its parts carry, by lower-case algorithm.
    algorithm: Option<String>,
    /// Whether the checksum is that of the whole object.
    whole: bool,
    parts: BTreeMap<u32, Part>,
}

#[derive(Debug, Clone)]
struct Part {
    bytes: Bytes,
    md5: String,
}

impl Uploads {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every upload.
    pub fn clear(&self) {
        self.all().clear();
    }

    /// Runs `work` on the upload that a request names.
    fn on<T>(
        &self,
        request: &Request,
        work: impl FnOnce(&mut Upload) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut all = self.all();
        let named = request.asked("uploadId").and_then(|id| all.get_mut(id));
        let named = named.filter(|upload| upload.bucket == request.bucket && upload.key == request.key);
        work(named.ok_or_else(|| {
            refusal(
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                 aborted or completed.",
            )
        })?)
    }
}

/// CreateMultipartUpload.
pub fn create(call: &Call<'_>, request: &Request) -> Answer {
    bucket::expect(call, request)?;
    let version = object::begin(call, request)?;
    let algorithm = request.header("x-amz-checksum-algorithm").map(str::to_ascii_lowercase);
    let kind = request.header("x-amz-checksum-type");
    let whole =
        kind.map_or(algorithm.as_deref().is_none_or(|a| a == "crc64nvme"), |kind| kind == "FULL_OBJECT");
    let id = version_id();
    let (bucket, key) = (request.bucket.clone(), request.key.clone());
    let content =
        format!("<Bucket>{}</Bucket><Key>{}</Key><UploadId>{id}</UploadId>", escape(&bucket), escape(&key));
    let upload = Upload { bucket, key, version, algorithm, whole, parts: BTreeMap::new() };
    call.shared.uploads.all().insert(id, upload);
    Ok(Reply::document("InitiateMultipartUploadResult", &content))
}

/// UploadPart.
pub fn part(call: &Call<'_>, request: &Request) -> Answer {
    let number = request.asked("partNumber").and_then(|number| number.parse::<u32>().ok());
    let number = number.filter(|number| (1..=10_000).contains(number)).ok_or_else(|| {
        refusal("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    })?;
    let content = body::read(&request.headers, &request.body)?;
    let tag = format!("\"{}\"", content.md5);
    call.shared.uploads.on(request, |upload| {
        upload.parts.insert(number, Part { bytes: content.bytes, md5: content.md5 });
        Ok(())
    })?;
    let mut reply = Reply::empty(200).with("etag", tag);
    for (algorithm, checksum) in content.checksums {
        reply = reply.with(&format!("x-amz-checksum-{algorithm}"), checksum);
    }
    Ok(reply)
}

/// CompleteMultipartUpload: the parts the request lists, in their order, become the object.
pub fn complete(call: &Call<'_>, request: &Request) -> Answer {
    let document = std::str::from_utf8(&request.body).ok().and_then(xml::parse).ok_or_else(malformed)?;
    let listed = document.all("Part").map(|part| {
        let tag = part.text_of("ETag")?.trim_matches('"').to_owned();
        Some((part.text_of("PartNumber")?.parse::<u32>().ok()?, tag))
    });
    let listed: Vec<(u32, String)> = listed.collect::<Option<_>>().ok_or_else(malformed)?;
    if listed.is_empty() {
        return Err(malformed());
    }
    if !listed.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(refusal("InvalidPartOrder", "The list of parts was not in ascending order."));
    }
    let (mut version, parts, algorithm, whole) = call.shared.uploads.on(request, |upload| {
        let found = listed.iter().map(|(number, tag)| {
            let part = upload.parts.get(number).filter(|part| part.md5 == *tag);
            part.cloned().ok_or_else(|| {
                refusal(
                    "InvalidPart",
                    "One or more of the specified parts could not be found. The part may not have been uploaded, or \
                     the specified entity tag may not match the part's entity tag.",
                )
            })
        });
        let parts = found.collect::<Result<Vec<Part>, Refusal>>()?;
        Ok((upload.version.clone(), parts, upload.algorithm.clone(), upload.whole))
    })?;
    let (_, all_but_last) = parts.split_last().ok_or_else(malformed)?;
    if all_but_last.iter().any(|part| part.bytes.len() < LEAST) {
        return Err(refusal(
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        ));
    }
    let content: Bytes = parts.iter().flat_map(|part| part.bytes.iter().copied()).collect::<Vec<u8>>().into();
    let digests: Vec<u8> = parts.iter().flat_map(|part| hex::decode(&part.md5).unwrap_or_default()).collect();
    let count = parts.len();
    version.etag = format!("{}-{count}", object::etag(&version, hex::encode(Md5::digest(digests))));
    let algorithm = algorithm.unwrap_or_else(|| "crc64nvme".to_owned());
    let computed = match whole {
        true => checksum::of(&algorithm, &content),
        false => {
            let each = parts.iter().filter_map(|part| checksum::of(&algorithm, &part.bytes));
            let each: Vec<u8> = each.filter_map(|sum| STANDARD.decode(sum).ok()).flatten().collect();
            checksum::of(&algorithm, &each).map(|sum| format!("{sum}-{count}"))
        }
    };
    version.checksums = computed.map(|computed| (algorithm, computed)).into_iter().collect();
    version.checksum_type = if whole { "FULL_OBJECT" } else { "COMPOSITE" }.to_owned();
    version.size = content.len() as u64;
    version.blob = hex::encode(Sha256::digest(&content));
    version.modified = call.now;
    object::keep(call, &version.blob, content)?;
    let tag = version.etag.clone();
    let put = object::finish(call, request, version)?;
    if let Some(id) = request.asked("uploadId") {
        call.shared.uploads.all().remove(id);
    }
    let (bucket, key) = (escape(&request.bucket), escape(&request.key));
    let document = Reply::document(
        "CompleteMultipartUploadResult",
        &format!(
            "<Location>/{bucket}/{key}</Location><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>&quot;{tag}&quot;</ETag>"
        ),
    );
    Ok(Reply { headers: put.headers.into_iter().filter(|(name, _)| name != "etag").collect(), ..document })
}

/// AbortMultipartUpload.
pub fn abort(call: &Call<'_>, request: &Request) -> Answer {
    call.shared.uploads.on(request, |_| Ok(()))?;
    if let Some(id) = request.asked("uploadId") {
        call.shared.uploads.all().remove(id);
    }
    Ok(Reply::empty(204))
}

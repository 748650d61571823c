//! Where code comes from: bytes in the request, an object in S3, an image; checked, hashed and kept.
//! Knows nothing of functions or layers, which both use it.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::error::{Kind, Refusal};
use super::s3;
use super::shape::{Object, matches};
use super::world::Package;

/// The largest zip, in bytes. Source: Lambda quotas.
const ZIPPED_LIMIT: usize = 52_428_800;
/// The largest sum of unzipped files, in bytes. Source: Lambda quotas.
const UNZIPPED_LIMIT: u64 = 262_144_000;
/// The size answered for an S3 object that the server was never given.
const ASSUMED_SIZE: u64 = 1024;

/// Takes the code a request gives for a zip package: `ZipFile`, or an object in S3.
/// A missing source, a file that is no zip, and one that unzips beyond 250 MB are refused.
pub fn take_zip(call: &Call<'_>, code: &Object) -> Result<Package, Refusal> {
    if code.contains_key("ImageUri") {
        return Err(Refusal::invalid(
            "Please do not provide ImageUri when creating or updating a function or layer with packageType Zip.",
        ));
    }
    let mut package = match (text(code, "ZipFile"), text(code, "S3Bucket"), text(code, "S3Key")) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            return Err(Refusal::invalid(
                "Please do not provide other FunctionCode parameters when providing a ZipFile.",
            ));
        }
        (Some(encoded), None, None) => {
            let bytes = STANDARD.decode(encoded).map_err(|_| {
                Refusal::new(Kind::Serialization, "The ZipFile member is not valid base64.".to_owned())
            })?;
            keep_zip(call, Bytes::from(bytes), ZIPPED_LIMIT)?
        }
        (None, Some(bucket), Some(key)) => from_s3(call, bucket, key, text(code, "S3ObjectVersion"))?,
        _ => return Err(Refusal::invalid("Please provide a source for function code.")),
    };
    package.source_key = text(code, "SourceKMSKeyArn").filter(|key| !key.is_empty()).map(str::to_owned);
    Ok(package)
}

/// Takes the image a request gives; it must be in ECR, as AWS demands.
pub fn take_image(code: &Object) -> Result<Package, Refusal> {
    if ["ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion"].iter().any(|name| code.contains_key(*name)) {
        return Err(Refusal::invalid(
            "Please do not provide ZipFile, S3Bucket, S3Key or S3ObjectVersion when the package type is Image.",
        ));
    }
    let uri = text(code, "ImageUri")
        .ok_or_else(|| Refusal::invalid("Please provide an ImageUri for function code."))?;
    let known = r"\d{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z0-9.-]+/[^\s]+";
    if !matches(known, uri) {
        return Err(Refusal::invalid(format!(
            "Source image {uri} is not valid. Provide a valid source image."
        )));
    }
    let digest = match uri.split_once("@sha256:") {
        Some((_, digest)) => digest.to_owned(),
        None => hex::encode(Sha256::digest(uri)),
    };
    Ok(Package { sha256: digest, size: 0, blob: None, image: Some(uri.to_owned()), source_key: None })
}

/// `repository@sha256:…` of an image.
pub fn resolved_image(uri: &str, digest: &str) -> String {
    let repository = uri.split_once('@').map_or(uri, |(repository, _)| repository);
    let tagged =
        repository.rfind(':').filter(|colon| repository.rfind('/').is_some_and(|slash| slash < *colon));
    let bare = tagged.and_then(|colon| repository.get(..colon)).unwrap_or(repository);
    format!("{bare}@sha256:{digest}")
}

fn from_s3(call: &Call<'_>, bucket: &str, key: &str, version: Option<&str>) -> Result<Package, Refusal> {
    let region = call.world(|world| s3::bucket_mut(world, bucket).map(|(region, _)| region));
    if let Some(region) = region.as_deref().filter(|region| *region != call.place.region) {
        return Err(unreadable(
            "PermanentRedirect",
            &format!("The bucket is in this region: {region}. Please use this region to retry the request"),
        ));
    }
    if region.is_some() || call.shared.strict_s3 {
        let content = s3::object::content(call, bucket, key, version);
        let content = content.map_err(|refusal| unreadable(&refusal.code, &refusal.message))?;
        // The limit on zips is one of requests; what S3 hands over may be larger.
        return keep_zip(call, content, usize::MAX);
    }
    // Without an object the hash must still be the same on every call, and change when the reference changes.
    let identity = format!("{bucket}\n{key}\n{}", version.unwrap_or_default());
    let sha256 = STANDARD.encode(Sha256::digest(identity));
    Ok(Package { sha256, size: ASSUMED_SIZE, blob: None, image: None, source_key: None })
}

/// S3's refusal in Lambda's words.
fn unreadable(code: &str, message: &str) -> Refusal {
    Refusal::invalid(format!(
        "Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    ))
}

fn keep_zip(call: &Call<'_>, content: Bytes, limit: usize) -> Result<Package, Refusal> {
    check_zip(&content, limit)?;
    let digest = Sha256::digest(&content);
    let blob = hex::encode(digest);
    let package = Package {
        sha256: STANDARD.encode(digest),
        size: content.len() as u64,
        blob: Some(blob.clone()),
        image: None,
        source_key: None,
    };
    let kept = call.shared.blobs.keep(call.shared.store.as_ref(), &blob, content);
    kept.map_err(|error| Refusal::new(Kind::Service, format!("The package cannot be kept: {error}")))?;
    Ok(package)
}

fn check_zip(content: &[u8], limit: usize) -> Result<(), Refusal> {
    if content.is_empty() {
        return Err(Refusal::invalid("Uploaded file must be a non-empty zip"));
    }
    if content.len() > limit {
        return Err(Refusal::invalid(format!("Zipped size must be smaller than {limit} bytes")));
    }
    let damaged = || {
        Refusal::invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(content)).map_err(|_| damaged())?;
    if archive.is_empty() {
        return Err(Refusal::invalid("Uploaded file must be a non-empty zip"));
    }
    // The sizes of the central directory: they are there even when the files were written as a stream.
    let mut unzipped = 0_u64;
    for index in 0..archive.len() {
        let size = archive.by_index_raw(index).map_err(|_| damaged())?.size();
        unzipped = unzipped.saturating_add(size);
    }
    if unzipped >= UNZIPPED_LIMIT {
        return Err(Refusal::invalid(format!("Unzipped size must be smaller than {UNZIPPED_LIMIT} bytes")));
    }
    Ok(())
}

fn text<'a>(code: &'a Object, name: &str) -> Option<&'a str> {
    code.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_resolve_to_their_digest() {
        for (uri, expected) in [
            ("1.dkr.ecr.x.amazonaws.com/app:v1", "1.dkr.ecr.x.amazonaws.com/app@sha256:d"),
            ("1.dkr.ecr.x.amazonaws.com/app", "1.dkr.ecr.x.amazonaws.com/app@sha256:d"),
            ("1.dkr.ecr.x.amazonaws.com/app:v1@sha256:d", "1.dkr.ecr.x.amazonaws.com/app@sha256:d"),
        ] {
            assert_eq!(resolved_image(uri, "d"), expected, "{uri}");
        }
    }

    #[test]
    fn only_zips_are_zips() {
        assert!(check_zip(b"", 9).unwrap_err().message.contains("non-empty"));
        assert!(check_zip(b"hello", 9).unwrap_err().message.starts_with("Could not unzip"));
        assert!(check_zip(b"hello", 4).unwrap_err().message.starts_with("Zipped size"));
    }

    #[test]
    fn the_unzipped_size_is_the_directorys() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("a", zip::write::SimpleFileOptions::default()).unwrap();
        let mut bytes = writer.finish().unwrap().into_inner();
        assert_eq!(check_zip(&bytes, ZIPPED_LIMIT), Ok(()));
        let entry = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        let limit = u32::try_from(UNZIPPED_LIMIT).unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&limit.to_le_bytes());
        assert!(
            check_zip(&bytes, ZIPPED_LIMIT).unwrap_err().message.starts_with("Unzipped size must be smaller")
        );
    }
}

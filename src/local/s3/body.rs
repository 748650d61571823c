//! The body of an upload: taken out of its signed chunks, and held against every checksum that came with it.
//! Knows nothing of where it is put.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::HeaderMap;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::checksum;
use super::error::refusal;
use crate::local::error::Refusal;

/// A body that is what its sender meant to send.
#[derive(Debug)]
pub struct Content {
    /// The bytes.
    pub bytes: Bytes,
    /// Hex sha256.
    pub sha256: String,
    /// Hex md5.
    pub md5: String,
    /// Checksums in base64 that came along, by lower-case algorithm.
    pub checksums: BTreeMap<String, String>,
}

/// Reads the body of a request.
///
/// # Errors
/// `IncompleteBody` for chunks that do not fit together, and the errors of S3 for each kind of checksum that does not
/// match: `BadDigest`, `InvalidDigest`, `XAmzContentSHA256Mismatch`.
pub fn read(headers: &HeaderMap, raw: &Bytes) -> Result<Content, Refusal> {
    let declared = text(headers, "x-amz-content-sha256").unwrap_or_default();
    let chunked = declared.starts_with("STREAMING-")
        || text(headers, "content-encoding")
            .is_some_and(|encoding| encoding.split(',').any(|part| part.trim() == "aws-chunked"));
    let (bytes, trailers) = match chunked {
        true => {
            let (bytes, trailers) = dechunk(raw).ok_or_else(incomplete)?;
            let length = text(headers, "x-amz-decoded-content-length").and_then(|n| n.parse::<usize>().ok());
            if length.is_some_and(|length| length != bytes.len()) {
                return Err(incomplete());
            }
            (Bytes::from(bytes), trailers)
        }
        false => (raw.clone(), BTreeMap::new()),
    };
    let sha256 = hex::encode(Sha256::digest(&bytes));
    if declared.len() == 64 && !declared.eq_ignore_ascii_case(&sha256) {
        return Err(refusal(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ));
    }
    let digest = Md5::digest(&bytes);
    if let Some(given) = text(headers, "content-md5") {
        let given = STANDARD.decode(given).ok().filter(|given| given.len() == 16);
        let given =
            given.ok_or_else(|| refusal("InvalidDigest", "The Content-MD5 you specified was invalid."))?;
        if given != digest.as_slice() {
            return Err(refusal(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
    }
    let mut checksums = BTreeMap::new();
    for algorithm in checksum::ALGORITHMS {
        let name = format!("x-amz-checksum-{algorithm}");
        let given = text(headers, &name).map(str::to_owned).or_else(|| trailers.get(&name).cloned());
        let Some(given) = given else { continue };
        if checksum::of(algorithm, &bytes).as_deref() != Some(given.as_str()) {
            return Err(refusal(
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.to_ascii_uppercase()
                ),
            ));
        }
        checksums.insert((*algorithm).to_owned(), given);
    }
    Ok(Content { bytes, sha256, md5: hex::encode(digest), checksums })
}

fn incomplete() -> Refusal {
    refusal(
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header.",
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The data of `SIZE;chunk-signature=…\r\nDATA\r\n` chunks, and the trailing headers after the last one. Signatures are not
/// checked: this server checks none.
fn dechunk(raw: &[u8]) -> Option<(Vec<u8>, BTreeMap<String, String>)> {
    let mut rest = raw;
    let mut data = Vec::with_capacity(raw.len());
    loop {
        let line = take_line(&mut rest)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            break;
        }
        let (chunk, after) = rest.split_at_checked(size)?;
        data.extend_from_slice(chunk);
        rest = after.strip_prefix(b"\r\n")?;
    }
    let mut trailers = BTreeMap::new();
    while let Some(line) = take_line(&mut rest).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        trailers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
    }
    Some((data, trailers))
}

fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let at = rest.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, after) = rest.split_at_checked(at)?;
    *rest = after.strip_prefix(b"\r\n")?;
    std::str::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn chunks_are_put_together() {
        let body = "5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0;chunk-signature=cd\r\n\
                    x-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
        let given = headers(&[
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("x-amz-decoded-content-length", "11"),
        ]);
        let content = read(&given, &Bytes::from(body)).unwrap();
        assert_eq!(&content.bytes[..], b"hello world");
        assert_eq!(content.checksums.get("crc32").map(String::as_str), Some("DUoRhQ=="));
        assert_eq!(content.md5, "5eb63bbbe01eeed093cb22bb8f5acdc3");
        for broken in ["", "5\r\nhell", "5\r\nhelloX\r\n0\r\n", "x\r\n", "5\r\nhello\r\n0\r\n\r\n"] {
            assert_eq!(read(&given, &Bytes::from(broken)).unwrap_err().code, "IncompleteBody", "{broken}");
        }
    }

    #[test]
    fn checksums_must_match() {
        for (name, value, code) in [
            ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww==", None),
            ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==", Some("BadDigest")),
            ("content-md5", "short", Some("InvalidDigest")),
            ("x-amz-checksum-crc32", "DUoRhQ==", None),
            ("x-amz-checksum-crc32", "AAAAAA==", Some("BadDigest")),
            ("x-amz-content-sha256", &"0".repeat(64), Some("XAmzContentSHA256Mismatch")),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD", None),
        ] {
            let result = read(&headers(&[(name, value)]), &Bytes::from("hello world"));
            assert_eq!(
                result.err().map(|refusal| refusal.code.into_owned()).as_deref(),
                code,
                "{name}: {value}"
            );
        }
    }
}

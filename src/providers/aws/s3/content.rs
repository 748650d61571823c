//! What is in an object: a file, a text or bytes in configuration; and what is known of it before it is uploaded.
//! Knows nothing of how it is uploaded.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use crate::base::{Diagnostic, Diagnostics, Severity, Value, file};
use crate::package::PackageError;
use crate::package::checksum::each_block_of;
use crate::provider::PackageChange;
use crate::providers::aws::fields::{carry, filled, text};
use crate::providers::aws::lambda::package::Local;
use crate::providers::aws::resource::Link;

/// An object that was just imported, with the content that configuration says, if that is what is stored. The hash beside
/// it is then taken at its word.
pub(super) fn adopt(object: Value, config: &Value) -> Value {
    let stored = filled(&object, "etag");
    match Content::find(config) {
        Ok(Some(content)) if stored.is_some() && content.md5() == stored => {
            carry(object, config, &["source", "content", "content_base64", "source_hash"])
        }
        _ => object,
    }
}

/// Where content comes from.
pub(super) enum Content {
    /// A file on this machine.
    File(Local),
    /// What configuration says itself; nothing, if it says nothing.
    Given(Vec<u8>),
}

impl Content {
    /// The content an object names; `None` while it is not known.
    ///
    /// # Errors
    /// A file that cannot be read, and text that is no base64.
    pub(super) fn find(object: &Value) -> Result<Option<Content>, Diagnostics> {
        if ["source", "content", "content_base64"]
            .iter()
            .any(|n| object.get(n).is_some_and(Value::is_unknown))
        {
            return Ok(None);
        }
        if let Some(name) = filled(object, "source") {
            return match Local::at(name) {
                Ok(local) => Ok(Some(Content::File(local))),
                Err(error) => Err(unreadable(&error, Severity::Error).into()),
            };
        }
        if let Some(encoded) = filled(object, "content_base64") {
            let bytes = STANDARD.decode(encoded.as_bytes()).map_err(|error| {
                Diagnostic::error(
                    "Invalid base64",
                    format!("The content of the object must be base64 as base64encode() and filebase64() write it: {error}."),
                )
                .on("content_base64")
            })?;
            return Ok(Some(Content::Given(bytes)));
        }
        Ok(Some(Content::Given(text(object, "content").unwrap_or_default().into_bytes())))
    }

    /// Its md5 in hexadecimal, which is the entity tag of what is not encrypted with KMS.
    pub(super) fn md5(&self) -> Option<String> {
        let mut digest = Md5::new();
        match self {
            Content::Given(bytes) => digest.update(bytes),
            Content::File(local) => {
                let update = |block: &[u8]| {
                    digest.update(block);
                    Ok(())
                };
                each_block_of(&local.path, "Reading", update).ok()?;
            }
        }
        Some(hex::encode(digest.finalize()))
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Content::File(local) => local.digest.size,
            Content::Given(bytes) => bytes.len() as u64,
        }
    }

    /// Its bytes, which must be those the plan was made for.
    ///
    /// # Errors
    /// A file that cannot be read, or is another one now.
    pub(super) async fn bytes(&self, pinned: Option<&PackageChange>) -> Result<Bytes, Diagnostics> {
        match self {
            Content::Given(bytes) => Ok(Bytes::from(bytes.clone())),
            Content::File(local) => {
                let read = async {
                    local.refuse_other(pinned)?;
                    local.bytes().await
                };
                read.await.map(Bytes::from).map_err(on_source)
            }
        }
    }

    /// The pin of a plan, with the files that change if it is a zip and what is stored is known from here.
    pub(super) fn pin(&self, link: &Link, stored: Option<&str>) -> Option<PackageChange> {
        let Content::File(local) = self else { return None };
        let before = stored.and_then(|etag| file::read_text(&note(link, etag)?).ok());
        Some(local.pin(link, before.map(|sha256| sha256.trim().to_owned())))
    }

    /// Keeps what is in a zip, so that the next plan can say which files change. Failing to is no reason to fail.
    pub(super) fn remember(&self, link: &Link, etag: &str) {
        let Content::File(local) = self else { return };
        local.remember(link);
        let kept = crate::package::store::load(&link.manifests(), &local.sha256()).is_some();
        if let (true, Some(note)) = (kept, note(link, etag)) {
            let _ = fs::write(note, local.sha256());
        }
    }
}

/// Where the sha256 of the zip with this entity tag is noted. S3 names what it stores by md5, manifests are named by sha256.
fn note(link: &Link, etag: &str) -> Option<PathBuf> {
    let plain = !etag.is_empty() && etag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| link.manifests().join(format!("etag-{etag}")))
}

/// A file that cannot be read, as a diagnostic on `source`.
pub(super) fn unreadable(error: &PackageError, severity: Severity) -> Diagnostic {
    let mut shown = Diagnostic::error(error.summary(), error.to_string()).on("source");
    shown.severity = severity;
    shown
}

fn on_source(problems: Diagnostics) -> Diagnostics {
    problems.map(|problem| problem.on("source"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_what_configuration_says() {
        for (name, value, md5) in [
            ("content", "hello", "5d41402abc4b2a76b9719d911017c592"),
            ("content_base64", "aGVsbG8=", "5d41402abc4b2a76b9719d911017c592"),
            ("key", "k", "d41d8cd98f00b204e9800998ecf8427e"),
        ] {
            let found = Content::find(&Value::object([(name, Value::from(value))])).ok().flatten().unwrap();
            assert_eq!(found.md5().as_deref(), Some(md5), "{name}");
        }
        let refused = |name: &'static str, value: &str| {
            Content::find(&Value::object([(name, Value::from(value))])).is_err()
        };
        assert!(refused("content_base64", "*") && refused("source", "no/such/file"));
        let unknown = Value::object([("source", Value::unknown(crate::base::Type::String))]);
        assert!(Content::find(&unknown).ok().unwrap().is_none());
    }
}

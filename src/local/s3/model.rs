//! What S3 holds, as plain data: buckets, objects, and the versions of each.
//! Knows nothing of requests, wire formats or disks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local::clock::Millis;

/// The version id of what was put while a bucket kept no versions.
pub const NULL: &str = "null";

/// A bucket. Its objects have files of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Millis,
    /// `Enabled` or `Suspended` once versioning was ever configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versioning: Option<String>,
    /// Whether objects may be locked.
    #[serde(default)]
    pub locks: bool,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Objects by key.
    #[serde(skip)]
    pub objects: BTreeMap<String, Object>,
}

/// Everything that was put under one key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// The bucket's name.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Versions, the newest last; never empty.
    pub versions: Vec<Version>,
}

/// One version of an object, or the mark that says it was deleted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Version {
    /// Its id; [`NULL`] without versioning.
    pub id: String,
    /// When it was put.
    pub modified: Millis,
    /// Whether it is a delete marker; then nothing below is set.
    #[serde(default)]
    pub marker: bool,
    /// Hex sha256 of the content, as the blobs name it.
    #[serde(default)]
    pub blob: String,
    /// Size in bytes.
    #[serde(default)]
    pub size: u64,
    /// Entity tag without quotes.
    #[serde(default)]
    pub etag: String,
    /// Headers that reading answers as they were given, by lower-case name: media type, user metadata, encryption….
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Checksums in base64, by lower-case algorithm.
    #[serde(default)]
    pub checksums: BTreeMap<String, String>,
    /// `FULL_OBJECT` or `COMPOSITE`.
    #[serde(default)]
    pub checksum_type: String,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Canned access control list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acl: Option<String>,
}

impl Bucket {
    /// A bucket with nothing in it.
    pub fn new(name: &str, created: Millis) -> Self {
        Self {
            name: name.to_owned(),
            created,
            versioning: None,
            locks: false,
            tags: BTreeMap::new(),
            objects: BTreeMap::new(),
        }
    }

    /// Whether each put makes a version of its own.
    pub fn is_versioned(&self) -> bool {
        self.versioning.as_deref() == Some("Enabled")
    }

    /// The object of a key that reading without a version id finds.
    pub fn current(&self, key: &str) -> Option<&Version> {
        self.objects.get(key)?.versions.last().filter(|version| !version.marker)
    }

    /// Puts a version: beside the others, or instead of the one that has no id of its own.
    pub fn put(&mut self, key: &str, version: Version) {
        let object = self.objects.entry(key.to_owned()).or_insert_with(|| Object {
            bucket: self.name.clone(),
            key: key.to_owned(),
            versions: Vec::new(),
        });
        if version.id == NULL {
            object.versions.retain(|old| old.id != NULL);
        }
        object.versions.push(version);
    }

    /// Removes one version for good.
    pub fn remove(&mut self, key: &str, id: &str) -> Option<Version> {
        let object = self.objects.get_mut(key)?;
        let at = object.versions.iter().position(|version| version.id == id)?;
        let removed = object.versions.remove(at);
        if object.versions.is_empty() {
            self.objects.remove(key);
        }
        Some(removed)
    }
}

/// The id of a new version.
pub fn version_id() -> String {
    let (high, low) = (uuid::Uuid::new_v4().simple().to_string(), uuid::Uuid::new_v4().simple().to_string());
    high.chars().chain(low.chars()).take(32).collect()
}

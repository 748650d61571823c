//! Everything the control plane holds, as plain data: regions, functions with all that hangs on their name, layers.
//! Knows nothing of requests, wire formats or disks.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Millis;
use super::error::Refusal;
use super::iam::model::{Policy, Role};
use super::lifecycle::{Life, Settling};
use super::logs::LogGroup;
use super::place::{FunctionRef, Place};
use super::s3::model::Bucket;
use super::shape::Object;

/// All regions by name.
pub type World = HashMap<String, Region>;

/// The objects of one region.
#[derive(Debug, Default)]
pub struct Region {
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
    /// Layers by name.
    pub layers: BTreeMap<String, Layer>,
    /// Event source mappings by UUID.
    pub mappings: BTreeMap<String, Mapping>,
    /// Code signing configurations by id.
    pub signing: BTreeMap<String, Signing>,
    /// Log groups by name.
    pub log_groups: BTreeMap<String, LogGroup>,
    /// Buckets by name, with their objects.
    pub buckets: BTreeMap<String, Bucket>,
    /// Roles by name; in the regions where IAM lives.
    pub roles: BTreeMap<String, Role>,
    /// Managed policies by name; in the regions where IAM lives.
    pub policies: BTreeMap<String, Policy>,
    /// Capacity providers by name.
    pub capacity: BTreeMap<String, Capacity>,
}

/// One function: what belongs to its name, and its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Function {
    /// The bare name.
    pub name: String,
    /// The unpublished version.
    pub latest: Version,
    /// Published versions by number.
    #[serde(default)]
    pub versions: BTreeMap<u64, Version>,
    /// The number the next published version gets; numbers are never used twice.
    pub next_version: u64,
    /// Aliases by name.
    #[serde(default)]
    pub aliases: BTreeMap<String, Alias>,
    /// Resource policy statements by qualifier; the unqualified policy is under the empty string.
    #[serde(default)]
    pub policies: BTreeMap<String, Vec<Value>>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Reserved concurrent executions.
    #[serde(default)]
    pub reserved: Option<i64>,
    /// ARN of the code signing configuration.
    #[serde(default)]
    pub signing: Option<String>,
    /// Settings that hang on a qualifier, by kind and then by qualifier.
    #[serde(default)]
    pub attached: BTreeMap<Attached, BTreeMap<String, Object>>,
    /// What happens to recursive invocations: `Allow` or `Terminate`.
    #[serde(default)]
    pub recursion: Option<String>,
}

/// A kind of setting that a function carries once per qualifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attached {
    /// Function URL.
    Url,
    /// Asynchronous invocation.
    Invoke,
    /// Provisioned concurrency.
    Provisioned,
    /// Runtime management.
    Runtime,
    /// Scaling of managed instances.
    Scaling,
}

/// One version of a function, published or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    /// The members a configuration response repeats as they are.
    pub settings: Object,
    /// The code.
    pub package: Package,
    /// Changes with every change of the version.
    pub revision: String,
    /// When it last changed.
    pub modified: Millis,
    /// Its states.
    pub life: Life,
    /// The fingerprint of `$LATEST` when it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_from: Option<String>,
}

/// The code of a version or layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// `CodeSha256` as answered: base64 for zips, hex for images.
    pub sha256: String,
    /// `CodeSize` in bytes; 0 for images.
    pub size: u64,
    /// Hex name of the stored bytes, when the server holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    /// The image, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Key that encrypts the package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_key: Option<String>,
}

/// A name for a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alias {
    /// Number, or `$LATEST`.
    pub version: String,
    /// Free text.
    pub description: String,
    /// Weights of additional versions.
    #[serde(default)]
    pub weights: Object,
    /// Changes with every change of the alias.
    pub revision: String,
}

/// A layer and its versions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Layer {
    /// The bare name.
    pub name: String,
    /// The number the next version gets; numbers are never used twice.
    pub next_version: u64,
    /// Versions by number.
    #[serde(default)]
    pub versions: BTreeMap<u64, LayerVersion>,
}

/// One version of a layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerVersion {
    /// The content.
    pub package: Package,
    /// Description, licence, runtimes and architectures as they were given.
    pub settings: Object,
    /// When it was published.
    pub created: Millis,
    /// Policy statements.
    #[serde(default)]
    pub policy: Vec<Value>,
    /// Changes with every change of the policy.
    pub revision: String,
}

/// An event source mapping.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mapping {
    /// The members a response repeats as they are.
    pub settings: Object,
    /// The function's ARN, qualified as the request was.
    pub function_arn: String,
    /// Whether it should poll.
    pub enabled: bool,
    /// When it last changed.
    pub modified: Millis,
    /// The state while the change settles: `Creating`, `Updating`, `Deleting`….
    pub transition: String,
    /// When the transition is over.
    pub settling: Settling,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A code signing configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signing {
    /// Description, publishers and policies as they were given.
    pub settings: Object,
    /// When it last changed.
    pub modified: Millis,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A capacity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Capacity {
    /// The members a response repeats as they are.
    pub settings: Object,
    /// When it last changed.
    pub modified: Millis,
    /// The state while the change settles: `Pending` or `Deleting`.
    pub transition: String,
    /// When the transition is over.
    pub settling: Settling,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A new revision id.
pub fn revision() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl Version {
    /// The revision as a reader sees it: AWS gives a new one when a change settles.
    pub fn revision(&self, now: Millis) -> String {
        match uuid::Uuid::parse_str(&self.revision) {
            Ok(begun) if self.life.is_settled(now) => uuid::Uuid::new_v5(&begun, b"settled").to_string(),
            _ => self.revision.clone(),
        }
    }

    /// One setting that is a string.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }
}

/// What a qualifier leads to.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The version behind it.
    pub version: &'a Version,
    /// Its number; none for `$LATEST`.
    pub number: Option<u64>,
}

impl Function {
    /// Follows a qualifier: nothing, `$LATEST`, a number or an alias.
    pub fn target(&self, qualifier: Option<&str>, place: &Place) -> Result<Target<'_>, Refusal> {
        let found = match qualifier {
            None | Some("$LATEST") => Some(Target { version: &self.latest, number: None }),
            Some(text) => match self.aliases.get(text) {
                Some(alias) => return self.target(Some(&alias.version), place),
                None => self.published(text),
            },
        };
        found.ok_or_else(|| unknown_function(&self.name, qualifier, place))
    }

    /// Drops what hangs on an alias or version that is gone.
    pub fn forget_qualifier(&mut self, qualifier: &str) {
        self.policies.remove(qualifier);
        for kind in self.attached.values_mut() {
            kind.remove(qualifier);
        }
    }

    /// The published version of that number, if the text is one.
    pub fn published(&self, number: &str) -> Option<Target<'_>> {
        let number: u64 = number.parse().ok()?;
        self.versions.get(&number).map(|version| Target { version, number: Some(number) })
    }
}

/// The answer about a function, version or alias that does not exist.
pub fn unknown_function(name: &str, qualifier: Option<&str>, place: &Place) -> Refusal {
    Refusal::missing(format!("Function not found: {}", place.function_arn(name, qualifier)))
}

impl Region {
    /// The function a request names.
    pub fn function(&self, wanted: &FunctionRef, place: &Place) -> Result<&Function, Refusal> {
        self.functions
            .get(&wanted.name)
            .ok_or_else(|| unknown_function(&wanted.name, wanted.qualifier.as_deref(), place))
    }

    /// As [`Region::function`], to change it.
    pub fn function_mut(&mut self, wanted: &FunctionRef, place: &Place) -> Result<&mut Function, Refusal> {
        self.functions
            .get_mut(&wanted.name)
            .ok_or_else(|| unknown_function(&wanted.name, wanted.qualifier.as_deref(), place))
    }
}

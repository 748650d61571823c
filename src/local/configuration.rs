//! The FunctionConfiguration of the API: one version of a function as every response shows it.
//! Only shows; knows nothing of how versions come to be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::clock::stamp;
use super::error::Refusal;
use super::shape::Object;
use super::world::{Function, Target, Version};

/// A version as a request named it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Its function.
    pub function: &'a Function,
    /// The version itself.
    pub version: &'a Version,
    /// Its number; none for `$LATEST`.
    pub number: Option<u64>,
    /// What the request called it, which its ARN repeats.
    pub qualifier: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Follows a qualifier.
    pub fn resolve(
        call: &Call<'_>,
        function: &'a Function,
        qualifier: Option<&'a str>,
    ) -> Result<Self, Refusal> {
        let Target { version, number } = function.target(qualifier, &call.place)?;
        Ok(Self { function, version, number, qualifier })
    }

    /// `$LATEST`, then the published versions, oldest first.
    pub fn versions(function: &'a Function) -> impl Iterator<Item = Self> {
        let latest = Self { function, version: &function.latest, number: None, qualifier: Some("$LATEST") };
        let published = function.versions.iter();
        std::iter::once(latest).chain(published.map(move |(number, version)| Self {
            function,
            version,
            number: Some(*number),
            qualifier: None,
        }))
    }
}

/// The whole configuration, with its states.
pub fn describe(call: &Call<'_>, named: &Named<'_>) -> Object {
    let mut object = common(call, named);
    named.version.life.describe(call.now, named.number.is_some(), &mut object);
    if let Some(runtime) = named.version.setting("Runtime") {
        let digest = hex::encode(Sha256::digest(runtime));
        let (partition, region) = (call.place.partition(), &call.place.region);
        let arn = format!("arn:{partition}:lambda:{region}::runtime:{digest}");
        object.insert("RuntimeVersionConfig".to_owned(), json!({ "RuntimeVersionArn": arn }));
    }
    object
}

/// The subset that lists show. Source: the ListFunctions reference, "returns a subset of the
/// FunctionConfiguration fields".
pub fn list_item(call: &Call<'_>, named: &Named<'_>) -> Value {
    Value::Object(common(call, named))
}

/// Changes exactly when the configuration does.
pub fn settings_sha256(settings: &Object) -> String {
    STANDARD.encode(Sha256::digest(serde_json::to_vec(settings).unwrap_or_default()))
}

fn common(call: &Call<'_>, named: &Named<'_>) -> Object {
    let Named { function, version, number, qualifier } = named;
    let text = number.map(|number| number.to_string());
    let qualifier = qualifier.or(text.as_deref());
    let mut object = version.settings.clone();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("FunctionName", json!(function.name));
    put("FunctionArn", json!(call.place.function_arn(&function.name, qualifier)));
    put("Version", json!(text.as_deref().unwrap_or("$LATEST")));
    put("CodeSha256", json!(version.package.sha256));
    put("CodeSize", json!(version.package.size));
    put("ConfigSha256", json!(settings_sha256(&version.settings)));
    put("LastModified", json!(stamp(version.modified)));
    put("RevisionId", json!(version.revision(call.now)));
    object
}

//! Published versions: publishing and listing them.
//! Knows nothing of how `$LATEST` changes.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::{Call, Reply};
use super::configuration::{Named, list_item};
use super::constraints::{DESCRIPTION, FUNCTION_NAME};
use super::error::Refusal;
use super::function::configuration;
use super::lifecycle::Life;
use super::page;
use super::shape::{Field, Shape, TEXT, may, must};
use super::store::Shelf;
use super::world::{Function, Version, revision};

/// What PublishVersion takes.
pub const PUBLISH: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    may("CodeSha256", TEXT),
    may("Description", DESCRIPTION),
    may("PublishTo", Shape::Choice(&["LATEST_PUBLISHED"])),
    may("RevisionId", TEXT),
];

/// PublishVersion: `$LATEST` becomes the next version, unless the last one is the same.
pub fn publish_version(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        let arn = call.place.function_arn(&function.name, None);
        function.latest.life.refuse_unless_settled(call.now, &arn)?;
        call.check_revision(&function.latest.revision(call.now), "GetFunction/GetAlias")?;
        if let Some(given) = call.text("CodeSha256").filter(|given| !given.is_empty())
            && given != function.latest.package.sha256
        {
            return Err(Refusal::invalid(format!(
                "CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({}). Please try again with \
                 the CodeSHA256 in $LATEST.",
                function.latest.package.sha256
            )));
        }
        let number = publish(call, function, call.text("Description").filter(|text| !text.is_empty()));
        Ok(configuration(call, function, Some(number)))
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

/// ListVersionsByFunction: `$LATEST` first, then oldest to newest.
pub fn list(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let items = Named::versions(function).map(|named| (named.number.unwrap_or(0), named));
        page::cut(call, "Versions", 50, items, |named| list_item(call, &named))
    })
}

/// Publishes `$LATEST` and answers the number. The last version is answered again when neither code nor
/// configuration changed since.
pub fn publish(call: &Call<'_>, function: &mut Function, description: Option<&str>) -> u64 {
    let fingerprint = fingerprint(&function.latest);
    let last = function.next_version.saturating_sub(1);
    let unchanged = |version: &Version| version.published_from.as_ref() == Some(&fingerprint);
    if function.versions.get(&last).is_some_and(unchanged) {
        return last;
    }
    let number = function.next_version;
    let mut settings = function.latest.settings.clone();
    if let Some(description) = description {
        settings.insert("Description".to_owned(), json!(description));
    }
    if let Some(snap_start) = settings.get_mut("SnapStart").and_then(Value::as_object_mut)
        && snap_start.get("ApplyOn") == Some(&json!("PublishedVersions"))
    {
        snap_start.insert("OptimizationStatus".to_owned(), json!("On"));
    }
    let version = Version {
        settings,
        package: function.latest.package.clone(),
        revision: revision(),
        modified: call.now,
        life: Life::begin(call.settling()),
        published_from: Some(fingerprint),
    };
    function.versions.insert(number, version);
    function.next_version += 1;
    number
}

fn fingerprint(version: &Version) -> String {
    let settings = serde_json::to_vec(&version.settings).unwrap_or_default();
    let whole = Sha256::new().chain_update(settings).chain_update(&version.package.sha256);
    hex::encode(whole.finalize())
}

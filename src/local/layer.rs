//! Layers and their versions.
//! Knows nothing of the functions that use them.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::stamp;
use super::constraints::{ARCHITECTURE, CONTENT, DESCRIPTION, LAYER_NAME, LAYER_VERSION_ARN, SMALL_PAGE};
use super::error::Refusal;
use super::package::take_zip;
use super::page;
use super::place::{LayerVersionRef, layer_name};
use super::policy;
use super::shape::{Field, Object, Shape, TEXT, may, must, patterned, text};
use super::store::Shelf;
use super::world::{Layer, LayerVersion, Region, revision};

const NUMBER: Shape = Shape::Int(i64::MIN, i64::MAX);
const RUNTIME: Shape = Shape::Choice(super::constraints::RUNTIMES);
const SETTINGS: &[&str] = &["CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo"];

/// What PublishLayerVersion takes.
pub const PUBLISH: &[Field] = &[
    must("LayerName", LAYER_NAME),
    must("Content", Shape::Object(CONTENT)),
    may("CompatibleArchitectures", Shape::List(0, 2, &ARCHITECTURE)),
    may("CompatibleRuntimes", Shape::List(0, 15, &RUNTIME)),
    may("Description", DESCRIPTION),
    may("LicenseInfo", text(0, 512)),
];
/// What Get- and DeleteLayerVersion and GetLayerVersionPolicy take.
pub const VERSION: &[Field] = &[must("LayerName", LAYER_NAME), must("VersionNumber", NUMBER)];
/// What GetLayerVersionByArn takes.
pub const BY_ARN: &[Field] = &[must("Arn", LAYER_VERSION_ARN)];
/// What ListLayerVersions takes.
pub const LIST_VERSIONS: &[Field] = &[
    must("LayerName", LAYER_NAME),
    may("CompatibleArchitecture", ARCHITECTURE),
    may("CompatibleRuntime", RUNTIME),
    may("Marker", TEXT),
    may("MaxItems", SMALL_PAGE),
];
/// What ListLayers takes.
pub const LIST: &[Field] = &[
    may("CompatibleArchitecture", ARCHITECTURE),
    may("CompatibleRuntime", RUNTIME),
    may("Marker", TEXT),
    may("MaxItems", SMALL_PAGE),
];
/// What AddLayerVersionPermission takes.
pub const PERMIT: &[Field] = &[
    must("LayerName", LAYER_NAME),
    must("VersionNumber", NUMBER),
    must("StatementId", policy::STATEMENT_ID),
    must("Action", patterned(0, 22, "lambda:GetLayerVersion")),
    must("Principal", patterned(0, usize::MAX, r"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root")),
    may("OrganizationId", patterned(0, 34, r"o-[a-z0-9]{10,32}")),
    may("RevisionId", TEXT),
];
/// What RemoveLayerVersionPermission takes.
pub const FORBID: &[Field] = &[
    must("LayerName", LAYER_NAME),
    must("VersionNumber", NUMBER),
    must("StatementId", policy::STATEMENT_ID),
    may("RevisionId", TEXT),
];

/// PublishLayerVersion.
pub fn publish(call: &Call<'_>) -> Reply {
    let name = layer_name(call.required("LayerName"));
    let package = take_zip(call, call.object("Content").unwrap_or(&Object::new()))?;
    let mut settings = call.pick(SETTINGS);
    settings.retain(|_, value| *value != json!([]));
    settings.entry("Description").or_insert_with(|| json!(""));
    let answer = call.region(|region| {
        let layer = region.layers.entry(name.to_owned()).or_insert_with(|| Layer {
            name: name.to_owned(),
            next_version: 1,
            versions: Default::default(),
        });
        let number = layer.next_version;
        let version =
            LayerVersion { package, settings, created: call.now, policy: Vec::new(), revision: revision() };
        let answer = describe(call, name, number, &version, true);
        layer.versions.insert(number, version);
        layer.next_version += 1;
        answer
    });
    call.touch(Shelf::Layers, name);
    Ok(answer)
}

/// GetLayerVersion.
pub fn get(call: &Call<'_>) -> Reply {
    let (name, number) = named(call)?;
    call.region(|region| Ok(describe(call, name, number, find(region, name, number)?, true)))
}

/// GetLayerVersionByArn.
pub fn get_by_arn(call: &Call<'_>) -> Reply {
    let wanted = LayerVersionRef::parse(call.required("Arn")).ok_or_else(absent)?;
    if wanted.region != call.place.region || wanted.account != call.place.account {
        return Err(absent());
    }
    call.region(|region| {
        let version = find(region, wanted.name, wanted.version)?;
        Ok(describe(call, wanted.name, wanted.version, version, true))
    })
}

/// ListLayerVersions, newest first.
pub fn list_versions(call: &Call<'_>) -> Reply {
    let name = layer_name(call.required("LayerName"));
    call.region(|region| {
        let versions = region.layers.get(name).into_iter().flat_map(|layer| layer.versions.iter().rev());
        let fitting = versions.filter(|(_, version)| fits(call, version));
        let items = fitting.map(|(number, version)| (Newest(std::cmp::Reverse(*number)), (*number, version)));
        page::cut(call, "LayerVersions", 50, items, |(number, version)| {
            describe(call, name, number, version, false)
        })
    })
}

/// ListLayers: each with its newest version that fits.
pub fn list(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let items = region.layers.values().filter_map(|layer| {
            let newest = layer.versions.iter().rev().find(|(_, version)| fits(call, version))?;
            Some((layer.name.clone(), (layer, newest)))
        });
        page::cut(call, "Layers", 50, items, |(layer, (number, version))| {
            json!({
                "LayerName": layer.name,
                "LayerArn": call.place.layer_arn(&layer.name),
                "LatestMatchingVersion": describe(call, &layer.name, *number, version, false),
            })
        })
    })
}

/// DeleteLayerVersion: one that does not exist is deleted already.
pub fn delete(call: &Call<'_>) -> Reply {
    let (name, number) = named(call)?;
    let existed =
        call.region(|region| region.layers.get_mut(name).and_then(|layer| layer.versions.remove(&number)));
    if existed.is_some() {
        call.touch(Shelf::Layers, name);
    }
    Ok(Value::Null)
}

/// AddLayerVersionPermission.
pub fn permit(call: &Call<'_>) -> Reply {
    let (name, number) = named(call)?;
    let answer = call.region(|region| {
        let version = find_mut(region, name, number)?;
        call.check_revision(&version.revision, "GetLayerPolicy")?;
        let arn = call.place.layer_version_arn(name, number);
        let statement = policy::add(call, &mut version.policy, &arn)?;
        version.revision = revision();
        Ok(json!({ "Statement": statement, "RevisionId": version.revision }))
    })?;
    call.touch(Shelf::Layers, name);
    Ok(answer)
}

/// GetLayerVersionPolicy.
pub fn get_policy(call: &Call<'_>) -> Reply {
    let (name, number) = named(call)?;
    call.region(|region| {
        let version = find(region, name, number)?;
        if version.policy.is_empty() {
            return Err(Refusal::missing("No policy is associated with the given resource."));
        }
        Ok(json!({ "Policy": policy::document(&version.policy), "RevisionId": version.revision }))
    })
}

/// RemoveLayerVersionPermission.
pub fn forbid(call: &Call<'_>) -> Reply {
    let (name, number) = named(call)?;
    call.region(|region| {
        let version = find_mut(region, name, number)?;
        call.check_revision(&version.revision, "GetLayerPolicy")?;
        policy::remove(&mut version.policy, call.required("StatementId"))?;
        version.revision = revision();
        Ok(())
    })?;
    call.touch(Shelf::Layers, name);
    Ok(Value::Null)
}

fn named<'a>(call: &'a Call<'_>) -> Result<(&'a str, u64), Refusal> {
    let number = call.int("VersionNumber").unwrap_or_default();
    match u64::try_from(number) {
        Ok(number) if number > 0 => Ok((layer_name(call.required("LayerName")), number)),
        _ => Err(Refusal::invalid("Layer Version Cannot be less than 1.")),
    }
}

fn find<'r>(region: &'r Region, name: &str, number: u64) -> Result<&'r LayerVersion, Refusal> {
    region.layers.get(name).and_then(|layer| layer.versions.get(&number)).ok_or_else(absent)
}

fn find_mut<'r>(region: &'r mut Region, name: &str, number: u64) -> Result<&'r mut LayerVersion, Refusal> {
    region.layers.get_mut(name).and_then(|layer| layer.versions.get_mut(&number)).ok_or_else(absent)
}

fn absent() -> Refusal {
    Refusal::missing("The resource you requested does not exist.")
}

fn fits(call: &Call<'_>, version: &LayerVersion) -> bool {
    let holds = |asked: &str, member: &str| {
        let listed = version.settings.get(member).and_then(Value::as_array);
        call.input.get(asked).is_none_or(|wanted| listed.is_some_and(|listed| listed.contains(wanted)))
    };
    holds("CompatibleRuntime", "CompatibleRuntimes")
        && holds("CompatibleArchitecture", "CompatibleArchitectures")
}

fn describe(call: &Call<'_>, name: &str, number: u64, version: &LayerVersion, whole: bool) -> Value {
    let mut object = version.settings.clone();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("LayerVersionArn", json!(call.place.layer_version_arn(name, number)));
    put("Version", json!(number));
    put("CreatedDate", json!(stamp(version.created)));
    if whole {
        put("LayerArn", json!(call.place.layer_arn(name)));
        put(
            "Content",
            json!({
                "Location": call.shared.code_location(&version.package),
                "CodeSha256": version.package.sha256,
                "CodeSize": version.package.size,
            }),
        );
    }
    Value::Object(object)
}

/// A version number that sorts newest first, so that a page's marker can be compared with it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Newest(std::cmp::Reverse<u64>);

impl std::fmt::Display for Newest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.0.fmt(f)
    }
}

impl std::str::FromStr for Newest {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|number| Self(std::cmp::Reverse(number)))
    }
}

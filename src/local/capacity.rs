//! Capacity providers: the instances of one's own that functions may run on.
//! Starts no instance; it keeps the settings and moves them through their states.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::stamp;
use super::constraints::{ARCHITECTURE, RESOURCE_ARN, ROLE, TAGS};
use super::error::Refusal;
use super::page;
use super::shape::{Field, Shape, TEXT, may, must, patterned, text};
use super::store::Shelf;
use super::tags::read_tags;
use super::world::{Capacity, Function, Region};

const NAME: Shape = patterned(
    1,
    140,
    r"(arn:aws[a-zA-Z-]*:lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
);
const INSTANCE: Shape = text(1, 30);
const SETTINGS: &[&str] =
    &["CapacityProviderScalingConfig", "InstanceRequirements", "KmsKeyArn", "PermissionsConfig", "VpcConfig"];
const VPC: &[Field] =
    &[must("SubnetIds", Shape::List(1, 16, &TEXT)), must("SecurityGroupIds", Shape::List(0, 5, &TEXT))];
const PERMISSIONS: &[Field] = &[must("CapacityProviderOperatorRoleArn", ROLE)];
const INSTANCES: &[Field] = &[
    may("Architectures", Shape::List(1, 1, &ARCHITECTURE)),
    may("AllowedInstanceTypes", Shape::List(0, 400, &INSTANCE)),
    may("ExcludedInstanceTypes", Shape::List(0, 400, &INSTANCE)),
];
const SCALING: &[Field] = &[
    may("MaxVCpuCount", Shape::Int(2, 15_000)),
    may("ScalingMode", Shape::Choice(&["Auto", "Manual"])),
    may("ScalingPolicies", Shape::List(0, 10, &Shape::Object(POLICY))),
];
const POLICY: &[Field] = &[
    must("PredefinedMetricType", Shape::Choice(&["LambdaCapacityProviderAverageCPUUtilization"])),
    must("TargetValue", Shape::Float(0.0, 100.0)),
];

/// What CreateCapacityProvider takes.
pub const CREATE: &[Field] = &[
    must("CapacityProviderName", NAME),
    may("CapacityProviderScalingConfig", Shape::Object(SCALING)),
    may("InstanceRequirements", Shape::Object(INSTANCES)),
    may("KmsKeyArn", RESOURCE_ARN),
    must("PermissionsConfig", Shape::Object(PERMISSIONS)),
    may("Tags", TAGS),
    must("VpcConfig", Shape::Object(VPC)),
];
/// What UpdateCapacityProvider takes.
pub const UPDATE: &[Field] =
    &[must("CapacityProviderName", NAME), may("CapacityProviderScalingConfig", Shape::Object(SCALING))];
/// What Get- and DeleteCapacityProvider take.
pub const NAMED: &[Field] = &[must("CapacityProviderName", NAME)];
/// What ListCapacityProviders takes.
pub const LIST: &[Field] = &[may("Marker", TEXT), may("MaxItems", Shape::Int(1, 50))];

/// CreateCapacityProvider.
pub fn create(call: &Call<'_>) -> Reply {
    let name = named(call);
    let mut settings = call.pick(SETTINGS);
    settings.entry("InstanceRequirements").or_insert_with(|| json!({ "Architectures": ["x86_64"] }));
    let scaling = settings.entry("CapacityProviderScalingConfig").or_insert_with(|| json!({}));
    if let Some(scaling) = scaling.as_object_mut() {
        scaling.entry("ScalingMode").or_insert_with(|| json!("Auto"));
        scaling.entry("MaxVCpuCount").or_insert_with(|| json!(400));
    }
    let provider = Capacity {
        settings,
        modified: call.now,
        transition: "Pending".to_owned(),
        settling: call.settling(),
        tags: read_tags(call.object("Tags")),
    };
    let answer = json!({ "CapacityProvider": describe(call, name, &provider) });
    call.region(|region| {
        purge(call, region);
        if region.capacity.contains_key(name) {
            return Err(Refusal::conflict(format!("Capacity provider already exists: {name}")));
        }
        region.capacity.insert(name.to_owned(), provider);
        Ok(())
    })?;
    call.touch(Shelf::Capacity, name);
    Ok(answer)
}

/// GetCapacityProvider.
pub fn get(call: &Call<'_>) -> Reply {
    let name = named(call);
    call.region(|region| {
        purge(call, region);
        let provider = region.capacity.get(name).ok_or_else(|| absent(call))?;
        Ok(json!({ "CapacityProvider": describe(call, name, provider) }))
    })
}

/// UpdateCapacityProvider: only the members given change.
pub fn update(call: &Call<'_>) -> Reply {
    let name = named(call);
    let answer = call.region(|region| {
        purge(call, region);
        let provider = region.capacity.get_mut(name).ok_or_else(|| absent(call))?;
        let given = call.object("CapacityProviderScalingConfig").cloned().unwrap_or_default();
        let slot = provider.settings.entry("CapacityProviderScalingConfig").or_insert_with(|| json!({}));
        if let Some(scaling) = slot.as_object_mut() {
            scaling.extend(given);
        }
        provider.modified = call.now;
        provider.transition = "Pending".to_owned();
        provider.settling = call.settling();
        Ok(json!({ "CapacityProvider": describe(call, name, provider) }))
    })?;
    call.touch(Shelf::Capacity, name);
    Ok(answer)
}

/// DeleteCapacityProvider: refused while a function runs on it; `Deleting` until it is gone.
pub fn delete(call: &Call<'_>) -> Reply {
    let name = named(call);
    let answer = call.region(|region| {
        purge(call, region);
        let arn = arn(call, name);
        if region.functions.values().any(|function| runs_on(function, &arn)) {
            return Err(Refusal::conflict(format!(
                "The capacity provider {arn} is used by functions. To delete this capacity provider, first remove its \
                 association with all functions."
            )));
        }
        let provider = region.capacity.get_mut(name).ok_or_else(|| absent(call))?;
        provider.transition = "Deleting".to_owned();
        provider.settling = call.settling();
        let mut answer = describe(call, name, provider);
        answer["State"] = json!("Deleting");
        Ok(json!({ "CapacityProvider": answer }))
    })?;
    call.touch(Shelf::Capacity, name);
    Ok(answer)
}

/// ListCapacityProviders.
pub fn list(call: &Call<'_>) -> Reply {
    call.region(|region| {
        purge(call, region);
        let items = region.capacity.iter().map(|(name, provider)| (name.clone(), (name, provider)));
        page::cut(call, "CapacityProviders", 50, items, |(name, provider)| describe(call, name, provider))
    })
}

/// Refuses a function whose settings name a capacity provider that does not exist.
pub fn require(call: &Call<'_>, config: &Value) -> Result<(), Refusal> {
    let Some(arn) = config.pointer(USED).and_then(Value::as_str) else { return Ok(()) };
    let id = arn.rsplit(':').next().unwrap_or(arn);
    match call.region(|region| region.capacity.get(id).is_some_and(|p| p.transition != "Deleting")) {
        true => Ok(()),
        false => Err(Refusal::invalid(format!("The capacity provider {arn} does not exist."))),
    }
}

const USED: &str = "/LambdaManagedInstancesCapacityProviderConfig/CapacityProviderArn";

fn runs_on(function: &Function, arn: &str) -> bool {
    let versions = std::iter::once(&function.latest).chain(function.versions.values());
    versions.into_iter().any(|version| {
        let config = version.settings.get("CapacityProviderConfig");
        config.and_then(|c| c.pointer(USED)).and_then(Value::as_str) == Some(arn)
    })
}

fn named<'a>(call: &'a Call<'_>) -> &'a str {
    let name = call.required("CapacityProviderName");
    name.rsplit(':').next().unwrap_or(name)
}

fn arn(call: &Call<'_>, name: &str) -> String {
    call.place.arn(&format!("capacity-provider:{name}"))
}

fn absent(call: &Call<'_>) -> Refusal {
    Refusal::missing(format!("The capacity provider {} does not exist.", arn(call, named(call))))
}

/// Drops those whose deletion is over.
fn purge(call: &Call<'_>, region: &mut Region) {
    let over = |provider: &Capacity| provider.transition == "Deleting" && provider.settling.at <= call.now;
    let gone: Vec<String> =
        region.capacity.iter().filter(|(_, p)| over(p)).map(|(name, _)| name.clone()).collect();
    for name in gone {
        region.capacity.remove(&name);
        call.touch(Shelf::Capacity, &name);
    }
}

fn describe(call: &Call<'_>, name: &str, provider: &Capacity) -> Value {
    let state = match &provider.settling.failure {
        _ if provider.settling.at > call.now => provider.transition.as_str(),
        Some(_) => "Failed",
        None => "Active",
    };
    let mut object = provider.settings.clone();
    let mut put = |member: &str, value: Value| object.insert(member.to_owned(), value);
    put("CapacityProviderArn", json!(arn(call, name)));
    put("State", json!(state));
    put("LastModified", json!(stamp(provider.modified)));
    Value::Object(object)
}

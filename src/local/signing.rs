//! Code signing configurations, and which of them a function uses.
//! Verifies no signature; it keeps and answers the configuration.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::stamp;
use super::constraints::{ARN, CODE_SIGNING_ARN, DESCRIPTION, FUNCTION_NAME, PAGE, TAGS};
use super::error::{Kind, Refusal};
use super::page;
use super::shape::{Field, Shape, TEXT, may, must};
use super::store::Shelf;
use super::tags::read_tags;
use super::world::Signing;

const PUBLISHERS: &[Field] = &[must("SigningProfileVersionArns", Shape::List(1, 20, &ARN))];
const POLICIES: &[Field] = &[may("UntrustedArtifactOnDeployment", Shape::Choice(&["Warn", "Enforce"]))];
const SETTINGS: &[&str] = &["AllowedPublishers", "CodeSigningPolicies", "Description"];

/// What CreateCodeSigningConfig takes.
pub const CREATE: &[Field] = &[
    must("AllowedPublishers", Shape::Object(PUBLISHERS)),
    may("CodeSigningPolicies", Shape::Object(POLICIES)),
    may("Description", DESCRIPTION),
    may("Tags", TAGS),
];
/// What UpdateCodeSigningConfig takes.
pub const UPDATE: &[Field] = &[
    must("CodeSigningConfigArn", CODE_SIGNING_ARN),
    may("AllowedPublishers", Shape::Object(PUBLISHERS)),
    may("CodeSigningPolicies", Shape::Object(POLICIES)),
    may("Description", DESCRIPTION),
];
/// What Get- and DeleteCodeSigningConfig take.
pub const NAMED: &[Field] = &[must("CodeSigningConfigArn", CODE_SIGNING_ARN)];
/// What ListCodeSigningConfigs takes.
pub const LIST: &[Field] = &[may("Marker", TEXT), may("MaxItems", PAGE)];
/// What ListFunctionsByCodeSigningConfig takes.
pub const LIST_FUNCTIONS: &[Field] =
    &[must("CodeSigningConfigArn", CODE_SIGNING_ARN), may("Marker", TEXT), may("MaxItems", PAGE)];
/// What PutFunctionCodeSigningConfig takes.
pub const ATTACH: &[Field] =
    &[must("FunctionName", FUNCTION_NAME), must("CodeSigningConfigArn", CODE_SIGNING_ARN)];

/// CreateCodeSigningConfig.
pub fn create(call: &Call<'_>) -> Reply {
    let random = uuid::Uuid::new_v4().simple().to_string();
    let id = format!("csc-{}", random.get(..17).unwrap_or_default());
    let mut settings = call.pick(SETTINGS);
    settings
        .entry("CodeSigningPolicies")
        .or_insert_with(|| json!({ "UntrustedArtifactOnDeployment": "Warn" }));
    settings.entry("Description").or_insert_with(|| json!(""));
    let signing = Signing { settings, modified: call.now, tags: read_tags(call.object("Tags")) };
    let answer = json!({ "CodeSigningConfig": describe(call, &id, &signing) });
    call.region(|region| region.signing.insert(id.clone(), signing));
    call.touch(Shelf::Signing, &id);
    Ok(answer)
}

/// GetCodeSigningConfig.
pub fn get(call: &Call<'_>) -> Reply {
    let id = id(call.required("CodeSigningConfigArn"));
    call.region(|region| {
        let signing = region.signing.get(id).ok_or_else(|| absent(call))?;
        Ok(json!({ "CodeSigningConfig": describe(call, id, signing) }))
    })
}

/// UpdateCodeSigningConfig.
pub fn update(call: &Call<'_>) -> Reply {
    let id = id(call.required("CodeSigningConfigArn"));
    let answer = call.region(|region| {
        let signing = region.signing.get_mut(id).ok_or_else(|| absent(call))?;
        signing.settings.extend(call.pick(SETTINGS));
        signing.modified = call.now;
        Ok(json!({ "CodeSigningConfig": describe(call, id, signing) }))
    })?;
    call.touch(Shelf::Signing, id);
    Ok(answer)
}

/// DeleteCodeSigningConfig: refused while a function uses it.
pub fn delete(call: &Call<'_>) -> Reply {
    let arn = call.required("CodeSigningConfigArn");
    call.region(|region| {
        if region.functions.values().any(|function| function.signing.as_deref() == Some(arn)) {
            return Err(Refusal::conflict(format!(
                "The code signing configuration {arn} is in use by a function; remove it from the function first."
            )));
        }
        region.signing.remove(id(arn)).map(drop).ok_or_else(|| absent(call))
    })?;
    call.touch(Shelf::Signing, id(arn));
    Ok(Value::Null)
}

/// ListCodeSigningConfigs.
pub fn list(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let items = region.signing.iter().map(|(id, signing)| (id.clone(), (id, signing)));
        page::cut(call, "CodeSigningConfigs", 50, items, |(id, signing)| describe(call, id, signing))
    })
}

/// ListFunctionsByCodeSigningConfig.
pub fn list_functions(call: &Call<'_>) -> Reply {
    let arn = call.required("CodeSigningConfigArn");
    call.region(|region| {
        if !region.signing.contains_key(id(arn)) {
            return Err(absent(call));
        }
        let users = region.functions.values().filter(|function| function.signing.as_deref() == Some(arn));
        let items = users.map(|function| (function.name.clone(), &function.name));
        page::cut(call, "FunctionArns", 50, items, |name| json!(call.place.function_arn(name, None)))
    })
}

/// PutFunctionCodeSigningConfig.
pub fn attach(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let arn = call.required("CodeSigningConfigArn");
    require(call, arn)?;
    call.region(|region| {
        region.function_mut(&wanted, &call.place)?.signing = Some(arn.to_owned());
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(json!({ "CodeSigningConfigArn": arn, "FunctionName": wanted.name }))
}

/// GetFunctionCodeSigningConfig: an empty object when there is none, never an empty body.
pub fn attached(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        Ok(match &function.signing {
            Some(arn) => json!({ "CodeSigningConfigArn": arn, "FunctionName": function.name }),
            None => json!({}),
        })
    })
}

/// DeleteFunctionCodeSigningConfig.
pub fn detach(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        region.function_mut(&wanted, &call.place)?.signing = None;
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// Refuses an ARN that names no configuration.
pub fn require(call: &Call<'_>, arn: &str) -> Result<(), Refusal> {
    match call.region(|region| region.signing.contains_key(id(arn))) {
        true => Ok(()),
        false => Err(missing(arn)),
    }
}

fn absent(call: &Call<'_>) -> Refusal {
    let arn = call.required("CodeSigningConfigArn");
    Refusal::missing(format!("The Lambda code signing configuration {arn} can not be found."))
}

fn missing(arn: &str) -> Refusal {
    Refusal::new(
        Kind::CodeSigningConfigNotFound,
        format!(
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted: \
             {arn}."
        ),
    )
}

fn id(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn describe(call: &Call<'_>, id: &str, signing: &Signing) -> Value {
    let mut object = signing.settings.clone();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("CodeSigningConfigId", json!(id));
    put("CodeSigningConfigArn", json!(call.place.arn(&format!("code-signing-config:{id}"))));
    put("LastModified", json!(stamp(signing.modified)));
    Value::Object(object)
}

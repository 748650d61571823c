//! Aliases: names for versions, with weights for a second one.
//! Knows nothing of what a version holds.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::constraints::{ALIAS, DESCRIPTION, FUNCTION_NAME, PAGE, VERSION};
use super::error::Refusal;
use super::page;
use super::shape::{Field, Object, Shape, TEXT, may, must};
use super::store::Shelf;
use super::world::{Alias, Function, revision};

const WEIGHT: Shape = Shape::Float(0.0, 1.0);
const ROUTING: &[Field] = &[may("AdditionalVersionWeights", Shape::Map(&TEXT, &WEIGHT))];

/// What CreateAlias takes.
pub const CREATE: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    must("FunctionVersion", VERSION),
    must("Name", ALIAS),
    may("Description", DESCRIPTION),
    may("RoutingConfig", Shape::Object(ROUTING)),
];
/// What UpdateAlias takes.
pub const UPDATE: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    must("Name", ALIAS),
    may("FunctionVersion", VERSION),
    may("Description", DESCRIPTION),
    may("RevisionId", TEXT),
    may("RoutingConfig", Shape::Object(ROUTING)),
];
/// What GetAlias and DeleteAlias take.
pub const NAMED: &[Field] = &[must("FunctionName", FUNCTION_NAME), must("Name", ALIAS)];
/// What ListAliases takes.
pub const LIST: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    may("FunctionVersion", VERSION),
    may("Marker", TEXT),
    may("MaxItems", PAGE),
];

/// CreateAlias.
pub fn create(call: &Call<'_>) -> Reply {
    let (wanted, name) = (call.function()?, call.required("Name"));
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        if function.aliases.contains_key(name) {
            let arn = call.place.function_arn(&function.name, Some(name));
            return Err(Refusal::conflict(format!("Alias already exists: {arn}")));
        }
        let alias = Alias {
            version: call.required("FunctionVersion").to_owned(),
            description: call.text("Description").unwrap_or_default().to_owned(),
            weights: given_weights(call).unwrap_or_default(),
            revision: revision(),
        };
        check(call, function, &alias)?;
        let answer = describe(call, function, name, &alias);
        function.aliases.insert(name.to_owned(), alias);
        Ok(answer)
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

/// GetAlias.
pub fn get(call: &Call<'_>) -> Reply {
    let (wanted, name) = (call.function()?, call.required("Name"));
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let alias = function.aliases.get(name).ok_or_else(|| {
            let arn = call.place.function_arn(&function.name, Some(name));
            Refusal::missing(format!("Cannot find alias arn: {arn}"))
        })?;
        Ok(describe(call, function, name, alias))
    })
}

/// UpdateAlias: only the members given change; an empty `RoutingConfig` clears the weights.
pub fn update(call: &Call<'_>) -> Reply {
    let (wanted, name) = (call.function()?, call.required("Name"));
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        let arn = call.place.function_arn(&function.name, Some(name));
        let current = function.aliases.get(name);
        let mut alias =
            current.cloned().ok_or_else(|| Refusal::missing(format!("Alias not found: {arn}")))?;
        call.check_revision(&alias.revision, "GetAlias")?;
        if let Some(version) = call.text("FunctionVersion") {
            alias.version = version.to_owned();
        }
        if let Some(description) = call.text("Description") {
            alias.description = description.to_owned();
        }
        if let Some(weights) = given_weights(call) {
            alias.weights = weights;
        }
        check(call, function, &alias)?;
        alias.revision = revision();
        let answer = describe(call, function, name, &alias);
        function.aliases.insert(name.to_owned(), alias);
        Ok(answer)
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

/// DeleteAlias: an alias that does not exist is deleted already.
pub fn delete(call: &Call<'_>) -> Reply {
    let (wanted, name) = (call.function()?, call.required("Name"));
    call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        if function.aliases.remove(name).is_some() {
            function.forget_qualifier(name);
        }
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// ListAliases, all or those that point at one version.
pub fn list(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let version = call.text("FunctionVersion");
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let aliases = function.aliases.iter();
        let chosen = aliases.filter(|(_, alias)| version.is_none_or(|version| alias.version == version));
        let items = chosen.map(|(name, alias)| (name.clone(), (name, alias)));
        page::cut(call, "Aliases", 50, items, |(name, alias)| describe(call, function, name, alias))
    })
}

fn given_weights(call: &Call<'_>) -> Option<Object> {
    let routing = call.object("RoutingConfig")?;
    Some(routing.get("AdditionalVersionWeights").and_then(Value::as_object).cloned().unwrap_or_default())
}

fn check(call: &Call<'_>, function: &Function, alias: &Alias) -> Result<(), Refusal> {
    let version = alias.version.as_str();
    let missing = |version: &str| super::world::unknown_function(&function.name, Some(version), &call.place);
    if version != "$LATEST" && function.published(version).is_none() {
        return Err(missing(version));
    }
    if alias.weights.len() > 1 {
        return Err(Refusal::invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    for other in alias.weights.keys() {
        if version == "$LATEST" || other == "$LATEST" {
            return Err(Refusal::invalid(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if other == version {
            return Err(Refusal::invalid(format!(
                "Invalid function version {other}. Function version {other} is already included in routing \
                 configuration."
            )));
        }
        if function.published(other).is_none() {
            return Err(missing(other));
        }
    }
    Ok(())
}

fn describe(call: &Call<'_>, function: &Function, name: &str, alias: &Alias) -> Value {
    let mut answer = json!({
        "AliasArn": call.place.function_arn(&function.name, Some(name)),
        "Name": name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    });
    // AWS leaves the member out when there is no weight.
    if let (false, Some(answer)) = (alias.weights.is_empty(), answer.as_object_mut()) {
        answer.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": alias.weights }));
    }
    answer
}

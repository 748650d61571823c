//! What happens to asynchronous invocations, per qualifier.
//! Invokes nothing.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::epoch_seconds;
use super::constraints::{DESTINATIONS, NAMESPACED_NAME, QUALIFIER};
use super::error::Refusal;
use super::page;
use super::shape::{Field, Object, Shape, may, must};
use super::store::Shelf;
use super::world::{Attached, Function};

const SETTINGS: &[&str] = &["DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts"];

/// What Put- and UpdateFunctionEventInvokeConfig take.
pub const CHANGE: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    may("DestinationConfig", Shape::Object(DESTINATIONS)),
    may("MaximumEventAgeInSeconds", Shape::Int(60, 21_600)),
    may("MaximumRetryAttempts", Shape::Int(0, 2)),
    may("Qualifier", QUALIFIER),
];

/// PutFunctionEventInvokeConfig: replaces what is there.
pub fn put(call: &Call<'_>) -> Reply {
    change(call, |_, _| Ok(Object::new()))
}

/// UpdateFunctionEventInvokeConfig: changes only the members given.
pub fn update(call: &Call<'_>) -> Reply {
    change(call, |function, key| find(function, key).cloned().ok_or_else(|| absent(call, function, key)))
}

/// GetFunctionEventInvokeConfig.
pub fn get(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let key = wanted.qualifier.as_deref().unwrap_or("$LATEST");
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let config = find(function, key).ok_or_else(|| absent(call, function, key))?;
        Ok(describe(call, function, key, config))
    })
}

/// DeleteFunctionEventInvokeConfig.
pub fn delete(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let key = wanted.qualifier.as_deref().unwrap_or("$LATEST");
    call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        let removed = function.attached.entry(Attached::Invoke).or_default().remove(key);
        removed.map(drop).ok_or_else(|| absent(call, function, key))
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// ListFunctionEventInvokeConfigs.
pub fn list(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        let configs = function.attached.get(&Attached::Invoke).into_iter().flatten();
        let items = configs.map(|(key, config)| (key.clone(), (key, config)));
        page::cut(call, "FunctionEventInvokeConfigs", 50, items, |(key, config)| {
            describe(call, function, key, config)
        })
    })
}

fn change(call: &Call<'_>, start: impl FnOnce(&Function, &str) -> Result<Object, Refusal>) -> Reply {
    let wanted = call.function()?;
    let key = wanted.qualifier.as_deref().unwrap_or("$LATEST");
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        function.target(Some(key), &call.place)?;
        let given = call.pick(SETTINGS);
        if given.is_empty() {
            return Err(Refusal::invalid(
                "You must specify at least one of error handling or destination setting.",
            ));
        }
        let mut config = start(function, key)?;
        config.extend(given);
        config.entry("DestinationConfig").or_insert_with(|| json!({ "OnSuccess": {}, "OnFailure": {} }));
        config.insert("LastModified".to_owned(), json!(epoch_seconds(call.now)));
        let answer = describe(call, function, key, &config);
        function.attached.entry(Attached::Invoke).or_default().insert(key.to_owned(), config);
        Ok(answer)
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

fn find<'f>(function: &'f Function, key: &str) -> Option<&'f Object> {
    function.attached.get(&Attached::Invoke)?.get(key)
}

fn absent(call: &Call<'_>, function: &Function, key: &str) -> Refusal {
    let arn = call.place.function_arn(&function.name, Some(key));
    Refusal::missing(format!("The function {arn} doesn't have an EventInvokeConfig"))
}

fn describe(call: &Call<'_>, function: &Function, key: &str, config: &Object) -> Value {
    let mut object = config.clone();
    object.insert("FunctionArn".to_owned(), json!(call.place.function_arn(&function.name, Some(key))));
    Value::Object(object)
}

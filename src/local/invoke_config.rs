//! What happens to asynchronous invocations, per qualifier.
//! Invokes nothing.

use serde_json::json;

use super::attached::{Kind, with_arn};
use super::call::{Call, Reply};
use super::clock::epoch_seconds;
use super::constraints::{DESTINATIONS, NAMESPACED_NAME, QUALIFIER};
use super::error::Refusal;
use super::shape::{Field, Object, Shape, may, must};
use super::world::{Attached, Function};

const KIND: Kind = Kind { kept: Attached::Invoke, unqualified: "$LATEST", describe: with_arn, absent };

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
    change(call, |function, key| KIND.read(call, function, key))
}

/// GetFunctionEventInvokeConfig.
pub fn get(call: &Call<'_>) -> Reply {
    KIND.get(call)
}

/// DeleteFunctionEventInvokeConfig.
pub fn delete(call: &Call<'_>) -> Reply {
    KIND.delete(call)
}

/// ListFunctionEventInvokeConfigs.
pub fn list(call: &Call<'_>) -> Reply {
    KIND.list(call, "FunctionEventInvokeConfigs")
}

fn change(call: &Call<'_>, start: impl FnOnce(&Function, &str) -> Result<Object, Refusal>) -> Reply {
    KIND.put(call, |function, key| {
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
        Ok(config)
    })
}

fn absent(call: &Call<'_>, function: &Function, key: &str) -> Result<Object, Refusal> {
    let arn = call.place.function_arn(&function.name, Some(key));
    Err(Refusal::missing(format!("The function {arn} doesn't have an EventInvokeConfig")))
}

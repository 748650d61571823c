//! Small settings of a function: recursion, runtime management, scaling of managed instances.
//! Knows nothing of what they control.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::constraints::{FUNCTION_NAME, NAMESPACED_NAME, QUALIFIER};
use super::error::Refusal;
use super::shape::{Field, Object, Shape, may, must, patterned};
use super::store::Shelf;
use super::world::Attached;

const LIMIT: Shape = Shape::Int(0, 15_000);
const SCALING: &[Field] = &[may("MinExecutionEnvironments", LIMIT), may("MaxExecutionEnvironments", LIMIT)];

/// What PutFunctionRecursionConfig takes.
pub const RECURSION: &[Field] =
    &[must("FunctionName", FUNCTION_NAME), must("RecursiveLoop", Shape::Choice(&["Allow", "Terminate"]))];
/// What PutRuntimeManagementConfig takes.
pub const RUNTIME: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    must("UpdateRuntimeOn", Shape::Choice(&["Auto", "Manual", "FunctionUpdate"])),
    may("Qualifier", QUALIFIER),
    may(
        "RuntimeVersionArn",
        patterned(
            26,
            2048,
            r"arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}::runtime:.+",
        ),
    ),
];
/// What PutFunctionScalingConfig takes.
pub const SCALE: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    must("Qualifier", QUALIFIER),
    may("FunctionScalingConfig", Shape::Object(SCALING)),
];

/// PutFunctionRecursionConfig.
pub fn put_recursion(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let loops = call.required("RecursiveLoop");
    call.region(|region| {
        region.function_mut(&wanted, &call.place)?.recursion = Some(loops.to_owned());
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(json!({ "RecursiveLoop": loops }))
}

/// GetFunctionRecursionConfig: `Terminate` unless it was changed.
pub fn recursion(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        Ok(json!({ "RecursiveLoop": function.recursion.as_deref().unwrap_or("Terminate") }))
    })
}

/// PutRuntimeManagementConfig.
pub fn put_runtime(call: &Call<'_>) -> Reply {
    if call.text("UpdateRuntimeOn") == Some("Manual") && call.text("RuntimeVersionArn").is_none() {
        return Err(Refusal::invalid("RuntimeVersionArn must be specified when UpdateRuntimeOn is Manual."));
    }
    attach(call, Attached::Runtime, call.pick(&["RuntimeVersionArn", "UpdateRuntimeOn"]))
}

/// GetRuntimeManagementConfig: `Auto` unless it was changed.
pub fn runtime(call: &Call<'_>) -> Reply {
    attached(call, Attached::Runtime, json!({ "UpdateRuntimeOn": "Auto" }))
}

/// PutFunctionScalingConfig.
pub fn put_scaling(call: &Call<'_>) -> Reply {
    let given = call.object("FunctionScalingConfig").cloned().unwrap_or_default();
    let config = json!({ REQUESTED: given, "ready": call.settling().at });
    attach(call, Attached::Scaling, config.as_object().cloned().unwrap_or_default())?;
    Ok(json!({ "FunctionState": "Active" }))
}

/// GetFunctionScalingConfig: what was asked for is `Requested` until it is `Applied`; an empty one leaves nothing.
pub fn scaling(call: &Call<'_>) -> Reply {
    let mut answer = attached(call, Attached::Scaling, json!({}))?;
    if let Some(members) = answer.as_object_mut()
        && let Some(ready) = members.remove("ready")
        && ready.as_u64().is_some_and(|ready| ready <= call.now)
        && let Some(applied) = members.remove(REQUESTED).filter(|limits| *limits != json!({}))
    {
        members.insert("AppliedFunctionScalingConfig".to_owned(), applied);
    }
    Ok(answer)
}

const REQUESTED: &str = "RequestedFunctionScalingConfig";

/// ListDurableExecutionsByFunction: no code ever runs here, so there is none.
pub fn durable_executions(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        region.function(&wanted, &call.place)?.target(wanted.qualifier.as_deref(), &call.place)?;
        Ok(json!({ "DurableExecutions": [] }))
    })
}

fn attach(call: &Call<'_>, kind: Attached, config: Object) -> Reply {
    let wanted = call.function()?;
    let key = wanted.qualifier.as_deref().unwrap_or("$LATEST");
    let answer = call.region(|region| {
        let function = region.function_mut(&wanted, &call.place)?;
        function.target(Some(key), &call.place)?;
        let mut answer = config.clone();
        answer.insert("FunctionArn".to_owned(), json!(call.place.function_arn(&function.name, Some(key))));
        function.attached.entry(kind).or_default().insert(key.to_owned(), config);
        Ok(Value::Object(answer))
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(answer)
}

fn attached(call: &Call<'_>, kind: Attached, default: Value) -> Reply {
    let wanted = call.function()?;
    let key = wanted.qualifier.as_deref().unwrap_or("$LATEST");
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        function.target(Some(key), &call.place)?;
        let config = function.attached.get(&kind).and_then(|configs| configs.get(key));
        let mut answer = config.cloned().map_or(default, Value::Object);
        if let Some(answer) = answer.as_object_mut() {
            answer
                .insert("FunctionArn".to_owned(), json!(call.place.function_arn(&function.name, Some(key))));
        }
        Ok(answer)
    })
}

//! Small settings of a function: recursion, runtime management, scaling of managed instances.
//! Knows nothing of what they control.

use serde_json::{Value, json};

use super::attached::{Kind, with_arn};
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

const RUNTIME_KIND: Kind = Kind {
    kept: Attached::Runtime,
    unqualified: "$LATEST",
    describe: with_arn,
    absent: |call, function, key| {
        function.target(Some(key), &call.place)?;
        Ok(Object::from_iter([("UpdateRuntimeOn".to_owned(), json!("Auto"))]))
    },
};

const SCALING_KIND: Kind = Kind {
    kept: Attached::Scaling,
    unqualified: "$LATEST",
    describe: with_arn,
    absent: |call, function, key| function.target(Some(key), &call.place).map(|_| Object::new()),
};

/// PutRuntimeManagementConfig.
pub fn put_runtime(call: &Call<'_>) -> Reply {
    if call.text("UpdateRuntimeOn") == Some("Manual") && call.text("RuntimeVersionArn").is_none() {
        return Err(Refusal::invalid("RuntimeVersionArn must be specified when UpdateRuntimeOn is Manual."));
    }
    RUNTIME_KIND.put(call, |function, key| {
        function.target(Some(key), &call.place)?;
        Ok(call.pick(&["RuntimeVersionArn", "UpdateRuntimeOn"]))
    })
}

/// GetRuntimeManagementConfig: `Auto` unless it was changed.
pub fn runtime(call: &Call<'_>) -> Reply {
    RUNTIME_KIND.get(call)
}

/// PutFunctionScalingConfig.
pub fn put_scaling(call: &Call<'_>) -> Reply {
    let given = call.object("FunctionScalingConfig").cloned().unwrap_or_default();
    SCALING_KIND.put(call, |function, key| {
        function.target(Some(key), &call.place)?;
        let ready = json!(call.settling().at);
        Ok(Object::from_iter([(REQUESTED.to_owned(), Value::Object(given)), ("ready".to_owned(), ready)]))
    })?;
    Ok(json!({ "FunctionState": "Active" }))
}

/// GetFunctionScalingConfig: what was asked for is `Requested` until it is `Applied`; an empty one leaves nothing.
pub fn scaling(call: &Call<'_>) -> Reply {
    let mut answer = SCALING_KIND.get(call)?;
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

//! Reserved and provisioned concurrency.
//! Knows nothing of what runs.

use serde_json::{Value, json};

use super::attached::{self, with_arn};
use super::call::{Call, Reply};
use super::clock::{Millis, stamp};
use super::constraints::{FUNCTION_NAME, NAMESPACED_NAME, QUALIFIER};
use super::error::{Kind, Refusal};
use super::shape::{Field, Object, Shape, must};
use super::store::Shelf;
use super::world::{Attached, Function};

const PROVISIONS: attached::Kind = attached::Kind {
    kept: Attached::Provisioned,
    unqualified: "",
    describe: without_arn,
    absent: unprovisioned,
};

/// Concurrent executions of an account. Source: Lambda quotas.
pub const ACCOUNT_LIMIT: i64 = 1000;
/// What must stay unreserved. Source: the PutFunctionConcurrency reference.
const UNRESERVED_MINIMUM: i64 = 100;

/// What PutFunctionConcurrency takes.
pub const RESERVE: &[Field] =
    &[must("FunctionName", FUNCTION_NAME), must("ReservedConcurrentExecutions", Shape::Int(0, i64::MAX))];
/// What PutProvisionedConcurrencyConfig takes.
pub const PROVISION: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    must("Qualifier", QUALIFIER),
    must("ProvisionedConcurrentExecutions", Shape::Int(1, i64::MAX)),
];
/// What Get- and DeleteProvisionedConcurrencyConfig take.
pub const PROVISIONED: &[Field] = &[must("FunctionName", NAMESPACED_NAME), must("Qualifier", QUALIFIER)];

/// PutFunctionConcurrency.
pub fn reserve(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    let asked = call.int("ReservedConcurrentExecutions").unwrap_or_default();
    call.region(|region| {
        region.function(&wanted, &call.place)?;
        let others = region.functions.values().filter(|function| function.name != wanted.name);
        let reserved: i64 = others.filter_map(|function| function.reserved).sum();
        if asked > ACCOUNT_LIMIT - UNRESERVED_MINIMUM - reserved {
            return Err(Refusal::invalid(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [{UNRESERVED_MINIMUM}]."
            )));
        }
        region.function_mut(&wanted, &call.place)?.reserved = Some(asked);
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(json!({ "ReservedConcurrentExecutions": asked }))
}

/// GetFunctionConcurrency: an empty object when nothing is reserved.
pub fn reserved(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        let function = region.function(&wanted, &call.place)?;
        Ok(match function.reserved {
            Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
            None => json!({}),
        })
    })
}

/// DeleteFunctionConcurrency.
pub fn release(call: &Call<'_>) -> Reply {
    let wanted = call.function()?;
    call.region(|region| {
        region.function_mut(&wanted, &call.place)?.reserved = None;
        Ok(())
    })?;
    call.touch(Shelf::Functions, &wanted.name);
    Ok(Value::Null)
}

/// PutProvisionedConcurrencyConfig: for a published version or an alias.
pub fn provision(call: &Call<'_>) -> Reply {
    PROVISIONS.put(call, |function, qualifier| {
        if function.target(Some(qualifier), &call.place)?.number.is_none() {
            return Err(Refusal::invalid(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
            ));
        }
        let members = [
            ("requested", json!(call.int("ProvisionedConcurrentExecutions"))),
            ("modified", json!(call.now)),
            ("ready", json!(call.settling().at)),
        ];
        Ok(members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    })
}

/// GetProvisionedConcurrencyConfig.
pub fn provisioned(call: &Call<'_>) -> Reply {
    PROVISIONS.get(call)
}

/// DeleteProvisionedConcurrencyConfig.
pub fn unprovision(call: &Call<'_>) -> Reply {
    PROVISIONS.delete(call)
}

/// ListProvisionedConcurrencyConfigs: only here the API says for what each of them is.
pub fn list_provisioned(call: &Call<'_>) -> Reply {
    let listed = attached::Kind {
        describe: |call, function, key, config| with_arn(call, function, key, &describe(call, config)),
        ..PROVISIONS
    };
    listed.list(call, "ProvisionedConcurrencyConfigs")
}

/// A qualifier that does not exist is the function's absence; one without a configuration is its own exception.
fn unprovisioned(call: &Call<'_>, function: &Function, qualifier: &str) -> Result<Object, Refusal> {
    function.target(Some(qualifier), &call.place)?;
    Err(Refusal::new(
        Kind::ProvisionedConcurrencyConfigNotFound,
        "No Provisioned Concurrency Config found for this function",
    ))
}

fn without_arn(call: &Call<'_>, _: &Function, _: &str, config: &Object) -> Value {
    Value::Object(describe(call, config))
}

fn describe(call: &Call<'_>, config: &Object) -> Object {
    let number = |name: &str| config.get(name).and_then(Value::as_u64).unwrap_or_default();
    let requested = number("requested");
    let ready: Millis = number("ready");
    let done = ready <= call.now;
    let given = if done { requested } else { 0 };
    let mut object = Object::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("RequestedProvisionedConcurrentExecutions", json!(requested));
    put("AvailableProvisionedConcurrentExecutions", json!(given));
    put("AllocatedProvisionedConcurrentExecutions", json!(given));
    put("Status", json!(if done { "READY" } else { "IN_PROGRESS" }));
    put("LastModified", json!(stamp(number("modified"))));
    object
}

//! The plan of a mapping: which differences mean nothing (lambda-provider.md 1.6).
//! Asks nobody.

use jiff::Timestamp;

use super::schema::TYPE;
use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::provider::PlanRequest;
use crate::providers::aws::fields::{block, carry, filled, int, is_given, is_set, text_map};
use crate::providers::aws::lambda::names::keep_same_function;
use crate::providers::aws::outcome;
use crate::providers::aws::resource::Link;

/// The endpoints of a self-managed cluster.
const BROKERS: &str = "KAFKA_BOOTSTRAP_SERVERS";

/// The planned object.
pub(super) fn plan(link: &Link, request: &PlanRequest<'_>) -> Value {
    let prior = request.prior.filter(|p| !p.is_null());
    let planned = outcome::planned(&TYPE, request, |prior, planned| suppress(prior, request.config, planned));
    link.settings.tags.complete(prior, planned)
}

fn suppress(prior: &Value, config: &Value, planned: Value) -> Value {
    let planned = keep_same_function(prior, planned);
    let unset = |name: &str| {
        config.get(name).is_none_or(|v| v.is_null() || v.as_items().is_some_and(<[_]>::is_empty))
    };
    let mut kept = Vec::new();
    if unset("batch_size") && int(prior, "batch_size").is_some_and(|n| Some(n) == service_batch(prior)) {
        kept.push("batch_size");
    }
    if brokers(prior).is_some() && brokers(prior) == brokers(&planned) {
        kept.push("self_managed_event_source");
    }
    if instant(prior).is_some() && instant(prior) == instant(&planned) {
        kept.push("starting_position_timestamp");
    }
    let mut planned = carry(planned, prior, &kept);
    if unset("destination_config") {
        planned.set_attr("destination_config", emptied(prior));
    }
    planned
}

/// A destination that configuration does not give any more: the blocks stay, since the service always has them.
fn emptied(prior: &Value) -> Value {
    let config = prior.get("destination_config").cloned().unwrap_or(Value::NULL);
    let Some(outer) = block(prior, "destination_config") else { return config };
    let Some(inner) = block(outer, "on_failure") else { return config };
    if filled(inner, "destination_arn").is_none() {
        return config;
    }
    let inner = inner.with_attr("destination_arn", Value::null(Type::String));
    let outer = outer.with_attr("on_failure", Value::list(inner.ty(), [inner]));
    Value::list(outer.ty(), [outer])
}

/// The number of records the service takes at a time when none is given.
fn service_batch(object: &Value) -> Option<i64> {
    let source = filled(object, "event_source_arn");
    let service = source.as_deref().and_then(|arn| arn.split(':').nth(2));
    match service {
        Some("dynamodb" | "kinesis" | "kafka" | "mq" | "rds") => Some(100),
        Some("sqs") => Some(10),
        None if block(object, "self_managed_event_source").is_some() => Some(100),
        _ => None,
    }
}

/// The brokers in no order.
fn brokers(object: &Value) -> Option<Vec<String>> {
    let endpoints = text_map(block(object, "self_managed_event_source")?, "endpoints")?;
    let mut brokers: Vec<String> = endpoints.get(BROKERS)?.split(',').map(str::to_owned).collect();
    brokers.sort_unstable();
    (endpoints.len() == 1).then_some(brokers)
}

fn instant(object: &Value) -> Option<Timestamp> {
    filled(object, "starting_position_timestamp")?.parse().ok()
}

/// Rules between arguments; what is unknown satisfies them.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let sources = ["event_source_arn", "self_managed_event_source"];
    let both = sources.iter().all(|name| is_set(config, name));
    let none = !sources.iter().any(|name| is_given(config, name));
    if both || none {
        let found = if both { "both are" } else { "none is" };
        problems.push(
            Diagnostic::error(
                "Invalid combination of arguments",
                format!(
                    "A mapping has one source: one of \"event_source_arn\" and \"self_managed_event_source\" must be set, \
                     and {found}."
                ),
            )
            .on("event_source_arn"),
        );
    }
    for (name, other) in [
        ("amazon_managed_kafka_event_source_config", "self_managed_event_source"),
        ("amazon_managed_kafka_event_source_config", "self_managed_kafka_event_source_config"),
        ("self_managed_kafka_event_source_config", "event_source_arn"),
    ] {
        if is_set(config, name) && is_set(config, other) {
            problems.push(
                Diagnostic::error(
                    "Conflicting configuration arguments",
                    format!("Only one of them can belong to a source: {name:?} conflicts with {other:?}. Remove one."),
                )
                .on(name),
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::aws::fields::empty;

    fn object(attributes: serde_json::Value) -> Value {
        empty(&TYPE.schema.block, attributes).unwrap()
    }

    #[test]
    fn differences_that_mean_nothing() {
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
        let source = |servers: &str| json!([{ "endpoints": { BROKERS: servers } }]);
        let sqs = "arn:aws:sqs:us-east-1:123456789012:q";
        let failure = json!([{ "on_failure": [{ "destination_arn": sqs }] }]);
        let none = json!([{ "on_failure": [{ "destination_arn": null }] }]);
        for (name, prior, config, same) in [
            ("function_name", json!({ "function_name": arn }), json!({ "function_name": "f" }), true),
            ("function_name", json!({ "function_name": arn }), json!({ "function_name": "g" }), false),
            ("batch_size", json!({ "batch_size": 10, "event_source_arn": sqs }), json!({}), true),
            ("batch_size", json!({ "batch_size": 5, "event_source_arn": sqs }), json!({}), false),
            ("batch_size", json!({ "batch_size": 100, "event_source_arn": sqs }), json!({}), false),
            ("destination_config", json!({ "destination_config": failure }), json!({}), false),
            ("destination_config", json!({ "destination_config": none }), json!({}), true),
            (
                "self_managed_event_source",
                json!({ "self_managed_event_source": source("b:1,a:1") }),
                json!({ "self_managed_event_source": source("a:1,b:1") }),
                true,
            ),
            (
                "self_managed_event_source",
                json!({ "self_managed_event_source": source("b:1,a:1") }),
                json!({ "self_managed_event_source": source("a:1,c:1") }),
                false,
            ),
            (
                "starting_position_timestamp",
                json!({ "starting_position_timestamp": "2026-01-02T03:04:05Z" }),
                json!({ "starting_position_timestamp": "2026-01-02T04:04:05+01:00" }),
                true,
            ),
        ] {
            let (prior, config) = (object(prior), object(config));
            let planned = suppress(&prior, &config, config.clone());
            assert_eq!(planned.get(name) == prior.get(name), same, "{name} {prior:?} {config:?}");
        }
    }

    #[test]
    fn one_source() {
        let said = |config: serde_json::Value| -> Vec<String> {
            let path = |d: &Diagnostic| d.path.as_ref().map(ToString::to_string).unwrap_or_default();
            validate(&object(config)).iter().map(path).collect()
        };
        let arn = "arn:aws:sqs:us-east-1:123456789012:q";
        let own = json!([{ "endpoints": { BROKERS: "a:1" } }]);
        let group = json!([{ "consumer_group_id": "g" }]);
        assert_eq!(said(json!({})), ["event_source_arn"]);
        assert_eq!(said(json!({ "event_source_arn": arn })), [""; 0]);
        let open = object(json!({ "event_source_arn": arn }));
        let open = open.with_attr("self_managed_event_source", Value::unknown(crate::base::Type::Dynamic));
        assert!(validate(&open).is_empty(), "what is unknown may turn out to be none");
        assert_eq!(said(json!({ "self_managed_event_source": own })), [""; 0]);
        assert_eq!(
            said(json!({ "event_source_arn": arn, "self_managed_kafka_event_source_config": group })),
            ["self_managed_kafka_event_source_config"]
        );
    }
}

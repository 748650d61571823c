//! What the service answers of a mapping, as an object of the type.
//! Knows nothing of what was asked.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::get_event_source_mapping::GetEventSourceMappingOutput as Seen;
use aws_sdk_lambda::primitives::DateTime;
use aws_sdk_lambda::types::KafkaSchemaRegistryConfig;
use serde_json::{Value as Json, json};

use super::schema::TYPE;
use crate::base::{Diagnostics, Value};
use crate::providers::aws::fields::{carry, empty, flag};
use crate::providers::aws::tags::TagRules;

/// What no call answers.
const UNREAD: &[&str] = &["timeouts", "use_resource_timeout_for_propagation"];

/// The object; `known` is what is known of it already.
///
/// # Errors
/// When an answer does not fit the schema.
pub(super) fn object(
    seen: &Seen,
    tags: &BTreeMap<String, String>,
    rules: &TagRules,
    known: &Value,
) -> Result<Value, Diagnostics> {
    let state = seen.state.as_deref().unwrap_or_default();
    let enabled = match state {
        "Enabled" | "Enabling" => Some(true),
        "Disabled" | "Disabling" => Some(false),
        // Whether it will be, nobody says while it is being made or changed.
        _ => flag(known, "enabled"),
    };
    let function = seen.function_arn.as_deref().unwrap_or_default();
    let responses: Vec<&str> = seen.function_response_types().iter().map(|t| t.as_str()).collect();
    let access = seen.source_access_configurations().iter();
    let access: Vec<Json> =
        access.map(|a| json!({ "type": a.r#type.as_ref().map(|t| t.as_str()), "uri": a.uri })).collect();
    let attributes = json!({
        "amazon_managed_kafka_event_source_config":
            one(seen.amazon_managed_kafka_event_source_config.as_ref(), |c| {
                json!({
                    "consumer_group_id": c.consumer_group_id.as_deref().unwrap_or_default(),
                    "schema_registry_config": one(c.schema_registry_config.as_ref(), registry),
                })
            }),
        "arn": seen.event_source_mapping_arn,
        "batch_size": seen.batch_size.unwrap_or_default(),
        "bisect_batch_on_function_error": seen.bisect_batch_on_function_error.unwrap_or(false),
        "destination_config": one(seen.destination_config.as_ref(), |c| {
            json!({
                "on_failure": one(c.on_failure.as_ref(), |f| {
                    json!({ "destination_arn": f.destination })
                }),
            })
        }),
        "document_db_event_source_config": one(seen.document_db_event_source_config.as_ref(), |c| {
            json!({
                "collection_name": c.collection_name.as_deref().unwrap_or_default(),
                "database_name": c.database_name.as_deref().unwrap_or_default(),
                "full_document": c.full_document.as_ref().map_or("", |d| d.as_str()),
            })
        }),
        "enabled": enabled,
        "event_source_arn": seen.event_source_arn.as_deref().unwrap_or_default(),
        "filter_criteria": one(seen.filter_criteria.as_ref(), |c| {
            let patterns = c.filters().iter().map(|f| f.pattern.as_deref().unwrap_or_default());
            let filters: Vec<Json> = patterns.map(|pattern| json!({ "pattern": pattern })).collect();
            json!({ "filter": filters })
        }),
        "function_arn": function,
        "function_name": function,
        "function_response_types": responses,
        "id": seen.uuid,
        "kms_key_arn": seen.kms_key_arn.as_deref().unwrap_or_default(),
        "last_modified": instant(seen.last_modified.as_ref()),
        "last_processing_result": seen.last_processing_result.as_deref().unwrap_or_default(),
        "maximum_batching_window_in_seconds": seen.maximum_batching_window_in_seconds.unwrap_or_default(),
        "maximum_record_age_in_seconds": seen.maximum_record_age_in_seconds.unwrap_or_default(),
        "maximum_retry_attempts": seen.maximum_retry_attempts.unwrap_or_default(),
        "metrics_config": one(seen.metrics_config.as_ref(), |c| {
            json!({ "metrics": c.metrics().iter().map(|m| m.as_str()).collect::<Vec<_>>() })
        }),
        "parallelization_factor": seen.parallelization_factor.unwrap_or_default(),
        "provisioned_poller_config": one(seen.provisioned_poller_config.as_ref(), |c| {
            json!({
                "maximum_pollers": c.maximum_pollers.unwrap_or_default(),
                "minimum_pollers": c.minimum_pollers.unwrap_or_default(),
                "poller_group_name": c.poller_group_name,
            })
        }),
        "queues": seen.queues(),
        "scaling_config": one(seen.scaling_config.as_ref(), |c| {
            json!({ "maximum_concurrency": c.maximum_concurrency.unwrap_or_default() })
        }),
        "self_managed_event_source": one(seen.self_managed_event_source.as_ref(), |c| {
            let endpoints = c.endpoints.iter().flatten();
            let joined: BTreeMap<&str, String> =
                endpoints.map(|(kind, servers)| (kind.as_str(), servers.join(","))).collect();
            json!({ "endpoints": joined })
        }),
        "self_managed_kafka_event_source_config":
            one(seen.self_managed_kafka_event_source_config.as_ref(), |c| {
                json!({
                    "consumer_group_id": c.consumer_group_id.as_deref().unwrap_or_default(),
                    "schema_registry_config": one(c.schema_registry_config.as_ref(), registry),
                })
            }),
        "source_access_configuration": access,
        "starting_position": seen.starting_position.as_ref().map_or("", |p| p.as_str()),
        "starting_position_timestamp": instant(seen.starting_position_timestamp.as_ref()),
        "state": state,
        "state_transition_reason": seen.state_transition_reason.as_deref().unwrap_or_default(),
        "topics": seen.topics(),
        "tumbling_window_in_seconds": seen.tumbling_window_in_seconds.unwrap_or_default(),
        "uuid": seen.uuid,
    });
    let mut object = empty(&TYPE.schema.block, attributes)?;
    let (own, all) = rules.record(tags, known.get("tags"));
    object.set_attr("tags", own);
    object.set_attr("tags_all", all);
    Ok(carry(object, known, UNREAD))
}

/// A block that is there or is not.
fn one<T>(given: Option<&T>, block: impl Fn(&T) -> Json) -> Json {
    Json::Array(given.map(block).into_iter().collect())
}

fn registry(given: &KafkaSchemaRegistryConfig) -> Json {
    let access = given.access_configs().iter();
    let access: Vec<Json> =
        access.map(|a| json!({ "type": a.r#type.as_ref().map(|t| t.as_str()), "uri": a.uri })).collect();
    let validation = given.schema_validation_configs().iter();
    let validation: Vec<Json> =
        validation.map(|v| json!({ "attribute": v.attribute.as_ref().map(|a| a.as_str()) })).collect();
    json!({
        "access_config": access,
        "event_record_format": given.event_record_format.as_ref().map_or("", |f| f.as_str()),
        "schema_registry_uri": given.schema_registry_uri.as_deref().unwrap_or_default(),
        "schema_validation_config": validation,
    })
}

/// To the second, as the provider writes it; `""` for none.
fn instant(at: Option<&DateTime>) -> String {
    let at = at.and_then(|at| jiff::Timestamp::from_second(at.secs()).ok());
    at.map(|at| at.to_string()).unwrap_or_default()
}

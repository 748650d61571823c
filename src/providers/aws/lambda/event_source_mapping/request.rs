//! The requests about a mapping: every argument in the form the API takes it, all of them to create, what changed to
//! update.
//! Knows nothing of when they are sent.

use std::collections::HashMap;

use aws_sdk_lambda::operation::create_event_source_mapping::builders::CreateEventSourceMappingFluentBuilder as Create;
use aws_sdk_lambda::operation::update_event_source_mapping::builders::UpdateEventSourceMappingFluentBuilder as Update;
use aws_sdk_lambda::primitives::DateTime;
use aws_sdk_lambda::types::{
    AmazonManagedKafkaEventSourceConfig, DestinationConfig, DocumentDbEventSourceConfig, EndPointType,
    EventSourceMappingMetric, EventSourceMappingMetricsConfig, EventSourcePosition, Filter, FilterCriteria,
    FullDocument, FunctionResponseType, KafkaSchemaRegistryAccessConfig, KafkaSchemaRegistryAuthType,
    KafkaSchemaRegistryConfig, KafkaSchemaValidationAttribute, KafkaSchemaValidationConfig, OnFailure,
    ProvisionedPollerConfig, ScalingConfig, SchemaRegistryEventRecordFormat, SelfManagedEventSource,
    SelfManagedKafkaEventSourceConfig, SourceAccessConfiguration, SourceAccessType,
};

use crate::base::Value;
use crate::providers::aws::fields::{block, filled, flag, int32, some_texts, text, text_map, texts};

/// What a request says: all of `planned`, or what differs from `prior`.
pub(super) struct Settings<'a> {
    /// The object as it shall be.
    pub(super) planned: &'a Value,
    /// The object as it is; `None` to create.
    pub(super) prior: Option<&'a Value>,
}

/// The members that both requests have, under the same names.
macro_rules! shared {
    ($builder:expr, $s:expr) => {
        $builder
            .set_function_name(
                $s.changed("function_name").then(|| filled($s.planned, "function_name")).flatten(),
            )
            // Always, because a mapping that somebody is changing does not say whether it will be.
            .enabled(flag($s.planned, "enabled").unwrap_or(true))
            .set_batch_size($s.number("batch_size"))
            .set_bisect_batch_on_function_error($s.flag("bisect_batch_on_function_error"))
            .set_destination_config($s.block("destination_config", destination, None))
            .set_document_db_event_source_config($s.block("document_db_event_source_config", documents, None))
            .set_filter_criteria($s.block(
                "filter_criteria",
                filters,
                Some(FilterCriteria::builder().build()),
            ))
            .set_function_response_types($s.responses())
            .set_kms_key_arn($s.text("kms_key_arn"))
            .set_maximum_batching_window_in_seconds($s.number("maximum_batching_window_in_seconds"))
            .set_maximum_record_age_in_seconds($s.number("maximum_record_age_in_seconds"))
            .set_maximum_retry_attempts($s.number_or_zero("maximum_retry_attempts"))
            .set_metrics_config($s.block(
                "metrics_config",
                metrics,
                Some(EventSourceMappingMetricsConfig::builder().build()),
            ))
            .set_parallelization_factor($s.number("parallelization_factor"))
            .set_provisioned_poller_config($s.block(
                "provisioned_poller_config",
                pollers,
                Some(ProvisionedPollerConfig::builder().build()),
            ))
            .set_scaling_config($s.block("scaling_config", scaling, Some(ScalingConfig::builder().build())))
            .set_source_access_configurations($s.access())
            .set_tumbling_window_in_seconds($s.number("tumbling_window_in_seconds"))
    };
}

/// CreateEventSourceMapping.
pub(super) fn create(builder: Create, planned: &Value, tags: HashMap<String, String>) -> Create {
    let settings = Settings { planned, prior: None };
    let start = filled(planned, "starting_position_timestamp");
    let start = start.and_then(|text| text.parse::<jiff::Timestamp>().ok());
    shared!(builder, settings)
        .set_event_source_arn(filled(planned, "event_source_arn"))
        .set_queues(some_texts(planned, "queues"))
        .set_topics(some_texts(planned, "topics"))
        .set_starting_position(filled(planned, "starting_position").as_deref().map(EventSourcePosition::from))
        .set_starting_position_timestamp(start.map(|at| DateTime::from_secs(at.as_second())))
        .set_self_managed_event_source(block(planned, "self_managed_event_source").map(endpoints))
        .set_amazon_managed_kafka_event_source_config(
            block(planned, "amazon_managed_kafka_event_source_config").map(managed_kafka),
        )
        .set_self_managed_kafka_event_source_config(
            block(planned, "self_managed_kafka_event_source_config").map(own_kafka),
        )
        .set_tags(Some(tags).filter(|tags| !tags.is_empty()))
}

/// UpdateEventSourceMapping.
pub(super) fn update(builder: Update, prior: &Value, planned: &Value) -> Update {
    let settings = Settings { planned, prior: Some(prior) };
    shared!(builder, settings)
}

impl Settings<'_> {
    fn changed(&self, name: &str) -> bool {
        self.prior.is_none_or(|prior| prior.get(name) != self.planned.get(name))
    }

    /// A number that is sent only if it is there and not zero, or if it changed.
    fn number(&self, name: &str) -> Option<i32> {
        let number = self.number_or_zero(name)?;
        (number != 0 || self.prior.is_some()).then_some(number)
    }

    /// A number of which zero means something.
    fn number_or_zero(&self, name: &str) -> Option<i32> {
        let number = int32(self.planned, name);
        match self.prior {
            None => number,
            Some(_) => self.changed(name).then(|| number.unwrap_or_default()),
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        let flag = flag(self.planned, name).unwrap_or(false);
        (self.changed(name) && (flag || self.prior.is_some())).then_some(flag)
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = filled(self.planned, name);
        match self.prior {
            None => text,
            Some(_) => self.changed(name).then(|| text.unwrap_or_default()),
        }
    }

    fn responses(&self) -> Option<Vec<FunctionResponseType>> {
        let names = texts(self.planned, "function_response_types").unwrap_or_default();
        let due = self.changed("function_response_types") && (!names.is_empty() || self.prior.is_some());
        due.then(|| names.iter().map(|name| name.as_str().into()).collect())
    }

    /// A block; `cleared` is what takes it away.
    fn block<T>(&self, name: &str, from: impl Fn(&Value) -> T, cleared: Option<T>) -> Option<T> {
        if !self.changed(name) {
            return None;
        }
        block(self.planned, name).map(from).or(cleared.filter(|_| self.prior.is_some()))
    }

    fn access(&self) -> Option<Vec<SourceAccessConfiguration>> {
        let items = self.planned.get("source_access_configuration")?.as_items()?;
        let access = |item: &Value| {
            SourceAccessConfiguration::builder()
                .set_type(filled(item, "type").as_deref().map(SourceAccessType::from))
                .set_uri(filled(item, "uri"))
                .build()
        };
        let due = self.changed("source_access_configuration") && !items.is_empty();
        due.then(|| items.iter().map(access).collect())
    }
}

fn destination(block_value: &Value) -> DestinationConfig {
    let failure = block(block_value, "on_failure").map(|failure| {
        OnFailure::builder().destination(filled(failure, "destination_arn").unwrap_or_default()).build()
    });
    DestinationConfig::builder().set_on_failure(failure).build()
}

fn documents(given: &Value) -> DocumentDbEventSourceConfig {
    DocumentDbEventSourceConfig::builder()
        .set_database_name(filled(given, "database_name"))
        .set_collection_name(filled(given, "collection_name"))
        .set_full_document(filled(given, "full_document").as_deref().map(FullDocument::from))
        .build()
}

fn filters(given: &Value) -> FilterCriteria {
    let items = given.get("filter").and_then(Value::as_items).unwrap_or_default().iter();
    let filters = items.map(|item| Filter::builder().set_pattern(text(item, "pattern")).build());
    FilterCriteria::builder().set_filters(Some(filters.collect())).build()
}

fn metrics(given: &Value) -> EventSourceMappingMetricsConfig {
    let names = texts(given, "metrics").unwrap_or_default();
    let names = names.iter().map(|name| EventSourceMappingMetric::from(name.as_str())).collect();
    EventSourceMappingMetricsConfig::builder().set_metrics(Some(names)).build()
}

fn pollers(given: &Value) -> ProvisionedPollerConfig {
    let number = |name: &str| int32(given, name).filter(|n| *n != 0);
    ProvisionedPollerConfig::builder()
        .set_minimum_pollers(number("minimum_pollers"))
        .set_maximum_pollers(number("maximum_pollers"))
        .set_poller_group_name(filled(given, "poller_group_name"))
        .build()
}

fn scaling(given: &Value) -> ScalingConfig {
    let most = int32(given, "maximum_concurrency").filter(|n| *n != 0);
    ScalingConfig::builder().set_maximum_concurrency(most).build()
}

fn endpoints(given: &Value) -> SelfManagedEventSource {
    let endpoints = text_map(given, "endpoints").unwrap_or_default().into_iter().map(|(kind, servers)| {
        (EndPointType::from(kind.as_str()), servers.split(',').map(str::to_owned).collect())
    });
    SelfManagedEventSource::builder().set_endpoints(Some(endpoints.collect())).build()
}

fn managed_kafka(given: &Value) -> AmazonManagedKafkaEventSourceConfig {
    AmazonManagedKafkaEventSourceConfig::builder()
        .set_consumer_group_id(filled(given, "consumer_group_id"))
        .set_schema_registry_config(block(given, "schema_registry_config").map(registry))
        .build()
}

fn own_kafka(given: &Value) -> SelfManagedKafkaEventSourceConfig {
    SelfManagedKafkaEventSourceConfig::builder()
        .set_consumer_group_id(filled(given, "consumer_group_id"))
        .set_schema_registry_config(block(given, "schema_registry_config").map(registry))
        .build()
}

fn registry(given: &Value) -> KafkaSchemaRegistryConfig {
    let items = |name: &str| given.get(name).and_then(Value::as_items).unwrap_or_default();
    let access = items("access_config").iter().map(|item| {
        KafkaSchemaRegistryAccessConfig::builder()
            .set_type(filled(item, "type").as_deref().map(KafkaSchemaRegistryAuthType::from))
            .set_uri(filled(item, "uri"))
            .build()
    });
    let validation = items("schema_validation_config").iter().map(|item| {
        KafkaSchemaValidationConfig::builder()
            .set_attribute(filled(item, "attribute").as_deref().map(KafkaSchemaValidationAttribute::from))
            .build()
    });
    let some = |n: usize| (n > 0).then_some(());
    KafkaSchemaRegistryConfig::builder()
        .set_schema_registry_uri(filled(given, "schema_registry_uri"))
        .set_event_record_format(
            filled(given, "event_record_format").as_deref().map(SchemaRegistryEventRecordFormat::from),
        )
        .set_access_configs(some(access.len()).map(|()| access.collect()))
        .set_schema_validation_configs(some(validation.len()).map(|()| validation.collect()))
        .build()
}

//! Event source mappings.
//! Polls nothing; it keeps the settings and moves them through their states.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::epoch_seconds;
use super::constraints::{ARN, DESTINATIONS, NAMESPACED_NAME, PAGE, RESOURCE_ARN, TAGS};
use super::error::{Kind, Refusal};
use super::page;
use super::shape::{Field, Object, Shape, TEXT, may, must, patterned, text};
use super::store::Shelf;
use super::tags::read_tags;
use super::world::{Mapping, Region};

const URI: Shape = patterned(1, 200, r"[a-zA-Z0-9-\/*:_+=.@-]*");
const TOPIC: Shape = patterned(1, 249, r"[^.]([a-zA-Z0-9\-_.]+)");
const QUEUE: Shape = text(1, 1000);
const FILTERS: &[Field] = &[may("Filters", Shape::List(0, usize::MAX, &Shape::Object(FILTER)))];
const FILTER: &[Field] = &[may("Pattern", text(0, 4096))];
const ACCESS: &[Field] = &[
    may(
        "Type",
        Shape::Choice(&[
            "BASIC_AUTH",
            "VPC_SUBNET",
            "VPC_SECURITY_GROUP",
            "SASL_SCRAM_512_AUTH",
            "SASL_SCRAM_256_AUTH",
            "VIRTUAL_HOST",
            "CLIENT_CERTIFICATE_TLS_AUTH",
            "SERVER_ROOT_CA_CERTIFICATE",
        ]),
    ),
    may("URI", URI),
];
const ENDPOINTS: Shape = Shape::List(1, 10, &TEXT);
const BROKERS: Shape = Shape::Choice(&["KAFKA_BOOTSTRAP_SERVERS"]);
const SELF_MANAGED: &[Field] = &[may("Endpoints", Shape::Map(&BROKERS, &ENDPOINTS))];
const KAFKA: &[Field] = &[may("ConsumerGroupId", URI), may("SchemaRegistryConfig", Shape::Object(&[]))];
const DOCUMENTS: &[Field] = &[
    may("DatabaseName", text(1, 63)),
    may("CollectionName", text(1, 57)),
    may("FullDocument", Shape::Choice(&["UpdateLookup", "Default"])),
];
const METRIC: Shape = Shape::Choice(&["EventCount", "ErrorCount", "KafkaMetrics"]);
const POLLERS: &[Field] = &[
    may("MinimumPollers", Shape::Int(1, 200)),
    may("MaximumPollers", Shape::Int(1, 2000)),
    may("PollerGroupName", text(0, 128)),
];
const RESPONSE: Shape = Shape::Choice(&["ReportBatchItemFailures"]);
const LEVEL: Shape = Shape::Choice(&["DEBUG", "INFO", "WARN"]);
const ID: Shape = TEXT;

/// What CreateEventSourceMapping takes.
pub const CREATE: &[Field] = &[
    must("FunctionName", NAMESPACED_NAME),
    may("AmazonManagedKafkaEventSourceConfig", Shape::Object(KAFKA)),
    may("BatchSize", Shape::Int(1, 10_000)),
    may("BisectBatchOnFunctionError", Shape::Flag),
    may("DestinationConfig", Shape::Object(DESTINATIONS)),
    may("DocumentDBEventSourceConfig", Shape::Object(DOCUMENTS)),
    may("Enabled", Shape::Flag),
    may("EventSourceArn", ARN),
    may("FilterCriteria", Shape::Object(FILTERS)),
    may("FunctionResponseTypes", Shape::List(0, 1, &RESPONSE)),
    may("KMSKeyArn", RESOURCE_ARN),
    may("LoggingConfig", Shape::Object(&[Field { name: "SystemLogLevel", shape: LEVEL, required: false }])),
    may("MaximumBatchingWindowInSeconds", Shape::Int(0, 300)),
    may("MaximumRecordAgeInSeconds", Shape::Int(-1, 604_800)),
    may("MaximumRetryAttempts", Shape::Int(-1, 10_000)),
    may("MetricsConfig", Shape::Object(METRICS)),
    may("ParallelizationFactor", Shape::Int(1, 10)),
    may("ProvisionedPollerConfig", Shape::Object(POLLERS)),
    may("Queues", Shape::List(1, 1, &QUEUE)),
    may("ScalingConfig", Shape::Object(SCALING)),
    may("SelfManagedEventSource", Shape::Object(SELF_MANAGED)),
    may("SelfManagedKafkaEventSourceConfig", Shape::Object(KAFKA)),
    may("SourceAccessConfigurations", Shape::List(0, 22, &Shape::Object(ACCESS))),
    may("StartingPosition", Shape::Choice(&["TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"])),
    may("StartingPositionTimestamp", Shape::Float(0.0, f64::MAX)),
    may("Tags", TAGS),
    may("Topics", Shape::List(1, 1, &TOPIC)),
    may("TumblingWindowInSeconds", Shape::Int(0, 900)),
];
const METRICS: &[Field] = &[may("Metrics", Shape::List(0, 3, &METRIC))];
const SCALING: &[Field] = &[may("MaximumConcurrency", Shape::Int(2, 1000))];

/// What UpdateEventSourceMapping takes.
pub const UPDATE: &[Field] = &[
    must("UUID", ID),
    may("AmazonManagedKafkaEventSourceConfig", Shape::Object(KAFKA)),
    // 0 goes back to the service's default.
    may("BatchSize", Shape::Int(0, 10_000)),
    may("BisectBatchOnFunctionError", Shape::Flag),
    may("DestinationConfig", Shape::Object(DESTINATIONS)),
    may("DocumentDBEventSourceConfig", Shape::Object(DOCUMENTS)),
    may("Enabled", Shape::Flag),
    may("FilterCriteria", Shape::Object(FILTERS)),
    may("FunctionName", NAMESPACED_NAME),
    may("FunctionResponseTypes", Shape::List(0, 1, &RESPONSE)),
    may("KMSKeyArn", RESOURCE_ARN),
    may("LoggingConfig", Shape::Object(&[Field { name: "SystemLogLevel", shape: LEVEL, required: false }])),
    may("MaximumBatchingWindowInSeconds", Shape::Int(0, 300)),
    may("MaximumRecordAgeInSeconds", Shape::Int(-1, 604_800)),
    may("MaximumRetryAttempts", Shape::Int(-1, 10_000)),
    may("MetricsConfig", Shape::Object(METRICS)),
    may("ParallelizationFactor", Shape::Int(1, 10)),
    may("ProvisionedPollerConfig", Shape::Object(POLLERS)),
    may("ScalingConfig", Shape::Object(SCALING)),
    may("SelfManagedKafkaEventSourceConfig", Shape::Object(KAFKA)),
    may("SourceAccessConfigurations", Shape::List(0, 22, &Shape::Object(ACCESS))),
    may("TumblingWindowInSeconds", Shape::Int(0, 900)),
];
/// What Get- and DeleteEventSourceMapping take.
pub const NAMED: &[Field] = &[must("UUID", ID)];
/// What ListEventSourceMappings takes.
pub const LIST: &[Field] = &[
    may("EventSourceArn", ARN),
    may("FunctionName", NAMESPACED_NAME),
    may("Marker", TEXT),
    may("MaxItems", PAGE),
];

/// Members of a request that are not settings of the mapping.
const APART: &[&str] = &["Enabled", "FunctionName", "Tags", "UUID"];

/// CreateEventSourceMapping.
pub fn create(call: &Call<'_>) -> Reply {
    if call.text("EventSourceArn").is_none() && call.object("SelfManagedEventSource").is_none() {
        return Err(Refusal::invalid("Unrecognized event source."));
    }
    let id = uuid::Uuid::new_v4().to_string();
    let mut settings = given(call);
    for (name, value) in defaults(call.text("EventSourceArn")) {
        settings.entry(name).or_insert(value);
    }
    let answer = call.region(|region| {
        purge(call, region);
        let function_arn = function_arn(call, region)?;
        if let Some(source) = call.text("EventSourceArn")
            && let Some((other, _)) = region.mappings.iter().find(|(_, mapping)| {
                mapping.function_arn == function_arn
                    && mapping.settings.get("EventSourceArn").and_then(Value::as_str) == Some(source)
            })
        {
            return Err(Refusal::conflict(format!(
                "An event source mapping with event source arn (\" {source} \") and function (\" {} \") already \
                 exists. Please update or delete the existing mapping with UUID {other}",
                call.required("FunctionName")
            )));
        }
        let mapping = Mapping {
            settings,
            function_arn,
            enabled: call.input.get("Enabled").and_then(Value::as_bool).unwrap_or(true),
            modified: call.now,
            transition: "Creating".to_owned(),
            settling: call.settling(),
            tags: read_tags(call.object("Tags")),
        };
        let answer = describe(call, &id, &mapping);
        region.mappings.insert(id.clone(), mapping);
        Ok(answer)
    })?;
    call.touch(Shelf::Mappings, &id);
    Ok(answer)
}

/// GetEventSourceMapping.
pub fn get(call: &Call<'_>) -> Reply {
    let id = call.required("UUID");
    call.region(|region| Ok(describe(call, id, find(call, region, id)?)))
}

/// UpdateEventSourceMapping: only the members given change; empty objects clear theirs.
pub fn update(call: &Call<'_>) -> Reply {
    let id = call.required("UUID");
    let answer = call.region(|region| {
        refuse_unless_settled(call, find(call, region, id)?)?;
        let function_arn = call.text("FunctionName").map(|_| function_arn(call, region)).transpose()?;
        let Some(mapping) = region.mappings.get_mut(id) else { return Err(absent()) };
        mapping.settings.extend(given(call));
        if mapping.settings.get("BatchSize") == Some(&json!(0)) {
            mapping.settings.remove("BatchSize");
        }
        mapping.settings.retain(|_, value| *value != json!({}));
        let source = mapping.settings.get("EventSourceArn").and_then(Value::as_str).map(str::to_owned);
        for (name, value) in defaults(source.as_deref()) {
            mapping.settings.entry(name).or_insert(value);
        }
        if let Some(enabled) = call.input.get("Enabled").and_then(Value::as_bool) {
            mapping.enabled = enabled;
        }
        mapping.function_arn = function_arn.unwrap_or_else(|| mapping.function_arn.clone());
        mapping.transition = "Updating".to_owned();
        mapping.modified = call.now;
        mapping.settling = call.settling();
        Ok(describe(call, id, mapping))
    })?;
    call.touch(Shelf::Mappings, id);
    Ok(answer)
}

/// DeleteEventSourceMapping: it is `Deleting` until it is gone.
pub fn delete(call: &Call<'_>) -> Reply {
    let id = call.required("UUID");
    let answer = call.region(|region| {
        purge(call, region);
        refuse_unless_settled(call, find(call, region, id)?)?;
        let Some(mapping) = region.mappings.get_mut(id) else { return Err(absent()) };
        mapping.transition = "Deleting".to_owned();
        mapping.settling = call.settling();
        Ok(describe(call, id, mapping))
    })?;
    call.touch(Shelf::Mappings, id);
    Ok(answer)
}

/// ListEventSourceMappings, all or those of a function or source.
pub fn list(call: &Call<'_>) -> Reply {
    call.region(|region| {
        let function = call.text("FunctionName").map(|_| function_arn(call, region)).transpose()?;
        let source = call.text("EventSourceArn");
        let mappings = region.mappings.iter().filter(|(_, mapping)| !is_gone(call, mapping));
        let fitting = mappings.filter(|(_, mapping)| {
            let own = mapping.settings.get("EventSourceArn").and_then(Value::as_str);
            function.as_ref().is_none_or(|arn| *arn == mapping.function_arn)
                && source.is_none_or(|source| own == Some(source))
        });
        let items = fitting.map(|(id, mapping)| (id.clone(), (id, mapping)));
        page::cut(call, "EventSourceMappings", 100, items, |(id, mapping)| describe(call, id, mapping))
    })
}

fn given(call: &Call<'_>) -> Object {
    let mut settings = call.input.clone();
    settings.retain(|name, _| !APART.contains(&name.as_str()));
    settings
}

/// What AWS answers for members that were not given, by the kind of source.
fn defaults(source: Option<&str>) -> Vec<(String, Value)> {
    let service = source.and_then(|arn| arn.split(':').nth(2)).unwrap_or("kafka");
    let stream = matches!(service, "kinesis" | "dynamodb");
    let mut defaults = vec![
        ("BatchSize", json!(if service == "sqs" { 10 } else { 100 })),
        ("MaximumBatchingWindowInSeconds", json!(0)),
    ];
    if stream {
        defaults.extend([
            ("BisectBatchOnFunctionError", json!(false)),
            ("DestinationConfig", json!({ "OnFailure": {} })),
            ("MaximumRecordAgeInSeconds", json!(-1)),
            ("MaximumRetryAttempts", json!(-1)),
            ("ParallelizationFactor", json!(1)),
            ("TumblingWindowInSeconds", json!(0)),
        ]);
    }
    if stream || service == "sqs" {
        defaults.push(("FunctionResponseTypes", json!([])));
    }
    defaults.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn function_arn(call: &Call<'_>, region: &Region) -> Result<String, Refusal> {
    let wanted = call.function()?;
    let function = region.function(&wanted, &call.place)?;
    function.target(wanted.qualifier.as_deref(), &call.place)?;
    Ok(call.place.function_arn(&wanted.name, wanted.qualifier.as_deref()))
}

fn is_gone(call: &Call<'_>, mapping: &Mapping) -> bool {
    mapping.transition == "Deleting" && mapping.settling.at <= call.now
}

/// Drops the mappings whose deletion is over.
fn purge(call: &Call<'_>, region: &mut Region) {
    let over = |(_, mapping): &(&String, &Mapping)| is_gone(call, mapping);
    let gone: Vec<String> = region.mappings.iter().filter(over).map(|(id, _)| id.clone()).collect();
    for id in gone {
        region.mappings.remove(&id);
        call.touch(Shelf::Mappings, &id);
    }
}

fn find<'r>(call: &Call<'_>, region: &'r Region, id: &str) -> Result<&'r Mapping, Refusal> {
    region.mappings.get(id).filter(|mapping| !is_gone(call, mapping)).ok_or_else(absent)
}

fn refuse_unless_settled(call: &Call<'_>, mapping: &Mapping) -> Result<(), Refusal> {
    if mapping.settling.at <= call.now {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::ResourceInUse,
        "Cannot update the event source mapping because it is in use.".to_owned(),
    ))
}

fn absent() -> Refusal {
    Refusal::missing("The resource you requested does not exist.")
}

fn describe(call: &Call<'_>, id: &str, mapping: &Mapping) -> Value {
    let settled = mapping.settling.at <= call.now;
    let rest = if mapping.enabled { "Enabled" } else { "Disabled" };
    let state = if settled { rest } else { &mapping.transition };
    let mut object = mapping.settings.clone();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    put("UUID", json!(id));
    put("EventSourceMappingArn", json!(call.place.arn(&format!("event-source-mapping:{id}"))));
    put("FunctionArn", json!(mapping.function_arn));
    put("LastModified", json!(epoch_seconds(mapping.modified)));
    put("State", json!(state));
    put("StateTransitionReason", json!("USER_INITIATED"));
    Value::Object(object)
}

//! The declaration of `aws_lambda_event_source_mapping`: every attribute once.
//! Knows nothing of what is done with it.
//!
//! Names, modes and replacement are those of the provider's newest schema; what release 5.100 lacks is marked `newer`.

use crate::base::Value;
use crate::provider::ResourceType;
use crate::providers::aws::lambda::{CONFIG, STATE, TAGS};
use crate::providers::aws::{tags, wait};
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{Arn, AtLeast, Custom, Each, Length, MaxItems, OneOf, Range, Rfc3339};

/// The resource type.
pub(super) static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_event_source_mapping",
    schema: Schema { version: 0, block: Block { attributes: ATTRIBUTES, blocks: BLOCKS } },
    // The service names it.
    unique: &[],
    empty_is_null: true,
    import_id: "UUID",
};

const ATTRIBUTES: &[Attribute] = &[
    Attribute::string("arn").computed(),
    Attribute::number("batch_size").group(CONFIG).loose(),
    Attribute::bool("bisect_batch_on_function_error").group(CONFIG),
    Attribute::bool("enabled").default(Default::Bool(true)).group(CONFIG),
    Attribute::string("event_source_arn").replaces().check(&[Arn]),
    Attribute::string("function_arn").computed(),
    Attribute::string("function_name").required().group(CONFIG).loose(),
    Attribute::string_set("function_response_types")
        .group(CONFIG)
        .check(&[Each(&OneOf(&["ReportBatchItemFailures"]))]),
    Attribute::string("id").optional_computed(),
    Attribute::string("kms_key_arn").group(CONFIG).check(&[Arn]),
    Attribute::string("last_modified").computed(),
    Attribute::string("last_processing_result").computed(),
    Attribute::number("maximum_batching_window_in_seconds").group(CONFIG).loose(),
    Attribute::number("maximum_record_age_in_seconds")
        .optional_computed()
        .group(CONFIG)
        .check(&[Custom(check_age)]),
    Attribute::number("maximum_retry_attempts").optional_computed().group(CONFIG).check(&[Range(-1, 10_000)]),
    Attribute::number("parallelization_factor").optional_computed().group(CONFIG).check(&[Range(1, 10)]),
    Attribute::strings("queues").replaces().check(&[MaxItems(1), Each(&Length(1, 1000))]),
    Attribute::string("starting_position").replaces().check(&[OneOf(&[
        "TRIM_HORIZON",
        "LATEST",
        "AT_TIMESTAMP",
    ])]),
    Attribute::string("starting_position_timestamp").replaces().loose().check(&[Rfc3339]),
    Attribute::string("state").computed(),
    Attribute::string("state_transition_reason").computed(),
    Attribute::string_map("tags").part_of("tags_all").group(TAGS).check(&[Custom(tags::check)]),
    Attribute::string_map("tags_all").optional_computed().group(TAGS),
    Attribute::string_set("topics").replaces().check(&[Each(&Length(1, 249))]),
    Attribute::number("tumbling_window_in_seconds").group(CONFIG).check(&[Range(0, 900)]),
    Attribute::bool("use_resource_timeout_for_propagation").group(STATE).newer(),
    Attribute::string("uuid").computed(),
];

const BLOCKS: &[NestedBlock] = &[
    kafka("amazon_managed_kafka_event_source_config"),
    NestedBlock::one(
        "destination_config",
        Block {
            attributes: &[],
            blocks: &[NestedBlock::one(
                "on_failure",
                Block {
                    attributes: &[Attribute::string("destination_arn")
                        .required()
                        .check(&[Custom(check_destination)])],
                    blocks: &[],
                },
            )],
        },
    )
    .group(CONFIG)
    .loose(),
    NestedBlock::one(
        "document_db_event_source_config",
        Block {
            attributes: &[
                Attribute::string("collection_name"),
                Attribute::string("database_name").required(),
                Attribute::string("full_document")
                    .default(Default::Str("Default"))
                    .check(&[OneOf(&["UpdateLookup", "Default"])])
                    .or_empty(),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "filter_criteria",
        Block {
            attributes: &[],
            blocks: &[NestedBlock::set(
                "filter",
                Block { attributes: &[Attribute::string("pattern").check(&[Length(0, 4096)])], blocks: &[] },
            )
            .at_most(10)],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "metrics_config",
        Block {
            attributes: &[Attribute::string_set("metrics").required().check(&[Each(&OneOf(&[
                "EventCount",
                "ErrorCount",
                "KafkaMetrics",
            ]))])],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "provisioned_poller_config",
        Block {
            attributes: &[
                Attribute::number("maximum_pollers").optional_computed().check(&[Range(1, 2000)]),
                Attribute::number("minimum_pollers").optional_computed().check(&[Range(1, 200)]),
                Attribute::string("poller_group_name").optional_computed().newer().check(&[Length(1, 128)]),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "scaling_config",
        Block { attributes: &[Attribute::number("maximum_concurrency").check(&[AtLeast(2)])], blocks: &[] },
    )
    .group(CONFIG),
    NestedBlock::one(
        "self_managed_event_source",
        Block { attributes: &[Attribute::string_map("endpoints").required()], blocks: &[] },
    )
    .replaces(),
    kafka("self_managed_kafka_event_source_config"),
    NestedBlock::set(
        "source_access_configuration",
        Block {
            attributes: &[
                Attribute::string("type").required().check(&[OneOf(&[
                    "BASIC_AUTH",
                    "VPC_SUBNET",
                    "VPC_SECURITY_GROUP",
                    "SASL_SCRAM_512_AUTH",
                    "SASL_SCRAM_256_AUTH",
                    "VIRTUAL_HOST",
                    "CLIENT_CERTIFICATE_TLS_AUTH",
                    "SERVER_ROOT_CA_CERTIFICATE",
                ])]),
                Attribute::string("uri").required(),
            ],
            blocks: &[],
        },
    )
    .at_most(22)
    .group(CONFIG),
    NestedBlock::single(
        "timeouts",
        Block {
            attributes: &[
                Attribute::string("create").check(TIMEOUT),
                Attribute::string("delete").check(TIMEOUT),
                Attribute::string("update").check(TIMEOUT),
            ],
            blocks: &[],
        },
    )
    .group(STATE)
    .newer(),
];

const TIMEOUT: &[Constraint] = &[Custom(wait::check_duration)];

/// What a consumer of a Kafka topic says of itself.
const fn kafka(name: &'static str) -> NestedBlock {
    NestedBlock::one(name, CONSUMER).computed().replaces()
}

const CONSUMER: Block = Block {
    attributes: &[Attribute::string("consumer_group_id")
        .optional_computed()
        .replaces()
        .check(&[Length(1, 200)])],
    blocks: &[NestedBlock::one("schema_registry_config", REGISTRY).newer()],
};

const REGISTRY: Block = Block {
    attributes: &[
        Attribute::string("event_record_format").check(&[OneOf(&["JSON", "SOURCE"])]),
        Attribute::string("schema_registry_uri").check(&[Length(1, 10_000)]),
    ],
    blocks: &[
        NestedBlock::set(
            "access_config",
            Block {
                attributes: &[
                    Attribute::string("type").check(&[OneOf(&[
                        "BASIC_AUTH",
                        "CLIENT_CERTIFICATE_TLS_AUTH",
                        "SERVER_ROOT_CA_CERTIFICATE",
                    ])]),
                    Attribute::string("uri").check(&[Arn]),
                ],
                blocks: &[],
            },
        ),
        NestedBlock::set(
            "schema_validation_config",
            Block {
                attributes: &[Attribute::string("attribute").check(&[OneOf(&["KEY", "VALUE"])])],
                blocks: &[],
            },
        ),
    ],
};

fn check_age(value: &Value) -> Option<String> {
    let seconds = value.as_number()?.as_i64()?;
    (seconds != -1 && !(60..=604_800).contains(&seconds)).then(|| {
        format!("A number from 60 to 604800, or -1 for records of any age, is required, and the value is {seconds}.")
    })
}

fn check_destination(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (Arn.violation(value).is_some() && !text.starts_with("kafka://")).then(|| {
        format!("An Amazon Resource Name, or kafka:// with a topic, is required, and the value is {text:?}.")
    })
}

//! The declaration of `aws_lambda_function`: every attribute once, with its constraint and the call that carries it.
//! Knows nothing of what is done with it.
//!
//! Lengths, patterns and ranges are those of the CreateFunction reference; names, modes, defaults and replacement those
//! of the provider's newest schema. What release 5.100 lacks is marked `newer`.

use crate::provider::ResourceType;
use crate::providers::aws::lambda::{
    ARCHITECTURE, CODE, CONCURRENCY, CONFIG, PUBLISH, RUNTIMES, S3_BUCKET, SIGNING, STATE, TAGS, names,
};
use crate::providers::aws::wait;
use crate::schema::{Attribute, Block, Constraint, Default, NestedBlock, Schema};

use Constraint::{Arn, AtLeast, Custom, Each, KnownValues, Length, MaxItems, OneOf, Pattern, Range};

/// The resource type.
pub static TYPE: ResourceType = ResourceType {
    name: "aws_lambda_function",
    schema: Schema { version: 0, block: Block { attributes: ATTRIBUTES, blocks: BLOCKS } },
    unique: &["function_name"],
    empty_is_null: true,
    import_id: "FUNCTION_NAME",
};

const ATTRIBUTES: &[Attribute] = &[
    Attribute::strings("architectures")
        .optional_computed()
        .group(CODE)
        .check(&[MaxItems(1), Each(&ARCHITECTURE)]),
    Attribute::string("arn").computed(),
    Attribute::string("code_sha256").optional_computed().group(CODE),
    Attribute::string("code_signing_config_arn").group(SIGNING).check(&[Arn, Length(0, 200)]),
    Attribute::string("description").group(CONFIG).check(&[Length(0, 256)]),
    Attribute::string("filename").group(CODE),
    Attribute::string("function_name").required().replaces().check(&[
        Length(1, 140),
        names::FUNCTION,
        Custom(bare_name),
    ]),
    Attribute::string("handler")
        .group(CONFIG)
        .check(&[Length(0, 128), Pattern(r"[^\s]*", "A text without spaces")]),
    Attribute::string("id").optional_computed(),
    Attribute::string("image_uri").group(CODE),
    Attribute::string("invoke_arn").computed(),
    Attribute::string("kms_key_arn").group(CONFIG).check(&[Arn]),
    Attribute::string("last_modified").computed(),
    Attribute::strings("layers").group(CONFIG).check(&[MaxItems(5), Each(&Arn), Each(&LAYER)]),
    Attribute::number("memory_size").default(Default::Int(128)).group(CONFIG).check(&[Range(128, 32768)]),
    Attribute::string("package_type")
        .default(Default::Str("Zip"))
        .replaces()
        .check(&[OneOf(&["Zip", "Image"])]),
    Attribute::bool("publish").default(Default::Bool(false)).group(PUBLISH),
    Attribute::string("publish_to").group(CONFIG).newer().check(&[OneOf(&["LATEST_PUBLISHED"])]),
    Attribute::string("qualified_arn").computed(),
    Attribute::string("qualified_invoke_arn").computed(),
    Attribute::bool("replace_security_groups_on_destroy").group(STATE),
    Attribute::string_set("replacement_security_group_ids").group(STATE),
    Attribute::number("reserved_concurrent_executions")
        .default(Default::Int(-1))
        .group(CONCURRENCY)
        .check(&[AtLeast(-1)]),
    Attribute::string("response_streaming_invoke_arn").computed().derived(),
    Attribute::string("role").required().group(CONFIG).check(&[
        Arn,
        Pattern(r"|arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", "The ARN of an IAM role"),
    ]),
    Attribute::string("runtime").group(CONFIG).check(&[KnownValues(RUNTIMES)]),
    Attribute::string("s3_bucket").group(CODE).check(&[S3_BUCKET]),
    Attribute::string("s3_key").group(CODE).check(&[Length(1, 1024)]),
    Attribute::string("s3_object_version").group(CODE).check(&[Length(1, 1024)]).or_empty(),
    Attribute::string("signing_job_arn").computed(),
    Attribute::string("signing_profile_version_arn").computed(),
    Attribute::bool("skip_destroy").default(Default::Bool(false)).group(STATE),
    Attribute::string("source_code_hash").optional_computed().group(CODE),
    Attribute::number("source_code_size").computed(),
    Attribute::string("source_kms_key_arn").group(CODE).newer().check(&[Arn]),
    Attribute::string_map("tags")
        .part_of("tags_all")
        .group(TAGS)
        .check(&[Custom(super::super::super::tags::check)]),
    Attribute::string_map("tags_all").optional_computed().group(TAGS),
    Attribute::number("timeout").default(Default::Int(3)).group(CONFIG).check(&[Range(1, 900)]),
    Attribute::bool("use_resource_timeout_for_propagation").group(STATE).newer(),
    Attribute::string("version").computed(),
];

const BLOCKS: &[NestedBlock] = &[
    NestedBlock::one(
        "capacity_provider_config",
        Block {
            attributes: &[],
            blocks: &[NestedBlock::one(
                "lambda_managed_instances_capacity_provider_config",
                Block {
                    attributes: &[
                        Attribute::string("capacity_provider_arn").required().check(&[Arn, Length(1, 140)]),
                        Attribute::number("execution_environment_memory_gib_per_vcpu").optional_computed(),
                        Attribute::number("per_execution_environment_max_concurrency")
                            .optional_computed()
                            .check(&[AtLeast(1)]),
                    ],
                    blocks: &[],
                },
            )
            .required()],
        },
    )
    .group(CONFIG)
    .newer(),
    NestedBlock::one(
        "dead_letter_config",
        Block { attributes: &[Attribute::string("target_arn").required().check(&[Arn])], blocks: &[] },
    )
    .group(CONFIG),
    NestedBlock::one(
        "durable_config",
        Block {
            attributes: &[
                Attribute::number("execution_timeout").required().check(&[Range(1, 31_622_400)]),
                Attribute::number("retention_period").default(Default::Int(14)).check(&[Range(1, 90)]),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG)
    .newer(),
    NestedBlock::one("environment", Block { attributes: &[Attribute::string_map("variables")], blocks: &[] })
        .group(CONFIG),
    NestedBlock::one(
        "ephemeral_storage",
        Block {
            attributes: &[Attribute::number("size").optional_computed().check(&[Range(512, 10240)])],
            blocks: &[],
        },
    )
    .computed()
    .group(CONFIG),
    NestedBlock::one(
        "file_system_config",
        Block {
            attributes: &[
                Attribute::string("arn").required().check(&[Arn, Length(0, 200)]),
                Attribute::string("local_mount_path").required().check(&[
                    Length(0, 160),
                    Pattern(r"/mnt/[0-9A-Za-z_.-]+", "A path that starts with /mnt/"),
                ]),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "image_config",
        Block {
            attributes: &[
                Attribute::strings("command").check(&[MaxItems(1500)]),
                Attribute::strings("entry_point").check(&[MaxItems(1500)]),
                Attribute::string("working_directory").check(&[Length(0, 1000)]),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "logging_config",
        Block {
            attributes: &[
                Attribute::string("application_log_level")
                    .default(Default::Str(""))
                    .check(&[OneOf(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", ""])]),
                Attribute::string("log_format").required().check(&[OneOf(&["JSON", "Text"])]),
                Attribute::string("log_group")
                    .optional_computed()
                    .check(&[
                        Length(1, 512),
                        Pattern(
                            r"[0-9A-Za-z_./#-]+",
                            "The name of a log group (letters, digits, and _ . / # -)",
                        ),
                    ])
                    .or_empty(),
                Attribute::string("system_log_level")
                    .default(Default::Str(""))
                    .check(&[OneOf(&["DEBUG", "INFO", "WARN", ""])]),
            ],
            blocks: &[],
        },
    )
    .computed()
    .group(CONFIG),
    NestedBlock::one(
        "snap_start",
        Block {
            attributes: &[
                Attribute::string("apply_on").required().check(&[OneOf(&["PublishedVersions", "None"])]),
                Attribute::string("optimization_status").computed(),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
    NestedBlock::one(
        "tenancy_config",
        Block {
            attributes: &[Attribute::string("tenant_isolation_mode")
                .required()
                .check(&[OneOf(&["PER_TENANT"])])],
            blocks: &[],
        },
    )
    .replaces()
    .newer(),
    NestedBlock::single("timeouts", wait::TIMEOUTS).group(STATE),
    NestedBlock::one(
        "tracing_config",
        Block {
            attributes: &[Attribute::string("mode").required().check(&[OneOf(&["Active", "PassThrough"])])],
            blocks: &[],
        },
    )
    .computed()
    .group(CONFIG),
    NestedBlock::one(
        "vpc_config",
        Block {
            attributes: &[
                Attribute::bool("ipv6_allowed_for_dual_stack").default(Default::Bool(false)),
                Attribute::string_set("security_group_ids").required().check(&[MaxItems(5)]),
                Attribute::string_set("subnet_ids").required().check(&[MaxItems(16)]),
                Attribute::string("vpc_id").computed(),
            ],
            blocks: &[],
        },
    )
    .group(CONFIG),
];

/// The version of a layer, as CreateFunction's `Layers` wants it.
const LAYER: Constraint = Pattern(
    r"|arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+",
    "The ARN of a layer version, with its number at the end",
);

/// The length limit of 140 applies to ARNs; a name alone may have 64 characters (CreateFunction, `FunctionName`).
fn bare_name(value: &crate::base::Value) -> Option<String> {
    let name = value.as_str()?;
    (!name.contains(':') && name.len() > 64).then(|| {
        format!("A function name has at most 64 characters, and {name:?} has {}.", name.chars().count())
    })
}

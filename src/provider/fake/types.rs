//! The types of the fake provider: between them, every kind of attribute and block.
//! Knows nothing of what becomes of their objects.

use crate::provider::{DataType, ProviderSchema, ResourceType};
use crate::schema::{AttrType, Attribute, Block, Default as Fallback, Group, NestedBlock, Schema};

/// The call that carries `size`.
pub(super) const SIZE: Group = Group(1);
/// The call that carries `tags`.
pub(super) const TAGS: Group = Group(2);

const RULE: Block = Block {
    attributes: &[
        Attribute::number("port").required(),
        Attribute::string("secret").sensitive(),
        Attribute::string("rule_id").computed(),
    ],
    blocks: &[],
};

const OBJECT: Block = Block {
    attributes: &[
        Attribute::string("id").computed(),
        Attribute::string("name").required().replaces(),
        Attribute::number("size").default(Fallback::Int(1)).group(SIZE),
        Attribute::string("note"),
        Attribute::string("kind").replaces(),
        Attribute::string("zone").optional_computed(),
        Attribute::number("serial").computed(),
        Attribute::string("secret").sensitive(),
        Attribute::string_map("tags").group(TAGS),
        Attribute::string_set("labels"),
        Attribute::of("any", AttrType::Dynamic),
    ],
    blocks: &[
        NestedBlock::many("rule", RULE),
        NestedBlock::one(
            "setting",
            Block { attributes: &[Attribute::string("mode").required()], blocks: &[] },
        )
        .computed(),
        NestedBlock::single("limits", Block { attributes: &[Attribute::number("max")], blocks: &[] }),
    ],
};

/// Objects with unique names; null and empty mean the same.
pub(super) static THING: ResourceType = ResourceType {
    name: "fake_thing",
    schema: Schema { version: 2, block: OBJECT },
    unique: &["name"],
    empty_is_null: true,
    import_id: "ID",
};

/// Objects whose names may be the same.
static FREE: ResourceType = ResourceType {
    name: "fake_free",
    schema: Schema { version: 2, block: OBJECT },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

const DATA: Block = Block {
    attributes: &[
        Attribute::string("name").required(),
        Attribute::string("secret").sensitive(),
        Attribute::string("result").computed(),
    ],
    blocks: &[],
};

pub(super) static PURE: DataType =
    DataType { name: "fake_pure", schema: Schema { version: 0, block: DATA }, pure: true };
static LOOKUP: DataType =
    DataType { name: "fake_lookup", schema: Schema { version: 0, block: DATA }, pure: false };

static CONFIG: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[Attribute::string("region"), Attribute::string("token").sensitive()],
        blocks: &[],
    },
};

pub(super) static SCHEMA: ProviderSchema =
    ProviderSchema { config: &CONFIG, resources: &[&THING, &FREE], data: &[&PURE, &LOOKUP] };

//! Which API calls an update needs, from what changed and the groups that the schema gives each attribute.
//! Knows no group by name.

use crate::base::Value;
use crate::plan::contract::equal;
use crate::plan::propose::is_empty;
use crate::schema::{Block, Group};

/// The union of the groups of everything that differs between two objects.
pub(super) fn changed(block: &Block, old: &Value, new: &Value) -> Group {
    let differ = |name: &str| match (old.get(name), new.get(name)) {
        (Some(a), Some(b)) => !equal(a, b) && !(is_empty(a) && is_empty(b)),
        (a, b) => a.is_some() != b.is_some(),
    };
    let attributes = block.attributes.iter().filter(|a| differ(a.name)).map(|a| a.group);
    let blocks = block.blocks.iter().filter(|b| differ(b.name)).map(|b| b.group);
    attributes.chain(blocks).fold(Group::NONE, Group::with)
}

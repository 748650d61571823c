//! The `inline_policy` blocks of a role: what they are, how they are planned, and what they mean.
//! Makes no call; `contents` does.

use serde_json::json;

use super::contents::Inline;
use super::policy_json::{self, equivalent, version_first};
use super::{INLINE, NAME};
use crate::base::{Diagnostics, Value};
use crate::providers::aws::fields::{filled, text, typed};
use crate::schema::{Attribute, Block, Constraint, NestedBlock};

/// The block.
pub(super) const BLOCK: NestedBlock = NestedBlock::set(
    "inline_policy",
    Block {
        attributes: &[
            Attribute::string("name").check(&[Constraint::Length(1, 128), NAME]),
            Attribute::string("policy").check(&[policy_json::POLICY]),
        ],
        blocks: &[],
    },
)
.computed()
.loose()
.group(INLINE);

/// The `inline_policy` blocks of an object, if they are known.
pub(super) fn blocks(object: &Value) -> Option<&[Value]> {
    object.get("inline_policy").and_then(Value::as_items)
}

/// The policies of these blocks; one without a name stands for "none".
pub(super) fn of(object: &Value) -> Inline {
    let named = |block: &Value| Some((filled(block, "name")?, text(block, "policy").unwrap_or_default()));
    blocks(object).unwrap_or_default().iter().filter_map(named).collect()
}

/// Whether two sets of inline policies mean the same.
pub(super) fn same(one: &Inline, other: &Inline) -> bool {
    one.len() == other.len() && includes(one, other)
}

/// Whether all of the other policies are among these, or some that mean the same.
pub(super) fn includes(these: &Inline, other: &Inline) -> bool {
    other.iter().all(|(name, text)| these.get(name).is_some_and(|this| equivalent(text, this)))
}

/// The blocks as they are planned: with texts in their normal form, or as they were if they mean the same.
pub(super) fn plan(prior: Option<&Value>, planned: &Value) -> Value {
    let given = planned.get("inline_policy").cloned().unwrap_or(Value::NULL);
    let Some(items) = given.as_items() else { return given };
    if let Some(prior) = prior
        && given.is_wholly_known()
        && same(&of(prior), &of(planned))
        && blocks(prior).is_none_or(<[_]>::is_empty) == items.is_empty()
    {
        return prior.get("inline_policy").cloned().unwrap_or(given);
    }
    let items = items.iter().map(|item| {
        let mut item = item.clone();
        for name in ["name", "policy"] {
            let value = match item.get(name) {
                Some(value) if value.is_null() => Value::from(""),
                Some(value) if name == "policy" => policy_json::planned(None, value, version_first),
                _ => continue,
            };
            item.set_attr(name, value);
        }
        item
    });
    Value::set(BLOCK.block.ty(), items)
}

/// The blocks that say what is found.
///
/// # Errors
/// As [`typed`].
pub(super) fn value(found: &Inline) -> Result<Value, Diagnostics> {
    let blocks = found
        .iter()
        .map(|(name, text)| typed(&BLOCK.block, json!({ "name": name, "policy": version_first(text) })));
    Ok(Value::set(BLOCK.block.ty(), blocks.collect::<Result<Vec<_>, _>>()?))
}

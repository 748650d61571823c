//! Plan rules of the provider's newer types, which are built on another SDK: null is null and empty is empty there, and an
//! update leaves open whatever the provider computes, save for what is known to stay.
//! Knows nothing of any type.

use crate::base::Value;
use crate::provider::PlanResponse;
use crate::schema::{Block, Nesting};

/// The plan of an object: as proposed; but where anything changes, what configuration does not give and the provider
/// computes becomes unknown, unless it is among `kept`. Inside a block that was there before, it stays.
pub(super) fn plan(
    block: &Block,
    prior: Option<&Value>,
    config: &Value,
    proposed: &Value,
    kept: &[&str],
) -> PlanResponse {
    PlanResponse::of(match prior.filter(|p| !p.is_null()) {
        Some(prior) if prior != proposed => reopen(block, prior, config, proposed, kept),
        _ => proposed.clone(),
    })
}

fn reopen(block: &Block, prior: &Value, config: &Value, proposed: &Value, kept: &[&str]) -> Value {
    let mut planned = proposed.clone();
    let unset = |name: &str| config.get(name).is_none_or(Value::is_null);
    for attribute in block.attributes.iter().filter(|a| a.is_computed() && unset(a.name)) {
        if !kept.contains(&attribute.name) {
            planned.set_attr(attribute.name, Value::unknown(attribute.ty.ty()));
        }
    }
    for nested in block.blocks.iter().filter(|b| b.nesting == Nesting::List) {
        let before = prior.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        let given = config.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        let Some(items) = planned.get(nested.name).and_then(Value::as_items).filter(|_| !given.is_empty())
        else {
            continue;
        };
        let items: Vec<Value> = items
            .iter()
            .zip(given)
            .enumerate()
            .map(|(i, (item, given))| match before.get(i) {
                Some(_) => item.clone(),
                None => reopen(&nested.block, &Value::NULL, given, item, &[]),
            })
            .collect();
        planned.set_attr(nested.name, Value::list(nested.block.ty(), items));
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::{Attribute, NestedBlock};

    static INNER: Block =
        Block { attributes: &[Attribute::number("count").optional_computed()], blocks: &[] };
    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("name").required(),
            Attribute::string("arn").computed(),
            Attribute::string("revision").computed(),
        ],
        blocks: &[NestedBlock::one("scaling", INNER)],
    };

    fn object(name: &str, arn: &str, scaling: &[Option<i64>]) -> Value {
        let text = |text: &str| if text.is_empty() { Value::null(Type::String) } else { Value::from(text) };
        let count = |n: &Option<i64>| n.map_or_else(|| Value::null(Type::Number), Value::from);
        let items = scaling.iter().map(|n| Value::object([("count", count(n))]));
        Value::object([
            ("name", text(name)),
            ("arn", text(arn)),
            ("revision", text(arn)),
            ("scaling", Value::list(INNER.ty(), items)),
        ])
    }

    #[test]
    fn a_change_leaves_open_what_is_computed() {
        let prior = object("a", "x", &[Some(3)]);
        let plan =
            |proposed: &Value, config: &Value| plan(&BLOCK, Some(&prior), config, proposed, &["arn"]).planned;
        assert_eq!(plan(&prior, &object("a", "", &[None])), prior);
        let planned = plan(&object("b", "x", &[Some(3)]), &object("b", "", &[None]));
        assert_eq!(planned.get("arn"), Some(&Value::from("x")));
        assert!(planned.get("revision").unwrap().is_unknown());
        assert_eq!(planned.get("scaling"), prior.get("scaling"));
    }

    #[test]
    fn a_new_block_is_open_too() {
        let prior = object("a", "x", &[]);
        let (config, proposed) = (object("a", "", &[None]), object("a", "x", &[None]));
        let planned = plan(&BLOCK, Some(&prior), &config, &proposed, &["arn"]).planned;
        assert!(planned.get("scaling").unwrap().as_items().unwrap()[0].get("count").unwrap().is_unknown());
    }
}

//! The three contracts between configuration, plan and result, as pure functions.
//! Knows nothing of what to do when one is broken.

use crate::base::{Path, PathStep, Value};
use crate::plan::propose::{is_empty, says_nothing};
use crate::schema::{Block, Mode, NestedBlock, Nesting};

/// First contract: a planned value is the configured one, or the prior one, or (where configuration says nothing)
/// whatever the provider computes. Returns the paths that break it.
pub fn planned_is_legal(block: &Block, prior: Option<&Value>, config: &Value, planned: &Value) -> Vec<Path> {
    let mut broken = Vec::new();
    legal(block, prior, config, planned, &Path::default(), &mut broken);
    broken
}

fn legal(
    block: &Block,
    prior: Option<&Value>,
    config: &Value,
    planned: &Value,
    at: &Path,
    broken: &mut Vec<Path>,
) {
    if config.is_unknown() || planned.is_unknown() || prior.is_some_and(|prior| equal(prior, planned)) {
        return;
    }
    let same = |a: Option<&Value>, b: &Value| a.is_some_and(|a| equal(a, b));
    for attribute in block.attributes {
        let Some(planned) = planned.get(attribute.name) else { continue };
        let configured = config.get(attribute.name);
        let old = prior.and_then(|p| p.get(attribute.name));
        let unset = configured.is_none_or(Value::is_null);
        let computed = attribute.is_computed() && unset;
        let defaulted = unset && attribute.default.is_some_and(|d| d.value() == *planned);
        // An unknown configuration may become anything.
        let pending = configured.is_some_and(|c| !c.is_wholly_known());
        let both_empty = is_empty(planned) && configured.is_none_or(is_empty);
        if !(same(configured, planned)
            || same(old, planned)
            || computed
            || defaulted
            || pending
            || both_empty
            // The same in another form, as a policy's JSON text in its normal one.
            || attribute.loose)
        {
            broken.push(at.attr(attribute.name));
        }
    }
    for nested in block.blocks {
        let (Some(planned), Some(config)) = (planned.get(nested.name), config.get(nested.name)) else {
            continue;
        };
        let old = prior.and_then(|p| p.get(nested.name));
        let path = at.attr(nested.name);
        if nested.nesting == Nesting::Single {
            if !config.is_null() && !planned.is_null() {
                legal(&nested.block, old.filter(|o| !o.is_null()), config, planned, &path, broken);
            }
            continue;
        }
        let (Some(items), Some(wanted)) = (planned.as_items(), config.as_items()) else { continue };
        if same(old, planned)
            || ((nested.computed || nested.loose) && wanted.is_empty())
            || nested.nesting == Nesting::Set
        {
            continue;
        }
        if items.len() != wanted.len() {
            broken.push(path);
            continue;
        }
        for (i, (item, wanted)) in items.iter().zip(wanted).enumerate() {
            let old = old.and_then(Value::as_items).and_then(|o| o.get(i));
            legal(&nested.block, old, wanted, item, &path.index(i), broken);
        }
    }
}

/// Whether two values are equal but for their marks.
pub fn equal(a: &Value, b: &Value) -> bool {
    if a.has_sensitive() || b.has_sensitive() {
        a.clone().unmark_deep().0 == b.clone().unmark_deep().0
    } else {
        a == b
    }
}

/// Second and third contract: what was known stays the same, and what was unknown may become anything of its type.
/// Returns the paths that break it.
pub fn fits(promised: &Value, actual: &Value) -> Vec<Path> {
    let mut broken = Vec::new();
    fit(promised, actual, &Path::default(), &mut broken);
    broken
}

fn fit(promised: &Value, actual: &Value, at: &Path, broken: &mut Vec<Path>) {
    if promised.is_unknown() || equal(promised, actual) {
        return;
    }
    let (promised_steps, actual_steps) = (promised.steps(), actual.steps());
    let walkable = !promised_steps.is_empty()
        && promised_steps.len() == actual_steps.len()
        && !matches!(promised.kind(), crate::base::Kind::Set(..));
    if !walkable {
        // A set with unknown members has no order to compare by; its size is all that was promised.
        let open_set = matches!(promised.kind(), crate::base::Kind::Set(..)) && !promised.is_wholly_known();
        if !open_set {
            broken.push(at.clone());
        }
        return;
    }
    for ((step, promised), (other, actual)) in promised_steps.into_iter().zip(actual_steps) {
        if step == other {
            fit(promised, actual, &at.child(step), broken);
        } else {
            broken.push(at.child(step));
        }
    }
}

/// Part of the third contract: the paths at which a result still is unknown.
pub fn unknowns(result: &Value) -> Vec<Path> {
    fn walk(value: &Value, at: &Path, found: &mut Vec<Path>) {
        if value.is_unknown() {
            found.push(at.clone());
        } else if !value.is_wholly_known() {
            for (step, child) in value.steps() {
                walk(child, &at.child(step), found);
            }
        }
    }
    let mut found = Vec::new();
    walk(result, &Path::default(), &mut found);
    found
}

/// Third contract for types built on the provider SDK, whose computed attributes may differ from what was planned
/// (a function's `last_modified` moves with every update, for one): only what configuration can set must fit.
pub fn result_fits(block: &Block, planned: &Value, result: &Value) -> Vec<Path> {
    fits(planned, result)
        .into_iter()
        .filter(|path| settable(block, path) && !both_empty_at(block, path, planned, result))
        .filter(|path| !is_divided_otherwise(block, path, planned, result))
        .collect()
}

/// Whether what differs at a path of two objects is only how much of another attribute it holds, which is the same in both
/// (tags, of which the provider's configuration gives some).
pub fn is_divided_otherwise(block: &Block, path: &Path, a: &Value, b: &Value) -> bool {
    let Some(PathStep::Attr(name)) = path.steps().first() else { return false };
    let Some(whole) = block.attribute(name).and_then(|attribute| attribute.part_of) else { return false };
    match (a.get(whole), b.get(whole)) {
        (Some(a), Some(b)) => equal(a, b) || (is_empty(a) && is_empty(b)),
        _ => false,
    }
}

fn both_empty_at(block: &Block, path: &Path, planned: &Value, result: &Value) -> bool {
    let nested = nested_at(block, path);
    let empty = |value: Value| is_empty(&value) || nested.is_some_and(|nested| says_nothing(nested, &value));
    [planned, result].into_iter().all(|value| value.at(path).is_none_or(empty))
}

/// The blocks that stand at a path.
fn nested_at<'b>(block: &'b Block, path: &Path) -> Option<&'b NestedBlock> {
    let mut found: Option<&NestedBlock> = None;
    for step in path.steps() {
        if let PathStep::Attr(name) = step {
            found = Some(found.map_or(block, |nested| &nested.block).nested(name)?);
        }
    }
    found.filter(|_| matches!(path.steps().last(), Some(PathStep::Attr(_))))
}

/// Whether configuration alone decides what stands at a path.
fn settable(block: &Block, path: &Path) -> bool {
    let mut block = *block;
    for step in path.steps() {
        let PathStep::Attr(name) = step else { continue };
        if let Some(attribute) = block.attribute(name) {
            return !attribute.loose && matches!(attribute.mode, Mode::Required | Mode::Optional);
        }
        match block.nested(name) {
            Some(nested) if nested.computed || nested.loose => return false,
            Some(nested) => block = nested.block,
            None => return true,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::{Attribute, NestedBlock};

    static INNER: Block = Block {
        attributes: &[Attribute::string("subnet"), Attribute::string("vpc_id").computed()],
        blocks: &[],
    };
    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("name").required(),
            Attribute::string("arn").computed(),
            Attribute::string("text"),
        ],
        blocks: &[NestedBlock::one("vpc", INNER)],
    };

    fn object(name: &str, arn: Value, text: Value) -> Value {
        Value::object([
            ("name", name.into()),
            ("arn", arn),
            ("text", text),
            ("vpc", Value::list(INNER.ty(), [])),
        ])
    }

    #[test]
    fn a_plan_may_only_compute_what_is_computed() {
        let null = || Value::null(Type::String);
        let config = object("f", null(), null());
        let prior = object("f", "arn:1".into(), "old".into());
        for (planned, broken) in [
            (object("f", Value::unknown(Type::String), null()), vec![]),
            (object("f", "arn:2".into(), null()), vec![]),
            (object("f", "arn:1".into(), "old".into()), vec![]),
            (object("g", "arn:1".into(), null()), vec!["name"]),
            (object("f", "arn:1".into(), "invented".into()), vec!["text"]),
        ] {
            let found = planned_is_legal(&BLOCK, Some(&prior), &config, &planned);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found, broken, "{planned:?}");
        }
    }

    #[test]
    fn what_was_promised_is_kept() {
        let promised = object("f", Value::unknown(Type::String), "text".into());
        assert_eq!(fits(&promised, &object("f", "arn:1".into(), "text".into())), []);
        let broken = fits(&promised, &object("f", "arn:1".into(), "other".into()));
        assert_eq!(broken, [Path::from("text")]);
        assert_eq!(
            fits(&object("f", "a".into(), "t".into()), &object("f", "b".into(), "t".into())),
            [Path::from("arn")]
        );
        assert_eq!(
            result_fits(&BLOCK, &object("f", "a".into(), "t".into()), &object("f", "b".into(), "t".into())),
            []
        );
    }

    #[test]
    fn a_block_that_says_nothing_may_be_gone() {
        let with = |subnet: &str| {
            let block = Value::object([("subnet", subnet.into()), ("vpc_id", Value::unknown(Type::String))]);
            object("f", "a".into(), "t".into()).with_attr("vpc", Value::list(INNER.ty(), [block]))
        };
        let without = object("f", "a".into(), "t".into());
        assert_eq!(result_fits(&BLOCK, &with(""), &without), []);
        assert_eq!(result_fits(&BLOCK, &with("s"), &without), [Path::from("vpc")]);
    }

    #[test]
    fn marks_do_not_count() {
        let secret = object("f", "a".into(), Value::from("s").with_sensitive(true));
        assert_eq!(fits(&secret, &object("f", "a".into(), "s".into())), []);
    }
}

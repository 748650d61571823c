//! Plan rules that come from the provider SDK's second version, in which null and empty values cannot be told apart
//! (lambda-provider.md 0.1). Applied to every type, so that our plans equal Terraform's.
//! Knows nothing of any type.

use super::fields::is_empty;
use crate::base::{Kind, Value};
use crate::provider::Private;
use crate::schema::{Attribute, Block, Mode, Nesting};

/// That SDK's private bytes for an object without timeouts, as Terraform writes them.
pub(super) fn private(imported: bool) -> Private {
    let bytes: &[u8] = if imported { br#"{"schema_version":"0"}"# } else { b"null" };
    Some(bytes.into())
}

/// Brings a proposed state to what that SDK would plan.
///
/// Of a creation: defaults are filled in, and what only the service can say is unknown. Of an update: an empty value stays
/// what state has, a value removed from configuration becomes the empty one of its kind, and what the provider gives in
/// a block that the update adds is null.
pub(super) fn normalize(block: &Block, prior: Option<&Value>, config: &Value, proposed: &Value) -> Value {
    match prior.filter(|p| !p.is_null()) {
        None => fill(block, config, proposed, true),
        Some(prior) => keep(block, prior, config, proposed),
    }
}

/// A planned object that differs from the prior one in null and zero values alone is the prior one: Terraform sees no change
/// in that, of an imported object whose defaults state does not know, for example (found by running 1.11 with 5.100).
pub(super) fn unless_equivalent(prior: Option<&Value>, planned: Value) -> Value {
    match prior {
        Some(prior) if !prior.is_null() && equivalent(prior, &planned) => prior.clone(),
        _ => planned,
    }
}

fn equivalent(a: &Value, b: &Value) -> bool {
    let zero = |v: &Value| {
        let number = v.as_number().is_some_and(|n| *n == crate::base::Number::ZERO);
        is_empty(v) || number || v.as_bool() == Some(false)
    };
    if a == b || (zero(a) && zero(b)) {
        return true;
    }
    let (old, new) = (a.steps(), b.steps());
    let walkable = !old.is_empty() && old.len() == new.len() && !matches!(a.kind(), Kind::Set(..));
    walkable && old.iter().zip(&new).all(|((at, a), (other, b))| at == other && equivalent(a, b))
}

/// Other timeouts are no reason for an update; they are taken over by the next one. Defaults that state does not know, as of
/// an imported object, make that next one (found by running 1.11 with 5.100).
pub(super) fn timeouts_alone(block: &Block, prior: &Value, planned: Value) -> Value {
    if prior.get("timeouts") == planned.get("timeouts") {
        return planned;
    }
    let kept = planned.with_attr("timeouts", prior.get("timeouts").cloned().unwrap_or(Value::NULL));
    if block.names().any(|name| prior.get(name) != kept.get(name)) {
        return planned;
    }
    let default = |attribute: &Attribute| {
        let lacks = prior.get(attribute.name).is_none_or(Value::is_null);
        let default = attribute.default.filter(|_| lacks)?.value();
        (!is_empty(&default)).then_some((attribute.name, default))
    };
    let mut lacking = block.attributes.iter().filter_map(default).peekable();
    if lacking.peek().is_none() {
        return kept;
    }
    lacking.fold(planned, |planned, (name, value)| planned.with_attr(name, value))
}

fn keep(block: &Block, prior: &Value, config: &Value, proposed: &Value) -> Value {
    let mut planned = proposed.clone();
    for attribute in block.attributes {
        let (Some(old), Some(given)) = (prior.get(attribute.name), config.get(attribute.name)) else {
            continue;
        };
        if attribute.mode == Mode::Computed || given.is_unknown() {
            continue;
        }
        let new = planned.get(attribute.name).unwrap_or(given).clone();
        let both_empty = is_empty(&new) && is_empty(old) && attribute.default.is_none();
        let value = if both_empty || (attribute.mode == Mode::OptionalComputed && given.is_null()) {
            old.clone()
        } else if attribute.mode == Mode::Optional && given.is_null() {
            attribute.default.map_or_else(|| removed(old), |default| default.value())
        } else {
            continue;
        };
        planned.set_attr(attribute.name, value);
    }
    for nested in block.blocks.iter().filter(|b| b.nesting == Nesting::List) {
        let Some(items) = planned.get(nested.name).and_then(Value::as_items) else { continue };
        let before = prior.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        let given = config.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        if given.is_empty() {
            if nested.computed && items.is_empty() && !before.is_empty() {
                planned.set_attr(nested.name, prior.get(nested.name).cloned().unwrap_or(Value::NULL));
            }
            continue;
        }
        let items: Vec<Value> = items
            .iter()
            .zip(given)
            .enumerate()
            .map(|(i, (item, given))| match before.get(i) {
                Some(old) => {
                    let item = keep(&nested.block, old, given, &fill(&nested.block, given, item, false));
                    keep_computed(&nested.block, old, given, &item)
                }

                None => fill(&nested.block, given, item, false),
            })
            .collect();
        planned.set_attr(nested.name, Value::list(nested.block.ty(), items));
    }
    planned
}

/// Inside a block that was there before: what configuration does not give stays as it was.
fn keep_computed(block: &Block, old: &Value, given: &Value, item: &Value) -> Value {
    let mut item = item.clone();
    for attribute in block.attributes.iter().filter(|a| a.is_computed()) {
        if given.get(attribute.name).is_none_or(Value::is_null) {
            item.set_attr(attribute.name, old.get(attribute.name).cloned().unwrap_or(Value::NULL));
        }
    }
    item
}

/// Defaults, and what configuration leaves to the provider: unknown in a creation, null in a block that an update adds.
fn fill(block: &Block, config: &Value, proposed: &Value, creation: bool) -> Value {
    let mut planned = proposed.clone();
    for attribute in block.attributes {
        if !config.get(attribute.name).is_none_or(Value::is_null) {
            continue;
        }
        if let Some(default) = attribute.default {
            // A default of "" is planned as null in a creation: nothing tells the two apart there.
            let value = Some(default.value()).filter(|d| !(creation && is_empty(d)));
            planned.set_attr(attribute.name, value.unwrap_or_else(|| Value::null(attribute.ty.ty())));
        } else if attribute.is_computed() {
            let ty = attribute.ty.ty();
            let value = if creation { Value::unknown(ty) } else { Value::null(ty) };
            planned.set_attr(attribute.name, value);
        }
    }
    for nested in block.blocks.iter().filter(|b| b.nesting == Nesting::List) {
        let given = config.get(nested.name).and_then(Value::as_items).unwrap_or_default();
        if config.get(nested.name).is_some_and(Value::is_unknown) {
            continue;
        }
        if given.is_empty() {
            if nested.computed && creation {
                planned.set_attr(nested.name, Value::unknown(nested.ty()));
            }
            continue;
        }
        let Some(items) = planned.get(nested.name).and_then(Value::as_items) else { continue };
        let items: Vec<Value> =
            items.iter().zip(given).map(|(item, given)| fill(&nested.block, given, item, creation)).collect();
        planned.set_attr(nested.name, Value::list(nested.block.ty(), items));
    }
    planned
}

/// What an optional value is once configuration does not give it any more.
fn removed(old: &Value) -> Value {
    match old.kind() {
        _ if is_empty(old) => old.clone(),
        Kind::Bool(false) => old.clone(),
        Kind::Number(n) if *n == crate::base::Number::from(0) => old.clone(),
        Kind::List(t, _) => Value::list(t.clone(), []),
        Kind::Set(t, _) => Value::set(t.clone(), []),
        Kind::Map(t, _) => Value::map(t.clone(), [] as [(&str, Value); 0]),
        _ => Value::null(old.ty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::{Attribute, NestedBlock};

    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("description"),
            Attribute::strings("layers"),
            Attribute::string_map("tags"),
            Attribute::number("count"),
        ],
        blocks: &[NestedBlock::one(
            "vpc",
            Block {
                attributes: &[Attribute::string("id").computed(), Attribute::strings("ids")],
                blocks: &[],
            },
        )],
    };

    #[test]
    fn empties_stay_and_removals_become_empty() {
        let text = |s: &str| Value::from(s);
        let null = || Value::null(Type::String);
        let list = |items: &[&str]| Value::list(Type::String, items.iter().map(|s| Value::from(*s)));
        let map = |items: &[&str]| Value::map(Type::String, items.iter().map(|s| (*s, Value::from(*s))));
        for (name, old, given, planned) in [
            ("description", text(""), null(), text("")),
            ("description", text("x"), null(), null()),
            ("description", null(), text(""), null()),
            ("description", text("x"), text("y"), text("y")),
            ("layers", list(&["a"]), Value::null(Type::list(Type::String)), list(&[])),
            (
                "layers",
                Value::null(Type::list(Type::String)),
                list(&[]),
                Value::null(Type::list(Type::String)),
            ),
            ("tags", map(&["a"]), Value::null(Type::map(Type::String)), map(&[])),
            ("count", Value::from(3), Value::null(Type::Number), Value::null(Type::Number)),
        ] {
            let object = |v: &Value| Value::object([(name, v.clone())]);
            let result = normalize(&BLOCK, Some(&object(&old)), &object(&given), &object(&given));
            assert_eq!(result.get(name), Some(&planned), "{name} {old:?} {given:?}");
        }
    }

    #[test]
    fn zero_values_alone_are_no_change() {
        let object = |count: Value, description: &str| {
            Value::object([("count", count), ("description", Value::from(description))])
        };
        let (null, prior) = (Value::null(Type::Number), object(Value::null(Type::Number), "x"));
        for (planned, same) in [
            (object(Value::from(0), "x"), true),
            (object(Value::from(1), "x"), false),
            (object(Value::from(0), "y"), false),
            (object(null, ""), false),
            (object(Value::unknown(Type::Number), "x"), false),
        ] {
            assert_eq!(unless_equivalent(Some(&prior), planned.clone()) == prior, same, "{planned:?}");
            assert_eq!(unless_equivalent(None, planned.clone()), planned);
        }
    }

    #[test]
    fn what_the_provider_gives_in_a_block() {
        let vpc = |id: Value| {
            Value::object([("vpc", Value::list(BLOCK.blocks[0].block.ty(), [Value::object([("id", id)])]))])
        };
        let none = Value::object([("vpc", Value::list(Type::Dynamic, []))]);
        let null = vpc(Value::null(Type::String));
        let id =
            |planned: Value| planned.get("vpc").unwrap().as_items().unwrap()[0].get("id").unwrap().clone();
        assert!(id(normalize(&BLOCK, None, &null, &null)).is_unknown());
        assert!(id(normalize(&BLOCK, Some(&none), &null, &null)).is_null());
        assert_eq!(id(normalize(&BLOCK, Some(&vpc("v".into())), &null, &null)), Value::from("v"));
    }

    #[test]
    fn empties_in_a_block_stay_too() {
        let vpc = |ids: Value| {
            let block = Value::object([("id", Value::null(Type::String)), ("ids", ids)]);
            Value::object([("vpc", Value::list(BLOCK.blocks[0].block.ty(), [block]))])
        };
        let null = vpc(Value::null(Type::list(Type::String)));
        let empty = vpc(Value::list(Type::String, []));
        assert_eq!(normalize(&BLOCK, Some(&empty), &null, &null), empty);
    }
}

//! The walk over two blocks: attributes, then nested blocks by their nesting.
//! Knows nothing of how the tree is shown.

use super::walk::{Shape, Trails, members, present, secret, settled, sum, value};
use super::{BlockDiff, Content, Diff, Notes, sequence};
use crate::base::{Path, PathStep, Value};
use crate::plan::Action;
use crate::schema::{Block, NestedBlock, Nesting};

/// Compares two blocks of one type.
type BlockWalk<'a> = dyn Fn(Option<&Value>, Option<&Value>, &Trails<'_>) -> Diff + 'a;

pub(super) fn object(before: &Value, after: &Value, block: &Block, notes: Notes<'_>) -> Diff {
    block_diff(present(Some(before)), present(Some(after)), block, notes.relevant, &Trails::new(&notes))
}

/// The part of a value; below an unknown value everything is unknown.
fn part(value: Option<&Value>, name: &str) -> Option<Value> {
    let value = value?;
    if value.is_unknown() {
        return Some(Value::DYNAMIC);
    }
    value.get(name).cloned()
}

fn block_diff(
    before: Option<&Value>,
    after: Option<&Value>,
    block: &Block,
    relevant: Option<&[Path]>,
    trails: &Trails<'_>,
) -> Diff {
    if before.is_some_and(Value::is_sensitive) || after.is_some_and(Value::is_sensitive) {
        return secret_block(before, after, trails);
    }
    let matters = |name: &str| {
        relevant.is_none_or(|paths| {
            paths.iter().any(|path| match path.steps().first() {
                None => true,
                Some(PathStep::Attr(n) | PathStep::Key(n)) => &**n == name,
                Some(_) => false,
            })
        })
    };
    let mut diff = BlockDiff::default();
    for attribute in block.attributes {
        let (old, mut new) = (part(before, attribute.name), part(after, attribute.name));
        if !matters(attribute.name) {
            new = old.clone();
        }
        let null = |v: &Option<Value>| v.as_ref().is_none_or(Value::is_null);
        if null(&old) && null(&new) {
            continue;
        }
        let ty = &attribute.ty;
        let secret = |v: Option<Value>| v.map(|v| v.with_sensitive(attribute.sensitive));
        let (old, new) = (secret(old), secret(new));
        let here = trails.named(attribute.name);
        let change = value(settled(old.as_ref(), ty), settled(new.as_ref(), ty), Shape::Typed(ty), &here);
        diff.attributes.push((attribute.name.into(), change));
    }
    for nested in block.blocks {
        let (old, mut new) = (part(before, nested.name), part(after, nested.name));
        if !matters(nested.name) {
            new = old.clone();
        }
        let blocks = nested_diff(old.as_ref(), new.as_ref(), nested, &trails.named(nested.name));
        if !blocks.is_empty() {
            diff.blocks.push((nested.name.into(), blocks));
        }
    }
    diff.attributes.sort_by(|a, b| a.0.cmp(&b.0));
    diff.blocks.sort_by(|a, b| a.0.cmp(&b.0));
    let inner = diff
        .attributes
        .iter()
        .map(|(_, d)| d.action)
        .chain(diff.blocks.iter().flat_map(|(_, ds)| ds.iter().map(|d| d.action)));
    let action = sum(before.is_some(), after.is_some(), inner);
    trails.note(Diff::new(action, Content::Block(diff)))
}

fn nested_diff(
    before: Option<&Value>,
    after: Option<&Value>,
    nested: &NestedBlock,
    trails: &Trails<'_>,
) -> Vec<Diff> {
    let (old, new) = (present(before), present(after));
    if old.is_some_and(Value::is_sensitive) || new.is_some_and(Value::is_sensitive) {
        return vec![secret_block(old, new, trails)];
    }
    let one =
        |b: Option<&Value>, a: Option<&Value>, here: &Trails<'_>| block_diff(b, a, &nested.block, None, here);
    if nested.nesting == Nesting::Single {
        return match (old, new) {
            (None, None) => Vec::new(),
            (_, Some(after)) if after.is_unknown() => unknown_blocks(old.is_some(), old, &one, trails),
            _ => vec![one(old, new, trails)],
        };
    }
    if new.is_some_and(Value::is_unknown) {
        return unknown_blocks(before.is_some(), old, &one, trails);
    }
    let items = |v: Option<&Value>| v.and_then(Value::as_items).unwrap_or_default().to_vec();
    let (old, new) = (items(old), items(new));
    let whole = |diff| trails.note(diff);
    if nested.nesting == Nesting::Set {
        return members(&old, &new, &|b, a| whole(one(b, a, &Trails::default())));
    }
    sequence::pair(&old, &new, &|_, _| true)
        .into_iter()
        .map(|(i, j)| {
            let here = trails.at(j.or(i));
            whole(one(i.and_then(|i| old.get(i)), j.and_then(|j| new.get(j)), &here))
        })
        .collect()
}

/// One entry for what will be known after apply, then what is there now.
fn unknown_blocks(
    existed: bool,
    before: Option<&Value>,
    one: &BlockWalk<'_>,
    trails: &Trails<'_>,
) -> Vec<Diff> {
    let action = if existed { Action::Update } else { Action::Create };
    let unknown = trails.note(Diff::new(action, Content::Unknown { before: None }));
    let old = match before {
        Some(value) if value.as_entries().is_some() => vec![value],
        Some(value) => value.as_items().unwrap_or_default().iter().collect(),
        None => Vec::new(),
    };
    let gone = old.into_iter().map(|b| one(Some(b), None, &Trails::default()));
    std::iter::once(unknown).chain(gone).collect()
}

/// A block whose content must not be shown, or all blocks of a type as one.
fn secret_block(before: Option<&Value>, after: Option<&Value>, trails: &Trails<'_>) -> Diff {
    let any = |v: Option<&Value>| {
        v.is_some_and(|v| {
            v.is_unknown() || v.as_entries().is_some() || v.as_items().is_some_and(|i| !i.is_empty())
        })
    };
    let secret = secret(before, after);
    let inner = if secret.unchanged { Action::NoOp } else { Action::Update };
    let mut action = sum(any(before), any(after), [inner]);
    if action == Action::NoOp && secret.before != secret.after {
        action = Action::Update;
    }
    trails.note(Diff::new(action, Content::SecretBlock(secret)))
}

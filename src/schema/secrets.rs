//! `mark_secrets`: where the secrets of an object are, by its schema.
//! Knows nothing of what is done with secrets.

use super::{Block, Nesting, Schema};
use crate::base::{Path, PathStep, Value};

/// A value with the secrets of its schema marked.
pub fn mark_secrets(schema: &Schema, value: Value) -> Value {
    mark_block(&schema.block, value)
}

fn mark_block(block: &Block, value: Value) -> Value {
    let following = block.attributes.iter().filter_map(|a| Some((a.name, a.follows?)));
    let value = following.fold(value, |value, (name, source)| {
        let marks = value.get(source).map(Value::sensitive_paths).unwrap_or_default();
        match value.get(name) {
            Some(same) if !marks.is_empty() && !same.is_null() && !same.is_unknown() => {
                let marked = same.clone().mark_paths(&marks);
                value.with_attr(name, marked)
            }
            _ => value,
        }
    });
    let secrets = block.attributes.iter().filter(|a| a.sensitive);
    let value = secrets.fold(value, |value, attribute| match value.get(attribute.name) {
        Some(secret) if !secret.is_null() && !secret.is_sensitive() => {
            let marked = secret.clone().with_sensitive(true);
            value.with_attr(attribute.name, marked)
        }
        _ => value,
    });
    block.blocks.iter().filter(|nested| has_secrets(&nested.block)).fold(value, |value, nested| {
        let marked = match value.get(nested.name) {
            Some(items) if items.is_null() || items.is_unknown() => return value,
            Some(items) if nested.nesting == Nesting::Single => mark_block(&nested.block, items.clone()),
            Some(items) => items.map_children(|item| mark_block(&nested.block, item.clone())),
            None => return value,
        };
        value.with_attr(nested.name, marked)
    })
}

fn has_secrets(block: &Block) -> bool {
    block.attributes.iter().any(|a| a.sensitive) || block.blocks.iter().any(|b| has_secrets(&b.block))
}

/// Where the secrets are that state says. What follows from another attribute's is not among them, as [`mark_secrets`] finds
/// it again and Terraform knows nothing of it.
pub fn kept_marks(schema: &Schema, value: &Value) -> Vec<Path> {
    let mut marks = value.sensitive_paths();
    let follows = |path: &Path| match path.steps().first() {
        Some(PathStep::Attr(name)) => schema.block.attribute(name).is_some_and(|a| a.follows.is_some()),
        _ => false,
    };
    marks.retain(|path| !follows(path));
    marks
}

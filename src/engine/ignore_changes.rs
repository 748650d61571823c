//! `ignore_changes`: what of an object stays as it is, whatever configuration says.
//! Knows nothing of how it is planned.

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Kind, Name, Path, PathStep, Value};
use crate::config::{IgnoreChanges, Resource};
use crate::schema::{Block, Nesting, Schema};

/// What is to be ignored, as paths; the empty path is everything.
pub(super) fn paths(ignore: &IgnoreChanges) -> Vec<Path> {
    match ignore {
        IgnoreChanges::None => Vec::new(),
        IgnoreChanges::All => vec![Path::default()],
        IgnoreChanges::Paths(paths) => paths.iter().map(|(path, _)| path.clone()).collect(),
    }
}

/// Configuration with the prior values put over what is to be ignored.
pub(super) fn kept(ignore: &IgnoreChanges, block: &Block, prior: &Value, config: &Value) -> Value {
    match ignore {
        IgnoreChanges::None => config.clone(),
        IgnoreChanges::All => settable(block, prior),
        IgnoreChanges::Paths(paths) => {
            paths.iter().fold(config.clone(), |config, (path, _)| put_over(&config, path, prior))
        }
    }
}

/// An object without what only the provider gives, as a configuration of it would be.
fn settable(block: &Block, object: &Value) -> Value {
    if object.is_null() || object.is_unknown() {
        return object.clone();
    }
    let computed = block.attributes.iter().filter(|a| !a.is_settable());
    let object = computed.fold(object.clone(), |o, a| o.with_attr(a.name, Value::null(a.ty.ty())));
    block.blocks.iter().fold(object, |object, nested| match object.get(nested.name) {
        Some(items) if nested.nesting == Nesting::Single => {
            let item = settable(&nested.block, items);
            object.with_attr(nested.name, item)
        }
        Some(items) => {
            let items = items.map_children(|item| settable(&nested.block, item));
            object.with_attr(nested.name, items)
        }
        None => object,
    })
}

/// Errors for what `ignore_changes` names and the schema does not have.
pub(super) fn check(resource: &Resource, schema: &Schema) -> Diagnostics {
    let IgnoreChanges::Paths(paths) = &resource.lifecycle.ignore_changes else { return Diagnostics::new() };
    let unknown = paths.iter().filter_map(|(path, span)| {
        let Some(PathStep::Attr(name)) = path.steps().first() else { return None };
        if schema.block.attribute(name).is_some() || schema.block.nested(name).is_some() {
            return None;
        }
        let detail = format!(
            "A resource of type {:?} has no argument, nested block, or exported attribute named {:?}.{}",
            &*resource.addr.type_name,
            &**name,
            did_you_mean(name, schema.block.names())
        );
        Some(Diagnostic::error("Unsupported attribute", detail).at(*span).within(resource.context()))
    });
    unknown.collect()
}

/// Puts what `prior` has at a path over `config`, or takes it out where `prior` has nothing.
fn put_over(config: &Value, path: &Path, prior: &Value) -> Value {
    let Some(old) = prior.at(path) else {
        return without(config, path);
    };
    if let Some(new) = config.replace_at(path, &|_| old.clone()) {
        return new;
    }
    // The last step is a map key that configuration does not have.
    let (parent, last) = split(path);
    let (Some(parent), Some(key)) = (parent, last) else { return config.clone() };
    let with_entry = |map: &Value| match map.kind() {
        Kind::Null(_) => {
            Value::map(old.ty(), [(key.clone(), old.clone())]).with_sensitive(map.is_sensitive())
        }
        Kind::Map(..) | Kind::Object(_) => map.with_attr(&key, old.clone()),
        // Apply will tell what else is in it, and put the entry over.
        _ => map.clone(),
    };
    config.replace_at(&parent, &with_entry).unwrap_or_else(|| config.clone())
}

fn without(config: &Value, path: &Path) -> Value {
    let (Some(parent), Some(key)) = split(path) else { return config.clone() };
    let removed = config.replace_at(&parent, &|map| match map.kind() {
        Kind::Map(t, entries) => {
            let rest = entries.iter().filter(|(k, _)| **k != key).map(|(k, v)| (k.clone(), v.clone()));
            Value::map(t.clone(), rest).with_sensitive(map.is_sensitive())
        }
        _ => map.clone(),
    });
    removed.unwrap_or_else(|| config.clone())
}

fn split(path: &Path) -> (Option<Path>, Option<Name>) {
    match path.steps().split_last() {
        Some((PathStep::Key(key) | PathStep::Attr(key), rest)) => {
            (Some(Path::from(rest.to_vec())), Some(key.clone()))
        }
        _ => (None, None),
    }
}

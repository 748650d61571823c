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

/// A planned object with the prior values put over what is to be ignored, also where the provider alone decides: providers
/// of Terraform's older kind plan what they were not asked for.
pub(super) fn reverted(ignore: &IgnoreChanges, prior: &Value, planned: &Value) -> Value {
    match ignore {
        IgnoreChanges::None => planned.clone(),
        IgnoreChanges::All => prior.clone(),
        IgnoreChanges::Paths(paths) => {
            paths.iter().fold(planned.clone(), |planned, (path, _)| put_over(&planned, path, prior))
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

/// Errors for what `ignore_changes` names and the schema does not have, and warnings for what configuration cannot say.
pub(super) fn check(resource: &Resource, schema: &Schema) -> Diagnostics {
    let IgnoreChanges::Paths(paths) = &resource.lifecycle.ignore_changes else { return Diagnostics::new() };
    let found = paths.iter().filter_map(|(path, span)| {
        let Some(PathStep::Attr(name)) = path.steps().first() else { return None };
        let problem = match schema.block.attribute(name) {
            _ if is_decided_alone(&schema.block, path.steps()) => redundant(path),
            Some(_) => return None,
            None if schema.block.nested(name).is_some() => return None,
            None => {
                let detail = format!(
                    "A resource of type {:?} has no argument, nested block, or exported attribute named {:?}.{}",
                    &*resource.addr.type_name,
                    &**name,
                    did_you_mean(name, schema.block.names())
                );
                Diagnostic::error("Unsupported attribute", detail)
            }
        };
        Some(problem.at(*span).within(resource.context()))
    });
    found.collect()
}

/// Whether a path ends at an attribute that configuration cannot give.
fn is_decided_alone(block: &Block, path: &[PathStep]) -> bool {
    let Some((PathStep::Attr(name), rest)) = path.split_first() else { return false };
    if let Some(attribute) = block.attribute(name) {
        return rest.is_empty() && !attribute.is_settable();
    }
    let inside = match rest {
        [PathStep::Index(_), inside @ ..] => inside,
        inside => inside,
    };
    block.nested(name).is_some_and(|nested| is_decided_alone(&nested.block, inside))
}

fn redundant(path: &Path) -> Diagnostic {
    Diagnostic::warning(
        "Redundant ignore_changes element",
        format!(
            "Adding an attribute name to ignore_changes tells lambdaform to ignore future changes to the argument in \
             configuration after the object has been created, retaining the value originally configured.\n\nThe \
             attribute {path} is decided by the provider alone and therefore there can be no configured value to compare \
             with. Including this attribute in ignore_changes has no effect. Remove the attribute from ignore_changes to \
             quiet this warning."
        ),
    )
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

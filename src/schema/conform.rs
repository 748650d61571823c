//! `conform`: an evaluated body brought to the shape its schema asks for.
//! Knows nothing of expressions; problems carry a path, and the caller knows the span.

use super::{Block, Constraint, Mode, Nesting, Shape};
use crate::base::{Diagnostic, Diagnostics, Path, Value, convert};

/// Brings an evaluated body (an object of what configuration set; lists of objects for nested blocks) to the schema:
/// every attribute present, types converted, nothing that is not in the schema, constraints checked on what is known.
/// Defaults are *not* filled in: they belong to the proposed state, so that configuration stays what was written.
pub fn conform(block: &Block, body: &Value) -> (Value, Diagnostics) {
    let mut problems = Diagnostics::new();
    let value = conform_block(block, body, &Path::default(), &mut problems);
    (value, problems)
}

fn conform_block(block: &Block, body: &Value, at: &Path, problems: &mut Diagnostics) -> Value {
    if body.is_unknown() {
        return Value::unknown(block.ty()).with_sensitive(body.is_sensitive());
    }
    let shape = Shape::of(block);
    let mut entries = Vec::with_capacity(block.attributes.len() + block.blocks.len());
    for (attribute, (name, ty)) in block.attributes.iter().zip(&shape.attributes) {
        let path = || at.attr(attribute.name);
        let given = body.get(attribute.name).cloned().unwrap_or(Value::NULL);
        if attribute.mode == Mode::Required && given.is_null() {
            problems.push(
                Diagnostic::error(
                    "Missing required argument",
                    format!(
                        "The argument {:?} is required, but {}.",
                        attribute.name,
                        if body.get(attribute.name).is_some() {
                            "its value is null"
                        } else {
                            "no definition was found"
                        }
                    ),
                )
                .on(path()),
            );
        }
        if !attribute.is_settable() && !given.is_null() {
            problems.push(
                Diagnostic::error(
                    "Value for unconfigurable attribute",
                    format!(
                        "Can't configure a value for {:?}: its value will be decided automatically based on the \
                         result of applying this configuration.",
                        attribute.name
                    ),
                )
                .on(path()),
            );
        }
        if let (Some(instead), false) = (attribute.deprecated, given.is_null()) {
            problems.push(Diagnostic::warning("Argument is deprecated", instead).on(path()));
        }
        let value = match convert::convert(&given, ty) {
            Ok(value) => value,
            Err(error) => {
                problems.push(
                    Diagnostic::error(
                        "Incorrect attribute value type",
                        format!("Inappropriate value for attribute {:?}: {error}.", attribute.name),
                    )
                    .on(path()),
                );
                Value::unknown(ty.clone())
            }
        };
        for constraint in attribute.constraints {
            check(attribute.name, constraint, &value, path, problems);
        }
        entries.push((name.clone(), value));
    }
    for (nested, (name, ty)) in block.blocks.iter().zip(&shape.blocks) {
        let path = at.attr(nested.name);
        let given = body.get(nested.name);
        let value = match (nested.nesting, given) {
            (Nesting::Single, None) => Value::null(nested.block.ty()),
            (Nesting::Single, Some(v)) if v.is_null() => Value::null(nested.block.ty()),
            (Nesting::Single, Some(v)) => conform_block(&nested.block, v, &path, problems),
            (Nesting::List, None) => Value::list(nested.block.ty(), []),
            (Nesting::Set, None) => Value::set(nested.block.ty(), []),
            (_, Some(v)) if v.is_unknown() => Value::unknown(ty.clone()).with_sensitive(v.is_sensitive()),
            (nesting, Some(v)) => {
                let items: Vec<Value> = v
                    .as_items()
                    .unwrap_or_default()
                    .iter()
                    .enumerate()
                    .map(|(i, item)| conform_block(&nested.block, item, &path.index(i), problems))
                    .collect();
                if nested.max > 0 && items.len() > nested.max {
                    problems.push(
                        Diagnostic::error(
                            format!("Too many {} blocks", nested.name),
                            format!(
                                "No more than {} {:?} blocks are allowed, and there are {}.",
                                nested.max,
                                nested.name,
                                items.len()
                            ),
                        )
                        .on(path.index(nested.max)),
                    );
                }
                if nesting == Nesting::Set {
                    Value::set(nested.block.ty(), items)
                } else {
                    Value::list(nested.block.ty(), items)
                }
            }
        };
        let count = value.as_items().map_or(usize::from(!value.is_null()), <[Value]>::len);
        if !value.is_unknown() && count < nested.min {
            problems.push(
                Diagnostic::error(
                    format!("Insufficient {} blocks", nested.name),
                    format!("At least {} {:?} blocks are required.", nested.min, nested.name),
                )
                .on(path),
            );
        }
        entries.push((name.clone(), value));
    }
    Value::object(entries).with_sensitive(body.is_sensitive())
}

fn check(
    name: &str,
    constraint: &Constraint,
    value: &Value,
    path: impl Fn() -> Path,
    problems: &mut Diagnostics,
) {
    if let Constraint::KnownValues(known) = constraint
        && let Some(text) = value.as_str()
        && !known.contains(&text)
        && !value.is_sensitive()
    {
        problems.push(
            Diagnostic::warning(
                "Value not known to this version",
                format!(
                    "The value {text:?} of {name:?} is not one that this version of lambdaform knows. It is sent as \
                     it is; the service decides."
                ),
            )
            .on(path()),
        );
    }
    if let Some(violation) = constraint.violation(value) {
        problems.push(
            Diagnostic::error("Invalid attribute value", format!("Invalid value for {name:?}. {violation}"))
                .on(path()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::{Attribute, NestedBlock};

    static BLOCK: Block = Block {
        attributes: &[
            Attribute::string("name").required().check(&[Constraint::Length(1, 8)]),
            Attribute::number("memory"),
            Attribute::string("arn").computed(),
        ],
        blocks: &[NestedBlock::one(
            "vpc",
            Block { attributes: &[Attribute::string_set("ids").required()], blocks: &[] },
        )],
    };

    fn problems(body: Value) -> Vec<String> {
        conform(&BLOCK, &body)
            .1
            .iter()
            .map(|d| format!("{}: {}", d.path.as_ref().unwrap(), d.summary))
            .collect()
    }

    #[test]
    fn fills_in_what_is_absent_and_converts() {
        let body = Value::object([("name", Value::from("f")), ("memory", Value::from("128"))]);
        let (value, problems) = conform(&BLOCK, &body);
        assert!(problems.is_empty());
        assert_eq!(value.get("memory"), Some(&Value::number(128)));
        assert_eq!(value.get("arn"), Some(&Value::null(Type::String)));
        assert_eq!(value.get("vpc").unwrap().as_items().unwrap(), []);
        assert_eq!(value.ty(), BLOCK.ty());
    }

    #[test]
    fn says_every_problem_at_its_path() {
        let vpc = Value::tuple([Value::object([("ids", Value::from("x"))]), Value::object::<&str>([])]);
        let body = Value::object([("memory", Value::from("much")), ("arn", "a".into()), ("vpc", vpc)]);
        assert_eq!(
            problems(body),
            [
                "name: Missing required argument",
                "memory: Incorrect attribute value type",
                "arn: Value for unconfigurable attribute",
                "vpc[0].ids: Incorrect attribute value type",
                "vpc[1].ids: Missing required argument",
                "vpc[1]: Too many vpc blocks",
            ]
        );
        assert_eq!(
            problems(Value::object([("name", Value::from("much too long"))])),
            ["name: Invalid attribute value"]
        );
    }
}

//! `conform`: an evaluated body brought to the shape its schema asks for.
//! Knows nothing of expressions; problems carry a path, and the caller knows the span.

use super::{Attribute, Block, Constraint, Mode, NestedBlock, Nesting, Shape};
use crate::base::{Diagnostic, Diagnostics, Path, Type, Value, convert};

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
        let wrong = |problem: Diagnostic| problems.push(problem.on(at.attr(attribute.name)));
        entries.push((name.clone(), conform_attribute(attribute, ty, body.get(attribute.name), wrong)));
    }
    for (nested, (name, ty)) in block.blocks.iter().zip(&shape.blocks) {
        let given = body.get(nested.name);
        entries.push((name.clone(), conform_nested(nested, ty, given, &at.attr(nested.name), problems)));
    }
    Value::object(entries).with_sensitive(body.is_sensitive())
}

/// `given` is `None` where nothing is written.
fn conform_attribute(
    attribute: &Attribute,
    ty: &Type,
    given: Option<&Value>,
    mut wrong: impl FnMut(Diagnostic),
) -> Value {
    let name = attribute.name;
    let value = given.cloned().unwrap_or(Value::NULL);
    if attribute.mode == Mode::Required && value.is_null() {
        let why = if given.is_some() { "its value is null" } else { "no definition was found" };
        let detail = format!("The argument {name:?} is required, but {why}.");
        wrong(Diagnostic::error("Missing required argument", detail));
    }
    if !attribute.is_settable() && !value.is_null() {
        let detail = format!(
            "Can't configure a value for {name:?}: its value will be decided automatically based on the result of \
             applying this configuration."
        );
        wrong(Diagnostic::error("Value for unconfigurable attribute", detail));
    }
    if let (Some(instead), false) = (attribute.deprecated, value.is_null()) {
        wrong(Diagnostic::warning("Argument is deprecated", instead));
    }
    let value = convert::convert(&value, ty).unwrap_or_else(|error| {
        let detail = format!("Inappropriate value for attribute {name:?}: {error}.");
        wrong(Diagnostic::error("Incorrect attribute value type", detail));
        Value::unknown(ty.clone())
    });
    let nothing = attribute.or_empty && value.as_str() == Some("");
    for constraint in attribute.constraints.iter().filter(|_| !nothing) {
        check(name, constraint, &value, &mut wrong);
    }
    value
}

/// `given` is `None` where no such block is written.
fn conform_nested(
    nested: &NestedBlock,
    ty: &Type,
    given: Option<&Value>,
    at: &Path,
    problems: &mut Diagnostics,
) -> Value {
    let NestedBlock { name, block, min, max, .. } = nested;
    let value = match (nested.nesting, given) {
        (Nesting::Single, None) => Value::null(block.ty()),
        (Nesting::Single, Some(v)) if v.is_null() => Value::null(block.ty()),
        (Nesting::Single, Some(v)) => conform_block(block, v, at, problems),
        (Nesting::List, None) => Value::list(block.ty(), []),
        (Nesting::Set, None) => Value::set(block.ty(), []),
        (_, Some(v)) if v.is_unknown() => Value::unknown(ty.clone()).with_sensitive(v.is_sensitive()),
        (nesting, Some(v)) => {
            let written = v.as_items().unwrap_or_default().iter().enumerate();
            let items: Vec<Value> =
                written.map(|(i, item)| conform_block(block, item, &at.index(i), problems)).collect();
            if *max > 0 && items.len() > *max {
                let detail =
                    format!("No more than {max} {name:?} blocks are allowed, and there are {}.", items.len());
                let problem = Diagnostic::error(format!("Too many {name} blocks"), detail);
                problems.push(problem.on(at.index(*max)));
            }
            match nesting {
                Nesting::Set => Value::set(block.ty(), items),
                _ => Value::list(block.ty(), items),
            }
        }
    };
    let count = value.as_items().map_or(usize::from(!value.is_null()), <[Value]>::len);
    if !value.is_unknown() && count < *min {
        let detail = format!("At least {min} {name:?} blocks are required.");
        problems.push(Diagnostic::error(format!("Insufficient {name} blocks"), detail).on(at.clone()));
    }
    value
}

fn check(name: &str, constraint: &Constraint, value: &Value, wrong: &mut impl FnMut(Diagnostic)) {
    if let Constraint::KnownValues(known) = constraint
        && let Some(text) = value.as_str()
        && !known.contains(&text)
        && !value.is_sensitive()
    {
        let detail = format!(
            "The value {text:?} of {name:?} is not one that this version of lambdaform knows. It is sent as it is; the \
             service decides."
        );
        wrong(Diagnostic::warning("Value not known to this version", detail));
    }
    if let Some(violation) = constraint.violation(value) {
        let detail = format!("Invalid value for {name:?}. {violation}");
        wrong(Diagnostic::error("Invalid attribute value", detail));
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
            Attribute::string("version").check(&[Constraint::Length(1, 8)]).or_empty(),
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
        for (version, expected) in
            [("", &[][..]), ("v1", &[]), ("much too long", &["version: Invalid attribute value"])]
        {
            let body = Value::object([("name", Value::from("f")), ("version", version.into())]);
            assert_eq!(problems(body), expected, "{version}");
        }
    }
}

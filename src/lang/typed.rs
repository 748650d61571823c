//! A value brought to a declared type: optional attributes filled in, then converted; and what an input variable is
//! worth. Knows nothing of where the value was given.

use std::collections::BTreeMap;

use super::Context;
use super::eval::evaluate;
use crate::base::convert::{ConvertError, convert};
use crate::base::{Diagnostic, Diagnostics, Entries, Kind, Name, Type, Value};
use crate::config::{ObjectAttribute, TypeConstraint, Variable};

/// Why a value does not come to have a declared type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedError {
    /// The value does not fit: `attribute "a": a number is required`.
    #[error("{0}")]
    Unsuitable(#[from] ConvertError),
    /// A default of an optional attribute has no value.
    #[error("a default of an optional attribute is not valid")]
    Default(Diagnostics),
}

/// The value as the declared type. Attributes that are optional take their default where they are absent or null, and
/// null where they have none; attributes that are not declared are dropped. Null and unknown stay what they are.
///
/// # Errors
/// A [`TypedError`]; defaults that [`check_constraint`] has passed are never to blame.
pub fn apply_constraint(value: &Value, ty: &TypeConstraint, cx: &Context<'_>) -> Result<Value, TypedError> {
    let filled =
        if has_optional(ty) { fill(value, ty, cx).map_err(TypedError::Default)? } else { value.clone() };
    Ok(convert(&filled, &ty.ty())?)
}

/// What is wrong with the defaults of optional attributes in a declared type.
pub fn check_constraint(ty: &TypeConstraint, cx: &Context<'_>) -> Diagnostics {
    let mut problems = Diagnostics::new();
    match ty {
        TypeConstraint::List(t) | TypeConstraint::Set(t) | TypeConstraint::Map(t) => {
            problems.extend(check_constraint(t, cx));
        }
        TypeConstraint::Tuple(ts) => ts.iter().for_each(|t| problems.extend(check_constraint(t, cx))),
        TypeConstraint::Object(attributes) => {
            for attribute in attributes.values() {
                problems.extend(check_constraint(&attribute.ty, cx));
                let Some(default) = &attribute.default else { continue };
                let Some(value) = problems.take(evaluate(default, cx)) else { continue };
                if let Err(TypedError::Unsuitable(error)) = apply_constraint(&value, &attribute.ty, cx) {
                    let detail = format!(
                        "This default value is not compatible with the attribute's type constraint: {error}."
                    );
                    problems.push(
                        Diagnostic::error("Invalid default value for optional attribute", detail)
                            .at(default.span),
                    );
                }
            }
        }
        _ => {}
    }
    problems
}

/// What an input variable is worth: what was given, or its default where nothing was or where null was given and is
/// not a value. The result has the declared type and carries the mark of a sensitive variable.
///
/// # Errors
/// That the variable needs a value, or that the value does not fit the declared type.
pub fn input_value(
    variable: &Variable,
    given: Option<&Value>,
    cx: &Context<'_>,
) -> Result<Value, Diagnostics> {
    let given = given.filter(|value| variable.nullable || !value.is_null());
    let name = &*variable.name;
    let (value, default) = match (given, &variable.default) {
        (Some(value), _) => (value.clone(), None),
        (None, Some(default)) => (evaluate(default, cx)?, Some(default)),
        (None, None) => {
            let detail = format!(
                "The input variable {name:?} is not set, and has no default value. Use a -var or -var-file command \
                 line argument to provide a value for this variable."
            );
            return Err(Diagnostic::error("No value for required variable", detail).at(variable.span).into());
        }
    };
    match apply_constraint(&value, &variable.ty, cx) {
        Ok(value) => Ok(value.with_sensitive(variable.sensitive)),
        Err(TypedError::Default(problems)) => Err(problems),
        Err(TypedError::Unsuitable(error)) => Err(match default {
            Some(default) => {
                let detail = format!(
                    "This default value is not compatible with the variable's type constraint: {error}."
                );
                Diagnostic::error("Invalid default value for variable", detail).at(default.span)
            }
            None => {
                let detail = format!("The given value is not suitable for var.{name}: {error}.");
                Diagnostic::error("Invalid value for input variable", detail).at(variable.span)
            }
        }
        .into()),
    }
}

fn has_optional(ty: &TypeConstraint) -> bool {
    match ty {
        TypeConstraint::List(t) | TypeConstraint::Set(t) | TypeConstraint::Map(t) => has_optional(t),
        TypeConstraint::Tuple(ts) => ts.iter().any(has_optional),
        TypeConstraint::Object(attributes) => attributes.values().any(|a| a.optional || has_optional(&a.ty)),
        _ => false,
    }
}

/// The value with what is optional filled in. Collections become tuples and objects on the way, because their elements
/// may differ until they are converted.
fn fill(value: &Value, ty: &TypeConstraint, cx: &Context<'_>) -> Result<Value, Diagnostics> {
    let filled = match (value.kind(), ty) {
        (
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items),
            TypeConstraint::List(t) | TypeConstraint::Set(t),
        ) => Value::tuple(items.iter().map(|item| fill(item, t, cx)).collect::<Result<Vec<_>, _>>()?),
        (Kind::Tuple(items), TypeConstraint::Tuple(ts)) if items.len() == ts.len() => Value::tuple(
            items.iter().zip(ts).map(|(item, t)| fill(item, t, cx)).collect::<Result<Vec<_>, _>>()?,
        ),
        (Kind::Map(_, entries) | Kind::Object(entries), TypeConstraint::Map(t)) => {
            let fill = |(name, item): (&Name, &Value)| Ok((name.clone(), fill(item, t, cx)?));
            Value::object(entries.iter().map(fill).collect::<Result<Vec<_>, Diagnostics>>()?)
        }
        (Kind::Map(_, entries) | Kind::Object(entries), TypeConstraint::Object(attributes)) => {
            fill_object(entries, attributes, cx)?
        }
        (Kind::Unknown(known), _) => Value::unknown(fill_type(known, ty)),
        _ => return Ok(value.clone()),
    };
    Ok(filled.with_sensitive(value.is_sensitive()))
}

/// The type of a value that is not known yet, with what is optional in it: absent attributes will be filled in.
fn fill_type(known: &Type, ty: &TypeConstraint) -> Type {
    match (known, ty) {
        (Type::List(item), TypeConstraint::List(t)) => Type::list(fill_type(item, t)),
        (Type::Set(item), TypeConstraint::Set(t)) => Type::set(fill_type(item, t)),
        (Type::Map(item), TypeConstraint::Map(t)) => Type::map(fill_type(item, t)),
        (Type::List(item), TypeConstraint::Set(t)) | (Type::Set(item), TypeConstraint::List(t)) => {
            Type::list(fill_type(item, t))
        }
        (Type::Tuple(items), TypeConstraint::List(t) | TypeConstraint::Set(t)) => {
            Type::tuple(items.iter().map(|item| fill_type(item, t)))
        }
        (Type::Tuple(items), TypeConstraint::Tuple(ts)) if items.len() == ts.len() => {
            Type::tuple(items.iter().zip(ts).map(|(item, t)| fill_type(item, t)))
        }
        (Type::Object(entries), TypeConstraint::Map(t)) => {
            Type::object(entries.iter().map(|(name, entry)| (name.clone(), fill_type(entry, t))))
        }
        (Type::Object(entries), TypeConstraint::Object(attributes)) => {
            let filled = attributes.iter().filter_map(|(name, attribute)| {
                let absent = || attribute.optional.then(|| attribute.ty.ty());
                let found = entries.get(name).map(|entry| fill_type(entry, &attribute.ty)).or_else(absent);
                Some((name.clone(), found?))
            });
            Type::object(filled)
        }
        _ => known.clone(),
    }
}

fn fill_object(
    entries: &Entries,
    attributes: &BTreeMap<Name, ObjectAttribute>,
    cx: &Context<'_>,
) -> Result<Value, Diagnostics> {
    let mut filled = Vec::with_capacity(attributes.len());
    for (name, attribute) in attributes {
        let given = entries.get(name);
        let value = match (given.filter(|value| !value.is_null()), &attribute.default) {
            (Some(value), _) => fill(value, &attribute.ty, cx)?,
            (None, Some(default)) => fill(&evaluate(default, cx)?, &attribute.ty, cx)?,
            (None, None) if attribute.optional || given.is_some() => {
                let sensitive = given.is_some_and(Value::is_sensitive);
                Value::null(attribute.ty.ty()).with_sensitive(sensitive)
            }
            (None, None) => continue,
        };
        filled.push((name.clone(), value));
    }
    Ok(Value::object(filled))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::load_sources;
    use crate::lang::FunctionEnv;
    use crate::lang::cases::{Names, one_line, printed};

    fn variable(arguments: &str) -> Variable {
        let text = format!("variable \"x\" {{\n{arguments}\n}}\n");
        let (config, problems) = load_sources(Path::new("."), vec![("main.tf".into(), text)]);
        assert!(problems.is_empty(), "{arguments}: {problems:?}");
        config.root.variables.get("x").unwrap().clone()
    }

    fn worth(variable: &Variable, given: Option<&Value>) -> String {
        let (scope, env) = (Names::of([]), FunctionEnv::default());
        let cx = Context { scope: &scope, env: &env };
        let problems = check_constraint(&variable.ty, &cx);
        let result = if problems.is_empty() { input_value(variable, given, &cx) } else { Err(problems) };
        result.map_or_else(|problems| one_line(&problems), |value| printed(&value))
    }

    #[test]
    fn defaults_become_what_terraform_makes_of_them() {
        let mut wrong = String::new();
        let rows = include_str!("typed.txt").lines().filter(|row| !row.is_empty() && !row.starts_with('#'));
        for row in rows {
            let (written, expected) = row.split_once("  =>  ").unwrap();
            let (ty, default) = written.split_once(" ;; ").unwrap();
            let outcome = worth(&variable(&format!("type = {ty}\ndefault = {default}")), None);
            if outcome != expected {
                wrong += &format!("\n{written}\n  expected {expected}\n  but got  {outcome}\n");
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn what_is_not_known_yet_may_lack_what_is_optional() {
        let declared = variable(
            "type = object({ a = string, b = optional(list(object({ c = string, d = optional(number) }))) })",
        );
        let inner = Type::object([("c", Type::String)]);
        let given = Type::object([("a", Type::Number), ("b", Type::list(inner)), ("more", Type::Bool)]);
        for ty in [given, Type::object([("a", Type::String)])] {
            let (scope, env) = (Names::of([]), FunctionEnv::default());
            let cx = Context { scope: &scope, env: &env };
            let value = input_value(&declared, Some(&Value::unknown(ty.clone())), &cx);
            assert_eq!(value.ok().map(|value| value.ty()), Some(declared.ty.ty()), "{ty}");
        }
        let lacking = worth(&declared, Some(&Value::unknown(Type::object([("b", Type::Dynamic)]))));
        assert!(lacking.contains("Invalid value for input variable"), "{lacking}");
    }

    #[test]
    fn null_is_a_value_only_where_it_is_allowed() {
        let nullable = variable("type = string\ndefault = \"d\"");
        let strict = variable("type = string\ndefault = \"d\"\nnullable = false");
        let required = variable("type = string");
        let secret = variable("type = number\nsensitive = true");
        let (null, text) = (Value::NULL, Value::from("5"));
        for (variable, given, expected) in [
            (&nullable, None, "\"d\""),
            (&nullable, Some(&null), "tostring(null)"),
            (&strict, Some(&null), "\"d\""),
            (&strict, Some(&text), "\"5\""),
            (
                &required,
                None,
                "Error: No value for required variable The input variable \"x\" is not set, and has no default value. \
                 Use a -var or -var-file command line argument to provide a value for this variable.",
            ),
            (&secret, Some(&text), "(sensitive value)"),
        ] {
            assert_eq!(worth(variable, given), expected, "{given:?}");
        }
    }
}

//! From the attributes that identify an object to the id by which it is imported, by the pattern of its type.
//! Knows no type; whether there is such an object is its provider's business.

use std::collections::BTreeMap;

use crate::base::suggest::did_you_mean;

/// Why there is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The type has no ids.
    #[error("Objects of this type cannot be imported.")]
    None,
    /// An attribute is missing.
    #[error("The attribute {0:?} is missing: together with the others it identifies the object.")]
    Missing(String),
    /// An attribute is none of the identity.
    #[error("The attribute {0:?} does not identify an object of this type.{1}")]
    Unknown(String, String),
    /// Account and region are said elsewhere.
    #[error(
        "The attribute {0:?} is not taken: objects are looked for where the resource's provider configuration says. Leave \
         it out; for another account or region, give the resource a \"provider\" that is configured for it."
    )]
    Place(String),
}

/// Attributes of provider 6.x's identities that say where an object is.
const PLACES: [&str; 2] = ["account_id", "region"];

/// The id that a pattern such as `FUNCTION_NAME[:QUALIFIER]/STATEMENT_ID` gives for attributes such as `function_name`. What
/// stands in brackets goes if the attribute in it is not given.
///
/// # Errors
/// When the attributes are not those that the pattern names.
pub fn id_of(pattern: &str, identity: &BTreeMap<String, String>) -> Result<String, IdentityError> {
    if pattern.is_empty() {
        return Err(IdentityError::None);
    }
    let names: Vec<String> = parts(pattern).filter_map(|part| part.attribute()).collect();
    let given = || identity.keys().filter(|name| !names.contains(name));
    if let Some(place) = given().find(|name| PLACES.contains(&name.as_str())) {
        return Err(IdentityError::Place(place.clone()));
    }
    if let Some(unknown) = given().next() {
        let hint = match did_you_mean(unknown, names.iter().map(String::as_str)) {
            none if none.is_empty() => format!(" Those that do: {}.", names.join(", ")),
            hint => hint,
        };
        return Err(IdentityError::Unknown(unknown.clone(), hint));
    }
    let mut id = String::new();
    let mut optional: Option<Optional> = None;
    for part in parts(pattern) {
        let text = match part {
            Part::Open => {
                optional = Some(Optional::default());
                continue;
            }
            Part::Close => {
                id.extend(optional.take().filter(|inner| inner.given).map(|inner| inner.text));
                continue;
            }
            Part::Literal(text) => text.to_owned(),
            Part::Attribute(name) => {
                let name = name.to_lowercase();
                match (identity.get(&name).filter(|value| !value.is_empty()), &mut optional) {
                    (Some(value), Some(inner)) => {
                        inner.given = true;
                        value.clone()
                    }
                    (Some(value), None) => value.clone(),
                    (None, Some(_)) => String::new(),
                    (None, None) => return Err(IdentityError::Missing(name)),
                }
            }
        };
        optional.as_mut().map_or(&mut id, |inner| &mut inner.text).push_str(&text);
    }
    Ok(id)
}

/// What stands in brackets, so far.
#[derive(Default)]
struct Optional {
    text: String,
    given: bool,
}

/// A piece of a pattern.
#[derive(Clone, Copy)]
enum Part<'p> {
    Attribute(&'p str),
    Literal(&'p str),
    Open,
    Close,
}

impl Part<'_> {
    fn attribute(self) -> Option<String> {
        if let Part::Attribute(name) = self { Some(name.to_lowercase()) } else { None }
    }
}

/// The pieces of a pattern: names in capitals, brackets, and what stands between.
fn parts(pattern: &str) -> impl Iterator<Item = Part<'_>> {
    let named = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let same = |c: char| if named(first) { named(c) } else { !named(c) && !"[]".contains(c) };
        let length = match first {
            '[' | ']' => 1,
            _ => rest.find(|c| !same(c)).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(match first {
            '[' => Part::Open,
            ']' => Part::Close,
            c if named(c) => Part::Attribute(part),
            _ => Part::Literal(part),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_their_patterns() {
        let id = |pattern: &str, given: &[(&str, &str)]| {
            let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            id_of(pattern, &given.collect()).map_err(|error| error.to_string())
        };
        let permission = "FUNCTION_NAME[:QUALIFIER]/STATEMENT_ID";
        for (pattern, given, expected) in [
            ("NAME", &[("name", "f")][..], "f"),
            (permission, &[("function_name", "f"), ("statement_id", "s")], "f/s"),
            (permission, &[("function_name", "f"), ("statement_id", "s"), ("qualifier", "v")], "f:v/s"),
            (permission, &[("function_name", "f"), ("statement_id", "s"), ("qualifier", "")], "f/s"),
            ("RESULT,MIN,MAX[,SEED]", &[("result", "1"), ("min", "0"), ("max", "2")], "1,0,2"),
        ] {
            assert_eq!(id(pattern, given).as_deref(), Ok(expected), "{pattern}");
        }
        for (pattern, given, says) in [
            ("", &[("name", "f")][..], "cannot be imported"),
            ("NAME", &[], "\"name\" is missing"),
            ("NAME", &[("name", "")], "\"name\" is missing"),
            ("NAME", &[("nam", "f")], "Did you mean \"name\"?"),
            ("NAME", &[("name", "f"), ("other_thing", "f")], "Those that do: name."),
            ("NAME", &[("name", "f"), ("region", "eu-west-1")], "give the resource a \"provider\""),
        ] {
            assert!(id(pattern, given).is_err_and(|error| error.contains(says)), "{pattern} {given:?}");
        }
    }
}

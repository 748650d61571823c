//! What random texts are made of: the arguments of `random_string` and `random_password`, and the drawing.
//! Does not know which of the two it serves.

use serde_json::Value as Json;

use super::dice::Dice;
use crate::base::{Diagnostic, Diagnostics, Number, Value, json};
use crate::provider::{PlanRequest, PlanResponse};
use crate::providers::offline::{filled, is_set, text};
use crate::schema::{Attribute, Constraint, Default};

const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// A kind of character: the arguments that allow it and ask for some, and the characters.
struct Class {
    allowed: &'static str,
    least: &'static str,
    characters: &'static str,
}

const CLASSES: [Class; 4] = [
    Class { allowed: "lower", least: "min_lower", characters: "abcdefghijklmnopqrstuvwxyz" },
    Class { allowed: "numeric", least: "min_numeric", characters: "0123456789" },
    Class { allowed: "special", least: "min_special", characters: SPECIAL },
    Class { allowed: "upper", least: "min_upper", characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
];

/// More characters than anybody asks for, so that a slip of the finger does not fill the memory.
const MOST: i64 = 1_000_000;

const ARGUMENTS: [Attribute; 12] = [
    super::KEEPERS,
    Attribute::number("length").required().replaces().check(&[Constraint::Range(1, MOST)]),
    allowing("lower"),
    at_least("min_lower"),
    at_least("min_numeric"),
    at_least("min_special"),
    at_least("min_upper"),
    Attribute::bool("number")
        .optional_computed()
        .replaces()
        .deprecated("The argument \"number\" is now called \"numeric\"."),
    Attribute::bool("numeric").optional_computed().replaces(),
    Attribute::string("override_special").replaces(),
    allowing("special"),
    allowing("upper"),
];

const fn allowing(name: &'static str) -> Attribute {
    Attribute::bool(name).default(Default::Bool(true)).replaces()
}

const fn at_least(name: &'static str) -> Attribute {
    Attribute::number(name).default(Default::Int(0)).replaces().check(&[Constraint::Range(0, MOST)])
}

/// The attributes of a type: its own, then the arguments.
pub(super) const fn with_arguments<const OWN: usize, const ALL: usize>(
    own: [Attribute; OWN],
) -> [Attribute; ALL] {
    let mut all = [super::KEEPERS; ALL];
    let mut i = 0;
    while i < ALL {
        all[i] = if i < OWN { own[i] } else { ARGUMENTS[i - OWN] };
        i += 1;
    }
    all
}

/// Rules between arguments.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let flag = |name: &str| config.get(name).and_then(Value::as_bool);
    if let (Some(number), Some(numeric)) = (flag("number"), flag("numeric"))
        && number != numeric
    {
        let detail = "The arguments \"number\" and \"numeric\" are two names of one thing, and their values differ. \
                      Remove \"number\", the old name.";
        problems.push(Diagnostic::error("Conflicting arguments", detail).on("number"));
    }
    let off = |class: &Class| {
        flag(class.allowed) == Some(false) || class.allowed == "numeric" && flag("number") == Some(false)
    };
    if CLASSES.iter().all(off) {
        problems.push(Diagnostic::error(
            "No characters to draw from",
            "All of \"lower\", \"numeric\", \"special\" and \"upper\" are false, so no character may be in the text. At \
             least one of them must be true.",
        ));
    }
    // An unknown minimum may still be 0.
    let minimums = CLASSES.iter().filter_map(|class| whole(config, class.least));
    let least = minimums.fold(0, i64::saturating_add);
    if let Some(length) = whole(config, "length")
        && length < least
    {
        problems.push(
            Diagnostic::error(
                "Text too short for its minimums",
                format!(
                    "The length is {length}, but \"min_lower\", \"min_numeric\", \"min_special\" and \"min_upper\" together \
                     ask for {least} characters. Make the text longer, or ask for fewer."
                ),
            )
            .on("length"),
        );
    }
    problems
}

/// The proposed object, with one value under the two names of one argument.
pub(super) fn plan(request: &PlanRequest<'_>) -> PlanResponse {
    let mut response = super::kept(request);
    let given = ["numeric", "number"].into_iter().find(|name| is_set(request.config, name));
    let numeric = given.and_then(|name| request.config.get(name)).cloned().unwrap_or(Value::TRUE);
    response.planned = filled(&response.planned, [("number", numeric.clone()), ("numeric", numeric)]);
    response
}

/// Draws a text: of each kind the characters asked for, the rest from all that are allowed, in any order.
pub(super) fn draw(planned: &Value) -> Result<String, Diagnostics> {
    let problems = validate(planned);
    if problems.has_errors() {
        return Err(problems);
    }
    let length = whole(planned, "length").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let special = text(planned, "override_special").filter(|own| !own.is_empty()).unwrap_or(SPECIAL);
    let mut dice = Dice::System;
    let (mut drawn, mut allowed) = (Vec::<char>::new(), Vec::new());
    for class in &CLASSES {
        let characters = if class.allowed == "special" { special } else { class.characters };
        let characters: Vec<char> = characters.chars().collect();
        for _ in 0..whole(planned, class.least).unwrap_or(0) {
            drawn.extend(dice.pick(&characters)?);
        }
        if planned.get(class.allowed).and_then(Value::as_bool).unwrap_or(true) {
            allowed.extend(characters);
        }
    }
    while drawn.len() < length {
        drawn.extend(dice.pick(&allowed)?);
    }
    dice.shuffle(&mut drawn)?;
    Ok(drawn.into_iter().collect())
}

/// The arguments of an object that is known by its text alone: the defaults, and its length.
pub(super) fn imported(text: &str) -> Value {
    Value::object(ARGUMENTS.iter().map(|argument| {
        let value = match argument.name {
            "length" => Value::number(Number::from(text.chars().count())),
            "number" | "numeric" => Value::TRUE,
            _ => argument.default.map_or_else(|| Value::null(argument.ty.ty()), |default| default.value()),
        };
        (argument.name, value)
    }))
}

/// Attributes of an older version of the schema: `numeric` was called `number`, and the rest came one by one.
pub(super) fn upgrade(mut attributes: Json) -> Json {
    let Some(entries) = attributes.as_object_mut() else { return attributes };
    let mut given = ["numeric", "number"].into_iter().filter_map(|name| entries.get(name));
    let numeric = given.find(|value| !value.is_null()).cloned().unwrap_or(Json::Bool(true));
    for argument in &ARGUMENTS {
        let entry = entries.entry(argument.name).or_insert(Json::Null);
        if let ("number" | "numeric", true) = (argument.name, entry.is_null()) {
            *entry = numeric.clone();
        }
        if let (Some(default), true) = (argument.default, entry.is_null()) {
            *entry = json::to_json(&default.value());
        }
    }
    attributes
}

fn whole(object: &Value, name: &str) -> Option<i64> {
    object.get(name)?.as_number()?.as_i64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::plan::propose::Proposal;
    use crate::schema::{Block, conform};

    static BLOCK: Block = Block { attributes: &ARGUMENTS, blocks: &[] };

    fn planned(prior: Option<&Value>, arguments: &[(&str, Value)]) -> (Value, Vec<String>) {
        let (config, mut problems) = conform(&BLOCK, &Value::object(arguments.iter().cloned()));
        problems.extend(validate(&config));
        let proposed = Proposal { block: &BLOCK, empty_is_null: false }.propose(prior, &config);
        let request = PlanRequest {
            type_name: "random_string",
            prior,
            proposed: &proposed,
            config: &config,
            ignored: &[],
            files_may_change: false,
        };
        (plan(&request).planned, problems.iter().map(|d| d.summary.clone()).collect())
    }

    #[test]
    fn a_text_is_what_its_arguments_ask_for() {
        let (no, eight) = (|| Value::FALSE, || ("length", Value::number(8)));
        for (arguments, pattern) in [
            (vec![eight()], r"^[-a-zA-Z0-9!@#$%&*()_=+\[\]{}<>:?]{8}$"),
            (vec![eight(), ("special", no())], "^[a-zA-Z0-9]{8}$"),
            (vec![eight(), ("special", no()), ("upper", no()), ("number", no())], "^[a-z]{8}$"),
            (vec![eight(), ("lower", no()), ("upper", no()), ("special", no())], "^[0-9]{8}$"),
            (
                vec![
                    eight(),
                    ("lower", no()),
                    ("upper", no()),
                    ("numeric", no()),
                    ("override_special", "£ä".into()),
                ],
                "^[£ä]{8}$",
            ),
            (vec![eight(), ("special", no()), ("min_numeric", Value::number(8))], "^[0-9]{8}$"),
            (vec![eight(), ("upper", no()), ("min_upper", Value::number(8))], "^[A-Z]{8}$"),
        ] {
            let (planned, problems) = planned(None, &arguments);
            assert!(problems.iter().all(|p| p == "Argument is deprecated"), "{problems:?}");
            let drawn = draw(&planned).unwrap();
            assert!(regex::Regex::new(pattern).unwrap().is_match(&drawn), "{drawn} {pattern}");
        }
        let (planned, _) = planned(None, &[("length", Value::number(40))]);
        assert_ne!(draw(&planned).unwrap(), draw(&planned).unwrap());
    }

    #[test]
    fn contradictions_are_refused() {
        let no = || Value::FALSE;
        for (arguments, expected) in [
            (vec![("numeric", no()), ("number", Value::TRUE)], "Conflicting arguments"),
            (
                vec![("numeric", no()), ("lower", no()), ("upper", no()), ("special", no())],
                "No characters to draw from",
            ),
            (
                vec![("min_lower", Value::number(3)), ("min_upper", Value::number(3))],
                "Text too short for its minimums",
            ),
            (vec![("min_lower", Value::number(-1))], "Invalid attribute value"),
        ] {
            let arguments: Vec<_> = arguments.into_iter().chain([("length", Value::number(5))]).collect();
            let (_, problems) = planned(None, &arguments);
            assert!(problems.iter().any(|problem| problem == expected), "{problems:?}");
        }
    }

    #[test]
    fn two_names_have_one_value() {
        for (arguments, expected) in [
            (vec![], Value::TRUE),
            (vec![("number", Value::FALSE)], Value::FALSE),
            (vec![("numeric", Value::FALSE)], Value::FALSE),
            (vec![("numeric", Value::unknown(Type::Bool))], Value::unknown(Type::Bool)),
        ] {
            let prior = imported("abc");
            let arguments: Vec<_> = arguments.into_iter().chain([("length", Value::number(3))]).collect();
            for prior in [None, Some(&prior)] {
                let (planned, _) = planned(prior, &arguments);
                assert_eq!(
                    (planned.get("number"), planned.get("numeric")),
                    (Some(&expected), Some(&expected))
                );
            }
        }
    }

    #[test]
    fn what_was_imported_needs_no_change() {
        let prior = imported("abc");
        let (planned, _) = planned(Some(&prior), &[("length", Value::number(3))]);
        assert_eq!(planned, prior);
    }
}

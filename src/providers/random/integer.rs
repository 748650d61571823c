//! `random_integer`: a number between two others, both included.
//! Knows nothing of what is numbered.

use super::dice::Dice;
use crate::base::{Diagnostic, Diagnostics, Type, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled, text};
use crate::schema::{Attribute, Block, Constraint, Schema};

const WHOLE: &[Constraint] = &[Constraint::Custom(not_whole)];

static TYPE: ResourceType = ResourceType {
    name: "random_integer",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                super::KEEPERS,
                Attribute::number("max").required().replaces().check(WHOLE),
                Attribute::number("min").required().replaces().check(WHOLE),
                Attribute::number("result").computed(),
                Attribute::string("seed").replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "RESULT,MIN,MAX[,SEED]",
};

pub(super) struct Integer;

impl Resource for Integer {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match (whole(config, "min"), whole(config, "max")) {
            (Some(min), Some(max)) if min > max => Diagnostic::error(
                "Minimum greater than maximum",
                format!("The minimum of the range, {min}, is greater than its maximum, {max}, so no number is in it."),
            )
            .on("min")
            .into(),
            _ => Diagnostics::new(),
        }
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let problems = self.validate(planned);
        if problems.has_errors() {
            return Err(problems);
        }
        let (min, max) = (whole(planned, "min").unwrap_or(0), whole(planned, "max").unwrap_or(0));
        // The whole range of 64 bits has one number more than its width says; that one is never drawn.
        let drawn = Dice::of(text(planned, "seed")).below(max.abs_diff(min).saturating_add(1))?;
        Ok(numbered(planned, min.wrapping_add_unsigned(drawn)))
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        let wrong = || {
            super::no_such_id(
                "three whole numbers with commas between: result, min, max; then a seed if there is one",
            )
        };
        let mut parts = id.splitn(4, ',');
        let mut number = || parts.next().and_then(|part| part.trim().parse::<i64>().ok()).ok_or_else(wrong);
        let (result, min, max) = (number()?, number()?, number()?);
        let object = Value::object([
            ("keepers", Value::null(Type::map(Type::String))),
            ("max", max.into()),
            ("min", min.into()),
            ("seed", parts.next().map_or_else(|| Value::null(Type::String), Value::from)),
        ]);
        Ok(numbered(&object, result))
    }
}

fn whole(object: &Value, name: &str) -> Option<i64> {
    object.get(name)?.as_number()?.as_i64()
}

fn not_whole(value: &Value) -> Option<String> {
    let number = value.as_number()?;
    number
        .as_i64()
        .is_none()
        .then(|| format!("A whole number of at most 64 bits is required, and the value is {number}."))
}

fn numbered(object: &Value, result: i64) -> Value {
    filled(object, [("id", result.to_string().into()), ("result", result.into())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(min: i64, max: i64, seed: Option<&str>) -> Value {
        Value::object([
            ("keepers", Value::null(Type::map(Type::String))),
            ("max", max.into()),
            ("min", min.into()),
            ("seed", seed.map_or_else(|| Value::null(Type::String), Value::from)),
        ])
    }

    #[test]
    fn the_result_lies_in_the_range() {
        for (min, max) in [(1, 3), (-3, -1), (7, 7), (i64::MIN, i64::MAX), (i64::MIN, 0)] {
            let made = Integer.create(&planned(min, max, None)).unwrap();
            assert_eq!(made.ty(), TYPE.schema.block.ty());
            let result = whole(&made, "result").unwrap();
            assert!((min..=max).contains(&result));
            assert_eq!(text(&made, "id"), Some(result.to_string().as_str()));
        }
        let seeded = || Integer.create(&planned(1, 1_000_000, Some("s"))).unwrap();
        assert_eq!(seeded(), seeded());
        assert!(Integer.create(&planned(2, 1, None)).is_err());
    }

    #[test]
    fn imports_result_range_and_seed() {
        let made = Integer.import("15390,1,50000,a,b").unwrap();
        assert_eq!(made, numbered(&planned(1, 50_000, Some("a,b")), 15_390));
        for wrong in ["", "1", "1,2", "a,1,2", "1,2,"] {
            assert!(Integer.import(wrong).is_err(), "{wrong}");
        }
    }
}

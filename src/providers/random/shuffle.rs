//! `random_shuffle`: a list in another order, cut or repeated to the length asked for.
//! Knows nothing of what is in the list.

use super::dice::Dice;
use crate::base::{Diagnostics, Type, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled, text};
use crate::schema::{Attribute, Block, Constraint, Schema};

/// More than anybody asks for, so that a slip of the finger does not fill the memory.
const MOST: i64 = 1_000_000;

static TYPE: ResourceType = ResourceType {
    name: "random_shuffle",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                Attribute::strings("input").required().replaces(),
                super::KEEPERS,
                Attribute::strings("result").computed(),
                Attribute::number("result_count").replaces().check(&[Constraint::Range(0, MOST)]),
                Attribute::string("seed").replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

pub(super) struct Shuffle;

impl Resource for Shuffle {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    /// Where more are asked for than there are, each round has every element once, in an order of its own.
    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let input = planned.get("input").and_then(Value::as_items).unwrap_or_default();
        let count = planned.get("result_count").and_then(Value::as_number).and_then(|n| n.as_i64());
        let count = count.map_or(input.len(), |n| usize::try_from(n).unwrap_or(0));
        let mut dice = Dice::of(text(planned, "seed"));
        let mut result = Vec::new();
        while result.len() < count && !input.is_empty() {
            let mut round = input.to_vec();
            dice.shuffle(&mut round)?;
            result.extend(round.into_iter().take(count - result.len()));
        }
        Ok(filled(planned, [("id", "-".into()), ("result", Value::list(Type::String, result))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_each_element_once() {
        let input: Vec<Value> = ["a", "b", "c"].map(Value::from).to_vec();
        for (input, count, expected) in [
            (input.clone(), None, 3),
            (input.clone(), Some(2), 2),
            (input.clone(), Some(7), 7),
            (vec![], Some(2), 0),
        ] {
            let planned = Value::object([
                ("input", Value::list(Type::String, input.clone())),
                ("keepers", Value::null(Type::map(Type::String))),
                ("result_count", count.map_or_else(|| Value::null(Type::Number), |n: i32| Value::number(n))),
                ("seed", "s".into()),
            ]);
            let made = Shuffle.create(&planned).unwrap();
            assert_eq!(made.ty(), TYPE.schema.block.ty());
            let result = made.get("result").and_then(Value::as_items).unwrap().to_vec();
            assert_eq!(result.len(), expected);
            for round in result.chunks(3) {
                assert!(round.iter().all(|one| round.iter().filter(|other| *other == one).count() == 1));
            }
            assert_eq!(Shuffle.create(&planned).unwrap(), made, "a seed gives the same order");
        }
    }
}

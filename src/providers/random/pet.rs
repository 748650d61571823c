//! `random_pet`: a name of so many words that people can say.
//! The words are our own, in `words/`.

use super::dice::Dice;
use crate::base::{Diagnostics, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled, text};
use crate::schema::{Attribute, Block, Constraint, Default, Schema};

const ADVERBS: &str = include_str!("words/adverbs.txt");
const ADJECTIVES: &str = include_str!("words/adjectives.txt");
const ANIMALS: &str = include_str!("words/animals.txt");

static TYPE: ResourceType = ResourceType {
    name: "random_pet",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("id").computed(),
                super::KEEPERS,
                Attribute::number("length")
                    .default(Default::Int(2))
                    .replaces()
                    .check(&[Constraint::Range(1, 1000)]),
                Attribute::string("prefix").replaces(),
                Attribute::string("separator").default(Default::Str("-")).replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

pub(super) struct Pet;

impl Resource for Pet {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    /// An animal last, an adjective before it, and adverbs before that; a prefix comes first of all.
    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let length = planned.get("length").and_then(Value::as_number).and_then(|n| n.as_i64()).unwrap_or(2);
        let mut words = Vec::new();
        let mut dice = Dice::System;
        if let Some(prefix) = text(planned, "prefix").filter(|prefix| !prefix.is_empty()) {
            words.push(prefix);
        }
        for left in (1..=length).rev() {
            let list = match left {
                1 => ANIMALS,
                2 => ADJECTIVES,
                _ => ADVERBS,
            };
            let list: Vec<&str> = list.lines().collect();
            words.extend(dice.pick(&list)?.copied());
        }
        let name = words.join(text(planned, "separator").unwrap_or("-"));
        Ok(filled(planned, [("id", name.into())]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn words_are_plain_and_come_once() {
        for list in [ADVERBS, ADJECTIVES, ANIMALS] {
            let mut words: Vec<&str> = list.lines().collect();
            assert!(
                words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
            );
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert!(words.len() == count && count >= 100, "{count}");
        }
    }

    #[test]
    fn a_name_has_as_many_words_as_asked_for() {
        for (length, prefix, separator, words) in
            [(1, "", "-", 1), (2, "", "-", 2), (4, "", "_", 4), (2, "my", "-", 3)]
        {
            let made = Pet.create(&Value::object([
                ("keepers", Value::null(Type::map(Type::String))),
                ("length", Value::number(length)),
                ("prefix", prefix.into()),
                ("separator", separator.into()),
            ]));
            let made = made.unwrap();
            assert_eq!(made.ty(), TYPE.schema.block.ty());
            let name = text(&made, "id").unwrap();
            assert_eq!(name.split(separator).count(), words, "{name}");
            assert!(name.starts_with(prefix));
        }
    }
}

//! `output` blocks.
//! Knows nothing of what the values are.

use super::decode::{Decoder, Shape, take_blocks};
use super::{Block, Output};

const SHAPE: Shape = Shape {
    arguments: &["value", "description", "sensitive", "ephemeral", "depends_on"],
    blocks: &["precondition", "postcondition"],
};

impl Decoder<'_> {
    /// An `output` block; `None` when it has no sound name or no value.
    pub(super) fn output(&mut self, mut block: Block) -> Option<Output> {
        let [name] = self.labels(&block, ["name"])?;
        let label_span = block.labels.first().map_or(block.span, |l| l.span);
        if !self.check_name("output", &name, label_span) {
            return None;
        }
        let (body, span) = (&mut block.body, block.span);
        self.check_shape(body, &SHAPE);
        for block in take_blocks(body, "postcondition") {
            self.error(
                "Postconditions are not allowed",
                "Output values can only have preconditions, not postconditions.",
                block.span,
            );
        }
        let value = self.required(body, "value", span);
        let output = Output {
            value: value?,
            description: self.string_argument(body, "description").map(|(text, _)| text),
            sensitive: self.bool_argument(body, "sensitive").unwrap_or(false),
            ephemeral: self.bool_argument(body, "ephemeral").unwrap_or(false),
            depends_on: self.depends_on(body),
            preconditions: self.check_rules(body, "precondition"),
            span,
            name,
        };
        Some(output)
    }
}

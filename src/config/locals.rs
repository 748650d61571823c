//! `locals` blocks.
//! Knows nothing of what the values are.

use super::decode::{Decoder, Shape};
use super::{Block, Local};
use crate::base::Name;

impl Decoder<'_> {
    /// The entries of a `locals` block.
    pub(super) fn locals(&mut self, mut block: Block) -> Vec<(Name, Local)> {
        self.check_no_labels(&block);
        self.open_arguments(&mut block.body, &[]);
        let mut unexpected = super::Body { attributes: Vec::new(), ..block.body };
        self.check_shape(&mut unexpected, &Shape { arguments: &[], blocks: &[] });
        let entries = block.body.attributes.into_iter();
        entries.map(|a| (a.name.clone(), Local { name: a.name, expr: a.expr, span: a.name_span })).collect()
    }
}

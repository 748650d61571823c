//! `Shape`: the names and types of a block's members, worked out once and shared by all values of the block.
//! Knows nothing of what the members mean.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::Block;
use crate::base::{Name, Type};

/// The members of a block in the order in which the schema declares them.
#[derive(Debug)]
pub struct Shape {
    /// The object type that values of the block have.
    pub ty: Type,
    /// The attributes.
    pub attributes: Vec<(Name, Type)>,
    /// The nested blocks.
    pub blocks: Vec<(Name, Type)>,
}

/// What tells blocks apart: where their static parts are. Parts at the same place are the same for as long as the program
/// runs, and empty ones are all alike.
type Place = (usize, usize, usize, usize);

impl Shape {
    /// The shape of a block.
    pub fn of(block: &Block) -> Arc<Shape> {
        thread_local! {
            static KNOWN: RefCell<HashMap<Place, Arc<Shape>>> = RefCell::default();
        }
        let place = (
            block.attributes.as_ptr().addr(),
            block.attributes.len(),
            block.blocks.as_ptr().addr(),
            block.blocks.len(),
        );
        if let Some(known) = KNOWN.with_borrow(|known| known.get(&place).cloned()) {
            return known;
        }
        let shape = Arc::new(Shape::new(block));
        KNOWN.with_borrow_mut(|known| known.insert(place, shape.clone()));
        shape
    }

    fn new(block: &Block) -> Shape {
        let attributes: Vec<(Name, Type)> =
            block.attributes.iter().map(|a| (a.name.into(), a.ty.ty())).collect();
        let blocks: Vec<(Name, Type)> = block.blocks.iter().map(|b| (b.name.into(), b.ty())).collect();
        Shape { ty: Type::object(attributes.iter().chain(&blocks).cloned()), attributes, blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, NestedBlock};

    static ONE: Block = Block {
        attributes: &[Attribute::string("a")],
        blocks: &[NestedBlock::one("b", Block { attributes: &[Attribute::number("c")], blocks: &[] })],
    };
    static OTHER: Block = Block { attributes: &[Attribute::string("z")], blocks: &[] };

    #[test]
    fn a_shape_is_made_once_for_each_block() {
        let first = Shape::of(&ONE);
        assert!(Arc::ptr_eq(&first, &Shape::of(&ONE)));
        let inner = Type::list(Type::object([("c", Type::Number)]));
        assert_eq!(first.ty, Type::object([("a", Type::String), ("b", inner)]));
        assert_eq!(Shape::of(&OTHER).ty, Type::object([("z", Type::String)]));
        assert_eq!(Shape::of(&Block::EMPTY).ty, Type::object::<&str>([]));
    }
}

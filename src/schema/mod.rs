//! The shape of a block: attributes, nested blocks, modes, defaults and constraints, and `conform`.
//! Knows nothing of where values come from or where they go.

mod attribute;
mod block;
mod constraint;
mod conform;
mod secrets;
mod shape;

pub use attribute::{AttrType, Attribute, Default, Group, Kept, Mode};
pub use block::{Block, NestedBlock, Nesting, Schema};
pub use conform::conform;
pub use constraint::Constraint;
pub use secrets::{kept_marks, mark_secrets};
pub use shape::Shape;

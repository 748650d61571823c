//! From a directory of `.tf` files to an unevaluated module tree with spans.
//! Never evaluates anything.

mod body;
mod expr;
mod module;
mod type_constraint;

pub use body::{Attribute, Block, Body, Label};
pub use expr::{
    BinaryOp, Call, Expr, ExprKind, ForExpr, ObjectKey, SplatStep, TemplatePart, Traversal, TraversalStep,
    UnaryOp,
};
pub use module::{
    Backend, CheckRule, Config, IgnoreChanges, Lifecycle, Local, Module, Output, ProviderConfig, ProviderRef,
    RequiredProvider, Resource, Variable,
};
pub use type_constraint::{ObjectAttribute, TypeConstraint};

//! `TypeConstraint`: the type of a variable as declared, with optional attributes and their defaults.
//! Knows nothing of values.

use std::collections::BTreeMap;

use super::Expr;
use crate::base::{Name, Type};

/// A type as a `variable` block declares it.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are the language's own")]
pub enum TypeConstraint {
    Any,
    Bool,
    Number,
    String,
    List(Box<TypeConstraint>),
    Set(Box<TypeConstraint>),
    Map(Box<TypeConstraint>),
    Tuple(Vec<TypeConstraint>),
    Object(BTreeMap<Name, ObjectAttribute>),
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectAttribute {
    /// Its type.
    pub ty: TypeConstraint,
    /// Whether it is wrapped in `optional(…)`.
    pub optional: bool,
    /// The second argument of `optional`: a constant expression.
    pub default: Option<Expr>,
}

impl TypeConstraint {
    /// The type without what is optional in it.
    pub fn ty(&self) -> Type {
        match self {
            TypeConstraint::Any => Type::Dynamic,
            TypeConstraint::Bool => Type::Bool,
            TypeConstraint::Number => Type::Number,
            TypeConstraint::String => Type::String,
            TypeConstraint::List(t) => Type::list(t.ty()),
            TypeConstraint::Set(t) => Type::set(t.ty()),
            TypeConstraint::Map(t) => Type::map(t.ty()),
            TypeConstraint::Tuple(ts) => Type::tuple(ts.iter().map(TypeConstraint::ty)),
            TypeConstraint::Object(attrs) => Type::object(attrs.iter().map(|(n, a)| (n.clone(), a.ty.ty()))),
        }
    }
}

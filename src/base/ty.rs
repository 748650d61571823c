//! `Type`: the types of Terraform's language.
//! Knows nothing of values or of optional attributes, which belong to variable declarations.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::Name;

/// A type of the language.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Any type: not known yet, or decided by the value.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(Arc<Type>),
    /// `set(T)`
    Set(Arc<Type>),
    /// `map(T)`
    Map(Arc<Type>),
    /// `tuple([…])`
    Tuple(Arc<[Type]>),
    /// `object({…})`
    Object(Arc<BTreeMap<Name, Type>>),
}

impl Type {
    /// `list(element)`
    pub fn list(element: Type) -> Self {
        Type::List(Arc::new(element))
    }

    /// `set(element)`
    pub fn set(element: Type) -> Self {
        Type::Set(Arc::new(element))
    }

    /// `map(element)`
    pub fn map(element: Type) -> Self {
        Type::Map(Arc::new(element))
    }

    /// `tuple([elements])`
    pub fn tuple(elements: impl IntoIterator<Item = Type>) -> Self {
        Type::Tuple(elements.into_iter().collect())
    }

    /// `object({attributes})`
    pub fn object<N: Into<Name>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Type::Object(Arc::new(attributes.into_iter().map(|(n, t)| (n.into(), t)).collect()))
    }

    /// Whether the type is `bool`, `number` or `string`.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether [`Type::Dynamic`] occurs anywhere in it.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(t) | Type::Set(t) | Type::Map(t) => t.has_dynamic(),
            Type::Tuple(ts) => ts.iter().any(Type::has_dynamic),
            Type::Object(ts) => ts.values().any(Type::has_dynamic),
        }
    }

    /// The name used in error messages: "list of string", "object", "number".
    pub fn friendly_name(&self) -> String {
        match self {
            Type::Dynamic => "dynamic".into(),
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::List(t) => format!("list of {}", t.friendly_name()),
            Type::Set(t) => format!("set of {}", t.friendly_name()),
            Type::Map(t) => format!("map of {}", t.friendly_name()),
            Type::Tuple(_) => "tuple".into(),
            Type::Object(_) => "object".into(),
        }
    }
}

impl fmt::Display for Type {
    /// The type as a type constraint: `map(object({ a = string }))`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(t) => write!(f, "list({t})"),
            Type::Set(t) => write!(f, "set({t})"),
            Type::Map(t) => write!(f, "map({t})"),
            Type::Tuple(ts) => {
                f.write_str("tuple([")?;
                for (i, t) in ts.iter().enumerate() {
                    write!(f, "{}{t}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Type::Object(ts) => {
                f.write_str("object({")?;
                for (i, (n, t)) in ts.iter().enumerate() {
                    write!(f, "{}{n} = {t}", if i == 0 { " " } else { ", " })?;
                }
                f.write_str(if ts.is_empty() { "})" } else { " })" })
            }
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

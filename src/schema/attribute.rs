//! `Attribute`: one argument or result of a block, declared once.
//! Everything else (checking, defaults, plan, redaction, requests, support table) is derived from it.

use super::Constraint;
use crate::base::{Type, Value};

/// A type that a `static` can hold; [`AttrType::ty`] gives the [`Type`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttrType {
    /// Any type.
    Dynamic,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(T)`
    List(&'static AttrType),
    /// `set(T)`
    Set(&'static AttrType),
    /// `map(T)`
    Map(&'static AttrType),
    /// `object({…})`
    Object(&'static [(&'static str, AttrType)]),
}

impl AttrType {
    /// The same type as a [`Type`].
    pub fn ty(&self) -> Type {
        match self {
            AttrType::Dynamic => Type::Dynamic,
            AttrType::Bool => Type::Bool,
            AttrType::Number => Type::Number,
            AttrType::String => Type::String,
            AttrType::List(t) => Type::list(t.ty()),
            AttrType::Set(t) => Type::set(t.ty()),
            AttrType::Map(t) => Type::map(t.ty()),
            AttrType::Object(attrs) => Type::object(attrs.iter().map(|(n, t)| (*n, t.ty()))),
        }
    }
}

/// Who gives an attribute its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Configuration must.
    Required,
    /// Configuration may.
    Optional,
    /// Configuration may; otherwise the provider does, and a value removed from configuration stays.
    OptionalComputed,
    /// Only the provider does.
    Computed,
}

/// The value an optional attribute takes when configuration gives none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// A bool.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Str(&'static str),
}

impl Default {
    /// The default as a value.
    pub fn value(&self) -> Value {
        match *self {
            Default::Bool(b) => Value::from(b),
            Default::Int(n) => Value::from(n),
            Default::Str(s) => Value::string(s),
        }
    }
}

/// A set of API calls, as bits that a provider gives names to. An attribute says which call carries it; an update is
/// handed the union of those that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::default::Default)]
pub struct Group(pub u32);

impl Group {
    /// No call.
    pub const NONE: Group = Group(0);

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Group) -> Group {
        Group(self.0 | other.0)
    }

    /// Whether the sets share a call.
    pub const fn meets(self, other: Group) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no call is in the set.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// When state files and plan JSON hold an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, std::default::Default)]
pub enum Kept {
    /// Always, null included.
    #[default]
    Always,
    /// Only while it has a value: releases of the provider that do not know it yet then read our files without complaint
    /// (`terraform show` refuses an attribute that its provider's schema lacks; found by running 1.11 with 5.100).
    WhenSet,
    /// Never: it follows from other attributes, and `Provider::upgrade` puts it back.
    Never,
}

impl Kept {
    /// Whether files hold an attribute that has a value or not.
    pub(super) fn holds(self, is_set: impl FnOnce() -> bool) -> bool {
        match self {
            Kept::Always => true,
            Kept::WhenSet => is_set(),
            Kept::Never => false,
        }
    }
}

/// One argument or result of a block.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    /// The name in configuration and state.
    pub name: &'static str,
    /// Its type.
    pub ty: AttrType,
    /// Who gives it its value.
    pub mode: Mode,
    /// Whether its value is a secret by nature.
    pub sensitive: bool,
    /// The attribute of the same object that its value is made from: it is shown and kept as that one is.
    pub follows: Option<&'static str>,
    /// The attribute of the same object of which it is the part that configuration is asked for, as the provider's own
    /// configuration divides it: while that one stays the same, nothing has changed outside.
    pub part_of: Option<&'static str>,
    /// Whether what refers to it sees no secret in it, since Terraform knows none in what a provider computes: files that
    /// hand such a value on must stay valid.
    pub bare: bool,
    /// Whether a change replaces the object.
    pub replace: bool,
    /// The value it takes when configuration gives none.
    pub default: Option<Default>,
    /// What its value must satisfy, checked as soon as it is known.
    pub constraints: &'static [Constraint],
    /// Whether an empty text is as good as none, so that its constraints do not look at it: a provider that cannot tell the
    /// two apart, and that does not check either.
    pub or_empty: bool,
    /// The API call that carries it on update.
    pub group: Group,
    /// Why it should not be used any more, with what to use instead.
    pub deprecated: Option<&'static str>,
    /// When state files and plan JSON hold it.
    pub kept: Kept,
    /// Whether the service may answer another value than the one planned: a default of its own, or the same in another
    /// form (a name as its ARN).
    pub loose: bool,
}

impl Attribute {
    const fn new(name: &'static str, ty: AttrType) -> Self {
        Attribute {
            name,
            ty,
            mode: Mode::Optional,
            sensitive: false,
            follows: None,
            part_of: None,
            bare: false,
            replace: false,
            default: None,
            constraints: &[],
            or_empty: false,
            group: Group::NONE,
            deprecated: None,
            kept: Kept::Always,
            loose: false,
        }
    }

    /// An optional `string`.
    pub const fn string(name: &'static str) -> Self {
        Attribute::new(name, AttrType::String)
    }

    /// An optional `number`.
    pub const fn number(name: &'static str) -> Self {
        Attribute::new(name, AttrType::Number)
    }

    /// An optional `bool`.
    pub const fn bool(name: &'static str) -> Self {
        Attribute::new(name, AttrType::Bool)
    }

    /// An optional `list(string)`.
    pub const fn strings(name: &'static str) -> Self {
        Attribute::new(name, AttrType::List(&AttrType::String))
    }

    /// An optional `set(string)`.
    pub const fn string_set(name: &'static str) -> Self {
        Attribute::new(name, AttrType::Set(&AttrType::String))
    }

    /// An optional `map(string)`.
    pub const fn string_map(name: &'static str) -> Self {
        Attribute::new(name, AttrType::Map(&AttrType::String))
    }

    /// An optional attribute of any other type.
    pub const fn of(name: &'static str, ty: AttrType) -> Self {
        Attribute::new(name, ty)
    }

    /// Configuration must give it.
    pub const fn required(self) -> Self {
        Attribute { mode: Mode::Required, ..self }
    }

    /// Only the provider gives it.
    pub const fn computed(self) -> Self {
        Attribute { mode: Mode::Computed, ..self }
    }

    /// Configuration may give it, otherwise the provider does.
    pub const fn optional_computed(self) -> Self {
        Attribute { mode: Mode::OptionalComputed, ..self }
    }

    /// A secret by nature.
    pub const fn sensitive(self) -> Self {
        Attribute { sensitive: true, ..self }
    }

    /// Shown as another attribute of the same object is, whose value it repeats, and bare where it is referred to.
    pub const fn follows(self, name: &'static str) -> Self {
        Attribute { follows: Some(name), bare: true, ..self }
    }

    /// No secret where it is referred to, whatever it holds.
    pub const fn bare(self) -> Self {
        Attribute { bare: true, ..self }
    }

    /// The part of another attribute that configuration is asked for.
    pub const fn part_of(self, name: &'static str) -> Self {
        Attribute { part_of: Some(name), ..self }
    }

    /// A change replaces the object.
    pub const fn replaces(self) -> Self {
        Attribute { replace: true, ..self }
    }

    /// The value when configuration gives none.
    pub const fn default(self, default: Default) -> Self {
        Attribute { default: Some(default), ..self }
    }

    /// What the value must satisfy.
    pub const fn check(self, constraints: &'static [Constraint]) -> Self {
        Attribute { constraints, ..self }
    }

    /// An empty text is as good as none, as where it is taken from another object's answer.
    pub const fn or_empty(self) -> Self {
        Attribute { or_empty: true, ..self }
    }

    /// The API call that carries it on update.
    pub const fn group(self, group: Group) -> Self {
        Attribute { group, ..self }
    }

    /// It should not be used any more; the text says what to use instead.
    pub const fn deprecated(self, instead: &'static str) -> Self {
        Attribute { deprecated: Some(instead), ..self }
    }

    /// Newer than the release whose state files must stay exchangeable: kept only while it has a value.
    pub const fn newer(self) -> Self {
        Attribute { kept: Kept::WhenSet, ..self }
    }

    /// The service may answer another value than the one planned.
    pub const fn loose(self) -> Self {
        Attribute { loose: true, ..self }
    }

    /// It follows from other attributes and is never written.
    pub const fn derived(self) -> Self {
        Attribute { kept: Kept::Never, ..self }
    }

    /// Whether configuration may give it.
    pub const fn is_settable(&self) -> bool {
        !matches!(self.mode, Mode::Computed)
    }

    /// Whether the provider may give it.
    pub const fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }
}

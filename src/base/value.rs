//! `Value`: the one value of configuration, plan, state and output.
//! Knows nothing of operators or conversion; those rules live in `lang::ops` and [`super::convert`].

use std::fmt;
use std::sync::Arc;

use super::{Entries, Name, Number, Path, PathStep, Type, set_order};

/// A value with its sensitive mark. Cloning is cheap: everything large is shared.
///
/// A mark covers the whole value below it. Containers do not take on the marks of their elements, so that a map can
/// hold one secret among plain entries; sets do, because their elements have no place of their own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value {
    kind: Kind,
    sensitive: bool,
}

/// What a value is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// No value of the type; the literal `null` has [`Type::Dynamic`].
    Null(Type),
    /// A value that apply will bring.
    Unknown(Type),
    /// A bool.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string, in Unicode normal form C.
    String(Arc<str>),
    /// A list and its element type.
    List(Type, Arc<[Value]>),
    /// A set and its element type; elements are sorted and unique.
    Set(Type, Arc<[Value]>),
    /// A map and its element type.
    Map(Type, Arc<Entries>),
    /// A tuple.
    Tuple(Arc<[Value]>),
    /// An object.
    Object(Arc<Entries>),
}

impl Value {
    /// The literal `null`.
    pub const NULL: Value = Value { kind: Kind::Null(Type::Dynamic), sensitive: false };
    /// `true`
    pub const TRUE: Value = Value { kind: Kind::Bool(true), sensitive: false };
    /// `false`
    pub const FALSE: Value = Value { kind: Kind::Bool(false), sensitive: false };
    /// An unknown value whose type is not known either.
    pub const DYNAMIC: Value = Value { kind: Kind::Unknown(Type::Dynamic), sensitive: false };

    /// `null` of a type.
    pub fn null(ty: Type) -> Self {
        Kind::Null(ty).into()
    }

    /// Unknown of a type.
    pub fn unknown(ty: Type) -> Self {
        Kind::Unknown(ty).into()
    }

    /// A string, taken as it is. Text that comes from outside goes through [`Value::text`].
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Kind::String(text.into()).into()
    }

    /// A string brought to Unicode normal form C, as the language defines strings.
    pub fn text(text: &str) -> Self {
        use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
        if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            return Value::string(text);
        }
        Value::string(text.nfc().collect::<String>())
    }

    /// A number.
    pub fn number(number: impl Into<Number>) -> Self {
        Kind::Number(number.into()).into()
    }

    /// A list. The caller has brought the elements to the element type.
    pub fn list(element: Type, items: impl IntoIterator<Item = Value>) -> Self {
        Kind::List(element, items.into_iter().collect()).into()
    }

    /// A set: sorts, removes duplicates and takes over the marks of its elements.
    pub fn set(element: Type, items: impl IntoIterator<Item = Value>) -> Self {
        let mut sensitive = false;
        let mut items: Vec<Value> = items
            .into_iter()
            .map(|item| {
                let (item, marked) = item.unmark_deep();
                sensitive |= marked;
                item
            })
            .collect();
        items.sort();
        items.dedup();
        if !items.iter().all(set_order::is_plain) {
            items.sort_by_cached_key(set_order::key);
        }
        Value { kind: Kind::Set(element, items.into()), sensitive }
    }

    /// The text by which Terraform tells values apart in sets and checksums.
    pub fn fingerprint(&self) -> String {
        set_order::key(self)
    }

    /// A map. The caller has brought the elements to the element type.
    pub fn map<N: Into<Name>>(element: Type, entries: impl IntoIterator<Item = (N, Value)>) -> Self {
        Kind::Map(element, Arc::new(entries.into_iter().collect())).into()
    }

    /// A tuple.
    pub fn tuple(items: impl IntoIterator<Item = Value>) -> Self {
        Kind::Tuple(items.into_iter().collect()).into()
    }

    /// An object.
    pub fn object<N: Into<Name>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Self {
        Kind::Object(Arc::new(attributes.into_iter().collect())).into()
    }

    /// What the value is, whatever its mark.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Takes the value apart; the mark is lost, so the caller must have looked at [`Value::is_sensitive`].
    pub fn into_kind(self) -> Kind {
        self.kind
    }

    /// The type of the value.
    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Null(t) | Kind::Unknown(t) => t.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(t, _) => Type::list(t.clone()),
            Kind::Set(t, _) => Type::set(t.clone()),
            Kind::Map(t, _) => Type::map(t.clone()),
            Kind::Tuple(items) => Type::tuple(items.iter().map(Value::ty)),
            Kind::Object(attrs) => Type::object(attrs.iter().map(|(n, v)| (n.clone(), v.ty()))),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is unknown (its elements may be).
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Whether nothing in it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        !self.is_unknown() && !self.any_child(|child| !child.is_wholly_known())
    }

    /// Whether the value itself is marked sensitive.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// Whether something holds for a direct child. Asked of every value again and again, so it goes without the general
    /// iterator of [`Value::children`].
    fn any_child(&self, holds: impl Fn(&Value) -> bool) -> bool {
        match &self.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => items.iter().any(holds),
            Kind::Map(_, entries) | Kind::Object(entries) => entries.values().any(holds),
            _ => false,
        }
    }

    /// Whether it or anything in it is marked sensitive.
    pub fn has_sensitive(&self) -> bool {
        self.sensitive || self.any_child(Value::has_sensitive)
    }

    /// The value with the mark set, or as it was.
    #[must_use]
    pub fn with_sensitive(mut self, sensitive: bool) -> Self {
        self.sensitive |= sensitive;
        self
    }

    /// The value without its own mark, and whether it had one.
    pub fn unmark(mut self) -> (Self, bool) {
        let sensitive = std::mem::take(&mut self.sensitive);
        (self, sensitive)
    }

    /// The value without any mark, and whether there was one anywhere.
    pub fn unmark_deep(self) -> (Self, bool) {
        if !self.has_sensitive() {
            return (self, false);
        }
        let bare = self.map_children(|child| child.clone().unmark_deep().0);
        (Value { sensitive: false, ..bare }, true)
    }

    /// The paths at which marks sit, outermost only.
    pub fn sensitive_paths(&self) -> Vec<Path> {
        fn walk(value: &Value, at: &Path, found: &mut Vec<Path>) {
            if value.sensitive {
                found.push(at.clone());
                return;
            }
            for (step, child) in value.steps() {
                walk(child, &at.child(step), found);
            }
        }
        let mut found = Vec::new();
        // Most values hold no secret, and looking is cheaper than making paths.
        if self.has_sensitive() {
            walk(self, &Path::default(), &mut found);
        }
        found
    }

    /// The value with marks set at the given paths; a path that leads nowhere is passed over.
    #[must_use]
    pub fn mark_paths(&self, paths: &[Path]) -> Value {
        paths.iter().fold(self.clone(), |value, path| {
            value.replace_at(path, &|v| v.clone().with_sensitive(true)).unwrap_or(value)
        })
    }

    /// The text of a known string.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(s) = &self.kind { Some(s) } else { None }
    }

    /// The number of a known number.
    pub fn as_number(&self) -> Option<&Number> {
        if let Kind::Number(n) = &self.kind { Some(n) } else { None }
    }

    /// The truth of a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        if let Kind::Bool(b) = self.kind { Some(b) } else { None }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_items(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_entries(&self) -> Option<&Entries> {
        match &self.kind {
            Kind::Map(_, entries) | Kind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// An entry of a known map or object. Marks above it are not added; use [`Value::at`] for that.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_entries()?.get(name)
    }

    /// The value at a path, carrying every mark met on the way. Below an unknown value everything is unknown.
    pub fn at(&self, path: &Path) -> Option<Value> {
        let mut value = self.clone();
        for step in path.steps() {
            let sensitive = value.sensitive;
            if value.is_unknown() {
                return Some(Value::DYNAMIC.with_sensitive(sensitive));
            }
            value = value.child(step)?.clone().with_sensitive(sensitive);
        }
        Some(value)
    }

    /// The direct child that a step leads to.
    pub fn child(&self, step: &PathStep) -> Option<&Value> {
        match step {
            PathStep::Attr(name) | PathStep::Key(name) => self.get(name),
            PathStep::Index(i) => match &self.kind {
                Kind::List(_, items) | Kind::Tuple(items) => items.get(*i),
                _ => None,
            },
            PathStep::Element(element) => match &self.kind {
                Kind::Set(_, items) => items.iter().find(|item| *item == element.as_ref()),
                _ => None,
            },
        }
    }

    /// The direct children with the steps that lead to them.
    pub fn steps(&self) -> Vec<(PathStep, &Value)> {
        match &self.kind {
            Kind::List(_, items) | Kind::Tuple(items) => {
                items.iter().enumerate().map(|(i, v)| (PathStep::Index(i), v)).collect()
            }
            Kind::Set(_, items) => {
                items.iter().map(|v| (PathStep::Element(Box::new(v.clone())), v)).collect()
            }
            Kind::Map(_, entries) => entries.iter().map(|(n, v)| (PathStep::Key(n.clone()), v)).collect(),
            Kind::Object(attrs) => attrs.iter().map(|(n, v)| (PathStep::Attr(n.clone()), v)).collect(),
            _ => Vec::new(),
        }
    }

    /// The direct children.
    pub fn children(&self) -> impl Iterator<Item = &Value> {
        let (items, entries) = match &self.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => (Some(items), None),
            Kind::Map(_, entries) | Kind::Object(entries) => (None, Some(entries)),
            _ => (None, None),
        };
        items.into_iter().flat_map(|i| i.iter()).chain(entries.into_iter().flat_map(|e| e.values()))
    }

    /// The value with each direct child replaced; marks of its own stay.
    #[must_use]
    pub fn map_children(&self, mut f: impl FnMut(&Value) -> Value) -> Value {
        let kind = match &self.kind {
            Kind::List(t, items) => Kind::List(t.clone(), items.iter().map(f).collect()),
            Kind::Tuple(items) => Kind::Tuple(items.iter().map(f).collect()),
            Kind::Set(t, items) => {
                let set = Value::set(t.clone(), items.iter().map(f));
                return set.with_sensitive(self.sensitive);
            }
            Kind::Map(t, entries) => {
                Kind::Map(t.clone(), Arc::new(entries.iter().map(|(n, v)| (n.clone(), f(v))).collect()))
            }
            Kind::Object(attrs) => {
                Kind::Object(Arc::new(attrs.iter().map(|(n, v)| (n.clone(), f(v))).collect()))
            }
            other => other.clone(),
        };
        Value { kind, sensitive: self.sensitive }
    }

    /// An object with one attribute set anew.
    #[must_use]
    pub fn with_attr(&self, name: &str, value: Value) -> Value {
        let mut new = self.clone();
        new.set_attr(name, value);
        new
    }

    /// An object or map without one attribute or entry.
    #[must_use]
    pub fn without(&self, name: &str) -> Value {
        let mut new = self.clone();
        if let Kind::Map(_, entries) | Kind::Object(entries) = &mut new.kind
            && entries.contains_key(name)
        {
            Arc::make_mut(entries).remove(name);
        }
        new
    }

    /// Sets an attribute of an object, or an entry of a map, and copies nothing unless the value is shared. What is
    /// neither becomes an object of that attribute.
    pub fn set_attr(&mut self, name: &str, value: Value) {
        if self.as_entries().is_none() {
            self.kind = Kind::Object(Arc::default());
        }
        if let Kind::Map(_, entries) | Kind::Object(entries) = &mut self.kind {
            Arc::make_mut(entries).set(name, value);
        }
    }

    /// The value with what a path leads to replaced; `None` if it leads nowhere.
    pub fn replace_at(&self, path: &Path, f: &dyn Fn(&Value) -> Value) -> Option<Value> {
        fn walk(value: &Value, steps: &[PathStep], f: &dyn Fn(&Value) -> Value) -> Option<Value> {
            let Some((step, rest)) = steps.split_first() else { return Some(f(value)) };
            let new = walk(value.child(step)?, rest, f)?;
            Some(match step {
                PathStep::Attr(name) | PathStep::Key(name) => value.with_attr(name, new),
                PathStep::Index(at) => {
                    let mut i = 0..;
                    value.map_children(|v| if i.next() == Some(*at) { new.clone() } else { v.clone() })
                }
                PathStep::Element(old) => {
                    value.map_children(|v| if v == old.as_ref() { new.clone() } else { v.clone() })
                }
            })
        }
        walk(self, path.steps(), f)
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Value { kind, sensitive: false }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Kind::Bool(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::text(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::text(&value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Kind::Number(value).into()
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::number(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::number(value)
    }
}

impl fmt::Debug for Value {
    /// For test failures and logs; a sensitive value shows only that it is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive {
            return f.write_str("(sensitive value)");
        }
        match &self.kind {
            Kind::Null(t) => write!(f, "null:{t}"),
            Kind::Unknown(t) => write!(f, "unknown:{t}"),
            Kind::Bool(b) => write!(f, "{b}"),
            Kind::Number(n) => write!(f, "{n}"),
            Kind::String(s) => write!(f, "{s:?}"),
            Kind::List(_, items) => f.debug_list().entries(items.iter()).finish(),
            Kind::Set(_, items) => f.debug_set().entries(items.iter()).finish(),
            Kind::Tuple(items) => f.debug_list().entries(items.iter()).finish(),
            Kind::Map(_, entries) | Kind::Object(entries) => f.debug_map().entries(entries.iter()).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_secret() {
        let secret = Value::from("hunter2").with_sensitive(true);
        let map = Value::map(Type::String, [("password", secret), ("stage", "dev".into())]);
        let shown = format!("{map:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("dev"));
    }

    #[test]
    fn sets_sort_deduplicate_and_take_over_marks() {
        let set = Value::set(Type::String, ["b", "a", "b"].map(|s| Value::from(s).with_sensitive(s == "a")));
        assert!(set.is_sensitive());
        assert_eq!(set.as_items().unwrap(), [Value::from("a"), Value::from("b")]);
    }

    #[test]
    fn marks_go_to_paths_and_come_back() {
        let plain =
            Value::object([("env", Value::list(Type::Dynamic, [Value::object([("A", "1".into())])]))]);
        let path = Path::default().attr("env").index(0).attr("A");
        let marked = plain.mark_paths(std::slice::from_ref(&path));
        assert_eq!(marked.sensitive_paths(), std::slice::from_ref(&path));
        assert!(marked.at(&path).unwrap().is_sensitive());
        assert_eq!(marked.unmark_deep(), (plain, true));
    }
}

//! The walk over two values, by type or by content, that makes the tree.
//! Knows nothing of how the tree is shown.

use std::collections::BTreeSet;

use super::{Content, Diff, Notes, Scalar, Secret, sequence, text};
use crate::base::{Kind, Name, Path, PathStep, Value};
use crate::plan::Action;
use crate::schema::AttrType;

/// Paths seen from where the walk stands: the rest of each that leads through here.
#[derive(Clone, Default)]
pub(super) struct Trails<'a> {
    replace: Vec<&'a [PathStep]>,
    drift: Vec<&'a [PathStep]>,
}

impl<'a> Trails<'a> {
    pub(super) fn new(notes: &Notes<'a>) -> Self {
        let rests = |paths: &'a [Path]| paths.iter().map(Path::steps).collect();
        Trails { replace: rests(notes.replace), drift: rests(notes.undoes_drift) }
    }

    fn below(&self, leads: &dyn Fn(&PathStep) -> bool) -> Self {
        let rests = |paths: &[&'a [PathStep]]| {
            paths.iter().filter_map(|p| p.split_first()).filter(|(s, _)| leads(s)).map(|(_, r)| r).collect()
        };
        Trails { replace: rests(&self.replace), drift: rests(&self.drift) }
    }

    pub(super) fn named(&self, name: &str) -> Self {
        self.below(&|step| matches!(step, PathStep::Attr(n) | PathStep::Key(n) if &**n == name))
    }

    pub(super) fn at(&self, index: Option<usize>) -> Self {
        self.below(&|step| matches!(step, PathStep::Index(i) if Some(*i) == index))
    }

    /// The diff with what is noted of this very place.
    pub(super) fn note(&self, mut diff: Diff) -> Diff {
        diff.replaces |= self.replace.iter().any(|rest| rest.is_empty());
        diff.undoes_drift |= self.drift.iter().any(|rest| rest.is_empty());
        diff
    }
}

/// What is known of the type of a value.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Typed(&'static AttrType),
    /// By the value alone, as JSON would show it.
    Free,
    /// By the value's own type.
    Own,
}

pub(super) fn dynamic(before: Option<&Value>, after: Option<&Value>) -> Diff {
    let (before, after) = (before.map(freed), after.map(freed));
    value(before.as_ref(), after.as_ref(), Shape::Free, &Trails::default())
}

pub(super) fn unchanged(value: &Value) -> Diff {
    self::value(Some(value), Some(value), Shape::Own, &Trails::default())
}

/// Null counts as absent wherever a schema says that the attribute exists.
pub(super) fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|v| !v.is_null() || v.is_sensitive())
}

/// The value with the types of its containers forgotten, so that values of a dynamic place compare by content.
fn freed(value: &Value) -> Value {
    let bare = match value.kind() {
        Kind::Null(_) => Value::NULL,
        Kind::Unknown(_) => Value::DYNAMIC,
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Value::tuple(items.iter().map(freed))
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            Value::object(entries.iter().map(|(n, v)| (n.clone(), freed(v))))
        }
        other => other.clone().into(),
    };
    bare.with_sensitive(value.is_sensitive())
}

/// The action on something that holds the given ones.
pub(super) fn sum(before: bool, after: bool, inner: impl IntoIterator<Item = Action>) -> Action {
    match (before, after) {
        (false, true) => Action::Create,
        (true, false) => Action::Delete,
        (false, false) => Action::NoOp,
        (true, true) if inner.into_iter().all(|a| a == Action::NoOp) => Action::NoOp,
        (true, true) => Action::Update,
    }
}

/// An attribute's value with null and, for strings, emptiness as absence.
pub(super) fn settled<'a>(value: Option<&'a Value>, ty: &AttrType) -> Option<&'a Value> {
    match ty {
        AttrType::String => value.filter(|v| !v.is_null() && v.as_str() != Some("")),
        _ => value.filter(|v| !v.is_null()),
    }
}

pub(super) fn secret(before: Option<&Value>, after: Option<&Value>) -> Secret {
    let bare = |v: Option<&Value>| v.map(|v| v.clone().unmark_deep().0);
    Secret {
        before: before.is_some_and(Value::is_sensitive),
        after: after.is_some_and(Value::is_sensitive),
        unchanged: bare(before) == bare(after) && after.is_none_or(Value::is_wholly_known),
    }
}

pub(super) fn value(
    before: Option<&Value>,
    after: Option<&Value>,
    shape: Shape,
    trails: &Trails<'_>,
) -> Diff {
    if before.is_some_and(Value::is_sensitive) || after.is_some_and(Value::is_sensitive) {
        let secret = secret(before, after);
        let mut action = sum(before.is_some(), after.is_some(), [Action::Update]);
        if secret.unchanged && secret.before == secret.after && action == Action::Update {
            action = Action::NoOp;
        }
        return trails.note(Diff::new(action, Content::Secret(secret)));
    }
    if after.is_some_and(Value::is_unknown) {
        let action = if before.is_some() { Action::Update } else { Action::Create };
        let before = before.map(|v| Box::new(value(Some(v), None, shape, &Trails::default())));
        return trails.note(Diff::new(action, Content::Unknown { before }));
    }
    if let (Shape::Typed(AttrType::Dynamic), true) = (shape, before.is_some() || after.is_some()) {
        // Like Terraform, which of its parts forces replacement is not said of a dynamic value.
        let undoes_drift = !trails.drift.is_empty();
        return Diff { undoes_drift, ..dynamic(before, after) };
    }
    let (action, content) = match (before.map(Value::kind), after.map(Value::kind)) {
        (None, None) => (Action::NoOp, Content::Scalar { before: None, after: None }),
        (b, a) => {
            if let (Some(b), Some(a)) = (b, a)
                && family(b) != family(a)
                && (family(b) > Family::Scalar || family(a) > Family::Scalar)
            {
                let old = value(before, None, shape, &Trails::default());
                let new = value(None, after, shape, &Trails::default());
                let content = Content::OtherKind { before: Box::new(old), after: Box::new(new) };
                (Action::Update, content)
            } else {
                same_family(before, after, shape, trails)
            }
        }
    };
    let mut diff = trails.note(Diff::new(action, content));
    if matches!(diff.content, Content::Set(_)) {
        // The elements of a set have no place of their own.
        diff.undoes_drift |= !trails.drift.is_empty();
    }
    diff
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Scalar,
    Sequence,
    Entries,
}

fn family(kind: &Kind) -> Family {
    match kind {
        Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => Family::Sequence,
        Kind::Map(..) | Kind::Object(_) => Family::Entries,
        _ => Family::Scalar,
    }
}

fn same_family(
    before: Option<&Value>,
    after: Option<&Value>,
    shape: Shape,
    trails: &Trails<'_>,
) -> (Action, Content) {
    let Some(sample) = before.or(after) else {
        return (Action::NoOp, Content::Scalar { before: None, after: None });
    };
    let sum = |inner: &mut dyn Iterator<Item = Action>| sum(before.is_some(), after.is_some(), inner);
    match family(sample.kind()) {
        Family::Scalar => {
            let action =
                sum(&mut std::iter::once(if before == after { Action::NoOp } else { Action::Update }));
            (action, scalars(before, after))
        }
        Family::Sequence => {
            let items = |v: Option<&Value>| v.and_then(Value::as_items).unwrap_or_default().to_vec();
            let (old, new) = (items(before), items(after));
            let element = match shape {
                Shape::Typed(AttrType::List(t) | AttrType::Set(t)) => Shape::Typed(t),
                Shape::Own => Shape::Own,
                _ => Shape::Free,
            };
            let is_set = match shape {
                Shape::Typed(ty) => matches!(ty, AttrType::Set(_)),
                Shape::Own => matches!(sample.kind(), Kind::Set(..)),
                Shape::Free => false,
            };
            let items = if is_set {
                members(&old, &new, &|b, a| value(b, a, element, &Trails::default()))
            } else {
                let objects = |b: &Value, a: &Value| {
                    family(b.kind()) == Family::Entries && family(a.kind()) == Family::Entries
                };
                sequence::pair(&old, &new, &objects)
                    .into_iter()
                    .map(|(i, j)| {
                        let (b, a) = (i.and_then(|i| old.get(i)), j.and_then(|j| new.get(j)));
                        value(b, a, element, &trails.at(j.or(i)))
                    })
                    .collect()
            };
            let action = sum(&mut items.iter().map(|d: &Diff| d.action));
            (action, if is_set { Content::Set(items) } else { Content::List(items) })
        }
        Family::Entries => {
            let names: BTreeSet<&Name> = [before, after]
                .into_iter()
                .flatten()
                .filter_map(Value::as_entries)
                .flat_map(|e| e.keys())
                .collect();
            let is_map = match shape {
                Shape::Typed(ty) => matches!(ty, AttrType::Map(_)),
                Shape::Own => matches!(sample.kind(), Kind::Map(..)),
                Shape::Free => false,
            };
            // An object of a known type has all its attributes, so null says as much as absence.
            let null_is_absent = !is_map && !matches!(shape, Shape::Free);
            let mut entries: Vec<(Name, Diff)> = Vec::with_capacity(names.len());
            for name in names {
                let get = |v: Option<&Value>| v.and_then(|v| v.get(name)).cloned();
                let (b, a) = (get(before), get(after));
                let inner = match shape {
                    Shape::Typed(AttrType::Map(t)) => Shape::Typed(t),
                    Shape::Typed(AttrType::Object(attributes)) => attributes
                        .iter()
                        .find(|(n, _)| *n == &**name)
                        .map_or(Shape::Free, |(_, t)| Shape::Typed(t)),
                    Shape::Own => Shape::Own,
                    _ => Shape::Free,
                };
                let here = trails.named(name);
                let change = if null_is_absent {
                    let null = |v: &Option<Value>| v.as_ref().is_none_or(Value::is_null);
                    if null(&b) && null(&a) {
                        continue;
                    }
                    let ty = if let Shape::Typed(ty) = inner { ty } else { &AttrType::Dynamic };
                    value(settled(b.as_ref(), ty), settled(a.as_ref(), ty), inner, &here)
                } else {
                    value(b.as_ref(), a.as_ref(), inner, &here)
                };
                entries.push((name.clone(), change));
            }
            let action = sum(&mut entries.iter().map(|(_, d)| d.action));
            (action, if is_map { Content::Map(entries) } else { Content::Object(entries) })
        }
    }
}

/// Elements of sets: what was there in its order, then what is new.
pub(super) fn members(
    before: &[Value],
    after: &[Value],
    one: &dyn Fn(Option<&Value>, Option<&Value>) -> Diff,
) -> Vec<Diff> {
    let kept: BTreeSet<&Value> = after.iter().filter(|v| v.is_wholly_known()).collect();
    let known: BTreeSet<&Value> = before.iter().collect();
    let old = before.iter().map(|b| one(Some(b), kept.contains(b).then_some(b)));
    let new = after.iter().filter(|a| !known.contains(a)).map(|a| one(None, Some(a)));
    old.chain(new).collect()
}

fn scalars(before: Option<&Value>, after: Option<&Value>) -> Content {
    let is_text = |v: Option<&Value>| v.is_none_or(|v| v.as_str().is_some());
    if is_text(before) && is_text(after) {
        return text::text(before.and_then(Value::as_str), after.and_then(Value::as_str));
    }
    let long = |v: Option<&Value>| {
        v.and_then(Value::as_str)
            .is_some_and(|s| !matches!(text::text(None, Some(s)), Content::Scalar { .. }))
    };
    if long(before) || long(after) {
        let side = |v: Option<&Value>, action| {
            let content = match action {
                Action::Delete => scalars(v, None),
                _ => scalars(None, v),
            };
            Box::new(Diff::new(action, content))
        };
        return Content::OtherKind {
            before: side(before, Action::Delete),
            after: side(after, Action::Create),
        };
    }
    let scalar = |v: &Value| match v.kind() {
        Kind::Bool(b) => Scalar::Bare(b.to_string()),
        Kind::Number(n) => Scalar::Bare(n.to_string()),
        Kind::String(s) => Scalar::Text(s.to_string()),
        _ => Scalar::Null,
    };
    Content::Scalar { before: before.map(scalar), after: after.map(scalar) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;

    #[test]
    fn dynamic_values_compare_by_content() {
        let list = Value::list(Type::String, ["a".into()]);
        let tuple = Value::tuple(["a".into()]);
        assert_eq!(dynamic(Some(&list), Some(&tuple)).action, Action::NoOp);
    }

    #[test]
    fn kinds_that_differ_are_shown_whole() {
        let diff = dynamic(Some(&"a".into()), Some(&Value::tuple(["a".into()])));
        assert!(matches!(diff.content, Content::OtherKind { .. }), "{diff:?}");
        let diff = dynamic(Some(&Value::from(1)), Some(&"1".into()));
        assert!(matches!(diff.content, Content::Scalar { .. }), "{diff:?}");
    }
}

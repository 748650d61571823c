//! `Diff`: what changes between two values, as a tree whose leaves are redacted, so that no renderer can show a secret.
//! Knows nothing of how a change is shown.

mod block;
mod sequence;
mod text;
mod walk;

use super::Action;
use crate::base::{Name, Path, Value};
use crate::schema::Block;

/// What happens to one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// [`Action::NoOp`], [`Action::Create`], [`Action::Update`] or [`Action::Delete`].
    pub action: Action,
    /// Whether this very change forces replacement.
    pub replaces: bool,
    /// Whether it puts back what was changed outside.
    pub undoes_drift: bool,
    /// The values.
    pub content: Content,
}

/// The values of a [`Diff`], by how they are to be shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A secret; nothing of it is kept.
    Secret(Secret),
    /// A nested block with a secret in a place that has no name; nothing of it is kept.
    SecretBlock(Secret),
    /// Known only after apply.
    Unknown {
        /// What is there before, as a deletion.
        before: Option<Box<Diff>>,
    },
    /// Null, bools, numbers and short strings; `None` is absent.
    Scalar {
        /// Before.
        before: Option<Scalar>,
        /// After.
        after: Option<Scalar>,
    },
    /// A string of several lines, before or after.
    Lines(Vec<Line>),
    /// A string that holds a JSON array or object.
    Json {
        /// The change inside.
        root: Box<Diff>,
        /// Whether the text differs and the content does not.
        only_spaces: bool,
    },
    /// A value that becomes one of another kind.
    OtherKind {
        /// Before, as a deletion.
        before: Box<Diff>,
        /// After, as a creation.
        after: Box<Diff>,
    },
    /// A map: its keys are data.
    Map(Vec<(Name, Diff)>),
    /// An object: its keys are names.
    Object(Vec<(Name, Diff)>),
    /// A list.
    List(Vec<Diff>),
    /// A set.
    Set(Vec<Diff>),
    /// A block of a schema.
    Block(BlockDiff),
}

/// How the mark of a secret changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// Whether the value before is one.
    pub before: bool,
    /// Whether the value after is one.
    pub after: bool,
    /// Whether the value stays the same.
    pub unchanged: bool,
}

/// A value that fits a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// `null`
    Null,
    /// A bool or a number as it is printed.
    Bare(String),
    /// A string, not yet quoted.
    Text(String),
}

/// One line of a long string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// No-op, create or delete.
    pub action: Action,
    /// Without its line break.
    pub text: String,
}

/// The attributes and nested blocks of a block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockDiff {
    /// In order of their names; attributes that are null before and after are left out.
    pub attributes: Vec<(Name, Diff)>,
    /// In order of their names; block types without any block before and after are left out.
    pub blocks: Vec<(Name, Vec<Diff>)>,
}

/// What else is known of a change, by path.
#[derive(Debug, Clone, Copy, Default)]
pub struct Notes<'a> {
    /// The changes that force replacement.
    pub replace: &'a [Path],
    /// The changes that put back what was changed outside.
    pub undoes_drift: &'a [Path],
    /// When set, attributes that none of these paths leads to are treated as unchanged.
    pub relevant: Option<&'a [Path]>,
}

impl Diff {
    /// A change of nothing but the given content.
    pub(crate) fn new(action: Action, content: Content) -> Self {
        Diff { action, replaces: false, undoes_drift: false, content }
    }

    /// The attributes and blocks, when it is that of a block.
    pub fn as_block(&self) -> Option<&BlockDiff> {
        if let Content::Block(block) = &self.content { Some(block) } else { None }
    }
}

/// What changes in an object of the given schema. Null is absent; a string attribute that is empty counts as null, as the
/// provider SDK cannot tell them apart.
pub fn diff_object(before: &Value, after: &Value, schema: &Block, notes: Notes<'_>) -> Diff {
    block::object(before, after, schema, notes)
}

/// What changes in a value of any type, such as an output. `None` is absent.
pub fn diff_value(before: Option<&Value>, after: Option<&Value>) -> Diff {
    walk::dynamic(before, after)
}

/// A value that stays, shown by its own type: what an output of the state is.
pub fn unchanged(value: &Value) -> Diff {
    walk::unchanged(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Type;
    use crate::schema::{Attribute, NestedBlock};

    const BLOCK: Block = Block {
        attributes: &[
            Attribute::string("description"),
            Attribute::string("password").sensitive(),
            Attribute::string_map("tags"),
            Attribute::string_set("zones"),
        ],
        blocks: &[NestedBlock::one("vpc", Block { attributes: &[Attribute::strings("ids")], blocks: &[] })],
    };

    fn object(attributes: &[(&str, Value)]) -> Value {
        let all = BLOCK.ty();
        let blank = crate::base::convert::convert(&Value::NULL, &all).unwrap();
        assert!(blank.is_null());
        let mut value = Value::object(
            BLOCK.names().map(|n| (n, Value::null(BLOCK.attribute(n).map_or(Type::Dynamic, |a| a.ty.ty())))),
        )
        .with_attr("vpc", Value::list(Type::Dynamic, []));
        for (name, new) in attributes {
            value = value.with_attr(name, new.clone());
        }
        value
    }

    fn attribute<'a>(diff: &'a Diff, name: &str) -> Option<&'a Diff> {
        diff.as_block().unwrap().attributes.iter().find(|(n, _)| &**n == name).map(|(_, d)| d)
    }

    #[test]
    fn nothing_secret_stays_in_the_tree() {
        let tags = |v: &str| {
            Value::map(Type::String, [("a", Value::from(v).with_sensitive(true)), ("b", "plain".into())])
        };
        let before = object(&[("password", "hunter2".into()), ("tags", tags("hunter3"))]);
        let after = object(&[("password", "hunter4".into()), ("tags", tags("hunter5"))]);
        let diff = diff_object(&before, &after, &BLOCK, Notes::default());
        let shown = format!("{diff:?}");
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(shown.contains("plain"));
    }

    #[test]
    fn empty_strings_are_null_but_counted() {
        let before = object(&[("description", "".into())]);
        let diff = diff_object(&before, &object(&[]), &BLOCK, Notes::default());
        assert_eq!(diff.action, Action::NoOp);
        assert!(attribute(&diff, "description").is_some());
        assert!(attribute(&diff, "zones").is_none());
    }

    #[test]
    fn sets_compare_by_membership() {
        let zones = |items: &[&str]| Value::set(Type::String, items.iter().map(|s| Value::from(*s)));
        let (before, after) =
            (object(&[("zones", zones(&["a", "b"]))]), object(&[("zones", zones(&["b", "c"]))]));
        let diff = diff_object(&before, &after, &BLOCK, Notes::default());
        let Content::Set(items) = &attribute(&diff, "zones").unwrap().content else { panic!("{diff:?}") };
        let actions: Vec<Action> = items.iter().map(|d| d.action).collect();
        assert_eq!(actions, [Action::Delete, Action::NoOp, Action::Create]);
    }

    #[test]
    fn notes_land_on_their_paths() {
        let ids = |id: &str| {
            Value::list(
                Type::Dynamic,
                [Value::object([("ids", Value::list(Type::String, [Value::from(id)]))])],
            )
        };
        let replace = [Path::from("vpc").index(0).attr("ids")];
        let undoes = [Path::from("description")];
        let notes = Notes { replace: &replace, undoes_drift: &undoes, relevant: None };
        let before = object(&[("description", "a".into()), ("vpc", ids("x"))]);
        let after = object(&[("description", "b".into()), ("vpc", ids("y"))]);
        let diff = diff_object(&before, &after, &BLOCK, notes);
        assert!(attribute(&diff, "description").unwrap().undoes_drift);
        let vpc = &diff.as_block().unwrap().blocks[0].1[0];
        assert!(!vpc.replaces && attribute(vpc, "ids").unwrap().replaces);
    }

    #[test]
    fn what_is_not_relevant_is_unchanged() {
        let relevant = [Path::from("description")];
        let notes = Notes { relevant: Some(&relevant), ..Notes::default() };
        let before = object(&[("description", "a".into()), ("zones", Value::set(Type::String, []))]);
        let after = object(&[("description", "a".into())]);
        assert_eq!(diff_object(&before, &after, &BLOCK, notes).action, Action::NoOp);
    }
}

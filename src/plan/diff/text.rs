//! What changes in a string: short, of several lines, or holding JSON.
//! Knows nothing of where the string stands.

use super::{Content, Diff, Line, Scalar, sequence, walk};
use crate::base::{Kind, Value, json};
use crate::plan::Action;

/// What changes between two strings; `None` is absent. At least one is given.
pub(super) fn text(before: Option<&str>, after: Option<&str>) -> Content {
    let scalar = |s: Option<&str>| s.map(|s| Scalar::Text(s.to_owned()));
    let (old, new) = (before.and_then(as_json), after.and_then(as_json));
    match (before, after) {
        (Some(b), Some(a)) => match (old, new) {
            (Some(old), Some(new)) => {
                let root = walk::dynamic(Some(&old), Some(&new));
                let only_spaces = b != a && root.action == Action::NoOp;
                Content::Json { root: Box::new(root), only_spaces }
            }
            (None, None) if !b.contains('\n') && !a.contains('\n') => {
                Content::Scalar { before: scalar(before), after: scalar(after) }
            }
            (None, None) => Content::Lines(lines(b, a)),
            _ => Content::OtherKind {
                before: Box::new(Diff::new(Action::Delete, text(Some(b), None))),
                after: Box::new(Diff::new(Action::Create, text(None, Some(a)))),
            },
        },
        (Some(only), None) | (None, Some(only)) => {
            if old.is_some() || new.is_some() {
                let root = walk::dynamic(old.as_ref(), new.as_ref());
                Content::Json { root: Box::new(root), only_spaces: false }
            } else if only.contains('\n') {
                Content::Lines(lines(only, only))
            } else {
                Content::Scalar { before: scalar(before), after: scalar(after) }
            }
        }
        (None, None) => Content::Scalar { before: None, after: None },
    }
}

/// The value of a string that holds a JSON array or object.
fn as_json(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let parsed: serde_json::Value = serde_json::from_str(text).ok()?;
    let value = json::implied_value(&parsed).ok()?;
    matches!(value.kind(), Kind::Tuple(_) | Kind::Object(_)).then_some(value)
}

/// Line by line, without the blank lines around the text.
fn lines(before: &str, after: &str) -> Vec<Line> {
    let before: Vec<&str> = before.trim().split('\n').collect();
    let after: Vec<&str> = after.trim().split('\n').collect();
    let mut lines = Vec::with_capacity(after.len());
    let mut push = |action, text: &str| lines.push(Line { action, text: text.to_owned() });
    for (i, j) in sequence::pair(&before, &after, &|_, _| false) {
        let (old, new) = (i.map(|i| before[i]), j.map(|j| after[j]));
        match (old, new) {
            (Some(old), Some(new)) if old == new => push(Action::NoOp, old),
            _ => {
                if let Some(old) = old {
                    push(Action::Delete, old);
                }
                if let Some(new) = new {
                    push(Action::Create, new);
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_recognised_by_its_content() {
        assert!(as_json(" {\"a\": 1}\n").is_some());
        for text in ["1", "\"a\"", "null", "{", "[1,]", "{a = 1}", ""] {
            assert!(as_json(text).is_none(), "{text}");
        }
    }

    #[test]
    fn other_spacing_is_no_other_content() {
        let content = text(Some("{\"a\":1}"), Some("{ \"a\": 1 }"));
        assert!(matches!(content, Content::Json { only_spaces: true, .. }));
    }

    #[test]
    fn lines_of_a_secret_never_reach_here_and_blank_edges_go() {
        let Content::Lines(lines) = text(Some("\na\nb\n"), Some("a\nc\n")) else { panic!() };
        let shown: Vec<(Action, &str)> = lines.iter().map(|l| (l.action, l.text.as_str())).collect();
        assert_eq!(shown, [(Action::NoOp, "a"), (Action::Delete, "b"), (Action::Create, "c")]);
    }
}

//! The diff of a block: aligned attributes, then nested blocks in groups.
//! Knows nothing of why it changes.

use super::hcl_text::name;
use super::value_diff::{Painter, is_important};
use crate::plan::Action;
use crate::plan::diff::{BlockDiff, Content, Diff};

impl Painter {
    /// `{ … }`, first line without its lead.
    pub(super) fn block(self, block: &BlockDiff, indent: usize, replaces: &str) -> String {
        let body = self.block_body(block, indent);
        if body.is_empty() {
            return format!("{{}}{replaces}");
        }
        format!("{{{replaces}\n{body}{}}}", self.lead(indent, Action::NoOp))
    }

    /// The lines between the braces.
    pub(super) fn block_body(self, block: &BlockDiff, indent: usize) -> String {
        let width = block.attributes.iter().map(|(n, _)| n.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        let mut hidden = 0;
        for (key, diff) in &block.attributes {
            let important = is_important(key);
            if diff.action == Action::NoOp && !self.unchanged && !important {
                hidden += 1;
                continue;
            }
            let painter = if important { self.showing_unchanged() } else { self };
            out += &painter.entry(indent + 1, key, width, diff);
        }
        if hidden > 0 {
            out += &self.hidden(indent + 1, hidden, "attribute");
        }
        let mut hidden = 0;
        for (key, diffs) in &block.blocks {
            let mut group = String::new();
            for diff in diffs {
                if diff.action == Action::NoOp && !self.unchanged {
                    hidden += 1;
                    continue;
                }
                group += &self.nested(&name(key), diff, indent + 1);
            }
            if !group.is_empty() {
                if !block.attributes.is_empty() {
                    out.push('\n');
                }
                out += &group;
            }
        }
        if hidden > 0 {
            out.push('\n');
            out += &self.hidden(indent + 1, hidden, "block");
        }
        out
    }

    fn nested(self, key: &str, diff: &Diff, indent: usize) -> String {
        let unknown = matches!(diff.content, Content::Unknown { .. });
        let painter = if unknown { Painter { null_suffix: false, ..self } } else { self };
        let value = painter.noted(diff, indent);
        format!("{}{}{key} {value}\n", self.warning(indent, diff), self.lead(indent, diff.action))
    }
}

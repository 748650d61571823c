//! `lifecycle` blocks of resources and data sources.
//! Evaluates no condition.

use super::decode::{Decoder, Shape, as_keyword, take};
use super::{Attribute, Block, Expr, ExprKind, IgnoreChanges, Lifecycle, TraversalStep};
use crate::base::{Mode, Path, PathStep, Span};

const MANAGED_ONLY: &[&str] =
    &["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];
const SHAPE: Shape = Shape {
    arguments: &[
        "enabled",
        "create_before_destroy",
        "prevent_destroy",
        "ignore_changes",
        "replace_triggered_by",
    ],
    blocks: &["precondition", "postcondition"],
};

/// First names of references to things that are not managed resources.
const NOT_RESOURCES: &[&str] =
    &["var", "local", "module", "path", "terraform", "each", "count", "self", "data", "ephemeral"];

impl Decoder<'_> {
    /// A `lifecycle` block.
    pub(super) fn lifecycle(&mut self, mode: Mode, mut block: Block) -> Lifecycle {
        self.check_no_labels(&block);
        let body = &mut block.body;
        self.check_shape(body, &SHAPE);
        if mode == Mode::Data {
            for name in MANAGED_ONLY {
                if let Some(attribute) = take(body, name) {
                    let detail = format!(
                        "The lifecycle argument {name:?} is defined only for managed resources (\"resource\" blocks), \
                         and is not valid for data resources."
                    );
                    self.error("Invalid data resource lifecycle argument", detail, attribute.name_span);
                }
            }
        }
        let triggers = take(body, "replace_triggered_by");
        Lifecycle {
            enabled: take(body, "enabled").map(|a| a.expr),
            create_before_destroy: self.bool_argument(body, "create_before_destroy"),
            prevent_destroy: self.bool_argument(body, "prevent_destroy").unwrap_or(false),
            ignore_changes: take(body, "ignore_changes")
                .map_or(IgnoreChanges::None, |a| self.ignore_changes(&a)),
            replace_triggered_by: triggers.map(|a| self.replace_triggers(&a)).unwrap_or_default(),
            preconditions: self.check_rules(body, "precondition"),
            postconditions: self.check_rules(body, "postcondition"),
        }
    }

    /// `all`, or a list of paths.
    fn ignore_changes(&mut self, attribute: &Attribute) -> IgnoreChanges {
        if self.native(&attribute.expr).is_some_and(|e| as_keyword(&e).is_some_and(|word| &**word == "all")) {
            return IgnoreChanges::All;
        }
        let Some(items) = self.static_list(attribute) else { return IgnoreChanges::None };
        let paths: Vec<(Path, Span)> = items.iter().filter_map(|item| self.ignored_path(item)).collect();
        if paths.is_empty() { IgnoreChanges::None } else { IgnoreChanges::Paths(paths) }
    }

    fn ignored_path(&mut self, item: &Expr) -> Option<(Path, Span)> {
        if matches!(&item.kind, ExprKind::String(text) if &**text == "*") {
            self.error(
                "Invalid ignore_changes wildcard",
                "The [\"*\"] form of ignore_changes wildcard was deprecated and is now invalid. Use \"ignore_changes = \
                 all\" to ignore changes to all attributes.",
                item.span,
            );
            return None;
        }
        let reference = self.reference(item)?;
        let mut steps = vec![PathStep::Attr(reference.root)];
        for step in reference.steps {
            steps.push(match step {
                TraversalStep::Attr(name) => PathStep::Attr(name),
                TraversalStep::Key(key) => PathStep::Key(key),
                TraversalStep::Index(number) => match number.as_i64().and_then(|i| usize::try_from(i).ok()) {
                    Some(i) => PathStep::Index(i),
                    None => {
                        let detail =
                            format!("{number} is no position in a list: a whole number from 0 is required.");
                        self.error("Invalid ignore_changes index", detail, item.span);
                        return None;
                    }
                },
            });
        }
        Some((steps.into(), item.span))
    }

    fn replace_triggers(&mut self, attribute: &Attribute) -> Vec<Expr> {
        let Some(items) = self.static_list(attribute) else { return Vec::new() };
        let native = |d: &mut Self, item: &Expr| d.native(item).unwrap_or_else(|| item.clone());
        let items: Vec<Expr> = items.iter().map(|item| native(self, item)).collect();
        items.into_iter().filter(|item| self.check_trigger(item)).collect()
    }

    /// Whether it is a reference to a managed resource, with nothing but `count.index` and `each.key` in its indexes.
    fn check_trigger(&mut self, item: &Expr) -> bool {
        let mut names = 0;
        let mut part = item;
        let root = loop {
            match &part.kind {
                ExprKind::GetAttr(source, _) => {
                    names += 1;
                    part = source;
                }
                ExprKind::Index(source, key) => {
                    if !self.check_trigger_index(key) {
                        return false;
                    }
                    part = source;
                }
                ExprKind::Variable(root) => break Some(root),
                _ => break None,
            }
        };
        let needed = if root.is_some_and(|r| &**r == "resource") { 2 } else { 1 };
        match root {
            None => self.error(
                "Invalid replace_triggered_by expression",
                "Missing resource reference in replace_triggered_by expression.",
                item.span,
            ),
            Some(root) if NOT_RESOURCES.contains(&&**root) => self.error(
                "Invalid reference in replace_triggered_by expression",
                "Only managed resources, count.index, and each.key may be used in replace_triggered_by. To replace on \
                 a change of a plain value, store it in a terraform_data resource and refer to that.",
                item.span,
            ),
            Some(_) if names < needed => self.error(
                "Invalid reference",
                "A reference to a resource type must be followed by at least one attribute access, specifying the \
                 resource name.",
                item.span,
            ),
            Some(_) => return true,
        }
        false
    }

    fn check_trigger_index(&mut self, key: &Expr) -> bool {
        let known = match &key.kind {
            ExprKind::String(_) | ExprKind::Number(_) => true,
            ExprKind::GetAttr(source, name) => {
                matches!(
                    (&source.kind, &**name),
                    (ExprKind::Variable(root), "key") if &**root == "each"
                ) || matches!((&source.kind, &**name), (ExprKind::Variable(root), "index") if &**root == "count")
            }
            ExprKind::Binary(_, a, b) => return self.check_trigger_index(a) && self.check_trigger_index(b),
            ExprKind::Unary(_, inner) | ExprKind::Parens(inner) | ExprKind::TemplateWrap(inner) => {
                return self.check_trigger_index(inner);
            }
            _ => false,
        };
        if !known {
            self.error(
                "Invalid reference in replace_triggered_by expression",
                "Only count.index and each.key may be used in the indexes of replace_triggered_by.",
                key.span,
            );
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn lifecycles() {
        let inside = |body: &str, expected: &[&str]| {
            check_in("resource \"a\" \"b\"", &format!("lifecycle {{\n{body}\n}}"), expected);
        };
        inside("prevent_destroy = var.x", &["Variables not allowed | var"]);
        inside("prevent_destroy = 1", &["Unsuitable value type | 1"]);
        inside("foo = 1", &["Unsupported argument | foo"]);
        inside("ignore_changes = foo", &["Invalid expression | foo"]);
        inside("ignore_changes = [\"*\"]", &["Invalid ignore_changes wildcard | \"*\""]);
        inside("ignore_changes = [a[*]]", &["Invalid expression | a[*]"]);
        inside("ignore_changes = [a[1.5]]", &["Invalid ignore_changes index | a[1.5]"]);
        inside("replace_triggered_by = [1]", &["Invalid replace_triggered_by expression | 1"]);
        inside(
            "replace_triggered_by = [local.x]",
            &["Invalid reference in replace_triggered_by expression | local.x"],
        );
        inside("replace_triggered_by = [a]", &["Invalid reference | a"]);
        inside("replace_triggered_by = [a.b[count.index + 1], a.b[each.key].c]", &[]);
        inside(
            "replace_triggered_by = [a.b[var.x]]",
            &["Invalid reference in replace_triggered_by expression | var.x"],
        );
        inside(
            "precondition {\ncondition = true\nerror_message = \"x\"\n}",
            &["Invalid precondition expression | true"],
        );
        check_in(
            "resource \"a\" \"b\"",
            "lifecycle {}\nlifecycle {}",
            &["Duplicate lifecycle block | lifecycle"],
        );
        check_in(
            "data \"a\" \"b\"",
            "lifecycle { prevent_destroy = true }",
            &["Invalid data resource lifecycle argument | prevent_destroy"],
        );
    }
}

//! What an entry of `replace_triggered_by` names.
//! Knows nothing of whether it changed.

use crate::base::{InstanceKey, Kind, Path, ResourceAddr, Value};
use crate::config::{Expr, ExprKind};
use crate::lang::{self, Context, Reference};

/// The resource, the instance if one is named (its key may be `each.key` or `count.index`), and the attribute.
pub(super) fn resource_part(
    expr: &Expr,
    context: &Context<'_>,
) -> Option<(ResourceAddr, Option<InstanceKey>, Path)> {
    let mut steps = Vec::new();
    let mut root = expr;
    loop {
        match &root.kind {
            ExprKind::GetAttr(source, name) => {
                steps.push(Value::string(name.clone()));
                root = source;
            }
            ExprKind::Index(source, key) => {
                steps.push(lang::evaluate(key, context).ok()?);
                root = source;
            }
            _ => break,
        }
    }
    let (mentions, _) = lang::references(expr);
    let Some(Reference::Resource(resource)) = mentions.into_iter().map(|m| m.reference).next() else {
        return None;
    };
    let ExprKind::Variable(first) = &root.kind else { return None };
    // The names that make the address itself: `type.name`, `resource.type.name`, `data.type.name`.
    let own = if matches!(&**first, "resource" | "data") { 2 } else { 1 };
    steps.reverse();
    let mut rest = steps.into_iter().skip(own).peekable();
    let key = match rest.peek().map(Value::kind) {
        Some(Kind::Number(n)) => u64::try_from(n.as_i64()?).ok().map(InstanceKey::Int),
        Some(Kind::String(text)) if matches!(&expr_at(expr, own), Some(ExprKind::Index(..))) => {
            Some(InstanceKey::Str(text.clone()))
        }
        _ => None,
    };
    if key.is_some() {
        rest.next();
    }
    let path = rest.fold(Path::default(), |path, step| match step.kind() {
        Kind::String(name) => path.attr(name.clone()),
        Kind::Number(n) => path.index(n.as_i64().and_then(|i| usize::try_from(i).ok()).unwrap_or(usize::MAX)),
        _ => path,
    });
    Some((resource, key, path))
}

/// The access at a depth counted from the root.
fn expr_at(expr: &Expr, depth: usize) -> Option<&ExprKind> {
    let mut accesses = Vec::new();
    let mut at = expr;
    while let ExprKind::GetAttr(source, _) | ExprKind::Index(source, _) = &at.kind {
        accesses.push(&at.kind);
        at = source;
    }
    accesses.reverse();
    accesses.get(depth).copied()
}

//! Test support: expressions in a compact form in which every grouping is visible, and problems with what they cover.
//! Knows nothing of what is being tested.

use super::{Config, Expr, ExprKind, ObjectKey, SplatStep, TemplatePart, load_sources};
use crate::base::{Diagnostics, Severity};
use std::path::Path;

/// `(a + (b * 2))`, `f(x...)`, `"lit" ~ ${x}`.
pub(super) fn show(expr: &Expr) -> String {
    let list = |items: &[Expr]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Number(n) => n.to_string(),
        ExprKind::String(s) => format!("{s:?}"),
        ExprKind::Template(parts) => format!("T<{}>", show_parts(parts)),
        ExprKind::TemplateWrap(e) => format!("W<{}>", show(e)),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let items = items.iter().map(|(key, value)| match key {
                ObjectKey::Name(name, _) => format!("{name}={}", show(value)),
                ObjectKey::Expr(key) => format!("({})={}", show(key), show(value)),
            });
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::GetAttr(e, name) => format!("{}.{name}", show(e)),
        ExprKind::Index(e, key) => format!("{}[{}]", show(e), show(key)),
        ExprKind::Splat { source, each } => format!("{}[*]<{}>", show(source), show_steps(each)),
        ExprKind::Call(call) => {
            format!("{}({}{})", call.name, list(&call.args), if call.expand_final { "..." } else { "" })
        }
        ExprKind::Unary(op, e) => format!("{op:?}({})", show(e)),
        ExprKind::Binary(op, a, b) => format!("({} {op:?} {})", show(a), show(b)),
        ExprKind::Conditional(c, a, b) => format!("({} ? {} : {})", show(c), show(a), show(b)),
        ExprKind::For(e) => {
            let key_var = e.key_var.as_ref().map_or(String::new(), |k| format!("{k},"));
            let key = e.key.as_ref().map_or(String::new(), |k| format!("{} => ", show(k)));
            let condition = e.condition.as_ref().map_or(String::new(), |c| format!(" if {}", show(c)));
            let dots = if e.grouping { "..." } else { "" };
            format!(
                "for<{key_var}{} in {} : {key}{}{dots}{condition}>",
                e.value_var,
                show(&e.collection),
                show(&e.value)
            )
        }
        ExprKind::Parens(e) => format!("P({})", show(e)),
    }
}

fn show_steps(steps: &[SplatStep]) -> String {
    let steps = steps.iter().map(|step| match step {
        SplatStep::Attr(name, _) => format!(".{name}"),
        SplatStep::Index(key) => format!("[{}]", show(key)),
        SplatStep::Splat(each) => format!("[*]<{}>", show_steps(each)),
    });
    steps.collect()
}

fn show_parts(parts: &[TemplatePart]) -> String {
    let parts = parts.iter().map(|part| match part {
        TemplatePart::Literal(text) => format!("{text:?}"),
        TemplatePart::Interpolation(e) => format!("${{{}}}", show(e)),
        TemplatePart::If { condition, then, otherwise } => {
            format!("if({}){{{}}}else{{{}}}", show(condition), show_parts(then), show_parts(otherwise))
        }
        TemplatePart::For { key, value, collection, body } => {
            let key = key.as_ref().map_or(String::new(), |k| format!("{k},"));
            format!("for({key}{value} in {}){{{}}}", show(collection), show_parts(body))
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// An expression from its text, shown.
pub(super) fn read(text: &str) -> String {
    match super::parse_expression(text, &mut crate::base::Sources::default(), "test") {
        Ok(expr) => show(&expr),
        Err(problems) => {
            let problem = problems.iter().next().unwrap();
            let span = problem.span.unwrap();
            format!("{} @{}-{}", problem.summary, span.start, span.end)
        }
    }
}

/// A configuration of one file.
pub(super) fn load_text(text: &str) -> (Config, Diagnostics) {
    load_sources(Path::new("."), vec![("main.tf".to_owned(), text.to_owned())])
}

/// The problems of a configuration, as `summary | what the span covers`; warnings with a leading `w`.
pub(super) fn problems(text: &str) -> Vec<String> {
    let (config, problems) = load_text(text);
    let shown = problems.iter().map(|p| {
        let warning = if p.severity == Severity::Warning { "w " } else { "" };
        let at = p.span.map_or("nowhere", |s| config.sources.text(s));
        assert!(p.detail.ends_with(['.', '?']), "a detail is full sentences: {}", p.detail);
        format!("{warning}{} | {at}", p.summary)
    });
    shown.collect()
}

/// Holds the problems of a configuration against the expected ones.
pub(super) fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(text), expected, "{text}");
}

/// In the one body of a block.
pub(super) fn check_in(header: &str, body: &str, expected: &[&str]) {
    check(&format!("{header} {{\n{body}\n}}\n"), expected);
}

//! The places of an expression that was read from a text within a text, such as a template in a JSON string.
//! Knows nothing of why it was there.

use super::{Expr, ExprKind, ObjectKey, SplatStep, TemplatePart};
use crate::base::{Diagnostic, Span};

/// Where a text stands in its file, of which escapes made it shorter.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The text's first byte in the file.
    start: u32,
    /// After each escape: the offset in the text, and the offset in the file from the start.
    jumps: Vec<(u32, u32)>,
}

impl Origin {
    /// A text that stands in its file as it is, so far.
    pub(super) fn at(start: u32) -> Origin {
        Origin { start, jumps: Vec::new() }
    }

    /// Notes that from an offset in the text on, the file is at another offset from the start.
    pub(super) fn jump(&mut self, text: usize, file: usize) {
        self.jumps.push((text as u32, file as u32));
    }

    fn place(&self, offset: u32) -> u32 {
        let passed = self.jumps.partition_point(|(text, _)| *text <= offset);
        let (text, file) = passed.checked_sub(1).and_then(|i| self.jumps.get(i)).copied().unwrap_or((0, 0));
        self.start + file + (offset - text)
    }

    fn span(&self, span: Span) -> Span {
        Span { start: self.place(span.start), end: self.place(span.end), ..span }
    }
}

/// Gives a problem found in the text its place in the file.
pub(super) fn relocate_problem(mut problem: Diagnostic, origin: &Origin) -> Diagnostic {
    problem.span = problem.span.map(|span| origin.span(span));
    problem
}

/// Gives an expression read from the text its places in the file.
pub(super) fn relocate(expr: &mut Expr, origin: &Origin) {
    expr.span = origin.span(expr.span);
    match &mut expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::Variable(_) => {}
        ExprKind::Template(parts) => relocate_parts(parts, origin),
        ExprKind::TemplateWrap(e) | ExprKind::GetAttr(e, _) | ExprKind::Unary(_, e) | ExprKind::Parens(e) => {
            relocate(e, origin);
        }
        ExprKind::Tuple(items) => items.iter_mut().for_each(|item| relocate(item, origin)),
        ExprKind::Object(items) => {
            for (key, value) in items {
                match key {
                    ObjectKey::Name(_, span) => *span = origin.span(*span),
                    ObjectKey::Expr(key) => relocate(key, origin),
                }
                relocate(value, origin);
            }
        }
        ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
            relocate(a, origin);
            relocate(b, origin);
        }
        ExprKind::Splat { source, each } => {
            relocate(source, origin);
            relocate_steps(each, origin);
        }
        ExprKind::Call(call) => {
            call.name_span = origin.span(call.name_span);
            call.args.iter_mut().for_each(|arg| relocate(arg, origin));
        }
        ExprKind::Conditional(c, a, b) => {
            relocate(c, origin);
            relocate(a, origin);
            relocate(b, origin);
        }
        ExprKind::For(e) => {
            relocate(&mut e.collection, origin);
            relocate(&mut e.value, origin);
            e.key.iter_mut().chain(&mut e.condition).for_each(|part| relocate(part, origin));
        }
    }
}

fn relocate_steps(steps: &mut [SplatStep], origin: &Origin) {
    for step in steps {
        match step {
            SplatStep::Attr(_, span) => *span = origin.span(*span),
            SplatStep::Index(key) => relocate(key, origin),
            SplatStep::Splat(each) => relocate_steps(each, origin),
        }
    }
}

fn relocate_parts(parts: &mut [TemplatePart], origin: &Origin) {
    for part in parts {
        match part {
            TemplatePart::Literal(_) => {}
            TemplatePart::Interpolation(e) => relocate(e, origin),
            TemplatePart::If { condition, then, otherwise } => {
                relocate(condition, origin);
                relocate_parts(then, origin);
                relocate_parts(otherwise, origin);
            }
            TemplatePart::For { collection, body, .. } => {
                relocate(collection, origin);
                relocate_parts(body, origin);
            }
        }
    }
}

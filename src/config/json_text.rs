//! Text of the JSON syntax where it is no template: as it is, or as a reference, a type or a keyword.
//! Reads it again from the source; knows nothing of the arguments that take it.

use super::decode::Decoder;
use super::json::{is_json, parse_within};
use super::json_body::PropertyKind;
use super::json_string::unquote;
use super::names::Names;
use super::parse_template::composed;
use super::{Body, Expr, ExprKind, ObjectKey};
use crate::base::Span;

/// The labels of blocks within blocks, wherever they may stand.
const LABELS: &[(&str, &[&str])] = &[
    ("provisioner", &["type"]),
    ("backend", &["type"]),
    ("provider_meta", &["provider"]),
    ("data", &["type", "name"]),
    ("dynamic", &["type"]),
];

/// What a property is in a body that takes these arguments and blocks.
pub(super) fn kind_of(name: &str, arguments: &[&str], blocks: &[&str]) -> Option<PropertyKind> {
    if arguments.contains(&name) {
        return Some(PropertyKind::Argument);
    }
    let roles = LABELS.iter().find(|(block, _)| *block == name).map_or(&[][..], |(_, roles)| roles);
    blocks.contains(&name).then_some(PropertyKind::Block(roles))
}

impl Decoder<'_> {
    /// Whether a place is in a file of the JSON syntax.
    pub(super) fn in_json(&self, span: Span) -> bool {
        self.sources.get(span.file).is_some_and(|source| is_json(&source.name))
    }

    /// Sorts out those JSON properties of a body that are known; the others stay.
    pub(super) fn open(&mut self, body: &mut Body, arguments: &[&str], blocks: &[&str]) {
        let problems = body.resolve_in_place(|name| kind_of(name, arguments, blocks));
        problems.into_iter().for_each(|problem| self.report(problem));
    }

    /// Takes all JSON properties of a body for arguments, but for these blocks.
    pub(super) fn open_arguments(&mut self, body: &mut Body, blocks: &[&str]) {
        let problems =
            body.resolve_in_place(|name| Some(kind_of(name, &[], blocks).unwrap_or(PropertyKind::Argument)));
        problems.into_iter().for_each(|problem| self.report(problem));
    }

    /// An expression where nothing is evaluated: the text of JSON stands for itself there.
    pub(super) fn literal(&mut self, mut expr: Expr) -> Expr {
        if self.in_json(expr.span) {
            self.make_literal(&mut expr);
        }
        expr
    }

    fn make_literal(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::Tuple(items) => items.iter_mut().for_each(|item| self.make_literal(item)),
            ExprKind::Object(items) => {
                for (key, value) in items {
                    if let ObjectKey::Expr(key) = key {
                        self.make_literal(key);
                    }
                    self.make_literal(value);
                }
            }
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => {}
            _ => {
                self.templates.remove(&expr.span);
                if let Some((text, _)) = unquote(self.sources.text(expr.span), expr.span.start) {
                    expr.kind = ExprKind::String(composed(&text));
                }
            }
        }
    }

    /// An expression where the language wants a name, a reference or a type: the text of JSON is read as one. `None` if it
    /// is none.
    pub(super) fn native(&mut self, expr: &Expr) -> Option<Expr> {
        if !self.in_json(expr.span) {
            return Some(expr.clone());
        }
        let (text, origin) = unquote(self.sources.text(expr.span), expr.span.start)?;
        self.templates.remove(&expr.span);
        parse_within(&text, expr.span.file, &origin, &mut Names::default(), |p| p.only_expression()).ok()
    }
}

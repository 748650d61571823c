//! JSON objects as bodies: which property is an argument and which stands for blocks, once a schema says so.
//! Knows no schema of its own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

use super::{Attribute, Block, Body, Expr, ExprKind, Label, ObjectKey};
use crate::base::{Diagnostic, Diagnostics, Name, Span};

/// What a property of a JSON object is, by the schema of the body it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// An argument.
    Argument,
    /// An argument whose text is a name, as the `iterator` of a `dynamic` block.
    Keyword,
    /// Blocks, with what their labels are called.
    Block(&'static [&'static str]),
}

/// The summary for a property that a schema does not have.
const EXTRANEOUS: &str = "Extraneous JSON object property";

impl Attribute {
    /// The error for a property that is neither an argument nor a block, with a hint that follows a space.
    pub fn extraneous(&self, hint: &str) -> Diagnostic {
        let detail = format!("No argument or block type is named {:?}.{hint}", &*self.name);
        Diagnostic::error(EXTRANEOUS, detail).at(self.name_span)
    }
}

impl Body {
    /// The body with its JSON properties sorted into arguments and blocks. A property of which `kind` knows nothing
    /// stays a property; one named `//` is a comment. Without properties, it is the body itself.
    pub fn resolve(&self, kind: impl Fn(&str) -> Option<PropertyKind>) -> (Cow<'_, Body>, Diagnostics) {
        if self.attributes.iter().all(|attribute| !attribute.property) {
            return (Cow::Borrowed(self), Diagnostics::new());
        }
        let mut body = self.clone();
        let problems = body.resolve_in_place(kind);
        (Cow::Owned(body), problems)
    }

    /// As [`Body::resolve`], for good.
    pub(super) fn resolve_in_place(&mut self, kind: impl Fn(&str) -> Option<PropertyKind>) -> Diagnostics {
        let mut problems = Diagnostics::new();
        if self.attributes.iter().all(|attribute| !attribute.property) {
            return problems;
        }
        let mut seen: HashMap<Name, ()> = HashMap::new();
        for mut attribute in std::mem::take(&mut self.attributes) {
            if !attribute.property {
                seen.insert(attribute.name.clone(), ());
                self.attributes.push(attribute);
                continue;
            }
            let kind = match &*attribute.name {
                "//" => continue,
                name => kind(name),
            };
            match kind {
                None => self.attributes.push(attribute),
                Some(PropertyKind::Block(roles)) => {
                    let Attribute { name, name_span, expr, .. } = attribute;
                    unpack(&name, expr, roles, Vec::new(), name_span, &mut self.blocks, &mut problems);
                }
                Some(kind) => {
                    if seen.insert(attribute.name.clone(), ()).is_some() {
                        let detail = format!(
                            "The argument {:?} was already set in this object. Each argument may be set only once.",
                            &*attribute.name
                        );
                        problems
                            .push(Diagnostic::error("Duplicate argument", detail).at(attribute.name_span));
                        continue;
                    }
                    check_keys(&attribute.expr, &mut problems);
                    if let (PropertyKind::Keyword, ExprKind::String(name)) = (kind, &attribute.expr.kind) {
                        attribute.expr.kind = ExprKind::Variable(name.clone());
                    }
                    attribute.property = false;
                    self.attributes.push(attribute);
                }
            }
        }
        problems
    }
}

/// A property of an object, of which nothing is known yet.
pub(super) fn property((key, expr): (ObjectKey, Expr)) -> Attribute {
    let (name, name_span) = match key {
        ObjectKey::Name(name, span) => (name, span),
        ObjectKey::Expr(Expr { kind: ExprKind::String(name), span }) => (name, span),
        // No argument, block or label has such a name.
        ObjectKey::Expr(Expr { span, .. }) => ("${…}".into(), span),
    };
    Attribute { name, name_span, expr, property: true }
}

/// The blocks that a property stands for: below it there is an object for each label, with the labels' texts as
/// property names; at the end there is a body, or an array of bodies.
fn unpack(
    type_name: &Name,
    expr: Expr,
    roles: &[&str],
    labels: Vec<Label>,
    header: Span,
    blocks: &mut Vec<Block>,
    problems: &mut Diagnostics,
) {
    if let Some((role, roles)) = roles.split_first() {
        let span = expr.span;
        let inner = properties(expr, &format!("specify {role} labels for this block"), problems);
        if inner.is_empty() {
            let detail = format!(
                "At least one object property is required, whose name represents the {type_name} block's {role}."
            );
            problems.push(Diagnostic::error("Missing block label", detail).at(span));
        }
        for Attribute { name, name_span, expr, .. } in inner {
            let mut labels = labels.clone();
            labels.push(Label { text: name, span: name_span });
            unpack(type_name, expr, roles, labels, name_span, blocks, problems);
        }
        return;
    }
    let bodies = match expr.kind {
        ExprKind::Tuple(items) => items,
        ExprKind::Object(_) => vec![expr],
        ExprKind::Null => return,
        _ => {
            let detail = format!(
                "Either a JSON object or a JSON array is required, representing the contents of one or more {:?} blocks.",
                &**type_name
            );
            problems.push(Diagnostic::error("Incorrect JSON value type", detail).at(expr.span));
            return;
        }
    };
    for expr in bodies {
        let span = expr.span;
        let attributes = properties(expr, "define arguments and child blocks", problems);
        blocks.push(Block {
            type_name: type_name.clone(),
            labels: labels.clone(),
            body: Body { attributes, blocks: Vec::new(), span },
            span: header,
        });
    }
}

/// The properties of an object, or of all objects of an array.
fn properties(expr: Expr, purpose: &str, problems: &mut Diagnostics) -> Vec<Attribute> {
    let mut wrong = |required: &str, span: Span| {
        let detail = format!("{required} is required here, to {purpose}.");
        problems.push(Diagnostic::error("Incorrect JSON value type", detail).at(span));
    };
    match expr.kind {
        ExprKind::Object(items) => items.into_iter().map(property).collect(),
        ExprKind::Null => Vec::new(),
        ExprKind::Tuple(objects) => {
            let mut all = Vec::new();
            for object in objects {
                match object.kind {
                    ExprKind::Object(items) => all.extend(items.into_iter().map(property)),
                    _ => wrong("A JSON object", object.span),
                }
            }
            all
        }
        _ => {
            wrong("Either a JSON object or JSON array of objects", expr.span);
            Vec::new()
        }
    }
}

/// Reports keys that an object has twice, anywhere in a value.
fn check_keys(expr: &Expr, problems: &mut Diagnostics) {
    match &expr.kind {
        ExprKind::Object(items) => {
            let mut seen = HashSet::new();
            for (key, value) in items {
                if let ObjectKey::Expr(Expr { kind: ExprKind::String(name), span }) = key
                    && !seen.insert(name)
                {
                    let detail = format!(
                        "An attribute named {:?} was already defined in this object. Each may be defined only once.",
                        &**name
                    );
                    problems.push(Diagnostic::error("Duplicate object attribute", detail).at(*span));
                }
                check_keys(value, problems);
            }
        }
        ExprKind::Tuple(items) => items.iter().for_each(|item| check_keys(item, problems)),
        _ => {}
    }
}

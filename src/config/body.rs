//! `Body`: attributes and blocks as written, before anyone knows what they mean.
//! Knows nothing of schemas.

use super::Expr;
use crate::base::{Name, Path, PathStep, Span};

/// What stands between the braces of a block, or in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// The attributes in the order written; but for JSON properties, names are unique.
    pub attributes: Vec<Attribute>,
    /// The blocks in the order written.
    pub blocks: Vec<Block>,
    /// From the first to the last byte inside; for an empty body, the block's header.
    pub span: Span,
}

/// `name = expr`
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub expr: Expr,
    /// Whether it is a property of a JSON object of which only a schema can say whether it is an argument or stands for
    /// blocks; see [`Body::resolve`].
    pub property: bool,
}

/// `type "label" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The block type.
    pub type_name: Name,
    /// The labels.
    pub labels: Vec<Label>,
    /// What is inside.
    pub body: Body,
    /// The header: type and labels.
    pub span: Span,
}

/// A block label.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its text.
    pub text: Name,
    /// Where it stands.
    pub span: Span,
}

impl Body {
    /// An attribute by name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| &*a.name == name)
    }

    /// The blocks of a type.
    pub fn blocks_of<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| &*b.type_name == type_name)
    }

    /// Where the value at a path was written, as near as the source says; the body itself when it was not written.
    pub fn locate(&self, path: &Path) -> Span {
        let mut steps = path.steps().iter().peekable();
        let Some(PathStep::Attr(name) | PathStep::Key(name)) = steps.next() else { return self.span };
        if let Some(attribute) = self.attribute(name) {
            return attribute.expr.locate(&mut steps);
        }
        let index = match steps.peek() {
            Some(PathStep::Index(i)) => {
                let i = *i;
                steps.next();
                i
            }
            Some(PathStep::Element(_)) => {
                steps.next();
                0
            }
            _ => 0,
        };
        let rest: Path = steps.cloned().collect::<Vec<_>>().into();
        if let Some(block) = self.blocks_of(name).nth(index) {
            return if rest.is_empty() { block.span } else { block.body.locate(&rest).or_header(block) };
        }
        // A generated block: point at the one that generates it.
        let dynamic = self.blocks_of("dynamic").find(|b| b.labels.first().is_some_and(|l| *l.text == **name));
        match dynamic {
            Some(block) => {
                let content = block.body.blocks_of("content").next().map(|c| c.body.locate(&rest));
                content.unwrap_or(block.span)
            }
            None => self.span,
        }
    }
}

trait OrHeader {
    fn or_header(self, block: &Block) -> Span;
}

impl OrHeader for Span {
    /// A body's span is a poor pointer for something that is missing in it; its header says more.
    fn or_header(self, block: &Block) -> Span {
        if self == block.body.span { block.span } else { self }
    }
}

impl Expr {
    fn locate<'a>(&self, steps: &mut std::iter::Peekable<impl Iterator<Item = &'a PathStep>>) -> Span {
        use super::{ExprKind, ObjectKey};
        let next = match (&self.kind, steps.peek()) {
            (ExprKind::Tuple(items), Some(PathStep::Index(i))) => items.get(*i),
            (ExprKind::Object(items), Some(PathStep::Attr(name) | PathStep::Key(name))) => items
                .iter()
                .find(|(key, _)| match key {
                    ObjectKey::Name(n, _) => n == name,
                    ObjectKey::Expr(e) => matches!(&e.kind, ExprKind::String(s) if s == name),
                })
                .map(|(_, value)| value),
            (ExprKind::Parens(inner), _) => return inner.locate(steps),
            // A JSON object that stands for the only block of its type.
            (ExprKind::Object(_), Some(PathStep::Index(_) | PathStep::Element(_))) => {
                steps.next();
                return self.locate(steps);
            }
            _ => None,
        };
        match next {
            Some(inner) => {
                steps.next();
                inner.locate(steps)
            }
            None => self.span,
        }
    }
}

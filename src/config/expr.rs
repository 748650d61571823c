//! `Expr`: an expression as written, in our own compact form, with a span on every node.
//! Knows nothing of values other than literals, and of nothing that an expression refers to.

use crate::base::{Name, Number, Span};

/// An expression with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, read from its digits and never through a float.
    Number(Number),
    /// A string without interpolation, escapes resolved.
    String(Name),
    /// A quoted template or heredoc with interpolations or directives; strip markers and `<<-` are resolved already.
    Template(Vec<TemplatePart>),
    /// A template that is exactly one interpolation: `"${x}"` keeps the type of `x`.
    TemplateWrap(Box<Expr>),
    /// `[a, b]`
    Tuple(Vec<Expr>),
    /// `{ a = 1, (b) = 2 }`, in order; a later duplicate wins.
    Object(Vec<(ObjectKey, Expr)>),
    /// A name that stands alone or begins a reference: `var`, `aws_lambda_function`, `each`, a `for` variable.
    Variable(Name),
    /// `x.name`
    GetAttr(Box<Expr>, Name),
    /// `x[key]`; also the legacy `x.0`
    Index(Box<Expr>, Box<Expr>),
    /// `x[*].a[0]` (full) or `x.*.a` (attribute-only), with the steps taken on each element.
    Splat {
        /// What is iterated over.
        source: Box<Expr>,
        /// The steps on each element.
        each: Vec<SplatStep>,
    },
    /// `name(args)`
    Call(Call),
    /// `-x`, `!x`
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[for …]`, `{for …}`
    For(Box<ForExpr>),
    /// `(x)`
    Parens(Box<Expr>),
}

/// The key of an object item.
#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKey {
    /// A bare name: `a = 1`.
    Name(Name, Span),
    /// Any expression: `"a" = 1`, `(var.key) = 1`.
    Expr(Expr),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    /// Text as it goes into the result.
    Literal(Name),
    /// `${ x }`
    Interpolation(Expr),
    /// `%{ if c }…%{ else }…%{ endif }`
    If {
        /// The condition.
        condition: Expr,
        /// When true.
        then: Vec<TemplatePart>,
        /// When false.
        otherwise: Vec<TemplatePart>,
    },
    /// `%{ for k, v in x }…%{ endfor }`
    For {
        /// The key variable.
        key: Option<Name>,
        /// The value variable.
        value: Name,
        /// What is iterated over.
        collection: Expr,
        /// Once per element.
        body: Vec<TemplatePart>,
    },
}

/// A step on each element of a splat.
#[derive(Debug, Clone, PartialEq)]
pub enum SplatStep {
    /// `.name`
    Attr(Name, Span),
    /// `[key]`
    Index(Expr),
    /// Another splat, of the element: `x[*].a[*].b` takes `.a`, and then `.b` on each element of that.
    Splat(Vec<SplatStep>),
}

/// A function call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `jsonencode`, `core::jsonencode`, `provider::aws::arn_parse`
    pub name: Name,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments.
    pub args: Vec<Expr>,
    /// Whether the last argument is expanded: `f(xs...)`.
    pub expand_final: bool,
}

/// A unary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Eq,
    NotEq,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
}

/// A `for` expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ForExpr {
    /// The key variable.
    pub key_var: Option<Name>,
    /// The value variable.
    pub value_var: Name,
    /// What is iterated over.
    pub collection: Expr,
    /// The key of each result item: an object `for` has one.
    pub key: Option<Expr>,
    /// The value of each result item.
    pub value: Expr,
    /// Whether values with one key are grouped: `=> v...`.
    pub grouping: bool,
    /// `if c`
    pub condition: Option<Expr>,
}

/// A reference written without any computation but constant indexes: `aws_lambda_function.this["a"].arn`.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    /// The first name.
    pub root: Name,
    /// What follows.
    pub steps: Vec<TraversalStep>,
    /// Where it stands.
    pub span: Span,
}

/// A step of a [`Traversal`].
#[derive(Debug, Clone, PartialEq)]
pub enum TraversalStep {
    /// `.name`
    Attr(Name),
    /// `["key"]`
    Key(Name),
    /// `[0]`
    Index(Number),
}

impl Expr {
    /// An expression at a place.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Expr { kind, span }
    }

    /// The reference this expression is, if it is nothing more than one.
    pub fn as_traversal(&self) -> Option<Traversal> {
        match &self.kind {
            ExprKind::Variable(root) => {
                Some(Traversal { root: root.clone(), steps: Vec::new(), span: self.span })
            }
            ExprKind::GetAttr(source, name) => {
                let mut traversal = source.as_traversal()?;
                traversal.steps.push(TraversalStep::Attr(name.clone()));
                traversal.span = self.span;
                Some(traversal)
            }
            ExprKind::Index(source, key) => {
                let mut traversal = source.as_traversal()?;
                traversal.steps.push(match &key.kind {
                    ExprKind::String(key) => TraversalStep::Key(key.clone()),
                    ExprKind::Number(n) => TraversalStep::Index(n.clone()),
                    _ => return None,
                });
                traversal.span = self.span;
                Some(traversal)
            }
            _ => None,
        }
    }

    /// Calls `f` on every direct part of the expression, in the order written.
    pub fn for_each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        match &self.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Variable(_) => {}
            ExprKind::Template(parts) => for_each_in_template(parts, f),
            ExprKind::TemplateWrap(e)
            | ExprKind::GetAttr(e, _)
            | ExprKind::Unary(_, e)
            | ExprKind::Parens(e) => f(e),
            ExprKind::Tuple(items) => items.iter().for_each(f),
            ExprKind::Object(items) => {
                for (key, value) in items {
                    if let ObjectKey::Expr(key) = key {
                        f(key);
                    }
                    f(value);
                }
            }
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                f(a);
                f(b);
            }
            ExprKind::Splat { source, each } => {
                f(source);
                for_each_in_steps(each, f);
            }
            ExprKind::Call(call) => call.args.iter().for_each(f),
            ExprKind::Conditional(c, a, b) => {
                f(c);
                f(a);
                f(b);
            }
            ExprKind::For(e) => {
                f(&e.collection);
                e.key.iter().for_each(&mut *f);
                f(&e.value);
                e.condition.iter().for_each(f);
            }
        }
    }
}

fn for_each_in_steps<'a>(steps: &'a [SplatStep], f: &mut dyn FnMut(&'a Expr)) {
    for step in steps {
        match step {
            SplatStep::Attr(..) => {}
            SplatStep::Index(key) => f(key),
            SplatStep::Splat(each) => for_each_in_steps(each, f),
        }
    }
}

fn for_each_in_template<'a>(parts: &'a [TemplatePart], f: &mut dyn FnMut(&'a Expr)) {
    for part in parts {
        match part {
            TemplatePart::Literal(_) => {}
            TemplatePart::Interpolation(e) => f(e),
            TemplatePart::If { condition, then, otherwise } => {
                f(condition);
                for_each_in_template(then, f);
                for_each_in_template(otherwise, f);
            }
            TemplatePart::For { collection, body, .. } => {
                f(collection);
                for_each_in_template(body, f);
            }
        }
    }
}

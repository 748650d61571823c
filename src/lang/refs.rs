//! References: what an expression or a body mentions, found without evaluating anything.
//! Knows nothing of which names are declared; that is the scope's to say.

use std::borrow::Cow;

use super::Reference;
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Mode, ModuleAddr, Name, ResourceAddr, Span};
use crate::config::{
    Attribute, Block, Body, Call, Expr, ExprKind, ObjectKey, PropertyKind, TemplatePart, Traversal,
    TraversalStep,
};

/// A reference where it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// What is referred to.
    pub reference: Reference,
    /// The constant attribute accesses and indexes that follow.
    pub rest: Vec<TraversalStep>,
    /// Where the whole stands.
    pub span: Span,
}

/// Every reference in an expression, in the order written, and those that cannot be understood. The variables of
/// `for` expressions are not references.
pub fn references(expr: &Expr) -> (Vec<Mention>, Diagnostics) {
    references_beside(expr, &[])
}

/// As [`references`], with names that stand for something else here, as the iterator of a `dynamic` block.
pub(super) fn references_beside(expr: &Expr, bound: &[Name]) -> (Vec<Mention>, Diagnostics) {
    let mut search = Search { bound: bound.to_vec(), ..Search::default() };
    search.expr(expr);
    (search.found, search.problems)
}

/// Every reference in a body and the blocks within, `dynamic` blocks included.
pub fn references_in_body(body: &Body) -> (Vec<Mention>, Diagnostics) {
    let mut search = Search::default();
    search.body(body);
    (search.found, search.problems)
}

/// As [`references`], without what is given to `ephemeralasnull`: nothing of that which is ephemeral comes out.
pub fn references_that_last(expr: &Expr) -> Vec<Mention> {
    let mut search = Search { lasting: true, ..Search::default() };
    search.expr(expr);
    search.found
}

/// The same of a body.
pub(super) fn references_that_last_in_body(body: &Body) -> Vec<Mention> {
    let mut search = Search { lasting: true, ..Search::default() };
    search.body(body);
    search.found
}

/// The names that begin a reference anywhere in an expression, with their places.
pub(super) fn free_names(expr: &Expr) -> Vec<(Name, Span)> {
    let mut search = Search::default();
    search.expr(expr);
    search.names
}

/// The reference that a traversal begins with, as for `depends_on`.
///
/// # Errors
/// A [`Diagnostic`] that says what must follow the name.
pub fn reference_of(traversal: &Traversal) -> Result<Mention, Diagnostic> {
    let (reference, used) =
        parse(&traversal.root, &traversal.steps).map_err(|problem| problem.at(traversal.span))?;
    let rest = traversal.steps.get(used..).unwrap_or_default().to_vec();
    Ok(Mention { reference, rest, span: traversal.span })
}

/// A name with the attribute accesses and indexes that follow, taken apart: what `a.b[c].d` is.
pub(super) struct Chain<'a> {
    /// The innermost expression: a name or anything else.
    pub(super) root: &'a Expr,
    /// The accesses, from the root outwards: [`ExprKind::GetAttr`] and [`ExprKind::Index`] nodes.
    pub(super) accesses: Vec<&'a Expr>,
}

impl<'a> Chain<'a> {
    pub(super) fn of(expr: &'a Expr) -> Chain<'a> {
        let mut accesses = Vec::new();
        let mut root = expr;
        while let ExprKind::GetAttr(source, _) | ExprKind::Index(source, _) = &root.kind {
            accesses.push(root);
            root = source;
        }
        accesses.reverse();
        Chain { root, accesses }
    }

    /// The leading accesses that are constant.
    pub(super) fn steps(&self) -> Vec<TraversalStep> {
        let constant = |access: &&Expr| match &access.kind {
            ExprKind::GetAttr(_, name) => Some(TraversalStep::Attr(name.clone())),
            ExprKind::Index(_, key) => match &key.kind {
                ExprKind::String(key) => Some(TraversalStep::Key(key.clone())),
                ExprKind::Number(n) => Some(TraversalStep::Index(n.clone())),
                _ => None,
            },
            _ => None,
        };
        self.accesses.iter().map_while(constant).collect()
    }

    /// The place of the root and its first accesses.
    fn span(&self, accesses: usize) -> Span {
        accesses.checked_sub(1).and_then(|last| self.accesses.get(last)).unwrap_or(&self.root).span
    }

    /// The root's name, if it is one.
    pub(super) fn name(&self) -> Option<&'a Name> {
        if let ExprKind::Variable(name) = &self.root.kind { Some(name) } else { None }
    }

    /// The reference that the chain begins with and how many accesses belong to it, for a root that is a name.
    pub(super) fn mention(&self, name: &Name) -> Result<(Mention, usize), Diagnostic> {
        let steps = self.steps();
        match parse(name, &steps) {
            Ok((reference, used)) => {
                let span = self.span(steps.len());
                Ok((Mention { reference, rest: steps.into_iter().skip(used).collect(), span }, used))
            }
            Err(problem) => Err(problem.at(self.span(steps.len().min(2)))),
        }
    }
}

/// An object that has a few attributes and nothing else.
struct Fixed {
    name: &'static str,
    attributes: &'static [(&'static str, Reference)],
    /// What is said when another one is asked for.
    supported: &'static str,
}

const FIXED: [Fixed; 4] = [
    Fixed {
        name: "each",
        attributes: &[("key", Reference::EachKey), ("value", Reference::EachValue)],
        supported: "The supported attributes are each.key and each.value, the current key and value pair of the \
                    \"for_each\" attribute set.",
    },
    Fixed {
        name: "count",
        attributes: &[("index", Reference::CountIndex)],
        supported: "The only supported attribute is count.index, which is the index of each instance of a resource \
                    block that has the \"count\" argument set.",
    },
    Fixed {
        name: "path",
        attributes: &[
            ("module", Reference::PathModule),
            ("root", Reference::PathRoot),
            ("cwd", Reference::PathCwd),
        ],
        supported: "The supported attributes are path.module, path.root and path.cwd.",
    },
    Fixed {
        name: "terraform",
        attributes: &[("workspace", Reference::Workspace)],
        supported: "The only supported attribute is terraform.workspace, the name of the currently-selected workspace.",
    },
];

impl Fixed {
    fn attribute(&self, wanted: &Name) -> Result<Reference, Diagnostic> {
        let found = self.attributes.iter().find(|(name, _)| **name == **wanted);
        found.map(|(_, reference)| reference.clone()).ok_or_else(|| {
            let Fixed { name, supported, .. } = self;
            let near = did_you_mean(wanted, self.attributes.iter().map(|(name, _)| *name));
            let detail = format!(
                "The {name:?} object does not have an attribute named {:?}.{near} {supported}",
                &**wanted
            );
            Diagnostic::error(format!("Invalid {name:?} attribute"), detail)
        })
    }
}

/// The reference that a name and what follows make, and how many steps belong to it.
fn parse(root: &Name, steps: &[TraversalStep]) -> Result<(Reference, usize), Diagnostic> {
    if let Some(object) = FIXED.iter().find(|object| *object.name == **root) {
        return Ok((object.attribute(&only_attribute(root, steps)?)?, 1));
    }
    match &**root {
        "var" => Ok((Reference::Variable(only_attribute(root, steps)?), 1)),
        "local" => Ok((Reference::Local(only_attribute(root, steps)?), 1)),
        "module" => Ok((Reference::Module(only_attribute(root, steps)?), 1)),
        "self" => Ok((Reference::SelfObject, 0)),
        "data" => resource(Mode::Data, [attribute(steps, 0), attribute(steps, 1)], 2).ok_or_else(|| {
            invalid(
                "The \"data\" object must be followed by two attribute names: the data source type and the resource \
                 name.",
            )
        }),
        "resource" => resource(Mode::Managed, [attribute(steps, 0), attribute(steps, 1)], 2).ok_or_else(|| {
            invalid(
                "The \"resource\" object must be followed by two attribute names: the resource type and the resource \
                 name.",
            )
        }),
        "ephemeral" => Err(invalid(
            "Ephemeral resources are not supported, so there is nothing that \"ephemeral\" could refer to.",
        )),
        "template" | "lazy" | "arg" => Err(Diagnostic::error(
            "Reserved symbol name",
            format!(
                "The symbol name {:?} is reserved. If it is the name of a resource type, add the prefix \"resource.\" \
                 to refer to it.",
                &**root
            ),
        )),
        _ => resource(Mode::Managed, [Some(root), attribute(steps, 0)], 1).ok_or_else(|| {
            let near = did_you_mean(root, ["var", "local", "module", "data", "each", "count", "self", "path"]);
            invalid(&format!(
                "A reference to a resource type must be followed by at least one attribute access, specifying the \
                 resource name.{near}"
            ))
        }),
    }
}

fn invalid(detail: &str) -> Diagnostic {
    Diagnostic::error("Invalid reference", detail)
}

/// The step at a position, if it is an attribute's name.
fn attribute(steps: &[TraversalStep], at: usize) -> Option<&Name> {
    match steps.get(at) {
        Some(TraversalStep::Attr(name)) => Some(name),
        _ => None,
    }
}

/// The attribute name that has to follow an object which is none by itself.
fn only_attribute(root: &Name, steps: &[TraversalStep]) -> Result<Name, Diagnostic> {
    attribute(steps, 0).cloned().ok_or_else(|| match steps.first() {
        None => invalid(&format!(
            "The {:?} object cannot be accessed directly. Instead, access one of its attributes.",
            &**root
        )),
        Some(_) => invalid(&format!("The {:?} object does not support this operation.", &**root)),
    })
}

/// The resource of a type and a name, which are so many steps.
fn resource(mode: Mode, [type_name, name]: [Option<&Name>; 2], steps: usize) -> Option<(Reference, usize)> {
    let (type_name, name) = (type_name?.clone(), name?.clone());
    Some((Reference::Resource(ResourceAddr { module: ModuleAddr::default(), mode, type_name, name }), steps))
}

/// The name of a function without the namespace that all built-in ones are in too.
pub(super) fn bare_name(call: &Call) -> &str {
    call.name.strip_prefix("core::").unwrap_or(&call.name)
}

/// One way through an expression or a body.
#[derive(Default)]
struct Search {
    bound: Vec<Name>,
    names: Vec<(Name, Span)>,
    found: Vec<Mention>,
    problems: Diagnostics,
    /// Whether the arguments of `ephemeralasnull` are left out.
    lasting: bool,
}

impl Search {
    fn binding<'a>(&mut self, names: impl IntoIterator<Item = &'a Name>, inside: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.bound.extend(names.into_iter().cloned());
        inside(self);
        self.bound.truncate(before);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(call) if self.lasting && bare_name(call) == "ephemeralasnull" => {}
            ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) => {
                self.chain(&Chain::of(expr))
            }
            ExprKind::For(e) => {
                self.expr(&e.collection);
                self.binding(e.key_var.iter().chain([&e.value_var]), |search| {
                    e.key.iter().for_each(|key| search.expr(key));
                    search.expr(&e.value);
                    e.condition.iter().for_each(|condition| search.expr(condition));
                });
            }
            ExprKind::Template(parts) => self.template(parts),
            ExprKind::Binary(..) => {
                // A long sum leans to the left; it must not take stack for every summand.
                let mut right = Vec::new();
                let mut left = expr;
                while let ExprKind::Binary(_, a, b) = &left.kind {
                    right.push(b);
                    left = a;
                }
                self.expr(left);
                right.into_iter().rev().for_each(|operand| self.expr(operand));
            }
            _ => expr.for_each_child(&mut |child| self.expr(child)),
        }
    }

    fn chain(&mut self, chain: &Chain<'_>) {
        match chain.name() {
            Some(name) if self.bound.contains(name) => {}
            Some(name) => {
                self.names.push((name.clone(), chain.root.span));
                match chain.mention(name) {
                    Ok((mention, _)) => self.found.push(mention),
                    Err(problem) => self.problems.push(problem),
                }
            }
            None => self.expr(chain.root),
        }
        for access in &chain.accesses {
            if let ExprKind::Index(_, key) = &access.kind {
                self.expr(key);
            }
        }
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Literal(_) => {}
                TemplatePart::Interpolation(e) => self.expr(e),
                TemplatePart::If { condition, then, otherwise } => {
                    self.expr(condition);
                    self.template(then);
                    self.template(otherwise);
                }
                TemplatePart::For { key, value, collection, body } => {
                    self.expr(collection);
                    self.binding(key.iter().chain([value]), |search| search.template(body));
                }
            }
        }
    }

    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            match attribute.property {
                true if &*attribute.name == "dynamic" => self.dynamic_property(&attribute.expr),
                true => self.property(&attribute.expr),
                false => self.expr(&attribute.expr),
            }
        }
        for block in &body.blocks {
            if &*block.type_name == "dynamic" { self.dynamic(block) } else { self.body(&block.body) }
        }
    }

    /// A JSON property that may be an argument or stand for blocks, in which there may be `dynamic` ones.
    fn property(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.property(item)),
            ExprKind::Object(items) => {
                for (key, value) in items {
                    match key {
                        ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. })
                            if &**name == "dynamic" =>
                        {
                            self.dynamic_property(value);
                        }
                        ObjectKey::Expr(key) => {
                            self.expr(key);
                            self.property(value);
                        }
                        ObjectKey::Name(..) => self.property(value),
                    }
                }
            }
            _ => self.expr(expr),
        }
    }

    fn dynamic_property(&mut self, expr: &Expr) {
        match dynamic_blocks(expr) {
            Some(blocks) => blocks.iter().for_each(|block| self.dynamic(block)),
            None => self.property(expr),
        }
    }

    fn dynamic(&mut self, block: &Block) {
        let (body, _) = dynamic_body(block);
        for attribute in body.attributes.iter().filter(|a| &*a.name != "iterator") {
            self.expr(&attribute.expr);
        }
        let iterator = iterator(block, &body);
        for content in &body.blocks {
            self.binding(&iterator, |search| search.body(&content.body));
        }
    }
}

/// What is inside a `dynamic` block, its JSON properties sorted out.
pub(super) fn dynamic_body(dynamic: &Block) -> (Cow<'_, Body>, Diagnostics) {
    dynamic.body.resolve(|name| match name {
        "for_each" => Some(PropertyKind::Argument),
        "iterator" => Some(PropertyKind::Keyword),
        "content" => Some(PropertyKind::Block(&[])),
        _ => None,
    })
}

/// The blocks that a JSON property named `dynamic` stands for, unless it is an argument that is only called so.
fn dynamic_blocks(expr: &Expr) -> Option<Vec<Block>> {
    let name = Name::from("dynamic");
    let attribute = Attribute { name, name_span: expr.span, expr: expr.clone(), property: true };
    let body = Body { attributes: vec![attribute], blocks: Vec::new(), span: expr.span };
    let (body, problems) = body.resolve(|_| Some(PropertyKind::Block(&["type"])));
    let generates = |block: &Block| block.body.attribute("content").is_some();
    (!problems.has_errors() && body.blocks.iter().all(generates)).then(|| body.into_owned().blocks)
}

/// The name that stands for the element inside a `dynamic` block: what `iterator` says, or the block type.
pub(super) fn iterator(dynamic: &Block, body: &Body) -> Option<Name> {
    match body.attribute("iterator").map(|a| &a.expr.kind) {
        Some(ExprKind::Variable(name)) => Some(name.clone()),
        _ => dynamic.labels.first().map(|label| label.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::config::parse_expression;

    #[test]
    fn finds_what_is_mentioned_and_nothing_that_is_bound() {
        for (text, expected) in [
            ("var.a + local.b.c[0]", "var.a | local.b.c[0]"),
            ("aws_x.y[\"k\"].arn", "aws_x.y[\"k\"].arn"),
            ("data.t.n.id", "data.t.n.id"),
            ("resource.var.n.id", "resource.var.n.id"),
            ("module.m[0].out", "module.m[0].out"),
            ("[for x in local.l : x.y if x.z == each.key]", "local.l | each.key"),
            ("{for k, var in var.m : k => var.x}", "var.m"),
            ("\"%{ for x in local.l }${x.a}${local.c}%{ endfor }\"", "local.l | local.c"),
            ("local.m[each.value].x", "local.m | each.value"),
            ("aws_x.y[count.index].arn", "aws_x.y | count.index"),
            ("aws_x.y[*].arn", "aws_x.y"),
            ("local.l[*][var.i]", "local.l | var.i"),
            ("f(self.a, path.module, terraform.workspace)", "self.a | path.module | terraform.workspace"),
            ("{ a = var.x, (local.k) = \"${var.y}\" }", "var.x | local.k | var.y"),
        ] {
            let mut sources = Sources::default();
            let expr = parse_expression(text, &mut sources, "test").unwrap();
            let (mentions, problems) = references(&expr);
            assert!(problems.is_empty(), "{text}: {problems:?}");
            let found: Vec<&str> = mentions.iter().map(|m| sources.text(m.span)).collect();
            assert_eq!(found.join(" | "), expected, "{text}");
        }
    }
}

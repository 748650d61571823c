//! What every block decoder needs: is this argument expected here, is it a literal, is it a plain reference.
//! Knows no particular block.

use super::json::TemplateProblems;
use super::suggest::{did_you_mean, nearest};
use super::{Attribute, Block, Body, CheckRule, Expr, ExprKind, TemplatePart, Traversal};
use crate::base::{Diagnostic, Diagnostics, Name, Sources, Span};

/// What may stand in a body.
pub(super) struct Shape {
    pub(super) arguments: &'static [&'static str],
    pub(super) blocks: &'static [&'static str],
}

/// Collects problems while blocks are decoded.
pub(super) struct Decoder<'s> {
    pub(super) sources: &'s Sources,
    pub(super) problems: Diagnostics,
    /// The header of the block being decoded, for the problems found in it.
    pub(super) context: Option<String>,
    /// The problems of templates in JSON, for as long as it is not known whether they are templates.
    pub(super) templates: TemplateProblems,
}

impl Decoder<'_> {
    /// Reports an error at a place, within the block being decoded.
    pub(super) fn error(&mut self, summary: &str, detail: impl Into<String>, span: Span) {
        self.report(Diagnostic::error(summary, detail).at(span));
    }

    /// Reports a problem within the block being decoded.
    pub(super) fn report(&mut self, problem: Diagnostic) {
        self.problems.push(match &self.context {
            Some(context) => problem.within(context.clone()),
            None => problem,
        });
    }

    /// A block's header as diagnostics show it.
    pub(super) fn header(&self, block: &Block) -> String {
        if self.in_json(block.span) {
            let labels = block.labels.iter().map(|label| format!(" {:?}", &*label.text));
            return format!("{}{}", block.type_name, labels.collect::<String>());
        }
        self.sources.text(block.span).to_owned()
    }

    /// Sorts out JSON properties, and reports every attribute and block that is not expected.
    pub(super) fn check_shape(&mut self, body: &mut Body, shape: &Shape) {
        self.open(body, shape.arguments, shape.blocks);
        for attribute in body.attributes.iter().filter(|a| !shape.arguments.contains(&&*a.name)) {
            let name = &*attribute.name;
            if attribute.property {
                let known = shape.arguments.iter().chain(shape.blocks).copied();
                self.report(attribute.extraneous(&did_you_mean(name, known)));
                continue;
            }
            let hint = if shape.blocks.contains(&name) {
                format!(" Did you mean to define a block of type {name:?}? If so, leave out the equals sign.")
            } else {
                suggestion(name, shape.arguments)
            };
            let detail = format!("An argument named {name:?} is not expected here.{hint}");
            self.error("Unsupported argument", detail, attribute.name_span);
        }
        for block in body.blocks.iter().filter(|b| !shape.blocks.contains(&&*b.type_name)) {
            let name = &*block.type_name;
            let hint = if shape.arguments.contains(&name) {
                format!(
                    " Did you mean to define argument {name:?}? If so, use the equals sign to assign it a value."
                )
            } else {
                suggestion(name, shape.blocks)
            };
            let detail = format!("Blocks of type {name:?} are not expected here.{hint}");
            self.error("Unsupported block type", detail, block.span);
        }
    }

    /// Reports labels on a block that takes none.
    pub(super) fn check_no_labels(&mut self, block: &Block) {
        if let Some(label) = block.labels.first() {
            let detail = format!("No labels are expected for {} blocks.", block.type_name);
            self.error(&format!("Extraneous label for {}", block.type_name), detail, label.span);
        }
    }

    /// The labels of a block, exactly as many as it takes.
    pub(super) fn labels<const N: usize>(&mut self, block: &Block, roles: [&str; N]) -> Option<[Name; N]> {
        let (kind, all) = (&block.type_name, roles.join(", "));
        if let Some(extra) = block.labels.get(N) {
            let detail = format!("Only {N} labels ({all}) are expected for {kind} blocks.");
            self.error(&format!("Extraneous label for {kind}"), detail, extra.span);
            return None;
        }
        let texts: Vec<Name> = block.labels.iter().map(|l| l.text.clone()).collect();
        match <[Name; N]>::try_from(texts) {
            Ok(labels) => Some(labels),
            Err(given) => {
                let missing = roles.get(given.len()).copied().unwrap_or("name");
                let detail = format!(
                    "The {missing} is missing. All {kind} blocks must have {N} labels ({all}): write {kind} {} {{ … }}.",
                    roles.map(|role| format!("\"{}\"", role.to_uppercase())).join(" ")
                );
                self.error(&format!("Missing {missing} for {kind}"), detail, block.span);
                None
            }
        }
    }

    /// Whether a label is a valid name; reports if not.
    pub(super) fn check_name(&mut self, what: &str, name: &str, span: Span) -> bool {
        let valid = super::parse::is_identifier(name);
        if !valid {
            let detail = format!(
                "{name:?} is no valid name. A name must start with a letter or underscore and may contain only \
                 letters, digits, underscores, and dashes."
            );
            self.error(&format!("Invalid {what} name"), detail, span);
        }
        valid
    }

    /// The argument, or a report that it is missing.
    pub(super) fn required(&mut self, body: &mut Body, name: &str, header: Span) -> Option<Expr> {
        let found = take(body, name);
        if found.is_none() {
            let detail = format!("The argument {name:?} is required, but no definition was found.");
            self.error("Missing required argument", detail, header);
        }
        found.map(|a| a.expr)
    }

    /// An argument that must be a literal.
    pub(super) fn take_literal(&mut self, body: &mut Body, name: &str) -> Option<Attribute> {
        let attribute = take(body, name)?;
        Some(Attribute { expr: self.literal(attribute.expr), ..attribute })
    }

    /// A literal bool. As in Terraform, a string that reads "true" or "false" will do.
    pub(super) fn bool_argument(&mut self, body: &mut Body, name: &str) -> Option<bool> {
        let attribute = self.take_literal(body, name)?;
        match without_parens(&attribute.expr).kind {
            ExprKind::Bool(b) => return Some(b),
            ExprKind::String(ref s) if &**s == "true" => return Some(true),
            ExprKind::String(ref s) if &**s == "false" => return Some(false),
            _ => self.not_literal(&attribute, "a bool"),
        }
        None
    }

    /// A literal string.
    pub(super) fn string_argument(&mut self, body: &mut Body, name: &str) -> Option<(Name, Span)> {
        let attribute = self.take_literal(body, name)?;
        match &without_parens(&attribute.expr).kind {
            ExprKind::String(s) => return Some((s.clone(), attribute.expr.span)),
            ExprKind::Number(n) => return Some((n.to_string().into(), attribute.expr.span)),
            ExprKind::Bool(b) => return Some((b.to_string().into(), attribute.expr.span)),
            _ => self.not_literal(&attribute, "a string"),
        }
        None
    }

    /// Reports why an argument that must be a literal is not one.
    fn not_literal(&mut self, attribute: &Attribute, wanted: &str) {
        if self.check_constant(&attribute.expr) {
            let detail = format!(
                "Unsuitable value: {wanted} is required for {:?}, written as a literal.",
                &*attribute.name
            );
            self.error("Unsuitable value type", detail, attribute.expr.span);
        }
    }

    /// Whether an expression refers to nothing and calls nothing; reports the first that it does.
    pub(super) fn check_constant(&mut self, expr: &Expr) -> bool {
        let mut first = None;
        for_each_free(expr, &mut Vec::new(), &mut |part| {
            let found = match &part.kind {
                ExprKind::Variable(_) => {
                    ("Variables not allowed", "Variables may not be used here", part.span)
                }
                ExprKind::Call(call) => {
                    ("Function calls not allowed", "Functions may not be called here", call.name_span)
                }
                _ => return,
            };
            first.get_or_insert(found);
        });
        let Some((summary, what, span)) = first else { return true };
        let detail = format!(
            "{what}: this value is needed before anything else is evaluated, so it must be a constant."
        );
        self.error(summary, detail, span);
        false
    }

    /// The references of a list such as `depends_on`.
    pub(super) fn references(&mut self, body: &mut Body, name: &str) -> Vec<Traversal> {
        let Some(attribute) = take(body, name) else { return Vec::new() };
        let Some(items) = self.static_list(&attribute) else { return Vec::new() };
        items.iter().filter_map(|item| self.reference(item)).collect()
    }

    /// The items of a list that must be written out.
    pub(super) fn static_list<'e>(&mut self, attribute: &'e Attribute) -> Option<&'e [Expr]> {
        match &attribute.expr.kind {
            ExprKind::Tuple(items) => Some(items),
            _ => {
                let detail =
                    format!("A static list expression is required for {:?}: [a, b].", &*attribute.name);
                self.error("Invalid expression", detail, attribute.expr.span);
                None
            }
        }
    }

    /// A reference without calculation. The old form in quotes is accepted, as in Terraform.
    pub(super) fn reference(&mut self, expr: &Expr) -> Option<Traversal> {
        if let ExprKind::String(text) = &expr.kind
            && !self.in_json(expr.span)
        {
            return self.quoted_reference(text, expr.span);
        }
        self.bare_reference(expr)
    }

    fn quoted_reference(&mut self, text: &str, span: Span) -> Option<Traversal> {
        let mut sources = Sources::default();
        let traversal = super::parse_expression(text, &mut sources, "").ok().and_then(|e| e.as_traversal());
        let Some(mut traversal) = traversal else {
            let detail =
                format!("The text {text:?} is no reference. Write the reference itself, without quotes.");
            self.error("Invalid expression", detail, span);
            return None;
        };
        self.report(
            Diagnostic::warning(
                "Quoted references are deprecated",
                "In this context, references are expected literally rather than in quotes. Remove the quotes.",
            )
            .at(span),
        );
        traversal.span = span;
        Some(traversal)
    }

    /// The `validation`, `precondition` or `postcondition` blocks of a body.
    pub(super) fn check_rules(&mut self, body: &mut Body, type_name: &str) -> Vec<CheckRule> {
        const SHAPE: Shape = Shape { arguments: &["condition", "error_message"], blocks: &[] };
        let mut rules = Vec::new();
        for mut block in take_blocks(body, type_name) {
            self.check_no_labels(&block);
            self.check_shape(&mut block.body, &SHAPE);
            let condition = self.required(&mut block.body, "condition", block.span);
            let error_message = self.required(&mut block.body, "error_message", block.span);
            let (Some(condition), Some(error_message)) = (condition, error_message) else { continue };
            if !any_free(&condition, |part| matches!(part.kind, ExprKind::Variable(_))) {
                self.error(
                    &format!("Invalid {type_name} expression"),
                    "The condition expression must refer to at least one object from elsewhere in the \
                     configuration, or else its result would not be checking anything.",
                    condition.span,
                );
            }
            rules.push(CheckRule { condition, error_message, span: block.span });
        }
        rules
    }
}

fn suggestion(name: &str, words: &'static [&'static str]) -> String {
    nearest(name, words.iter().copied()).map_or(String::new(), |word| format!(" Did you mean {word:?}?"))
}

/// Takes an attribute out of a body.
pub(super) fn take(body: &mut Body, name: &str) -> Option<Attribute> {
    let i = body.attributes.iter().position(|a| &*a.name == name)?;
    Some(body.attributes.remove(i))
}

/// Takes all blocks of a type out of a body.
pub(super) fn take_blocks(body: &mut Body, type_name: &str) -> Vec<Block> {
    if !body.blocks.iter().any(|b| &*b.type_name == type_name) {
        return Vec::new();
    }
    let (taken, left) =
        std::mem::take(&mut body.blocks).into_iter().partition(|b| &*b.type_name == type_name);
    body.blocks = left;
    taken
}

/// The expression within any parentheses.
pub(super) fn without_parens(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Parens(inner) => without_parens(inner),
        _ => expr,
    }
}

/// The single name an expression is: `all`, `string`.
pub(super) fn as_keyword(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name),
        _ => None,
    }
}

/// Calls `f` on an expression and all its parts, but not on variables that a `for` around them binds.
pub(super) fn for_each_free<'e>(expr: &'e Expr, bound: &mut Vec<Name>, f: &mut dyn FnMut(&'e Expr)) {
    if matches!(&expr.kind, ExprKind::Variable(name) if bound.contains(name)) {
        return;
    }
    f(expr);
    match &expr.kind {
        ExprKind::For(e) => {
            for_each_free(&e.collection, bound, f);
            let depth = bound.len();
            bound.extend(e.key_var.iter().chain([&e.value_var]).cloned());
            for part in e.key.iter().chain([&e.value]).chain(&e.condition) {
                for_each_free(part, bound, f);
            }
            bound.truncate(depth);
        }
        ExprKind::Template(parts) => for_each_free_in_parts(parts, bound, f),
        _ => expr.for_each_child(&mut |child| for_each_free(child, bound, f)),
    }
}

fn for_each_free_in_parts<'e>(parts: &'e [TemplatePart], bound: &mut Vec<Name>, f: &mut dyn FnMut(&'e Expr)) {
    for part in parts {
        match part {
            TemplatePart::Literal(_) => {}
            TemplatePart::Interpolation(expr) => for_each_free(expr, bound, f),
            TemplatePart::If { condition, then, otherwise } => {
                for_each_free(condition, bound, f);
                for_each_free_in_parts(then, bound, f);
                for_each_free_in_parts(otherwise, bound, f);
            }
            TemplatePart::For { key, value, collection, body } => {
                for_each_free(collection, bound, f);
                let depth = bound.len();
                bound.extend(key.iter().chain([value]).cloned());
                for_each_free_in_parts(body, bound, f);
                bound.truncate(depth);
            }
        }
    }
}

/// Whether any free part of an expression is as wanted.
pub(super) fn any_free(expr: &Expr, mut wanted: impl FnMut(&Expr) -> bool) -> bool {
    let mut found = false;
    for_each_free(expr, &mut Vec::new(), &mut |part| found = found || wanted(part));
    found
}

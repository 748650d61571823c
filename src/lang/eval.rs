//! `evaluate`: an expression and a scope give a value or diagnostics.
//! Knows nothing of where values come from; the rules for null, unknown and sensitive operands are in `ops`.

use std::collections::BTreeMap;

use super::describe::describe;
use super::effort::{Effort, check_depth};
use super::ops::{self, Blame};
use super::refs::{Chain, references_beside};
use super::{Context, Reference, access};
use crate::base::{Diagnostic, Diagnostics, Name, Span, Value};
use crate::config::{BinaryOp, Expr, ExprKind, ObjectKey, TraversalStep};

/// How deep expressions may nest before evaluation gives up rather than exhaust the stack. What the parser accepts is
/// less deep; templates that render templates are not.
const MAX_DEPTH: usize = 300;

/// A value, or why there is none.
pub(super) type Evaluated = Result<Value, Diagnostics>;

/// The value of an expression.
///
/// # Errors
/// Every problem found in it, each at its place. A reference to something that is not declared is a problem wherever
/// it stands, even where its value would not be needed.
pub fn evaluate(expr: &Expr, cx: &Context<'_>) -> Result<Value, Diagnostics> {
    evaluate_beside(expr, cx, None, &Effort::new(cx.env), 0)
}

/// A problem with the value of a whole expression, at its place and with the values it was made of.
pub fn explain(expr: &Expr, problem: Diagnostic, cx: &Context<'_>) -> Diagnostic {
    explain_beside(expr, problem, cx, None)
}

pub(super) fn explain_beside(
    expr: &Expr,
    problem: Diagnostic,
    cx: &Context<'_>,
    frame: Option<&Frame<'_>>,
) -> Diagnostic {
    let (known, _) = resolve(expr, cx, frame);
    Evaluator { cx, known: &known, frame, effort: &Effort::new(cx.env), depth: 0 }.blame(expr, problem)
}

/// As [`evaluate`], with names that stand for something beside the scope: the iterator of a `dynamic` block, the
/// variables of a template file; with the effort that is left, and so many levels deep already.
pub(super) fn evaluate_beside(
    expr: &Expr,
    cx: &Context<'_>,
    frame: Option<&Frame<'_>>,
    effort: &Effort,
    depth: usize,
) -> Evaluated {
    let (known, problems) = resolve(expr, cx, frame);
    if problems.has_errors() {
        return Err(problems);
    }
    let value = Evaluator { cx, known: &known, frame, effort, depth }.eval(expr)?;
    // What refers to this value again and again must come to an end as well.
    effort
        .keep(&value)
        .map_err(Diagnostic::from)
        .and_then(|()| check_depth(&value))
        .map_err(|p| p.at(expr.span))?;
    Ok(value)
}

/// The values of all references in an expression.
fn resolve(
    expr: &Expr,
    cx: &Context<'_>,
    frame: Option<&Frame<'_>>,
) -> (BTreeMap<Reference, Value>, Diagnostics) {
    let (mentions, mut problems) = references_beside(expr, &frame.map(Frame::names).unwrap_or_default());
    let mut known = BTreeMap::new();
    for mention in mentions {
        if known.contains_key(&mention.reference) {
            continue;
        }
        match cx.scope.resolve(&mention.reference) {
            Ok(value) => {
                known.insert(mention.reference, value);
            }
            Err(problem) => problems.push(problem.at(mention.span)),
        }
    }
    (known, problems)
}

/// Names that stand for values inside a `for`, a `dynamic` block or a template file.
pub(super) struct Frame<'a> {
    /// What is around.
    pub(super) outer: Option<&'a Frame<'a>>,
    /// The names, the later hiding the earlier.
    pub(super) variables: Vec<(Name, Value)>,
}

impl Frame<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        let own = self.variables.iter().rev().find(|(n, _)| &**n == name).map(|(_, value)| value);
        own.or_else(|| self.outer?.get(name))
    }

    fn names(&self) -> Vec<Name> {
        let own = self.variables.iter().map(|(name, _)| name.clone());
        own.chain(self.outer.map(Frame::names).unwrap_or_default()).collect()
    }
}

/// One evaluation: what references and variables are worth, and how deep it has gone.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) cx: &'a Context<'a>,
    known: &'a BTreeMap<Reference, Value>,
    pub(super) frame: Option<&'a Frame<'a>>,
    pub(super) effort: &'a Effort,
    pub(super) depth: usize,
}

impl<'a> Evaluator<'a> {
    /// The same with more variables.
    pub(super) fn inside<'b>(&'b self, frame: &'b Frame<'b>) -> Evaluator<'b> {
        Evaluator { frame: Some(frame), ..*self }
    }

    /// Accounts for going through values, as most operations on them do.
    pub(super) fn look<'v>(
        self,
        values: impl IntoIterator<Item = &'v Value>,
        at: &Expr,
    ) -> Result<(), Diagnostics> {
        let done = values.into_iter().try_for_each(|value| self.effort.look(value));
        done.map_err(|exhausted| Diagnostic::from(exhausted).at(at.span).into())
    }

    /// Accounts for making a value.
    pub(super) fn make(self, value: Value, at: &Expr) -> Evaluated {
        match self.effort.make(&value) {
            Ok(()) => Ok(value),
            Err(exhausted) => Err(Diagnostic::from(exhausted).at(at.span).into()),
        }
    }

    /// One level further in.
    pub(super) fn deeper(mut self, span: Span) -> Result<Self, Diagnostics> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let detail = format!(
                "This expression is nested more than {MAX_DEPTH} levels deep. Give its inner parts names in a locals \
                 block."
            );
            return Err(Diagnostic::error("Expression nested too deeply", detail).at(span).into());
        }
        Ok(self)
    }

    pub(super) fn eval(self, expr: &Expr) -> Evaluated {
        let this = self.deeper(expr.span)?;
        this.effort.step().map_err(|exhausted| Diagnostic::from(exhausted).at(expr.span))?;
        match &expr.kind {
            ExprKind::Null => Ok(Value::NULL),
            ExprKind::Bool(b) => Ok(Value::from(*b)),
            ExprKind::Number(n) => Ok(Value::number(n.clone())),
            ExprKind::String(s) => Ok(Value::from(&**s)),
            ExprKind::Template(parts) => this.template(expr, parts),
            ExprKind::TemplateWrap(inner) | ExprKind::Parens(inner) => this.eval(inner),
            ExprKind::Tuple(items) => Ok(Value::tuple(this.all(items)?)),
            ExprKind::Object(items) => this.object(items),
            ExprKind::Variable(_) | ExprKind::GetAttr(..) | ExprKind::Index(..) => this.chain(expr),
            ExprKind::Splat { source, each } => this.splat(expr, source, each),
            ExprKind::Call(call) => this.call(expr, call),
            ExprKind::Unary(op, operand) => {
                let value = this.eval(operand)?;
                this.look([&value], operand)?;
                ops::unary(*op, &value).map_err(|problem| this.blame(operand, problem).into())
            }
            ExprKind::Binary(..) => this.binary(expr),
            ExprKind::Conditional(condition, then, otherwise) => {
                this.conditional(expr, condition, then, otherwise)
            }
            ExprKind::For(e) => this.for_expr(e),
        }
    }

    /// The values of several expressions, or all their problems together.
    pub(super) fn all<'e>(
        self,
        exprs: impl IntoIterator<Item = &'e Expr>,
    ) -> Result<Vec<Value>, Diagnostics> {
        let mut problems = Diagnostics::new();
        let values = exprs.into_iter().filter_map(|expr| problems.take(self.eval(expr))).collect();
        if problems.has_errors() { Err(problems) } else { Ok(values) }
    }

    /// A problem with the value of an expression, at the expression's place unless it has one already, and with what
    /// the references in the expression are.
    pub(super) fn blame(self, expr: &Expr, problem: Diagnostic) -> Diagnostic {
        let mut problem = problem.at(expr.span);
        let mut values = BTreeMap::new();
        self.describe_chains(expr, &mut values);
        problem.values.extend(values);
        problem
    }

    fn describe_chains(self, expr: &Expr, values: &mut BTreeMap<String, String>) {
        let Ok(this) = self.deeper(expr.span) else { return };
        let chain = Chain::of(expr);
        if let Some(name) = chain.name() {
            if let Some((text, value)) = this.reach(&chain, name) {
                values.insert(text, describe(&value));
            }
            for access in &chain.accesses {
                if let ExprKind::Index(_, key) = &access.kind {
                    this.describe_chains(key, values);
                }
            }
            return;
        }
        expr.for_each_child(&mut |child| this.describe_chains(child, values));
    }

    /// As far as the constant steps of a chain lead, and how that is written.
    fn reach(self, chain: &Chain<'_>, name: &Name) -> Option<(String, Value)> {
        let (mut text, mut value, rest) = match self.frame.and_then(|frame| frame.get(name)) {
            Some(value) => (name.to_string(), value.clone(), chain.steps()),
            None => {
                let (mention, used) = chain.mention(name).ok()?;
                let value = self.known.get(&mention.reference)?.clone();
                let written = chain.steps().into_iter().take(used);
                let text = written.fold(name.to_string(), |text, step| text + &shown(&step));
                (text, value, mention.rest)
            }
        };
        for step in rest {
            let next = match &step {
                TraversalStep::Attr(name) => access::attribute(&value, name),
                TraversalStep::Key(key) => access::index(&value, &Value::string(key.clone())),
                TraversalStep::Index(n) => access::index(&value, &Value::number(n.clone())),
            };
            let Ok(next) = next else { break };
            value = next;
            text += &shown(&step);
        }
        Some((text, value))
    }

    fn chain(self, expr: &Expr) -> Evaluated {
        let chain = Chain::of(expr);
        let (mut value, mut from, used) = match chain.name() {
            None => (self.eval(chain.root)?, chain.root, 0),
            Some(name) => match self.frame.and_then(|frame| frame.get(name)) {
                Some(value) => (value.clone(), chain.root, 0),
                None => {
                    let (mention, used) = chain.mention(name)?;
                    let value = match self.known.get(&mention.reference) {
                        Some(value) => value.clone(),
                        None => self.cx.scope.resolve(&mention.reference).map_err(|p| p.at(mention.span))?,
                    };
                    let last = used.checked_sub(1).and_then(|last| chain.accesses.get(last).copied());
                    (value, last.unwrap_or(chain.root), used)
                }
            },
        };
        for access in chain.accesses.iter().skip(used) {
            let next = match &access.kind {
                ExprKind::GetAttr(_, name) => access::attribute(&value, name),
                ExprKind::Index(_, key) => access::index(&value, &self.eval(key)?),
                _ => Ok(value),
            };
            value = next.map_err(|problem| {
                let place = step_span(from.span, access.span);
                self.blame(access, problem.at(place))
            })?;
            from = access;
        }
        Ok(value)
    }

    fn object(self, items: &[(ObjectKey, Expr)]) -> Evaluated {
        let mut problems = Diagnostics::new();
        let mut entries: Vec<(Name, Value)> = Vec::with_capacity(items.len());
        let (mut unknown, mut sensitive) = (false, false);
        for (key, value) in items {
            let name = match key {
                ObjectKey::Name(name, _) => Some(name.clone()),
                // Only `providers` of a module block takes such keys, and nothing evaluates that.
                ObjectKey::Expr(expr) if matches!(expr.kind, ExprKind::GetAttr(..) | ExprKind::Index(..)) => {
                    let problem = Diagnostic::error(
                        "Ambiguous attribute key",
                        "If this expression is intended to be a reference, wrap it in parentheses. If it's instead \
                         intended as a literal name containing periods, wrap it in quotes to create a string literal.",
                    );
                    problems.push(problem.at(expr.span));
                    None
                }
                ObjectKey::Expr(expr) => problems.take(self.eval(expr)).and_then(|key| {
                    sensitive |= key.has_sensitive();
                    let name = ops::object_key(
                        &key,
                        || Diagnostic::error("Null value as key", "Can't use a null value as a key."),
                        |e| {
                            Diagnostic::error(
                                "Incorrect key type",
                                format!("Can't use this value as a key: {e}."),
                            )
                        },
                    );
                    let name = problems.take(name.map_err(|problem| self.blame(expr, problem).into()));
                    unknown |= name == Some(None);
                    name.flatten()
                }),
            };
            if let (Some(value), Some(name)) = (problems.take(self.eval(value)), name) {
                entries.push((name, value));
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let object = if unknown { Value::DYNAMIC } else { Value::object(entries) };
        Ok(object.with_sensitive(sensitive))
    }

    fn binary(self, expr: &Expr) -> Evaluated {
        // A long sum leans to the left; it must not take stack for every summand.
        let mut operations: Vec<(BinaryOp, &Expr, &Expr, &Expr)> = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(op, left, right) = &first.kind {
            operations.push((*op, left, right, first));
            first = left;
        }
        let mut problems = Diagnostics::new();
        let mut value = problems.take(self.eval(first));
        for (op, left, right, whole) in operations.into_iter().rev() {
            let Some((a, b)) = value.take().zip(problems.take(self.eval(right))) else { continue };
            if problems.take(self.look([&a, &b], whole)).is_none() {
                break;
            }
            let blame = |(blame, problem): (Blame, Diagnostic)| match blame {
                Blame::Left => self.blame(left, problem),
                Blame::Right => self.blame(right, problem),
                Blame::Whole => self.blame(whole, problem),
            };
            let result = ops::binary(op, &a, &b);
            value = problems.take(result.map_err(|found| found.into_iter().map(blame).collect()));
        }
        value.ok_or(problems)
    }

    fn conditional(self, whole: &Expr, condition: &Expr, then: &Expr, otherwise: &Expr) -> Evaluated {
        // A problem in the branch that is not taken is none, but its type still counts.
        let (then_value, otherwise_value) = (self.eval(then), self.eval(otherwise));
        let worth = |value: &Evaluated| value.as_ref().cloned().unwrap_or(Value::DYNAMIC);
        let value = self.eval(condition)?;
        let decided = ops::condition(&value).map_err(|problem| self.blame(condition, problem))?;
        self.look(then_value.iter().chain(&otherwise_value), whole)?;
        let result = ops::conditional(decided, &worth(&then_value), &worth(&otherwise_value));
        match decided.holds {
            Some(true) if then_value.is_err() => then_value,
            Some(false) if otherwise_value.is_err() => otherwise_value,
            _ => result.map_err(|p| self.blame(whole, p.at(then.span.to(otherwise.span))).into()),
        }
    }
}

/// The place of one access: from the end of what it is applied to.
fn step_span(source: Span, access: Span) -> Span {
    if source.file == access.file && source.end < access.end {
        Span { start: source.end, ..access }
    } else {
        access
    }
}

fn shown(step: &TraversalStep) -> String {
    match step {
        TraversalStep::Attr(name) => format!(".{name}"),
        TraversalStep::Key(key) => format!("[{:?}]", &**key),
        TraversalStep::Index(n) => format!("[{n}]"),
    }
}

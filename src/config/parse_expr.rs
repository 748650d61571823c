//! The parser's section on expressions: operators, terms, references and splats.
//! Evaluates nothing, not even `-1`.

use super::parse::{Parsed, Parser};
use super::{BinaryOp, Expr, ExprKind, SplatStep, UnaryOp};
use crate::base::{Number, NumberError};

/// The binary operators with their precedence, the longer spelling first where one begins another.
const OPERATORS: &[(&str, BinaryOp, u8)] = &[
    ("||", BinaryOp::Or, 1),
    ("&&", BinaryOp::And, 2),
    ("==", BinaryOp::Eq, 3),
    ("!=", BinaryOp::NotEq, 3),
    ("<=", BinaryOp::LessEq, 4),
    (">=", BinaryOp::GreaterEq, 4),
    ("<", BinaryOp::Less, 4),
    (">", BinaryOp::Greater, 4),
    ("+", BinaryOp::Add, 5),
    ("-", BinaryOp::Sub, 5),
    ("*", BinaryOp::Mul, 6),
    ("/", BinaryOp::Div, 6),
    ("%", BinaryOp::Rem, 6),
];

impl Parser<'_> {
    /// An expression.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Self::conditional)
    }

    /// An expression where newlines mean nothing: within brackets and templates.
    pub(super) fn inner_expression(&mut self) -> Parsed<Expr> {
        self.with_newlines(false, Self::expression)
    }

    /// `c ? a : b`, or only `c`
    fn conditional(&mut self) -> Parsed<Expr> {
        let condition = self.binary(1)?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.expression()?;
        if !self.eat(":") {
            return Err(self.unexpected(
                "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
            ));
        }
        let no = self.expression()?;
        let span = condition.span.to(no.span);
        Ok(Expr::new(ExprKind::Conditional(Box::new(condition), Box::new(yes), Box::new(no)), span))
    }

    /// Operators of at least a precedence; those of one precedence group to the left.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.operand()?;
        while let Some((token, op, precedence)) = self.peek_operator()
            && precedence >= least
        {
            self.advance(token.len());
            let right = self.binary(precedence + 1)?;
            self.grow()?;
            let span = left.span.to(right.span);
            left = Expr::new(ExprKind::Binary(op, Box::new(left), Box::new(right)), span);
        }
        Ok(left)
    }

    fn peek_operator(&mut self) -> Option<(&'static str, BinaryOp, u8)> {
        self.skip();
        let rest = self.rest();
        if rest.starts_with("/*") {
            return None; // A comment that never ends.
        }
        OPERATORS.iter().find(|(token, ..)| rest.starts_with(token)).copied()
    }

    /// A term with the accesses that follow it.
    fn operand(&mut self) -> Parsed<Expr> {
        let term = self.term()?;
        self.accesses(term)
    }

    fn term(&mut self) -> Parsed<Expr> {
        let next = self.peek();
        let start = self.at;
        match next {
            b'0'..=b'9' => self.number(),
            b'"' => self.quoted(),
            b'<' if self.rest().starts_with("<<") => self.heredoc(),
            b'(' => self.parens(),
            b'[' => self.tuple(),
            b'{' => self.object(),
            b'-' | b'!' => {
                self.advance(1);
                // Only an operand, so that `-46+5` is `(-46)+5`.
                let operand = self.nested(Self::operand)?;
                let op = if next == b'-' { UnaryOp::Neg } else { UnaryOp::Not };
                Ok(Expr::new(ExprKind::Unary(op, Box::new(operand)), self.span_from(start)))
            }
            _ => match self.name() {
                Some((name, _)) if self.eat("::") => self.namespaced_call(name, start),
                Some((name, span)) if self.peek() == b'(' => self.call(name, span),
                Some((name, span)) => {
                    let kind = match &*name {
                        "null" => ExprKind::Null,
                        "true" => ExprKind::Bool(true),
                        "false" => ExprKind::Bool(false),
                        _ => ExprKind::Variable(name),
                    };
                    Ok(Expr::new(kind, span))
                }
                None => Err(self.no_expression()),
            },
        }
    }

    fn no_expression(&mut self) -> Box<crate::base::Diagnostic> {
        let detail = match self.peek() {
            0 if self.rest().is_empty() => {
                return self.unexpected(
                    "Missing expression",
                    "Expected the start of an expression, but found the end of the file.",
                );
            }
            b'\n' | b'\r' => "Expected the start of an expression, but found the end of the line.",
            _ => "Expected the start of an expression, but found an invalid expression token.",
        };
        self.unexpected("Invalid expression", detail)
    }

    fn number(&mut self) -> Parsed<Expr> {
        let (start, rest) = (self.at, self.rest().as_bytes());
        let digits = |from: usize| rest.iter().skip(from).take_while(|b| b.is_ascii_digit()).count();
        let mut len = digits(0);
        if rest.get(len) == Some(&b'.') && digits(len + 1) > 0 {
            len += 1 + digits(len + 1);
        }
        if matches!(rest.get(len), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(rest.get(len + 1), Some(b'+' | b'-')));
            if digits(len + 1 + sign) > 0 {
                len += 1 + sign + digits(len + 1 + sign);
            }
        }
        self.advance(len);
        let span = self.span_from(start);
        let text = self.text.get(start..self.at).unwrap_or("");
        match text.parse::<Number>() {
            Ok(number) => Ok(Expr::new(ExprKind::Number(number), span)),
            Err(NumberError::Range) => Err(self.error(
                "Number out of range",
                "This number has an exponent beyond what can be written out in full.",
                span,
            )),
            Err(_) => Err(self.error(
                "Invalid number literal",
                "Failed to recognize the value of this number literal: it has too many digits.",
                span,
            )),
        }
    }

    /// `.name`, `.0`, `.*`, `[key]` and `[*]` after an expression.
    pub(super) fn accesses(&mut self, mut expr: Expr) -> Parsed<Expr> {
        loop {
            let next = self.peek();
            if next == b'[' {
                let start = expr.span.start as usize;
                if self.eat_star_index()? {
                    let mut each = Vec::new();
                    self.splat_steps(&mut each)?;
                    self.grow()?;
                    let source = Box::new(expr);
                    expr = Expr::new(ExprKind::Splat { source, each }, self.span_from(start));
                } else {
                    let key = self.index_key()?;
                    self.grow()?;
                    expr = Expr::new(ExprKind::Index(Box::new(expr), Box::new(key)), self.span_from(start));
                }
            } else if next == b'.' && !self.rest().starts_with("..") {
                let start = expr.span.start as usize;
                self.advance(1);
                self.grow()?;
                let source = Box::new(expr);
                let kind = if self.eat("*") {
                    ExprKind::Splat { source, each: self.attribute_steps()? }
                } else {
                    match self.dot_step()? {
                        SplatStep::Attr(name, _) => ExprKind::GetAttr(source, name),
                        SplatStep::Index(key) => ExprKind::Index(source, Box::new(key)),
                        SplatStep::Splat(each) => ExprKind::Splat { source, each },
                    }
                };
                expr = Expr::new(kind, self.span_from(start));
            } else {
                return Ok(expr);
            }
        }
    }

    /// All the steps after `[*]`: every one of them is taken on each element.
    fn splat_steps(&mut self, steps: &mut Vec<SplatStep>) -> Parsed<()> {
        loop {
            let next = self.peek();
            if next == b'[' {
                self.grow()?;
                if self.eat_star_index()? {
                    let mut each = Vec::new();
                    self.nested(|p| p.splat_steps(&mut each))?;
                    steps.push(SplatStep::Splat(each));
                    return Ok(());
                }
                steps.push(SplatStep::Index(self.index_key()?));
            } else if next == b'.' && !self.rest().starts_with("..") {
                self.grow()?;
                self.advance(1);
                let step =
                    if self.eat("*") { SplatStep::Splat(self.attribute_steps()?) } else { self.dot_step()? };
                steps.push(step);
            } else {
                return Ok(());
            }
        }
    }

    /// The steps after `.*`: attributes and legacy indexes only.
    fn attribute_steps(&mut self) -> Parsed<Vec<SplatStep>> {
        let mut steps = Vec::new();
        while self.peek() == b'.' && !self.rest().starts_with("..") {
            self.advance(1);
            if self.peek() == b'*' {
                return Err(self.unexpected(
                    "Nested splat expression not allowed",
                    "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                ));
            }
            self.grow()?;
            steps.push(self.dot_step()?);
        }
        Ok(steps)
    }

    /// What follows a dot: a name, or the position of a legacy index.
    fn dot_step(&mut self) -> Parsed<SplatStep> {
        if self.peek().is_ascii_digit() {
            let key = self.number()?;
            let text = self.text.get(key.span.start as usize..key.span.end as usize).unwrap_or("");
            if !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(self.error(
                    "Invalid legacy index syntax",
                    "When using the legacy index syntax, chaining two indexes together is not permitted. Use the \
                     proper index syntax instead, like [0][1].",
                    key.span,
                ));
            }
            return Ok(SplatStep::Index(key));
        }
        match self.name() {
            Some((name, span)) => Ok(SplatStep::Attr(name, span)),
            None => {
                Err(self.unexpected("Invalid attribute name", "An attribute name is required after a dot."))
            }
        }
    }

    /// `[*]`, or nothing where there is no star.
    fn eat_star_index(&mut self) -> Parsed<bool> {
        let (at, end) = (self.at, self.end);
        if !(self.eat("[") && self.eat("*")) {
            (self.at, self.end) = (at, end);
            return Ok(false);
        }
        if self.eat("]") {
            return Ok(true);
        }
        // Told at what comes next, on whatever line.
        Err(self.with_newlines(false, |p| {
            p.unexpected(
                "Missing close bracket on splat index",
                "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").",
            )
        }))
    }

    /// `[key]`
    fn index_key(&mut self) -> Parsed<Expr> {
        self.eat("[");
        let key = self.inner_expression()?;
        if self.with_newlines(false, |p| p.eat("]")) {
            return Ok(key);
        }
        Err(self.with_newlines(false, |p| {
            p.unexpected(
                "Missing close bracket on index",
                "The index operator must end with a closing bracket (\"]\").",
            )
        }))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::read;

    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn operators_group_as_in_terraform() {
        check("1 + 2 * 3 - 4", "((1 Add (2 Mul 3)) Sub 4)");
        check("a || b && c == d", "(a Or (b And (c Eq d)))");
        check("1 < 2 == true", "((1 Less 2) Eq true)");
        check("-46 + 5", "(Neg(46) Add 5)");
        check("!a.b && -x[0] > 1", "(Not(a.b) And (Neg(x[0]) Greater 1))");
        check("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
        check("a-b - c -d", "((a-b Sub c) Sub d)");
        check("8/2/2 // comment", "((8 Div 2) Div 2)");
        check("(1\n + /* x */ 2 # y\n)", "P((1 Add 2))");
        check("10 % 3 != 1", "((10 Rem 3) NotEq 1)");
        check("a>=b", "(a GreaterEq b)");
    }

    #[test]
    fn numbers_are_exact() {
        check("123456789012345678901234567890", "123456789012345678901234567890");
        check("0.1", "0.1");
        check("007", "7");
        check("1.50e3", "1500");
        check("1e400", &format!("1{}", "0".repeat(400)));
        check("1e999999999", "Number out of range @0-11");
        check(&"9".repeat(30_000), "Invalid number literal @0-30000");
    }

    #[test]
    fn references_and_indexes() {
        check("a.b[\"c\"][0].d", "a.b[\"c\"][0].d");
        check("a.0", "a[0]");
        check("a.0.b", "a[0].b");
        check("foo.0.1.bar", "Invalid legacy index syntax @4-7");
        check("a[1", "Missing close bracket on index @3-3");
        check("a.", "Invalid attribute name @2-2");
        check("a[b + 1]", "a[(b Add 1)]");
    }

    #[test]
    fn splats_gather_the_steps_they_own() {
        check("x[*]", "x[*]<>");
        check("x[*].a[0]", "x[*]<.a[0]>");
        check("x[ * ]", "x[*]<>");
        check("(x[*\n])", "P(x[*]<>)");
        check("x.*.a[0]", "x[*]<.a>[0]");
        check("x.*.a.0", "x[*]<.a[0]>");
        check("x[*].a[*].b", "x[*]<.a[*]<.b>>");
        check("x[*].a.*.b[0]", "x[*]<.a[*]<.b>[0]>");
        check("x.*.a[*].b", "x[*]<.a>[*]<.b>");
        check("x.*.a.*.b", "Nested splat expression not allowed @6-7");
    }

    #[test]
    fn what_is_no_expression_is_named() {
        check("", "Missing expression @0-0");
        check("1 +", "Missing expression @3-3");
        check("=", "Invalid expression @0-1");
        check("a b", "Extra characters after expression @2-3");
        check("a ? b", "Missing false expression in conditional @5-5");
        check("'a'", "Invalid character @0-1");
        check("a ; b", "Invalid character @2-3");
        check("`a`", "Invalid character @0-1");
        check("“a”", "Invalid character @0-3");
        check("a & b", "Unsupported operator @2-3");
        check("~a", "Unsupported operator @0-1");
        check("1 /* x", "Unterminated comment @2-4");
        check("a.b\u{0}", "Invalid character @3-4");
    }

    #[test]
    fn nesting_is_bounded() {
        check(
            &format!("{}1{}", "(".repeat(120), ")".repeat(120)),
            &format!("{}1{}", "P(".repeat(120), ")".repeat(120)),
        );
        let deep = "Configuration nested too deeply";
        for text in [
            "(".repeat(100_000),
            "[".repeat(100_000),
            "{a=".repeat(100_000),
            "f(".repeat(100_000),
            "-".repeat(100_000),
            "\"${".repeat(100_000),
            "a[".repeat(100_000),
            "a ? ".repeat(100_000),
            "[for x in ".repeat(100_000),
            format!("1{}", " + 1".repeat(100_000)),
            format!("a{}", ".b".repeat(100_000)),
            format!("a{}", "[*]".repeat(100_000)),
            format!("\"{}\"", "%{if a}".repeat(100_000)),
        ] {
            let shown = read(&text);
            assert!(shown.starts_with(deep), "{}: {shown}", &text[..10]);
        }
    }
}

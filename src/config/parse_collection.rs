//! The parser's section on everything in brackets: parentheses, tuples, objects, `for` expressions and arguments.
//! Knows nothing of what a function or a key means.

use super::parse::{Parsed, Parser};
use super::{Call, Expr, ExprKind, ForExpr, ObjectKey};
use crate::base::{Diagnostic, Name, Span};

impl Parser<'_> {
    /// `(x)`
    pub(super) fn parens(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.advance(1);
        let inner = self.inner_expression()?;
        self.close(
            ")",
            "Unbalanced parentheses",
            "Expected a closing parenthesis to terminate the expression.",
        )?;
        Ok(Expr::new(ExprKind::Parens(Box::new(inner)), self.span_from(start)))
    }

    /// `[a, b]` or `[for …]`
    pub(super) fn tuple(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.advance(1);
        self.with_newlines(false, |p| {
            if p.peek_name() == "for" {
                return p.for_expr(start, false);
            }
            let mut items = Vec::new();
            while !p.eat("]") {
                if p.at_end() {
                    return Err(p.unclosed("tuple", "]", start));
                }
                items.push(p.expression()?);
                if !p.eat(",") && p.peek() != b']' && !p.at_end() {
                    return Err(p.unexpected(
                        "Missing item separator",
                        "Expected a comma to mark the beginning of the next item.",
                    ));
                }
            }
            items.shrink_to_fit();
            Ok(Expr::new(ExprKind::Tuple(items), p.span_from(start)))
        })
    }

    /// `{ a = 1 }` or `{for …}`
    pub(super) fn object(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.advance(1);
        // A `for` is looked for across newlines; the items of an object are ended by them.
        let (at, end) = (self.at, self.end);
        if self.with_newlines(false, |p| p.peek_name() == "for") {
            return self.with_newlines(false, |p| p.for_expr(start, true));
        }
        (self.at, self.end) = (at, end);
        self.with_newlines(true, |p| {
            let mut items = Vec::new();
            loop {
                while p.eat_newline() {}
                if p.eat("}") {
                    break;
                }
                if p.at_end() {
                    return Err(p.unclosed("object", "}", start));
                }
                items.push(p.object_item()?);
                if !p.eat(",") && !p.eat_newline() && p.peek() != b'}' && !p.at_end() {
                    return Err(p.unexpected(
                        "Missing attribute separator",
                        "Expected a newline or comma to mark the beginning of the next attribute.",
                    ));
                }
            }
            items.shrink_to_fit();
            Ok(Expr::new(ExprKind::Object(items), p.span_from(start)))
        })
    }

    fn object_item(&mut self) -> Parsed<(ObjectKey, Expr)> {
        let key = self.expression()?;
        let key = match key.kind {
            ExprKind::Variable(name) => ObjectKey::Name(name, key.span),
            // Keywords are plain names as keys.
            ExprKind::Null => ObjectKey::Name(self.names.get("null"), key.span),
            ExprKind::Bool(b) => ObjectKey::Name(self.names.get(if b { "true" } else { "false" }), key.span),
            _ => ObjectKey::Expr(key),
        };
        // `=>` belongs to `for`.
        if self.peek() != b':' && (self.peek() != b'=' || self.rest().starts_with("=>")) {
            let (summary, detail) = match self.peek() {
                b'\n' | b'\r' | b',' | b'}' => (
                    "Missing attribute value",
                    "Expected an attribute value, introduced by an equals sign (\"=\").",
                ),
                _ => (
                    "Missing key/value separator",
                    "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended \
                     to given an attribute name containing periods or spaces, write the name in quotes to create \
                     a string literal.",
                ),
            };
            return Err(self.unexpected(summary, detail));
        }
        self.advance(1);
        Ok((key, self.expression()?))
    }

    /// `for k, v in xs : …` up to the closing bracket.
    fn for_expr(&mut self, start: usize, is_object: bool) -> Parsed<Expr> {
        const SUMMARY: &str = "Invalid 'for' expression";
        self.eat("for");
        let first = self.for_variable()?;
        let (key_var, value_var) =
            if self.eat(",") { (Some(first), self.for_variable()?) } else { (None, first) };
        self.keyword("in", SUMMARY, "For expression requires the 'in' keyword after its name declarations.")?;
        let collection = self.expression()?;
        self.token(":", SUMMARY, "For expression requires a colon after the collection expression.")?;
        let mut key = None;
        let mut value = self.expression()?;
        if self.eat("=>") {
            if !is_object {
                let detail = "Key expression is not valid when building a tuple.";
                return Err(self.error(SUMMARY, detail, value.span));
            }
            key = Some(std::mem::replace(&mut value, self.expression()?));
        } else if is_object {
            let detail = "Key expression is required when building an object: write \"key => value\".";
            return Err(self.error(SUMMARY, detail, value.span));
        }
        let grouping = self.eat("...");
        if grouping && !is_object {
            let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
            return Err(self.error(SUMMARY, detail, self.span_from(self.end - 3)));
        }
        let mut condition = None;
        if self.peek_name() == "if" {
            self.eat("if");
            condition = Some(self.expression()?);
        }
        let close = if is_object { "}" } else { "]" };
        if !self.eat(close) {
            let detail = "Extra characters after the end of the 'for' expression.";
            return Err(self.unexpected(SUMMARY, detail));
        }
        let expr = ForExpr { key_var, value_var, collection, key, value, grouping, condition };
        Ok(Expr::new(ExprKind::For(Box::new(expr)), self.span_from(start)))
    }

    fn for_variable(&mut self) -> Parsed<Name> {
        match self.name() {
            Some((name, _)) => Ok(name),
            None => Err(self.unexpected(
                "Invalid 'for' expression",
                "For expression requires a variable name here: 'for value in collection' or 'for key, value in \
                 collection'.",
            )),
        }
    }

    /// Takes a word, or fails.
    pub(super) fn keyword(&mut self, word: &str, summary: &str, detail: &str) -> Parsed<()> {
        if self.peek_name() != word {
            return Err(self.unexpected(summary, detail));
        }
        self.advance(word.len());
        Ok(())
    }

    /// Takes a token, or fails.
    fn token(&mut self, token: &str, summary: &str, detail: &str) -> Parsed<()> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(summary, detail)) }
    }

    /// Takes a closing bracket, before which newlines mean nothing, or fails.
    fn close(&mut self, token: &str, summary: &str, detail: &str) -> Parsed<()> {
        self.with_newlines(false, |p| p.token(token, summary, detail))
    }

    fn unclosed(&self, what: &str, bracket: &str, start: usize) -> Box<Diagnostic> {
        self.error(
            "Unterminated constructor expression",
            format!("There is no \"{bracket}\" that ends this {what} before the end of the file."),
            self.span(start, start + 1),
        )
    }

    /// The rest of `provider::aws::arn_parse(…)` after the first `::`.
    pub(super) fn namespaced_call(&mut self, first: Name, start: usize) -> Parsed<Expr> {
        let mut full = String::from(&*first);
        loop {
            let Some((part, _)) = self.name() else {
                return Err(self.unexpected(
                    "Missing function name",
                    "Expected a function name after the namespace separator \"::\".",
                ));
            };
            full.push_str("::");
            full.push_str(&part);
            if !self.eat("::") {
                break;
            }
        }
        let span = self.span_from(start);
        if self.peek() != b'(' {
            return Err(self.unexpected(
                "Missing open parenthesis",
                "Function selector must be followed by an open parenthesis to begin the function call.",
            ));
        }
        let name = self.names.get(&full);
        self.call(name, span)
    }

    /// `(args)` after a function's name.
    pub(super) fn call(&mut self, name: Name, name_span: Span) -> Parsed<Expr> {
        self.eat("(");
        let open = self.end - 1;
        let mut args = Vec::new();
        let mut expand_final = false;
        self.with_newlines(false, |p| {
            while !p.eat(")") {
                if p.at_end() {
                    return Err(p.unclosed("argument list", ")", open));
                }
                args.push(p.expression()?);
                if p.eat("...") {
                    expand_final = true;
                    let detail = "An expanded function argument (with ...) must be immediately followed by closing \
                                  parentheses.";
                    return p.token(")", "Missing closing parenthesis", detail);
                }
                if !p.eat(",") && p.peek() != b')' && !p.at_end() {
                    return Err(p.unexpected(
                        "Missing argument separator",
                        "A comma is required to separate each function argument from the next.",
                    ));
                }
            }
            Ok(())
        })?;
        args.shrink_to_fit();
        let span = self.span_from(name_span.start as usize);
        Ok(Expr::new(ExprKind::Call(Call { name, name_span, args, expand_final }), span))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::read;

    fn check(text: &str, expected: &str) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn collections() {
        check("[]", "[]");
        check("[1, [2], ]", "[1, [2]]");
        check("[\n1,\n2\n]", "[1, 2]");
        check("{}", "{}");
        check("{ a = 1, \"b\" : 2\n (c) = 3 }", "{a=1, (\"b\")=2, (P(c))=3}");
        check("{a=1,a=2}", "{a=1, a=2}");
        check("{true=1,null=2,5=3}", "{true=1, null=2, (5)=3}");
        check("{\n a = [1,\n 2] # x\n\n b = (1\n+2)\n}", "{a=[1, 2], b=P((1 Add 2))}");
        check("[1 2]", "Missing item separator @3-4");
        check("[1", "Unterminated constructor expression @0-1");
        check("[,]", "Invalid expression @1-2");
        check("{a}", "Missing attribute value @2-3");
        check("{a b}", "Missing key/value separator @3-4");
        check("{a=1 b=2}", "Missing attribute separator @5-6");
        check("{a=1", "Unterminated constructor expression @0-1");
        check("{a=\n1}", "Invalid expression @3-4");
        check("{a.b=1}", "{(a.b)=1}");
        check("(1", "Unbalanced parentheses @2-2");
    }

    #[test]
    fn for_expressions() {
        check("[for x in xs : x.a if x.b]", "for<x in xs : x.a if x.b>");
        check("{for k, v in m : k => v...}", "for<k,v in m : k => v...>");
        check("{\n for k, v in m :\n k => v\n}", "for<k,v in m : k => v>");
        check("[for]", "Invalid 'for' expression @4-5");
        check("[for x of y : x]", "Invalid 'for' expression @7-8");
        check("[for x in y x]", "Invalid 'for' expression @12-13");
        check("[for x in y : x => x]", "Invalid 'for' expression @14-15");
        check("{for x in y : x}", "Invalid 'for' expression @14-15");
        check("[for x in y : x...]", "Invalid 'for' expression @15-18");
        check("[for x in y : x z]", "Invalid 'for' expression @16-17");
        check("[format(a)]", "[format(a)]");
    }

    #[test]
    fn calls() {
        check("f()", "f()");
        check("f(a,\n b,)", "f(a, b)");
        check("f(xs...)", "f(xs...)");
        check("length ([1])", "length([1])");
        check("provider::aws::arn_parse(x)", "provider::aws::arn_parse(x)");
        check("core::max(1)", "core::max(1)");
        check("f(a b)", "Missing argument separator @4-5");
        check("f(a", "Unterminated constructor expression @1-2");
        check("f(a...,)", "Missing closing parenthesis @6-7");
        check("a::b", "Missing open parenthesis @4-4");
        check("a::1()", "Missing function name @3-4");
    }
}

//! The `type` argument of a variable: from an expression to a type constraint.
//! Evaluates no default.

use std::collections::BTreeMap;

use super::decode::{Decoder, as_keyword};
use super::{Call, Expr, ExprKind, ObjectAttribute, ObjectKey, TypeConstraint};
use crate::base::{Name, Span};

const SUMMARY: &str = "Invalid type specification";

impl Decoder<'_> {
    /// The type that an expression spells; reports if it spells none.
    pub(super) fn type_constraint(&mut self, expr: &Expr) -> Option<TypeConstraint> {
        if self.in_json(expr.span) {
            let native = self.native(expr).unwrap_or(Expr::new(ExprKind::Null, expr.span));
            return self.unquoted_type(&native);
        }
        self.unquoted_type(expr)
    }

    fn unquoted_type(&mut self, expr: &Expr) -> Option<TypeConstraint> {
        match &expr.kind {
            // Two old forms without an element type are still accepted, by Terraform too.
            ExprKind::Variable(name) if &**name == "list" => {
                Some(TypeConstraint::List(TypeConstraint::Any.into()))
            }
            ExprKind::Variable(name) if &**name == "map" => {
                Some(TypeConstraint::Map(TypeConstraint::Any.into()))
            }
            ExprKind::String(text) => {
                let detail = match &**text {
                    "string" | "list" | "map" => format!(
                        "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form \
                         is no longer valid. Remove the quotes around {text:?}."
                    ),
                    _ => {
                        "To provide a full type expression, remove the surrounding quotes and give the type \
                          expression directly."
                            .into()
                    }
                };
                self.error("Invalid quoted type constraints", detail, expr.span);
                None
            }
            _ => self.inner_type(expr),
        }
    }

    fn inner_type(&mut self, expr: &Expr) -> Option<TypeConstraint> {
        if let Some(word) = as_keyword(expr) {
            return self.keyword_type(word, expr.span);
        }
        let ExprKind::Call(call) = &expr.kind else {
            return self.bad_type(
                "A type specification is either a primitive type keyword (bool, number, string) or a complex type \
                 constructor call, like list(string).",
                expr.span,
            );
        };
        match &*call.name {
            "list" => Some(TypeConstraint::List(self.element_type(call, expr.span)?)),
            "set" => Some(TypeConstraint::Set(self.element_type(call, expr.span)?)),
            "map" => Some(TypeConstraint::Map(self.element_type(call, expr.span)?)),
            "tuple" => match call.args.as_slice() {
                [Expr { kind: ExprKind::Tuple(items), .. }] => {
                    let types: Vec<_> = items.iter().map(|item| self.inner_type(item)).collect();
                    types.into_iter().collect::<Option<_>>().map(TypeConstraint::Tuple)
                }
                _ => self.bad_type("Tuple type constructor requires a list of element types.", expr.span),
            },
            "object" => match call.args.as_slice() {
                [Expr { kind: ExprKind::Object(items), .. }] => self.object_type(items),
                _ => self.bad_type(
                    "Object type constructor requires a map whose keys are attribute names and whose values are the \
                     corresponding attribute types.",
                    expr.span,
                ),
            },
            "bool" | "number" | "string" | "any" => {
                let detail = format!("Primitive type keyword {:?} does not expect arguments.", &*call.name);
                self.bad_type(detail, expr.span)
            }
            "optional" => self.bad_type(
                "Keyword \"optional\" is valid only as a modifier for object type attributes.",
                call.name_span,
            ),
            other => self.bad_type(format!("Keyword {other:?} is not a valid type constructor."), expr.span),
        }
    }

    fn keyword_type(&mut self, word: &str, span: Span) -> Option<TypeConstraint> {
        let needs = match word {
            "any" => return Some(TypeConstraint::Any),
            "bool" => return Some(TypeConstraint::Bool),
            "number" => return Some(TypeConstraint::Number),
            "string" => return Some(TypeConstraint::String),
            "list" | "set" | "map" => "the element type",
            "tuple" => "the element types as a list",
            "object" => "the attribute types and values as a map",
            "optional" => {
                return self.bad_type(
                    "Keyword \"optional\" is valid only as a modifier for object type attributes.",
                    span,
                );
            }
            _ => {
                let detail = format!("The keyword {word:?} is not a valid type specification.");
                return self.bad_type(detail, span);
            }
        };
        self.bad_type(format!("The {word} type constructor requires one argument specifying {needs}."), span)
    }

    fn element_type(&mut self, call: &Call, span: Span) -> Option<Box<TypeConstraint>> {
        match call.args.as_slice() {
            [element] => self.inner_type(element).map(Box::new),
            _ => {
                let name = &call.name;
                let detail =
                    format!("The {name} type constructor requires one argument specifying the element type.");
                self.bad_type(detail, span)
            }
        }
    }

    fn object_type(&mut self, items: &[(ObjectKey, Expr)]) -> Option<TypeConstraint> {
        let mut attributes = BTreeMap::new();
        let mut valid = true;
        for (key, value) in items {
            let (name, span): (&Name, Span) = match key {
                ObjectKey::Name(name, span) => (name, *span),
                ObjectKey::Expr(expr) => {
                    valid = false;
                    self.bad_type::<()>("Object constructor map keys must be attribute names.", expr.span);
                    continue;
                }
            };
            let Some(attribute) = self.object_attribute(value) else {
                valid = false;
                continue;
            };
            if attributes.insert(name.clone(), attribute).is_some() {
                valid = false;
                self.bad_type::<()>("Object constructor map keys must be unique.", span);
            }
        }
        valid.then_some(TypeConstraint::Object(attributes))
    }

    fn object_attribute(&mut self, expr: &Expr) -> Option<ObjectAttribute> {
        let ExprKind::Call(call) = &expr.kind else {
            return Some(ObjectAttribute { ty: self.inner_type(expr)?, optional: false, default: None });
        };
        if &*call.name != "optional" {
            return Some(ObjectAttribute { ty: self.inner_type(expr)?, optional: false, default: None });
        }
        match call.args.as_slice() {
            [ty] => Some(ObjectAttribute { ty: self.inner_type(ty)?, optional: true, default: None }),
            [ty, default] => {
                let ty = self.inner_type(ty)?;
                self.check_constant(default)
                    .then(|| ObjectAttribute { ty, optional: true, default: Some(default.clone()) })
            }
            [] => self.bad_type("Optional attribute modifier requires the attribute type as its argument.", expr.span),
            _ => self.bad_type(
                "Optional attribute modifier expects at most two arguments: the attribute type, and a default value.",
                expr.span,
            ),
        }
    }

    fn bad_type<T>(&mut self, detail: impl Into<String>, span: Span) -> Option<T> {
        self.error(SUMMARY, detail, span);
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, load_text, problems};

    #[test]
    fn types() {
        let summary = "Invalid type specification";
        for (text, wrong) in [
            ("string", ""),
            ("list", ""),
            ("map", ""),
            ("map(list(any))", ""),
            ("tuple([string, bool])", ""),
            ("object({ a = optional(string), b = optional(number, 1) })", ""),
            ("foo", "foo"),
            ("set", "set"),
            ("tuple", "tuple"),
            ("object", "object"),
            ("optional", "optional"),
            ("1", "1"),
            ("foo(string)", "foo(string)"),
            ("list()", "list()"),
            ("list(string, string)", "list(string, string)"),
            ("string()", "string()"),
            ("tuple(string)", "tuple(string)"),
            ("object([string])", "object([string])"),
            ("optional(string)", "optional"),
            ("object({ a = optional() })", "optional()"),
            ("object({ a = optional(string, 1, 2) })", "optional(string, 1, 2)"),
            ("object({ \"a\" = string })", "\"a\""),
            ("object({ a = string, a = number })", "a"),
        ] {
            let expected = if wrong.is_empty() { vec![] } else { vec![format!("{summary} | {wrong}")] };
            assert_eq!(problems(&format!("variable \"a\" {{ type = {text} }}")), expected, "{text}");
        }
        check("variable \"a\" { type = \"string\" }", &["Invalid quoted type constraints | \"string\""]);
        check("variable \"a\" { type = \"foo\" }", &["Invalid quoted type constraints | \"foo\""]);
        let (_, problems) = load_text("variable \"a\" { type = object({ a = optional(string, var.x) }) }");
        assert_eq!(problems.len(), 1);
    }
}

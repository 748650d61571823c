//! `variable` blocks.
//! Does not hold a default against its type: that takes evaluation.

use super::decode::{Decoder, Shape, any_free, take};
use super::{Block, ExprKind, TypeConstraint, Variable};

const SHAPE: Shape = Shape {
    arguments: &["description", "type", "default", "sensitive", "nullable", "ephemeral"],
    blocks: &["validation"],
};

/// Names with a meaning of their own inside `module` blocks.
const RESERVED: &[&str] =
    &["source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals", "provider"];

impl Decoder<'_> {
    /// A `variable` block; `None` when not even its name is sound.
    pub(super) fn variable(&mut self, mut block: Block) -> Option<Variable> {
        let [name] = self.labels(&block, ["name"])?;
        let label_span = block.labels.first().map_or(block.span, |l| l.span);
        if !self.check_name("variable", &name, label_span) {
            return None;
        }
        if RESERVED.contains(&&*name) {
            let detail = format!(
                "The variable name {name:?} is reserved due to its special meaning inside module blocks."
            );
            self.error("Invalid variable name", detail, label_span);
        }
        let body = &mut block.body;
        self.check_shape(body, &SHAPE);
        let type_attribute = take(body, "type");
        let ty = type_attribute.as_ref().and_then(|a| self.type_constraint(&a.expr));
        let default = self.take_literal(body, "default").map(|a| a.expr).filter(|e| self.check_constant(e));
        let variable = Variable {
            ty: ty.unwrap_or(TypeConstraint::Any),
            has_type: type_attribute.is_some(),
            default,
            description: self.string_argument(body, "description").map(|(text, _)| text),
            sensitive: self.bool_argument(body, "sensitive").unwrap_or(false),
            ephemeral: self.bool_argument(body, "ephemeral").unwrap_or(false),
            nullable: self.bool_argument(body, "nullable").unwrap_or(true),
            validations: self.check_rules(body, "validation"),
            span: block.span,
            name,
        };
        if let Some(default) = &variable.default
            && !variable.nullable
            && matches!(default.kind, ExprKind::Null)
        {
            let detail =
                "A null default value is not valid when nullable=false. Give another default, or none.";
            self.error("Invalid default value for variable", detail, default.span);
        }
        for rule in &variable.validations {
            let mentions = any_free(&rule.condition, |part| match &part.kind {
                ExprKind::GetAttr(source, attr) => {
                    *attr == variable.name
                        && matches!(&source.kind, ExprKind::Variable(root) if &**root == "var")
                }
                _ => false,
            });
            if !mentions {
                let name = &variable.name;
                let detail = format!(
                    "The condition for variable {name:?} must refer to var.{name} in order to test incoming values."
                );
                self.error("Invalid variable validation condition", detail, rule.condition.span);
            }
        }
        Some(variable)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn variables() {
        let inside = |body: &str, expected: &[&str]| check_in("variable \"a\"", body, expected);
        inside("default = var.x", &["Variables not allowed | var"]);
        inside("default = [for x in [1] : x]", &[]);
        inside("default = [for x in [1] : y]", &["Variables not allowed | y"]);
        inside("default = \"%{ for x in [1] }${x}%{ endfor }\"", &[]);
        inside("default = f()", &["Function calls not allowed | f"]);
        inside("sensitive = 1", &["Unsuitable value type | 1"]);
        inside("description = null", &["Unsuitable value type | null"]);
        inside("sensitive = !true", &["Unsuitable value type | !true"]);
        inside("sensitive = (true)", &[]);
        let validation = |condition: &str, expected: &[&str]| {
            inside(&format!("validation {{\ncondition = {condition}\nerror_message = \"x\"\n}}"), expected);
        };
        validation("var.a == 1", &[]);
        validation(
            "true",
            &["Invalid validation expression | true", "Invalid variable validation condition | true"],
        );
        validation("var.b == 1", &["Invalid variable validation condition | var.b == 1"]);
        inside("validation {\ncondition = var.a\n}", &["Missing required argument | validation"]);
    }
}

//! Templates: text with interpolations, conditions and loops.
//! Knows nothing of strip markers or indentation; the parser has resolved them.

use super::eval::{Evaluated, Evaluator, Frame};
use super::iterate::{Elements, variables};
use super::ops::{self, Text};
use crate::base::{Diagnostic, Diagnostics};
use crate::config::{Expr, TemplatePart};

impl Evaluator<'_> {
    pub(super) fn template(self, whole: &Expr, parts: &[TemplatePart]) -> Evaluated {
        let mut text = Text::default();
        self.parts(parts, &mut text)?;
        self.make(text.finish(), whole)
    }

    fn parts(self, parts: &[TemplatePart], text: &mut Text) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::new();
        for part in parts {
            problems.take(self.part(part, text));
        }
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    fn part(self, part: &TemplatePart, text: &mut Text) -> Result<(), Diagnostics> {
        match part {
            TemplatePart::Literal(literal) => text.literal(literal),
            TemplatePart::Interpolation(expr) => {
                let value = self.make(self.eval(expr)?, expr)?;
                text.value(&value).map_err(|problem| self.blame(expr, problem))?;
            }
            TemplatePart::If { condition, then, otherwise } => {
                let this = self.deeper(condition.span)?;
                let decided = ops::condition(&this.eval(condition)?).map_err(|p| this.blame(condition, p))?;
                text.sensitive(decided.sensitive);
                match decided.holds {
                    Some(true) => this.parts(then, text)?,
                    Some(false) => this.parts(otherwise, text)?,
                    None => {
                        // Either may come, so a secret in either is one in the result; their problems may never be.
                        for branch in [then, otherwise] {
                            let mut either = Text::default();
                            let _may_never_happen = this.parts(branch, &mut either);
                            text.sensitive(either.finish().is_sensitive());
                        }
                        text.unknown();
                    }
                }
            }
            TemplatePart::For { key, value, collection, body } => {
                let this = self.deeper(collection.span)?;
                let (elements, sensitive) = this.collection(collection)?;
                text.sensitive(sensitive);
                let Elements::Known(elements) = elements else {
                    text.unknown();
                    return Ok(());
                };
                for (k, v) in elements {
                    let frame = Frame { outer: this.frame, variables: variables(key.as_ref(), value, k, v) };
                    let before = text.length();
                    this.inside(&frame).parts(body, text)?;
                    let made = this.effort.text(text.length() - before);
                    made.map_err(|exhausted| Diagnostic::from(exhausted).at(collection.span))?;
                }
            }
        }
        Ok(())
    }
}

//! `check` blocks: assertions about the whole, with a data source of their own.
//! Evaluates no condition.

use super::decode::{Decoder, Shape, take, take_blocks};
use super::{Block, CheckRule, Resource};
use crate::base::{Mode, Name, Span};

/// `check "name" {}`
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name.
    pub name: Name,
    /// The data source that only this block sees. Its address is taken: no other data source may have it.
    pub data: Option<Resource>,
    /// `assert {}` blocks.
    pub asserts: Vec<CheckRule>,
    /// The header.
    pub span: Span,
}

const SHAPE: Shape = Shape { arguments: &[], blocks: &["data", "assert"] };

impl Decoder<'_> {
    /// A `check` block; `None` when its name is not sound.
    pub(super) fn check(&mut self, mut block: Block) -> Option<Check> {
        let [name] = self.labels(&block, ["name"])?;
        let label_span = block.labels.first().map_or(block.span, |l| l.span);
        let valid = self.check_name("check block", &name, label_span);
        let (body, span) = (&mut block.body, block.span);
        self.check_shape(body, &SHAPE);
        let mut sources = take_blocks(body, "data").into_iter();
        let data = sources.next();
        let first = data.as_ref().map(|block| self.sources.line_of(block.span)).unwrap_or_default();
        for extra in sources {
            let detail = format!("This check block already has a data resource defined at {first}.");
            self.error("Multiple data resource blocks", detail, extra.span);
        }
        let data = data.and_then(|block| self.nested_data(block));
        let written = body.blocks.iter().filter(|b| &*b.type_name == "assert").count();
        let asserts = self.check_rules(body, "assert");
        if written == 0 {
            self.error("Zero assert blocks", "Check blocks must have at least one assert block.", span);
        }
        valid.then_some(Check { name, data, asserts, span })
    }

    fn nested_data(&mut self, mut block: Block) -> Option<Resource> {
        for name in ["count", "for_each"] {
            if let Some(attribute) = take(&mut block.body, name) {
                let detail = "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks.";
                self.error(&format!("Invalid {name:?} attribute"), detail, attribute.name_span);
            }
        }
        for lifecycle in take_blocks(&mut block.body, "lifecycle") {
            self.error(
                "Invalid lifecycle block",
                "Nested data blocks do not support \"lifecycle\" blocks as the lifecycle is managed by the containing \
                 block.",
                lifecycle.span,
            );
        }
        self.resource(Mode::Data, block)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, load_text};

    const ASSERT: &str = "assert {\ncondition = a.b.id != \"\"\nerror_message = \"No.\"\n}";

    #[test]
    fn checks() {
        let inside = |body: &str, expected: &[&str]| {
            check(&format!("check \"c\" {{\n{body}\n{ASSERT}\n}}"), expected);
        };
        inside("", &[]);
        inside(ASSERT, &[]);
        inside("data \"a\" \"b\" {\ndepends_on = [a.b]\nprovider = a.x\n}", &[]);
        inside(
            "data \"a\" \"b\" {}\ndata \"a\" \"c\" {}",
            &["Multiple data resource blocks | data \"a\" \"c\""],
        );
        inside("data \"a\" \"b\" {\ncount = 1\n}", &["Invalid \"count\" attribute | count"]);
        inside("data \"a\" \"b\" {\nfor_each = {}\n}", &["Invalid \"for_each\" attribute | for_each"]);
        inside("data \"a\" \"b\" {\nlifecycle {}\n}", &["Invalid lifecycle block | lifecycle"]);
        inside("data \"a\" {}", &["Missing name for data | data \"a\""]);
        inside("foo = 1\nbar {}", &["Unsupported argument | foo", "Unsupported block type | bar"]);
        check("check \"c\" {}", &["Zero assert blocks | check \"c\""]);
        check("check {}", &["Missing name for check | check"]);
        check(&format!("check \"1 a\" {{\n{ASSERT}\n}}"), &["Invalid check block name | \"1 a\""]);
        check(
            "check \"c\" {\nassert {\ncondition = true\nerror_message = \"x\"\n}\n}",
            &["Invalid assert expression | true"],
        );
        check("check \"c\" {\nassert {\ncondition = a.b.c\n}\n}", &["Missing required argument | assert"]);
        let twice = format!("check \"c\" {{\n{ASSERT}\n}}\n");
        check(&twice.repeat(2), &["Duplicate check configuration | check \"c\""]);
    }

    #[test]
    fn a_scoped_data_source_has_an_address_like_any_other() {
        let scoped = |name: &str| format!("check \"{name}\" {{\ndata \"a\" \"b\" {{}}\n{ASSERT}\n}}\n");
        let plain = "data \"a\" \"b\" {}\n";
        let duplicate = &["Duplicate data configuration | data \"a\" \"b\""];
        check(&format!("{plain}{}", scoped("c")), duplicate);
        check(&format!("{}{plain}", scoped("c")), duplicate);
        check(&format!("{}{}", scoped("c"), scoped("d")), duplicate);
        let (config, _) = load_text(&scoped("c"));
        let data = config.root.checks["c"].data.as_ref().unwrap();
        assert_eq!(data.addr.to_string(), "data.a.b");
        assert!(config.root.resources.is_empty());
    }
}

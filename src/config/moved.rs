//! `moved` blocks: what an object was called before.
//! Does not look for the objects: that takes the whole configuration and the state.

use super::decode::{Decoder, Shape};
use super::{Block, MoveEndpoint};
use crate::base::Span;

/// `moved {}`
#[derive(Debug, Clone)]
pub struct Moved {
    /// The former address.
    pub from: MoveEndpoint,
    /// The present address: of a module if `from` is, of a resource or an instance otherwise.
    pub to: MoveEndpoint,
    /// The header.
    pub span: Span,
}

const SHAPE: Shape = Shape { arguments: &["from", "to"], blocks: &[] };

impl Decoder<'_> {
    /// A `moved` block; `None` when one of its ends is not sound.
    pub(super) fn moved(&mut self, mut block: Block) -> Option<Moved> {
        self.check_no_labels(&block);
        let (body, span) = (&mut block.body, block.span);
        self.check_shape(body, &SHAPE);
        let from = self.required(body, "from", span);
        let to = self.required(body, "to", span);
        let from = from.and_then(|expr| self.endpoint(&expr));
        let to = to.and_then(|expr| self.endpoint(&expr));
        let (from, to) = (from?, to?);
        if from.resource().is_some() != to.resource().is_some() {
            self.error(
                "Invalid \"moved\" addresses",
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.",
                span,
            );
            return None;
        }
        Some(Moved { from, to, span })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, check_in, load_text};

    #[test]
    fn moves() {
        let ends = |from: &str, to: &str, expected: &[&str]| {
            check_in("moved", &format!("from = {from}\nto = {to}"), expected);
        };
        const STATIC: &str = "Invalid expression";
        ends("a.b", "a.c", &[]);
        ends("a.b[0]", "a.c", &[]);
        ends("a.b", "module.m[\"x\"].a.c[\"y\"]", &[]);
        ends("module.m", "module.n[0]", &[]);
        ends("data.a.b", "data.a.c", &[]);
        ends("resource.var.b", "resource.var.c", &[]);
        ends("module.m", "a.b", &["Invalid \"moved\" addresses | moved"]);
        ends("module.m", "module.m.a.b", &["Invalid \"moved\" addresses | moved"]);
        ends("\"a.b\"", "a.c", &[&format!("{STATIC} | \"a.b\"")]);
        ends(
            "a.b[each.key]",
            "a.c[*]",
            &[&format!("{STATIC} | a.b[each.key]"), &format!("{STATIC} | a.c[*]")],
        );
        ends("a.b.c", "a.c", &["Invalid address | a.b.c"]);
        ends("a", "a.b[1.5]", &["Invalid address | a", "Invalid address | a.b[1.5]"]);
        ends("a[0].b", "a.b[0].c", &["Invalid address | a[0].b", "Invalid address | a.b[0].c"]);
        ends("var.a", "self.b", &["Invalid address | var.a", "Invalid address | self.b"]);
        ends("module", "module.a.b", &["Invalid address operator | module", "Invalid address | module.a.b"]);
        ends("data.a", "ephemeral.a.b", &["Invalid address | data.a", "Invalid address | ephemeral.a.b"]);
        check("moved {}", &["Missing required argument | moved", "Missing required argument | moved"]);
        check("moved \"x\" {\nfrom = a.b\nto = a.c\n}", &["Extraneous label for moved | \"x\""]);
        check_in(
            "moved",
            "from = a.b\nto = a.c\nfoo = 1\nbar {}",
            &["Unsupported argument | foo", "Unsupported block type | bar"],
        );
    }

    #[test]
    fn addresses_are_typed() {
        let (config, _) =
            load_text("moved {\nfrom = module.m[0].data.a.b\nto = module.n[\"k\"].data.a.b[2]\n}");
        let moved = &config.root.moved[0];
        assert_eq!(moved.from.to_string(), "module.m[0].data.a.b");
        assert_eq!(moved.to.to_string(), "module.n[\"k\"].data.a.b[2]");
    }
}

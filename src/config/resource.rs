//! `resource` and `data` blocks: the meta-arguments; everything else stays a body for the schema to judge.
//! Knows nothing of resource types.

use super::decode::{Decoder, take, take_blocks};
use super::{Block, Body, Expr, ProviderRef, Provisioner, Resource, Traversal, TraversalStep};
use crate::base::{Mode, ResourceAddr};

/// What every resource takes, whatever its type.
const META_ARGUMENTS: &[&str] = &["count", "for_each", "provider", "depends_on"];
const META_BLOCKS: &[&str] = &["lifecycle", "provisioner", "connection", "locals", "_"];

impl Decoder<'_> {
    /// A `resource` or `data` block; `None` when its labels are not sound.
    pub(super) fn resource(&mut self, mode: Mode, mut block: Block) -> Option<Resource> {
        let [type_name, name] = self.labels(&block, ["type", "name"])?;
        let mut labels = block.labels.iter();
        let what = if mode == Mode::Data { "data source" } else { "resource" };
        let spans = [labels.next(), labels.next()].map(|l| l.map_or(block.span, |l| l.span));
        let valid = [
            self.check_name(&format!("{what} type"), &type_name, spans[0]),
            self.check_name(what, &name, spans[1]),
        ];
        if valid.contains(&false) {
            return None;
        }
        let (body, span) = (&mut block.body, block.span);
        self.open(body, META_ARGUMENTS, META_BLOCKS);
        let (count, for_each) = self.repetition(body);
        let provider = take(body, "provider").and_then(|a| self.provider_ref(&a.expr));
        let depends_on = self.depends_on(body);
        let lifecycle = self.sole_lifecycle("resource", body);
        let lifecycle = lifecycle.map(|block| self.lifecycle(mode, block)).unwrap_or_default();
        self.check_enabled(lifecycle.enabled.as_ref(), count.is_some() || for_each.is_some());
        let provisioners = self.provisioners_of(mode, body);
        self.check_unsupported_blocks(body);
        body.attributes.shrink_to_fit();
        Some(Resource {
            addr: ResourceAddr::root(mode, type_name, name),
            body: block.body,
            count,
            for_each,
            provider,
            depends_on,
            lifecycle,
            provisioners,
            span,
        })
    }

    fn provisioners_of(&mut self, mode: Mode, body: &mut Body) -> Vec<Provisioner> {
        if mode == Mode::Data {
            for name in ["provisioner", "connection"] {
                for block in take_blocks(body, name) {
                    let detail = format!(
                        "Blocks of type {name:?} run when an object is created or destroyed, which a data source never is."
                    );
                    self.error("Invalid data resource configuration", detail, block.span);
                }
            }
        }
        self.provisioners(body)
    }

    /// The `lifecycle` block; there can be only one.
    pub(super) fn sole_lifecycle(&mut self, of: &str, body: &mut Body) -> Option<Block> {
        let mut blocks = take_blocks(body, "lifecycle").into_iter();
        let block = blocks.next()?;
        let first = self.sources.line_of(block.span);
        for extra in blocks {
            let detail = format!("This {of} already has a lifecycle block at {first}.");
            self.error("Duplicate lifecycle block", detail, extra.span);
        }
        Some(block)
    }

    fn check_unsupported_blocks(&mut self, body: &mut Body) {
        for block in take_blocks(body, "_") {
            self.error(
                "Unsupported escaping block",
                "The block \"_\" passes arguments that are named like meta-arguments to the resource, which is not \
                 supported.",
                block.span,
            );
        }
        for block in take_blocks(body, "locals") {
            self.error(
                "Reserved block type name in resource block",
                "The block type name \"locals\" is reserved for use by Terraform in a future version.",
                block.span,
            );
        }
    }

    /// `aws` or `aws.west`
    pub(super) fn provider_ref(&mut self, expr: &Expr) -> Option<ProviderRef> {
        let traversal = self.reference(expr)?;
        match traversal.steps.as_slice() {
            [] => Some(ProviderRef { name: traversal.root, alias: None }),
            [TraversalStep::Attr(alias)] => {
                Some(ProviderRef { name: traversal.root, alias: Some(alias.clone()) })
            }
            _ => {
                self.error(
                    "Invalid provider configuration reference",
                    "The provider argument requires a provider type name, optionally followed by a period and then a \
                     configuration alias.",
                    expr.span,
                );
                None
            }
        }
    }

    /// `depends_on`: references to whole objects.
    pub(super) fn depends_on(&mut self, body: &mut Body) -> Vec<Traversal> {
        let mut references = self.references(body, "depends_on");
        references.retain(|reference| self.check_whole_object(reference));
        references
    }

    fn check_whole_object(&mut self, reference: &Traversal) -> bool {
        // How many names make up an object of this kind.
        let names = match &*reference.root {
            "each" | "count" | "self" => {
                let detail = format!(
                    "The {:?} object differs from instance to instance, but depends_on is the same for all of them.",
                    &*reference.root
                );
                self.error("Invalid depends_on reference", detail, reference.span);
                return false;
            }
            "data" | "resource" | "ephemeral" => 2,
            _ => 1,
        };
        let (whole, rest) = reference.steps.split_at(names.min(reference.steps.len()));
        if whole.len() < names || !whole.iter().all(|step| matches!(step, TraversalStep::Attr(_))) {
            let detail = match &*reference.root {
                root @ ("data" | "resource" | "ephemeral") => {
                    format!("The {root:?} object must be followed by two attribute names: the type and the resource name.")
                }
                root @ ("var" | "local" | "module" | "path" | "terraform") => {
                    format!("The {root:?} object cannot be accessed directly. Instead, access one of its attributes.")
                }
                _ => "A reference to a resource type must be followed by at least one attribute access, specifying the \
                      resource name."
                    .into(),
            };
            self.error("Invalid reference", detail, reference.span);
            return false;
        }
        let rest = match rest {
            [TraversalStep::Key(_) | TraversalStep::Index(_), rest @ ..] => rest,
            all => all,
        };
        // An output of a module is an object of its own.
        let is_whole = matches!((&*reference.root, rest), (_, []) | ("module", [TraversalStep::Attr(_)]));
        if !is_whole {
            self.error(
                "Invalid depends_on reference",
                "References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.",
                reference.span,
            );
        }
        is_whole
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn resources() {
        let inside = |body: &str, expected: &[&str]| check_in("resource \"a\" \"b\"", body, expected);
        inside("provider = aws.x.y", &["Invalid provider configuration reference | aws.x.y"]);
        inside("provider = 1", &["Invalid expression | 1"]);
        inside("connection {}", &[]);
        let data = "provisioner \"x\" {}";
        check_in("data \"a\" \"b\"", data, &["Invalid data resource configuration | provisioner \"x\""]);
        inside("_ {}", &["Unsupported escaping block | _"]);
        inside("locals {}", &["Reserved block type name in resource block | locals"]);
        let depends = |list: &str, expected: &[&str]| inside(&format!("depends_on = {list}"), expected);
        depends("a.b", &["Invalid expression | a.b"]);
        depends("[1 + 1]", &["Invalid expression | 1 + 1"]);
        depends("[a.b[var.x]]", &["Invalid expression | a.b[var.x]"]);
        depends("[a.b.c]", &["Invalid depends_on reference | a.b.c"]);
        depends("[a.b[0], a.b[\"k\"], data.a.b, var.x, path.module, module.m]", &[]);
        depends("[module.m.o, module.m[0].o]", &[]);
        depends("[module.m.o.p]", &["Invalid depends_on reference | module.m.o.p"]);
        depends("[foo]", &["Invalid reference | foo"]);
        depends("[var]", &["Invalid reference | var"]);
        depends("[data.a]", &["Invalid reference | data.a"]);
        depends("[each.key]", &["Invalid depends_on reference | each.key"]);
        depends("[\"a.b\"]", &["w Quoted references are deprecated | \"a.b\""]);
        depends("[\"1 + 1\"]", &["Invalid expression | \"1 + 1\""]);
    }
}

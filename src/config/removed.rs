//! `removed` blocks: what is no longer declared, and whether it is destroyed or only forgotten.
//! Does not look for the objects: that takes the state.

use super::decode::{Decoder, Shape, take_blocks};
use super::{Block, MoveEndpoint, Provisioner, When};
use crate::base::{InstanceKey, Mode, ModuleAddr, Span};

/// `removed {}`
#[derive(Debug, Clone)]
pub struct Removed {
    /// A managed resource or a module, without any key: all of its instances.
    pub from: MoveEndpoint,
    /// Whether the objects are destroyed; otherwise they are only forgotten.
    pub destroy: bool,
    /// What runs before an object is destroyed.
    pub provisioners: Vec<Provisioner>,
    /// The header.
    pub span: Span,
}

const SHAPE: Shape = Shape { arguments: &["from"], blocks: &["lifecycle", "provisioner", "connection"] };
const LIFECYCLE: Shape = Shape { arguments: &["destroy"], blocks: &[] };

impl Decoder<'_> {
    /// A `removed` block; `None` when what it removes is not sound.
    pub(super) fn removed(&mut self, mut block: Block) -> Option<Removed> {
        self.check_no_labels(&block);
        let (body, span) = (&mut block.body, block.span);
        self.check_shape(body, &SHAPE);
        let mut destroy = true;
        for mut lifecycle in take_blocks(body, "lifecycle") {
            self.check_no_labels(&lifecycle);
            self.check_shape(&mut lifecycle.body, &LIFECYCLE);
            // As in Terraform, the last of several lifecycle blocks wins.
            destroy = self.bool_argument(&mut lifecycle.body, "destroy").unwrap_or(true);
        }
        let provisioners = self.provisioners(body);
        for early in provisioners.iter().filter(|provisioner| provisioner.when == When::Create) {
            self.error(
                "Invalid provisioner block",
                "Only destroy-time provisioners are allowed in \"removed\" blocks: nothing is created here. Write \"when = \
                 destroy\" into the block.",
                early.span,
            );
        }
        let expr = self.required(body, "from", span)?;
        let from = self.endpoint(&expr)?;
        self.check_whole(&from, expr.span).then_some(Removed { from, destroy, provisioners, span })
    }

    /// Whether an address has no instance keys and is of something that can be destroyed.
    fn check_whole(&mut self, from: &MoveEndpoint, span: Span) -> bool {
        let keyed = |module: &ModuleAddr| {
            module.steps().iter().any(|(_, key): &(_, Option<InstanceKey>)| key.is_some())
        };
        let module = match from {
            MoveEndpoint::Module(module) => module,
            MoveEndpoint::Resource(resource) => &resource.module,
            MoveEndpoint::Instance(instance) => &instance.resource.module,
        };
        if keyed(module) {
            self.error(
                "Module instance keys not allowed",
                "Module address must be a module (e.g. \"module.foo\"), not a module instance (e.g. \"module.foo[1]\").",
                span,
            );
            return false;
        }
        match from {
            MoveEndpoint::Instance(_) => self.error(
                "Resource instance keys not allowed",
                "Resource address must be a resource (e.g. \"test_instance.foo\"), not a resource instance (e.g. \
                 \"test_instance.foo[1]\").",
                span,
            ),
            MoveEndpoint::Resource(resource) if resource.mode == Mode::Data => self.error(
                "Data source address not allowed",
                "Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data \
                 source from state, remove the data source block from configuration.",
                span,
            ),
            _ => return true,
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, check_in, load_text};

    #[test]
    fn removals() {
        let inside = |body: &str, expected: &[&str]| check_in("removed", body, expected);
        inside("from = a.b", &[]);
        inside("from = module.m.module.n", &[]);
        inside("from = a.b\nlifecycle {}\nlifecycle {\ndestroy = false\n}", &[]);
        inside("from = a.b[0]", &["Resource instance keys not allowed | a.b[0]"]);
        inside("from = module.a[0].a.b", &["Module instance keys not allowed | module.a[0].a.b"]);
        inside("from = data.a.b", &["Data source address not allowed | data.a.b"]);
        inside("from = \"a.b\"", &["Invalid expression | \"a.b\""]);
        inside("from = a.b\nlifecycle {\ndestroy = var.x\n}", &["Variables not allowed | var"]);
        inside("from = a.b\nlifecycle {\ndestroy = \"x\"\n}", &["Unsuitable value type | \"x\""]);
        inside(
            "from = a.b\nfoo = 1\nlifecycle {\nbar = 1\nprecondition {}\n}",
            &[
                "Unsupported argument | foo",
                "Unsupported argument | bar",
                "Unsupported block type | precondition",
            ],
        );
        inside(
            "from = a.b\nprovisioner \"local-exec\" {}",
            &["Invalid provisioner block | provisioner \"local-exec\""],
        );
        check("removed {}", &["Missing required argument | removed"]);
        check("removed \"x\" { from = a.b }", &["Extraneous label for removed | \"x\""]);
        let (config, _) =
            load_text("removed {\nfrom = a.b\nlifecycle {\ndestroy = false\n}\n}\nremoved { from = a.c }");
        let all: Vec<_> = config.root.removed.iter().map(|r| (r.from.to_string(), r.destroy)).collect();
        assert_eq!(all, [("a.b".to_owned(), false), ("a.c".to_owned(), true)]);
    }
}

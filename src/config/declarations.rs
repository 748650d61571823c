//! What the blocks of a module declare, each thing once.
//! Leaves what is inside each kind of block to its decoder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use super::decode::Decoder;
use super::terraform_block::Settings;
use super::{Block, Module};
use crate::base::{Mode, ResourceAddr, Span};

/// The module as far as it is read.
pub(super) struct Declarations<'s> {
    pub(super) module: Module,
    pub(super) decoder: Decoder<'s>,
    /// Where the `required_providers` block stands.
    required_providers: Option<Span>,
}

impl<'s> Declarations<'s> {
    /// A module of which nothing is read yet.
    pub(super) fn new(dir: &Path, decoder: Decoder<'s>) -> Self {
        let module = Module { dir: dir.to_owned(), ..Module::default() };
        Declarations { module, decoder, required_providers: None }
    }

    /// Adds what a block declares.
    pub(super) fn block(&mut self, block: Block) {
        match &*block.type_name {
            "terraform" => {
                let settings = self.decoder.terraform_block(block);
                self.settings(settings);
            }
            "provider" => self.provider(block),
            "variable" => {
                if let Some(variable) = self.decoder.variable(block) {
                    let (name, span) = (variable.name.clone(), variable.span);
                    declare(&mut self.module.variables, name, variable, |name, first| Duplicate {
                        summary: "Duplicate variable declaration",
                        story: format!("A variable named {name:?} was already declared"),
                        rule: "Variable names must be unique within a module.",
                        first: first.span,
                        span,
                    })
                    .report(&mut self.decoder);
                }
            }
            "locals" => {
                for (name, local) in self.decoder.locals(block) {
                    let span = local.span;
                    declare(&mut self.module.locals, name, local, |name, first| Duplicate {
                        summary: "Duplicate local value definition",
                        story: format!("A local value named {name:?} was already defined"),
                        rule: "Local value names must be unique within a module.",
                        first: first.span,
                        span,
                    })
                    .report(&mut self.decoder);
                }
            }
            "output" => {
                if let Some(output) = self.decoder.output(block) {
                    let (name, span) = (output.name.clone(), output.span);
                    declare(&mut self.module.outputs, name, output, |name, first| Duplicate {
                        summary: "Duplicate output definition",
                        story: format!("An output named {name:?} was already defined"),
                        rule: "Output names must be unique within a module.",
                        first: first.span,
                        span,
                    })
                    .report(&mut self.decoder);
                }
            }
            "module" => {
                if let Some(call) = self.decoder.module_call(block) {
                    let (name, span) = (call.name.clone(), call.span);
                    declare(&mut self.module.calls, name, call, |name, first| Duplicate {
                        summary: "Duplicate module call",
                        story: format!("A module call named {name:?} was already defined"),
                        rule: "Module calls must have unique names within a module.",
                        first: first.span,
                        span,
                    })
                    .report(&mut self.decoder);
                }
            }
            "resource" => self.resource(Mode::Managed, block),
            "data" => self.resource(Mode::Data, block),
            "moved" => self.module.moved.extend(self.decoder.moved(block)),
            "import" => self.module.imports.extend(self.decoder.import(block)),
            "removed" => self.module.removed.extend(self.decoder.removed(block)),
            "check" => {
                if let Some(check) = self.decoder.check(block) {
                    let (name, span) = (check.name.clone(), check.span);
                    declare(&mut self.module.checks, name, check, |name, first| Duplicate {
                        summary: "Duplicate check configuration",
                        story: format!("A check block named {name:?} was already declared"),
                        rule: "Check blocks must be unique within each module.",
                        first: first.span,
                        span,
                    })
                    .report(&mut self.decoder);
                }
            }
            _ => self.decoder.unsupported_block(&block),
        }
    }

    fn resource(&mut self, mode: Mode, block: Block) {
        let Some(resource) = self.decoder.resource(mode, block) else { return };
        let (addr, span) = (resource.addr.clone(), resource.span);
        declare(&mut self.module.resources, addr, resource, |addr, first| Duplicate {
            summary: match mode {
                Mode::Managed => "Duplicate resource configuration",
                Mode::Data => "Duplicate data configuration",
            },
            story: format!("A {} resource named {:?} was already declared", addr.type_name, &*addr.name),
            rule: "Resource names must be unique per type in each module.",
            first: first.span,
            span,
        })
        .report(&mut self.decoder);
    }

    /// Data sources within checks have addresses like any other; called when all blocks are added.
    pub(super) fn check_scoped_data(&mut self) {
        let mut seen: BTreeMap<&ResourceAddr, Span> = BTreeMap::new();
        let mut scoped: Vec<_> =
            self.module.checks.values().filter_map(|check| check.data.as_ref()).collect();
        scoped.sort_by_key(|data| (data.span.file, data.span.start));
        for data in scoped {
            let (addr, span) = (&data.addr, data.span);
            let declared = self.module.resources.get(addr).map(|first| first.span);
            let Some(other) = declared.or(seen.get(addr).copied()) else {
                seen.insert(addr, span);
                continue;
            };
            let (first, span) = if (other.file, other.start) < (span.file, span.start) {
                (other, span)
            } else {
                (span, other)
            };
            Some(Duplicate {
                summary: "Duplicate data configuration",
                story: format!(
                    "A {} data resource named {:?} was already declared",
                    addr.type_name, &*addr.name
                ),
                rule: "Resource names must be unique per type in each module, including within check blocks.",
                first,
                span,
            })
            .report(&mut self.decoder);
        }
    }

    fn provider(&mut self, block: Block) {
        let Some(config) = self.decoder.provider_config(block) else { return };
        let Some(first) = self.module.providers.iter().find(|p| p.reference == config.reference) else {
            self.module.providers.push(config);
            return;
        };
        let name = &config.reference.name;
        let (story, rule) = match &config.reference.alias {
            Some(alias) => (
                format!("A provider configuration for {name:?} with alias {alias:?} was already given"),
                "Each configuration for the same provider must have a distinct alias.",
            ),
            None => (
                format!("A default (non-aliased) provider configuration for {name:?} was already given"),
                "If multiple configurations are required, set the \"alias\" argument for alternative configurations.",
            ),
        };
        let summary = "Duplicate provider configuration";
        Some(Duplicate { summary, story, rule, first: first.span, span: config.span })
            .report(&mut self.decoder);
    }

    fn settings(&mut self, settings: Settings) {
        self.module.required_versions.extend(settings.required_version);
        for (span, providers) in settings.required_providers {
            if let Some(first) = self.required_providers {
                Some(Duplicate {
                    summary: "Duplicate required providers configuration",
                    story: "The required providers were already configured".into(),
                    rule: "A module may have only one required providers configuration.",
                    first,
                    span,
                })
                .report(&mut self.decoder);
                continue;
            }
            self.required_providers = Some(span);
            self.module.required_providers.extend(providers);
        }
        for backend in settings.backends {
            match &self.module.backend {
                Some(first) => Some(Duplicate {
                    summary: "Duplicate backend configuration",
                    story: "The backend was already configured".into(),
                    rule: "A module may have only one backend configuration.",
                    first: first.span,
                    span: backend.span,
                })
                .report(&mut self.decoder),
                None => self.module.backend = Some(backend),
            }
        }
    }
}

/// A second declaration of the same thing.
struct Duplicate {
    summary: &'static str,
    /// What was declared already, up to its place.
    story: String,
    rule: &'static str,
    first: Span,
    span: Span,
}

trait Report {
    fn report(self, decoder: &mut Decoder<'_>);
}

impl Report for Option<Duplicate> {
    fn report(self, decoder: &mut Decoder<'_>) {
        if let Some(Duplicate { summary, story, rule, first, span }) = self {
            let detail = format!("{story} at {}. {rule}", decoder.sources.line_of(first));
            decoder.error(summary, detail, span);
        }
    }
}

/// Adds a declaration, unless there is one already.
fn declare<K: Ord + Clone, V>(
    declared: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    duplicate: impl FnOnce(&K, &V) -> Duplicate,
) -> Option<Duplicate> {
    match declared.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            None
        }
        Entry::Occupied(entry) => Some(duplicate(entry.key(), entry.get())),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check;

    #[test]
    fn nothing_is_declared_twice() {
        let twice = |text: &str, expected: &str| check(&format!("{text}\n{text}\n"), &[expected]);
        twice("variable \"a\" {}", "Duplicate variable declaration | variable \"a\"");
        twice("locals { a = 1 }", "Duplicate local value definition | a");
        twice("output \"a\" { value = 1 }", "Duplicate output definition | output \"a\"");
        twice("resource \"a\" \"b\" {}", "Duplicate resource configuration | resource \"a\" \"b\"");
        twice("data \"a\" \"b\" {}", "Duplicate data configuration | data \"a\" \"b\"");
        twice("provider \"a\" {}", "Duplicate provider configuration | provider \"a\"");
        twice("provider \"a\" { alias = \"b\" }", "Duplicate provider configuration | provider \"a\"");
        twice("terraform {\nbackend \"a\" {}\n}", "Duplicate backend configuration | backend \"a\"");
        twice(
            "terraform {\nrequired_providers {}\n}",
            "Duplicate required providers configuration | required_providers",
        );
        check("locals {\n a = 1\n a = 2\n}", &["Attribute redefined | a"]);
        check("resource \"a\" \"b\" {}\ndata \"a\" \"b\" {}", &[]);
    }
}

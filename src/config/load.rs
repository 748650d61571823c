//! From a directory, or a snapshot of one, to a [`Config`]: which blocks there are and that nothing is declared twice.
//! Leaves what is inside each kind of block to its decoder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use super::decode::Decoder;
use super::names::Names;
use super::parse::{length_error, parse_file, too_long};
use super::source::read_directory;
use super::suggest::nearest;
use super::terraform_block::Settings;
use super::{Block, Body, Config, Module};
use crate::base::{Diagnostic, Diagnostics, Mode, Sources, Span};

/// The top-level blocks that are supported.
const BLOCKS: &[&str] = &["terraform", "provider", "variable", "locals", "output", "resource", "data"];

/// The top-level blocks of Terraform that are not supported.
const UNSUPPORTED: &[&str] = &["module", "moved", "import", "removed", "check", "ephemeral", "action"];

/// Reads the configuration in a directory. Whatever could be read is there, even when there are errors.
///
/// A directory without any configuration file gives an empty module; whether that is an error is the caller's to say.
pub fn load(dir: &Path) -> (Config, Diagnostics) {
    let (files, mut problems) = read_directory(dir);
    let (config, found) = load_sources(dir, files);
    problems.extend(found);
    (config, problems)
}

/// Reads a configuration from the names and texts of its files, as a plan file keeps them.
pub fn load_sources(dir: &Path, files: Vec<(String, String)>) -> (Config, Diagnostics) {
    let mut sources = Sources::default();
    let mut problems = Diagnostics::new();
    let mut names = Names::default();
    let mut bodies = Vec::new();
    for (name, text) in files {
        if too_long(&text) {
            problems.push(length_error(&name));
            continue;
        }
        let file = sources.add(name, text);
        if let Some(source) = sources.get(file) {
            let (body, found) = parse_file(&source.text, file, &mut names);
            problems.extend(found);
            bodies.push(body);
        }
    }
    drop(names);
    let mut loader = Loader {
        module: Module { dir: dir.to_owned(), ..Module::default() },
        decoder: Decoder { sources: &sources, problems, context: None },
        required_providers: None,
    };
    for body in bodies {
        loader.file(body);
    }
    let (root, problems) = (loader.module, loader.decoder.problems);
    (Config { root, sources }, problems)
}

/// The module as far as it is read.
struct Loader<'s> {
    module: Module,
    decoder: Decoder<'s>,
    /// Where the `required_providers` block stands.
    required_providers: Option<Span>,
}

impl Loader<'_> {
    fn file(&mut self, body: Body) {
        for attribute in &body.attributes {
            let name = &*attribute.name;
            let hint = if BLOCKS.contains(&name) {
                format!(" Did you mean to define a {name:?} block? If so, leave out the equals sign.")
            } else {
                " At the top of a file there are only blocks; a value of its own belongs into \"locals\".".into()
            };
            let detail = format!("An argument named {name:?} is not expected here.{hint}");
            self.decoder.error("Unsupported argument", detail, attribute.name_span);
        }
        for block in body.blocks {
            self.decoder.context = Some(self.decoder.sources.text(block.span).to_owned());
            self.block(block);
            self.decoder.context = None;
        }
    }

    fn block(&mut self, block: Block) {
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
            "resource" => self.resource(Mode::Managed, block),
            "data" => self.resource(Mode::Data, block),
            _ => self.unsupported(&block),
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
        Some(Duplicate { summary, story, rule, first: first.span, span: config.span }).report(&mut self.decoder);
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

    fn unsupported(&mut self, block: &Block) {
        let name = &*block.type_name;
        let supported = BLOCKS.join(", ");
        let detail = if UNSUPPORTED.contains(&name) {
            format!(
                "Blocks of type {name:?} are not supported yet, and leaving one out would change what is planned. The \
                 supported blocks are {supported}."
            )
        } else {
            let hint = nearest(name, BLOCKS.iter().chain(UNSUPPORTED).copied())
                .map_or(String::new(), |near| format!(" Did you mean {near:?}?"));
            format!(
                "Blocks of type {name:?} are not expected here.{hint} The blocks at the top of a file are {supported}."
            )
        };
        self.decoder.report(Diagnostic::error("Unsupported block type", detail).at(block.span));
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
            let detail = format!("{story} at {}. {rule}", decoder.place(first));
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

//! From the files of one directory to a [`Module`]: which blocks there are and that nothing is declared twice.
//! Leaves what is inside each kind of block to its decoder.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

use super::decode::Decoder;
use super::json::{TemplateProblems, is_json, parse_json_file};
use super::names::Names;
use super::parse::{length_error, parse_file, too_long};
use super::refused::refused;
use super::source::{is_override, read_directory};
use super::suggest::did_you_mean;
use super::terraform_block::Settings;
use super::{Block, Body, Module, PropertyKind};
use crate::base::{Diagnostic, Diagnostics, Mode, ResourceAddr, Sources, Span};

/// The top-level blocks that are supported, with what their labels are called.
const BLOCKS: &[(&str, &[&str])] = &[
    ("terraform", &[]),
    ("provider", &["name"]),
    ("variable", &["name"]),
    ("locals", &[]),
    ("output", &["name"]),
    ("module", &["name"]),
    ("resource", &["type", "name"]),
    ("data", &["type", "name"]),
    ("moved", &[]),
    ("import", &[]),
    ("removed", &[]),
    ("check", &["name"]),
];

/// The top-level blocks of Terraform that are not supported, and how to go on without.
const UNSUPPORTED: &[(&str, &[&str], &str)] = &[
    (
        "ephemeral",
        &["type", "name"],
        "Read the value from a data source or a sensitive variable, or keep what needs it in a configuration that \
         Terraform applies.",
    ),
    (
        "action",
        &["type", "name"],
        "Remove the block and do before or after apply what it does, or keep it in a configuration that Terraform applies.",
    ),
    (
        "list",
        &["type", "name"],
        "Such blocks belong into the query files of Terraform, which this program does not read.",
    ),
];

/// The top-level blocks that are supported.
pub fn block_types() -> impl Iterator<Item = &'static str> {
    BLOCKS.iter().map(|(name, _)| *name)
}

/// What a property at the top of a JSON file is.
fn top_level(name: &str) -> Option<PropertyKind> {
    let unsupported = UNSUPPORTED.iter().map(|(name, roles, _)| (*name, *roles));
    let mut known = BLOCKS.iter().copied().chain(unsupported);
    known.find(|(known, _)| *known == name).map(|(_, roles)| PropertyKind::Block(roles))
}

/// Reads the module in a directory, given from the root module's, without those that it calls. Its files are added to
/// the sources.
pub fn load_directory(root: &Path, dir: &Path, sources: &mut Sources) -> (Module, Diagnostics) {
    let (files, mut problems) = read_directory(&root.join(dir));
    let prefixed = files.into_iter().map(|(name, text)| (dir.join(name).display().to_string(), text));
    let module = load_module(&root.join(dir), prefixed.collect(), sources, &mut problems, Part::Whole);
    (module, problems)
}

/// How much of a module is decoded. Every file is parsed either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything.
    Whole,
    /// What says where the state is: the backend, and what it may refer to.
    Settings,
}

impl Part {
    fn holds(self, block: &Block) -> bool {
        self == Part::Whole || matches!(&*block.type_name, "terraform" | "variable" | "locals")
    }
}

/// Reads one module from the names and texts of its files, which are added to the sources.
pub(super) fn load_module(
    dir: &Path,
    files: Vec<(String, String)>,
    sources: &mut Sources,
    problems: &mut Diagnostics,
    part: Part,
) -> Module {
    let mut names = Names::default();
    let mut templates = TemplateProblems::new();
    let (mut bodies, mut overrides) = (Vec::new(), Vec::new());
    for (name, text) in files {
        if too_long(&text) {
            problems.push(length_error(&name));
            continue;
        }
        let file = sources.add(name, text);
        if let Some(source) = sources.get(file) {
            let (body, found) = if is_json(&source.name) {
                parse_json_file(&source.text, file, &mut names, &mut templates)
            } else {
                parse_file(&source.text, file, &mut names)
            };
            problems.extend(found);
            if is_override(&source.name) { overrides.push(body) } else { bodies.push(body) }
        }
    }
    drop(names);
    let mut loader = Loader {
        module: Module { dir: dir.to_owned(), ..Module::default() },
        decoder: Decoder { sources, problems: std::mem::take(problems), context: None, templates },
        required_providers: None,
    };
    let mut read = |body: Body| {
        let mut blocks = if part == Part::Whole { loader.file(body) } else { settings_of(body) };
        blocks.retain(|block| part.holds(block));
        blocks
    };
    let blocks = bodies.into_iter().flat_map(&mut read).collect();
    let overrides = overrides.into_iter().map(&mut read).collect();
    for block in loader.decoder.merge_overrides(blocks, overrides) {
        loader.decoder.context = Some(loader.decoder.header(&block));
        loader.block(block);
        loader.decoder.context = None;
    }
    loader.check_scoped_data();
    let Decoder { problems: found, templates, .. } = loader.decoder;
    *problems = found;
    templates.into_values().for_each(|found| problems.extend(found));
    problems.extend(refused(&loader.module));
    loader.module
}

/// The blocks of a file, whatever else is wrong with it.
fn settings_of(mut body: Body) -> Vec<Block> {
    // Properties that are no blocks do not matter here.
    drop(body.resolve_in_place(top_level));
    body.blocks
}

/// The module as far as it is read.
struct Loader<'s> {
    module: Module,
    decoder: Decoder<'s>,
    /// Where the `required_providers` block stands.
    required_providers: Option<Span>,
}

impl Loader<'_> {
    /// The blocks of a file. There is nothing else at its top.
    fn file(&mut self, mut body: Body) -> Vec<Block> {
        let problems = body.resolve_in_place(top_level);
        self.decoder.problems.extend(problems);
        for attribute in &body.attributes {
            let name = &*attribute.name;
            if attribute.property {
                self.decoder.report(attribute.extraneous(&did_you_mean(name, block_types())));
                continue;
            }
            let hint = if block_types().any(|known| known == name) {
                format!(" Did you mean to define a {name:?} block? If so, leave out the equals sign.")
            } else {
                " At the top of a file there are only blocks; a value of its own belongs into \"locals\"."
                    .into()
            };
            let detail = format!("An argument named {name:?} is not expected here.{hint}");
            self.decoder.error("Unsupported argument", detail, attribute.name_span);
        }
        body.blocks
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

    /// Data sources within checks have addresses like any other.
    fn check_scoped_data(&mut self) {
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

    fn unsupported(&mut self, block: &Block) {
        let name = &*block.type_name;
        let detail = if let Some((_, _, instead)) = UNSUPPORTED.iter().find(|(known, ..)| *known == name) {
            format!(
                "Blocks of type {name:?} are not supported, and leaving one out would change what is planned. {instead}"
            )
        } else {
            let supported = block_types().collect::<Vec<_>>().join(", ");
            let hint = did_you_mean(name, block_types());
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
    use super::*;
    use crate::base::Severity;
    use crate::config::load_sources;
    use crate::config::shown::{check, check_in, load_text, show};
    use crate::config::{IgnoreChanges, TypeConstraint};

    const FULL: &str = r#"
terraform {
  required_version = ">= 1.5, < 2.0"
  required_providers {
    aws     = { source = "hashicorp/aws", "version" = "~> 5.0" }
    archive = "~> 2.0"
  }
  backend "local" { path = "x.tfstate" }
}
provider "aws" { region = var.region }
provider "aws" {
  alias = "west"
  assume_role { role_arn = "x" }
}
variable "region" {
  type        = string
  default     = "eu-west-1"
  description = "Where."
  sensitive   = "true"
  nullable    = false
  validation {
    condition     = length(var.region) > 1
    error_message = "Too short: ${var.region}."
  }
}
variable "shape" { type = object({ a = list(string), b = optional(number, 3) }) }
variable "loose" {}
locals {
  a = 1
  b = { x = local.a }
}
locals { c = 3 }
data "aws_region" "current" {
  provider = aws.west
}
resource "aws_lambda_function" "this" {
  count         = 2
  provider      = aws
  function_name = "x-${count.index}"
  depends_on    = [aws_iam_role.this, data.aws_region.current, var.region]
  environment { variables = { A = 1 } }
  lifecycle {
    create_before_destroy = true
    prevent_destroy       = false
    ignore_changes        = [tags["k"], environment[0].variables, "memory_size"]
    replace_triggered_by  = [aws_iam_role.this.arn, terraform_data.x[count.index]]
    precondition {
      condition     = var.region != ""
      error_message = "No region."
    }
    postcondition {
      condition     = self.arn != ""
      error_message = "No ARN."
    }
  }
}
resource "terraform_data" "all" {
  for_each = { a = 1 }
  lifecycle { ignore_changes = all }
}
output "arn" {
  value       = aws_lambda_function.this[*].arn
  description = "The ARN."
  sensitive   = true
  depends_on  = [local.a]
  precondition {
    condition     = local.a == 1
    error_message = "No."
  }
}
"#;

    #[test]
    fn everything_that_is_written_is_there() {
        let (config, problems) = load_text(FULL);
        let summaries: Vec<_> = problems.iter().map(|p| (p.severity, p.summary.as_str())).collect();
        assert_eq!(summaries, [(Severity::Warning, "Quoted references are deprecated")]);
        let module = &config.root;
        let keys: Vec<_> = module.resources.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["data.aws_region.current", "aws_lambda_function.this", "terraform_data.all"]);
        assert_eq!(module.locals.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(module.required_versions[0].0.as_ref(), ">= 1.5, < 2.0");
        assert_eq!(module.required_providers["aws"].source.as_deref(), Some("hashicorp/aws"));
        assert_eq!(module.required_providers["aws"].version.as_deref(), Some("~> 5.0"));
        assert_eq!(module.required_providers["archive"].version.as_deref(), Some("~> 2.0"));
        assert_eq!(module.backend.as_ref().map(|b| &*b.type_name), Some("local"));
        assert_eq!(module.providers[1].reference.alias.as_deref(), Some("west"));
        assert_eq!(module.providers[1].body.blocks.len(), 1);
        let region = &module.variables["region"];
        assert!(region.sensitive && !region.nullable && region.has_type && region.validations.len() == 1);
        assert_eq!(region.default.as_ref().map(show).as_deref(), Some("\"eu-west-1\""));
        let shape = module.variables["shape"].ty.ty().to_string();
        assert_eq!(shape, "object({ a = list(string), b = number })");
        assert!(!module.variables["loose"].has_type && module.variables["loose"].ty == TypeConstraint::Any);

        let function = &module.resources[&"aws_lambda_function.this".parse().unwrap()];
        assert_eq!(function.context(), "resource \"aws_lambda_function\" \"this\"");
        assert_eq!(function.count.as_ref().map(show).as_deref(), Some("2"));
        assert_eq!(function.body.attributes.len(), 1, "meta-arguments are taken out");
        assert_eq!(function.body.blocks.len(), 1);
        assert_eq!(function.depends_on.len(), 3);
        let lifecycle = &function.lifecycle;
        assert_eq!(lifecycle.create_before_destroy, Some(true));
        assert_eq!((lifecycle.preconditions.len(), lifecycle.postconditions.len()), (1, 1));
        assert_eq!(lifecycle.replace_triggered_by.len(), 2);
        let IgnoreChanges::Paths(paths) = &lifecycle.ignore_changes else { panic!("paths") };
        let paths: Vec<_> = paths.iter().map(|(p, _)| p.to_string()).collect();
        assert_eq!(paths, ["tags[\"k\"]", "environment[0].variables", "memory_size"]);
        let all = &module.resources[&"terraform_data.all".parse().unwrap()];
        assert!(matches!(all.lifecycle.ignore_changes, IgnoreChanges::All) && all.for_each.is_some());
        let region = &module.resources[&"data.aws_region.current".parse().unwrap()];
        assert_eq!(region.provider.as_ref().and_then(|p| p.alias.as_deref()), Some("west"));
        let arn = &module.outputs["arn"];
        assert!(arn.sensitive && arn.depends_on.len() == 1 && arn.preconditions.len() == 1);
    }

    #[test]
    fn a_snapshot_loads_the_same() {
        let (mut config, _) = load_text(FULL);
        config.sources.add("terraform.tfvars", "x = 1");
        let (again, _) = load_sources(Path::new("."), config.snapshot());
        assert_eq!(format!("{:?}", again.root), format!("{:?}", config.root));
    }

    #[test]
    fn spans_cover_what_they_name() {
        let (config, _) = load_text(FULL);
        let function = &config.root.resources[&"aws_lambda_function.this".parse().unwrap()];
        let text = |span| config.sources.text(span);
        assert_eq!(text(function.span), "resource \"aws_lambda_function\" \"this\"");
        assert_eq!(text(function.body.attributes[0].expr.span), "\"x-${count.index}\"");
        assert_eq!(text(function.depends_on[1].span), "data.aws_region.current");
        assert!(text(function.body.span).starts_with("count ") && text(function.body.span).ends_with('}'));
        let path = crate::base::Path::from("environment").index(0).attr("variables").key("A");
        assert_eq!(text(function.body.locate(&path)), "1");
        assert_eq!(text(config.root.outputs["arn"].value.span), "aws_lambda_function.this[*].arn");
    }

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

    #[test]
    fn labels_are_as_many_and_as_named_as_they_must_be() {
        check("variable {}", &["Missing name for variable | variable"]);
        check("resource {}", &["Missing type for resource | resource"]);
        check("resource \"a\" {}", &["Missing name for resource | resource \"a\""]);
        check("variable \"a\" \"b\" {}", &["Extraneous label for variable | \"b\""]);
        check("locals \"a\" {}", &["Extraneous label for locals | \"a\""]);
        check("variable \"a b\" {}", &["Invalid variable name | \"a b\""]);
        check("variable \"count\" {}", &["Invalid variable name | \"count\""]);
        check("output \"1\" { value = 1 }", &["Invalid output name | \"1\""]);
        check(
            "resource \"1a\" \"b c\" {}",
            &["Invalid resource type name | \"1a\"", "Invalid resource name | \"b c\""],
        );
        check(
            "data \"1a\" \"\" {}",
            &["Invalid data source type name | \"1a\"", "Invalid data source name | \"\""],
        );
        check("provider \"a_b\" {}", &["Invalid provider local name | \"a_b\""]);
    }

    #[test]
    fn only_supported_blocks_and_arguments_are_taken() {
        for block in ["ephemeral \"a\" \"b\"", "action \"a\" \"b\"", "list \"a\" \"b\"", "foo"] {
            check(&format!("{block} {{}}"), &[&format!("Unsupported block type | {block}")]);
        }
        check("a = 1", &["Unsupported argument | a"]);
        check("variable \"a\" { typ = string }", &["Unsupported argument | typ"]);
        check("variable \"a\" {\n validatio {}\n}", &["Unsupported block type | validatio"]);
        check("locals {\n a {}\n}", &["Unsupported block type | a"]);
        check("output \"a\" {}", &["Missing required argument | output \"a\""]);
        check_in(
            "output \"a\"",
            "value = 1\npostcondition {}",
            &["Postconditions are not allowed | postcondition"],
        );
        check_in(
            "output \"a\"",
            "value = 1\nephemeral = true",
            &["Ephemeral output not allowed | output \"a\""],
        );
        let (_, problems) = load_text("resorce \"a\" \"b\" {}\nvariable \"a\" { descripton = 1 }");
        let details: Vec<_> = problems.iter().map(|p| p.detail.contains("Did you mean \"")).collect();
        assert_eq!(details, [true, true], "{problems:?}");
    }

    #[test]
    fn a_syntax_error_stops_its_file_only() {
        let files = [("a.tf", "variable \"a\" {}\nvariable {{"), ("b.tf", "variable \"b\" {}")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let (config, problems) = load_sources(Path::new("."), files);
        assert_eq!(problems.len(), 1);
        assert_eq!(config.root.variables.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "b"]);
    }

    /// Tokens that mean something somewhere.
    const TOKENS: &[&str] = &[
        "\"",
        "${",
        "%{",
        "~}",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "\n",
        "\r",
        " ",
        "=",
        "=>",
        "...",
        ".",
        "[*]",
        ".*",
        "0",
        "1e9",
        "a",
        "for ",
        "if ",
        " in ",
        "else",
        "endif",
        "endfor",
        "<<EOT\n",
        "<<-EOT\n",
        "\nEOT\n",
        "#",
        "//",
        "/*",
        "*/",
        ":",
        "::",
        "?",
        ",",
        "-",
        "!",
        "&&",
        "|",
        ";",
        "'",
        "\\",
        "\\u00e9",
        "$$",
        "null",
        "\t",
        "é",
        "\u{feff}",
        "\0",
        "resource",
        "lifecycle",
        "depends_on = [",
        "ignore_changes = ",
        "type = ",
        "validation",
        "alias",
    ];

    proptest::proptest! {
        #[test]
        fn no_input_panics(edits in proptest::collection::vec(
            (proptest::prelude::any::<proptest::sample::Index>(), 0..8usize, 0..TOKENS.len()),
            0..12,
        )) {
            let mut text = FULL.to_owned();
            for (at, delete, token) in edits {
                let floor = |text: &str, i: usize| (0..=i.min(text.len())).rev().find(|i| text.is_char_boundary(*i));
                let start = floor(&text, at.index(text.len() + 1)).unwrap();
                let end = floor(&text, start + delete).unwrap();
                text.replace_range(start..end, TOKENS[token]);
            }
            let (config, problems) = load_text(&text);
            for problem in &problems {
                let span = problem.span.unwrap();
                proptest::prop_assert!(span.start <= span.end && span.end as usize <= text.len());
                proptest::prop_assert!(text.is_char_boundary(span.start as usize));
                proptest::prop_assert!(text.is_char_boundary(span.end as usize));
                config.sources.position(span.file, span.start);
            }
        }

        #[test]
        fn no_binary_junk_panics(text in "\\PC{0,200}") {
            let _ = load_text(&text);
        }
    }
}

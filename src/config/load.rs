//! From the files of one directory to a [`Module`]: parsed, overridden, decoded.
//! Knows nothing of single kinds of blocks.

use std::path::Path;

use super::declarations::Declarations;
use super::decode::Decoder;
use super::json::{TemplateProblems, is_json, parse_json_file};
use super::names::Names;
use super::parse::{length_error, parse_file, too_long};
use super::source::{is_override, read_directory};
use super::top_level::top_level;
use super::{Block, Body, Module};
use crate::base::{Diagnostics, Sources};

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
    let mut incomplete = false;
    for (name, text) in files {
        if too_long(&text) {
            problems.push(length_error(&name));
            incomplete = true;
            continue;
        }
        let file = sources.add(name, text);
        if let Some(source) = sources.get(file) {
            let (body, found) = if is_json(&source.name) {
                parse_json_file(&source.text, file, &mut names, &mut templates)
            } else {
                parse_file(&source.text, file, &mut names)
            };
            incomplete |= found.has_errors();
            problems.extend(found);
            if is_override(&source.name) { overrides.push(body) } else { bodies.push(body) }
        }
    }
    drop(names);
    let decoder = Decoder { sources, problems: std::mem::take(problems), context: None, templates };
    let mut declared = Declarations::new(dir, decoder);
    let mut read = |body: Body| {
        let mut blocks =
            if part == Part::Whole { declared.decoder.top_level_blocks(body) } else { settings_of(body) };
        blocks.retain(|block| part.holds(block));
        blocks
    };
    let blocks = bodies.into_iter().flat_map(&mut read).collect();
    let overrides = overrides.into_iter().map(&mut read).collect();
    for block in declared.decoder.merge_overrides(blocks, overrides) {
        declared.decoder.context = Some(declared.decoder.header(&block));
        declared.block(block);
        declared.decoder.context = None;
    }
    declared.check_scoped_data();
    let Decoder { problems: found, templates, .. } = declared.decoder;
    *problems = found;
    templates.into_values().for_each(|found| problems.extend(found));
    Module { incomplete, ..declared.module }
}

/// The blocks of a file, whatever else is wrong with it.
fn settings_of(mut body: Body) -> Vec<Block> {
    // Properties that are no blocks do not matter here.
    drop(body.resolve_in_place(top_level));
    body.blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Severity;
    use crate::config::load_sources;
    use crate::config::shown::{check, load_text, show};
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

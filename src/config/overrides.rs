//! Override files: their blocks change blocks of the other files before anything is decoded.
//! Knows what may be changed in which kind of block, and nothing of what the arguments mean.

use std::collections::{HashMap, HashSet};

use super::decode::{Decoder, take, take_blocks};
use super::{Attribute, Block, Body, Expr, ExprKind};
use crate::base::{Name, Span};

/// The blocks of the primary files, which overrides change, and where to find them.
pub(super) struct Primary {
    blocks: Vec<Block>,
    by_labels: HashMap<(Name, Vec<Name>), usize>,
    /// By name and alias.
    providers: HashMap<(Name, Option<Name>), usize>,
    /// The block and the position within it.
    locals: HashMap<Name, (usize, usize)>,
}

/// The type and the labels of a block.
fn key(block: &Block) -> (Name, Vec<Name>) {
    (block.type_name.clone(), block.labels.iter().map(|label| label.text.clone()).collect())
}

impl Decoder<'_> {
    /// The blocks of a module: those of the primary files, changed by the override files in the order of their names.
    pub(super) fn merge_overrides(&mut self, blocks: Vec<Block>, overrides: Vec<Vec<Block>>) -> Vec<Block> {
        if overrides.iter().all(Vec::is_empty) {
            return blocks;
        }
        let mut primary = self.index(blocks);
        for file in overrides {
            let mut backend = None;
            for block in file {
                self.context = Some(self.header(&block));
                self.merge_block(&mut primary, block, &mut backend);
                self.context = None;
            }
        }
        primary.blocks
    }

    fn index(&mut self, blocks: Vec<Block>) -> Primary {
        let mut primary =
            Primary { blocks, by_labels: HashMap::new(), providers: HashMap::new(), locals: HashMap::new() };
        for (i, block) in primary.blocks.iter_mut().enumerate() {
            match &*block.type_name {
                "locals" => {
                    self.open_arguments(&mut block.body, &[]);
                    for (j, attribute) in block.body.attributes.iter().enumerate() {
                        primary.locals.entry(attribute.name.clone()).or_insert((i, j));
                    }
                }
                "provider" => {
                    if let Some(key) = self.provider_key(block) {
                        primary.providers.entry(key).or_insert(i);
                    }
                }
                _ => {
                    primary.by_labels.entry(key(block)).or_insert(i);
                }
            }
        }
        primary
    }

    /// The name and the alias of a `provider` block, as far as they can be read without evaluation.
    fn provider_key(&mut self, block: &mut Block) -> Option<(Name, Option<Name>)> {
        let name = block.labels.first()?.text.clone();
        let alias = block.body.attribute("alias").and_then(|attribute| match &attribute.expr.kind {
            ExprKind::String(alias) => Some(alias.clone()),
            _ => None,
        });
        Some((name, alias))
    }

    /// `backend` is where this file has configured a backend already.
    fn merge_block(&mut self, primary: &mut Primary, mut block: Block, backend: &mut Option<Span>) {
        let missing = match &*block.type_name {
            "terraform" => return self.merge_settings(primary, block, backend),
            "locals" => return self.merge_locals(primary, block),
            "provider" => return self.merge_provider(primary, block),
            "moved" => {
                return self.error(
                    "Cannot override 'moved' blocks",
                    "Records of moved objects can appear only in normal files, not in override files.",
                    block.span,
                );
            }
            kind @ ("import" | "removed") => {
                let summary = format!("Cannot override '{kind}' blocks");
                let detail = format!(
                    "Blocks of type {kind:?} can appear only in normal files, not in override files."
                );
                return self.error(&summary, detail, block.span);
            }
            "check" => {
                let detail =
                    "Override files cannot override check blocks. Write the block into a normal file.";
                return self.error("Can't override check blocks", detail, block.span);
            }
            "resource" => ("Missing resource to override", "resource", "a resource block defined"),
            "data" => ("Missing data resource to override", "data resource", "a data block defined"),
            "module" => ("Missing module call to override", "module call", "a module call that was defined"),
            "variable" => (
                "Missing base variable declaration to override",
                "variable",
                "a variable that was already declared",
            ),
            "output" => {
                ("Missing base output definition to override", "output", "an output that was already defined")
            }
            // Decoding will say what is wrong with it.
            _ => return primary.blocks.push(block),
        };
        let base = primary.by_labels.get(&key(&block)).and_then(|i| primary.blocks.get_mut(*i));
        let Some(base) = base else {
            let (summary, what, may) = missing;
            let labels: Vec<&str> = block.labels.iter().map(|label| &*label.text).collect();
            let thing = match labels.as_slice() {
                [type_name, name] => format!("{type_name} {what} named {name:?}"),
                [name] => format!("{what} named {name:?}"),
                // Labels are missing or too many, which decoding will say.
                _ => return primary.blocks.push(block),
            };
            let detail = format!(
                "There is no {thing}. An override file can only override {may} in a primary configuration file."
            );
            return self.error(summary, detail, block.span);
        };
        self.refuse_fixed(&mut block);
        merge_repetition(&mut base.body, &mut block.body);
        if matches!(&*block.type_name, "resource" | "data") {
            self.merge_lifecycle(&mut base.body, &mut block.body);
        }
        self.merge_body(&mut base.body, block.body);
    }

    /// Takes out what no override may change, and reports it.
    fn refuse_fixed(&mut self, block: &mut Block) {
        let (arguments, blocks): (&[&str], &[&str]) = match &*block.type_name {
            "variable" => (&[], &["validation"]),
            "output" => (&["depends_on"], &["precondition"]),
            _ => (&["depends_on"], &["lifecycle", "dynamic"]),
        };
        self.open(&mut block.body, arguments, blocks);
        for attribute in arguments.iter().filter_map(|name| take(&mut block.body, name)) {
            let first = match &attribute.expr.kind {
                ExprKind::Tuple(items) => items.first(),
                _ => None,
            };
            let span = first.map_or(attribute.expr.span, |item| item.span);
            self.error("Unsupported override", "The depends_on argument may not be overridden.", span);
        }
        self.refuse_rules(&mut block.body);
    }

    fn refuse_rules(&mut self, body: &mut Body) {
        for name in ["validation", "precondition", "postcondition"] {
            for rule in take_blocks(body, name) {
                let detail = format!("Override files cannot override {name:?} blocks.");
                self.error(&format!("Can't override {name} blocks"), detail, rule.span);
            }
        }
    }

    /// Arguments of a `lifecycle` block are overridden one by one.
    fn merge_lifecycle(&mut self, base: &mut Body, over: &mut Body) {
        self.open(base, &[], &["lifecycle"]);
        let mut first = None;
        for mut lifecycle in take_blocks(over, "lifecycle") {
            if let Some(first) = first {
                let detail = format!(
                    "This resource already has a lifecycle block at {}.",
                    self.sources.line_of(first)
                );
                self.error("Duplicate lifecycle block", detail, lifecycle.span);
            }
            first.get_or_insert(lifecycle.span);
            self.open_arguments(&mut lifecycle.body, &["precondition", "postcondition"]);
            self.refuse_rules(&mut lifecycle.body);
            // To ignore nothing is not to override.
            let empty = |expr: &Expr| matches!(&expr.kind, ExprKind::Tuple(items) if items.is_empty());
            lifecycle.body.attributes.retain(|a| &*a.name != "ignore_changes" || !empty(&a.expr));
            match base.blocks.iter_mut().find(|block| &*block.type_name == "lifecycle") {
                Some(first) => {
                    self.open_arguments(&mut first.body, &["precondition", "postcondition"]);
                    self.merge_body(&mut first.body, lifecycle.body);
                }
                None => base.blocks.push(lifecycle),
            }
        }
    }

    fn merge_locals(&mut self, primary: &mut Primary, mut block: Block) {
        self.open_arguments(&mut block.body, &[]);
        for attribute in std::mem::take(&mut block.body.attributes) {
            let place = primary.locals.get(&attribute.name);
            let base = place.and_then(|(i, j)| {
                primary.blocks.get_mut(*i).and_then(|block| block.body.attributes.get_mut(*j))
            });
            match base {
                Some(base) => {
                    self.forget(base.expr.span);
                    *base = attribute;
                }
                None => {
                    let detail = format!(
                        "There is no local value named {:?}. An override file can only override a local value that was \
                         already defined in a primary configuration file.",
                        &*attribute.name
                    );
                    self.error(
                        "Missing base local value definition to override",
                        detail,
                        attribute.name_span,
                    );
                }
            }
        }
        if !block.body.blocks.is_empty() || !block.labels.is_empty() {
            primary.blocks.push(block);
        }
    }

    fn merge_provider(&mut self, primary: &mut Primary, mut block: Block) {
        let Some(key) = self.provider_key(&mut block) else { return primary.blocks.push(block) };
        if let Some(base) = primary.providers.get(&key).and_then(|i| primary.blocks.get_mut(*i)) {
            self.open(&mut block.body, &[], &["dynamic"]);
            return self.merge_body(&mut base.body, block.body);
        }
        match key {
            // A provider without a block has an empty configuration, which can be overridden.
            (_, None) => {
                primary.providers.insert(key, primary.blocks.len());
                primary.blocks.push(block);
            }
            (name, Some(alias)) => {
                let detail = format!(
                    "There is no {name} provider configuration with the alias {alias:?}. An override file can only \
                     override an aliased provider configuration that was already defined in a primary configuration file."
                );
                self.error("Missing base provider configuration for override", detail, block.span);
            }
        }
    }

    /// `terraform`: versions and the backend are replaced, required providers one by one.
    fn merge_settings(&mut self, primary: &mut Primary, mut block: Block, backend: &mut Option<Span>) {
        const BLOCKS: &[&str] = &["backend", "cloud", "required_providers"];
        self.open(&mut block.body, &["required_version"], BLOCKS);
        for base in primary.blocks.iter_mut().filter(|block| &*block.type_name == "terraform") {
            self.open(&mut base.body, &["required_version"], BLOCKS);
        }
        let settings = |primary: &mut Primary, change: &mut dyn FnMut(&mut Body)| {
            let blocks = primary.blocks.iter_mut().filter(|block| &*block.type_name == "terraform");
            blocks.for_each(|block| change(&mut block.body));
        };
        if block.body.attribute("required_version").is_some() {
            settings(primary, &mut |body| drop(take(body, "required_version")));
        }
        let stores = |block: &Block| matches!(&*block.type_name, "backend" | "cloud");
        if let Some(first) = block.body.blocks.iter().find(|block| stores(block)).map(|block| block.span) {
            match *backend {
                None => settings(primary, &mut |body| body.blocks.retain(|block| !stores(block))),
                Some(other) => {
                    let detail = format!(
                        "Each override file may have only one backend configuration. A backend was previously configured \
                         at {}.",
                        self.sources.line_of(other)
                    );
                    self.error("Duplicate backend configuration", detail, first);
                    block.body.blocks.retain(|block| !stores(block));
                }
            }
            backend.get_or_insert(first);
        }
        let mut required: Vec<Attribute> = Vec::new();
        for mut providers in take_blocks(&mut block.body, "required_providers") {
            self.open_arguments(&mut providers.body, &[]);
            required.append(&mut providers.body.attributes);
            settings(primary, &mut |body| {
                let mut bases =
                    body.blocks.iter_mut().filter(|block| &*block.type_name == "required_providers");
                if let Some(base) = bases.next() {
                    // The first block takes all.
                    self.merge_attributes(&mut base.body, std::mem::take(&mut required));
                }
            });
            if !required.is_empty() {
                providers.body.attributes = std::mem::take(&mut required);
                block.body.blocks.push(providers);
            }
        }
        if !block.body.attributes.is_empty() || !block.body.blocks.is_empty() || !block.labels.is_empty() {
            primary.blocks.push(block);
        }
    }
}

/// Where one says `count` and the other `for_each`, it is `count` that holds.
fn merge_repetition(base: &mut Body, over: &mut Body) {
    if over.attribute("count").is_some() {
        drop(take(base, "for_each"));
    } else if base.attribute("count").is_some() {
        drop(take(over, "for_each"));
    }
}

/// The type of the blocks that a block is or, if it is a `dynamic` one, makes.
fn made(block: &Block) -> &Name {
    match block.labels.first() {
        Some(label) if &*block.type_name == "dynamic" => &label.text,
        _ => &block.type_name,
    }
}

impl Decoder<'_> {
    /// Arguments take the place of arguments with the same name, blocks the place of all blocks of their type.
    fn merge_body(&mut self, base: &mut Body, over: Body) {
        let kinds: HashSet<Name> = over.blocks.iter().map(|block| made(block).clone()).collect();
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut base.attributes)
            .into_iter()
            .partition(|attribute| attribute.property && kinds.contains(&attribute.name));
        base.attributes = kept;
        dropped.iter().for_each(|attribute| self.forget(attribute.expr.span));
        let properties: HashSet<Name> =
            over.attributes.iter().filter(|a| a.property).map(|a| a.name.clone()).collect();
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut base.blocks)
            .into_iter()
            .partition(|block| kinds.contains(made(block)) || properties.contains(made(block)));
        base.blocks = kept;
        dropped.iter().for_each(|block| self.forget(block.body.span));
        self.merge_attributes(base, over.attributes);
        base.blocks.extend(over.blocks);
    }

    fn merge_attributes(&mut self, base: &mut Body, over: Vec<Attribute>) {
        let replaced: HashSet<Name> = over.iter().map(|attribute| attribute.name.clone()).collect();
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut base.attributes)
            .into_iter()
            .partition(|attribute| replaced.contains(&attribute.name));
        base.attributes = kept;
        dropped.iter().for_each(|attribute| self.forget(attribute.expr.span));
        base.attributes.extend(over);
    }

    /// What is overridden is never read: whether it was a sound template does not matter.
    fn forget(&mut self, overridden: Span) {
        let (first, last) = (Span { end: 0, ..overridden }, Span { start: overridden.end, ..overridden });
        let inside: Vec<Span> = self.templates.range(first..last).map(|(span, _)| *span).collect();
        inside.iter().for_each(|span| drop(self.templates.remove(span)));
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::load_sources;
    use crate::config::shown::show;

    /// The problems of a configuration of a primary and an override file, as `summary | what the span covers`.
    fn problems(primary: &str, over: &str) -> Vec<String> {
        let files = vec![("main.tf".into(), primary.into()), ("x_override.tf".into(), over.into())];
        let (config, problems) = load_sources(Path::new("."), files);
        let shown = problems.iter();
        shown.map(|p| format!("{} | {}", p.summary, config.sources.text(p.span.unwrap()))).collect()
    }

    #[test]
    fn what_cannot_be_overridden_is_told() {
        for (primary, over, expected) in [
            ("", "resource \"a\" \"b\" {}", "Missing resource to override | resource \"a\" \"b\""),
            ("", "data \"a\" \"b\" {}", "Missing data resource to override | data \"a\" \"b\""),
            ("", "variable \"a\" {}", "Missing base variable declaration to override | variable \"a\""),
            ("", "output \"a\" {}", "Missing base output definition to override | output \"a\""),
            ("", "module \"a\" {}", "Missing module call to override | module \"a\""),
            ("", "locals { a = 1 }", "Missing base local value definition to override | a"),
            (
                "provider \"a\" {}",
                "provider \"a\" { alias = \"x\" }",
                "Missing base provider configuration for override | provider \"a\"",
            ),
            ("", "moved {}", "Cannot override 'moved' blocks | moved"),
            ("", "import {}", "Cannot override 'import' blocks | import"),
            ("", "removed {}", "Cannot override 'removed' blocks | removed"),
            ("", "check \"c\" {}", "Can't override check blocks | check \"c\""),
            ("", "foo {}", "Unsupported block type | foo"),
            (
                "resource \"a\" \"b\" {}",
                "resource \"a\" \"b\" { depends_on = [a.c] }",
                "Unsupported override | a.c",
            ),
            (
                "output \"a\" { value = 1 }",
                "output \"a\" { depends_on = [a.c] }",
                "Unsupported override | a.c",
            ),
            ("output \"a\" { value = 1 }", "output \"a\" { foo = 1 }", "Unsupported argument | foo"),
            (
                "output \"a\" { value = 1 }",
                "output \"a\" {\nprecondition {}\n}",
                "Can't override precondition blocks | precondition",
            ),
            (
                "variable \"a\" {}",
                "variable \"a\" {\nvalidation {}\n}",
                "Can't override validation blocks | validation",
            ),
            (
                "resource \"a\" \"b\" {}",
                "resource \"a\" \"b\" {\nlifecycle {\npostcondition {}\n}\n}",
                "Can't override postcondition blocks | postcondition",
            ),
            (
                "",
                "terraform {\nbackend \"a\" {}\nbackend \"b\" {}\n}",
                "Duplicate backend configuration | backend \"b\"",
            ),
            (
                "variable \"a\" {\nnullable = false\ndefault = 1\n}",
                "variable \"a\" { default = null }",
                "Invalid default value for variable | null",
            ),
        ] {
            assert_eq!(problems(primary, over), [expected], "{primary} {over}");
        }
    }

    #[test]
    fn overrides_take_the_place_of_what_they_name() {
        let primary = r#"
terraform {
  required_version = "> 99"
  required_providers {
    a = "1"
    b = "1"
  }
  backend "s3" {}
}
provider "a" { x = 1 }
provider "a" {
  alias = "w"
  x     = 1
}
variable "v" {
  type    = string
  default = "x"
}
locals {
  l = 1
  m = 1
}
output "o" { value = 1 }
resource "a" "b" {
  count = 1
  x     = 1
  y     = 1
  s { n = 1 }
  t { n = 1 }
  dynamic "u" {
    for_each = []
    content {}
  }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [x]
  }
}
"#;
        let over = r#"
terraform {
  required_version = "> 1"
  required_providers { b = "2" }
  backend "local" {}
}
provider "a" { x = 2 }
provider "a" {
  alias = "w"
  y     = 2
}
variable "v" { default = 5 }
locals { m = 2 }
output "o" { sensitive = true }
resource "a" "b" {
  for_each = {}
  y        = 2
  t { m = 1 }
  t { m = 2 }
  u {}
  lifecycle {
    prevent_destroy = false
    ignore_changes  = []
  }
}
"#;
        let json = r#"{"resource": {"a": {"b": {"s": {"n": 3}, "x": "${1}"}}}, "provider": {"c": {}}}"#;
        let files = [("main.tf", primary), ("override.tf", over), ("z_override.tf.json", json)];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        let (config, problems) = load_sources(Path::new("."), files);
        assert!(problems.is_empty(), "{problems:?}");
        let module = &config.root;
        let versions: Vec<_> = module.required_versions.iter().map(|(v, _)| &**v).collect();
        assert_eq!(versions, ["> 1"]);
        let required: Vec<_> =
            module.required_providers.iter().map(|(n, r)| (&**n, r.version.as_deref().unwrap())).collect();
        assert_eq!(required, [("a", "1"), ("b", "2")]);
        assert_eq!(&*module.backend.as_ref().unwrap().type_name, "local");
        let shown = |body: &crate::config::Body| {
            let mut all: Vec<String> =
                body.attributes.iter().map(|a| format!("{}={}", a.name, show(&a.expr))).collect();
            all.extend(body.blocks.iter().map(|b| {
                let inside = b.body.attributes.iter().map(|a| format!("{}={}", a.name, show(&a.expr)));
                format!("{}{{{}}}", b.type_name, inside.collect::<Vec<_>>().join(" "))
            }));
            all.join(" ")
        };
        let providers: Vec<_> = module.providers.iter().map(|p| shown(&p.body)).collect();
        assert_eq!(providers, ["x=2", "x=1 y=2", ""]);
        assert_eq!(module.variables["v"].default.as_ref().map(show).as_deref(), Some("5"));
        assert!(module.variables["v"].has_type);
        assert_eq!(show(&module.locals["l"].expr) + &show(&module.locals["m"].expr), "12");
        assert!(module.outputs["o"].sensitive);
        let resource = &module.resources[&"a.b".parse().unwrap()];
        assert!(resource.count.is_some() && resource.for_each.is_none());
        assert!(!resource.lifecycle.prevent_destroy);
        assert!(matches!(resource.lifecycle.ignore_changes, crate::config::IgnoreChanges::Paths(_)));
        assert_eq!(shown(&resource.body), "y=2 s={(\"n\")=3} x=W<1> t{m=1} t{m=2} u{}");
    }
}

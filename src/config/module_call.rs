//! `module` blocks: where the module comes from, how often it stands and what it is given.
//! Does not look at the module that is called; `tree` does.

use super::decode::{Decoder, Shape, take};
use super::module_source::{Address, AddressError};
use super::{Block, Body, Expr, ExprKind, ObjectKey, ProviderRef, Traversal};
use crate::base::{Diagnostic, Name, Span};

/// `module "name" {}`
#[derive(Debug, Clone)]
pub struct ModuleCall {
    /// Its name.
    pub name: Name,
    /// Where the module comes from, as written.
    pub source: Name,
    /// Where `source` stands.
    pub source_span: Span,
    /// Version constraints, with their place.
    pub version: Option<(Name, Span)>,
    /// What its variables are given.
    pub body: Body,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `lifecycle { enabled }`, of OpenTofu: whether the module stands at all.
    pub enabled: Option<Expr>,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `providers`: the name inside the module, and the configuration of the caller that it stands for.
    pub providers: Vec<PassedProvider>,
    /// The header.
    pub span: Span,
}

/// An entry of `providers`.
#[derive(Debug, Clone)]
pub struct PassedProvider {
    /// As the module knows it.
    pub inner: ProviderRef,
    /// As the caller knows it.
    pub outer: ProviderRef,
    /// Where the entry stands.
    pub span: Span,
}

impl ModuleCall {
    /// The header as diagnostics show it: `module "api"`.
    pub fn context(&self) -> String {
        format!("module {:?}", &*self.name)
    }

    /// Whether the source is a directory beside the calling module.
    pub fn is_local(&self) -> bool {
        is_local(&self.source)
    }
}

/// Whether a module source is a local path, which starts with `./` or `../`.
fn is_local(source: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start))
}

/// Blocks that may get a meaning of their own in a future version.
const RESERVED_BLOCKS: &[&str] = &["locals", "provider", "_"];

/// Blocks that are no arguments for the module's variables.
const OWN_BLOCKS: &[&str] = &["lifecycle", "locals", "provider", "_"];

const LIFECYCLE: Shape = Shape { arguments: &["enabled"], blocks: &[] };

impl Decoder<'_> {
    /// A `module` block; `None` when its name or source is not sound.
    pub(super) fn module_call(&mut self, mut block: Block) -> Option<ModuleCall> {
        let [name] = self.labels(&block, ["name"])?;
        let label_span = block.labels.first().map_or(block.span, |l| l.span);
        if !self.check_name("module instance", &name, label_span) {
            return None;
        }
        let (body, span) = (&mut block.body, block.span);
        self.open_arguments(body, OWN_BLOCKS);
        let source = match body.attribute("source") {
            None => {
                let detail = "The argument \"source\" is required, but no definition was found.";
                self.error("Missing required argument", detail, span);
                None
            }
            Some(_) => self.string_argument(body, "source"),
        };
        let versioned = body.attribute("version").is_some();
        let source = source.filter(|(text, span)| self.check_source(text, *span, versioned));
        let version = self.string_argument(body, "version");
        if let Some((text, span)) = &version {
            self.check_version_constraint(text, *span);
        }
        let (count, for_each) = self.repetition(body);
        let enabled = self.call_lifecycle(body);
        self.check_enabled(enabled.as_ref(), count.is_some() || for_each.is_some());
        let depends_on = self.depends_on(body);
        let providers = take(body, "providers").map_or_else(Vec::new, |a| self.passed_providers(&a.expr));
        for reserved in std::mem::take(&mut body.blocks) {
            let kind = &reserved.type_name;
            let (summary, detail) = if RESERVED_BLOCKS.contains(&&**kind) {
                (
                    "Reserved block type name in module block",
                    format!(
                        "The block type name {kind:?} is reserved for use by Terraform in a future version."
                    ),
                )
            } else {
                (
                    "Unsupported block type",
                    format!(
                        "Blocks of type {:?} are not expected here. A module takes arguments only.",
                        &**kind
                    ),
                )
            };
            self.error(summary, detail, reserved.span);
        }
        let (source, source_span) = source?;
        Some(ModuleCall {
            name,
            source,
            source_span,
            version,
            body: block.body,
            count,
            for_each,
            enabled,
            depends_on,
            providers,
            span,
        })
    }

    /// What the `lifecycle` block says: no more than whether the module stands.
    fn call_lifecycle(&mut self, body: &mut Body) -> Option<Expr> {
        let mut block = self.sole_lifecycle("module call", body)?;
        self.check_no_labels(&block);
        self.check_shape(&mut block.body, &LIFECYCLE);
        take(&mut block.body, "enabled").map(|a| a.expr)
    }

    /// Whether the source is one of the ways to write where a module comes from.
    fn check_source(&mut self, source: &str, span: Span, versioned: bool) -> bool {
        // Which registry is meant without a host does not matter here.
        let Err(error) = Address::parse(source, versioned, "registry.invalid") else { return true };
        let summary = match error {
            AddressError::Versioned(_) => "Invalid registry module source address",
            _ => "Invalid module source address",
        };
        self.report(Diagnostic::error(summary, error.to_string()).at(span));
        false
    }

    fn passed_providers(&mut self, expr: &Expr) -> Vec<PassedProvider> {
        let ExprKind::Object(entries) = &expr.kind else {
            self.error(
                "Invalid providers argument",
                "The \"providers\" argument must be a map from the provider names of the module to configurations of \
                 this one: { aws = aws.west }.",
                expr.span,
            );
            return Vec::new();
        };
        let mut passed: Vec<PassedProvider> = Vec::new();
        for (key, value) in entries {
            let inner = match key {
                ObjectKey::Name(name, _) => Some(ProviderRef { name: name.clone(), alias: None }),
                ObjectKey::Expr(key) => self.provider_ref(key),
            };
            let (Some(inner), Some(outer)) = (inner, self.provider_ref(value)) else { continue };
            if passed.iter().any(|p| p.inner == inner) {
                let detail = "A provider configuration can be passed only once under each name.";
                self.error("Duplicate provider address", detail, value.span);
                continue;
            }
            passed.push(PassedProvider { inner, outer, span: value.span });
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn module_blocks() {
        let inside = |body: &str, expected: &[&str]| check_in("module \"m\"", body, expected);
        inside("x = 1", &["Missing required argument | module \"m\""]);
        inside("source = \"\"", &["Invalid module source address | \"\""]);
        inside("source = \".\"", &["Invalid module source address | \".\""]);
        inside("source = \"/abs\"", &["Module not installed | module \"m\""]);
        inside("source = \"./m\"\nversion = \"1.0\"", &["Invalid registry module source address | \"./m\""]);
        inside("source = var.x", &["Variables not allowed | var"]);
        inside(
            "source = \"./m\"\ncount = 1\nfor_each = {}",
            &[
                "Invalid combination of \"count\" and \"for_each\" | for_each",
                "Unreadable module directory | \"./m\"",
            ],
        );
        inside("source = \"./m\"\nname = \"x\"", &["Unreadable module directory | \"./m\""]);
        inside(
            "source = \"a/b/c\"\nversion = \"x\"",
            &["Invalid version constraint | \"x\"", "Module not installed | module \"m\""],
        );
        inside(
            "source = \"a/b/c\"\nproviders = [aws]",
            &["Invalid providers argument | [aws]", "Module not installed | module \"m\""],
        );
        inside(
            "source = \"./m\"\ncount = 1\nlifecycle {\nenabled = true\n}\nlifecycle {}",
            &[
                "Duplicate lifecycle block | lifecycle",
                "Invalid combination of \"enabled\" with \"count\" or \"for_each\" | true",
                "Unreadable module directory | \"./m\"",
            ],
        );
        inside(
            "source = \"./m\"\nlifecycle {\nprevent_destroy = true\n}",
            &["Unsupported argument | prevent_destroy", "Unreadable module directory | \"./m\""],
        );
        inside(
            "source = \"a/b/c\"\nlocals {}\nx {}",
            &[
                "Reserved block type name in module block | locals",
                "Unsupported block type | x",
                "Module not installed | module \"m\"",
            ],
        );
    }
}

//! `terraform` blocks: required versions, required providers and the backend.
//! Knows nothing of what a backend or a provider takes.

use super::decode::{Decoder, Shape, for_each_free, take, take_blocks, without_parens};
use super::provider_block::is_provider_name;
use super::version_constraint::VersionConstraint;
use super::{Attribute, Backend, Block, Body, Expr, ExprKind, ObjectKey, RequiredProvider};
use crate::base::{Name, Span};

const SHAPE: Shape = Shape { arguments: &["required_version"], blocks: &["backend", "required_providers"] };

/// What a `terraform` block holds.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) required_version: Option<(Name, Span)>,
    /// Each `required_providers` block with its header.
    pub(super) required_providers: Vec<(Span, Vec<(Name, RequiredProvider)>)>,
    pub(super) backends: Vec<Backend>,
}

/// Settings of Terraform and OpenTofu that are not supported: what each is, and how to go on without.
const UNSUPPORTED: [(&str, &str); 5] = [
    (
        "cloud",
        "which keeps state in HCP Terraform, is not supported. Use a \"backend\" block, or leave the state in the \
         directory, which is the default.",
    ),
    (
        "encryption",
        "which encrypts state and plans with OpenTofu, is not supported. Decrypt the state with OpenTofu first, and keep \
         it where it is encrypted at rest, as in the backend \"s3\".",
    ),
    (
        "state_store",
        "which keeps state where a provider says, is not supported. Use the backend \"local\" or \"s3\".",
    ),
    (
        "experiments",
        "which switches on what is not yet part of the language, is not supported. Remove it with what depends on it, or \
         keep it in a configuration that Terraform applies.",
    ),
    (
        "language",
        "which chooses an edition of the language, is not supported. Remove it: there is one edition only.",
    ),
];

impl Decoder<'_> {
    /// A `terraform` block.
    pub(super) fn terraform_block(&mut self, mut block: Block) -> Settings {
        self.check_no_labels(&block);
        let body = &mut block.body;
        let known = ["backend", "required_providers", "provider_meta"];
        let known: Vec<&str> = known.into_iter().chain(UNSUPPORTED.map(|(name, _)| name)).collect();
        self.open(body, SHAPE.arguments, &known);
        for (name, instead) in UNSUPPORTED {
            let blocks = take_blocks(body, name).into_iter().map(|block| block.span);
            let arguments = take(body, name).map(|argument| argument.name_span);
            for span in blocks.chain(arguments).collect::<Vec<_>>() {
                self.error("Unsupported terraform setting", format!("{name:?}, {instead}"), span);
            }
        }
        // Only labels the requests of a provider that takes it; nothing that is planned depends on it.
        for block in take_blocks(body, "provider_meta") {
            self.labels(&block, ["name"]);
        }
        self.check_shape(body, &SHAPE);
        let required_version = self.string_argument(body, "required_version");
        if let Some((text, span)) = &required_version {
            self.check_version_constraint(text, *span);
        }
        let required_providers = take_blocks(body, "required_providers")
            .into_iter()
            .map(|block| (block.span, self.required_providers(block)))
            .collect();
        let backends = take_blocks(body, "backend").into_iter().filter_map(|b| self.backend(b)).collect();
        Settings { required_version, required_providers, backends }
    }

    /// Parses a version constraint; reports if it is none.
    pub(super) fn check_version_constraint(&mut self, text: &str, span: Span) -> Option<VersionConstraint> {
        let constraint = text.parse().ok();
        if constraint.is_none() {
            let detail = format!(
                "{text:?} does not use correct version constraint syntax: conditions such as \">= 1.5\" or \"~> 5.0\", \
                 separated by commas."
            );
            self.error("Invalid version constraint", detail, span);
        }
        constraint
    }

    fn backend(&mut self, mut block: Block) -> Option<Backend> {
        let [type_name] = self.labels(&block, ["type"])?;
        self.open_arguments(&mut block.body, &[]);
        self.check_early_body(&block.body);
        Some(Backend { type_name, body: block.body, span: block.span })
    }

    /// A backend may be made of what is known before anything is planned, as in OpenTofu.
    fn check_early_body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            let early = |name: &str| matches!(name, "var" | "local" | "path" | "terraform");
            let mut late = None;
            for_each_free(&attribute.expr, &mut Vec::new(), &mut |part| {
                if let ExprKind::Variable(name) = &part.kind
                    && !early(name)
                {
                    late.get_or_insert(part.span);
                }
            });
            if let Some(span) = late {
                let detail = "The backend is set up before anything else, so it can refer to variables, local values, \
                              path and terraform.workspace only.";
                self.error("Variables not allowed", detail, span);
            }
        }
        body.blocks.iter().for_each(|block| self.check_early_body(&block.body));
    }

    fn required_providers(&mut self, mut block: Block) -> Vec<(Name, RequiredProvider)> {
        self.check_no_labels(&block);
        self.open_arguments(&mut block.body, &[]);
        let mut unexpected = Body { attributes: Vec::new(), ..block.body };
        self.check_shape(&mut unexpected, &Shape { arguments: &[], blocks: &[] });
        block.body.attributes.into_iter().filter_map(|a| self.required_provider(a)).collect()
    }

    fn required_provider(&mut self, attribute: Attribute) -> Option<(Name, RequiredProvider)> {
        let span = attribute.name_span;
        let attribute = Attribute { expr: self.literal(attribute.expr), ..attribute };
        if !is_provider_name(&attribute.name) {
            let detail = format!(
                "{:?} is an invalid provider local name: must contain only letters, digits, and dashes, and may not \
                 use leading or trailing dashes.",
                &*attribute.name
            );
            self.error("Invalid provider local name", detail, span);
            return None;
        }
        let mut provider = RequiredProvider { source: None, version: None, aliases: Vec::new(), span };
        match &without_parens(&attribute.expr).kind {
            ExprKind::String(version) => {
                self.check_version_constraint(version, attribute.expr.span)?;
                provider.version = Some(version.clone());
            }
            ExprKind::Object(items) => {
                for (key, value) in items {
                    self.requirement(key, value, &mut provider);
                }
            }
            _ => {
                self.error(
                    "Invalid required_providers object",
                    "Required providers entries must be strings or objects: { source = \"hashicorp/aws\", version = \
                     \"~> 5.0\" }.",
                    attribute.expr.span,
                );
                return None;
            }
        }
        Some((attribute.name, provider))
    }

    fn requirement(&mut self, key: &ObjectKey, value: &Expr, provider: &mut RequiredProvider) {
        let (name, span) = match key {
            ObjectKey::Name(name, span) => (&**name, *span),
            ObjectKey::Expr(Expr { kind: ExprKind::String(name), span }) => (&**name, *span),
            ObjectKey::Expr(expr) => ("", expr.span),
        };
        let text = match &without_parens(value).kind {
            ExprKind::String(text) => Some(text.clone()),
            _ => None,
        };
        match (name, text) {
            ("version", Some(text)) => {
                self.check_version_constraint(&text, value.span);
                provider.version = Some(text);
            }
            ("source", Some(text)) => {
                if is_source(&text) {
                    provider.source = Some(text);
                } else {
                    self.error(
                        "Invalid provider source string",
                        "The \"source\" attribute must be in the format \"[hostname/][namespace/]name\".",
                        value.span,
                    );
                }
            }
            ("version" | "source", None) => {
                let detail = format!("The {name:?} of a required provider must be specified as a literal string.");
                self.error("Invalid required_providers object", detail, value.span);
            }
            ("configuration_aliases", _) => self.aliases(value, provider),
            _ => self.error(
                "Invalid required_providers object",
                "required_providers objects can only contain \"version\", \"source\" and \"configuration_aliases\" \
                 attributes. To configure a provider, use a \"provider\" block.",
                span,
            ),
        }
    }

    /// The configurations that a caller must hand over.
    fn aliases(&mut self, value: &Expr, provider: &mut RequiredProvider) {
        let ExprKind::Tuple(items) = &value.kind else {
            self.error(
                "Invalid configuration_aliases value",
                "Configuration aliases can only contain references to local provider configuration names in the format \
                 of provider.alias, in a list: [aws.west].",
                value.span,
            );
            return;
        };
        provider.aliases = items.iter().filter_map(|item| self.provider_ref(item)).collect();
    }
}

fn is_source(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let named = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))
    };
    (1..=3).contains(&parts.len()) && parts.into_iter().all(named)
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn terraform_settings() {
        let inside = |body: &str, expected: &[&str]| check_in("terraform", body, expected);
        inside("cloud {}", &["Unsupported terraform setting | cloud"]);
        inside("encryption {}", &["Unsupported terraform setting | encryption"]);
        inside("experiments = [x]", &["Unsupported terraform setting | experiments"]);
        inside("provider_meta \"a\" {}", &[]);
        inside("provider_meta {}", &["Missing name for provider_meta | provider_meta"]);
        inside("foo = 1", &["Unsupported argument | foo"]);
        inside("required_version = \"foo\"", &["Invalid version constraint | \"foo\""]);
        inside("required_version = \"< 1.0\"", &["Unsupported Terraform Core version | \"< 1.0\""]);
        inside("required_version = [1]", &["Unsuitable value type | [1]"]);
        inside("backend \"local\" { path = upper(var.x) }", &[]);
        inside("backend \"local\" { path = a.b.c }", &["Variables not allowed | a"]);
        let providers =
            |body: &str, expected: &[&str]| inside(&format!("required_providers {{\n{body}\n}}"), expected);
        providers("a = 1", &["Invalid required_providers object | 1"]);
        providers("a = \"~> x\"", &["Invalid version constraint | \"~> x\""]);
        providers("a = { source = \"a/b/c/d\" }", &["Invalid provider source string | \"a/b/c/d\""]);
        providers("a = { source = 1 }", &["Invalid required_providers object | 1"]);
        providers("a = { foo = 1 }", &["Invalid required_providers object | foo"]);
        providers("a_b = {}", &["Invalid provider local name | a_b"]);
        providers("a = { configuration_aliases = a.x }", &["Invalid configuration_aliases value | a.x"]);
    }
}

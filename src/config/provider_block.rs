//! `provider` blocks: the alias; everything else stays a body for the provider's schema to judge.
//! Knows nothing of what providers take.

use super::decode::{Decoder, take, take_blocks};
use super::{Block, ProviderConfig, ProviderRef};
use crate::base::Diagnostic;

const RESERVED_ARGUMENTS: &[&str] = &["count", "depends_on", "source"];
const RESERVED_BLOCKS: &[&str] = &["lifecycle", "locals"];

impl Decoder<'_> {
    /// A `provider` block; `None` when its name or alias is not sound.
    pub(super) fn provider_config(&mut self, mut block: Block) -> Option<ProviderConfig> {
        let [name] = self.labels(&block, ["name"])?;
        let label_span = block.labels.first().map_or(block.span, |l| l.span);
        if !is_provider_name(&name) {
            let detail = format!(
                "{name:?} is an invalid provider local name: must contain only letters, digits, and dashes, and may \
                 not use leading or trailing dashes."
            );
            self.error("Invalid provider local name", detail, label_span);
            return None;
        }
        let body = &mut block.body;
        self.open(body, &["alias", "version", "for_each"], &["_"]);
        self.open(body, RESERVED_ARGUMENTS, RESERVED_BLOCKS);
        for reserved in RESERVED_ARGUMENTS {
            if let Some(attribute) = take(body, reserved) {
                let detail = format!(
                    "The provider argument name {reserved:?} is reserved for use by Terraform in a future version."
                );
                self.error("Reserved argument name in provider block", detail, attribute.name_span);
            }
        }
        if let Some(attribute) = take(body, "for_each") {
            self.error(
                "Unsupported provider for_each",
                "Configuring a provider once for each element of a collection, as OpenTofu can, is not supported. Write \
                 one \"provider\" block for each configuration, each with an \"alias\" of its own, and refer to them by \
                 \"provider = NAME.ALIAS\".",
                attribute.name_span,
            );
        }
        for reserved in RESERVED_BLOCKS {
            for block in take_blocks(body, reserved) {
                let detail = format!(
                    "The block type name {reserved:?} is reserved for use by Terraform in a future version."
                );
                self.error("Reserved block type name in provider block", detail, block.span);
            }
        }
        for block in take_blocks(body, "_") {
            self.error(
                "Unsupported escaping block",
                "The block \"_\" passes arguments that are named like meta-arguments to the provider, which is not \
                 supported.",
                block.span,
            );
        }
        if let Some((version, span)) = self.string_argument(body, "version") {
            self.report(
                Diagnostic::warning(
                    "Version constraints inside provider configuration blocks are deprecated",
                    "Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration \
                     block, but that is now deprecated. To silence this warning, move the provider version constraint \
                     into the required_providers block.",
                )
                .at(span),
            );
            self.check_version_constraint(&version, span);
        }
        let mut alias = None;
        if body.attribute("alias").is_some() {
            let (text, span) = self.string_argument(body, "alias")?;
            if !super::parse::is_identifier(&text) {
                self.error(
                    "Invalid provider configuration alias",
                    "An alias must be a valid name. A name must start with a letter or underscore and may contain only \
                     letters, digits, underscores, and dashes.",
                    span,
                );
                return None;
            }
            alias = Some(text);
        }
        Some(ProviderConfig { reference: ProviderRef { name, alias }, body: block.body, span: block.span })
    }
}

/// Whether a text can be the local name of a provider.
pub(super) fn is_provider_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name.chars().all(|c| c.is_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use crate::config::shown::check_in;

    #[test]
    fn provider_blocks() {
        let inside = |body: &str, expected: &[&str]| check_in("provider \"a\"", body, expected);
        inside("count = 1", &["Reserved argument name in provider block | count"]);
        inside("for_each = {}\nalias = \"x\"", &["Unsupported provider for_each | for_each"]);
        inside("lifecycle {}", &["Reserved block type name in provider block | lifecycle"]);
        inside("_ {}", &["Unsupported escaping block | _"]);
        inside("alias = \"1 x\"", &["Invalid provider configuration alias | \"1 x\""]);
        inside("alias = var.x", &["Variables not allowed | var"]);
        inside(
            "version = \"1\"",
            &["w Version constraints inside provider configuration blocks are deprecated | \"1\""],
        );
    }
}

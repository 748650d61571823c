//! The blocks at the top of a file: which there are, and what is said of anything else.
//! Leaves what is inside each kind of block to its decoder.

use super::decode::Decoder;
use super::suggest::did_you_mean;
use super::{Block, Body, PropertyKind};
use crate::base::Diagnostic;

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
pub(super) fn top_level(name: &str) -> Option<PropertyKind> {
    let unsupported = UNSUPPORTED.iter().map(|(name, roles, _)| (*name, *roles));
    let mut known = BLOCKS.iter().copied().chain(unsupported);
    known.find(|(known, _)| *known == name).map(|(_, roles)| PropertyKind::Block(roles))
}

impl Decoder<'_> {
    /// The blocks of a file. There is nothing else at its top.
    pub(super) fn top_level_blocks(&mut self, mut body: Body) -> Vec<Block> {
        let problems = body.resolve_in_place(top_level);
        self.problems.extend(problems);
        for attribute in &body.attributes {
            let name = &*attribute.name;
            if attribute.property {
                self.report(attribute.extraneous(&did_you_mean(name, block_types())));
                continue;
            }
            let hint = if block_types().any(|known| known == name) {
                format!(" Did you mean to define a {name:?} block? If so, leave out the equals sign.")
            } else {
                " At the top of a file there are only blocks; a value of its own belongs into \"locals\"."
                    .into()
            };
            let detail = format!("An argument named {name:?} is not expected here.{hint}");
            self.error("Unsupported argument", detail, attribute.name_span);
        }
        body.blocks
    }

    /// Reports a block that is not supported, or not known at all.
    pub(super) fn unsupported_block(&mut self, block: &Block) {
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
        self.report(Diagnostic::error("Unsupported block type", detail).at(block.span));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, check_in, load_text};

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
        check_in("output \"a\"", "value = 1\nephemeral = 1", &["Unsuitable value type | 1"]);
        let (_, problems) = load_text("resorce \"a\" \"b\" {}\nvariable \"a\" { descripton = 1 }");
        let details: Vec<_> = problems.iter().map(|p| p.detail.contains("Did you mean \"")).collect();
        assert_eq!(details, [true, true], "{problems:?}");
    }
}

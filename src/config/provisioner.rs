//! `provisioner` blocks: what runs beside the creation or the destruction of an object.
//! Knows no kind of provisioner; what a kind takes is for its schema to judge.

use super::decode::{Decoder, as_keyword, take, take_blocks};
use super::{Block, Body, ExprKind};
use crate::base::{Name, Span};

/// `provisioner "kind" {}`
#[derive(Debug, Clone)]
pub struct Provisioner {
    /// Its label: `local-exec`.
    pub kind: Name,
    /// When it runs.
    pub when: When,
    /// Whether a failure of it is passed over.
    pub may_fail: bool,
    /// Its own arguments.
    pub body: Body,
    /// The header.
    pub span: Span,
}

/// When a provisioner runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After the object was created.
    Create,
    /// Before the object is destroyed.
    Destroy,
}

const ARGUMENTS: &[&str] = &["when", "on_failure"];
const BLOCKS: &[&str] = &["connection", "lifecycle", "_"];

impl Decoder<'_> {
    /// Takes the provisioners out of a resource or a `removed` block, and its connection: that is for provisioners which
    /// speak to other machines, and none of those is offered.
    pub(super) fn provisioners(&mut self, body: &mut Body) -> Vec<Provisioner> {
        take_blocks(body, "connection");
        let blocks = take_blocks(body, "provisioner");
        blocks.into_iter().filter_map(|block| self.provisioner(block)).collect()
    }

    fn provisioner(&mut self, mut block: Block) -> Option<Provisioner> {
        let [kind] = self.labels(&block, ["type"])?;
        let body = &mut block.body;
        self.open(body, ARGUMENTS, BLOCKS);
        let when = match self.keyword(body, "when", ["create", "destroy"]) {
            Some("destroy") => When::Destroy,
            _ => When::Create,
        };
        let may_fail = self.keyword(body, "on_failure", ["continue", "fail"]) == Some("continue");
        take_blocks(body, "connection");
        for reserved in ["lifecycle", "_"].into_iter().flat_map(|name| take_blocks(body, name)) {
            let detail =
                format!("Blocks of type {:?} are not expected in a provisioner.", &*reserved.type_name);
            self.error("Unsupported block type", detail, reserved.span);
        }
        Some(Provisioner { kind, when, may_fail, body: block.body, span: block.span })
    }

    /// One of two words, written without quotes; with them, it is still understood.
    fn keyword(&mut self, body: &mut Body, name: &str, words: [&'static str; 2]) -> Option<&'static str> {
        let attribute = take(body, name)?;
        let span = attribute.expr.span;
        let written = match &attribute.expr.kind {
            ExprKind::String(word) => {
                if !self.in_json(span) {
                    let word = &**word;
                    let detail = format!(
                        "A keyword is expected here, without quotes around it. Write {name} = {word}."
                    );
                    self.report(
                        crate::base::Diagnostic::warning("Quoted keywords are deprecated", detail).at(span),
                    );
                }
                Some(word.clone())
            }
            _ => as_keyword(&attribute.expr).cloned(),
        };
        let known = words.into_iter().find(|word| written.as_deref() == Some(*word));
        if known.is_none() {
            let [one, other] = words;
            let detail =
                format!("The {name:?} argument requires one of the following keywords: {one} or {other}.");
            self.error(&format!("Invalid {name:?} keyword"), detail, span);
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::When;
    use crate::config::shown::{check_in, load_text};

    #[test]
    fn provisioners() {
        let inside = |body: &str, expected: &[&str]| {
            check_in("resource \"a\" \"b\"", &format!("provisioner \"x\" {{\n{body}\n}}"), expected);
        };
        inside("when = destroy\non_failure = continue\ncommand = self.id", &[]);
        inside("when = create\non_failure = fail", &[]);
        inside("connection {}", &[]);
        inside("when = now", &["Invalid \"when\" keyword | now"]);
        inside("on_failure = 1", &["Invalid \"on_failure\" keyword | 1"]);
        inside("when = \"destroy\"", &["w Quoted keywords are deprecated | \"destroy\""]);
        inside("lifecycle {}", &["Unsupported block type | lifecycle"]);
        check_in("resource \"a\" \"b\"", "provisioner {}", &["Missing type for provisioner | provisioner"]);
    }

    #[test]
    fn what_they_say() {
        let text = "resource \"a\" \"b\" {\nprovisioner \"x\" {\nwhen = destroy\nc = 1\n}\nprovisioner \"y\" {\non_failure = \
                    continue\n}\n}\nremoved {\nfrom = a.c\nprovisioner \"z\" {\nwhen = destroy\n}\n}\n";
        let (config, problems) = load_text(text);
        assert!(problems.is_empty(), "{problems:?}");
        let resource = &config.root.resources[&"a.b".parse().unwrap()];
        let found: Vec<_> = resource
            .provisioners
            .iter()
            .map(|p| (&*p.kind, p.when, p.may_fail, p.body.attributes.len()))
            .collect();
        assert_eq!(found, [("x", When::Destroy, false, 1), ("y", When::Create, true, 0)]);
        assert!(resource.body.blocks.is_empty());
        assert_eq!(config.root.removed[0].provisioners.len(), 1);
    }
}

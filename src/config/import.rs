//! `import` blocks: which existing objects come under management, and as what.
//! Evaluates neither keys nor identifiers.

use super::decode::{Decoder, Shape, take};
use super::{Block, Expr, ExprKind, MoveEndpoint, ProviderRef};
use crate::base::{Mode, ResourceAddr, Span};

/// `import {}`
#[derive(Debug, Clone)]
pub struct Import {
    /// What the object becomes.
    pub to: ImportTarget,
    /// What it is called now.
    pub id: ImportId,
    /// `provider`: only for a target that has no configuration yet.
    pub provider: Option<ProviderRef>,
    /// `for_each`: one import for each element.
    pub for_each: Option<Expr>,
    /// The header.
    pub span: Span,
}

/// The instances that imported objects become.
#[derive(Debug, Clone)]
pub struct ImportTarget {
    /// The resource; the steps of its module path are without keys.
    pub resource: ResourceAddr,
    /// The key of each step of the module path.
    pub module_keys: Vec<Option<Expr>>,
    /// The instance key.
    pub key: Option<Expr>,
    /// Where the address stands.
    pub span: Span,
}

/// How the object is known to its provider.
#[derive(Debug, Clone)]
pub enum ImportId {
    /// `id`: text.
    Id(Expr),
    /// `identity`: an object of the attributes that identify it.
    Identity(Expr),
}

impl Import {
    /// Everything that is evaluated.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (ImportId::Id(id) | ImportId::Identity(id)) = &self.id;
        let keys = self.to.module_keys.iter().chain([&self.to.key]).flatten();
        keys.chain(&self.for_each).chain([id])
    }
}

const SHAPE: Shape = Shape { arguments: &["to", "id", "identity", "provider", "for_each"], blocks: &[] };

impl Decoder<'_> {
    /// An `import` block; `None` when its target or its identifier is not sound.
    pub(super) fn import(&mut self, mut block: Block) -> Option<Import> {
        self.check_no_labels(&block);
        let (body, span) = (&mut block.body, block.span);
        self.check_shape(body, &SHAPE);
        let for_each = take(body, "for_each").map(|a| a.expr);
        let provider = take(body, "provider").and_then(|a| self.provider_ref(&a.expr));
        let identity = take(body, "identity");
        let id = match (take(body, "id"), identity) {
            (Some(_), Some(identity)) => {
                self.error(
                    "Invalid import block",
                    "An import block takes either the argument \"id\" or the argument \"identity\", not both.",
                    identity.name_span,
                );
                None
            }
            (Some(id), None) => Some(ImportId::Id(id.expr)),
            (None, Some(identity)) => Some(ImportId::Identity(identity.expr)),
            (None, None) => {
                self.error(
                    "Missing required argument",
                    "The argument \"id\" is required, but no definition was found.",
                    span,
                );
                None
            }
        };
        let to = self.required(body, "to", span)?;
        let to = self.import_target(&to, for_each.is_some())?;
        Some(Import { to, id: id?, provider, for_each, span })
    }

    /// The target: an address whose keys may be computed where there is a `for_each`.
    fn import_target(&mut self, expr: &Expr, computed: bool) -> Option<ImportTarget> {
        let Some(native) = self.native(expr) else {
            self.not_static(expr.span);
            return None;
        };
        let mut keys = Vec::new();
        let plain = without_keys(&native, &mut keys);
        keys.reverse();
        let constant = |key: &Expr| matches!(key.kind, ExprKind::String(_) | ExprKind::Number(_));
        if !computed && !keys.iter().flatten().all(constant) {
            self.error(
                "Invalid expression",
                "A single static variable reference is required: only attribute access and indexing with constant keys. \
                 No calculations, function calls, template expressions, etc are allowed here. A key may be computed in \
                 an import block that has a \"for_each\" argument.",
                expr.span,
            );
            return None;
        }
        let Some(mut traversal) = plain.as_traversal() else {
            self.not_static(expr.span);
            return None;
        };
        traversal.span = expr.span;
        let resource = match self.endpoint_of(&traversal)? {
            MoveEndpoint::Module(_) => {
                self.error(
                    "Invalid address",
                    "A resource instance address is required here. The module path must be followed by a resource \
                     instance specification.",
                    expr.span,
                );
                return None;
            }
            MoveEndpoint::Resource(resource) if resource.mode == Mode::Managed => resource,
            _ => {
                self.error("Invalid import address", "Only managed resources can be imported.", expr.span);
                return None;
            }
        };
        // One entry for each name of the address: module, its name, …, [resource,] type, name.
        let module_keys: Vec<_> =
            (0..resource.module.steps().len()).map(|i| keys.get(2 * i + 1).cloned().flatten()).collect();
        let key = keys.pop().flatten();
        let found = module_keys.iter().chain([&key]).flatten().count();
        if found != keys.iter().flatten().count() + usize::from(key.is_some()) {
            self.error("Invalid address", "Only modules and resources have instance keys.", expr.span);
            return None;
        }
        Some(ImportTarget { resource, module_keys, key, span: expr.span })
    }
}

/// The expression without its keys, which are listed from the last name to the first.
fn without_keys(expr: &Expr, keys: &mut Vec<Option<Expr>>) -> Expr {
    let (source, key) = match &expr.kind {
        ExprKind::Index(source, key) if !matches!(source.kind, ExprKind::Index(..)) => {
            (&**source, Some((**key).clone()))
        }
        _ => (expr, None),
    };
    keys.push(key);
    match &source.kind {
        ExprKind::GetAttr(inner, name) => {
            let inner = without_keys(inner, keys);
            Expr::new(ExprKind::GetAttr(Box::new(inner), name.clone()), source.span)
        }
        _ => source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::shown::{check, check_in, load_text, show};

    #[test]
    fn imports() {
        let inside = |body: &str, expected: &[&str]| check_in("import", body, expected);
        let to = |to: &str, expected: &[&str]| inside(&format!("id = \"x\"\nto = {to}"), expected);
        to("a.b", &[]);
        to("module.m[\"k\"].a.b[0]", &[]);
        to("\"a.b\"", &["Invalid expression | \"a.b\""]);
        to("a.b.id", &["Invalid address | a.b.id"]);
        to("a.b[0].id", &["Invalid address | a.b[0].id"]);
        to("a[0].b", &["Invalid address | a[0].b"]);
        to("a.b[0][1]", &["Invalid address | a.b[0][1]"]);
        to("data.a.b", &["Invalid import address | data.a.b"]);
        to("module.m", &["Invalid address | module.m"]);
        to("a.b[var.k]", &["Invalid expression | a.b[var.k]"]);
        to("a.b[*]", &["Invalid expression | a.b[*]"]);
        to("a.b[each.key]\nfor_each = { x = 1 }", &[]);
        to("module.m[each.key].a.b[\"${each.key}\"]\nfor_each = { x = 1 }", &[]);
        to("a.b\nprovider = aws.x", &[]);
        to("a.b\nprovider = aws.x.y", &["Invalid provider configuration reference | aws.x.y"]);
        to("a.b\nidentity = {}", &["Invalid import block | identity"]);
        inside("to = a.b\nidentity = {}", &[]);
        inside("to = a.b", &["Missing required argument | import"]);
        inside("to = a.b\nid = 1\nfoo = 1", &["Unsupported argument | foo"]);
        check("import {}", &["Missing required argument | import", "Missing required argument | import"]);
        check("import \"x\" {\nto = a.b\nid = 1\n}", &["Extraneous label for import | \"x\""]);
    }

    #[test]
    fn targets_are_typed() {
        let (config, _) = load_text(
            "import {\nfor_each = {}\nto = module.m.module.n[each.key].resource.a.b[each.value]\nid = each.key\n}",
        );
        let to = &config.root.imports[0].to;
        assert_eq!(to.resource.to_string(), "module.m.module.n.a.b");
        let shown: Vec<_> = to.module_keys.iter().map(|k| k.as_ref().map(show)).collect();
        assert_eq!(shown, [None, Some("each.key".to_owned())]);
        assert_eq!(to.key.as_ref().map(show).as_deref(), Some("each.value"));
    }
}

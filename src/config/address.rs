//! Addresses written as references in `moved`, `removed` and `import` blocks: `module.a["x"].aws_lambda_function.b[0]`.
//! Knows nothing of what stands at an address.

use std::fmt;

use super::decode::Decoder;
use super::{Expr, Traversal, TraversalStep};
use crate::base::{InstanceAddr, InstanceKey, Mode, ModuleAddr, Name, Number, ResourceAddr, Span};

/// One end of a move, relative to the module whose file says it.
///
/// A step of a module's path, or a resource, without a key stands for all of its instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MoveEndpoint {
    /// `module.a` or `module.a["x"]`; never the root.
    Module(ModuleAddr),
    /// `aws_lambda_function.a`
    Resource(ResourceAddr),
    /// `aws_lambda_function.a[0]`: the key is always there.
    Instance(InstanceAddr),
}

impl MoveEndpoint {
    /// The resource, without a key; `None` for a module.
    pub fn resource(&self) -> Option<&ResourceAddr> {
        match self {
            MoveEndpoint::Module(_) => None,
            MoveEndpoint::Resource(resource) => Some(resource),
            MoveEndpoint::Instance(instance) => Some(&instance.resource),
        }
    }
}

impl fmt::Display for MoveEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MoveEndpoint::Module(module) => module.fmt(f),
            MoveEndpoint::Resource(resource) => resource.fmt(f),
            MoveEndpoint::Instance(instance) => instance.fmt(f),
        }
    }
}

/// First names that mean something else, so that a resource type of that name must be written after `resource.`.
const RESERVED: &[&str] =
    &["count", "each", "local", "module", "path", "self", "terraform", "var", "template", "lazy", "arg"];

/// Why a reference is no address: a summary and a detail.
struct Wrong(&'static str, String);

fn wrong<T>(detail: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong("Invalid address", detail.into()))
}

impl Decoder<'_> {
    /// The address that an argument such as `from` spells; reports if it spells none. Text in quotes is none, except in
    /// JSON, which has no other way to write a reference.
    pub(super) fn endpoint(&mut self, expr: &Expr) -> Option<MoveEndpoint> {
        let traversal = self.bare_reference(expr)?;
        self.endpoint_of(&traversal)
    }

    /// The address that a reference is; reports if it is none.
    pub(super) fn endpoint_of(&mut self, traversal: &Traversal) -> Option<MoveEndpoint> {
        match read(traversal) {
            Ok(endpoint) => Some(endpoint),
            Err(Wrong(summary, detail)) => {
                self.error(summary, detail, traversal.span);
                None
            }
        }
    }

    /// A reference that is not in quotes, unless it stands in JSON.
    pub(super) fn bare_reference(&mut self, expr: &Expr) -> Option<Traversal> {
        let traversal = self.native(expr).and_then(|expr| expr.as_traversal());
        if traversal.is_none() {
            self.not_static(expr.span);
        }
        traversal
    }
}

/// The steps of a reference, its first name among them.
struct Steps<'t> {
    steps: std::iter::Peekable<Box<dyn Iterator<Item = TraversalStep> + 't>>,
}

impl Steps<'_> {
    fn attr(&mut self) -> Option<Name> {
        match self.steps.next_if(|step| matches!(step, TraversalStep::Attr(_))) {
            Some(TraversalStep::Attr(name)) => Some(name),
            _ => None,
        }
    }

    fn eat(&mut self, word: &str) -> bool {
        self.steps.next_if(|step| matches!(step, TraversalStep::Attr(name) if &**name == word)).is_some()
    }

    /// A key in square brackets, if one comes next.
    fn key(&mut self) -> Result<Option<InstanceKey>, Wrong> {
        match self.steps.next_if(|step| !matches!(step, TraversalStep::Attr(_))) {
            Some(TraversalStep::Key(key)) => Ok(Some(InstanceKey::Str(key))),
            Some(TraversalStep::Index(number)) => index(&number).map(|i| Some(InstanceKey::Int(i))),
            _ => Ok(None),
        }
    }

    fn is_done(&mut self) -> bool {
        self.steps.peek().is_none()
    }
}

fn index(number: &Number) -> Result<u64, Wrong> {
    match number.as_i64().and_then(|i| u64::try_from(i).ok()) {
        Some(i) => Ok(i),
        None => wrong(format!("Invalid resource instance key: {number} is no whole number from 0.")),
    }
}

fn read(traversal: &Traversal) -> Result<MoveEndpoint, Wrong> {
    let first = std::iter::once(TraversalStep::Attr(traversal.root.clone()));
    let all: Box<dyn Iterator<Item = TraversalStep>> = Box::new(first.chain(traversal.steps.iter().cloned()));
    let mut steps = Steps { steps: all.peekable() };
    let mut path = Vec::new();
    while steps.eat("module") {
        let Some(name) = steps.attr() else {
            let detail = "Prefix \"module.\" must be followed by a module name.";
            return Err(Wrong("Invalid address operator", detail.into()));
        };
        path.push((name, steps.key()?));
    }
    let module = path.into_iter().fold(ModuleAddr::default(), |module, (name, key)| module.child(name, key));
    if steps.is_done() {
        return Ok(MoveEndpoint::Module(module));
    }
    let Some(first) = steps.attr() else { return wrong("A resource type name is required.") };
    let (mode, type_name) = match &*first {
        "data" | "resource" => {
            let mode = if &*first == "data" { Mode::Data } else { Mode::Managed };
            match steps.attr() {
                Some(type_name) => (mode, type_name),
                None if steps.is_done() => return wrong(SHORT),
                None => return wrong("A resource type name is required."),
            }
        }
        "ephemeral" => {
            return wrong(
                "Ephemeral resources are kept in no state, so there is nothing at their address to act on.",
            );
        }
        word if RESERVED.contains(&word) => {
            return wrong(format!(
                "The keyword {word:?} is reserved and cannot be used to target a resource address. If you are \
                 targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."
            ));
        }
        _ => (Mode::Managed, first),
    };
    let Some(name) = steps.attr() else {
        return wrong(if steps.is_done() { SHORT } else { "A resource name is required." });
    };
    let key = steps.key()?;
    if !steps.is_done() {
        return wrong(match key {
            None => "Resource instance key must be given in square brackets.",
            Some(_) => "Unexpected extra operators after address.",
        });
    }
    let resource = ResourceAddr { module, mode, type_name, name };
    Ok(match key {
        None => MoveEndpoint::Resource(resource),
        key => MoveEndpoint::Instance(resource.instance(key)),
    })
}

const SHORT: &str = "Resource specification must include a resource type and name.";

impl Decoder<'_> {
    /// Reports an expression that should have been a reference and nothing more.
    pub(super) fn not_static(&mut self, span: Span) {
        self.error(
            "Invalid expression",
            "A single static variable reference is required: only attribute access and indexing with constant keys. No \
             calculations, function calls, template expressions, etc are allowed here.",
            span,
        );
    }
}

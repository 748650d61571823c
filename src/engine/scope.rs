//! `InstanceScope`: what names mean at one place: in a module, and there perhaps in one instance of a resource or call.
//! Keeps no values of its own but `each`, `count` and `self`; the world has the others.

use super::world::World;
use crate::base::{Diagnostic, InstanceKey, ModuleAddr, ResourceAddr, Type, Value};
use crate::config::{Check, Module};
use crate::lang::{Context, Mention, Reference, Scope};

/// What names mean inside one instance.
#[derive(Clone)]
pub(super) struct InstanceScope<'w> {
    world: &'w World<'w>,
    at: ModuleAddr,
    /// The module's declaration; an instance that only state knows has none.
    module: Option<&'w Module>,
    each: Option<(Value, Value)>,
    /// Whether that comes from anything ephemeral.
    each_is_ephemeral: bool,
    count: Option<Value>,
    self_value: Option<Value>,
    /// The check that the expressions stand in, whose data source nobody else sees.
    check: Option<&'w Check>,
}

impl<'w> InstanceScope<'w> {
    /// The scope of expressions in a module that belong to no instance.
    pub(super) fn new(world: &'w World<'w>, at: &ModuleAddr) -> Self {
        let module = world.config().module(at);
        InstanceScope {
            world,
            at: at.clone(),
            module,
            each: None,
            each_is_ephemeral: false,
            count: None,
            self_value: None,
            check: None,
        }
    }

    /// The scope of an instance with its `each` or `count`.
    pub(super) fn of(
        world: &'w World<'w>,
        at: &ModuleAddr,
        key: Option<&InstanceKey>,
        each_value: Option<Value>,
    ) -> Self {
        let mut scope = InstanceScope::new(world, at);
        match key {
            Some(InstanceKey::Int(index)) => {
                scope.count = Some(Value::number(usize::try_from(*index).unwrap_or(usize::MAX)));
            }
            Some(InstanceKey::Str(name)) => {
                let key = Value::string(name.clone());
                scope.each = Some((key.clone(), each_value.unwrap_or(key)));
            }
            None => {}
        }
        scope
    }

    /// The scope of an instance whose keys cannot be known yet.
    pub(super) fn of_anything(world: &'w World<'w>, at: &ModuleAddr) -> Self {
        let each = Some((Value::unknown(Type::String), Value::DYNAMIC));
        InstanceScope { each, count: Some(Value::unknown(Type::Number)), ..InstanceScope::new(world, at) }
    }

    /// Without `each` or without `count`, as the arguments of what is repeated say.
    pub(super) fn only(mut self, each: bool, count: bool) -> Self {
        self.each = self.each.filter(|_| each);
        self.count = self.count.filter(|_| count);
        self
    }

    /// Whether `each` comes from anything ephemeral.
    pub(super) fn with_ephemeral_each(mut self, ephemeral: bool) -> Self {
        self.each_is_ephemeral = ephemeral;
        self
    }

    pub(super) fn with_self(mut self, value: Value) -> Self {
        self.self_value = Some(value);
        self
    }

    /// Within a check, whose data source is visible then.
    pub(super) fn within_check(mut self, check: &'w Check) -> Self {
        self.check = Some(check);
        self
    }

    /// Whether a reference leads into a check from outside it.
    fn is_hidden(&self, module: &Module, addr: &ResourceAddr) -> bool {
        let own = self.check.and_then(|check| check.data.as_ref());
        own.is_none_or(|data| data.addr != *addr) && module.scoped().any(|data| data.addr == *addr)
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { scope: self, env: self.world.env() }
    }
}

impl Scope for InstanceScope<'_> {
    fn has_ephemeral(&self) -> bool {
        self.world.ephemeral().is_any_in(&self.at.path())
    }

    fn is_ephemeral(&self, mention: &Mention) -> bool {
        match mention.reference {
            Reference::EachKey | Reference::EachValue => self.each_is_ephemeral,
            _ => self.world.ephemeral().touches(&self.at.path(), mention),
        }
    }

    fn is_secret(&self, mention: &Mention) -> bool {
        self.world.ephemeral().is_secret(self.world.config(), &self.at.path(), mention)
    }

    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic> {
        let InstanceScope { world, at, .. } = self;
        let Some(module) = self.module else { return Ok(Value::DYNAMIC) };
        match reference {
            Reference::Variable(name) => world.variable(at, module, name),
            Reference::Local(name) => world.local(at, module, name),
            Reference::Resource(addr) if self.is_hidden(module, addr) => Err(Diagnostic::error(
                "Reference to scoped resource",
                format!(
                    "The data resource {:?} {:?} is declared within a check block, and only the assertions of that block \
                     can refer to it. To use it elsewhere, move it out of the block.",
                    &*addr.type_name, &*addr.name
                ),
            )),
            Reference::Resource(addr) => world.resource(at, module, addr),
            Reference::Module(name) => world.call(at, module, name),
            Reference::EachKey | Reference::EachValue => match (&self.each, reference) {
                (Some((key, _)), Reference::EachKey) => Ok(key.clone()),
                (Some((_, value)), _) => Ok(value.clone()),
                (None, _) => Err(Diagnostic::error(
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                     \"for_each\" argument is set.",
                )),
            },
            Reference::CountIndex => self.count.clone().ok_or_else(|| {
                Diagnostic::error(
                    "Reference to \"count\" in non-counted context",
                    "The \"count\" object can only be used in \"module\", \"resource\", and \"data\" blocks, and \
                     only when the \"count\" argument is set.",
                )
            }),
            Reference::SelfObject => self.self_value.clone().ok_or_else(|| {
                Diagnostic::error(
                    "Invalid \"self\" reference",
                    "The \"self\" object is not available in this context. It can be used only in postconditions, \
                     where it stands for the object itself.",
                )
            }),
            Reference::PathModule if !at.is_root() => Ok(Value::text(&module.dir.to_string_lossy())),
            Reference::PathModule | Reference::PathRoot => Ok(Value::string(".")),
            Reference::PathCwd => Ok(Value::text(&world.env().cwd.to_string_lossy())),
            Reference::Workspace => Ok(Value::text(world.workspace())),
        }
    }
}

//! `World`: the values behind names while a configuration is evaluated, filled in node by node.
//! Knows nothing of where resource values come from: planned, refreshed or applied.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, InstanceKey, Mode, Name, ResourceAddr, Type, Value};
use crate::config::Module;
use crate::lang::{self, Context, FunctionEnv, Reference, Scope};

/// How often a resource stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// Once, without a key.
    One,
    /// By `count`.
    Count,
    /// By `for_each`.
    Each,
    /// It cannot be known, as while validating without variable values.
    Unknown,
}

/// The instances of a resource as far as they are known.
#[derive(Debug)]
struct Instances {
    repetition: Repetition,
    values: BTreeMap<Option<InstanceKey>, Value>,
    /// The value that `type.name` gives, made when first asked for.
    whole: RefCell<Option<Value>>,
}

enum LocalValue {
    Evaluating,
    Done(Value),
}

/// The values behind names.
pub(super) struct World<'a> {
    module: &'a Module,
    env: FunctionEnv,
    workspace: &'a str,
    variables: BTreeMap<Name, Value>,
    locals: RefCell<HashMap<Name, LocalValue>>,
    resources: HashMap<ResourceAddr, Instances>,
    problems: RefCell<Diagnostics>,
}

impl<'a> World<'a> {
    pub(super) fn new(module: &'a Module, workspace: &'a str, env: FunctionEnv) -> Self {
        World {
            module,
            env,
            workspace,
            variables: BTreeMap::new(),
            locals: RefCell::default(),
            resources: HashMap::new(),
            problems: RefCell::default(),
        }
    }

    pub(super) fn set_variable(&mut self, name: Name, value: Value) {
        self.variables.insert(name, value);
    }

    pub(super) fn variables(&self) -> &BTreeMap<Name, Value> {
        &self.variables
    }

    /// Says how often a resource stands, before its instances are set one by one.
    pub(super) fn set_repetition(&mut self, addr: &ResourceAddr, repetition: Repetition) {
        let fresh = Instances { repetition, values: BTreeMap::new(), whole: RefCell::default() };
        self.resources.insert(addr.clone(), fresh);
    }

    /// Sets an instance; whatever was computed from it is computed anew when next asked for.
    pub(super) fn set_instance(&mut self, addr: &ResourceAddr, key: Option<InstanceKey>, value: Value) {
        if let Some(instances) = self.resources.get_mut(addr) {
            instances.values.insert(key, value);
            instances.whole.take();
        }
    }

    /// Forgets every value that is not a variable's.
    pub(super) fn restart(&mut self) {
        self.resources.clear();
        self.locals.borrow_mut().clear();
    }

    /// The value of an instance, if it has one.
    pub(super) fn instance(&self, addr: &ResourceAddr, key: Option<&InstanceKey>) -> Option<&Value> {
        self.resources.get(addr)?.values.get(&key.cloned())
    }

    /// Forgets the values of locals, because something they are made from has changed.
    pub(super) fn forget_locals<'n>(&self, names: impl IntoIterator<Item = &'n Name>) {
        let mut locals = self.locals.borrow_mut();
        for name in names {
            locals.remove(name);
        }
    }

    /// The module whose names these are.
    pub(super) fn module(&self) -> &'a Module {
        self.module
    }

    /// Evaluates the locals that nothing has referred to, for their errors.
    pub(super) fn check_locals(&self) -> Diagnostics {
        for name in self.module.locals.keys() {
            // What is wrong is among the problems.
            let _ = self.local(name);
        }
        self.take_problems()
    }

    /// The problems met while evaluating locals, once.
    pub(super) fn take_problems(&self) -> Diagnostics {
        self.problems.take()
    }

    /// The scope of expressions that belong to no instance.
    pub(super) fn scope(&self) -> InstanceScope<'_> {
        InstanceScope { world: self, each: None, count: None, self_value: None }
    }

    fn local(&self, name: &Name) -> Result<Value, Diagnostic> {
        match self.locals.borrow().get(name) {
            Some(LocalValue::Done(value)) => return Ok(value.clone()),
            // The graph has reported the cycle already.
            Some(LocalValue::Evaluating) => return Ok(Value::DYNAMIC),
            None => {}
        }
        let Some(local) = self.module.locals.get(name) else {
            return Err(undeclared("local value", "A local value", name, self.module.locals.keys()));
        };
        self.locals.borrow_mut().insert(name.clone(), LocalValue::Evaluating);
        let scope = self.scope();
        let value = match lang::evaluate(&local.expr, &Context { scope: &scope, env: &self.env }) {
            Ok(value) => value,
            Err(problems) => {
                self.problems.borrow_mut().extend(problems.map(|d| d.within("locals")));
                Value::DYNAMIC
            }
        };
        self.locals.borrow_mut().insert(name.clone(), LocalValue::Done(value.clone()));
        Ok(value)
    }

    fn resource(&self, addr: &ResourceAddr) -> Result<Value, Diagnostic> {
        let Some(instances) = self.resources.get(addr) else {
            if self.module.resources.contains_key(addr) {
                return Ok(Value::DYNAMIC);
            }
            return Err(undeclared_resource(addr, self.module));
        };
        if let Some(whole) = &*instances.whole.borrow() {
            return Ok(whole.clone());
        }
        let whole = match instances.repetition {
            Repetition::One => instances.values.get(&None).cloned().unwrap_or(Value::DYNAMIC),
            Repetition::Count => Value::tuple(instances.values.values().cloned()),
            Repetition::Each => Value::object(instances.values.iter().filter_map(|(key, value)| match key {
                Some(InstanceKey::Str(name)) => Some((name.clone(), value.clone())),
                _ => None,
            })),
            Repetition::Unknown => Value::DYNAMIC,
        };
        instances.whole.replace(Some(whole.clone()));
        Ok(whole)
    }
}

fn undeclared<'n>(
    what: &str,
    capital: &str,
    name: &Name,
    declared: impl Iterator<Item = &'n Name>,
) -> Diagnostic {
    let hint = match did_you_mean(name, declared.map(|n| &**n)) {
        none if none.is_empty() && what == "input variable" => {
            format!(" This variable can be declared with a variable {:?} {{}} block.", &**name)
        }
        hint => hint,
    };
    Diagnostic::error(
        format!("Reference to undeclared {what}"),
        format!("{capital} with the name {:?} has not been declared.{hint}", &**name),
    )
}

/// What to say of a resource that nothing declares.
pub(super) fn undeclared_resource(addr: &ResourceAddr, module: &Module) -> Diagnostic {
    let what = match addr.mode {
        Mode::Managed => "managed resource",
        Mode::Data => "data resource",
    };
    let alike = module.resources.keys().find(|other| {
        other.mode != addr.mode && other.type_name == addr.type_name && other.name == addr.name
    });
    let hint = match alike {
        Some(other) => format!(" Did you mean {other}?"),
        None => String::new(),
    };
    Diagnostic::error(
        "Reference to undeclared resource",
        format!(
            "A {what} {:?} {:?} has not been declared in the root module.{hint}",
            &*addr.type_name, &*addr.name
        ),
    )
}

/// What names mean inside one instance.
#[derive(Clone)]
pub(super) struct InstanceScope<'w> {
    world: &'w World<'w>,
    each: Option<(Value, Value)>,
    count: Option<u64>,
    self_value: Option<Value>,
}

impl<'w> InstanceScope<'w> {
    /// The scope of an instance with its `each` or `count`.
    pub(super) fn of(world: &'w World<'w>, key: Option<&InstanceKey>, each_value: Option<Value>) -> Self {
        let mut scope = world.scope();
        match key {
            Some(InstanceKey::Int(index)) => scope.count = Some(*index),
            Some(InstanceKey::Str(name)) => {
                let key = Value::string(name.clone());
                scope.each = Some((key.clone(), each_value.unwrap_or(key)));
            }
            None => {}
        }
        scope
    }

    /// The scope of an instance of `for_each` whose keys cannot be known yet.
    pub(super) fn of_some_key(world: &'w World<'w>) -> Self {
        let each = Some((Value::unknown(Type::String), Value::DYNAMIC));
        InstanceScope { each, ..world.scope() }
    }

    pub(super) fn with_self(mut self, value: Value) -> Self {
        self.self_value = Some(value);
        self
    }

    pub(super) fn context(&self) -> Context<'_> {
        Context { scope: self, env: &self.world.env }
    }
}

impl Scope for InstanceScope<'_> {
    fn resolve(&self, reference: &Reference) -> Result<Value, Diagnostic> {
        let world = self.world;
        match reference {
            Reference::Variable(name) => world.variables.get(name).cloned().map_or_else(
                || {
                    if world.module.variables.contains_key(name) {
                        Ok(Value::DYNAMIC)
                    } else {
                        Err(undeclared("input variable", "An input variable", name, world.module.variables.keys()))
                    }
                },
                Ok,
            ),
            Reference::Local(name) => world.local(name),
            Reference::Resource(addr) => world.resource(addr),
            Reference::Module(name) => Err(Diagnostic::error(
                "Reference to undeclared module",
                format!("No module call named {:?} is declared in the root module.", &**name),
            )),
            Reference::EachKey | Reference::EachValue => match (&self.each, reference) {
                (Some((key, _)), Reference::EachKey) => Ok(key.clone()),
                (Some((_, value)), _) => Ok(value.clone()),
                (None, _) => Err(Diagnostic::error(
                    "Reference to \"each\" in context without for_each",
                    "The \"each\" object can be used only in \"module\" or \"resource\" blocks, and only when the \
                     \"for_each\" argument is set.",
                )),
            },
            Reference::CountIndex => self.count.map(|i| Value::number(i as usize)).ok_or_else(|| {
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
            Reference::PathModule | Reference::PathRoot => Ok(Value::string(".")),
            Reference::PathCwd => Ok(Value::text(&world.env.cwd.to_string_lossy())),
            Reference::Workspace => Ok(Value::text(world.workspace)),
        }
    }
}

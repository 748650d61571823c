//! `World`: the values behind names while a configuration is evaluated, filled in node by node; `names` gives them out.
//! Knows nothing of where resource values come from: planned, refreshed or applied.

mod names;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use super::ephemeral::{self, Ephemeral};
use super::expand::{self, Expansion};
use super::graph::{Derived, Node};
use super::scope::InstanceScope;
use crate::base::{Diagnostics, InstanceKey, ModuleAddr, Name, ResourceAddr, Value};
use crate::config::Config;
use crate::lang::{self, FunctionEnv};
use crate::provider::Registry;
use crate::schema::Schema;

pub(super) use names::undeclared_resource;

/// How often a resource or module stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repetition {
    /// Once, without a key.
    One,
    /// By `count`.
    Count,
    /// By `for_each`.
    Each,
    /// Not at all: `enabled` is false.
    Disabled,
    /// It cannot be known, as while validating without variable values.
    Unknown,
}

impl Repetition {
    /// What the keys of instances show.
    pub(super) fn of_keys<'k>(keys: impl IntoIterator<Item = &'k Option<InstanceKey>>) -> Self {
        match keys.into_iter().flatten().next() {
            Some(InstanceKey::Int(_)) => Repetition::Count,
            Some(InstanceKey::Str(_)) => Repetition::Each,
            None => Repetition::One,
        }
    }

    /// All instances as one value, as `type.name` or `module.name` gives it.
    fn whole(self, values: &BTreeMap<Option<InstanceKey>, Value>) -> Value {
        match self {
            Repetition::One => values.get(&None).cloned().unwrap_or(Value::DYNAMIC),
            Repetition::Count => Value::tuple(values.values().cloned()),
            Repetition::Each => Value::object(values.iter().filter_map(|(key, value)| match key {
                Some(InstanceKey::Str(name)) => Some((name.clone(), value.clone())),
                _ => None,
            })),
            Repetition::Disabled => Value::NULL,
            Repetition::Unknown => Value::DYNAMIC,
        }
    }
}

/// The instances of a resource as far as they are known.
#[derive(Debug)]
struct Instances {
    repetition: Repetition,
    /// The attributes that may be secret where they are shown, and are bare where they are referred to.
    bare: Vec<&'static str>,
    values: BTreeMap<Option<InstanceKey>, Value>,
    /// The value that `type.name` gives, made when first asked for.
    whole: RefCell<Option<Value>>,
}

/// A value made when first asked for.
enum Slot {
    Evaluating,
    Done(Value),
}

/// The names inside one module instance.
type Names = HashMap<(ModuleAddr, Name), Slot>;

/// The values behind names.
pub(super) struct World<'a> {
    config: &'a Config,
    registry: &'a Registry,
    env: FunctionEnv,
    workspace: &'a str,
    ephemeral: Ephemeral,
    /// Of the root module.
    variables: BTreeMap<Name, Value>,
    /// The instances of each call, by the instance of the calling module and the call's name.
    calls: HashMap<ModuleAddr, Expansion>,
    /// The instances of each module, by its path; the root module always has one.
    modules: BTreeMap<ModuleAddr, Vec<ModuleAddr>>,
    resources: HashMap<ResourceAddr, Instances>,
    arguments: RefCell<Names>,
    locals: RefCell<Names>,
    outputs: HashMap<(ModuleAddr, Name), Value>,
    /// The values that `module.name` gives, by the instance of the calling module and the call's name; made when first
    /// asked for.
    whole_calls: RefCell<HashMap<ModuleAddr, Value>>,
    problems: RefCell<Diagnostics>,
    /// Whether what modules are given is looked at, but nothing counts on it.
    open: Cell<bool>,
}

impl<'a> World<'a> {
    pub(super) fn new(
        config: &'a Config,
        registry: &'a Registry,
        workspace: &'a str,
        env: FunctionEnv,
    ) -> Self {
        World {
            config,
            registry,
            env,
            workspace,
            ephemeral: Ephemeral::of(config),
            variables: BTreeMap::new(),
            calls: HashMap::new(),
            modules: root_only(),
            resources: HashMap::new(),
            arguments: RefCell::default(),
            locals: RefCell::default(),
            outputs: HashMap::new(),
            whole_calls: RefCell::default(),
            problems: RefCell::default(),
            open: Cell::default(),
        }
    }

    /// From now on variables of called modules are unknown, so that modules are checked for whatever they may be given.
    pub(super) fn open(&mut self) {
        self.open.set(true);
    }

    /// Does something with the variables of called modules as they are given.
    pub(super) fn with_given<T>(&self, act: impl FnOnce() -> T) -> T {
        let before = self.open.replace(false);
        let done = act();
        self.open.set(before);
        done
    }

    pub(super) fn set_variable(&mut self, name: Name, value: Value) {
        self.variables.insert(name, value);
    }

    /// The variables of the root module.
    pub(super) fn variables(&self) -> &BTreeMap<Name, Value> {
        &self.variables
    }

    /// What functions may know.
    pub(super) fn env(&self) -> &FunctionEnv {
        &self.env
    }

    pub(super) fn workspace(&self) -> &'a str {
        self.workspace
    }

    /// The names that are ephemeral.
    pub(super) fn ephemeral(&self) -> &Ephemeral {
        &self.ephemeral
    }

    pub(super) fn config(&self) -> &'a Config {
        self.config
    }

    /// Says how often a module stands in one instance of the module that calls it.
    pub(super) fn set_call(&mut self, parent: &ModuleAddr, name: &Name, expansion: Expansion) {
        let path = parent.path().child(name.clone(), None);
        let call = parent.child(name.clone(), None);
        let instances = self.modules.entry(path).or_default();
        if self.calls.contains_key(&call) {
            instances.retain(|instance| instance.parent().is_none_or(|(of, _)| of != *parent));
        }
        instances.extend(expansion.instances.keys().map(|key| parent.child(name.clone(), key.clone())));
        self.whole_calls.get_mut().remove(&call);
        self.calls.insert(call, expansion);
    }

    /// The instances of the module at a path, as far as the calls on the way have been expanded.
    pub(super) fn instances(&self, path: &ModuleAddr) -> &[ModuleAddr] {
        self.modules.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Says how often a resource stands, before its instances are set one by one.
    pub(super) fn set_repetition(&mut self, addr: &ResourceAddr, repetition: Repetition) {
        let schema = self.registry.schema(addr.mode, &addr.type_name);
        let bare = schema.map(bare).unwrap_or_default();
        let fresh = Instances { repetition, bare, values: BTreeMap::new(), whole: RefCell::default() };
        self.resources.insert(addr.clone(), fresh);
    }

    /// Sets an instance. What was made from it is made anew by [`World::renew`].
    pub(super) fn set_instance(&mut self, addr: &ResourceAddr, key: Option<InstanceKey>, value: Value) {
        if let Some(instances) = self.resources.get_mut(addr) {
            // Terraform knows no secrets in what providers answer: files that hand these values on must stay valid.
            let value = instances.bare.iter().fold(value, |value, name| match value.get(name).cloned() {
                Some(secret) => value.with_attr(name, secret.unmark_deep().0),
                None => value,
            });
            match (instances.whole.get_mut(), &key) {
                (Some(whole), Some(InstanceKey::Str(name))) if instances.repetition == Repetition::Each => {
                    whole.set_attr(name, value.clone());
                }
                (whole, _) => *whole = None,
            }
            instances.values.insert(key, value);
        }
    }

    /// Forgets every value that is not a variable's of the root module.
    pub(super) fn restart(&mut self) {
        self.calls.clear();
        self.modules = root_only();
        self.resources.clear();
        self.forget();
    }

    /// Forgets what was made from other values, but not how often modules stand.
    pub(super) fn forget(&mut self) {
        self.arguments.borrow_mut().clear();
        self.locals.borrow_mut().clear();
        self.outputs.clear();
        self.whole_calls.get_mut().clear();
    }

    /// The value of an instance, if it has one.
    pub(super) fn instance(&self, addr: &ResourceAddr, key: Option<&InstanceKey>) -> Option<&Value> {
        self.resources.get(addr)?.values.get(&key.cloned())
    }

    /// Makes anew what was made from a resource, of which an instance in this module has changed.
    pub(super) fn renew(&mut self, derived: &[Derived], module: &ModuleAddr) {
        for Derived { node, everywhere } in derived {
            let (Node::Call(path) | Node::Variable(path, _) | Node::Local(path, _) | Node::Output(path, _)) =
                node
            else {
                continue;
            };
            let instances: Vec<ModuleAddr> = match everywhere {
                true => self.instances(path).to_vec(),
                false => module.ancestry().nth(path.steps().len().wrapping_sub(1)).into_iter().collect(),
            };
            let instances = if path.is_root() { vec![ModuleAddr::default()] } else { instances };
            for instance in instances {
                match node {
                    Node::Variable(_, name) => {
                        self.arguments.borrow_mut().remove(&(instance, name.clone()));
                    }
                    Node::Local(_, name) => {
                        self.locals.borrow_mut().remove(&(instance, name.clone()));
                    }
                    Node::Output(_, name) if !instance.is_root() => {
                        // What is wrong is reported when the output is.
                        let _ = self.set_output(&instance, name);
                    }
                    Node::Call(_) => {
                        if let Some((parent, (name, _))) = instance.parent() {
                            let _ = self.expand_call(&parent, name);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Evaluates how often a module stands in one instance of its caller, and takes that over.
    ///
    /// # Errors
    /// As [`super::expand::expand`].
    pub(super) fn expand_call(&mut self, parent: &ModuleAddr, name: &Name) -> Result<(), Diagnostics> {
        let Some(call) = self.config.module(parent).and_then(|module| module.calls.get(name)) else {
            return Ok(());
        };
        let expanded = expand::expand(expand::Times::of_call(call), &self.scope(parent));
        let expansion = expanded.map_err(|found| found.map(|d| d.within(call.context())))?;
        let others: usize = self.modules.values().map(Vec::len).sum();
        if others + expansion.instances.len() > expand::MOST {
            return Err(expand::too_many(call.span).within(call.context()).into());
        }
        self.set_call(parent, name, expansion);
        Ok(())
    }

    /// Evaluates how often a module stands in every instance of its caller. Where that fails, what is known stays.
    pub(super) fn expand_everywhere(&mut self, path: &ModuleAddr) {
        let Some((parent, (name, _))) = path.parent() else { return };
        for parent in self.instances(&parent).to_vec() {
            let _ = self.expand_call(&parent, name);
        }
    }

    /// Evaluates an output in every instance of its module, without a word of what is wrong.
    pub(super) fn set_output_everywhere(&mut self, path: &ModuleAddr, name: &Name) {
        for instance in self.instances(path).to_vec() {
            let _ = self.set_output(&instance, name);
        }
    }

    /// Evaluates the locals that nothing has referred to, for their errors.
    pub(super) fn check_locals(&self) -> Diagnostics {
        for (path, module) in self.config.modules() {
            for instance in self.instances(&path) {
                for name in module.locals.keys() {
                    // What is wrong is among the problems.
                    let _ = self.local(instance, module, name);
                }
            }
        }
        self.take_problems()
    }

    /// The problems met while evaluating locals and arguments, once.
    pub(super) fn take_problems(&self) -> Diagnostics {
        self.problems.take()
    }

    /// The scope of expressions in a module that belong to no instance of a resource.
    pub(super) fn scope(&self, module: &ModuleAddr) -> InstanceScope<'_> {
        InstanceScope::new(self, module)
    }

    /// The scope of the root module.
    pub(super) fn root(&self) -> InstanceScope<'_> {
        self.scope(&ModuleAddr::default())
    }

    /// Evaluates an output of a called module; what refers to it gets this value from now on.
    ///
    /// # Errors
    /// As evaluation; the output is unknown then.
    pub(super) fn set_output(&mut self, at: &ModuleAddr, name: &Name) -> Result<(), Diagnostics> {
        let Some(output) = self.config.module(at).and_then(|module| module.outputs.get(name)) else {
            return Ok(());
        };
        let scope = self.scope(at);
        let value = lang::evaluate(&output.value, &scope.context()).and_then(|value| {
            match !output.ephemeral && ephemeral::is_ephemeral(&value, &output.value, &scope) {
                true => Err(ephemeral::undeclared_output(output)),
                false => Ok(value),
            }
        });
        let (value, result) = match value {
            Ok(value) => (value.with_sensitive(output.is_secret()), Ok(())),
            Err(found) => (Value::DYNAMIC, Err(found.map(|d| d.within(format!("output {:?}", &**name))))),
        };
        self.update_whole(at, name, &value);
        self.outputs.insert((at.clone(), name.clone()), value);
        result
    }

    /// Brings the value that the call of a module gives, if it was made, in line with a new output of an instance.
    fn update_whole(&mut self, at: &ModuleAddr, name: &Name, value: &Value) {
        let wholes = self.whole_calls.get_mut();
        let Some((parent, (call, key))) = at.parent().filter(|_| !wholes.is_empty()) else { return };
        let call = parent.child(call.clone(), None);
        let Some(whole) = wholes.get_mut(&call) else { return };
        match key {
            None if whole.as_entries().is_some() => whole.set_attr(name, value.clone()),
            Some(InstanceKey::Str(key)) if whole.get(key).is_some() => {
                let instance = whole.get(key).map(|instance| instance.with_attr(name, value.clone()));
                whole.set_attr(key, instance.unwrap_or(Value::DYNAMIC));
            }
            _ => {
                wholes.remove(&call);
            }
        }
    }
}

fn bare(schema: &Schema) -> Vec<&'static str> {
    schema.block.attributes.iter().filter(|a| a.bare).map(|a| a.name).collect()
}

fn root_only() -> BTreeMap<ModuleAddr, Vec<ModuleAddr>> {
    [(ModuleAddr::default(), vec![ModuleAddr::default()])].into()
}

//! What names come to in a world: variables, locals, modules and resources, their values made when first asked for.
//! Fills in nothing else; what it reads the rest of the world has been given.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::super::ephemeral;
use super::super::scope::InstanceScope;
use super::{Names, Repetition, Slot, World};
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, InstanceKey, Mode, ModuleAddr, Name, ResourceAddr, Value};
use crate::config::{Local, Module, Variable};
use crate::lang::{self, Reference};

impl World<'_> {
    /// The scope that the arguments of a module instance are evaluated in: the caller's, with `each` or `count`.
    fn call_scope(&self, instance: &ModuleAddr) -> Option<InstanceScope<'_>> {
        let (parent, (name, key)) = instance.parent()?;
        let expansion = self.calls.get(&parent.child(name.clone(), None))?;
        if expansion.repetition == Repetition::Unknown {
            return Some(InstanceScope::of_anything(self, &parent));
        }
        Some(expansion.scope(self, &parent, key.as_ref()))
    }

    /// The value of a variable.
    pub(in crate::engine) fn variable(
        &self,
        at: &ModuleAddr,
        module: &Module,
        name: &Name,
    ) -> Result<Value, Diagnostic> {
        let Some(variable) = module.variables.get(name) else {
            return Err(undeclared("input variable", "An input variable", name, module.variables.keys()));
        };
        if at.is_root() {
            return Ok(self.variables.get(name).cloned().unwrap_or(Value::DYNAMIC));
        }
        let given = self.made(&self.arguments, at, name, || {
            self.argument(at, variable).map_err(|found| (found, Value::unknown(variable.ty.ty())))
        });
        Ok(match self.open.get() {
            true => Value::unknown(variable.ty.ty()).with_sensitive(given.is_sensitive()),
            false => given,
        })
    }

    /// What a module instance is given for a variable.
    fn argument(&self, at: &ModuleAddr, variable: &Variable) -> Result<Value, Diagnostics> {
        let (Some(call), Some(outer)) = (self.config.call(at), self.call_scope(at)) else {
            return Ok(Value::unknown(variable.ty.ty()));
        };
        let written = call.body.attribute(&variable.name);
        let given = written.map(|attribute| lang::evaluate(&attribute.expr, &outer.context()));
        let given = given.transpose().map_err(|found| found.map(|d| d.within(call.context())))?;
        if let (Some(value), Some(attribute), false) = (&given, written, variable.ephemeral)
            && ephemeral::is_ephemeral(value, &attribute.expr, &outer)
        {
            let problem = ephemeral::undeclared("input variable", "accepting ephemeral values");
            return Err(problem.at(attribute.expr.span).within(call.context()).into());
        }
        let inner = self.scope(at);
        let value = lang::input_value(variable, given.as_ref(), &inner.context()).map_err(|found| {
            // Not the declaration is wrong, but what it is given.
            let span = Some(written.map_or(call.span, |attribute| attribute.expr.span));
            found.map(|d| Diagnostic { span, ..d }.within(call.context()))
        })?;
        Ok(value.with_sensitive(variable.is_secret()))
    }

    /// The value of a local.
    pub(in crate::engine) fn local(
        &self,
        at: &ModuleAddr,
        module: &Module,
        name: &Name,
    ) -> Result<Value, Diagnostic> {
        let Some(local) = module.locals.get(name) else {
            return Err(undeclared("local value", "A local value", name, module.locals.keys()));
        };
        self.make_below(at, module, name);
        Ok(self.make_local(at, local))
    }

    /// Makes the locals that a local is made of, the innermost first, so that a long chain of them takes no stack.
    fn make_below(&self, at: &ModuleAddr, module: &Module, name: &Name) {
        let made = |name: &Name| self.locals.borrow().contains_key(&(at.clone(), name.clone()));
        let mut looked_into = BTreeSet::new();
        let mut left = if made(name) { Vec::new() } else { vec![name.clone()] };
        while let Some(name) = left.last().cloned() {
            let Some(local) = module.locals.get(&name).filter(|_| !made(&name)) else {
                left.pop();
                continue;
            };
            if !looked_into.insert(name) {
                self.make_local(at, local);
                continue;
            }
            left.extend(lang::references(&local.expr).0.into_iter().filter_map(|mention| {
                match mention.reference {
                    Reference::Local(inner) if !looked_into.contains(&inner) => Some(inner),
                    _ => None,
                }
            }));
        }
    }

    fn make_local(&self, at: &ModuleAddr, local: &Local) -> Value {
        self.made(&self.locals, at, &local.name, || {
            let scope = self.scope(at);
            lang::evaluate(&local.expr, &scope.context())
                .map_err(|found| (found.map(|d| d.within("locals")), Value::DYNAMIC))
        })
    }

    /// A value of its own name in a module, made if it has not been. A cycle has been reported by the graph already.
    fn made(
        &self,
        names: &RefCell<Names>,
        at: &ModuleAddr,
        name: &Name,
        make: impl FnOnce() -> Result<Value, (Diagnostics, Value)>,
    ) -> Value {
        let key = (at.clone(), name.clone());
        match names.borrow().get(&key) {
            Some(Slot::Done(value)) => return value.clone(),
            Some(Slot::Evaluating) => return Value::DYNAMIC,
            None => {}
        }
        names.borrow_mut().insert(key.clone(), Slot::Evaluating);
        let value = make().unwrap_or_else(|(problems, value)| {
            self.problems.borrow_mut().extend(problems);
            value
        });
        names.borrow_mut().insert(key, Slot::Done(value.clone()));
        value
    }

    /// The outputs of all instances of a call, as far as they have been evaluated.
    pub(in crate::engine) fn call(
        &self,
        at: &ModuleAddr,
        module: &Module,
        name: &Name,
    ) -> Result<Value, Diagnostic> {
        if !module.calls.contains_key(name) {
            let hint = did_you_mean(name, module.calls.keys().map(|n| &**n));
            let detail = format!("No module call named {:?} is declared in {}.{hint}", &**name, place(at));
            return Err(Diagnostic::error("Reference to undeclared module", detail));
        }
        let key = at.child(name.clone(), None);
        if let Some(whole) = self.whole_calls.borrow().get(&key) {
            return Ok(whole.clone());
        }
        let (Some(expansion), Some(child)) = (self.calls.get(&key), self.config.module(&key)) else {
            return Ok(Value::DYNAMIC);
        };
        let outputs = |key: &Option<InstanceKey>| {
            let instance = at.child(name.clone(), key.clone());
            Value::object(child.outputs.keys().map(|output| {
                let value = self.outputs.get(&(instance.clone(), output.clone())).cloned();
                (output.clone(), value.unwrap_or(Value::DYNAMIC))
            }))
        };
        let values = expansion.instances.keys().map(|key| (key.clone(), outputs(key))).collect();
        let whole = expansion.repetition.whole(&values);
        self.whole_calls.borrow_mut().insert(key, whole.clone());
        Ok(whole)
    }

    /// All instances of a resource.
    pub(in crate::engine) fn resource(
        &self,
        at: &ModuleAddr,
        module: &Module,
        addr: &ResourceAddr,
    ) -> Result<Value, Diagnostic> {
        let found = match at.is_root() {
            true => self.resources.get(addr),
            false => self.resources.get(&addr.within(at)),
        };
        let Some(instances) = found else {
            if module.resource(addr).is_some() {
                return Ok(Value::DYNAMIC);
            }
            return Err(undeclared_resource(addr, module, at));
        };
        if let Some(whole) = &*instances.whole.borrow() {
            return Ok(whole.clone());
        }
        let whole = instances.repetition.whole(&instances.values);
        instances.whole.replace(Some(whole.clone()));
        Ok(whole)
    }
}

/// A module as messages name it.
fn place(module: &ModuleAddr) -> String {
    if module.is_root() { "the root module".into() } else { module.path().to_string() }
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

/// What to say of a resource that nothing in its module declares.
pub(in crate::engine) fn undeclared_resource(
    addr: &ResourceAddr,
    module: &Module,
    at: &ModuleAddr,
) -> Diagnostic {
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
            "A {what} {:?} {:?} has not been declared in {}.{hint}",
            &*addr.type_name,
            &*addr.name,
            place(at)
        ),
    )
}

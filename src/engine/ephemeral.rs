//! Which names of a configuration are ephemeral, and the refusal of ephemeral values where they would be kept: in
//! arguments of resources, in outputs and arguments of modules that are not declared so, and in instance keys.
//! Knows nothing of values. What Terraform 1.11 refuses was observed by running it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Run;
use super::scope::InstanceScope;
use crate::base::{Diagnostic, Diagnostics, ModuleAddr, Name, Value};
use crate::config::{Body, Config, Expr, Module, Output, Resource, TraversalStep, Variable};
use crate::lang::{self, Mention, Reference};

/// The ephemeral names of each module that has any, by the module's path.
#[derive(Debug, Default)]
pub(super) struct Ephemeral(HashMap<ModuleAddr, Names>);

/// Of one module.
#[derive(Debug, Default)]
struct Names {
    variables: BTreeSet<Name>,
    /// What is made of the others.
    locals: BTreeSet<Name>,
    /// The locals that are made of what is declared to be a secret.
    secrets: BTreeSet<Name>,
    /// Of the modules it calls, by the name of the call.
    outputs: BTreeMap<Name, BTreeSet<Name>>,
}

impl Ephemeral {
    pub(super) fn of(config: &Config) -> Self {
        let modules = config.modules().filter_map(|(at, module)| {
            let names = Names::of(config, &at, module);
            names.is_any().then_some((at, names))
        });
        Ephemeral(modules.collect())
    }

    /// Whether a module, by its path, has ephemeral names.
    pub(super) fn is_any_in(&self, path: &ModuleAddr) -> bool {
        self.0.contains_key(path)
    }

    /// Whether what is mentioned in a module is ephemeral, or may hold something that is.
    pub(super) fn touches(&self, path: &ModuleAddr, mention: &Mention) -> bool {
        self.0.get(path).is_some_and(|names| names.touches(mention))
    }

    /// Whether what is mentioned in a module that has ephemeral names is declared to be a secret, or made of such.
    pub(super) fn is_secret(&self, config: &Config, path: &ModuleAddr, mention: &Mention) -> bool {
        let Some((names, module)) = self.0.get(path).zip(config.module(path)) else { return false };
        match &mention.reference {
            Reference::Local(name) => names.secrets.contains(name),
            _ => is_declared_secret(config, path, module, mention),
        }
    }
}

fn is_declared_secret(config: &Config, at: &ModuleAddr, module: &Module, mention: &Mention) -> bool {
    match &mention.reference {
        Reference::Variable(name) => module.variables.get(name).is_some_and(|variable| variable.sensitive),
        Reference::Module(call) => {
            let called = config.module(&at.child(call.clone(), None));
            // A key may be written as an attribute, so that every step may be the output's name.
            called.is_some_and(|called| {
                mention.rest.iter().any(|step| match step {
                    TraversalStep::Attr(name) => called.outputs.get(name).is_some_and(|o| o.sensitive),
                    TraversalStep::Key(_) | TraversalStep::Index(_) => false,
                })
            })
        }
        _ => false,
    }
}

impl Names {
    fn of(config: &Config, at: &ModuleAddr, module: &Module) -> Names {
        let variables = module.variables.values().filter(|v| v.ephemeral).map(|v| v.name.clone());
        let calls = module.calls.keys().filter_map(|name| {
            let called = config.module(&at.child(name.clone(), None))?;
            let outputs: BTreeSet<Name> =
                called.outputs.values().filter(|o| o.ephemeral).map(|o| o.name.clone()).collect();
            (!outputs.is_empty()).then(|| (name.clone(), outputs))
        });
        let mut names =
            Names { variables: variables.collect(), outputs: calls.collect(), ..Names::default() };
        if names.is_any() {
            names.locals = made_of(module, lang::references_that_last, |mention| names.touches(mention));
            let all = |expr: &Expr| lang::references(expr).0;
            names.secrets = made_of(module, all, |mention| is_declared_secret(config, at, module, mention));
        }
        names
    }

    fn is_any(&self) -> bool {
        !self.variables.is_empty() || !self.outputs.is_empty()
    }

    fn touches(&self, mention: &Mention) -> bool {
        match &mention.reference {
            Reference::Variable(name) => self.variables.contains(name),
            Reference::Local(name) => self.locals.contains(name),
            Reference::Module(call) => self.outputs.get(call).is_some_and(|outputs| {
                let named = mention.rest.iter().find_map(|step| match step {
                    TraversalStep::Attr(name) => Some(name),
                    TraversalStep::Key(_) | TraversalStep::Index(_) => None,
                });
                // A key may be written as an attribute: all outputs are meant then, to be sure.
                named.is_none_or(|name| outputs.contains(name) || mention.rest.len() > 1)
            }),
            _ => false,
        }
    }
}

/// The locals that are made of what is so, directly or by way of others, by what counts in an expression.
fn made_of(
    module: &Module,
    mentions: impl Fn(&Expr) -> Vec<Mention>,
    is_so: impl Fn(&Mention) -> bool,
) -> BTreeSet<Name> {
    let mut users: HashMap<Name, Vec<Name>> = HashMap::new();
    let mut found: Vec<Name> = Vec::new();
    for local in module.locals.values() {
        for mention in mentions(&local.expr) {
            if is_so(&mention) {
                found.push(local.name.clone());
            }
            if let Reference::Local(used) = mention.reference {
                users.entry(used).or_default().push(local.name.clone());
            }
        }
    }
    let mut made = BTreeSet::new();
    while let Some(name) = found.pop() {
        if made.insert(name.clone()) {
            found.extend(users.get(&name).into_iter().flatten().cloned());
        }
    }
    made
}

/// The ephemeral variables of the root module that have been given values.
pub(super) fn given(run: &Run<'_>) -> BTreeSet<Name> {
    let given = |variable: &&Variable| variable.ephemeral && run.variables.contains_key(&variable.name);
    run.config.root.variables.values().filter(given).map(|variable| variable.name.clone()).collect()
}

/// Whether a value is ephemeral that an expression has given.
pub(super) fn is_ephemeral(value: &Value, expr: &Expr, scope: &InstanceScope<'_>) -> bool {
    value.has_sensitive() && lang::mentions_ephemeral(expr, scope)
}

/// Refuses what is ephemeral in the arguments of a resource, which are all kept in state.
pub(super) fn refuse_kept(resource: &Resource, config: &Value, scope: &InstanceScope<'_>) -> Diagnostics {
    let mut problems = Diagnostics::new();
    if !config.has_sensitive() {
        return problems;
    }
    let Body { attributes, blocks, span } = &resource.body;
    let alone = |body: Body| lang::body_mentions_ephemeral(&body, scope);
    let marked = |name: &str| config.is_sensitive() || config.get(name).is_some_and(Value::has_sensitive);
    for attribute in attributes {
        let body = Body { attributes: vec![attribute.clone()], blocks: Vec::new(), span: *span };
        if marked(&attribute.name) && alone(body) {
            problems.push(persisted(&attribute.name).at(attribute.expr.span));
        }
    }
    for block in blocks {
        let label = block.labels.first().filter(|_| &*block.type_name == "dynamic");
        let name = label.map_or(&block.type_name, |label| &label.text);
        if marked(name) && alone(Body { attributes: Vec::new(), blocks: vec![block.clone()], span: *span }) {
            problems.push(persisted(name).at(block.span));
        }
    }
    problems
}

fn persisted(name: &str) -> Diagnostic {
    Diagnostic::error(
        "Invalid use of ephemeral value",
        format!(
            "Ephemeral values are not valid for {name:?}, because it is not a write-only attribute and must be persisted to \
             state. Where only null is to be kept of it, ephemeralasnull(…) gives that."
        ),
    )
}

/// Refuses an ephemeral value where a declaration, "output value" or "input variable", does not say that it may be one.
pub(super) fn undeclared(declared: &str, does: &str) -> Diagnostic {
    Diagnostic::error(
        "Ephemeral value not allowed",
        format!(
            "This {declared} is not declared as {does}, so it cannot be set to a result derived from an ephemeral value. \
             Declare it with \"ephemeral = true\", or give it ephemeralasnull(…)."
        ),
    )
}

/// Refuses an ephemeral value as that of an output which is not declared so.
pub(super) fn undeclared_output(output: &Output) -> Diagnostics {
    undeclared("output value", "returning an ephemeral value").at(output.value.span).into()
}

/// Refuses an ephemeral value as what instances are told apart by.
pub(super) fn refuse_keys(
    argument: &str,
    value: &Value,
    expr: &Expr,
    scope: &InstanceScope<'_>,
) -> Result<(), Diagnostics> {
    if !value.is_sensitive() || !is_ephemeral(value, expr, scope) {
        return Ok(());
    }
    let detail = format!(
        "The given {argument:?} is derived from an ephemeral value, which means that lambdaform cannot persist it between \
         plan and apply. Use only values that are not ephemeral to say which instances there are."
    );
    Err(Diagnostic::error(format!("Invalid {argument} argument"), detail).at(expr.span).into())
}

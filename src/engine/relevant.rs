//! Which attributes of resources a plan is made from: those that what changes refers to, through locals, arguments and
//! outputs of modules. Knows nothing of values: only what is written counts.

use std::collections::{BTreeSet, HashSet};

use super::world::World;
use crate::base::{InstanceKey, ModuleAddr, Name, Path, ResourceAddr};
use crate::config::{Config, Expr, TraversalStep};
use crate::lang::{self, Mention, Reference};
use crate::plan::{Action, Plan};

/// The attributes, by resource. Modules keep the keys of those instances in which something changes; a reference to all
/// instances of a module at once has none, as in Terraform's plan JSON.
pub(super) fn relevant(config: &Config, world: &World<'_>, plan: &Plan) -> Vec<(ResourceAddr, Path)> {
    let mut walk = Walk { config, found: BTreeSet::new(), seen: HashSet::new() };
    for change in plan.changes.iter().filter(|c| c.action != Action::NoOp) {
        let addr = &change.addr.resource;
        let Some(resource) = config.resource(addr) else { continue };
        walk.all(&addr.module, lang::references_in_body(&resource.body).0);
        for repetition in [&resource.count, &resource.for_each].into_iter().flatten() {
            walk.expr(&addr.module, repetition);
        }
    }
    let root = ModuleAddr::default();
    for (name, _) in plan.outputs.iter().filter(|(_, o)| o.action != Action::NoOp) {
        if let Some(output) = config.root.outputs.get(name) {
            walk.expr(&root, &output.value);
        }
    }
    // What a module hands out is kept in no state, and so is always new.
    for (at, module) in config.modules().filter(|(at, _)| !at.is_root()) {
        for (at, output) in world.instances(&at).iter().flat_map(|at| module.outputs.values().map(move |o| (at, o))) {
            walk.expr(at, &output.value);
        }
    }
    walk.found.into_iter().collect()
}

struct Walk<'a> {
    config: &'a Config,
    found: BTreeSet<(ResourceAddr, Path)>,
    /// What was gone through already, by module and by what is read of it.
    seen: HashSet<(ModuleAddr, Reference, Option<Name>)>,
}

impl Walk<'_> {
    fn expr(&mut self, at: &ModuleAddr, expr: &Expr) {
        self.all(at, lang::references(expr).0);
    }

    fn all(&mut self, at: &ModuleAddr, mentions: Vec<Mention>) {
        for mention in mentions {
            self.one(at, mention);
        }
    }

    fn one(&mut self, at: &ModuleAddr, mention: Mention) {
        if let Reference::Resource(addr) = &mention.reference {
            self.found.insert((addr.within(at), path(&mention.rest)));
            return;
        }
        if let Reference::Module(name) = &mention.reference {
            return self.outputs(at, name, &mention.rest);
        }
        if !self.seen.insert((at.clone(), mention.reference.clone(), None)) {
            return;
        }
        let config = self.config;
        match &mention.reference {
            Reference::Local(name) => {
                if let Some(local) = config.module(at).and_then(|m| m.locals.get(name)) {
                    self.expr(at, &local.expr);
                }
            }
            Reference::Variable(name) => {
                let (Some((parent, _)), Some(call)) = (at.parent(), config.call(at)) else { return };
                if let Some(argument) = call.body.attribute(name) {
                    self.expr(&parent, &argument.expr);
                }
            }
            _ => {}
        }
    }

    /// The outputs of a call that are read: one, or all.
    fn outputs(&mut self, at: &ModuleAddr, name: &Name, rest: &[TraversalStep]) {
        let (key, rest) = match rest {
            [TraversalStep::Key(key), rest @ ..] => (Some(InstanceKey::Str(key.clone())), rest),
            [TraversalStep::Index(n), rest @ ..] => {
                (n.as_i64().and_then(|i| u64::try_from(i).ok()).map(InstanceKey::Int), rest)
            }
            rest => (None, rest),
        };
        let inner = at.child(name.clone(), key);
        let Some(module) = self.config.module(&inner) else { return };
        let one = match rest.first() {
            Some(TraversalStep::Attr(output)) => Some(output),
            _ => None,
        };
        if !self.seen.insert((inner.clone(), Reference::Module(name.clone()), one.cloned())) {
            return;
        }
        for output in module.outputs.values().filter(|o| one.is_none_or(|name| *name == o.name)) {
            self.expr(&inner, &output.value);
        }
    }
}

fn path(steps: &[TraversalStep]) -> Path {
    steps.iter().fold(Path::default(), |path, step| match step {
        TraversalStep::Attr(name) => path.attr(name.clone()),
        TraversalStep::Key(key) => path.key(key.clone()),
        TraversalStep::Index(n) => {
            path.index(n.as_i64().and_then(|i| usize::try_from(i).ok()).unwrap_or_default())
        }
    })
}

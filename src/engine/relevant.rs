//! `relevant`: the attributes of resources that what changes is made from, however many names lie between.
//! Looks at the configuration alone; evaluates nothing. What counts was observed with Terraform 1.11.

use std::collections::{BTreeSet, HashMap};

use super::world::World;
use crate::base::{InstanceAddr, InstanceKey, Mode, ModuleAddr, Name, Path, ResourceAddr};
use crate::config::{Body, Config, Expr, ModuleCall, Resource, TraversalStep};
use crate::lang::{self, Mention, Reference};
use crate::plan::{Action, Plan, PlanMode};

/// Attributes of resources that the changes of a plan are made from.
pub(super) fn relevant(config: &Config, world: &World<'_>, plan: &Plan) -> Vec<(InstanceAddr, Path)> {
    let mut walk = Walk { config, open: Vec::new(), seen: HashMap::new(), found: BTreeSet::new() };
    let changing = plan.changes.iter().filter(|change| change.action != Action::NoOp);
    for addr in changing.map(|change| &change.addr.resource).collect::<BTreeSet<_>>() {
        if let Some(resource) = config.resource(addr) {
            walk.declared(&addr.module, resource);
        }
    }
    let root = ModuleAddr::default();
    for (name, _) in plan.outputs.iter().filter(|(_, change)| change.action != Action::NoOp) {
        if let Some(output) = config.root.outputs.get(name) {
            walk.expr(&root, &output.value);
        }
    }
    for (path, module) in config.modules() {
        for at in world.instances(&path) {
            if plan.mode == PlanMode::Destroy {
                // Every data source goes from the state.
                let data = module.resources.values().filter(|resource| resource.addr.mode == Mode::Data);
                data.for_each(|data| walk.declared(at, data));
            } else if !at.is_root() {
                // What a module hands out is kept in no state, and so is always new.
                module.outputs.values().for_each(|output| walk.expr(at, &output.value));
            }
        }
    }
    while let Some((at, mention)) = walk.open.pop() {
        walk.follow(&at, &mention);
    }
    walk.found.into_iter().collect()
}

/// On the way from name to name. Modules are instances here.
struct Walk<'c> {
    config: &'c Config,
    open: Vec<(ModuleAddr, Mention)>,
    /// What was mentioned already, by the module it is mentioned in.
    seen: HashMap<(ModuleAddr, Reference), BTreeSet<Path>>,
    found: BTreeSet<(InstanceAddr, Path)>,
}

impl Walk<'_> {
    fn add(&mut self, at: &ModuleAddr, mentions: Vec<Mention>) {
        for mention in mentions {
            let seen = self.seen.entry((at.clone(), mention.reference.clone())).or_default();
            if seen.insert(path(&mention.rest)) {
                self.open.push((at.clone(), mention));
            }
        }
    }

    /// All that a resource's block says.
    fn declared(&mut self, at: &ModuleAddr, resource: &Resource) {
        self.body(at, &resource.body);
        resource.count.iter().chain(&resource.for_each).for_each(|expr| self.expr(at, expr));
    }

    fn body(&mut self, at: &ModuleAddr, body: &Body) {
        self.add(at, lang::references_in_body(body).0);
    }

    fn expr(&mut self, at: &ModuleAddr, expr: &Expr) {
        self.add(at, lang::references(expr).0);
    }

    fn follow(&mut self, at: &ModuleAddr, mention: &Mention) {
        let Some(module) = self.config.module(at) else { return };
        match &mention.reference {
            Reference::Local(name) => {
                if let Some(local) = module.locals.get(name) {
                    self.expr(at, &local.expr);
                }
            }
            Reference::Variable(name) => {
                if let (Some(call), Some((caller, _))) = (self.config.call(at), at.parent()) {
                    self.argument(&caller, call, name);
                }
            }
            Reference::Module(name) => {
                let (key, rest) = keyed(&mention.rest);
                let child = at.child(name.clone(), key);
                let Some(outputs) = self.config.module(&child).map(|module| &module.outputs) else { return };
                let one = match rest.first() {
                    Some(TraversalStep::Attr(output)) => outputs.get(output),
                    _ => None,
                };
                match one {
                    Some(output) => self.expr(&child, &output.value),
                    None => outputs.values().for_each(|output| self.expr(&child, &output.value)),
                }
            }
            Reference::Resource(addr) => self.resource(at, addr, &mention.rest),
            _ => {}
        }
    }

    /// What a variable of a called module is given.
    fn argument(&mut self, caller: &ModuleAddr, call: &ModuleCall, name: &Name) {
        let Some(given) = call.body.attribute(name) else { return };
        let mentions = lang::references(&given.expr).0;
        let repeated = mentions.iter().any(|found| {
            matches!(found.reference, Reference::EachKey | Reference::EachValue | Reference::CountIndex)
        });
        if repeated {
            call.count.iter().chain(&call.for_each).for_each(|expr| self.expr(caller, expr));
        }
        self.add(caller, mentions);
    }

    /// Notes an attribute, and goes on with what it is given in the configuration, if it is.
    fn resource(&mut self, at: &ModuleAddr, addr: &ResourceAddr, rest: &[TraversalStep]) {
        let (key, rest) = keyed(rest);
        self.found.insert((addr.within(at).instance(key), path(rest)));
        let Some(resource) = self.config.module(at).and_then(|module| module.resource(addr)) else { return };
        match rest.first() {
            None => self.body(at, &resource.body),
            Some(TraversalStep::Attr(name)) => {
                if let Some(attribute) = resource.body.attribute(name) {
                    self.expr(at, &attribute.expr);
                }
                for block in resource.body.blocks.iter().filter(|block| block.type_name == *name) {
                    self.body(at, &block.body);
                }
            }
            Some(TraversalStep::Key(_) | TraversalStep::Index(_)) => {}
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

/// The instance key at the beginning, if there is one, and the rest.
fn keyed(steps: &[TraversalStep]) -> (Option<InstanceKey>, &[TraversalStep]) {
    match steps {
        [TraversalStep::Key(key), rest @ ..] => (Some(InstanceKey::Str(key.clone())), rest),
        [TraversalStep::Index(n), rest @ ..] => {
            (n.as_i64().and_then(|n| u64::try_from(n).ok()).map(InstanceKey::Int), rest)
        }
        rest => (None, rest),
    }
}

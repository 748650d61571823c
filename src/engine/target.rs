//! `Targets`: what `-target` and `-exclude` leave in.
//! Knows addresses, the graph and of what state has objects, nothing of values.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Graph;
use super::ordering::old_dependencies;
use super::{PlanOptions, kinds};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, InstanceKey, ModuleAddr, ResourceAddr};
use crate::plan::PlanMode;
use crate::plan::order::Dependencies;
use crate::provider::Registry;
use crate::state::State;

/// The instances that an operation is limited to, or those that it leaves alone.
pub(super) struct Targets {
    limit: Limit,
    named: Vec<Named>,
    /// The resources that share the lot of named ones, with the positions of those.
    drawn_in: BTreeMap<ResourceAddr, Vec<usize>>,
    /// Whether what shares the lot of an instance of a module is out of reach in the other instances of that module.
    apart: bool,
    /// Resources that nothing can be planned for, but whose values state has: leaving one out takes nothing with it.
    held: BTreeSet<ResourceAddr>,
    /// The modules whose resources are all left out.
    empty: BTreeSet<ModuleAddr>,
}

/// What happens to the named instances.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// Nobody named any.
    None,
    /// `-target`: only they are in, with everything they depend on.
    Target,
    /// `-exclude`: they are out, with everything that depends on them and cannot go on with what state has of them.
    Exclude,
}

enum Named {
    Module(ModuleAddr),
    Resource(ResourceAddr),
    Instance(ResourceAddr, InstanceKey),
}

impl Named {
    /// Whether some instance of a resource, as configuration knows it, is covered.
    fn covers_some_of(&self, resource: &ResourceAddr) -> bool {
        match self {
            Named::Module(module) => resource.module.is_within(&module.path()),
            Named::Resource(named) | Named::Instance(named, _) => named.config() == *resource,
        }
    }

    /// Whether every instance of a resource, as configuration knows it, is covered.
    fn covers_all_of(&self, resource: &ResourceAddr) -> bool {
        match self {
            Named::Module(module) => *module == module.path() && resource.module.is_within(module),
            Named::Resource(named) => named == resource,
            Named::Instance(..) => false,
        }
    }

    /// The module instance in which it names something.
    fn module(&self) -> &ModuleAddr {
        match self {
            Named::Module(module) => module,
            Named::Resource(addr) | Named::Instance(addr, _) => &addr.module,
        }
    }

    /// Whether something in a module instance can have to do with it: instances of one module know nothing of each other.
    fn reaches(&self, module: &ModuleAddr) -> bool {
        self.common(module).all(|(own, other)| own.is_none() || other.is_none() || own == other)
    }

    /// Whether it can have to do with something in whatever instance of a module.
    fn reaches_all(&self, path: &ModuleAddr) -> bool {
        self.common(path).all(|(own, _)| own.is_none())
    }

    /// The keys of the calls that lead to both, its own first.
    fn common<'a>(
        &'a self,
        other: &'a ModuleAddr,
    ) -> impl Iterator<Item = (&'a Option<InstanceKey>, &'a Option<InstanceKey>)> {
        let steps = self.module().steps().iter().zip(other.steps());
        steps.take_while(|(own, other)| own.0 == other.0).map(|(own, other)| (&own.1, &other.1))
    }

    fn covers(&self, addr: &InstanceAddr) -> bool {
        let at = &addr.resource.module;
        match self {
            Named::Module(module) => at.is_within(module),
            Named::Resource(named) | Named::Instance(named, _) if !at.is_within(&named.module) => false,
            Named::Resource(named) => named.config() == addr.resource.config(),
            Named::Instance(named, key) => {
                named.config() == addr.resource.config() && addr.key.as_ref() == Some(key)
            }
        }
    }
}

impl Targets {
    /// Reads the addresses and finds what goes with them: in the graph, or where something is destroyed, in the
    /// dependencies that state recorded.
    ///
    /// # Errors
    /// For what is no address, and when both options were given.
    pub(super) fn new(
        options: &PlanOptions,
        registry: &Registry,
        graph: &Graph,
        state: &State,
    ) -> Result<Targets, Diagnostics> {
        let PlanOptions { targets, excludes, mode, .. } = options;
        let (limit, texts) = match (targets.is_empty(), excludes.is_empty()) {
            (true, true) => (Limit::None, targets),
            (false, true) => (Limit::Target, targets),
            (true, false) => (Limit::Exclude, excludes),
            (false, false) => return Err(contradiction().into()),
        };
        let mut problems = Diagnostics::new();
        let mut named = Vec::new();
        for text in texts {
            match parse(text) {
                Ok(one) => named.push(one),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let planning = *mode != PlanMode::Destroy;
        let mut targets = Targets {
            limit,
            named,
            drawn_in: BTreeMap::new(),
            apart: limit == Limit::Exclude || !planning,
            held: BTreeSet::new(),
            empty: BTreeSet::new(),
        };
        match (limit, planning) {
            (Limit::None, _) => {}
            (Limit::Target, true) => {
                let held = kinds::held(registry, state);
                targets.draw_in(|named| &under(named, &graph.dependencies) - &held);
            }
            // What depends on a target has to go before it.
            (Limit::Target, false) => {
                let old = old_dependencies(state)?;
                targets.draw_in(|named| above(named, &old));
            }
            // What stays keeps what it needs.
            (Limit::Exclude, false) => {
                let old = old_dependencies(state)?;
                targets.draw_in(|named| under(named, &old));
            }
            (Limit::Exclude, true) => {
                let held = kinds::held(registry, state);
                let mut old = old_dependencies(state)?;
                old.retain(|addr, _| !graph.dependencies.contains_key(addr));
                targets.draw_in(|named| {
                    let mut found = lost(named, registry, &held, &graph.dependencies);
                    found.extend(lost(named, registry, &held, &old));
                    found
                });
                targets.held = held;
                targets.empty = targets.emptied(graph.dependencies.keys());
            }
        }
        Ok(targets)
    }

    fn emptied<'a>(&self, resources: impl Iterator<Item = &'a ResourceAddr>) -> BTreeSet<ModuleAddr> {
        let (mut all, mut inhabited) = (BTreeSet::new(), BTreeSet::new());
        for addr in resources {
            all.extend(addr.module.ancestry());
            if self.include_some_of(addr) {
                inhabited.extend(addr.module.ancestry());
            }
        }
        all.difference(&inhabited).cloned().collect()
    }

    fn draw_in(&mut self, find: impl Fn(&Named) -> BTreeSet<ResourceAddr>) {
        for (i, named) in self.named.iter().enumerate() {
            for addr in find(named) {
                self.drawn_in.entry(addr).or_default().push(i);
            }
        }
    }

    /// Whether an instance shares the lot of a named one.
    fn draws_in(&self, resource: &ResourceAddr) -> bool {
        let by = self.drawn_in.get(&resource.config());
        let reaches = |i: &usize| self.named.get(*i).is_some_and(|named| named.reaches(&resource.module));
        by.is_some_and(|by| !self.apart || by.iter().any(reaches))
    }

    fn names_some_of(&self, resource: &ResourceAddr) -> bool {
        self.named.iter().any(|named| named.covers_some_of(resource))
    }

    /// What the user asked for.
    pub(super) fn limit(&self) -> Limit {
        self.limit
    }

    /// Whether everything is in.
    pub(super) fn is_everything(&self) -> bool {
        self.limit == Limit::None
    }

    /// Whether an instance is in.
    pub(super) fn include(&self, addr: &InstanceAddr) -> bool {
        let named = || self.named.iter().any(|named| named.covers(addr));
        match self.limit {
            Limit::None => true,
            // As in Terraform, a resource of which instances are named keeps to those, even if others need it.
            Limit::Target if !self.apart && self.names_some_of(&addr.resource.config()) => named(),
            Limit::Target => named() || self.draws_in(&addr.resource),
            Limit::Exclude => !named() && !self.draws_in(&addr.resource),
        }
    }

    /// Whether some instance of a resource may be in.
    pub(super) fn include_some_of(&self, resource: &ResourceAddr) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::Target => self.drawn_in.contains_key(resource) || self.names_some_of(resource),
            Limit::Exclude => {
                let whole = |i: &usize| self.named.get(*i).is_some_and(|n| n.reaches_all(&resource.module));
                let all = self.drawn_in.get(resource).is_some_and(|by| by.iter().any(whole));
                !all && !self.named.iter().any(|n| n.covers_all_of(resource))
            }
        }
    }

    /// Whether an output of the root module is in that is made from these resources: as in Terraform, only one that
    /// follows from targets alone.
    pub(super) fn include_output(&self, needs: &BTreeSet<ResourceAddr>) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::Target => !needs.is_empty() && needs.iter().all(|addr| self.include_some_of(addr)),
            Limit::Exclude => !needs.iter().any(|addr| {
                let out = self.drawn_in.contains_key(addr) || self.names_some_of(addr);
                out && !self.held.contains(addr)
            }),
        }
    }

    /// Whether something in a module may be in.
    pub(super) fn include_some_within(&self, path: &ModuleAddr) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::Target => {
                self.drawn_in.keys().any(|addr| addr.module.is_within(path))
                    || self.named.iter().any(|named| {
                        let module = named.module().path();
                        module.is_within(path) || matches!(named, Named::Module(_)) && path.is_within(&module)
                    })
            }
            Limit::Exclude if self.empty.contains(path) => false,
            Limit::Exclude => !self.named.iter().any(|named| match named {
                Named::Module(module) => *module == module.path() && path.is_within(module),
                Named::Resource(_) | Named::Instance(..) => false,
            }),
        }
    }

    /// The warning that goes with every limited plan.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        let (summary, option) = match self.limit {
            Limit::None => return None,
            Limit::Target => ("Resource targeting is in effect", "-target"),
            Limit::Exclude => ("Resource exclusion is in effect", "-exclude"),
        };
        Some(Diagnostic::warning(
            summary,
            format!(
                "You are creating a plan with the {option} option, which means that the result of this plan may not \
                 represent all of the changes requested by the current configuration.\n\nThe {option} option is not for \
                 routine use, and is provided only for exceptional situations such as recovering from errors or \
                 mistakes, or when lambdaform specifically suggests to use it as part of an error message."
            ),
        ))
    }
}

/// What a named one depends on.
fn under(named: &Named, dependencies: &Dependencies) -> BTreeSet<ResourceAddr> {
    let of = dependencies.iter().filter(|(addr, _)| named.covers_some_of(addr));
    of.flat_map(|(_, dependencies)| dependencies.iter().cloned()).collect()
}

/// What depends on a named one.
fn above(named: &Named, dependencies: &Dependencies) -> BTreeSet<ResourceAddr> {
    let on = dependencies.iter().filter(|(_, on)| on.iter().any(|addr| named.covers_some_of(addr)));
    on.map(|(addr, _)| addr.clone()).collect()
}

/// What cannot be planned without a named one: what depends on one whose values nobody has, by itself or through another
/// that nothing can be planned for.
fn lost(
    named: &Named,
    registry: &Registry,
    held: &BTreeSet<ResourceAddr>,
    dependencies: &Dependencies,
) -> BTreeSet<ResourceAddr> {
    let mut unplanned = above(named, dependencies);
    unplanned.retain(|addr| !kinds::is_supported(registry, addr));
    let is_lost = |addr: &ResourceAddr| {
        !held.contains(addr) && (named.covers_some_of(addr) || unplanned.contains(addr))
    };
    let on = dependencies.iter().filter(|(_, on)| on.iter().any(is_lost));
    let mut found: BTreeSet<ResourceAddr> = on.map(|(addr, _)| addr.clone()).collect();
    found.append(&mut unplanned);
    found
}

fn parse(text: &str) -> Result<Named, Diagnostic> {
    if let Ok(module) = text.parse::<ModuleAddr>()
        && !module.is_root()
    {
        return Ok(Named::Module(module));
    }
    match text.parse::<InstanceAddr>() {
        Ok(InstanceAddr { resource, key: None }) => Ok(Named::Resource(resource)),
        Ok(InstanceAddr { resource, key: Some(key) }) => Ok(Named::Instance(resource, key)),
        Err(error) => Err(Diagnostic::error("Invalid target", error.to_string())),
    }
}

fn contradiction() -> Diagnostic {
    Diagnostic::error(
        "Incompatible options",
        "The options -target and -exclude cannot be used together: one says what a plan is limited to, the other what it \
         leaves alone. Use either of them, as often as needed.",
    )
}

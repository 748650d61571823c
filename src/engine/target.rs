//! `Targets`: what `-target` and `-exclude` leave in.
//! Knows addresses, the graph and of what state has objects, nothing of values.

use std::collections::BTreeSet;

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
    /// The resources that share the lot of the named ones: whole, whatever instance was named.
    drawn_in: BTreeSet<ResourceAddr>,
    /// Resources that nothing can be planned for, but whose values state has: leaving one out takes nothing with it.
    held: BTreeSet<ResourceAddr>,
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
        let mut targets = Targets { limit, named, drawn_in: BTreeSet::new(), held: BTreeSet::new() };
        targets.drawn_in = match (limit, *mode == PlanMode::Destroy) {
            (Limit::None, _) => BTreeSet::new(),
            (Limit::Target, false) => targets.under(&graph.dependencies),
            // What depends on a target has to go before it.
            (Limit::Target, true) => targets.above(&old_dependencies(state)?),
            // What stays keeps what it needs.
            (Limit::Exclude, true) => targets.under(&old_dependencies(state)?),
            (Limit::Exclude, false) => {
                targets.held = kinds::held(registry, state);
                let mut old = old_dependencies(state)?;
                old.retain(|addr, _| !graph.dependencies.contains_key(addr));
                let mut found = targets.lost(registry, &graph.dependencies);
                found.extend(targets.lost(registry, &old));
                found
            }
        };
        Ok(targets)
    }

    /// What the named ones depend on.
    fn under(&self, dependencies: &Dependencies) -> BTreeSet<ResourceAddr> {
        let of = dependencies.iter().filter(|(addr, _)| self.names_some_of(addr));
        of.flat_map(|(_, dependencies)| dependencies.iter().cloned()).collect()
    }

    /// What depends on the named ones.
    fn above(&self, dependencies: &Dependencies) -> BTreeSet<ResourceAddr> {
        let on = dependencies.iter().filter(|(_, on)| on.iter().any(|addr| self.names_some_of(addr)));
        on.map(|(addr, _)| addr.clone()).collect()
    }

    /// What cannot be planned without the named ones: what depends on one whose values nobody has, by itself or through
    /// another that nothing can be planned for.
    fn lost(&self, registry: &Registry, dependencies: &Dependencies) -> BTreeSet<ResourceAddr> {
        let leans = |on: &BTreeSet<ResourceAddr>| on.iter().any(|addr| self.names_some_of(addr));
        let unplanned: BTreeSet<&ResourceAddr> = dependencies
            .iter()
            .filter(|(addr, on)| !kinds::is_supported(registry, addr) && leans(on))
            .map(|(addr, _)| addr)
            .collect();
        let is_lost = |addr: &ResourceAddr| {
            !self.held.contains(addr) && (self.names_some_of(addr) || unplanned.contains(addr))
        };
        let found =
            dependencies.iter().filter(|(addr, on)| unplanned.contains(addr) || on.iter().any(is_lost));
        found.map(|(addr, _)| addr.clone()).collect()
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
        let hit =
            || self.drawn_in.contains(&addr.resource.config()) || self.named.iter().any(|n| n.covers(addr));
        match self.limit {
            Limit::None => true,
            Limit::Target => hit(),
            Limit::Exclude => !hit(),
        }
    }

    /// Whether some instance of a resource may be in.
    pub(super) fn include_some_of(&self, resource: &ResourceAddr) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::Target => self.drawn_in.contains(resource) || self.names_some_of(resource),
            Limit::Exclude => {
                !self.drawn_in.contains(resource) && !self.named.iter().any(|n| n.covers_all_of(resource))
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
                let out = self.drawn_in.contains(addr) || self.names_some_of(addr);
                out && !self.held.contains(addr)
            }),
        }
    }

    /// Whether something in a module may be in.
    pub(super) fn include_some_within(&self, path: &ModuleAddr) -> bool {
        match self.limit {
            Limit::None => true,
            Limit::Target => {
                self.drawn_in.iter().any(|addr| addr.module.is_within(path))
                    || self.named.iter().any(|named| {
                        let module = match named {
                            Named::Module(module) => module.path(),
                            Named::Resource(addr) | Named::Instance(addr, _) => addr.module.path(),
                        };
                        module.is_within(path) || path.is_within(&module)
                    })
            }
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

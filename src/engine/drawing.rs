//! `Drawing`: what an operation does in which order, as `graph -type` and `graph -plan` show it.
//! Knows nothing of the language that it is drawn in, nor of values.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::connections::{provider_of, state_form};
use super::graph::{self, Node};
use super::ordering::old_dependencies;
use crate::base::{Dag, Diagnostics, InstanceAddr, Mode, ResourceAddr};
use crate::config::Config;
use crate::plan::{Action, Plan, PlanMode, ResourceChange, StepKind};
use crate::provider::Registry;
use crate::state::State;

/// What is done, by name, and which waits for which. An edge that others imply is left out.
#[derive(Debug, Default)]
pub struct Drawing {
    /// The nodes that have a form of their own. Others stand in the edges only.
    pub nodes: BTreeMap<String, (String, Shape)>,
    /// Pairs of names: the first waits for the second.
    pub edges: Vec<(String, String)>,
}

/// The form of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A resource or an instance of one.
    Box,
    /// A variable of the root module.
    Note,
    /// A provider configuration.
    Diamond,
}

/// The operations whose order follows from the configuration alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// Planning, also that of a refresh.
    Plan,
    /// Applying.
    Apply,
}

/// What waits for the end of everything.
const ROOT: &str = "root";

/// The order in which a configuration is planned or applied.
///
/// # Errors
/// As for a plan: a cycle, or references that cannot be.
pub fn draw_walk(config: &Config, registry: &Registry, walk: Walk) -> Result<Drawing, Diagnostics> {
    let mut sketch = Sketch::of_config(config, registry, &BTreeMap::new())?;
    if walk == Walk::Plan {
        for (path, module) in config.modules() {
            for name in module.checks.keys() {
                let check = named(&Node::Check(path.clone(), name.clone()), config, registry);
                sketch.dag.depend(check.clone(), check.replace("(expand)", "(report)"));
            }
        }
    }
    Ok(sketch.finish())
}

/// The order in which everything in a state would be destroyed.
///
/// # Errors
/// When there are more dependencies in it than can be held.
pub fn draw_destruction(config: &Config, state: &State) -> Result<Drawing, Diagnostics> {
    let mut sketch = Sketch::default();
    let mut instances: BTreeMap<ResourceAddr, Vec<String>> = BTreeMap::new();
    for (addr, resource) in &state.resources {
        for key in resource.objects.keys() {
            let deposed = key.deposed.as_deref();
            let name = sketch.destroyed(&addr.instance(key.instance.clone()), deposed, &resource.provider);
            instances.entry(addr.config()).or_default().push(name);
        }
    }
    for (dependent, dependencies) in old_dependencies(state)? {
        for name in instances.get(&dependent).into_iter().flatten() {
            for dependency in dependencies.iter().filter_map(|addr| instances.get(addr)).flatten() {
                sketch.dag.depend(dependency.clone(), name.clone());
            }
        }
    }
    sketch.root_outputs(config);
    Ok(sketch.finish())
}

/// The order in which a plan is executed; `before` is the state that it was made from.
///
/// # Errors
/// As for a plan of the configuration that it was made from.
pub fn draw_plan(
    config: &Config,
    registry: &Registry,
    plan: &Plan,
    before: &State,
) -> Result<Drawing, Diagnostics> {
    let mut made: BTreeMap<ResourceAddr, Vec<&ResourceChange>> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| stays(change, config)) {
        made.entry(change.addr.resource.config()).or_default().push(change);
    }
    let mut sketch = match plan.mode {
        PlanMode::Destroy => Sketch::default(),
        PlanMode::Normal | PlanMode::RefreshOnly => Sketch::of_config(config, registry, &made)?,
    };
    if plan.mode == PlanMode::Destroy {
        sketch.root_outputs(config);
        for (addr, resource) in before.resources.iter().filter(|(addr, _)| addr.mode == Mode::Data) {
            for key in resource.objects.keys() {
                sketch.destroyed(&addr.instance(key.instance.clone()), None, &resource.provider);
            }
        }
    }
    let names: Vec<Option<(String, bool)>> = plan
        .steps
        .iter()
        .map(|step| {
            let change = plan.changes.get(step.change)?;
            match step.kind {
                StepKind::Del => {
                    let deposed = change.deposed.as_deref();
                    Some((sketch.destroyed(&change.addr, deposed, &change.provider), true))
                }
                StepKind::Up | StepKind::Read => Some((change.addr.to_string(), false)),
                StepKind::Forget | StepKind::Join => None,
            }
        })
        .collect();
    for (i, name) in names.iter().enumerate() {
        let Some((waiting, deletes)) = name else { continue };
        for on in real_steps(plan, i, &names) {
            if let Some(Some((on, too))) = names.get(on)
                && (*deletes || *too)
            {
                sketch.dag.depend(waiting.clone(), on.clone());
            }
        }
    }
    Ok(sketch.finish())
}

/// Whether there is something to do for the object that is there after the change, were it only to judge it.
fn stays(change: &ResourceChange, config: &Config) -> bool {
    let judged = || {
        config.resource(&change.addr.resource).is_some_and(|resource| {
            !resource.lifecycle.preconditions.is_empty() || !resource.lifecycle.postconditions.is_empty()
        })
    };
    change.deposed.is_none()
        && match change.action {
            Action::Delete | Action::Forget => false,
            Action::NoOp => judged(),
            _ => true,
        }
}

/// The steps that one waits for, looking through those that only join others.
fn real_steps(plan: &Plan, step: usize, names: &[Option<(String, bool)>]) -> BTreeSet<usize> {
    let mut open: Vec<usize> = plan.steps.get(step).map(|s| s.waits_for.clone()).unwrap_or_default();
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(next) = open.pop() {
        if !seen.insert(next) {
            continue;
        }
        if names.get(next).is_some_and(Option::is_some) {
            found.insert(next);
        } else {
            open.extend(plan.steps.get(next).into_iter().flat_map(|s| s.waits_for.iter().copied()));
        }
    }
    found
}

/// A drawing on its way.
#[derive(Default)]
struct Sketch {
    dag: Dag<String>,
    shown: BTreeMap<String, (String, Shape)>,
}

impl Sketch {
    /// What the configuration says of the order. Of resources with changes, those that refer to them wait for the instances.
    fn of_config(
        config: &Config,
        registry: &Registry,
        made: &BTreeMap<ResourceAddr, Vec<&ResourceChange>>,
    ) -> Result<Self, Diagnostics> {
        let dag = graph::references(config, registry)?;
        let mut sketch = Sketch::default();
        let unused = unused(&dag);
        let instances = |node: &Node| match node {
            Node::Resource(addr) => made.get(addr).map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        };
        for node in dag.nodes().filter(|node| !unused.contains(node)) {
            let name = named(node, config, registry);
            sketch.dag.add(name.clone());
            match node {
                Node::Resource(addr) => {
                    sketch.shown.insert(name.clone(), (addr.to_string(), Shape::Box));
                    let provider = state_form(config, registry, &provider_of(config, registry, addr));
                    sketch.uses(&name, &provider);
                    for change in instances(node) {
                        let instance = change.addr.to_string();
                        sketch.shown.insert(instance.clone(), (addr.to_string(), Shape::Box));
                        sketch.dag.depend(closed(&provider), instance.clone());
                        sketch.dag.depend(instance, name.clone());
                    }
                }
                Node::Variable(path, _) if path.is_root() => {
                    sketch.shown.insert(name.clone(), (name.clone(), Shape::Note));
                }
                Node::Provider(_) => {
                    sketch.shown.insert(name.clone(), (name.clone(), Shape::Diamond));
                }
                _ => {}
            }
            for dependency in dag.dependencies(node) {
                if matches!(dependency, Node::Provider(_)) {
                    // Said above, for every provider, with a block or without.
                    continue;
                }
                let these = instances(dependency);
                if these.is_empty() {
                    sketch.dag.depend(name.clone(), named(dependency, config, registry));
                }
                for change in these {
                    sketch.dag.depend(name.clone(), change.addr.to_string());
                }
            }
        }
        Ok(sketch)
    }

    /// Makes something wait for its provider, and the end of the provider wait for it.
    fn uses(&mut self, name: &str, provider: &str) {
        self.shown.insert(provider.to_owned(), (provider.to_owned(), Shape::Diamond));
        self.dag.depend(name.to_owned(), provider.to_owned());
        self.dag.depend(closed(provider), name.to_owned());
    }

    /// A node for the end of an object.
    fn destroyed(&mut self, addr: &InstanceAddr, deposed: Option<&str>, provider: &str) -> String {
        let name = match deposed {
            None => format!("{addr} (destroy)"),
            Some(key) => format!("{addr} (destroy deposed {key})"),
        };
        self.shown.insert(name.clone(), (addr.resource.config().to_string(), Shape::Box));
        match addr.resource.mode {
            Mode::Managed => self.uses(&name, provider),
            // To forget what was read takes no provider.
            Mode::Data => self.dag.add(name.clone()),
        }
        name
    }

    fn root_outputs(&mut self, config: &Config) {
        for name in config.root.outputs.keys() {
            self.dag.add(format!("output.{name} (expand)"));
        }
    }

    /// Everything before the root, without edges that others imply.
    fn finish(mut self) -> Drawing {
        let all: Vec<String> = self.dag.nodes().cloned().collect();
        for node in all {
            if self.dag.dependents(&node).is_empty() {
                self.dag.depend(ROOT.to_owned(), node);
            }
        }
        // A cycle was reported before, or state has one of its own making: all edges are shown then.
        let edges = match self.dag.order() {
            Ok(order) => reduced(&self.dag, &order),
            Err(_) => {
                let of = |node: &String| {
                    let node = node.clone();
                    self.dag
                        .dependencies(&node)
                        .into_iter()
                        .map(move |on| (node.clone(), on.clone()))
                        .collect()
                };
                self.dag.nodes().flat_map(|node: &String| -> Vec<_> { of(node) }).collect()
            }
        };
        Drawing { nodes: self.shown, edges }
    }
}

/// The edges that no others imply.
fn reduced(dag: &Dag<String>, order: &[String]) -> Vec<(String, String)> {
    let index: HashMap<&String, usize> = order.iter().enumerate().map(|(i, node)| (node, i)).collect();
    let words = order.len().div_ceil(64);
    let mut reach: Vec<Vec<u64>> = Vec::with_capacity(order.len());
    let mut edges = Vec::new();
    for node in order {
        let mut own = vec![0u64; words];
        let mut direct: Vec<usize> =
            dag.dependencies(node).into_iter().filter_map(|on| index.get(on).copied()).collect();
        // What comes late in the order may reach what comes early, never the other way round.
        direct.sort_unstable_by(|a, b| b.cmp(a));
        for on in direct {
            let (word, bit) = (on / 64, 1u64 << (on % 64));
            if own.get(word).is_some_and(|found| found & bit != 0) {
                continue;
            }
            edges.push((node.clone(), order.get(on).cloned().unwrap_or_default()));
            if let Some(theirs) = reach.get(on) {
                own.iter_mut().zip(theirs).for_each(|(own, theirs)| *own |= theirs);
            }
            if let Some(found) = own.get_mut(word) {
                *found |= bit;
            }
        }
        reach.push(own);
    }
    edges
}

/// Values that nothing is made from, and providers that nothing is made with.
fn unused(dag: &Dag<Node>) -> BTreeSet<&Node> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Node> = dag.nodes().collect();
    while let Some(node) = open.pop() {
        let passing = match node {
            Node::Local(..) | Node::Provider(_) => true,
            Node::Variable(path, _) => !path.is_root(),
            _ => false,
        };
        let used = || dag.dependents(node).into_iter().any(|dependent| !found.contains(dependent));
        if passing && !found.contains(node) && !used() {
            found.insert(node);
            open.extend(dag.dependencies(node));
        }
    }
    found
}

fn named(node: &Node, config: &Config, registry: &Registry) -> String {
    match node {
        Node::Provider(addr) => state_form(config, registry, addr),
        Node::Variable(path, _) if path.is_root() => graph::show(node),
        Node::Close(path) => format!("{path} (close)"),
        _ => format!("{} (expand)", graph::show(node)),
    }
}

fn closed(provider: &str) -> String {
    format!("{provider} (close)")
}

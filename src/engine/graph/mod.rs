//! `Graph`: what has to be evaluated before what, from references and `depends_on`.
//! Knows nothing of values; one node per object of configuration, not per instance.

mod gather;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::connections::ProviderAddr;
use crate::base::{Dag, Diagnostic, Diagnostics, Mode, ModuleAddr, Name, ResourceAddr};
use crate::config::Config;
use crate::provider::Registry;

use gather::{Gathered, gather};

/// An object of configuration that has a value, or that others wait for. Modules are paths here, without instance keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    /// How often a module stands.
    Call(ModuleAddr),
    Variable(ModuleAddr, Name),
    Local(ModuleAddr, Name),
    Provider(ProviderAddr),
    Resource(ResourceAddr),
    Output(ModuleAddr, Name),
    /// A `check` block.
    Check(ModuleAddr, Name),
    /// Everything in a module.
    Close(ModuleAddr),
}

impl Node {
    fn module(&self) -> &ModuleAddr {
        match self {
            Node::Call(path) | Node::Variable(path, _) | Node::Local(path, _) => path,
            Node::Output(path, _) | Node::Check(path, _) | Node::Close(path) => path,
            Node::Provider(provider) => &provider.module,
            Node::Resource(addr) => &addr.module,
        }
    }
}

/// A value that is made from others, to be made anew when one of them changes.
#[derive(Debug, Clone)]
pub(super) struct Derived {
    /// A call, variable, local or output.
    pub(super) node: Node,
    /// Whether every instance of its module is concerned. Otherwise only the one that holds the instance of the resource.
    pub(super) everywhere: bool,
}

/// The evaluation order and what follows from it.
pub(super) struct Graph {
    /// Calls, resources, and the variables and outputs of called modules, each after all that it is made from.
    pub(super) order: Vec<Node>,
    /// The resources that each resource depends on, closed transitively.
    pub(super) dependencies: BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>,
    /// The resources that each output of the root module depends on.
    pub(super) outputs: HashMap<Name, BTreeSet<ResourceAddr>>,
    /// The resources that each check depends on.
    pub(super) checks: HashMap<(ModuleAddr, Name), BTreeSet<ResourceAddr>>,
    /// The provider configurations that are made from resources.
    pub(super) providers: BTreeSet<ProviderAddr>,
    /// What is made from each resource without another resource in between, each after what it is made from itself.
    pub(super) made_of: HashMap<ResourceAddr, Vec<Derived>>,
    /// The resources that a data source is to be read after: managed ones that it names, and those of its `depends_on` or
    /// that of a module around it.
    pub(super) awaited: HashMap<ResourceAddr, BTreeSet<ResourceAddr>>,
}

/// Builds the graph of a configuration. References that lead nowhere are left to evaluation, which knows their places.
///
/// # Errors
/// A diagnostic for a cycle, edge by edge with the place of each reference.
pub(super) fn build(config: &Config, registry: &Registry) -> Result<Graph, Diagnostics> {
    let Gathered { dag, order, explicit } = gather(config, registry)?;
    close(&dag, &order, &explicit)
}

/// Every node with those it refers to.
///
/// # Errors
/// As [`build`].
pub(super) fn references(config: &Config, registry: &Registry) -> Result<Dag<Node>, Diagnostics> {
    Ok(gather(config, registry)?.dag)
}

/// A node as messages name it.
pub(super) fn show(node: &Node) -> String {
    match node {
        Node::Call(path) => path.to_string(),
        Node::Close(path) => format!("{path} (whole)"),
        Node::Variable(path, name) => path.address_of(format_args!("var.{name}")),
        Node::Local(path, name) => path.address_of(format_args!("local.{name}")),
        Node::Provider(addr) => addr.module.address_of(format_args!("provider.{}", addr.reference)),
        Node::Resource(addr) => addr.to_string(),
        Node::Output(path, name) => path.address_of(format_args!("output.{name}")),
        Node::Check(path, name) => path.address_of(format_args!("check.{name}")),
    }
}

/// More dependencies, of one on another through however many, than memory and the steps of a plan can hold: each resource of
/// a chain depends on all before it.
pub(super) const MOST: usize = if cfg!(test) { 300_000 } else { 3_000_000 };

/// The problem with more of them than that.
pub(super) fn too_many(at: &str) -> Diagnostic {
    let detail = format!(
        "With {at}, the resources of this configuration would depend on each other in more than {MOST} ways, directly and \
         through others, which is as many as can be planned together. Divide the configuration into several."
    );
    Diagnostic::error("Too many dependencies", detail)
}

/// Walks the order once, each node taking over what its dependencies depend on.
///
/// # Errors
/// When that is too much to hold.
fn close(
    dag: &Dag<Node>,
    order: &[Node],
    explicit: &HashMap<ResourceAddr, Vec<Node>>,
) -> Result<Graph, Diagnostics> {
    let mut sum = 0;
    let mut closed: HashMap<&Node, BTreeSet<ResourceAddr>> = HashMap::new();
    // The same without looking behind resources, and whether a value is handed down into a module on the way.
    let mut direct: HashMap<&Node, BTreeMap<ResourceAddr, bool>> = HashMap::new();
    let mut graph = Graph {
        order: Vec::new(),
        dependencies: BTreeMap::new(),
        providers: BTreeSet::new(),
        outputs: HashMap::new(),
        checks: HashMap::new(),
        made_of: HashMap::new(),
        awaited: HashMap::new(),
    };
    for node in order {
        let mut all = BTreeSet::new();
        let mut near: BTreeMap<ResourceAddr, bool> = BTreeMap::new();
        for dependency in dag.dependencies(node) {
            let down = !dependency.module().is_within(node.module());
            if let Node::Resource(addr) = dependency {
                all.insert(addr.clone());
                *near.entry(addr.clone()).or_default() |= down;
            } else {
                for (addr, before) in direct.get(dependency).into_iter().flatten() {
                    *near.entry(addr.clone()).or_default() |= down || *before;
                }
            }
            all.extend(closed.get(dependency).into_iter().flatten().cloned());
        }
        sum += all.len();
        if sum > MOST {
            return Err(too_many(&show(node)).into());
        }
        match node {
            Node::Call(_) => graph.order.push(node.clone()),
            Node::Resource(addr) => {
                graph.order.push(node.clone());
                // A resource stands for itself, anything else for all that it is made from.
                let awaited = explicit.get(addr).into_iter().flatten().flat_map(|target| match target {
                    Node::Resource(addr) => vec![addr.clone()],
                    made => closed.get(made).into_iter().flatten().cloned().collect(),
                });
                // What a data source itself names counts as if it stood in depends_on.
                let named = dag.dependencies(node).into_iter().filter_map(|dependency| match dependency {
                    Node::Resource(named) if named.mode == Mode::Managed => Some(named.clone()),
                    _ => None,
                });
                let named: Vec<ResourceAddr> = match addr.mode {
                    Mode::Data => named.collect(),
                    Mode::Managed => Vec::new(),
                };
                let awaited: BTreeSet<ResourceAddr> = awaited.chain(named).collect();
                if !awaited.is_empty() {
                    graph.awaited.insert(addr.clone(), awaited);
                }
                graph.dependencies.insert(addr.clone(), all.clone());
            }
            Node::Check(path, name) => {
                graph.order.push(node.clone());
                graph.checks.insert((path.clone(), name.clone()), all.clone());
            }
            Node::Output(path, name) if path.is_root() => {
                graph.outputs.insert(name.clone(), all.clone());
            }
            Node::Variable(path, _) | Node::Output(path, _) if !path.is_root() => {
                graph.order.push(node.clone());
            }
            Node::Provider(provider) => {
                if !all.is_empty() {
                    graph.providers.insert(provider.clone());
                }
            }
            Node::Variable(..) | Node::Output(..) | Node::Local(..) | Node::Close(_) => {}
        }
        if matches!(node, Node::Call(_) | Node::Variable(..) | Node::Local(..) | Node::Output(..)) {
            for (addr, everywhere) in &near {
                let derived = Derived { node: node.clone(), everywhere: *everywhere };
                graph.made_of.entry(addr.clone()).or_default().push(derived);
            }
            direct.insert(node, near);
        }
        closed.insert(node, all);
    }
    Ok(graph)
}

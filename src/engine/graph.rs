//! `Graph`: what has to be evaluated before what, from references and `depends_on`.
//! Knows nothing of values; one node per object of configuration, not per instance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::world::undeclared_resource;
use crate::base::{Dag, Diagnostic, Diagnostics, Name, ResourceAddr, Span};
use crate::config::{CheckRule, Expr, Module, ProviderRef, Resource, Traversal, TraversalStep};
use crate::lang::{self, Mention, Reference};

/// An object of configuration that has a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Node {
    Variable(Name),
    Local(Name),
    Provider(ProviderRef),
    Resource(ResourceAddr),
    Output(Name),
}

/// The evaluation order and what follows from it.
pub(super) struct Graph {
    /// Resources, each after all that its configuration refers to, however indirectly.
    pub(super) order: Vec<ResourceAddr>,
    /// The resources that each resource depends on, closed transitively.
    pub(super) dependencies: BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>,
    /// The resources that each output depends on.
    pub(super) outputs: HashMap<Name, BTreeSet<ResourceAddr>>,
    /// The provider configurations that are made from resources.
    pub(super) providers: BTreeSet<ProviderRef>,
    /// The locals that are made from each resource, however indirectly.
    pub(super) locals_of: HashMap<ResourceAddr, BTreeSet<Name>>,
}

/// Builds the graph of a module. References that lead nowhere are left to evaluation, which knows their places.
///
/// # Errors
/// A diagnostic for a cycle, edge by edge with the place of each reference.
pub(super) fn build(
    module: &Module,
    provider_of: impl Fn(&Resource) -> ProviderRef,
) -> Result<Graph, Diagnostics> {
    let mut builder =
        Builder { module, dag: Dag::default(), places: HashMap::new(), problems: Diagnostics::new() };
    if let Some(call) = module.calls.values().next() {
        let problem = Diagnostic::error("Unsupported block type", "Modules are not planned yet.");
        return Err(problem.at(call.span).into());
    }
    for variable in module.variables.values() {
        let node = Node::Variable(variable.name.clone());
        builder.dag.add(node.clone());
        builder.rules(&node, &variable.validations);
    }
    for local in module.locals.values() {
        let node = Node::Local(local.name.clone());
        builder.dag.add(node.clone());
        builder.expr(&node, &local.expr);
    }
    for provider in &module.providers {
        let node = Node::Provider(provider.reference.clone());
        builder.dag.add(node.clone());
        for found in lang::references_in_body(&provider.body).0 {
            builder.edge(&node, &found.reference, found.span);
        }
    }
    for (addr, resource) in &module.resources {
        let node = Node::Resource(addr.clone());
        builder.dag.add(node.clone());
        builder.resource(&node, resource);
        let provider = Node::Provider(provider_of(resource));
        if module.providers.iter().any(|p| Node::Provider(p.reference.clone()) == provider) {
            builder.dag.depend(node, provider);
        }
    }
    for (name, output) in &module.outputs {
        let node = Node::Output(name.clone());
        builder.dag.add(node.clone());
        builder.expr(&node, &output.value);
        builder.rules(&node, &output.preconditions);
        builder.depends_on(&node, &output.depends_on);
    }
    if builder.problems.has_errors() {
        return Err(builder.problems);
    }
    let order = builder.dag.order().map_err(|cycle| builder.explain(&cycle.0))?;
    Ok(close(&builder.dag, &order))
}

struct Builder<'a> {
    module: &'a Module,
    dag: Dag<Node>,
    /// Where the first reference behind each edge stands.
    places: HashMap<(Node, Node), Span>,
    problems: Diagnostics,
}

impl Builder<'_> {
    fn resource(&mut self, node: &Node, resource: &Resource) {
        for found in lang::references_in_body(&resource.body).0 {
            self.mention(node, &found);
        }
        for expr in resource.count.iter().chain(&resource.for_each) {
            self.expr(node, expr);
        }
        for expr in &resource.lifecycle.replace_triggered_by {
            self.expr(node, expr);
        }
        self.rules(node, &resource.lifecycle.preconditions);
        self.rules(node, &resource.lifecycle.postconditions);
        self.depends_on(node, &resource.depends_on);
    }

    fn rules(&mut self, node: &Node, rules: &[CheckRule]) {
        for rule in rules {
            self.expr(node, &rule.condition);
            self.expr(node, &rule.error_message);
        }
    }

    fn expr(&mut self, node: &Node, expr: &Expr) {
        for found in lang::references(expr).0 {
            self.mention(node, &found);
        }
    }

    /// An attribute belongs to an instance, so that a repeated resource needs a key before it.
    fn mention(&mut self, node: &Node, found: &Mention) {
        if let Reference::Resource(addr) = &found.reference
            && let Some(TraversalStep::Attr(_)) = found.rest.first()
            && let Some(resource) = self.module.resources.get(addr)
            && (resource.count.is_some() || resource.for_each.is_some())
        {
            let (argument, key) =
                if resource.count.is_some() { ("count", "count.index") } else { ("for_each", "each.key") };
            let problem = Diagnostic::error(
                "Missing resource instance key",
                format!(
                    "Because {addr} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor \
                     example, to correlate with indices of a referring resource, use:\n    {addr}[{key}]"
                ),
            );
            self.problems.push(problem.at(found.span));
        }
        self.edge(node, &found.reference, found.span);
    }

    fn depends_on(&mut self, node: &Node, traversals: &[Traversal]) {
        for traversal in traversals {
            if let Ok(found) = lang::reference_of(traversal) {
                if let Reference::Resource(addr) = &found.reference
                    && !self.module.resources.contains_key(addr)
                {
                    self.problems.push(undeclared_resource(addr, self.module).at(traversal.span));
                }
                self.edge(node, &found.reference, traversal.span);
            }
        }
    }

    fn edge(&mut self, node: &Node, reference: &Reference, span: Span) {
        let target = match reference {
            Reference::Variable(name) if self.module.variables.contains_key(name) => {
                Node::Variable(name.clone())
            }
            Reference::Local(name) if self.module.locals.contains_key(name) => Node::Local(name.clone()),
            Reference::Resource(addr) if self.module.resources.contains_key(addr) => {
                Node::Resource(addr.clone())
            }
            _ => return,
        };
        if target == *node {
            // A variable's validation speaks of the variable.
            if !matches!(node, Node::Variable(_)) {
                self.problems.push(itself(node).at(span));
            }
            return;
        }
        self.places.entry((node.clone(), target.clone())).or_insert(span);
        self.dag.depend(node.clone(), target);
    }

    fn explain(&self, cycle: &[Node]) -> Diagnostics {
        let shown: Vec<String> = cycle.iter().map(show).collect();
        let mut diagnostic = Diagnostic::error(
            "Cycle",
            format!(
                "These objects refer to each other in a circle, so that none can be evaluated first: {} -> {}. Break \
                 the circle by removing one of the references.",
                shown.join(" -> "),
                shown.first().map_or("", String::as_str)
            ),
        );
        for (i, from) in cycle.iter().enumerate() {
            let to = &cycle[(i + 1) % cycle.len()];
            if let Some(span) = self.places.get(&(from.clone(), to.clone())) {
                diagnostic = diagnostic.at(*span);
                diagnostic = diagnostic.with_value(show(from), format!("refers to {}", show(to)));
            }
        }
        diagnostic.into()
    }
}

fn itself(node: &Node) -> Diagnostic {
    Diagnostic::error(
        "Self-referential block",
        format!(
            "Configuration for {} may not refer to itself, because its value is not known before it is evaluated.",
            show(node)
        ),
    )
}

fn show(node: &Node) -> String {
    match node {
        Node::Variable(name) => format!("var.{name}"),
        Node::Local(name) => format!("local.{name}"),
        Node::Provider(reference) => match &reference.alias {
            Some(alias) => format!("provider.{}.{alias}", reference.name),
            None => format!("provider.{}", reference.name),
        },
        Node::Resource(addr) => addr.to_string(),
        Node::Output(name) => format!("output.{name}"),
    }
}

/// Walks the order once, each node taking over what its dependencies depend on.
fn close(dag: &Dag<Node>, order: &[Node]) -> Graph {
    let mut closed: HashMap<&Node, BTreeSet<ResourceAddr>> = HashMap::new();
    let mut graph = Graph {
        order: Vec::new(),
        dependencies: BTreeMap::new(),
        providers: BTreeSet::new(),
        outputs: HashMap::new(),
        locals_of: HashMap::new(),
    };
    for node in order {
        let mut all = BTreeSet::new();
        for dependency in dag.dependencies(node) {
            if let Node::Resource(addr) = dependency {
                all.insert(addr.clone());
            }
            all.extend(closed.get(dependency).into_iter().flatten().cloned());
        }
        match node {
            Node::Resource(addr) => {
                graph.order.push(addr.clone());
                graph.dependencies.insert(addr.clone(), all.clone());
            }
            Node::Output(name) => {
                graph.outputs.insert(name.clone(), all.clone());
            }
            Node::Local(name) => {
                for addr in &all {
                    graph.locals_of.entry(addr.clone()).or_default().insert(name.clone());
                }
            }
            Node::Provider(reference) => {
                if !all.is_empty() {
                    graph.providers.insert(reference.clone());
                }
            }
            Node::Variable(_) => {}
        }
        closed.insert(node, all);
    }
    graph
}

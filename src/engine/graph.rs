//! `Graph`: what has to be evaluated before what, from references and `depends_on`.
//! Knows nothing of values; one node per object of configuration, not per instance.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::connections::{ProviderAddr, provider_of};
use super::expand::Times;
use super::world::undeclared_resource;
use crate::base::{Dag, Diagnostic, Diagnostics, Mode, ModuleAddr, Name, ResourceAddr, Span};
use crate::config::{CheckRule, Config, Expr, Module, ModuleCall, Resource, Traversal, TraversalStep, When};
use crate::lang::{self, Mention, Reference};
use crate::provider::Registry;

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

/// What the configuration says of the order.
struct Gathered {
    dag: Dag<Node>,
    order: Vec<Node>,
    /// What the `depends_on` of data sources name.
    explicit: HashMap<ResourceAddr, Vec<Node>>,
}

fn gather(config: &Config, registry: &Registry) -> Result<Gathered, Diagnostics> {
    let mut dag = Dag::default();
    let mut places = HashMap::new();
    let mut problems = Diagnostics::new();
    let mut explicit = HashMap::new();
    for (path, module) in config.modules() {
        let mut builder = Builder {
            config,
            registry,
            path,
            module,
            dag: &mut dag,
            places: &mut places,
            problems: &mut problems,
            explicit: &mut explicit,
        };
        builder.module();
    }
    problems.extend(super::provisioners::check(config, registry));
    if problems.has_errors() {
        return Err(problems);
    }
    let order = dag.order().map_err(|cycle| explain(&cycle.0, &places))?;
    Ok(Gathered { dag, order, explicit })
}

/// One module on its way into the graph.
struct Builder<'a, 'b> {
    config: &'a Config,
    registry: &'a Registry,
    path: ModuleAddr,
    module: &'a Module,
    dag: &'b mut Dag<Node>,
    /// Where the first reference behind each edge stands.
    places: &'b mut HashMap<(Node, Node), Span>,
    problems: &'b mut Diagnostics,
    /// What the `depends_on` of data sources name.
    explicit: &'b mut HashMap<ResourceAddr, Vec<Node>>,
}

impl Builder<'_, '_> {
    fn module(&mut self) {
        let module = self.module;
        for variable in module.variables.values() {
            let node = self.add(Node::Variable(self.path.clone(), variable.name.clone()));
            self.rules(&node, &variable.validations);
        }
        for local in module.locals.values() {
            let node = Node::Local(self.path.clone(), local.name.clone());
            self.dag.add(node.clone());
            self.expr(&node, &local.expr);
        }
        for provider in &module.providers {
            let addr = ProviderAddr { module: self.path.clone(), reference: provider.reference.clone() };
            let node = self.add(Node::Provider(addr));
            for found in lang::references_in_body(&provider.body).0 {
                self.edges(&node, &found);
            }
        }
        for resource in module.resources.values().chain(module.scoped()) {
            let addr = resource.addr.within(&self.path);
            let node = self.add(Node::Resource(addr.clone()));
            self.resource(&node, resource);
            let provider = provider_of(self.config, self.registry, &addr);
            if let Some(home) = self.config.module(&provider.module)
                && home.providers.iter().any(|p| p.reference == provider.reference)
            {
                self.dag.depend(node, Node::Provider(provider));
            }
        }
        let root = self.path.is_root();
        for import in module.imports.iter().filter(|_| root) {
            let node = Node::Resource(import.to.resource.clone());
            if self.config.resource(&import.to.resource).is_some() {
                for expr in import.exprs() {
                    self.expr(&node, expr);
                }
            }
        }
        for (name, output) in &module.outputs {
            let node = self.add(Node::Output(self.path.clone(), name.clone()));
            self.expr(&node, &output.value);
            self.rules(&node, &output.preconditions);
            self.depends_on(&node, &output.depends_on);
        }
        for check in module.checks.values() {
            let node = self.add(Node::Check(self.path.clone(), check.name.clone()));
            self.rules(&node, &check.asserts);
            if let Some(data) = &check.data {
                self.dag.depend(node, Node::Resource(data.addr.within(&self.path)));
            }
        }
        for call in module.calls.values() {
            self.call(call);
        }
    }

    /// Adds a node, which comes after what says how often its module stands.
    fn add(&mut self, node: Node) -> Node {
        self.dag.add(node.clone());
        if !self.path.is_root() {
            self.dag.depend(node.clone(), Node::Call(self.path.clone()));
        }
        node
    }

    fn call(&mut self, call: &ModuleCall) {
        let path = self.path.child(call.name.clone(), None);
        let Some(child) = self.config.module(&path) else { return };
        let node = self.add(Node::Call(path.clone()));
        for expr in call.count.iter().chain(&call.for_each).chain(&call.enabled) {
            self.expr(&node, expr);
        }
        self.depends_on(&node, &call.depends_on);
        for attribute in call.body.attributes.iter().filter(|a| child.variables.contains_key(&a.name)) {
            let node = Node::Variable(path.clone(), attribute.name.clone());
            self.dag.add(node.clone());
            self.expr(&node, &attribute.expr);
        }
        let close = Node::Close(path.clone());
        self.dag.depend(close.clone(), node);
        let inner = child.calls.keys().map(|name| Node::Close(path.child(name.clone(), None)));
        let outputs = child.outputs.keys().map(|name| Node::Output(path.clone(), name.clone()));
        let resources = child.resources.keys().map(|addr| Node::Resource(addr.within(&path)));
        for part in inner.chain(outputs).chain(resources) {
            self.dag.depend(close.clone(), part);
        }
    }

    fn resource(&mut self, node: &Node, resource: &Resource) {
        for found in lang::references_in_body(&resource.body).0 {
            self.mention(node, &found);
        }
        for expr in resource.count.iter().chain(&resource.for_each).chain(&resource.lifecycle.enabled) {
            self.expr(node, expr);
        }
        for expr in &resource.lifecycle.replace_triggered_by {
            self.expr(node, expr);
        }
        self.rules(node, &resource.lifecycle.preconditions);
        self.rules(node, &resource.lifecycle.postconditions);
        for provisioner in resource.provisioners.iter().filter(|p| p.when == When::Create) {
            for found in lang::references_in_body(&provisioner.body).0 {
                // By the time it runs, the object itself is there under its name too.
                if !self.targets(&found).contains(node) {
                    self.mention(node, &found);
                }
            }
        }
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

    /// An attribute belongs to an instance, so that what is repeated needs a key before it.
    fn mention(&mut self, node: &Node, found: &Mention) {
        if let Some(TraversalStep::Attr(_)) = found.rest.first()
            && let Some((what, kind, (argument, key))) = self.repeated(&found.reference)
        {
            let problem = Diagnostic::error(
                format!("Missing {kind} instance key"),
                format!(
                    "Because {what} has {argument:?} set, its attributes must be accessed on specific instances.\n\nFor \
                     example, to correlate with indices of a referring resource, use:\n    {what}[{key}]"
                ),
            );
            self.problems.push(problem.at(found.span));
        }
        self.edges(node, found);
    }

    /// What a reference names if it stands more than once: its name, its kind, the argument and what a key would be.
    fn repeated(
        &self,
        reference: &Reference,
    ) -> Option<(String, &'static str, (&'static str, &'static str))> {
        let (what, kind, times) = match reference {
            Reference::Resource(addr) => {
                let resource = self.module.resources.get(addr)?;
                (addr.to_string(), "resource", Times::of(resource))
            }
            Reference::Module(name) => {
                let call = self.module.calls.get(name)?;
                (format!("module.{name}"), "module", Times::of_call(call))
            }
            _ => return None,
        };
        let argument = match times {
            Times { count: Some(_), .. } => ("count", "count.index"),
            Times { for_each: Some(_), .. } => ("for_each", "each.key"),
            _ => return None,
        };
        Some((what, kind, argument))
    }

    fn depends_on(&mut self, node: &Node, traversals: &[Traversal]) {
        for traversal in traversals {
            let Ok(found) = lang::reference_of(traversal) else { continue };
            if let Reference::Resource(addr) = &found.reference
                && !self.module.resources.contains_key(addr)
            {
                self.problems.push(undeclared_resource(addr, self.module, &self.path).at(traversal.span));
            }
            let targets = match &found.reference {
                Reference::Module(name)
                    if self.module.calls.contains_key(name) && !names_an_output(&found) =>
                {
                    vec![Node::Close(self.path.child(name.clone(), None))]
                }
                _ => self.targets(&found),
            };
            for target in targets {
                self.edge(node, target.clone(), traversal.span);
                self.note_explicit(node, target);
            }
        }
    }

    /// Remembers what a data source, or every one in a called module, has to wait for.
    fn note_explicit(&mut self, node: &Node, target: Node) {
        match node {
            Node::Resource(addr) if addr.mode == Mode::Data => {
                self.explicit.entry(addr.clone()).or_default().push(target);
            }
            Node::Call(path) => {
                for (inner, module) in self.config.modules().filter(|(inner, _)| inner.is_within(path)) {
                    let all = module.resources.keys().chain(module.scoped().map(|data| &data.addr));
                    for addr in all.filter(|addr| addr.mode == Mode::Data) {
                        self.explicit.entry(addr.within(&inner)).or_default().push(target.clone());
                    }
                }
            }
            _ => {}
        }
    }

    /// The nodes behind a reference.
    fn targets(&self, found: &Mention) -> Vec<Node> {
        let (module, path) = (self.module, &self.path);
        match &found.reference {
            Reference::Variable(name) if module.variables.contains_key(name) => {
                vec![Node::Variable(path.clone(), name.clone())]
            }
            Reference::Local(name) if module.locals.contains_key(name) => {
                vec![Node::Local(path.clone(), name.clone())]
            }
            Reference::Resource(addr) if module.resources.contains_key(addr) => {
                vec![Node::Resource(addr.within(path))]
            }
            Reference::Module(name) if module.calls.contains_key(name) => {
                let path = path.child(name.clone(), None);
                let Some(child) = self.config.module(&path) else { return Vec::new() };
                // The output, with or without an instance key before it.
                let output = found.rest.iter().take(2).find_map(|step| match step {
                    TraversalStep::Attr(output) => Some(output),
                    _ => None,
                });
                match output.filter(|output| child.outputs.contains_key(*output)) {
                    Some(output) => vec![Node::Output(path, output.clone())],
                    None => {
                        let outputs =
                            child.outputs.keys().map(|name| Node::Output(path.clone(), name.clone()));
                        // Whoever looks at all of a module waits for all of it, as in Terraform.
                        outputs.chain([Node::Call(path.clone()), Node::Close(path.clone())]).collect()
                    }
                }
            }
            _ => Vec::new(),
        }
    }

    fn edges(&mut self, node: &Node, found: &Mention) {
        for target in self.targets(found) {
            self.edge(node, target, found.span);
        }
    }

    fn edge(&mut self, node: &Node, target: Node, span: Span) {
        if target == *node {
            // A variable's validation speaks of the variable.
            if !matches!(node, Node::Variable(..)) {
                self.problems.push(itself(node).at(span));
            }
            return;
        }
        self.places.entry((node.clone(), target.clone())).or_insert(span);
        self.dag.depend(node.clone(), target);
    }
}

/// Whether a reference to a module is one to a single output of it.
fn names_an_output(found: &Mention) -> bool {
    found.rest.iter().any(|step| matches!(step, TraversalStep::Attr(_)))
}

fn explain(cycle: &[Node], places: &HashMap<(Node, Node), Span>) -> Diagnostics {
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
        if let Some(span) = places.get(&(from.clone(), to.clone())) {
            diagnostic = diagnostic.at(*span);
            diagnostic = diagnostic.with_value(show(from), format!("refers to {}", show(to)));
        }
    }
    diagnostic.into()
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

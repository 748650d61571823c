//! Which object of a configuration refers to which: the edges of the graph, and where each is written.
//! Knows nothing of what follows from them.

use std::collections::HashMap;

use super::super::connections::{ProviderAddr, provider_of};
use super::super::expand::Times;
use super::super::provisioners;
use super::super::world::undeclared_resource;
use super::{Node, show};
use crate::base::{Dag, Diagnostic, Diagnostics, Mode, ModuleAddr, ResourceAddr, Span};
use crate::config::{CheckRule, Config, Expr, Module, ModuleCall, Resource, Traversal, TraversalStep, When};
use crate::lang::{self, Mention, Reference};
use crate::provider::Registry;

/// What the configuration says of the order.
pub(super) struct Gathered {
    pub(super) dag: Dag<Node>,
    pub(super) order: Vec<Node>,
    /// What the `depends_on` of data sources name.
    pub(super) explicit: HashMap<ResourceAddr, Vec<Node>>,
}

/// Finds every reference.
///
/// # Errors
/// A diagnostic for a cycle, edge by edge with the place of each reference.
pub(super) fn gather(config: &Config, registry: &Registry) -> Result<Gathered, Diagnostics> {
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
    problems.extend(provisioners::check(config, registry));
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

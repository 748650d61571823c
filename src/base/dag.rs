//! `Dag`: a directed graph whose edges mean "waits for", with its order, its cycles and its closure.
//! Knows nothing of what its nodes are. The only file that speaks to `petgraph`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

use petgraph::Direction;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// A graph of nodes that wait for each other. Nodes are unique and keep the order in which they were added.
#[derive(Debug, Clone)]
pub struct Dag<N> {
    graph: DiGraph<N, ()>,
    index: HashMap<N, NodeIndex>,
    /// So that adding the same edge again is cheap to notice, however many a node has.
    edges: HashSet<(NodeIndex, NodeIndex)>,
}

/// Nodes that wait for each other in a circle, each waiting for the next and the last for the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle<N>(pub Vec<N>);

impl<N> Default for Dag<N> {
    fn default() -> Self {
        Dag { graph: DiGraph::new(), index: HashMap::new(), edges: HashSet::new() }
    }
}

impl<N: Clone + Eq + Hash + Ord> Dag<N> {
    /// Adds a node, once.
    pub fn add(&mut self, node: N) {
        self.node(node);
    }

    fn node(&mut self, node: N) -> NodeIndex {
        let graph = &mut self.graph;
        *self.index.entry(node.clone()).or_insert_with(|| graph.add_node(node))
    }

    /// Makes `node` wait for `dependency`, adding both where they are new. A node never waits for itself here.
    pub fn depend(&mut self, node: N, dependency: N) {
        if node == dependency {
            return;
        }
        let (from, to) = (self.node(node), self.node(dependency));
        if self.edges.insert((from, to)) {
            self.graph.add_edge(from, to, ());
        }
    }

    /// The nodes in the order they were added.
    pub fn nodes(&self) -> impl Iterator<Item = &N> {
        self.graph.node_weights()
    }

    /// What a node waits for, directly.
    pub fn dependencies(&self, node: &N) -> Vec<&N> {
        self.neighbours(node, Direction::Outgoing)
    }

    /// Whether a node waits for nothing.
    pub fn is_free(&self, node: &N) -> bool {
        self.index.get(node).is_none_or(|at| self.graph.neighbors(*at).next().is_none())
    }

    /// What waits for a node, directly.
    pub fn dependents(&self, node: &N) -> Vec<&N> {
        self.neighbours(node, Direction::Incoming)
    }

    fn neighbours(&self, node: &N, direction: Direction) -> Vec<&N> {
        let Some(&at) = self.index.get(node) else { return Vec::new() };
        let mut found: Vec<NodeIndex> = self.graph.neighbors_directed(at, direction).collect();
        found.sort();
        found.iter().filter_map(|i| self.graph.node_weight(*i)).collect()
    }

    /// Everything a node waits for, near and far; not the node itself.
    pub fn closure(&self, node: &N) -> BTreeSet<N> {
        let mut found = BTreeSet::new();
        let mut open: Vec<NodeIndex> = self.index.get(node).copied().into_iter().collect();
        let mut seen = vec![false; self.graph.node_count()];
        while let Some(at) = open.pop() {
            for next in self.graph.neighbors(at) {
                if !std::mem::replace(&mut seen[next.index()], true) {
                    open.push(next);
                    found.extend(self.graph.node_weight(next).cloned());
                }
            }
        }
        found.remove(node);
        found
    }

    /// Every node after all that it waits for; among the free ones, in the order they were added.
    ///
    /// # Errors
    /// The first [`Cycle`], if there is one.
    pub fn order(&self) -> Result<Vec<N>, Cycle<N>> {
        let mut waits: Vec<usize> =
            self.graph.node_indices().map(|n| self.graph.neighbors(n).count()).collect();
        let mut free: BTreeSet<NodeIndex> =
            self.graph.node_indices().filter(|n| waits[n.index()] == 0).collect();
        let mut order = Vec::with_capacity(self.graph.node_count());
        while let Some(at) = free.pop_first() {
            order.extend(self.graph.node_weight(at).cloned());
            for next in self.graph.neighbors_directed(at, Direction::Incoming) {
                waits[next.index()] -= 1;
                if waits[next.index()] == 0 {
                    free.insert(next);
                }
            }
        }
        if order.len() == self.graph.node_count() { Ok(order) } else { Err(self.first_cycle()) }
    }

    fn first_cycle(&self) -> Cycle<N> {
        let mut groups: Vec<Vec<NodeIndex>> =
            tarjan_scc(&self.graph).into_iter().filter(|group| group.len() > 1).collect();
        for group in &mut groups {
            group.sort();
        }
        groups.sort();
        let Some(group) = groups.first() else { return Cycle(Vec::new()) };
        // Inside a strongly connected group every walk comes back; cut it at the first repetition.
        let mut walk = vec![group[0]];
        loop {
            let at = walk[walk.len() - 1];
            let Some(next) = self.graph.neighbors(at).filter(|n| group.contains(n)).min() else { break };
            if let Some(start) = walk.iter().position(|n| *n == next) {
                walk.drain(..start);
                break;
            }
            walk.push(next);
        }
        Cycle(walk.iter().filter_map(|n| self.graph.node_weight(*n).cloned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dag(edges: &[(&'static str, &'static str)]) -> Dag<&'static str> {
        let mut dag = Dag::default();
        for (a, b) in edges {
            dag.depend(*a, *b);
        }
        dag
    }

    #[test]
    fn everything_comes_after_what_it_waits_for() {
        let order = dag(&[("alias", "function"), ("function", "role"), ("alias", "role")]).order().unwrap();
        assert_eq!(order, ["role", "function", "alias"]);
    }

    #[test]
    fn a_cycle_is_told_edge_by_edge() {
        let cycle = dag(&[("x", "a"), ("a", "b"), ("b", "c"), ("c", "a")]).order().unwrap_err();
        assert_eq!(cycle.0, ["a", "b", "c"]);
    }

    #[test]
    fn the_closure_goes_all_the_way() {
        let dag = dag(&[("alias", "function"), ("function", "role")]);
        assert_eq!(dag.closure(&"alias"), BTreeSet::from(["function", "role"]));
    }
}

//! The order of steps: which object is created, updated and deleted before which.
//! Pure; knows addresses and dependencies, nothing of values or providers.
//!
//! Nodes are `up(X)` (create or update) and `del(X)`. *New* dependencies come from configuration, *old* ones from state.
//! The rules, hard ones first:
//!
//! 1. `up(B)` waits for `up(A)` if B depends on A (new).
//! 2. `del(A)` waits for `del(B)` if B depended on A (old).
//! 3. Destroy first: `up(X)` waits for `del(X)`.
//! 4. Create first: `del(X)` waits for `up(X)`, and for `up(B)` of every B that depends or depended on X.
//! 5. Soft: where A is only deleted, `del(A)` waits for `up(B)` of every B that used to depend on it.
//! 6. Soft: `up(A)` waits for `del(B)` if B depended on A.
//!
//! Soft rules give way where they would close a cycle. A create-first replacement that depends on a destroy-first one
//! cannot be ordered; [`settle_replacements`] decides such pairs before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Action, Step, StepKind};
use crate::base::{Cycle, Dag, ResourceAddr};

/// A change as far as its order goes.
#[derive(Debug, Clone)]
pub struct Ordered {
    /// The resource it is an instance of.
    pub resource: ResourceAddr,
    /// What happens.
    pub action: Action,
    /// Whether it is a deposed object, which nothing depends on any more.
    pub deposed: bool,
}

/// Which resource depends on which, each set closed transitively.
pub type Dependencies = BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>;

/// What waits: one step of one change, or all steps of one kind of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Node {
    One(StepKind, usize),
    All(StepKind, ResourceAddr),
}

/// The steps of a plan, each after all that it waits for.
///
/// # Errors
/// A [`Cycle`] of change indexes, when hard rules contradict each other.
pub fn steps(changes: &[Ordered], new: &Dependencies, old: &Dependencies) -> Result<Vec<Step>, Cycle<usize>> {
    let mut dag: Dag<Node> = Dag::default();
    let mut present: HashMap<(StepKind, &ResourceAddr), Vec<usize>> = HashMap::new();
    for (i, change) in changes.iter().enumerate() {
        for kind in kinds(change.action) {
            dag.add(Node::One(*kind, i));
            if !change.deposed {
                present.entry((class(*kind), &change.resource)).or_default().push(i);
            }
        }
    }
    let members = |kind: StepKind, resource| present.get(&(kind, resource));
    for ((kind, resource), indexes) in &present {
        let all = Node::All(*kind, (*resource).clone());
        for i in indexes {
            dag.depend(all.clone(), Node::One(actual(*kind, changes[*i].action), *i));
        }
    }

    let mut soft: Vec<(Node, Node)> = Vec::new();
    for (i, change) in changes.iter().enumerate() {
        let one = |kind| Node::One(actual(kind, change.action), i);
        let up = kinds(change.action).iter().any(|k| class(*k) == StepKind::Up);
        let del = kinds(change.action).contains(&StepKind::Del);
        if change.deposed {
            continue;
        }
        if up {
            for dependency in new.get(&change.resource).into_iter().flatten() {
                if members(StepKind::Up, dependency).is_some() {
                    dag.depend(one(StepKind::Up), Node::All(StepKind::Up, dependency.clone()));
                }
            }
        }
        for dependency in old.get(&change.resource).into_iter().flatten() {
            // The dependency is deleted after this one was deleted …
            if del && members(StepKind::Del, dependency).is_some() {
                for a in present.get(&(StepKind::Del, dependency)).into_iter().flatten() {
                    // … unless the dependency's own old object outlives it anyway.
                    dag.depend(
                        Node::One(StepKind::Del, *a),
                        Node::All(StepKind::Del, change.resource.clone()),
                    );
                }
            }
        }
        match change.action {
            Action::DeleteThenCreate => dag.depend(one(StepKind::Up), one(StepKind::Del)),
            Action::CreateThenDelete => dag.depend(one(StepKind::Del), one(StepKind::Up)),
            _ => {}
        }
    }
    let dependents = dependents(new, old);
    for (i, change) in changes.iter().enumerate() {
        if change.deposed || !kinds(change.action).contains(&StepKind::Del) {
            continue;
        }
        for dependent in dependents.get(&change.resource).into_iter().flatten() {
            if members(StepKind::Up, dependent).is_none() {
                continue;
            }
            let edge = (Node::One(StepKind::Del, i), Node::All(StepKind::Up, dependent.clone()));
            match change.action {
                Action::CreateThenDelete => dag.depend(edge.0, edge.1),
                Action::Delete => soft.push(edge),
                _ => {}
            }
        }
        for dependency in old.get(&change.resource).into_iter().flatten() {
            for a in members(StepKind::Up, dependency).into_iter().flatten() {
                if changes[*a].action == Action::Update && change.action != Action::CreateThenDelete {
                    soft.push((
                        Node::One(StepKind::Up, *a),
                        Node::All(StepKind::Del, change.resource.clone()),
                    ));
                }
            }
        }
    }
    dag.order().map_err(|cycle| Cycle(changes_of(cycle.0)))?;
    for (node, dependency) in soft {
        // Few and far between, so a search per edge is cheap enough.
        if !dag.closure(&dependency).contains(&node) {
            dag.depend(node, dependency);
        }
    }
    let order = dag.order().map_err(|cycle| Cycle(changes_of(cycle.0)))?;
    Ok(number(&dag, &order))
}

/// Gives the ordered nodes their places; a node that stands for all steps of a resource becomes a [`StepKind::Join`]
/// only where that saves edges.
fn number(dag: &Dag<Node>, order: &[Node]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // Where each node ended up: one place, or the places to wait for instead of it.
    let mut places: HashMap<&Node, Vec<usize>> = HashMap::new();
    for node in order {
        let mut waits_for: Vec<usize> =
            dag.dependencies(node).iter().flat_map(|d| places.get(d).cloned().unwrap_or_default()).collect();
        waits_for.sort_unstable();
        waits_for.dedup();
        match node {
            Node::One(kind, change) => {
                places.insert(node, vec![steps.len()]);
                steps.push(Step { kind: *kind, change: *change, waits_for });
            }
            Node::All(..) if waits_for.len() < 2 || dag.dependents(node).len() < 2 => {
                places.insert(node, waits_for);
            }
            Node::All(..) => {
                places.insert(node, vec![steps.len()]);
                steps.push(Step { kind: StepKind::Join, change: usize::MAX, waits_for });
            }
        }
    }
    steps
}

fn changes_of(cycle: Vec<Node>) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for node in cycle {
        if let Node::One(_, i) = node
            && found.last() != Some(&i)
        {
            found.push(i);
        }
    }
    found
}

fn dependents(new: &Dependencies, old: &Dependencies) -> Dependencies {
    let mut reversed: Dependencies = BTreeMap::new();
    for (dependent, dependencies) in new.iter().chain(old) {
        for dependency in dependencies {
            reversed.entry(dependency.clone()).or_default().insert(dependent.clone());
        }
    }
    reversed
}

/// The steps an action takes.
fn kinds(action: Action) -> &'static [StepKind] {
    match action {
        Action::NoOp => &[],
        Action::Create | Action::Update => &[StepKind::Up],
        Action::Read => &[StepKind::Read],
        Action::Delete => &[StepKind::Del],
        Action::Forget => &[StepKind::Forget],
        Action::DeleteThenCreate | Action::CreateThenDelete => &[StepKind::Up, StepKind::Del],
    }
}

/// Reading a data source counts as bringing it up, forgetting as nothing that others wait for.
fn class(kind: StepKind) -> StepKind {
    if kind == StepKind::Read { StepKind::Up } else { kind }
}

fn actual(kind: StepKind, action: Action) -> StepKind {
    if kind == StepKind::Up && action == Action::Read { StepKind::Read } else { kind }
}

/// Decides pairs that cannot be ordered: where a create-first replacement depends on a destroy-first one, the
/// dependency becomes create-first too, as in Terraform, if `may_create_first` allows it; otherwise the dependent
/// becomes destroy-first.
pub fn settle_replacements(
    changes: &mut [Ordered],
    new: &Dependencies,
    may_create_first: impl Fn(usize) -> bool,
) {
    let mut moved = true;
    while moved {
        moved = false;
        for b in 0..changes.len() {
            if changes[b].action != Action::CreateThenDelete {
                continue;
            }
            let Some(dependencies) = new.get(&changes[b].resource) else { continue };
            let blocked: Vec<usize> = (0..changes.len())
                .filter(|a| {
                    changes[*a].action == Action::DeleteThenCreate
                        && dependencies.contains(&changes[*a].resource)
                })
                .collect();
            if blocked.is_empty() {
                continue;
            }
            moved = true;
            if blocked.iter().all(|a| may_create_first(*a)) {
                for a in blocked {
                    changes[a].action = Action::CreateThenDelete;
                }
            } else {
                changes[b].action = Action::DeleteThenCreate;
                break;
            }
        }
    }
}

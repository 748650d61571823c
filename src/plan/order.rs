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
    /// All that the steps of one kind of one resource wait for together.
    Before(StepKind, ResourceAddr),
}

/// The steps of a plan, each after all that it waits for.
///
/// # Errors
/// A [`Cycle`] of change indexes, when hard rules contradict each other.
pub fn steps(changes: &[Ordered], new: &Dependencies, old: &Dependencies) -> Result<Vec<Step>, Cycle<usize>> {
    let mut dag: Dag<Node> = Dag::default();
    let mut present: BTreeMap<Class<'_>, Vec<usize>> = BTreeMap::new();
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
        if change.deposed {
            continue;
        }
        match change.action {
            Action::DeleteThenCreate => dag.depend(one(StepKind::Up), one(StepKind::Del)),
            Action::CreateThenDelete => dag.depend(one(StepKind::Del), one(StepKind::Up)),
            _ => {}
        }
    }
    for (kind, resource) in present.keys().filter(|(kind, _)| *kind == StepKind::Up) {
        for dependency in new.get(resource).into_iter().flatten() {
            if members(StepKind::Up, dependency).is_some() {
                wait_together(&mut dag, changes, &present, (*kind, resource), (*kind, dependency));
            }
        }
    }
    for (resource, dependencies) in old {
        for dependency in dependencies {
            if members(StepKind::Del, resource).is_some() {
                if members(StepKind::Del, dependency).is_some() {
                    let (waiting, on) = ((StepKind::Del, dependency), (StepKind::Del, resource));
                    wait_together(&mut dag, changes, &present, waiting, on);
                }
                if outlived(changes, members(StepKind::Del, resource)) {
                    for a in members(StepKind::Up, dependency).into_iter().flatten() {
                        if changes[*a].action == Action::Update {
                            soft.push((
                                Node::One(StepKind::Up, *a),
                                Node::All(StepKind::Del, resource.clone()),
                            ));
                        }
                    }
                }
            }
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
    }
    let order = dag.order().map_err(|cycle| Cycle(changes_of(cycle.0)))?;
    let places: HashMap<&Node, usize> = order.iter().enumerate().map(|(i, node)| (node, i)).collect();
    let place = |node: &Node| places.get(node).copied().unwrap_or(usize::MAX);
    // What goes along with the order closes no cycle. The others are few, so a search for each is cheap enough.
    let (along, against): (Vec<_>, Vec<_>) =
        soft.into_iter().partition(|(node, dependency)| place(dependency) < place(node));
    for (node, dependency) in along {
        dag.depend(node, dependency);
    }
    for (node, dependency) in against {
        if !dag.closure(&dependency).contains(&node) {
            dag.depend(node, dependency);
        }
    }
    let order = dag.order().map_err(|cycle| Cycle(changes_of(cycle.0)))?;
    Ok(number(&dag, &order))
}

type Class<'r> = (StepKind, &'r ResourceAddr);

/// Makes all steps of one class wait for all of another, with as many edges as there are steps.
fn wait_together(
    dag: &mut Dag<Node>,
    changes: &[Ordered],
    present: &BTreeMap<Class<'_>, Vec<usize>>,
    waiting: Class<'_>,
    on: Class<'_>,
) {
    let before = Node::Before(waiting.0, waiting.1.clone());
    if dag.is_free(&before) {
        for i in present.get(&waiting).into_iter().flatten() {
            dag.depend(Node::One(actual(waiting.0, changes[*i].action), *i), before.clone());
        }
    }
    dag.depend(before, Node::All(on.0, on.1.clone()));
}

/// Whether none of these deletions waits for its own replacement, so that others may wait for all of them.
fn outlived(changes: &[Ordered], members: Option<&Vec<usize>>) -> bool {
    members.into_iter().flatten().all(|i| changes[*i].action != Action::CreateThenDelete)
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
            Node::All(..) | Node::Before(..) if waits_for.len() < 2 || dag.dependents(node).len() < 2 => {
                places.insert(node, waits_for);
            }
            Node::All(..) | Node::Before(..) => {
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

/// Decides pairs that cannot be ordered: where a create-first replacement depends or depended on a destroy-first one, the
/// dependency becomes create-first too, as in Terraform, if `may_create_first` allows it; otherwise the dependent
/// becomes destroy-first.
pub fn settle_replacements(
    changes: &mut [Ordered],
    new: &Dependencies,
    old: &Dependencies,
    may_create_first: impl Fn(usize) -> bool,
) {
    // What was demoted stays so; otherwise two rules could push a change back and forth for ever.
    let mut demoted = BTreeSet::new();
    let mut replaced: HashMap<ResourceAddr, Vec<usize>> = HashMap::new();
    for (i, change) in changes.iter().enumerate().filter(|(_, c)| c.action.is_replace()) {
        replaced.entry(change.resource.clone()).or_default().push(i);
    }
    let mut moved = true;
    while moved {
        moved = false;
        for b in 0..changes.len() {
            if changes[b].action != Action::CreateThenDelete {
                continue;
            }
            let resource = &changes[b].resource;
            let dependencies = [new, old].into_iter().filter_map(|d| d.get(resource)).flatten();
            let mut blocked: Vec<usize> = dependencies
                .filter_map(|dependency| replaced.get(dependency))
                .flatten()
                .copied()
                .filter(|a| changes[*a].action == Action::DeleteThenCreate)
                .collect();
            blocked.sort_unstable();
            blocked.dedup();
            if blocked.is_empty() {
                continue;
            }
            moved = true;
            if blocked.iter().all(|a| may_create_first(*a) && !demoted.contains(a)) {
                for a in blocked {
                    changes[a].action = Action::CreateThenDelete;
                }
            } else {
                changes[b].action = Action::DeleteThenCreate;
                demoted.insert(b);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Mode;

    fn addr(name: &str) -> ResourceAddr {
        ResourceAddr::root(Mode::Managed, "t", name)
    }

    /// `edges` as `"B>A"`: B depends on A.
    fn dependencies(edges: &[&str]) -> Dependencies {
        let mut found = Dependencies::new();
        for edge in edges {
            let (b, a) = edge.split_once('>').unwrap();
            found.entry(addr(b)).or_default().insert(addr(a));
        }
        found
    }

    fn shown(changes: &[(&str, Action)], new: &[&str], old: &[&str]) -> Vec<String> {
        let ordered: Vec<Ordered> = changes
            .iter()
            .map(|(name, action)| Ordered { resource: addr(name), action: *action, deposed: false })
            .collect();
        let steps = steps(&ordered, &dependencies(new), &dependencies(old)).unwrap();
        steps
            .iter()
            .filter(|s| s.kind != StepKind::Join)
            .map(|s| format!("{}{}", if s.kind == StepKind::Del { '-' } else { '+' }, changes[s.change].0))
            .collect()
    }

    #[test]
    fn the_orders_that_terraform_documents() {
        use Action::*;
        let both = &["B>A"];
        for (what, changes, new, old, order) in [
            ("create", vec![("A", Create), ("B", Create)], &both[..], &[][..], "+A +B"),
            ("destroy", vec![("A", Delete), ("B", Delete)], &[], both, "-B -A"),
            (
                "replace both",
                vec![("A", DeleteThenCreate), ("B", DeleteThenCreate)],
                both,
                both,
                "-B -A +A +B",
            ),
            (
                "replace, dependent updated",
                vec![("A", DeleteThenCreate), ("B", Update)],
                both,
                both,
                "-A +A +B",
            ),
            (
                "create first, dependent updated",
                vec![("A", CreateThenDelete), ("B", Update)],
                both,
                both,
                "+A +B -A",
            ),
            (
                "create first both",
                vec![("A", CreateThenDelete), ("B", CreateThenDelete)],
                both,
                both,
                "+A +B -B -A",
            ),
            (
                "create first, dependent destroyed first",
                vec![("A", CreateThenDelete), ("B", DeleteThenCreate)],
                both,
                both,
                "-B +A +B -A",
            ),
            ("dependency dropped", vec![("A", Delete), ("B", Update)], &[], both, "+B -A"),
            ("dependency updated, dependent gone", vec![("A", Update), ("B", Delete)], &[], both, "-B +A"),
            ("new dependency", vec![("A", Create), ("B", Update)], both, &[], "+A +B"),
        ] {
            let found = shown(&changes, new, old);
            let mut sorted = found.clone();
            sorted.sort();
            let mut wanted: Vec<&str> = order.split(' ').collect();
            let before = |x: &str, y: &str| {
                found.iter().position(|f| f == x).unwrap() < found.iter().position(|f| f == y).unwrap()
            };
            if what == "create first, dependent destroyed first" {
                assert!(before("+A", "+B") && before("+B", "-A") && before("-B", "+B"), "{what}: {found:?}");
            } else {
                assert_eq!(found, wanted, "{what}");
            }
            wanted.sort_unstable();
            assert_eq!(sorted, wanted, "{what}");
        }
    }

    #[test]
    fn a_create_first_dependent_of_a_destroy_first_one_is_settled() {
        let new = dependencies(&["B>A"]);
        let both = |a, b| {
            vec![
                Ordered { resource: addr("A"), action: a, deposed: false },
                Ordered { resource: addr("B"), action: b, deposed: false },
            ]
        };
        let mut promoted = both(Action::DeleteThenCreate, Action::CreateThenDelete);
        settle_replacements(&mut promoted, &new, &Dependencies::new(), |_| true);
        assert_eq!(promoted[0].action, Action::CreateThenDelete);
        let mut demoted = both(Action::DeleteThenCreate, Action::CreateThenDelete);
        settle_replacements(&mut demoted, &new, &Dependencies::new(), |_| false);
        assert_eq!(demoted[1].action, Action::DeleteThenCreate);
    }

    fn action() -> impl Strategy<Value = Action> {
        use Action::*;
        prop::sample::select(vec![
            NoOp,
            Create,
            Update,
            DeleteThenCreate,
            CreateThenDelete,
            Delete,
            Read,
            Forget,
        ])
    }

    /// Random resources; edges only from later to earlier ones, closed transitively.
    fn graphs() -> impl Strategy<Value = (Vec<Ordered>, Dependencies, Dependencies)> {
        let edges = || prop::collection::vec((0usize..8, 0usize..8), 0..14);
        (prop::collection::vec(action(), 8), edges(), edges()).prop_map(|(actions, new, old)| {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let close = |edges: Vec<(usize, usize)>| {
                let mut all: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); 8];
                for b in 0..8 {
                    for (x, y) in &edges {
                        if x.max(y) == &b && x != y {
                            let a = *x.min(y);
                            let further = all[a].clone();
                            all[b].insert(a);
                            all[b].extend(further);
                        }
                    }
                }
                all.into_iter()
                    .enumerate()
                    .map(|(b, found)| (addr(names[b]), found.into_iter().map(|a| addr(names[a])).collect()))
                    .collect::<Dependencies>()
            };
            let changes = actions
                .into_iter()
                .enumerate()
                .map(|(i, action)| Ordered { resource: addr(names[i]), action, deposed: false })
                .collect();
            (changes, close(new), close(old))
        })
    }

    proptest! {
        #[test]
        fn any_graph_can_be_ordered_and_keeps_the_rules((mut changes, new, old) in graphs()) {
            settle_replacements(&mut changes, &new, &old, |i| i % 2 == 0);
            let steps = steps(&changes, &new, &old).expect("no cycle");
            let at = |kind: StepKind, i: usize| steps.iter().position(|s| class(s.kind) == kind && s.change == i);
            for (i, step) in steps.iter().enumerate() {
                prop_assert!(step.waits_for.iter().all(|w| *w < i));
            }
            for (b, change) in changes.iter().enumerate() {
                prop_assert_eq!(
                    steps.iter().filter(|s| s.kind != StepKind::Join && s.change == b).count(),
                    kinds(change.action).len()
                );
                for (a, dependency) in changes.iter().enumerate() {
                    if new[&change.resource].contains(&dependency.resource)
                        && let (Some(ub), Some(ua)) = (at(StepKind::Up, b), at(StepKind::Up, a))
                    {
                        prop_assert!(ua < ub, "rule 1");
                    }
                    if old[&change.resource].contains(&dependency.resource)
                        && let (Some(db), Some(da)) = (at(StepKind::Del, b), at(StepKind::Del, a))
                    {
                        prop_assert!(db < da, "rule 2");
                    }
                }
                if let (Some(up), Some(del)) = (at(StepKind::Up, b), at(StepKind::Del, b)) {
                    prop_assert_eq!(up < del, change.action == Action::CreateThenDelete);
                }
            }
        }
    }
}

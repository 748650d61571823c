//! Moving objects to other addresses, in one state or from one to another, as `state mv` does.
//! Knows nothing of configuration: what the addresses are good for is for the next plan to say.

use std::sync::Arc;

use super::selection::Selection;
use super::{Object, ObjectKey, ResourceState, State};
use crate::base::{Diagnostic, InstanceAddr, Mode, ModuleAddr, ResourceAddr};

/// One thing that moves as a whole: `from` and `to` are of the same kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Where it is.
    pub from: Selection,
    /// Where it goes.
    pub to: Selection,
}

/// Why something cannot be moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// A module is already where one is to go. Terraform says so in its own way, without an address.
    #[error("destination module already exists")]
    ModuleExists,
    /// Anything else.
    #[error("{detail}")]
    Refused {
        /// What it is about.
        summary: &'static str,
        /// What is wrong with which address.
        detail: String,
    },
}

impl MoveError {
    /// The error for a person.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            MoveError::ModuleExists => Diagnostic::error("Invalid target address", format!("{self}.")),
            MoveError::Refused { summary, detail } => Diagnostic::error(*summary, detail.as_str()),
        }
    }
}

const SOURCE: &str = "Invalid source address";
const TARGET: &str = "Invalid target address";

fn refused<T>(summary: &'static str, detail: String) -> Result<T, MoveError> {
    Err(MoveError::Refused { summary, detail })
}

/// What moves where. `target` is the state that receives it, which may be the same.
///
/// # Errors
/// When there is nothing at `from`, something at `to`, or the two do not go together.
pub fn moves(
    source: &State,
    target: &State,
    from: &Selection,
    to: &Selection,
) -> Result<Vec<Move>, MoveError> {
    match from {
        Selection::Module(module) => modules(source, target, module, to),
        Selection::Resource(addr) => match source.resources.get(addr) {
            None => {
                refused(SOURCE, format!("Cannot move {addr}: does not match anything in the current state."))
            }
            // Without `count` and `for_each` a resource and its instance have the same address.
            Some(resource) if resource.objects.keys().any(|key| key.instance.is_none()) => {
                instance(target, &addr.instance(None), to)
            }
            Some(_) => whole(target, addr, to),
        },
        Selection::Instance(addr) => {
            if !holds(source, addr) {
                return refused(SOURCE, format!("The current state does not contain {addr}."));
            }
            instance(target, addr, to)
        }
    }
}

fn modules(
    source: &State,
    target: &State,
    from: &ModuleAddr,
    to: &Selection,
) -> Result<Vec<Move>, MoveError> {
    let inside = |module: &&ModuleAddr| module.steps().starts_with(from.steps());
    let mut found: Vec<&ModuleAddr> =
        source.resources.keys().map(|addr| &addr.module).filter(inside).collect();
    found.sort_by_key(|module| (module.steps().len(), *module));
    found.dedup();
    if found.is_empty() {
        return refused(SOURCE, format!("Cannot move {from}: does not match anything in the current state."));
    }
    let Selection::Module(to) = to else {
        return refused(TARGET, format!("Cannot move {from} to {to}: the target must also be a module."));
    };
    let below = |module: &ModuleAddr| {
        let rest = module.steps().iter().skip(from.steps().len());
        rest.fold(to.clone(), |addr, (name, key)| addr.child(name.clone(), key.clone()))
    };
    let moves: Vec<(&ModuleAddr, ModuleAddr)> =
        found.into_iter().map(|module| (module, below(module))).collect();
    if moves.iter().any(|(_, to)| target.resources.keys().any(|addr| addr.module == *to)) {
        return Err(MoveError::ModuleExists);
    }
    let moves = moves.into_iter();
    Ok(moves
        .map(|(from, to)| Move { from: Selection::Module(from.clone()), to: Selection::Module(to) })
        .collect())
}

fn whole(target: &State, from: &ResourceAddr, to: &Selection) -> Result<Vec<Move>, MoveError> {
    let Selection::Resource(to) = to else {
        return refused(
            TARGET,
            format!(
                "Cannot move {from} to {to}: the source is a whole resource (not a resource instance) so the target \
                 must also be a whole resource."
            ),
        );
    };
    compare(&from.to_string(), from, &to.to_string(), to)?;
    if target.resources.contains_key(to) {
        return refused(
            TARGET,
            format!("Cannot move to {to}: there is already a resource at that address in the current state."),
        );
    }
    Ok(vec![Move { from: Selection::Resource(from.clone()), to: Selection::Resource(to.clone()) }])
}

fn instance(target: &State, from: &InstanceAddr, to: &Selection) -> Result<Vec<Move>, MoveError> {
    let to = match to {
        Selection::Instance(to) => to.clone(),
        Selection::Resource(to) => to.instance(None),
        Selection::Module(to) => {
            return refused(
                TARGET,
                format!("Cannot move {from} to {to}: the target must also be a resource instance."),
            );
        }
    };
    compare(&from.to_string(), &from.resource, &to.to_string(), &to.resource)?;
    if holds(target, &to) {
        return refused(
            TARGET,
            format!(
                "Cannot move to {to}: there is already a resource instance at that address in the current state."
            ),
        );
    }
    Ok(vec![Move { from: Selection::Instance(from.clone()), to: Selection::Instance(to) }])
}

/// Whether what is at one address may stand at another.
fn compare(from_text: &str, from: &ResourceAddr, to_text: &str, to: &ResourceAddr) -> Result<(), MoveError> {
    const SUMMARY: &str = "Invalid state move request";
    let kind = match from.mode {
        Mode::Managed => "managed",
        Mode::Data => "data",
    };
    if from.mode != to.mode {
        return refused(
            SUMMARY,
            format!(
                "Cannot move {from_text} to {to_text}: a {kind} resource can be moved only to another {kind} resource \
                 address."
            ),
        );
    }
    if from.type_name != to.type_name {
        return refused(
            SUMMARY,
            format!("Cannot move {from_text} to {to_text}: resource types don't match."),
        );
    }
    Ok(())
}

fn holds(state: &State, addr: &InstanceAddr) -> bool {
    let keys = state.resources.get(&addr.resource).into_iter().flat_map(|resource| resource.objects.keys());
    keys.into_iter().any(|key| key.instance == addr.key)
}

/// Carries out what [`moves`] found; with `target` into that state, else within `source`.
///
/// As in Terraform, objects of the same state that depended on what moved forget all their dependencies: the next
/// apply records them again.
pub fn relocate(source: &mut State, mut target: Option<&mut State>, moves: &[Move]) {
    for Move { from, to } in moves {
        let taken = take(source, from, to);
        match &mut target {
            Some(target) => put(target, taken),
            None => {
                put(source, taken);
                forget_dependencies(source, from);
            }
        }
    }
}

/// What is on its way: where it goes, with its provider.
type Taken = Vec<(ResourceAddr, ResourceState)>;

fn take(state: &mut State, from: &Selection, to: &Selection) -> Taken {
    match (from, to) {
        (Selection::Module(from), Selection::Module(to)) => {
            let addresses: Vec<ResourceAddr> =
                state.resources.keys().filter(|addr| addr.module == *from).cloned().collect();
            let taken = addresses.into_iter().filter_map(|addr| state.resources.remove_entry(&addr));
            taken.map(|(addr, resource)| (addr.within(to), resource)).collect()
        }
        (Selection::Resource(from), Selection::Resource(to)) => {
            state.resources.remove(from).map(|resource| (to.clone(), resource)).into_iter().collect()
        }
        (Selection::Instance(from), Selection::Instance(to)) => {
            let Some(resource) = state.resources.get_mut(&from.resource) else { return Vec::new() };
            let provider = resource.provider.clone();
            let keys: Vec<ObjectKey> =
                resource.objects.keys().filter(|key| key.instance == from.key).cloned().collect();
            let objects = keys.into_iter().filter_map(|key| resource.objects.remove_entry(&key));
            let objects = objects
                .map(|(key, object)| (ObjectKey { instance: to.key.clone(), ..key }, object))
                .collect();
            if resource.objects.is_empty() {
                state.resources.remove(&from.resource);
            }
            vec![(to.resource.clone(), ResourceState { provider, objects })]
        }
        _ => Vec::new(),
    }
}

fn put(state: &mut State, taken: Taken) {
    for (addr, resource) in taken {
        let itself = addr.config();
        let place = state.resources.entry(addr).or_insert_with(|| ResourceState {
            provider: resource.provider.clone(),
            ..ResourceState::default()
        });
        for (key, mut object) in resource.objects {
            // Among those it now stands with, it cannot wait for itself.
            if object.dependencies.contains(&itself) {
                Arc::make_mut(&mut object).dependencies.retain(|dependency| *dependency != itself);
            }
            place.objects.insert(key, object);
        }
    }
}

fn forget_dependencies(state: &mut State, gone: &Selection) {
    let named = |dependency: &ResourceAddr| match gone {
        // Dependencies have no keys, so those on an instance of a module never match, in Terraform neither.
        Selection::Module(module) => dependency.module == *module,
        Selection::Resource(addr) => *dependency == addr.config(),
        Selection::Instance(addr) => *dependency == addr.resource.config(),
    };
    for resource in state.resources.values_mut() {
        for (key, object) in &mut resource.objects {
            if key.deposed.is_none() && object.dependencies.iter().any(named) {
                Arc::make_mut(object).dependencies = Vec::new();
            }
        }
    }
}

/// Takes every object at an address out, current and deposed; how many there were.
pub fn forget(state: &mut State, addr: &InstanceAddr) -> usize {
    let nowhere = Selection::Instance(addr.clone());
    take(state, &nowhere, &nowhere).iter().map(|(_, resource)| resource.objects.len()).sum()
}

/// The objects of an instance, current first.
pub fn objects<'a>(
    state: &'a State,
    addr: &'a InstanceAddr,
) -> impl Iterator<Item = (&'a ObjectKey, &'a Object)> {
    let of_resource = state.resources.get(&addr.resource).into_iter().flat_map(|r| &r.objects);
    of_resource.filter(|(key, _)| key.instance == addr.key).map(|(key, object)| (key, &**object))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state of `address[/deposed][ <- dependency…]`.
    fn state(objects: &[&str]) -> State {
        let mut state = State::default();
        for text in objects {
            let (at, dependencies) = text.split_once(" <- ").unwrap_or((text, ""));
            let (at, deposed) = at.split_once('/').map_or((at, None), |(t, d)| (t, Some(d.into())));
            let dependencies = dependencies.split_whitespace().map(|d| d.parse().unwrap()).collect();
            state.set(&at.parse().unwrap(), deposed, "p", Object { dependencies, ..Object::default() });
        }
        state
    }

    fn shown(state: &State) -> Vec<String> {
        let mut shown = Vec::new();
        for (addr, resource) in &state.resources {
            for (key, object) in &resource.objects {
                let mut text = addr.instance(key.instance.clone()).to_string();
                text.extend(key.deposed.iter().map(|deposed| format!("/{deposed}")));
                let dependencies: Vec<_> = object.dependencies.iter().map(ToString::to_string).collect();
                if !dependencies.is_empty() {
                    text.push_str(&format!(" <- {}", dependencies.join(" ")));
                }
                shown.push(text);
            }
        }
        shown
    }

    fn before() -> State {
        state(&[
            "t.a",
            "t.a/01234567",
            "t.b[0] <- t.a",
            "t.b[1] <- t.a",
            "t.c[\"x\"] <- t.a t.b",
            "module.m.t.a <- t.a",
            "module.m.module.g.t.z <- module.m.t.a",
            "module.n[0].t.a <- module.m.module.g.t.z",
            "module.n[1].t.a",
            "t.d <- module.n.t.a",
        ])
    }

    fn moved(from: &str, to: &str) -> Result<(State, usize), MoveError> {
        let mut state = before();
        let found = moves(&state, &state, &from.parse().unwrap(), &to.parse().unwrap())?;
        relocate(&mut state, None, &found);
        Ok((state, found.len()))
    }

    #[test]
    fn what_moves_leaves_nothing_behind_and_those_that_needed_it_forget() {
        for (from, to, gone, come, forgetful) in [
            ("t.a", "t.q", &["t.a", "t.a/01234567"][..], &["t.q", "t.q/01234567"][..], 4),
            (
                "t.a",
                "module.x.t.a[0]",
                &["t.a", "t.a/01234567"],
                &["module.x.t.a[0]", "module.x.t.a[0]/01234567"],
                4,
            ),
            ("t.b", "t.q", &["t.b[0] <- t.a", "t.b[1] <- t.a"], &["t.q[0] <- t.a", "t.q[1] <- t.a"], 1),
            ("t.b[0]", "t.b[7]", &["t.b[0] <- t.a"], &["t.b[7] <- t.a"], 1),
            ("t.b[0]", "t.q", &["t.b[0] <- t.a"], &["t.q <- t.a"], 1),
            (
                "module.n[0]",
                "module.q",
                &["module.n[0].t.a <- module.m.module.g.t.z"],
                &["module.q.t.a <- module.m.module.g.t.z"],
                0,
            ),
            (
                "module.n[0].t.a",
                "t.n",
                &["module.n[0].t.a <- module.m.module.g.t.z"],
                &["t.n <- module.m.module.g.t.z"],
                1,
            ),
        ] {
            let (after, _) = moved(from, to).unwrap();
            let (mut expected, after) = (shown(&before()), shown(&after));
            expected.retain(|line| !gone.contains(&line.as_str()));
            for line in come {
                assert!(after.iter().any(|l| l == line), "{from} {to}: {line} in {after:?}");
            }
            let changed = expected.iter().filter(|line| !after.contains(line)).count();
            assert_eq!(changed, forgetful, "{from} {to}: {after:?}");
            assert_eq!(after.len(), shown(&before()).len());
        }
    }

    #[test]
    fn modules_move_with_all_that_is_below_them() {
        let (after, count) = moved("module.m", "module.k[0]").unwrap();
        assert_eq!(count, 2);
        let after = shown(&after);
        for line in ["module.k[0].t.a <- t.a", "module.k[0].module.g.t.z", "module.n[0].t.a"] {
            assert!(after.iter().any(|l| l == line), "{line} in {after:?}");
        }
        let (after, _) = moved("module.m", "module.m.module.y").unwrap();
        assert!(shown(&after).iter().any(|l| l == "module.m.module.y.module.g.t.z"));
    }

    #[test]
    fn into_another_state_nothing_else_changes() {
        let (mut source, mut target) = (before(), state(&["t.a"]));
        let found = moves(&source, &target, &"t.b".parse().unwrap(), &"t.b".parse().unwrap()).unwrap();
        relocate(&mut source, Some(&mut target), &found);
        assert_eq!(shown(&target), ["t.a", "t.b[0] <- t.a", "t.b[1] <- t.a"]);
        assert!(shown(&source).iter().any(|l| l == "t.c[\"x\"] <- t.a t.b"));
    }

    #[test]
    fn an_object_never_depends_on_its_own_kind() {
        let mut state = state(&["t.a", "t.b <- t.a"]);
        let found = moves(&state, &state, &"t.b".parse().unwrap(), &"t.a[1]".parse().unwrap()).unwrap();
        relocate(&mut state, None, &found);
        assert_eq!(shown(&state), ["t.a", "t.a[1]"]);
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for (from, to, says) in [
            ("t.nope", "t.z", "does not match anything"),
            ("t.b[9]", "t.z", "does not contain t.b[9]"),
            ("module.n", "module.z", "does not match anything"),
            ("t.a", "module.z", "must also be a resource instance"),
            ("t.b", "module.z", "must also be a whole resource"),
            ("t.b", "t.z[0]", "must also be a whole resource"),
            ("t.b", "t.a", "already a resource at"),
            ("t.a", "t.a", "already a resource instance at"),
            ("t.b[0]", "t.b[1]", "already a resource instance at"),
            ("module.m", "t.z", "must also be a module"),
            ("module.n[0]", "module.n[1]", "destination module already exists"),
            ("t.a", "u.a", "types don't match"),
            ("t.a", "data.t.a", "a managed resource can be moved only to another managed"),
        ] {
            let error = moved(from, to).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(says), "{from} {to}: {error}");
        }
    }

    #[test]
    fn forgetting_takes_deposed_objects_along() {
        let mut state = before();
        assert_eq!(forget(&mut state, &"t.a".parse().unwrap()), 2);
        assert_eq!(forget(&mut state, &"t.b[0]".parse().unwrap()), 1);
        assert_eq!(forget(&mut state, &"t.b[0]".parse().unwrap()), 0);
        assert_eq!(objects(&state, &"t.b[1]".parse().unwrap()).count(), 1);
        assert!(shown(&state).iter().any(|l| l == "t.b[1] <- t.a"));
    }
}

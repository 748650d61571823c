//! `Moves`: what `moved` blocks say, carried out on a state before anything is planned.
//! Knows nothing of values; whether a former address is free again is asked of the configuration after planning.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::connections::{provider_of, state_form};
use super::pattern::{Pattern, Unit};
use super::relocate::{relocate, rename_dependencies, take_over};
use super::target::{Limit, Targets};
use super::world::World;

use crate::base::{Dag, Diagnostic, Diagnostics, InstanceAddr, Span};
use crate::config::{Config, MoveEndpoint};
use crate::provider::Registry;
use crate::state::State;

/// One `moved` block, in every instance of the module that says it.
#[derive(Debug)]
struct Statement {
    from: Pattern,
    to: Pattern,
    /// How deep the module that says it lies.
    depth: usize,
    span: Span,
}

/// The `moved` blocks of a configuration, each after those whose results it moves on.
#[derive(Debug, Default)]
pub(super) struct Moves(Vec<Statement>);

impl Moves {
    /// Reads the blocks of every module.
    ///
    /// # Errors
    /// When one moves nothing, two contradict each other, or they go in a circle.
    pub(super) fn new(config: &Config) -> Result<Moves, Diagnostics> {
        let mut all: Vec<Statement> = Vec::new();
        let mut problems = Diagnostics::new();
        let place = |span: Span| config.sources.start_of(span);
        for (at, module) in config.modules() {
            for moved in &module.moved {
                let whole = !ends_with_key(&moved.from) && !ends_with_key(&moved.to);
                let end = |endpoint| Pattern::new(&at, endpoint, whole, false);
                let (from, to) = (end(&moved.from), end(&moved.to));
                let new = Statement { from, to, depth: at.steps().len(), span: moved.span };
                problems.extend(contradiction(&all, &new, place));
                all.push(new);
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let mut dag = Dag::default();
        for (i, a) in all.iter().enumerate() {
            dag.add(i);
            for (j, b) in all.iter().enumerate() {
                if i != j && follows(a, b) {
                    dag.depend(i, j);
                }
            }
        }
        match dag.order() {
            Ok(order) => {
                let mut all: Vec<Option<Statement>> = all.into_iter().map(Some).collect();
                let in_order = order.into_iter().filter_map(|i| all.get_mut(i).and_then(Option::take));
                Ok(Moves(in_order.collect()))
            }
            Err(cycle) => {
                let members: BTreeSet<usize> = cycle.0.into_iter().collect();
                let lines = members.iter().filter_map(|i| all.get(*i));
                let lines: String =
                    lines.map(|s| format!("\n  - {}: {} → {}", place(s.span), s.from, s.to)).collect();
                Err(Diagnostic::error(
                    "Cyclic dependency in move statements",
                    format!(
                        "The following chained move statements form a cycle, and so there is no final location to move \
                         objects to:{lines}\n\nA chain of move statements must end with an address that doesn't appear in \
                         any other statements, and which typically also refers to an object still declared in the \
                         configuration."
                    ),
                )
                .into())
            }
        }
    }

    /// Moves what is in the state; answers new address → old address. Deposed objects go along. What would come to stand
    /// where something is stays, with a warning; what would become another type, whose provider does not take it over,
    /// stays, with an error.
    pub(super) fn apply(
        &self,
        config: &Config,
        registry: &Registry,
        state: &mut State,
        problems: &mut Diagnostics,
    ) -> BTreeMap<InstanceAddr, InstanceAddr> {
        let mut moved = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        let mut blocked: BTreeSet<Unit> = BTreeSet::new();
        for statement in &self.0 {
            let held: BTreeSet<InstanceAddr> = state
                .resources
                .iter()
                .flat_map(|(addr, resource)| {
                    resource.objects.keys().map(|key| addr.instance(key.instance.clone()))
                })
                .collect();
            for from in held.iter().filter(|addr| statement.from.covers(addr)) {
                let (unit, to) = statement.to.translate(&statement.from, statement.depth, from);
                if held.iter().any(|addr| unit.is_blocked_by(addr)) {
                    blocked.insert(unit);
                    continue;
                }
                if statement.changes_kind() {
                    let provider = state_form(config, registry, &provider_of(config, registry, &to.resource));
                    if !take_over(state, from, &to, registry, &provider) {
                        problems.push(statement.unsupported(from));
                        break;
                    }
                } else {
                    relocate(state, from, &to);
                }
                renamed.insert(from.resource.config(), to.resource.config());
                let first = moved.remove(from).unwrap_or_else(|| from.clone());
                moved.insert(to, first);
            }
        }
        rename_dependencies(state, &renamed);
        if !blocked.is_empty() {
            let lines: String = blocked.iter().map(|unit| format!("\n  - {unit}")).collect();
            problems.push(Diagnostic::warning(
                "Unresolved resource instance address changes",
                format!(
                    "lambdaform tried to adjust resource instance addresses in the prior state based on change information \
                     recorded in the configuration, but some adjustments did not succeed due to existing objects already at \
                     the intended addresses:{lines}\n\nlambdaform has planned to destroy these objects. If lambdaform's \
                     proposed changes aren't appropriate, you must first resolve the conflicts using the \"lambdaform \
                     state\" subcommands and then create a new plan."
                ),
            ));
        }
        moved
    }

    /// What is said to have moved away, but is still declared. `wanted` are the instances that configuration asks for.
    pub(super) fn check(
        &self,
        config: &Config,
        world: &World<'_>,
        wanted: &HashSet<InstanceAddr>,
    ) -> Diagnostics {
        let declared = |from: &Pattern| -> Option<(&str, &str, Span)> {
            let Some(resource) = from.resource() else {
                let call = config.call(&from.path())?;
                if from.is_whole() {
                    return Some(("module call", "call", call.span));
                }
                let stands = world.instances(&from.path()).iter().any(|module| from.covers_module(module));
                return stands.then_some(("module instance", "instance", call.span));
            };
            let resource = config.resource(&resource)?;
            if from.is_whole() {
                let stands = world.instances(&from.path()).iter().any(|module| from.covers_module(module));
                return stands.then_some(("resource", "resource", resource.span));
            }
            let times = resource.count.as_ref().or(resource.for_each.as_ref());
            let span = times.map_or(resource.span, |expr| expr.span);
            wanted.iter().any(|addr| from.covers(addr)).then_some(("resource instance", "instance", span))
        };
        let mut problems = Diagnostics::new();
        for Statement { from, to, span, .. } in &self.0 {
            if let Some((what, short, at)) = declared(from) {
                let at = config.sources.start_of(at);
                let detail = format!(
                    "This statement declares a move from {from}, but that {what} is still declared at {at}.\n\nChange your \
                     configuration so that this {short} will be declared as {to} instead."
                );
                problems.push(Diagnostic::error("Moved object still exists", detail).at(*span));
            }
        }
        problems
    }
}

impl Statement {
    /// Whether what moves becomes something else.
    fn changes_kind(&self) -> bool {
        self.from.kind().zip(self.to.kind()).is_some_and(|(from, to)| from != to)
    }

    /// The error for a move that would make something of an object that it cannot be.
    fn unsupported(&self, found: &InstanceAddr) -> Diagnostic {
        let kind = self.to.kind().map(|(_, type_name)| &**type_name).unwrap_or_default();
        let detail = format!(
            "This statement moves {found}, a {:?}, to {}, a {kind:?}. An object can only move to an address of its own type, \
             or of one whose provider knows how to go on with it. Remove the statement; to keep the object without \
             managing it, declare it in a \"removed\" block.",
            &*found.resource.type_name, self.to,
        );
        Diagnostic::error("Unsupported move between resource types", detail).at(self.span).of(found)
    }
}

/// What moved without being targeted, at both of its addresses: a partial plan would lose track of it.
pub(super) fn check_targets(
    moved: &BTreeMap<InstanceAddr, InstanceAddr>,
    targets: &Targets,
) -> Option<Diagnostic> {
    let both = moved.iter().flat_map(|(to, from)| [to, from]);
    let excluded: BTreeSet<&InstanceAddr> = both.filter(|addr| !targets.include(addr)).collect();
    if excluded.is_empty() {
        return None;
    }
    if targets.limit() == Limit::Exclude {
        let lines: String = excluded.iter().map(|addr| format!("\n  {addr}")).collect();
        return Some(Diagnostic::error(
            "Moved resource instances excluded",
            format!(
                "Resource instances in your current state have moved to new addresses in the latest configuration. \
                 lambdaform must include those resource instances while planning in order to ensure a correct result, but \
                 your -exclude=... options leave some of them out, at the old or the new address:{lines}\n\nTo create a \
                 valid plan, remove the -exclude=... options that cover them."
            ),
        ));
    }
    let lines: String = excluded.iter().map(|addr| format!("\n  -target={:?}", addr.to_string())).collect();
    Some(Diagnostic::error(
        "Moved resource instances excluded by targeting",
        format!(
            "Resource instances in your current state have moved to new addresses in the latest configuration. lambdaform \
             must include those resource instances while planning in order to ensure a correct result, but your -target=... \
             options do not fully cover all of those resource instances.\n\nTo create a valid plan, either remove your \
             -target=... options altogether or add the following additional target options:{lines}\n\nNote that adding these \
             options may include further additional resource instances in your plan, in order to respect object dependencies."
        ),
    ))
}

fn ends_with_key(endpoint: &MoveEndpoint) -> bool {
    match endpoint {
        MoveEndpoint::Module(module) => module.steps().last().is_some_and(|(_, key)| key.is_some()),
        MoveEndpoint::Resource(_) => false,
        MoveEndpoint::Instance(_) => true,
    }
}

/// Whether `a` may move what `b` has moved, or must wait until `b` has moved what is in it.
fn follows(a: &Statement, b: &Statement) -> bool {
    let chained = |a: &Statement, b: &Statement| a.from.meets(&b.to);
    chained(a, b) || !chained(b, a) && (b.from.is_inside(&a.from) || b.to.is_inside(&a.from))
}

/// What makes a statement senseless beside those before it.
fn contradiction(all: &[Statement], new: &Statement, place: impl Fn(Span) -> String) -> Option<Diagnostic> {
    let Statement { from, to, span, .. } = new;
    if from == to {
        let detail = format!(
            "This statement declares a move from {from} to the same address, which is the same as not declaring this move \
             at all."
        );
        return Some(Diagnostic::error("Redundant move statement", detail).at(*span));
    }
    let other = all.iter().find(|old| (old.from == *from) != (old.to == *to))?;
    let before =
        format!("A statement at {} declared that {} moved to {}", place(other.span), other.from, other.to);
    let detail = if other.from == *from {
        format!(
            "{before}, but this statement instead declares that it moved to {to}.\n\nEach resource can move to only one \
             destination resource."
        )
    } else {
        format!(
            "{before}, but this statement instead declares that {from} moved there.\n\nEach resource can have moved from \
             only one source resource."
        )
    };
    Some(Diagnostic::error("Ambiguous move statements", detail).at(*span))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::base::ResourceAddr;
    use crate::config::load_sources;
    use crate::state::{Deposed, Object, ResourceState};

    fn config(moves: &[(&str, &str)]) -> Config {
        let text: String =
            moves.iter().map(|(from, to)| format!("moved {{\n from = {from}\n to = {to}\n}}\n")).collect();
        let (config, problems) = load_sources(Path::new("."), vec![("main.tf".into(), text)]);
        assert!(!problems.has_errors(), "{problems:?}");
        config
    }

    fn state(addresses: &[&str]) -> State {
        let mut state = State::default();
        for addr in addresses {
            state.set(&addr.parse().unwrap(), None, "p", Object::default());
        }
        state
    }

    fn addresses(state: &State) -> Vec<String> {
        let of = |(addr, resource): (&ResourceAddr, &ResourceState)| {
            let instances =
                resource.objects.keys().map(|key| addr.instance(key.instance.clone()).to_string());
            instances.collect::<Vec<_>>()
        };
        state.resources.iter().flat_map(of).collect()
    }

    fn applied(
        moves: &[(&str, &str)],
        state: &mut State,
        problems: &mut Diagnostics,
    ) -> BTreeMap<InstanceAddr, InstanceAddr> {
        let config = config(moves);
        Moves::new(&config).unwrap().apply(&config, &Registry::default(), state, problems)
    }

    #[test]
    fn objects_go_where_the_blocks_say_in_any_order() {
        let (a, b, c) = ("t.a", "t.b", "t.c");
        for (moves, before, after) in [
            (&[(a, b)][..], &[a][..], &[b][..]),
            (&[(a, b), (b, c)], &[a], &[c]),
            (&[(b, c), (a, b)], &[a], &[c]),
            (&[("t.a[0]", "t.b"), ("t.a[1]", "t.b[1]")], &["t.a[0]", "t.a[1]"], &["t.b", "t.b[1]"]),
            (
                &[("module.m", "module.n"), ("module.n.t.a", "module.n.t.b")],
                &["module.m.t.a"],
                &["module.n.t.b"],
            ),
            (
                &[("module.m.t.a", a), ("module.m", "module.n")],
                &["module.m.t.a", "module.m.t.b"],
                &[a, "module.n.t.b"],
            ),
            (&[(a, b)], &[c], &[c]),
        ] {
            let (mut state, mut problems) = (state(before), Diagnostics::new());
            let moved = applied(moves, &mut state, &mut problems);
            assert_eq!(addresses(&state), after, "{moves:?}");
            assert!(problems.is_empty(), "{problems:?}");
            assert!(moved.values().all(|from| before.contains(&&*from.to_string())), "{moved:?}");
        }
    }

    #[test]
    fn what_cannot_go_stays_where_it_is() {
        for (moves, before, summary) in [
            (("t.a", "t.b"), ["t.a", "t.b"], "Unresolved resource instance address changes"),
            (("t.a", "u.a"), ["t.a", "t.c"], "Unsupported move between resource types"),
        ] {
            let (mut state, mut problems) = (state(&before), Diagnostics::new());
            let moved = applied(&[moves], &mut state, &mut problems);
            assert_eq!(addresses(&state), before);
            assert!(moved.is_empty());
            assert_eq!(problems.iter().map(|p| &*p.summary).collect::<Vec<_>>(), [summary]);
        }
    }

    #[test]
    fn what_hangs_on_a_moved_object_goes_along() {
        let mut state = state(&["t.a"]);
        let (a, b, c): (InstanceAddr, InstanceAddr, InstanceAddr) =
            ("t.a".parse().unwrap(), "t.b".parse().unwrap(), "t.c".parse().unwrap());
        state.set(&a, Some(Deposed::from("d")), "p", Object::default());
        let dependent = Object { dependencies: vec![a.resource.clone()], ..Object::default() };
        state.set(&c, None, "p", dependent);
        applied(&[("t.a", "t.b")], &mut state, &mut Diagnostics::new());
        assert!(state.deposed().map(|(addr, ..)| addr).eq([b.clone()]));
        assert_eq!(state.object(&c).unwrap().dependencies, [b.resource]);
    }

    #[test]
    fn statements_that_contradict_each_other_are_refused() {
        for (moves, summary) in [
            (&[("t.a", "t.a")][..], "Redundant move statement"),
            (&[("t.a", "t.b"), ("t.a", "t.c")], "Ambiguous move statements"),
            (&[("t.a", "t.c"), ("t.b", "t.c")], "Ambiguous move statements"),
            (&[("t.a", "t.b"), ("t.b", "t.a")], "Cyclic dependency in move statements"),
        ] {
            let problems = Moves::new(&config(moves)).unwrap_err();
            assert_eq!(problems.iter().map(|p| &*p.summary).collect::<Vec<_>>(), [summary], "{moves:?}");
        }
    }
}

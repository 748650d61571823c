//! `closed`: what everything depends on through others, from what it depends on directly.
//! Knows nothing of where dependencies come from.

use std::collections::HashMap;

use super::graph;
use crate::base::{Diagnostics, ResourceAddr};
use crate::plan::order::Dependencies;

/// Each with all that can be reached from it, itself too if it is part of a circle.
///
/// # Errors
/// When that is too much to hold.
pub(super) fn closed(direct: &Dependencies) -> Result<Dependencies, Diagnostics> {
    let mut numbers: HashMap<&ResourceAddr, usize> = HashMap::new();
    let mut names: Vec<&ResourceAddr> = Vec::new();
    for addr in direct.keys().chain(direct.values().flatten()) {
        numbers.entry(addr).or_insert_with(|| {
            names.push(addr);
            names.len() - 1
        });
    }
    let number = |addr: &ResourceAddr| numbers.get(addr).copied();
    let edges: Vec<Vec<usize>> = names
        .iter()
        .map(|addr| direct.get(*addr).into_iter().flatten().filter_map(number).collect())
        .collect();

    let order = depth_first(&edges);
    let mut place = vec![0; names.len()];
    for (at, node) in order.iter().enumerate() {
        if let Some(place) = place.get_mut(*node) {
            *place = at;
        }
    }
    let mut reached: Vec<Option<Vec<usize>>> = vec![None; names.len()];
    let mut seen_by = vec![usize::MAX; names.len()];
    let mut sum = 0;
    for node in order {
        let mut found: Vec<usize> = Vec::new();
        let mut open = edges.get(node).cloned().unwrap_or_default();
        // The one that comes last has most behind it, so that the others are often among that already.
        open.sort_by_key(|on| place.get(*on).copied());
        while let Some(next) = open.pop() {
            let mut see = |node: usize, by: usize| match seen_by.get_mut(node) {
                Some(seen) if *seen != by => {
                    *seen = by;
                    found.push(node);
                    true
                }
                _ => false,
            };
            if !see(next, node) {
                continue;
            }
            match reached.get(next).and_then(Option::as_ref) {
                Some(behind) => {
                    for node_behind in behind {
                        see(*node_behind, node);
                    }
                }
                // Part of a circle.
                None => open.extend(edges.get(next).into_iter().flatten()),
            }
        }
        sum += found.len();
        if sum > graph::MOST {
            let at = names.get(node).map(ToString::to_string).unwrap_or_default();
            return Err(graph::too_many(&format!("{at}, as the state records it")).into());
        }
        if let Some(reached) = reached.get_mut(node) {
            *reached = Some(found);
        }
    }
    let named = |node: &usize| names.get(*node).map(|addr| (*addr).clone());
    let of = |addr: &ResourceAddr| reached.get(number(addr)?)?.as_ref();
    Ok(direct
        .keys()
        .map(|addr| (addr.clone(), of(addr).into_iter().flatten().filter_map(named).collect()))
        .collect())
}

/// Every node after those that it leads to, but where there are circles.
fn depth_first(edges: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(edges.len());
    let mut met = vec![false; edges.len()];
    for start in 0..edges.len() {
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 && std::mem::replace(met.get_mut(node).unwrap_or(&mut true), true) {
                continue;
            }
            match edges.get(node).and_then(|edges| edges.get(next)) {
                Some(on) => path.extend([(node, next + 1), (*on, 0)]),
                None => order.push(node),
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn dependencies(edges: &[(usize, usize)]) -> Dependencies {
        let addr = |i: usize| format!("t.r{i}").parse::<ResourceAddr>().unwrap();
        let mut direct = Dependencies::new();
        for (from, to) in edges {
            direct.entry(addr(*from)).or_default().insert(addr(*to));
        }
        direct
    }

    fn slowly(direct: &Dependencies) -> Dependencies {
        let mut closed = direct.clone();
        loop {
            let before = closed.clone();
            for all in closed.values_mut() {
                let further: BTreeSet<_> =
                    all.iter().filter_map(|on| before.get(on)).flatten().cloned().collect();
                all.extend(further);
            }
            if closed == before {
                return closed;
            }
        }
    }

    proptest! {
        #[test]
        fn everything_that_can_be_reached(edges in prop::collection::vec((0usize..9, 0usize..9), 0..20)) {
            let direct = dependencies(&edges);
            prop_assert_eq!(closed(&direct).unwrap(), slowly(&direct));
        }
    }

    #[test]
    fn a_long_chain_is_refused_and_a_closed_one_takes_no_longer_than_reading_it() {
        let chain: Vec<_> = (1..20_000).map(|i| (i, i - 1)).collect();
        let problems = closed(&dependencies(&chain)).unwrap_err();
        assert_eq!(problems.iter().next().unwrap().summary, "Too many dependencies");
        let whole: Vec<_> = (0..500).flat_map(|i| (0..i).map(move |on| (i, on))).collect();
        let direct = dependencies(&whole);
        assert_eq!(closed(&direct).unwrap(), direct);
    }
}

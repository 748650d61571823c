//! Random configurations after random others, with a fault at a random call: nothing is lost, and one more apply mends all.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::provider::fake::{FAULTS, Fault};

#[derive(Debug, Clone)]
struct Block {
    unique: bool,
    count: Option<usize>,
    kind: u8,
    size: u8,
    first: bool,
    /// Which of the blocks before it it depends on, as bits.
    on: u8,
    referring: bool,
}

fn block() -> impl Strategy<Value = Option<Block>> {
    let fields = (
        any::<bool>(),
        prop::option::of(0..3usize),
        0..2u8,
        1..3u8,
        any::<bool>(),
        any::<u8>(),
        any::<bool>(),
    );
    prop::option::weighted(
        0.8,
        fields.prop_map(|(unique, count, kind, size, first, on, referring)| Block {
            unique,
            count,
            kind,
            size,
            first,
            on,
            referring,
        }),
    )
}

fn hcl(blocks: &[Option<Block>]) -> String {
    let address = |i: usize, b: &Block| format!("{}.r{i}", if b.unique { "fake_thing" } else { "fake_free" });
    let mut text = String::new();
    for (i, block) in blocks.iter().enumerate() {
        let Some(b) = block else { continue };
        let before = blocks.iter().enumerate().take(i).filter_map(|(j, b)| b.as_ref().map(|b| (j, b)));
        let on: Vec<(String, bool)> = before
            .filter(|(j, _)| b.on & (1 << j) != 0)
            .map(|(j, d)| (address(j, d), d.count.is_some()))
            .collect();
        let (count, name) = match b.count {
            Some(n) => (format!("count = {n}\n"), format!("r{i}-${{count.index}}")),
            None => (String::new(), format!("r{i}")),
        };
        let dependencies = if b.referring {
            let ids =
                on.iter().map(|(a, many)| if *many { format!("{a}[*].id") } else { format!("[{a}.id]") });
            let ids = ids.collect::<Vec<_>>().join(", ");
            if ids.is_empty() { String::new() } else { format!("note = join(\"-\", concat({ids}))\n") }
        } else {
            let names: Vec<String> = on.into_iter().map(|(a, _)| a).collect();
            format!("depends_on = [{}]\n", names.join(", "))
        };
        let first = if b.first && !b.unique { "lifecycle { create_before_destroy = true }\n" } else { "" };
        let address = address(i, b).replace('.', "\" \"");
        text += &format!(
            "resource \"{address}\" {{\n{count}name = \"{name}\"\nkind = {}\nsize = {}\n{dependencies}{first}}}\n",
            b.kind, b.size
        );
    }
    text
}

fn recorded(lab: &Lab) -> BTreeSet<String> {
    let objects = lab.state.resources.values().flat_map(|r| r.objects.values());
    objects.map(|o| o.attributes["id"].as_str().unwrap().to_owned()).collect()
}

fn there(lab: &Lab) -> BTreeSet<String> {
    lab.fake.ids().into_iter().collect()
}

/// Applies with a fault, and checks that state and open calls together account for every object, and settling for the rest.
fn apply_with_fault(lab: &mut Lab, config: &str, fault: Option<(usize, Fault)>) {
    if let Some((number, fault)) = fault {
        lab.fake.fail_nth(number, fault);
    }
    let applied = lab.apply(config);
    lab.fake.heal();
    let open: BTreeSet<String> =
        lab.recorder.open().iter().flat_map(|s| s.calls.iter().map(|c| c.target.clone())).collect();
    let (recorded_ids, real) = (recorded(lab), there(lab));
    let lost: Vec<&String> =
        recorded_ids.symmetric_difference(&real).filter(|id| !open.contains(*id)).collect();
    assert!(lost.is_empty(), "unaccounted: {lost:?}, open {open:?}, {:?}", applied.problems);
    assert_eq!(applied.problems.has_errors(), !applied.summary.unfinished.is_empty());
    let found = lab.settle(config);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(recorded(lab), there(lab));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_one_more_apply_mends_all(
        before in prop::collection::vec(block(), 1..5),
        after in prop::collection::vec(block(), 1..5),
        faults in prop::array::uniform2(prop::option::of((0..8usize, prop::sample::select(&FAULTS[..])))),
    ) {
        let (before, after) = (hcl(&before), hcl(&after));
        let mut lab = Lab::new();
        apply_with_fault(&mut lab, &before, faults[0]);
        apply_with_fault(&mut lab, &after, faults[1]);
        lab.applied(&after);
        prop_assert_eq!(recorded(&lab), there(&lab));
        lab.settled(&after);
    }
}

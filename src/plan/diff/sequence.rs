//! Which elements of two sequences belong together.
//! Knows nothing of what the elements are beyond whether two are equal.

use std::collections::{BTreeMap, BTreeSet};

/// Above this many comparisons the exact table is left for Myers' algorithm, which needs no memory for it.
const TABLE_LIMIT: usize = 4_000_000;

/// Above this many even that takes too long, and only what both begin and end with is found.
const LONG: usize = 400_000_000;

/// Pairs positions: both set means one becomes the other, one set means deleted or created. `pairs_up` says whether an
/// element may be shown as changed into another when both are new or gone, as objects may.
///
/// Sequences of one length that lost an element are paired by position, because then elements were most likely
/// replaced and not moved. All others are paired along their longest common subsequence.
pub(super) fn pair<T: Ord>(
    before: &[T],
    after: &[T],
    pairs_up: &dyn Fn(&T, &T) -> bool,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut ids = BTreeMap::new();
    let mut number = |item| {
        let next = ids.len();
        *ids.entry(item).or_insert(next)
    };
    let old: Vec<usize> = before.iter().map(&mut number).collect();
    let new: Vec<usize> = after.iter().map(&mut number).collect();
    let kept: BTreeSet<usize> = new.iter().copied().collect();
    if old.len() == new.len() && old.iter().any(|id| !kept.contains(id)) {
        return (0..old.len()).map(|i| (Some(i), Some(i))).collect();
    }
    let common = common_subsequence(&old, &new);
    let mut common = common.iter().copied().peekable();
    let (mut pairs, mut i, mut j) = (Vec::with_capacity(old.len() + new.len()), 0, 0);
    loop {
        let next = common.peek().copied();
        while i < old.len() && Some(old[i]) != next {
            if j < new.len() && Some(new[j]) != next && pairs_up(&before[i], &after[j]) {
                pairs.push((Some(i), Some(j)));
                j += 1;
            } else {
                pairs.push((Some(i), None));
            }
            i += 1;
        }
        while j < new.len() && Some(new[j]) != next {
            pairs.push((None, Some(j)));
            j += 1;
        }
        if common.next().is_none() {
            return pairs;
        }
        pairs.push((Some(i), Some(j)));
        i += 1;
        j += 1;
    }
}

/// The longest sequence of numbers that occurs in both in order; of several, the one that ends soonest in `new`.
fn common_subsequence(old: &[usize], new: &[usize]) -> Vec<usize> {
    let comparisons = old.len().saturating_mul(new.len());
    if comparisons > LONG {
        return ends(old, new);
    }
    if comparisons > TABLE_LIMIT {
        return similar::capture_diff_slices(similar::Algorithm::Myers, old, new)
            .iter()
            .filter(|op| op.tag() == similar::DiffTag::Equal)
            .flat_map(|op| old.get(op.old_range()).unwrap_or_default().to_vec())
            .collect();
    }
    let width = new.len() + 1;
    let mut lengths = vec![0_u32; (old.len() + 1) * width];
    for (i, x) in old.iter().enumerate() {
        for (j, y) in new.iter().enumerate() {
            lengths[(i + 1) * width + j + 1] = if x == y {
                lengths[i * width + j] + 1
            } else {
                lengths[i * width + j + 1].max(lengths[(i + 1) * width + j])
            };
        }
    }
    let (mut found, mut i, mut j) = (Vec::new(), old.len(), new.len());
    while i > 0 && j > 0 {
        if old[i - 1] == new[j - 1] {
            found.push(old[i - 1]);
            i -= 1;
            j -= 1;
        } else if lengths[(i - 1) * width + j] > lengths[i * width + j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    found.reverse();
    found
}

/// What two sequences begin with alike, and what their rests end with alike.
fn ends(old: &[usize], new: &[usize]) -> Vec<usize> {
    let alike = |(a, b): &(&usize, &usize)| a == b;
    let begin = old.iter().zip(new).take_while(alike).count();
    let (old_rest, new_rest) = (old.iter().skip(begin), new.iter().skip(begin));
    let end = old_rest.rev().zip(new_rest.rev()).take_while(alike).count();
    old.iter().take(begin).chain(old.iter().skip(old.len() - end)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::pair;

    /// `-a` deleted, `+a` created, `a` kept, `a>b` changed.
    fn show(before: &str, after: &str) -> String {
        let (b, a): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
        let both_upper = |x: &char, y: &char| x.is_uppercase() && y.is_uppercase();
        let shown = pair(&b, &a, &both_upper).into_iter().map(|pair| match pair {
            (Some(i), Some(j)) if b[i] == a[j] => b[i].to_string(),
            (Some(i), Some(j)) => format!("{}>{}", b[i], a[j]),
            (Some(i), None) => format!("-{}", b[i]),
            (None, Some(j)) => format!("+{}", a[j]),
            (None, None) => unreachable!(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn elements_pair_as_terraform_pairs_them() {
        for (before, after, pairs) in [
            ("abc", "abc", "a b c"),
            ("abcdef", "abxdefg", "a b -c +x d e f +g"),
            // One length and something lost: by position.
            ("abc", "bcd", "a>b b>c c>d"),
            ("abcd", "dabx", "a>d b>a c>b d>x"),
            // One length and nothing lost: moved, not replaced.
            ("abcdefgh", "hgfedcba", "-a -b -c -d -e -f -g h +g +f +e +d +c +b +a"),
            ("aab", "abx", "a -a b +x"),
            ("abbc", "aabc", "a +a b -b c"),
            ("abc", "acb", "a -b c +b"),
            ("xxax", "xaxxy", "x -x a x +x +y"),
            ("abcdefgh", "cadxehgfb", "-a -b c +a d +x e -f -g h +g +f +b"),
            // Upper case stands for objects, which may change in place.
            ("AB", "ACD", "A B>C +D"),
            ("", "ab", "+a +b"),
        ] {
            assert_eq!(show(before, after), pairs, "{before} -> {after}");
        }
    }

    #[test]
    fn large_sequences_are_paired_too() {
        let before: Vec<u32> = (0..3000).collect();
        let after: Vec<u32> = (0..3001).filter(|n| *n != 1500).chain([9999]).collect();
        let pairs = pair(&before, &after, &|_, _| false);
        assert_eq!(pairs.iter().filter(|(b, a)| b.is_some() && a.is_some()).count(), 2999);
        let before: Vec<u32> = (0..30_000).collect();
        let after: Vec<u32> = [0, 1].into_iter().chain((2..29_995).rev()).chain(29_995..30_001).collect();
        let pairs = pair(&before, &after, &|_, _| false);
        assert_eq!(pairs.iter().filter(|(b, a)| b.is_some() && a.is_some()).count(), 2);
    }
}

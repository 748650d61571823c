//! "Did you mean …?": the nearest of the words that would have been right.
//! Knows nothing of what the words are.

/// The nearest word, when the given one is near enough to be a slip.
pub(super) fn nearest<'w>(given: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    words
        .into_iter()
        .map(|word| (distance(given, word), word))
        .filter(|(distance, word)| *distance < 3.min(word.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The number of single-character edits between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for ((cb, above_left), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (above_left + usize::from(ca != *cb)).min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_nothing_else() {
        for (given, expected) in [
            ("descripton", Some("description")),
            ("tyep", Some("type")),
            ("typ", Some("type")),
            ("default", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, ["type", "description"]), expected, "{given}");
        }
    }
}

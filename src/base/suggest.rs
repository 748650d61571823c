//! "Did you mean …?": the name a person probably meant.
//! Knows nothing of what the names stand for.

/// `` or ` Did you mean "x"?`, to be put behind a sentence: the candidate that is fewer than three edits away, the
/// nearest first, as Terraform suggests.
pub fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(given, candidates) {
        Some(name) => format!(" Did you mean {name:?}?"),
        None => String::new(),
    }
}

/// The candidate nearest to what was given, if it is near enough to be meant. A short name must be nearer than a
/// long one: nobody means `m` by `zz`.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (given.chars().count() / 2).min(2);
    candidates
        .into_iter()
        .map(|candidate| (edits(given, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *candidate != given)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance.
fn edits(a: &str, b: &str) -> usize {
    if a.len().abs_diff(b.len()) > 64 {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let here = (corner + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            corner = std::mem::replace(cell, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (a, b, distance) in
            [("", "abc", 3), ("abc", "abc", 0), ("abc", "axc", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(edits(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let names = ["memory_size", "type", "description", "m"];
        for (given, meant) in [
            ("memory_sizee", " Did you mean \"memory_size\"?"),
            ("descripton", " Did you mean \"description\"?"),
            ("tyep", " Did you mean \"type\"?"),
            ("typ", " Did you mean \"type\"?"),
            ("default", ""),
            ("zz", ""),
            ("x", ""),
            ("", ""),
        ] {
            assert_eq!(did_you_mean(given, names), meant, "{given}");
        }
    }
}

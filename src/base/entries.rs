//! `Entries`: what a map or an object holds, in the order of names.
//! Knows nothing of types or marks.

use std::iter::Map;
use std::slice::Iter;
use std::vec::IntoIter;

use super::{Name, Value};

/// Values by name, sorted by name, each name once. Objects are made whole, read often and changed rarely, so a sorted
/// vector serves them better than a tree: one piece of memory, and walked in line.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entries(Vec<(Name, Value)>);

/// An entry as iteration gives it.
type Pair<'a> = fn(&'a (Name, Value)) -> (&'a Name, &'a Value);

impl Entries {
    /// No entries.
    pub const EMPTY: Entries = Entries(Vec::new());

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).ok().and_then(|at| self.0.get(at)).map(|(_, value)| value)
    }

    /// Whether there is a value of a name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    /// Gives a name a value, whether it had one or not.
    pub fn set(&mut self, name: &str, value: Value) {
        match self.find(name) {
            Ok(at) => {
                if let Some((_, slot)) = self.0.get_mut(at) {
                    *slot = value;
                }
            }
            Err(at) => self.0.insert(at, (name.into(), value)),
        }
    }

    /// Takes a name and its value away.
    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.find(name) {
            self.0.remove(at);
        }
    }

    /// The names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Name> + ExactSizeIterator {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// Names and values in order.
    pub fn iter(&self) -> Map<Iter<'_, (Name, Value)>, Pair<'_>> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(found, _)| (**found).cmp(name))
    }
}

impl<N: Into<Name>> FromIterator<(N, Value)> for Entries {
    /// Of several values of one name the last stays.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Self {
        let mut entries: Vec<(Name, Value)> = entries.into_iter().map(|(n, v)| (n.into(), v)).collect();
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(&mut later.1, &mut kept.1);
                }
                same
            });
        }
        Entries(entries)
    }
}

impl<'a> IntoIterator for &'a Entries {
    type Item = (&'a Name, &'a Value);
    type IntoIter = Map<Iter<'a, (Name, Value)>, Pair<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Entries {
    type Item = (Name, Value);
    type IntoIter = IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_hold_what_a_tree_would(
            made in proptest::collection::vec(("[a-f]{0,2}", 0..9i64), 0..12),
            set in proptest::collection::vec(("[a-f]{0,2}", 0..9i64), 0..6),
            removed in proptest::collection::vec("[a-f]{0,2}", 0..6),
        ) {
            let mut tree: BTreeMap<Name, Value> =
                made.iter().map(|(n, v)| (n.as_str().into(), Value::from(*v))).collect();
            let mut entries: Entries = made.iter().map(|(n, v)| (n.as_str(), Value::from(*v))).collect();
            for (name, value) in &set {
                tree.insert(name.as_str().into(), Value::from(*value));
                entries.set(name, Value::from(*value));
            }
            for name in &removed {
                tree.remove(name.as_str());
                entries.remove(name);
            }
            prop_assert!(tree.iter().eq(entries.iter()));
            for (name, _) in made.iter().chain(&set) {
                prop_assert_eq!(tree.get(name.as_str()), entries.get(name));
            }
        }
    }
}

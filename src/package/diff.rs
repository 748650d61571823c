//! What changed between two packages, file by file, from their manifests alone.
//! Reads no files: contents are compared by hash.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Entry, Fingerprint, Manifest, Mode, Sha256};

/// The difference between two manifests, changes sorted by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PackageDiff {
    /// One for each file that is not the same before and after. A rename is one change, under its new path.
    pub changes: Vec<FileChange>,
    /// Counts.
    pub summary: Summary,
    /// The zip before, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Fingerprint>,
    /// The zip after, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Fingerprint>,
}

/// What happened to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path: after the change, or before it if the file is removed.
    pub path: String,
    /// What happened.
    #[serde(flatten)]
    pub change: Change,
}

/// A file's facts before and after. In JSON tagged by `action`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Change {
    /// A new file.
    Added {
        /// The file.
        after: Facts,
    },
    /// The file is gone.
    Removed {
        /// The file that was.
        before: Facts,
    },
    /// Same path; other content, other mode, or both.
    Changed {
        /// The file that was.
        before: Facts,
        /// The file that is.
        after: Facts,
    },
    /// Same content under another path, perhaps with another mode.
    Renamed {
        /// The path it had.
        from: String,
        /// The file that was.
        before: Facts,
        /// The file that is.
        after: Facts,
    },
}

/// All that a manifest knows of a file but its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// Permissions.
    pub mode: Mode,
    /// Size in bytes, unpacked.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: Sha256,
}

impl From<&Entry> for Facts {
    fn from(entry: &Entry) -> Self {
        Self { mode: entry.mode, size: entry.size, sha256: entry.sha256 }
    }
}

impl Change {
    /// The file before, unless it is new.
    pub fn before(&self) -> Option<&Facts> {
        match self {
            Self::Added { .. } => None,
            Self::Removed { before } | Self::Changed { before, .. } | Self::Renamed { before, .. } => {
                Some(before)
            }
        }
    }

    /// The file after, unless it is gone.
    pub fn after(&self) -> Option<&Facts> {
        match self {
            Self::Removed { .. } => None,
            Self::Added { after } | Self::Changed { after, .. } | Self::Renamed { after, .. } => Some(after),
        }
    }

    /// Whether the file is there before and after with other permissions.
    pub fn mode_changed(&self) -> bool {
        self.before().zip(self.after()).is_some_and(|(before, after)| before.mode != after.mode)
    }

    /// Whether the file is there before and after with other content.
    pub fn content_changed(&self) -> bool {
        self.before().zip(self.after()).is_some_and(|(before, after)| before.sha256 != after.sha256)
    }
}

/// How many files of each kind, and unpacked bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// New files.
    pub added: usize,
    /// Files that are gone.
    pub removed: usize,
    /// Files with other content or mode.
    pub changed: usize,
    /// Files under another path.
    pub renamed: usize,
    /// Files that are the same.
    pub unchanged: usize,
    /// Unpacked size before, in bytes.
    pub size_before: u64,
    /// Unpacked size after, in bytes.
    pub size_after: u64,
}

impl PackageDiff {
    /// Whether no file differs. The zips themselves may: see [`PackageDiff::is_repack`].
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the zips differ though no file does: only order, dates or compression are different, so the function would
    /// run the same code.
    pub fn is_repack(&self) -> bool {
        self.is_empty()
            && self.before.zip(self.after).is_some_and(|(before, after)| before.sha256 != after.sha256)
    }
}

/// Compares two manifests.
pub fn compare(before: &Manifest, after: &Manifest) -> PackageDiff {
    let mut summary = Summary {
        size_before: before.unpacked_size(),
        size_after: after.unpacked_size(),
        ..Summary::default()
    };
    let mut changes = BTreeMap::new();
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for old in before.entries() {
        match after.entry(&old.path) {
            None => removed.push(old),
            Some(new) if new == old => summary.unchanged += 1,
            Some(new) => {
                summary.changed += 1;
                changes.insert(&new.path, Change::Changed { before: old.into(), after: new.into() });
            }
        }
    }
    added.extend(after.entries().iter().filter(|new| before.entry(&new.path).is_none()));

    for (old, new) in pair_renames(&mut removed, &mut added) {
        summary.renamed += 1;
        let from = old.path.clone();
        changes.insert(&new.path, Change::Renamed { from, before: old.into(), after: new.into() });
    }
    summary.removed = removed.len();
    summary.added = added.len();
    changes.extend(removed.iter().map(|old| (&old.path, Change::Removed { before: (*old).into() })));
    changes.extend(added.iter().map(|new| (&new.path, Change::Added { after: (*new).into() })));

    PackageDiff {
        changes: changes
            .into_iter()
            .map(|(path, change)| FileChange { path: path.clone(), change })
            .collect(),
        summary,
        before: before.package(),
        after: after.package(),
    }
}

/// Takes the pairs with equal content out of the two lists. Of several candidates one with the same file name wins, then the
/// first by path. Empty files are all alike, so they are never called renamed.
fn pair_renames<'a>(removed: &mut Vec<&'a Entry>, added: &mut Vec<&'a Entry>) -> Vec<(&'a Entry, &'a Entry)> {
    let mut pairs = Vec::new();
    for same_name in [true, false] {
        // Keyed by content, and in the first round by file name too; last by path comes first off the stack.
        let key = |entry: &'a Entry| (entry.sha256, same_name.then(|| file_name(&entry.path)));
        let mut candidates: BTreeMap<_, Vec<&Entry>> = BTreeMap::new();
        for &old in removed.iter().rev().filter(|old| old.size > 0) {
            candidates.entry(key(old)).or_default().push(old);
        }
        added.retain(|&new| match candidates.get_mut(&key(new)).and_then(Vec::pop) {
            Some(old) => {
                pairs.push((old, new));
                false
            }
            None => true,
        });
        let paired: BTreeSet<&str> = pairs.iter().map(|(old, _)| old.path.as_str()).collect();
        removed.retain(|old| !paired.contains(old.path.as_str()));
    }
    pairs
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `path=content` or `path=content!` for an executable file.
    fn manifest(files: &[&str]) -> Manifest {
        let entries = files.iter().map(|file| {
            let (path, content) = file.split_once('=').unwrap();
            let mode = if content.ends_with('!') { Mode::EXECUTABLE } else { Mode::FILE };
            let content = content.trim_end_matches('!').as_bytes();
            Entry { path: path.into(), mode, size: content.len() as u64, sha256: Sha256::of(content) }
        });
        Manifest::new(None, entries.collect())
    }

    fn brief(diff: &PackageDiff) -> Vec<String> {
        let line = |FileChange { path, change }: &FileChange| match change {
            Change::Added { .. } => format!("+ {path}"),
            Change::Removed { .. } => format!("- {path}"),
            Change::Changed { before, after } => {
                let mode = if change.mode_changed() { " mode" } else { "" };
                let content = if change.content_changed() { " content" } else { "" };
                format!("~ {path} {}->{}{mode}{content}", before.size, after.size)
            }
            Change::Renamed { from, .. } => {
                let mode = if change.mode_changed() { " mode" } else { "" };
                format!("> {path} from {from}{mode}")
            }
        };
        diff.changes.iter().map(line).collect()
    }

    #[test]
    fn tells_added_removed_changed_and_renamed_apart() {
        for (before, after, expected) in [
            (vec!["a=1"], vec!["a=1"], vec![]),
            (vec![], vec!["b=1", "a=2"], vec!["+ a", "+ b"]),
            (vec!["a=1"], vec![], vec!["- a"]),
            (vec!["a=1"], vec!["a=22"], vec!["~ a 1->2 content"]),
            (vec!["a=1"], vec!["a=1!"], vec!["~ a 1->1 mode"]),
            (vec!["a=1"], vec!["a=2!"], vec!["~ a 1->1 mode content"]),
            (vec!["a=1"], vec!["b=1"], vec!["> b from a"]),
            (vec!["a=1"], vec!["b=1!"], vec!["> b from a mode"]),
            (vec!["a=1"], vec!["a=2", "b=1"], vec!["~ a 1->1 content", "+ b"]),
            (vec!["a=1"], vec!["b=1", "c=1"], vec!["> b from a", "+ c"]),
            (vec!["a=1", "b=1"], vec!["c=1"], vec!["- b", "> c from a"]),
            (
                vec!["old/x=1", "old/y=1"],
                vec!["a/y=1", "b/x=1"],
                vec!["> a/y from old/y", "> b/x from old/x"],
            ),
            (vec!["a="], vec!["b="], vec!["- a", "+ b"]),
        ] {
            let diff = compare(&manifest(&before), &manifest(&after));
            assert_eq!(brief(&diff), expected, "{before:?} -> {after:?}");
        }
    }

    #[test]
    fn counts_and_json() {
        let before = manifest(&["a=1", "b=same", "c=333", "d=moved"]);
        let after = manifest(&["a=22", "b=same", "e=moved", "f=new"]);
        let diff = compare(&before, &after);
        let Summary { added, removed, changed, renamed, unchanged, size_before, size_after } = diff.summary;
        assert_eq!((added, removed, changed, renamed, unchanged), (1, 1, 1, 1, 1));
        assert_eq!((size_before, size_after), (13, 14));
        let json = serde_json::to_value(&diff).unwrap();
        let entry = &json["changes"][2];
        assert_eq!((entry["path"].as_str(), entry["action"].as_str()), (Some("e"), Some("renamed")));
        assert_eq!((entry["from"].as_str(), entry["after"]["mode"].as_str()), (Some("d"), Some("0644")));
    }

    #[test]
    fn a_repack_is_no_change_of_files() {
        let files = manifest(&["a=1"]);
        let zip = |bytes| Some(Fingerprint { sha256: Sha256::of(bytes), size: bytes.len() as u64 });
        let with = |package| Manifest::new(package, files.entries().to_vec());
        let diff = compare(&with(zip(b"one")), &with(zip(b"two")));
        assert!(diff.is_empty() && diff.is_repack());
        assert!(!compare(&with(zip(b"one")), &with(zip(b"one"))).is_repack());
        assert!(!compare(&with(None), &with(zip(b"two"))).is_repack());
    }

    /// Does to the files before what the diff says.
    fn apply(before: &Manifest, diff: &PackageDiff) -> Manifest {
        let mut files: BTreeMap<String, Facts> =
            before.entries().iter().map(|entry| (entry.path.clone(), entry.into())).collect();
        for FileChange { path, change } in &diff.changes {
            let gone = match change {
                Change::Renamed { from, .. } => Some(from),
                Change::Removed { .. } => Some(path),
                _ => None,
            };
            if let Some(gone) = gone {
                assert_eq!(files.remove(gone).as_ref(), change.before(), "{gone}");
            }
            if let Some(after) = change.after() {
                files.insert(path.clone(), *after);
            }
        }
        let entry = |(path, Facts { mode, size, sha256 })| Entry { path, mode, size, sha256 };
        Manifest::new(None, files.into_iter().map(entry).collect())
    }

    fn any_manifest() -> impl Strategy<Value = Manifest> {
        // Few paths and few contents, so that renames and changes are common.
        prop::collection::vec("[a-d](/[a-c])?=[xy]{0,2}!?", 0..8)
            .prop_map(|files| manifest(&files.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    proptest! {
        #[test]
        fn applying_the_diff_gives_the_package_after(before in any_manifest(), after in any_manifest()) {
            let diff = compare(&before, &after);
            prop_assert_eq!(&apply(&before, &diff), &after);
            prop_assert_eq!(diff.is_empty(), before == after);
            let Summary { added, removed, changed, renamed, unchanged, .. } = diff.summary;
            prop_assert_eq!(added + removed + changed + renamed, diff.changes.len());
            prop_assert_eq!(removed + changed + renamed + unchanged, before.entries().len());
            prop_assert_eq!(added + changed + renamed + unchanged, after.entries().len());
            let sorted = diff.changes.windows(2).all(|pair| pair[0].path < pair[1].path);
            prop_assert!(sorted);
            prop_assert!(compare(&after, &after).is_empty());
        }
    }
}

//! Tags: the provider's default ones, those it ignores, and what `tags` and `tags_all` become (lambda-provider.md 0.2).
//! Knows nothing of the calls that carry them.

use std::collections::BTreeMap;

use super::fields::entries;
use crate::base::{Type, Value};

/// What a provider block says about tags.
#[derive(Debug, Clone, Default)]
pub(super) struct TagRules {
    /// `default_tags`, as far as known; `None` while unknown.
    pub(super) defaults: Option<BTreeMap<String, String>>,
    /// `ignore_tags.keys`
    pub(super) ignored_keys: Vec<String>,
    /// `ignore_tags.key_prefixes`
    pub(super) ignored_prefixes: Vec<String>,
}

impl TagRules {
    fn ignores(&self, key: &str) -> bool {
        key.starts_with("aws:")
            || self.ignored_keys.iter().any(|k| k == key)
            || self.ignored_prefixes.iter().any(|p| key.starts_with(p.as_str()))
    }

    /// The tags an object with these `tags` ends up with.
    pub(super) fn merge(&self, tags: &Value) -> BTreeMap<String, String> {
        let mut all = self.defaults.clone().unwrap_or_default();
        all.extend(entries(tags).unwrap_or_default());
        all.retain(|key, _| !self.ignores(key));
        all
    }

    /// What a plan says of `tags_all` of the newer types, to which having none is as good as having some.
    pub(super) fn plan_known(&self, tags: &Value) -> Value {
        match &self.defaults {
            Some(_) if tags.is_wholly_known() => tag_map(&self.merge(tags)),
            _ => Value::unknown(Type::map(Type::String)),
        }
    }

    /// The planned object with its `tags_all`.
    pub(super) fn complete(&self, prior: Option<&Value>, planned: Value) -> Value {
        let all = self.plan(prior, planned.get("tags").unwrap_or(&Value::NULL));
        planned.with_attr("tags_all", all)
    }

    /// What a plan says of `tags_all`.
    fn plan(&self, prior: Option<&Value>, tags: &Value) -> Value {
        let unknown = Value::unknown(Type::map(Type::String));
        let Some(defaults) = &self.defaults else { return unknown };
        if !tags.is_wholly_known() {
            return unknown;
        }
        let before = prior.and_then(|p| p.get("tags_all")).and_then(entries).unwrap_or_default();
        let nothing = defaults.is_empty() && entries(tags).is_none_or(|t| t.is_empty());
        if prior.is_none() && nothing {
            return unknown;
        }
        let all = self.merge(tags);
        if all.iter().any(|(key, value)| value.is_empty() && !before.contains_key(key)) {
            return unknown;
        }
        match prior.and_then(|p| p.get("tags_all")) {
            Some(old) if before.len() == all.len() && all.iter().all(|(k, v)| before.get(k) == Some(v)) => {
                old.clone()
            }
            _ => tag_map(&all),
        }
    }

    /// `tags` and `tags_all` of an object that has these tags. `configured` is what `tags` held so far: default tags stay
    /// out of `tags` unless they were there.
    pub(super) fn record(
        &self,
        remote: &BTreeMap<String, String>,
        configured: Option<&Value>,
    ) -> (Value, Value) {
        let configured = configured.and_then(entries).unwrap_or_default();
        let all: BTreeMap<String, String> =
            remote.iter().filter(|(k, _)| !self.ignores(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut own = all.clone();
        if let Some(defaults) = &self.defaults {
            own.retain(|key, value| defaults.get(key) != Some(value) || configured.contains_key(key));
        }
        (tag_map(&own), tag_map(&all))
    }
}

/// What has to be done to get from one set of tags to another: keys to remove, then tags to set.
pub(super) fn difference(
    old: &Value,
    new: &BTreeMap<String, String>,
) -> (Vec<String>, BTreeMap<String, String>) {
    let old = entries(old).unwrap_or_default();
    let mut removed: Vec<String> =
        old.keys().filter(|k| !new.contains_key(*k) && !k.starts_with("aws:")).cloned().collect();
    removed.sort();
    let set =
        new.iter().filter(|(k, v)| old.get(*k) != Some(*v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    (removed, set)
}

/// Tags as a value.
pub(super) fn tag_map(tags: &BTreeMap<String, String>) -> Value {
    Value::map(Type::String, tags.iter().map(|(k, v)| (k.as_str(), Value::from(v.as_str()))))
}

/// AWS's limits on tags: 50 of them, keys of 1 to 128 characters, values up to 256, none that starts with `aws:`.
pub(super) fn check(value: &Value) -> Option<String> {
    let tags = value.as_entries()?;
    if tags.len() > 50 {
        return Some(format!("At most 50 tags are allowed, and there are {}.", tags.len()));
    }
    tags.iter().find_map(|(key, value)| {
        if !(1..=128).contains(&key.chars().count()) {
            return Some(format!("A tag key has 1 to 128 characters, and {key:?} does not."));
        }
        if key.starts_with("aws:") {
            return Some(format!("Tag keys that start with \"aws:\" are reserved by AWS, as {key:?} is."));
        }
        let length = value.as_str()?.chars().count();
        (length > 256)
            .then(|| format!("A tag value has at most 256 characters, and that of {key:?} has {length}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
        tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect()
    }

    fn rules(defaults: &[(&str, &str)]) -> TagRules {
        TagRules { defaults: Some(map(defaults)), ignored_keys: vec!["skip".into()], ..TagRules::default() }
    }

    #[test]
    fn plans_tags_all() {
        let unknown = Value::unknown(Type::map(Type::String));
        let null = Value::null(Type::map(Type::String));
        let prior = Value::object([("tags_all", tag_map(&map(&[("a", "1")])))]);
        let emptied = Value::object([("tags_all", tag_map(&map(&[])))]);
        for (defaults, prior, tags, expected) in [
            (&[][..], None, null.clone(), unknown.clone()),
            (&[("d", "1")], None, null.clone(), tag_map(&map(&[("d", "1")]))),
            (&[], None, tag_map(&map(&[("a", "1")])), tag_map(&map(&[("a", "1")]))),
            (&[], None, tag_map(&map(&[("a", "")])), unknown.clone()),
            (&[("a", "0"), ("skip", "x")], None, tag_map(&map(&[("a", "1")])), tag_map(&map(&[("a", "1")]))),
            (&[], Some(&prior), null.clone(), tag_map(&map(&[]))),
            (&[], Some(&emptied), null.clone(), tag_map(&map(&[]))),
            (&[], Some(&prior), unknown.clone(), unknown.clone()),
        ] {
            assert_eq!(rules(defaults).plan(prior, &tags), expected, "{defaults:?} {tags:?}");
        }
        let not_known_yet = TagRules::default();
        assert!(not_known_yet.plan(None, &null).is_unknown());
    }

    #[test]
    fn records_tags_without_default_ones() {
        let remote = map(&[("d", "1"), ("a", "2"), ("skip", "x"), ("aws:cloudformation:stack-id", "s")]);
        let (tags, all) = rules(&[("d", "1"), ("a", "1")]).record(&remote, None);
        assert_eq!(tags, tag_map(&map(&[("a", "2")])));
        assert_eq!(all, tag_map(&map(&[("a", "2"), ("d", "1")])));
        let configured = tag_map(&map(&[("d", "1")]));
        let (tags, _) = rules(&[("d", "1")]).record(&remote, Some(&configured));
        assert_eq!(tags, tag_map(&map(&[("a", "2"), ("d", "1")])));
    }

    #[test]
    fn finds_what_to_remove_and_what_to_set() {
        let old = tag_map(&map(&[("a", "1"), ("b", "2"), ("c", "3"), ("aws:x", "y")]));
        let (removed, set) = difference(&old, &map(&[("b", "2"), ("c", "4"), ("d", "5")]));
        assert_eq!(removed, ["a"]);
        assert_eq!(set, map(&[("c", "4"), ("d", "5")]));
    }
}

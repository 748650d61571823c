//! IAM: roles, what hangs on them, and policies; and what these types share.
//! Knows nothing of Lambda.

pub(super) mod contents;
pub(super) mod document;
mod inline;
pub(super) mod json;
mod listing;
pub(super) mod policy;
pub(super) mod policy_json;
pub(super) mod role;
pub(super) mod role_policy;
pub(super) mod role_policy_attachment;

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::fields::{entries, filled, is_set};
use super::resource::Step;
use super::{tags, unique};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::schema::{Attribute, Constraint, Default, Group};

/// `UpdateAssumeRolePolicy`, `PutRolePolicy`, `CreatePolicyVersion`.
const POLICY: Group = Group(1);
/// `UpdateRole`
const ABOUT: Group = Group(1 << 1);
/// `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`.
const BOUNDARY: Group = Group(1 << 2);
/// `PutRolePolicy`, `DeleteRolePolicy`, of a role's own blocks.
const INLINE: Group = Group(1 << 3);
/// `AttachRolePolicy`, `DetachRolePolicy`, of a role's own list.
const MANAGED: Group = Group(1 << 4);
/// `TagRole`, `UntagRole`, `TagPolicy`, `UntagPolicy`.
const TAGS: Group = Group(1 << 5);
/// Kept in state only; no call carries it.
const STATE: Group = Group(1 << 6);

/// What names are made of.
const NAME: Constraint =
    Constraint::Pattern(r"[0-9A-Za-z_+=,.@-]+", "A name of letters, digits and the characters +=,.@_-");

const DESCRIPTION: Attribute = Attribute::string("description").check(&[
    Constraint::Length(0, 1000),
    Constraint::Pattern("[\\t\\n\\r -~\u{a1}-\u{ff}]*", "A text in Latin letters"),
]);

/// Where names are sorted in. An empty one is the root, as modules hand it on.
const PATH: Attribute = Attribute::string("path").default(Default::Str("/")).replaces().loose().check(&[
    Constraint::Length(0, 512),
    Constraint::Pattern("|/|/[!-~]+/", "A path that begins and ends with a slash"),
]);

/// Letters that generated names end in.
const GENERATED: usize = 26;

/// `name` and `name_prefix` together cannot be.
fn check_names(config: &Value) -> Diagnostics {
    if is_set(config, "name") && is_set(config, "name_prefix") {
        return Diagnostic::error(
            "Conflicting configuration arguments",
            "An object has either a name of its own or one that begins with a prefix: \"name_prefix\" conflicts with \
             \"name\". Remove one of them.",
        )
        .on("name_prefix")
        .into();
    }
    Diagnostics::new()
}

/// A plan whose path, if it is empty, is the root.
fn with_path(planned: Value) -> Value {
    let empty = planned.get("path").is_some_and(|path| path.as_str() == Some(""));
    if empty { planned.with_attr("path", Value::from("/")) } else { planned }
}

/// The name of a new object: its own, or one made from its prefix.
fn new_name(planned: &Value) -> String {
    filled(planned, "name").unwrap_or_else(|| {
        let prefix = filled(planned, "name_prefix").unwrap_or_else(|| "terraform-".to_owned());
        format!("{prefix}{}", unique::suffix())
    })
}

/// A time to the second, as state has it.
pub(super) fn date(time: &DateTime) -> Option<String> {
    DateTime::from_secs(time.secs()).fmt(Format::DateTime).ok()
}

/// The tags a step ends with.
fn wanted_tags(step: &Step<'_>) -> BTreeMap<String, String> {
    let planned = step.planned();
    let all = planned.get("tags_all").and_then(entries).map(|tags| tags.into_iter().collect());
    all.unwrap_or_else(|| step.link.settings.tags.merge(planned.get("tags").unwrap_or(&Value::NULL)))
}

/// The keys an update removes, and the tags it sets.
fn tag_changes(step: &Step<'_>) -> (Vec<String>, Vec<Tag>) {
    let before = step.prior().get("tags_all").unwrap_or(&Value::NULL);
    let (removed, set) = tags::difference(before, &wanted_tags(step));
    (removed, to_tags(&set))
}

fn to_tags(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// The object with its tags, and with those that are the provider's own.
fn with_tags(object: Value, rules: &tags::TagRules, tags: &[Tag], known: &Value) -> Value {
    let remote = tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    let (own, all) = rules.record(&remote, known.get("tags"));
    object.with_attr("tags", own).with_attr("tags_all", all)
}

/// An answer that says nothing of what was made.
fn unanswered(operation: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        "Unreadable answer",
        format!(
            "{operation} of {name:?} succeeded, but its answer does not say what was made. Import {name:?}."
        ),
    )
}

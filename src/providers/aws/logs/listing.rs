//! Log groups as the service lists them: one by its name, or many in pages.
//! Knows nothing of what is done with them.
//!
//! There is no call that gets one group; the nearest is a list by prefix. So a batch of reads that asks for several groups of
//! one folder of names (`/aws/lambda/`) lists that once, fifty to a page, instead of once for each.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::LogGroup;

use crate::providers::aws::client::Session;
use crate::providers::aws::error::CallResult;
use crate::providers::aws::resource::Link;

/// What reading a group asks for, before its name.
const ASKED: &str = "log group ";
/// From so many groups of one folder on, listing the folder is worth it.
const MANY: usize = 4;
/// How many groups a page holds.
const PAGE: i32 = 50;

/// The key of [`Link::begin_batch`] for a group.
pub(super) fn key(name: &str) -> String {
    format!("{ASKED}{name}")
}

/// A folder's groups, as far as they were listed.
struct Listing {
    groups: HashMap<String, LogGroup>,
    /// Whether a group that is not there does not exist.
    complete: bool,
}

/// A group by its name; within a batch, from a list that is shared.
///
/// # Errors
/// What the service answered.
pub(super) async fn find(link: &Link, session: &Session, name: &str) -> CallResult<Option<LogGroup>> {
    let folder = folder(name);
    let listing = link.once(key(&format!("{folder}*")), list(link, session, folder)).await?;
    if listing.complete || listing.groups.contains_key(name) {
        return Ok(listing.groups.get(name).cloned());
    }
    one(session, name).await
}

/// A group by its name alone.
///
/// # Errors
/// What the service answered.
pub(in crate::providers::aws) async fn one(session: &Session, name: &str) -> CallResult<Option<LogGroup>> {
    let mut token = None;
    loop {
        let (groups, next) = page(session, name, token).await?;
        // A name comes before all longer ones that begin with it; nobody promises the order, though.
        if let Some(found) = groups.into_iter().find(|group| group.log_group_name() == Some(name)) {
            return Ok(Some(found));
        }
        token = next;
        if token.is_none() {
            return Ok(None);
        }
    }
}

/// The groups of a folder that the batch asks for, and what lies between them: at most one page for every two names, so
/// that an account with thousands of other groups costs little more than asking for each.
async fn list(link: &Link, session: &Session, folder: &str) -> CallResult<Arc<Listing>> {
    let asked = link.asked_after(&key(folder));
    let names: Vec<String> =
        asked.iter().filter(|rest| !rest.contains('/')).map(|rest| format!("{folder}{rest}")).collect();
    let mut listing = Listing { groups: HashMap::new(), complete: false };
    let pages = if names.len() >= MANY { names.len().div_ceil(2) } else { 0 };
    let prefix = common_prefix(&names);
    let mut token = None;
    for _ in 0..pages {
        let (groups, next) = page(session, prefix, token).await?;
        let named = groups.into_iter().filter_map(|group| Some((group.log_group_name.clone()?, group)));
        listing.groups.extend(named);
        token = next;
        listing.complete = token.is_none();
        if listing.complete || names.iter().all(|name| listing.groups.contains_key(name)) {
            break;
        }
    }
    Ok(Arc::new(listing))
}

async fn page(
    session: &Session,
    prefix: &str,
    token: Option<String>,
) -> CallResult<(Vec<LogGroup>, Option<String>)> {
    let call = session.logs.reads.describe_log_groups().limit(PAGE).set_next_token(token);
    let call = call.set_log_group_name_prefix(Some(prefix.to_owned()).filter(|prefix| !prefix.is_empty()));
    let answer = session.logs.read("DescribeLogGroups", call.send()).await?;
    Ok((answer.log_groups.unwrap_or_default(), answer.next_token))
}

/// The name up to its last slash.
fn folder(name: &str) -> &str {
    name.rfind('/').and_then(|at| name.get(..=at)).unwrap_or_default()
}

fn common_prefix(names: &[String]) -> &str {
    let Some((first, rest)) = names.split_first() else { return "" };
    rest.iter().fold(first.as_str(), |prefix, name| {
        let same = prefix.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        prefix.get(..same).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_a_beginning() {
        for (names, expected) in
            [(&["/a/f1", "/a/f12", "/a/g"][..], "/a/"), (&["f"], "f"), (&["a", "b"], ""), (&[], "")]
        {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            assert_eq!(common_prefix(&names), expected);
        }
        assert_eq!((folder("/aws/lambda/f"), folder("f")), ("/aws/lambda/", ""));
    }
}

//! Paging: how a marker is written and read, and how many items a page holds.
//! Knows nothing of what is listed.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::error::Refusal;

/// Cuts one page out of `items`, which come ordered by their key: under `name`, with `NextMarker` when more follow.
/// At most `limit` items, whatever `MaxItems` asks: AWS answers fifty functions even to a request for thousands.
/// An unreadable marker is an `InvalidParameterValueException`. Only the page's own items are rendered.
pub fn cut<K: Ord + Display + FromStr, T>(
    call: &Call<'_>,
    name: &str,
    limit: usize,
    items: impl Iterator<Item = (K, T)>,
    render: impl Fn(T) -> Value,
) -> Reply {
    let asked = call.int("MaxItems").and_then(|n| usize::try_from(n).ok()).unwrap_or(limit);
    let size = asked.min(limit).min(call.shared.page_limit).max(1);
    let after = match call.text("Marker").filter(|marker| !marker.is_empty()) {
        Some(marker) => Some(read::<K>(marker).ok_or_else(|| Refusal::invalid("Invalid Marker"))?),
        None => None,
    };
    let mut rest = items.skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after)).peekable();
    let mut last = None;
    let mut page = Vec::new();
    for (key, item) in rest.by_ref().take(size) {
        page.push(render(item));
        last = Some(key);
    }
    let marker = last.filter(|_| rest.peek().is_some()).map(|key| URL_SAFE_NO_PAD.encode(key.to_string()));
    Ok(match marker {
        Some(marker) => json!({ name: page, "NextMarker": marker }),
        None => json!({ name: page }),
    })
}

fn read<K: FromStr>(marker: &str) -> Option<K> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?.parse().ok()
}

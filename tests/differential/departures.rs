//! Every difference from Terraform that is meant to be, and why. What is not here and differs is a bug.
//! Knows nothing of how differences are found.

use regex::Regex;

/// What two of are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// `show -json` of a saved plan.
    Plan,
    /// The state file.
    State,
    /// What people read.
    Text,
    /// The diagnostics of `validate -json`, as `summary @ file:line`.
    Diagnostics,
    /// `GetFunction` and its like.
    Object,
    /// `show -json` of a state.
    Shown,
    /// `output -json`, `state list`, exit codes.
    Answer,
}

/// A difference that is meant to be.
struct Departure {
    document: Document,
    /// The whole difference, as `path: ours / theirs` or `ours: line`; `*` is any text.
    pattern: &'static str,
    /// Why ours is better, or why it does not matter.
    #[expect(dead_code, reason = "for readers")]
    reason: &'static str,
}

const fn depart(document: Document, pattern: &'static str, reason: &'static str) -> Departure {
    Departure { document, pattern, reason }
}

const NEWER: &str = "an argument of provider 6.x, which the 5.100 compared with does not know yet";
const REFRESHED: &str = "what the next refresh would read, so that no plan reports it as changed outside";

/// The table.
const DEPARTURES: &[Departure] = &[
    depart(Document::Plan, "*.capacity_provider_config: [] / absent", NEWER),
    depart(Document::Plan, "*.durable_config: [] / absent", NEWER),
    depart(Document::Plan, "*.tenancy_config: [] / absent", NEWER),
    depart(Document::Plan, "*.publish_to: null / absent", NEWER),
    depart(Document::Plan, "*.source_kms_key_arn: null / absent", NEWER),
    depart(Document::Plan, "*.use_resource_timeout_for_propagation: null / absent", NEWER),
    depart(Document::Plan, "*.response_streaming_invoke_arn: * / absent", NEWER),
    depart(Document::Text, "ours: *response_streaming_invoke_arn*", NEWER),
    depart(Document::State, "*.layers: [] / null", REFRESHED),
    depart(Document::State, "*.tags: {} / null", REFRESHED),
];

/// The differences that no departure explains.
pub fn unexplained(document: Document, differences: impl IntoIterator<Item = String>) -> Vec<String> {
    let meant: Vec<_> = DEPARTURES
        .iter()
        .filter(|departure| departure.document == document)
        .map(|d| wildcard(d.pattern))
        .collect();
    differences.into_iter().filter(|text| !meant.iter().any(|pattern| pattern.is_match(text))).collect()
}

fn wildcard(pattern: &str) -> Regex {
    let parts: Vec<_> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("(?s)^{}$", parts.join(".*"))).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_departure_explains_its_own_document_only() {
        let text = "a.b.layers: [] / null".to_owned();
        assert!(unexplained(Document::State, [text.clone()]).is_empty());
        assert_eq!(unexplained(Document::Plan, [text.clone()]), [text]);
        let more = "a.layers: [1] / null".to_owned();
        assert_eq!(unexplained(Document::State, [more.clone()]), [more]);
    }
}

//! What is wrong with the bytes of a state file, for a person.
//! Never shows a value that it found: it may be a secret.

use serde_json::error::Category;

/// Why bytes are no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{summary}: {detail}")]
pub struct ReadError {
    /// What kind of problem, in a few words.
    pub summary: &'static str,
    /// Where, why, and what to do, in full sentences.
    pub detail: String,
}

/// What to do about a file that cannot be read.
pub(super) const RESTORE: &str = "The file was left as it is. Restore it from version control, from its .backup or from an \
                       earlier version of the state.";

/// An error of the parser.
pub(super) fn explain(bytes: &[u8], error: &serde_json::Error) -> ReadError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
    let (message, column) = (message.trim_end_matches('.'), column.max(1));
    match error.classify() {
        Category::Eof => ReadError {
            summary: "State file is cut off",
            detail: format!(
                "The file ends at line {line}, column {column}, in the middle of its content: it was probably not \
                 written to its end. {RESTORE}"
            ),
        },
        Category::Data => ReadError {
            summary: "State file is damaged",
            detail: format!("At line {line}, column {column}: {}. {RESTORE}", without_values(message)),
        },
        _ if line_at(bytes, line).starts_with(b"<<<<<<<") => ReadError {
            summary: "State file holds a merge conflict",
            detail: format!(
                "At line {line}, two versions of the state were merged as texts. Such a merge knows nothing of what really \
                 exists: take one of the two versions as a whole. The file was left as it is."
            ),
        },
        _ => ReadError {
            summary: "State file is not JSON",
            detail: format!("At line {line}, column {column}: {message}. {RESTORE}"),
        },
    }
}

fn line_at(bytes: &[u8], line: usize) -> &[u8] {
    bytes.split(|b| *b == b'\n').nth(line.saturating_sub(1)).unwrap_or_default()
}

/// A message of serde without the value it quotes, which may be a secret.
fn without_values(message: &str) -> String {
    let mismatch = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    let Some((found, expected)) = mismatch.and_then(|m| m.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let found = found.split(['"', '`']).next().unwrap_or("").trim();
    let expected = match expected {
        "u64" => "a whole number that is not negative",
        "a boolean" => "true or false",
        other => other,
    };
    format!("found {found} where {expected} belongs")
}

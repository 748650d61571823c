//! What people read, made comparable: without the program's name, line breaks in prose, and the order of things done
//! at once. Knows nothing of which differences are meant to be.

use std::sync::LazyLock;

use regex::Regex;
use similar::{ChangeTag, TextDiff};

/// Every line that only one of the programs wrote, as `ours: …` or `theirs: …`.
pub fn compare(ours: &str, theirs: &str) -> Vec<String> {
    let (ours, theirs) = (settle(ours).join("\n"), settle(theirs).join("\n"));
    let diff = TextDiff::from_lines(&ours, &theirs);
    let lines = diff.iter_all_changes().filter_map(|change| {
        let side = match change.tag() {
            ChangeTag::Delete => "ours",
            ChangeTag::Insert => "theirs",
            ChangeTag::Equal => return None,
        };
        Some(format!("{side}: {}", change.value().trim_end()))
    });
    lines.collect()
}

fn settle(text: &str) -> Vec<String> {
    static PROGRAM: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b([Tt]erraform|lambdaform)\b").unwrap());
    static DEPOSED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"deposed object [0-9a-f]{8}").unwrap());
    let text = PROGRAM.replace_all(text, "[program]");
    let text = DEPOSED.replace_all(&text, "deposed object [key]");
    let (mut done, mut lines) = (Vec::new(), Vec::<String>::new());
    let mut in_diagnostic = false;
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("Error: ").or(line.strip_prefix("Warning: ")) {
            // How a mistake is explained is each program's own affair.
            done.push(format!("says: {said}"));
            in_diagnostic = true;
            continue;
        }
        in_diagnostic &= !OPENINGS.iter().any(|opening| line.starts_with(opening));
        if in_diagnostic {
            continue;
        }
        if let Some((_, doing)) =
            line.split_once(": ").filter(|(_, doing)| PROGRESS.iter().any(|p| doing.starts_with(p)))
        {
            if !doing.starts_with("Still ") {
                done.push(line.to_owned());
            }
            continue;
        }
        let prose = |line: &str| line.starts_with(|c: char| c.is_alphabetic() || c == '[' || c == '"');
        match lines.last_mut() {
            Some(last) if prose(last) && prose(line) => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    done.sort();
    lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
    done.extend(lines.iter().map(|line| line.trim_end().to_owned()).skip_while(String::is_empty));
    done.push(String::new());
    done
}

/// How lines about something being done go on after the address.
const PROGRESS: [&str; 12] = [
    "Preparing import",
    "Importing",
    "Import complete",
    "Refreshing state",
    "Reading",
    "Read complete",
    "Creating",
    "Creation complete",
    "Modifying",
    "Modifications complete",
    "Destr",
    "Still ",
];

/// What can follow a diagnostic.
const OPENINGS: [&str; 14] = [
    "Changes to Outputs:",
    "Plan: ",
    "Planning failed.",
    "[program] used ",
    "[program] planned ",
    "[program] will ",
    "No changes.",
    "You can apply",
    "\u{2500}",
    "Saved the plan",
    "Apply complete!",
    "Destroy complete!",
    "Outputs:",
    "Note: ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_counts() {
        let ours = "a.b: Creating...\na.a: Creating...\nlambdaform will perform the following\nactions:\n\n  # a.b\n\nError: No\n\nOurs.\n";
        let theirs = "a.a: Creating...\na.b: Creating...\na.b: Still creating... [10s elapsed]\n\nTerraform will perform the \
             following actions:\n\n\n  # a.c\n\nError: No\n\nTheirs.\n";
        assert_eq!(compare(ours, theirs), ["ours:   # a.b", "theirs:   # a.c"]);
    }
}

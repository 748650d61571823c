//! Version constraints: `>= 1.5, < 2.0`, `~> 1.11`.
//! Knows nothing of where versions come from.

use std::cmp::Ordering;
use std::fmt;

/// The version of Terraform whose language is spoken here, against which `required_version` is held.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// A list of conditions that a version must meet, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionConstraint(Vec<(Operator, Version)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Pessimistic,
}

/// The spellings, the longer one first where one begins another.
const OPERATORS: &[(&str, Operator)] = &[
    ("~>", Operator::Pessimistic),
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    numbers: Vec<u64>,
    prerelease: String,
}

/// The text is no version constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this string does not use correct version constraint syntax")]
pub struct VersionConstraintError;

impl fmt::Display for VersionConstraint {
    /// The conditions as Terraform lists them: by version, each once, numbers filled up with zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions: Vec<&(Operator, Version)> = self.0.iter().collect();
        conditions.sort_by(|(_, a), (_, b)| a.compare(b));
        let mut shown: Vec<String> =
            conditions.into_iter().map(|(op, version)| shown(*op, version)).collect();
        shown.dedup();
        f.write_str(&shown.join(", "))
    }
}

fn shown(operator: Operator, version: &Version) -> String {
    let token = OPERATORS.iter().find(|(_, op)| *op == operator).map_or("", |(token, _)| *token);
    // How many numbers stand behind "~>" is part of what it says.
    let least = if operator == Operator::Pessimistic { 2 } else { 3 };
    let numbers: Vec<String> =
        (0..version.numbers.len().max(least)).map(|i| version.number(i).to_string()).collect();
    let mut text = if operator == Operator::Equal { String::new() } else { format!("{token} ") };
    text.push_str(&numbers.join("."));
    if !version.prerelease.is_empty() {
        text.push_str(&format!("-{}", version.prerelease));
    }
    text
}

impl std::str::FromStr for VersionConstraint {
    type Err = VersionConstraintError;

    fn from_str(text: &str) -> Result<Self, VersionConstraintError> {
        let conditions = text.split(',').map(|condition| {
            let condition = condition.trim();
            let (operator, version) = OPERATORS
                .iter()
                .find_map(|(token, op)| Some((*op, condition.strip_prefix(token)?)))
                .unwrap_or((Operator::Equal, condition));
            Ok((operator, Version::parse(version.trim()).ok_or(VersionConstraintError)?))
        });
        conditions.collect::<Result<_, _>>().map(VersionConstraint)
    }
}

impl VersionConstraint {
    /// Whether a version meets every condition. A text that is no version meets none.
    pub fn matches(&self, version: &str) -> bool {
        let Some(version) = Version::parse(version) else { return false };
        self.0.iter().all(|(operator, wanted)| {
            // A pre-release is only ever chosen by name.
            if !version.prerelease.is_empty() && wanted.prerelease.is_empty() {
                return *operator == Operator::NotEqual;
            }
            let order = version.compare(wanted);
            match operator {
                Operator::Equal => order == Ordering::Equal,
                Operator::NotEqual => order != Ordering::Equal,
                Operator::Greater => order == Ordering::Greater,
                Operator::GreaterEqual => order != Ordering::Less,
                Operator::Less => order == Ordering::Less,
                Operator::LessEqual => order != Ordering::Greater,
                Operator::Pessimistic => order != Ordering::Less && version.shares_prefix(wanted),
            }
        })
    }
}

/// Of several versions the newest that a constraint allows; without one, the newest of all. A pre-release is chosen only
/// by a constraint that is exactly it. What is no version is passed over.
pub fn newest_version<'v>(
    versions: impl IntoIterator<Item = &'v str>,
    constraint: Option<&VersionConstraint>,
) -> Option<&'v str> {
    let exact = constraint.and_then(|constraint| match constraint.0.as_slice() {
        [(Operator::Equal, version)] => Some(version),
        _ => None,
    });
    let candidates = versions.into_iter().filter_map(|text| Some((Version::parse(text)?, text)));
    let allowed = candidates.filter(|(version, text)| match exact {
        _ if version.prerelease.is_empty() => constraint.is_none_or(|c| c.matches(text)),
        exact => exact.is_some_and(|exact| exact.compare(version).is_eq()),
    });
    allowed.max_by(|(a, _), (b, _)| a.compare(b)).map(|(_, text)| text)
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (numbers, prerelease) = text.split_once('-').map_or((text, None), |(n, p)| (n, Some(p)));
        let named = |part: Option<&str>| {
            part.is_none_or(|p| {
                p.split('.')
                    .all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
            })
        };
        if !named(prerelease) || !named(build) {
            return None;
        }
        let numbers = numbers.split('.').map(|n| {
            let plain = !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| n.parse().ok()).flatten()
        });
        Some(Version {
            numbers: numbers.collect::<Option<_>>()?,
            prerelease: prerelease.unwrap_or("").into(),
        })
    }

    fn number(&self, i: usize) -> u64 {
        self.numbers.get(i).copied().unwrap_or(0)
    }

    fn compare(&self, other: &Version) -> Ordering {
        let len = self.numbers.len().max(other.numbers.len());
        let numbers = (0..len).map(|i| self.number(i).cmp(&other.number(i))).find(|o| o.is_ne());
        numbers.unwrap_or_else(|| match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_prereleases(&self.prerelease, &other.prerelease),
        })
    }

    /// `~> 1.2.3` fixes `1.2`; `~> 1.2` fixes `1`; `~> 1` fixes nothing.
    fn shares_prefix(&self, wanted: &Version) -> bool {
        (0..wanted.numbers.len().saturating_sub(1)).all(|i| self.number(i) == wanted.number(i))
    }
}

/// Part by part; numbers by their value, and before words.
fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let part = |text: &str| match text.parse::<u64>() {
        Ok(number) => (false, number, String::new()),
        Err(_) => (true, 0, text.to_owned()),
    };
    a.split('.').map(part).cmp(b.split('.').map(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_a_version_against_constraints() {
        for (constraint, version, expected) in [
            ("1.11.4", "1.11.4", true),
            ("= 1.11", "1.11.0", true),
            (">= 1.5, < 2.0", "1.11.4", true),
            (">= 1.5, < 1.11", "1.11.4", false),
            ("~> 1.5", "1.11.4", true),
            ("~> 1.5.0", "1.11.4", false),
            ("~> 1", "2.0.0", true),
            ("!= 1.11.4", "1.11.4", false),
            ("<= v1.11.4", "1.11.4", true),
            (">1.11.4", "1.11.4", false),
            (">= 1.0", "1.12.0-beta1", false),
            (">= 1.12.0-alpha", "1.12.0-beta1", true),
        ] {
            let parsed: VersionConstraint = constraint.parse().unwrap();
            assert_eq!(parsed.matches(version), expected, "{constraint} {version}");
        }
    }

    #[test]
    fn is_shown_as_terraform_shows_it() {
        for (text, expected) in [
            ("5.1", "5.1.0"),
            (">= 4, < 6", ">= 4.0.0, < 6.0.0"),
            ("<6,>=4", ">= 4.0.0, < 6.0.0"),
            ("~> 5", "~> 5.0"),
            ("~> 5.0.1", "~> 5.0.1"),
            ("> 3.1.2-beta", "> 3.1.2-beta"),
            (">=1.0,>=1.0", ">= 1.0.0"),
            ("= 3.1, != 2", "!= 2.0.0, 3.1.0"),
        ] {
            assert_eq!(text.parse::<VersionConstraint>().unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn chooses_the_newest_that_is_allowed() {
        let versions = ["1.2.0", "v1.10.1", "1.9", "2.0.0-rc.2", "2.0.0-rc.10", "junk"];
        for (constraint, expected) in [
            (None, Some("v1.10.1")),
            (Some("~> 1.2.0"), Some("1.2.0")),
            (Some("< 1.10"), Some("1.9")),
            (Some("> 3"), None),
            (Some(">= 2.0.0-rc.1"), None),
            (Some("2.0.0-rc.2"), Some("2.0.0-rc.2")),
            (Some("!= 1.10.1"), Some("1.9")),
        ] {
            let parsed: Option<VersionConstraint> = constraint.map(|text| text.parse().unwrap());
            assert_eq!(newest_version(versions, parsed.as_ref()), expected, "{constraint:?}");
        }
        assert!(compare_prereleases("rc.2", "rc.10").is_lt());
        assert!(compare_prereleases("1", "alpha").is_lt());
    }

    #[test]
    fn refuses_what_is_no_constraint() {
        for text in ["", "foo", "~> x", "1..2", ">= 1,", "=> 1", "1.2-", "1.2 3", ">> 1"] {
            assert_eq!(text.parse::<VersionConstraint>(), Err(VersionConstraintError), "{text}");
        }
    }
}

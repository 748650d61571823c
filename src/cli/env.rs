//! `Env`: the environment variables as they were at start-up, and what they switch.
//! Knows nothing of what the switches do.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// The environment variables. Those that are not Unicode are left out.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// From what the operating system hands over.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Env(variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect())
    }

    #[cfg(test)]
    pub(super) fn of(variables: &[(&str, &str)]) -> Self {
        Env(variables.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect())
    }

    /// A variable that is set to something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the environment allows color: neither `NO_COLOR` nor a dumb terminal.
    pub fn allows_color(&self) -> bool {
        self.get("NO_COLOR").is_none() && self.get("TERM") != Some("dumb")
    }

    /// Whether the environment allows questions: `TF_INPUT` is not off.
    pub fn allows_input(&self) -> bool {
        !matches!(self.get("TF_INPUT"), Some("0" | "false" | "FALSE" | "False" | "f" | "F"))
    }

    /// Whether a machine runs the commands, so that advice on the next one is left out.
    pub fn in_automation(&self) -> bool {
        self.get("TF_IN_AUTOMATION").is_some()
    }
}

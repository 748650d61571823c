//! `.terraform/modules/modules.json`: which modules `init` has installed, and where; Terraform's own format.
//! Knows nothing of how modules are fetched.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::VersionConstraint;
use crate::base::{Diagnostic, ModuleAddr, json};

/// Where the file lies, below `.terraform`.
pub const FILE: &str = "modules/modules.json";

/// The installed modules by their key: the names of the calls on the way, joined by dots.
#[derive(Debug, Default)]
pub struct Manifest(BTreeMap<String, Installed>);

/// An installed module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// The names of the calls on the way, joined by dots; empty for the root module.
    #[serde(rename = "Key")]
    pub key: String,
    /// Where it came from, in the one spelling that Terraform records.
    #[serde(rename = "Source", default)]
    pub source: String,
    /// The version, of a module from a registry.
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Where it lies, from the root module's directory.
    #[serde(rename = "Dir")]
    pub dir: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct File {
    #[serde(rename = "Modules", default)]
    modules: Vec<Installed>,
}

impl Manifest {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is not what `init` writes.
    pub fn parse(text: &str) -> Result<Manifest, Diagnostic> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            Diagnostic::error(
                "Failed to read module manifest",
                format!(
                    "The file {FILE} in the .terraform directory cannot be understood: {error}. Run \"lambdaform init\" to \
                     write it anew."
                ),
            )
        })?;
        Ok(Manifest(file.modules.into_iter().map(|module| (module.key.clone(), module)).collect()))
    }

    /// The file's text, byte for byte as Terraform writes it.
    pub fn text(&self) -> String {
        let file = File { modules: self.0.values().cloned().collect() };
        json::escaped(&serde_json::to_string(&file).unwrap_or_default())
    }

    /// The module of a key.
    pub fn find(&self, key: &str) -> Option<&Installed> {
        self.0.get(key)
    }

    /// Takes a module in, in place of one with its key.
    pub fn record(&mut self, module: Installed) {
        self.0.insert(module.key.clone(), module);
    }

    /// Takes out a module and all that were installed for its calls, and gives their keys.
    pub fn forget(&mut self, key: &str) -> Vec<String> {
        let below = format!("{key}.");
        let forgotten: Vec<String> =
            self.0.keys().filter(|known| *known == key || known.starts_with(&below)).cloned().collect();
        self.0.retain(|known, _| !forgotten.contains(known));
        forgotten
    }

    /// The module that was installed for a call.
    pub(super) fn get(&self, path: &ModuleAddr) -> Option<&Installed> {
        let names: Vec<&str> = path.steps().iter().map(|(name, _)| &**name).collect();
        self.0.get(&names.join("."))
    }
}

impl Installed {
    /// Whether the installed version is one that a constraint allows. What is no constraint allows everything; it has
    /// been reported where it stands.
    pub fn satisfies(&self, wanted: &str) -> bool {
        let Ok(wanted) = wanted.parse::<VersionConstraint>() else { return true };
        self.version.as_deref().is_some_and(|version| wanted.matches(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Terraform 1.11 wrote it.
    const TEXT: &str = concat!(
        r#"{"Modules":[{"Key":"","Source":"","Dir":"."},"#,
        r#"{"Key":"g","Source":"git::file:///r//sub?ref=v1\u0026depth=1","Dir":".terraform/modules/g/sub"},"#,
        r#"{"Key":"g.d","Source":"./deep","Dir":".terraform/modules/g/sub/deep"},"#,
        r#"{"Key":"g2","Source":"reg.example.com/ns/name/aws","Version":"1.10.1","Dir":".terraform/modules/g2"}]}"#,
    );

    #[test]
    fn is_written_as_it_was_read() {
        let mut manifest = Manifest::parse(TEXT).unwrap();
        assert_eq!(manifest.text(), TEXT);
        assert_eq!(manifest.find("g").unwrap().source, "git::file:///r//sub?ref=v1&depth=1");
        assert!(manifest.find("g2").unwrap().satisfies("~> 1.10"));
        assert_eq!(manifest.forget("g"), ["g", "g.d"]);
        assert!(manifest.find("g2").is_some() && manifest.find("g.d").is_none());
    }
}

//! `.terraform/modules/modules.json`: which modules `init` has installed, and where; Terraform's own format.
//! Knows nothing of how modules are fetched.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::VersionConstraint;
use crate::base::{Diagnostic, ModuleAddr};

/// Where the file lies, below `.terraform`.
pub(super) const FILE: &str = "modules/modules.json";

/// The installed modules by their key: the names of the calls on the way, joined by dots.
#[derive(Debug, Default)]
pub(super) struct Manifest(BTreeMap<String, Installed>);

/// An installed module.
#[derive(Debug, Deserialize)]
pub(super) struct Installed {
    #[serde(rename = "Key")]
    key: String,
    /// The version, of a module from a registry.
    #[serde(rename = "Version")]
    pub(super) version: Option<String>,
    /// Where it lies, from the root module's directory.
    #[serde(rename = "Dir")]
    pub(super) dir: PathBuf,
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "Modules", default)]
    modules: Vec<Installed>,
}

impl Manifest {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When it is not what `init` writes.
    pub(super) fn parse(text: &str) -> Result<Manifest, Diagnostic> {
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

    /// The module that was installed for a call.
    pub(super) fn get(&self, path: &ModuleAddr) -> Option<&Installed> {
        let names: Vec<&str> = path.steps().iter().map(|(name, _)| &**name).collect();
        self.0.get(&names.join("."))
    }
}

impl Installed {
    /// Whether the installed version is one that a constraint allows. What is no constraint allows everything; it has
    /// been reported where it stands.
    pub(super) fn satisfies(&self, wanted: &str) -> bool {
        let Ok(wanted) = wanted.parse::<VersionConstraint>() else { return true };
        self.version.as_deref().is_some_and(|version| wanted.matches(version))
    }
}

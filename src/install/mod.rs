//! Installs the modules that a configuration calls into `.terraform/modules`, as Terraform's `init` and `get` do.
//! Looks at nothing of a module but its `module` blocks; knows neither arguments nor environment.
//!
//! ```text
//! module block ─config::module_source─▶ local │ registry ──registry──▶ remote ──fetch──▶ git │ http ──archive──▶ a directory
//!                                      └──────────────── walk: each module's calls in turn ────────────────────┘
//!                                                                │
//!                                                   modules.json (config::Manifest)
//! ```

mod archive;
mod error;
mod fetch;
mod git;
mod http;
mod location;
mod place;
mod registry;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::{Diagnostics, Sources};

/// What to install, and what may be known of the place.
pub struct Request<'a> {
    /// The root module's directory.
    pub dir: &'a Path,
    /// Where Terraform keeps what it installs, from that directory: usually `.terraform`.
    pub terraform_dir: &'a Path,
    /// Whether to fetch again what is there.
    pub upgrade: bool,
    /// The registry that addresses without a host mean.
    pub default_host: &'a str,
    /// The base URL of the module registry of a host, for hosts that are not to be asked where theirs is.
    pub services: BTreeMap<String, String>,
    /// The token for a host.
    pub token: &'a dyn Fn(&str) -> Option<String>,
    /// Is told what happens.
    pub progress: &'a dyn Fn(Progress<'_>),
}

/// What happens. Secrets in addresses are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// There are modules to look at.
    Begun,
    /// A package is fetched.
    Downloading {
        /// Its address, with the version if it has one.
        package: &'a str,
        /// The names of the calls on the way, joined by dots.
        key: &'a str,
    },
    /// A module is where it belongs.
    Installed {
        /// The names of the calls on the way, joined by dots.
        key: &'a str,
        /// Where, from the root module's directory.
        dir: &'a Path,
    },
}

/// Installs what is not installed yet, or is, from somewhere else. What is there is left alone and costs no network.
///
/// # Errors
/// What could not be installed, with the sources the spans point into. What could be is installed and recorded.
pub fn install(request: &Request<'_>) -> Result<(), (Diagnostics, Sources)> {
    walk::walk(request)
}

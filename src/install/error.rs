//! What can go wrong with fetching a package. Every message names the address, and none its password or a token.
//! Knows nothing of which module asked.

use std::io;
use std::path::{Path, PathBuf};

/// A package that could not be fetched. `Display` is a sentence or two for people; [`FetchError::summary`] the headline.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(
        "lambdaform fetches modules from Git repositories, over HTTP, from registries and from directories, and not with {getter}. {advice}"
    )]
    Getter { getter: String, advice: &'static str },
    #[error("The address {0} cannot be understood.")]
    Address(String),
    #[error(
        "The program git is needed to fetch {0}, and it is not there. Install it, and see that it is in a directory of PATH."
    )]
    NoGit(String),
    #[error("Fetching {address} with git failed{with}.{hint}")]
    Git { address: String, with: String, hint: &'static str },
    #[error("The parameter {parameter:?} of {address} {problem}.")]
    Parameter { address: String, parameter: &'static str, problem: String },
    #[error("Fetching {address} failed: {problem}.")]
    Http { address: String, problem: String },
    #[error("Fetching {address} failed: the server answered with status {status}.{hint}")]
    Status { address: String, status: u16, hint: &'static str },
    #[error(
        "What {0} answered names no module: neither is it an archive by its name (.zip, .tar.gz, .tgz, .tar), nor does it have a \
         header X-Terraform-Get or a meta element \"terraform-get\". For a Git repository write git:: before the URL; for \
         an archive of another name add ?archive=zip or ?archive=tar.gz."
    )]
    NoModule(String),
    #[error("{0} leads to other addresses without end.")]
    Endless(String),
    #[error("The archive {address} cannot be unpacked: {problem}.")]
    Archive { address: String, problem: String },
    #[error(
        "The sum of {address} is {found}, and the source asks for {wanted}. What is there is not what was meant."
    )]
    Checksum { address: String, wanted: String, found: String },
    #[error("{package} has no directory {subdir:?}.")]
    NoSubdir { package: String, subdir: String },
    #[error("The pattern {subdir:?} fits more than one directory of {package}.")]
    ManySubdirs { package: String, subdir: String },
    #[error("{action} {path} failed: {error}.")]
    Io { action: &'static str, path: PathBuf, error: io::Error },
    #[error("The registry {host} {problem}.")]
    Registry { host: String, problem: String },
    #[error("The registry {host} has no module {module}, or shows it only to those who may see it.{hint}")]
    NotFound { host: String, module: String, hint: String },
    #[error("There is no version of the module {module} that meets the constraint {constraint:?}. {newest}")]
    NoVersion { module: String, constraint: String, newest: String },
}

impl FetchError {
    /// A short summary without names.
    pub(super) fn summary(&self) -> &'static str {
        match self {
            FetchError::Getter { .. } => "Unsupported module source",
            FetchError::NoSubdir { .. } | FetchError::ManySubdirs { .. } => "Module directory not found",
            FetchError::Registry { .. } => "Error accessing remote module registry",
            FetchError::NotFound { .. } => "Module not found",
            FetchError::NoVersion { .. } => "Unresolvable module version constraint",
            _ => "Failed to download module",
        }
    }

    /// Names what was being done, for `map_err`.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| FetchError::Io { action, path, error }
    }
}

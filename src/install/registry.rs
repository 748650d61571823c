//! Module registries: which versions of a module there are, and where a version lies.
//! The protocol is Terraform's: service discovery and `modules.v1`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::FetchError;
use super::http::Client;
use super::location::Location;
use crate::config::module_source::RegistryModule;
use crate::config::{VersionConstraint, newest_version};

/// The registries that were asked in this run.
pub(super) struct Registries<'a> {
    client: &'a Client,
    token: &'a dyn Fn(&str) -> Option<String>,
    /// The base URLs by host.
    services: BTreeMap<String, String>,
    /// The versions by package.
    versions: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Discovery {
    #[serde(rename = "modules.v1")]
    modules: Option<String>,
}

#[derive(Deserialize)]
struct Listing {
    modules: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
}

/// OpenTofu's form of the answer that says where a version lies.
#[derive(Deserialize)]
struct Place {
    location: String,
}

impl<'a> Registries<'a> {
    pub(super) fn new(
        client: &'a Client,
        token: &'a dyn Fn(&str) -> Option<String>,
        services: BTreeMap<String, String>,
    ) -> Self {
        Registries { client, token, services, versions: BTreeMap::new() }
    }

    /// The newest version that a constraint allows.
    pub(super) fn choose(
        &mut self,
        module: &RegistryModule,
        constraint: Option<&str>,
    ) -> Result<String, FetchError> {
        let package = module.package();
        if !self.versions.contains_key(&package) {
            let listed = self.list(module)?;
            self.versions.insert(package.clone(), listed);
        }
        let known = self.versions.get(&package).map(Vec::as_slice).unwrap_or_default();
        let versions = || known.iter().map(String::as_str);
        let parsed: Option<VersionConstraint> = constraint.and_then(|text| text.parse().ok());
        newest_version(versions(), parsed.as_ref()).map(str::to_owned).ok_or_else(|| FetchError::NoVersion {
            module: package,
            constraint: constraint.unwrap_or_default().to_owned(),
            newest: match newest_version(versions(), None) {
                Some(newest) => format!("The newest version is {newest}."),
                None => "It has no version yet that is not a pre-release.".to_owned(),
            },
        })
    }

    /// Where a version lies: an address as a `source` has it.
    pub(super) fn locate(&mut self, module: &RegistryModule, version: &str) -> Result<String, FetchError> {
        let location = self.endpoint(module, &format!("{version}/download"))?;
        let answer = self.client.get(&location, (self.token)(&module.host).as_deref())?;
        if matches!(answer.status(), 401 | 403 | 404) {
            return Err(self.refused(module));
        }
        let answer = answer.successful()?;
        let found = match answer.header("X-Terraform-Get") {
            Some(found) => Some(found),
            None => serde_json::from_str::<Place>(&answer.text()?).ok().map(|place| place.location),
        };
        match found.filter(|found| !found.is_empty()) {
            Some(found) => Ok(location.join(&found)),
            None => Err(FetchError::Registry {
                host: module.host.clone(),
                problem: format!("does not say where version {version} of {} lies", module.path),
            }),
        }
    }

    fn list(&mut self, module: &RegistryModule) -> Result<Vec<String>, FetchError> {
        let location = self.endpoint(module, "versions")?;
        let answer = self.client.get(&location, (self.token)(&module.host).as_deref())?;
        if matches!(answer.status(), 401 | 403 | 404) {
            return Err(self.refused(module));
        }
        let text = answer.successful()?.text()?;
        let listing: Listing = serde_json::from_str(&text).map_err(|error| FetchError::Registry {
            host: module.host.clone(),
            problem: format!("answered something else than a list of versions: {error}"),
        })?;
        let versions = listing.modules.into_iter().flat_map(|module| module.versions);
        Ok(versions.map(|version| version.version).collect())
    }

    fn refused(&self, module: &RegistryModule) -> FetchError {
        let hint = match (self.token)(&module.host) {
            Some(_) => " The token for it was sent along.".to_owned(),
            None => format!(" No token for it was found; {} can hold one.", token_variable(&module.host)),
        };
        FetchError::NotFound { host: module.host.clone(), module: module.path.clone(), hint }
    }

    fn endpoint(&mut self, module: &RegistryModule, what: &str) -> Result<Location, FetchError> {
        let host = &module.host;
        if !self.services.contains_key(host) {
            let base = self.discover(host)?;
            self.services.insert(host.clone(), base);
        }
        let base = self.services.get(host).map_or("", |base| base.trim_end_matches('/'));
        Location::parse(&format!("{base}/{}/{what}", module.path)).ok_or_else(|| FetchError::Registry {
            host: host.clone(),
            problem: "says of itself that it is somewhere that is no URL".to_owned(),
        })
    }

    /// Asks a host where its module registry is.
    fn discover(&self, host: &str) -> Result<String, FetchError> {
        let document = format!("https://{host}/.well-known/terraform.json");
        let location = Location::parse(&document).ok_or_else(|| FetchError::Address(document.clone()))?;
        let failed = |problem: String| FetchError::Registry { host: host.to_owned(), problem };
        let answer = self.client.get(&location, (self.token)(host).as_deref());
        let answer = answer.map_err(|error| {
            failed(format!("could not be reached. {error}").trim_end_matches('.').to_owned())
        })?;
        let text = match answer.status() {
            404 => String::from("{}"),
            _ => answer.successful()?.text()?,
        };
        let found: Discovery = serde_json::from_str(&text)
            .map_err(|error| failed(format!("does not describe its services as JSON: {error}")))?;
        match found.modules {
            Some(base) => Ok(location.join(&base)),
            None => Err(failed(
                "offers no modules: its document /.well-known/terraform.json names no service \"modules.v1\""
                    .to_owned(),
            )),
        }
    }
}

/// The environment variable that can hold the token for a host.
pub(super) fn token_variable(host: &str) -> String {
    format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_"))
}

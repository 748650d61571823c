//! Goes through the calls of every module, the root's first, and installs what they name.
//! Fetches nothing itself, and evaluates nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::error::FetchError;
use super::fetch::fetch;
use super::http::Client;
use super::location::shown;
use super::registry::Registries;
use super::{Progress, Request, place};
use crate::base::{Diagnostic, Diagnostics, Sources, file};
use crate::config::module_source::{self, Address, AddressError, RegistryModule, Remote};
use crate::config::{Installed, MODULE_MANIFEST, Manifest, Module, ModuleCall, load_directory};

/// More modules than this are a mistake.
const MOST: usize = 20_000;

/// Calls nested deeper than this are a mistake, such as repositories that call each other.
const DEEPEST: usize = 100;

/// Goes through all modules. What is installed is recorded, also when something else is not.
pub(super) fn walk(request: &Request<'_>) -> Result<(), (Diagnostics, Sources)> {
    let mut sources = Sources::default();
    let (root, mut problems) = load_directory(request.dir, Path::new(""), &mut sources);
    if problems.has_errors() {
        return Err((problems, sources));
    }
    if root.calls.is_empty() {
        return Ok(());
    }
    (request.progress)(Progress::Begun);
    let path = request.dir.join(request.terraform_dir).join(MODULE_MANIFEST);
    let before = file::read_text(&path).unwrap_or_default();
    let client = Client::new();
    let mut walk = Walk {
        request,
        client: &client,
        registries: Registries::new(&client, request.token, request.services.clone()),
        // A manifest that cannot be read is written anew.
        manifest: Manifest::parse(&before).unwrap_or_default(),
        modules_dir: request.terraform_dir.join(Path::new(MODULE_MANIFEST).parent().unwrap_or(Path::new(""))),
        packages: BTreeMap::new(),
        count: 0,
        sources,
        problems: Diagnostics::new(),
    };
    walk.manifest.record(Installed {
        key: String::new(),
        source: String::new(),
        version: None,
        dir: PathBuf::from("."),
    });
    let place = Place { dir: PathBuf::from("."), package: None, above: vec![".".to_owned()] };
    walk.calls("", &root, &place);
    let after = walk.manifest.text();
    if after != before
        && let Err(error) = write(&path, &after)
    {
        walk.problems.push(failure(&FetchError::io("Writing", &path)(error)));
    }
    problems.extend(walk.problems);
    if problems.has_errors() { Err((problems, walk.sources)) } else { Ok(()) }
}

/// Writes the manifest at once or not at all.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut draft = tempfile::Builder::new().prefix(".modules").tempfile_in(folder)?;
    draft.write_all(text.as_bytes())?;
    // Temporary files are their owner's alone, and this one is everybody's to read.
    let mut permissions = draft.as_file().metadata()?.permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    draft.as_file().set_permissions(permissions)?;
    draft.persist(path).map(|_| ()).map_err(|refused| refused.error)
}

/// Where a module lies.
struct Place {
    /// From the root module's directory.
    dir: PathBuf,
    /// The package it came in; the root module's own files are in none.
    package: Option<Package>,
    /// What is being called on the way here: directories, and addresses of packages.
    above: Vec<String>,
}

#[derive(Clone)]
struct Package {
    /// Its address, for people.
    name: String,
    /// Where in it the module lies.
    inside: String,
}

struct Walk<'a> {
    request: &'a Request<'a>,
    client: &'a Client,
    registries: Registries<'a>,
    manifest: Manifest,
    /// From the root module's directory.
    modules_dir: PathBuf,
    /// Where packages fetched in this run lie, and the directory in them that they stand for.
    packages: BTreeMap<String, (PathBuf, String)>,
    count: usize,
    sources: Sources,
    problems: Diagnostics,
}

/// Why a call cannot be followed: the problem, and whether it is one of the source's text.
type Refusal = (Diagnostic, bool);

impl Walk<'_> {
    fn calls(&mut self, key: &str, module: &Module, place: &Place) {
        for call in module.calls.values() {
            let key = if key.is_empty() { call.name.to_string() } else { format!("{key}.{}", call.name) };
            match self.call(&key, call, place) {
                Ok(inner) => {
                    let root = self.request.dir;
                    let (module, found) = load_directory(root, &inner.dir, &mut self.sources);
                    // Warnings are told by whoever reads the configuration.
                    self.problems
                        .extend(found.into_iter().filter(|d| d.severity == crate::base::Severity::Error));
                    self.calls(&key, &module, &inner);
                }
                Err((problem, of_source)) => {
                    let span = if of_source { call.source_span } else { call.span };
                    self.problems.push(problem.at(span).within(call.context()));
                }
            }
        }
    }

    /// Sees that the module of a call is there, and says where.
    fn call(&mut self, key: &str, call: &ModuleCall, place: &Place) -> Result<Place, Refusal> {
        let version = call.version.as_ref().map(|(text, _)| &**text);
        let address = Address::parse(&call.source, version.is_some(), self.request.default_host)
            .map_err(|error| (bad_address(&error), true))?;
        self.count += 1;
        if self.count > MOST || place.above.len() > DEEPEST {
            let detail = format!(
                "The configuration calls more than {MOST} modules, or they are nested more than {DEEPEST} deep. Modules \
                 that call each other in a circle do so without end."
            );
            return Err((Diagnostic::error("Too many modules", detail), true));
        }
        let (dir, package, identity) = match &address {
            Address::Local(path) => {
                let (dir, package) = self.local(key, path, place)?;
                let identity = dir.display().to_string();
                (dir, package, identity)
            }
            Address::Registry(module) => {
                let (dir, package) = self.registry(key, module, version, &address).map_err(fetching)?;
                (dir, package, address.to_string())
            }
            Address::Remote(remote) => {
                let (dir, package) = self.remote(key, remote, &address).map_err(fetching)?;
                (dir, package, address.to_string())
            }
        };
        if place.above.contains(&identity) {
            let detail = format!(
                "The module {key} leads back to {}, which is being called from there already: modules cannot call \
                 themselves, not even through others.",
                shown(&identity)
            );
            self.manifest.forget(key);
            return Err((Diagnostic::error("Module calls itself", detail), true));
        }
        let above = place.above.iter().cloned().chain([identity]).collect();
        Ok(Place { dir, package, above })
    }

    /// A directory beside the caller, in the same package.
    fn local(&mut self, key: &str, path: &str, place: &Place) -> Result<(PathBuf, Option<Package>), Refusal> {
        let package = match &place.package {
            None => None,
            Some(Package { name, inside }) => {
                let inner = module_source::inside(&format!("{inside}/{path}")).map_err(|_| {
                    let detail = format!(
                        "The directory {path:?} would be outside of the package {name} that the calling module came in. \
                         Local source addresses must stay within the package of the calling module."
                    );
                    (Diagnostic::error("Local module path escapes module package", detail), true)
                })?;
                Some(Package { name: name.clone(), inside: inner })
            }
        };
        let unreadable = |problem: String| {
            let detail = format!("The directory {path:?} could not be read for the module {key}: {problem}.");
            (Diagnostic::error("Unreadable module directory", detail), true)
        };
        let dir = place::cleaned(&place.dir.join(path));
        let dir = place::resolve(self.request.dir, &dir).map_err(|error| unreadable(error.to_string()))?;
        if !self.request.dir.join(&dir).is_dir() {
            return Err(unreadable("it is no directory".to_owned()));
        }
        let module =
            Installed { key: key.to_owned(), source: path.to_owned(), version: None, dir: dir.clone() };
        if self.request.upgrade || self.manifest.find(key) != Some(&module) {
            self.forget(key).map_err(fetching)?;
            (self.request.progress)(Progress::Installed { key, dir: &dir });
            self.manifest.record(module);
        }
        Ok((dir, package))
    }

    fn remote(
        &mut self,
        key: &str,
        remote: &Remote,
        address: &Address,
    ) -> Result<(PathBuf, Option<Package>), FetchError> {
        let name = shown(&remote.package);
        if let Some(there) = self.there(key, &address.to_string(), None) {
            return Ok(self.packed(key, there, name));
        }
        self.forget(key)?;
        (self.request.progress)(Progress::Downloading { package: &name, key });
        let dir = self.install(key, &remote.package, &remote.subdir)?;
        self.installed(key, address, None, &dir);
        Ok(self.packed(key, dir, name))
    }

    fn registry(
        &mut self,
        key: &str,
        module: &RegistryModule,
        constraint: Option<&str>,
        address: &Address,
    ) -> Result<(PathBuf, Option<Package>), FetchError> {
        if let Some(there) = self.there(key, &address.to_string(), Some(constraint)) {
            return Ok(self.packed(key, there, module.package()));
        }
        let version = self.registries.choose(module, constraint)?;
        self.forget(key)?;
        let package = format!("{} {version}", module.package());
        (self.request.progress)(Progress::Downloading { package: &package, key });
        let found = self.registries.locate(module, &version)?;
        let remote = Remote::parse(&found).map_err(|_| FetchError::Address(shown(&found)))?;
        let subdir = joined(&remote.subdir, &module.subdir);
        let dir = self.install(key, &remote.package, &subdir)?;
        self.installed(key, address, Some(version), &dir);
        Ok(self.packed(key, dir, module.package()))
    }

    /// Where a module lies that is installed already, from this source, and in a version that is still right.
    fn there(&self, key: &str, source: &str, constraint: Option<Option<&str>>) -> Option<PathBuf> {
        let found =
            self.manifest.find(key).filter(|found| !self.request.upgrade && found.source == source)?;
        let right = match constraint {
            None => found.version.is_none(),
            Some(None) => found.version.is_some(),
            Some(Some(constraint)) => found.satisfies(constraint),
        };
        (right && self.request.dir.join(&found.dir).is_dir()).then(|| found.dir.clone())
    }

    fn installed(&mut self, key: &str, address: &Address, version: Option<String>, dir: &Path) {
        (self.request.progress)(Progress::Installed { key, dir });
        let (key, source) = (key.to_owned(), address.to_string());
        self.manifest.record(Installed { key, source, version, dir: dir.to_owned() });
    }

    /// The place of a module together with its package.
    fn packed(&self, key: &str, dir: PathBuf, name: String) -> (PathBuf, Option<Package>) {
        let inside = dir.strip_prefix(self.modules_dir.join(key)).unwrap_or(Path::new(""));
        let inside = inside.to_string_lossy().into_owned();
        (dir, Some(Package { name, inside }))
    }

    /// Takes out a module and what was installed for its calls, from the record and from the disk.
    fn forget(&mut self, key: &str) -> Result<(), FetchError> {
        let known = self.manifest.forget(key);
        for key in known.iter().map(String::as_str).chain([key]) {
            let path = self.request.dir.join(self.modules_dir.join(key));
            self.packages.retain(|_, (place, _)| *place != path);
            place::remove(&path).map_err(FetchError::io("Removing", &path))?;
        }
        Ok(())
    }

    /// Fetches a package to where the module of a key belongs, and gives the module's directory in it.
    fn install(&mut self, key: &str, package: &str, subdir: &str) -> Result<PathBuf, FetchError> {
        let folder = self.request.dir.join(&self.modules_dir);
        fs::create_dir_all(&folder).map_err(FetchError::io("Creating", &folder))?;
        let draft = tempfile::Builder::new().prefix(".fetching").tempdir_in(&folder);
        let draft = draft.map_err(FetchError::io("Creating a directory in", &folder))?;
        let fetched = draft.path().join("package");
        let within = match self.packages.get(package) {
            Some((there, within)) if !there.is_symlink() => {
                place::copy(there, &fetched).map_err(FetchError::io("Copying", there))?;
                within.clone()
            }
            _ => fetch(self.client, package, &fetched)?,
        };
        let target = folder.join(key);
        fs::rename(&fetched, &target).map_err(FetchError::io("Creating", &target))?;
        self.packages.insert(package.to_owned(), (target.clone(), within.clone()));
        let subdir = joined(&within, subdir);
        let (package, dir) = (shown(package), self.modules_dir.join(key));
        match place::inside(&target, &subdir).as_slice() {
            [one] if one.is_empty() => Ok(dir),
            [one] => Ok(place::cleaned(&dir.join(one))),
            [] => Err(FetchError::NoSubdir { package, subdir }),
            _ => Err(FetchError::ManySubdirs { package, subdir }),
        }
    }
}

/// A directory inside a directory, either of which may be empty.
fn joined(outer: &str, inner: &str) -> String {
    [outer, inner].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn failure(error: &FetchError) -> Diagnostic {
    Diagnostic::error(error.summary(), error.to_string())
}

fn fetching(error: FetchError) -> Refusal {
    (failure(&error), false)
}

fn bad_address(error: &AddressError) -> Diagnostic {
    Diagnostic::error("Invalid module source address", error.to_string())
}

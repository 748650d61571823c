//! From a directory, or a snapshot of one, to a [`Config`]: the root module and every module it calls, however deep.
//! Fetches nothing: what is not a path beside the caller must have been installed.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::load::{Part, load_module};
use super::manifest::{self, Manifest};
use super::module_source::means;
use super::source::{read_directory, read_text};
use super::{Config, Module, ModuleCall, TERRAFORM_VERSION, VersionConstraint};
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, ModuleAddr, Sources};

/// More modules than this are a mistake: modules that call each other more than once grow without end.
const MOST: usize = 20_000;

/// Modules that call modules deeper than this are a mistake as well, and would need more stack than there is.
const DEEPEST: usize = 50;

/// Reads the configuration in a directory; `terraform_dir` is where `init` has put modules, usually `.terraform`.
/// Whatever could be read is there, even when there are errors.
///
/// A directory without any configuration file gives an empty module; whether that is an error is the caller's to say.
pub fn load(dir: &Path, terraform_dir: &Path) -> (Config, Diagnostics) {
    load_with(dir, terraform_dir, Arguments::Checked)
}

/// As [`load`], but what calls give their modules may be missing or unknown: `init` does not look at that, as in Terraform.
pub fn load_for_init(dir: &Path, terraform_dir: &Path) -> (Config, Diagnostics) {
    load_with(dir, terraform_dir, Arguments::Unchecked)
}

/// Whether the arguments of calls are held against the variables of the modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arguments {
    Checked,
    Unchecked,
}

fn load_with(dir: &Path, terraform_dir: &Path, arguments: Arguments) -> (Config, Diagnostics) {
    let (files, mut problems) = read_directory(dir);
    let path = dir.join(terraform_dir).join(manifest::FILE);
    let manifest = match path.is_file() {
        true => read_text(&path, &path.to_string_lossy()).map(Some),
        false => Ok(None),
    };
    let manifest = manifest.unwrap_or_else(|problem| {
        problems.push(*problem);
        None
    });
    let reader = |module: &Path| {
        let (files, problems) = read_directory(&dir.join(module));
        let prefixed = files.into_iter().map(|(name, text)| (module.join(name).display().to_string(), text));
        (prefixed.collect(), problems)
    };
    grow(dir, files, manifest.as_deref(), &reader, problems, arguments)
}

/// Reads from the configuration in a directory only what says where the state is: the backend, and the variables and
/// local values it may refer to. What else is wrong or not supported in it does not matter, as long as it can be parsed.
pub fn load_settings(dir: &Path) -> (Config, Diagnostics) {
    let (files, mut problems) = read_directory(dir);
    let mut sources = Sources::default();
    let root = Arc::new(load_module(dir, files, &mut sources, &mut problems, Part::Settings));
    problems.extend(unsupported_versions(&root, "This configuration"));
    (Config { root, children: BTreeMap::new(), sources, files: Vec::new() }, problems)
}

/// Reads a configuration from the names and texts of its files, as a plan file keeps them.
pub fn load_sources(dir: &Path, files: Vec<(String, String)>) -> (Config, Diagnostics) {
    let mut manifest = None;
    let mut root = Vec::new();
    let mut inner: BTreeMap<PathBuf, Vec<(String, String)>> = BTreeMap::new();
    for (name, text) in files {
        if name.ends_with(manifest::FILE) {
            manifest = Some(text);
            continue;
        }
        match Path::new(&name).parent().map(Path::to_owned) {
            Some(module) if module != Path::new("") => inner.entry(module).or_default().push((name, text)),
            _ => root.push((name, text)),
        }
    }
    let reader = |module: &Path| (inner.get(module).cloned().unwrap_or_default(), Diagnostics::new());
    grow(dir, root, manifest.as_deref(), &reader, Diagnostics::new(), Arguments::Checked)
}

impl Config {
    /// Adds the resources of a text to the root module, as if a file of that name had been there; whatever else the text
    /// says is left out.
    pub fn add(&mut self, name: &str, text: &str) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let mut name = name.to_owned();
        while self.sources.iter().any(|source| *source.name == *name) {
            name.insert(0, '_');
        }
        let files = vec![(name.clone(), text.to_owned())];
        let dir = self.root.dir.clone();
        let added = load_module(&dir, files, &mut self.sources, &mut problems, Part::Whole);
        Arc::make_mut(&mut self.root).resources.extend(added.resources);
        self.files.push(name.into());
        problems
    }
}

/// Reads the files of a module's directory; the names include the directory.
type Reader<'r> = &'r dyn Fn(&Path) -> (Vec<(String, String)>, Diagnostics);

fn grow(
    dir: &Path,
    files: Vec<(String, String)>,
    manifest: Option<&str>,
    read: Reader<'_>,
    mut problems: Diagnostics,
    arguments: Arguments,
) -> (Config, Diagnostics) {
    let mut sources = Sources::default();
    let root = Arc::new(load_module(dir, files, &mut sources, &mut problems, Part::Whole));
    problems.extend(unsupported_versions(&root, "This configuration"));
    for output in root.outputs.values().filter(|output| output.ephemeral) {
        let detail = "Ephemeral outputs are not allowed in the root module: an output of the root module is stored, and an \
                      ephemeral value must not be. Remove the \"ephemeral\" argument.";
        problems.push(Diagnostic::error("Ephemeral output not allowed", detail).at(output.span));
    }
    let installed = manifest.map(|text| Manifest::parse(text).map_err(|found| problems.push(found)));
    let installed = installed.and_then(Result::ok).unwrap_or_default();
    let mut tree = Tree {
        installed,
        read,
        arguments,
        sources,
        problems,
        loaded: BTreeMap::new(),
        children: BTreeMap::new(),
    };
    tree.calls(&ModuleAddr::default(), &root, Path::new(""), &mut Vec::new());
    let Tree { mut sources, problems, children, .. } = tree;
    let mut names: Vec<Arc<str>> = sources.iter().map(|source| source.name.clone()).collect();
    if let Some(text) = manifest {
        let file = sources.add(format!(".terraform/{}", manifest::FILE), text);
        names.extend(sources.get(file).map(|source| source.name.clone()));
    }
    (Config { root, children, sources, files: names }, problems)
}

/// The tree as far as it has grown.
struct Tree<'r> {
    installed: Manifest,
    read: Reader<'r>,
    arguments: Arguments,
    sources: Sources,
    problems: Diagnostics,
    /// By directory.
    loaded: BTreeMap<PathBuf, Arc<Module>>,
    children: BTreeMap<ModuleAddr, Arc<Module>>,
}

impl Tree<'_> {
    /// Loads what a module calls. `above` are the directories on the way here.
    fn calls(&mut self, path: &ModuleAddr, module: &Arc<Module>, dir: &Path, above: &mut Vec<PathBuf>) {
        above.push(dir.to_owned());
        for call in module.calls.values() {
            let path = path.child(call.name.clone(), None);
            let Some(inner) = self.directory(&path, call, dir) else { continue };
            if above.contains(&inner) {
                let detail = format!(
                    "The module {path} leads back to {}, which is being called from there already: modules cannot call \
                     themselves, not even through others.",
                    shown(&inner)
                );
                self.report(call, Diagnostic::error("Module calls itself", detail).at(call.source_span));
                continue;
            }
            if above.len() > DEEPEST {
                let detail = format!("Modules can call each other {DEEPEST} levels deep.");
                self.report(call, Diagnostic::error("Modules nested too deeply", detail).at(call.span));
                continue;
            }
            if self.children.len() >= MOST {
                let detail =
                    format!("The configuration has more than {MOST} modules, which is as many as are read.");
                self.report(call, Diagnostic::error("Too many modules", detail).at(call.span));
                break;
            }
            let Some(child) = self.load(call, &inner) else { continue };
            self.check(&path, call, &child);
            self.children.insert(path.clone(), child.clone());
            self.calls(&path, &child, &inner, above);
        }
        above.pop();
    }

    fn report(&mut self, call: &ModuleCall, problem: Diagnostic) {
        self.problems.push(problem.within(call.context()));
    }

    /// Where the called module lies, from the root module's directory. A path beside the caller need not be installed, but
    /// where it has been, it lies where the manifest says.
    fn directory(&mut self, path: &ModuleAddr, call: &ModuleCall, caller: &Path) -> Option<PathBuf> {
        let versioned = call.version.is_some();
        let installed = self.installed.get(path);
        let same = installed.filter(|found| means(&call.source, versioned, &found.source));
        if call.is_local() {
            let beside = || caller.join(call.source.replace('\\', "/"));
            return Some(clean(&same.map_or_else(beside, |found| found.dir.clone())));
        }
        let problem = match (same, installed) {
            (Some(found), _) => match call.version.as_ref().filter(|(wanted, _)| !found.satisfies(wanted)) {
                None => return Some(clean(&found.dir)),
                Some((wanted, span)) => Diagnostic::error(
                    "Module version requirements have changed",
                    format!(
                        "The version requirements have changed since this module was installed and the installed version \
                         ({}) is no longer acceptable: {wanted} is asked for. Run \"lambdaform init\" to install all \
                         modules required by this configuration.",
                        found.version.as_deref().unwrap_or("none")
                    ),
                )
                .at(*span),
            },
            (None, Some(_)) => Diagnostic::error(
                "Module source has changed",
                "The source address was changed since this module was installed. Run \"lambdaform init\" to install all \
                 modules required by this configuration.",
            )
            .at(call.source_span),
            (None, None) => Diagnostic::error(
                NOT_INSTALLED,
                "This module is not yet installed. Run \"lambdaform init\" to install all modules required by this \
                 configuration.",
            )
            .at(call.span)
            .with_value("source", format!("{:?}", &*call.source)),
        };
        self.report(call, problem);
        None
    }

    /// The module in a directory; `None` if there is none, which is a problem.
    fn load(&mut self, call: &ModuleCall, dir: &Path) -> Option<Arc<Module>> {
        if let Some(module) = self.loaded.get(dir) {
            return Some(module.clone());
        }
        let (files, found) = (self.read)(dir);
        // A directory without configuration is a module in which nothing is declared.
        if files.is_empty() && !dir.is_dir() {
            let problem = if call.is_local() {
                let detail =
                    format!("The directory {} could not be read for module {:?}.", shown(dir), &*call.name);
                Diagnostic::error("Unreadable module directory", detail).at(call.source_span)
            } else {
                let detail = format!(
                    "This module's local cache directory {} could not be read. Run \"lambdaform init\" to install all \
                     modules required by this configuration.",
                    shown(dir)
                );
                Diagnostic::error(NOT_INSTALLED, detail).at(call.span)
            };
            self.report(call, problem);
            return None;
        }
        let unread = found.has_errors();
        self.problems.extend(found);
        let mut module = load_module(dir, files, &mut self.sources, &mut self.problems, Part::Whole);
        module.incomplete |= unread;
        let module = Arc::new(module);
        self.loaded.insert(dir.to_owned(), module.clone());
        Some(module)
    }

    /// Holds a call against the module it calls.
    fn check(&mut self, path: &ModuleAddr, call: &ModuleCall, module: &Module) {
        let who = format!("Module {path} (from {})", call.source);
        self.problems.extend(unsupported_versions(module, &who));
        if self.arguments == Arguments::Checked {
            self.check_arguments(call, module);
        }
        self.check_providers(path, call, module);
        if let Some(backend) = &module.backend {
            let problem = Diagnostic::warning(
                "Backend configuration ignored",
                "Any selected backend applies to the entire configuration, so backends are expected in the root module \
                 only. This block has no effect.",
            );
            self.problems.push(problem.at(backend.span));
        }
    }

    fn check_arguments(&mut self, call: &ModuleCall, module: &Module) {
        for attribute in &call.body.attributes {
            if !module.incomplete && !module.variables.contains_key(&attribute.name) {
                let detail = format!(
                    "An argument named {:?} is not expected here.{} The module's variables say what it takes.",
                    &*attribute.name,
                    did_you_mean(&attribute.name, module.variables.keys().map(|name| &**name))
                );
                self.report(call, Diagnostic::error("Unsupported argument", detail).at(attribute.name_span));
            }
        }
        for variable in module.variables.values() {
            if variable.default.is_none() && call.body.attribute(&variable.name).is_none() {
                let detail =
                    format!("The argument {:?} is required, but no definition was found.", &*variable.name);
                self.report(call, Diagnostic::error("Missing required argument", detail).at(call.span));
            }
        }
    }

    fn check_providers(&mut self, path: &ModuleAddr, call: &ModuleCall, module: &Module) {
        let repeated = call.count.is_some()
            || call.for_each.is_some()
            || call.enabled.is_some()
            || !call.depends_on.is_empty();
        let own =
            module.providers.iter().find(|p| !p.body.attributes.is_empty() || !p.body.blocks.is_empty());
        if let (true, Some(own)) = (repeated, own) {
            let detail = format!(
                "The module at {path} contains its own local provider configuration ({} at {}), and so calls to it may not \
                 use the count, for_each, or depends_on arguments. Declare the provider in the root module and hand it \
                 over in \"providers\".",
                own.reference,
                self.sources.line_of(own.span)
            );
            let summary = "Module is incompatible with count, for_each, and depends_on";
            self.report(call, Diagnostic::error(summary, detail).at(call.span));
        }
        for alias in module.required_providers.values().flat_map(|required| &required.aliases) {
            if !call.providers.iter().any(|passed| passed.inner == *alias) {
                let detail = format!(
                    "The child module requires an additional configuration with the local name \"{alias}\". Add an entry \
                     for {alias} in the \"providers\" meta-argument in the module block to choose which provider \
                     configuration the module should use for that purpose."
                );
                self.report(
                    call,
                    Diagnostic::error("Missing required provider configuration", detail).at(call.span),
                );
            }
        }
        for passed in call.providers.iter().filter(|passed| passed.inner.alias.is_some()) {
            let known = module.required_providers.values().any(|r| r.aliases.contains(&passed.inner))
                || module.providers.iter().any(|p| p.reference == passed.inner);
            if !known {
                let detail = format!(
                    "The configuration of module {:?} has no provider configuration named \"{}\" that could be handed \
                     over: its \"required_providers\" names none such in \"configuration_aliases\".",
                    &*call.name, passed.inner
                );
                self.report(
                    call,
                    Diagnostic::error("Provider configuration not present", detail).at(passed.span),
                );
            }
        }
    }
}

/// What a module's `required_version` says against the language that is spoken here; `who` is the module, for people.
fn unsupported_versions(module: &Module, who: &str) -> Diagnostics {
    let unmet = module.required_versions.iter().filter(|(text, _)| {
        // What is no constraint has been reported.
        text.parse::<VersionConstraint>().is_ok_and(|constraint| !constraint.matches(TERRAFORM_VERSION))
    });
    unmet
        .map(|(_, span)| {
            let detail = format!(
                "{who} does not support Terraform version {TERRAFORM_VERSION}, whose language is spoken here. Version \
                 constraints are normally set for good reason, so updating the constraint may lead to other errors or \
                 unexpected behavior."
            );
            Diagnostic::error("Unsupported Terraform Core version", detail).at(*span).within("terraform")
        })
        .collect()
}

const NOT_INSTALLED: &str = "Module not installed";

fn shown(dir: &Path) -> String {
    if dir == Path::new("") { "the root module".into() } else { dir.display().to_string() }
}

/// A relative path without `.` and without `..` where it can be left out; nothing for the directory itself.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> (Config, Vec<String>) {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let (config, problems) = load_sources(Path::new("."), files);
        let shown = problems.iter().map(|p| match p.span {
            Some(span) => format!("{} | {}", p.summary, config.sources.text(span)),
            None => p.summary.clone(),
        });
        let shown = shown.collect();
        (config, shown)
    }

    #[test]
    fn modules_are_found_beside_their_callers_and_shared() {
        let files = [
            (
                "main.tf",
                "module \"a\" {\n source = \"./m/a\"\n x = 1\n}\nmodule \"b\" {\n source = \"./m/a/../a\"\n x = 2\n}\n",
            ),
            ("m/a/main.tf", "variable \"x\" {}\nmodule \"c\" {\n source = \"../c\"\n}\n"),
            ("m/c/main.tf", "variable \"y\" {\n default = 1\n}\nresource \"t\" \"r\" {}\n"),
        ];
        let (config, problems) = read(&files);
        assert_eq!(problems, [""; 0]);
        let paths: Vec<String> = config.modules().map(|(path, _)| path.to_string()).collect();
        assert_eq!(paths, ["", "module.a", "module.b", "module.a.module.c", "module.b.module.c"]);
        assert!(config.resource(&"module.b.module.c.t.r".parse().unwrap()).is_some());
        assert_eq!(config.sources.iter().count(), 3);
        let (again, problems) = load_sources(Path::new("."), config.snapshot());
        assert!(problems.is_empty());
        assert_eq!(again.children.len(), 4);
    }

    #[test]
    fn installed_modules_are_where_the_manifest_says() {
        let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
            {"Key":"a","Source":"reg.example.com/x/y/z","Version":"1.2.0","Dir":".terraform/modules/a"}]}"#;
        let with = |source: &str, version: &str| {
            let main = format!("module \"a\" {{\n source = \"{source}\"\n {version}\n}}\n");
            let files = [
                ("main.tf", main.as_str()),
                (".terraform/modules/a/main.tf", ""),
                (".terraform/modules/modules.json", manifest),
            ];
            let (config, problems) = read(&files);
            (config.snapshot().len(), problems)
        };
        assert_eq!(with("x/y/z", "version = \"~> 1.0\""), (3, vec![]));
        assert_eq!(with("reg.example.com/x/y/z", ""), (3, vec![]));
        let changed = ["Module version requirements have changed | \"2.0.0\""];
        assert_eq!(with("x/y/z", "version = \"2.0.0\"").1, changed);
        for source in
            ["x/y/zz", "x/y/z//sub", "other.example.com/x/y/z", "git::https://reg.example.com/x/y/z"]
        {
            let expected = format!("Module source has changed | \"{source}\"");
            assert_eq!(with(source, "").1, [expected]);
        }
    }

    #[test]
    fn local_modules_lie_where_the_manifest_says() {
        let manifest =
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"m","Source":"./a","Dir":"b"}]}"#;
        for (source, found) in [("./a", "b/main.tf"), ("././a", "b/main.tf"), ("./c", "c/main.tf")] {
            let main = format!("module \"m\" {{\n source = \"{source}\"\n}}\n");
            let files = [
                ("main.tf", main.as_str()),
                ("a/main.tf", ""),
                ("b/main.tf", ""),
                ("c/main.tf", ""),
                (".terraform/modules/modules.json", manifest),
            ];
            let (config, problems) = read(&files);
            assert!(problems.is_empty(), "{problems:?}");
            let read: Vec<_> = config.sources.iter().map(|source| source.name.to_string()).collect();
            assert_eq!(read.get(1).map(String::as_str), Some(found), "{source}");
        }
    }

    #[test]
    fn calls_must_fit_the_module() {
        let call = |body: &str, module: &str| {
            let main = format!("module \"m\" {{\n source = \"./m\"\n {body}\n}}\n");
            read(&[("main.tf", &main), ("m/main.tf", module)]).1
        };
        let cases = [
            ("x = 1", "variable \"y\" {\n default = 1\n}\n", "Unsupported argument | x"),
            ("", "variable \"y\" {}\n", "Missing required argument | module \"m\""),
            // What the rest of the file declares, nobody knows.
            ("x = 1", "output \"y\" {\n value = }\n}\nvariable \"x\" {}\n", "Invalid expression | }"),
            (
                "",
                "terraform {\n required_version = \">= 99\"\n}\n",
                "Unsupported Terraform Core version | \">= 99\"",
            ),
            ("", "module \"m\" {\n source = \"../m\"\n}\n", "Module calls itself | \"../m\""),
            ("", "module \"r\" {\n source = \"../\"\n}\n", "Module calls itself | \"../\""),
            (
                "count = 1",
                "provider \"aws\" {\n region = \"x\"\n}\n",
                "Module is incompatible with count, for_each, and depends_on | module \"m\"",
            ),
            (
                "",
                "terraform {\n required_providers {\n aws = { configuration_aliases = [aws.x] }\n}\n}\n",
                "Missing required provider configuration | module \"m\"",
            ),
            (
                "providers = { aws.y = aws }",
                "variable \"v\" {\n default = 1\n}\n",
                "Provider configuration not present | aws",
            ),
            (
                "",
                "terraform {\n backend \"local\" {}\n}\n",
                "Backend configuration ignored | backend \"local\"",
            ),
        ];
        for (body, module, expected) in cases {
            assert_eq!(call(body, module), [expected], "{body} {module}");
        }
    }
}

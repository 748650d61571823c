//! `Module`: what a directory declares, unevaluated; one type per kind of top-level block.
//! Knows nothing of how blocks are read; each kind has a decoder of its own beside this file.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::{Body, Check, Expr, Import, ModuleCall, Moved, Provisioner, Removed, Traversal, TypeConstraint};
use crate::base::{ModuleAddr, Name, Path, ResourceAddr, Sources, Span};

/// A whole configuration: the root module, every module it calls, and every source that was read for them.
#[derive(Debug, Clone)]
pub struct Config {
    /// The root module.
    pub root: Arc<Module>,
    /// The modules that are called, by their path, which has no instance keys. Those from one directory are one and the
    /// same.
    pub children: BTreeMap<ModuleAddr, Arc<Module>>,
    /// The files, for diagnostics and for the plan file's snapshot.
    pub sources: Sources,
    /// The names of those sources that are configuration files, not variables files.
    pub(super) files: Vec<Arc<str>>,
}

impl Config {
    /// Every module with its path, each after the one that calls it.
    pub fn modules(&self) -> impl Iterator<Item = (ModuleAddr, &Module)> {
        let children = self.children.iter().map(|(path, module)| (path.clone(), &**module));
        std::iter::once((ModuleAddr::default(), &*self.root)).chain(children)
    }

    /// The module at an address, instance keys aside.
    pub fn module(&self, addr: &ModuleAddr) -> Option<&Module> {
        if addr.is_root() { Some(&self.root) } else { self.children.get(&addr.path()).map(AsRef::as_ref) }
    }

    /// The declaration of a resource in any module, instance keys aside.
    pub fn resource(&self, addr: &ResourceAddr) -> Option<&Resource> {
        if addr.module.is_root() {
            return self.root.resource(addr);
        }
        self.module(&addr.module)?.resource(&addr.within(&ModuleAddr::default()))
    }

    /// The check that a data source belongs to, if it stands within one; instance keys aside.
    pub fn check_around(&self, addr: &ResourceAddr) -> Option<&Check> {
        let inner = addr.within(&ModuleAddr::default());
        self.module(&addr.module)?
            .checks
            .values()
            .find(|check| check.data.as_ref().is_some_and(|d| d.addr == inner))
    }

    /// The block that calls a module; `None` for the root module.
    pub fn call(&self, addr: &ModuleAddr) -> Option<&ModuleCall> {
        let (parent, (name, _)) = addr.parent()?;
        self.module(&parent)?.calls.get(name)
    }

    /// The names and texts of the configuration files, from which [`super::load_sources`] reads the same configuration.
    /// Variables files are not among them: a plan keeps values, not where they came from.
    pub fn snapshot(&self) -> Vec<(String, String)> {
        let own: HashSet<&Arc<str>> = self.files.iter().collect();
        let files = self.sources.iter().filter(|source| own.contains(&source.name));
        files.map(|source| (source.name.to_string(), source.text.to_string())).collect()
    }
}

/// What a directory declares.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// The directory, from the working directory.
    pub dir: PathBuf,
    /// `variable` blocks.
    pub variables: BTreeMap<Name, Variable>,
    /// The entries of all `locals` blocks.
    pub locals: BTreeMap<Name, Local>,
    /// `output` blocks.
    pub outputs: BTreeMap<Name, Output>,
    /// `module` blocks.
    pub calls: BTreeMap<Name, ModuleCall>,
    /// `resource` and `data` blocks, by their address as if in the root module: the module does not know where it is called.
    pub resources: BTreeMap<ResourceAddr, Resource>,
    /// `provider` blocks.
    pub providers: Vec<ProviderConfig>,
    /// `terraform { required_providers {} }`
    pub required_providers: BTreeMap<Name, RequiredProvider>,
    /// `terraform { required_version }`: constraint texts with their places.
    pub required_versions: Vec<(Name, Span)>,
    /// `terraform { backend "…" {} }`
    pub backend: Option<Backend>,
    /// `moved` blocks, in the order written.
    pub moved: Vec<Moved>,
    /// `import` blocks, in the order written.
    pub imports: Vec<Import>,
    /// `removed` blocks, in the order written.
    pub removed: Vec<Removed>,
    /// `check` blocks.
    pub checks: BTreeMap<Name, Check>,
    /// Whether a file of it could not be read to its end, so that it may declare more than what is here.
    pub incomplete: bool,
}

impl Module {
    /// The resource or data source at an address as if in the root module, be it within a check.
    pub fn resource(&self, addr: &ResourceAddr) -> Option<&Resource> {
        let scoped = || self.scoped().find(|data| data.addr == *addr);
        self.resources.get(addr).or_else(scoped)
    }

    /// The data sources within checks.
    pub fn scoped(&self) -> impl Iterator<Item = &Resource> {
        self.checks.values().filter_map(|check| check.data.as_ref())
    }
}

/// `variable "name" {}`
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: Name,
    /// The declared type; [`TypeConstraint::Any`] when there is none.
    pub ty: TypeConstraint,
    /// Whether a type was declared: without one, text from the environment stays text.
    pub has_type: bool,
    /// The default, a constant expression.
    pub default: Option<Expr>,
    /// What it is for.
    pub description: Option<Name>,
    /// Whether its value is a secret.
    pub sensitive: bool,
    /// Whether it is left out of state and plan, and everything made of it.
    pub ephemeral: bool,
    /// Whether null is a value; otherwise null means the default.
    pub nullable: bool,
    /// `validation {}` blocks.
    pub validations: Vec<CheckRule>,
    /// The header.
    pub span: Span,
}

impl Variable {
    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        self.sensitive || self.ephemeral
    }
}

/// One entry of `locals {}`.
#[derive(Debug, Clone)]
pub struct Local {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub expr: Expr,
    /// Where its name stands.
    pub span: Span,
}

/// `output "name" {}`
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// What it is.
    pub description: Option<Name>,
    /// Whether its value is a secret.
    pub sensitive: bool,
    /// Whether its value is left out of state and plan, which only an output of a called module can be.
    pub ephemeral: bool,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `precondition {}` blocks.
    pub preconditions: Vec<CheckRule>,
    /// The header.
    pub span: Span,
}

impl Output {
    /// Whether its value is never shown.
    pub fn is_secret(&self) -> bool {
        self.sensitive || self.ephemeral
    }
}

/// `resource "type" "name" {}` or `data "type" "name" {}`
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its address.
    pub addr: ResourceAddr,
    /// Its own arguments and blocks, without the meta-arguments below.
    pub body: Body,
    /// `count`
    pub count: Option<Expr>,
    /// `for_each`
    pub for_each: Option<Expr>,
    /// `provider`; the default configuration of the type's provider when absent.
    pub provider: Option<ProviderRef>,
    /// `depends_on`
    pub depends_on: Vec<Traversal>,
    /// `lifecycle {}`
    pub lifecycle: Lifecycle,
    /// `provisioner` blocks, in the order written.
    pub provisioners: Vec<Provisioner>,
    /// The header.
    pub span: Span,
}

impl Resource {
    /// The header as diagnostics show it: `resource "aws_lambda_function" "this"`.
    pub fn context(&self) -> String {
        let keyword = match self.addr.mode {
            crate::base::Mode::Managed => "resource",
            crate::base::Mode::Data => "data",
        };
        format!("{keyword} {:?} {:?}", &*self.addr.type_name, &*self.addr.name)
    }
}

/// `aws.west`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderRef {
    /// `aws`
    pub name: Name,
    /// `west`
    pub alias: Option<Name>,
}

impl std::fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.alias {
            Some(alias) => write!(f, "{}.{alias}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// `lifecycle {}`
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    /// `enabled`, of OpenTofu: whether there is an instance at all.
    pub enabled: Option<Expr>,
    /// `create_before_destroy`
    pub create_before_destroy: Option<bool>,
    /// `prevent_destroy`
    pub prevent_destroy: bool,
    /// `ignore_changes`
    pub ignore_changes: IgnoreChanges,
    /// `replace_triggered_by`
    pub replace_triggered_by: Vec<Expr>,
    /// `precondition {}` blocks.
    pub preconditions: Vec<CheckRule>,
    /// `postcondition {}` blocks.
    pub postconditions: Vec<CheckRule>,
}

/// `ignore_changes`
#[derive(Debug, Clone, Default)]
pub enum IgnoreChanges {
    /// Nothing is ignored.
    #[default]
    None,
    /// `all`
    All,
    /// These attributes.
    Paths(Vec<(Path, Span)>),
}

/// A condition with the message for when it does not hold.
#[derive(Debug, Clone)]
pub struct CheckRule {
    /// Must be true.
    pub condition: Expr,
    /// Said when it is not.
    pub error_message: Expr,
    /// The header.
    pub span: Span,
}

/// `provider "aws" {}`
#[derive(Debug, Clone)]
pub struct ProviderConfig {
    /// Which provider and under which alias.
    pub reference: ProviderRef,
    /// Its own arguments and blocks.
    pub body: Body,
    /// The header.
    pub span: Span,
}

/// An entry of `required_providers`.
#[derive(Debug, Clone)]
pub struct RequiredProvider {
    /// `hashicorp/aws`
    pub source: Option<Name>,
    /// Version constraints.
    pub version: Option<Name>,
    /// `configuration_aliases`: configurations that the caller must hand over.
    pub aliases: Vec<ProviderRef>,
    /// Where it stands.
    pub span: Span,
}

/// `backend "local" {}`
#[derive(Debug, Clone)]
pub struct Backend {
    /// `local`
    pub type_name: Name,
    /// Its arguments: constants.
    pub body: Body,
    /// The header.
    pub span: Span,
}

//! `import` blocks: which instances are to take over which existing objects, and the taking over while planning.
//! Changes nothing real; knows nothing of what is planned for an object once it is there.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::expand::{Times, expand};
use super::instance::Configured;
use super::object;
use super::planner::{One, Planner};
use super::refresh::interrupted;
use super::scope::InstanceScope;
use super::world::World;
use super::{Event, EventSink, ImportStep};
use crate::base::{
    Diagnostic, Diagnostics, InstanceAddr, InstanceKey, Kind, ModuleAddr, ResourceAddr, Span, Type, Value,
    convert,
};
use crate::config::{Config, Expr, Import, ImportId, Resource};
use crate::lang;
use crate::provider::{Connection, ReadRequest, ReadResponse, Registry};
use crate::schema::mark_secrets;

/// What is to be imported, as far as its blocks have been evaluated.
pub(super) type Imports = BTreeMap<InstanceAddr, Wanted>;

/// An object that an instance is to take over.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// What the provider knows it by.
    pub(super) id: String,
    /// Where its block stands.
    span: Span,
    /// Whether it has been taken over.
    pub(super) done: bool,
}

/// What is wrong with import blocks before anything is evaluated: where they stand, and whether their targets are declared
/// or, with `generating`, can have configuration generated.
pub(super) fn check(config: &Config, generating: bool) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for (at, module) in config.modules() {
        for import in &module.imports {
            if !at.is_root() {
                let detail = format!(
                    "An import block was detected in {at}. Import blocks are only allowed in the root module. Move it there."
                );
                problems.push(Diagnostic::error("Invalid import configuration", detail).at(import.span));
                continue;
            }
            let to = &import.to;
            match config.resource(&to.resource) {
                None => problems.extend(may_be_generated(config, import).err().or_else(|| {
                    (!generating).then(|| undeclared(&to.resource).at(to.span).within("import"))
                })),
                Some(resource) => problems.extend(other_provider(import, resource)),
            }
            if import.for_each.is_none() && seen.insert(config.sources.text(to.span).to_owned(), ()).is_some()
            {
                problems.push(duplicate(&to.resource.instance(None), import.span));
            }
        }
    }
    problems
}

/// The error for a target without configuration that could have some generated.
fn undeclared(addr: &ResourceAddr) -> Diagnostic {
    let detail = format!(
        "The configuration for the given import target {addr} does not exist. If you wish to automatically generate config \
         for this resource, use the -generate-config-out option within lambdaform plan. Otherwise, make sure the target \
         resource exists within your configuration. For example:\n\n  lambdaform plan \
         -generate-config-out=generated.tf"
    );
    Diagnostic::error(NO_TARGET, detail)
}

/// Whether configuration can be generated for the target of a block, which has none.
///
/// # Errors
/// When it is in a module, or one of several instances.
pub(super) fn may_be_generated(config: &Config, import: &Import) -> Result<(), Diagnostic> {
    let to = &import.to;
    let addr = &to.resource;
    let detail = if config.module(&addr.module).is_none() {
        format!(
            "The configuration for the given import target {addr} does not exist. All target instances must have an \
             associated configuration to be imported."
        )
    } else if !addr.module.is_root() {
        format!(
            "Resource {addr} not found. Only resources within the root module are eligible for config generation."
        )
    } else if import.for_each.is_some() || to.key.is_some() {
        format!(
            "The given import block for {addr} is not compatible with config generation. The -generate-config-out option \
             cannot be used with import blocks which use for_each, or resources which use for_each or count."
        )
    } else {
        return Ok(());
    };
    Err(Diagnostic::error(NO_TARGET, detail).at(to.span).within("import"))
}

/// The error for a provider that is not the one of the resource. The same one is no harm: it says where the configuration
/// was generated from.
fn other_provider(import: &Import, resource: &Resource) -> Option<Diagnostic> {
    let named = import.provider.as_ref()?;
    let implied = |name: &str| resource.addr.type_name.split('_').next() == Some(name);
    let same = match &resource.provider {
        Some(own) => own == named,
        None => named.alias.is_none() && implied(&named.name),
    };
    let detail = format!(
        "The import block names the provider configuration {named}, and the resource {} has another one, which is where \
         the object is looked for. Remove the argument \"provider\" of the import block.",
        resource.addr
    );
    (!same).then(|| Diagnostic::error("Invalid import provider argument", detail).at(import.span))
}

const NO_TARGET: &str = "Configuration for import target does not exist";
const INVALID_ID: &str = "Invalid import id argument";

fn duplicate(addr: &InstanceAddr, span: Span) -> Diagnostic {
    Diagnostic::error(
        "Duplicate import configuration",
        format!(
            "An import block for {addr} was declared already. A resource instance can have only one import block: remove \
             one of them."
        ),
    )
    .at(span)
}

/// The instances that a block names, with the ids of their objects.
pub(super) fn targets(
    import: &Import,
    world: &World<'_>,
    registry: &Registry,
) -> Result<Vec<(InstanceAddr, String)>, Diagnostics> {
    let root = ModuleAddr::default();
    if import.for_each.is_none() {
        return Ok(vec![target(import, &world.root(), registry)?]);
    }
    let times = Times { count: None, for_each: import.for_each.as_ref(), enabled: None };
    let expansion = expand(times, &world.root())?;
    let keys = expansion.instances.keys();
    keys.map(|key| target(import, &expansion.scope(world, &root, key.as_ref()), registry)).collect()
}

/// The instance and the id, in one element's scope.
fn target(
    import: &Import,
    scope: &InstanceScope<'_>,
    registry: &Registry,
) -> Result<(InstanceAddr, String), Diagnostics> {
    let key = |expr: &Option<Expr>| expr.as_ref().map(|expr| key(expr, scope)).transpose();
    let to = &import.to;
    let mut module = ModuleAddr::default();
    for ((name, _), expr) in to.resource.module.steps().iter().zip(&to.module_keys) {
        module = module.child(name.clone(), key(expr)?);
    }
    let addr = ResourceAddr { module, ..to.resource.clone() }.instance(key(&to.key)?);
    Ok((addr, id(import, scope, registry)?))
}

fn key(expr: &Expr, scope: &InstanceScope<'_>) -> Result<InstanceKey, Diagnostics> {
    let value = lang::evaluate(expr, &scope.context())?;
    let invalid = |detail: &str| {
        Diagnostics::from(Diagnostic::error("Invalid import block \"to\" argument", detail).at(expr.span))
    };
    if value.is_sensitive() {
        return Err(invalid(
            "A key in the \"to\" argument cannot be sensitive, because addresses are shown.",
        ));
    }
    match value.kind() {
        Kind::String(text) => Ok(InstanceKey::Str(text.clone())),
        Kind::Number(n) => n
            .as_i64()
            .and_then(|n| u64::try_from(n).ok())
            .map(InstanceKey::Int)
            .ok_or_else(|| invalid("A numeric instance key must be a whole number from zero.")),
        Kind::Unknown(_) => Err(invalid(
            "A key in the \"to\" argument depends on resource attributes that cannot be determined until apply, so \
             lambdaform cannot plan the import. Use values that are known while planning.",
        )),
        _ => Err(invalid("An instance key must be a string or a whole number.")),
    }
}

fn id(import: &Import, scope: &InstanceScope<'_>, registry: &Registry) -> Result<String, Diagnostics> {
    let (ImportId::Id(expr) | ImportId::Identity(expr)) = &import.id;
    let value = lang::evaluate(expr, &scope.context())?;
    settled_id(import, value, registry)
}

/// The id that a value gives.
///
/// # Errors
/// For a value that is none, or is not known yet.
pub(super) fn settled_id(import: &Import, value: Value, registry: &Registry) -> Result<String, Diagnostics> {
    let invalid =
        |detail: &str, span: Span| Diagnostics::from(Diagnostic::error(INVALID_ID, detail).at(span));
    let expr = match &import.id {
        ImportId::Id(expr) => expr,
        ImportId::Identity(expr) => return identified(import, expr.span, &value, registry),
    };
    if value.is_null() {
        return Err(invalid("The import ID cannot be null.", expr.span));
    }
    if value.is_sensitive() {
        return Err(invalid("The import ID cannot be sensitive.", expr.span));
    }
    if value.is_unknown() {
        return Err(invalid(
            "The import block \"id\" argument depends on resource attributes that cannot be determined until apply, so \
             lambdaform cannot plan to import this resource. To work around this, use the -target argument to first apply \
             only the resources that the import block depends on.",
            expr.span,
        ));
    }
    let text = convert::convert(&value, &Type::String).ok().and_then(|v| v.as_str().map(str::to_owned));
    match text {
        None => Err(invalid("The import ID value is unsuitable: a string is required.", expr.span)),
        Some(text) if text.is_empty() => Err(invalid(
            "The import ID value evaluates to an empty string, please provide a non-empty value.",
            expr.span,
        )),
        Some(text) => Ok(text),
    }
}

/// The id that an identity gives.
fn identified(
    import: &Import,
    span: Span,
    value: &Value,
    registry: &Registry,
) -> Result<String, Diagnostics> {
    let invalid = |detail: String| {
        Diagnostics::from(Diagnostic::error("Invalid import identity argument", detail).at(span))
    };
    if value.has_sensitive() {
        return Err(invalid("The import identity cannot be sensitive.".into()));
    }
    if !value.is_wholly_known() {
        return Err(invalid(
            "The import block \"identity\" argument depends on resource attributes that cannot be determined until apply, so \
             lambdaform cannot plan to import this resource. To work around this, use the -target argument to first apply \
             only the resources that the import block depends on."
                .into(),
        ));
    }
    let Some(entries) = value.as_entries() else {
        return Err(invalid("The import identity must be an object of attributes: { name = \"x\" }.".into()));
    };
    let mut identity = BTreeMap::new();
    for (name, value) in entries.iter().filter(|(_, value)| !value.is_null()) {
        let text = convert::convert(value, &Type::String).ok().and_then(|v| v.as_str().map(str::to_owned));
        let Some(text) = text else {
            return Err(invalid(format!(
                "The attribute {:?} of the import identity must be a string.",
                &**name
            )));
        };
        identity.insert(name.to_string(), text);
    }
    // An unknown type is reported where it is declared.
    let pattern = registry.resource(&import.to.resource.type_name).map_or("", |(_, ty)| ty.import_id);
    crate::provider::id_of(pattern, &identity).map_err(|error| {
        let instead = if pattern.is_empty() {
            String::new()
        } else {
            format!(" The argument \"id\" does the same: its form is {pattern}.")
        };
        invalid(format!("{error}{instead}"))
    })
}

impl Planner<'_, '_, '_> {
    /// Evaluates the import blocks whose target is this resource, which is without keys.
    pub(super) fn find_imports(&mut self, resource: &ResourceAddr) {
        let blocks = self.run.config.root.imports.iter().filter(|import| import.to.resource == *resource);
        for import in blocks {
            match targets(import, &self.world, self.run.registry) {
                Ok(found) => {
                    for (addr, id) in found {
                        let wanted = Wanted { id, span: import.to.span, done: false };
                        if self.imports.insert(addr.clone(), wanted).is_some() {
                            self.problems.push(duplicate(&addr, import.to.span));
                        }
                    }
                }
                Err(problems) => self.problems.extend(problems.map(|d| d.within("import"))),
            }
            self.problems.extend(self.world.take_problems());
        }
    }

    /// Takes over the object that an import block names for an instance, unless the instance has one already: it is then
    /// in the state as if it had always been there.
    ///
    /// # Errors
    /// When the provider finds none, or it cannot be read; the problems say why.
    pub(super) async fn import(
        &mut self,
        one: &One<'_>,
        provider_text: &str,
        events: EventSink<'_>,
    ) -> Result<(), ()> {
        let addr = one.addr;
        let Some(wanted) = self.imports.get(addr) else { return Ok(()) };
        // What has vanished since the last apply was managed as well.
        if self.state.object(addr).is_some() || self.refreshed.drifted(addr).is_some() {
            return Ok(());
        }
        let (id, span) = (wanted.id.clone(), wanted.span);
        let found = match self.options.generated.as_ref().and_then(|found| found.get(addr)) {
            Some(found) => Ok(found.response.clone()),
            None => {
                events(Event::Import { addr: addr.clone(), id: id.clone(), step: ImportStep::Preparing });
                tokio::select! {
                    found = imported(one.connection.as_ref(), addr, &id, events) => found,
                    () = self.run.stop.wait() => Err(interrupted().into()),
                }
            }
        };
        let response = found.map_err(|found| {
            self.problems.extend(found.map(|d| d.at(span).within("import").of(addr)));
        })?;
        let failed = response.problems.has_errors();
        self.problems.extend(response.problems.map(|d| d.at(span).within("import").of(addr)));
        if failed {
            return Err(());
        }
        let Some(value) = response.object else {
            self.problems.push(missing(addr).at(span).within("import"));
            return Err(());
        };
        let value = mark_secrets(one.schema, value);
        let mut taken = object::object(one.schema, &value, &response.private, None);
        let dependencies = self.graph.dependencies.get(&addr.resource.config());
        taken.dependencies = dependencies.into_iter().flatten().cloned().collect();
        taken.dependencies.sort_by_cached_key(ToString::to_string);
        taken.create_before_destroy = self.create_first.contains(&addr.resource.config());
        self.state.set(addr, None, provider_text, taken);
        self.refreshed.values.insert(addr.clone(), value);
        if let Some(revision) = response.revision {
            self.refreshed.revisions.insert(addr.clone(), revision);
        }
        if let Some(wanted) = self.imports.get_mut(addr) {
            wanted.done = true;
        }
        Ok(())
    }

    /// Lets an object that was just taken over be what its configuration says of it, where nobody but the configuration
    /// knows.
    pub(super) fn adopt(&mut self, one: &One<'_>, config: &Configured, provider_text: &str) {
        if self.imported(one.addr).is_none() {
            return;
        }
        let (Some(read), Some(object)) = (self.refreshed.values.get(one.addr), self.state.object(one.addr))
        else {
            return;
        };
        let (type_name, marks) = (&one.addr.resource.type_name, read.sensitive_paths());
        let adopted = one.connection.adopt(type_name, read.clone().unmark_deep().0, &config.value);
        let adopted = mark_secrets(one.schema, adopted.mark_paths(&marks));
        if adopted == *read {
            return;
        }
        let object = object::object(one.schema, &adopted, &object::private(object), Some(object));
        self.state.set(one.addr, None, provider_text, object);
        self.refreshed.values.insert(one.addr.clone(), adopted);
    }

    /// The id by which the object of an instance was imported, if it was.
    pub(super) fn imported(&self, addr: &InstanceAddr) -> Option<String> {
        self.imports.get(addr).filter(|wanted| wanted.done).map(|wanted| wanted.id.clone())
    }

    /// The resource block that was generated for an instance, if one was.
    pub(super) fn generated(&self, addr: &InstanceAddr) -> Option<String> {
        self.options.generated.as_ref()?.get(addr).map(|found| found.text.clone())
    }

    /// Reports the targets that are no instances of their resources.
    pub(super) fn check_imports(&mut self) {
        let missing = self.imports.iter().filter(|(addr, _)| {
            !self.wanted.contains(addr) && self.targets.include(addr) && !self.has_failed(&addr.resource)
        });
        let problems: Diagnostics = missing
            .map(|(addr, wanted)| {
                let detail = format!(
                    "The configuration for the given import {addr} does not exist. All target instances must have an \
                     associated configuration to be imported."
                );
                Diagnostic::error(NO_TARGET, detail).at(wanted.span).of(addr)
            })
            .collect();
        self.problems.extend(problems);
    }
}

/// Finds an object and reads it.
pub(super) async fn imported(
    connection: &dyn Connection,
    addr: &InstanceAddr,
    id: &str,
    events: EventSink<'_>,
) -> Result<ReadResponse, Diagnostics> {
    let type_name = &addr.resource.type_name;
    connection.connect().await?;
    let found = connection.import(type_name, id).await?;
    let private = found.private.clone();
    // What was found may not know its own id before it is read.
    let told = object::identity(&found.object).filter(|(name, _)| name == "id");
    let told = told.or_else(|| Some(("id".to_owned(), id.to_owned())));
    events(Event::RefreshStarted { addr: addr.clone(), id: told.clone() });
    let answer: Mutex<Option<ReadResponse>> = Mutex::new(None);
    let done = |_, response: ReadResponse| {
        *answer.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(response);
    };
    let request = ReadRequest { type_name: type_name.clone(), prior: found.object, private: found.private };
    connection.read(vec![request], &done).await;
    events(Event::RefreshDone { addr: addr.clone(), id: told });
    let answer = answer.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).unwrap_or_default();
    Ok(ReadResponse { private: answer.private.or(private), ..answer })
}

/// The error for an id that names nothing.
pub(super) fn missing(addr: &InstanceAddr) -> Diagnostic {
    Diagnostic::error(
        "Cannot import non-existent remote object",
        format!(
            "While attempting to import an existing object to {:?}, the provider detected that no object exists with the \
             given id. Only pre-existing objects can be imported; check that the id is correct and that it is associated \
             with the provider's configured region or endpoint, or use \"lambdaform apply\" to create a new remote object \
             for this resource.",
            addr.to_string()
        ),
    )
    .of(addr)
}

//! `Connections`: provider configurations evaluated and turned into connections, each once.
//! Knows no provider.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::world::World;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Mode, ResourceAddr, Value};
use crate::config::{Module, ProviderConfig, ProviderRef, Resource};
use crate::lang;
use crate::provider::{Connection, Environment, Provider, Registry};
use crate::schema;

/// The connections of a run.
pub(super) struct Connections<'a> {
    module: &'a Module,
    registry: &'a Registry,
    environment: &'a Environment,
    made: HashMap<ProviderRef, Result<Arc<dyn Connection>, ()>>,
}

impl<'a> Connections<'a> {
    pub(super) fn new(module: &'a Module, registry: &'a Registry, environment: &'a Environment) -> Self {
        Connections { module, registry, environment, made: HashMap::new() }
    }

    /// The connection of a provider configuration. A problem is reported the first time and then stays silent.
    pub(super) fn get(
        &mut self,
        reference: &ProviderRef,
        world: &World<'_>,
        problems: &mut Diagnostics,
    ) -> Option<Arc<dyn Connection>> {
        if let Some(made) = self.made.get(reference) {
            return made.clone().ok();
        }
        let made = self.make(reference, world).map_err(|found| problems.extend(found));
        self.made.insert(reference.clone(), made.clone());
        made.ok()
    }

    /// Drops connections, because what their configurations are made from is about to have other values.
    pub(super) fn forget(&mut self, references: &BTreeSet<ProviderRef>) {
        self.made.retain(|reference, _| !references.contains(reference));
    }

    fn make(&self, reference: &ProviderRef, world: &World<'_>) -> Result<Arc<dyn Connection>, Diagnostics> {
        let declared = declared(self.module, self.registry, reference)?;
        let Some(provider) = self.registry.named(&reference.name) else { return Err(Diagnostics::new()) };
        let (config, problems) = configuration(declared, provider.as_ref(), world);
        if problems.has_errors() {
            return Err(problems);
        }
        provider
            .configure(&config, self.environment)
            .map_err(|found| found.map(|d| located(d, declared, reference)))
    }
}

/// The block of a provider configuration; none where the default configuration has no block.
///
/// # Errors
/// When there is no such provider, or no block with that alias.
pub(super) fn declared<'m>(
    module: &'m Module,
    registry: &Registry,
    reference: &ProviderRef,
) -> Result<Option<&'m ProviderConfig>, Diagnostic> {
    if registry.named(&reference.name).is_none() {
        let known: Vec<&str> = registry.iter().map(|p| p.name()).collect();
        return Err(Diagnostic::error(
            "Unsupported provider",
            format!(
                "The provider {:?} is not one that lambdaform has built in: {}.",
                &*reference.name,
                known.join(", ")
            ),
        ));
    }
    let declared = module.providers.iter().find(|p| p.reference == *reference);
    match &reference.alias {
        Some(alias) if declared.is_none() => Err(Diagnostic::error(
            "Provider configuration not present",
            format!(
                "A provider {:?} block with alias = {:?} is needed, but there is none.",
                &*reference.name, &**alias
            ),
        )),
        _ => Ok(declared),
    }
}

/// A provider's configuration, evaluated and conformed; the problems have their places.
pub(super) fn configuration(
    declared: Option<&ProviderConfig>,
    provider: &dyn Provider,
    world: &World<'_>,
) -> (Value, Diagnostics) {
    let block = &provider.schema().config.block;
    let (body, mut problems) = match declared {
        Some(declared) => lang::evaluate_body(&declared.body, block, &world.scope().context()),
        None => (Value::object::<&str>([]), Diagnostics::new()),
    };
    problems.extend(world.take_problems());
    let evaluated = !problems.has_errors();
    let (config, more) = schema::conform(block, &body);
    if evaluated {
        problems.extend(more);
    }
    let reference = ProviderRef { name: provider.name().into(), alias: None };
    let reference = declared.map_or(&reference, |d| &d.reference);
    (config, problems.map(|d| located(d, declared, reference)))
}

fn located(d: Diagnostic, declared: Option<&ProviderConfig>, reference: &ProviderRef) -> Diagnostic {
    let span = declared.map(|p| d.path.as_ref().map_or(p.span, |path| p.body.locate(path)));
    d.at(span).within(format!("provider {:?}", &*reference.name))
}

/// The provider configuration of a resource: the one it names, or the default of its type's provider.
pub(super) fn provider_of(registry: &Registry, resource: &Resource) -> ProviderRef {
    resource.provider.clone().unwrap_or_else(|| default_provider(registry, &resource.addr))
}

/// The provider configuration of an object in state: its resource's, or what state says when configuration no longer has
/// the resource.
///
/// # Errors
/// When state names a provider that is not there.
pub(super) fn provider_in_state(
    registry: &Registry,
    module: &Module,
    addr: &InstanceAddr,
    text: &str,
) -> Result<ProviderRef, Diagnostic> {
    if let Some(resource) = module.resources.get(&addr.resource) {
        return Ok(provider_of(registry, resource));
    }
    from_state_form(registry, text).ok_or_else(|| {
        Diagnostic::error(
            "Unsupported provider",
            format!("The state names a provider that lambdaform does not have built in: {text}."),
        )
        .of(addr)
    })
}

fn default_provider(registry: &Registry, addr: &ResourceAddr) -> ProviderRef {
    let provider = match addr.mode {
        Mode::Managed => registry.resource(&addr.type_name).map(|(p, _)| p),
        Mode::Data => registry.data(&addr.type_name).map(|(p, _)| p),
    };
    let guess = addr.type_name.split('_').next().unwrap_or_default();
    ProviderRef { name: provider.map_or(guess, |p| p.name()).into(), alias: None }
}

/// The form state keeps: `provider["registry.terraform.io/hashicorp/aws"].west`.
pub(super) fn state_form(registry: &Registry, reference: &ProviderRef) -> String {
    let address = registry.named(&reference.name).map_or(&*reference.name, |p| p.address());
    match &reference.alias {
        Some(alias) => format!("provider[{address:?}].{alias}"),
        None => format!("provider[{address:?}]"),
    }
}

/// Reads the form state keeps; any registry host will do.
fn from_state_form(registry: &Registry, text: &str) -> Option<ProviderRef> {
    let (_, text) = text.split_once("provider[\"")?;
    let (address, rest) = text.split_once("\"]")?;
    let provider = registry.addressed(address)?;
    Some(ProviderRef { name: provider.name().into(), alias: rest.strip_prefix('.').map(Into::into) })
}

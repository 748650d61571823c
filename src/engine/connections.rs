//! `Connections`: provider configurations evaluated and turned into connections, each once.
//! Knows no provider.

use std::collections::HashMap;
use std::sync::Arc;

use super::world::World;
use crate::base::{Diagnostic, Diagnostics, Mode, ResourceAddr};
use crate::config::{Module, ProviderRef, Resource};
use crate::lang;
use crate::provider::{Connection, Environment, Registry};
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

    fn make(&self, reference: &ProviderRef, world: &World<'_>) -> Result<Arc<dyn Connection>, Diagnostics> {
        let Some(provider) = self.registry.named(&reference.name) else {
            let known: Vec<&str> = self.registry.iter().map(|p| p.name()).collect();
            return Err(Diagnostic::error(
                "Unsupported provider",
                format!(
                    "The provider {:?} is not one that lambdaform has built in: {}.",
                    &*reference.name,
                    known.join(", ")
                ),
            )
            .into());
        };
        let declared = self.module.providers.iter().find(|p| p.reference == *reference);
        if declared.is_none() && reference.alias.is_some() {
            return Err(Diagnostic::error(
                "Provider configuration not present",
                format!(
                    "A provider {:?} block with alias = {:?} is needed, but there is none.",
                    &*reference.name,
                    reference.alias.as_deref().unwrap_or_default()
                ),
            )
            .into());
        }
        let block = &provider.schema().config.block;
        let empty = crate::base::Value::object::<&str>([]);
        let context = format!("provider {:?}", &*reference.name);
        let (body, mut problems) = match declared {
            Some(declared) => lang::evaluate_body(&declared.body, block, &world.scope().context()),
            None => (empty, Diagnostics::new()),
        };
        let (config, more) = schema::conform(block, &body);
        problems.extend(more);
        let locate = |d: Diagnostic| {
            let span = declared.map(|p| d.path.as_ref().map_or(p.span, |path| p.body.locate(path)));
            d.at(span).within(context.clone())
        };
        if problems.has_errors() {
            return Err(problems.map(locate));
        }
        provider.configure(&config, self.environment).map_err(|found| found.map(locate))
    }
}

/// The provider configuration of a resource: the one it names, or the default of its type's provider.
pub(super) fn provider_of(registry: &Registry, resource: &Resource) -> ProviderRef {
    resource.provider.clone().unwrap_or_else(|| default_provider(registry, &resource.addr))
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
pub(super) fn from_state_form(registry: &Registry, text: &str) -> Option<ProviderRef> {
    let (_, text) = text.split_once("provider[\"")?;
    let (address, rest) = text.split_once("\"]")?;
    let provider = registry.addressed(address)?;
    Some(ProviderRef { name: provider.name().into(), alias: rest.strip_prefix('.').map(Into::into) })
}

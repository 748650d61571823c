//! `Connections`: provider configurations evaluated and turned into connections, each once.
//! Knows no provider.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::world::World;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Mode, ModuleAddr, Name, ResourceAddr, Value};
use crate::config::{Config, ProviderConfig, ProviderRef};
use crate::lang;
use crate::provider::{Connection, Environment, Provider, Registry};
use crate::schema;

/// A provider configuration: the module it stands in, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ProviderAddr {
    /// Without instance keys: a module with provider blocks stands only once.
    pub(super) module: ModuleAddr,
    /// As the module calls it.
    pub(super) reference: ProviderRef,
}

/// The connections of a run.
pub(super) struct Connections<'a> {
    config: &'a Config,
    registry: &'a Registry,
    environment: &'a Environment,
    made: HashMap<ProviderAddr, Result<Arc<dyn Connection>, ()>>,
}

impl<'a> Connections<'a> {
    pub(super) fn new(config: &'a Config, registry: &'a Registry, environment: &'a Environment) -> Self {
        Connections { config, registry, environment, made: HashMap::new() }
    }

    /// The connection of a provider configuration. A problem is reported the first time and then stays silent.
    pub(super) fn get(
        &mut self,
        addr: &ProviderAddr,
        world: &World<'_>,
        problems: &mut Diagnostics,
    ) -> Option<Arc<dyn Connection>> {
        if let Some(made) = self.made.get(addr) {
            return made.clone().ok();
        }
        let made = self.make(addr, world).map_err(|found| problems.extend(found));
        self.made.insert(addr.clone(), made.clone());
        made.ok()
    }

    /// Drops connections, because what their configurations are made from is about to have other values.
    pub(super) fn forget(&mut self, addrs: &BTreeSet<ProviderAddr>) {
        self.made.retain(|addr, _| !addrs.contains(addr));
    }

    fn make(&self, addr: &ProviderAddr, world: &World<'_>) -> Result<Arc<dyn Connection>, Diagnostics> {
        let declared = declared(self.config, self.registry, addr)?;
        let Some(provider) = provider(self.config, self.registry, addr) else {
            return Err(Diagnostics::new());
        };
        let (config, problems) = configuration(declared, provider.as_ref(), &addr.module, world);
        if problems.has_errors() {
            return Err(problems);
        }
        provider
            .configure(&config, self.environment)
            .map_err(|found| found.map(|d| located(d, declared, &addr.reference)))
    }
}

/// The provider that a module means by a name: the one whose source its `required_providers` says, or that has the name.
pub(super) fn provider<'r>(
    config: &Config,
    registry: &'r Registry,
    addr: &ProviderAddr,
) -> Option<&'r Arc<dyn Provider>> {
    let local = &addr.reference.name;
    let required = config.module(&addr.module).and_then(|module| module.required_providers.get(local));
    match required.and_then(|required| required.source.as_deref()) {
        Some(source) => registry.sourced(source),
        None => registry.named(local),
    }
}

/// The block of a provider configuration; none where the default configuration has no block.
///
/// # Errors
/// When there is no such provider, or no block with that alias.
pub(super) fn declared<'m>(
    config: &'m Config,
    registry: &Registry,
    addr: &ProviderAddr,
) -> Result<Option<&'m ProviderConfig>, Diagnostic> {
    let reference = &addr.reference;
    if provider(config, registry, addr).is_none() {
        let known: Vec<&str> = registry.iter().map(|p| p.name()).collect();
        return Err(Diagnostic::error(
            "Unsupported provider",
            format!(
                "The provider {:?} is not one that lambdaform has built in: {}. Keep what it manages in a configuration of its \
                 own that Terraform applies, and read what is needed here with the data source terraform_remote_state.",
                &*reference.name,
                known.join(", ")
            ),
        ));
    }
    let module = config.module(&addr.module);
    let declared = module.and_then(|module| module.providers.iter().find(|p| p.reference == *reference));
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
    module: &ModuleAddr,
    world: &World<'_>,
) -> (Value, Diagnostics) {
    let block = &provider.schema().config.block;
    let (body, mut problems) = match declared {
        Some(declared) => lang::evaluate_body(&declared.body, block, &world.scope(module).context()),
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

/// The provider configuration of a resource: the one it names, or the default of its type's provider; in a called module,
/// what the caller hands over or, without a word, what the caller has.
pub(super) fn provider_of(config: &Config, registry: &Registry, addr: &ResourceAddr) -> ProviderAddr {
    let module = addr.module.path();
    let named = config.resource(addr).and_then(|resource| resource.provider.clone());
    let reference = named.unwrap_or_else(|| {
        let provider = default_provider(registry, addr);
        ProviderRef { name: local_name(config, registry, &module, &provider), alias: None }
    });
    home(config, registry, ProviderAddr { module, reference })
}

/// Follows a provider configuration up to the module that declares it.
fn home(config: &Config, registry: &Registry, mut addr: ProviderAddr) -> ProviderAddr {
    while let (Some(call), Some((parent, _))) = (config.call(&addr.module), addr.module.parent()) {
        let passed = call.providers.iter().find(|passed| passed.inner == addr.reference);
        let own = config.module(&addr.module).is_some_and(|module| {
            module.providers.iter().any(|p| {
                // An empty block was the old way to say that the caller hands one over.
                p.reference == addr.reference && !(p.body.attributes.is_empty() && p.body.blocks.is_empty())
            })
        });
        let outer = match passed {
            Some(passed) => passed.outer.clone(),
            None if own || addr.reference.alias.is_some() => break,
            None => {
                let name = provider(config, registry, &addr)
                    .map_or_else(|| addr.reference.name.clone(), |p| p.name().into());
                ProviderRef { name: local_name(config, registry, &parent, &name), alias: None }
            }
        };
        addr = ProviderAddr { module: parent, reference: outer };
    }
    addr
}

/// What a module calls a provider.
fn local_name(config: &Config, registry: &Registry, module: &ModuleAddr, provider: &str) -> Name {
    let required = config.module(module).into_iter().flat_map(|module| &module.required_providers);
    let local = required.into_iter().find(|(_, required)| {
        let source = required.source.as_deref().and_then(|source| registry.sourced(source));
        source.is_some_and(|p| p.name() == provider)
    });
    local.map_or_else(|| provider.into(), |(local, _)| local.clone())
}

/// The provider configuration of an object in state: its resource's, or what state says when configuration no longer has
/// the resource.
///
/// # Errors
/// When state names a provider that is not there.
pub(super) fn provider_in_state(
    registry: &Registry,
    config: &Config,
    addr: &InstanceAddr,
    text: &str,
) -> Result<ProviderAddr, Diagnostic> {
    if config.resource(&addr.resource).is_some() {
        return Ok(provider_of(config, registry, &addr.resource));
    }
    from_state_form(config, registry, text).ok_or_else(|| {
        Diagnostic::error(
            "Unsupported provider",
            format!(
                "The state says that {addr} belongs to a provider that lambdaform does not have built in: {text}. Move it \
                 into the state of a configuration of its own with \"terraform state mv -state-out\", where Terraform goes on \
                 managing it, or leave it out: -exclude={}.",
                addr.resource
            ),
        )
        .of(addr)
    })
}

fn default_provider(registry: &Registry, addr: &ResourceAddr) -> Name {
    let provider = match addr.mode {
        Mode::Managed => registry.resource(&addr.type_name).map(|(p, _)| p),
        Mode::Data => registry.data(&addr.type_name).map(|(p, _)| p),
    };
    provider.map_or_else(|| addr.type_name.split('_').next().unwrap_or_default(), |p| p.name()).into()
}

/// The form state keeps: `module.a.provider["registry.terraform.io/hashicorp/aws"].west`.
pub(super) fn state_form(config: &Config, registry: &Registry, addr: &ProviderAddr) -> String {
    let ProviderAddr { module, reference } = addr;
    let address = provider(config, registry, addr).map_or(&*reference.name, |p| p.address());
    let mut text = module.address_of(format_args!("provider[{address:?}]"));
    if let Some(alias) = &reference.alias {
        text.push_str(&format!(".{alias}"));
    }
    text
}

/// Reads the form state keeps; any registry host will do. A configuration in a module that is no longer there is looked
/// for in the root module.
fn from_state_form(config: &Config, registry: &Registry, text: &str) -> Option<ProviderAddr> {
    let (module, text) = text.split_once("provider[\"")?;
    let (address, rest) = text.split_once("\"]")?;
    let provider = registry.addressed(address)?;
    let module = module.strip_suffix('.').and_then(|module| module.parse::<ModuleAddr>().ok());
    let module = module.filter(|module| config.module(module).is_some()).unwrap_or_default();
    let name = local_name(config, registry, &module, provider.name());
    Some(ProviderAddr {
        module,
        reference: ProviderRef { name, alias: rest.strip_prefix('.').map(Into::into) },
    })
}

//! Provisioners of a resource: which run when, what is wrong with them, and one made ready to run.
//! Knows no kind of provisioner, the registry does; when they run is the executor's to say.

use std::sync::Arc;

use super::event::Event;
use super::removals::Removals;
use super::scope::InstanceScope;
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, Mode};
use crate::config::{Config, Provisioner as Declared, Resource, When};
use crate::lang::{self, Reference};
use crate::provider::{BoxFuture, ProvisionContext, Provisioner, Registry, Stop};
use crate::schema;

/// Provisioners of one instance, and the header of the block they stand in.
#[derive(Clone)]
pub(super) struct Provisioners<'a> {
    list: Vec<&'a Declared>,
    header: String,
}

impl<'a> Provisioners<'a> {
    /// What runs after an instance was created.
    pub(super) fn after_creation(config: &'a Config, addr: &InstanceAddr) -> Provisioners<'a> {
        match config.resource(&addr.resource) {
            Some(resource) => Provisioners::of(&resource.provisioners, When::Create, resource.context()),
            None => Provisioners { list: Vec::new(), header: String::new() },
        }
    }

    /// What runs before an instance is destroyed: as its resource says, or a `removed` block in the place of it.
    pub(super) fn before_destruction(config: &'a Config, addr: &InstanceAddr) -> Provisioners<'a> {
        match config.resource(&addr.resource) {
            Some(resource) => Provisioners::of(&resource.provisioners, When::Destroy, resource.context()),
            None => {
                let removed = Removals::block_of(config, addr);
                let list = removed.map_or(&[][..], |removed| &removed.provisioners);
                Provisioners::of(list, When::Destroy, "removed".to_owned())
            }
        }
    }

    fn of(all: &'a [Declared], when: When, header: String) -> Provisioners<'a> {
        Provisioners { list: all.iter().filter(|declared| declared.when == when).collect(), header }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a failure of the provisioner at this position is passed over.
    pub(super) fn may_fail(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|declared| declared.may_fail)
    }

    /// The provisioner at a position made ready, its arguments evaluated in a scope that knows `self`; `None` behind the
    /// last one.
    ///
    /// # Errors
    /// What is wrong with its arguments.
    pub(super) fn ready(
        &self,
        at: usize,
        registry: &Registry,
        addr: &InstanceAddr,
        scope: &InstanceScope<'_>,
    ) -> Option<Result<Ready, Diagnostics>> {
        let declared = self.list.get(at)?;
        let place = Place { declared, header: self.header.clone(), addr: addr.clone() };
        Some(ready(&place, registry, scope))
    }
}

/// Where the diagnostics of a provisioner belong.
struct Place<'a> {
    declared: &'a Declared,
    header: String,
    addr: InstanceAddr,
}

impl Place<'_> {
    fn locate(&self, found: Diagnostics) -> Diagnostics {
        found.map(|d| self.put(d))
    }

    fn put(&self, d: Diagnostic) -> Diagnostic {
        let Declared { body, span, .. } = self.declared;
        let found = d.path.as_ref().map(|path| body.locate(path)).filter(|found| *found != body.span);
        d.at(found.unwrap_or(*span)).within(self.header.clone()).of(&self.addr)
    }
}

/// A provisioner about to run.
pub(super) struct Ready {
    kind: Arc<dyn Provisioner>,
    config: crate::base::Value,
    secret: Option<Secret>,
    header: String,
    span: crate::base::Span,
    addr: InstanceAddr,
}

/// What a provisioner was given that nothing may show.
#[derive(Debug, Clone, Copy)]
enum Secret {
    Sensitive,
    Ephemeral,
}

impl Secret {
    /// Shown in the place of everything that such a provisioner says, as in Terraform.
    fn instead(self) -> &'static str {
        match self {
            Secret::Sensitive => "(output suppressed due to sensitive value in config)",
            Secret::Ephemeral => "(output suppressed due to ephemeral value in config)",
        }
    }
}

impl Ready {
    /// Runs it, telling of it by events.
    pub(super) fn run(
        self,
        tell: impl Fn(Event) + Send + Sync + 'static,
        stop: Stop,
    ) -> BoxFuture<'static, Result<(), Diagnostics>> {
        let Ready { kind, config, secret, header, span, addr } = self;
        Box::pin(async move {
            let provisioner = kind.name();
            tell(Event::ProvisionStarted { addr: addr.clone(), provisioner });
            let say = |line: &str| {
                let line = secret.map_or_else(|| line.to_owned(), |secret| secret.instead().to_owned());
                tell(Event::ProvisionSaid { addr: addr.clone(), provisioner, line });
            };
            let ended =
                kind.run(config, ProvisionContext { say: &say, secret: secret.is_some(), stop: &stop }).await;
            tell(Event::ProvisionDone { addr: addr.clone(), provisioner, failed: ended.is_err() });
            ended.map_err(|found| found.map(|d| d.at(span).within(header.clone()).of(&addr)))
        })
    }
}

fn ready(place: &Place<'_>, registry: &Registry, scope: &InstanceScope<'_>) -> Result<Ready, Diagnostics> {
    let Some(kind) = registry.provisioner(&place.declared.kind) else {
        return Err(place.locate(unsupported(place.declared, registry).into()));
    };
    let (config, found) = configure(place, kind.as_ref(), scope);
    if found.has_errors() {
        return Err(found);
    }
    if !config.is_wholly_known() {
        let detail =
            "The arguments of this provisioner depend on values that are still not known, so it was not run.";
        return Err(place.put(Diagnostic::error("Provisioner not ready", detail)).into());
    }
    let secret =
        config.has_sensitive().then(|| match lang::body_mentions_ephemeral(&place.declared.body, scope) {
            true => Secret::Ephemeral,
            false => Secret::Sensitive,
        });
    Ok(Ready {
        kind: Arc::clone(kind),
        config: config.unmark_deep().0,
        secret,
        header: place.header.clone(),
        span: place.declared.span,
        addr: place.addr.clone(),
    })
}

fn configure(
    place: &Place<'_>,
    kind: &dyn Provisioner,
    scope: &InstanceScope<'_>,
) -> (crate::base::Value, Diagnostics) {
    let block = &kind.schema().block;
    let (body, mut found) = lang::evaluate_body(&place.declared.body, block, &scope.context());
    let (config, more) = schema::conform(block, &body);
    found.extend(more);
    (config, place.locate(found))
}

/// What is wrong with the provisioners of a resource whatever its values are; `scope` knows an unknown `self`.
pub(super) fn validate(
    resource: &Resource,
    registry: &Registry,
    addr: &InstanceAddr,
    scope: &InstanceScope<'_>,
) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for declared in &resource.provisioners {
        if let Some(kind) = registry.provisioner(&declared.kind) {
            let place = Place { declared, header: resource.context(), addr: addr.clone() };
            problems.extend(configure(&place, kind.as_ref(), scope).1);
        }
    }
    problems
}

/// What is wrong with the provisioners of a configuration before anything is evaluated: kinds that nobody offers, and
/// references from destruction to what may be gone by then.
pub(super) fn check(config: &Config, registry: &Registry) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for (_, module) in config.modules() {
        let of_resources = module.resources.values().filter(|resource| resource.addr.mode == Mode::Managed);
        let declared = of_resources.flat_map(|r| r.provisioners.iter().map(|p| (r.context(), p)));
        let removed =
            module.removed.iter().flat_map(|r| r.provisioners.iter().map(|p| ("removed".to_owned(), p)));
        for (header, declared) in declared.chain(removed) {
            if registry.provisioner(&declared.kind).is_none() {
                problems.push(unsupported(declared, registry).at(declared.span).within(header.clone()));
            }
            if declared.when == When::Destroy {
                problems.extend(check_destruction(declared).map(|d| d.within(header.clone())));
            }
        }
    }
    problems
}

fn unsupported(declared: &Declared, registry: &Registry) -> Diagnostic {
    let known: Vec<&str> = registry.provisioners().map(|provisioner| provisioner.name()).collect();
    let kind = &*declared.kind;
    Diagnostic::error(
        "Unsupported provisioner",
        format!(
            "A provisioner {kind:?} is not supported, and leaving it out would change what apply does.{} Supported are: {}. \
             Remove the block and do its work before or after apply, or keep this resource in a configuration of its own \
             that Terraform applies, and read what it offers with terraform_remote_state.",
            did_you_mean(kind, known.iter().copied()),
            known.join(", ")
        ),
    )
}

/// At destruction only the object itself is there for certain.
fn check_destruction(declared: &Declared) -> Diagnostics {
    let mut problems = Diagnostics::new();
    for found in lang::references_in_body(&declared.body).0 {
        let own = matches!(
            found.reference,
            Reference::SelfObject
                | Reference::CountIndex
                | Reference::EachKey
                | Reference::PathModule
                | Reference::PathRoot
                | Reference::PathCwd
                | Reference::Workspace
        );
        if !own {
            problems.push(
                Diagnostic::error(
                    "Invalid reference from destroy provisioner",
                    "Destroy-time provisioners may only reference attributes of the related resource, via 'self', \
                     'count.index', or 'each.key'. Other objects may be gone by the time they run; keep what is needed of \
                     them in an attribute of the resource itself, such as triggers.",
                )
                .at(found.span),
            );
        }
    }
    problems
}

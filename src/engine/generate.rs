//! `generate`: configuration for the objects that `import` blocks name and that no resource block describes yet.
//! Changes nothing; hands what goes into files to its caller.

use std::collections::{BTreeMap, BTreeSet};

use super::connections::{Connections, ProviderAddr, provider_of};
use super::generated::{HEADER, Wanted, comment};
use super::imports::{check, imported, missing, targets};
use super::kinds::unsupported_type;
use super::refresh::interrupted;
use super::target::Targets;
use super::together::together;
use super::variables::Unset;
use super::world::World;
use super::{Event, EventSink, ImportStep, PlanOptions, Run, graph, plan, preload};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr, ModuleAddr};
use crate::config::{Expr, Import, Module, ProviderRef, quoted};
use crate::lang::{self, Reference};
use crate::provider::{Connection, Content, Description, ReadResponse, ResourceType};
use crate::schema::mark_secrets;
use crate::state::State;

/// How many objects are looked at, and what they are made of held in memory, at a time.
const AT_ONCE: usize = 16;

/// Objects that were found while configuration was generated for them, by what they become.
pub type Found = BTreeMap<InstanceAddr, FoundObject>;

/// An object that was found while configuration was generated for it.
#[derive(Debug, Clone)]
pub struct FoundObject {
    /// As it was read.
    pub(super) response: ReadResponse,
    /// Its resource block.
    pub(super) text: String,
}

/// What was generated.
#[derive(Debug, Clone, Default)]
pub struct Generation {
    /// The text of a configuration file; empty if there was nothing to generate.
    pub text: String,
    /// The objects, for the plan that goes on from here.
    pub found: Found,
    /// Errors mean that something is missing in the text.
    pub problems: Diagnostics,
}

/// Puts what an object is made of into a file and answers its path as configuration is to name it.
pub type Keep<'a> = &'a (dyn Fn(&InstanceAddr, &Content) -> Result<String, Diagnostic> + Send + Sync);

/// Finds and reads the object of every `import` block whose target has no resource block, and writes such a block for it.
/// What objects are made of goes to `keep` at once.
pub async fn generate(
    run: &Run<'_>,
    state: &State,
    options: &PlanOptions,
    keep: Keep<'_>,
    events: EventSink<'_>,
) -> Generation {
    let blocks: Vec<&Import> =
        run.config.root.imports.iter().filter(|i| run.config.resource(&i.to.resource).is_none()).collect();
    let mut done = Generation { problems: check(run.config, true), ..Generation::default() };
    if blocks.is_empty() || done.problems.has_errors() {
        return done;
    }
    let prepared = async {
        let world = world(run, state, options, &blocks).await?;
        let graph = graph::build(run.config, run.registry)?;
        let targets = Targets::new(options, run.registry, &graph, state)?;
        Ok::<_, Diagnostics>((world, targets))
    };
    let (world, limits) = match prepared.await {
        Ok(prepared) => prepared,
        Err(problems) => {
            done.problems.extend(problems);
            return done;
        }
    };
    let mut wanted = Vec::new();
    for import in blocks {
        match targets(import, &world, run.registry) {
            Ok(found) => wanted.extend(found.into_iter().map(|(addr, id)| (addr, id, import))),
            Err(found) => done.problems.extend(found.map(|d| d.within("import"))),
        }
        done.problems.extend(world.take_problems());
    }
    wanted.retain(|(addr, ..)| limits.include(addr));
    wanted.sort_by_cached_key(|(addr, ..)| addr.to_string());
    let mut connections = Connections::new(run.config, run.registry, &run.environment);
    let all = wanted.iter().map(|(addr, id, import)| {
        let one = One { addr, id, import };
        let connected = one.connect(run, &world, &mut connections);
        async move {
            let (ty, connection) = connected?;
            one.generate(ty, connection.as_ref(), keep, events).await
        }
    });
    let all: Vec<_> = all.collect();
    let found = tokio::select! {
        found = together(all, AT_ONCE) => found,
        () = run.stop.wait() => {
            done.problems.push(interrupted());
            return done;
        }
    };
    for ((addr, id, import), found) in wanted.iter().zip(found) {
        let problems = match found {
            Ok((object, problems)) => {
                let gap = if done.text.is_empty() { HEADER } else { "" };
                done.text.push_str(&format!("{gap}\n{}{}\n", comment(id), object.text));
                done.found.insert(addr.clone(), object);
                problems
            }
            Err(problems) => problems,
        };
        done.problems.extend(One { addr, id, import }.located(problems));
    }
    done
}

/// The values that ids are made from: those of variables, and of what state has. Where ids speak of resources or modules,
/// everything else is planned first, silently: this is not the plan that was asked for.
async fn world<'r>(
    run: &'r Run<'_>,
    state: &State,
    options: &PlanOptions,
    blocks: &[&Import],
) -> Result<World<'r>, Diagnostics> {
    if !speak_of_objects(&run.config.root, blocks) {
        return preload::recorded(run, state).map(|(world, _)| world);
    }
    let options = PlanOptions { generated: Some(Found::new()), ..options.clone() };
    let (planned, world) = plan::with_world(run, state, &options, Unset::Refused, &|_| {}).await;
    match world {
        Some(world) if !planned.plan.errored => Ok(world),
        _ => Err(planned.plan.problems),
    }
}

/// Whether ids are made from resources or modules, be it through local values.
fn speak_of_objects(root: &Module, blocks: &[&Import]) -> bool {
    let mut open: Vec<&Expr> = blocks.iter().flat_map(|import| import.exprs()).collect();
    let mut seen = BTreeSet::new();
    while let Some(expr) = open.pop() {
        for mention in lang::references(expr).0 {
            match mention.reference {
                Reference::Resource(_) | Reference::Module(_) => return true,
                Reference::Local(name) => {
                    let local = root.locals.get(&name).filter(|_| seen.insert(name.clone()));
                    open.extend(local.map(|local| &local.expr));
                }
                _ => {}
            }
        }
    }
    false
}

/// One object to generate configuration for.
#[derive(Clone, Copy)]
struct One<'a> {
    addr: &'a InstanceAddr,
    id: &'a str,
    import: &'a Import,
}

impl One<'_> {
    fn connect(
        &self,
        run: &Run<'_>,
        world: &World<'_>,
        connections: &mut Connections<'_>,
    ) -> Result<(&'static ResourceType, std::sync::Arc<dyn Connection>), Diagnostics> {
        let resource = &self.addr.resource;
        let Some((_, ty)) = run.registry.resource(&resource.type_name) else {
            return Err(unsupported_type(run.registry, resource).into());
        };
        let provider = match &self.import.provider {
            Some(named) => ProviderAddr { module: ModuleAddr::default(), reference: named.clone() },
            None => provider_of(run.config, run.registry, resource),
        };
        let mut problems = Diagnostics::new();
        let connection = connections.get(&provider, world, &mut problems);
        connection.map(|connection| (ty, connection)).ok_or(problems)
    }

    async fn generate(
        &self,
        ty: &'static ResourceType,
        connection: &dyn Connection,
        keep: Keep<'_>,
        events: EventSink<'_>,
    ) -> Result<(FoundObject, Diagnostics), Diagnostics> {
        let (addr, id) = (self.addr, self.id);
        events(Event::Import { addr: addr.clone(), id: id.to_owned(), step: ImportStep::Preparing });
        let mut response = imported(connection, addr, id, events).await?;
        let mut problems = std::mem::take(&mut response.problems);
        if problems.has_errors() {
            return Err(problems);
        }
        let Some(read) = response.object.take() else {
            problems.push(missing(addr));
            return Err(problems);
        };
        let Description { object, content, problems: more } =
            connection.describe(ty.name, read.clone()).await;
        problems.extend(more);
        let mut instead = Vec::new();
        let object = mark_secrets(&ty.schema, object);
        if let Some(content) = content {
            match keep(addr, &content) {
                Ok(path) => {
                    let name = quoted(&path);
                    if let Some((argument, function)) = content.hash {
                        instead.push((argument, format!("{function}({name})")));
                    }
                    instead.push((content.path, name));
                }
                Err(problem) => problems.push(problem),
            }
        }
        let wanted = Wanted {
            ty,
            name: &addr.resource.name,
            provider: self.import.provider.as_ref().filter(|named| is_special(named, ty)),
            object: &object,
            instead: &instead,
        };
        let text = wanted.text();
        Ok((FoundObject { response: ReadResponse { object: Some(read), ..response }, text }, problems))
    }

    fn located(&self, problems: Diagnostics) -> Diagnostics {
        problems.map(|d| {
            // The argument is one of a block that is not there for people yet.
            let d = Diagnostic { path: None, ..d };
            d.at(self.import.to.span).within("import").of(self.addr)
        })
    }
}

/// Whether a provider configuration is another one than resources of the type have without a word.
fn is_special(named: &ProviderRef, ty: &ResourceType) -> bool {
    named.alias.is_some() || ty.name.split('_').next() != Some(&*named.name)
}

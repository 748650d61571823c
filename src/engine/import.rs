//! `import`: an object that exists is brought into the state at an address of the configuration.
//! Changes nothing real; asks the provider for the object and reads it.

use super::connections::{Connections, provider_of, state_form};
use super::expand::{Times, expand};
use super::kinds;
use super::object::{self, Objects};
use super::{EventSink, Run, preload, refresh};
use crate::base::{Diagnostic, Diagnostics, InstanceAddr};
use crate::provider::ImportResponse;
use crate::schema::mark_secrets;
use crate::state::State;

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStage {
    /// The provider is asked for the object.
    Asked,
    /// The provider has found it, and it is read next.
    Prepared,
}

/// The state with the object of that import id at `addr`. `tell` hears of each stage.
///
/// # Errors
/// When the address is not in the configuration or has an object already, when the provider finds none by the id, and
/// when none can be read.
pub async fn import(
    run: &Run<'_>,
    state: &State,
    addr: &InstanceAddr,
    id: &str,
    tell: &(dyn Fn(ImportStage) + Send + Sync),
    events: EventSink<'_>,
) -> Result<State, Diagnostics> {
    let type_name = &addr.resource.type_name;
    let Some(resource) = run.config.resource(&addr.resource) else { return Err(no_target(addr)) };
    let Some((_, ty)) = run.registry.resource(type_name) else {
        return Err(kinds::unsupported_in_state(addr).into());
    };
    if state.object(addr).is_some() {
        return Err(Diagnostic::error(
            "Resource already managed",
            format!(
                "lambdaform is already managing a remote object for {addr}. To import to this address you must first \
                 remove the existing object from the state."
            ),
        )
        .of(addr)
        .into());
    }
    let (world, mut problems) = preload::recorded(run, state)?;
    let times = Times::of(resource);
    // How often it stands may follow from what is not known yet; that it has a key, or none, is known.
    let instances = expand(times, &world.scope(&addr.resource.module));
    let stands =
        instances.map_or(times.repeats() == addr.key.is_some(), |e| e.instances.contains_key(&addr.key));
    if !stands {
        return Err(no_target(addr));
    }

    let provider = provider_of(run.config, run.registry, &addr.resource);
    let mut connections = Connections::new(run.config, run.registry, &run.environment);
    let Some(connection) = connections.get(&provider, &world, &mut problems) else { return Err(problems) };
    tell(ImportStage::Asked);
    connection.connect().await?;
    let found = tokio::select! {
        found = connection.import(type_name, id) => found?,
        () = run.stop.wait() => return Err(refresh::interrupted().into()),
    };
    let ImportResponse { object, private } = found;
    tell(ImportStage::Prepared);
    let mut after = state.clone();
    let provider = state_form(run.config, run.registry, &provider);
    let value = mark_secrets(&ty.schema, object);
    after.set(addr, None, &provider, object::object(&ty.schema, &value, &private, None));
    let mut refreshed = refresh::recorded(&after, &mut Objects::new(run.registry), |_| true, &mut problems);
    let wanted = |other: &InstanceAddr| other == addr;
    if !problems.has_errors() {
        refresh::refresh(
            run,
            &mut after,
            &mut refreshed,
            wanted,
            &mut connections,
            &world,
            events,
            &mut problems,
        )
        .await;
    }
    if problems.has_errors() {
        return Err(problems);
    }
    if after.object(addr).is_none() {
        return Err(super::imports::missing(addr).into());
    }
    Ok(after)
}

fn no_target(addr: &InstanceAddr) -> Diagnostics {
    Diagnostic::error(
        "Configuration for import target does not exist",
        format!(
            "The configuration for the given import {addr} does not exist. All target instances must have an associated \
             configuration to be imported."
        ),
    )
    .of(addr)
    .into()
}

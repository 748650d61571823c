//! Data sources while planning: read now, or put off until the apply.
//! Knows nothing of what is managed.

use std::time::Instant;

use super::instance;
use super::object;
use super::planner::{One, Planner};
use super::refresh::interrupted;
use super::{Event, EventSink, StepVerb};
use crate::base::{InstanceAddr, Mode, ResourceAddr, Value};
use crate::plan::propose::Proposal;
use crate::plan::{Action, PlanMode, Reason, ResourceChange};
use crate::schema::mark_secrets;

impl Planner<'_, '_, '_> {
    /// Reads a data source, or leaves that to the apply: when its arguments are not known, when what it waits for changes,
    /// and always inside a check. With `-refresh-only`, nothing is left to the apply: what cannot be read yet is what state
    /// has of it.
    pub(super) async fn read_data(
        &mut self,
        one: &One<'_>,
        provider_text: &str,
        events: EventSink<'_>,
    ) -> Result<Value, ()> {
        let One { resource, addr, schema, .. } = one;
        let config = self.configure(one)?;
        let pure = self.run.registry.data(&addr.resource.type_name).is_some_and(|(_, t)| t.pure);
        let unknown = !config.value.is_wholly_known();
        let mut awaited = self.graph.awaited.get(&addr.resource.config()).into_iter().flatten();
        let waits = awaited.any(|addr| self.pending.contains(addr) && (!pure || self.may_write_files(addr)));
        let check = self.run.config.check_around(&addr.resource);
        let proposed = || {
            let proposal = Proposal { block: &schema.block, empty_is_null: false };
            let after = proposal.propose(None, &config.value).mark_paths(&config.sensitive);
            mark_secrets(schema, after)
        };
        let refreshing = self.options.mode == PlanMode::RefreshOnly;
        if refreshing && (unknown || waits) {
            let known = self.state.object(addr).and_then(|object| self.objects.value(addr, object).ok());
            return Ok(known.unwrap_or_else(proposed));
        }
        if unknown || waits {
            let reason = match unknown {
                true => Reason::ReadBecauseConfigUnknown,
                false => Reason::ReadBecauseDependencyPending,
            };
            return Ok(self.put_off(one, provider_text, reason, proposed()));
        }
        events(Event::StepStarted {
            addr: InstanceAddr::clone(addr),
            deposed: None,
            verb: StepVerb::Read,
            id: None,
        });
        let begun = Instant::now();
        let reading = async {
            one.connection.connect().await?;
            one.connection.read_data(&addr.resource.type_name, config.value.clone()).await
        };
        // Reading can be left at any time, a program of the user's included.
        let read = tokio::select! {
            read = reading => read,
            () = self.run.stop.wait() => Err(interrupted().into()),
        };
        let value = match read {
            Ok(value) => mark_secrets(schema, value.mark_paths(&config.sensitive)),
            Err(found) => {
                let mut found = instance::located(found, resource, addr);
                if let Some(check) = check {
                    found = self.checks.unread(check, &addr.resource.module, found);
                }
                self.problems.extend(found);
                events(Event::StepFailed {
                    addr: InstanceAddr::clone(addr),
                    verb: StepVerb::Read,
                    elapsed: begun.elapsed(),
                });
                if check.is_none() || self.run.stop.is_set() {
                    return Err(());
                }
                if refreshing {
                    return Ok(proposed());
                }
                return Ok(self.put_off(one, provider_text, Reason::ReadBecauseCheckNested, proposed()));
            }
        };
        events(Event::StepDone {
            addr: InstanceAddr::clone(addr),
            verb: StepVerb::Read,
            id: object::identity(&value),
            elapsed: begun.elapsed(),
        });
        if check.is_some() && !refreshing {
            // As in Terraform, every apply reads it again, to judge what the apply has made.
            return Ok(self.put_off(one, provider_text, Reason::ReadBecauseCheckNested, value));
        }
        let recorded = object::object(schema, &value, &None, None);
        self.state.set(addr, None, provider_text, recorded);
        self.postconditions(one, &value)?;
        Ok(value)
    }

    /// Whether something that has to be done before a resource may write files.
    pub(super) fn files_may_change(&self, addr: &ResourceAddr) -> bool {
        let mut before = self.graph.dependencies.get(addr).into_iter().flatten();
        !self.pending.is_empty() && before.any(|a| self.pending.contains(a) && self.may_write_files(a))
    }

    /// Whether files may come of a resource: because it is some, or because a provisioner of it builds what is packed.
    fn may_write_files(&self, addr: &ResourceAddr) -> bool {
        let registry = self.run.registry;
        let provider = match addr.mode {
            Mode::Managed => registry.resource(&addr.type_name).map(|(provider, _)| provider),
            Mode::Data => registry.data(&addr.type_name).map(|(provider, _)| provider),
        };
        let provisioned =
            self.run.config.resource(addr).is_some_and(|resource| !resource.provisioners.is_empty());
        provisioned || provider.is_some_and(|provider| provider.writes_files())
    }

    /// Leaves the reading of a data source to the apply.
    fn put_off(&mut self, one: &One<'_>, provider_text: &str, reason: Reason, after: Value) -> Value {
        let One { addr, schema, .. } = one;
        self.pending.insert(addr.resource.config());
        let addr = InstanceAddr::clone(addr);
        let before = Value::null(schema.block.ty());
        self.changes.push(ResourceChange {
            reason: Some(reason),
            ..ResourceChange::new(addr, provider_text.to_owned(), Action::Read, before, after.clone())
        });
        after
    }
}

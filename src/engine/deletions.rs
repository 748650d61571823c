//! What is left over in state: objects that configuration does not ask for, and, when destroying, every one.
//! Knows nothing of the order in which they go.

use super::instance;
use super::object;
use super::planner::Planner;
use crate::base::{InstanceAddr, InstanceKey, Mode, Value};
use crate::plan::{Action, PlanMode, Reason, ResourceChange};
use crate::state::{Deposed, Object};

/// An object that is to go.
struct Leftover {
    addr: InstanceAddr,
    deposed: Option<Deposed>,
    provider: String,
    before: Value,
    object: Object,
    reason: Option<Reason>,
}

impl Planner<'_, '_, '_> {
    /// Plans that objects go which configuration does not ask for, deposed ones, and everything when destroying.
    pub(super) fn plan_deletions(&mut self) {
        for leftover in self.leftovers() {
            self.plan_deletion(leftover);
        }
        self.drop_data();
    }

    fn is_destroying(&self) -> bool {
        self.options.mode == PlanMode::Destroy
    }

    fn leftovers(&mut self) -> Vec<Leftover> {
        let mut found = Vec::new();
        for (addr, resource, object) in self.state.managed() {
            if !self.targets.include(&addr) || self.has_failed(&addr.resource) {
                continue;
            }
            if !self.is_destroying() && self.wanted.contains(&addr) {
                continue;
            }
            let Some(before) = self.refreshed.values.get(&addr).cloned() else { continue };
            let reason = (!self.is_destroying()).then(|| self.why_deleted(&addr));
            let (provider, object) = (resource.provider.clone(), object.clone());
            found.push(Leftover { addr, deposed: None, provider, before, object, reason });
        }
        for (addr, deposed, resource, object) in self.state.deposed() {
            if !self.targets.include(&addr) {
                continue;
            }
            match self.objects.value(&addr, object) {
                Ok(before) => found.push(Leftover {
                    addr,
                    deposed: Some(deposed.clone()),
                    provider: resource.provider.clone(),
                    before,
                    object: object.clone(),
                    reason: None,
                }),
                Err(problem) => self.problems.push(problem),
            }
        }
        found
    }

    /// Data sources that nothing asks for leave state without a word, unless they are left alone.
    fn drop_data(&mut self) {
        let data = self.state.resources.iter().filter(|(addr, _)| addr.mode == Mode::Data);
        let instances = data.flat_map(|(addr, resource)| {
            resource.objects.keys().map(|key| addr.instance(key.instance.clone()))
        });
        let gone = instances.filter(|addr| {
            let unwanted = || !self.wanted.contains(addr) && !self.has_failed(&addr.resource);
            self.targets.include(addr) && (self.is_destroying() || unwanted())
        });
        for addr in gone.collect::<Vec<_>>() {
            self.state.remove(&addr, None);
        }
    }

    fn plan_deletion(&mut self, leftover: Leftover) {
        let Leftover { addr, deposed, provider, before, object, reason } = leftover;
        if let Some(resource) = self.run.config.resource(&addr.resource)
            && resource.lifecycle.prevent_destroy
            && deposed.is_none()
        {
            self.problems.push(instance::prevented(&addr, resource));
            return;
        }
        self.pending.insert(addr.resource.config());
        let forgotten = !self.is_destroying() && !self.wanted.contains(&addr) && self.removals.forget(&addr);
        let action = if forgotten { Action::Forget } else { Action::Delete };
        let after = Value::null(before.ty());
        // What is destroyed wherever it is has been moved by the refresh before, as in Terraform.
        let previous_addr = match self.is_destroying() && self.options.refresh {
            true => None,
            false => self.moved.get(&addr).cloned(),
        };
        self.changes.push(ResourceChange {
            revision: self.refreshed.revisions.get(&addr).cloned(),
            previous_addr,
            deposed,
            reason,
            private: object::private(&object),
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            ..ResourceChange::new(addr, provider, action, before, after)
        });
    }

    fn why_deleted(&self, addr: &InstanceAddr) -> Reason {
        let Some(resource) = self.run.config.resource(&addr.resource) else {
            let moved = self.moved.contains_key(addr);
            return if moved {
                Reason::DeleteBecauseNoMoveTarget
            } else {
                Reason::DeleteBecauseNoResourceConfig
            };
        };
        let module = &addr.resource.module;
        if !self.world.instances(&module.path()).contains(module) {
            return Reason::DeleteBecauseNoModule;
        }
        match &addr.key {
            Some(InstanceKey::Int(_)) if resource.count.is_some() => Reason::DeleteBecauseCountIndex,
            Some(InstanceKey::Str(_)) if resource.for_each.is_some() => Reason::DeleteBecauseEachKey,
            _ => Reason::DeleteBecauseWrongRepetition,
        }
    }
}

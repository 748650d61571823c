//! What the conditions of a configuration say of what is there, where nothing is planned: `-refresh-only`.
//! Reads data sources, as every plan does, and nothing else: what real objects are, the refresh has found out.

use super::EventSink;
use super::expand::{self, Times};
use super::graph::Node;
use super::kinds::kind_of;
use super::planner::Planner;
use crate::base::{Diagnostics, Mode, ResourceAddr};
use crate::config::Resource;
use crate::plan::CheckKind;

impl Planner<'_, '_, '_> {
    /// Reads every data source and evaluates every condition, with the values of state, in the order of the graph.
    pub(super) async fn judge(&mut self, events: EventSink<'_>) {
        for node in &self.graph.order {
            if self.run.stop.is_set() {
                return;
            }
            match node {
                Node::Resource(addr) if addr.mode == Mode::Data && self.is_supported(addr) => {
                    self.plan_everywhere(addr, events).await;
                }
                Node::Variable(path, name) => self.check_variable(path, name),
                Node::Output(path, name) => self.set_output(path, name),
                Node::Resource(addr) => self.judge_everywhere(addr),
                Node::Check(path, name) => self.check(path, name),
                Node::Call(_) | Node::Local(..) | Node::Provider(_) | Node::Close(_) => {}
            }
        }
    }

    fn is_supported(&self, addr: &ResourceAddr) -> bool {
        let resource = self.run.config.resource(addr);
        resource.is_some_and(|resource| kind_of(self.run.registry, resource).is_some())
    }

    fn judge_everywhere(&mut self, addr: &ResourceAddr) {
        let Some(resource) = self.run.config.resource(addr) else { return };
        let rules = &resource.lifecycle;
        if rules.preconditions.is_empty() && rules.postconditions.is_empty()
            || !self.targets.include_some_of(addr)
        {
            return;
        }
        let mut found = Diagnostics::new();
        for module in self.world.instances(&addr.module).to_vec() {
            self.judge_resource(&addr.within(&module), resource, &mut found);
        }
        self.problems.extend(found);
        self.checks.met(CheckKind::Resource, addr.to_string());
    }

    /// How often a resource is to stand counts; what is not there yet has no postconditions.
    fn judge_resource(&mut self, addr: &ResourceAddr, resource: &Resource, found: &mut Diagnostics) {
        let Planner { run, world, checks, targets, .. } = self;
        let expansion = expand::expand(Times::of(resource), &world.scope(&addr.module));
        let (Ok(expansion), Some(_)) = (expansion, kind_of(run.registry, resource)) else { return };
        for key in expansion.instances.keys() {
            let instance = addr.instance(key.clone());
            if !targets.include(&instance) {
                continue;
            }
            let value = world.instance(addr, key.as_ref()).cloned();
            let scope = expansion.scope(world, &addr.module, key.as_ref());
            if addr.mode == Mode::Managed || value.is_some() {
                found.extend(checks.before(resource, &instance, &scope.context()));
            }
            if let Some(value) = value {
                found.extend(checks.after(resource, &instance, &scope.with_self(value).context()));
            }
        }
        let _ = world.take_problems();
    }
}

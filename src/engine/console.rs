//! `Console`: expressions evaluated in the world of a configuration, with what state or a plan says of its resources.
//! Changes nothing; knows nothing of who asks or how answers are shown.

use super::checks::Checks;
use super::object::Objects;
use super::variables::Unset;
use super::world::World;
use super::{
    EventSink, PlanOptions, Planned, Run, graph, kinds, outputs, plan, preload, refresh, type_query,
};
use crate::base::{Diagnostics, InstanceAddr, Type, Value};
use crate::config::Expr;
use crate::state::State;

/// What expressions can be asked of. Variables that nobody has set are unknown.
pub struct Console<'r> {
    world: World<'r>,
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A value.
    Value(Value),
    /// The type that `type(…)` asked for.
    Type(Type),
}

impl<'r> Console<'r> {
    /// The world as state has it. Resources that it does not have are unknown. Problems do not keep expressions from being
    /// evaluated, but some may be unknown because of them.
    ///
    /// # Errors
    /// For a configuration that refers to itself in a circle.
    pub fn of_state(run: &'r Run<'_>, state: &State) -> Result<(Self, Diagnostics), Diagnostics> {
        let graph = graph::build(run.config, run.registry)?;
        let mut checks = Checks::default();
        let mut problems = Diagnostics::new();
        let mut world =
            preload::variables(run, Some(run.started), Unset::Unknown, &mut checks, &mut problems);
        let mut objects = Objects::new(run.registry);
        let known = |addr: &InstanceAddr| kinds::is_supported(run.registry, &addr.resource);
        let recorded = refresh::recorded(state, &mut objects, known, &mut problems);
        preload::state(&mut world, &graph, state, &recorded, &mut objects);
        for output in run.config.root.outputs.values() {
            outputs::evaluate(output, &world, &mut checks, &mut problems);
        }
        problems.extend(world.check_locals());
        Ok((Console { world }, problems))
    }

    /// The world as it will be after what a plan says. Nothing is changed.
    ///
    /// # Errors
    /// When the plan does not come so far that anything has a value.
    pub async fn of_plan(
        run: &'r Run<'_>,
        state: &State,
        options: &PlanOptions,
        events: EventSink<'_>,
    ) -> Result<(Self, Diagnostics), Diagnostics> {
        let (Planned { plan, .. }, world) =
            plan::with_world(run, state, options, Unset::Unknown, events).await;
        match world {
            Some(world) => Ok((Console { world }, plan.problems)),
            None => Err(plan.problems),
        }
    }

    /// Evaluates an expression as if it stood in the root module.
    ///
    /// # Errors
    /// As evaluation.
    pub fn evaluate(&self, expr: &Expr) -> Result<Answer, Diagnostics> {
        let scope = self.world.root();
        let context = scope.context();
        let answer = type_query::answer(expr, &context);
        // What is wrong with the configuration was said in the beginning.
        let _ = self.world.take_problems();
        answer
    }
}

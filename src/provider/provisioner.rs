//! `Provisioner`: what runs beside the creation or destruction of an object, for the blocks of that name.
//! Knows nothing of the object but what the block's arguments say.

use super::{BoxFuture, Stop};
use crate::base::{Diagnostics, Value};
use crate::schema::Schema;

/// A kind of `provisioner` block.
pub trait Provisioner: Send + Sync {
    /// The label of its blocks: `local-exec`.
    fn name(&self) -> &'static str;

    /// What its blocks take.
    fn schema(&self) -> &'static Schema;

    /// Runs it by a (conformed, wholly known) configuration without marks.
    fn run<'a>(
        &'a self,
        config: Value,
        context: ProvisionContext<'a>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>;
}

/// What a provisioner is handed beside its configuration.
#[derive(Clone, Copy)]
pub struct ProvisionContext<'a> {
    /// Takes what it has to say, line by line.
    pub say: &'a (dyn Fn(&str) + Send + Sync),
    /// Whether its configuration holds secrets, which its errors must not tell, nor what came of them.
    pub secret: bool,
    /// When it is set, the provisioner ends what it runs.
    pub stop: &'a Stop,
}

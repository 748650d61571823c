//! The state: its model, Terraform's v4 file, stores, locks, journal and history.
//! Stores values and does not understand them.

mod model;
pub mod v4;
pub mod upgrade;

pub use model::{Deposed, Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};

//! The state: its model, Terraform's v4 file, stores, locks, journal and history.
//! Stores values and does not understand them.

mod model;
pub mod v4;
mod upgrade;
pub mod store;
pub mod local;
pub mod lock;
pub mod remote;
mod claim;
pub mod object_store;
mod rewrite;
pub mod history;
pub mod journal;
pub mod verify;
pub mod writer;
pub mod selection;
pub mod relocation;

pub use model::{Deposed, Object, ObjectKey, ObjectStatus, OutputValue, ResourceState, State};
pub use selection::Selection;
pub use store::{Store, StoreError, Version};

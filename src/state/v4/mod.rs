//! Terraform's version 4 state file: bytes to [`State`](super::State) and back, byte for byte.
//! Knows nothing of where the bytes are kept.

mod json;
mod read;
mod write;

pub use read::{Head, Read, ReadError, read};
pub use write::write;

/// The `terraform_version` of a state that no program has written before: the version whose format this is.
pub const TERRAFORM_VERSION: &str = "1.11.4";

#[cfg(test)]
mod tests;

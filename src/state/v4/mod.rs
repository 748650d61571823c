//! Terraform's version 4 state file: bytes to [`State`](super::State) and back, byte for byte.
//! Knows nothing of where the bytes are kept.

mod error;
mod head;
mod json;
mod read;
mod write;

pub use error::ReadError;
pub use head::Head;
pub use read::{Read, read};
pub use write::write;

/// The `terraform_version` of a state that no program has written before: the version whose format this is.
pub const TERRAFORM_VERSION: &str = "1.11.4";

/// Paths as `sensitive_attributes` writes them, for `#[serde(with = …)]`.
pub mod paths {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;
    use serde_json::Value as Json;

    use crate::base::Path;

    /// Writes paths.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(paths: &[Path], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(paths.iter().map(super::write::path_to_json))
    }

    /// Reads paths.
    ///
    /// # Errors
    /// Those of the deserializer, and for steps that are none.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Path>, D::Error> {
        super::read::paths(&Json::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;

//! The provider named `local`: files on this machine that configuration writes or reads.
//! Speaks to nobody, and knows nothing of the control plane in `crate::local`.

mod content;
mod data;
mod permission;
mod resource;

use super::offline::Offline;

/// The provider.
pub static FILES: Offline = Offline::of_files(
    "local",
    "registry.terraform.io/hashicorp/local",
    &[&resource::FILE, &resource::SENSITIVE_FILE],
    &[&data::FILE, &data::SENSITIVE_FILE],
);

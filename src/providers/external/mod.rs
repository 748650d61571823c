//! The external provider: data that a program prints.
//! Knows nothing of what the program does.

mod data;
mod program;

use super::offline::Offline;

/// The provider.
pub static EXTERNAL: Offline =
    Offline::new("external", "registry.terraform.io/hashicorp/external", &[], &[&data::External]);

//! The providers and provisioners built in.
//! Knows nothing of who asks them; `cli` puts them into the registry.

pub mod archive;
pub mod aws;
pub mod external;
pub mod files;
pub mod local_exec;
pub mod null;
pub mod offline;
pub mod random;
pub mod terraform;

use std::sync::Arc;

use crate::provider::{Provider, Registry};

/// All of them.
pub fn all() -> Vec<Arc<dyn Provider>> {
    vec![
        Arc::new(archive::Archive),
        Arc::new(aws::Aws),
        Arc::new(&external::EXTERNAL),
        Arc::new(&files::FILES),
        Arc::new(&null::NULL),
        Arc::new(&random::RANDOM),
        Arc::new(terraform::Terraform),
    ]
}

/// A registry of everything that is built in.
pub fn registry() -> Registry {
    Registry::new(all())
        .with_provisioners([Arc::new(local_exec::LocalExec) as Arc<dyn crate::provider::Provisioner>])
}

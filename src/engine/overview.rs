//! `overview`: which resource depends on which, without what lies between them.
//! Knows nothing of values, nor of how it is drawn.

use std::collections::{BTreeMap, BTreeSet};

use super::graph;
use crate::base::{Diagnostics, ResourceAddr};
use crate::config::Config;
use crate::provider::Registry;

/// Every resource of a configuration with those it depends on. One that is reached through another is left out.
///
/// # Errors
/// As for a plan: a cycle, or references that cannot be.
pub fn overview(
    config: &Config,
    registry: &Registry,
) -> Result<BTreeMap<ResourceAddr, BTreeSet<ResourceAddr>>, Diagnostics> {
    let closed = graph::build(config, registry)?.dependencies;
    let near = |all: &BTreeSet<ResourceAddr>| {
        let far: BTreeSet<&ResourceAddr> = all.iter().filter_map(|addr| closed.get(addr)).flatten().collect();
        all.iter().filter(|addr| !far.contains(addr)).cloned().collect()
    };
    Ok(closed.iter().map(|(addr, all)| (addr.clone(), near(all))).collect())
}

//! `Names`: one shared allocation for every identifier of a configuration, however often it is written.
//! Knows nothing of what the names mean.

use std::collections::HashSet;

use crate::base::Name;

/// The identifiers met so far.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Name>);

impl Names {
    /// The shared form of a name.
    pub(super) fn get(&mut self, text: &str) -> Name {
        if let Some(name) = self.0.get(text) {
            return name.clone();
        }
        let name: Name = text.into();
        self.0.insert(name.clone());
        name
    }
}

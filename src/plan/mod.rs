//! The plan: changes, ordered steps and pinned inputs, as pure data and pure functions.
//! Does no IO and never sees configuration.

//! The engine's specification: one file per feature, each case a few lines of configuration over the fake provider.
//! Knows no real provider.

mod basics;
mod lab;
mod replacement;

use lab::{Lab, actions, messages, steps};

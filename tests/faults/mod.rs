//! The proof that state never lies: whatever fails, is interrupted or killed, state and journal account for every object.
//! Knows lambdaform as a program to run, and the control plane as the judge of what is there.

pub mod bench;
pub mod live;
mod refusals;
mod connections;
mod settling;
mod creations;
mod interrupts;
mod kills;
mod random;
mod plan_files;
mod locks;
mod secrets;
mod storage;

//! What integration tests are built from: other programs, emulators, project directories and golden files.
//! Knows lambdaform only as a program to run.

pub mod program;
pub mod emulator;
pub mod sandbox;
pub mod golden;

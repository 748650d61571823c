//! The embedded Lambda control plane: a real HTTP server on loopback that answers as AWS Lambda does.
//! It is a server; its only clients are AWS SDKs, and it imports nothing of the planner.
//!
//! A request passes [`server`] (socket) → `exchange` (place, faults, quota) → `route` (which operation) → `shape` and
//! `constraints` (is the input allowed) → one file per kind of object → `world` (what is held) → `store` (disk).
//! Beside Lambda it answers what real directories need with it: the scope of a request's signature says which service it
//! is for, and each has a protocol of its own (`logs`, `s3`, …), while faults, the log of calls and the disk are shared.

pub mod server;
pub mod faults;
pub mod calls;
pub mod quota;
pub mod clock;
pub mod lifecycle;
pub mod store;

mod answer;
mod credential;
mod input;
mod exchange;
mod control;
mod route;
mod call;
mod shape;
mod constraints;
mod error;
mod place;
mod page;
mod world;
mod package;
mod settings;
mod configuration;
mod function;
mod version;
mod alias;
mod policy;
mod permission;
mod resource_policy;
mod attached;
mod concurrency;
mod capacity;
mod tags;
mod account;
mod layer;
mod signing;
mod url;
mod invoke;
mod invoke_config;
mod mapping;
mod management;
mod sts;
mod iam;
mod xml;
mod logs;
mod s3;

#[cfg(test)]
mod tests;

pub use calls::{Calls, Record};
pub use clock::Clock;
pub use faults::{Action, Faults, Rule};
pub use invoke::FunctionError;
pub use lifecycle::Failure;
pub use quota::Rates;
pub use server::{ACCOUNT, Options, Server, StartError, start};
pub use store::StoreError;

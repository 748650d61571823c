//! lambdaform plans and applies AWS Lambda functions in Terraform's language.

pub mod base;
pub mod schema;
pub mod provider;
pub mod config;
pub mod lang;
pub mod package;
pub mod providers;
pub mod local;
pub mod state;
pub mod plan;
pub mod engine;
pub mod render;
pub mod cli;

//! The Lambda resource types and what they share: which API calls carry an attribute, patterns and enumerations.
//! Knows nothing of any single type.

pub mod alias;
pub mod capacity_provider;
pub mod code_signing_config;
pub mod event_invoke_config;
pub mod event_source_mapping;
pub mod function;
pub mod function_recursion_config;
pub mod function_url;
pub mod function_scaling_config;
pub mod invocation;
pub mod layer_version;
pub mod layer_version_permission;
pub mod names;
pub mod package;
pub mod permission;
pub mod provisioned_concurrency;
pub mod resource_policy;
pub mod runtime_management_config;
pub mod tagging;

use crate::schema::{Constraint, Group};

/// Kept in state only; no call carries it.
pub(super) const STATE: Group = Group(1);
/// `UpdateFunctionConfiguration`, `UpdateAlias`.
pub(super) const CONFIG: Group = Group(1 << 1);
/// `UpdateFunctionCode`.
pub(super) const CODE: Group = Group(1 << 2);
/// `TagResource`, `UntagResource`.
pub(super) const TAGS: Group = Group(1 << 3);
/// `PutFunctionConcurrency`, `DeleteFunctionConcurrency`.
pub(super) const CONCURRENCY: Group = Group(1 << 4);
/// `PutFunctionCodeSigningConfig`, `DeleteFunctionCodeSigningConfig`.
pub(super) const SIGNING: Group = Group(1 << 5);
/// `PublishVersion`.
pub(super) const PUBLISH: Group = Group(1 << 6);

/// `Architecture` of the API.
pub(super) const ARCHITECTURE: Constraint = Constraint::OneOf(&["x86_64", "arm64"]);

/// Where a package comes from in S3.
pub(super) const S3_BUCKET: Constraint =
    Constraint::Pattern(r"[0-9A-Za-z.\-_]{2,62}[0-9A-Za-z]", "The name of an S3 bucket");

/// `Runtime` of the API: every identifier this version knows (create-function.md). The service may know more, so that
/// another one is only warned about.
pub(super) const RUNTIMES: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "java8",
    "java8.al2",
    "java11",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "nodejs4.3-edge",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
    "provided.al2",
    "nodejs18.x",
    "python3.10",
    "java17",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "python3.11",
    "nodejs20.x",
    "provided.al2023",
    "python3.12",
    "java21",
    "python3.13",
    "nodejs22.x",
    "nodejs24.x",
    "python3.14",
    "java25",
    "dotnet10",
];

/// Runtimes that Lambda no longer patches and for which it refuses, or will soon refuse, new functions.
pub(super) const DEPRECATED_RUNTIMES: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "java8",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "provided",
];

//! The data sources, one file each.
//! Knows nothing of resources.

pub(super) mod caller_identity;
pub(super) mod function;
pub(super) mod iam_policy;
pub(super) mod iam_policy_document;
pub(super) mod iam_role;
pub(super) mod partition;
pub(super) mod region;

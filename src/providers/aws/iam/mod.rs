//! IAM: roles, what hangs on them, and policies.
//! Knows nothing of Lambda.

pub(super) mod document;
pub(super) mod json;
pub(super) mod policy_json;

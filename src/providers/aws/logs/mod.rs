//! CloudWatch Logs: its resource types, and what they share.
//! Knows nothing of Lambda.

pub(super) mod listing;
pub(super) mod log_group;

//! S3: objects as code sources, and what they are made of.
//! Knows nothing of Lambda's objects.

mod content;
mod describe;
mod head;
pub(super) mod object;
mod put;

use crate::schema::Group;

/// `PutObject`
const UPLOAD: Group = Group(1);
/// `PutObjectAcl`
const ACL: Group = Group(1 << 1);
/// `PutObjectLegalHold`
const HOLD: Group = Group(1 << 2);
/// `PutObjectRetention`
const LOCK: Group = Group(1 << 3);
/// `PutObjectTagging`, `DeleteObjectTagging`.
const TAGS: Group = Group(1 << 4);
/// Kept in state only; no call carries it.
const STATE: Group = Group(1 << 5);

//! Drives the server with the real AWS SDK, as every other client does.
//! Time is a manual clock, so that states are seen without waiting.

mod drive;
mod functions;
mod companions;
mod attachments;
mod failures;
mod iam;
mod invocations;
mod keeping;
mod logs;
mod s3;

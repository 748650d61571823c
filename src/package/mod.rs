//! Deployment packages: deterministic zips, their manifests and what changed between two of them.
//! Knows nothing of Lambda or of plans.
//!
//! ```text
//! Source ──zip::write──▶ zip file ──manifest::read_zip──▶ Manifest ─┐
//!    └────manifest::of_source──────────────────────────▶ Manifest ─┴─diff::compare──▶ PackageDiff
//! ```
//!
//! # The zip format, version 1
//!
//! The bytes of a zip decide `CodeSha256`, so they are part of what this crate promises:
//!
//! - entries are regular files only, sorted by the bytes of their `/`-separated UTF-8 path; directories have no entry,
//!   so an empty directory leaves no trace (as with Terraform's `archive_file`);
//! - every entry is dated 1980-01-01 00:00:00, has no extra field and no comment, and says it was made on Unix;
//! - the mode is 0755 if the owner may execute the file, otherwise 0644, unless the caller asks for one mode for all;
//! - contents are compressed by Deflate, level 6, always by the same encoder fed with the same block sizes;
//! - symbolic links are followed: the entry holds what the link points to.
//!
//! A test pins the sha256 of a sample, so that an encoder which writes other bytes cannot slip in.

pub mod checksum;
pub mod source;
pub mod zip;
pub mod manifest;
pub mod digest;
pub mod diff;
pub mod store;
mod error;
mod exclude;
mod memo;

pub use checksum::{Checksums, Sha256};
pub use diff::{Change, FileChange, PackageDiff, Summary};
pub use digest::PackageDigest;
pub use error::PackageError;
pub use manifest::{Entry, Fingerprint, Manifest, Mode};
pub use source::{Literal, Source};

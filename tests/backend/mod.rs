//! Our own state in S3: runs, locks, faults, initialisation, and Terraform on the same state.
//! Knows lambdaform as a program to run, and what is in the bucket by asking over HTTP.

mod bucket;
mod faults;
mod init;
mod local;
mod locks;
mod runs;
mod table;
mod terraform;

//! Hands the arguments to [`lambdaform::cli`] and exits with its code.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Values, requests and answers are many small pieces made on several threads, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    lambdaform::cli::main(std::env::args_os().skip(1), std::env::vars_os()).into()
}

//! Hands the arguments to [`lambdaform::cli`] and exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambdaform::cli::main(std::env::args_os().skip(1), std::env::vars_os()).into()
}

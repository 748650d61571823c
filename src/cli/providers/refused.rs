//! `providers lock` and `providers mirror`, which have nothing to lock or mirror here.
//! Does nothing but say so.

use super::super::error::CommandError;

/// The arguments, whatever they are.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(long, value_name = "OS_ARCH", hide = true)]
    platform: Vec<String>,
    #[arg(long, value_name = "DIR", hide = true)]
    fs_mirror: Option<String>,
    #[arg(long, value_name = "URL", hide = true)]
    net_mirror: Option<String>,
    #[arg(long, hide = true)]
    enable_plugin_cache: bool,
    #[arg(long, value_name = "BOOL", hide = true)]
    lock_file: Option<String>,
    /// What Terraform takes.
    #[arg(value_name = "ARGUMENT", allow_hyphen_values = true, trailing_var_arg = true)]
    given: Vec<String>,
}

/// Says why there is no such thing.
pub fn refuse(what: &str) -> CommandError {
    CommandError::problem(
        format!("Nothing to {what}"),
        format!(
            "The providers are part of lambdaform, so there are no plugins that \"providers {what}\" could work on. A \
             .terraform.lock.hcl is left as it is, for Terraform; run \"terraform providers {what}\" to change it."
        ),
    )
}

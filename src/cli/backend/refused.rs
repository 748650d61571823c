//! The backends of Terraform that are not here, and how to go on without them.
//! Knows nothing of those that are.

use crate::base::Diagnostic;
use crate::base::suggest::did_you_mean;

use super::settings::Kind;

/// Their names, so that they are no typing errors.
const OTHERS: &[&str] =
    &["azurerm", "cloud", "consul", "cos", "gcs", "http", "inmem", "kubernetes", "oss", "pg", "remote"];

/// What to say of a backend that is not here.
pub fn backend(name: &str) -> Diagnostic {
    let here = [Kind::Local, Kind::S3].map(Kind::name);
    if !OTHERS.contains(&name) {
        let hint = did_you_mean(name, here);
        return Diagnostic::error(
            "Unsupported backend type",
            format!("There is no backend type named {name:?}.{hint} lambdaform has \"local\" and \"s3\"."),
        );
    }
    Diagnostic::error(
        "Unsupported backend type",
        format!(
            "lambdaform keeps state in files (\"local\") and in S3 (\"s3\"), and not in {name:?}. To go on with the state \
             as it is, write it into a file with \"terraform state pull > terraform.tfstate\", and say in a file \
             backend_override.tf where it is now: terraform {{ backend \"local\" {{}} }}. To move it for good, change \
             the block to \"s3\" and run \"terraform init -migrate-state\". To use only its outputs, let Terraform write \
             them: terraform output -json."
        ),
    )
}

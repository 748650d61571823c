//! The data sources, one file each.
//! Knows nothing of how resources are made; what is read of one, both read in the same way.

pub(super) mod alias;
pub(super) mod arn;
pub(super) mod caller_identity;
pub(super) mod code_signing_config;
pub(super) mod default_tags;
pub(super) mod function;
pub(super) mod iam_policy;
pub(super) mod iam_policy_document;
pub(super) mod iam_role;
pub(super) mod function_url;
pub(super) mod functions;
pub(super) mod invocation;
pub(super) mod layer_version;
pub(super) mod log_group;
pub(super) mod partition;
pub(super) mod region;
pub(super) mod service_principal;

use super::fields::typed;
use crate::base::{Diagnostic, Diagnostics, Value, json};
use crate::schema::Block;

/// What a data source has in common with the resource of the same name.
///
/// # Errors
/// When their types differ, which is an error of this program.
fn shared(block: &Block, found: &Value) -> Result<Value, Diagnostics> {
    let names = block.attributes.iter().map(|a| a.name);
    let common = Value::object(names.filter_map(|name| Some((name, found.get(name)?.clone()))));
    typed(block, json::to_json(&common))
}

/// The error for something that configuration names and that is not there.
fn missing(what: &str, named: &str, attribute: &'static str) -> Diagnostics {
    Diagnostic::error(
        format!("{what} not found"),
        format!("There is no {} {named:?} in this account and region.", what.to_lowercase()),
    )
    .on(attribute)
    .into()
}

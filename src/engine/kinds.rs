//! The types of resources: what a resource's type is to the providers at hand, and the error where it is nothing to them.
//! Knows nothing of what is done with it.

use std::sync::Arc;

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Mode, ResourceAddr};
use crate::config::Resource;
use crate::provider::{Provider, Registry};
use crate::schema::Schema;

/// The provider and schema of a resource's type.
pub(super) fn kind_of<'r>(
    registry: &'r Registry,
    resource: &Resource,
) -> Option<(&'r Arc<dyn Provider>, &'static Schema)> {
    match resource.addr.mode {
        Mode::Managed => registry.resource(&resource.addr.type_name).map(|(p, t)| (p, &t.schema)),
        Mode::Data => registry.data(&resource.addr.type_name).map(|(p, t)| (p, &t.schema)),
    }
}

/// The error for a type that is not supported: what it is, where, and what is.
pub(super) fn unsupported(registry: &Registry, resource: &Resource) -> Diagnostic {
    unsupported_type(registry, &resource.addr).at(resource.span).within(resource.context())
}

/// The error for a type that is not supported: what it is, and what is.
pub(super) fn unsupported_type(registry: &Registry, addr: &ResourceAddr) -> Diagnostic {
    let (what, mut known): (&str, Vec<&str>) = match addr.mode {
        Mode::Managed => (
            "resource type",
            registry.iter().flat_map(|p| p.schema().resources.iter().map(|t| t.name)).collect(),
        ),
        Mode::Data => {
            ("data source", registry.iter().flat_map(|p| p.schema().data.iter().map(|t| t.name)).collect())
        }
    };
    known.sort_unstable();
    let hint = did_you_mean(&addr.type_name, known.iter().copied());
    Diagnostic::error(
        format!("Unsupported {what}"),
        format!(
            "The {what} {:?} is not supported by this version of lambdaform.{hint} Supported are: {}. Keep the others in \
             Terraform, in a directory of their own, and hand over what is needed in variables.",
            &*addr.type_name,
            known.join(", ")
        ),
    )
}

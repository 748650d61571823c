//! The types of resources: what a resource's type is to the providers at hand, and the error where it is nothing to them.
//! Knows nothing of what is done with it.

use std::sync::Arc;

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Mode, ModuleAddr, ResourceAddr};
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

/// The error for a type that is not supported, in a module: what it is, where, and how to go on.
pub(super) fn unsupported(registry: &Registry, resource: &Resource, at: &ModuleAddr) -> Diagnostic {
    let addr = resource.addr.within(&at.path());
    unsupported_type(registry, &addr).at(resource.span).within(resource.context())
}

/// The error for a type that is not supported: what it is, and how to go on.
pub(super) fn unsupported_type(registry: &Registry, addr: &ResourceAddr) -> Diagnostic {
    let (what, known): (&str, Vec<&str>) = match addr.mode {
        Mode::Managed => (
            "resource type",
            registry.iter().flat_map(|p| p.schema().resources.iter().map(|t| t.name)).collect(),
        ),
        Mode::Data => {
            ("data source", registry.iter().flat_map(|p| p.schema().data.iter().map(|t| t.name)).collect())
        }
    };
    let hint = did_you_mean(&addr.type_name, known.iter().copied());
    Diagnostic::error(
        format!("Unsupported {what}"),
        format!(
            "The {what} {:?} is not supported by this version of lambdaform.{hint} Keep it in a configuration of its own \
             that Terraform applies, and read what is needed here with the data source terraform_remote_state or from \
             variables. To work with the rest of this configuration meanwhile, leave it out with all that depends on it: \
             -exclude={addr}. The supported types are listed by \"lambdaform providers schema -json\".",
            &*addr.type_name,
        ),
    )
}

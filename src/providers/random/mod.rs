//! The random provider: values that are drawn once and kept in the state.
//! Speaks to nobody.

mod bytes;
mod dice;
mod id;
mod integer;
mod password;
mod pet;
mod shuffle;
mod string;
mod text;
mod uuid;

use super::offline::{Offline, triggered};
use crate::base::{Diagnostic, Diagnostics};
use crate::provider::{PlanRequest, PlanResponse};
use crate::schema::Attribute;

/// The provider.
pub static RANDOM: Offline = Offline::new(
    "random",
    "registry.terraform.io/hashicorp/random",
    &[
        &bytes::Bytes,
        &id::Id,
        &integer::Integer,
        &password::Password,
        &pet::Pet,
        &shuffle::Shuffle,
        &string::String,
        &uuid::Uuid,
    ],
    &[],
);

/// What every type has: a map whose changes draw anew.
const KEEPERS: Attribute = Attribute::string_map("keepers");

/// The proposed object, replaced if its keepers changed.
fn kept(request: &PlanRequest<'_>) -> PlanResponse {
    PlanResponse { replace: triggered(request, KEEPERS.name), ..PlanResponse::of(request.proposed.clone()) }
}

/// The error for an import id that cannot be understood. It does not repeat the id, which may be a secret.
fn no_such_id(expected: &str) -> Diagnostics {
    Diagnostic::error("Invalid import ID", format!("The ID given is not {expected}.")).into()
}

//! The null provider: `null_resource` and `null_data_source`, which manage nothing.
//! Speaks to nobody.

mod data_source;
mod resource;

use super::offline::Offline;

/// The provider.
pub static NULL: Offline = Offline::new(
    "null",
    "registry.terraform.io/hashicorp/null",
    &[&resource::Resource],
    &[&data_source::DataSource],
);

/// A number that is no secret and unlikely to come twice, in decimal digits.
fn arbitrary() -> String {
    (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).to_string()
}

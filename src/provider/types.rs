//! `ResourceType` and `ProviderSchema`: what a provider declares of each thing it manages.
//! Knows nothing of how it is managed.

use crate::schema::Schema;

/// A managed resource type, declared once.
#[derive(Debug)]
pub struct ResourceType {
    /// `aws_lambda_function`
    pub name: &'static str,
    /// Its attributes and blocks.
    pub schema: Schema,
    /// The attributes whose values together name the object and must be unique where it lives. While they stay the
    /// same, a second object cannot exist beside the first, so `create_before_destroy` cannot succeed.
    pub unique: &'static [&'static str],
    /// Whether `""` and null mean the same to it, as with everything built on the provider SDK's second version.
    pub empty_is_null: bool,
    /// How an `import` id is made from attributes of its identity, which stand in capitals: `FUNCTION_NAME/NAME`. What may
    /// be missing stands in brackets. Empty for what cannot be imported.
    pub import_id: &'static str,
}

/// A data source type, declared once.
#[derive(Debug)]
pub struct DataType {
    /// `archive_file`
    pub name: &'static str,
    /// Its attributes and blocks.
    pub schema: Schema,
    /// Whether it is computed from its configuration and local files alone, so that it can be read at plan time even
    /// when something it is said to depend on has changes, unless that writes files.
    pub pure: bool,
}

/// Everything a provider knows.
#[derive(Debug)]
pub struct ProviderSchema {
    /// The shape of the `provider` block.
    pub config: &'static Schema,
    /// The resource types.
    pub resources: &'static [&'static ResourceType],
    /// The data source types.
    pub data: &'static [&'static DataType],
}

impl ProviderSchema {
    /// A resource type by name.
    pub fn resource(&self, name: &str) -> Option<&'static ResourceType> {
        self.resources.iter().copied().find(|r| r.name == name)
    }

    /// A data source type by name.
    pub fn data(&self, name: &str) -> Option<&'static DataType> {
        self.data.iter().copied().find(|d| d.name == name)
    }
}

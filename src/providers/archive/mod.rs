//! The archive provider: `archive_file`, which makes deployment packages from sources on this machine.
//! Speaks to nobody.

mod file;

use std::sync::Arc;

use crate::base::{Diagnostics, Mode, Value};
use crate::provider::{BoxFuture, Connection, Environment, Provider, ProviderSchema, not_offered};
use crate::schema::{Block, Schema};

static CONFIG: Schema = Schema { version: 0, block: Block::EMPTY };
static SCHEMA: ProviderSchema = ProviderSchema { config: &CONFIG, resources: &[], data: &[&file::TYPE] };

/// The provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Archive;

impl Provider for Archive {
    fn name(&self) -> &'static str {
        "archive"
    }

    fn address(&self) -> &'static str {
        "registry.terraform.io/hashicorp/archive"
    }

    fn schema(&self) -> &'static ProviderSchema {
        &SCHEMA
    }

    fn writes_files(&self) -> bool {
        true
    }

    fn validate(&self, mode: Mode, _type_name: &str, config: &Value) -> Diagnostics {
        match mode {
            Mode::Data => file::validate(config),
            Mode::Managed => Diagnostics::new(),
        }
    }

    fn configure(
        &self,
        _config: &Value,
        _environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Archive))
    }
}

impl Connection for Archive {
    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            if type_name != file::TYPE.name {
                return Err(not_offered(type_name));
            }
            let made = tokio::task::spawn_blocking(move || file::make(&config)).await;
            made.unwrap_or_else(|_| Err(not_offered(file::TYPE.name)))
        })
    }
}

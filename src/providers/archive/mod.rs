//! The archive provider: `archive_file`, which makes deployment packages from sources on this machine.
//! Speaks to nobody.

mod file;

use std::sync::Arc;

use crate::base::{Diagnostic, Diagnostics, Mode, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, Environment, ImportResponse,
    PlanRequest, PlanResponse, Provider, ProviderSchema, ReadRequest, ReadResponse, SettleRequest, Settled,
};
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

fn unsupported(type_name: &str) -> Diagnostics {
    Diagnostic::error(
        "Unsupported type",
        format!(
            "The archive provider built into lambdaform manages no {type_name:?}; use data \"archive_file\"."
        ),
    )
    .into()
}

impl Connection for Archive {
    fn connect(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        Box::pin(async { Ok(()) })
    }

    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (index, request) in requests.into_iter().enumerate() {
                let problems = unsupported(&request.type_name);
                done(index, ReadResponse { problems, ..ReadResponse::default() });
            }
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let (planned, problems) = (request.proposed.clone(), unsupported(request.type_name));
        PlanResponse { planned, replace: Vec::new(), private: None, package: None, problems }
    }

    fn apply<'a>(
        &'a self,
        request: ApplyRequest,
        _context: ApplyContext<'a>,
    ) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let problems = unsupported(&request.type_name);
            ApplyResponse {
                object: request.prior,
                private: request.private,
                problems,
                ..ApplyResponse::default()
            }
        })
    }

    fn settle<'a>(&'a self, _request: SettleRequest) -> BoxFuture<'a, Settled> {
        // It makes no calls, so none can be left open.
        Box::pin(async { Settled::NotLanded })
    }

    fn import<'a>(
        &'a self,
        type_name: &'a str,
        _id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move { Err(unsupported(type_name)) })
    }

    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            if type_name != file::TYPE.name {
                return Err(unsupported(type_name));
            }
            let made = tokio::task::spawn_blocking(move || file::make(&config)).await;
            made.unwrap_or_else(|_| Err(unsupported(file::TYPE.name)))
        })
    }
}

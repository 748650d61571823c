//! The provider that is part of the language: `terraform_data`.
//! Speaks to nobody.

mod data;

use std::sync::Arc;

use crate::base::{Diagnostic, Diagnostics, Mode, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, Environment, ImportResponse,
    PlanRequest, PlanResponse, Provider, ProviderSchema, ReadRequest, ReadResponse, SettleRequest, Settled,
};
use crate::schema::{Block, Schema};

static CONFIG: Schema = Schema { version: 0, block: Block::EMPTY };
static SCHEMA: ProviderSchema = ProviderSchema { config: &CONFIG, resources: &[&data::TYPE], data: &[] };

/// The provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terraform;

impl Provider for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn address(&self) -> &'static str {
        "terraform.io/builtin/terraform"
    }

    fn schema(&self) -> &'static ProviderSchema {
        &SCHEMA
    }

    fn validate(&self, _mode: Mode, _type_name: &str, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    fn configure(
        &self,
        _config: &Value,
        _environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Terraform))
    }
}

impl Connection for Terraform {
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
                let (object, private) = (Some(request.prior), request.private);
                done(index, ReadResponse { object, private, ..ReadResponse::default() });
            }
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let planned = data::plan(request.prior, request.proposed);
        PlanResponse {
            planned,
            replace: Vec::new(),
            private: None,
            package: None,
            problems: Diagnostics::new(),
        }
    }

    fn apply<'a>(
        &'a self,
        request: ApplyRequest,
        _context: ApplyContext<'a>,
    ) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let object = request.planned.filter(|p| !p.is_null()).map(|planned| data::apply(&planned));
            ApplyResponse { object, ..ApplyResponse::default() }
        })
    }

    fn settle<'a>(&'a self, _request: SettleRequest) -> BoxFuture<'a, Settled> {
        // It makes no calls, so none can be left open.
        Box::pin(async { Settled::NotLanded })
    }

    fn import<'a>(
        &'a self,
        _type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move { Ok(ImportResponse { object: data::import(id), private: None }) })
    }

    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        _config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            Err(Diagnostic::error(
                "Unsupported type",
                format!("The provider \"terraform\" has no data source {type_name:?} here."),
            )
            .into())
        })
    }
}

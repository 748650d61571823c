//! The provider that is part of the language: `terraform_data`, and `terraform_remote_state`.
//! Manages nothing but what is in state; reads other states from files, and through `aws` from S3.

mod data;
mod remote_state;

use std::sync::Arc;

use crate::base::{Diagnostics, Mode, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, Environment, Foreign, ImportResponse,
    PlanRequest, PlanResponse, Provider, ProviderSchema, ReadRequest, ReadResponse, TakenOver,
};
use crate::schema::{Block, Schema};

static CONFIG: Schema = Schema { version: 0, block: Block::EMPTY };
static SCHEMA: ProviderSchema =
    ProviderSchema { config: &CONFIG, resources: &[&data::TYPE], data: &[&remote_state::TYPE] };

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

    fn validate(&self, mode: Mode, _type_name: &str, config: &Value) -> Diagnostics {
        match mode {
            Mode::Managed => Diagnostics::new(),
            Mode::Data => remote_state::validate(config),
        }
    }

    fn take_over(&self, type_name: &str, object: &Foreign<'_>) -> Option<TakenOver> {
        (type_name == data::TYPE.name).then(|| data::take_over(object)).flatten()
    }

    fn configure(
        &self,
        _config: &Value,
        environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(Here(environment.clone())))
    }
}

/// The provider, and where it runs.
struct Here(Environment);

impl Connection for Here {
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
        PlanResponse::of(data::plan(request.prior, request.proposed))
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

    fn import<'a>(
        &'a self,
        _type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move { Ok(ImportResponse { object: data::import(id), private: None }) })
    }

    fn read_data<'a>(
        &'a self,
        _type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move { remote_state::read(&config, &self.0).await })
    }
}

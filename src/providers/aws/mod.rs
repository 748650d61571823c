//! The AWS provider: Lambda, natively. The registry of its types, and the port's two traits.
//! Knows nothing of plans, state or configuration files.
//!
//! A type is one line of `RESOURCES` and its own file, in which everything about it is declared once. Calls go through
//! `client::Session`, which paces, repeats, announces and explains them.

mod arn;
pub mod backend;
mod client;
mod config;
mod credentials;
mod data;
mod download;
mod endpoints;
mod error;
mod explain;
mod fields;
mod framework;
mod iam;
mod lambda;
mod legacy;
mod logs;
mod network;
mod outcome;
mod quota;
mod regions;
mod resource;
mod retry;
mod s3;
mod service;
mod tags;
#[cfg(test)]
mod tests;
mod unique;
mod unreachable;
mod wait;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::base::{Diagnostic, Diagnostics, Mode, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, Description, Environment,
    ImportResponse, PlanRequest, PlanResponse, Provider, ProviderSchema, ReadRequest, ReadResponse,
    SettleRequest, Settled,
};
use config::Settings;
use regions::Regions;
use resource::{Data, Link, Resource, Step};

/// The resource types, by name.
static RESOURCES: &[&dyn Resource] = &[
    &logs::log_group::LogGroup,
    &iam::policy::Policy,
    &iam::role::Role,
    &iam::role_policy::RolePolicy,
    &iam::role_policy_attachment::Attachment,
    &lambda::alias::Alias,
    &lambda::capacity_provider::CapacityProvider,
    &lambda::code_signing_config::CodeSigningConfig,
    &lambda::event_source_mapping::EventSourceMapping,
    &lambda::function::Function,
    &lambda::event_invoke_config::EventInvokeConfig,
    &lambda::function_recursion_config::RecursionConfig,
    &lambda::function_scaling_config::FunctionScalingConfig,
    &lambda::function_url::FunctionUrl,
    &lambda::invocation::Invocation,
    &lambda::layer_version::LayerVersion,
    &lambda::layer_version_permission::LayerVersionPermission,
    &lambda::permission::Permission,
    &lambda::provisioned_concurrency::ProvisionedConcurrency,
    &lambda::resource_policy::ResourcePolicy,
    &lambda::runtime_management_config::RuntimeManagementConfig,
    &s3::object::Object,
];

/// The data source types, by name.
static DATA: &[&dyn Data] = &[
    &data::arn::Arn,
    &data::caller_identity::CallerIdentity,
    &data::log_group::LogGroup,
    &data::default_tags::DefaultTags,
    &data::alias::Alias,
    &data::code_signing_config::CodeSigningConfig,
    &data::function::Function,
    &data::iam_policy::Policy,
    &data::iam_policy_document::PolicyDocument,
    &data::iam_role::Role,
    &data::function_url::FunctionUrl,
    &data::functions::Functions,
    &data::invocation::Invocation,
    &data::layer_version::LayerVersion,
    &data::partition::Partition,
    &data::region::Region,
    &data::service_principal::ServicePrincipal,
];

static SCHEMA: LazyLock<ProviderSchema> = LazyLock::new(|| ProviderSchema {
    config: &config::SCHEMA,
    resources: RESOURCES.iter().map(|r| regions::resource(r.declaration())).collect::<Vec<_>>().leak(),
    data: DATA.iter().map(|d| regions::data(d.declaration())).collect::<Vec<_>>().leak(),
});

/// What follows from other arguments and the provider block, and is refused or in the way when configuration says it too.
const DERIVED: [&str; 3] = ["name_prefix", "statement_id_prefix", "tags_all"];

/// How many objects of one service are read at a time.
const READS: usize = 32;

/// The provider.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aws;

impl Provider for Aws {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn address(&self) -> &'static str {
        "registry.terraform.io/hashicorp/aws"
    }

    fn schema(&self) -> &'static ProviderSchema {
        &SCHEMA
    }

    fn validate(&self, mode: Mode, type_name: &str, config: &Value) -> Diagnostics {
        match (mode, resource(type_name)) {
            (Mode::Managed, Ok(resource)) => resource.validate(config),
            _ => Diagnostics::new(),
        }
    }

    fn upgrade(
        &self,
        type_name: &str,
        _from_version: u64,
        attributes: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        let resource = resource(type_name)?;
        let mut attributes = attributes;
        // Files do not hold blocks that are newer than they are, nor empty ones of that kind.
        if let Some(entries) = attributes.as_object_mut() {
            let blocks = resource.declaration().schema.block.blocks.iter();
            for nested in blocks.filter(|b| b.nesting != crate::schema::Nesting::Single) {
                let slot = entries.entry(nested.name).or_insert(serde_json::Value::Null);
                if slot.is_null() {
                    *slot = serde_json::json!([]);
                }
            }
        }
        Ok(resource.upgrade(attributes))
    }

    fn restore(&self, type_name: &str, attributes: serde_json::Value) -> serde_json::Value {
        match DATA.iter().find(|d| d.declaration().name == type_name) {
            Some(data) => data.restore(attributes),
            None => attributes,
        }
    }

    fn configure(
        &self,
        config: &Value,
        environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        let settings = Settings::read(config)?;
        Ok(Arc::new(Regions::new(settings, environment.clone())))
    }
}

fn resource(type_name: &str) -> Result<&'static dyn Resource, Diagnostics> {
    let found = RESOURCES.iter().copied().find(|r| r.declaration().name == type_name);
    found.ok_or_else(|| unsupported(type_name))
}

fn unsupported(type_name: &str) -> Diagnostics {
    Diagnostic::error(
        "Unsupported type",
        format!("The AWS provider built into lambdaform does not manage {type_name:?}."),
    )
    .into()
}

/// The service a type belongs to, as the second word of its name says.
fn service(type_name: &str) -> String {
    type_name.split('_').nth(1).unwrap_or_default().to_owned()
}

/// The connection to one region.
struct AwsConnection(Arc<Link>);

impl Connection for AwsConnection {
    fn connect(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        Box::pin(async { self.0.session().await.map(|_| ()) })
    }

    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let asks = |request: &ReadRequest| resource(&request.type_name).ok()?.asks(&request.prior);
            self.0.begin_batch(requests.iter().filter_map(asks));
            let mut turns: BTreeMap<String, Arc<Semaphore>> = BTreeMap::new();
            let mut running = JoinSet::new();
            for (index, request) in requests.into_iter().enumerate() {
                // Services do not wait for each other.
                let turns = turns.entry(service(&request.type_name));
                let turns = turns.or_insert_with(|| Arc::new(Semaphore::new(READS))).clone();
                let link = self.0.clone();
                running.spawn(async move {
                    let _turn = turns.acquire().await;
                    let response = match resource(&request.type_name) {
                        Ok(resource) => resource.read(&link, &request).await,
                        Err(problems) => ReadResponse { problems, ..ReadResponse::default() },
                    };
                    (index, response)
                });
            }
            while let Some(ended) = running.join_next().await {
                if let Ok((index, response)) = ended {
                    done(index, response);
                }
            }
            self.0.end_batch();
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        match resource(request.type_name) {
            Ok(resource) => {
                let mut response = resource.plan(&self.0, &request);
                if resource.declaration().empty_is_null {
                    response.planned = legacy::unless_equivalent(request.prior, response.planned);
                }
                response
            }
            Err(problems) => PlanResponse {
                planned: request.proposed.clone(),
                replace: Vec::new(),
                private: None,
                package: None,
                problems,
            },
        }
    }

    fn apply<'a>(&'a self, request: ApplyRequest, context: ApplyContext<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let ready = async { Ok((resource(&request.type_name)?, self.0.session().await?)) };
            let (resource, session) = match ready.await {
                Ok(ready) => ready,
                Err(problems) => {
                    let (object, private) = (request.prior, request.private);
                    return ApplyResponse { object, private, problems, ..ApplyResponse::default() };
                }
            };
            let step = Step { link: &self.0, session, request: &request, context };
            let is = |value: &Option<Value>| value.as_ref().is_some_and(|v| !v.is_null());
            match (is(&request.prior), is(&request.planned)) {
                (_, false) => resource.delete(step).await,
                (false, true) => resource.create(step).await,
                (true, true) => resource.update(step).await,
            }
        })
    }

    fn settle<'a>(&'a self, request: SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            match resource(&request.type_name) {
                Ok(resource) => resource.settle(&self.0, &request).await,
                Err(problems) => Settled::Unclear(problems),
            }
        })
    }

    fn import<'a>(
        &'a self,
        type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move { resource(type_name)?.import(id) })
    }

    fn adopt(&self, type_name: &str, object: Value, config: &Value) -> Value {
        match resource(type_name) {
            Ok(resource) => resource.adopt(object, config),
            Err(_) => object,
        }
    }

    fn describe<'a>(&'a self, type_name: &'a str, object: Value) -> BoxFuture<'a, Description> {
        Box::pin(async move {
            let object = fields::without(object, &DERIVED);
            match resource(type_name) {
                Ok(resource) => resource.describe(&self.0, object).await,
                Err(problems) => Description { problems, ..Description::of(object) },
            }
        })
    }

    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let found = DATA.iter().find(|d| d.declaration().name == type_name);
            found.ok_or_else(|| unsupported(type_name))?.read(&self.0, &config).await
        })
    }
}

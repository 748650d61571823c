//! The port between the engine and whatever manages real objects: traits, requests, responses, registry.
//! Knows no provider.
//!
//! It mirrors Terraform's provider protocol: schema, configure, validate, upgrade state, read, plan, apply, import,
//! read data source. Two differences: `read` takes a batch, so that a provider can use list calls; and every mutating
//! call is announced to a [`CallLog`] first, so that a killed run can be settled by reading.

mod call;
mod identity;
#[cfg(test)]
pub mod fake;
mod provisioner;
mod registry;
mod request;
mod stop;
mod types;

pub use call::{CallId, CallLog, CallOutcome};
pub use identity::{IdentityError, id_of};
pub use provisioner::{ProvisionContext, Provisioner};
pub use registry::Registry;
pub use request::{
    ApplyContext, ApplyRequest, ApplyResponse, Content, Description, FileChange, FileChangeKind, Foreign,
    ImportResponse, PackageChange, PlanRequest, PlanResponse, Private, ReadRequest, ReadResponse,
    SettleRequest, Settled, TakenOver,
};
pub use stop::Stop;
pub use types::{DataType, ProviderSchema, ResourceType};

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use crate::base::{Diagnostic, Diagnostics, Mode, Value};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A kind of object manager, before it knows which account to speak to. Does no IO.
pub trait Provider: Send + Sync {
    /// The local name that resource types start with: `aws`.
    fn name(&self) -> &'static str;

    /// The address written to state: `registry.terraform.io/hashicorp/aws`.
    fn address(&self) -> &'static str;

    /// Everything it manages, and the shape of its own configuration.
    fn schema(&self) -> &'static ProviderSchema;

    /// Whether its objects are files on this machine, which others may read: packages, and data sources that speak to nobody.
    fn writes_files(&self) -> bool {
        false
    }

    /// What is wrong with a conformed configuration beyond its schema: rules between attributes. Unknown values satisfy.
    fn validate(&self, mode: Mode, type_name: &str, config: &Value) -> Diagnostics;

    /// Brings attributes as a state file has them to the current schema: those of an older schema version, of another
    /// release of the provider (which may lack some), and those that files do not hold
    /// ([`Kept`](crate::schema::Kept)). Called for every object that is read from state, whatever its version.
    /// The default keeps them.
    ///
    /// # Errors
    /// When the attributes cannot be understood.
    fn upgrade(
        &self,
        type_name: &str,
        from_version: u64,
        attributes: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        let _ = (type_name, from_version);
        Ok(attributes)
    }

    /// What an object of another type is as one of this type, when a `moved` block says that it is that now. The default
    /// knows of none.
    fn take_over(&self, type_name: &str, object: &Foreign<'_>) -> Option<TakenOver> {
        let _ = (type_name, object);
        None
    }

    /// What a data source read, as a state file has it, with what files do not hold put back. The default keeps it.
    fn restore(&self, type_name: &str, attributes: serde_json::Value) -> serde_json::Value {
        let _ = type_name;
        attributes
    }

    /// A connection by a provider block's (conformed) configuration. Does no IO yet; what is unknown in it is an error
    /// only once it is needed.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    fn configure(
        &self,
        config: &Value,
        environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics>;
}

/// What a provider may know of the place it runs in.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The directory for what lies beside the state, such as package manifests: `.lambdaform`.
    pub data_dir: PathBuf,
    /// The base URL that replaces every service endpoint, as with `--local`.
    pub endpoint: Option<String>,
    /// How fast calls follow each other.
    pub tempo: Tempo,
}

/// How a provider spaces its calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempo {
    /// Whether to keep to the service's published request rates. `None`: only where the real service answers.
    pub paced: Option<bool>,
    /// Multiplies every pause between two attempts or two polls. 1 is right for the real service; something near 0 lets
    /// a test against a local server finish at once.
    pub pauses: f64,
}

impl Default for Tempo {
    fn default() -> Self {
        Tempo { paced: None, pauses: 1.0 }
    }
}

/// A provider that knows where its objects live.
///
/// What a provider does not offer at all it need not write: the methods given here refuse, or have nothing to do.
pub trait Connection: Send + Sync {
    /// Resolves credentials once, before anything else asks the service, so that a missing one is one diagnostic.
    /// Later calls are free.
    fn connect(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        Box::pin(async { Ok(()) })
    }

    /// Reads objects as they are. `done` is called once per request, with its index, as soon as it is known.
    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (index, request) in requests.into_iter().enumerate() {
                done(
                    index,
                    ReadResponse { problems: not_offered(&request.type_name), ..ReadResponse::default() },
                );
            }
        })
    }

    /// Completes the proposed new state of an object: defaults that depend on other values, what becomes unknown, what
    /// forces replacement. May read local files (packages), never the service.
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let problems = not_offered(request.type_name);
        PlanResponse { problems, ..PlanResponse::of(request.proposed.clone()) }
    }

    /// Creates, updates or deletes one object.
    fn apply<'a>(&'a self, request: ApplyRequest, context: ApplyContext<'a>) -> BoxFuture<'a, ApplyResponse> {
        let _ = context;
        let problems = not_offered(&request.type_name);
        let (object, private) = (request.prior, request.private);
        Box::pin(async { ApplyResponse { object, private, problems, ..ApplyResponse::default() } })
    }

    /// Finds out, by reading only, whether a call of a killed run landed. A provider that makes no calls leaves none
    /// open.
    fn settle<'a>(&'a self, request: SettleRequest) -> BoxFuture<'a, Settled> {
        let _ = request;
        Box::pin(async { Settled::NotLanded })
    }

    /// Finds an object by the id that `import` takes.
    fn import<'a>(
        &'a self,
        type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        let _ = id;
        Box::pin(async move { Err(not_offered(type_name)) })
    }

    /// An object that was just imported, with what its configuration says of it and no call answers, such as the file its
    /// code was uploaded from, as far as that is true. May read local files, never the service.
    fn adopt(&self, type_name: &str, object: Value, config: &Value) -> Value {
        let _ = (type_name, config);
        object
    }

    /// Says what a configuration written for an object that was just read would say, beyond what its schema tells. May
    /// read what the object is made of.
    fn describe<'a>(&'a self, type_name: &'a str, object: Value) -> BoxFuture<'a, Description> {
        let _ = type_name;
        Box::pin(async { Description::of(object) })
    }

    /// Reads a data source: the conformed configuration with its computed attributes filled in.
    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        let _ = config;
        Box::pin(async move { Err(not_offered(type_name)) })
    }
}

/// The error of a provider that is asked for a type it does not have; the engine never asks for one.
pub fn not_offered(type_name: &str) -> Diagnostics {
    Diagnostic::error(
        "Unsupported type",
        format!("No provider built into lambdaform offers {type_name:?} for this. This is a bug, which should be reported."),
    )
    .into()
}

//! `Offline`: a provider whose objects are values and files on this machine, as a table of its types.
//! Knows none of them; speaks to no service.

use std::sync::{Arc, OnceLock};

use crate::base::{Diagnostic, Diagnostics, Mode, Path, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, Connection, DataType, Environment, ImportResponse,
    PlanRequest, PlanResponse, Provider, ProviderSchema, ReadRequest, ReadResponse, ResourceType,
    not_offered,
};
use crate::schema::{Block, Schema};

static CONFIG: Schema = Schema { version: 0, block: Block::EMPTY };

/// A provider without a configuration of its own.
pub struct Offline {
    name: &'static str,
    address: &'static str,
    resources: &'static [&'static dyn Resource],
    data: &'static [&'static dyn Data],
    writes_files: bool,
    schema: OnceLock<ProviderSchema>,
}

/// A resource type: its declaration, and what is special about it.
pub(super) trait Resource: Sync {
    fn declaration(&self) -> &'static ResourceType;

    /// Rules between arguments.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Attributes of an older schema version as the current one has them.
    fn upgrade(&self, attributes: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        Ok(attributes)
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        PlanResponse::of(request.proposed.clone())
    }

    /// The object as it is; `None` when it is gone.
    fn read(&self, prior: Value) -> Result<Option<Value>, Diagnostics> {
        Ok(Some(prior))
    }

    /// The planned object with everything known.
    fn create(&self, planned: &Value) -> Result<Value, Diagnostics>;

    fn delete(&self, _prior: &Value) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn import(&self, _id: &str) -> Result<Value, Diagnostics> {
        let name = self.declaration().name;
        Err(Diagnostic::error(
            "Resource type cannot be imported",
            format!("Objects of the type {name} live in the state only, so there is nothing to import. Declare the \
                 resource, and apply creates it."),
        )
        .into())
    }
}

/// A data source type.
pub(super) trait Data: Sync {
    fn declaration(&self) -> &'static DataType;

    /// Rules between arguments.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// The conformed configuration with its computed attributes filled in.
    fn read(&self, config: Value) -> BoxFuture<'static, Result<Value, Diagnostics>>;
}

impl Offline {
    pub(super) const fn new(
        name: &'static str,
        address: &'static str,
        resources: &'static [&'static dyn Resource],
        data: &'static [&'static dyn Data],
    ) -> Self {
        Offline { name, address, resources, data, writes_files: false, schema: OnceLock::new() }
    }

    /// The same for objects that are files.
    pub(super) const fn of_files(
        name: &'static str,
        address: &'static str,
        resources: &'static [&'static dyn Resource],
        data: &'static [&'static dyn Data],
    ) -> Self {
        Offline { name, address, resources, data, writes_files: true, schema: OnceLock::new() }
    }

    fn resource(&self, name: &str) -> Result<&'static dyn Resource, Diagnostics> {
        let found = self.resources.iter().copied().find(|r| r.declaration().name == name);
        found.ok_or_else(|| not_offered(name))
    }

    fn data(&self, name: &str) -> Result<&'static dyn Data, Diagnostics> {
        let found = self.data.iter().copied().find(|d| d.declaration().name == name);
        found.ok_or_else(|| not_offered(name))
    }
}

impl Provider for &'static Offline {
    fn name(&self) -> &'static str {
        self.name
    }

    fn address(&self) -> &'static str {
        self.address
    }

    fn writes_files(&self) -> bool {
        self.writes_files
    }

    fn schema(&self) -> &'static ProviderSchema {
        let this: &'static Offline = self;
        this.schema.get_or_init(|| ProviderSchema {
            config: &CONFIG,
            resources: this.resources.iter().map(|r| r.declaration()).collect::<Vec<_>>().leak(),
            data: this.data.iter().map(|d| d.declaration()).collect::<Vec<_>>().leak(),
        })
    }

    fn validate(&self, mode: Mode, type_name: &str, config: &Value) -> Diagnostics {
        match mode {
            Mode::Managed => self.resource(type_name).map_or_else(|p| p, |r| r.validate(config)),
            Mode::Data => self.data(type_name).map_or_else(|p| p, |d| d.validate(config)),
        }
    }

    fn upgrade(
        &self,
        type_name: &str,
        _from_version: u64,
        attributes: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        self.resource(type_name)?.upgrade(attributes)
    }

    fn configure(
        &self,
        _config: &Value,
        _environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        Ok(Arc::new(*self))
    }
}

impl Connection for &'static Offline {
    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (index, ReadRequest { type_name, prior, private }) in requests.into_iter().enumerate() {
                let found = match self.resource(&type_name) {
                    Ok(resource) => blocking(move || resource.read(prior)).await,
                    Err(problems) => Err(problems),
                };
                done(
                    index,
                    match found {
                        Ok(object) => ReadResponse { object, private, ..ReadResponse::default() },
                        Err(problems) => ReadResponse { problems, ..ReadResponse::default() },
                    },
                );
            }
        })
    }

    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        match self.resource(request.type_name) {
            Ok(resource) => resource.plan(&request),
            Err(problems) => PlanResponse { problems, ..PlanResponse::of(request.proposed.clone()) },
        }
    }

    fn apply<'a>(
        &'a self,
        request: ApplyRequest,
        _context: ApplyContext<'a>,
    ) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            let ApplyRequest { type_name, prior, planned, private, .. } = request;
            let (prior, planned) = (prior.filter(|v| !v.is_null()), planned.filter(|v| !v.is_null()));
            let kept = prior.clone();
            let changed = match self.resource(&type_name) {
                Ok(resource) => blocking(move || change(resource, prior, planned)).await,
                Err(problems) => Err(problems),
            };
            match changed {
                Ok(object) => ApplyResponse { object, private, ..ApplyResponse::default() },
                Err(problems) => {
                    ApplyResponse { object: kept, private, problems, ..ApplyResponse::default() }
                }
            }
        })
    }

    fn import<'a>(
        &'a self,
        type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move {
            let object = self.resource(type_name)?.import(id)?;
            Ok(ImportResponse { object, private: None })
        })
    }

    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move { self.data(type_name)?.read(config).await })
    }
}

/// Creates or deletes; an update in place changes the state alone, so the planned object is the result.
fn change(
    resource: &dyn Resource,
    prior: Option<Value>,
    planned: Option<Value>,
) -> Result<Option<Value>, Diagnostics> {
    match (prior, planned) {
        (None, Some(planned)) => resource.create(&planned).map(Some),
        (Some(prior), None) => resource.delete(&prior).map(|()| None),
        (_, planned) => Ok(planned),
    }
}

/// Runs what may take a while where waiting is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Diagnostics> + Send + 'static,
) -> Result<T, Diagnostics> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Diagnostic::error(
            "Operation failed",
            format!("The operation ended without an answer: {error}. This is a bug in lambdaform, which should be \
                 reported."),
        )
        .into())
    })
}

/// A string attribute that is known and not null.
pub(super) fn text<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.get(name)?.as_str()
}

/// Whether an object has a value for an attribute, known or not.
pub(super) fn is_set(object: &Value, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_null())
}

/// An object with several attributes put over.
pub(super) fn filled<const N: usize>(object: &Value, computed: [(&str, Value); N]) -> Value {
    let mut object = object.clone();
    for (name, value) in computed {
        object.set_attr(name, value);
    }
    object
}

/// The replacement that a map of triggers asks for: entries that are null do not count.
pub(super) fn triggered(request: &PlanRequest<'_>, name: &str) -> Vec<Path> {
    let entries = |object: &Value| -> Option<Vec<(String, Value)>> {
        let map = object.get(name).filter(|map| !map.is_unknown())?;
        let entries = map.as_entries().into_iter().flatten().filter(|(_, value)| !value.is_null());
        Some(entries.map(|(key, value)| (key.to_string(), value.clone())).collect())
    };
    match request.prior {
        Some(prior) if entries(prior) != entries(request.proposed) => vec![Path::from(name)],
        _ => Vec::new(),
    }
}

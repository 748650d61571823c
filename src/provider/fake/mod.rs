//! `Fake`: a provider over an object store in memory, with every attribute mode, faults on demand and hooks, for tests
//! of whatever speaks to the port.
//! Knows nothing of who tests what.

mod connection;
mod types;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use self::connection::Connected;
use self::types::SCHEMA;
use super::{
    ApplyRequest, BoxFuture, Connection, Environment, PlanRequest, PlanResponse, Provider, ProviderSchema,
    ProvisionContext, Provisioner, Registry,
};
use crate::base::{Diagnostic, Diagnostics, Mode, Value};
use crate::schema::{Attribute, Block, Schema};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused.
    Refused,
    /// The connection breaks before anything happens.
    Lost,
    /// The connection breaks after it was done.
    LostAfter,
    /// It is done, but an error follows: what is there is answered with the error, tainted if it is new.
    Partial,
    /// As `Partial`, not tainted: an interrupt cut the wait short.
    Unfinished,
    /// The provider panics before it asks.
    Panic,
    /// The provider panics after it was done.
    PanicAfter,
}

/// All of them.
pub const FAULTS: [Fault; 7] = [
    Fault::Refused,
    Fault::Lost,
    Fault::LostAfter,
    Fault::Partial,
    Fault::Unfinished,
    Fault::Panic,
    Fault::PanicAfter,
];

type PlanHook = Arc<dyn Fn(&PlanRequest<'_>, PlanResponse) -> PlanResponse + Send + Sync>;
type ResultHook = Arc<dyn Fn(&ApplyRequest, Value) -> Value + Send + Sync>;
type ValidateHook = Arc<dyn Fn(&str, &Value) -> Diagnostics + Send + Sync>;
type CallHook = Arc<dyn Fn(&str) + Send + Sync>;

/// Which call a fault waits for.
enum Awaited {
    /// The next one whose text begins so.
    Text(String),
    /// The one of this number from now, counted over creations, updates and deletions.
    Number(usize),
}

#[derive(Default)]
struct Inner {
    /// Every object by its id, with its type and the region it is in.
    objects: BTreeMap<String, Stored>,
    made: usize,
    calls: Vec<String>,
    faults: VecDeque<(Awaited, Fault)>,
    in_flight: usize,
    most_in_flight: usize,
    configurations: Vec<Value>,
    plan: Option<PlanHook>,
    result: Option<ResultHook>,
    validate: Option<ValidateHook>,
    on_call: Option<CallHook>,
    notes: Vec<(String, usize)>,
}

#[derive(Clone)]
struct Stored {
    type_name: Arc<str>,
    region: String,
    value: Value,
}

/// The provider; clones share everything.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Inner>>);

impl Fake {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A registry with nothing but this provider and its provisioner.
    pub fn registry(&self) -> Registry {
        Registry::new([Arc::new(self.clone()) as Arc<dyn Provider>])
            .with_provisioners([Arc::new(self.clone()) as Arc<dyn Provisioner>])
    }

    /// What provisioners were told to note, in order, with how many objects there were then.
    pub fn notes(&self) -> Vec<(String, usize)> {
        self.inner().notes.clone()
    }

    /// The ids of all objects.
    pub fn ids(&self) -> Vec<String> {
        self.inner().objects.keys().cloned().collect()
    }

    /// The object of a name.
    pub fn find(&self, name: &str) -> Option<Value> {
        let inner = self.inner();
        inner.objects.values().find(|o| named(&o.value, name)).map(|o| o.value.clone())
    }

    /// Changes an attribute behind everybody's back.
    pub fn meddle(&self, name: &str, attribute: &str, value: Value) {
        let mut inner = self.inner();
        let stored = inner.objects.values_mut().find(|o| named(&o.value, name)).expect("no such object");
        stored.value = stored.value.with_attr(attribute, value);
    }

    /// Removes an object behind everybody's back.
    pub fn vanish(&self, name: &str) {
        self.inner().objects.retain(|_, o| !named(&o.value, name));
    }

    /// The calls since last asked: `create fake_thing a`, `read fake_thing a`, `update fake_thing a SIZE`,
    /// `delete fake_thing a`, `data fake_lookup a`.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().calls)
    }

    /// The provider configurations since last asked, in the order they were made.
    pub fn take_configurations(&self) -> Vec<Value> {
        std::mem::take(&mut self.inner().configurations)
    }

    /// How many changes were in flight at once at most.
    pub fn most_in_flight(&self) -> usize {
        self.inner().most_in_flight
    }

    /// Lets the next call whose text begins so go wrong.
    pub fn fail(&self, call: &str, fault: Fault) {
        self.inner().faults.push_back((Awaited::Text(call.to_owned()), fault));
    }

    /// Lets the change of this number from now go wrong.
    pub fn fail_nth(&self, number: usize, fault: Fault) {
        self.inner().faults.push_back((Awaited::Number(number), fault));
    }

    /// Forgets faults that were not met.
    pub fn heal(&self) {
        self.inner().faults.clear();
    }

    /// Replaces what is planned.
    pub fn on_plan(
        &self,
        f: impl Fn(&PlanRequest<'_>, PlanResponse) -> PlanResponse + Send + Sync + 'static,
    ) {
        self.inner().plan = Some(Arc::new(f));
    }

    /// Replaces what a creation or update answers.
    pub fn on_result(&self, f: impl Fn(&ApplyRequest, Value) -> Value + Send + Sync + 'static) {
        self.inner().result = Some(Arc::new(f));
    }

    /// Judges configurations.
    pub fn on_validate(&self, f: impl Fn(&str, &Value) -> Diagnostics + Send + Sync + 'static) {
        self.inner().validate = Some(Arc::new(f));
    }

    /// Is told each changing call before it is made.
    pub fn on_call(&self, f: impl Fn(&str) + Send + Sync + 'static) {
        self.inner().on_call = Some(Arc::new(f));
    }

    /// Notes a call and gives the fault that awaits it.
    fn begin(&self, call: &str, changes: bool) -> Option<Fault> {
        let mut inner = self.inner();
        inner.calls.push(call.to_owned());
        if changes {
            for (awaited, _) in &mut inner.faults {
                if let Awaited::Number(n) = awaited {
                    *n = n.wrapping_sub(1);
                }
            }
        }
        let met = inner.faults.iter().position(|(awaited, _)| match awaited {
            Awaited::Text(text) => call.starts_with(text.as_str()),
            Awaited::Number(n) => changes && *n == usize::MAX,
        })?;
        inner.faults.remove(met).map(|(_, fault)| fault)
    }
}

fn named(object: &Value, name: &str) -> bool {
    object.get("name").and_then(Value::as_str) == Some(name)
}

fn text(object: &Value, attribute: &str) -> String {
    object.get(attribute).and_then(Value::as_str).unwrap_or_default().to_owned()
}

static NOTE: Schema =
    Schema { version: 0, block: Block { attributes: &[Attribute::string("text").required()], blocks: &[] } };

/// A provisioner that notes a text, and fails for one that begins with "fail".
impl Provisioner for Fake {
    fn name(&self) -> &'static str {
        "note"
    }

    fn schema(&self) -> &'static Schema {
        &NOTE
    }

    fn run<'a>(
        &'a self,
        config: Value,
        context: ProvisionContext<'a>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move {
            let text = config.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
            (context.say)(&text);
            if text.starts_with("interrupt") {
                context.stop.set();
            }
            let mut inner = self.inner();
            let objects = inner.objects.len();
            inner.notes.push((text.clone(), objects));
            match text.starts_with("fail") {
                true => Err(Diagnostic::error("Note failed", "It was told to.").into()),
                false => Ok(()),
            }
        })
    }
}

impl Provider for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn address(&self) -> &'static str {
        "registry.terraform.io/test/fake"
    }

    fn schema(&self) -> &'static ProviderSchema {
        &SCHEMA
    }

    fn validate(&self, _mode: Mode, type_name: &str, config: &Value) -> Diagnostics {
        let hook = self.inner().validate.clone();
        hook.map(|hook| hook(type_name, config)).unwrap_or_default()
    }

    /// Version 1 had `title` where 2 has `note`; version 0 cannot be understood.
    fn upgrade(
        &self,
        _type_name: &str,
        from_version: u64,
        mut attributes: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        if from_version == 0 {
            return Err(Diagnostic::error("Too old", "Version 0 cannot be understood.").into());
        }
        if let Some(entries) = attributes.as_object_mut()
            && let Some(title) = entries.remove("title")
        {
            entries.insert("note".to_owned(), title);
        }
        Ok(attributes)
    }

    fn configure(
        &self,
        config: &Value,
        _environment: &Environment,
    ) -> Result<Arc<dyn Connection>, Diagnostics> {
        if config.get("region").and_then(Value::as_str) == Some("nowhere") {
            return Err(Diagnostic::error("No such region", "There is no such region.").on("region").into());
        }
        self.inner().configurations.push(config.clone());
        Ok(Arc::new(Connected { fake: self.clone(), region: text(config, "region") }))
    }
}

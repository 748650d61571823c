//! `Fake`: a provider over an object store in memory, with every attribute mode, faults on demand and hooks, for tests
//! of whatever speaks to the port.
//! Knows nothing of who tests what.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, CallOutcome, Connection, DataType, Environment,
    ImportResponse, PlanRequest, PlanResponse, Provider, ProviderSchema, ProvisionContext, Provisioner,
    ReadRequest, ReadResponse, Registry, ResourceType, SettleRequest, Settled,
};
use crate::base::{Diagnostic, Diagnostics, Kind, Mode, Type, Value};
use crate::schema::{AttrType, Attribute, Block, Default as Fallback, Group, NestedBlock, Schema};

/// The call that carries `size`.
pub const SIZE: Group = Group(1);
/// The call that carries `tags`.
pub const TAGS: Group = Group(2);

const RULE: Block = Block {
    attributes: &[
        Attribute::number("port").required(),
        Attribute::string("secret").sensitive(),
        Attribute::string("rule_id").computed(),
    ],
    blocks: &[],
};

const OBJECT: Block = Block {
    attributes: &[
        Attribute::string("id").computed(),
        Attribute::string("name").required().replaces(),
        Attribute::number("size").default(Fallback::Int(1)).group(SIZE),
        Attribute::string("note"),
        Attribute::string("kind").replaces(),
        Attribute::string("zone").optional_computed(),
        Attribute::number("serial").computed(),
        Attribute::string("secret").sensitive(),
        Attribute::string_map("tags").group(TAGS),
        Attribute::string_set("labels"),
        Attribute::of("any", AttrType::Dynamic),
    ],
    blocks: &[
        NestedBlock::many("rule", RULE),
        NestedBlock::one(
            "setting",
            Block { attributes: &[Attribute::string("mode").required()], blocks: &[] },
        )
        .computed(),
        NestedBlock::single("limits", Block { attributes: &[Attribute::number("max")], blocks: &[] }),
    ],
};

/// Objects with unique names; null and empty mean the same.
static THING: ResourceType = ResourceType {
    name: "fake_thing",
    schema: Schema { version: 2, block: OBJECT },
    unique: &["name"],
    empty_is_null: true,
    import_id: "ID",
};

/// Objects whose names may be the same.
static FREE: ResourceType = ResourceType {
    name: "fake_free",
    schema: Schema { version: 2, block: OBJECT },
    unique: &[],
    empty_is_null: false,
    import_id: "ID",
};

const DATA: Block = Block {
    attributes: &[
        Attribute::string("name").required(),
        Attribute::string("secret").sensitive(),
        Attribute::string("result").computed(),
    ],
    blocks: &[],
};

static PURE: DataType =
    DataType { name: "fake_pure", schema: Schema { version: 0, block: DATA }, pure: true };
static LOOKUP: DataType =
    DataType { name: "fake_lookup", schema: Schema { version: 0, block: DATA }, pure: false };

static CONFIG: Schema = Schema {
    version: 0,
    block: Block {
        attributes: &[Attribute::string("region"), Attribute::string("token").sensitive()],
        blocks: &[],
    },
};

static SCHEMA: ProviderSchema =
    ProviderSchema { config: &CONFIG, resources: &[&THING, &FREE], data: &[&PURE, &LOOKUP] };

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

/// The fake in one region.
struct Connected {
    fake: Fake,
    region: String,
}

impl Connected {
    fn read_one(&self, request: &ReadRequest) -> ReadResponse {
        let call = format!("read {} {}", request.type_name, text(&request.prior, "name"));
        if let Some(fault) = self.fake.begin(&call, false) {
            return ReadResponse { problems: failure(&call, fault).into(), ..ReadResponse::default() };
        }
        let inner = self.fake.inner();
        let found = inner.objects.get(&text(&request.prior, "id")).filter(|o| o.region == self.region);
        ReadResponse {
            object: found.map(|o| o.value.clone()),
            revision: found.and_then(|o| revision(&o.value)),
            private: request.private.clone(),
            ..ReadResponse::default()
        }
    }

    async fn change(&self, request: ApplyRequest, context: ApplyContext<'_>) -> ApplyResponse {
        let (operation, groups) = match (&request.prior, &request.planned) {
            (None, _) => ("create", String::new()),
            (_, None) => ("delete", String::new()),
            _ => ("update", carried(request.groups)),
        };
        let old = request.prior.clone().unwrap_or(Value::NULL);
        let new = request.planned.clone().unwrap_or(Value::NULL);
        let shown = if new.is_null() { &old } else { &new };
        let call = format!("{operation} {} {}{groups}", request.type_name, text(shown, "name"));
        let (fault, id) = {
            let fault = self.fake.begin(&call, true);
            let mut inner = self.fake.inner();
            inner.made += 1;
            let id = if operation == "create" { format!("id-{}", inner.made) } else { text(&old, "id") };
            (fault, id)
        };
        // There is no half of nothing.
        let fault = match fault {
            Some(Fault::Partial | Fault::Unfinished) if operation == "delete" => Some(Fault::LostAfter),
            fault => fault,
        };
        if fault == Some(Fault::Panic) {
            panic_quietly();
        }
        let announced = match context.calls.begin(operation, &id) {
            Ok(announced) => announced,
            Err(error) => {
                let problem = Diagnostic::error("Call not announced", error.to_string());
                return ApplyResponse { problems: problem.into(), ..ApplyResponse::default() };
            }
        };
        let hook = self.fake.inner().on_call.clone();
        if let Some(hook) = hook {
            hook(&call);
        }
        // Others get their turn, so that what may run at once does.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        if let Some(fault @ (Fault::Refused | Fault::Lost)) = fault {
            let outcome = if fault == Fault::Lost { CallOutcome::Unclear } else { CallOutcome::Refused };
            context.calls.end(announced, outcome);
            return ApplyResponse { problems: failure(&call, fault).into(), ..ApplyResponse::default() };
        }
        let done = self.commit(&request, operation, &id);
        if fault == Some(Fault::PanicAfter) {
            panic_quietly();
        }
        match (done, fault) {
            (Err(problem), _) => {
                context.calls.end(announced, CallOutcome::Refused);
                ApplyResponse { problems: problem.into(), ..ApplyResponse::default() }
            }
            (Ok(_), Some(fault @ Fault::LostAfter)) => {
                context.calls.end(announced, CallOutcome::Unclear);
                ApplyResponse { problems: failure(&call, fault).into(), ..ApplyResponse::default() }
            }
            (Ok(object), fault) => {
                context.calls.end(announced, CallOutcome::Landed);
                ApplyResponse {
                    object,
                    private: request.private,
                    problems: fault.map(|fault| failure(&call, fault)).into_iter().collect(),
                    tainted: fault == Some(Fault::Partial) && operation == "create",
                }
            }
        }
    }

    fn commit(&self, request: &ApplyRequest, operation: &str, id: &str) -> Result<Option<Value>, Diagnostic> {
        let hook = self.fake.inner().result.clone();
        let mut inner = self.fake.inner();
        let Some(planned) = &request.planned else {
            inner.objects.remove(id);
            return Ok(None);
        };
        let name = text(planned, "name");
        let taken = inner.objects.iter().any(|(other, o)| {
            other != id
                && o.type_name == request.type_name
                && o.region == self.region
                && named(&o.value, &name)
        });
        if taken && &*request.type_name == THING.name {
            return Err(Diagnostic::error("Name is taken", format!("There is an object named {name:?}.")));
        }
        let serial = match inner.objects.get(id).and_then(|o| o.value.get("serial")?.as_number()?.as_i64()) {
            Some(serial) => serial + 1,
            None if operation == "update" => {
                return Err(Diagnostic::error("No such object", format!("{name:?} is not there.")));
            }
            None => 1,
        };
        let object = fill(&planned.with_attr("serial", serial.into()).with_attr("id", id.into()));
        let stored = Stored {
            type_name: Arc::clone(&request.type_name),
            region: self.region.clone(),
            value: object.clone(),
        };
        inner.objects.insert(id.to_owned(), stored);
        Ok(Some(hook.map_or(object.clone(), |hook| hook(request, object))))
    }
}

/// Panics without a word on the terminal.
fn panic_quietly() -> ! {
    std::panic::resume_unwind(Box::new("asked to panic"))
}

/// Gives what is unknown a value of its type.
fn fill(value: &Value) -> Value {
    match value.kind() {
        Kind::Unknown(Type::List(element)) if **element != Type::String => {
            Value::list((**element).clone(), [Value::object([("mode", Value::from("auto"))])])
        }
        Kind::Unknown(Type::Number) => Value::number(7),
        Kind::Unknown(Type::String | Type::Dynamic) => "made".into(),
        Kind::Unknown(ty) => Value::null(ty.clone()),
        _ => value.map_children(fill),
    }
}

fn revision(object: &Value) -> Option<Arc<str>> {
    Some(format!("r{}", object.get("serial")?.as_number()?.as_i64()?).into())
}

fn carried(groups: Group) -> String {
    [(SIZE, " SIZE"), (TAGS, " TAGS")].iter().filter(|(g, _)| groups.meets(*g)).map(|(_, n)| *n).collect()
}

fn failure(call: &str, fault: Fault) -> Diagnostic {
    Diagnostic::error("Call failed", format!("{call}: {fault:?}."))
}

impl Connection for Connected {
    fn connect(&self) -> BoxFuture<'_, Result<(), Diagnostics>> {
        Box::pin(async { Ok(()) })
    }

    fn read<'a>(
        &'a self,
        requests: Vec<ReadRequest>,
        done: &'a (dyn Fn(usize, ReadResponse) + Send + Sync),
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            for (index, request) in requests.iter().enumerate() {
                tokio::task::yield_now().await;
                done(index, self.read_one(request));
            }
        })
    }

    /// Whatever changes raises `serial`.
    fn plan(&self, request: PlanRequest<'_>) -> PlanResponse {
        let changed = request.prior.is_none_or(|prior| prior != request.proposed);
        let planned = if changed {
            request.proposed.with_attr("serial", Value::unknown(Type::Number))
        } else {
            request.proposed.clone()
        };
        let response = PlanResponse {
            planned,
            replace: Vec::new(),
            private: None,
            package: None,
            problems: Diagnostics::new(),
        };
        let hook = self.fake.inner().plan.clone();
        match hook {
            Some(hook) => hook(&request, response),
            None => response,
        }
    }

    fn apply<'a>(&'a self, request: ApplyRequest, context: ApplyContext<'a>) -> BoxFuture<'a, ApplyResponse> {
        Box::pin(async move {
            {
                let mut inner = self.fake.inner();
                inner.in_flight += 1;
                inner.most_in_flight = inner.most_in_flight.max(inner.in_flight);
            }
            let response = self.change(request, context).await;
            self.fake.inner().in_flight -= 1;
            response
        })
    }

    fn settle<'a>(&'a self, request: SettleRequest) -> BoxFuture<'a, Settled> {
        Box::pin(async move {
            let there = self.fake.inner().objects.get(&request.target).map(|o| o.value.clone());
            match (request.operation.as_str(), there) {
                ("delete", None) => Settled::Landed { object: None, private: None },
                ("delete", Some(_)) | (_, None) => Settled::NotLanded,
                (_, object) => Settled::Landed { object, private: None },
            }
        })
    }

    fn import<'a>(
        &'a self,
        _type_name: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<ImportResponse, Diagnostics>> {
        Box::pin(async move {
            let found = self.fake.inner().objects.get(id).map(|o| o.value.clone());
            found.map(|object| ImportResponse { object, private: None }).ok_or_else(|| {
                Diagnostic::error("No such object", format!("There is no object {id:?}.")).into()
            })
        })
    }

    /// `fake_pure` gives its name in capitals, `fake_lookup` the id of the object of that name.
    fn read_data<'a>(
        &'a self,
        type_name: &'a str,
        config: Value,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let name = text(&config, "name");
            let call = format!("data {type_name} {name}");
            if let Some(fault) = self.fake.begin(&call, false) {
                return Err(failure(&call, fault).into());
            }
            let result = if type_name == PURE.name {
                name.to_uppercase()
            } else {
                self.fake.find(&name).map(|o| text(&o, "id")).unwrap_or_default()
            };
            Ok(config.with_attr("result", result.into()))
        })
    }
}

//! The fake provider in one region: what its calls do to the store, and how they go wrong.
//! Knows nothing of which fault comes when; the store says so.

use std::sync::Arc;

use super::types::{PURE, SIZE, TAGS, THING};
use super::{Fake, Fault, Stored, named, text};
use crate::base::{Diagnostic, Diagnostics, Kind, Type, Value};
use crate::provider::{
    ApplyContext, ApplyRequest, ApplyResponse, BoxFuture, CallOutcome, Connection, ImportResponse,
    PlanRequest, PlanResponse, ReadRequest, ReadResponse, SettleRequest, Settled,
};
use crate::schema::Group;

/// The fake in one region.
pub(super) struct Connected {
    pub(super) fake: Fake,
    pub(super) region: String,
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
                ("delete", None) => Settled::Landed { object: None, private: None, tainted: false },
                ("delete", Some(_)) | (_, None) => Settled::NotLanded,
                (_, object) => Settled::Landed { object, private: None, tainted: false },
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

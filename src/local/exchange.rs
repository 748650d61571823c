//! One request from bytes to answer: place, operation, faults, quota, the operation itself, and the wire format.
//! Knows nothing of any single operation.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;

use super::call::{Call, Ending, Reply};
use super::error::{Kind, Refusal};
use super::faults::Action;
use super::place::{FunctionRef, Place, is_region, layer_name};
use super::route::{self, Content, Match, Route};
use super::server::Shared;
use super::shape::{Object, Shape, check, read_text};
use super::store;
use super::{control, invoke, sts};

/// The largest request, in bytes: 50 MB of zip in base64. Source: the message AWS answers.
const REQUEST_LIMIT: usize = 69_905_067;
/// Bodies above this are worked on away from the threads that serve sockets.
const LARGE: usize = 64 * 1024;

/// A complete answer.
pub type Answer = Response<Full<Bytes>>;

/// The connection is closed without an answer: a fault rule wants it, or the client went away.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped")]
pub struct Dropped;

/// Answers one request.
pub async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Answer, Dropped> {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let body = read(body).await.map_err(|_| Dropped)?;
    if let Some(rest) = path.strip_prefix("/_lambdaform/") {
        return Ok(control::answer(&shared, method, rest, body.unwrap_or_default()));
    }
    let place = place(&head.headers, &shared.account);
    let request_id = uuid::Uuid::new_v4().to_string();
    let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if path == "/" && kind.starts_with(b"application/x-www-form") {
        let form = route::pairs(&String::from_utf8_lossy(&body.unwrap_or_default()));
        return answer_sts(&shared, &form, &place, &request_id).await;
    }
    let query = route::pairs(head.uri.query().unwrap_or_default());
    match route::find(method, path, &query) {
        Some(found) => {
            let large = body.as_ref().map_or(0, Bytes::len) > LARGE;
            let input = input(&found, &query, &head.headers, body);
            answer_lambda(shared, found.route, input, large, place, &request_id).await
        }
        None => {
            let named = format!("{method} {path}");
            let refusal = unknown(&named, head.headers.get("x-amz-target"));
            shared.calls.begin(&named, &place.region).record.status = refusal.status;
            Ok(refused(&refusal, &request_id))
        }
    }
}

async fn answer_sts(
    shared: &Shared,
    form: &[(String, String)],
    place: &Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let operation = sts::action(form);
    let mut flight = shared.calls.begin(operation, &place.region);
    let fate = meet_faults(shared, operation, None).await?;
    let answer = match fate.refusal {
        Some(refusal) => sts::refused(&refusal, request_id),
        None => sts::answer(form, place, request_id, shared.clock.now()),
    };
    if fate.lose_answer {
        return Err(Dropped);
    }
    flight.record.status = answer.status;
    Ok(write(answer.status, "text/xml", answer.body.into(), request_id))
}

async fn answer_lambda(
    shared: Arc<Shared>,
    route: &'static Route,
    input: Result<Object, Refusal>,
    large: bool,
    place: Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let operation = route.operation;
    let subject = input.as_ref().ok().and_then(|input| subject(input, &place));
    let mut flight = shared.calls.begin(operation, &place.region);
    flight.record.function.clone_from(&subject);
    let fate = meet_faults(&shared, operation, subject.as_deref()).await?;
    let admitted = || match &shared.quota {
        Some(quota) => quota.admit(&place.region, operation, shared.clock.now()),
        None => true,
    };
    let reply = match (fate.refusal, input) {
        (Some(refusal), _) => Err(refusal),
        _ if !admitted() => Err(Refusal::throttled()),
        (None, Err(refusal)) => Err(refusal),
        (None, Ok(input)) => {
            let shared = Arc::clone(&shared);
            let (place, ending) = (place.clone(), fate.ending);
            let writes = shared.store.is_some() && route.method != "GET";
            let work = move || run(&shared, route, place, input, ending);
            // Hashing a large package or writing files must not hold up other connections.
            if large || writes {
                tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(broken()))
            } else {
                work()
            }
        }
    };
    if fate.lose_answer {
        return Err(Dropped);
    }
    let answer = match reply {
        Ok(value) if route.body == Content::Event => identified(invoke::write(&value), request_id),
        Ok(Value::Null) => write(route.status, "application/json", Bytes::new(), request_id),
        Ok(value) => write(route.status, "application/json", value.to_string().into(), request_id),
        Err(refusal) => refused(&refusal, request_id),
    };
    flight.record.status = answer.status().as_u16();
    drop(flight);
    if let Some(late) = fate.late {
        tokio::time::sleep(late).await;
    }
    Ok(answer)
}

/// An answer in JSON without a request id, for the server's own paths.
pub fn plain(status: u16, body: &Value) -> Answer {
    respond(status, "application/json", body.to_string().into())
}

/// An answer of any type.
pub fn respond(status: u16, kind: &'static str, body: Bytes) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn run(shared: &Shared, route: &Route, place: Place, input: Object, ending: Ending) -> Reply {
    check(route.input, &input)?;
    let now = shared.clock.now();
    let call = Call { shared, place, input, now, ending, touched: Default::default() };
    let reply = (route.run)(&call);
    if let Some(store) = &shared.store {
        for key in call.touched.take() {
            let current = || {
                let world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
                store::current(&world, &key)
            };
            store.keep(&key, current).map_err(|error| {
                Refusal::new(Kind::Service, format!("The change cannot be kept in the data folder: {error}"))
            })?;
        }
    }
    reply
}

struct TooLarge;

/// Reads the body. One that is too large is read to its end and thrown away, so that the client, which is still
/// sending, gets to see the answer.
async fn read(mut body: Incoming) -> Result<Result<Bytes, TooLarge>, hyper::Error> {
    let declared = body.size_hint().lower();
    let mut over = usize::try_from(declared).is_ok_and(|declared| declared > REQUEST_LIMIT);
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        over |= content.len() + data.len() > REQUEST_LIMIT;
        if over {
            content = Vec::new();
        } else {
            content.extend_from_slice(&data);
        }
    }
    Ok(if over { Err(TooLarge) } else { Ok(content.into()) })
}

/// Region and account of a request, from the scope of its signature; `us-east-1` without one.
fn place(headers: &HeaderMap, account: &str) -> Place {
    let scope = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = scope.and_then(|text| text.split_once("Credential=")).map(|(_, rest)| rest);
    let region = credential.and_then(|text| text.split(['/', ',']).nth(2)).filter(|region| is_region(region));
    Place { region: region.unwrap_or("us-east-1").to_owned(), account: account.to_owned() }
}

/// The members of a request, wherever they stand in it.
fn input(
    found: &Match,
    query: &[(String, String)],
    headers: &HeaderMap,
    body: Result<Bytes, TooLarge>,
) -> Result<Object, Refusal> {
    let Route { operation, method, body: content, .. } = found.route;
    let body = body.map_err(|TooLarge| {
        Refusal::new(
            Kind::RequestEntityTooLarge,
            format!("Request must be smaller than {REQUEST_LIMIT} bytes for the {operation} operation"),
        )
    })?;
    let has_body = matches!(*method, "POST" | "PUT") && !body.is_empty();
    let given = match content {
        Content::Event => invoke::read(headers, &body)?,
        Content::Members if has_body => members(&body)?,
        Content::Members => Object::new(),
    };
    Ok(assemble(found, query, given, has_body))
}

/// A body that is one JSON object; nulls count as absent.
fn members(body: &[u8]) -> Result<Object, Refusal> {
    let unreadable = |detail: String| {
        Refusal::new(Kind::InvalidRequestContent, format!("Could not parse request body into json: {detail}"))
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut members)) => {
            members.retain(|_, value| !value.is_null());
            Ok(members)
        }
        Ok(_) => Err(unreadable("the body is not an object".to_owned())),
        Err(error) => Err(unreadable(error.to_string())),
    }
}

/// Puts path, query and body together; only members the operation declares are kept.
fn assemble(found: &Match, query: &[(String, String)], mut given: Object, has_body: bool) -> Object {
    let mut input = Object::new();
    for field in found.route.input {
        let from_path = found.params.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value);
        let mut from_query = query.iter().filter(|(name, _)| name == field.name).map(|(_, value)| value);
        let value = match (from_path, &field.shape) {
            (Some(text), shape) => Some(read_text(shape, text)),
            (None, Shape::List(_, _, of)) if !has_body => {
                let items: Vec<Value> = from_query.map(|text| read_text(of, text)).collect();
                (!items.is_empty()).then_some(Value::Array(items))
            }
            (None, shape) => {
                from_query.next().filter(|text| !text.is_empty()).map(|text| read_text(shape, text))
            }
        };
        if let Some(value) = value.or_else(|| given.remove(field.name)) {
            input.insert(field.name.to_owned(), value);
        }
    }
    input
}

/// The function or layer a call is about, by bare name.
fn subject(input: &Object, place: &Place) -> Option<String> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    if let Some(name) =
        text("FunctionName").or_else(|| text("Resource").filter(|arn| arn.contains(":function:")))
    {
        return Some(
            FunctionRef::parse(name, None, place).map_or_else(|_| name.to_owned(), |found| found.name),
        );
    }
    text("LayerName").or_else(|| text("Arn")).map(|name| layer_name(name).to_owned())
}

/// What the fault rules decided about a call.
#[derive(Default)]
struct Fate {
    refusal: Option<Refusal>,
    lose_answer: bool,
    late: Option<Duration>,
    ending: Ending,
}

async fn meet_faults(shared: &Shared, operation: &str, subject: Option<&str>) -> Result<Fate, Dropped> {
    let mut fate = Fate::default();
    for action in shared.faults.meet(operation, subject) {
        match action {
            Action::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            Action::DropBefore => return Err(Dropped),
            Action::DropAfter => fate.lose_answer = true,
            Action::AnswerLate { ms } => fate.late = Some(Duration::from_millis(ms)),
            Action::FailState(failure) => fate.ending.failure = Some(failure),
            Action::FunctionError(error) => fate.ending.function_error = Some(error),
            Action::Settle { ms } => fate.ending.after = Some(ms),
            Action::Throttle => fate.refusal = fate.refusal.or_else(|| Some(Refusal::throttled())),
            Action::Error { code, status, message } => {
                let injected = || Refusal::injected(&code, status, message.as_deref());
                fate.refusal = fate.refusal.or_else(|| Some(injected()));
            }
        }
    }
    Ok(fate)
}

fn unknown(named: &str, target: Option<&HeaderValue>) -> Refusal {
    let target = target.and_then(|value| value.to_str().ok());
    let named = target.map_or_else(|| named.to_owned(), |target| format!("{target} ({named})"));
    Refusal::new(
        Kind::UnknownOperation,
        format!(
            "The local control plane answers no operation at {named}. It speaks Lambda and a little STS."
        ),
    )
}

fn broken() -> Refusal {
    Refusal::new(Kind::Service, "An internal error occurred. Please retry your request.")
}

fn refused(refusal: &Refusal, request_id: &str) -> Answer {
    let body = refusal.body().to_string();
    let mut answer = write(refusal.status, "application/json", body.into(), request_id);
    if let Ok(code) = HeaderValue::from_str(&refusal.code) {
        answer.headers_mut().insert("x-amzn-errortype", code);
    }
    if let Some(seconds) = refusal.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

fn write(status: u16, kind: &'static str, body: Bytes, request_id: &str) -> Answer {
    identified(respond(status, kind, body), request_id)
}

fn identified(mut answer: Answer, request_id: &str) -> Answer {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        answer.headers_mut().insert("x-amzn-requestid", id);
    }
    answer
}

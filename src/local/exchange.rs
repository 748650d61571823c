//! One request from bytes to answer: place, operation, faults, quota, the operation itself, and the wire format.
//! Knows nothing of any single operation.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::call::{Call, Ending};
use super::error::{Kind, Refusal};
use super::faults::Action;
use super::place::{FunctionRef, Place, is_region, layer_name};
use super::route::{self, Content, Match, Route};
use super::server::Shared;
use super::shape::{Object, Shape, check, matches, read_text};
use super::{control, iam, invoke, logs, s3, sts};

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
    let (method, path, query) = (head.method.as_str(), head.uri.path(), head.uri.query().unwrap_or_default());
    let scope = Scope::of(&head.headers, query);
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let own = path.strip_prefix("/_lambdaform/");
    let is_s3 = own.is_none() && is_s3(&scope, path);
    let body =
        read(body, if is_s3 { s3::REQUEST_LIMIT } else { REQUEST_LIMIT }).await.map_err(|_| Dropped)?;
    if let Some(rest) = own {
        return Ok(control::answer(&shared, method, rest, body.unwrap_or_default()));
    }
    let place = scope.place(&shared.account);
    let request_id = uuid::Uuid::new_v4().to_string();
    if is_s3 {
        return answer_s3(shared, &head, body, place, &request_id).await;
    }
    if let Some(operation) = logs::find(target) {
        return answer_logs(shared, operation, body, place, &request_id).await;
    }
    let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if path == "/" && kind.starts_with(b"application/x-www-form") {
        let form = route::pairs(&String::from_utf8_lossy(&body.unwrap_or_default()));
        if scope.service.as_deref() == Some("iam") || iam::is_own(&form) {
            return answer_iam(shared, form, iam::home(&place), &request_id).await;
        }
        return answer_sts(shared, form, place, &request_id).await;
    }
    let query = route::pairs(query);
    match route::find(method, path, &query) {
        Some(found) => {
            let large = body.as_ref().map_or(0, Bytes::len) > LARGE;
            let input = input(&found, &query, &head.headers, body);
            answer_lambda(shared, found.route, input, large, place, &request_id).await
        }
        None => {
            let named = format!("{method} {path}");
            let refusal = unknown(&named, target);
            shared.calls.begin(&named, &place.region).record.status = refusal.status;
            Ok(refused(&refusal, &request_id))
        }
    }
}

async fn answer_sts(
    shared: Arc<Shared>,
    form: Vec<(String, String)>,
    place: Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let operation = sts::action(&form).to_owned();
    let (now, id) = (shared.clock.now(), request_id.to_owned());
    let theirs = place.clone();
    let work = move |_| Ok(sts::answer(&form, &theirs, &id, now));
    perform(&shared, &place, &operation, None, false, work, |reply| {
        let answer = reply.unwrap_or_else(|refusal| sts::refused(&refusal, request_id));
        write(answer.status, "text/xml", answer.body.into(), request_id)
    })
    .await
}

async fn answer_iam(
    shared: Arc<Shared>,
    form: Vec<(String, String)>,
    place: Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let named = sts::action(&form).to_owned();
    let operation = iam::find(&named);
    let input = operation.map(|operation| iam::read(operation.input(), &form)).unwrap_or_default();
    let (subject, away) = (iam::subject(&input), shared.store.is_some());
    let (theirs, there, unknown) = (Arc::clone(&shared), place.clone(), named.clone());
    let work = move |ending| match operation {
        Some(operation) => run(&theirs, there, input, ending, |call| operation.run(call)),
        None => Err(iam::unknown(&unknown)),
    };
    perform(&shared, &place, &named, subject, away, work, |reply| {
        let (status, body) = match reply.map_err(iam::translate) {
            Ok(value) => (200, iam::answer(&named, &value, request_id)),
            Err(refusal) => (refusal.status, iam::error(&refusal, request_id)),
        };
        write(status, "text/xml", body.into(), request_id)
    })
    .await
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
    let away = large || (shared.store.is_some() && route.method != "GET");
    let (theirs, there) = (Arc::clone(&shared), place.clone());
    let work = move |ending| {
        let now = theirs.clock.now();
        if theirs.quota.as_ref().is_some_and(|quota| !quota.admit(&there.region, operation, now)) {
            return Err(Refusal::throttled());
        }
        let input = input?;
        check(route.input, &input)?;
        run(&theirs, there, input, ending, route.run)
    };
    perform(&shared, &place, operation, subject, away, work, |reply| match reply {
        Ok(value) if route.body == Content::Event => identified(invoke::write(&value), request_id),
        Ok(Value::Null) => write(route.status, "application/json", Bytes::new(), request_id),
        Ok(value) => write(route.status, "application/json", value.to_string().into(), request_id),
        Err(refusal) => refused(&refusal, request_id),
    })
    .await
}

async fn answer_logs(
    shared: Arc<Shared>,
    operation: &'static logs::Operation,
    body: Result<Bytes, TooLarge>,
    place: Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let input = match body {
        Ok(body) => logs::read(&body),
        Err(TooLarge) => Err(Refusal::of("RequestEntityTooLargeException", 413, "The request is too large.")),
    };
    let subject = input.as_ref().ok().and_then(logs::subject);
    let away = shared.store.is_some();
    let (theirs, there) = (Arc::clone(&shared), place.clone());
    let work = move |ending| run(&theirs, there, input?, ending, |call| operation.run(call));
    perform(&shared, &place, operation.name, subject, away, work, |reply| {
        const KIND: &str = "application/x-amz-json-1.1";
        match reply.map_err(logs::translate) {
            Ok(Value::Null) => write(200, KIND, Bytes::new(), request_id),
            Ok(value) => write(200, KIND, value.to_string().into(), request_id),
            Err(refusal) => {
                let body = json!({ "__type": refusal.code, "message": refusal.message });
                write(refusal.status, KIND, body.to_string().into(), request_id)
            }
        }
    })
    .await
}

async fn answer_s3(
    shared: Arc<Shared>,
    head: &Parts,
    body: Result<Bytes, TooLarge>,
    place: Place,
    request_id: &str,
) -> Result<Answer, Dropped> {
    let too_large = body.is_err();
    let query = head.uri.query().unwrap_or_default();
    let request = s3::Request::read(head.uri.path(), query, head.headers.clone(), body.unwrap_or_default());
    let operation = s3::find(head.method.as_str(), &request);
    let unnamed = || format!("{} {}", head.method, head.uri.path());
    let named = operation.map_or_else(unnamed, |operation| operation.name.to_owned());
    let away = shared.store.is_some() || request.size() > LARGE;
    let (bucket, key, subject) = (request.bucket.clone(), request.key.clone(), request.subject());
    let (theirs, there, unknown) = (Arc::clone(&shared), place.clone(), named.clone());
    let work = move |ending| match operation {
        _ if too_large => Err(s3::error::refusal(
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed object size",
        )),
        Some(operation) => run(&theirs, there, Object::new(), ending, |call| operation.run(call, &request)),
        None => Err(s3::error::refusal(
            "NotImplemented",
            format!("The local control plane answers no S3 operation at {unknown}."),
        )),
    };
    perform(&shared, &place, &named, subject, away, work, |reply| {
        let reply = reply.map_err(s3::error::translate).unwrap_or_else(|refusal| {
            let body = s3::error::document(&refusal, &bucket, &key, request_id);
            s3::Reply { status: refusal.status, headers: Vec::new(), body: body.into() }
        });
        let body = if head.method == Method::HEAD { Bytes::new() } else { reply.body };
        let mut answer = write(reply.status, "application/xml", body, request_id);
        for (name, value) in reply.headers {
            let pair = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value));
            if let (Ok(name), Ok(value)) = pair {
                answer.headers_mut().insert(name, value);
            }
        }
        if let Ok(id) = HeaderValue::from_str(request_id) {
            answer.headers_mut().insert("x-amz-request-id", id);
        }
        answer
    })
    .await
}

/// One call from its beginning to its answer: counted, met by the fault rules, carried out, written. `away` keeps work off
/// the threads that serve sockets: hashing a large package or writing files must not hold up other connections.
async fn perform<T: Send + 'static>(
    shared: &Shared,
    place: &Place,
    operation: &str,
    subject: Option<String>,
    away: bool,
    work: impl FnOnce(Ending) -> Result<T, Refusal> + Send + 'static,
    write: impl FnOnce(Result<T, Refusal>) -> Answer,
) -> Result<Answer, Dropped> {
    let mut flight = shared.calls.begin(operation, &place.region);
    flight.record.function.clone_from(&subject);
    let fate = meet_faults(shared, operation, subject.as_deref()).await?;
    let ending = fate.ending;
    let reply = match fate.refusal {
        Some(refusal) => Err(refusal),
        None if away => {
            tokio::task::spawn_blocking(move || work(ending)).await.unwrap_or_else(|_| Err(broken()))
        }
        None => work(ending),
    };
    if fate.lose_answer {
        return Err(Dropped);
    }
    let answer = write(reply);
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

/// Carries an operation out and keeps what it changed.
fn run<T>(
    shared: &Shared,
    place: Place,
    input: Object,
    ending: Ending,
    operation: impl FnOnce(&Call<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let now = shared.clock.now();
    let call = Call { shared, place, input, now, ending, touched: Default::default() };
    let reply = operation(&call);
    for key in call.touched.take() {
        shared.keep(&key).map_err(|error| {
            Refusal::new(Kind::Service, format!("The change cannot be kept in the data folder: {error}"))
        })?;
    }
    reply
}

struct TooLarge;

/// Reads the body. One that is too large is read to its end and thrown away, so that the client, which is still
/// sending, gets to see the answer.
async fn read(mut body: Incoming, limit: usize) -> Result<Result<Bytes, TooLarge>, hyper::Error> {
    let declared = body.size_hint().lower();
    let mut over = usize::try_from(declared).is_ok_and(|declared| declared > limit);
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        over |= content.len() + data.len() > limit;
        if over {
            content = Vec::new();
        } else {
            content.extend_from_slice(&data);
        }
    }
    Ok(if over { Err(TooLarge) } else { Ok(content.into()) })
}

/// What a request was signed for: the region and service of its credential, as far as it has any.
#[derive(Debug, Default)]
struct Scope {
    region: Option<String>,
    service: Option<String>,
}

impl Scope {
    /// Reads the scope in the `Authorization` header or, of a presigned request, in the query.
    fn of(headers: &HeaderMap, query: &str) -> Self {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let signed = header.and_then(|text| text.split_once("Credential=")).map(|(_, rest)| rest.to_owned());
        let presigned = || {
            route::pairs(query)
                .into_iter()
                .find(|(name, _)| name == "X-Amz-Credential")
                .map(|(_, value)| value)
        };
        let Some(credential) = signed.or_else(presigned) else { return Self::default() };
        let mut parts = credential.split(['/', ',']).skip(2).map(str::to_owned);
        Self { region: parts.next().filter(|region| is_region(region)), service: parts.next() }
    }

    /// Region and account; `us-east-1` without a region.
    fn place(&self, account: &str) -> Place {
        let region = self.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        Place { region, account: account.to_owned() }
    }
}

/// Whether a request is for S3: signed for it, or not signed at all and under no path of another service's API, which all
/// begin with a date.
fn is_s3(scope: &Scope, path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let dated = matches(r"\d{4}-\d{2}-\d{2}", first);
    scope.service.as_ref().map_or(!first.is_empty() && !dated, |service| service == "s3")
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
    let mut cleared = shared.faults.cleared();
    for action in shared.faults.meet(operation, subject) {
        match action {
            Action::Delay { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            // The sender is in `shared`, so this ends only when the rules are removed.
            Action::Hold => drop(cleared.changed().await),
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

fn unknown(named: &str, target: &str) -> Refusal {
    let named = if target.is_empty() { named.to_owned() } else { format!("{target} ({named})") };
    Refusal::new(
        Kind::UnknownOperation,
        format!(
            "The local control plane answers no operation at {named}. It speaks Lambda, S3, and \
             a little of IAM, CloudWatch Logs and STS."
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

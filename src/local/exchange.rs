//! One request from bytes to answer: place, operation, faults, quota, the operation itself.
//! Knows nothing of any single operation.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request};
use serde_json::{Value, json};

use super::answer::{Answer, identified, refused, write};
use super::call::{Call, Ending};
use super::credential::{Scope, is_s3};
use super::error::{Kind, Refusal};
use super::faults::Action;
use super::input::{REQUEST_LIMIT, TooLarge, input, read, subject};
use super::place::Place;
use super::route::{self, Content, Route};
use super::server::Shared;
use super::shape::{Object, check};
use super::{control, iam, invoke, logs, s3, sts};

/// Bodies above this are worked on away from the threads that serve sockets.
const LARGE: usize = 64 * 1024;

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

//! Answers: a status, a type, a body, and the id of the request.
//! Knows nothing of what is answered.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::error::Refusal;

/// A complete answer.
pub type Answer = Response<Full<Bytes>>;

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

/// A refusal, as Lambda writes it.
pub fn refused(refusal: &Refusal, request_id: &str) -> Answer {
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

/// An answer of any type to a request of that id.
pub fn write(status: u16, kind: &'static str, body: Bytes, request_id: &str) -> Answer {
    identified(respond(status, kind, body), request_id)
}

/// An answer with the id of its request.
pub fn identified(mut answer: Answer, request_id: &str) -> Answer {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        answer.headers_mut().insert("x-amzn-requestid", id);
    }
    answer
}

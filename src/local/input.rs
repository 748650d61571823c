//! What a request says: its body, and its members, wherever they stand in it.
//! Knows nothing of any single operation.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::HeaderMap;
use serde_json::Value;

use super::error::{Kind, Refusal};
use super::invoke;
use super::place::{FunctionRef, Place, layer_name};
use super::route::{Content, Match, Route};
use super::shape::{Object, Shape, read_text};

/// The largest request, in bytes: 50 MB of zip in base64. Source: the message AWS answers.
pub const REQUEST_LIMIT: usize = 69_905_067;

/// The body is larger than it may be.
pub struct TooLarge;

/// Reads the body. One that is too large is read to its end and thrown away, so that the client, which is still
/// sending, gets to see the answer.
pub async fn read(mut body: Incoming, limit: usize) -> Result<Result<Bytes, TooLarge>, hyper::Error> {
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

/// The members of a request, wherever they stand in it.
pub fn input(
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
pub fn subject(input: &Object, place: &Place) -> Option<String> {
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

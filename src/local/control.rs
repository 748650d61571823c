//! The server's own paths under `/_lambdaform/`: faults, calls, objects, code.
//! Knows nothing of Lambda's operations.

use std::io;
use std::sync::PoisonError;

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::answer::{Answer, plain, respond};
use super::faults::Rule;
use super::route::decode;
use super::s3;
use super::s3::model::{Bucket, NULL, Version, version_id};
use super::server::Shared;
use super::store::{Key, Shelf};

/// Where objects go that no signed request puts.
const REGION: &str = "us-east-1";

/// Answers a request whose path begins with `/_lambdaform/`; `rest` is what follows.
///
/// - `GET faults`, `POST faults` (one rule or a list), `PUT faults` (instead of all there are), `DELETE faults`
/// - `GET calls`, `DELETE calls`
/// - `GET objects`: everything the server holds, by region
/// - `GET code/SHA256`: uploaded code
/// - `PUT s3/BUCKET/KEY`: an object in S3, without signing for it; its bucket is made if there is none
/// - `DELETE s3`: forgets every bucket; the data folder is not touched
/// - `POST reset`: forgets objects, faults and calls; the data folder is not touched
pub fn answer(shared: &Shared, method: &str, rest: &str, body: Bytes) -> Answer {
    let (head, tail) = rest.split_once('/').unwrap_or((rest, ""));
    match (method, head) {
        ("GET", "faults") => {
            let rules = shared.faults.list();
            plain(200, &rules.into_iter().map(|(rule, met)| json!({ "rule": rule, "met": met })).collect())
        }
        ("POST" | "PUT", "faults") => match read_rules(&body) {
            Ok(rules) => {
                if method == "PUT" {
                    shared.faults.clear();
                }
                rules.into_iter().for_each(|rule| shared.faults.add(rule));
                done()
            }
            Err(error) => plain(400, &json!({ "message": format!("This is no fault rule: {error}") })),
        },
        ("DELETE", "faults") => {
            shared.faults.clear();
            done()
        }
        ("GET", "calls") => plain(200, &json!(shared.calls.list())),
        ("DELETE", "calls") => {
            shared.calls.reset();
            done()
        }
        ("GET", "objects") => plain(200, &dump(shared)),
        ("GET", "code") => match shared.blobs.get(shared.store.as_ref(), tail) {
            Some(content) => respond(200, "application/zip", content),
            None => plain(404, &json!({ "message": "The server holds no code of that name." })),
        },
        ("PUT", "s3") => match tail.split_once('/') {
            Some((bucket, key)) => {
                match put_object(shared, &decode(bucket, false), &decode(key, false), body) {
                    Ok(()) => done(),
                    Err(error) => plain(500, &json!({ "message": error.to_string() })),
                }
            }
            None => plain(400, &json!({ "message": "The path must name a bucket and a key." })),
        },
        ("DELETE", "s3") => {
            let mut world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
            world.values_mut().for_each(|region| region.buckets.clear());
            shared.uploads.clear();
            done()
        }
        ("POST", "reset") => {
            shared.world.lock().unwrap_or_else(PoisonError::into_inner).clear();
            shared.faults.clear();
            shared.calls.reset();
            shared.uploads.clear();
            done()
        }
        _ => plain(404, &json!({ "message": format!("No such path: {method} /_lambdaform/{rest}") })),
    }
}

/// Puts an object into S3, in the region that clients take by default, and makes its bucket if there is none.
///
/// # Errors
/// When the content cannot be kept in the data folder.
pub fn put_object(shared: &Shared, bucket: &str, key: &str, content: Bytes) -> io::Result<()> {
    let blob = hex::encode(Sha256::digest(&content));
    let now = shared.clock.now();
    let version = Version {
        modified: now,
        size: content.len() as u64,
        etag: hex::encode(Md5::digest(&content)),
        blob: blob.clone(),
        ..Version::default()
    };
    shared.blobs.keep(shared.store.as_ref(), &blob, content)?;
    let mut touched = Vec::new();
    {
        let mut world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        if s3::bucket_mut(&mut world, bucket).is_none() {
            let buckets = &mut world.entry(REGION.to_owned()).or_default().buckets;
            buckets.insert(bucket.to_owned(), Bucket::new(bucket, now));
        }
        if let Some((region, held)) = s3::bucket_mut(&mut world, bucket) {
            let id = if held.is_versioned() { version_id() } else { NULL.to_owned() };
            held.put(key, Version { id, ..version });
            touched.push(Key { region: region.clone(), shelf: Shelf::Buckets, name: bucket.to_owned() });
            touched.push(Key { region, shelf: Shelf::Objects, name: format!("{bucket}/{key}") });
        }
    }
    touched.iter().try_for_each(|key| shared.keep(key))
}

fn done() -> Answer {
    respond(204, "application/json", Bytes::new())
}

fn read_rules(body: &[u8]) -> Result<Vec<Rule>, serde_json::Error> {
    match serde_json::from_slice(body)? {
        Value::Array(rules) => rules.into_iter().map(serde_json::from_value).collect(),
        rule => serde_json::from_value(rule).map(|rule| vec![rule]),
    }
}

/// Everything the server holds, by region. Environment values are secrets: only their names are shown.
pub fn dump(shared: &Shared) -> Value {
    let world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
    let regions = world.iter().map(|(name, region)| {
        let mut objects = json!({
            "functions": region.functions,
            "layers": region.layers,
            "event_source_mappings": region.mappings,
            "code_signing_configs": region.signing,
            "log_groups": region.log_groups,
            "roles": region.roles,
            "policies": region.policies,
            "buckets": region.buckets,
            "objects": region.buckets.values().flat_map(|bucket| bucket.objects.values()).collect::<Vec<_>>(),
            "capacity_providers": region.capacity,
        });
        hide_variables(&mut objects);
        (name.clone(), objects)
    });
    Value::Object(regions.collect::<Map<_, _>>())
}

fn hide_variables(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member
                    .get_mut("Variables")
                    .filter(|_| name == "Environment")
                    .and_then(Value::as_object_mut)
                {
                    Some(variables) => variables.values_mut().for_each(|value| *value = json!("(hidden)")),
                    None => hide_variables(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_variables),
        _ => {}
    }
}

//! Function URLs: one for the function, one for each alias.
//! Serves no invocations.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::attached::Kind;
use super::call::{Call, Reply};
use super::clock::stamp_z;
use super::constraints::{FUNCTION_NAME, SMALL_PAGE};
use super::error::Refusal;
use super::shape::{Field, Object, Shape, TEXT, may, must, patterned_as, text};
use super::world::{Attached, Function};

const KIND: Kind = Kind { kept: Attached::Url, unqualified: "", describe, absent };

const QUALIFIER: Shape =
    patterned_as(1, 128, r"((?!^\d+$)^[0-9a-zA-Z-_]+$)", r"[0-9]*[a-zA-Z\-_][a-zA-Z0-9\-_]*");
const AUTH: Shape = Shape::Choice(&["NONE", "AWS_IAM"]);
const MODE: Shape = Shape::Choice(&["BUFFERED", "RESPONSE_STREAM"]);
const HEADER: Shape = text(0, 1024);
const METHOD: Shape = text(0, 6);
const ORIGIN: Shape = text(1, 253);
const CORS: &[Field] = &[
    may("AllowCredentials", Shape::Flag),
    may("AllowHeaders", Shape::List(0, 100, &HEADER)),
    may("AllowMethods", Shape::List(0, 6, &METHOD)),
    may("AllowOrigins", Shape::List(0, 100, &ORIGIN)),
    may("ExposeHeaders", Shape::List(0, 100, &HEADER)),
    may("MaxAge", Shape::Int(0, 86_400)),
];

/// What CreateFunctionUrlConfig takes.
pub const CREATE: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    must("AuthType", AUTH),
    may("Cors", Shape::Object(CORS)),
    may("InvokeMode", MODE),
    may("Qualifier", QUALIFIER),
];
/// What UpdateFunctionUrlConfig takes.
pub const UPDATE: &[Field] = &[
    must("FunctionName", FUNCTION_NAME),
    may("AuthType", AUTH),
    may("Cors", Shape::Object(CORS)),
    may("InvokeMode", MODE),
    may("Qualifier", QUALIFIER),
];
/// What Get- and DeleteFunctionUrlConfig take.
pub const NAMED: &[Field] = &[must("FunctionName", FUNCTION_NAME), may("Qualifier", QUALIFIER)];
/// What ListFunctionUrlConfigs takes.
pub const LIST: &[Field] =
    &[must("FunctionName", FUNCTION_NAME), may("Marker", TEXT), may("MaxItems", SMALL_PAGE)];

/// CreateFunctionUrlConfig.
pub fn create(call: &Call<'_>) -> Reply {
    change(call, |function, key| {
        if KIND.find(function, key).is_some() {
            return Err(Refusal::conflict(format!(
                "Failed to create function url config for [functionArn = {}]. Error message:  FunctionUrlConfig exists \
                 for this Lambda function",
                arn(call, function, key)
            )));
        }
        let mut config = given(call);
        config.entry("InvokeMode").or_insert_with(|| json!("BUFFERED"));
        config.insert("CreationTime".to_owned(), json!(stamp_z(call.now)));
        Ok(config)
    })
}

/// GetFunctionUrlConfig.
pub fn get(call: &Call<'_>) -> Reply {
    KIND.get(call)
}

/// UpdateFunctionUrlConfig: only the members given change; an empty `Cors` clears it.
pub fn update(call: &Call<'_>) -> Reply {
    change(call, |function, key| {
        let mut config = KIND.read(call, function, key)?;
        config.extend(given(call));
        Ok(config)
    })
}

/// DeleteFunctionUrlConfig.
pub fn delete(call: &Call<'_>) -> Reply {
    KIND.delete(call)
}

/// ListFunctionUrlConfigs.
pub fn list(call: &Call<'_>) -> Reply {
    KIND.list(call, "FunctionUrlConfigs")
}

fn change(call: &Call<'_>, work: impl FnOnce(&Function, &str) -> Result<Object, Refusal>) -> Reply {
    KIND.put(call, |function, key| {
        if !key.is_empty() && !function.aliases.contains_key(key) {
            function.target(Some(key), &call.place)?;
            return Err(Refusal::invalid("A function URL belongs to $LATEST or to an alias."));
        }
        let mut config = work(function, key)?;
        config.insert("LastModifiedTime".to_owned(), json!(stamp_z(call.now)));
        config.retain(|_, value| *value != json!({}));
        Ok(config)
    })
}

fn given(call: &Call<'_>) -> Object {
    call.pick(&["AuthType", "Cors", "InvokeMode"])
}

fn absent(_: &Call<'_>, _: &Function, _: &str) -> Result<Object, Refusal> {
    Err(Refusal::missing("The resource you requested does not exist."))
}

fn arn(call: &Call<'_>, function: &Function, key: &str) -> String {
    call.place.function_arn(&function.name, Some(key).filter(|key| !key.is_empty()))
}

fn describe(call: &Call<'_>, function: &Function, key: &str, config: &Object) -> Value {
    let arn = arn(call, function, key);
    // Thirty-two letters and digits, the same for the same function: it is the first label of the host.
    let digest = hex::encode(Sha256::digest(&arn));
    let host = digest.get(..32).unwrap_or_default();
    let mut object = config.clone();
    object.insert(
        "FunctionUrl".to_owned(),
        json!(format!("https://{host}.lambda-url.{}.on.aws/", call.place.region)),
    );
    object.insert("FunctionArn".to_owned(), json!(arn));
    Value::Object(object)
}

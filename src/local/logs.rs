//! CloudWatch Logs as far as log groups go, in its own JSON protocol.
//! Knows nothing of Lambda; no event is ever logged here.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::clock::Millis;
use super::error::{Kind, Refusal};
use super::place::Place;
use super::shape::{Field, Object, Shape, TEXT, matches, may, must, patterned, text};
use super::store::Shelf;
use super::tags::read_tags;
use super::world::Region;

/// What `X-Amz-Target` begins with.
pub const TARGET: &str = "Logs_20140328.";

/// The days that events can be kept. Source: PutRetentionPolicy.
const RETENTION: &[i64] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/// How many tags a group may have. Source: TagResource.
const TAG_LIMIT: usize = 50;
/// The largest page of DescribeLogGroups.
const PAGE: usize = 50;

const NAME: Shape = patterned(1, 512, r"[\.\-_/#A-Za-z0-9]+");
const KEY: Shape = text(0, 256);
const ARN: Shape = patterned(1, 1011, r"[\w+=/:,.@\-\*#]*");
const TAG_KEY: Shape = patterned(1, 128, r"([\p{L}\p{Z}\p{N}_.:/=+\-@]+)");
const TAG_VALUE: Shape = patterned(0, 256, r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)");
const TAGS: Shape = Shape::Map(&TAG_KEY, &TAG_VALUE);
const CLASS: Shape = Shape::Choice(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]);

/// A log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Millis,
    /// Its class.
    pub class: String,
    /// Days that events are kept; absent means for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<i64>,
    /// Key that encrypts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether it cannot be deleted.
    #[serde(default)]
    pub protected: bool,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One operation.
pub struct Operation {
    /// Its name in the API.
    pub name: &'static str,
    input: &'static [Field],
    run: fn(&Call<'_>) -> Reply,
}

/// Every operation.
#[rustfmt::skip]
static OPERATIONS: &[Operation] = &[
    Operation { name: "CreateLogGroup", input: &[must("logGroupName", NAME), may("kmsKeyId", KEY), may("tags", TAGS), may("logGroupClass", CLASS), may("deletionProtectionEnabled", Shape::Flag)], run: create },
    Operation { name: "DescribeLogGroups", input: &[may("logGroupNamePrefix", NAME), may("logGroupNamePattern", NAME), may("logGroupClass", CLASS), may("nextToken", TEXT), may("limit", Shape::Int(1, 50))], run: describe },
    Operation { name: "DeleteLogGroup", input: &[must("logGroupName", NAME)], run: delete },
    Operation { name: "PutRetentionPolicy", input: &[must("logGroupName", NAME), must("retentionInDays", Shape::Int(1, 3653))], run: retain },
    Operation { name: "DeleteRetentionPolicy", input: &[must("logGroupName", NAME)], run: retain },
    Operation { name: "PutLogGroupDeletionProtection", input: &[must("logGroupIdentifier", ARN), must("deletionProtectionEnabled", Shape::Flag)], run: protect },
    Operation { name: "AssociateKmsKey", input: &[may("logGroupName", NAME), may("resourceIdentifier", ARN), must("kmsKeyId", KEY)], run: encrypt },
    Operation { name: "DisassociateKmsKey", input: &[may("logGroupName", NAME), may("resourceIdentifier", ARN)], run: encrypt },
    Operation { name: "ListTagsForResource", input: &[must("resourceArn", ARN)], run: list_tags },
    Operation { name: "TagResource", input: &[must("resourceArn", ARN), must("tags", TAGS)], run: tag },
    Operation { name: "UntagResource", input: &[must("resourceArn", ARN), must("tagKeys", Shape::List(0, 50, &TAG_KEY))], run: untag },
];

/// The operation that a target names.
pub fn find(target: &str) -> Option<&'static Operation> {
    let name = target.strip_prefix(TARGET)?;
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// The input of a request: its body, of which absent and null are the same.
///
/// # Errors
/// `SerializationException` for a body that is no JSON object.
pub fn read(body: &[u8]) -> Result<Object, Refusal> {
    let unreadable = || Refusal::new(Kind::Serialization, "The request body is not a JSON object.");
    if body.is_empty() {
        return Ok(Object::new());
    }
    let mut input: Object = serde_json::from_slice(body).map_err(|_| unreadable())?;
    input.retain(|_, value| !value.is_null());
    Ok(input)
}

/// What the call is about: the group's name.
pub fn subject(input: &Object) -> Option<String> {
    let text = |name: &str| input.get(name).and_then(Value::as_str);
    let arn = || text("resourceArn").or_else(|| text("resourceIdentifier")).and_then(name_of);
    text("logGroupName").or_else(arn).or_else(|| text("logGroupNamePrefix")).map(str::to_owned)
}

/// What fault rules and shared checks answer, in this service's own words.
pub fn translate(mut refusal: Refusal) -> Refusal {
    match refusal.code.as_ref() {
        "TooManyRequestsException" => {
            refusal.code = "ThrottlingException".into();
            refusal.status = 400;
        }
        "ValidationException" => refusal.code = "InvalidParameterException".into(),
        "ServiceException" => refusal.code = "ServiceUnavailableException".into(),
        _ => {}
    }
    refusal
}

impl Operation {
    /// Carries it out.
    ///
    /// # Errors
    /// What the service refuses.
    pub fn run(&self, call: &Call<'_>) -> Reply {
        super::shape::check(self.input, &call.input)?;
        (self.run)(call)
    }
}

fn create(call: &Call<'_>) -> Reply {
    let name = call.required("logGroupName");
    let class = call.text("logGroupClass").unwrap_or("STANDARD");
    let tags = check_tags(read_tags(call.object("tags")))?;
    let group = LogGroup {
        name: name.to_owned(),
        created: call.now,
        class: class.to_owned(),
        // What is delivered elsewhere is kept for two days, and nobody can change that.
        retention: (class == "DELIVERY").then_some(2),
        key: call.text("kmsKeyId").map(check_key).transpose()?,
        protected: is_protecting(call),
        tags,
    };
    call.region(|region| {
        if region.log_groups.contains_key(name) {
            return Err(Refusal::of(
                "ResourceAlreadyExistsException",
                400,
                "The specified log group already exists",
            ));
        }
        region.log_groups.insert(name.to_owned(), group);
        Ok(())
    })?;
    call.touch(Shelf::LogGroups, name);
    Ok(Value::Null)
}

fn describe(call: &Call<'_>) -> Reply {
    let (prefix, pattern) = (call.text("logGroupNamePrefix"), call.text("logGroupNamePattern"));
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let after = match call.text("nextToken") {
        Some(token) => {
            let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
            Some(name.ok_or_else(|| invalid("The specified nextToken is invalid."))?)
        }
        None => None,
    };
    let limit = call.int("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE);
    let limit = limit.min(PAGE).min(call.shared.page_limit).max(1);
    let pattern = pattern.map(str::to_lowercase);
    call.region(|region| {
        let mut fitting = region.log_groups.values().filter(|group| {
            prefix.is_none_or(|prefix| group.name.starts_with(prefix))
                && pattern.as_ref().is_none_or(|pattern| group.name.to_lowercase().contains(pattern))
                && call.text("logGroupClass").is_none_or(|class| group.class == class)
                && after.as_ref().is_none_or(|after| group.name > *after)
        });
        let page: Vec<&LogGroup> = fitting.by_ref().take(limit).collect();
        let more = fitting.next().is_some();
        let next = page.last().filter(|_| more).map(|group| URL_SAFE_NO_PAD.encode(&group.name));
        let groups: Vec<Value> = page.into_iter().map(|group| shown(group, &call.place)).collect();
        let mut answer = json!({ "logGroups": groups });
        if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
            answer.insert("nextToken".to_owned(), next.into());
        }
        Ok(answer)
    })
}

fn delete(call: &Call<'_>) -> Reply {
    let name = call.required("logGroupName");
    call.region(|region| {
        if region.log_groups.get(name).is_some_and(|group| group.protected) {
            return Err(invalid(
                "The log group is protected from deletion. Disable deletion protection first.",
            ));
        }
        region.log_groups.remove(name).ok_or_else(absent)
    })?;
    call.touch(Shelf::LogGroups, name);
    Ok(Value::Null)
}

/// PutRetentionPolicy, and DeleteRetentionPolicy, which gives no days.
fn retain(call: &Call<'_>) -> Reply {
    let days = call.int("retentionInDays");
    if let Some(days) = days.filter(|days| !RETENTION.contains(days)) {
        let known: Vec<String> = RETENTION.iter().map(ToString::to_string).collect();
        return Err(invalid(format!(
            "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must \
             satisfy enum value set: [{}]",
            known.join(", ")
        )));
    }
    change(call, call.required("logGroupName"), |group| {
        if group.class == "DELIVERY" {
            return Err(invalid("The retention of log groups of the DELIVERY class cannot be changed."));
        }
        group.retention = days;
        Ok(())
    })
}

fn protect(call: &Call<'_>) -> Reply {
    let named = call.required("logGroupIdentifier");
    change(call, name_of(named).unwrap_or(named), |group| {
        group.protected = is_protecting(call);
        Ok(())
    })
}

fn is_protecting(call: &Call<'_>) -> bool {
    call.input.get("deletionProtectionEnabled").and_then(Value::as_bool).unwrap_or(false)
}

/// AssociateKmsKey, and DisassociateKmsKey, which gives no key.
fn encrypt(call: &Call<'_>) -> Reply {
    let key = call.text("kmsKeyId").map(check_key).transpose()?;
    let name = match (call.text("logGroupName"), call.text("resourceIdentifier")) {
        (Some(name), None) => name,
        (None, Some(arn)) => name_of(arn).ok_or_else(absent)?,
        _ => return Err(invalid("Exactly one of logGroupName and resourceIdentifier must be given.")),
    };
    change(call, name, |group| {
        group.key = key;
        Ok(())
    })
}

fn list_tags(call: &Call<'_>) -> Reply {
    let name = tagged(call)?;
    call.region(|region| {
        let group = region.log_groups.get(name).ok_or_else(absent_resource)?;
        Ok(json!({ "tags": group.tags }))
    })
}

fn tag(call: &Call<'_>) -> Reply {
    let given = read_tags(call.object("tags"));
    change(call, tagged(call)?, |group| {
        let mut merged = group.tags.clone();
        merged.extend(given);
        group.tags = check_tags(merged)?;
        Ok(())
    })
}

fn untag(call: &Call<'_>) -> Reply {
    let keys = call.input.get("tagKeys").and_then(Value::as_array).cloned().unwrap_or_default();
    change(call, tagged(call)?, |group| {
        group.tags.retain(|name, _| !keys.iter().any(|key| key == name));
        Ok(())
    })
}

fn change(call: &Call<'_>, name: &str, work: impl FnOnce(&mut LogGroup) -> Result<(), Refusal>) -> Reply {
    call.region(|region: &mut Region| work(region.log_groups.get_mut(name).ok_or_else(absent)?))?;
    call.touch(Shelf::LogGroups, name);
    Ok(Value::Null)
}

fn shown(group: &LogGroup, place: &Place) -> Value {
    let arn = arn(group, place);
    let mut shown = json!({
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "storedBytes": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "logGroupClass": group.class,
        "deletionProtectionEnabled": group.protected,
    });
    if let Some(members) = shown.as_object_mut() {
        members.extend(group.retention.map(|days| ("retentionInDays".to_owned(), json!(days))));
        members.extend(group.key.as_ref().map(|key| ("kmsKeyId".to_owned(), json!(key))));
    }
    shown
}

fn arn(group: &LogGroup, place: &Place) -> String {
    format!("arn:{}:logs:{}:{}:log-group:{}", place.partition(), place.region, place.account, group.name)
}

/// The group's name in its ARN, with or without the `:*` that DescribeLogGroups writes.
fn name_of(arn: &str) -> Option<&str> {
    let (_, rest) = arn.split_once(":log-group:")?;
    rest.split(':').next()
}

fn tagged<'c>(call: &'c Call<'_>) -> Result<&'c str, Refusal> {
    name_of(call.required("resourceArn"))
        .ok_or_else(|| invalid("Unable to parse the resource ARN. Please check that the ARN is valid."))
}

fn check_key(key: &str) -> Result<String, Refusal> {
    match matches(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+", key) {
        true => Ok(key.to_owned()),
        false => Err(invalid("The specified KMS Key Id could not be found.")),
    }
}

fn check_tags(tags: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Refusal> {
    if tags.len() > TAG_LIMIT {
        return Err(Refusal::of(
            "TooManyTagsException",
            400,
            format!("The number of tags exceeds the maximum of {TAG_LIMIT}."),
        ));
    }
    Ok(tags)
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::of("InvalidParameterException", 400, message)
}

fn absent() -> Refusal {
    Refusal::of("ResourceNotFoundException", 400, "The specified log group does not exist.")
}

fn absent_resource() -> Refusal {
    Refusal::of("ResourceNotFoundException", 400, "The specified resource does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        for operation in OPERATIONS {
            super::super::shape::walk::assert_patterns_compile(operation.input);
        }
    }

    #[test]
    fn groups_are_found_in_their_arns() {
        for arn in
            ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f", "x:log-group:/aws/lambda/f:*"]
        {
            assert_eq!(name_of(arn), Some("/aws/lambda/f"));
        }
        assert_eq!(name_of("arn:aws:lambda:us-east-1:123456789012:function:f"), None);
    }
}

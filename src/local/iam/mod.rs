//! IAM as far as roles and policies go, in its own query protocol: forms in, XML out.
//! Knows nothing of Lambda; nobody is ever kept from anything here.
//!
//! IAM is global: its objects are kept in the region where each partition has them.

mod details;
mod document;
mod managed;
pub mod model;
mod policy;
mod role;
mod wire;

use super::call::{Call, Reply};
use super::clock::{Millis, stamp_z};
use super::error::Refusal;
use super::place::Place;
use super::shape::{Field, Object, Shape, TEXT, check, may, must, patterned, text};

pub use wire::{answer, error, is_own, read};

/// The version of the API that a form names.
pub const VERSION: &str = "2010-05-08";

const ROLE: Shape = patterned(1, 64, r"[\w+=,.@-]+");
const NAME: Shape = patterned(1, 128, r"[\w+=,.@-]+");
const PATH: Shape = patterned(1, 512, r"(/)|(/[!-\x7E]+/)");
const ARN: Shape = text(20, 2048);
const POLICY: Shape = text(1, 131_072);
const DESCRIPTION: Shape = patterned(0, 1000, r"[\t\n\r\x20-\x7E\xA1-\xFF]*");
const DURATION: Shape = Shape::Int(3600, 43200);
const VERSION_ID: Shape = patterned(1, 64, r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?");
const PAGE: Shape = Shape::Int(1, 1000);
const TAG: Shape = Shape::Object(&[must("Key", text(1, 128)), must("Value", text(0, 256))]);
const TAGS: Shape = Shape::List(0, 50, &TAG);
const KINDS: Shape = Shape::List(0, 5, &Shape::Choice(details::KINDS));
const KEYS: Shape = Shape::List(0, 50, &text(1, 128));

const fn named(name: &'static str, shape: Shape) -> [Field; 1] {
    [must(name, shape)]
}

static ROLE_NAMED: [Field; 1] = named("RoleName", ROLE);
static POLICY_NAMED: [Field; 1] = named("PolicyArn", ARN);
static ROLE_PAGE: [Field; 4] =
    [must("RoleName", ROLE), may("Marker", TEXT), may("MaxItems", PAGE), may("PathPrefix", TEXT)];
static POLICY_PAGE: [Field; 3] = [must("PolicyArn", ARN), may("Marker", TEXT), may("MaxItems", PAGE)];

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
    Operation { name: "CreateRole", input: &[must("RoleName", ROLE), must("AssumeRolePolicyDocument", POLICY), may("Description", DESCRIPTION), may("MaxSessionDuration", DURATION), may("Path", PATH), may("PermissionsBoundary", ARN), may("Tags", TAGS)], run: role::create },
    Operation { name: "GetRole", input: &ROLE_NAMED, run: role::get },
    Operation { name: "ListRoles", input: &[may("PathPrefix", TEXT), may("Marker", TEXT), may("MaxItems", PAGE)], run: role::list },
    Operation { name: "UpdateRole", input: &[must("RoleName", ROLE), may("Description", DESCRIPTION), may("MaxSessionDuration", DURATION)], run: role::update },
    Operation { name: "UpdateRoleDescription", input: &[must("RoleName", ROLE), must("Description", DESCRIPTION)], run: role::describe_again },
    Operation { name: "UpdateAssumeRolePolicy", input: &[must("RoleName", ROLE), must("PolicyDocument", POLICY)], run: role::trust },
    Operation { name: "DeleteRole", input: &ROLE_NAMED, run: role::delete },
    Operation { name: "PutRolePermissionsBoundary", input: &[must("RoleName", ROLE), must("PermissionsBoundary", ARN)], run: role::bound },
    Operation { name: "DeleteRolePermissionsBoundary", input: &ROLE_NAMED, run: role::unbound },
    Operation { name: "TagRole", input: &[must("RoleName", ROLE), must("Tags", TAGS)], run: role::tag },
    Operation { name: "UntagRole", input: &[must("RoleName", ROLE), must("TagKeys", KEYS)], run: role::untag },
    Operation { name: "ListRoleTags", input: &ROLE_PAGE, run: role::list_tags },
    Operation { name: "PutRolePolicy", input: &[must("RoleName", ROLE), must("PolicyName", NAME), must("PolicyDocument", POLICY)], run: role::put_inline },
    Operation { name: "GetRolePolicy", input: &[must("RoleName", ROLE), must("PolicyName", NAME)], run: role::get_inline },
    Operation { name: "DeleteRolePolicy", input: &[must("RoleName", ROLE), must("PolicyName", NAME)], run: role::delete_inline },
    Operation { name: "ListRolePolicies", input: &ROLE_PAGE, run: role::list_inline },
    Operation { name: "AttachRolePolicy", input: &[must("RoleName", ROLE), must("PolicyArn", ARN)], run: role::attach },
    Operation { name: "DetachRolePolicy", input: &[must("RoleName", ROLE), must("PolicyArn", ARN)], run: role::detach },
    Operation { name: "ListAttachedRolePolicies", input: &ROLE_PAGE, run: role::list_attached },
    Operation { name: "ListInstanceProfilesForRole", input: &ROLE_PAGE, run: role::list_profiles },
    Operation { name: "CreatePolicy", input: &[must("PolicyName", NAME), must("PolicyDocument", POLICY), may("Description", DESCRIPTION), may("Path", PATH), may("Tags", TAGS)], run: policy::create },
    Operation { name: "GetPolicy", input: &POLICY_NAMED, run: policy::get },
    Operation { name: "ListPolicies", input: &[may("Scope", Shape::Choice(&["All", "AWS", "Local"])), may("OnlyAttached", Shape::Flag), may("PathPrefix", TEXT), may("PolicyUsageFilter", TEXT), may("Marker", TEXT), may("MaxItems", PAGE)], run: policy::list },
    Operation { name: "DeletePolicy", input: &POLICY_NAMED, run: policy::delete },
    Operation { name: "CreatePolicyVersion", input: &[must("PolicyArn", ARN), must("PolicyDocument", POLICY), may("SetAsDefault", Shape::Flag)], run: policy::create_version },
    Operation { name: "GetPolicyVersion", input: &[must("PolicyArn", ARN), must("VersionId", VERSION_ID)], run: policy::get_version },
    Operation { name: "ListPolicyVersions", input: &POLICY_PAGE, run: policy::list_versions },
    Operation { name: "SetDefaultPolicyVersion", input: &[must("PolicyArn", ARN), must("VersionId", VERSION_ID)], run: policy::set_default },
    Operation { name: "DeletePolicyVersion", input: &[must("PolicyArn", ARN), must("VersionId", VERSION_ID)], run: policy::delete_version },
    Operation { name: "TagPolicy", input: &[must("PolicyArn", ARN), must("Tags", TAGS)], run: policy::tag },
    Operation { name: "UntagPolicy", input: &[must("PolicyArn", ARN), must("TagKeys", KEYS)], run: policy::untag },
    Operation { name: "ListPolicyTags", input: &POLICY_PAGE, run: policy::list_tags },
    Operation { name: "GetAccountAuthorizationDetails", input: &[may("Filter", KINDS), may("Marker", TEXT), may("MaxItems", PAGE)], run: details::list },
];

/// The operation that a form names.
pub fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

impl Operation {
    /// The members it takes, for reading a form.
    pub fn input(&self) -> &'static [Field] {
        self.input
    }

    /// Carries it out.
    ///
    /// # Errors
    /// What the service refuses.
    pub fn run(&self, call: &Call<'_>) -> Reply {
        check(self.input, &call.input)?;
        (self.run)(call)
    }
}

/// Where IAM keeps the objects of a request's partition.
pub fn home(place: &Place) -> Place {
    let region = match place.partition() {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    Place { region: region.to_owned(), account: place.account.clone() }
}

/// What the call is about: the role's or policy's name.
pub fn subject(input: &Object) -> Option<String> {
    let text = |name: &str| input.get(name).and_then(serde_json::Value::as_str);
    let arn = || text("PolicyArn").and_then(|arn| arn.rsplit('/').next());
    text("RoleName").or_else(|| text("PolicyName")).or_else(arn).map(str::to_owned)
}

/// What fault rules and shared checks answer, in this service's own words.
pub fn translate(mut refusal: Refusal) -> Refusal {
    match refusal.code.as_ref() {
        "TooManyRequestsException" => (refusal.code, refusal.status) = ("Throttling".into(), 400),
        "ValidationException" | "SerializationException" => refusal.code = "ValidationError".into(),
        "InvalidParameterValueException" => refusal.code = "InvalidInput".into(),
        "ServiceException" => refusal.code = "ServiceFailure".into(),
        _ => {}
    }
    refusal
}

/// The answer to an operation that is not among them.
pub fn unknown(name: &str) -> Refusal {
    Refusal::of(
        "InvalidAction",
        400,
        format!(
            "Could not find operation {name}: the local control plane knows roles and managed policies only."
        ),
    )
}

fn missing(message: impl Into<String>) -> Refusal {
    Refusal::of("NoSuchEntity", 404, message)
}

fn taken(message: impl Into<String>) -> Refusal {
    Refusal::of("EntityAlreadyExists", 409, message)
}

fn in_use(message: impl Into<String>) -> Refusal {
    Refusal::of("DeleteConflict", 409, message)
}

fn limit(message: impl Into<String>) -> Refusal {
    Refusal::of("LimitExceeded", 409, message)
}

/// A time to the second.
fn date(at: Millis) -> String {
    let stamp = stamp_z(at);
    stamp.get(..19).map_or_else(|| stamp.clone(), |seconds| format!("{seconds}Z"))
}

/// A unique id as IAM gives them: four letters for the kind, then seventeen.
fn unique_id(kind: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bytes = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].map(uuid::Uuid::into_bytes).concat();
    let letters = bytes.iter().take(17).filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
    kind.chars().chain(letters.map(|letter| char::from(*letter))).collect()
}

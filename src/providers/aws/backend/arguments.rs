//! The arguments of Terraform's `s3` backend, each declared once, and the provider block that reaches the same account.
//! Does no IO; knows nothing of what is stored.
//!
//! Types and names are those of Terraform 1.11, found by looking at what its `init` keeps: the digest by which it tells a
//! changed block is made of all of them.

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::providers::aws::config;
use crate::providers::aws::fields::{filled, flag, text_map};
use crate::schema::AttrType::{Object, Set, String as Text};
use crate::schema::{AttrType, Attribute, Block, Constraint, conform};

use Constraint::{AtLeast, OneOf};

const TEXTS: AttrType = Set(&Text);
const TAGS: AttrType = AttrType::Map(&Text);

const ROLE: AttrType = Object(&[
    ("duration", Text),
    ("external_id", Text),
    ("policy", Text),
    ("policy_arns", TEXTS),
    ("role_arn", Text),
    ("session_name", Text),
    ("source_identity", Text),
    ("tags", TAGS),
    ("transitive_tag_keys", TEXTS),
]);

const WEB_ROLE: AttrType = Object(&[
    ("duration", Text),
    ("policy", Text),
    ("policy_arns", TEXTS),
    ("role_arn", Text),
    ("session_name", Text),
    ("web_identity_token", Text),
    ("web_identity_token_file", Text),
]);

const ENDPOINTS: AttrType =
    Object(&[("dynamodb", Text), ("iam", Text), ("s3", Text), ("sso", Text), ("sts", Text)]);

/// What stands in a `backend "s3"` block. `bucket` and `key` may also come from elsewhere: [`check`] asks for them.
pub static ARGUMENTS: Block = Block {
    attributes: &[
        Attribute::string("access_key").sensitive(),
        Attribute::string("acl"),
        Attribute::string_set("allowed_account_ids"),
        Attribute::of("assume_role", ROLE),
        Attribute::of("assume_role_with_web_identity", WEB_ROLE).sensitive(),
        Attribute::string("bucket"),
        Attribute::string("custom_ca_bundle"),
        Attribute::string("dynamodb_endpoint"),
        Attribute::string("dynamodb_table"),
        Attribute::string("ec2_metadata_service_endpoint"),
        Attribute::string("ec2_metadata_service_endpoint_mode"),
        Attribute::bool("encrypt"),
        Attribute::string("endpoint"),
        Attribute::of("endpoints", ENDPOINTS),
        Attribute::string_set("forbidden_account_ids"),
        Attribute::bool("force_path_style"),
        Attribute::string("http_proxy"),
        Attribute::string("https_proxy"),
        Attribute::string("iam_endpoint"),
        Attribute::bool("insecure"),
        Attribute::string("key"),
        Attribute::string("kms_key_id"),
        Attribute::number("max_retries").check(&[AtLeast(0)]),
        Attribute::string("no_proxy"),
        Attribute::string("profile"),
        Attribute::string("region"),
        Attribute::string("retry_mode").check(&[OneOf(&["standard", "adaptive"])]),
        Attribute::string("secret_key").sensitive(),
        Attribute::string_set("shared_config_files"),
        Attribute::string("shared_credentials_file"),
        Attribute::string_set("shared_credentials_files"),
        Attribute::bool("skip_credentials_validation"),
        Attribute::bool("skip_metadata_api_check"),
        Attribute::bool("skip_region_validation"),
        Attribute::bool("skip_requesting_account_id"),
        Attribute::bool("skip_s3_checksum"),
        Attribute::string("sse_customer_key").sensitive(),
        Attribute::string("sts_endpoint"),
        Attribute::string("sts_region"),
        Attribute::string("token").sensitive(),
        Attribute::bool("use_dualstack_endpoint"),
        Attribute::bool("use_fips_endpoint"),
        Attribute::bool("use_lockfile"),
        Attribute::bool("use_path_style"),
        Attribute::string("workspace_key_prefix"),
    ],
    blocks: &[],
};

/// Arguments that Terraform had up to 1.9, with what is written today.
const FORMER: &[&str] = &[
    "assume_role_duration_seconds",
    "assume_role_policy",
    "assume_role_policy_arns",
    "assume_role_tags",
    "assume_role_transitive_tag_keys",
    "external_id",
    "role_arn",
    "session_name",
];

/// Arguments that would have to change how connections are made here, with what does the same.
const IMPOSSIBLE: &[(&str, &str)] = &[
    ("ec2_metadata_service_endpoint", "set AWS_EC2_METADATA_SERVICE_ENDPOINT in the environment instead"),
    (
        "ec2_metadata_service_endpoint_mode",
        "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE in the environment instead",
    ),
    ("insecure", "name the certificate of the server's authority with custom_ca_bundle instead"),
];

/// The names of the endpoints that are services of their own here, with the older arguments for them and the variables
/// that Terraform reads besides the AWS tools' own.
const SERVICES: &[(&str, &str, &str)] = &[
    ("dynamodb", "dynamodb_endpoint", "AWS_DYNAMODB_ENDPOINT"),
    ("iam", "iam_endpoint", "AWS_IAM_ENDPOINT"),
    ("s3", "endpoint", "AWS_S3_ENDPOINT"),
    ("sts", "sts_endpoint", "AWS_STS_ENDPOINT"),
];

/// How often a request is repeated unless `max_retries` says otherwise.
const RETRIES: i64 = 5;

/// The rules beyond types. Problems are [`on`](Diagnostic::on) their arguments.
pub fn check(arguments: &Value) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut wrong = |name: &str, summary: &str, detail: String| {
        problems.push(Diagnostic::error(summary, detail).on(name));
    };
    for name in missing(arguments) {
        let detail = format!(
            "The s3 backend needs {name:?}, and nothing gives it. Set it in the backend block, or with init \
             -backend-config={name}=…"
        );
        wrong(name, "Missing backend argument", detail);
    }
    for name in ["key", "workspace_key_prefix"] {
        if filled(arguments, name).is_some_and(|text| text.starts_with('/') || text.ends_with('/')) {
            let detail = format!("The value of {name:?} must not start or end with \"/\".");
            wrong(name, "Invalid backend argument", detail);
        }
    }
    for (name, instead) in IMPOSSIBLE {
        let given =
            arguments.get(name).is_some_and(|value| !value.is_null() && value.as_bool() != Some(false));
        if given {
            let detail = format!("lambdaform cannot do what {name:?} asks for; {instead}.");
            wrong(name, "Unsupported backend argument", detail);
        }
    }
    let secret = filled(arguments, "sse_customer_key");
    if secret.is_some() && filled(arguments, "kms_key_id").is_some() {
        let detail =
            "Only one of \"kms_key_id\" and \"sse_customer_key\" can be set: each says how the state is \
                      encrypted. Remove one of them."
                .to_owned();
        wrong("kms_key_id", "Conflicting backend arguments", detail);
    }
    if secret.is_some_and(|key| super::customer_key(&key).is_none()) {
        let detail =
            "\"sse_customer_key\" is a key of 256 bits in base64, and so 44 characters long.".to_owned();
        wrong("sse_customer_key", "Invalid backend argument", detail);
    }
    for name in ["assume_role", "assume_role_with_web_identity"] {
        let role = arguments.get(name).filter(|role| !role.is_null());
        if role.is_some_and(|role| filled(role, "role_arn").is_none()) {
            let detail = format!("The attribute \"role_arn\" of {name:?} is required.");
            wrong(name, "Missing backend argument", detail);
        }
    }
    problems
}

/// The arguments that must be there and are not.
pub(super) fn missing(arguments: &Value) -> impl Iterator<Item = &'static str> {
    ["bucket", "key"].into_iter().filter(|name| filled(arguments, name).is_none())
}

/// Arguments as the declarations have them: converted, every one there, and so every attribute of those that are objects.
pub fn conformed(arguments: &Value) -> (Value, Diagnostics) {
    let mut whole = arguments.clone();
    for attribute in ARGUMENTS.attributes {
        let (AttrType::Object(fields), Some(given)) = (attribute.ty, arguments.get(attribute.name)) else {
            continue;
        };
        if let Some(entries) = given.as_entries() {
            let absent = fields.iter().filter(|(name, _)| given.get(name).is_none());
            let absent = absent.map(|(name, ty)| ((*name).into(), Value::null(ty.ty())));
            let entries = entries.iter().map(|(name, value)| (name.clone(), value.clone()));
            whole = whole.with_attr(attribute.name, Value::object(entries.chain(absent)));
        }
    }
    conform(&ARGUMENTS, &whole)
}

/// What to say of an argument that does not exist.
pub fn unknown(name: &str) -> Diagnostic {
    let hint = match FORMER.contains(&name) {
        true => " It was replaced in Terraform 1.6: write assume_role = { role_arn = …, session_name = … }."
            .to_owned(),
        false => did_you_mean(name, ARGUMENTS.names()),
    };
    Diagnostic::error("Unsupported argument", format!("The s3 backend has no argument named {name:?}.{hint}"))
        .on(name)
}

/// The provider block that reaches the same account in the same way. Whatever both call the same means the same.
pub(super) fn provider_block(arguments: &Value) -> Value {
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null()).cloned();
    let shared = config::SCHEMA.block.attributes.iter().map(|attribute| attribute.name);
    let mut block: Vec<(String, Value)> =
        shared.filter_map(|name| Some((name.to_owned(), given(name)?))).collect();
    if let Some(file) = given("shared_credentials_file") {
        block.push(("shared_credentials_files".to_owned(), Value::tuple([file])));
    }
    if given("max_retries").is_none() {
        block.push(("max_retries".to_owned(), Value::from(RETRIES)));
    }
    if let Some(path_style) =
        flag(arguments, "use_path_style").or_else(|| flag(arguments, "force_path_style"))
    {
        block.push(("s3_use_path_style".to_owned(), Value::from(path_style)));
    }
    let endpoints = text_map(arguments, "endpoints").unwrap_or_default();
    let endpoints: Vec<(&str, Value)> = SERVICES
        .iter()
        .filter_map(|(service, older, variable)| {
            let variable = || std::env::var(variable).ok().filter(|url| !url.is_empty());
            let named =
                endpoints.get(*service).cloned().or_else(|| filled(arguments, older)).or_else(variable);
            Some((*service, Value::from(named?)))
        })
        .collect();
    if !endpoints.is_empty() {
        block.push(("endpoints".to_owned(), Value::tuple([Value::object(endpoints)])));
    }
    for name in ["assume_role", "assume_role_with_web_identity"] {
        if let Some(role) = given(name) {
            block.push((name.to_owned(), Value::tuple([role])));
        }
    }
    Value::object(block.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

/// The key of a workspace's state: the default one's is as given, others are under a prefix.
pub fn key(arguments: &Value, workspace: &str) -> String {
    let key = filled(arguments, "key").unwrap_or_default();
    match workspace {
        "" | "default" => key,
        other => format!("{}{other}/{key}", prefix(arguments)),
    }
}

/// What the keys of all workspaces but the default one begin with.
pub fn prefix(arguments: &Value) -> String {
    format!("{}/", filled(arguments, "workspace_key_prefix").unwrap_or_else(|| "env:".to_owned()))
}

/// The arguments with what older configurations of `terraform_remote_state` say in other words.
pub(super) fn modern(arguments: &Value) -> Value {
    let parts = ["role_arn", "session_name", "external_id"];
    let given = |name: &str| arguments.get(name).filter(|value| !value.is_null()).cloned();
    let (None, Some(_)) = (given("assume_role"), given("role_arn")) else { return arguments.clone() };
    let role = Value::object(parts.iter().filter_map(|name| Some((*name, given(name)?))));
    let rest = arguments.as_entries().into_iter().flatten();
    let rest = rest.filter(|(name, _)| !parts.contains(&&***name)).map(|(n, v)| (n.clone(), v.clone()));
    Value::object(rest.chain([("assume_role".into(), role)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json;
    use crate::providers::aws::config::Settings;

    fn arguments(text: &str) -> Value {
        modern(&json::implied_value(&serde_json::from_str(text).unwrap()).unwrap())
    }

    #[test]
    fn workspaces_have_keys_of_their_own() {
        let plain = arguments(r#"{"bucket": "b", "key": "k"}"#);
        assert_eq!((key(&plain, "default"), key(&plain, "dev")), ("k".into(), "env:/dev/k".into()));
        let prefixed = arguments(r#"{"key": "k", "workspace_key_prefix": "w"}"#);
        assert_eq!(key(&prefixed, "dev"), "w/dev/k");
    }

    #[test]
    fn a_backend_is_reached_as_a_provider_is() {
        let given = arguments(
            r#"{"bucket": "b", "key": "k", "region": "eu-west-1", "endpoint": "http://old", "use_path_style": true,
                "endpoints": {"s3": "http://new", "dynamodb": "http://db"}, "role_arn": "arn:aws:iam::123456789012:role/r"}"#,
        );
        let (given, problems) = conformed(&given);
        assert!(problems.is_empty() && check(&given).is_empty());
        let (block, problems) = conform(&config::SCHEMA.block, &provider_block(&given));
        assert!(problems.is_empty(), "{problems:?}");
        let settings = Settings::read(&block).ok().unwrap();
        assert_eq!(settings.endpoints.get("s3").map(String::as_str), Some("http://new"));
        assert!(settings.s3_path_style && settings.roles.len() == 1 && settings.endpoints.len() == 2);
        assert_eq!(settings.attempts, 6);
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (text, refused) in [
            (r#"{"bucket": "b", "key": "k", "insecure": false, "skip_region_validation": true}"#, None),
            (r#"{"bucket": "b"}"#, Some("key")),
            (r#"{"bucket": "b", "key": "/k"}"#, Some("key")),
            (r#"{"bucket": "b", "key": "k", "workspace_key_prefix": "w/"}"#, Some("workspace_key_prefix")),
            (r#"{"bucket": "b", "key": "k", "insecure": true}"#, Some("insecure")),
            (r#"{"bucket": "b", "key": "k", "sse_customer_key": "abc"}"#, Some("sse_customer_key")),
            (r#"{"bucket": "b", "key": "k", "assume_role": {"session_name": "s"}}"#, Some("assume_role")),
        ] {
            let (given, problems) = conformed(&arguments(text));
            assert!(problems.is_empty(), "{problems:?}");
            let found = check(&given);
            let named = found.iter().next().map(|problem| problem.path.as_ref().unwrap().to_string());
            assert_eq!(named.as_deref(), refused, "{text}");
        }
        assert!(unknown("role_arn").detail.contains("assume_role = {"));
        assert!(unknown("bukket").detail.contains("bucket"));
    }
}

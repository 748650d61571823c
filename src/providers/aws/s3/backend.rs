//! Reads what a Terraform `s3` backend stores, given that backend's configuration.
//! Knows nothing of what is stored, nor of who wants it.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::Environment;
use crate::providers::aws::client::Session;
use crate::providers::aws::config::{self, Settings};
use crate::providers::aws::fields::{filled, flag, is_given, text_map};
use crate::schema::conform;

/// Arguments that mean what they mean in a provider block.
const SHARED: &[&str] = &[
    "access_key",
    "custom_ca_bundle",
    "http_proxy",
    "https_proxy",
    "max_retries",
    "no_proxy",
    "profile",
    "region",
    "retry_mode",
    "secret_key",
    "shared_config_files",
    "shared_credentials_files",
    "sts_region",
    "token",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];
/// Arguments that are read here.
const OWN: &[&str] = &[
    "assume_role",
    "bucket",
    "endpoint",
    "endpoints",
    "external_id",
    "force_path_style",
    "iam_endpoint",
    "key",
    "role_arn",
    "session_name",
    "shared_credentials_file",
    "sse_customer_key",
    "sts_endpoint",
    "use_path_style",
    "workspace_key_prefix",
];
/// Arguments that matter only to who writes, or to checks that are not made here.
const UNUSED: &[&str] = &[
    "acl",
    "dynamodb_endpoint",
    "dynamodb_table",
    "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode",
    "encrypt",
    "insecure",
    "kms_key_id",
    "skip_credentials_validation",
    "skip_metadata_api_check",
    "skip_region_validation",
    "skip_requesting_account_id",
    "skip_s3_checksum",
    "use_lockfile",
];
/// The services whose endpoints matter here.
const ENDPOINTS: &[&str] = &["s3", "sts", "iam"];

/// What is stored for a workspace; `None` if nothing is.
///
/// # Errors
/// Arguments that are missing or unknown, no credentials, and what S3 answered.
pub async fn read(
    config: &Value,
    workspace: &str,
    environment: &Environment,
) -> Result<Option<Vec<u8>>, Diagnostics> {
    check(config)?;
    let (block, problems) = conform(&config::SCHEMA.block, &provider_block(config));
    if problems.has_errors() {
        return Err(problems);
    }
    let session = Session::open(&Settings::read(&block)?, environment).await?;
    let (bucket, key) = (filled(config, "bucket").unwrap_or_default(), key(config, workspace));
    let mut call = session.s3.reads.get_object().bucket(&bucket).key(&key);
    if let Some(secret) = filled(config, "sse_customer_key") {
        let digest = STANDARD.decode(&secret).map(Md5::digest).map_err(|_| {
            Diagnostic::error("Invalid base64", "\"sse_customer_key\" is a key of 256 bits in base64.")
        })?;
        call = call.sse_customer_algorithm("AES256").sse_customer_key(secret);
        call = call.sse_customer_key_md5(STANDARD.encode(digest));
    }
    let target = format!("{bucket}/{key}");
    match session.s3.read("GetObject", call.send()).await {
        Ok(answer) => content(answer, &target).await.map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.diagnostic(&target).into()),
    }
}

async fn content(answer: GetObjectOutput, target: &str) -> Result<Vec<u8>, Diagnostics> {
    match answer.body.collect().await {
        Ok(body) => Ok(body.to_vec()),
        Err(error) => Err(Diagnostic::error(
            "No answer from the service",
            format!("The content of {target:?} broke off: {error}. Run the command again."),
        )
        .into()),
    }
}

/// The default workspace is at the key itself, others under a prefix.
fn key(config: &Value, workspace: &str) -> String {
    let key = filled(config, "key").unwrap_or_default();
    if workspace == "default" {
        return key;
    }
    let prefix = filled(config, "workspace_key_prefix").unwrap_or_else(|| "env:".to_owned());
    format!("{prefix}/{workspace}/{key}")
}

fn check(config: &Value) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for name in ["bucket", "key"] {
        if !is_given(config, name) {
            problems.push(
                Diagnostic::error(
                    "Missing backend argument",
                    format!("The s3 backend needs {name:?}, and the configuration does not give it."),
                )
                .on("config"),
            );
        }
    }
    let known = || SHARED.iter().chain(OWN).chain(UNUSED).copied();
    for name in config.as_entries().into_iter().flat_map(|entries| entries.keys()) {
        if !known().any(|known| known == &**name) {
            problems.push(
                Diagnostic::error(
                    "Unsupported backend argument",
                    format!(
                        "The s3 backend has no argument {name:?} that could be used here.{}",
                        did_you_mean(name, known())
                    ),
                )
                .on("config"),
            );
        }
    }
    if problems.has_errors() { Err(problems) } else { Ok(()) }
}

/// The provider block that reaches the same account in the same way.
fn provider_block(config: &Value) -> Value {
    let given = |name: &str| config.get(name).filter(|value| !value.is_null()).cloned();
    let mut block: Vec<(String, Value)> =
        SHARED.iter().filter_map(|name| Some(((*name).to_owned(), given(name)?))).collect();
    if let Some(file) = given("shared_credentials_file") {
        block.push(("shared_credentials_files".to_owned(), Value::tuple([file])));
    }
    if let Some(path_style) = flag(config, "use_path_style").or_else(|| flag(config, "force_path_style")) {
        block.push(("s3_use_path_style".to_owned(), Value::from(path_style)));
    }
    let mut endpoints = text_map(config, "endpoints").unwrap_or_default();
    for (old, service) in [("endpoint", "s3"), ("sts_endpoint", "sts"), ("iam_endpoint", "iam")] {
        if let Some(url) = filled(config, old) {
            endpoints.entry(service.to_owned()).or_insert(url);
        }
    }
    endpoints.retain(|service, _| ENDPOINTS.contains(&service.as_str()));
    if !endpoints.is_empty() {
        let endpoints =
            Value::object(endpoints.iter().map(|(s, url)| (s.as_str(), Value::from(url.as_str()))));
        block.push(("endpoints".to_owned(), Value::tuple([endpoints])));
    }
    let role = given("assume_role").or_else(|| {
        let parts = ["role_arn", "session_name", "external_id"];
        given("role_arn")?;
        Some(Value::object(parts.iter().filter_map(|name| Some((*name, given(name)?)))))
    });
    if let Some(role) = role {
        block.push(("assume_role".to_owned(), Value::tuple([role])));
    }
    Value::object(block.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json;

    fn config(text: &str) -> Value {
        json::implied_value(&serde_json::from_str(text).unwrap()).unwrap()
    }

    #[test]
    fn workspaces_have_keys_of_their_own() {
        let plain = config(r#"{"bucket": "b", "key": "k"}"#);
        assert_eq!((key(&plain, "default"), key(&plain, "dev")), ("k".into(), "env:/dev/k".into()));
        let prefixed = config(r#"{"key": "k", "workspace_key_prefix": "w"}"#);
        assert_eq!(key(&prefixed, "dev"), "w/dev/k");
    }

    #[test]
    fn a_backend_is_reached_as_a_provider_is() {
        let given = config(
            r#"{"bucket": "b", "key": "k", "region": "eu-west-1", "endpoint": "http://old", "use_path_style": true,
                "endpoints": {"s3": "http://new", "dynamodb": "http://db"}, "role_arn": "arn:aws:iam::123456789012:role/r"}"#,
        );
        assert!(check(&given).is_ok());
        let (block, problems) = conform(&config::SCHEMA.block, &provider_block(&given));
        assert!(problems.is_empty(), "{problems:?}");
        let settings = Settings::read(&block).ok().unwrap();
        assert_eq!(settings.endpoints.get("s3").map(String::as_str), Some("http://new"));
        assert!(settings.s3_path_style && settings.roles.len() == 1 && settings.endpoints.len() == 1);
        let wrong = check(&config(r#"{"bucket": "b", "keys": "k"}"#)).unwrap_err();
        let said: Vec<&str> = wrong.iter().map(|problem| problem.summary.as_str()).collect();
        assert_eq!(said, ["Missing backend argument", "Unsupported backend argument"]);
    }
}

//! What Terraform's `s3` backend keeps: objects in a bucket, and locks in a table.
//! Knows nothing of what is stored, nor of who wants it.

mod arguments;
mod objects;
mod table;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

pub use arguments::{ARGUMENTS, check, conformed, key, prefix, unknown};

use super::client::Session;
use super::config::{self, Settings};
use super::error::{CallError, CallResult};
use super::fields::{filled, flag};
use super::retry;
use super::service::{Client, Service};
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::Environment;
use crate::schema::conform;

/// A bucket, and the table beside it, as a backend's arguments name them.
pub struct Bucket {
    session: Session,
    name: String,
    table: Option<String>,
    sealing: Sealing,
}

/// How objects are put.
struct Sealing {
    encrypt: bool,
    kms_key: Option<String>,
    customer_key: Option<CustomerKey>,
    acl: Option<String>,
    checksum: bool,
}

/// A key that the bucket's owner keeps: in base64, and its digest.
struct CustomerKey {
    key: String,
    md5: String,
}

/// A call that did not do what it should.
#[derive(Debug)]
pub struct Failure {
    /// Of which kind.
    pub cause: Cause,
    /// What was answered, in a sentence.
    pub said: String,
    /// The same for a person.
    pub problem: Diagnostic,
}

/// The kinds of failures that a store does something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The condition of the call does not hold: somebody else was there first.
    Condition,
    /// The server does not know conditions.
    Unsupported,
    /// Anything else.
    Other,
}

/// What is stored for a workspace; `None` if nothing is. For `terraform_remote_state`, whose configuration may be that of
/// an older Terraform.
///
/// # Errors
/// Arguments that are missing or unknown, no credentials, and what S3 answered.
pub async fn read(
    config: &Value,
    workspace: &str,
    environment: &Environment,
) -> Result<Option<Vec<u8>>, Diagnostics> {
    let config = arguments::modern(config);
    let mut problems = Diagnostics::new();
    let names = config.as_entries().into_iter().flat_map(|entries| entries.keys());
    problems.extend(names.filter(|name| ARGUMENTS.attribute(name).is_none()).map(|name| unknown(name)));
    let (config, more) = conformed(&config);
    problems.extend(more);
    problems.extend(arguments::missing(&config).map(|name| {
        let detail = format!("To read a state from s3, config needs {name:?}, and does not have it.");
        Diagnostic::error("Missing backend argument", detail)
    }));
    if !problems.has_errors() {
        problems.extend(check(&config));
    }
    if problems.has_errors() {
        // They are about parts of the one argument that holds them all.
        return Err(problems.map(|problem| Diagnostic { path: None, ..problem }.on("config")));
    }
    let bucket = Bucket::open(&config, environment).await;
    let bucket = bucket.map_err(|problems| said_of(problems, "the backend block", "config"))?;
    let found = bucket.get(&key(&config, workspace)).await.map_err(|failure| failure.problem)?;
    Ok(found.map(|(bytes, _)| bytes))
}

/// Where the state of a workspace is, for people: `s3://BUCKET/KEY`.
pub fn place(config: &Value, workspace: &str) -> String {
    let bucket = filled(config, "bucket").unwrap_or_default();
    format!("s3://{bucket}/{}", key(config, workspace))
}

impl Bucket {
    /// Opens a bucket by checked arguments. Asks nobody but for credentials.
    ///
    /// # Errors
    /// No region, no credentials.
    pub async fn open(arguments: &Value, environment: &Environment) -> Result<Bucket, Diagnostics> {
        let (block, problems) = conform(&config::SCHEMA.block, &arguments::provider_block(arguments));
        if problems.has_errors() {
            return Err(problems);
        }
        let variable = || std::env::var("AWS_SSE_CUSTOMER_KEY").ok();
        let secret = filled(arguments, "sse_customer_key").or_else(variable).filter(|key| !key.is_empty());
        let sealing = Sealing {
            encrypt: flag(arguments, "encrypt").unwrap_or(false),
            kms_key: filled(arguments, "kms_key_id"),
            customer_key: secret.as_deref().and_then(customer_key),
            acl: filled(arguments, "acl"),
            checksum: flag(arguments, "skip_s3_checksum") != Some(true),
        };
        if secret.is_some() && sealing.customer_key.is_none() {
            return Err(Diagnostic::error(
                "Invalid encryption key",
                "AWS_SSE_CUSTOMER_KEY is to be a key of 256 bits in base64, and so 44 characters long.",
            )
            .into());
        }
        let session = async { Session::open(&Settings::read(&block)?, environment).await };
        Ok(Bucket {
            session: session
                .await
                .map_err(|problems| said_of(problems, "the provider block", "the backend block"))?,
            name: filled(arguments, "bucket").unwrap_or_default(),
            table: filled(arguments, "dynamodb_table"),
            sealing,
        })
    }

    /// Makes a call that changes something. After an attempt without an answer `find` looks for what it has done.
    async fn write<C: Client, T, E, F, G>(
        &self,
        service: &Service<C>,
        operation: &'static str,
        call: impl Fn() -> F,
        find: impl Fn() -> G,
    ) -> CallResult<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        G: Future<Output = CallResult<Option<T>>>,
    {
        service.write_unrecorded(operation, retry::STATE, call, find).await
    }
}

/// What is said of one place of configuration, said of another.
fn said_of(problems: Diagnostics, one: &str, other: &str) -> Diagnostics {
    problems.map(|problem| {
        let detail = problem.detail.replace(one, other);
        Diagnostic { detail, ..problem }
    })
}

/// A customer's key from its base64; `None` if it is none.
fn customer_key(text: &str) -> Option<CustomerKey> {
    let key = STANDARD.decode(text).ok().filter(|key| key.len() == 32)?;
    Some(CustomerKey { key: text.to_owned(), md5: STANDARD.encode(Md5::digest(key)) })
}

impl Failure {
    fn new(error: &CallError, target: &str) -> Failure {
        let cause = match &*error.code {
            // An object that is gone is not the one that was there.
            "PreconditionFailed"
            | "ConditionalRequestConflict"
            | "ConditionalCheckFailedException"
            | "NoSuchKey" => Cause::Condition,
            _ if error.status == 412 => Cause::Condition,
            "NotImplemented" => Cause::Unsupported,
            _ => Cause::Other,
        };
        let said = match error.code.is_empty() {
            true => format!("{}: {}", error.operation, error.message),
            false => format!("{}: {}: {}", error.operation, error.code, error.message),
        };
        Failure { cause, said, problem: error.diagnostic(target) }
    }
}

//! What the tests share: a server, a client, a zip, and the shortest create request.
//! Knows nothing of what is tested.

use std::io::Write;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};

use crate::local::{Clock, Options, Server, start};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/service-role/r";
pub const SETTLE: u64 = 150;

pub fn frozen() -> Options {
    Options { clock: Clock::manual(1_795_414_598_000), ..Options::default() }
}

pub async fn serve(options: Options) -> (Server, Client) {
    let server = start(options).await.unwrap();
    let client = client(&server, "us-east-1");
    (server, client)
}

pub fn client(server: &Server, region: &'static str) -> Client {
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .endpoint_url(server.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// A client of S3.
pub fn s3(server: &Server) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .endpoint_url(server.endpoint())
        .force_path_style(true)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// A client of CloudWatch Logs.
pub fn logs(server: &Server) -> aws_sdk_cloudwatchlogs::Client {
    let config = aws_sdk_cloudwatchlogs::Config::builder()
        .behavior_version(aws_sdk_cloudwatchlogs::config::BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .endpoint_url(server.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_cloudwatchlogs::Client::from_conf(config)
}

/// A client of IAM, in a region that is not where IAM's objects are kept.
pub fn iam(server: &Server) -> aws_sdk_iam::Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKIDLOCAL", "secret", None, None, "test"))
        .endpoint_url(server.endpoint())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_iam::Client::from_conf(config)
}

pub fn zip(content: &str) -> Blob {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("index.py", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(content.as_bytes()).unwrap();
    Blob::new(writer.finish().unwrap().into_inner())
}

pub fn create(client: &Client, name: &str) -> CreateFunctionFluentBuilder {
    client
        .create_function()
        .function_name(name)
        .role(ROLE)
        .runtime(Runtime::Python313)
        .handler("index.handler")
        .code(FunctionCode::builder().zip_file(zip("v1")).build())
}

/// Creates a function and lets it become active.
pub async fn active(server: &Server, client: &Client, name: &str) {
    create(client, name).send().await.unwrap();
    server.clock().advance(SETTLE);
}

/// The exception, status and message of a refused call.
pub fn refused<O: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    result: Result<O, SdkError<E>>,
) -> (String, u16, String) {
    let error = result.expect_err("the call must be refused");
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (error.code().unwrap_or_default().to_owned(), status, error.message().unwrap_or_default().to_owned())
}

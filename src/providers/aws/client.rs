//! The session with AWS: region, credentials, and the services. Made once per provider configuration, on first use.
//! Knows nothing of resources.

use std::ops::Deref;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::config::Settings;
use super::credentials::Held;
use super::network::http_client;
pub(super) use super::service::Mutation;
use super::service::Service;
use crate::base::{Diagnostic, Diagnostics};
use crate::provider::Environment;

/// The region and keys used with a local endpoint when nothing else is configured.
const LOCAL_REGION: &str = "us-east-1";
const LOCAL_KEYS: (&str, &str) = ("local", "local");

/// A session with one account and region. By itself it is Lambda's [`Service`]; the companions' stand beside it.
pub(super) struct Session {
    lambda: Service<aws_sdk_lambda::Client>,
    /// For the account's identity.
    pub(super) sts: Service<aws_sdk_sts::Client>,
    /// Roles and policies.
    pub(super) iam: Service<aws_sdk_iam::Client>,
    /// Log groups.
    pub(super) logs: Service<aws_sdk_cloudwatchlogs::Client>,
    /// Objects in buckets.
    pub(super) s3: Service<aws_sdk_s3::Client>,
    /// The locks of a backend.
    pub(super) dynamodb: Service<aws_sdk_dynamodb::Client>,
    /// Where it is.
    pub(super) region: String,
}

impl Deref for Session {
    type Target = Service<aws_sdk_lambda::Client>;

    fn deref(&self) -> &Self::Target {
        &self.lambda
    }
}

impl Session {
    /// Makes a session; asks whoever holds credentials for them, but no service of AWS unless roles are to be assumed.
    ///
    /// # Errors
    /// No region, no credentials, or a configuration that is not known yet: one diagnostic each.
    pub(super) async fn open(settings: &Settings, environment: &Environment) -> Result<Session, Diagnostics> {
        if environment.endpoint.is_none() && !settings.unknown.is_empty() {
            return Err(Diagnostic::error(
                "Provider configuration not known yet",
                format!(
                    "The provider block's {} depend on values that only an apply brings, and something must be read \
                     from the service before that. Apply what they depend on first (with -target), or make them known.",
                    settings.unknown.join(", ")
                ),
            )
            .into());
        }
        let region = region(settings, environment).await?;
        let config = base_config(settings, environment, &region).await?;
        let credentials = Held::resolve(settings, environment, &config).await?;
        let account = credentials.account();
        let config =
            config.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build();

        let sts_region = settings.sts_region.clone().map(Region::new);
        let session = Session {
            lambda: Service::new(&config, settings, environment, &account, None),
            sts: Service::new(&config, settings, environment, &account, sts_region),
            iam: Service::new(&config, settings, environment, &account, None),
            logs: Service::new(&config, settings, environment, &account, None),
            s3: Service::new(&config, settings, environment, &account, None),
            dynamodb: Service::new(&config, settings, environment, &account, None),
            region,
        };
        // The built-in control plane answers for an account of its own, whichever is meant.
        if environment.endpoint.is_none() {
            session.check_account(settings).await?;
        }
        Ok(session)
    }

    async fn check_account(&self, settings: &Settings) -> Result<(), Diagnostics> {
        if settings.allowed_accounts.is_empty() && settings.forbidden_accounts.is_empty() {
            return Ok(());
        }
        let identity = self.sts.reads.get_caller_identity().send();
        let identity = self.sts.read("GetCallerIdentity", identity).await;
        let identity = identity.map_err(|error| error.diagnostic("the account"))?;
        let account = identity.account().unwrap_or_default().to_owned();
        let allowed = settings.allowed_accounts.is_empty() || settings.allowed_accounts.contains(&account);
        if allowed && !settings.forbidden_accounts.contains(&account) {
            return Ok(());
        }
        Err(Diagnostic::error(
            "Account not allowed",
            format!(
                "The credentials belong to account {account}, and the provider block's allowed_account_ids or \
                 forbidden_account_ids rule it out. Use credentials of the right account."
            ),
        )
        .into())
    }
}

fn profile_files(settings: &Settings) -> Option<EnvConfigFiles> {
    if settings.config_files.is_empty() && settings.credentials_files.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(settings.config_files.is_empty())
        .include_default_credentials_file(settings.credentials_files.is_empty());
    for path in &settings.config_files {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in &settings.credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    Some(files.build())
}

/// The region, from the provider block or the environment, without asking the profile.
pub(super) fn named_region(settings: &Settings, environment: &Environment) -> Option<String> {
    if let Some(region) = &settings.region {
        return Some(region.clone());
    }
    if environment.endpoint.is_some() {
        return Some(LOCAL_REGION.to_owned());
    }
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|region| !region.is_empty())
}

/// The region, from the provider block, the environment or the profile. The instance metadata service is not asked: off
/// EC2 that costs seconds. With a local endpoint neither environment nor profile matters.
///
/// # Errors
/// When none is configured.
pub(super) async fn region(settings: &Settings, environment: &Environment) -> Result<String, Diagnostics> {
    if let Some(region) = named_region(settings, environment) {
        return Ok(region);
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    if let Some(files) = profile_files(settings) {
        profile = profile.profile_files(files);
    }
    match profile.build().region().await {
        Some(region) => Ok(region.to_string()),
        None => Err(Diagnostic::error(
            "Missing region",
            "No region is configured. Set region in the provider block, AWS_REGION in the environment, or region in the \
             profile of the shared configuration file.",
        )
        .on("region")
        .into()),
    }
}

/// Everything but the final credentials.
async fn base_config(
    settings: &Settings,
    environment: &Environment,
    region: &str,
) -> Result<SdkConfig, Diagnostics> {
    let plain = environment.endpoint.as_ref().is_some_and(|url| url.starts_with("http://"));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(300))
        .operation_timeout(Duration::from_secs(900))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(http_client(settings, plain)?)
        .timeout_config(timeouts);
    if settings.fips {
        loader = loader.use_fips(true);
    }
    if settings.dualstack {
        loader = loader.use_dual_stack(true);
    }
    if let Some(name) = &settings.profile {
        loader = loader.profile_name(name);
    }
    if let Some(files) = profile_files(settings) {
        loader = loader.profile_files(files);
    }
    let fixed = settings.keys.clone().or_else(|| {
        environment.endpoint.is_some().then(|| (LOCAL_KEYS.0.to_owned(), LOCAL_KEYS.1.to_owned(), None))
    });
    if let Some((access, secret, token)) = fixed {
        loader = loader.credentials_provider(Credentials::new(access, secret, token, None, "provider block"));
    }
    Ok(loader.load().await)
}

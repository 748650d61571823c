//! The session with AWS: region, credentials, clients, pace. Made once per provider configuration, on first use.
//! Knows nothing of resources.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::config::Settings;
use super::credentials::Held;
use super::error::{CallError, CallResult, FailureKind};
use super::network::http_client;
use super::quota::{Class, Quota};
use super::retry::{self, Clock, Policy};
use crate::base::{Diagnostic, Diagnostics};
use crate::provider::{ApplyContext, CallOutcome, Environment, Tempo};

/// The region and keys used with a local endpoint when nothing else is configured.
const LOCAL_REGION: &str = "us-east-1";
const LOCAL_KEYS: (&str, &str) = ("local", "local");

/// A session with one account and region.
pub(super) struct Session {
    /// For calls that only read: the SDK repeats what is throttled or breaks.
    pub(super) reads: aws_sdk_lambda::Client,
    /// For calls that change something: each attempt is ours, so that one whose outcome is unclear is noticed.
    pub(super) writes: aws_sdk_lambda::Client,
    /// For the account's identity.
    pub(super) sts: aws_sdk_sts::Client,
    /// Where it is.
    pub(super) region: String,
    /// How pauses are measured.
    pub(super) tempo: Tempo,
    quota: Option<Arc<Quota>>,
    attempts: u32,
}

/// A call that changes something.
pub(super) struct Mutation<'a> {
    /// The API's name of it.
    pub(super) operation: &'static str,
    /// What it changes, as the journal and messages name it.
    pub(super) target: &'a str,
    /// When it is tried again.
    pub(super) policy: Policy,
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

        let lambda_url = endpoint(settings, environment, "lambda");
        let is_aws = lambda_url.is_none()
            && config.endpoint_url().is_none()
            && std::env::var_os("AWS_ENDPOINT_URL_LAMBDA").is_none();
        let url = lambda_url.as_deref().or(config.endpoint_url()).unwrap_or_default();
        let quota = match environment.tempo.paced {
            Some(false) => None,
            paced => Some(shared_quota([url, &account, &region], paced.unwrap_or(is_aws))),
        };

        let attempts = settings.attempts.max(1);
        let lambda = |retries| {
            let mut builder = aws_sdk_lambda::config::Builder::from(&config).retry_config(retries);
            builder.set_endpoint_url(lambda_url.clone().or_else(|| config.endpoint_url().map(str::to_owned)));
            if let Some(quota) = &quota {
                builder = builder.interceptor(Pacing(quota.clone()));
            }
            aws_sdk_lambda::Client::from_conf(builder.build())
        };
        let mut sts = aws_sdk_sts::config::Builder::from(&config);
        if let Some(url) = endpoint(settings, environment, "sts") {
            sts.set_endpoint_url(Some(url));
        }
        if let Some(region) = &settings.sts_region {
            sts = sts.region(Region::new(region.clone()));
        }
        let session = Session {
            reads: lambda(read_retries(attempts, environment.tempo)),
            writes: lambda(RetryConfig::disabled()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            region,
            tempo: environment.tempo,
            quota,
            attempts,
        };
        session.check_account(settings).await?;
        Ok(session)
    }

    /// Makes a call that only reads.
    ///
    /// # Errors
    /// What the service answered, after the SDK's retries.
    pub(super) async fn read<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> CallResult<T>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        if let Some(quota) = &self.quota {
            quota.acquire(Class::of(operation)).await;
        }
        call.await.map_err(|error| CallError::new(operation, error))
    }

    /// Makes a call that changes something: announced first, tried again by its policy, its outcome reported.
    ///
    /// # Errors
    /// What the service answered last.
    pub(super) async fn write<T, E, F>(
        &self,
        mutation: Mutation<'_>,
        context: ApplyContext<'_>,
        call: impl Fn() -> F,
    ) -> CallResult<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.write_once(mutation, context, call, || async { Ok(None) }).await
    }

    /// [`Session::write`] for a call that would do it twice if it were simply repeated: after an attempt without an
    /// answer, `find` looks for what it has done. Where even that fails, nothing is repeated.
    ///
    /// # Errors
    /// What the service answered last.
    pub(super) async fn write_once<T, E, F, G>(
        &self,
        mutation: Mutation<'_>,
        context: ApplyContext<'_>,
        call: impl Fn() -> F,
        find: impl Fn() -> G,
    ) -> CallResult<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        G: Future<Output = CallResult<Option<T>>>,
    {
        let Mutation { operation, target, policy } = mutation;
        let id = context
            .calls
            .begin(operation, target)
            .map_err(|error| CallError::unrecorded(operation, &error))?;
        let attempt = || async {
            if let Some(quota) = &self.quota {
                quota.acquire(Class::of(operation)).await;
            }
            let mut error = match call().await {
                Ok(done) => return Ok(done),
                Err(error) => CallError::new(operation, error),
            };
            if error.is_unclear() {
                match find().await {
                    Ok(Some(done)) => return Ok(done),
                    Ok(None) => {}
                    Err(_) => error.kind = FailureKind::Lost,
                }
            }
            Err(error)
        };
        let result = retry::run(policy, self.attempts, self.clock(Some(context)), attempt).await;
        let outcome = match &result {
            Ok(_) => CallOutcome::Landed,
            Err(error) if error.is_unclear() || error.after_unclear => CallOutcome::Unclear,
            Err(_) => CallOutcome::Refused,
        };
        context.calls.end(id, outcome);
        result
    }

    /// A clock that runs at the session's tempo and stops with the step.
    pub(super) fn clock<'a>(&self, context: Option<ApplyContext<'a>>) -> Clock<'a> {
        Clock::new(self.tempo, context.map(|c| c.stop))
    }

    async fn check_account(&self, settings: &Settings) -> Result<(), Diagnostics> {
        if settings.allowed_accounts.is_empty() && settings.forbidden_accounts.is_empty() {
            return Ok(());
        }
        let identity = self.read("GetCallerIdentity", self.sts.get_caller_identity().send()).await;
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

/// How the SDK repeats a read: its own pauses, at the session's tempo.
fn read_retries(attempts: u32, tempo: Tempo) -> RetryConfig {
    let retries = RetryConfig::standard().with_max_attempts(attempts.min(10));
    let pause = retries.initial_backoff().mul_f64(tempo.pauses.clamp(0.001, 1.0));
    let longest = retries.max_backoff().mul_f64(tempo.pauses.clamp(0.001, 1.0));
    retries.with_initial_backoff(pause).with_max_backoff(longest)
}

/// The URL that replaces a service's own address.
fn endpoint(settings: &Settings, environment: &Environment, service: &str) -> Option<String> {
    environment.endpoint.clone().or_else(|| settings.endpoints.get(service).cloned())
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

/// The region, from the provider block, the environment or the profile. The instance metadata service is not asked: off
/// EC2 that costs seconds. With a local endpoint neither environment nor profile matters.
///
/// # Errors
/// When none is configured.
pub(super) async fn region(settings: &Settings, environment: &Environment) -> Result<String, Diagnostics> {
    if let Some(region) = &settings.region {
        return Ok(region.clone());
    }
    if environment.endpoint.is_some() {
        return Ok(LOCAL_REGION.to_owned());
    }
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    if let Some(region) = named.filter(|r| !r.is_empty()) {
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

/// One quota per endpoint, account and region, whoever asks for it, as long as anybody uses it. Where AWS itself answers,
/// it paces from the start; elsewhere it waits to be told.
fn shared_quota(of: [&str; 3], paced: bool) -> Arc<Quota> {
    type Quotas = HashMap<[String; 3], Weak<Quota>>;
    static ALL: LazyLock<Mutex<Quotas>> = LazyLock::new(Mutex::default);
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = all.entry(of.map(str::to_owned)).or_default();
    slot.upgrade().unwrap_or_else(|| {
        let quota = Arc::new(if paced { Quota::new() } else { Quota::asleep() });
        *slot = Arc::downgrade(&quota);
        quota
    })
}

/// Tells the quota how each attempt was answered, the SDK's own retries included.
#[derive(Debug)]
struct Pacing(Arc<Quota>);

impl Intercept for Pacing {
    fn name(&self) -> &'static str {
        "Pacing"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), aws_smithy_runtime_api::box_error::BoxError> {
        let (Some(response), Some(metadata)) = (context.response(), config.load::<Metadata>()) else {
            return Ok(());
        };
        let class = Class::of(metadata.name());
        if response.status().as_u16() == 429 {
            let after = response.headers().get("retry-after").and_then(|s| s.trim().parse().ok());
            let after = after.filter(|s: &f64| (0.0..300.0).contains(s)).map(Duration::from_secs_f64);
            self.0.throttled(class, after);
        } else {
            self.0.accepted(class);
        }
        Ok(())
    }
}

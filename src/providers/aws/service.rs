//! One service of AWS: its clients, made on first use, its pace, and how calls to it are made.
//! Knows nothing of what is called; `client` says which services there are.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

use super::config::Settings;
use super::error::{CallError, CallResult, FailureKind};
use super::quota::{self, Quota, Rate};
use super::retry::{self, Clock, Policy};
use super::unreachable::Unreachable;
use crate::provider::{ApplyContext, CallOutcome, Environment, Tempo};

/// A service as calls are made to it.
pub(super) struct Service<C> {
    /// For calls that only read: the SDK repeats what is throttled or breaks.
    pub(super) reads: Lazy<C>,
    /// For calls that change something: each attempt is ours, so that one whose outcome is unclear is noticed.
    pub(super) writes: Lazy<C>,
    /// How pauses are measured.
    pub(super) tempo: Tempo,
    quota: Option<Arc<Quota>>,
    attempts: u32,
}

/// A client that is made when it is first used.
pub(super) type Lazy<C> = LazyLock<C, Box<dyn FnOnce() -> C + Send>>;

/// A call that changes something.
pub(super) struct Mutation<'a> {
    /// The API's name of it.
    pub(super) operation: &'static str,
    /// What it changes, as the journal and messages name it.
    pub(super) target: &'a str,
    /// When it is tried again.
    pub(super) policy: Policy,
}

/// An SDK client, with what must be known of its service to make one.
pub(super) trait Client: Send + Sync + Sized + 'static {
    /// The SDK's id of the service, which names its endpoint in environment and profile.
    const ID: &'static str;
    /// Its names in an `endpoints` block.
    const ENDPOINTS: &'static [&'static str];
    /// Its request rates.
    const RATES: &'static [Rate];
    /// Whether an account has one of it rather than one per region.
    const GLOBAL: bool;

    /// Makes a client.
    fn build(wiring: &Wiring, retries: RetryConfig) -> Self;
}

/// What a client is made of.
pub(super) struct Wiring {
    config: SdkConfig,
    endpoint: Option<String>,
    region: Option<Region>,
    path_style: bool,
    quota: Option<Arc<Quota>>,
}

/// Implements [`Client`] for the client of an SDK crate.
macro_rules! client {
    ($sdk:ident, $id:literal, $endpoints:expr, $rates:expr, global: $global:literal $(, $method:ident: $member:ident)?) => {
        impl Client for $sdk::Client {
            const ID: &'static str = $id;
            const ENDPOINTS: &'static [&'static str] = &$endpoints;
            const RATES: &'static [Rate] = $rates;
            const GLOBAL: bool = $global;

            fn build(wiring: &Wiring, retries: RetryConfig) -> Self {
                let mut builder = $sdk::config::Builder::from(&wiring.config).retry_config(retries);
                if let Some(url) = &wiring.endpoint {
                    builder.set_endpoint_url(Some(url.clone()));
                }
                if let Some(region) = &wiring.region {
                    builder = builder.region(region.clone());
                }
                if let Some(quota) = &wiring.quota {
                    builder = builder.interceptor(Pacing(quota.clone()));
                }
                builder = builder.retry_classifier(Unreachable::default());
                $(builder = builder.$method(wiring.$member);)?
                $sdk::Client::from_conf(builder.build())
            }
        }
    };
}

client!(aws_sdk_lambda, "Lambda", ["lambda"], quota::LAMBDA, global: false);
client!(aws_sdk_sts, "STS", ["sts"], quota::UNPACED, global: false);
client!(aws_sdk_iam, "IAM", ["iam"], quota::IAM, global: true);
client!(
    aws_sdk_cloudwatchlogs,
    "CloudWatch Logs",
    ["logs", "cloudwatchlogs", "cloudwatchlog"],
    quota::LOGS,
    global: false
);
client!(aws_sdk_dynamodb, "DynamoDB", ["dynamodb"], quota::UNPACED, global: false);
client!(aws_sdk_s3, "S3", ["s3", "s3api"], quota::UNPACED, global: false, force_path_style: path_style);

impl<C: Client> Service<C> {
    /// A service that nobody has called yet. `account` tells accounts apart as far as it is known.
    pub(super) fn new(
        config: &SdkConfig,
        settings: &Settings,
        environment: &Environment,
        account: &str,
        region: Option<Region>,
    ) -> Service<C> {
        let own = |name: &&str| settings.endpoints.get(*name).cloned();
        let endpoint = environment.endpoint.clone().or_else(|| C::ENDPOINTS.iter().find_map(own));
        let told = || {
            let key = ServiceConfigKey::builder()
                .service_id(C::ID)
                .env("AWS_ENDPOINT_URL")
                .profile("endpoint_url")
                .build()
                .ok()?;
            config.service_config()?.load_config(key)
        };
        let url = endpoint.clone().or_else(told).or_else(|| config.endpoint_url().map(str::to_owned));
        let place = if C::GLOBAL { "" } else { config.region().map_or("", AsRef::as_ref) };
        let quota = match environment.tempo.paced {
            Some(false) => None,
            _ if C::RATES.is_empty() => None,
            paced => {
                let of = [C::ID, url.as_deref().unwrap_or_default(), account, place];
                Some(shared_quota(of, C::RATES, paced.unwrap_or(url.is_none())))
            }
        };
        let attempts = settings.attempts.max(1);
        let wiring = Arc::new(Wiring {
            config: config.clone(),
            endpoint,
            region,
            path_style: settings.s3_path_style || environment.endpoint.is_some(),
            quota: quota.clone(),
        });
        let lazy = |retries: RetryConfig| -> Lazy<C> {
            let wiring = wiring.clone();
            LazyLock::new(Box::new(move || C::build(&wiring, retries)))
        };
        Service {
            reads: lazy(read_retries(attempts, environment.tempo)),
            writes: lazy(RetryConfig::disabled()),
            tempo: environment.tempo,
            quota,
            attempts,
        }
    }
}

impl<C> Service<C> {
    /// Makes a call that only reads.
    ///
    /// # Errors
    /// What the service answered, after the SDK's retries.
    pub(super) fn read<T, E>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = CallResult<T>>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        // The SDK's futures are 15 KiB large, and everything that waits for one by value carries all of it about.
        let call = Box::pin(call);
        async move {
            if let Some(quota) = &self.quota {
                quota.acquire(operation).await;
            }
            call.await.map_err(|error| CallError::new(operation, error))
        }
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

    /// [`Service::write`] for a call that would do it twice if it were simply repeated: after an attempt without an
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
        let result = self.attempts(operation, policy, self.clock(Some(context)), call, find).await;
        let outcome = match &result {
            Ok(_) => CallOutcome::Landed,
            Err(error) if error.is_unclear() || error.after_unclear => CallOutcome::Unclear,
            Err(_) => CallOutcome::Refused,
        };
        context.calls.end(id, outcome);
        result
    }

    /// [`Service::write_once`] outside of any step: nothing announces or reports it, and no wish to end cuts it short.
    ///
    /// # Errors
    /// What the service answered last.
    pub(super) async fn write_unrecorded<T, E, F, G>(
        &self,
        operation: &'static str,
        policy: Policy,
        call: impl Fn() -> F,
        find: impl Fn() -> G,
    ) -> CallResult<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        G: Future<Output = CallResult<Option<T>>>,
    {
        self.attempts(operation, policy, self.clock(None), call, find).await
    }

    /// Calls until it is clear what became of the call, or the policy gives up.
    async fn attempts<T, E, F, G>(
        &self,
        operation: &'static str,
        policy: Policy,
        clock: Clock<'_>,
        call: impl Fn() -> F,
        find: impl Fn() -> G,
    ) -> CallResult<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        G: Future<Output = CallResult<Option<T>>>,
    {
        let attempt = || async {
            if let Some(quota) = &self.quota {
                quota.acquire(operation).await;
            }
            let mut error = match Box::pin(call()).await {
                Ok(done) => return Ok(done),
                Err(error) => CallError::new(operation, error),
            };
            if error.is_unclear() {
                match Box::pin(find()).await {
                    Ok(Some(done)) => return Ok(done),
                    Ok(None) => {}
                    Err(_) => error.kind = FailureKind::Lost,
                }
            }
            Err(error)
        };
        retry::run(policy, self.attempts, clock, attempt).await
    }

    /// A clock that runs at the session's tempo and stops with the step.
    pub(super) fn clock<'a>(&self, context: Option<ApplyContext<'a>>) -> Clock<'a> {
        Clock::new(self.tempo, context.map(|c| c.stop))
    }
}

/// How the SDK repeats a read: its own pauses, at the session's tempo.
fn read_retries(attempts: u32, tempo: Tempo) -> RetryConfig {
    let retries = RetryConfig::standard().with_max_attempts(attempts.min(10));
    let pause = retries.initial_backoff().mul_f64(tempo.pauses.clamp(0.001, 1.0));
    let longest = retries.max_backoff().mul_f64(tempo.pauses.clamp(0.001, 1.0));
    retries.with_initial_backoff(pause).with_max_backoff(longest)
}

/// One quota per service, endpoint, account and region, whoever asks for it, as long as anybody uses it. Where AWS itself
/// answers, it paces from the start; elsewhere it waits to be told.
fn shared_quota(of: [&str; 4], rates: &'static [Rate], paced: bool) -> Arc<Quota> {
    type Quotas = HashMap<[String; 4], Weak<Quota>>;
    static ALL: LazyLock<Mutex<Quotas>> = LazyLock::new(Mutex::default);
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = all.entry(of.map(str::to_owned)).or_default();
    slot.upgrade().unwrap_or_else(|| {
        let quota = Arc::new(if paced { Quota::new(rates) } else { Quota::asleep(rates) });
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
        let operation = metadata.name();
        if is_too_many(response) {
            let after = response.headers().get("retry-after").and_then(|s| s.trim().parse().ok());
            let after = after.filter(|s: &f64| (0.0..300.0).contains(s)).map(Duration::from_secs_f64);
            self.0.throttled(operation, after);
        } else {
            self.0.accepted(operation);
        }
        Ok(())
    }
}

/// Whether the service wants fewer requests. Lambda says so by status, the others by a code in the body of a 400.
fn is_too_many(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    let body = || response.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
    status == 429 || (status == 400 && body().contains("Throttling"))
}

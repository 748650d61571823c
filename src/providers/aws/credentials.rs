//! Credentials: found once, from the provider block, the environment, profiles, or roles that are assumed.
//! Knows nothing of what they are used for.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
use aws_types::SdkConfig;
use aws_types::region::Region;

use super::config::{Role, Settings, WebToken};
use super::error::chain;
use crate::base::{Diagnostic, Diagnostics, file};
use crate::provider::Environment;

/// Credentials that were found once; asked for again only when they are about to expire.
#[derive(Debug)]
pub(super) struct Held {
    first: Credentials,
    source: SharedCredentialsProvider,
}

impl Held {
    /// Finds the credentials of a provider block: its own, those of the chain, and of the roles assumed with them.
    ///
    /// # Errors
    /// One diagnostic that names everything that was tried.
    pub(super) async fn resolve(
        settings: &Settings,
        environment: &Environment,
        config: &SdkConfig,
    ) -> Result<Held, Diagnostics> {
        let mut source = config.credentials_provider();
        if environment.endpoint.is_none() {
            let web = settings.web_identity.iter().map(|(role, token)| (role, Some(token.clone())));
            for (role, token) in web.chain(settings.roles.iter().map(|role| (role, None))) {
                let sts = sts_for_roles(settings, config, source.clone());
                source = Some(SharedCredentialsProvider::new(AssumedRole { role: role.clone(), token, sts }));
            }
        }
        let missing = |what: &str| {
            // The SDK says the same of every place it looked in; the places and reasons are what matters.
            let what = what.replace("the credential provider was not enabled: ", "");
            let tried = what.split_once("Attempted:").map_or(&*what, |(_, tried)| tried).trim();
            Diagnostic::error(
                "No credentials found",
                format!(
                    "Nothing that could hold AWS credentials has usable ones. Set AWS_PROFILE or profile, sign in with `aws \
                     sso login`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. To try without an account, use \
                     --local.\n\nTried:\n  {tried}"
                ),
            )
        };
        let source = source.ok_or_else(|| missing("none are configured"))?;
        let first = source.provide_credentials().await.map_err(|error| missing(&chain(Some(&error))))?;
        Ok(Held { first, source })
    }

    /// What tells accounts apart as far as it is known without asking.
    pub(super) fn account(&self) -> String {
        self.first
            .account_id()
            .map_or_else(|| self.first.access_key_id().to_owned(), |id| id.as_str().to_owned())
    }
}

impl ProvideCredentials for Held {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let soon = SystemTime::now() + Duration::from_secs(300);
        if self.first.expiry().is_none_or(|expiry| expiry > soon) {
            return future::ProvideCredentials::ready(Ok(self.first.clone()));
        }
        self.source.provide_credentials()
    }
}

fn sts_for_roles(
    settings: &Settings,
    config: &SdkConfig,
    credentials: Option<SharedCredentialsProvider>,
) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config);
    builder.set_credentials_provider(credentials);
    if let Some(url) = settings.endpoints.get("sts") {
        builder.set_endpoint_url(Some(url.clone()));
    }
    if let Some(region) = &settings.sts_region {
        builder = builder.region(Region::new(region.clone()));
    }
    aws_sdk_sts::Client::from_conf(builder.build())
}

/// A role assumed with the credentials before it, or with a token that says who we are, as CI systems hand out.
struct AssumedRole {
    role: Role,
    token: Option<WebToken>,
    sts: aws_sdk_sts::Client,
}

impl std::fmt::Debug for AssumedRole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AssumedRole({})", self.role.arn)
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl AssumedRole {
    async fn assume(&self) -> aws_credential_types::provider::Result {
        let role = &self.role;
        let failed =
            |what: String| CredentialsError::provider_error(format!("assuming {}: {what}", role.arn));
        let policies = role.policy_arns.iter().map(|arn| PolicyDescriptorType::builder().arn(arn).build());
        let policies = Some(policies.collect::<Vec<_>>()).filter(|p| !p.is_empty());
        let session = role.session.as_deref().unwrap_or("lambdaform");
        let seconds = role.duration.and_then(|d| i32::try_from(d.as_secs()).ok());
        let given = match &self.token {
            None => {
                let tags = role.tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
                let tags = tags.collect::<Result<Vec<_>, _>>().map_err(|error| failed(error.to_string()))?;
                let call = self
                    .sts
                    .assume_role()
                    .role_arn(&role.arn)
                    .role_session_name(session)
                    .set_external_id(role.external_id.clone())
                    .set_source_identity(role.source_identity.clone())
                    .set_tags(Some(tags).filter(|t| !t.is_empty()))
                    .set_transitive_tag_keys(Some(role.transitive_tags.clone()).filter(|t| !t.is_empty()))
                    .set_policy(role.policy.clone())
                    .set_policy_arns(policies)
                    .set_duration_seconds(seconds);
                call.send().await.map_err(|error| failed(chain(Some(&error))))?.credentials
            }
            Some(token) => {
                let token = match token {
                    WebToken::Inline(token) => token.clone(),
                    WebToken::File(path) => file::read_text(path)
                        .map_err(|error| failed(format!("{}: {error}", path.display())))?,
                };
                let call = self
                    .sts
                    .assume_role_with_web_identity()
                    .role_arn(&role.arn)
                    .role_session_name(session)
                    .web_identity_token(token.trim())
                    .set_policy(role.policy.clone())
                    .set_policy_arns(policies)
                    .set_duration_seconds(seconds);
                call.send().await.map_err(|error| failed(chain(Some(&error))))?.credentials
            }
        };
        let given = given.ok_or_else(|| failed("no credentials in the answer".into()))?;
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            Some(given.session_token),
            SystemTime::try_from(given.expiration).ok(),
            "assumed role",
        ))
    }
}

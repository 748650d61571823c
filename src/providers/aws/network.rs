//! How requests leave this machine: TLS, trusted certificates, proxies.
//! Knows nothing of what is requested.

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::config::Settings;
use super::error::{chain, sentence};
use crate::base::{Diagnostic, Diagnostics, file};

/// An HTTP client for the AWS SDK; `plain` is without TLS, for a local endpoint.
///
/// # Errors
/// A CA bundle or proxy that cannot be used.
pub(super) fn http_client(settings: &Settings, plain: bool) -> Result<SharedHttpClient, Diagnostics> {
    let builder = aws_smithy_http_client::Builder::new();
    if plain {
        return Ok(builder.build_http());
    }
    let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    let (context, proxy) = (tls_context(settings)?, proxy(settings)?);
    let direct = proxy.is_disabled();
    let secure = builder.build_with_connector_fn(move |connection, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(connection.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.tls_provider(ring.clone()).tls_context(context.clone()).build()
    });
    let plain = if direct { aws_smithy_http_client::Builder::new().build_http() } else { secure.clone() };
    Ok(http_client_fn(move |settings, components| {
        let (settings, components) = (settings.clone(), components.clone());
        SharedHttpConnector::new(Either {
            secure: secure.clone(),
            plain: plain.clone(),
            settings,
            components,
        })
    }))
}

/// Connects by TLS where a URL asks for it, and is made for that only then: reading the system's certificates takes
/// milliseconds, and the SDK's own client would do it for each service anew.
#[derive(Debug)]
struct Either {
    secure: SharedHttpClient,
    plain: SharedHttpClient,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Either {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = if request.uri().starts_with("http://") { &self.plain } else { &self.secure };
        client.http_connector(&self.settings, &self.components).call(request)
    }
}

/// The certificates to trust: the system's, or those of a bundle.
fn tls_context(settings: &Settings) -> Result<TlsContext, Diagnostics> {
    let bundle = settings.ca_bundle.clone().or_else(|| std::env::var_os("AWS_CA_BUNDLE").map(Into::into));
    let Some(bundle) = bundle else { return Ok(TlsContext::default()) };
    let unusable = |what: String| {
        Diagnostic::error(
            "CA bundle not usable",
            format!("The certificate bundle {} cannot be used: {}", bundle.display(), sentence(&what)),
        )
        .on("custom_ca_bundle")
    };
    let pem = file::read(&bundle).map_err(|e| unusable(e.to_string()))?;
    let store = TrustStore::empty().with_pem_certificate(pem);
    Ok(TlsContext::builder().with_trust_store(store).build().map_err(|e| unusable(e.to_string()))?)
}

/// Where the environment names proxies.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy of the provider block, or of the environment (`HTTPS_PROXY`, `NO_PROXY` …).
fn proxy(settings: &Settings) -> Result<ProxyConfig, Diagnostics> {
    let Some((url, except)) = &settings.proxy else {
        // A client that may need a proxy reads the system's certificates first, even for a plain address.
        let named = PROXIES.iter().any(|name| std::env::var_os(name).is_some_and(|url| !url.is_empty()));
        return Ok(if named { ProxyConfig::from_env() } else { ProxyConfig::disabled() });
    };
    let proxy = ProxyConfig::all(url.as_str()).map_err(|error| {
        // The URL may hold a password, so it is not repeated.
        let what = format!("The configured proxy cannot be used: {}", sentence(&chain(Some(&error))));
        Diagnostic::error("Proxy not usable", what).on("https_proxy")
    })?;
    Ok(match except {
        Some(hosts) => proxy.no_proxy(hosts),
        None => proxy,
    })
}

//! Downloads of what the service keeps in S3 for a while: the code of functions and layers.
//! Knows nothing of whose it is. The address is a secret: whoever has it may download, so it is in no message.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::config::Settings;
use super::error::sentence;
use crate::base::{Diagnostic, Severity, file};
use crate::package::Sha256;
use crate::provider::Content;

/// How long to wait for a connection, and for the head of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a whole download may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The largest package, in bytes: as much as Lambda takes from S3, with room to spare.
const MOST: u64 = 512 * 1024 * 1024;

/// The package at a location, as content that `filename` and `source_code_hash` speak of; with a warning if it is not the
/// one that has this sha256.
///
/// # Errors
/// When it cannot be had.
pub(super) async fn package(
    settings: &Settings,
    location: Option<&str>,
    name: String,
    sha256: Option<&str>,
) -> Result<(Content, Option<Diagnostic>), Diagnostic> {
    let failed = |what: &str| {
        Diagnostic::error(
            "Code could not be downloaded",
            format!(
                "The code of {name} could not be downloaded: {} Without it, configuration has to name another source.",
                sentence(what)
            ),
        )
    };
    let Some(location) = location.filter(|location| !location.is_empty()) else {
        return Err(failed("the service does not say where it is"));
    };
    let agent = agent(settings, location);
    let address = location.to_owned();
    let fetched = tokio::task::spawn_blocking(move || fetch(&agent, &address)).await;
    let bytes =
        fetched.unwrap_or_else(|_| Err("the download was cut short".into())).map_err(|e| failed(&e))?;
    let (found, _) = Sha256::of_reader(&mut &*bytes).map_err(|error| failed(&error.to_string()))?;
    let found = found.base64();
    let warning = sha256.filter(|sha256| *sha256 != found).map(|sha256| Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::error(
            "Downloaded code is not what is deployed",
            format!(
                "The code of {name} has the sha256 {found}, and the service says that {sha256} is deployed. A plan will \
                 show this as a change of the code."
            ),
        )
    });
    let hash = ("source_code_hash", "filebase64sha256");
    Ok((Content { name: format!("{name}.zip"), bytes, path: "filename", hash: Some(hash) }, warning))
}

fn fetch(agent: &Agent, location: &str) -> Result<Vec<u8>, String> {
    // Messages of the client may repeat the address.
    let plain = |error: ureq::Error| match error {
        ureq::Error::StatusCode(status) => format!("the answer has the status {status}"),
        ureq::Error::Timeout(_) => "there was no answer in time".to_owned(),
        ureq::Error::HostNotFound => "its host was not found".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        _ => "the connection failed".to_owned(),
    };
    let response = agent.get(location).call().map_err(plain)?;
    let mut bytes = Vec::new();
    let mut body = response.into_body().into_reader().take(MOST + 1);
    body.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MOST {
        return Err(format!("there are more than {MOST} bytes, which is as many as are taken"));
    }
    Ok(bytes)
}

/// A client with the certificates and the proxy of the provider block; what is on this machine needs no proxy.
fn agent(settings: &Settings, location: &str) -> Agent {
    let mut config = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_recv_body(Some(LONGEST));
    let own = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if own.iter().any(|host| location.starts_with(host)) {
        config = config.proxy(None);
    } else if let Some((proxy, _)) = &settings.proxy {
        config = config.proxy(Proxy::new(proxy).ok());
    }
    let bundle = settings.ca_bundle.clone().or_else(|| std::env::var_os("AWS_CA_BUNDLE").map(Into::into));
    if let Some(roots) = bundle.as_deref().and_then(roots) {
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Agent::new_with_config(config.build())
}

fn roots(bundle: &Path) -> Option<RootCerts> {
    let pem = file::read(bundle).ok()?;
    let certificates: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    Some(RootCerts::new_with_certs(&certificates))
}

//! HTTP: one client for registries and packages.
//! Knows nothing of what it fetches.

use std::io::{self, Read, Write};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::Response;
use ureq::{Agent, Body};

use super::error::FetchError;
use super::location::Location;

/// How long to wait for a connection, and for the head of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a whole answer may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// The largest document that is read into memory, in bytes: a registry's list, or a page with a meta element.
const DOCUMENT: u64 = 16 * 1024 * 1024;

/// The largest archive, in bytes.
const ARCHIVE: u64 = 1024 * 1024 * 1024;

/// The client.
pub(super) struct Client(Agent);

/// An answer whose head has come.
pub(super) struct Answer {
    /// Where it came from.
    pub(super) location: Location,
    response: Response<Body>,
}

impl Client {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_recv_body(Some(LONGEST))
            .user_agent(concat!("lambdaform/", env!("CARGO_PKG_VERSION")));
        Client(Agent::new_with_config(config.build()))
    }

    /// Asks for a document. A token goes to that host alone, and so do user and password of the URL.
    pub(super) fn get(&self, location: &Location, token: Option<&str>) -> Result<Answer, FetchError> {
        let bare = location.without_credentials();
        let mut request = self.0.get(bare.to_string());
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        } else if let Some((user, password)) = location.credentials() {
            let credentials = BASE64_STANDARD.encode(format!("{user}:{password}"));
            request = request.header("Authorization", format!("Basic {credentials}"));
        }
        let response = request.call().map_err(|error| FetchError::Http {
            address: bare.shown(),
            problem: error.to_string().trim_end_matches('.').to_owned(),
        })?;
        Ok(Answer { location: bare, response })
    }
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The answer, if its status is one of success.
    pub(super) fn successful(self) -> Result<Self, FetchError> {
        let status = self.status();
        if (200..300).contains(&status) {
            return Ok(self);
        }
        let hint = match status {
            401 | 403 => " It wants to know who asks, or does not give it to you.",
            404 => " There is nothing at this address.",
            _ => "",
        };
        Err(FetchError::Status { address: self.location.shown(), status, hint })
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name)?.to_str().ok().map(str::to_owned)
    }

    /// The document, if it is not too large for one.
    pub(super) fn text(self) -> Result<String, FetchError> {
        let Answer { location, response } = self;
        let mut bytes = Vec::new();
        copy(response, DOCUMENT, &mut bytes, &location)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Writes the answer into a file.
    pub(super) fn save(self, into: &mut impl Write) -> Result<(), FetchError> {
        let Answer { location, response } = self;
        copy(response, ARCHIVE, into, &location)
    }
}

fn copy(
    response: Response<Body>,
    most: u64,
    into: &mut impl Write,
    location: &Location,
) -> Result<(), FetchError> {
    let failed = |problem: String| FetchError::Http { address: location.shown(), problem };
    let mut body = response.into_body().into_reader().take(most + 1);
    let copied = io::copy(&mut body, into).map_err(|error| failed(error.to_string()))?;
    if copied > most {
        return Err(failed(format!("there are more than {most} bytes, which is as many as are taken")));
    }
    Ok(())
}

//! What a request was signed for: which says the region, and tells services apart that share a path.
//! Checks no signature.

use hyper::header::{AUTHORIZATION, HeaderMap};

use super::place::{Place, is_region};
use super::route;
use super::shape::matches;

/// What a request was signed for: the region and service of its credential, as far as it has any.
#[derive(Debug, Default)]
pub struct Scope {
    /// The region.
    pub region: Option<String>,
    /// The service.
    pub service: Option<String>,
}

impl Scope {
    /// Reads the scope in the `Authorization` header or, of a presigned request, in the query.
    pub fn of(headers: &HeaderMap, query: &str) -> Self {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let signed = header.and_then(|text| text.split_once("Credential=")).map(|(_, rest)| rest.to_owned());
        let presigned = || {
            route::pairs(query)
                .into_iter()
                .find(|(name, _)| name == "X-Amz-Credential")
                .map(|(_, value)| value)
        };
        let Some(credential) = signed.or_else(presigned) else { return Self::default() };
        let mut parts = credential.split(['/', ',']).skip(2).map(str::to_owned);
        Self { region: parts.next().filter(|region| is_region(region)), service: parts.next() }
    }

    /// Region and account; `us-east-1` without a region.
    pub fn place(&self, account: &str) -> Place {
        let region = self.region.clone().unwrap_or_else(|| "us-east-1".to_owned());
        Place { region, account: account.to_owned() }
    }
}

/// Whether a request is for S3: signed for it, or not signed at all and under no path of another service's API, which all
/// begin with a date.
pub fn is_s3(scope: &Scope, path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let dated = matches(r"\d{4}-\d{2}-\d{2}", first);
    scope.service.as_ref().map_or(!first.is_empty() && !dated, |service| service == "s3")
}

//! `Location`: a URL taken apart as far as fetching needs it.
//! Knows nothing of what lies there.

use std::fmt;

/// A URL. `Display` gives it whole; [`Location::shown`] and `Debug` without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) scheme: String,
    /// User, password, host and port.
    authority: String,
    pub(super) path: String,
    query: Vec<(String, String)>,
}

impl Location {
    /// A URL with a scheme; anything else is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let named = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if scheme.is_empty() || !scheme.chars().all(named) {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Some(Location {
            scheme: scheme.to_ascii_lowercase(),
            authority: authority.to_owned(),
            path: path.to_owned(),
            query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        })
    }

    /// Takes a parameter out of the query, decoded.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.query.iter().position(|(known, _)| known == name)?;
        Some(decoded(&self.query.remove(at).1))
    }

    /// With a parameter added to the query.
    pub(super) fn with(&self, name: &str, value: &str) -> Self {
        let mut location = self.clone();
        location.query.push((name.to_owned(), value.to_owned()));
        location
    }

    /// The path as a file system has it.
    pub(super) fn file_path(&self) -> String {
        decoded(&self.path)
    }

    /// User and password, decoded.
    pub(super) fn credentials(&self) -> Option<(String, String)> {
        let (credentials, _) = self.authority.rsplit_once('@')?;
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        Some((decoded(user), decoded(password)))
    }

    /// Without user and password.
    pub(super) fn without_credentials(&self) -> Self {
        let host = self.authority.rsplit_once('@').map_or(&*self.authority, |(_, host)| host);
        Location { authority: host.to_owned(), ..self.clone() }
    }

    /// What a reference found at this URL refers to: a whole URL stays as it is, a path is one on the same host.
    pub(super) fn join(&self, reference: &str) -> String {
        if reference.starts_with("//") {
            return format!("{}:{reference}", self.scheme);
        }
        let relative = reference.starts_with("./") || reference.starts_with("../");
        if !relative && !reference.starts_with('/') {
            return reference.to_owned();
        }
        let (path, query) = match reference.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (reference, String::new()),
        };
        let mut segments: Vec<&str> = Vec::new();
        if relative {
            segments = self.path.split('/').skip(1).collect();
            segments.pop();
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        for segment in path.split('/') {
            match segment {
                "." => {}
                ".." => {
                    segments.pop();
                }
                segment => segments.push(segment),
            }
        }
        format!("{}://{}/{}{query}", self.scheme, self.authority, segments.join("/"))
    }

    /// For people: with `xxxxx` for every secret.
    pub(super) fn shown(&self) -> String {
        shown(&self.to_string())
    }
}

/// Parameters that hold a secret.
const SECRETS: [&str; 9] = [
    "access_token",
    "aws_access_key_secret",
    "aws_access_key_token",
    "private_token",
    "sig",
    "sshkey",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
];

/// An address of any form with `xxxxx` for every secret in it.
pub(super) fn shown(address: &str) -> String {
    let (address, query) = address.split_once('?').map_or((address, None), |(a, q)| (a, Some(q)));
    let parts = || {
        let (scheme, rest) = address.split_once("://")?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let (credentials, host) = authority.rsplit_once('@')?;
        let (user, _) = credentials.split_once(':')?;
        Some(format!("{scheme}://{user}:xxxxx@{host}{path}"))
    };
    let address = parts().unwrap_or_else(|| address.to_owned());
    let Some(query) = query else { return address };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if SECRETS.contains(&name.to_ascii_lowercase().as_str()) => format!("{name}=xxxxx"),
        _ => pair.to_owned(),
    });
    format!("{address}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Text with every `%41` as what it stands for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| after.get(..2).and_then(|two| hex::decode(two).ok())).flatten();
        match code.as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)?;
        for (i, (name, value)) in self.query.iter().enumerate() {
            let start = if i == 0 { '?' } else { '&' };
            if value.is_empty() { write!(f, "{start}{name}")? } else { write!(f, "{start}{name}={value}")? }
        }
        Ok(())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_comes_apart_and_together() {
        let text = "https://u:p%40ss@h:81/a/b.zip?archive=tar.gz&x&ref=a%2Fb";
        let mut location = Location::parse(text).unwrap();
        assert_eq!(location.to_string(), text);
        assert_eq!(location.credentials(), Some(("u".to_owned(), "p@ss".to_owned())));
        assert_eq!(format!("{location:?}"), "https://u:xxxxx@h:81/a/b.zip?archive=tar.gz&x&ref=a%2Fb");
        assert_eq!((location.take("ref"), location.take("ref")), (Some("a/b".to_owned()), None));
        assert_eq!(location.without_credentials().to_string(), "https://h:81/a/b.zip?archive=tar.gz&x");
        for none in ["", "a/b", "://x", "a b://c"] {
            assert_eq!(Location::parse(none), None, "{none}");
        }
    }

    #[test]
    fn references_are_resolved() {
        let base = Location::parse("http://h/v1/m/1.0/download?x=1").unwrap();
        for (reference, expected) in [
            ("https://o/x.zip", "https://o/x.zip"),
            ("git::https://o/x.git", "git::https://o/x.git"),
            ("/pkg/x.tar.gz//inner?archive=zip", "http://h/pkg/x.tar.gz//inner?archive=zip"),
            ("./x.zip", "http://h/v1/m/1.0/x.zip"),
            ("../../x.zip", "http://h/v1/x.zip"),
            ("../../../../../x", "http://h/x"),
        ] {
            assert_eq!(base.join(reference), expected);
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        for (address, expected) in [
            ("git::https://u:hunter2@h/x?ref=a@b:c", "git::https://u:xxxxx@h/x?ref=a@b:c"),
            ("git::ssh://git@h/x", "git::ssh://git@h/x"),
            ("https://h/x@y:z", "https://h/x@y:z"),
            (
                "https://h/x?a=1&X-Amz-Signature=hunter2&sshkey=hunter2",
                "https://h/x?a=1&X-Amz-Signature=xxxxx&sshkey=xxxxx",
            ),
        ] {
            assert_eq!(shown(address), expected);
        }
    }
}

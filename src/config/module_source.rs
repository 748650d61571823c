//! `Address`: what the text of a `source` means: a local path, a module of a registry, or a package somewhere else.
//! Fetches nothing and looks at no directory. The spellings were observed by running Terraform 1.11.

use std::fmt;

/// Where a module comes from. `Display` gives the one spelling that Terraform records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A path from the directory of the calling module, beginning with `./` or `../`.
    Local(String),
    /// A module of a registry.
    Registry(RegistryModule),
    /// A package to be fetched.
    Remote(Remote),
}

/// `host/namespace/name/provider//subdir`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryModule {
    /// The registry.
    pub host: String,
    /// `namespace/name/provider`
    pub path: String,
    /// The directory inside; empty for the whole.
    pub subdir: String,
}

/// `getter::url?parameters`, and a directory inside what is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Remote {
    /// The address without the directory.
    pub package: String,
    /// The directory inside; empty for the whole.
    pub subdir: String,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is in none of the forms.
    #[error(
        "The source {0:?} does not say how the module is to be fetched. A directory beside this one is written with \"./\" \
         at its beginning; other sources are a registry address (NAMESPACE/NAME/PROVIDER), a URL, or a Git repository \
         (git::https://…)."
    )]
    Unknown(String),
    /// It has a version, which only modules of registries have.
    #[error(
        "The source {0:?} cannot have a version: the argument \"version\" applies to modules from a registry only \
         (NAMESPACE/NAME/PROVIDER). Remove it; a Git repository takes ?ref=TAG instead."
    )]
    Versioned(String),
    /// A repository of a known host without its user or name.
    #[error("The address of a repository on {0} has the form {0}/USER/REPOSITORY.")]
    Repository(&'static str),
    /// The directory inside is outside.
    #[error("The directory {0:?} after the \"//\" leads out of the package.")]
    Outside(String),
    /// There is nothing.
    #[error("The module source address may not be empty.")]
    Empty,
}

/// Hosts whose repositories have an address of their own.
const REPOSITORIES: [&str; 2] = ["github.com", "bitbucket.org"];

impl Address {
    /// Reads a `source`. `default_host` is the registry that is meant without a host.
    pub fn parse(text: &str, versioned: bool, default_host: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if ["./", "../", ".\\", "..\\"].iter().any(|start| text.starts_with(start)) {
            let path = clean(&text.replace('\\', "/"));
            // Terraform writes its caller's parent "./..".
            let path = match path.as_str() {
                "" => "./.".to_owned(),
                path if path.starts_with("../") => path.to_owned(),
                path => format!("./{path}"),
            };
            return if versioned {
                Err(AddressError::Versioned(text.to_owned()))
            } else {
                Ok(Address::Local(path))
            };
        }
        if let Some(module) = RegistryModule::parse(text, default_host)? {
            return Ok(Address::Registry(module));
        }
        let remote = Remote::parse(text)?;
        if versioned { Err(AddressError::Versioned(text.to_owned())) } else { Ok(Address::Remote(remote)) }
    }
}

/// Whether a `source` means what was recorded, in the one spelling, when it was installed.
pub fn means(source: &str, versioned: bool, recorded: &str) -> bool {
    // Without a host any registry will do: which one is meant without does not change in between.
    let host = recorded.split('/').next().unwrap_or_default();
    Address::parse(source, versioned, host).is_ok_and(|address| address.to_string() == recorded)
}

impl RegistryModule {
    /// `None` for what has not the form of a registry address.
    fn parse(text: &str, default_host: &str) -> Result<Option<Self>, AddressError> {
        if text.contains("::") || text.contains("://") || text.contains(['?', '@']) {
            return Ok(None);
        }
        let (package, subdir) = text.split_once("//").unwrap_or((text, ""));
        let parts: Vec<&str> = package.split('/').collect();
        let (host, names) = match parts.as_slice() {
            [_, _, _] => (default_host, parts.as_slice()),
            [host, names @ ..] if names.len() == 3 => (*host, names),
            _ => return Ok(None),
        };
        let [namespace, name, provider] = names else { return Ok(None) };
        let named = |text: &str| {
            let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            text.len() <= 64
                && text.chars().all(inner)
                && edge(text.chars().next())
                && edge(text.chars().last())
        };
        let system = |text: &str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let hosted = |host: &str| {
            host.contains(['.', ':'])
                && !REPOSITORIES.contains(&host)
                && host.chars().all(|c| c.is_alphanumeric() || ".-:".contains(c))
        };
        if !(named(namespace) && named(name) && system(provider) && hosted(host)) {
            return Ok(None);
        }
        Ok(Some(RegistryModule {
            host: host.to_lowercase(),
            path: format!("{namespace}/{name}/{provider}"),
            subdir: inside(subdir)?,
        }))
    }

    /// The address without the directory.
    pub fn package(&self) -> String {
        format!("{}/{}", self.host, self.path)
    }
}

impl Remote {
    /// Reads the address of a package, in any of the spellings that Terraform takes.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (package, subdir) = split_subdir(text);
        let subdir = inside(&subdir)?;
        let (getter, bare) = split_getter(&package);
        if let Some((host, rest)) =
            REPOSITORIES.iter().find_map(|host| Some((*host, bare.strip_prefix(host)?.strip_prefix('/')?)))
        {
            return Remote::repository(host, rest, &subdir);
        }
        if let Some(url) = secure_shell(bare) {
            return Ok(Remote { package: format!("{}::{url}", getter.unwrap_or("git")), subdir });
        }
        let url = if bare.starts_with('/') {
            format!("file://{bare}")
        } else if bare.contains("://") {
            bare.to_owned()
        } else {
            return Err(AddressError::Unknown(text.to_owned()));
        };
        let package = match getter {
            Some(getter) => format!("{getter}::{url}"),
            None => url,
        };
        Ok(Remote { package, subdir })
    }

    /// `github.com/user/repository/subdir?ref=x`, which stands for its Git repository over HTTPS.
    fn repository(host: &'static str, rest: &str, subdir: &str) -> Result<Self, AddressError> {
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, format!("?{query}")),
            None => (rest, String::new()),
        };
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let (Some(user), Some(name)) = (parts.next(), parts.next()) else {
            return Err(AddressError::Repository(host));
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        let inner: Vec<&str> = parts.chain([subdir]).filter(|part| !part.is_empty()).collect();
        Ok(Remote {
            package: format!("git::https://{host}/{user}/{name}.git{query}"),
            subdir: inside(&inner.join("/"))?,
        })
    }
}

/// The getter before `::`, if one is named, and the rest.
pub fn split_getter(text: &str) -> (Option<&str>, &str) {
    match text.split_once("::") {
        Some((getter, rest)) if !getter.is_empty() && getter.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (Some(getter), rest)
        }
        _ => (None, text),
    }
}

/// Takes the directory after `//` out of an address; the `//` of a scheme is none.
fn split_subdir(text: &str) -> (String, String) {
    let (address, query) = match text.split_once('?') {
        Some((address, query)) => (address, format!("?{query}")),
        None => (text, String::new()),
    };
    let start = address.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = address.split_at_checked(start).unwrap_or(("", address));
    match rest.split_once("//") {
        Some((package, subdir)) => (format!("{scheme}{package}{query}"), subdir.to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// `user@host:path`, as secure shell writes it, as a URL.
fn secure_shell(text: &str) -> Option<String> {
    let (user, rest) = text.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['/', ':', '@', '?']);
    (plain(user) && plain(host) && !path.is_empty())
        .then(|| format!("ssh://{user}@{host}/{}", path.trim_start_matches('/')))
}

/// A directory inside a package, without detours.
pub fn inside(subdir: &str) -> Result<String, AddressError> {
    let cleaned = clean(subdir.trim_start_matches('/'));
    if cleaned == ".." || cleaned.starts_with("../") {
        return Err(AddressError::Outside(subdir.to_owned()));
    }
    Ok(cleaned)
}

/// A relative path without `.`, doubled slashes, and `..` after a name; empty for the directory itself.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Local(path) => f.write_str(path),
            Address::Registry(module) if module.subdir.is_empty() => f.write_str(&module.package()),
            Address::Registry(module) => write!(f, "{}//{}", module.package(), module.subdir),
            Address::Remote(remote) => remote.fmt(f),
        }
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.subdir.is_empty() {
            return f.write_str(&self.package);
        }
        match self.package.split_once('?') {
            Some((package, query)) => write!(f, "{package}//{}?{query}", self.subdir),
            None => write!(f, "{}//{}", self.package, self.subdir),
        }
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may hold a password.
        f.write_str("Remote(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, AddressError> {
        Address::parse(text, false, "reg.example.net").map(|address| {
            let kind = match &address {
                Address::Local(_) => "local",
                Address::Registry(_) => "registry",
                Address::Remote(_) => "remote",
            };
            format!("{kind} {address}")
        })
    }

    /// Each as Terraform 1.11 recorded it in modules.json, but for the names of hosts.
    #[test]
    fn sources_have_one_spelling() {
        for (source, expected) in [
            ("./z", "local ./z"),
            ("./mods/a/", "local ./mods/a"),
            (".//../mods/a", "local ../mods/a"),
            ("../", "local ./.."),
            ("../../", "local ../.."),
            ("ns/name/aws", "registry reg.example.net/ns/name/aws"),
            ("ns/name/aws//modules/x/", "registry reg.example.net/ns/name/aws//modules/x"),
            ("Reg.example.com/n-s/na_me/aws", "registry reg.example.com/n-s/na_me/aws"),
            ("localhost:8080/ns/name/aws", "registry localhost:8080/ns/name/aws"),
            ("github.com/o/r", "remote git::https://github.com/o/r.git"),
            ("github.com/o/r.git", "remote git::https://github.com/o/r.git"),
            ("github.com/o/r//sub?ref=v1", "remote git::https://github.com/o/r.git//sub?ref=v1"),
            ("github.com/o/r/sub", "remote git::https://github.com/o/r.git//sub"),
            ("bitbucket.org/o/r", "remote git::https://bitbucket.org/o/r.git"),
            ("git::github.com/o/r", "remote git::https://github.com/o/r.git"),
            ("git@github.com:o/r.git", "remote git::ssh://git@github.com/o/r.git"),
            ("git@github.com:o/r//sub?ref=v1", "remote git::ssh://git@github.com/o/r//sub?ref=v1"),
            ("git::git@example.com:o/r.git//sub", "remote git::ssh://git@example.com/o/r.git//sub"),
            ("git::https://github.com/o/r", "remote git::https://github.com/o/r"),
            ("git::file:///r//sub/../other", "remote git::file:///r//other"),
            ("github.com/o/r?ref=v1//sub", "remote git::https://github.com/o/r.git?ref=v1//sub"),
            ("/tmp/x", "remote file:///tmp/x"),
            ("http://h/a.zip//inner?archive=false", "remote http://h/a.zip//inner?archive=false"),
        ] {
            assert_eq!(read(source).as_deref(), Ok(expected), "{source}");
        }
        let again = read("git::https://h/r.git//a/b?ref=v1&depth=1").unwrap();
        assert_eq!(read(again.strip_prefix("remote ").unwrap()), Ok(again));
    }

    #[test]
    fn other_texts_are_refused() {
        let unknown = |text: &str| AddressError::Unknown(text.to_owned());
        for (source, expected) in [
            ("", AddressError::Empty),
            ("foo", unknown("foo")),
            ("foo/bar", unknown("foo/bar")),
            (".", unknown(".")),
            ("gitlab.com/o/r", unknown("gitlab.com/o/r")),
            ("ns/name/AWS", unknown("ns/name/AWS")),
            ("github.com/o", AddressError::Repository("github.com")),
            ("github.com/o/r//../x", AddressError::Outside("../x".to_owned())),
            ("ns/name/aws//../x", AddressError::Outside("../x".to_owned())),
        ] {
            assert_eq!(read(source), Err(expected), "{source}");
        }
        for source in ["./x", "github.com/o/r"] {
            assert!(matches!(Address::parse(source, true, "h.example"), Err(AddressError::Versioned(_))));
        }
        assert!(Address::parse("ns/name/aws", true, "h.example").is_ok());
    }
}

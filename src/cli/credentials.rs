//! `Credentials`: the tokens for registries, from the environment and from where `terraform login` keeps them.
//! Shows none of them, not even in `Debug`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::env::Env;
use crate::base::file;

/// What the variables with a token begin with.
const VARIABLE: &str = "TF_TOKEN_";

/// The file of `terraform login`, in the home directory.
const FILE: &str = ".terraform.d/credentials.tfrc.json";

/// Tokens by host.
pub(super) struct Credentials(BTreeMap<String, String>);

#[derive(Deserialize, Default)]
struct File {
    #[serde(default)]
    credentials: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    token: String,
}

impl Credentials {
    /// Those of the file, and over them those of the environment. A file that cannot be read has none.
    pub(super) fn read(env: &Env) -> Self {
        let text = env.get("HOME").and_then(|home| file::read_text(&Path::new(home).join(FILE)).ok());
        let file: File = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let mut tokens: BTreeMap<String, String> =
            file.credentials.into_iter().map(|(host, entry)| (host.to_lowercase(), entry.token)).collect();
        for (name, token) in env.iter().filter(|(_, token)| !token.is_empty()) {
            if let Some(host) = name.strip_prefix(VARIABLE) {
                tokens.insert(host.replace("__", "-").replace('_', ".").to_lowercase(), token.to_owned());
            }
        }
        Credentials(tokens)
    }

    /// The token for a host.
    pub(super) fn token(&self, host: &str) -> Option<String> {
        self.0.get(&host.to_lowercase()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_environment_goes_before_the_file() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".terraform.d")).unwrap();
        let text =
            r#"{"credentials": {"a.example": {"token": "file-a"}, "b-c.example": {"token": "file-b"}}}"#;
        fs::write(home.path().join(FILE), text).unwrap();
        let home = home.path().to_str().unwrap();
        let read = |variables: &[(&str, &str)]| {
            let all: Vec<_> = [("HOME", home)].into_iter().chain(variables.iter().copied()).collect();
            Credentials::read(&Env::of(&all))
        };
        let credentials = read(&[("TF_TOKEN_b__c_example", "variable")]);
        assert_eq!(credentials.token("A.example").as_deref(), Some("file-a"));
        assert_eq!(credentials.token("b-c.example").as_deref(), Some("variable"));
        assert_eq!(credentials.token("example"), None);
    }
}

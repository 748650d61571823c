//! The keys of a state file that say what kind of file it is.
//! Knows nothing of what each kind means.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

/// The keys that say what kind of file it is.
#[derive(Debug, Default)]
pub struct Head {
    /// `version`, whatever it is.
    pub version: Option<Json>,
    /// `terraform_version`, if it is a string.
    pub terraform_version: Option<String>,
    /// Whether OpenTofu encrypted it.
    pub encrypted: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Head {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Head {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => self.version = Some(map.next_value()?),
                "terraform_version" => {
                    self.terraform_version = map.next_value::<Json>()?.as_str().map(str::to_owned);
                }
                other => {
                    self.encrypted |= other == "encrypted_data";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

//! `random_id`: so many random bytes, in every notation that names want.
//! Knows nothing of what is named.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};

use super::dice;
use crate::base::{Diagnostics, Type, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled, text};
use crate::schema::{Attribute, Block, Constraint, Schema};

/// More bytes than anybody asks for, so that a slip of the finger does not fill the memory.
pub(super) const MOST: i64 = 65_536;

static TYPE: ResourceType = ResourceType {
    name: "random_id",
    schema: Schema {
        version: 0,
        block: Block {
            attributes: &[
                Attribute::string("b64_std").computed(),
                Attribute::string("b64_url").computed(),
                Attribute::number("byte_length").required().replaces().check(&[Constraint::Range(1, MOST)]),
                Attribute::string("dec").computed(),
                Attribute::string("hex").computed(),
                Attribute::string("id").computed(),
                super::KEEPERS,
                Attribute::string("prefix").replaces(),
            ],
            blocks: &[],
        },
    },
    unique: &[],
    empty_is_null: false,
    import_id: "PREFIX,B64_URL",
};

pub(super) struct Id;

impl Resource for Id {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        super::kept(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        let length = planned.get("byte_length").and_then(Value::as_number).and_then(|n| n.as_i64());
        let mut bytes = vec![0; length.and_then(|n| usize::try_from(n).ok()).unwrap_or(0)];
        dice::fill(&mut bytes)?;
        Ok(shown(planned, &bytes))
    }

    /// The id is the bytes in URL-safe base64, after the prefix and a comma if there is one.
    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        let (prefix, encoded) = match id.rsplit_once(',') {
            Some((prefix, encoded)) => (Value::from(prefix), encoded),
            None => (Value::null(Type::String), id),
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(encoded);
        let bytes = bytes.map_err(|_| {
            super::no_such_id("URL-safe base64 without padding, after the prefix and a comma if there is one")
        })?;
        let object = Value::object([
            ("byte_length", Value::number(bytes.len())),
            ("keepers", Value::null(Type::map(Type::String))),
            ("prefix", prefix),
        ]);
        Ok(shown(&object, &bytes))
    }
}

/// The notations, each but the id with the prefix before it.
fn shown(object: &Value, bytes: &[u8]) -> Value {
    let prefix = text(object, "prefix").unwrap_or_default();
    let prefixed = |notation: String| Value::from(format!("{prefix}{notation}"));
    let url = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    filled(
        object,
        [
            ("b64_std", prefixed(BASE64_STANDARD.encode(bytes))),
            ("b64_url", prefixed(url.clone())),
            ("dec", prefixed(decimal(bytes))),
            ("hex", prefixed(hex::encode(bytes))),
            ("id", url.into()),
        ],
    )
}

/// A big-endian number in decimal digits.
fn decimal(bytes: &[u8]) -> String {
    const BASE: u64 = 1_000_000_000;
    // Nine digits at a time, the lowest first.
    let mut digits = vec![0_u64];
    for byte in bytes {
        let mut carry = u64::from(*byte);
        for group in &mut digits {
            let value = *group * 256 + carry;
            *group = value % BASE;
            carry = value / BASE;
        }
        if carry > 0 {
            digits.push(carry);
        }
    }
    let mut groups = digits.into_iter().rev();
    let mut text = groups.next().unwrap_or(0).to_string();
    for group in groups {
        // Writing to a string cannot fail.
        let _ = write!(text, "{group:09}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_is_the_number_without_leading_zeros() {
        for (bytes, expected) in [
            (vec![], "0"),
            (vec![0, 0], "0"),
            (vec![0, 255], "255"),
            (vec![0x3b, 0x9a, 0xca, 0x00], "1000000000"),
            (vec![255; 16], "340282366920938463463374607431768211455"),
        ] {
            assert_eq!(decimal(&bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_import_gives_what_the_bytes_gave() {
        let planned = Value::object([
            ("byte_length", Value::number(5)),
            ("keepers", Value::null(Type::map(Type::String))),
            ("prefix", "a,b-".into()),
        ]);
        let made = Id.create(&planned).unwrap();
        assert_eq!(made.ty(), TYPE.schema.block.ty());
        let id = format!("a,b-,{}", text(&made, "id").unwrap());
        assert_eq!(Id.import(&id).unwrap(), made);
        assert_eq!(text(&Id.import("p-9hUg").unwrap(), "hex"), Some("a7ef6152"));
        assert!(Id.import("a=b").is_err());
    }
}

//! `random_password`: random characters that are a secret, with their bcrypt hash.
//! What a text is made of is decided in `text`.

use serde_json::Value as Json;

use super::text;
use crate::base::{Diagnostic, Diagnostics, Value};
use crate::provider::{PlanRequest, PlanResponse, ResourceType};
use crate::providers::offline::{Resource, filled};
use crate::schema::{Attribute, Block, Schema};

/// The work factor that the hash has always had.
const COST: u32 = 10;

static ATTRIBUTES: [Attribute; 15] = text::with_arguments([
    Attribute::string("bcrypt_hash").computed().sensitive(),
    Attribute::string("id").computed(),
    Attribute::string("result").computed().sensitive(),
]);

static TYPE: ResourceType = ResourceType {
    name: "random_password",
    schema: Schema { version: 3, block: Block { attributes: &ATTRIBUTES, blocks: &[] } },
    unique: &[],
    empty_is_null: false,
    import_id: "RESULT",
};

pub(super) struct Password;

impl Resource for Password {
    fn declaration(&self) -> &'static ResourceType {
        &TYPE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        text::validate(config)
    }

    /// Version 0 had no hash, and versions before 3 may have that of something else.
    fn upgrade(&self, attributes: Json) -> Result<Json, Diagnostics> {
        let mut attributes = text::upgrade(attributes);
        let field = |name: &str| attributes.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let (result, hash) = (field("result"), field("bcrypt_hash"));
        if !bcrypt::verify(&result, &hash).unwrap_or(false)
            && let Some(entries) = attributes.as_object_mut()
        {
            entries.insert("bcrypt_hash".to_owned(), Json::from(hashed(&result)?));
        }
        Ok(attributes)
    }

    fn plan(&self, request: &PlanRequest<'_>) -> PlanResponse {
        text::plan(request)
    }

    fn create(&self, planned: &Value) -> Result<Value, Diagnostics> {
        secret(planned, &text::draw(planned)?)
    }

    fn import(&self, id: &str) -> Result<Value, Diagnostics> {
        secret(&text::imported(id), id)
    }
}

fn secret(object: &Value, result: &str) -> Result<Value, Diagnostics> {
    let computed =
        [("bcrypt_hash", hashed(result)?.into()), ("id", "none".into()), ("result", result.into())];
    Ok(filled(object, computed))
}

/// The bcrypt hash; of the first 72 bytes, more of which bcrypt does not see.
fn hashed(secret: &str) -> Result<String, Diagnostics> {
    match bcrypt::hash_with_result(secret, COST) {
        Ok(hash) => Ok(hash.format_for_version(bcrypt::Version::TwoA)),
        Err(_) => Err(Diagnostic::error(
            "Password could not be hashed",
            "The bcrypt hash of the password could not be made. This is a bug in lambdaform, which should be \
             reported.",
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field<'j>(json: &'j Json, name: &str) -> &'j str {
        json.get(name).and_then(Json::as_str).unwrap()
    }

    #[test]
    fn old_states_get_what_they_lack() {
        let old = json!({"id": "none", "keepers": null, "length": 7, "lower": true, "number": false, "override_special": null,
            "result": "hunter2", "special": null, "upper": true});
        let new = Password.upgrade(old).unwrap();
        assert!(bcrypt::verify("hunter2", field(&new, "bcrypt_hash")).unwrap());
        assert!(field(&new, "bcrypt_hash").starts_with("$2a$10$"));
        assert_eq!(
            (&new["numeric"], &new["special"], &new["min_lower"]),
            (&json!(false), &json!(true), &json!(0))
        );
        let again = Password.upgrade(new.clone()).unwrap();
        assert_eq!(again, new, "a hash that is right stays");
        crate::base::json::from_json(&new, &TYPE.schema.block.ty()).unwrap();
    }

    #[test]
    fn an_import_is_complete() {
        let made = Password.import("hünter2").unwrap();
        assert_eq!(made.ty(), TYPE.schema.block.ty());
        assert_eq!(made.get("length"), Some(&Value::number(7)));
        assert!(hashed(&"x".repeat(100)).is_ok());
    }
}

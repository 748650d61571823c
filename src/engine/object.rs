//! State objects to values and back, by schema.
//! Knows nothing of when either is needed.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kinds;
use crate::base::{Diagnostic, InstanceAddr, Mode, Type, Value, json};
use crate::provider::{Private, Registry};
use crate::schema::{Kept, Schema, kept_marks, mark_secrets};
use crate::state::{Deposed, Object, ObjectStatus};

/// Reads objects by their schemas, each schema's type built once.
pub(super) struct Objects<'a> {
    registry: &'a Registry,
    types: HashMap<(Mode, Arc<str>), Type>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(registry: &'a Registry) -> Self {
        Objects { registry, types: HashMap::new() }
    }

    /// The object as a value, brought to the current schema version.
    pub(super) fn value(&mut self, addr: &InstanceAddr, object: &Object) -> Result<Value, Diagnostic> {
        let (mode, type_name) = (addr.resource.mode, &addr.resource.type_name);
        let Some(schema) = self.registry.schema(mode, type_name) else {
            return Err(kinds::unsupported_in_state(addr));
        };
        let upgraded = self.upgraded(addr, schema, object)?;
        let ty = self.types.entry((mode, type_name.clone())).or_insert_with(|| schema.block.ty());
        let attributes = match upgraded {
            Some(upgraded) => json::from_json(&upgraded, ty),
            None => json::from_json(&object.attributes, ty),
        };
        let value = attributes.map_err(|error| {
            Diagnostic::error(
                "Invalid object in state",
                format!(
                    "The state of {addr} does not fit its schema at {error}. It may have been written by another version \
                     of its provider, or edited by hand."
                ),
            )
            .of(addr)
        })?;
        let value = schema.block.fill(value);
        let marked =
            if object.sensitive_paths.is_empty() { value } else { value.mark_paths(&object.sensitive_paths) };
        Ok(mark_secrets(schema, marked))
    }

    /// What expressions see of the object: its value, or where nothing is known of its type, what state says of it.
    pub(super) fn seen(&mut self, addr: &InstanceAddr, object: &Object) -> Option<Value> {
        if kinds::is_supported(self.registry, &addr.resource) {
            return self.value(addr, object).ok();
        }
        let value = json::implied_value(&object.attributes).ok()?;
        Some(value.mark_paths(&object.sensitive_paths))
    }

    fn upgraded(
        &self,
        addr: &InstanceAddr,
        schema: &Schema,
        object: &Object,
    ) -> Result<Option<serde_json::Value>, Diagnostic> {
        let derives = schema.block.attributes.iter().any(|a| a.kept == Kept::Never);
        if object.schema_version == schema.version && !derives {
            return Ok(None);
        }
        if object.schema_version > schema.version {
            return Err(Diagnostic::error(
                "Resource instance managed by newer provider version",
                format!(
                    "The state of {addr} was written with version {} of its schema, and this version of lambdaform \
                     knows only up to {}. Use a newer lambdaform.",
                    object.schema_version, schema.version
                ),
            )
            .of(addr));
        }
        let type_name = &addr.resource.type_name;
        if addr.resource.mode == Mode::Data {
            let found = self.registry.data(type_name);
            return Ok(found.map(|(provider, _)| provider.restore(type_name, object.attributes.clone())));
        }
        let Some((provider, _)) = self.registry.resource(type_name) else { return Ok(None) };
        provider.upgrade(type_name, object.schema_version, object.attributes.clone()).map(Some).map_err(
            |problems| {
                let detail: Vec<String> = problems.iter().map(|d| d.detail.clone()).collect();
                Diagnostic::error("Invalid object in state", detail.join(" ")).of(addr)
            },
        )
    }
}

/// A value as a state object. Attributes that are null and newer than the provider version whose schema state follows
/// are left out, so that Terraform's provider can read them.
pub(super) fn object(schema: &Schema, value: &Value, private: &Private, like: Option<&Object>) -> Object {
    let mut attributes = json::to_json_typed(value, &schema.block.ty());
    schema.block.trim(&mut attributes);
    Object {
        status: ObjectStatus::Ready,
        schema_version: schema.version,
        attributes,
        sensitive_paths: kept_marks(schema, value),
        private: encode_private(private),
        dependencies: like.map(|o| o.dependencies.clone()).unwrap_or_default(),
        create_before_destroy: like.is_some_and(|o| o.create_before_destroy),
        extra: like.map(|o| o.extra.clone()).unwrap_or_default(),
    }
}

/// Whether a state object, read as `prior`, already is what [`object`] would make of `value`.
pub(super) fn is_written(
    schema: &Schema,
    object: &Object,
    prior: &Value,
    value: &Value,
    private: &Private,
) -> bool {
    // An older state may lack attributes, which read as null.
    let complete =
        || object.attributes.as_object().is_some_and(|json| json.len() == schema.block.kept(value));
    object.schema_version == schema.version
        && prior == value
        && complete()
        && object.sensitive_paths == kept_marks(schema, value)
        && (private.is_none() || object.private == encode_private(private))
}

/// A name for an object that is put aside: eight hexadecimal digits, as Terraform's.
pub(super) fn deposed_name() -> Deposed {
    uuid::Uuid::new_v4().simple().to_string().chars().take(8).collect::<String>().into()
}

/// The provider's own bytes as state keeps them.
pub(super) fn encode_private(private: &Private) -> Option<String> {
    private.as_ref().map(|bytes| STANDARD.encode(bytes))
}

/// The provider's own bytes of a state object; unreadable ones count as none.
pub(super) fn private(object: &Object) -> Private {
    STANDARD.decode(object.private.as_deref()?).ok().map(Arc::from)
}

/// What identifies an object in messages: its `id`, or its `name`.
pub(super) fn identity(value: &Value) -> Option<(String, String)> {
    ["id", "name"].iter().find_map(|key| {
        let id = value.get(key).filter(|v| !v.is_sensitive())?.as_str()?;
        Some(((*key).to_owned(), id.to_owned()))
    })
}

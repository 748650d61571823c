//! The resource block that says of an object what it is: schema and value in, text out.
//! Pure: knows neither where the object came from nor where the text goes.

use crate::base::{Value, json};
use crate::config::{self, ProviderRef, literal, quoted};
use crate::lang::functions::json_text;
use crate::provider::ResourceType;
use crate::schema::{Attribute, Block, Constraint, Kept, Mode, Nesting};

/// A resource block to be written.
pub(super) struct Wanted<'a> {
    /// Its type.
    pub(super) ty: &'a ResourceType,
    /// Its name.
    pub(super) name: &'a str,
    /// The provider configuration it names, if not the one it has anyway.
    pub(super) provider: Option<&'a ProviderRef>,
    /// The object, secrets marked.
    pub(super) object: &'a Value,
    /// Arguments that are written as something else than their values: their names with the expressions.
    pub(super) instead: &'a [(&'static str, String)],
}

/// What stands above all blocks.
pub(super) const HEADER: &str = "# __generated__ by lambdaform\n\
    # Please review these resources and move them into your main configuration files.\n";

/// What stands above the block of an object that was found by this id.
pub(super) fn comment(id: &str) -> String {
    format!("# __generated__ by lambdaform from {}\n", quoted(id))
}

impl Wanted<'_> {
    /// The block as it is laid out canonically, without a newline at the end.
    ///
    /// What configuration may give is written, null included, by name, blocks last. Secrets are left for people to fill
    /// in. Left out are what only the provider gives, what is deprecated, what the object does not have, and what is null
    /// and newer than the release whose schema files follow.
    pub(super) fn text(&self) -> String {
        let mut text = format!("resource {} {} {{\n", quoted(self.ty.name), quoted(self.name));
        if let Some(provider) = self.provider {
            text.push_str(&format!("provider = {provider}\n"));
        }
        text.push_str(&self.body(&self.ty.schema.block, self.object, true).text);
        text.push('}');
        // What was just written can be parsed; if not, its next reader will say why.
        config::format("generated configuration", &text).unwrap_or(text)
    }

    fn body(&self, block: &Block, object: &Value, top: bool) -> Body {
        let mut attributes: Vec<&Attribute> =
            block.attributes.iter().filter(|a| a.is_settable() && a.deprecated.is_none()).collect();
        // Every type of the provider SDK's second version has an id that could be set, and is refused when it is.
        attributes.retain(|a| !(top && a.name == "id" && a.mode == Mode::OptionalComputed));
        attributes.sort_by_key(|a| a.name);
        let mut body = Body { text: String::new(), whole: true, says: block.blocks.is_empty() };
        for attribute in attributes {
            let instead = self.instead.iter().find(|(name, _)| top && *name == attribute.name);
            let value = object.get(attribute.name);
            let secret = value.is_some_and(|value| attribute.sensitive || value.has_sensitive());
            let written = match (instead, value) {
                (Some((_, expression)), _) => Some(expression.clone()),
                (None, Some(value)) if !secret => {
                    Some(expression(attribute, value)).filter(|_| !self.is_unset(attribute, value))
                }
                (None, _) => None,
            };
            body.says |= written.is_some();
            let written = match written {
                Some(written) => written,
                None => {
                    body.whole &= attribute.mode != Mode::Required;
                    if value.is_none() || attribute.kept == Kept::WhenSet {
                        continue;
                    }
                    if secret { "null # sensitive".to_owned() } else { "null".to_owned() }
                }
            };
            body.text.push_str(&format!("{} = {written}\n", attribute.name));
        }
        let mut blocks: Vec<_> = block.blocks.iter().collect();
        blocks.sort_by_key(|nested| nested.name);
        for nested in blocks {
            let value = object.get(nested.name).unwrap_or(&Value::NULL);
            let items = match nested.nesting {
                Nesting::Single => std::slice::from_ref(value),
                Nesting::List | Nesting::Set => value.as_items().unwrap_or_default(),
            };
            let items = items.iter().filter(|item| !item.is_null() && !item.is_unknown());
            let bodies = items.map(|item| self.body(&nested.block, item, false));
            let bodies: Vec<Body> = bodies.filter(|body| body.whole && body.says).collect();
            body.whole &= bodies.len() >= nested.min;
            body.says |= !bodies.is_empty();
            for inner in bodies {
                body.text.push_str(&format!("{} {{\n{}}}\n", nested.name, inner.text));
            }
        }
        body
    }

    /// Whether a value says nothing: null, the empty text where that is the same, or what configuration could not say,
    /// such as the zero with which a service means that there is no limit.
    fn is_unset(&self, attribute: &Attribute, value: &Value) -> bool {
        let empty = value.as_str().is_some_and(str::is_empty) && self.ty.empty_is_null;
        let refused = || attribute.constraints.iter().any(|c| c.violation(value).is_some());
        value.is_null() || value.is_unknown() || empty || attribute.mode != Mode::Required && refused()
    }
}

/// The inside of a block.
struct Body {
    text: String,
    /// Whether it has everything that such a block must have.
    whole: bool,
    /// Whether it says anything, or has nothing to be said in blocks.
    says: bool,
}

/// The expression of an attribute. JSON is written as what it encodes, for people to read, where nothing is lost by that:
/// either the attribute holds JSON in whatever layout, or encoding gives the very same text again.
fn expression(attribute: &Attribute, value: &Value) -> String {
    let decoded = value.as_str().and_then(|text| {
        let decoded: serde_json::Value = serde_json::from_str(text).ok()?;
        let decoded =
            json::implied_value(&decoded).ok().filter(|_| decoded.is_object() || decoded.is_array())?;
        let any_layout = attribute.constraints.iter().any(|c| matches!(c, Constraint::Json));
        (any_layout || json_text(&decoded) == text).then_some(decoded)
    });
    match decoded {
        Some(decoded) => format!("jsonencode({})", literal(&decoded)),
        None => literal(value),
    }
}

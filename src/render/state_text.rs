//! The state as a person reads it: objects as HCL, secrets redacted.
//! Knows nothing of state files.

use std::collections::BTreeMap;

use super::hcl_text::name;
use super::json_state::object_value;
use super::style::Style;
use super::value_diff::{Painter, Symbols};
use super::{Schemas, change::title};
use crate::base::{InstanceAddr, Value};
use crate::plan::Action;
use crate::plan::diff::{Content, Diff, Notes, Secret, diff_object, unchanged};
use crate::state::{Object, ObjectStatus, State};

fn painter(style: Style) -> Painter {
    Painter { symbols: Symbols::None, ..Painter::new(style).showing_unchanged() }
}

/// Everything in the state, as `show` prints it.
pub fn state_text(state: &State, schemas: Schemas<'_>, style: &Style) -> String {
    if state.is_empty() {
        return "The state file is empty. No resources are represented.\n".into();
    }
    let mut modules: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (addr, resource) in &state.resources {
        for (key, object) in &resource.objects {
            let instance = addr.instance(key.instance.clone());
            let text = object_text(&instance, key.deposed.as_deref(), object, schemas, style);
            modules.entry(&addr.module).or_default().push(text);
        }
    }
    let modules: Vec<String> = modules.into_values().map(|objects| objects.join("\n")).collect();
    let mut out = modules.join("\n\n");
    if !state.outputs.is_empty() {
        out += "\n\nOutputs:\n\n";
    }
    for (key, output) in super::listed(state) {
        out += &format!("{} = {}\n", name(&key), shown(&output.value, output.sensitive, *style));
    }
    out
}

fn shown(value: &Value, sensitive: bool, style: Style) -> String {
    let diff = if sensitive {
        let secret = Secret { before: true, after: true, unchanged: true };
        Diff { action: Action::NoOp, replaces: false, undoes_drift: false, content: Content::Secret(secret) }
    } else {
        unchanged(value)
    };
    painter(style).value(&diff, 0)
}

/// One object, as `state show` prints it.
pub fn object_text(
    addr: &InstanceAddr,
    deposed: Option<&str>,
    object: &Object,
    schemas: Schemas<'_>,
    style: &Style,
) -> String {
    let what = match (deposed, object.status) {
        (Some(deposed), _) => format!(" (deposed object {deposed})"),
        (None, ObjectStatus::Tainted) => " (tainted)".into(),
        (None, ObjectStatus::Ready) => String::new(),
    };
    let head = format!("# {addr}:{what}\n{} ", title(&addr.resource));
    let schema = schemas(addr.resource.mode, &addr.resource.type_name);
    let (Some(schema), Some(value)) = (schema, object_value(addr, object, schemas)) else {
        return format!("{head}{{\n    # (the attributes of this type are not known to this version)\n}}\n");
    };
    let diff = diff_object(&value, &value, &schema.block, Notes::default());
    format!("{head}{}\n", painter(*style).value(&diff, 0))
}

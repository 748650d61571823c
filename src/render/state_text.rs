//! The state as a person reads it: objects as HCL, secrets redacted.
//! Knows nothing of state files.

use std::collections::BTreeMap;

use super::hcl_text::name;
use super::json_state::object_value;
use super::style::Style;
use super::value_diff::{Painter, Symbols};
use super::{Schemas, change::title};
use crate::base::{InstanceAddr, ModuleAddr, Name, Value};
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
    // By the texts of the steps, each module before those in it, as Terraform lists them.
    let mut modules: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (addr, resource) in &state.resources {
        for (key, object) in &resource.objects {
            let instance = addr.instance(key.instance.clone());
            let text = object_text(&instance, key.deposed.as_deref(), object, schemas, style);
            modules.entry(steps(&addr.module)).or_default().push(text);
        }
    }
    let mut out = String::new();
    for (module, objects) in &modules {
        // Only a module with something around it stands apart.
        if (0..module.len()).any(|depth| module.get(..depth).is_some_and(|outer| modules.contains_key(outer)))
        {
            out += "\n\n";
        }
        out += &objects.join("\n");
    }
    if !state.outputs.is_empty() {
        out += "\n\nOutputs:\n\n";
    }
    for (key, output) in super::listed(state) {
        out += &format!("{} = {}\n", name(&key), shown(&output.value, output.sensitive, *style));
    }
    out
}

/// The address, step by step.
fn steps(module: &ModuleAddr) -> Vec<String> {
    let step =
        |(name, key): &(_, _)| ModuleAddr::default().child(Name::clone(name), Option::clone(key)).to_string();
    module.steps().iter().map(step).collect()
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

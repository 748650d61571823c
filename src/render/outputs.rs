//! Output values: what becomes of them in a plan, and their list after an apply.
//! Knows nothing of where the values come from.

use std::collections::BTreeMap;

use super::hcl_text::name;
use super::hcl_value;
use super::style::Style;
use super::value_diff::{Painter, Symbols};
use crate::base::{Name, Type, Value, json as base_json};
use crate::plan::diff::{Content, Diff, Secret, diff_value};
use crate::plan::{Action, OutputChange};
use crate::state::{OutputValue, State};

/// What changes in an output; `None` when nothing does.
pub(super) fn output_diff(change: &OutputChange) -> Option<Diff> {
    if change.action == Action::NoOp {
        return None;
    }
    let present = |v: &Value| (!v.is_null()).then(|| v.clone());
    let (before, after) = (present(&change.before), present(&change.after));
    if change.sensitive {
        let action = match (&before, &after) {
            (None, None) => return None,
            (None, _) => Action::Create,
            (_, None) => Action::Delete,
            _ => Action::Update,
        };
        let secret = Secret { before: true, after: true, unchanged: false };
        return Some(Diff { action, replaces: false, undoes_drift: false, content: Content::Secret(secret) });
    }
    Some(diff_value(before.as_ref(), after.as_ref())).filter(|d| d.action != Action::NoOp)
}

/// One entry per output that changes; empty when none does.
pub(super) fn output_changes(outputs: &BTreeMap<Name, OutputChange>, style: Style) -> String {
    entries(outputs, Painter::new(style))
}

/// The same for a Markdown `diff` block.
pub(super) fn markdown_changes(outputs: &BTreeMap<Name, OutputChange>) -> String {
    entries(outputs, Painter { symbols: Symbols::First, ..Painter::new(Style::PLAIN) })
}

fn entries(outputs: &BTreeMap<Name, OutputChange>, painter: Painter) -> String {
    let width = outputs.keys().map(|n| n.chars().count()).max().unwrap_or(0);
    outputs.iter().filter_map(|(n, change)| Some(painter.entry(0, n, width, &output_diff(change)?))).collect()
}

/// An output that can be listed.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its value.
    pub value: Value,
    /// Whether it is a secret.
    pub sensitive: bool,
}

/// The outputs that a state holds; a value that does not fit its type is shown by its content.
pub fn listed(state: &State) -> BTreeMap<Name, Listed> {
    let value = |output: &OutputValue| {
        let ty = base_json::type_from_json(&output.ty).unwrap_or(Type::Dynamic);
        base_json::from_json(&output.value, &ty)
            .or_else(|_| base_json::implied_value(&output.value))
            .unwrap_or(Value::NULL)
    };
    state
        .outputs
        .iter()
        .map(|(n, o)| (n.clone(), Listed { value: value(o), sensitive: o.sensitive }))
        .collect()
}

/// The outputs as `output` lists them; secrets are redacted.
pub fn output_list(outputs: &BTreeMap<Name, Listed>) -> String {
    outputs
        .iter()
        .map(|(key, output)| {
            let value = if output.sensitive { "<sensitive>".into() } else { hcl_value::hcl(&output.value) };
            format!("{} = {value}\n", name(key))
        })
        .collect()
}

/// The outputs under their heading, as they follow an apply; empty when there are none.
pub fn outputs_after_apply(outputs: &BTreeMap<Name, Listed>, style: &Style) -> String {
    if outputs.is_empty() {
        return String::new();
    }
    format!("\n{}\n\n{}", style.bold_green("Outputs:"), output_list(outputs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn outputs_are_listed_as_terraform_lists_them() {
        let output = |value, ty, sensitive| OutputValue { value, ty, sensitive };
        let mut state = State::default();
        state
            .outputs
            .insert("arns".into(), output(json!({"a": "x"}), json!(["object", {"a": "string"}]), false));
        state.outputs.insert("secret".into(), output(json!("hunter2"), json!("string"), true));
        let text = outputs_after_apply(&listed(&state), &Style::PLAIN);
        assert_eq!(text, "\nOutputs:\n\narns = {\n  \"a\" = \"x\"\n}\nsecret = <sensitive>\n");
        assert_eq!(outputs_after_apply(&BTreeMap::new(), &Style::PLAIN), "");
    }
}

//! The integrity of a state: rules every whole state keeps, each with a number that its violations carry.
//! Knows nothing of files. A state that breaks a rule is not operated on, but it is always written.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Object, ObjectKey, State};
use crate::base::{
    Dag, Diagnostic, Diagnostics, InstanceKey, Mode, ModuleAddr, Path, PathStep, ResourceAddr,
};

/// A rule. The numbers are permanent: a rule that goes takes its number with it.
///
/// That no address is there twice is kept by the model itself, and refused where a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// S1: a state with content has a lineage and a serial above zero.
    Version = 1,
    /// S2: every resource names its provider as `provider["SOURCE"]`, with modules before and an alias after.
    Provider = 2,
    /// S3: names are identifiers, so that every address can be written and read back.
    Name = 3,
    /// S4: every object has attributes.
    Attributes = 4,
    /// S5: a deposed object is named by eight hexadecimal digits.
    Deposed = 5,
    /// S6: the instances of a resource are one without a key, or have numbers, or have strings.
    Keys = 6,
    /// S7: dependencies do not go in circles.
    Cycle = 7,
    /// S8: dependencies lead to resources other than the one that has them.
    Dependency = 8,
    /// S9: the provider's own bytes are base64.
    Private = 9,
    /// S10: a path to a sensitive part begins with an attribute.
    SensitivePath = 10,
    /// S11: data sources are never deposed or tainted.
    Data = 11,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S{}", *self as u8)
    }
}

/// A rule that a state breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The address of what breaks it; empty for the state as a whole.
    pub address: String,
    /// What is wrong, in a full sentence.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.rule)?;
        if !self.address.is_empty() {
            write!(f, "{}: ", self.address)?;
        }
        f.write_str(&self.what)
    }
}

impl Rule {
    /// Whether a state that breaks the rule can be operated on nevertheless. Circles can: applies that were limited to
    /// some resources leave old dependencies behind that are in nobody's way. So can keys of different kinds: an apply
    /// that changes from `count` to `for_each` and fails half-way leaves some of each, as Terraform's does.
    pub fn is_tolerable(self) -> bool {
        matches!(self, Rule::Cycle | Rule::Keys)
    }
}

/// The violations for a person: one error for those that forbid to go on, one warning for the others.
pub fn diagnostics(violations: &[Violation]) -> Diagnostics {
    let lines = |tolerable: bool| -> String {
        let of = violations.iter().filter(|v| v.rule.is_tolerable() == tolerable);
        of.map(|v| format!("\n  - {v}")).collect()
    };
    let mut found = Diagnostics::new();
    let (bad, odd) = (lines(false), lines(true));
    if !bad.is_empty() {
        found.push(Diagnostic::error(
            "State is damaged",
            format!(
                "The state breaks rules that every state keeps, so nothing was done with it:\n{bad}\n\nRestore an \
                 earlier version, or correct the file."
            ),
        ));
    }
    if !odd.is_empty() {
        found.push(Diagnostic::warning(
            "State is inconsistent",
            format!(
                "The state can be used, but it is not as it should be:\n{odd}\n\nAn apply corrects this."
            ),
        ));
    }
    found
}

/// Everything that is wrong with a state, in the order of its addresses.
pub fn verify(state: &State) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report =
        |rule, address: String, what: &str| found.push(Violation { rule, address, what: what.to_owned() });

    if !state.is_empty() && (state.lineage.is_empty() || state.serial == 0) {
        report(Rule::Version, String::new(), "A state with content has a lineage and a serial above zero.");
    }
    for (addr, resource) in &state.resources {
        if !provider_is_well_formed(&resource.provider) {
            report(Rule::Provider, addr.to_string(), "The provider is not written as provider[\"SOURCE\"].");
        }
        if addr.to_string().parse::<ResourceAddr>().as_ref() != Ok(addr) {
            report(Rule::Name, addr.to_string(), "The address cannot be read back.");
        }
        let mut kinds: Vec<u8> = resource.objects.keys().map(|key| kind(key.instance.as_ref())).collect();
        kinds.dedup();
        if kinds.len() > 1 && !only_deposed_differ(resource.objects.keys()) {
            report(Rule::Keys, addr.to_string(), "Its instances have keys of different kinds.");
        }
        for (key, object) in &resource.objects {
            let mut address = addr.instance(key.instance.clone()).to_string();
            if let Some(deposed) = &key.deposed {
                address.push_str(&format!(" (deposed object {deposed})"));
            }
            for (rule, what) in of_object(addr, key, object) {
                report(rule, address.clone(), what);
            }
        }
    }
    found.extend(cycle(state));
    found
}

fn of_object(addr: &ResourceAddr, key: &ObjectKey, object: &Object) -> Vec<(Rule, &'static str)> {
    let flat = object.extra.contains_key("attributes_flat");
    let hex = |d: &str| d.len() == 8 && d.bytes().all(|b| b.is_ascii_hexdigit());
    let starts = |path: &Path| matches!(path.steps().first(), Some(PathStep::Attr(_)));
    let data = addr.mode == Mode::Data;
    let tainted = object.status == super::ObjectStatus::Tainted;
    [
        (
            !flat && object.attributes.as_object().is_none_or(serde_json::Map::is_empty),
            Rule::Attributes,
            "The object has no attributes.",
        ),
        (
            key.deposed.as_ref().is_some_and(|d| !hex(d)),
            Rule::Deposed,
            "A deposed object is named by eight hexadecimal digits.",
        ),
        (
            object.private.as_ref().is_some_and(|p| STANDARD.decode(p).is_err()),
            Rule::Private,
            "The provider's own bytes are not base64.",
        ),
        (
            !object.sensitive_paths.iter().all(starts),
            Rule::SensitivePath,
            "A path to a sensitive part does not begin with an attribute.",
        ),
        (
            data && (key.deposed.is_some() || tainted),
            Rule::Data,
            "A data source is never deposed or tainted.",
        ),
        (object.dependencies.contains(addr), Rule::Dependency, "It depends on itself."),
    ]
    .into_iter()
    .filter_map(|(broken, rule, what)| broken.then_some((rule, what)))
    .collect()
}

fn kind(key: Option<&InstanceKey>) -> u8 {
    match key {
        None => 0,
        Some(InstanceKey::Int(_)) => 1,
        Some(InstanceKey::Str(_)) => 2,
    }
}

/// A move from one kind of key to another may leave deposed objects of the old kind.
fn only_deposed_differ<'a>(keys: impl Iterator<Item = &'a ObjectKey>) -> bool {
    let mut kinds: Vec<u8> =
        keys.filter(|key| key.deposed.is_none()).map(|key| kind(key.instance.as_ref())).collect();
    kinds.dedup();
    kinds.len() <= 1
}

/// `provider["registry.terraform.io/hashicorp/aws"].alias`, or below modules `module.m.provider["…"]`.
fn provider_is_well_formed(text: &str) -> bool {
    let Some((modules, rest)) = text.split_once("provider[\"") else { return false };
    let Some((source, tail)) = rest.split_once("\"]") else { return false };
    let modules = modules.strip_suffix('.').map_or(modules.is_empty(), |m| m.parse::<ModuleAddr>().is_ok());
    // What follows the source is an alias, perhaps with the key of one instance of the provider.
    let tail = tail.is_empty() || tail.starts_with('.') || tail.starts_with('[');
    modules && !source.is_empty() && source.split('/').all(|part| !part.is_empty()) && tail
}

/// Dependencies are written without keys, so circles are looked for between resources without keys.
fn cycle(state: &State) -> Option<Violation> {
    let mut dag: Dag<ResourceAddr> = Dag::default();
    let mut seen: BTreeMap<ResourceAddr, ResourceAddr> = BTreeMap::new();
    for (addr, resource) in &state.resources {
        let node = without_keys(addr);
        seen.entry(node.clone()).or_insert_with(|| addr.clone());
        for object in resource.objects.iter().filter(|(key, _)| key.deposed.is_none()).map(|(_, o)| o) {
            for dependency in &object.dependencies {
                dag.depend(node.clone(), without_keys(dependency));
            }
        }
    }
    let cycle = dag.order().err()?;
    let names: Vec<String> = cycle.0.iter().map(ToString::to_string).collect();
    Some(Violation {
        rule: Rule::Cycle,
        address: cycle
            .0
            .first()
            .map(|first| seen.get(first).unwrap_or(first).to_string())
            .unwrap_or_default(),
        what: format!("Dependencies go in a circle: {}.", names.join(", ")),
    })
}

fn without_keys(addr: &ResourceAddr) -> ResourceAddr {
    let module =
        addr.module.steps().iter().fold(ModuleAddr::default(), |m, (name, _)| m.child(name.clone(), None));
    ResourceAddr { module, ..addr.clone() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::state::v4;

    fn rules(edit: impl Fn(&mut State)) -> Vec<String> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("state/golden/deposed.tfstate");
        let mut state = v4::read(&std::fs::read(path).unwrap()).unwrap().state;
        edit(&mut state);
        verify(&state).iter().map(|v| v.rule.to_string()).collect()
    }

    fn each(state: &mut State, edit: impl Fn(&mut Object)) {
        state
            .resources
            .values_mut()
            .flat_map(|r| r.objects.values_mut())
            .take(1)
            .for_each(|o| edit(Arc::make_mut(o)));
    }

    #[test]
    fn each_rule_is_found_broken() {
        type Edit = fn(&mut State);
        let cases: [(&[&str], Edit); 11] = [
            (&[], |_| {}),
            (&["S1"], |s| s.lineage.clear()),
            (&["S1"], |s| s.serial = 0),
            (&["S2"], |s| s.resources.values_mut().take(1).for_each(|r| r.provider = "aws".into())),
            (&["S4"], |s| each(s, |o| o.attributes = serde_json::json!({}))),
            (&["S9"], |s| each(s, |o| o.private = Some("???".into()))),
            (&["S10"], |s| each(s, |o| o.sensitive_paths = vec![Path::default().index(0)])),
            (&["S8"], |s| {
                let addr = s.resources.keys().next().unwrap().clone();
                each(s, |o| o.dependencies = vec![addr.clone()]);
            }),
            (&["S7"], |s| {
                let names: Vec<ResourceAddr> = s.resources.keys().take(2).cloned().collect();
                for (i, addr) in names.iter().enumerate() {
                    let other = names[1 - i].clone();
                    let objects = &mut s.resources.get_mut(addr).unwrap().objects;
                    objects.values_mut().for_each(|o| Arc::make_mut(o).dependencies = vec![other.clone()]);
                }
            }),
            (&["S5"], |s| {
                let resource = s.resources.values_mut().next().unwrap();
                let object = resource.objects.values().next().unwrap().clone();
                resource.objects.insert(ObjectKey { instance: None, deposed: Some("old".into()) }, object);
            }),
            (&["S6"], |s| {
                let resource = s.resources.values_mut().next().unwrap();
                let object = resource.objects.values().next().unwrap().clone();
                let key = ObjectKey { instance: Some(InstanceKey::Int(0)), deposed: None };
                resource.objects.insert(key, object);
            }),
        ];
        for (i, (expected, edit)) in cases.iter().enumerate() {
            assert_eq!(rules(edit), *expected, "case {i}");
        }
    }

    #[test]
    fn providers_of_every_form_are_known() {
        for (text, good) in [
            ("provider[\"registry.terraform.io/hashicorp/aws\"]", true),
            ("provider[\"registry.opentofu.org/hashicorp/aws\"].west", true),
            ("provider[\"registry.opentofu.org/hashicorp/aws\"].by_region[\"eu-west-1\"]", true),
            ("module.a.provider[\"terraform.io/builtin/terraform\"]", true),
            ("provider.aws", false),
            ("provider[\"\"]", false),
            ("", false),
        ] {
            assert_eq!(provider_is_well_formed(text), good, "{text}");
        }
    }
}

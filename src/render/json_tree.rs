//! Resources as JSON, and the tree of modules they stand in.
//! Knows nothing of plans or states.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::base::{InstanceAddr, InstanceKey, Mode, ModuleAddr, Path, PathStep};

/// The keys that name a resource instance, in plans and states alike.
pub(super) fn identity(addr: &InstanceAddr, provider: &str) -> Map<String, Json> {
    let resource = &addr.resource;
    let mut map = Map::new();
    map.insert("address".into(), addr.to_string().into());
    map.insert("mode".into(), mode(resource.mode).into());
    map.insert("type".into(), resource.type_name.to_string().into());
    map.insert("name".into(), resource.name.to_string().into());
    if let Some(key) = &addr.key {
        map.insert("index".into(), instance_key(key));
    }
    map.insert("provider_name".into(), provider_name(provider).into());
    map
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Data => "data",
        Mode::Managed => "managed",
    }
}

pub(super) fn instance_key(key: &InstanceKey) -> Json {
    match key {
        InstanceKey::Int(i) => json!(i),
        InstanceKey::Str(s) => json!(&**s),
    }
}

/// The provider's address out of `provider["registry.terraform.io/hashicorp/aws"].west`.
pub(super) fn provider_name(provider: &str) -> &str {
    provider.split('"').nth(1).unwrap_or(provider)
}

/// A path as plan JSON writes it: names and positions.
pub(super) fn path(path: &Path) -> Json {
    let step = |step: &PathStep| match step {
        PathStep::Attr(name) | PathStep::Key(name) => json!(&**name),
        PathStep::Index(i) => json!(i),
        PathStep::Element(_) => Json::Null,
    };
    Json::Array(path.steps().iter().map(step).collect())
}

/// `root_module`: the resources, in order, nested as their modules are.
pub(super) fn modules(resources: impl IntoIterator<Item = (ModuleAddr, Json)>) -> Json {
    let mut by_module: BTreeMap<ModuleAddr, Vec<Json>> = BTreeMap::new();
    for (module, resource) in resources {
        // Every ancestor is listed, also one without resources of its own.
        let mut ancestor = ModuleAddr::default();
        for (name, key) in module.steps() {
            by_module.entry(ancestor.clone()).or_default();
            ancestor = ancestor.child(name.clone(), key.clone());
        }
        by_module.entry(module).or_default().push(resource);
    }
    module(&ModuleAddr::default(), &mut by_module)
}

fn module(addr: &ModuleAddr, all: &mut BTreeMap<ModuleAddr, Vec<Json>>) -> Json {
    let mut map = Map::new();
    let resources = all.get_mut(addr).map(std::mem::take).unwrap_or_default();
    if !resources.is_empty() {
        map.insert("resources".into(), Json::Array(resources));
    }
    if !addr.is_root() {
        map.insert("address".into(), addr.to_string().into());
    }
    let depth = addr.steps().len() + 1;
    let is_child =
        |child: &&ModuleAddr| child.steps().len() == depth && child.steps().starts_with(addr.steps());
    let mut children: Vec<ModuleAddr> = all.keys().filter(is_child).cloned().collect();
    children.sort_by_cached_key(ToString::to_string);
    let children: Vec<Json> = children.iter().map(|child| module(child, all)).collect();
    if !children.is_empty() {
        map.insert("child_modules".into(), Json::Array(children));
    }
    Json::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_nest() {
        let a = ModuleAddr::default().child("a".into(), None);
        let deep = a.child("b".into(), Some(InstanceKey::Int(0)));
        let tree = modules([(ModuleAddr::default(), json!(1)), (deep, json!(2))]);
        assert_eq!(
            tree,
            json!({"resources": [1], "child_modules": [
                {"address": "module.a", "child_modules": [{"address": "module.a.module.b[0]", "resources": [2]}]}
            ]})
        );
        assert_eq!(modules([]), json!({}));
    }

    #[test]
    fn provider_names_lose_their_dress() {
        for text in ["provider[\"h/n/aws\"]", "provider[\"h/n/aws\"].west", "h/n/aws"] {
            assert_eq!(provider_name(text), "h/n/aws");
        }
    }
}

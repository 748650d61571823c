//! Policy documents against what release 5.100 of the provider made of the same configuration: `documents/main.tf` and
//! `documents/expected.json`. The id is a checksum of the indented text, so that text is held as well.

use serde_json::Value as Json;

use crate::support::sandbox::Sandbox;

#[test]
fn documents_are_the_providers_byte_for_byte() {
    let sandbox = Sandbox::new().file("main.tf", include_str!("documents/main.tf"));
    sandbox.lambdaform(&["apply", "-auto-approve", "-no-color"]).assert_success();
    let expected: Json = serde_json::from_str(include_str!("documents/expected.json")).unwrap();
    let state: Json = serde_json::from_str(&sandbox.read("terraform.tfstate")).unwrap();
    let resources = state["resources"].as_array().unwrap();
    let mut differ = Vec::new();
    for (name, wanted) in expected.as_object().unwrap() {
        let found = resources.iter().find(|r| r["name"] == **name);
        let found = found.map_or(&Json::Null, |r| &r["instances"][0]["attributes"]);
        for (attribute, wanted) in wanted.as_object().unwrap() {
            if found[attribute] != *wanted {
                differ.push(format!("{name}.{attribute}:\n  wanted {wanted}\n  found  {}", found[attribute]));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert_eq!(resources.len(), expected.as_object().unwrap().len());
}

//! Generated configuration: what is written of an object, where the engine looks for it, and what it refuses.
//! Knows no real provider.

use super::lab::block_on;
use super::*;
use crate::engine::generate;
use crate::provider::Content;

/// What was generated, and the summaries of the problems on the way. Files are kept under their own names.
fn generated(lab: &Lab, hcl: &str) -> (String, Vec<String>) {
    let (config, problems) = configuration(hcl);
    assert!(!problems.has_errors(), "{problems:?}");
    let registry = lab.fake.registry();
    let keep = |_: &_, content: &Content| Ok(format!("made/{}", content.name));
    let run = lab.run(&config, &registry);
    let done = block_on(generate(&run, &lab.state, &lab.options, &keep, &|_| {}));
    (done.text, done.problems.iter().map(|d| d.summary.clone()).collect())
}

/// A lab in whose world an object exists that its state does not know; and a block that imports it.
fn found(rest: &str) -> (Lab, String) {
    let mut lab = Lab::with(&thing("a", rest));
    let id = lab.attribute("fake_thing.a", "id").as_str().unwrap().to_owned();
    lab.state = crate::state::State::default();
    (lab, format!("import {{\n  to = fake_thing.a\n  id = {id:?}\n}}\n"))
}

#[test]
fn everything_that_can_be_configured_is_written() {
    let (lab, block) = found(
        "note = \"{\\\"a\\\":[1]}\"\nsize = 3\nsecret = \"hunter2\"\ntags = { \"b c\" = \"$${x}\", a = \"1\" }\n\
         labels = [\"y\", \"x\"]\nany = [1, \"two\"]\n\
         rule {\n port = 1\n secret = \"hunter2\"\n}\nrule {\n port = 2\n}\nlimits {\n max = 5\n}",
    );
    let (text, problems) = generated(&lab, &block);
    assert!(problems.is_empty(), "{problems:?}");
    let id = &block[block.find('"').unwrap()..block.rfind('"').unwrap() + 1];
    let zone = lab.fake.find("a").unwrap().get("zone").unwrap().as_str().unwrap().to_owned();
    let mode = lab.fake.find("a").unwrap();
    let mode = mode.get("setting").unwrap().as_items().unwrap().first().map_or_else(String::new, |setting| {
        format!("  setting {{\n    mode = {:?}\n  }}\n", setting.get("mode").unwrap().as_str().unwrap())
    });
    let expected = format!(
        r#"# __generated__ by lambdaform
# Please review these resources and move them into your main configuration files.

# __generated__ by lambdaform from {id}
resource "fake_thing" "a" {{
  any    = [1, "two"]
  kind   = null
  labels = ["x", "y"]
  name   = "a"
  note = jsonencode({{
    a = [1]
  }})
  secret = null # sensitive
  size   = 3
  tags = {{
    a     = "1"
    "b c" = "$${{x}}"
  }}
  zone = "{zone}"
  limits {{
    max = 5
  }}
  rule {{
    port   = 1
    secret = null # sensitive
  }}
  rule {{
    port   = 2
    secret = null # sensitive
  }}
{mode}}}
"#
    );
    assert_eq!(text, expected);
}

#[test]
fn targets_without_configuration_are_all_that_is_generated() {
    let (lab, block) = found("");
    assert_eq!(generated(&lab, &(thing("a", "") + &block)).0, "");
    let (text, problems) =
        generated(&lab, &format!("{block}import {{\n to = fake_thing.b\n id = \"none\"\n}}"));
    assert!(text.contains("\"a\" {") && !text.contains("\"b\" {"), "{text}");
    assert_eq!(problems, ["No such object"]);
    let lab = lab.target(&["fake_thing.other"]);
    assert_eq!(generated(&lab, &block), (String::new(), Vec::new()));
}

#[test]
fn what_cannot_be_generated_is_refused() {
    let (lab, block) = found("");
    let none = "Configuration for import target does not exist";
    let refused = |hcl: &str, expected: &str| assert_eq!(generated(&lab, hcl).1, [expected], "{hcl}");
    refused(&block.replace("fake_thing.a", "fake_thing.a[0]"), none);
    refused(&block.replace("fake_thing.a", "module.m.fake_thing.a"), none);
    refused(&block.replace("to =", "for_each = {}\n  to ="), none);
    refused(&block.replace("fake_thing", "fake_nothing"), "Unsupported resource type");
    refused(&block.replace("id =", "id = null #"), "Invalid import id argument");
}

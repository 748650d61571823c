//! Tests that nothing breaks the loader: whatever the files of a directory hold, loading them ends with a configuration and problems
//! that point into their text. Knows nothing of what the configuration means.

use std::path::Path;

use proptest::prelude::*;

use super::load_sources;

/// A configuration that uses most of the JSON syntax.
const JSON: &str = r#"{
  "//": "comment",
  "terraform": {"required_version": "> 1", "required_providers": {"a": {"source": "x/a"}}, "backend": {"local": {"path": "${var.x}"}}},
  "variable": {"x": {"type": "object({ a = optional(string, \"\\u00e9\") })", "default": {"a": "${b} %{"}, "description": "%{"}},
  "locals": [{"l": ["${var.x.a}", 1.5e3, true, null]}, {"m": {"k${1}": "%{ for x in [1] }${x}\\n%{ endfor }"}}],
  "provider": {"a": [{}, {"alias": "w", "x": 1}]},
  "resource": {"a": {"b": {
    "count": "${length(local.l)}", "provider": "a.w", "depends_on": ["a.c", "module.m[0]"],
    "lifecycle": {"ignore_changes": ["x[0].y"], "replace_triggered_by": ["a.c[count.index]"],
                  "precondition": {"condition": "${var.x != null}", "error_message": "no"}},
    "dynamic": {"s": {"for_each": [], "iterator": "it", "content": {"v": "${it.value}"}}}}, "c": [{}]}},
  "module": {"m": {"source": "./m", "providers": {"a.x": "a.w"}}},
  "moved": [{"from": "a.x", "to": "a.b[0]"}], "removed": {"from": "module.z", "lifecycle": {"destroy": false}},
  "import": {"to": "a.b[each.key]", "id": "\\ud83d\\ude00", "for_each": {}},
  "check": {"c": {"data": {"t": {"d": {}}}, "assert": {"condition": "${a.c != 1}", "error_message": "${a.c}"}}},
  "output": {"o": {"value": "${[for k, v in local.m : v]}", "sensitive": "true", "depends_on": ["local.l"]}}
}"#;

/// What overrides parts of it.
const OVERRIDE: &str = r#"
terraform {
  required_version = "> 1.1"
  required_providers { a = { source = "y/a" } }
  backend "local" {}
}
locals { l = [] }
variable "x" { default = null }
provider "a" {
  alias = "w"
  x     = 2
}
resource "a" "b" {
  for_each = {}
  s { v = 1 }
  lifecycle { prevent_destroy = true }
}
module "m" { count = 1 }
output "o" { value = "%{ if true }${local.l}%{ endif }" }
moved {
  from = a.b
  to   = module.m["x"].a.b
}
"#;

/// Pieces that mean something somewhere.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "${",
    "%{",
    "}",
    "~}",
    "//",
    "null",
    "true",
    "1e999999",
    "-",
    "0",
    "\n",
    "\r",
    "\0",
    "é",
    "\u{feff}",
    " ",
    "=",
    "\"resource\":",
    "\"lifecycle\": [",
    "\"dynamic\": {",
    "[[[[[[[[",
    "{\"a\":",
    "\"//\": 1,",
    "resource \"a\" \"b\" {",
    "<<-E\n",
    "import {\nto = ",
    "for x in",
    "...",
    "[*]",
    "...]",
];

fn edited(text: &str, edits: &[(prop::sample::Index, usize, usize)]) -> String {
    let mut text = text.to_owned();
    for (at, delete, piece) in edits {
        let floor = |i: usize| (0..=i.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let start = floor(at.index(text.len() + 1));
        let end = floor(start + delete).max(start);
        text.replace_range(start..end, PIECES[*piece]);
    }
    text
}

fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, usize)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..8usize, 0..PIECES.len()), 0..8)
}

fn check(files: &[(&str, String)]) -> Result<(), TestCaseError> {
    let owned = files.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect();
    let (config, problems) = load_sources(Path::new("."), owned);
    for problem in &problems {
        let Some(span) = problem.span else { continue };
        let text = config.sources.get(span.file).map_or("", |source| &source.text);
        prop_assert!(span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some());
    }
    let (_, again) = load_sources(Path::new("."), config.snapshot());
    prop_assert_eq!(again.len(), problems.len());
    Ok(())
}

#[test]
fn what_is_edited_is_sound() {
    let files = [("main.tf.json", JSON), ("x_override.tf", OVERRIDE), ("m/main.tf", "")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
    let (_, problems) = load_sources(Path::new("."), files);
    let summaries: Vec<_> = problems.iter().map(|p| p.summary.as_str()).collect();
    assert_eq!(summaries, ["Cannot override 'moved' blocks", "Provider configuration not present"]);
}

proptest! {
    #[test]
    fn no_json_panics(edits in edits()) {
        check(&[("main.tf.json", edited(JSON, &edits))])?;
    }

    #[test]
    fn no_override_panics(edits in edits(), primary in edits()) {
        check(&[("main.tf.json", edited(JSON, &primary)), ("x_override.tf", edited(OVERRIDE, &edits))])?;
        check(&[("main.tf", edited(OVERRIDE, &edits)), ("override.tf.json", edited(JSON, &primary))])?;
    }

    #[test]
    fn no_junk_panics(text in "\\PC{0,200}") {
        check(&[("main.tf.json", text.clone()), ("override.tf", text)])?;
    }
}

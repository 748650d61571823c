//! Configurations with modules, taken through their steps by both programs: arguments, outputs, repetition, nesting.
//! Knows nothing of AWS.

use super::departures::Document;
use super::pair::Pair;
use super::text;

/// A name, the modules beside the root module, and the texts of `main.tf`, applied one after the other.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const NAMED: (&str, &str) = (
    "m/main.tf",
    r#"
variable "name" {
  type = string
  validation {
    condition     = length(var.name) > 0
    error_message = "No name."
  }
}
variable "extra" {
  default = null
}
locals {
  full = "${var.name}-${path.module}"
}
resource "terraform_data" "x" {
  input = local.full
}
resource "terraform_data" "y" {
  count = 2
  input = [terraform_data.x.output, count.index, var.extra]
}
output "x" {
  value       = terraform_data.x.output
  description = "What went in."
}
output "ids" {
  value = terraform_data.y[*].id
}
output "secret" {
  value     = var.extra
  sensitive = true
}
"#,
);

const OUTER: (&str, &str) = (
    "outer/main.tf",
    r#"
variable "names" {
  type = set(string)
}
module "inner" {
  source   = "../m"
  for_each = var.names
  name     = "o-${each.key}"
}
output "all" {
  value = { for name, m in module.inner : name => m.x }
}
"#,
);

const BOX: (&str, &str) = (
    "box/main.tf",
    r#"
resource "terraform_data" "in" {
  input = "boxed"
}
resource "terraform_data" "each" {
  for_each = toset(["x", "y"])
  input    = each.key
}
"#,
);

const RENAMED: (&str, &str) = (
    "renamed/main.tf",
    r#"
resource "terraform_data" "within" {
  count = 2
  input = "boxed"
}
moved {
  from = terraform_data.in
  to   = terraform_data.within[0]
}
removed {
  from = terraform_data.each
  lifecycle {
    destroy = false
  }
}
"#,
);

const CASES: &[Case] = &[
    (
        "what another state calls a secret",
        &[(
            "s.tfstate",
            r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"s","outputs":{"hush":{"value":"hunter2","type":"string","sensitive":true}},"resources":[]}"#,
        )],
        &[r#"
data "terraform_remote_state" "s" {
  backend = "local"
  config  = { path = "s.tfstate" }
}
resource "terraform_data" "a" {
  input = data.terraform_remote_state.s.outputs.hush
}
output "handed" {
  value = data.terraform_remote_state.s.outputs.hush
}
output "is" {
  value = issensitive(data.terraform_remote_state.s.outputs.hush)
}
"#],
    ),
    (
        "moved into modules and out",
        &[BOX],
        &[
            r#"
resource "terraform_data" "a" {
  input = "boxed"
}
resource "terraform_data" "k" {
  count = 3
  input = "k"
}
module "old" {
  source = "./box"
}
module "many" {
  source = "./box"
  count  = 2
}
"#,
            r#"
resource "terraform_data" "out" {
  input = "boxed"
}
module "new" {
  source   = "./box"
  for_each = toset(["p", "q"])
}
module "one" {
  source = "./box"
}
moved {
  from = terraform_data.a
  to   = module.one.terraform_data.in
}
moved {
  from = terraform_data.k[0]
  to   = module.one.terraform_data.each["x"]
}
moved {
  from = terraform_data.k[2]
  to   = module.one.terraform_data.each["z"]
}
moved {
  from = module.old.terraform_data.in
  to   = terraform_data.out
}
moved {
  from = module.many[0]
  to   = module.new["p"]
}
moved {
  from = module.many[1]
  to   = module.gone
}
moved {
  from = module.gone
  to   = module.new["q"]
}
"#,
            r#"
module "single" {
  source = "./box"
}
moved {
  from = module.new["p"]
  to   = module.single
}
moved {
  from = module.one.terraform_data.each["x"]
  to   = module.single.terraform_data.each["x"]
}
"#,
        ],
    ),
    (
        "moved within a module, and removed from one",
        &[BOX, RENAMED],
        &[
            r#"
module "m" {
  source = "./box"
  count  = 2
}
module "n" {
  source = "./box"
}
"#,
            r#"
module "m" {
  source = "./renamed"
  count  = 2
}
removed {
  from = module.n
  lifecycle {
    destroy = false
  }
}
"#,
            r#"
removed {
  from = module.m
  lifecycle {
    destroy = true
  }
}
"#,
        ],
    ),
    (
        "one",
        &[NAMED],
        &[
            "module \"a\" {\n  source = \"./m\"\n  name   = \"a\"\n}\noutput \"x\" {\n  value = module.a.x\n}\n",
            "module \"a\" {\n  source = \"./m\"\n  name   = \"b\"\n  extra  = \"s\"\n}\noutput \"x\" {\n  value = module.a.x\n}\n\
             output \"ids\" {\n  value = module.a.ids\n}\noutput \"secret\" {\n  value     = module.a.secret\n  sensitive = true\n}\n",
            "",
        ],
    ),
    (
        "counted",
        &[NAMED],
        &[
            "module \"a\" {\n  source = \"./m\"\n  count  = 2\n  name   = \"a${count.index}\"\n}\noutput \"x\" {\n  value = module.a[*].x\n}\n",
            "module \"a\" {\n  source = \"./m\"\n  count  = 1\n  name   = \"a${count.index}\"\n}\noutput \"x\" {\n  value = module.a[*].x\n}\n",
        ],
    ),
    (
        "nested",
        &[NAMED, OUTER],
        &[
            r#"
resource "terraform_data" "first" {
  input = "f"
}
module "o" {
  source     = "./outer"
  names      = ["p", "q"]
  depends_on = [terraform_data.first]
}
resource "terraform_data" "last" {
  input = module.o.all
}
output "all" {
  value = module.o.all
}
"#,
            r#"
resource "terraform_data" "first" {
  input = "g"
}
module "o" {
  source     = "./outer"
  names      = ["q", "r"]
  depends_on = [terraform_data.first]
}
resource "terraform_data" "last" {
  input      = "l"
  depends_on = [module.o]
}
"#,
        ],
    ),
    (
        "handed on",
        &[NAMED],
        &[r#"
module "a" {
  source = "./m"
  name   = "a"
}
module "b" {
  source   = "./m"
  for_each = { x = "1", y = "2" }
  name     = "${each.key}${each.value}"
  extra    = module.a.x
}
resource "terraform_data" "c" {
  triggers_replace = [module.b["x"].x, [for id in module.b["y"].ids : "id"]]
}
resource "terraform_data" "d" {
  count      = 2
  depends_on = [module.a.x, module.b["x"].ids]
}
module "e" {
  source     = "./m"
  name       = "e"
  depends_on = [module.b, terraform_data.d[0]]
}
output "o" {
  value      = 1
  depends_on = [module.e.x]
}
"#],
    ),
    (
        "guarded",
        &[
            (
                "m/main.tf",
                r#"
variable "name" {
  validation {
    condition     = var.name != ""
    error_message = "No name."
  }
}
resource "terraform_data" "x" {
  input = var.name
  lifecycle {
    precondition {
      condition     = var.name != "none"
      error_message = "None."
    }
  }
}
resource "terraform_data" "none" {
  count = 0
  lifecycle {
    precondition {
      condition     = var.name != "none"
      error_message = "None."
    }
  }
}
module "deep" {
  source = "./deep"
  in     = terraform_data.x.input
}
check "inner" {
  assert {
    condition     = terraform_data.x.id != "zz"
    error_message = "It is ${var.name}."
  }
}
output "id" {
  value = terraform_data.x.id
}
"#,
            ),
            (
                "s.tfstate",
                r#"{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"s","outputs":{},"resources":[]}"#,
            ),
            (
                "m/deep/main.tf",
                r#"
variable "in" {}
resource "terraform_data" "n" {
  input = [1 + 2, "a${1}", var.in]
}
output "got" {
  value = terraform_data.n.output
}
"#,
            ),
        ],
        &[
            r#"
locals {
  id = terraform_data.b.input
}
resource "terraform_data" "a" {
  input = 1 + 2
}
resource "terraform_data" "b" {
  input = terraform_data.a.input
}
module "m" {
  source   = "./m"
  for_each = { k = "v", "k-k" = "w" }
  name     = "${each.value}${local.id}"
}
module "z" {
  source = "./m"
  name   = module.m["k"].id
}
resource "terraform_data" "c" {
  input = [for m in module.m : m.id]
}
check "outer" {
  data "terraform_remote_state" "s" {
    backend = "local"
    config  = { path = "s.tfstate" }
  }
  assert {
    condition     = terraform_data.a.id == "zz"
    error_message = "No."
  }
}
output "o" {
  value = [for x in [1, 2] : x * 2]
}
"#,
            r#"
resource "terraform_data" "d" {
  input = 1
}
module "m" {
  source   = "./m"
  for_each = { k = "v" }
  name     = each.value
}
"#,
            r#"
module "m" {
  source = "./m"
  count  = 2
  name   = "n${count.index}"
}
"#,
        ],
    ),
];

#[test]
fn modules_are_planned_and_applied_alike() {
    let Some(mut all) = Pair::new() else { return };
    for (name, modules, steps) in CASES {
        let Some(mut pair) = Pair::new() else { return };
        for (path, text) in *modules {
            pair.write(path, text);
        }
        for (number, text) in steps.iter().enumerate() {
            pair.write("main.tf", text);
            pair.init();
            pair.step(&format!("{name} {}", number + 1));
        }
        pair.end(name);
        all.adopt(pair);
    }
    all.assert_same();
}

#[test]
fn what_lies_beside_its_caller_needs_no_init_here() {
    let Some(mut pair) = Pair::new() else { return };
    for name in ["a", "b"] {
        pair.write(&format!("{name}/main.tf"), "output \"o\" {\n  value = path.module\n}\n");
    }
    let call = |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"./{source}\"\n}}\n");
    let validate = |pair: &mut Pair, at: &str, main: String, code: i32| {
        pair.write("main.tf", main);
        let (ours, theirs) = pair.run(&["validate", "-no-color"]);
        ours.assert_success();
        theirs.assert_code(code);
        let differences = text::compare(&ours.stderr, &theirs.stderr);
        pair.note(at, Document::Text, differences);
    };
    validate(&mut pair, "never installed", call("m", "a"), 1);
    pair.init();
    validate(&mut pair, "installed", call("m", "a"), 0);
    validate(&mut pair, "changed", call("m", "b"), 1);
    validate(&mut pair, "added", call("m", "a") + &call("n", "b"), 1);
    pair.assert_same();
}

const JUDGED: &str = r#"
variable "v" {
  type    = number
  default = 1
}
module "m" {
  source = "./m"
  v      = var.v
}
resource "terraform_data" "a" {
  input = 1
  lifecycle {
    postcondition {
      condition     = var.v < 5
      error_message = "post"
    }
  }
}
resource "terraform_data" "b" {
  count = var.v == 7 ? 2 : 1
  lifecycle {
    precondition {
      condition     = var.v < 5 && count.index == 0
      error_message = "pre"
    }
  }
}
check "c" {
  assert {
    condition     = var.v == 1
    error_message = "v is ${var.v}."
  }
}
"#;

/// Who blames what for a value, and what is judged where nothing is planned.
#[test]
fn values_are_judged_alike() {
    let Some(mut pair) = Pair::new() else { return };
    let rule = "  validation {\n    condition     = var.v != 4\n    error_message = \"four\"\n  }\n";
    pair.write("m/main.tf", format!("variable \"v\" {{\n{rule}}}\n"));
    pair.write("main.tf", JUDGED);
    pair.init();
    pair.same_text("made", &["apply", "-auto-approve"]);
    for v in ["-var=v=2", "-var=v=4", "-var=v=7", "-var=v=1"] {
        pair.same_text("judged", &["plan", "-refresh-only", v]);
        pair.same_text("kept", &["apply", "-refresh-only", "-auto-approve", v]);
        pair.state(v);
    }
    let (ours, theirs) = pair.run(&["plan", "-var=v=4", "-no-color"]);
    let blamed = "on main.tf line 8, in module \"m\"";
    let rule = "This was checked by the validation rule at m/main.tf:2,3-13.";
    for said in [blamed, rule] {
        ours.assert_stderr_has(said);
        theirs.assert_stderr_has(said);
    }
    pair.assert_same();
}

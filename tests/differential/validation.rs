//! Broken configurations: `validate -json` of both programs finds the same mistakes in the same lines.
//! Knows nothing of plans.

use serde_json::Value;

use super::departures::Document;
use super::pair::Pair;
use crate::support::sandbox::Output;

/// A name and the text of `main.tf`.
const BROKEN: &[(&str, &str)] = &[
    ("undeclared variable", "output \"a\" {\n  value = var.x\n}\n"),
    ("undeclared local", "output \"a\" {\n  value = local.x\n}\n"),
    ("undeclared resource", "output \"a\" {\n  value = terraform_data.x.id\n}\n"),
    ("undeclared data", "output \"a\" {\n  value = data.terraform_remote_state.x.outputs\n}\n"),
    ("undeclared module", "output \"a\" {\n  value = module.x.y\n}\n"),
    (
        "unsupported attribute",
        "resource \"terraform_data\" \"a\" {}\noutput \"a\" {\n  value = terraform_data.a.nope\n}\n",
    ),
    ("unsupported argument", "resource \"terraform_data\" \"a\" {\n  inpt = 1\n}\n"),
    ("unsupported block", "resource \"terraform_data\" \"a\" {\n  inpt {\n  }\n}\n"),
    ("argument as block", "resource \"terraform_data\" \"a\" {\n  input {\n  }\n}\n"),
    ("computed argument", "resource \"terraform_data\" \"a\" {\n  output = 1\n}\n"),
    ("duplicate resource", "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"a\" {}\n"),
    ("duplicate variable", "variable \"a\" {}\nvariable \"a\" {}\n"),
    ("duplicate output", "output \"a\" {\n  value = 1\n}\noutput \"a\" {\n  value = 2\n}\n"),
    ("duplicate local", "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n"),
    ("duplicate argument", "resource \"terraform_data\" \"a\" {\n  input = 1\n  input = 2\n}\n"),
    ("output without value", "output \"a\" {}\n"),
    ("unknown output argument", "output \"a\" {\n  value = 1\n  valu = 2\n}\n"),
    ("unknown top-level block", "resorce \"terraform_data\" \"a\" {}\n"),
    ("unknown top-level argument", "a = 1\n"),
    ("missing labels", "resource \"terraform_data\" {}\n"),
    ("too many labels", "resource \"terraform_data\" \"a\" \"b\" {}\n"),
    ("bad name", "resource \"terraform_data\" \"1a\" {}\n"),
    ("bad variable name", "variable \"a b\" {}\n"),
    ("reserved variable name", "variable \"count\" {}\n"),
    ("bad local name", "locals {\n  \"a b\" = 1\n}\n"),
    ("bad variable type", "variable \"a\" {\n  type = strin\n}\n"),
    ("quoted variable type", "variable \"a\" {\n  type = \"string\"\n}\n"),
    ("default of the wrong type", "variable \"a\" {\n  type    = number\n  default = \"x\"\n}\n"),
    ("default is not constant", "variable \"a\" {\n  default = local.x\n}\n"),
    ("sensitive is no bool", "variable \"a\" {\n  sensitive = \"maybe\"\n}\n"),
    ("validation without message", "variable \"a\" {\n  validation {\n    condition = var.a == 1\n  }\n}\n"),
    (
        "validation of nothing",
        "variable \"a\" {\n  validation {\n    condition     = true\n    error_message = \"No.\"\n  }\n}\n",
    ),
    ("count and for_each", "resource \"terraform_data\" \"a\" {\n  count    = 1\n  for_each = {}\n}\n"),
    ("count is text", "resource \"terraform_data\" \"a\" {\n  count = \"x\"\n}\n"),
    ("count is negative", "resource \"terraform_data\" \"a\" {\n  count = -1\n}\n"),
    ("count is null", "resource \"terraform_data\" \"a\" {\n  count = null\n}\n"),
    ("for_each of a list", "resource \"terraform_data\" \"a\" {\n  for_each = [\"a\"]\n}\n"),
    ("for_each of null", "resource \"terraform_data\" \"a\" {\n  for_each = null\n}\n"),
    (
        "for_each of a sensitive value",
        "variable \"a\" {\n  sensitive = true\n  default   = { a = 1 }\n}\nresource \"terraform_data\" \"a\" {\n  for_each = var.a\n}\n",
    ),
    ("count.index outside", "resource \"terraform_data\" \"a\" {\n  input = count.index\n}\n"),
    ("each.key outside", "resource \"terraform_data\" \"a\" {\n  input = each.key\n}\n"),
    ("count.index misspelt", "resource \"terraform_data\" \"a\" {\n  count = 1\n  input = count.idx\n}\n"),
    ("each misspelt", "resource \"terraform_data\" \"a\" {\n  for_each = {}\n  input    = each.kay\n}\n"),
    ("self outside", "resource \"terraform_data\" \"a\" {\n  input = self.id\n}\n"),
    (
        "missing key for counted",
        "resource \"terraform_data\" \"a\" {\n  count = 2\n}\noutput \"a\" {\n  value = terraform_data.a.id\n}\n",
    ),
    (
        "missing key for each",
        "resource \"terraform_data\" \"a\" {\n  for_each = toset([\"x\"])\n}\noutput \"a\" {\n  value = terraform_data.a.id\n}\n",
    ),
    (
        "key for single",
        "resource \"terraform_data\" \"a\" {}\noutput \"a\" {\n  value = terraform_data.a[0].id\n}\n",
    ),
    (
        "cycle of resources",
        "resource \"terraform_data\" \"a\" {\n  input = terraform_data.b.id\n}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n",
    ),
    ("cycle of locals", "locals {\n  a = local.b\n  b = local.a\n}\n"),
    ("self reference", "resource \"terraform_data\" \"a\" {\n  input = terraform_data.a.id\n}\n"),
    ("depends_on text", "resource \"terraform_data\" \"a\" {\n  depends_on = [\"terraform_data.b\"]\n}\n"),
    ("depends_on nothing", "resource \"terraform_data\" \"a\" {\n  depends_on = [terraform_data.b]\n}\n"),
    (
        "depends_on an attribute",
        "resource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"a\" {\n  depends_on = [terraform_data.b.id]\n}\n",
    ),
    (
        "depends_on is no list",
        "resource \"terraform_data\" \"b\" {}\nresource \"terraform_data\" \"a\" {\n  depends_on = terraform_data.b\n}\n",
    ),
    (
        "unknown lifecycle argument",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    ignore_change = [input]\n  }\n}\n",
    ),
    (
        "ignored attribute unknown",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    ignore_changes = [inpt]\n  }\n}\n",
    ),
    ("two lifecycles", "resource \"terraform_data\" \"a\" {\n  lifecycle {}\n  lifecycle {}\n}\n"),
    (
        "lifecycle from a variable",
        "variable \"a\" {\n  default = true\n}\nresource \"terraform_data\" \"a\" {\n  lifecycle {\n    prevent_destroy = var.a\n  }\n}\n",
    ),
    (
        "triggered by nothing",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    replace_triggered_by = [terraform_data.b]\n  }\n}\n",
    ),
    (
        "precondition without condition",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      error_message = \"No.\"\n    }\n  }\n}\n",
    ),
    (
        "precondition on itself",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      condition     = self.id != \"\"\n      error_message = \"No.\"\n    }\n  }\n}\n",
    ),
    (
        "ephemeral argument",
        "variable \"e\" {\n  ephemeral = true\n  default   = 1\n}\nresource \"terraform_data\" \"a\" {\n  input = [var.e]\n}\n",
    ),
    (
        "ephemeral count",
        "variable \"e\" {\n  ephemeral = true\n  default   = 1\n}\nresource \"terraform_data\" \"a\" {\n  count = var.e\n}\n",
    ),
    (
        "ephemeral output",
        "variable \"e\" {\n  ephemeral = true\n  default   = 1\n}\noutput \"a\" {\n  value = var.e\n}\n",
    ),
    ("output declared ephemeral", "output \"a\" {\n  value     = 1\n  ephemeral = true\n}\n"),
    ("unknown function", "output \"a\" {\n  value = uper(\"a\")\n}\n"),
    ("too few arguments", "output \"a\" {\n  value = upper()\n}\n"),
    ("too many arguments", "output \"a\" {\n  value = upper(\"a\", \"b\")\n}\n"),
    ("argument of the wrong type", "output \"a\" {\n  value = upper([])\n}\n"),
    ("function fails", "output \"a\" {\n  value = jsondecode(\"{\")\n}\n"),
    ("bad operands", "output \"a\" {\n  value = 1 + \"x\"\n}\n"),
    ("not of text", "output \"a\" {\n  value = !\"x\"\n}\n"),
    ("division by zero", "output \"a\" {\n  value = 1 / 0\n}\n"),
    ("condition is no bool", "output \"a\" {\n  value = \"x\" ? 1 : 2\n}\n"),
    ("condition is null", "output \"a\" {\n  value = null ? 1 : 2\n}\n"),
    ("branches of different types", "output \"a\" {\n  value = true ? { a = 1 } : [1]\n}\n"),
    ("index out of range", "output \"a\" {\n  value = [1][3]\n}\n"),
    ("missing map key", "output \"a\" {\n  value = { a = 1 }[\"b\"]\n}\n"),
    ("missing object attribute", "output \"a\" {\n  value = { a = 1 }.b\n}\n"),
    ("attribute of text", "locals {\n  a = \"x\"\n}\noutput \"a\" {\n  value = local.a.b\n}\n"),
    ("attribute of null", "locals {\n  a = null\n}\noutput \"a\" {\n  value = local.a.b\n}\n"),
    ("duplicate for key", "output \"a\" {\n  value = { for x in [1, 1] : \"k\" => x }\n}\n"),
    ("for over a number", "output \"a\" {\n  value = [for x in 3 : x]\n}\n"),
    ("for condition is text", "output \"a\" {\n  value = [for x in [1] : x if \"y\"]\n}\n"),
    ("template of a list", "output \"a\" {\n  value = \"a${[1]}\"\n}\n"),
    ("template of null", "output \"a\" {\n  value = \"a${null}\"\n}\n"),
    ("template for over text", "output \"a\" {\n  value = \"%{for x in \"s\"}x%{endfor}\"\n}\n"),
    ("invalid reference", "output \"a\" {\n  value = foo\n}\n"),
    ("bare resource type", "output \"a\" {\n  value = terraform_data\n}\n"),
    ("bare data", "output \"a\" {\n  value = data.x\n}\n"),
    ("bare var", "output \"a\" {\n  value = var\n}\n"),
    ("var with a key", "output \"a\" {\n  value = var[\"a\"]\n}\n"),
    ("path misspelt", "output \"a\" {\n  value = path.modul\n}\n"),
    ("terraform misspelt", "output \"a\" {\n  value = terraform.workspce\n}\n"),
    (
        "sensitive output",
        "variable \"a\" {\n  sensitive = true\n  default   = 1\n}\noutput \"a\" {\n  value = var.a\n}\n",
    ),
    (
        "variable attribute unknown",
        "variable \"a\" {\n  type    = object({ b = string })\n  default = { b = \"x\" }\n}\noutput \"a\" {\n  value = var.a.c\n}\n",
    ),
    ("unclosed block", "resource \"terraform_data\" \"a\" {\n  input = 1\n"),
    ("unclosed string", "output \"a\" {\n  value = \"x\n}\n"),
    ("unclosed list", "output \"a\" {\n  value = [1, 2\n}\n"),
    ("unclosed template", "output \"a\" {\n  value = \"${1\"\n}\n"),
    ("missing value", "output \"a\" {\n  value =\n}\n"),
    ("two on a line", "output \"a\" {\n  value = 1 sensitive = true\n}\n"),
    ("single quotes", "output \"a\" {\n  value = 'x'\n}\n"),
    ("bad escape", "output \"a\" {\n  value = \"a\\qb\"\n}\n"),
    ("bad number", "output \"a\" {\n  value = 1x\n}\n"),
    ("bad operator", "output \"a\" {\n  value = true and false\n}\n"),
    ("equals in a block", "resource \"terraform_data\" \"a\" = {}\n"),
    ("provider undeclared", "resource \"terraform_data\" \"a\" {\n  provider = other\n}\n"),
    (
        "moved to itself",
        "resource \"terraform_data\" \"a\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.a\n}\n",
    ),
    ("moved without to", "moved {\n  from = terraform_data.a\n}\n"),
    (
        "moved from what is",
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
    ),
    (
        "moved cycle",
        "moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\nmoved {\n  from = terraform_data.b\n  to   = terraform_data.a\n}\n",
    ),
    (
        "moved to another type",
        "resource \"terraform_data\" \"b\" {}\nmoved {\n  from = aws_lambda_function.a\n  to   = terraform_data.b\n}\n",
    ),
    (
        "removed what is",
        "resource \"terraform_data\" \"a\" {}\nremoved {\n  from = terraform_data.a\n  lifecycle {\n    destroy = false\n  }\n}\n",
    ),
    ("removed instance", "removed {\n  from = terraform_data.a[0]\n}\n"),
    ("import without target", "import {\n  to = terraform_data.a\n  id = \"x\"\n}\n"),
    ("import without id", "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n}\n"),
    ("required_version unmet", "terraform {\n  required_version = \">= 99.0\"\n}\n"),
    ("required_version malformed", "terraform {\n  required_version = \"x\"\n}\n"),
    ("unknown terraform argument", "terraform {\n  requires = 1\n}\n"),
    ("two backends", "terraform {\n  backend \"local\" {}\n  backend \"local\" {}\n}\n"),
    ("check without assert", "check \"a\" {}\n"),
    (
        "precondition of an output",
        "output \"a\" {\n  value = 1\n  precondition {\n    condition = true\n  }\n}\n",
    ),
    ("null for required", "variable \"a\" {\n  nullable = false\n  default  = null\n}\n"),
    ("splat of a map key", "output \"a\" {\n  value = [{ a = 1 }][*].b\n}\n"),
    ("spread of text", "output \"a\" {\n  value = max(\"x\"...)\n}\n"),
    ("heredoc unclosed", "output \"a\" {\n  value = <<EOT\nx\n}\n"),
    (
        "dynamic without content",
        "resource \"terraform_data\" \"a\" {\n  dynamic \"input\" {\n    for_each = [1]\n  }\n}\n",
    ),
    ("module without source", "module \"m\" {}\n"),
    ("optional outside object", "variable \"a\" {\n  type = optional(string)\n}\n"),
    ("object type attribute twice", "variable \"a\" {\n  type = object({ b = string, b = number })\n}\n"),
    ("map type without element", "variable \"a\" {\n  type = map\n}\n"),
    (
        "triggers_replace unknown variable",
        "resource \"terraform_data\" \"a\" {\n  triggers_replace = [var.nope, local.nope]\n}\n",
    ),
    (
        "three mistakes",
        "output \"a\" {\n  value = var.x\n}\noutput \"b\" {\n  value = local.y\n}\nresource \"terraform_data\" \"c\" {\n  inpt = 1\n}\n",
    ),
    ("import: no target", "import {\n  to = terraform_data.nope\n  id = \"x\"\n}\n"),
    (
        "import: dup",
        "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a\n  id = \"x\"\n}\nimport {\n  to = terraform_data.a\n  id = \"y\"\n}\n",
    ),
    (
        "import: key on single",
        "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a[0]\n  id = \"x\"\n}\n",
    ),
    (
        "import: str key on single",
        "resource \"terraform_data\" \"a\" {}\nimport {\n  to = terraform_data.a[\"x\"]\n  id = \"x\"\n}\n",
    ),
    (
        "import: no key on count",
        "resource \"terraform_data\" \"a\" { \ncount = 2 \n}\nimport {\n  to = terraform_data.a\n  id = \"x\"\n}\n",
    ),
    (
        "import: no key on for_each",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"a\"])\n}\nimport {\n  to = terraform_data.a\n  id = \"x\"\n}\n",
    ),
    (
        "import: wrong key on for_each",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"a\"])\n}\nimport {\n  to = terraform_data.a[0]\n  id = \"x\"\n}\nimport {\n  to = terraform_data.a[\"nope\"]\n  id = \"x\"\n}\n",
    ),
    (
        "import: wrong key on count",
        "resource \"terraform_data\" \"a\" { \ncount = 1\n}\nimport {\n  to = terraform_data.a[\"x\"]\n  id = \"x\"\n}\nimport {\n  to = terraform_data.a[5]\n  id = \"x\"\n}\n",
    ),
    (
        "import: id refs",
        "resource \"terraform_data\" \"a\" { }\nresource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.a\n  id = terraform_data.b.id\n}\nimport {\n  to = terraform_data.b\n  id = local.nope\n}\n",
    ),
    (
        "import: id self",
        "resource \"terraform_data\" \"a\" { }\nimport {\n  to = terraform_data.a\n  id = terraform_data.a.id\n}\n",
    ),
    (
        "import: id list",
        "resource \"terraform_data\" \"a\" { }\nimport {\n  to = terraform_data.a\n  id = []\n}\n",
    ),
    (
        "import: id number",
        "resource \"terraform_data\" \"a\" { }\nimport {\n  to = terraform_data.a\n  id = 3\n}\n",
    ),
    (
        "import: id null",
        "resource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.b\n  id = null\n}\n",
    ),
    (
        "import: id empty",
        "resource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.b\n  id = \"\"\n}\n",
    ),
    (
        "import: id var",
        "variable \"v\" {}\nresource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.b\n  id = var.v\n}\n",
    ),
    (
        "import: id sensitive",
        "variable \"v\" { \nsensitive = true \n}\nresource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.b\n  id = var.v\n}\n",
    ),
    (
        "import: id sensitive const",
        "resource \"terraform_data\" \"b\" { }\nimport {\n  to = terraform_data.b\n  id = sensitive(\"x\")\n}\n",
    ),
    (
        "import: missing id/to",
        "resource \"terraform_data\" \"a\" { }\nimport {\n  to = terraform_data.a\n}\nimport {\n  id = \"x\"\n}\n",
    ),
    (
        "import: for_each list",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"x\"]) \n}\nimport {\n  for_each = [\"x\"]\n  to = terraform_data.a[\"x\"]\n  id = \"x\"\n}\n",
    ),
    (
        "import: for_each key",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"x\"]) \n}\nimport {\n  for_each = toset([\"x\"])\n  to = terraform_data.a[each.key]\n  id = \"x\"\n}\n",
    ),
    (
        "import: for_each refs",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"x\"]) \n}\nimport {\n  for_each = local.q\n  to = terraform_data.a[\"x\"]\n  id = each.nope\n}\n",
    ),
    (
        "import: for_each id bad",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"x\"]) \n}\nimport {\n  for_each = toset([\"x\"]) \n  to = terraform_data.a[\"x\"]\n  id = each.nope\n}\n",
    ),
    (
        "import: each outside",
        "resource \"terraform_data\" \"a\" { \nfor_each = toset([\"x\"]) \n}\nimport {\n  to = terraform_data.a[\"x\"]\n  id = each.key\n}\n",
    ),
    ("moved same", "moved {\n  from = terraform_data.a\n  to = terraform_data.a\n}\n"),
    ("moved no target", "moved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n"),
    (
        "moved from exists",
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\n",
    ),
    (
        "moved ambiguous",
        "resource \"terraform_data\" \"c\" {}\nresource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.b\n}\nmoved {\n  from = terraform_data.a\n  to = terraform_data.c\n}\n",
    ),
    (
        "moved data",
        "moved {\n  from = data.terraform_remote_state.a\n  to = data.terraform_remote_state.b\n}\n",
    ),
    (
        "moved kinds",
        "resource \"terraform_data\" \"c\" {}\nmoved {\n  from = module.a\n  to = terraform_data.c\n}\n",
    ),
    (
        "removed exists",
        "resource \"terraform_data\" \"c\" {}\nremoved {\n  from = terraform_data.c\n  lifecycle { \n  destroy = false \n  }\n}\n",
    ),
    (
        "removed keys and data",
        "removed {\n  from = terraform_data.c\n}\nremoved {\n  from = terraform_data.d[0]\n  lifecycle { \n    destroy = false\n  }\n}\nremoved {\n  from = data.terraform_data.d\n  lifecycle { \n    destroy = false\n  }\n}\n",
    ),
    (
        "removed destroy type",
        "removed {\n  from = terraform_data.c\n  lifecycle { \n    destroy = 1\n  }\n}\n",
    ),
    (
        "removed destroy var",
        "removed {\n  from = terraform_data.d\n  lifecycle { \n    destroy = var.x\n  }\n}\n",
    ),
    (
        "removed provisioner",
        "removed {\n  from = terraform_data.d\n  lifecycle { \n    destroy = true\n  }\n  provisioner \"local-exec\" { \n    command = \"x\" \n  }\n}\n",
    ),
    ("removed missing from", "removed {\n  lifecycle { \n    destroy = true\n  }\n}\n"),
    ("check empty", "check \"a\" {\n}\n"),
    ("check no message", "check \"b\" {\n  assert {\n    condition = true\n  }\n}\n"),
    ("check const", "check \"c\" {\n  assert {\n    condition = 1\n    error_message = \"\"\n  }\n}\n"),
    (
        "check bad ref",
        "check \"c\" {\n  assert {\n    condition = terraform_data.nope.id == 1\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check self",
        "check \"c\" {\n  assert {\n    condition = self.x\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check data count",
        "check \"c\" {\n  data \"terraform_remote_state\" \"x\" {\n    count = 2\n    backend = \"local\"\n  }\n  assert {\n    condition = data.terraform_remote_state.x.outputs.a == \"\"\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check data lifecycle",
        "check \"c\" {\n  data \"terraform_remote_state\" \"x\" {\n    lifecycle { \n    }\n    backend = \"local\"\n  }\n  assert {\n    condition = data.terraform_remote_state.x.outputs.a == \"\"\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check two data",
        "check \"c\" {\n  data \"terraform_remote_state\" \"x\" {\n    backend = \"local\"\n  }\n  data \"terraform_remote_state\" \"y\" {\n    backend = \"local\"\n  }\n  assert {\n    condition = data.terraform_remote_state.x.outputs.a == \"\"\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check dup",
        "resource \"terraform_data\" \"a\" { }\ncheck \"c\" {\n  assert {\n    condition = terraform_data.a.id == \"\"\n    error_message = \"bad\"\n  }\n}\ncheck \"c\" {\n  assert {\n    condition = terraform_data.a.id == \"\"\n    error_message = \"bad\"\n  }\n}\n",
    ),
    (
        "check message type",
        "resource \"terraform_data\" \"a\" { }\ncheck \"c\" {\n  assert {\n    condition = terraform_data.a.id == \"\"\n    error_message = [\"x\"]\n  }\n}\ncheck \"d\" {\n  assert {\n    condition = terraform_data.a.id\n    error_message = 1\n  }\n}\n",
    ),
    (
        "check scoped data ref outside",
        "check \"c\" {\n  data \"terraform_remote_state\" \"x\" {\n    backend = \"local\"\n  }\n  assert {\n    condition = data.terraform_remote_state.x.outputs.a == \"\"\n    error_message = \"x\"\n  }\n}\noutput \"o\" { \nvalue = data.terraform_remote_state.x.outputs \n}\n",
    ),
    (
        "check data same name",
        "check \"c\" {\n  data \"terraform_remote_state\" \"x\" {\n    backend = \"local\"\n  }\n  assert {\n    condition = data.terraform_remote_state.x.outputs.a == \"\"\n    error_message = \"x\"\n  }\n}\ndata \"terraform_remote_state\" \"x\" {\n    backend = \"local\"\n}\n",
    ),
    (
        "star newline",
        "resource \"terraform_data\" \"a\" { }\noutput \"x\" { \n  value = terraform_data.a[*\n]\n}\n",
    ),
    ("index newline", "resource \"terraform_data\" \"a\" { }\noutput \"x\" { \n  value = [1,2][\n0\n]\n}\n"),
    (
        "star newline before",
        "resource \"terraform_data\" \"a\" { }\noutput \"x\" { \n  value = terraform_data.a[\n*]\n}\n",
    ),
    (
        "star newline in parens",
        "resource \"terraform_data\" \"a\" { }\noutput \"x\" { \n  value = (terraform_data.a[*\n])\n}\n",
    ),
    ("type outside of the console", "output \"x\" {\n  value = type(1)\n}\n"),
];

/// A name, and the override file's text beside a `main.tf`.
const OVERRIDES: &[(&str, &str, &str)] = &[
    ("override what is not", "", "resource \"terraform_data\" \"a\" {}\n"),
    ("override no data source", "", "data \"terraform_remote_state\" \"a\" {}\n"),
    ("override no variable", "", "variable \"a\" {}\n"),
    ("override no local", "", "locals {\n  a = 1\n}\n"),
    ("override no output", "", "output \"a\" {}\n"),
    ("override no module", "", "module \"a\" {\n  source = \"./x\"\n}\n"),
    ("override no alias", "", "provider \"terraform\" {\n  alias = \"x\"\n}\n"),
    ("override moved", "", "moved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n"),
    (
        "override depends_on",
        "resource \"terraform_data\" \"a\" {}\n",
        "resource \"terraform_data\" \"a\" {\n  depends_on = [terraform_data.b]\n}\n",
    ),
    (
        "override a precondition",
        "resource \"terraform_data\" \"a\" {}\n",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {}\n  }\n}\n",
    ),
    ("override a validation", "variable \"a\" {}\n", "variable \"a\" {\n  validation {}\n}\n"),
    ("override two backends", "", "terraform {\n  backend \"local\" {}\n  backend \"s3\" {}\n}\n"),
    (
        "override mends",
        "resource \"terraform_data\" \"a\" {\n  input = var.nope\n}\nlocals {\n  a = local.nope\n}\n",
        "resource \"terraform_data\" \"a\" {\n  input = 1\n}\nlocals {\n  a = 1\n}\n",
    ),
    ("override breaks", "locals {\n  a = 1\n}\n", "locals {\n  a = var.nope\n}\n"),
    (
        "override the version",
        "terraform {\n  required_version = \">= 99.0\"\n}\n",
        "terraform {\n  required_version = \"> 1\"\n}\n",
    ),
    (
        "override two lifecycles",
        "resource \"terraform_data\" \"a\" {}\n",
        "resource \"terraform_data\" \"a\" {\n  lifecycle {}\n  lifecycle {}\n}\n",
    ),
];

/// A name, and the text of `main.tf.json`.
const JSON: &[(&str, &str)] = &[
    (
        "json is sound",
        "{\"resource\": {\"terraform_data\": {\"a\": {\"input\": \"${var.x}\"}}},\n\"variable\": {\"x\": {}}, \"//\": 1}",
    ),
    ("json root", "\"x\""),
    ("json unknown block", "{\"resorce\": {}}"),
    ("json unknown argument", "{\"resource\": {\"terraform_data\": {\"a\": {\"inpt\": 1}}}}"),
    ("json argument twice", "{\"output\": {\"a\": {\"value\": 1,\n\"value\": 2}}}"),
    ("json attribute twice", "{\"output\": {\"a\": {\"value\": {\"x\": 1,\n\"x\": 2}}}}"),
    ("json variable twice", "{\"variable\": {\"a\": {},\n\"a\": {}}}"),
    ("json blocks of a number", "{\"resource\": 1}"),
    ("json block of a number", "{\"resource\": {\"terraform_data\": {\"a\": 1}}}"),
    ("json labels missing", "{\"resource\": {\"terraform_data\": {}}}"),
    ("json lifecycle of a bool", "{\"resource\": {\"terraform_data\": {\"a\": {\"lifecycle\": true}}}}"),
    (
        "json depends_on text",
        "{\"resource\": {\"terraform_data\": {\"a\": {\"depends_on\": \"terraform_data.b\"}}}}",
    ),
    (
        "json depends_on template",
        "{\"resource\": {\"terraform_data\": {\"a\": {\"depends_on\": [\"${terraform_data.b}\"]}}}}",
    ),
    (
        "json depends_on nothing",
        "{\"resource\": {\"terraform_data\": {\"a\": {\"depends_on\": [\"terraform_data.b\"]}}}}",
    ),
    (
        "json type unknown",
        "{\"variable\": {\"a\": {\"type\": \"foo\"}, \"b\": {\"type\": \"list(string)\"}}}",
    ),
    ("json undeclared", "{\"output\": {\"a\": {\"value\":\n\"x ${var.nope}\"}}}"),
    (
        "json default is no template",
        "{\"variable\": {\"a\": {\"default\": \"${nope} %{\", \"description\": \"%{\"}}}",
    ),
    ("json sensitive is a template", "{\"output\": {\"a\": {\"value\": 1, \"sensitive\": \"${true}\"}}}"),
    (
        "json condition of nothing",
        "{\"variable\": {\"x\": {}}, \"resource\": {\"terraform_data\": {\"a\": {\"lifecycle\": {\"precondition\":\n{\"condition\": \"var.x\", \"error_message\": \"No.\"}}}}}}",
    ),
    (
        "json dynamic of nothing",
        "{\"resource\": {\"terraform_data\": {\"a\": {\"dynamic\": {\"foo\": {\"for_each\": [1], \"content\": {}}}}}}}",
    ),
];

#[test]
fn the_same_mistakes_are_found_in_overrides_and_json() {
    let Some(mut all) = Pair::new() else { return };
    let overrides =
        OVERRIDES.iter().map(|(name, main, over)| (name, vec![("main.tf", *main), ("override.tf", *over)]));
    let json = JSON.iter().map(|(name, text)| (name, vec![("main.tf.json", *text)]));
    for (name, files) in overrides.chain(json) {
        let Some(mut pair) = Pair::new() else { return };
        files.iter().for_each(|(file, text)| pair.write(file, text));
        if !pair.refused() {
            compare(&mut pair, name);
        }
        all.adopt(pair);
    }
    all.assert_same();
}

#[test]
fn the_same_mistakes_are_found() {
    let Some(mut pair) = Pair::new() else { return };
    for (name, text) in BROKEN {
        pair.write("main.tf", text);
        if pair.refused() {
            continue;
        }
        compare(&mut pair, name);
    }
    pair.assert_same();
}

/// Notes what only one of the programs finds.
#[track_caller]
fn compare(pair: &mut Pair, name: &str) {
    let (ours, theirs) = pair.run(&["validate", "-json"]);
    let (found, expected) = (mistakes(&ours), mistakes(&theirs));
    let mine =
        found.iter().filter(|line| !expected.contains(line)).map(|line| format!("{name}: ours: {line}"));
    let other =
        expected.iter().filter(|line| !found.contains(line)).map(|line| format!("{name}: theirs: {line}"));
    pair.note("validate", Document::Diagnostics, mine.chain(other).collect());
}

/// `severity summary @ line`, sorted.
#[track_caller]
fn mistakes(output: &Output) -> Vec<String> {
    let document = output.json();
    let line = |diagnostic: &Value| {
        let text = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
        let line = &diagnostic["range"]["start"]["line"];
        format!("{} {} @ {line}", text("severity"), text("summary"))
    };
    let mut lines: Vec<_> = document["diagnostics"].as_array().into_iter().flatten().map(line).collect();
    lines.sort();
    lines
}

//! Small configurations without a cloud, taken through their steps by both programs: plan, apply, state and outputs.
//! Knows nothing of AWS.

use super::pair::Pair;

/// A name and the texts of `main.tf`, applied one after the other in the same project.
type Case = (&'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "values",
        &[
            r#"
resource "terraform_data" "a" {
  input = {
    text = "x", number = 1.5, big = 12345678901234567890, yes = true, nothing = null
    list = [1, "a", null], nested = { a = { b = [] } }
  }
}
output "a" {
  value = terraform_data.a.output
}
output "text" {
  value = "two\nlines\n"
}
output "unicode" {
  value = "é☃𝄞 <&> \u2028"
}
output "set" {
  value = toset(["b", "a"])
}
output "map" {
  value = tomap({ b = 1, a = 2 })
}
output "tuple" {
  value = [1, "a", true, null]
}
output "nothing" {
  value = null
}
"#,
            r#"
resource "terraform_data" "a" {
  input = {
    text = "y", number = 1.25, big = 12345678901234567891, yes = false, nothing = 1
    list = [1, "b", null, 4], nested = { a = { b = [1] } }
  }
}
output "a" {
  value = terraform_data.a.output
}
output "text" {
  value = "two\nother lines\n"
}
output "set" {
  value = toset(["b", "c"])
}
output "map" {
  value = tomap({ b = 1, c = 2 })
}
output "tuple" {
  value = [1, "b", true]
}
output "new" {
  value = terraform_data.a.id
}
"#,
            r#"
resource "terraform_data" "a" {
  input = "now a text"
}
"#,
            "",
        ],
    ),
    (
        "provisioners",
        &[
            r#"
variable "secret" {
  default   = "hush"
  sensitive = true
}
resource "terraform_data" "a" {
  input            = "x"
  triggers_replace = 1
  provisioner "local-exec" {
    command     = "echo $WHO ${self.output}; echo; echo below >&2"
    environment = { WHO = "me", NOBODY = null }
    working_dir = path.module
  }
  provisioner "local-exec" {
    command     = "one two"
    interpreter = ["echo", "-n"]
    quiet       = true
  }
  provisioner "local-exec" {
    command    = "echo ${var.secret}; exit 2"
    on_failure = continue
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo bye ${self.input} ${terraform.workspace}"
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  input            = "x"
  triggers_replace = 2
  provisioner "local-exec" {
    when    = destroy
    command = "echo bye"
  }
}
"#,
            r#"
removed {
  from = terraform_data.a
  lifecycle {
    destroy = true
  }
  provisioner "local-exec" {
    when    = destroy
    command = "echo removed ${self.input}"
  }
}
"#,
        ],
    ),
    (
        "provisioners that fail",
        &[
            r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "echo out; exit 3"
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  provisioner "local-exec" {
    command = "true"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "exit 4"
  }
}
"#,
            "",
        ],
    ),
    (
        "count",
        &[
            r#"
resource "terraform_data" "a" {
  count = 3
  input = "n${count.index}"
}
output "all" {
  value = terraform_data.a[*].output
}
"#,
            r#"
variable "secret" {
  sensitive = true
  default   = "s"
}
resource "terraform_data" "a" {
  count = var.secret == "" ? 2 : 1
  input = "n${count.index}"
}
output "all" {
  value = terraform_data.a[*].output
}
"#,
            r#"
resource "terraform_data" "a" {
  input = "n0"
}
output "all" {
  value = terraform_data.a.output
}
"#,
            r#"
resource "terraform_data" "a" {
  count = 2
  input = "n${count.index}"
}
"#,
            r#"
resource "terraform_data" "a" {
  for_each = toset(["x"])
  input    = each.key
}
"#,
        ],
    ),
    (
        "for_each",
        &[
            r#"
locals {
  all = { b = 2, a = 1, "odd key.\"" = 3 }
}
resource "terraform_data" "a" {
  for_each         = local.all
  input            = each.value
  triggers_replace = each.key
}
output "all" {
  value = { for k, v in terraform_data.a : k => v.output }
}
"#,
            r#"
locals {
  all = { b = 20, c = 1 }
}
resource "terraform_data" "a" {
  for_each         = local.all
  input            = each.value
  triggers_replace = each.key
}
output "all" {
  value = { for k, v in terraform_data.a : k => v.output }
}
"#,
        ],
    ),
    (
        "dependencies",
        &[
            r#"
resource "terraform_data" "a" {
  input = "1"
}
resource "terraform_data" "b" {
  input = terraform_data.a.output
}
resource "terraform_data" "c" {
  depends_on = [terraform_data.b]
}
resource "terraform_data" "d" {
  triggers_replace = [terraform_data.c.id, terraform_data.b.input]
}
output "b" {
  value = terraform_data.b.output
}
output "d" {
  value      = terraform_data.d.triggers_replace
  depends_on = [terraform_data.c]
}
"#,
            r#"
resource "terraform_data" "a" {
  input = "2"
}
resource "terraform_data" "b" {
  input = terraform_data.a.output
}
resource "terraform_data" "c" {
  depends_on = [terraform_data.b]
}
resource "terraform_data" "d" {
  triggers_replace = [terraform_data.c.id, terraform_data.b.input]
}
output "b" {
  value = terraform_data.b.output
}
"#,
        ],
    ),
    (
        "create before destroy",
        &[
            r#"
resource "terraform_data" "a" {
  triggers_replace = 1
}
resource "terraform_data" "b" {
  input            = terraform_data.a.id
  triggers_replace = 1
  lifecycle {
    create_before_destroy = true
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  triggers_replace = 2
}
resource "terraform_data" "b" {
  input            = terraform_data.a.id
  triggers_replace = 2
  lifecycle {
    create_before_destroy = true
  }
}
"#,
            r#"
resource "terraform_data" "b" {
  input = "x"
}
"#,
        ],
    ),
    (
        "ignore changes",
        &[
            r#"
resource "terraform_data" "a" {
  input = { a = 1, b = 1 }
  lifecycle {
    ignore_changes = [input]
  }
}
resource "terraform_data" "b" {
  input            = 1
  triggers_replace = 1
  lifecycle {
    ignore_changes = all
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  input = { a = 2, b = 1 }
  lifecycle {
    ignore_changes = [input]
  }
}
resource "terraform_data" "b" {
  input            = 2
  triggers_replace = 2
  lifecycle {
    ignore_changes = all
  }
}
"#,
        ],
    ),
    (
        "triggered",
        &[
            r#"
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "b" {
  count = 2
  lifecycle {
    replace_triggered_by = [terraform_data.a.input]
  }
}
resource "terraform_data" "c" {
  lifecycle {
    replace_triggered_by = [terraform_data.b]
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  input = 2
}
resource "terraform_data" "b" {
  count = 2
  lifecycle {
    replace_triggered_by = [terraform_data.a.input]
  }
}
resource "terraform_data" "c" {
  lifecycle {
    replace_triggered_by = [terraform_data.b]
  }
}
"#,
        ],
    ),
    (
        "prevent destroy",
        &[
            r#"
resource "terraform_data" "a" {
  triggers_replace = 1
  lifecycle {
    prevent_destroy = true
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  triggers_replace = 2
  lifecycle {
    prevent_destroy = true
  }
}
"#,
        ],
    ),
    (
        "moved",
        &[
            r#"
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "c" {
  count = 2
}
"#,
            r#"
resource "terraform_data" "b" {
  input = 2
}
resource "terraform_data" "d" {
  for_each = toset(["x", "y"])
}
moved {
  from = terraform_data.a
  to   = terraform_data.b
}
moved {
  from = terraform_data.c[0]
  to   = terraform_data.d["x"]
}
moved {
  from = terraform_data.c[1]
  to   = terraform_data.d["y"]
}
"#,
        ],
    ),
    (
        "removed",
        &[
            r#"
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "b" {
  input = 1
}
"#,
            r#"
removed {
  from = terraform_data.a
  lifecycle {
    destroy = false
  }
}
removed {
  from = terraform_data.b
  lifecycle {
    destroy = true
  }
}
"#,
        ],
    ),
    (
        "sensitive",
        &[
            r#"
variable "secret" {
  sensitive = true
  default   = "hunter2"
}
resource "terraform_data" "a" {
  input = { user = "me", password = var.secret, list = [1, var.secret] }
}
resource "terraform_data" "b" {
  input = "plain"
}
resource "terraform_data" "c" {
  triggers_replace = var.secret
}
output "secret" {
  value     = terraform_data.a.output
  sensitive = true
}
output "plain" {
  value = nonsensitive(terraform_data.a.output.user)
}
output "handed" {
  value = terraform_data.b.output
}
"#,
            r#"
variable "secret" {
  sensitive = true
  default   = "hunter3"
}
resource "terraform_data" "a" {
  input = { user = "you", password = var.secret, list = [1, var.secret] }
}
resource "terraform_data" "b" {
  input = sensitive("plain")
}
resource "terraform_data" "c" {
  triggers_replace = nonsensitive(var.secret)
}
output "secret" {
  value     = terraform_data.a.output
  sensitive = true
}
output "plain" {
  value     = "now secret"
  sensitive = true
}
output "handed" {
  value = terraform_data.b.output
}
"#,
        ],
    ),
    (
        "checks",
        &[
            r#"
resource "terraform_data" "a" {
  input = 1
  lifecycle {
    precondition {
      condition     = var.v == 3
      error_message = "Never."
    }
    postcondition {
      condition     = self.input == 1
      error_message = "Never."
    }
  }
}
check "health" {
  assert {
    condition     = terraform_data.a.output == 2
    error_message = "It is ${terraform_data.a.output}."
  }
  assert {
    condition     = var.v == 2
    error_message = "Always."
  }
}
variable "v" {
  default = 3
  validation {
    condition     = var.v > 1
    error_message = "Too small."
  }
}
output "o" {
  value = 1
  precondition {
    condition     = var.v == 3
    error_message = "Never."
  }
}
"#,
            r#"
resource "terraform_data" "a" {
  input = 1
  lifecycle {
    precondition {
      condition     = path.root == "x"
      error_message = "A precondition fails."
    }
  }
}
"#,
        ],
    ),
    (
        "postcondition",
        &[r#"
resource "terraform_data" "a" {
  input = 1
  lifecycle {
    postcondition {
      condition     = self.input == 2
      error_message = "It is ${self.input}."
    }
  }
}
resource "terraform_data" "b" {
  input = terraform_data.a.id
}
"#],
    ),
    (
        "expressions",
        &[r#"
locals {
  users = [{ name = "a", age = 1 }, { name = "b", age = 2 }]
  text  = <<-EOT
    %{for u in local.users~}
    ${u.name} is ${u.age}
    %{endfor~}
    %{if length(local.users) > 1}many%{else}few%{endif}
  EOT
}
output "names" {
  value = local.users[*].name
}
output "old" {
  value = [for u in local.users : upper(u.name) if u.age > 1]
}
output "grouped" {
  value = { for u in local.users : u.age > 0 ? "pos" : "neg" => u.name... }
}
output "text" {
  value = local.text
}
output "math" {
  value = { a = 7 % 3, b = 7 / 2, c = -(1 + 2) * 3, d = 1e3, e = 0.1 + 0.2, f = 10 / 3 }
}
output "json" {
  value = jsonencode({ a = [1, null, "<&>"], b = { c = true } })
}
output "cond" {
  value = [true ? 1 : "a", false || true && !false, 1 == "1", null == null]
}
output "try" {
  value = [try(local.users[5].name, "none"), can(local.users[0].age)]
}
output "types" {
  value = [tostring(1), tonumber("2"), tobool("true"), tolist(["a"]), tomap({ a = "b" })]
}
output "path" {
  value = [path.module, path.root, terraform.workspace]
}
"#],
    ),
    (
        "refresh unknown",
        &[r#"
resource "terraform_data" "a" {
  input = timestamp()
}
resource "terraform_data" "b" {
  input            = { a = terraform_data.a.id, b = "known" }
  triggers_replace = [terraform_data.a.id]
}
output "unknown" {
  value = "id ${terraform_data.a.id}"
}
output "partly" {
  value = { a = terraform_data.a.id, b = "known", c = [terraform_data.b.output] }
}
"#],
    ),
    (
        "outputs only",
        &[
            r#"
output "a" {
  value = 1
}
"#,
            r#"
output "a" {
  value = 2
}
output "b" {
  value       = { x = "y" }
  description = "ignored"
}
"#,
            r#"
output "b" {
  value     = { x = "y" }
  sensitive = true
}
"#,
            "",
        ],
    ),
    (
        "json text",
        &[
            r#"
resource "terraform_data" "a" {
  input = jsonencode({ Statement = [{ Effect = "Allow", Action = ["a:b", "c:d"] }], Version = "1" })
}
resource "terraform_data" "lines" {
  input = "one\ntwo\nthree\n"
}
resource "terraform_data" "list" {
  input = ["a", "b", "c", "d", "e"]
}
resource "terraform_data" "objects" {
  input = [{ name = "a", v = 1 }, { name = "b", v = 2 }]
}
"#,
            r#"
resource "terraform_data" "a" {
  input = jsonencode({ Statement = [{ Effect = "Deny", Action = ["a:b", "x:y", "c:d"] }], Version = "1" })
}
resource "terraform_data" "lines" {
  input = "one\n2\nthree\nfour\n"
}
resource "terraform_data" "list" {
  input = ["a", "c", "d", "x", "e", "f"]
}
resource "terraform_data" "objects" {
  input = [{ name = "a", v = 2 }, { name = "c", v = 2 }]
}
"#,
        ],
    ),
];

#[test]
fn the_same_steps_are_planned_and_taken() {
    let Some(mut all) = Pair::new() else { return };
    'cases: for (name, steps) in CASES {
        let Some(mut pair) = Pair::new() else { return };
        for (number, text) in steps.iter().enumerate() {
            let at = format!("{name} {}", number + 1);
            pair.write("main.tf", text);
            if pair.refused() {
                continue 'cases;
            }
            pair.step(&at);
        }
        pair.end(name);
        all.adopt(pair);
    }
    all.assert_same();
}

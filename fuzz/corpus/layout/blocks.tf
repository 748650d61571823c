variable "x" {
  type    = map(object({ a = optional(string, "é"), b = list(number) }))
  default = {}
  validation {
    condition     = length(var.x) < 3
    error_message = "No ${var.x}."
  }
}
locals {
  l = [for k, v in var.x : "${k}-${v.a}" if v != null]
  h = <<-E
    %{~ for x in local.l ~}
    ${x} $${no} %%{no}
    %{~ endfor ~}
  E
}
resource "a" "b" {
  for_each = var.x
  x        = each.value.b[0] > 1 ? local.l[*].y : -1.5e3 /* c */
  dynamic "s" {
    for_each = [1]
    iterator = it
    content { v = it.value }
  }
  lifecycle { ignore_changes = [x[0].y] } # end
}
moved {
  from = a.c
  to   = module.m["x"].a.b
}
output "o" { value = { (local.h) = 1, "k" : f(local.l...), } }

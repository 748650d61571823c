# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "null_resource" "this" {
  triggers = { a = "1" }
}

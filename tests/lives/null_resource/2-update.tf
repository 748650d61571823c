# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "null_resource" "this" {
  triggers = { a = "1", b = null }
}

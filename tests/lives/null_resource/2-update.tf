# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "null_resource" "this" {
  triggers = { a = "2" }
}

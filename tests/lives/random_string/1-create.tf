# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "random_string" "this" {
  length  = 16
  numeric = false
}

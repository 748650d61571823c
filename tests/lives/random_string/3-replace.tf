# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "random_string" "this" {
  length = 12
}

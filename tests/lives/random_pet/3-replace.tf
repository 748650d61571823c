# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "random_pet" "this" {
  keepers   = { a = "2" }
  length    = 3
  separator = "_"
}

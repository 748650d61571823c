# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "random_shuffle" "this" {
  input        = ["a", "b", "c"]
  result_count = 5
}

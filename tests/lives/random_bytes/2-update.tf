# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "random_bytes" "this" {
  length = 8

  # An entry without a value is kept, and draws nothing anew.
  keepers = { a = null }
}

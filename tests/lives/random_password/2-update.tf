# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "random_password" "this" {
  length = 16

  # An entry without a value is kept, and draws nothing anew.
  keepers = { a = null }
}

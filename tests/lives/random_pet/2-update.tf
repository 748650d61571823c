# expect: Plan: 0 to add, 1 to change, 0 to destroy.
resource "random_pet" "this" {
  keepers = { a = "1", b = null }
}

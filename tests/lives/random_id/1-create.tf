# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "random_id" "this" {
  byte_length = 8
  prefix      = "p-"
}

# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "random_id" "this" {
  byte_length = 4
  prefix      = "p-"
}

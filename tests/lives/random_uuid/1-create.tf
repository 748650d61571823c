# expect: Plan: 1 to add, 0 to change, 0 to destroy.
resource "random_uuid" "this" {
}

# expect: Plan: 1 to add, 0 to change, 1 to destroy.
# expect: # forces replacement
resource "random_password" "this" {
  length           = 8
  special          = true
  override_special = "_%"
  min_upper        = 2
}
